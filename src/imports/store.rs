//! Files on their way in, mappings kept under a name, and the list of what was loaded.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::{account, audit_event, import_run, pending_import, saved_mapping};
use crate::db::{Backend, Conn};
use crate::error::{Error, Message, Result};
use crate::files;
use crate::import::Mapping;
use crate::import::run::Outcome;
use crate::imports::KINDS;
use crate::imports::columns::Seen;
use crate::keys::Counted;
use crate::web::list::From;

/// How long an upload is kept.
pub const KEPT: Duration = Duration::days(7);

/// Problems that are shown on the page; the file of bad rows has all.
const PROBLEMS: usize = 200;

/// Where a file is on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its columns are to be named.
    Columns,
    Checking,
    Checked,
    /// Cannot be read at all with this mapping.
    Refused,
    Loading,
    Loaded,
}

impl State {
    const ALL: [State; 6] = [
        State::Columns,
        State::Checking,
        State::Checked,
        State::Refused,
        State::Loading,
        State::Loaded,
    ];

    fn code(self) -> &'static str {
        match self {
            State::Columns => "columns",
            State::Checking => "checking",
            State::Checked => "checked",
            State::Refused => "refused",
            State::Loading => "loading",
            State::Loaded => "loaded",
        }
    }

    /// Whether a job is at work on it.
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(self, State::Checking | State::Loading)
    }
}

/// What was seen and chosen beside the mapping.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Choices {
    pub create_missing: bool,
    pub skip_bad: bool,
    pub seen: Seen,
}

/// A message as it is kept: a key and its slots.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub key: String,
    pub args: Vec<(String, String)>,
}

impl Said {
    fn of(key: &str, args: &[(&'static str, String)]) -> Said {
        let args = args.iter().map(|(n, v)| ((*n).to_string(), v.clone()));
        Said {
            key: key.to_string(),
            args: args.collect(),
        }
    }
}

/// A problem as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wrong {
    pub line: u64,
    pub column: String,
    pub value: String,
    pub reason: Said,
}

/// What a check or a load found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    pub format: String,
    pub rows_read: u64,
    pub superseded: u64,
    pub bad_rows: u64,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub deleted: u64,
    pub created_staff: u64,
    pub created_teams: u64,
    pub created_job_roles: u64,
    pub created_categories: u64,
    pub problems: Vec<Wrong>,
    pub unused_columns: Vec<String>,
    /// Why the file as a whole cannot be read.
    pub refused: Vec<Said>,
}

impl Found {
    /// From the outcome of an import; of many problems the first.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Found {
        let problems = outcome.problems.iter().take(PROBLEMS);
        Found {
            format: outcome.format.clone(),
            rows_read: outcome.rows_read,
            superseded: outcome.superseded,
            bad_rows: outcome.bad_rows,
            new: outcome.loaded.new,
            changed: outcome.loaded.changed,
            unchanged: outcome.loaded.unchanged,
            deleted: outcome.loaded.deleted,
            created_staff: outcome.loaded.created_staff,
            created_teams: outcome.loaded.created_teams,
            created_job_roles: outcome.loaded.created_job_roles,
            created_categories: outcome.loaded.created_categories,
            problems: problems
                .map(|p| Wrong {
                    line: p.line,
                    column: p.column.clone(),
                    value: p.value.clone(),
                    reason: Said::of(p.reason.key(), &p.reason.args()),
                })
                .collect(),
            unused_columns: outcome.unused_columns.clone(),
            refused: Vec::new(),
        }
    }

    /// A file that cannot be read.
    #[must_use]
    pub fn refused(messages: &[Message]) -> Found {
        Found {
            refused: messages.iter().map(|m| Said::of(m.key, &m.args)).collect(),
            ..Found::default()
        }
    }
}

