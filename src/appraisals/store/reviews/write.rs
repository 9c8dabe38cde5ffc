//! Writing reviews: of oneself, of those one leads, a note of who led them before; giving a review back.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use crate::appraisals::model::cycle::State as CycleState;
use crate::appraisals::model::result::SCHEMA_NO;
use crate::appraisals::store::cycles::{self, Cycle};
use crate::appraisals::store::results;
use crate::appraisals::store::reviews::Evaluation;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::evaluation;
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::{self, Sent, Sheet};
use crate::snapshots;

/// Why the first version of a result was frozen; shown as the text of this key.
pub const FROZEN_BY_REVIEW: &str = "review-submitted";

/// Somebody whose review is written.
pub struct About<'a> {
    pub cycle: &'a Cycle,
    pub evaluation: &'a Evaluation,
    pub employee_no: &'a str,
}

impl About<'_> {
    fn subject(&self) -> String {
        format!("{}/{}", self.cycle.code, self.employee_no)
    }
}

/// What was written.
pub struct Words<'a> {
    /// The row version of the sheet that the writer saw.
    pub seen: i32,
    /// Staff number of the writer.
    pub rater_id: Option<i64>,
    pub ratings: &'a [Rating],
    pub summary: &'a str,
}

/// Keeps the cycle from moving on until the transaction ends, and refuses what comes too late.
///
/// # Errors
/// `Conflict` when the cycle is not in evaluation.
pub fn in_evaluation(conn: &mut Conn, cycle: &Cycle) -> Result<()> {
    conn.lock("cycle")?;
    if cycles::find(conn, &cycle.code)?.state != CycleState::Evaluation {
        return Err(Error::Conflict(
            Message::new("review-not-now").with("code", &cycle.code),
        ));
    }
    Ok(())
}

fn send(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    words: &Words<'_>,
    actor: &Actor,
) -> Result<()> {
    let sent = Sent {
        sheet_id: sheet.id,
        seen: words.seen,
        rater_id: words.rater_id,
        ratings: words.ratings,
        summary: words.summary,
        min_bp: about.cycle.rules.min_weight_bp,
    };
    panels::submit(conn, &sent, actor.at)
}

/// Submits what somebody says of their own quarter: ratings, and texts by KPI.
///
/// # Errors
/// `Conflict` when the sheet was changed since it was seen, or the cycle is not in evaluation.
pub fn submit_self(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    words: &Words<'_>,
    texts: &BTreeMap<String, String>,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    send(conn, about, sheet, words, actor)?;
    diesel::update(evaluation::table.find(about.evaluation.id))
        .set((
            evaluation::self_text.eq(serde_json::to_string(texts)?),
            evaluation::self_submitted_at.eq(actor.at),
            evaluation::row_version.eq(evaluation::row_version + 1),
        ))
        .execute(conn)?;
    audit::append(conn, actor, "review.self", &about.subject(), &json!({}))
}

/// Submits the note of somebody who led the person earlier in the cycle.
///
/// # Errors
/// As [`submit_self`].
pub fn submit_note(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    words: &Words<'_>,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    send(conn, about, sheet, words, actor)?;
    audit::append(conn, actor, "review.note", &about.subject(), &json!({}))
}

/// Submits the manager's review, which freezes the person's result as its next version.
///
/// # Errors
/// As [`submit_self`].
pub fn submit_review(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    words: &Words<'_>,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    send(conn, about, sheet, words, actor)?;
    diesel::update(evaluation::table.find(about.evaluation.id))
        .set((
            evaluation::submitted_at.eq(actor.at),
            evaluation::returned_reason.eq(None::<String>),
            evaluation::row_version.eq(evaluation::row_version + 1),
        ))
        .execute(conn)?;
    let result = results::compute_one(conn, about.cycle, about.evaluation.staff_id)?;
    let Some(result) = result else {
        return Err(Error::NotFound(
            Message::new("person-not-in-cycle")
                .with("no", about.employee_no)
                .with("code", &about.cycle.code),
        ));
    };
    let people = [result];
    let bodies = results::bodies(&about.cycle.code, &people, |p| &p.employee_no)?;
    let frozen = snapshots::freeze(conn, "person", SCHEMA_NO, &bodies, FROZEN_BY_REVIEW, actor)?;
    results::copy_totals(conn, about.cycle, &people)?;
    let detail = json!({ "result_sha256": frozen.first() });
    audit::append(conn, actor, "review.submit", &about.subject(), &detail)
}

/// Gives a submitted review back to be changed, with the reason.
///
/// # Errors
/// `Conflict` when there is none to give back any more, or the cycle is not in evaluation.
pub fn give_back(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    seen: i32,
    reason: &str,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    panels::step(conn, sheet.id, seen, State::Draft)?;
    diesel::update(evaluation::table.find(about.evaluation.id))
        .set((
            evaluation::submitted_at.eq(None::<chrono::NaiveDateTime>),
            evaluation::returned_reason.eq(reason),
            evaluation::row_version.eq(evaluation::row_version + 1),
        ))
        .execute(conn)?;
    let detail = json!({ "reason": reason });
    audit::append(conn, actor, "review.give-back", &about.subject(), &detail)
}
