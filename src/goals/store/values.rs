//! Figures that no file brings: typed in for a person or a team, a quarter at a time. Scoring reads them as it
//! reads evidence, so a value that comes later recalculates a cycle whose results are not frozen yet.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::audit::{self, Actor};
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::db::schema::{manual_value as value, staff, team};
use crate::error::{Error, Message, Result};
use crate::goals::model::Figure;
use crate::keys;
use crate::people::store::reach::{self, TeamReach};
use crate::{insert_all, within};

/// Of whom a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    Staff(i64),
    Team(i64),
}

/// Everything typed in for a quarter.
#[derive(Clone, Debug, Default)]
pub struct TypedIn(HashMap<Of, HashMap<String, Figure>>);

impl TypedIn {
    /// What was typed in for a person.
    #[must_use]
    pub fn of_staff(&self, kpi: &str, staff_id: i64) -> Option<Figure> {
        self.0.get(&Of::Staff(staff_id))?.get(kpi).copied()
    }

    /// What was typed in for a team.
    #[must_use]
    pub fn of_team(&self, kpi: &str, team_id: i64) -> Option<Figure> {
        self.0.get(&Of::Team(team_id))?.get(kpi).copied()
    }
}

/// Everything typed in for a quarter.
pub fn of_quarter(conn: &mut Conn, quarter: Quarter) -> Result<TypedIn> {
    type Row = (String, Option<i64>, Option<i64>, String);
    let rows: Vec<Row> = value::table
        .filter(value::quarter.eq(quarter.index()))
        .select((
            value::kpi_code,
            value::staff_id,
            value::team_id,
            value::figure_json,
        ))
        .load(conn)?;
    let mut all = TypedIn::default();
    for (kpi, staff_id, team_id, figure) in rows {
        let of = staff_id.map(Of::Staff).or(team_id.map(Of::Team));
        if let Some(of) = of {
            let figure = serde_json::from_str(&figure)?;
            all.0.entry(of).or_default().insert(kpi, figure);
        }
    }
    Ok(all)
}

/// A value in the list, with whom it is of.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub id: i64,
    /// Number and names.
    pub person: Option<(String, String, String)>,
    /// Code and names.
    pub team: Option<(String, String, String)>,
    pub figure_json: String,
    pub note: String,
    pub entered_by: String,
    pub entered_at: NaiveDateTime,
    pub row_version: i32,
}

/// Where a page of the list begins: the number of a value.
pub type Start = keys::Start<i64>;

/// Values of a KPI in a quarter within reach, by their number (backwards for [`Start::Before`]), at most `limit`.
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    (kpi, quarter): (&str, Quarter),
    start: Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let all = || {
        let query = value::table
            .left_join(staff::table.on(value::staff_id.eq(staff::id.nullable())))
            .left_join(team::table.on(value::team_id.eq(team::id.nullable())))
            .filter(value::kpi_code.eq(kpi))
            .filter(value::quarter.eq(quarter.index()))
            .limit(limit)
            .select((
                value::id,
                (staff::employee_no, staff::name, staff::name_en).nullable(),
                (team::code, team::name_zh, team::name_en).nullable(),
                value::figure_json,
                value::note,
                value::entered_by,
                value::entered_at,
                value::row_version,
            ))
            .into_boxed();
        match start {
            Start::First => query.order(value::id.asc()),
            Start::After(id) => query.filter(value::id.gt(id)).order(value::id.asc()),
            Start::Before(id) => query.filter(value::id.lt(id)).order(value::id.desc()),
        }
    };
    let TeamReach::These(teams) = reach::teams(conn, reach)? else {
        return Ok(all().load(conn)?);
    };
    let teams: Vec<i64> = teams.into_iter().collect();
    let of_people = all().filter(value::staff_id.is_not_null());
    let column = value::staff_id.assume_not_null();
    let mut found: Vec<Row> = within!(of_people, column, reach).load(conn)?;
    let of_teams: Vec<Row> = all().filter(value::team_id.eq_any(teams)).load(conn)?;
    found.extend(of_teams);
    found.sort_unstable_by_key(|row| match start {
        Start::Before(_) => -row.id,
        _ => row.id,
    });
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Stores what was typed in; `seen` is the version that was changed, 0 for one that was new. A file says
/// what it says whatever stood there: `None`.
///
/// # Errors
/// `Conflict` when somebody else stored another value meanwhile.
pub fn set(
    conn: &mut Conn,
    (kpi, quarter): (&str, Quarter),
    (of, subject): (Of, &str),
    (figure, note): (&Figure, &str),
    seen: Option<i32>,
    actor: &Actor,
) -> Result<()> {
    let (staff_id, team_id) = match of {
        Of::Staff(id) => (Some(id), None),
        Of::Team(id) => (None, Some(id)),
    };
    let known = value::table
        .filter(value::kpi_code.eq(kpi))
        .filter(value::quarter.eq(quarter.index()))
        .select((value::id, value::row_version))
        .into_boxed();
    let known: Option<(i64, i32)> = match of {
        Of::Staff(id) => known.filter(value::staff_id.eq(id)),
        Of::Team(id) => known.filter(value::team_id.eq(id)),
    }
    .first(conn)
    .optional()?;
    let stored = known.map_or(0, |(_, version)| version);
    if seen.is_some_and(|seen| seen != stored) {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let figure_json = serde_json::to_string(figure)?;
    let typed = (
        value::figure_json.eq(&figure_json),
        value::note.eq(note),
        value::entered_by.eq(&actor.name),
        value::entered_at.eq(actor.at),
    );
    match known {
        Some((id, version)) => diesel::update(value::table.find(id))
            .set((typed, value::row_version.eq(version + 1)))
            .execute(conn)?,
        None => diesel::insert_into(value::table)
            .values((
                value::kpi_code.eq(kpi),
                value::quarter.eq(quarter.index()),
                value::staff_id.eq(staff_id),
                value::team_id.eq(team_id),
                typed,
            ))
            .execute(conn)?,
    };
    let detail = json!({ "figure": figure, "note": note, "quarter": quarter.code() });
    let subject = format!("{kpi}/{subject}");
    audit::append(conn, actor, "kpi.value", &subject, &detail)
}

/// A figure as a file states it.
#[derive(Clone, Debug)]
pub struct Stated {
    pub kpi: String,
    pub quarter: Quarter,
    pub of: Of,
    pub figure: Figure,
    /// Where it comes from.
    pub note: String,
}

#[derive(Insertable)]
#[diesel(table_name = value)]
#[diesel(treat_none_as_default_value = false)]
struct New<'a> {
    kpi_code: &'a str,
    quarter: i32,
    staff_id: Option<i64>,
    team_id: Option<i64>,
    figure_json: String,
    note: &'a str,
    entered_by: &'a str,
    entered_at: NaiveDateTime,
    row_version: i32,
}