/// A file on its way in.
#[derive(Clone, Debug)]
pub struct Pending {
    pub id: i64,
    pub account_id: i64,
    pub kind: String,
    pub file_id: i64,
    pub file_name: String,
    pub mapping: Mapping,
    pub choices: Choices,
    pub state: State,
    pub found: Option<Found>,
    pub bad_rows_id: Option<i64>,
    pub created_at: NaiveDateTime,
    pub row_version: i32,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    account_id: i64,
    kind: String,
    file_id: i64,
    mapping_json: String,
    options_json: String,
    state: String,
    outcome_json: Option<String>,
    bad_rows_id: Option<i64>,
    created_at: NaiveDateTime,
    row_version: i32,
}

type Columns = (
    pending_import::id,
    pending_import::account_id,
    pending_import::kind,
    pending_import::file_id,
    pending_import::mapping_json,
    pending_import::options_json,
    pending_import::state,
    pending_import::outcome_json,
    pending_import::bad_rows_id,
    pending_import::created_at,
    pending_import::row_version,
);

const COLUMNS: Columns = (
    pending_import::id,
    pending_import::account_id,
    pending_import::kind,
    pending_import::file_id,
    pending_import::mapping_json,
    pending_import::options_json,
    pending_import::state,
    pending_import::outcome_json,
    pending_import::bad_rows_id,
    pending_import::created_at,
    pending_import::row_version,
);

impl Row {
    fn whole(self, file_name: String) -> Result<Pending> {
        let state = State::ALL.into_iter().find(|s| s.code() == self.state);
        Ok(Pending {
            id: self.id,
            account_id: self.account_id,
            kind: self.kind,
            file_id: self.file_id,
            file_name,
            mapping: serde_json::from_str(&self.mapping_json)?,
            choices: serde_json::from_str(&self.options_json)?,
            state: state.ok_or_else(gone)?,
            found: self
                .outcome_json
                .map(|json| serde_json::from_str(&json))
                .transpose()?,
            bad_rows_id: self.bad_rows_id,
            created_at: self.created_at,
            row_version: self.row_version,
        })
    }
}

fn gone() -> Error {
    Error::NotFound(Message::new("imports-gone"))
}

/// Begins with a file that has arrived.
pub fn start(
    conn: &mut Conn,
    account_id: i64,
    kind: &str,
    file_id: i64,
    mapping: &Mapping,
    choices: &Choices,
    now: NaiveDateTime,
) -> Result<i64> {
    Ok(diesel::insert_into(pending_import::table)
        .values((
            pending_import::account_id.eq(account_id),
            pending_import::kind.eq(kind),
            pending_import::file_id.eq(file_id),
            pending_import::mapping_json.eq(serde_json::to_string(mapping)?),
            pending_import::options_json.eq(serde_json::to_string(choices)?),
            pending_import::state.eq(State::Columns.code()),
            pending_import::created_at.eq(now),
            pending_import::row_version.eq(1),
        ))
        .returning(pending_import::id)
        .get_result(conn)?)
}

/// A file on its way in, for a job.
///
/// # Errors
/// `NotFound` when it was discarded.
pub fn any(conn: &mut Conn, id: i64) -> Result<Pending> {
    let row: Option<Row> = pending_import::table
        .find(id)
        .select(COLUMNS)
        .first(conn)
        .optional()?;
    let row = row.ok_or_else(gone)?;
    let name = files::find(conn, row.file_id)?.name;
    row.whole(name)
}

/// A file on its way in, of its own account.
///
/// # Errors
/// `NotFound`, the same when it is somebody else's.
pub fn find(conn: &mut Conn, account_id: i64, id: i64) -> Result<Pending> {
    let found = any(conn, id)?;
    if found.account_id == account_id {
        Ok(found)
    } else {
        Err(gone())
    }
}

/// As [`find`], for a form that shows a version of it.
///
/// # Errors
/// `Conflict` when it has moved on since, or a job is at work on it.
pub fn find_version(conn: &mut Conn, account_id: i64, id: i64, version: i32) -> Result<Pending> {
    let found = find(conn, account_id, id)?;
    if found.row_version != version {
        return Err(Error::Conflict(Message::new("imports-moved")));
    }
    Ok(found)
}

