//! Appeals: filed by the employee, heard on both sides by a reviewer from outside the line, decided in time. An
//! amended result is a new version; both stay.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::accounts::store::tell;
use crate::appraisals::model::outcome::{
    APPEAL_DAYS, AppealState, Change, DECISION_DAYS, last_day,
};
use crate::appraisals::model::result::Adjusted;
use crate::appraisals::store::amend::{amend, refresh_groups};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::feedback::{Place, is_on_line};
use crate::audit::{self, Actor};
use crate::calendar::Zone;
use crate::db::Conn;
use crate::db::schema::{account, appeal, calibration_change, cycle, evaluation, staff};
use crate::error::{Error, Message, Result};
use crate::people::store::Staff;
use crate::render::escape;
use crate::{keys, within};

/// An appeal as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Appeal {
    pub id: i64,
    pub evaluation_id: i64,
    pub filed_at: NaiveDateTime,
    pub grounds: String,
    pub due_on: NaiveDate,
    pub reviewer_id: Option<i64>,
    pub employee_heard: String,
    pub manager_heard: String,
    pub decision: Option<String>,
    pub decision_reason: String,
    pub decided_at: Option<NaiveDateTime>,
    pub before_h: Option<i64>,
    pub after_h: Option<i64>,
    pub row_version: i32,
}

impl Appeal {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> AppealState {
        AppealState::of(self.decision.as_deref(), self.reviewer_id)
    }
}

/// The last day on which a result may be appealed; none while it is not released.
#[must_use]
pub fn last_day_to_file(zone: Zone, released_at: Option<NaiveDateTime>) -> Option<NaiveDate> {
    Some(last_day(zone.local_date(released_at?), APPEAL_DAYS))
}

