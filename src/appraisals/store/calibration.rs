//! Calibration: sessions in which people compare results side by side, and change some with a reason. Who may judge
//! whom is decided here and by `model::outcome::Barred`.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::outcome::{Bar, Barred, Change};
use crate::appraisals::model::result::Adjusted;
use crate::appraisals::store::amend::amend;
use crate::appraisals::store::cycles::Cycle;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    account, calibration, calibration_change, calibration_conflict, calibration_member,
    calibration_team, evaluation, reporting_line, staff, team,
};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::people::store::reach::subtrees;
use crate::within;

/// Who is at the table: an account and, for most, a staff record.
#[derive(Clone, Debug)]
pub struct Judge {
    pub account_id: i64,
    pub staff_id: Option<i64>,
    pub login: String,
    /// The reach of whoever runs cycles; none for the others.
    pub runs: Option<Reach>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Session {
    pub id: i64,
    pub name: String,
    pub held_on: Option<NaiveDate>,
    pub closed_at: Option<NaiveDateTime>,
    pub row_version: i32,
    /// Whether the judge who asks is a member.
    pub member: bool,
}

/// The sessions of a cycle that somebody may open: all for whoever runs cycles, else those they are a member of.
pub fn sessions(conn: &mut Conn, cycle: &Cycle, judge: &Judge) -> Result<Vec<Session>> {
    let mut query = calibration::table
        .filter(calibration::cycle_id.eq(cycle.id))
        .order(calibration::name)
        .select((
            calibration::id,
            calibration::name,
            calibration::held_on,
            calibration::closed_at,
            calibration::row_version,
            calibration::id.eq_any(memberships(judge.staff_id)),
        ))
        .into_boxed();
    if judge.runs.is_none() {
        query = query.filter(calibration::id.eq_any(memberships(judge.staff_id)));
    }
    Ok(query.load(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn memberships(staff_id: Option<i64>) -> _ {
    // Nobody has the number 0.
    let me: i64 = staff_id.unwrap_or_default();
    calibration_member::table
        .filter(calibration_member::staff_id.eq(me))
        .select(calibration_member::calibration_id)
}

/// A session of a cycle, if somebody may open it.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is not theirs.
pub fn find(conn: &mut Conn, cycle: &Cycle, judge: &Judge, id: i64) -> Result<Session> {
    sessions(conn, cycle, judge)?
        .into_iter()
        .find(|session| session.id == id)
        .ok_or_else(|| Error::NotFound(Message::new("calibration-not-found")))
}

/// Number and names of the people at the table, in order of number.
pub fn members(conn: &mut Conn, session: i64) -> Result<Vec<(String, String, String)>> {
    Ok(calibration_member::table
        .inner_join(staff::table.on(staff::id.eq(calibration_member::staff_id)))
        .filter(calibration_member::calibration_id.eq(session))
        .order(staff::employee_no)
        .select((staff::employee_no, staff::name, staff::name_en))
        .load(conn)?)
}

/// Code and names of the teams in scope, in order of code.
pub fn teams(conn: &mut Conn, session: i64) -> Result<Vec<(String, String, String)>> {
    Ok(calibration_team::table
        .inner_join(team::table.on(team::id.eq(calibration_team::team_id)))
        .filter(calibration_team::calibration_id.eq(session))
        .order(team::code)
        .select((team::code, team::name_zh, team::name_en))
        .load(conn)?)
}

/// What a session is about, as typed.
pub struct Plan {
    pub name: String,
    pub held_on: Option<NaiveDate>,
    /// Employee numbers.
    pub members: Vec<String>,
    /// Codes of teams; those below are included.
    pub teams: Vec<String>,
}

/// Makes a session, or changes one that `seen` is the version of.
///
/// # Errors
/// `Conflict` outside calibration, when it is closed or was changed meanwhile, or the name is taken; `Invalid` naming
/// members or teams that there are not.
pub fn save(
    conn: &mut Conn,
    cycle: &Cycle,
    session: Option<(i64, i32)>,
    plan: &Plan,
    actor: &Actor,
) -> Result<i64> {
    conn.lock("calibration")?;
    must_be_calibrating(cycle)?;
    let people: Vec<(i64, String)> = staff::table
        .filter(staff::employee_no.eq_any(&plan.members))
        .select((staff::id, staff::employee_no))
        .load(conn)?;
    let scope: Vec<(i64, String)> = team::table
        .filter(team::code.eq_any(&plan.teams))
        .select((team::id, team::code))
        .load(conn)?;
    let unknown = |named: &[String], found: &[(i64, String)]| -> Option<String> {
        named
            .iter()
            .find(|n| !found.iter().any(|(_, f)| f == *n))
            .cloned()
    };
    if let Some(no) = unknown(&plan.members, &people) {
        return Err(Error::invalid(
            Message::new("person-not-found").with("no", no),
        ));
    }
    if let Some(code) = unknown(&plan.teams, &scope) {
        return Err(Error::invalid(
            Message::new("team-not-found").with("code", code),
        ));
    }
    let named: Vec<i64> = scope.iter().map(|(id, _)| *id).collect();
    let people_in_scope: i64 = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::team_id.eq_any(with_those_below(conn, cycle, &named)?))
        .count()
        .get_result(conn)?;
    if people_in_scope > MOST_PEOPLE {
        return Err(Error::invalid(
            Message::new("calibration-too-many").with("n", people_in_scope),
        ));
    }
    let taken: i64 = calibration::table
        .filter(calibration::cycle_id.eq(cycle.id))
        .filter(calibration::name.eq(&plan.name))
        .filter(calibration::id.ne(session.map_or(0, |s| s.0)))
        .count()
        .get_result(conn)?;
    if taken > 0 {
        return Err(Error::invalid(Message::new("calibration-name-taken")));
    }
    let id = match session {
        Some((id, seen)) => {
            let changed = diesel::update(
                calibration::table
                    .filter(calibration::id.eq(id))
                    .filter(calibration::row_version.eq(seen))
                    .filter(calibration::closed_at.is_null()),
            )
            .set((
                calibration::name.eq(&plan.name),
                calibration::held_on.eq(plan.held_on),
                calibration::row_version.eq(seen + 1),
            ))
            .execute(conn)?;
            if changed == 0 {
                return Err(Error::Conflict(Message::new("form-conflict")));
            }
            diesel::delete(
                calibration_member::table.filter(calibration_member::calibration_id.eq(id)),
            )
            .execute(conn)?;
            diesel::delete(calibration_team::table.filter(calibration_team::calibration_id.eq(id)))
                .execute(conn)?;
            id
        }
        None => diesel::insert_into(calibration::table)
            .values((
                calibration::cycle_id.eq(cycle.id),
                calibration::name.eq(&plan.name),
                calibration::held_on.eq(plan.held_on),
            ))
            .returning(calibration::id)
            .get_result(conn)?,
    };
    insert_scope(conn, id, &people, &scope)?;
    let detail = json!({ "members": plan.members, "name": plan.name, "teams": plan.teams });
    let action = if session.is_some() {
        "calibration.change"
    } else {
        "calibration.create"
    };
    audit::append(conn, actor, action, &subject(cycle, id), &detail)?;
    Ok(id)
}

fn insert_scope(
    conn: &mut Conn,
    session: i64,
    people: &[(i64, String)],
    scope: &[(i64, String)],
) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = calibration_member)]
    #[diesel(treat_none_as_default_value = false)]
    struct NewMember {
        calibration_id: i64,
        staff_id: i64,
    }
    #[derive(Insertable)]
    #[diesel(table_name = calibration_team)]
    #[diesel(treat_none_as_default_value = false)]
    struct NewTeam {
        calibration_id: i64,
        team_id: i64,
    }
    let calibration_id = session;
    let rows: Vec<NewMember> = people
        .iter()
        .map(|&(staff_id, _)| NewMember {
            calibration_id,
            staff_id,
        })
        .collect();
    insert_all!(conn, calibration_member::table, rows)?;
    let rows: Vec<NewTeam> = scope
        .iter()
        .map(|&(team_id, _)| NewTeam {
            calibration_id,
            team_id,
        })
        .collect();
    insert_all!(conn, calibration_team::table, rows)
}

