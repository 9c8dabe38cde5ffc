//! Results that do not move: canonical JSON under a kind, a subject and a version, each version hashed
//! with the one before it. Rows are never changed; a correction is a new version.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::audit::Actor;
use crate::db::Conn;
use crate::db::schema::snapshot;
use crate::error::{Error, Message, Result};
use crate::insert_all;

/// A body to be frozen as the next version of its subject.
pub struct Body {
    pub subject: String,
    pub json: String,
}

/// A frozen version.
#[derive(Clone, Debug, Queryable)]
pub struct Snapshot {
    pub subject: String,
    pub version_no: i32,
    pub body_json: String,
    pub sha256: String,
    pub made_at: NaiveDateTime,
}

/// What identifies a frozen version without its body.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Head {
    pub id: i64,
    pub subject: String,
    pub version_no: i32,
    pub sha256: String,
    pub made_at: NaiveDateTime,
}

#[derive(Insertable)]
#[diesel(table_name = snapshot)]
#[diesel(treat_none_as_default_value = false)]
struct NewSnapshot<'a> {
    kind: &'a str,
    subject: &'a str,
    version_no: i32,
    previous_id: Option<i64>,
    schema_no: i32,
    body_json: &'a str,
    sha256: String,
    reason: &'a str,
    made_by: &'a str,
    made_at: NaiveDateTime,
}

impl Snapshot {
    /// Reads the body back.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.body_json)?)
    }
}

/// Canonical JSON of a body whose fields are declared in alphabetical order.
pub fn canonical<T: Serialize>(body: &T) -> Result<String> {
    Ok(serde_json::to_string(body)?)
}

/// Lower-case hexadecimal SHA-256 of the parts, one after the other.
#[must_use]
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

/// Freezes each body as the next version of its subject and returns their hashes, in the same order.
pub fn freeze(
    conn: &mut Conn,
    kind: &str,
    schema_no: i32,
    bodies: &[Body],
    reason: &str,
    actor: &Actor,
) -> Result<Vec<String>> {
    const CHUNK: usize = 500;
    let mut hashes = Vec::with_capacity(bodies.len());
    for chunk in bodies.chunks(CHUNK) {
        let subjects: Vec<&str> = chunk.iter().map(|b| b.subject.as_str()).collect();
        let before = newest_of(conn, kind, &subjects)?;
        let rows: Vec<NewSnapshot<'_>> = chunk
            .iter()
            .map(|body| {
                let previous = before.get(&body.subject);
                let sha = previous.map_or("", |p| p.sha256.as_str());
                NewSnapshot {
                    kind,
                    subject: &body.subject,
                    version_no: previous.map_or(1, |p| p.version_no + 1),
                    previous_id: previous.map(|p| p.id),
                    schema_no,
                    body_json: &body.json,
                    sha256: sha256_hex(&[sha.as_bytes(), body.json.as_bytes()]),
                    reason,
                    made_by: &actor.name,
                    made_at: actor.at,
                }
            })
            .collect();
        hashes.extend(rows.iter().map(|row| row.sha256.clone()));
        insert_all!(conn, snapshot::table, rows)?;
    }
    Ok(hashes)
}

/// The newest version of each subject, without bodies.
fn newest_of(conn: &mut Conn, kind: &str, subjects: &[&str]) -> Result<HashMap<String, Head>> {
    let heads: Vec<Head> = snapshot::table
        .filter(snapshot::kind.eq(kind))
        .filter(snapshot::subject.eq_any(subjects))
        .order((snapshot::subject, snapshot::version_no))
        .select(HEAD)
        .load(conn)?;
    // In order of version: the last one stays.
    Ok(heads.into_iter().map(|h| (h.subject.clone(), h)).collect())
}

const HEAD: (
    snapshot::id,
    snapshot::subject,
    snapshot::version_no,
    snapshot::sha256,
    snapshot::made_at,
) = (
    snapshot::id,
    snapshot::subject,
    snapshot::version_no,
    snapshot::sha256,
    snapshot::made_at,
);

/// The newest version of a subject.
pub fn newest(conn: &mut Conn, kind: &str, subject: &str) -> Result<Option<Snapshot>> {
    Ok(snapshot::table
        .filter(snapshot::kind.eq(kind))
        .filter(snapshot::subject.eq(subject))
        .order(snapshot::version_no.desc())
        .select((
            snapshot::subject,
            snapshot::version_no,
            snapshot::body_json,
            snapshot::sha256,
            snapshot::made_at,
        ))
        .first(conn)
        .optional()?)
}