/// Stores what a file states, whatever stood there; what stands there already is left alone. Returns how many are new
/// and how many changed. As many queries whatever the file holds, by the thousand.
pub fn state_all(conn: &mut Conn, all: &[Stated], actor: &Actor) -> Result<(u64, u64)> {
    const CHUNK: usize = 1_000;
    type Known = (
        i64,
        String,
        i32,
        Option<i64>,
        Option<i64>,
        String,
        String,
        i32,
    );
    let mut quarters: Vec<i32> = all.iter().map(|one| one.quarter.index()).collect();
    quarters.sort_unstable();
    quarters.dedup();
    let rows: Vec<Known> = value::table
        .filter(value::quarter.eq_any(&quarters))
        .select((
            value::id,
            value::kpi_code,
            value::quarter,
            value::staff_id,
            value::team_id,
            value::figure_json,
            value::note,
            value::row_version,
        ))
        .load(conn)?;
    let mut known = HashMap::new();
    for (id, kpi, quarter, staff_id, team_id, figure, note, version) in rows {
        if let Some(of) = staff_id.map(Of::Staff).or(team_id.map(Of::Team)) {
            known.insert((kpi, quarter, of), (id, figure, note, version));
        }
    }
    let mut stale: Vec<i64> = Vec::new();
    let mut fresh: Vec<New<'_>> = Vec::new();
    for one in all {
        let figure_json = serde_json::to_string(&one.figure)?;
        let key = (one.kpi.clone(), one.quarter.index(), one.of);
        let before = known.get(&key);
        if before.is_some_and(|(_, figure, note, _)| *figure == figure_json && *note == one.note) {
            continue;
        }
        stale.extend(before.map(|(id, ..)| *id));
        let (staff_id, team_id) = match one.of {
            Of::Staff(id) => (Some(id), None),
            Of::Team(id) => (None, Some(id)),
        };
        fresh.push(New {
            kpi_code: &one.kpi,
            quarter: one.quarter.index(),
            staff_id,
            team_id,
            figure_json,
            note: &one.note,
            entered_by: &actor.name,
            entered_at: actor.at,
            row_version: before.map_or(1, |(.., version)| version + 1),
        });
    }
    let (changed, new) = (stale.len() as u64, (fresh.len() - stale.len()) as u64);
    for chunk in stale.chunks(CHUNK) {
        diesel::delete(value::table.filter(value::id.eq_any(chunk))).execute(conn)?;
    }
    insert_all!(conn, value::table, fresh)?;
    Ok((new, changed))
}
