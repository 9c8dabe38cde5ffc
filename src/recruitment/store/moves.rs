//! Steps of applications, one or a thousand at once, and the trail they leave in `application_move`.
//!
//! A move tells where an application came from and where it went: to a stage with the state `active` (from nowhere
//! when it was taken in or taken up again), or from a stage to nowhere with the state that it ended in. `entered_at`
//! of the application is when it came to its stage; taking it up again enters the stage anew.
//!
//! Groups of applicants are not counted here. As long as an application and its groups are stored, who entered and
//! passed a stage is read from the moves; `selection_count` holds those whose groups were erased, and is written by
//! the erasure alone. A number is the sum of the two.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    application, application_answer, application_move, candidate, opening, opening_stage,
};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::recruitment::model::application::{APPLICANT, Refusal, Standing, Step, after};
use crate::recruitment::model::codes::{ApplicationState, OpeningState};
use crate::recruitment::store::{CHUNK, LOCK};

/// Codes named in one sentence; of more, how many there are.
const NAMED: usize = 10;

/// Takes a step with applications: all of them, or none. The same few statements for any number of them.
///
/// Tells nobody, and asks nobody's reach: both are the caller's.
///
/// # Errors
/// `Invalid` with a sentence for each reason why some of them cannot take the step, naming them; `NotFound` when one
/// of them is not there.
pub fn step(conn: &mut Conn, applications: &[i64], step: &Step, actor: &Actor) -> Result<()> {
    if applications.is_empty() {
        return Ok(());
    }
    conn.lock(LOCK)?;
    let rows = standings(conn, applications, step)?;
    let mut refused: BTreeMap<Refusal, Vec<&str>> = BTreeMap::new();
    let mut next = ApplicationState::Active;
    for row in &rows {
        match after(step, &row.standing) {
            Ok(state) => next = state,
            Err(why) => refused.entry(why).or_default().push(&row.code),
        }
    }
    if !refused.is_empty() {
        return Err(Error::Invalid(refused.into_iter().map(named).collect()));
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    change(conn, &ids, step, next, actor)?;
    let (reason, note) = words(step);
    let by = (actor.name != APPLICANT).then_some(actor.name.as_str());
    let moves: Vec<_> = rows
        .iter()
        .map(|row| {
            let here = row.standing.stage_id;
            let (from, to) = match step {
                Step::ToStage(to) => (Some(here), Some(*to)),
                Step::Reopen { .. } => (None, Some(here)),
                _ => (Some(here), None),
            };
            (
                application_move::application_id.eq(row.id),
                application_move::from_stage_id.eq(from),
                application_move::to_stage_id.eq(to),
                application_move::state.eq(next.code()),
                application_move::moved_by.eq(by),
                application_move::moved_at.eq(actor.at),
                application_move::reason_code.eq(reason),
                application_move::note.eq(note),
            )
        })
        .collect();
    insert_all!(conn, application_move::table, moves)?;
    tell(conn, &rows, step, actor)
}

/// Whether none of some applications was changed since somebody saw them: number and row version of each.
///
/// # Errors
/// `Conflict` naming those that were.
pub fn unchanged(conn: &mut Conn, seen: &[(i64, i32)]) -> Result<()> {
    conn.lock(LOCK)?;
    let ids: Vec<i64> = seen.iter().map(|(id, _)| *id).collect();
    let mut now: HashMap<i64, (i32, String)> = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(i64, i32, String)> = application::table
            .filter(application::id.eq_any(chunk))
            .select((application::id, application::row_version, application::code))
            .load(conn)?;
        now.extend(
            rows.into_iter()
                .map(|(id, version, code)| (id, (version, code))),
        );
    }
    let changed: Vec<&str> = seen
        .iter()
        .filter_map(|(id, version)| now.get(id).filter(|(now, _)| now != version))
        .map(|(_, code)| code.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict(
        Message::new("applications-changed")
            .with("codes", first_few(&changed))
            .with("n", changed.len()),
    ))
}

/// An application that is to take a step.
struct Row {
    id: i64,
    code: String,
    opening: String,
    standing: Standing,
}

