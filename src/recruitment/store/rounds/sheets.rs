//! Sheets of a round: sent, and changed with a reason once they are.

use diesel::prelude::*;
use serde_json::json;

use crate::accounts::store::{accounts_of, tell_all};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{application_answer, attachment, stored_file};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::{self, Sent, Sheet};
use crate::recruitment::model::interview::MIN_WEIGHT_BP;
use crate::recruitment::store::rounds::Found;
use crate::recruitment::store::rounds::change::link;

/// What was written.
pub struct Words<'a> {
    /// The row version of the sheet that the writer saw.
    pub seen: i32,
    pub ratings: &'a [Rating],
    pub summary: &'a str,
}

impl Words<'_> {
    fn sent(&self, found: &Found, sheet: &Sheet) -> Sent<'_> {
        Sent {
            sheet_id: sheet.id,
            seen: self.seen,
            rater_id: found.me,
            ratings: self.ratings,
            summary: self.summary,
            min_bp: MIN_WEIGHT_BP,
        }
    }
}

/// The writer's own sheet.
fn own(found: &Found) -> Result<&Sheet> {
    let own = found.own().map(|seat| &seat.sheet);
    own.ok_or_else(|| Error::NotFound(Message::new("round-not-found").with("id", found.round.id)))
}

/// Sends a sheet: from now on it is frozen. The owner of the opening hears when it was the last.
///
/// # Errors
/// `Conflict` when it was changed since it was seen, the interview has not begun, or nothing is taken any more.
pub fn submit(conn: &mut Conn, found: &Found, words: &Words<'_>, actor: &Actor) -> Result<()> {
    let sheet = own(found)?;
    let rules = found.round.rules(found.applied.is_active());
    rules.takes_sheets(actor.at).map_err(Error::Conflict)?;
    panels::submit(conn, &words.sent(found, sheet), actor.at)?;
    let waits = |s: &Sheet| s.id != sheet.id && s.state.is_open();
    if let Some(owner) = found.applied.owner_id
        && !found.seats.iter().any(|seat| waits(&seat.sheet))
    {
        let what = Message::new("told-round-complete").with("code", &found.applied.code);
        let link = link(found.round.id);
        let accounts: Vec<i64> = accounts_of(conn, &[owner])?
            .into_values()
            .flatten()
            .collect();
        let told: Vec<(i64, &Message, &str)> = accounts
            .iter()
            .map(|a| (*a, &what, link.as_str()))
            .collect();
        tell_all(conn, &told, actor.at)?;
    }
    let detail = json!({ "round": found.round.round_no, "stage": found.round.stage.position });
    audit::append(
        conn,
        actor,
        "round.submit",
        &found.applied.subject(),
        &detail,
    )
}

/// Changes a sheet that was sent, with the reason; what it said before is kept.
///
/// # Errors
/// As [`submit`]; `Invalid` without a reason.
pub fn amend(
    conn: &mut Conn,
    found: &Found,
    words: &Words<'_>,
    reason: &str,
    actor: &Actor,
) -> Result<()> {
    let sheet = own(found)?;
    let rules = found.round.rules(found.applied.is_active());
    rules.takes_sheets(actor.at).map_err(Error::Conflict)?;
    panels::amend(conn, &words.sent(found, sheet), reason, actor)?;
    let detail = json!({
        "revision": sheet.revision_no + 1,
        "round": found.round.round_no,
        "stage": found.round.stage.position,
    });
    audit::append(
        conn,
        actor,
        "round.amend",
        &found.applied.subject(),
        &detail,
    )
}

/// An answer to a question that was asked first: its place, what was answered, whether the rule finds it unmet.
pub type Answer = (i32, String, bool);

/// The answers of an application, in the order of the questions.
pub fn answers(conn: &mut Conn, application_id: i64) -> Result<Vec<Answer>> {
    Ok(application_answer::table
        .filter(application_answer::application_id.eq(application_id))
        .order(application_answer::position)
        .select((
            application_answer::position,
            application_answer::answer,
            application_answer::failed,
        ))
        .load(conn)?)
}

/// A file that came with an application: number of the attachment, number of the file, its name.
pub type Attached = (i64, i64, String);

/// What came with an application, the oldest first: files of another application of the same candidate are not
/// among them.
pub fn attachments(conn: &mut Conn, found: &Found) -> Result<Vec<Attached>> {
    Ok(attachment::table
        .inner_join(stored_file::table)
        .filter(attachment::candidate_id.eq(found.applied.candidate_id))
        .filter(
            attachment::application_id
                .is_null()
                .or(attachment::application_id.eq(found.applied.id)),
        )
        .order(attachment::id)
        .select((attachment::id, attachment::file_id, stored_file::name))
        .load(conn)?)
}

/// Whether the asker may know who applies: not while the stage hides it and their own sheet is still to come.
#[must_use]
pub fn knows_who(found: &Found) -> bool {
    let waits = found
        .own()
        .is_some_and(|seat| matches!(seat.sheet.state, State::Invited | State::Draft));
    if found.round.stage.blind {
        !waits || found.round.panel.closed_at.is_some()
    } else {
        true
    }
}
