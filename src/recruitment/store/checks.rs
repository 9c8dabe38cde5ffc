//! Looking into what an applicant states: only after they have agreed to it, item by item, with their word on
//! whatever speaks against them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{application, background_check, consent, consent_text};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::recruitment::model::codes::ConsentKind;
use crate::recruitment::model::decision::{CheckItem, CheckResult};
use crate::recruitment::store::careers;
use crate::recruitment::store::rounds::Applied;

/// A thing that is looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: i64,
    pub item: CheckItem,
    pub result: CheckResult,
    /// What it rests on.
    pub note: String,
    /// What the applicant says to it.
    pub reply: Option<String>,
    pub replied_at: Option<NaiveDateTime>,
    /// A login.
    pub done_by: Option<String>,
    pub done_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

impl Check {
    /// Whether something speaks against the applicant who has not been heard on it.
    #[must_use]
    pub fn waits_for_reply(&self) -> bool {
        self.result == CheckResult::Adverse && self.reply.is_none()
    }
}

type Row = (
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<NaiveDateTime>,
    Option<String>,
    Option<NaiveDateTime>,
    i32,
);

/// What is looked into of an application, in the order of the list.
pub fn of(conn: &mut Conn, application_id: i64) -> Result<Vec<Check>> {
    let rows: Vec<Row> = background_check::table
        .filter(background_check::application_id.eq(application_id))
        .select((
            background_check::id,
            background_check::item,
            background_check::result,
            background_check::note,
            background_check::reply,
            background_check::replied_at,
            background_check::done_by,
            background_check::done_at,
            background_check::row_version,
        ))
        .load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for (id, item, result, note, reply, replied_at, done_by, done_at, row_version) in rows {
        let (Some(item), Some(result)) = (CheckItem::parse(&item), CheckResult::parse(&result))
        else {
            return Err(Error::Internal("a check of no known code".into()));
        };
        found.push(Check {
            id,
            item,
            result,
            note,
            reply,
            replied_at,
            done_by,
            done_at,
            row_version,
        });
    }
    found.sort_by_key(|check| check.item);
    Ok(found)
}

/// Whose application it is, as far as agreeing needs it.
#[derive(Clone, Copy, Debug)]
pub struct Applicant<'a> {
    pub candidate_id: i64,
    /// Of the application.
    pub code: &'a str,
    pub is_active: bool,
}

impl<'a> From<&'a Applied> for Applicant<'a> {
    fn from(applied: &'a Applied) -> Applicant<'a> {
        Applicant {
            candidate_id: applied.candidate_id,
            code: &applied.code,
            is_active: applied.is_active(),
        }
    }
}

/// The live agreement of a candidate to be looked into: its number and when it was given.
pub fn agreed(conn: &mut Conn, candidate_id: i64) -> Result<Option<(i64, NaiveDateTime)>> {
    Ok(consent::table
        .inner_join(consent_text::table)
        .filter(consent::candidate_id.eq(candidate_id))
        .filter(consent_text::kind.eq(ConsentKind::BackgroundCheck.code()))
        .filter(consent::withdrawn_at.is_null())
        .order(consent::id.desc())
        .select((consent::id, consent::given_at))
        .first(conn)
        .optional()?)
}

/// Records that the applicant has agreed, by their private link or on paper. Agreeing twice is agreeing once.
///
/// # Errors
/// `Conflict` when the application has come to an end.
pub fn agree(
    conn: &mut Conn,
    applicant: Applicant<'_>,
    given_at: NaiveDateTime,
    actor: &Actor,
) -> Result<()> {
    goes_on(applicant)?;
    if agreed(conn, applicant.candidate_id)?.is_some() {
        return Ok(());
    }
    let text_id = careers::text(conn, ConsentKind::BackgroundCheck)?.id;
    diesel::insert_into(consent::table)
        .values((
            consent::candidate_id.eq(applicant.candidate_id),
            consent::text_id.eq(text_id),
            consent::given_at.eq(given_at),
        ))
        .execute(conn)?;
    let detail = json!({ "given_at": given_at.to_string(), "text": text_id });
    let subject = format!("application:{}", applicant.code);
    audit::append(conn, actor, "check.agree", &subject, &detail)
}

