//! Telling a result: release, what is said with it, the interview about it, that it was read.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::accounts::store::tell_all;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::outcome::{RELEASE_DAYS, last_day};
use crate::appraisals::store::cycles::{Cycle, find, steps};
use crate::audit::{self, Actor};
use crate::db::schema::{account, evaluation, feedback, reporting_line, staff, team};
use crate::db::{Conn, Db};
use crate::error::{Error, Message, Result};
use crate::people::store::reach::subtrees;
use crate::render::escape;
use crate::settings::Settings;
use crate::within;

/// What is said with a result, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Feedback {
    pub suggestions: String,
    pub support: String,
    pub talk_on: Option<NaiveDate>,
    pub talk_note: String,
    pub acknowledged_at: Option<NaiveDateTime>,
    pub statement: String,
    pub row_version: i32,
}

/// What is said with the result of an evaluation; empty, version 0, before anybody wrote.
pub fn of(conn: &mut Conn, evaluation_id: i64) -> Result<Feedback> {
    Ok(feedback::table
        .find(evaluation_id)
        .select((
            feedback::suggestions,
            feedback::support,
            feedback::talk_on,
            feedback::talk_note,
            feedback::acknowledged_at,
            feedback::statement,
            feedback::row_version,
        ))
        .first(conn)
        .optional()?
        .unwrap_or_default())
}

/// Somebody's place in a cycle as far as telling the result goes.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Place {
    pub evaluation_id: i64,
    pub staff_id: i64,
    pub manager_id: Option<i64>,
    pub total_h: Option<i64>,
    pub below_target: Option<bool>,
    pub released_at: Option<NaiveDateTime>,
}

/// Somebody's place in a cycle.
///
/// # Errors
/// `NotFound` when they are not in it.
pub fn place(conn: &mut Conn, cycle: &Cycle, staff_id: i64) -> Result<Place> {
    evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::staff_id.eq(staff_id))
        .select((
            evaluation::id,
            evaluation::staff_id,
            evaluation::manager_id,
            evaluation::total_h,
            evaluation::below_target,
            evaluation::released_at,
        ))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("result-no-place").with("code", &cycle.code)))
}

/// What a manager writes.
pub struct Written {
    pub suggestions: String,
    pub support: String,
    pub talk_on: Option<NaiveDate>,
    pub talk_note: String,
}

/// Keeps what a manager says with a result and notes of the interview.
///
/// # Errors
/// `Conflict` when the employee has read it already, the cycle is closed or not far enough, or somebody else wrote
/// since `seen`.
pub fn write(
    conn: &mut Conn,
    cycle: &Cycle,
    (place, employee_no): (&Place, &str),
    written: &Written,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock(&format!("feedback {}", place.evaluation_id))?;
    if cycle.state < State::Evaluation || cycle.state == State::Closed {
        return Err(Error::Conflict(
            Message::new("feedback-not-now").with("code", &cycle.code),
        ));
    }
    let stored = of(conn, place.evaluation_id)?;
    if stored.acknowledged_at.is_some() {
        return Err(Error::Conflict(Message::new("feedback-read-already")));
    }
    if stored.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let values = (
        feedback::suggestions.eq(&written.suggestions),
        feedback::support.eq(&written.support),
        feedback::talk_on.eq(written.talk_on),
        feedback::talk_note.eq(&written.talk_note),
    );
    if seen == 0 {
        diesel::insert_into(feedback::table)
            .values((
                feedback::evaluation_id.eq(place.evaluation_id),
                values,
                feedback::statement.eq(""),
            ))
            .execute(conn)?;
    } else {
        diesel::update(feedback::table.find(place.evaluation_id))
            .set((values, feedback::row_version.eq(seen + 1)))
            .execute(conn)?;
    }
    let detail = json!({ "talk_on": written.talk_on });
    let subject = format!("{}/{employee_no}", cycle.code);
    audit::append(conn, actor, "feedback.write", &subject, &detail)
}