/// What a version of a subject is called by: its number, when, by whom and why it was made.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct VersionHead {
    pub version_no: i32,
    pub made_at: NaiveDateTime,
    pub made_by: String,
    pub reason: String,
}

/// The versions of a subject without their bodies, the newest first.
pub fn history(conn: &mut Conn, kind: &str, subject: &str) -> Result<Vec<VersionHead>> {
    Ok(snapshot::table
        .filter(snapshot::kind.eq(kind))
        .filter(snapshot::subject.eq(subject))
        .order(snapshot::version_no.desc())
        .select((
            snapshot::version_no,
            snapshot::made_at,
            snapshot::made_by,
            snapshot::reason,
        ))
        .load(conn)?)
}

/// The newest version of every subject `PREFIX/...`, in order of subject.
pub fn newest_under(conn: &mut Conn, kind: &str, prefix: &str) -> Result<Vec<Head>> {
    // '0' is the character after '/'.
    let heads: Vec<Head> = snapshot::table
        .filter(snapshot::kind.eq(kind))
        .filter(snapshot::subject.ge(format!("{prefix}/")))
        .filter(snapshot::subject.lt(format!("{prefix}0")))
        .order((snapshot::subject, snapshot::version_no))
        .select(HEAD)
        .load(conn)?;
    let mut newest: Vec<Head> = Vec::with_capacity(heads.len());
    for head in heads {
        match newest.last_mut() {
            Some(last) if last.subject == head.subject => *last = head,
            _ => newest.push(head),
        }
    }
    Ok(newest)
}

/// The newest version of each of some subjects, in order of subject.
pub fn newest_among(conn: &mut Conn, kind: &str, subjects: &[String]) -> Result<Vec<Snapshot>> {
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let ids: Vec<i64> = newest_of(conn, kind, &subjects)?
        .into_values()
        .map(|head| head.id)
        .collect();
    bodies(conn, &ids)
}

/// The bodies of the given rows, in order of subject.
pub fn bodies(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Snapshot>> {
    Ok(snapshot::table
        .filter(snapshot::id.eq_any(ids))
        .order(snapshot::subject)
        .select((
            snapshot::subject,
            snapshot::version_no,
            snapshot::body_json,
            snapshot::sha256,
            snapshot::made_at,
        ))
        .load(conn)?)
}

/// Recomputes every hash and returns how many versions there are.
///
/// # Errors
/// `Conflict` naming the first version whose hash or place in its chain is wrong.
pub fn verify(conn: &mut Conn) -> Result<u64> {
    const CHUNK: i64 = 1_000;
    type Row = (i64, String, String, i32, Option<i64>, String, String);
    let mut newest: HashMap<(String, String), (i64, i32, String)> = HashMap::new();
    let (mut last_id, mut seen) = (0_i64, 0_u64);
    loop {
        let rows: Vec<Row> = snapshot::table
            .filter(snapshot::id.gt(last_id))
            .order(snapshot::id)
            .limit(CHUNK)
            .select((
                snapshot::id,
                snapshot::kind,
                snapshot::subject,
                snapshot::version_no,
                snapshot::previous_id,
                snapshot::body_json,
                snapshot::sha256,
            ))
            .load(conn)?;
        if rows.is_empty() {
            return Ok(seen);
        }
        for (id, kind, subject, version_no, previous_id, body, sha) in rows {
            let key = (kind, subject);
            let before = newest.get(&key);
            let expected = sha256_hex(&[
                before.map_or("", |b| b.2.as_str()).as_bytes(),
                body.as_bytes(),
            ]);
            let in_place =
                previous_id == before.map(|b| b.0) && version_no == before.map_or(1, |b| b.1 + 1);
            if !in_place || sha != expected {
                return Err(Error::Conflict(
                    Message::new("snapshot-broken")
                        .with("kind", &key.0)
                        .with("subject", &key.1)
                        .with("version", version_no),
                ));
            }
            newest.insert(key, (id, version_no, sha));
            last_id = id;
            seen += 1;
        }
    }
}
