//! Findings in the database: added once, listed by reach, decided upon.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::access::{Narrow, Reach};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{finding, staff, team};
use crate::error::{Error, Message, Result};
use crate::findings::model::{About, Kind, NewFinding, State, Warning};
use crate::people::store::reach::{self, TeamReach, line_of, people_of};
use crate::{keys, with_conn};

/// Findings of one statement, far below any limit on its binds.
const ROWS_PER_STATEMENT: usize = 500;

#[derive(Insertable)]
#[diesel(table_name = finding)]
#[diesel(treat_none_as_default_value = false)]
struct Insert<'a> {
    kind: &'static str,
    measure: &'static str,
    staff_id: Option<i64>,
    team_id: Option<i64>,
    day: i32,
    details_json: String,
    state: &'static str,
    importance: i32,
    urgency: i32,
    dedupe_key: &'a str,
    found_at: NaiveDateTime,
}

/// Stores what has not been found before; says how many that were.
pub fn add(conn: &mut Conn, found: &[NewFinding], at: NaiveDateTime) -> Result<usize> {
    let rows = found
        .iter()
        .map(|new| {
            let (staff_id, team_id) = match new.about {
                About::Person(id) => (Some(id), None),
                About::Team(id) => (None, Some(id)),
            };
            Ok(Insert {
                kind: new.kind.code(),
                measure: new.measure,
                staff_id,
                team_id,
                day: new.day,
                details_json: serde_json::to_string(&new.warning)?,
                state: State::Open.code(),
                importance: new.importance,
                urgency: new.urgency,
                dedupe_key: &new.dedupe_key,
                found_at: at,
            })
        })
        .collect::<Result<Vec<Insert>>>()?;
    let mut added = 0;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        added += with_conn!(conn, c => {
            diesel::insert_into(finding::table)
                .values(chunk)
                .on_conflict(finding::dedupe_key)
                .do_nothing()
                .execute(c)?
        });
    }
    Ok(added)
}

/// What was found of a kind about days from `day` on: measure, about whom, its details.
pub fn known_since(
    conn: &mut Conn,
    kind: Kind,
    day: i32,
) -> Result<Vec<(String, About, i32, Warning)>> {
    type Stored = (String, Option<i64>, Option<i64>, i32, String);
    let rows: Vec<Stored> = finding::table
        .filter(finding::kind.eq(kind.code()))
        .filter(finding::day.ge(day))
        .select((
            finding::measure,
            finding::staff_id,
            finding::team_id,
            finding::day,
            finding::details_json,
        ))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(measure, staff_id, team_id, day, details)| {
            let about = staff_id.map(About::Person).or(team_id.map(About::Team))?;
            Some((measure, about, day, details))
        })
        .map(|(measure, about, day, details)| {
            Ok((measure, about, day, serde_json::from_str(&details)?))
        })
        .collect()
}

/// Number, Chinese name, English name.
pub type Named = (String, String, String);

/// A finding of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub id: i64,
    pub kind: Kind,
    pub measure: String,
    pub day: i32,
    pub warning: Warning,
    pub state: State,
    pub importance: i32,
    pub urgency: i32,
    pub found_at: NaiveDateTime,
    pub row_version: i32,
    pub staff: Option<Named>,
    pub team: Option<Named>,
}

impl Finding {
    /// Where it stands in its list.
    #[must_use]
    pub fn key(&self) -> Key {
        Key {
            importance: self.importance,
            urgency: self.urgency,
            id: self.id,
        }
    }
}

/// Where a page of the list is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub importance: i32,
    pub urgency: i32,
    pub id: i64,
}

/// Where a page of the list begins.
pub type Start = keys::Start<Key>;

type Stored = (
    (i64, String, String, i32, String, String),
    (i32, i32, NaiveDateTime, i32),
    Option<Named>,
    Option<Named>,
);

macro_rules! joined {
    () => {
        finding::table
            .left_join(staff::table.on(finding::staff_id.eq(staff::id.nullable())))
            .left_join(team::table.on(finding::team_id.eq(team::id.nullable())))
            .select((
                (
                    finding::id,
                    finding::kind,
                    finding::measure,
                    finding::day,
                    finding::details_json,
                    finding::state,
                ),
                (
                    finding::importance,
                    finding::urgency,
                    finding::found_at,
                    finding::row_version,
                ),
                (staff::employee_no, staff::name, staff::name_en).nullable(),
                (team::code, team::name_zh, team::name_en).nullable(),
            ))
            .into_boxed()
    };
}