/// Notes that an employee has read their result, with what they say to it. Reading is not agreeing.
///
/// # Errors
/// `Conflict` when it is not released, or was acknowledged before.
pub fn acknowledge(
    conn: &mut Conn,
    cycle: &Cycle,
    (place, employee_no): (&Place, &str),
    statement: &str,
    actor: &Actor,
) -> Result<()> {
    conn.lock(&format!("feedback {}", place.evaluation_id))?;
    let stored = of(conn, place.evaluation_id)?;
    if place.released_at.is_none() || stored.acknowledged_at.is_some() {
        return Err(Error::Conflict(Message::new("feedback-read-already")));
    }
    let values = (
        feedback::acknowledged_at.eq(actor.at),
        feedback::statement.eq(statement),
    );
    if stored.row_version == 0 {
        diesel::insert_into(feedback::table)
            .values((
                feedback::evaluation_id.eq(place.evaluation_id),
                feedback::suggestions.eq(""),
                feedback::support.eq(""),
                feedback::talk_note.eq(""),
                values,
            ))
            .execute(conn)?;
    } else {
        diesel::update(feedback::table.find(place.evaluation_id))
            .set((values, feedback::row_version.eq(stored.row_version + 1)))
            .execute(conn)?;
    }
    let subject = format!("{}/{employee_no}", cycle.code);
    let detail = json!({ "with_statement": !statement.is_empty() });
    audit::append(conn, actor, "feedback.acknowledge", &subject, &detail)
}

/// Whose results are released.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Everybody in reach.
    Reach(Reach),
    /// Everybody in reach in a team (of a code) or below it.
    Team(Reach, String),
    /// The direct reports of a manager on the cycle's last day.
    Manager(i64),
    /// One person.
    Person(i64),
}

/// How far the release of some people's results is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub people: i64,
    pub released: i64,
    /// Not released; a suggestion and support are owed and not written.
    pub owing: i64,
}

type Backend = <Conn as diesel::Connection>::Backend;

/// Evaluations of a cycle narrowed to some people.
macro_rules! evaluations {
    ($conn:expr, $cycle:expr, $whose:expr, $from:expr) => {{
        let query = $from
            .filter(evaluation::cycle_id.eq($cycle.id))
            .into_boxed::<Backend>();
        match $whose {
            Whose::Reach(reach) => within!(query, evaluation::staff_id, reach),
            Whose::Team(reach, code) => {
                let id: i64 = team::table
                    .filter(team::code.eq(code))
                    .select(team::id)
                    .first($conn)
                    .optional()?
                    .ok_or_else(|| {
                        Error::NotFound(Message::new("team-not-found").with("code", code))
                    })?;
                let tree = subtrees($conn, $cycle.ends_on)?.remove(&id);
                let tree: Vec<i64> =
                    tree.map_or_else(|| vec![id], |tree| tree.into_iter().collect());
                let query = query.filter(evaluation::team_id.eq_any(tree));
                within!(query, evaluation::staff_id, reach)
            }
            Whose::Manager(me) => query.filter(evaluation::manager_id.eq(*me)),
            Whose::Person(id) => query.filter(evaluation::staff_id.eq(*id)),
        }
    }};
}

/// The evaluations of which a suggestion and support are written.
#[diesel::dsl::auto_type(no_type_alias)]
fn written() -> _ {
    feedback::table
        .filter(feedback::suggestions.ne(""))
        .filter(feedback::support.ne(""))
        .select(feedback::evaluation_id)
}

/// Counts results by how far they are.
pub fn progress(conn: &mut Conn, cycle: &Cycle, whose: &Whose) -> Result<Progress> {
    use diesel::dsl::{count, count_star};
    let (people, released): (i64, i64) = evaluations!(conn, cycle, whose, evaluation::table)
        .select((count_star(), count(evaluation::released_at)))
        .first(conn)?;
    let owing: i64 = evaluations!(conn, cycle, whose, evaluation::table)
        .filter(evaluation::released_at.is_null())
        .filter(evaluation::below_target.eq(true))
        .filter(evaluation::id.ne_all(written()))
        .count()
        .get_result(conn)?;
    Ok(Progress {
        people,
        released,
        owing,
    })
}