fn subject(cycle: &Cycle, session: i64) -> String {
    format!("{}/calibration/{session}", cycle.code)
}

fn must_be_calibrating(cycle: &Cycle) -> Result<()> {
    if cycle.state == State::Calibration {
        Ok(())
    } else {
        Err(Error::Conflict(
            Message::new("calibration-not-now").with("code", &cycle.code),
        ))
    }
}

/// Who declared a conflict of interest about whom.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Declared {
    pub account_id: i64,
    pub login: String,
    pub account_staff_id: Option<i64>,
    pub staff_id: i64,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
}

/// Every conflict declared in a session.
pub fn conflicts(conn: &mut Conn, session: i64) -> Result<Vec<Declared>> {
    Ok(calibration_conflict::table
        .inner_join(account::table.on(account::id.eq(calibration_conflict::account_id)))
        .inner_join(staff::table.on(staff::id.eq(calibration_conflict::staff_id)))
        .filter(calibration_conflict::calibration_id.eq(session))
        .order((account::login, staff::employee_no))
        .select((
            account::id,
            account::login,
            account::staff_id,
            staff::id,
            staff::employee_no,
            staff::name,
            staff::name_en,
        ))
        .load(conn)?)
}

/// Somebody in a session.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Row {
    pub staff_id: i64,
    pub evaluation_id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    /// Code and names.
    pub team: Option<(String, String, String)>,
    pub manager_id: Option<i64>,
    pub kpi_h: Option<i64>,
    pub kpi_se_h: Option<i64>,
    pub competency_h: Option<i64>,
    pub total_h: Option<i64>,
    pub grade: Option<String>,
    pub released_at: Option<NaiveDateTime>,
    /// Whether they are above the judge on the last day of the cycle.
    above: bool,
}

