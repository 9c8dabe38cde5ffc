//! What the home page and the go-to search ask of the features, in few queries.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::appraisals::model::cycle::State;
use crate::appraisals::store as appraisals;
use crate::db::Conn;
use crate::db::schema::{account, cycle, import_run, job, reporting_line};
use crate::due::Due;
use crate::error::Result;
use crate::keys::end_of;
use crate::plans;
use crate::recruitment;

/// Cycles the home page looks at: ten years of quarters.
const CYCLES: i64 = 40;

/// Code and state of the newest cycles, the one that ends last first.
pub fn cycles(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    Ok(cycle::table
        .order((cycle::ends_on.desc(), cycle::id.desc()))
        .select((cycle::code, cycle::state))
        .limit(CYCLES)
        .load(conn)?)
}

/// The cycles whose code begins with a text; `drafts` too only for those who see them coming.
pub fn cycles_named(
    conn: &mut Conn,
    q: &str,
    drafts: bool,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    let start = q.to_uppercase();
    let mut query = cycle::table
        .filter(cycle::code.ge(start.clone()))
        .filter(cycle::code.lt(end_of(&start)))
        .order(cycle::code.desc())
        .select((cycle::code, cycle::state))
        .limit(limit)
        .into_boxed();
    if !drafts {
        query = query.filter(cycle::state.ne("draft"));
    }
    Ok(query.load(conn)?)
}

/// What is due from somebody, the nearest deadline first; what has none stands last. Features whose cycles are
/// in no state that asks for anything are not asked either; `cycles` are those of [`cycles`].
pub fn due(
    conn: &mut Conn,
    staff_id: i64,
    (today, now): (NaiveDate, NaiveDateTime),
    cycles: &[(String, String)],
) -> Result<Vec<Due>> {
    let any = |wanted: &[State]| {
        let is_there = |state: &State| cycles.iter().any(|(_, at)| at == state.code());
        wanted.iter().any(is_there)
    };
    let mut due = Vec::new();
    if any(&[State::GoalSetting, State::Tracking]) {
        due.extend(appraisals::due::due(conn, staff_id, today)?);
    }
    if any(&[State::Evaluation]) {
        due.extend(appraisals::reviews::lists::due(conn, staff_id, today)?);
    }
    if any(&[State::Calibration, State::Feedback]) {
        due.extend(appraisals::due_outcomes::due_outcomes(
            conn, staff_id, today,
        )?);
    }
    due.extend(plans::store::due(conn, staff_id, today)?);
    due.extend(recruitment::store::due::due(conn, staff_id, now)?);
    due.sort_by_key(|due| (due.by.is_none(), due.by));
    Ok(due)
}

/// How many people report to somebody on a day, and how many are below them in all.
pub fn below(conn: &mut Conn, me: i64, day: NaiveDate) -> Result<(i64, i64)> {
    let depths: Vec<(i32, i64)> = reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .group_by(reporting_line::depth)
        .select((reporting_line::depth, count_star()))
        .load(conn)?;
    let direct = depths.iter().filter(|(depth, _)| *depth == 1);
    Ok((
        direct.map(|(_, n)| n).sum(),
        depths.iter().map(|(_, n)| n).sum(),
    ))
}

/// A file that was taken in.
#[derive(Clone, Debug, Queryable)]
pub struct Import {
    pub kind: String,
    pub file_name: String,
    pub started_at: NaiveDateTime,
}

/// The file that was taken in last.
pub fn last_import(conn: &mut Conn) -> Result<Option<Import>> {
    Ok(import_run::table
        .order(import_run::id.desc())
        .select((
            import_run::kind,
            import_run::file_name,
            import_run::started_at,
        ))
        .first(conn)
        .optional()?)
}

/// How many accounts there are and how many jobs have failed.
pub fn accounts_and_failures(conn: &mut Conn) -> Result<(i64, i64)> {
    let accounts = account::table
        .filter(account::disabled_at.is_null())
        .select(count_star())
        .first(conn)?;
    let failed = job::table
        .filter(job::state.eq("failed"))
        .select(count_star())
        .first(conn)?;
    Ok((accounts, failed))
}
