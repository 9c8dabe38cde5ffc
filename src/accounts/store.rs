//! Accounts, roles, sessions, wrong passwords and messages in the database.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::access::{Holding, Role};
use crate::accounts::model::{ABSOLUTE, TOUCH, WINDOW, blocked_until, is_live};
use crate::db::Conn;
use crate::db::schema::{
    account, account_role, form_once, message, reporting_line, session, signing_key, staff, team,
    throttle,
};
use crate::error::{Error, Message, Result};
use crate::i18n::{self, Locale};
use crate::keys::end_of;
use crate::people::store::reach;
use crate::snapshots::sha256_hex;
use crate::{insert_all, with_conn};

/// An account as its administrator sees it; never its hash.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = account)]
pub struct Account {
    pub id: i64,
    pub login: String,
    pub email: Option<String>,
    pub staff_id: Option<i64>,
    pub locale: Option<String>,
    pub must_change: bool,
    pub created_at: NaiveDateTime,
    pub disabled_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

/// An account to be made.
pub struct NewAccount<'a> {
    pub login: &'a str,
    pub email: Option<&'a str>,
    pub password_hash: &'a str,
    pub staff_id: Option<i64>,
    pub roles: &'a [(Role, Option<i64>)],
    /// Whether the password must be changed at the first sign-in.
    pub must_change: bool,
}

/// Makes an account.
///
/// # Errors
/// `Conflict` when the login is taken.
pub fn insert(conn: &mut Conn, new: &NewAccount, by: &str, now: NaiveDateTime) -> Result<i64> {
    let taken: Option<i64> = account::table
        .filter(account::login.eq(new.login))
        .select(account::id)
        .first(conn)
        .optional()?;
    if taken.is_some() {
        return Err(Error::Conflict(
            Message::new("account-login-taken").with("login", new.login),
        ));
    }
    let id = diesel::insert_into(account::table)
        .values((
            account::login.eq(new.login),
            account::email.eq(new.email),
            account::password_hash.eq(new.password_hash),
            account::staff_id.eq(new.staff_id),
            account::must_change.eq(new.must_change),
            account::created_at.eq(now),
        ))
        .returning(account::id)
        .get_result(conn)?;
    set_roles(conn, id, new.roles, by, now)?;
    Ok(id)
}