/// Somebody in a session, and what keeps the judge from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub row: Row,
    pub bar: Option<Bar>,
}

/// People of a session: they are compared side by side, so more are refused when it is made.
pub const MOST_PEOPLE: i64 = 1_000;

/// Everybody in a session whom somebody may see at all, in order of name, with what keeps them from whom. Whoever runs
/// cycles for a part of the company and is no member sees that part. `only` is one employee number.
pub fn table(
    conn: &mut Conn,
    cycle: &Cycle,
    session: &Session,
    judge: &Judge,
    declared: &[Declared],
    only: Option<&str>,
) -> Result<Vec<Seat>> {
    // Nobody has the number 0.
    let me = judge.staff_id.unwrap_or_default();
    let day = cycle.ends_on;
    let above = reporting_line::table
        .filter(reporting_line::staff_id.eq(me))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select(reporting_line::manager_id);
    let named: Vec<i64> = calibration_team::table
        .filter(calibration_team::calibration_id.eq(session.id))
        .select(calibration_team::team_id)
        .load(conn)?;
    let query = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .left_join(team::table.on(evaluation::team_id.eq(team::id.nullable())))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::team_id.eq_any(with_those_below(conn, cycle, &named)?))
        .order((staff::sort_key, staff::id))
        .limit(MOST_PEOPLE)
        .select((
            staff::id,
            evaluation::id,
            staff::sort_key,
            staff::employee_no,
            staff::name,
            staff::name_en,
            (team::code, team::name_zh, team::name_en).nullable(),
            evaluation::manager_id,
            evaluation::kpi_h,
            evaluation::kpi_se_h,
            evaluation::competency_h,
            evaluation::total_h,
            evaluation::grade,
            evaluation::released_at,
            evaluation::staff_id.eq_any(above),
        ))
        .into_boxed();
    let mut query = match &judge.runs {
        Some(reach) if !session.member => within!(query, evaluation::staff_id, reach),
        _ => query,
    };
    if let Some(no) = only {
        query = query.filter(staff::employee_no.eq(no));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let barred = Barred {
        me: judge.staff_id,
        above: rows
            .iter()
            .filter(|r| r.above)
            .map(|r| r.staff_id)
            .collect(),
        conflicts: declared
            .iter()
            .filter(|d| {
                d.account_id == judge.account_id
                    || (d.account_staff_id.is_some() && d.account_staff_id == judge.staff_id)
            })
            .map(|d| d.staff_id)
            .collect(),
    };
    Ok(rows
        .into_iter()
        .map(|row| Seat {
            bar: barred.of(row.staff_id),
            row,
        })
        .collect())
}

/// Somebody of a session, by number.
///
/// # Errors
/// `NotFound` when they are not in its scope, or the judge is kept from them.
pub fn row(
    conn: &mut Conn,
    cycle: &Cycle,
    session: &Session,
    judge: &Judge,
    employee_no: &str,
) -> Result<Row> {
    let declared = conflicts(conn, session.id)?;
    table(conn, cycle, session, judge, &declared, Some(employee_no))?
        .into_iter()
        .find(|seat| seat.bar.is_none())
        .map(|seat| seat.row)
        .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", employee_no)))
}