/// The newest of an account's files on their way in.
pub fn mine(conn: &mut Conn, account_id: i64, limit: i64) -> Result<Vec<Pending>> {
    use crate::db::schema::stored_file;
    let rows: Vec<(Row, String)> = pending_import::table
        .inner_join(stored_file::table.on(stored_file::id.eq(pending_import::file_id)))
        .filter(pending_import::account_id.eq(account_id))
        .filter(pending_import::state.ne(State::Loaded.code()))
        .order(pending_import::id.desc())
        .limit(limit)
        .select((COLUMNS, stored_file::name))
        .load(conn)?;
    rows.into_iter()
        .map(|(row, name)| row.whole(name))
        .collect()
}

/// Keeps mapping and choices and the state they lead to.
pub fn map(
    conn: &mut Conn,
    pending: &Pending,
    mapping: &Mapping,
    choices: &Choices,
    state: State,
) -> Result<()> {
    moved(
        diesel::update(of_version(pending))
            .set((
                pending_import::mapping_json.eq(serde_json::to_string(mapping)?),
                pending_import::options_json.eq(serde_json::to_string(choices)?),
                pending_import::state.eq(state.code()),
                pending_import::row_version.eq(pending.row_version + 1),
            ))
            .execute(conn)?,
    )
}

/// Keeps what a job found.
pub fn settle(
    conn: &mut Conn,
    pending: &Pending,
    state: State,
    found: &Found,
    bad_rows_id: Option<i64>,
    import_id: Option<i64>,
) -> Result<()> {
    moved(
        diesel::update(of_version(pending))
            .set((
                pending_import::state.eq(state.code()),
                pending_import::outcome_json.eq(serde_json::to_string(found)?),
                pending_import::bad_rows_id.eq(bad_rows_id),
                pending_import::import_id.eq(import_id),
                pending_import::row_version.eq(pending.row_version + 1),
            ))
            .execute(conn)?,
    )?;
    match pending.bad_rows_id {
        Some(before) => files::remove(conn, before),
        None => Ok(()),
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_version(pending: &Pending) -> _ {
    let (id, version): (i64, i32) = (pending.id, pending.row_version);
    pending_import::table
        .filter(pending_import::id.eq(id))
        .filter(pending_import::row_version.eq(version))
}

fn moved(rows: usize) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(Error::Conflict(Message::new("imports-moved"))),
    }
}

/// Removes a file on its way in and what was kept with it.
pub fn discard(conn: &mut Conn, pending: &Pending) -> Result<()> {
    moved(diesel::delete(of_version(pending)).execute(conn)?)?;
    for file in [Some(pending.file_id), pending.bad_rows_id]
        .into_iter()
        .flatten()
    {
        files::remove(conn, file)?;
    }
    Ok(())
}

/// Removes what refers to a file whose time is over; what was loaded from it stays.
pub fn forget(conn: &mut Conn, file_id: i64) -> Result<()> {
    diesel::update(pending_import::table.filter(pending_import::bad_rows_id.eq(file_id)))
        .set(pending_import::bad_rows_id.eq(None::<i64>))
        .execute(conn)?;
    diesel::delete(pending_import::table.filter(pending_import::file_id.eq(file_id)))
        .execute(conn)?;
    Ok(())
}

/// Number and name of the mappings kept for a kind.
pub fn saved_mappings(conn: &mut Conn, kind: &str) -> Result<Vec<(i64, String)>> {
    Ok(saved_mapping::table
        .filter(saved_mapping::kind.eq(kind))
        .order(saved_mapping::name)
        .select((saved_mapping::id, saved_mapping::name))
        .load(conn)?)
}

/// The text of a kept mapping.
///
/// # Errors
/// `NotFound` when there is none of this kind.
pub fn saved(conn: &mut Conn, kind: &str, id: i64) -> Result<String> {
    saved_mapping::table
        .filter(saved_mapping::kind.eq(kind))
        .filter(saved_mapping::id.eq(id))
        .select(saved_mapping::body)
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("imports-no-mapping")))
}

