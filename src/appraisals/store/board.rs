//! What the pages of cycles read beside the cycle itself: the list, deadlines, how far people are.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use crate::appraisals::model::cycle::State;
use crate::appraisals::store::cycles::Cycle;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{cycle, cycle_deadline, evaluation, goal_sheet, goal_sheet_version};
use crate::error::{Error, Message, Result};
use crate::{from_key, insert_all, keys};

/// A cycle in the list.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    pub id: i64,
    pub code: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: String,
}

/// Where a page of the list begins: the last day of a cycle and its number.
pub type Start = keys::Start<(NaiveDate, i64)>;

/// Cycles, the newest first (backwards for [`Start::Before`]).
pub fn page(conn: &mut Conn, start: Start, limit: i64) -> Result<Vec<Listed>> {
    let query = cycle::table
        .select((
            cycle::id,
            cycle::code,
            cycle::starts_on,
            cycle::ends_on,
            cycle::state,
        ))
        .limit(limit)
        .into_boxed();
    let query = from_key!(query, start, (cycle::ends_on, cycle::id), desc);
    Ok(query.load(conn)?)
}

/// How many cycles there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(cycle::table.count().get_result(conn)?)
}

/// How many people each of some cycles has.
pub fn head_counts(conn: &mut Conn, cycles: &[i64]) -> Result<BTreeMap<i64, i64>> {
    Ok(evaluation::table
        .filter(evaluation::cycle_id.eq_any(cycles))
        .group_by(evaluation::cycle_id)
        .select((evaluation::cycle_id, diesel::dsl::count_star()))
        .load::<(i64, i64)>(conn)?
        .into_iter()
        .collect())
}

/// The day by which each state is to be left, of some cycles.
pub fn deadlines(conn: &mut Conn, cycles: &[i64]) -> Result<BTreeMap<(i64, State), NaiveDate>> {
    let rows: Vec<(i64, String, NaiveDate)> = cycle_deadline::table
        .filter(cycle_deadline::cycle_id.eq_any(cycles))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, state, due_on)| Some(((id, State::parse(&state)?), due_on)))
        .collect())
}

/// Codes of the cycles that are in a state although its last day is before `today`.
pub fn overdue(conn: &mut Conn, state: State, today: NaiveDate) -> Result<Vec<String>> {
    Ok(cycle::table
        .inner_join(cycle_deadline::table.on(cycle_deadline::cycle_id.eq(cycle::id)))
        .filter(cycle::state.eq(state.code()))
        .filter(cycle_deadline::state.eq(state.code()))
        .filter(cycle_deadline::due_on.lt(today))
        .order(cycle::code)
        .select(cycle::code)
        .load(conn)?)
}

/// Sets every deadline of a cycle anew.
///
/// # Errors
/// `Conflict` when somebody else changed the cycle since `seen`.
pub fn set_deadlines(
    conn: &mut Conn,
    cycle: &Cycle,
    due: &[(State, NaiveDate)],
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = cycle_deadline)]
    #[diesel(treat_none_as_default_value = false)]
    struct New {
        cycle_id: i64,
        state: &'static str,
        due_on: NaiveDate,
    }
    if cycle.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    diesel::delete(cycle_deadline::table.filter(cycle_deadline::cycle_id.eq(cycle.id)))
        .execute(conn)?;
    let rows: Vec<New> = due
        .iter()
        .map(|&(state, due_on)| New {
            cycle_id: cycle.id,
            state: state.code(),
            due_on,
        })
        .collect();
    insert_all!(conn, cycle_deadline::table, rows)?;
    diesel::update(cycle::table.find(cycle.id))
        .set(cycle::row_version.eq(cycle::row_version + 1))
        .execute(conn)?;
    let detail: BTreeMap<&str, String> = due
        .iter()
        .map(|(state, day)| (state.code(), day.to_string()))
        .collect();
    audit::append(conn, actor, "cycle.deadlines", &cycle.code, &json!(detail))
}

/// How far the people of a cycle are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub people: i64,
    pub with_sheet: i64,
    /// Of those with a sheet, all of whose versions both sides agree to.
    pub agreed: i64,
    pub excused: i64,
    pub rated: i64,
    pub released: i64,
}

/// Counts the people of a cycle by how far they are.
pub fn progress(conn: &mut Conn, cycle: &Cycle) -> Result<Progress> {
    use diesel::dsl::{count, count_star};
    let (people, excused, rated, released): (i64, i64, i64, i64) = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .select((
            count_star(),
            count(evaluation::excused_reason),
            count(evaluation::total_h),
            count(evaluation::released_at),
        ))
        .first(conn)?;
    let open = goal_sheet_version::table
        .filter(
            goal_sheet_version::employee_agreed_at
                .is_null()
                .or(goal_sheet_version::manager_agreed_at.is_null()),
        )
        .select(goal_sheet_version::sheet_id);
    let sheets = goal_sheet::table.filter(goal_sheet::cycle_id.eq(cycle.id));
    let with_sheet: i64 = sheets.count().get_result(conn)?;
    let not_agreed: i64 = sheets
        .filter(goal_sheet::id.eq_any(open))
        .count()
        .get_result(conn)?;
    Ok(Progress {
        people,
        with_sheet,
        agreed: with_sheet - not_agreed,
        excused,
        rated,
        released,
    })
}