/// Where applications stand.
fn standings(conn: &mut Conn, applications: &[i64], step: &Step) -> Result<Vec<Row>> {
    let home: Option<i64> = match step {
        Step::ToStage(stage_id) => opening_stage::table
            .find(stage_id)
            .select(opening_stage::opening_id)
            .first(conn)
            .optional()?,
        _ => None,
    };
    let failed = application_answer::table
        .filter(application_answer::application_id.eq(application::id))
        .filter(application_answer::failed.eq(true));
    let mut rows = Vec::with_capacity(applications.len());
    for chunk in applications.chunks(CHUNK) {
        type Stored = (
            (i64, String, i64, String, i64),
            (String, String, bool),
            (bool, bool),
        );
        let found: Vec<Stored> = application::table
            .inner_join(opening::table)
            .inner_join(candidate::table)
            .filter(application::id.eq_any(chunk))
            .order(application::id)
            .select((
                (
                    application::id,
                    application::code,
                    application::opening_id,
                    application::state,
                    application::stage_id,
                ),
                (
                    opening::code,
                    opening::state,
                    candidate::erased_at.is_not_null(),
                ),
                (
                    exists(failed.filter(application_answer::stands.is_null())),
                    exists(failed.filter(application_answer::stands.assume_not_null().eq(true))),
                ),
            ))
            .load(conn)?;
        if found.len() < chunk.len() {
            return Err(Error::NotFound(
                Message::new("application-not-found").with("code", ""),
            ));
        }
        for ((id, code, opening_id, state, stage_id), (opening, open, erased), answers) in found {
            let (Some(state), Some(open)) =
                (ApplicationState::parse(&state), OpeningState::parse(&open))
            else {
                return Err(Error::Internal("an application of an unknown state".into()));
            };
            rows.push(Row {
                id,
                code,
                opening,
                standing: Standing {
                    state,
                    stage_id,
                    knows_stage: home == Some(opening_id),
                    opening_closed: open == OpeningState::Closed,
                    erased,
                    unconfirmed: answers.0,
                    knocked_out: answers.1,
                },
            });
        }
    }
    Ok(rows)
}

/// The sentence on those refused for one reason.
fn named((why, codes): (Refusal, Vec<&str>)) -> Message {
    why.message(&first_few(&codes), codes.len())
}

fn first_few(codes: &[&str]) -> String {
    let mut text = codes[..codes.len().min(NAMED)].join(", ");
    if codes.len() > NAMED {
        text.push_str(", …");
    }
    text
}

/// Writes the step to the applications themselves.
fn change(
    conn: &mut Conn,
    ids: &[i64],
    step: &Step,
    next: ApplicationState,
    actor: &Actor,
) -> Result<()> {
    let (reason, _) = words(step);
    let closed_at = next.is_closed().then_some(actor.at);
    let decided_by = next.is_closed().then_some(actor.name.as_str());
    for chunk in ids.chunks(CHUNK) {
        let these = || application::table.filter(application::id.eq_any(chunk));
        diesel::update(these())
            .set((
                application::state.eq(next.code()),
                application::closed_at.eq(closed_at),
                application::reason_code.eq(reason),
                application::decided_by.eq(decided_by),
                application::row_version.eq(application::row_version + 1),
            ))
            .execute(conn)?;
        match step {
            Step::ToStage(stage_id) => {
                diesel::update(these())
                    .set((
                        application::stage_id.eq(stage_id),
                        application::entered_at.eq(actor.at),
                    ))
                    .execute(conn)?;
            }
            Step::Reopen { .. } => {
                diesel::update(these())
                    .set(application::entered_at.eq(actor.at))
                    .execute(conn)?;
            }
            Step::Hire { staff_id } => {
                diesel::update(these())
                    .set(application::staff_id.eq(staff_id))
                    .execute(conn)?;
                let hired = these().select(application::candidate_id);
                diesel::update(candidate::table.filter(candidate::id.eq_any(hired)))
                    .set((
                        candidate::staff_id.eq(staff_id),
                        candidate::row_version.eq(candidate::row_version + 1),
                    ))
                    .execute(conn)?;
            }
            Step::Reject { .. } | Step::Withdraw => {}
        }
    }
    Ok(())
}

/// The reason and the words of a step.
fn words(step: &Step) -> (Option<&'static str>, &str) {
    match step {
        Step::Reject { reason, note } => (Some(reason.code()), note.trim()),
        Step::Reopen { reason } => (None, reason.trim()),
        Step::ToStage(_) | Step::Withdraw | Step::Hire { .. } => (None, ""),
    }
}

/// Writes the trail: codes only, and no words about a candidate.
fn tell(conn: &mut Conn, rows: &[Row], step: &Step, actor: &Actor) -> Result<()> {
    let (reason, _) = words(step);
    let stage = match step {
        Step::ToStage(stage_id) => Some(*stage_id),
        _ => None,
    };
    let mut openings: Vec<&str> = rows.iter().map(|row| row.opening.as_str()).collect();
    openings.sort_unstable();
    openings.dedup();
    let mut detail = json!({
        "step": step.code(), "stage": stage, "reason": reason, "openings": openings,
    });
    let subject = match rows {
        [only] => format!("application:{}", only.code),
        _ => {
            let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
            detail["applications"] = json!(codes);
            "applications".to_string()
        }
    };
    audit::append(conn, actor, "application.step", &subject, &detail)
}