/// Number and names of those to whom a suggestion and support are owed, by number, after one, at most `limit`.
pub fn owing(
    conn: &mut Conn,
    cycle: &Cycle,
    whose: &Whose,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String, String)>> {
    let people = evaluation::table.inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)));
    Ok(evaluations!(conn, cycle, whose, people)
        .filter(evaluation::released_at.is_null())
        .filter(evaluation::below_target.eq(true))
        .filter(evaluation::id.ne_all(written()))
        .filter(staff::employee_no.gt(after))
        .order(staff::employee_no)
        .limit(limit)
        .select((staff::employee_no, staff::name, staff::name_en))
        .load(conn)?)
}

/// What a release is to do.
#[derive(Clone, Debug)]
pub struct Release {
    pub whose: Whose,
    /// Also without suggestion and support.
    pub force: bool,
    pub reason: String,
}

/// So many results are released in one transaction: few enough to let others write between.
const AT_ONCE: usize = 2_500;

/// Releases results, some thousand at a time, and says after each how many of how many are done. Interrupted, it goes
/// on where it stopped when it is asked again; a result is released once. Returns how many were released now, and of
/// how many suggestion and support are still owed.
///
/// # Errors
/// `Conflict` when the cycle is not in feedback; `Invalid` when it is forced without a reason.
pub fn release(
    db: &Db,
    code: &str,
    wanted: &Release,
    actor: &Actor,
    told: impl FnMut(usize, usize),
) -> Result<(usize, i64)> {
    release_by(AT_ONCE, db, code, wanted, actor, told)
}

/// As [`release`], so many at a time.
///
/// # Errors
/// As [`release`].
pub fn release_by(
    at_once: usize,
    db: &Db,
    code: &str,
    wanted: &Release,
    actor: &Actor,
    mut told: impl FnMut(usize, usize),
) -> Result<(usize, i64)> {
    if wanted.force && wanted.reason.trim().is_empty() {
        return Err(Error::invalid(Message::new("cycle-no-reason")));
    }
    let (cycle, ready) = db.read(|conn| {
        let cycle = find(conn, code)?;
        if cycle.state != State::Feedback {
            return Err(Error::Conflict(
                Message::new("release-not-now").with("code", code),
            ));
        }
        let ready = ready(conn, &cycle, wanted)?;
        Ok((cycle, ready))
    })?;
    let mut done = 0;
    for chunk in ready.chunks(at_once) {
        done += db.write(|conn| {
            conn.lock("cycle")?;
            let state = find(conn, code)?.state;
            if state != State::Feedback {
                return Err(Error::Conflict(
                    Message::new("release-not-now").with("code", code),
                ));
            }
            release_these(conn, &cycle, chunk, wanted, actor)
        })?;
        told(done, ready.len());
    }
    let left = db.read(|conn| progress(conn, &cycle, &wanted.whose))?;
    Ok((done, left.owing))
}

/// Releases a few results in the transaction of a form: one person's, or those of a manager's reports.
///
/// # Errors
/// As [`release`].
pub fn release_now(
    conn: &mut Conn,
    cycle: &Cycle,
    wanted: &Release,
    actor: &Actor,
) -> Result<usize> {
    conn.lock("cycle")?;
    if cycle.state != State::Feedback {
        return Err(Error::Conflict(
            Message::new("release-not-now").with("code", &cycle.code),
        ));
    }
    let ready = ready(conn, cycle, wanted)?;
    release_these(conn, cycle, &ready, wanted, actor)
}

