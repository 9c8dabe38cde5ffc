//! The goal sheets of those who report to somebody, for a page on which many are agreed at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::appraisals::model::cycle::State;
use crate::appraisals::store::agreement::{self, SheetState};
use crate::appraisals::store::cycles::{self, Cycle};
use crate::db::Conn;
use crate::db::schema::{cycle, evaluation, note, reporting_line, staff};
use crate::error::Result;
use crate::from_key;
use crate::goals::model::note::NoteKind;
use crate::people::store::lists::Start;

/// Somebody who reports to the reader, and how far their sheet is.
#[derive(Clone, Debug)]
pub struct Row {
    pub staff_id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub excused: bool,
    /// None where the cycle plans no sheet for them.
    pub sheet: Option<SheetState>,
    /// Check-ins that others held with them in the cycle.
    pub check_ins: i64,
}

/// A page of those who report to somebody, in one cycle.
pub struct Found {
    /// The one asked for, else the newest in which goals are agreed or tracked, else the newest.
    pub cycle: Option<Cycle>,
    /// Codes of the cycles to choose from, the newest first.
    pub choices: Vec<String>,
    pub rows: Vec<Row>,
}

/// Cycles to choose from.
const CHOICES: i64 = 8;

/// Reads a page of the people who report to `me` on a day: in order of name (backwards for [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    (me, day): (i64, NaiveDate),
    wanted: &str,
    start: &Start,
    limit: i64,
) -> Result<Found> {
    let known: Vec<(String, String)> = cycle::table
        .filter(cycle::state.ne(State::Draft.code()))
        .order(cycle::ends_on.desc())
        .limit(CHOICES)
        .select((cycle::code, cycle::state))
        .load(conn)?;
    let at_goals = [State::GoalSetting.code(), State::Tracking.code()];
    let code = if wanted.is_empty() {
        let open = known.iter().find(|(_, s)| at_goals.contains(&s.as_str()));
        open.or(known.first()).map(|(code, _)| code.clone())
    } else {
        Some(wanted.to_string())
    };
    let choices = known.into_iter().map(|(code, _)| code).collect();
    let Some(code) = code else {
        return Ok(Found {
            cycle: None,
            choices,
            rows: Vec::new(),
        });
    };
    let cycle = cycles::find(conn, &code)?;
    let query = evaluation::table
        .inner_join(staff::table)
        .inner_join(reporting_line::table.on(reporting_line::staff_id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select((
            staff::id,
            staff::sort_key,
            staff::employee_no,
            staff::name,
            staff::name_en,
            evaluation::excused_reason.is_not_null(),
        ))
        .into_boxed();
    let query = from_key!(query, start, (staff::sort_key, staff::id), asc);
    let people: Vec<(i64, String, String, String, String, bool)> = query.limit(limit).load(conn)?;
    let ids: Vec<i64> = people.iter().map(|person| person.0).collect();
    let sheets = agreement::states(conn, &cycle, &ids)?;
    let held = check_ins(conn, cycle.id, &ids)?;
    let rows = people
        .into_iter()
        .map(
            |(staff_id, sort_key, employee_no, name, name_en, excused)| Row {
                sheet: sheets.get(&staff_id).copied(),
                check_ins: held.get(&staff_id).copied().unwrap_or_default(),
                staff_id,
                sort_key,
                employee_no,
                name,
                name_en,
                excused,
            },
        )
        .collect();
    Ok(Found {
        cycle: Some(cycle),
        choices,
        rows,
    })
}

/// How many people of a cycle report to somebody on a day.
pub fn count(conn: &mut Conn, (me, day): (i64, NaiveDate), cycle_id: i64) -> Result<i64> {
    let below = reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select(reporting_line::staff_id);
    Ok(evaluation::table
        .filter(evaluation::cycle_id.eq(cycle_id))
        .filter(evaluation::staff_id.eq_any(below))
        .count()
        .get_result(conn)?)
}

/// On how many days others held a check-in with each of some people in a cycle.
pub fn check_ins(conn: &mut Conn, cycle_id: i64, people: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let by_another = note::author_id
        .is_null()
        .or(note::author_id.ne(note::staff_id.nullable()));
    let rows: Vec<(i64, i64)> = note::table
        .filter(note::cycle_id.eq(cycle_id))
        .filter(note::kind.eq(NoteKind::CheckIn.code()))
        .filter(note::staff_id.eq_any(people))
        .filter(by_another)
        .group_by(note::staff_id)
        .select((
            note::staff_id,
            diesel::dsl::count(note::day).aggregate_distinct(),
        ))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Those of some employee numbers who report to somebody on a day, with the numbers of their records.
pub fn of_numbers(
    conn: &mut Conn,
    (me, day): (i64, NaiveDate),
    numbers: &[&str],
) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = reporting_line::table
        .inner_join(staff::table.on(staff::id.eq(reporting_line::staff_id)))
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .filter(staff::employee_no.eq_any(numbers))
        .select((staff::employee_no, staff::id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