/// Takes the agreement back: nothing more is looked into. Once is enough.
pub fn take_back(conn: &mut Conn, applicant: Applicant<'_>, actor: &Actor) -> Result<()> {
    let texts = consent_text::table
        .filter(consent_text::kind.eq(ConsentKind::BackgroundCheck.code()))
        .select(consent_text::id);
    let live = consent::table
        .filter(consent::candidate_id.eq(applicant.candidate_id))
        .filter(consent::withdrawn_at.is_null())
        .filter(consent::text_id.eq_any(texts));
    let taken = diesel::update(live)
        .set(consent::withdrawn_at.eq(actor.at))
        .execute(conn)?;
    if taken == 0 {
        return Ok(());
    }
    let subject = format!("application:{}", applicant.code);
    audit::append(conn, actor, "check.take-back", &subject, &json!({}))
}

fn goes_on(applicant: Applicant<'_>) -> Result<()> {
    if applicant.is_active {
        Ok(())
    } else {
        Err(Error::Conflict(
            Message::new("decision-ended").with("code", applicant.code),
        ))
    }
}

/// Begins to look into some items; those that are there stay as they are.
///
/// # Errors
/// `Conflict` without the applicant's live agreement.
pub fn begin(conn: &mut Conn, applied: &Applied, items: &[CheckItem], actor: &Actor) -> Result<()> {
    goes_on(applied.into())?;
    let Some((consent_id, _)) = agreed(conn, applied.candidate_id)? else {
        return Err(Error::Conflict(Message::new("check-no-consent")));
    };
    conn.lock(crate::recruitment::store::LOCK)?;
    let there = of(conn, applied.id)?;
    let new: Vec<CheckItem> = items
        .iter()
        .copied()
        .filter(|item| !there.iter().any(|check| check.item == *item))
        .collect();
    let rows: Vec<_> = new
        .iter()
        .map(|item| {
            (
                background_check::application_id.eq(applied.id),
                background_check::consent_id.eq(consent_id),
                background_check::item.eq(item.code()),
                background_check::result.eq(CheckResult::Open.code()),
                background_check::note.eq(""),
                background_check::row_version.eq(1),
            )
        })
        .collect();
    insert_all!(conn, background_check::table, rows)?;
    let codes: Vec<&str> = new.iter().map(|item| item.code()).collect();
    let detail = json!({ "items": codes });
    audit::append(conn, actor, "check.begin", &applied.subject(), &detail)
}

/// Writes what was found on an item, and what it rests on.
///
/// # Errors
/// `Conflict` when it was changed since `seen`, without live agreement, or after the end of the application.
pub fn find(
    conn: &mut Conn,
    applied: &Applied,
    check: &Check,
    seen: i32,
    (result, note): (CheckResult, &str),
    actor: &Actor,
) -> Result<()> {
    goes_on(applied.into())?;
    if agreed(conn, applied.candidate_id)?.is_none() {
        return Err(Error::Conflict(Message::new("check-no-consent")));
    }
    let as_seen = background_check::table
        .filter(background_check::id.eq(check.id))
        .filter(background_check::row_version.eq(seen));
    let written = diesel::update(as_seen)
        .set((
            background_check::result.eq(result.code()),
            background_check::note.eq(note),
            background_check::done_by.eq(&actor.name),
            background_check::done_at.eq(actor.at),
            background_check::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let detail = json!({ "item": check.item.code(), "result": result.code() });
    audit::append(conn, actor, "check.result", &applied.subject(), &detail)
}

/// Writes what the applicant says to something that speaks against them: by their private link, or told to HR.
///
/// # Errors
/// `Conflict` when nothing speaks against them there, or they have answered before.
pub fn reply(conn: &mut Conn, check_id: i64, words: &str, actor: &Actor) -> Result<()> {
    let open = background_check::table
        .filter(background_check::id.eq(check_id))
        .filter(background_check::result.eq(CheckResult::Adverse.code()))
        .filter(background_check::reply.is_null());
    let written = diesel::update(open)
        .set((
            background_check::reply.eq(words),
            background_check::replied_at.eq(actor.at),
            background_check::row_version.eq(background_check::row_version + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let (code, item): (String, String) = background_check::table
        .inner_join(application::table)
        .filter(background_check::id.eq(check_id))
        .select((application::code, background_check::item))
        .first(conn)?;
    let subject = format!("application:{code}");
    audit::append(
        conn,
        actor,
        "check.reply",
        &subject,
        &json!({ "item": item }),
    )
}
