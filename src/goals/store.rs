//! The KPI library in the database; `notes`, `team_goals` and `values` hold the rest of goals.

pub mod notes;
pub mod team_goals;
pub mod values;

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{cycle_template, kpi};
use crate::error::{Error, Message, Result};
use crate::goals::model::Kpi;

/// The newest version of every KPI in use, by code, and its number in the database.
pub fn library(conn: &mut Conn) -> Result<BTreeMap<String, (i64, Kpi)>> {
    let rows: Vec<(i64, String)> = kpi::table
        .filter(kpi::retired_at.is_null())
        .order((kpi::code, kpi::version_no))
        .select((kpi::id, kpi::body_json))
        .load(conn)?;
    let mut library = BTreeMap::new();
    for (id, body) in rows {
        let kpi: Kpi = serde_json::from_str(&body)?;
        // In order of version: the newest stays.
        library.insert(kpi.code.clone(), (id, kpi));
    }
    Ok(library)
}

/// Number and code of every version of every KPI, also of those no longer in use: sheets made earlier name
/// them. In order of code and version.
pub fn numbers(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(kpi::table
        .order((kpi::code, kpi::version_no))
        .select((kpi::id, kpi::code))
        .load(conn)?)
}

/// A version of a KPI as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: i64,
    pub kpi: Kpi,
    pub retired_at: Option<NaiveDateTime>,
}

type Row = (i64, String, Option<NaiveDateTime>);

fn stored((id, body, retired_at): Row) -> Result<Stored> {
    Ok(Stored {
        id,
        kpi: serde_json::from_str(&body)?,
        retired_at,
    })
}

/// The newest version of every KPI, also of those no longer in use, in order of code.
pub fn newest(conn: &mut Conn) -> Result<Vec<Stored>> {
    let rows: Vec<Row> = kpi::table
        .order((kpi::code, kpi::version_no))
        .select((kpi::id, kpi::body_json, kpi::retired_at))
        .load(conn)?;
    let mut all: Vec<Stored> = Vec::new();
    for row in rows {
        let next = stored(row)?;
        match all.last_mut() {
            Some(last) if last.kpi.code == next.kpi.code => *last = next,
            _ => all.push(next),
        }
    }
    Ok(all)
}

/// Every version of a KPI, the newest first.
///
/// # Errors
/// `NotFound` where there is none of this code.
pub fn versions(conn: &mut Conn, code: &str) -> Result<Vec<Stored>> {
    let rows: Vec<Row> = kpi::table
        .filter(kpi::code.eq(code))
        .order(kpi::version_no.desc())
        .select((kpi::id, kpi::body_json, kpi::retired_at))
        .load(conn)?;
    if rows.is_empty() {
        return Err(Error::NotFound(
            Message::new("kpi-not-found").with("code", code),
        ));
    }
    rows.into_iter().map(stored).collect()
}

/// Codes of the templates that name a KPI.
pub fn templates_naming(conn: &mut Conn, code: &str) -> Result<Vec<String>> {
    fn names(value: &toml::Value, code: &str) -> bool {
        match value {
            toml::Value::Table(table) => table.iter().any(|(key, inner)| {
                (key == "kpi" && inner.as_str() == Some(code)) || names(inner, code)
            }),
            toml::Value::Array(all) => all.iter().any(|inner| names(inner, code)),
            _ => false,
        }
    }
    let all: Vec<(String, String)> = cycle_template::table
        .order(cycle_template::code)
        .select((cycle_template::code, cycle_template::body))
        .load(conn)?;
    Ok(all
        .into_iter()
        .filter(|(_, body)| {
            toml::from_str(body).is_ok_and(|table| names(&toml::Value::Table(table), code))
        })
        .map(|(template, _)| template)
        .collect())
}

/// Adds a KPI.
///
/// # Errors
/// `Conflict` where the code is taken.
pub fn create(conn: &mut Conn, new: &Kpi, actor: &Actor) -> Result<()> {
    conn.lock("kpi")?;
    let known: i64 = kpi::table
        .filter(kpi::code.eq(&new.code))
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Err(Error::Conflict(
            Message::new("kpi-code-taken").with("code", &new.code),
        ));
    }
    insert(conn, new, None)?;
    audit::append(conn, actor, "kpi.create", &new.code, &json!(new))
}

/// Stores a KPI as it reads now as the next version; what was judged by an earlier one stays as it is.
///
/// # Errors
/// `Conflict` when `seen`, the version that was changed, is no longer the newest.
pub fn revise(conn: &mut Conn, mut changed: Kpi, seen: i32, actor: &Actor) -> Result<()> {
    conn.lock("kpi")?;
    let newest = versions(conn, &changed.code)?.swap_remove(0);
    if newest.kpi.version_no != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    changed.version_no = seen;
    if changed == newest.kpi {
        return Ok(());
    }
    changed.version_no = seen + 1;
    insert(conn, &changed, newest.retired_at)?;
    audit::append(conn, actor, "kpi.revise", &changed.code, &json!(changed))
}

fn insert(conn: &mut Conn, new: &Kpi, retired_at: Option<NaiveDateTime>) -> Result<()> {
    diesel::insert_into(kpi::table)
        .values((
            kpi::code.eq(&new.code),
            kpi::version_no.eq(new.version_no),
            kpi::body_json.eq(serde_json::to_string(new)?),
            kpi::retired_at.eq(retired_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a KPI out of use, or back into it. Cycles that are judged by it go on.
///
/// # Errors
/// `Conflict` while a template names it.
pub fn set_retired(conn: &mut Conn, code: &str, retired: bool, actor: &Actor) -> Result<()> {
    conn.lock("kpi")?;
    versions(conn, code)?;
    let naming = templates_naming(conn, code)?;
    if retired && !naming.is_empty() {
        return Err(Error::Conflict(
            Message::new("kpi-in-use")
                .with("code", code)
                .with("templates", naming.join(", ")),
        ));
    }
    diesel::update(kpi::table.filter(kpi::code.eq(code)))
        .set(kpi::retired_at.eq(retired.then_some(actor.at)))
        .execute(conn)?;
    let action = if retired { "kpi.retire" } else { "kpi.restore" };
    audit::append(conn, actor, action, code, &json!({}))
}
