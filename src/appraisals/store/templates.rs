//! Templates of cycles: their text in the database, and the rules it makes with the library as it is.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::appraisals::model::rules::{RoleName, Rules};
use crate::appraisals::model::template;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{cycle_template, job_role};
use crate::error::{Error, Message, Result};
use crate::goals;
use crate::judgement::store::cards;
use crate::snapshots::sha256_hex;

/// A template as stored.
#[derive(Clone, Debug, Queryable)]
pub struct Template {
    pub id: i64,
    pub code: String,
    /// TOML.
    pub body: String,
    pub changed_at: NaiveDateTime,
    pub row_version: i32,
}

/// What a template makes, with the KPI library, the job roles and the scorecards there are now.
///
/// # Errors
/// `Invalid` with everything wrong with it.
pub fn rules(conn: &mut Conn, body: &str) -> Result<Rules> {
    let library: BTreeMap<_, _> = goals::store::library(conn)?
        .into_iter()
        .map(|(code, (_, kpi))| (code, kpi))
        .collect();
    let roles: BTreeMap<String, RoleName> = job_role::table
        .select((job_role::code, job_role::name_en, job_role::name_zh))
        .load::<(String, String, String)>(conn)?
        .into_iter()
        .map(|(code, name_en, name_zh)| {
            let name = RoleName {
                code: code.clone(),
                name_en,
                name_zh,
            };
            (code, name)
        })
        .collect();
    let cards = cards::published(conn)?
        .into_iter()
        .map(|(code, (_, card))| (code, card))
        .collect();
    template::parse(body, &library, &roles, &cards)
}

/// Templates in order of code from `after` on, at most `limit`.
pub fn list(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Template>> {
    Ok(cycle_template::table
        .filter(cycle_template::code.gt(after))
        .order(cycle_template::code)
        .limit(limit)
        .load(conn)?)
}

/// Codes of all templates, in order.
pub fn codes(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(cycle_template::table
        .order(cycle_template::code)
        .select(cycle_template::code)
        .load(conn)?)
}

/// The text of a template, if there is one of this code.
pub fn body(conn: &mut Conn, code: &str) -> Result<Option<String>> {
    Ok(cycle_template::table
        .filter(cycle_template::code.eq(code))
        .select(cycle_template::body)
        .first(conn)
        .optional()?)
}

/// The template of a code.
///
/// # Errors
/// `NotFound` when there is none.
pub fn find(conn: &mut Conn, code: &str) -> Result<Template> {
    cycle_template::table
        .filter(cycle_template::code.eq(code))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("no-such-template").with("code", code)))
}

/// Adds a template.
///
/// # Errors
/// `Invalid` with everything wrong with it, `Conflict` where the code is taken.
pub fn create(conn: &mut Conn, code: &str, body: &str, actor: &Actor) -> Result<()> {
    conn.lock("template")?;
    rules(conn, body)?;
    let known: i64 = cycle_template::table
        .filter(cycle_template::code.eq(code))
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Err(Error::Conflict(
            Message::new("template-code-taken").with("code", code),
        ));
    }
    diesel::insert_into(cycle_template::table)
        .values((
            cycle_template::code.eq(code),
            cycle_template::body.eq(body),
            cycle_template::changed_at.eq(actor.at),
        ))
        .execute(conn)?;
    told(conn, "template.create", code, body, actor)
}

/// Changes the text of a template; cycles made from it keep the rules they were made with.
///
/// # Errors
/// `Invalid` with everything wrong with it, `Conflict` when somebody else changed it since `seen`.
pub fn change(conn: &mut Conn, code: &str, body: &str, seen: i32, actor: &Actor) -> Result<()> {
    conn.lock("template")?;
    rules(conn, body)?;
    let found = find(conn, code)?;
    if found.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    diesel::update(cycle_template::table.find(found.id))
        .set((
            cycle_template::body.eq(body),
            cycle_template::changed_at.eq(actor.at),
            cycle_template::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    told(conn, "template.change", code, body, actor)
}

fn told(conn: &mut Conn, action: &str, code: &str, body: &str, actor: &Actor) -> Result<()> {
    let detail = json!({ "sha256": sha256_hex(&[body.as_bytes()]) });
    audit::append(conn, actor, action, code, &detail)
}