/// Teams with all below them on the last day of the cycle.
fn with_those_below(conn: &mut Conn, cycle: &Cycle, named: &[i64]) -> Result<Vec<i64>> {
    let mut trees = subtrees(conn, cycle.ends_on)?;
    let mut all: Vec<i64> = named
        .iter()
        .flat_map(|id| trees.remove(id).unwrap_or_else(|| [*id].into()))
        .collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Declares a conflict of interest: from now on the judge neither reads nor changes this person's result.
///
/// # Errors
/// `NotFound` when the person is not in scope.
pub fn declare(
    conn: &mut Conn,
    cycle: &Cycle,
    session: &Session,
    judge: &Judge,
    employee_no: &str,
    reason: &str,
    actor: &Actor,
) -> Result<()> {
    must_be_calibrating(cycle)?;
    let row = row(conn, cycle, session, judge, employee_no)?;
    diesel::insert_into(calibration_conflict::table)
        .values((
            calibration_conflict::calibration_id.eq(session.id),
            calibration_conflict::account_id.eq(judge.account_id),
            calibration_conflict::staff_id.eq(row.staff_id),
            calibration_conflict::reason.eq(reason),
            calibration_conflict::declared_at.eq(actor.at),
        ))
        .execute(conn)?;
    let detail = json!({ "about": employee_no, "reason": reason });
    audit::append(
        conn,
        actor,
        "calibration.conflict",
        &subject(cycle, session.id),
        &detail,
    )
}

/// Gives somebody another total, with a reason.
///
/// # Errors
/// `NotFound` when the judge is kept from them; `Conflict` when the session is closed, the cycle elsewhere, the person
/// not rated, or the result was changed since `seen`.
#[expect(
    clippy::too_many_arguments,
    reason = "a change is told by whom, where, about whom, to what, from what and why"
)]
pub fn change(
    conn: &mut Conn,
    cycle: &Cycle,
    session: &Session,
    (judge, employee_no): (&Judge, &str),
    after_h: i64,
    seen: i32,
    (reason, on): (&str, NaiveDate),
    actor: &Actor,
) -> Result<()> {
    must_be_calibrating(cycle)?;
    if session.closed_at.is_some() {
        return Err(Error::Conflict(Message::new("calibration-closed")));
    }
    let row = row(conn, cycle, session, judge, employee_no)?;
    let (Some(before_h), Some(before_grade)) = (row.total_h, row.grade) else {
        return Err(Error::Conflict(Message::new("calibration-not-rated")));
    };
    let change = Change {
        how: Adjusted::Calibration,
        by: actor.name.clone(),
        on,
        reason: reason.to_string(),
    };
    let done = amend(conn, cycle, employee_no, after_h, seen, change, actor)?;
    diesel::insert_into(calibration_change::table)
        .values((
            calibration_change::calibration_id.eq(session.id),
            calibration_change::evaluation_id.eq(row.evaluation_id),
            calibration_change::before_h.eq(before_h),
            calibration_change::after_h.eq(after_h),
            calibration_change::before_grade.eq(before_grade),
            calibration_change::after_grade.eq(done.after_grade.unwrap_or_default()),
            calibration_change::reason.eq(reason),
            calibration_change::changed_by.eq(&actor.name),
            calibration_change::changed_at.eq(actor.at),
        ))
        .execute(conn)?;
    Ok(())
}

/// A change as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Changed {
    pub staff_id: i64,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub before_h: i64,
    pub after_h: i64,
    pub before_grade: String,
    pub after_grade: String,
    pub reason: String,
    pub changed_by: String,
    pub changed_at: NaiveDateTime,
}

/// The newest changes of a session, at most `limit`, of some people.
pub fn changes(conn: &mut Conn, session: i64, people: &[i64], limit: i64) -> Result<Vec<Changed>> {
    Ok(calibration_change::table
        .inner_join(evaluation::table.on(evaluation::id.eq(calibration_change::evaluation_id)))
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(calibration_change::calibration_id.eq(session))
        .filter(evaluation::staff_id.eq_any(people))
        .order(calibration_change::id.desc())
        .limit(limit)
        .select((
            staff::id,
            staff::employee_no,
            staff::name,
            staff::name_en,
            calibration_change::before_h,
            calibration_change::after_h,
            calibration_change::before_grade,
            calibration_change::after_grade,
            calibration_change::reason,
            calibration_change::changed_by,
            calibration_change::changed_at,
        ))
        .load(conn)?)
}

/// Closes a session: nothing in it changes any more.
///
/// # Errors
/// `Conflict` when it is closed already or was changed since `seen`.
pub fn close(conn: &mut Conn, cycle: &Cycle, session: i64, seen: i32, actor: &Actor) -> Result<()> {
    let open = calibration::table
        .filter(calibration::id.eq(session))
        .filter(calibration::row_version.eq(seen))
        .filter(calibration::closed_at.is_null());
    let closed = diesel::update(open)
        .set((
            calibration::closed_at.eq(actor.at),
            calibration::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    if closed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    audit::append(
        conn,
        actor,
        "calibration.close",
        &subject(cycle, session),
        &json!({}),
    )
}

/// How many sessions of a cycle are open.
pub fn open(conn: &mut Conn, cycle: &Cycle) -> Result<i64> {
    Ok(calibration::table
        .filter(calibration::cycle_id.eq(cycle.id))
        .filter(calibration::closed_at.is_null())
        .count()
        .get_result(conn)?)
}

/// Closes every session of a cycle that leaves calibration.
pub fn close_all(conn: &mut Conn, cycle: &Cycle, actor: &Actor) -> Result<()> {
    diesel::update(
        calibration::table
            .filter(calibration::cycle_id.eq(cycle.id))
            .filter(calibration::closed_at.is_null()),
    )
    .set((
        calibration::closed_at.eq(actor.at),
        calibration::row_version.eq(calibration::row_version + 1),
    ))
    .execute(conn)?;
    Ok(())
}
