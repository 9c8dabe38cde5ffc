//! Files in the database, in chunks: uploads on their way in and what was built for download. One backup
//! holds them, and any process can go on with them.

use std::io::{Read, Write};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::db::Conn;
use crate::db::schema::{stored_chunk, stored_file};
use crate::error::{Error, Message, Result};

/// Bytes of a chunk.
const CHUNK: usize = 1 << 20;

/// Largest file, in bytes.
pub const LARGEST: usize = 200 << 20;

/// A file without its bytes.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = stored_file)]
pub struct StoredFile {
    pub id: i64,
    pub kind: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub account_id: Option<i64>,
    pub created_at: NaiveDateTime,
}

/// What is said of a file to be kept.
pub struct NewFile<'a> {
    /// `import`, `bad-rows`, `bundle`
    pub kind: &'a str,
    pub name: &'a str,
    pub media_type: &'a str,
    pub account_id: Option<i64>,
    pub created_at: NaiveDateTime,
    /// When it may be removed.
    pub expires_at: Option<NaiveDateTime>,
}

/// Keeps a file.
///
/// # Errors
/// `Invalid` when it is larger than [`LARGEST`].
pub fn keep(conn: &mut Conn, new: &NewFile, mut source: impl Read) -> Result<i64> {
    let id: i64 = diesel::insert_into(stored_file::table)
        .values((
            stored_file::kind.eq(new.kind),
            stored_file::name.eq(new.name),
            stored_file::media_type.eq(new.media_type),
            stored_file::size.eq(0_i64),
            stored_file::sha256.eq(""),
            stored_file::account_id.eq(new.account_id),
            stored_file::created_at.eq(new.created_at),
            stored_file::expires_at.eq(new.expires_at),
        ))
        .returning(stored_file::id)
        .get_result(conn)?;
    let (mut size, mut hasher) = (0_usize, Sha256::new());
    for position in 0_i32.. {
        let mut bytes = Vec::with_capacity(CHUNK);
        source.by_ref().take(CHUNK as u64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        size += bytes.len();
        if size > LARGEST {
            return Err(Error::invalid(
                Message::new("file-too-large").with("mb", LARGEST >> 20),
            ));
        }
        hasher.update(&bytes);
        diesel::insert_into(stored_chunk::table)
            .values((
                stored_chunk::file_id.eq(id),
                stored_chunk::position.eq(position),
                stored_chunk::bytes.eq(bytes),
            ))
            .execute(conn)?;
    }
    let sha256: String = hasher
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    diesel::update(stored_file::table.find(id))
        .set((
            stored_file::size.eq(i64::try_from(size).unwrap_or(i64::MAX)),
            stored_file::sha256.eq(sha256),
        ))
        .execute(conn)?;
    Ok(id)
}

/// A file without its bytes.
///
/// # Errors
/// `NotFound` when it is not there (any more).
pub fn find(conn: &mut Conn, id: i64) -> Result<StoredFile> {
    stored_file::table
        .find(id)
        .select(StoredFile::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("file-gone")))
}

/// Writes the bytes of a file, a chunk at a time.
pub fn copy(conn: &mut Conn, id: i64, mut sink: impl Write) -> Result<()> {
    for position in 0_i32.. {
        match chunk(conn, id, position)? {
            Some(bytes) => sink.write_all(&bytes)?,
            None => break,
        }
    }
    Ok(())
}

/// A piece of the bytes of a file, counted from 0; none after the last.
pub fn chunk(conn: &mut Conn, id: i64, position: i32) -> Result<Option<Vec<u8>>> {
    Ok(stored_chunk::table
        .find((id, position))
        .select(stored_chunk::bytes)
        .first(conn)
        .optional()?)
}

/// The numbers of the files whose time is over.
pub fn expired(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<i64>> {
    Ok(stored_file::table
        .filter(stored_file::expires_at.le(now))
        .select(stored_file::id)
        .load(conn)?)
}

/// Removes a file.
pub fn remove(conn: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(stored_chunk::table.filter(stored_chunk::file_id.eq(id))).execute(conn)?;
    diesel::delete(stored_file::table.find(id)).execute(conn)?;
    Ok(())
}
