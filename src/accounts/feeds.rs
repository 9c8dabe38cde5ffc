//! The secret address of somebody's calendar: whoever holds it reads what is due, and nothing else. Made and
//! taken back by its owner; only its hash is kept.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{account, feed};
use crate::error::{Error, Message, Result};
use crate::snapshots::sha256_hex;

/// Whose calendar an address is.
#[derive(Clone, Debug, Queryable)]
pub struct Owner {
    pub account_id: i64,
    pub staff_id: Option<i64>,
    pub locale: Option<String>,
}

/// Gives an account's calendar a new address; the old one ends.
pub fn renew(conn: &mut Conn, account_id: i64, secret: &str, now: NaiveDateTime) -> Result<()> {
    end(conn, account_id)?;
    diesel::insert_into(feed::table)
        .values((
            feed::account_id.eq(account_id),
            feed::token_hash.eq(sha256_hex(&[secret.as_bytes()])),
            feed::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes the address of an account's calendar back.
pub fn end(conn: &mut Conn, account_id: i64) -> Result<()> {
    diesel::delete(feed::table.find(account_id)).execute(conn)?;
    Ok(())
}

/// Since when an account's calendar has an address.
pub fn since(conn: &mut Conn, account_id: i64) -> Result<Option<NaiveDateTime>> {
    Ok(feed::table
        .find(account_id)
        .select(feed::created_at)
        .first(conn)
        .optional()?)
}

/// Whose calendar `secret` opens.
///
/// # Errors
/// `NotFound` when nobody's, also when its owner may no longer sign in.
pub fn owner(conn: &mut Conn, secret: &str) -> Result<Owner> {
    feed::table
        .inner_join(account::table)
        .filter(feed::token_hash.eq(sha256_hex(&[secret.as_bytes()])))
        .filter(account::disabled_at.is_null())
        .select((account::id, account::staff_id, account::locale))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("problem-not-found")))
}