fn ready(conn: &mut Conn, cycle: &Cycle, wanted: &Release) -> Result<Vec<i64>> {
    let mut query = evaluations!(conn, cycle, &wanted.whose, evaluation::table)
        .filter(evaluation::released_at.is_null())
        .order(evaluation::id)
        .select(evaluation::id);
    if !wanted.force {
        query = query.filter(
            evaluation::below_target
                .is_null()
                .or(evaluation::below_target.eq(false))
                .or(evaluation::id
                    .nullable()
                    .eq_any(written().select(feedback::evaluation_id.nullable()))),
        );
    }
    Ok(query.load(conn)?)
}

fn release_these(
    conn: &mut Conn,
    cycle: &Cycle,
    ids: &[i64],
    wanted: &Release,
    actor: &Actor,
) -> Result<usize> {
    let fresh = evaluation::table
        .filter(evaluation::id.eq_any(ids))
        .filter(evaluation::released_at.is_null());
    tell(conn, cycle, ids, actor)?;
    let done = diesel::update(fresh)
        .set(evaluation::released_at.eq(actor.at))
        .execute(conn)?;
    if done > 0 {
        let detail = json!({
            "count": done,
            "first": ids.first(),
            "forced": wanted.force,
            "last": ids.last(),
            "reason": wanted.reason,
        });
        audit::append(conn, actor, "result.release", &cycle.code, &detail)?;
    }
    Ok(done)
}

/// Releases whatever is left: on entering `closed`, or `feedback` where figures alone count.
pub fn release_rest(conn: &mut Conn, cycle: &Cycle, actor: &Actor) -> Result<()> {
    diesel::update(
        evaluation::table
            .filter(evaluation::cycle_id.eq(cycle.id))
            .filter(evaluation::released_at.is_null()),
    )
    .set(evaluation::released_at.eq(actor.at))
    .execute(conn)?;
    Ok(())
}

/// Tells everybody whose result is released now, in the inbox and by mail.
fn tell(conn: &mut Conn, cycle: &Cycle, ids: &[i64], actor: &Actor) -> Result<()> {
    let people: Vec<(i64, String)> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .inner_join(account::table.on(account::staff_id.eq(staff::id.nullable())))
        .filter(evaluation::id.eq_any(ids))
        .filter(evaluation::released_at.is_null())
        .filter(account::disabled_at.is_null())
        .order(account::id)
        .select((account::id, staff::employee_no))
        .load(conn)?;
    let told = Message::new("told-result-released").with("code", &cycle.code);
    let links: Vec<(i64, String)> = people
        .into_iter()
        .map(|(account, no)| {
            let link = format!("/cycles/{}/people/{}", escape(&cycle.code), escape(&no));
            (account, link)
        })
        .collect();
    let all: Vec<(i64, &Message, &str)> = links
        .iter()
        .map(|(account, link)| (*account, &told, link.as_str()))
        .collect();
    tell_all(conn, &all, actor.at)
}

/// The last day for releasing results: 10 working days after the cycle entered feedback; none before.
pub fn deadline(conn: &mut Conn, cycle: &Cycle) -> Result<Option<NaiveDate>> {
    let entered = steps(conn, cycle)?
        .into_iter()
        .find(|s| s.state == State::Feedback.code())
        .map(|s| s.entered_at);
    let zone = Settings::load(conn)?.zone;
    Ok(entered.map(|at| last_day(zone.local_date(at), RELEASE_DAYS)))
}

/// Whether somebody is above an employee on any day from the cycle's first to `today`, or below them: on their line.
pub fn is_on_line(
    conn: &mut Conn,
    cycle: &Cycle,
    (one, other): (i64, i64),
    today: NaiveDate,
) -> Result<bool> {
    let on = |above: i64, below: i64| {
        diesel::dsl::exists(
            reporting_line::table
                .filter(reporting_line::manager_id.eq(above))
                .filter(reporting_line::staff_id.eq(below))
                .filter(reporting_line::valid_from.le(today))
                .filter(reporting_line::valid_to.gt(cycle.starts_on)),
        )
    };
    Ok(diesel::select(on(one, other).or(on(other, one))).get_result(conn)?)
}
