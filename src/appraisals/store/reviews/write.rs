//! Writing reviews: of oneself, of those one leads, a note of who led them before; giving a review back.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use crate::accounts::store::tell_all;
use crate::appraisals::model::cycle::State as CycleState;
use crate::appraisals::model::result::SCHEMA_NO;
use crate::appraisals::store::cycles::{self, Cycle};
use crate::appraisals::store::results;
use crate::appraisals::store::reviews::Evaluation;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{account, evaluation, reporting_line, staff};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::{self, Sent, Sheet};
use crate::render::escape;
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

/// Passes the review of somebody on to a person above them, who is told.
///
/// # Errors
/// `Invalid` when there is nobody of that number above them who could write; `Conflict` as for [`give_back`].
pub fn pass_on(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    seen: i32,
    (to, reason): (&str, &str),
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    let last = about.cycle.ends_on;
    let found: Vec<(i64, i64)> = reporting_line::table
        .inner_join(staff::table.on(staff::id.eq(reporting_line::manager_id)))
        .inner_join(account::table.on(account::staff_id.eq(staff::id.nullable())))
        .filter(staff::employee_no.eq(to))
        .filter(reporting_line::staff_id.eq(about.evaluation.staff_id))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(last))
        .filter(reporting_line::valid_to.gt(last))
        .filter(account::disabled_at.is_null())
        .select((staff::id, account::id))
        .load(conn)?;
    let Some(&(rater_id, _)) = found.first() else {
        return Err(Error::invalid(
            Message::new("review-nobody-above").with("no", to),
        ));
    };
    panels::pass_on(conn, sheet.id, seen, rater_id)?;
    let subject = about.subject();
    let told = Message::new("told-review-passed-on")
        .with("code", &about.cycle.code)
        .with("reason", reason);
    let link = format!(
        "/cycles/{}/people/{}/review",
        escape(&about.cycle.code),
        escape(about.employee_no)
    );
    let notices: Vec<(i64, &Message, &str)> = found
        .iter()
        .map(|(_, account_id)| (*account_id, &told, link.as_str()))
        .collect();
    tell_all(conn, &notices, actor.at)?;
    let detail = json!({ "reason": reason, "to": to });
    audit::append(conn, actor, "review.pass-on", &subject, &detail)
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
