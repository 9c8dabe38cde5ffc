//! What somebody is typing and has not sent: kept by account, form and what the form is about. Nobody else reads it,
//! no list, export or report names it.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::draft;
use crate::error::{Error, Message, Result};
use crate::with_conn;

/// A draft as it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What was typed, by field.
    pub typed: BTreeMap<String, String>,
    /// UTC.
    pub saved_at: NaiveDateTime,
}

impl Draft {
    /// The draft of a row: the fields as JSON, and when they were saved.
    ///
    /// # Errors
    /// When what is stored is no such JSON.
    pub fn of((body, saved_at): (String, NaiveDateTime)) -> Result<Draft> {
        Ok(Draft {
            typed: serde_json::from_str(&body)?,
            saved_at,
        })
    }
}

/// Whose draft of which form about what.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub account_id: i64,
    /// Lower-case letters and hyphens.
    pub form: &'a str,
    pub subject: &'a str,
}

/// Longest draft, in bytes of JSON.
const LONGEST: usize = 200_000;

/// How many drafts an account may have at once.
const MOST: i64 = 2_000;

/// Keeps what is typed in place of what was kept before.
///
/// # Errors
/// `Invalid` when it is too long, or the account has more drafts than anybody can be typing.
pub fn save(
    conn: &mut Conn,
    key: Key<'_>,
    typed: &BTreeMap<String, String>,
    at: NaiveDateTime,
) -> Result<()> {
    let body = serde_json::to_string(typed)?;
    let others: i64 = draft::table
        .filter(draft::account_id.eq(key.account_id))
        .count()
        .get_result(conn)?;
    if body.len() > LONGEST || others > MOST {
        return Err(Error::invalid(Message::new("draft-too-long")));
    }
    with_conn!(conn, c => diesel::insert_into(draft::table)
        .values((
            draft::account_id.eq(key.account_id),
            draft::form.eq(key.form),
            draft::subject.eq(key.subject),
            draft::body_json.eq(&body),
            draft::saved_at.eq(at),
        ))
        .on_conflict((draft::account_id, draft::form, draft::subject))
        .do_update()
        .set((draft::body_json.eq(&body), draft::saved_at.eq(at)))
        .execute(c))?;
    Ok(())
}

/// The draft of a form, if there is one.
pub fn find(conn: &mut Conn, key: Key<'_>) -> Result<Option<Draft>> {
    let row: Option<(String, NaiveDateTime)> = draft::table
        .find((key.account_id, key.form, key.subject))
        .select((draft::body_json, draft::saved_at))
        .first(conn)
        .optional()?;
    row.map(Draft::of).transpose()
}

/// Throws a draft away: it was sent, or is not wanted.
pub fn forget(conn: &mut Conn, key: Key<'_>) -> Result<()> {
    diesel::delete(draft::table.find((key.account_id, key.form, key.subject))).execute(conn)?;
    Ok(())
}

/// Throws away everybody's drafts of a form about any of `subjects`.
pub fn forget_all(conn: &mut Conn, form: &str, subjects: &[String]) -> Result<()> {
    const CHUNK: usize = 1_000;
    for chunk in subjects.chunks(CHUNK) {
        let about = draft::table
            .filter(draft::form.eq(form))
            .filter(draft::subject.eq_any(chunk));
        diesel::delete(about).execute(conn)?;
    }
    Ok(())
}
