//! What the home page and the go-to search ask of the features, in few queries.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::appraisals::store as appraisals;
use crate::appraisals::store::due::Running;
use crate::calendar::Zone;
use crate::db::Conn;
use crate::db::schema::{account, cycle, import_run, job, reporting_line};
use crate::due::Due;
use crate::error::Result;
use crate::keys::end_of;
use crate::plans;
use crate::recruitment;

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

/// What is due from somebody, the nearest deadline first; what has none stands last. Two queries.
pub fn due(
    conn: &mut Conn,
    staff_id: i64,
    (today, now): (NaiveDate, NaiveDateTime),
    zone: Zone,
    cycles: &[Running],
) -> Result<Vec<Due>> {
    let mut due = appraisals::due::due(conn, cycles, staff_id, today, zone)?;
    due.extend(plans::store::due(conn, staff_id, today)?);
    due.extend(recruitment::store::due::due(conn, staff_id, now)?);
    due.sort_by_key(|due| (due.by.is_none(), due.by));
    Ok(due)
}

/// Counts of the home page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Counts {
    /// Who reports to the reader.
    pub direct: i64,
    /// Everybody below them.
    pub below: i64,
    /// Accounts in use.
    pub accounts: i64,
    pub failed_jobs: i64,
}

/// How many people report to somebody (0: nobody) on a day and are below them in all, how many accounts are in use
/// and how many jobs have failed.
pub fn counts(conn: &mut Conn, me: i64, day: NaiveDate) -> Result<Counts> {
    let of = |depth: i32| {
        reporting_line::table
            .filter(reporting_line::manager_id.eq(me))
            .filter(reporting_line::depth.between(1, depth))
            .filter(reporting_line::valid_from.le(day))
            .filter(reporting_line::valid_to.gt(day))
            .select(count_star())
            .single_value()
            .assume_not_null()
    };
    let accounts = account::table
        .filter(account::disabled_at.is_null())
        .select(count_star())
        .single_value()
        .assume_not_null();
    let failed = job::table
        .filter(job::state.eq("failed"))
        .select(count_star())
        .single_value()
        .assume_not_null();
    Ok(diesel::select((of(1), of(i32::MAX), accounts, failed)).get_result(conn)?)
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