/// Keeps a mapping under a name, in the place of one that has it.
pub fn save(conn: &mut Conn, kind: &str, name: &str, body: &str) -> Result<()> {
    let replaced = diesel::update(
        saved_mapping::table
            .filter(saved_mapping::kind.eq(kind))
            .filter(saved_mapping::name.eq(name)),
    )
    .set((
        saved_mapping::body.eq(body),
        saved_mapping::row_version.eq(saved_mapping::row_version + 1),
    ))
    .execute(conn)?;
    if replaced == 0 {
        diesel::insert_into(saved_mapping::table)
            .values((
                saved_mapping::kind.eq(kind),
                saved_mapping::name.eq(name),
                saved_mapping::body.eq(body),
                saved_mapping::row_version.eq(1),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The login of an account.
pub fn login(conn: &mut Conn, account_id: i64) -> Result<String> {
    Ok(account::table
        .find(account_id)
        .select(account::login)
        .first(conn)?)
}

/// What was loaded, once.
#[derive(Clone, Debug, Queryable)]
pub struct Loading {
    pub id: i64,
    pub kind: String,
    pub file_name: String,
    pub file_sha256: String,
    pub rows_read: i64,
    pub rows_new: i64,
    pub rows_changed: i64,
    pub rows_deleted: i64,
    pub rows_bad: i64,
    pub started_at: NaiveDateTime,
}

/// What was loaded of a kind; of any where none is named.
fn of_kind(kind: &str) -> import_run::BoxedQuery<'_, Backend> {
    let query = import_run::table.into_boxed();
    match kind {
        "" => query,
        kind => query.filter(import_run::kind.eq(kind)),
    }
}

/// How often was loaded, at most `most` and one; `kind` may be empty.
pub fn count(conn: &mut Conn, kind: &str, most: i64) -> Result<i64> {
    let ids = of_kind(kind).select(import_run::id).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}

/// What was loaded, newest first (the other way for [`From::Before`]); `kind` may be empty.
pub fn loadings(conn: &mut Conn, kind: &str, from: &From, limit: i64) -> Result<Vec<Loading>> {
    let query = of_kind(kind)
        .select((
            import_run::id,
            import_run::kind,
            import_run::file_name,
            import_run::file_sha256,
            import_run::rows_read,
            import_run::rows_new,
            import_run::rows_changed,
            import_run::rows_deleted,
            import_run::rows_bad,
            import_run::started_at,
        ))
        .limit(limit);
    let query = match from {
        From::First => query.order(import_run::id.desc()),
        From::After((_, id)) => query
            .filter(import_run::id.lt(*id))
            .order(import_run::id.desc()),
        From::Before((_, id)) => query.filter(import_run::id.gt(*id)).order(import_run::id),
    };
    Ok(query.load(conn)?)
}

/// Who loaded each of them, as the trail says: by number.
pub fn loaders(conn: &mut Conn, loadings: &[Loading]) -> Result<HashMap<i64, String>> {
    let times: Vec<NaiveDateTime> = loadings.iter().map(|l| l.started_at).collect();
    let kinds = KINDS.map(|kind| kind.name);
    let events: Vec<(NaiveDateTime, String, String, String)> = audit_event::table
        .filter(audit_event::subject.eq_any(kinds))
        .filter(audit_event::action.eq("import"))
        .filter(audit_event::happened_at.eq_any(times))
        .select((
            audit_event::happened_at,
            audit_event::subject,
            audit_event::actor,
            audit_event::detail_json,
        ))
        .load(conn)?;
    let by = |l: &Loading| {
        events
            .iter()
            .find(|(at, kind, _, detail)| {
                *at == l.started_at && *kind == l.kind && detail.contains(&l.file_sha256)
            })
            .map(|(_, _, actor, _)| (l.id, actor.clone()))
    };
    Ok(loadings.iter().filter_map(by).collect())
}
