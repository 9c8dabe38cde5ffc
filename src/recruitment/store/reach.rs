//! Who sees which opening, and whose application. Everything that reads them goes through these two macros, so that
//! a list, a page, an export and a number say the same to the same reader.

/// Narrows a boxed query that holds `opening` to those a reader reaches: all of them, those of the teams of a
/// limited role, those owned by somebody in one's line.
#[macro_export]
macro_rules! openings_within {
    ($query:expr, $reach:expr) => {{
        use diesel::prelude::*;
        use $crate::access::Narrow;
        use $crate::db::schema::opening;
        use $crate::people::store::reach::line_of;
        let day = $reach.day();
        match $reach.narrow() {
            Narrow::Everyone => $query,
            Narrow::Units {
                me: Some(me),
                teams,
            } => $query.filter(
                opening::team_id
                    .eq_any(teams)
                    .or(opening::owner_id.assume_not_null().eq_any(line_of(me, day))),
            ),
            Narrow::Units { me: None, teams } => $query.filter(opening::team_id.eq_any(teams)),
            Narrow::Line(me) => {
                $query.filter(opening::owner_id.assume_not_null().eq_any(line_of(me, day)))
            }
            // Nobody owns an opening by being nobody.
            Narrow::Own(_) | Narrow::Nobody => $query.filter(opening::id.eq(0)),
        }
    }};
}

/// Narrows a boxed query that holds `opening` and `candidate` as [`openings_within!`] does, and keeps whoever has
/// applied themselves out of everything about them.
#[macro_export]
macro_rules! applications_within {
    ($query:expr, $reach:expr) => {{
        use diesel::prelude::*;
        use $crate::db::schema::candidate;
        let query = $crate::openings_within!($query, $reach);
        query.filter(
            candidate::staff_id
                .is_null()
                // Nobody has this number.
                .or(candidate::staff_id.ne($reach.me().unwrap_or(0))),
        )
    }};
}