/// Gives an account these roles and no others.
pub fn set_roles(
    conn: &mut Conn,
    account_id: i64,
    roles: &[(Role, Option<i64>)],
    by: &str,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::delete(account_role::table.filter(account_role::account_id.eq(account_id)))
        .execute(conn)?;
    for (role, team_id) in roles {
        diesel::insert_into(account_role::table)
            .values((
                account_role::account_id.eq(account_id),
                account_role::role.eq(role.code()),
                account_role::team_id.eq(team_id),
                account_role::granted_by.eq(by),
                account_role::granted_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes that an account was changed, for forms that were opened before.
pub fn bump(conn: &mut Conn, account_id: i64) -> Result<()> {
    diesel::update(account::table.find(account_id))
        .set(account::row_version.eq(account::row_version + 1))
        .execute(conn)?;
    Ok(())
}

/// The account of a login.
///
/// # Errors
/// `NotFound` when nobody has it.
pub fn by_login(conn: &mut Conn, login: &str) -> Result<Account> {
    account::table
        .filter(account::login.eq(login))
        .select(Account::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("account-not-found").with("login", login)))
}

/// What signing in asks of an account: its number, its hash, whether it is disabled.
pub fn credentials(
    conn: &mut Conn,
    login: &str,
) -> Result<Option<(i64, String, Option<NaiveDateTime>)>> {
    Ok(account::table
        .filter(account::login.eq(login))
        .select((account::id, account::password_hash, account::disabled_at))
        .first(conn)
        .optional()?)
}

/// The hash of an account's password.
pub fn password_hash(conn: &mut Conn, account_id: i64) -> Result<String> {
    Ok(account::table
        .find(account_id)
        .select(account::password_hash)
        .first(conn)?)
}

/// Gives an account a new password and ends all its sessions but one.
pub fn set_password(
    conn: &mut Conn,
    account_id: i64,
    hash: &str,
    must_change: bool,
    keep_session: Option<i64>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(account::table.find(account_id))
        .set((
            account::password_hash.eq(hash),
            account::must_change.eq(must_change),
            account::row_version.eq(account::row_version + 1),
        ))
        .execute(conn)?;
    end_sessions(conn, account_id, keep_session, now)
}

/// Keeps somebody out, at once, or lets them in again.
pub fn set_disabled(
    conn: &mut Conn,
    account_id: i64,
    disabled: bool,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(account::table.find(account_id))
        .set((
            account::disabled_at.eq(disabled.then_some(now)),
            account::row_version.eq(account::row_version + 1),
        ))
        .execute(conn)?;
    if disabled {
        end_sessions(conn, account_id, None, now)?;
    }
    Ok(())
}

/// Remembers the language somebody chose.
pub fn set_locale(conn: &mut Conn, account_id: i64, tag: &str) -> Result<()> {
    diesel::update(account::table.find(account_id))
        .set(account::locale.eq(tag))
        .execute(conn)?;
    Ok(())
}

/// The roles of an account with the code of the team each is limited to.
pub fn roles(conn: &mut Conn, account_id: i64) -> Result<Vec<(Role, Option<String>)>> {
    let rows: Vec<(String, Option<String>)> = account_role::table
        .left_join(team::table)
        .filter(account_role::account_id.eq(account_id))
        .order((account_role::role, team::code))
        .select((account_role::role, team::code.nullable()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(role, team)| Some((Role::parse(&role)?, team)))
        .collect())
}

/// Who a request comes from.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account_id: i64,
    pub session_id: i64,
    pub login: String,
    pub staff_id: Option<i64>,
    pub employee_no: Option<String>,
    /// Name and English name of the staff record.
    pub name: Option<(String, String)>,
    pub locale: Option<String>,
    pub must_change: bool,
    pub holdings: Vec<Holding>,
    /// Whether anybody is below them today.
    pub leads: bool,
    pub unread: i64,
}

#[derive(Queryable)]
struct SessionRow {
    session_id: i64,
    seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    account_id: i64,
    login: String,
    staff_id: Option<i64>,
    locale: Option<String>,
    must_change: bool,
    disabled_at: Option<NaiveDateTime>,
    role: Option<String>,
    role_team: Option<i64>,
    employee_no: Option<String>,
    name: Option<String>,
    name_en: Option<String>,
    leads: bool,
    unread: Option<i64>,
}

/// Starts a session and returns its number.
pub fn start_session(
    conn: &mut Conn,
    account_id: i64,
    secret: &str,
    agent: &str,
    now: NaiveDateTime,
) -> Result<i64> {
    // What has ended is of no further use.
    diesel::delete(session::table.filter(session::expires_at.lt(now - ABSOLUTE))).execute(conn)?;
    Ok(diesel::insert_into(session::table)
        .values((
            session::account_id.eq(account_id),
            session::token_hash.eq(sha256_hex(&[secret.as_bytes()])),
            session::agent.eq(agent.chars().take(200).collect::<String>()),
            session::created_at.eq(now),
            session::seen_at.eq(now),
            session::expires_at.eq(now + ABSOLUTE),
        ))
        .returning(session::id)
        .get_result(conn)?)
}

/// Whoever the secret of a session belongs to, if it may still be used: one query, another when a role is
/// limited to a team. The flag says that the session's row is due to be touched.
pub fn signed_in(
    conn: &mut Conn,
    secret: &str,
    now: NaiveDateTime,
    today: NaiveDate,
) -> Result<Option<(SignedIn, bool)>> {
    let below = reporting_line::table
        .filter(reporting_line::manager_id.nullable().eq(account::staff_id))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(today))
        .filter(reporting_line::valid_to.gt(today));
    let unread = message::table
        .filter(message::account_id.eq(account::id))
        .filter(message::read_at.is_null())
        .select(diesel::dsl::count_star())
        .single_value();
    let rows: Vec<SessionRow> = session::table
        .inner_join(
            account::table
                .left_join(account_role::table)
                .left_join(staff::table),
        )
        .filter(session::token_hash.eq(sha256_hex(&[secret.as_bytes()])))
        .select((
            session::id,
            session::seen_at,
            session::expires_at,
            session::revoked_at,
            account::id,
            account::login,
            account::staff_id,
            account::locale,
            account::must_change,
            account::disabled_at,
            account_role::role.nullable(),
            account_role::team_id.nullable(),
            staff::employee_no.nullable(),
            staff::name.nullable(),
            staff::name_en.nullable(),
            diesel::dsl::exists(below),
            unread,
        ))
        .load(conn)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    if first.disabled_at.is_some()
        || !is_live(first.seen_at, first.expires_at, first.revoked_at, now)
    {
        return Ok(None);
    }
    let trees = if rows.iter().any(|row| row.role_team.is_some()) {
        reach::subtrees(conn, today)?
    } else {
        Default::default()
    };
    let holdings = rows
        .iter()
        .filter_map(|row| {
            Some(Holding {
                role: Role::parse(row.role.as_deref()?)?,
                teams: row.role_team.map(|team| {
                    trees
                        .get(&team)
                        .map_or_else(|| vec![team], |tree| tree.iter().copied().collect())
                }),
            })
        })
        .collect();
    let name = first.name.clone().zip(first.name_en.clone());
    let signed_in = SignedIn {
        account_id: first.account_id,
        session_id: first.session_id,
        login: first.login.clone(),
        staff_id: first.staff_id,
        employee_no: first.employee_no.clone(),
        name,
        locale: first.locale.clone(),
        must_change: first.must_change,
        holdings,
        leads: first.leads,
        unread: first.unread.unwrap_or_default(),
    };
    Ok(Some((signed_in, now >= first.seen_at + TOUCH)))
}

/// Notes that a session was used.
pub fn touch(conn: &mut Conn, session_id: i64, now: NaiveDateTime) -> Result<()> {
    diesel::update(session::table.find(session_id))
        .set(session::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Clone, Debug, Queryable)]
pub struct Session {
    pub id: i64,
    pub agent: String,
    pub created_at: NaiveDateTime,
    pub seen_at: NaiveDateTime,
}

/// The sessions of an account that may still be used, newest first.
pub fn sessions(conn: &mut Conn, account_id: i64, now: NaiveDateTime) -> Result<Vec<Session>> {
    Ok(session::table
        .filter(session::account_id.eq(account_id))
        .filter(session::revoked_at.is_null())
        .filter(session::expires_at.gt(now))
        .filter(session::seen_at.gt(now - crate::accounts::model::IDLE))
        .order(session::id.desc())
        .limit(100)
        .select((
            session::id,
            session::agent,
            session::created_at,
            session::seen_at,
        ))
        .load(conn)?)
}

/// Ends a session of an account.
pub fn end_session(
    conn: &mut Conn,
    account_id: i64,
    session_id: i64,
    now: NaiveDateTime,
) -> Result<()> {
    let ended = diesel::update(
        session::table
            .filter(session::id.eq(session_id))
            .filter(session::account_id.eq(account_id)),
    )
    .set(session::revoked_at.eq(now))
    .execute(conn)?;
    if ended == 0 {
        return Err(Error::NotFound(Message::new("session-not-found")));
    }
    Ok(())
}

/// Ends every session of an account but one.
pub fn end_sessions(
    conn: &mut Conn,
    account_id: i64,
    keep: Option<i64>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(
        session::table
            .filter(session::account_id.eq(account_id))
            .filter(session::revoked_at.is_null())
            .filter(session::id.ne(keep.unwrap_or_default())),
    )
    .set(session::revoked_at.eq(now))
    .execute(conn)?;
    Ok(())
}

/// The key that signs tokens, made on first use; every process on a database has the same.
pub fn signing_secret(conn: &mut Conn, now: NaiveDateTime) -> Result<String> {
    conn.lock("signing-key")?;
    let known: Option<String> = signing_key::table
        .order(signing_key::id.desc())
        .select(signing_key::secret)
        .first(conn)
        .optional()?;
    if let Some(secret) = known {
        return Ok(secret);
    }
    let secret = hex(&rand::random::<[u8; 32]>());
    diesel::insert_into(signing_key::table)
        .values((
            signing_key::secret.eq(&secret),
            signing_key::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(secret)
}

/// A random text of 128 bits, for what must not be guessed.
#[must_use]
pub fn random_token() -> String {
    hex(&rand::random::<[u8; 16]>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What a limit counts by, kept as a hash: addresses of people are nobody's business.
fn key_hash(scope: &str, key: &str) -> String {
    let digest = Sha256::new()
        .chain_update(scope)
        .chain_update([0])
        .chain_update(key)
        .finalize();
    hex(&digest[..16])
}

/// Until when `key` is blocked, if it is.
pub fn blocked(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    now: NaiveDateTime,
) -> Result<Option<NaiveDateTime>> {
    let row: Option<(i32, NaiveDateTime)> = throttle::table
        .find((scope, key_hash(scope, key)))
        .select((throttle::failures, throttle::window_start))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(failures, start)| blocked_until(failures, start, now)))
}

/// Until when nothing more of a key is taken, once `most` have been counted in the window.
pub fn full(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    most: i32,
    now: NaiveDateTime,
) -> Result<Option<NaiveDateTime>> {
    let row: Option<(i32, NaiveDateTime)> = throttle::table
        .find((scope, key_hash(scope, key)))
        .select((throttle::failures, throttle::window_start))
        .first(conn)
        .optional()?;
    Ok(row
        .filter(|(counted, start)| *counted >= most && now < *start + WINDOW)
        .map(|(_, start)| start + WINDOW))
}

/// Counts a failure of `key`; a window that is over starts anew.
pub fn count_failure(conn: &mut Conn, scope: &str, key: &str, now: NaiveDateTime) -> Result<()> {
    let hash = key_hash(scope, key);
    diesel::delete(
        throttle::table
            .filter(throttle::scope.eq(scope))
            .filter(throttle::window_start.le(now - WINDOW)),
    )
    .execute(conn)?;
    with_conn!(conn, c => diesel::insert_into(throttle::table)
        .values((
            throttle::scope.eq(scope),
            throttle::key_hash.eq(&hash),
            throttle::window_start.eq(now),
            throttle::failures.eq(1),
        ))
        .on_conflict((throttle::scope, throttle::key_hash))
        .do_update()
        .set(throttle::failures.eq(throttle::failures + 1))
        .execute(c))?;
    Ok(())
}

/// Forgets the failures of `key`: they got in.
pub fn forget_failures(conn: &mut Conn, scope: &str, key: &str) -> Result<()> {
    diesel::delete(throttle::table.find((scope, key_hash(scope, key)))).execute(conn)?;
    Ok(())
}

/// What a form that was sent before answered.
pub fn answered(conn: &mut Conn, account_id: i64, nonce: &str) -> Result<Option<String>> {
    Ok(form_once::table
        .find((account_id, nonce))
        .select(form_once::location)
        .first(conn)
        .optional()?)
}

/// Remembers what a form answered, for a day.
pub fn remember(
    conn: &mut Conn,
    account_id: i64,
    nonce: &str,
    location: &str,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::delete(form_once::table.filter(form_once::done_at.lt(now - chrono::Duration::days(1))))
        .execute(conn)?;
    diesel::insert_into(form_once::table)
        .values((
            form_once::account_id.eq(account_id),
            form_once::nonce.eq(nonce),
            form_once::location.eq(location),
            form_once::done_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A message to an account: a key of `locales/` and its slots.
pub fn tell(
    conn: &mut Conn,
    account_id: i64,
    what: &Message,
    link: &str,
    now: NaiveDateTime,
) -> Result<()> {
    tell_all(conn, &[(account_id, what, link)], now)
}

/// Messages to accounts, each with the address it leads to; they go to the inbox, and by mail where the account
/// has an address and mail is set up.
pub fn tell_all(conn: &mut Conn, told: &[(i64, &Message, &str)], now: NaiveDateTime) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = message)]
    #[diesel(treat_none_as_default_value = false)]
    struct New {
        account_id: i64,
        kind: &'static str,
        args_json: String,
        link: String,
        created_at: NaiveDateTime,
        mail_due: NaiveDateTime,
    }
    let rows = told
        .iter()
        .map(|(account_id, what, link)| {
            let args: BTreeMap<&str, &String> = what
                .args
                .iter()
                .map(|(name, value)| (*name, value))
                .collect();
            Ok(New {
                account_id: *account_id,
                kind: what.key,
                args_json: serde_json::to_string(&args)?,
                link: (*link).to_string(),
                created_at: now,
                mail_due: now,
            })
        })
        .collect::<Result<Vec<New>>>()?;
    insert_all!(conn, message::table, rows)
}

/// A message to be told to an account.
#[derive(Clone, Debug)]
pub struct Notice {
    pub account_id: i64,
    pub what: Message,
    pub link: String,
}

/// As [`tell_all`], but nobody is told the same of the same thing twice within a week; returns how many were
/// told.
pub fn remind(conn: &mut Conn, notices: &[Notice], now: NaiveDateTime) -> Result<usize> {
    const AT_ONCE: usize = 1_000;
    let mut kept = Vec::new();
    for chunk in notices.chunks(AT_ONCE) {
        let accounts: Vec<i64> = chunk.iter().map(|n| n.account_id).collect();
        let kinds: Vec<&str> = chunk.iter().map(|n| n.what.key).collect();
        let told: HashSet<(i64, String, String)> = message::table
            .filter(message::account_id.eq_any(accounts))
            .filter(message::kind.eq_any(kinds))
            .filter(message::created_at.gt(now - chrono::Duration::days(7)))
            .select((message::account_id, message::kind, message::link))
            .load::<(i64, String, String)>(conn)?
            .into_iter()
            .collect();
        for notice in chunk {
            let key = (
                notice.account_id,
                notice.what.key.to_string(),
                notice.link.clone(),
            );
            if !told.contains(&key) {
                kept.push(notice.clone());
            }
        }
    }
    let told: Vec<(i64, &Message, &str)> = kept
        .iter()
        .map(|n| (n.account_id, &n.what, n.link.as_str()))
        .collect();
    tell_all(conn, &told, now)?;
    Ok(kept.len())
}

/// As [`tell_all`], but nobody is ever told the same of the same thing, with the same slots, twice; returns how many
/// were told.
pub fn tell_once(conn: &mut Conn, notices: &[Notice], now: NaiveDateTime) -> Result<usize> {
    const AT_ONCE: usize = 1_000;
    let slots = |what: &Message| -> Result<String> {
        let args: BTreeMap<&str, &String> = what.args.iter().map(|(n, v)| (*n, v)).collect();
        Ok(serde_json::to_string(&args)?)
    };
    let mut kept: Vec<(i64, &Message, &str)> = Vec::new();
    for chunk in notices.chunks(AT_ONCE) {
        let accounts: Vec<i64> = chunk.iter().map(|n| n.account_id).collect();
        let kinds: BTreeSet<&str> = chunk.iter().map(|n| n.what.key).collect();
        let told: HashSet<(i64, String, String, String)> = message::table
            .filter(message::account_id.eq_any(accounts))
            .filter(message::kind.eq_any(kinds))
            .select((
                message::account_id,
                message::kind,
                message::link,
                message::args_json,
            ))
            .load(conn)?
            .into_iter()
            .collect();
        for notice in chunk {
            let key = (
                notice.account_id,
                notice.what.key.to_string(),
                notice.link.clone(),
                slots(&notice.what)?,
            );
            if !told.contains(&key) {
                kept.push((notice.account_id, &notice.what, &notice.link));
            }
        }
    }
    tell_all(conn, &kept, now)?;
    Ok(kept.len())
}

/// The accounts in use of some people.
pub fn accounts_of(conn: &mut Conn, people: &[i64]) -> Result<BTreeMap<i64, Vec<i64>>> {
    let rows: Vec<(Option<i64>, i64)> = account::table
        .filter(account::staff_id.eq_any(people.iter().copied().map(Some)))
        .filter(account::disabled_at.is_null())
        .select((account::staff_id, account::id))
        .load(conn)?;
    let mut found: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (staff_id, id) in rows {
        if let Some(staff_id) = staff_id {
            found.entry(staff_id).or_default().push(id);
        }
    }
    Ok(found)
}

/// A message as stored.
#[derive(Clone, Debug, Queryable)]
pub struct Stored {
    pub id: i64,
    pub kind: String,
    pub args_json: String,
    pub link: String,
    pub created_at: NaiveDateTime,
    pub read_at: Option<NaiveDateTime>,
}

/// A stored message in words; the key itself where a later version has no such text any more.
#[must_use]
pub fn sentence(locale: Locale, kind: &str, args_json: &str) -> String {
    let args: BTreeMap<String, String> = serde_json::from_str(args_json).unwrap_or_default();
    let slots: Vec<(&str, i18n::Value)> = args
        .iter()
        .map(|(name, value)| (name.as_str(), i18n::Value::from(value)))
        .collect();
    i18n::find(locale, kind, &slots).unwrap_or_else(|| kind.to_string())
}

/// Up to `limit` messages of an account below a number, newest first.
pub fn inbox(
    conn: &mut Conn,
    account_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>> {
    let mut query = message::table
        .filter(message::account_id.eq(account_id))
        .select((
            message::id,
            message::kind,
            message::args_json,
            message::link,
            message::created_at,
            message::read_at,
        ))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(message::id.lt(before));
    }
    Ok(query.order(message::id.desc()).limit(limit).load(conn)?)
}

/// Marks the messages of an account up to a number as read.
pub fn read_up_to(conn: &mut Conn, account_id: i64, last: i64, now: NaiveDateTime) -> Result<()> {
    diesel::update(
        message::table
            .filter(message::account_id.eq(account_id))
            .filter(message::id.le(last))
            .filter(message::read_at.is_null()),
    )
    .set(message::read_at.eq(now))
    .execute(conn)?;
    Ok(())
}

/// The staff record of an employee number, to tie an account to.
pub fn staff_of(conn: &mut Conn, employee_no: &str) -> Result<i64> {
    staff::table
        .filter(staff::employee_no.eq(employee_no))
        .select(staff::id)
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", employee_no)))
}

/// The team of a code, to limit a role to.
pub fn team_of(conn: &mut Conn, code: &str) -> Result<i64> {
    team::table
        .filter(team::code.eq(code))
        .select(team::id)
        .first(conn)
        .optional()?
        .ok_or_else(|| reach::team_not_found(code))
}

/// An account in the list, with the number and name of its staff record.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    pub id: i64,
    pub login: String,
    pub email: Option<String>,
    pub disabled_at: Option<NaiveDateTime>,
    pub employee_no: Option<String>,
    pub name: Option<String>,
    pub name_en: Option<String>,
}

/// Accounts from a login on, in order of logins; `start` narrows to logins that begin so.
pub fn list(conn: &mut Conn, start: &str, after: Option<&str>, limit: i64) -> Result<Vec<Listed>> {
    let mut query = account::table
        .left_join(staff::table)
        .select((
            account::id,
            account::login,
            account::email,
            account::disabled_at,
            staff::employee_no.nullable(),
            staff::name.nullable(),
            staff::name_en.nullable(),
        ))
        .into_boxed();
    if !start.is_empty() {
        query = query
            .filter(account::login.ge(start))
            .filter(account::login.lt(end_of(start)));
    }
    if let Some(after) = after {
        query = query.filter(account::login.gt(after));
    }
    Ok(query.order(account::login).limit(limit).load(conn)?)
}

/// The roles of some accounts.
pub fn roles_of(conn: &mut Conn, accounts: &[i64]) -> Result<Vec<(i64, Role)>> {
    let rows: Vec<(i64, String)> = account_role::table
        .filter(account_role::account_id.eq_any(accounts))
        .order((account_role::account_id, account_role::role))
        .select((account_role::account_id, account_role::role))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, role)| Some((id, Role::parse(&role)?)))
        .collect())
}

/// Whether anybody but `account_id` may still manage accounts: the last one must not lock everybody out.
pub fn other_administrator(conn: &mut Conn, account_id: i64) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        account_role::table
            .inner_join(account::table)
            .filter(account_role::role.eq(Role::Administrator.code()))
            .filter(account::disabled_at.is_null())
            .filter(account::id.ne(account_id)),
    ))
    .get_result(conn)?)
}