/// Narrows findings to the people and teams a reader reaches.
macro_rules! reached {
    ($query:expr, $reach:expr, $teams:expr) => {{
        let day = $reach.day();
        let person = finding::staff_id.assume_not_null();
        match ($reach.narrow(), $teams) {
            (Narrow::Everyone, _) | (_, TeamReach::Every) => $query,
            (
                Narrow::Units {
                    me: Some(me),
                    teams,
                },
                TeamReach::These(ids),
            ) => $query.filter(
                person
                    .eq_any(people_of(teams, day))
                    .or(person.eq_any(line_of(me, day)))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Units { me: None, teams }, TeamReach::These(ids)) => $query.filter(
                person
                    .eq_any(people_of(teams, day))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Line(me), TeamReach::These(ids)) => $query.filter(
                person
                    .eq_any(line_of(me, day))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Own(me), _) => $query.filter(finding::staff_id.eq(me)),
            // Nobody has this number.
            (Narrow::Nobody, _) => $query.filter(finding::staff_id.eq(0)),
        }
    }};
}

fn read((first, second, staff, team): Stored) -> Result<Option<Finding>> {
    let (id, kind, measure, day, details, state) = first;
    let (importance, urgency, found_at, row_version) = second;
    let (Some(kind), Some(state)) = (Kind::parse(&kind), State::parse(&state)) else {
        return Ok(None);
    };
    Ok(Some(Finding {
        id,
        kind,
        measure,
        day,
        warning: serde_json::from_str(&details)?,
        state,
        importance,
        urgency,
        found_at,
        row_version,
        staff,
        team,
    }))
}

/// At most `limit` findings of one state in reach: the most important, most urgent and newest first,
/// backwards for [`Start::Before`]. The index (state, importance, urgency, id) holds them in this order.
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    state: State,
    start: Start,
    limit: i64,
) -> Result<Vec<Finding>> {
    let teams = reach::teams(conn, reach)?;
    let query = joined!().filter(finding::state.eq(state.code()));
    let query = reached!(query, reach, teams);
    let query = match start {
        Start::First => query,
        Start::After(Key {
            importance,
            urgency,
            id,
        }) => query.filter(
            finding::importance
                .lt(importance)
                .or(finding::importance.eq(importance).and(
                    finding::urgency
                        .lt(urgency)
                        .or(finding::urgency.eq(urgency).and(finding::id.lt(id))),
                )),
        ),
        Start::Before(Key {
            importance,
            urgency,
            id,
        }) => query.filter(
            finding::importance
                .gt(importance)
                .or(finding::importance.eq(importance).and(
                    finding::urgency
                        .gt(urgency)
                        .or(finding::urgency.eq(urgency).and(finding::id.gt(id))),
                )),
        ),
    };
    let query = match start {
        Start::Before(_) => query.order((finding::importance, finding::urgency, finding::id)),
        _ => query.order((
            finding::importance.desc(),
            finding::urgency.desc(),
            finding::id.desc(),
        )),
    };
    let rows: Vec<Stored> = query.limit(limit).load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(read(row)?);
    }
    Ok(found)
}

/// How many findings of a state are in reach, at most `most` and one.
pub fn count(conn: &mut Conn, reach: &Reach, state: State, most: i64) -> Result<i64> {
    let teams = reach::teams(conn, reach)?;
    let query = finding::table
        .filter(finding::state.eq(state.code()))
        .select(finding::id)
        .into_boxed();
    let ids: Vec<i64> = reached!(query, reach, teams).limit(most + 1).load(conn)?;
    Ok(ids.len() as i64)
}

/// One finding in reach.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, id: i64) -> Result<Finding> {
    let teams = reach::teams(conn, reach)?;
    let query = joined!().filter(finding::id.eq(id));
    let row: Option<Stored> = reached!(query, reach, teams).first(conn).optional()?;
    row.map(read)
        .transpose()?
        .flatten()
        .ok_or_else(|| Error::NotFound(Message::new("finding-not-found")))
}

/// Says what becomes of a finding. `row_version` is that of the page it was decided on.
///
/// # Errors
/// `NotFound` out of reach, `Conflict` when it was changed meanwhile, `Invalid` for a state that cannot
/// follow.
pub fn decide(
    conn: &mut Conn,
    reach: &Reach,
    id: i64,
    row_version: i32,
    next: State,
    actor: &Actor,
) -> Result<()> {
    let before = find(conn, reach, id)?;
    if before.row_version == row_version && before.state.next().all(|state| state != next) {
        return Err(Error::invalid(Message::new("finding-state-impossible")));
    }
    let changed = diesel::update(finding::table)
        .filter(finding::id.eq(id))
        .filter(finding::row_version.eq(row_version))
        .set((
            finding::state.eq(next.code()),
            finding::row_version.eq(row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("finding-changed-meanwhile")));
    }
    audit::append(
        conn,
        actor,
        "finding.decide",
        &format!("finding:{id}"),
        &json!({ "before": before.state.code(), "after": next.code() }),
    )
}