/// The employee of a number for the page of their appeal, and whether they are reached as results are; if not, the
/// reader is named as reviewer of the appeal.
///
/// # Errors
/// `NotFound`, the same whether there is no such employee or they are out of reach.
pub fn person(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    employee_no: &str,
) -> Result<(Staff, bool)> {
    let query = staff::table
        .filter(staff::employee_no.eq(employee_no))
        .select(Staff::as_select())
        .into_boxed();
    let found: Option<Staff> = within!(query, staff::id, reach).first(conn).optional()?;
    if let Some(found) = found {
        return Ok((found, true));
    }
    let assigned = appeal::table
        .inner_join(evaluation::table.on(evaluation::id.eq(appeal::evaluation_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        // Nobody has the number 0.
        .filter(appeal::reviewer_id.eq(reach.me().unwrap_or_default()))
        .select(evaluation::staff_id);
    staff::table
        .filter(staff::employee_no.eq(employee_no))
        .filter(staff::id.eq_any(assigned))
        .select(Staff::as_select())
        .first(conn)
        .optional()?
        .map(|found| (found, false))
        .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", employee_no)))
}

/// The appeal about an evaluation, if there is one.
pub fn of(conn: &mut Conn, evaluation_id: i64) -> Result<Option<Appeal>> {
    Ok(appeal::table
        .filter(appeal::evaluation_id.eq(evaluation_id))
        .first(conn)
        .optional()?)
}

/// Files an appeal.
///
/// # Errors
/// `Conflict` when the result is not released, the term is over, or there is one.
pub fn file(
    conn: &mut Conn,
    cycle: &Cycle,
    (place, employee_no): (&Place, &str),
    grounds: &str,
    zone: Zone,
    actor: &Actor,
) -> Result<()> {
    conn.lock("appeal")?;
    let today = zone.local_date(actor.at);
    let in_time = last_day_to_file(zone, place.released_at).is_some_and(|last| today <= last);
    if !in_time {
        return Err(Error::Conflict(Message::new("appeal-too-late")));
    }
    if of(conn, place.evaluation_id)?.is_some() {
        return Err(Error::Conflict(Message::new("appeal-filed-already")));
    }
    let due_on = last_day(today, DECISION_DAYS);
    diesel::insert_into(appeal::table)
        .values((
            appeal::evaluation_id.eq(place.evaluation_id),
            appeal::filed_at.eq(actor.at),
            appeal::grounds.eq(grounds),
            appeal::due_on.eq(due_on),
            appeal::employee_heard.eq(""),
            appeal::manager_heard.eq(""),
            appeal::decision_reason.eq(""),
            appeal::before_h.eq(place.total_h),
        ))
        .execute(conn)?;
    let subject = format!("{}/{employee_no}", cycle.code);
    audit::append(
        conn,
        actor,
        "appeal.file",
        &subject,
        &json!({ "due_on": due_on }),
    )
}

/// Changes an open appeal that `seen` is the version of.
fn touch(conn: &mut Conn, appeal: &Appeal, seen: i32) -> Result<()> {
    if appeal.decided_at.is_some() {
        return Err(Error::Conflict(Message::new("appeal-decided-already")));
    }
    let changed = diesel::update(
        appeal::table
            .filter(appeal::id.eq(appeal.id))
            .filter(appeal::row_version.eq(seen)),
    )
    .set(appeal::row_version.eq(seen + 1))
    .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

/// Names the reviewer: somebody who is neither the employee nor on their line.
///
/// # Errors
/// `Invalid` naming what is wrong with the person; `Conflict` when the appeal is decided or was changed since `seen`.
pub fn name_reviewer(
    conn: &mut Conn,
    cycle: &Cycle,
    (appeal, staff_id, employee_no): (&Appeal, i64, &str),
    reviewer_no: &str,
    seen: i32,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    conn.lock("appeal")?;
    let reviewer: Option<(i64, Option<NaiveDate>)> = staff::table
        .filter(staff::employee_no.eq(reviewer_no))
        .select((staff::id, staff::left_on))
        .first(conn)
        .optional()?;
    let Some((id, _)) = reviewer.filter(|(_, left)| left.is_none_or(|day| day >= today)) else {
        return Err(Error::invalid(
            Message::new("person-not-found").with("no", reviewer_no),
        ));
    };
    if id == staff_id || is_on_line(conn, cycle, (id, staff_id), today)? {
        return Err(Error::invalid(Message::new("appeal-reviewer-on-line")));
    }
    if has_changed(conn, appeal, Some(id), None)? {
        return Err(Error::invalid(Message::new("appeal-reviewer-changed-it")));
    }
    touch(conn, appeal, seen)?;
    diesel::update(appeal::table.find(appeal.id))
        .set(appeal::reviewer_id.eq(id))
        .execute(conn)?;
    let link = format!(
        "/cycles/{}/people/{}/appeal",
        escape(&cycle.code),
        escape(employee_no)
    );
    let told = Message::new("told-appeal-to-review")
        .with("code", &cycle.code)
        .with("day", appeal.due_on);
    tell_staff(conn, id, &told, &link, actor)?;
    let subject = format!("{}/{employee_no}", cycle.code);
    let detail = json!({ "reviewer": reviewer_no });
    audit::append(conn, actor, "appeal.reviewer", &subject, &detail)
}

/// Whether somebody, by their record or their login, changed in calibration the result that is appealed against.
fn has_changed(
    conn: &mut Conn,
    appeal: &Appeal,
    staff_id: Option<i64>,
    login: Option<&str>,
) -> Result<bool> {
    // Nobody has the number 0, and no login is empty.
    let (staff_id, login) = (staff_id.unwrap_or_default(), login.unwrap_or_default());
    Ok(diesel::select(exists(
        calibration_change::table
            .left_join(account::table.on(account::login.eq(calibration_change::changed_by)))
            .filter(calibration_change::evaluation_id.eq(appeal.evaluation_id))
            .filter(
                calibration_change::changed_by
                    .eq(login)
                    .or(account::staff_id.nullable().eq(staff_id)),
            ),
    ))
    .get_result(conn)?)
}

/// Notes what the two sides said.
///
/// # Errors
/// `Conflict` when the appeal is decided or was changed since `seen`.
pub fn hear(
    conn: &mut Conn,
    cycle: &Cycle,
    (appeal, employee_no): (&Appeal, &str),
    (employee, manager): (&str, &str),
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock("appeal")?;
    touch(conn, appeal, seen)?;
    diesel::update(appeal::table.find(appeal.id))
        .set((
            appeal::employee_heard.eq(employee),
            appeal::manager_heard.eq(manager),
        ))
        .execute(conn)?;
    let subject = format!("{}/{employee_no}", cycle.code);
    audit::append(conn, actor, "appeal.hear", &subject, &json!({}))
}

/// Decides an appeal: `after_h` is the amended total, or none where the result stands.
///
/// # Errors
/// `Conflict` when a side was not heard, the one who decides changed the result in calibration, the appeal is
/// decided, or it was changed since `seen`.
pub fn decide(
    conn: &mut Conn,
    cycle: &Cycle,
    (appeal, staff_id, employee_no): (&Appeal, i64, &str),
    after_h: Option<i64>,
    (reason, today): (&str, NaiveDate),
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock("appeal")?;
    if appeal.employee_heard.is_empty() || appeal.manager_heard.is_empty() {
        return Err(Error::Conflict(Message::new("appeal-not-heard")));
    }
    if has_changed(conn, appeal, appeal.reviewer_id, Some(&actor.name))? {
        return Err(Error::Conflict(Message::new("appeal-reviewer-changed-it")));
    }
    touch(conn, appeal, seen)?;
    let subject = format!("{}/{employee_no}", cycle.code);
    if let Some(after_h) = after_h {
        let version =
            crate::snapshots::newest(conn, "person", &subject)?.map_or(0, |s| s.version_no);
        let change = Change {
            how: Adjusted::Appeal,
            by: actor.name.clone(),
            on: today,
            reason: reason.to_string(),
        };
        amend(conn, cycle, employee_no, after_h, version, change, actor)?;
        refresh_groups(conn, cycle, reason, actor)?;
    }
    let decision = if after_h.is_some() {
        "amended"
    } else {
        "upheld"
    };
    diesel::update(appeal::table.find(appeal.id))
        .set((
            appeal::decision.eq(decision),
            appeal::decision_reason.eq(reason),
            appeal::decided_at.eq(actor.at),
            appeal::after_h.eq(after_h),
        ))
        .execute(conn)?;
    let link = format!(
        "/cycles/{}/people/{}/appeal",
        escape(&cycle.code),
        escape(employee_no)
    );
    let told = Message::new("told-appeal-decided").with("code", &cycle.code);
    tell_staff(conn, staff_id, &told, &link, actor)?;
    let detail = json!({ "after_h": after_h, "decision": decision, "reason": reason });
    audit::append(conn, actor, "appeal.decide", &subject, &detail)
}

/// A word into the inbox of every open account of somebody.
fn tell_staff(
    conn: &mut Conn,
    staff_id: i64,
    told: &Message,
    link: &str,
    actor: &Actor,
) -> Result<()> {
    let accounts: Vec<i64> = account::table
        .filter(account::staff_id.eq(staff_id))
        .filter(account::disabled_at.is_null())
        .select(account::id)
        .load(conn)?;
    for id in accounts {
        tell(conn, id, told, link, actor.at)?;
    }
    Ok(())
}

/// How many appeals of a cycle wait for their decision.
pub fn undecided(conn: &mut Conn, cycle_id: i64) -> Result<i64> {
    Ok(appeal::table
        .inner_join(evaluation::table.on(evaluation::id.eq(appeal::evaluation_id)))
        .filter(evaluation::cycle_id.eq(cycle_id))
        .filter(appeal::decided_at.is_null())
        .count()
        .get_result(conn)?)
}

/// An appeal in the list.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Listed {
    pub id: i64,
    pub cycle: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub filed_at: NaiveDateTime,
    pub due_on: NaiveDate,
    pub decision: Option<String>,
    pub reviewer_id: Option<i64>,
    pub decided_at: Option<NaiveDateTime>,
}

/// Where a page of the list begins: the number of its row.
pub type Start = keys::Start<i64>;

/// Appeals in reach, and those somebody is the reviewer of; the newest first (backwards for [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    state: Option<AppealState>,
    start: &Start,
    limit: i64,
) -> Result<Vec<Listed>> {
    let query = appeal::table
        .inner_join(evaluation::table.on(evaluation::id.eq(appeal::evaluation_id)))
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .select((
            appeal::id,
            cycle::code,
            staff::employee_no,
            staff::name,
            staff::name_en,
            appeal::filed_at,
            appeal::due_on,
            appeal::decision,
            appeal::reviewer_id,
            appeal::decided_at,
        ))
        .limit(limit)
        .into_boxed();
    let mut query = within!(query, evaluation::staff_id, reach);
    if !reach.is_everyone() {
        query = query.or_filter(appeal::reviewer_id.eq(reach.me().unwrap_or_default()));
    }
    query = match state {
        None => query,
        Some(AppealState::Filed) => query
            .filter(appeal::decided_at.is_null())
            .filter(appeal::reviewer_id.is_null()),
        Some(AppealState::UnderReview) => query
            .filter(appeal::decided_at.is_null())
            .filter(appeal::reviewer_id.is_not_null()),
        Some(decided) => query.filter(appeal::decision.eq(decided.code())),
    };
    query = match start {
        Start::First => query,
        Start::After(id) => query.filter(appeal::id.lt(*id)),
        Start::Before(id) => query.filter(appeal::id.gt(*id)),
    };
    query = match start {
        Start::Before(_) => query.order(appeal::id),
        _ => query.order(appeal::id.desc()),
    };
    Ok(query.load(conn)?)
}
