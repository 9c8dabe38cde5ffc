//! The audit trail: append-only, each event hashed with the one before it, so that a change or a gap
//! anywhere shows. The database refuses update and delete by trigger; `verify` finds what got past.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::Value;

use crate::db::Conn;
use crate::db::schema::audit_event;
use crate::error::{Error, Message, Result};
use crate::snapshots::sha256_hex;

/// The hash before the first event.
const GENESIS: &str = "";

/// Who did it, when.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `cli`, or a login.
    pub name: String,
    /// UTC, whole seconds.
    pub at: NaiveDateTime,
}

#[derive(Insertable)]
#[diesel(table_name = audit_event)]
struct NewEvent<'a> {
    happened_at: NaiveDateTime,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    detail_json: String,
    prev_hash: String,
    hash: String,
}

#[derive(Queryable)]
struct Event {
    id: i64,
    happened_at: NaiveDateTime,
    actor: String,
    action: String,
    subject: String,
    detail_json: String,
    prev_hash: String,
    hash: String,
}

/// Appends an event to the trail, in the transaction of what it tells of.
pub fn append(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &Value,
) -> Result<()> {
    conn.lock("audit")?;
    let prev_hash = head(conn)?.unwrap_or_else(|| GENESIS.to_string());
    let detail_json = serde_json::to_string(detail)?;
    let hash = event_hash(
        &prev_hash,
        actor.at,
        [&actor.name, action, subject, &detail_json],
    );
    diesel::insert_into(audit_event::table)
        .values(NewEvent {
            happened_at: actor.at,
            actor: &actor.name,
            action,
            subject,
            detail_json,
            prev_hash,
            hash,
        })
        .execute(conn)?;
    Ok(())
}

/// The hash of the newest event, if any.
pub fn head(conn: &mut Conn) -> Result<Option<String>> {
    Ok(audit_event::table
        .select(audit_event::hash)
        .order(audit_event::id.desc())
        .first(conn)
        .optional()?)
}

/// Recomputes the whole chain and returns how many events stand in it.
///
/// # Errors
/// `Conflict` naming the first event that does not fit.
pub fn verify(conn: &mut Conn) -> Result<u64> {
    const CHUNK: i64 = 5_000;
    let (mut last_id, mut expected, mut seen) = (0_i64, GENESIS.to_string(), 0_u64);
    loop {
        let events: Vec<Event> = audit_event::table
            .filter(audit_event::id.gt(last_id))
            .order(audit_event::id)
            .limit(CHUNK)
            .load(conn)?;
        for e in &events {
            let hash = event_hash(
                &e.prev_hash,
                e.happened_at,
                [&e.actor, &e.action, &e.subject, &e.detail_json],
            );
            if e.prev_hash != expected || e.hash != hash {
                return Err(Error::Conflict(
                    Message::new("audit-broken").with("id", e.id),
                ));
            }
            expected.clone_from(&e.hash);
            last_id = e.id;
            seen += 1;
        }
        if events.is_empty() {
            return Ok(seen);
        }
    }
}

/// SHA-256 over the parts, each with its length before it, so that no two events read alike.
fn event_hash(prev: &str, at: NaiveDateTime, parts: [&str; 4]) -> String {
    let mut text = format!("{prev}\n{}\n", at.format("%Y-%m-%d %H:%M:%S"));
    for part in parts {
        text.push_str(&format!("{}:{part}\n", part.len()));
    }
    sha256_hex(&[text.as_bytes()])
}
