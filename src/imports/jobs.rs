//! The check and the load of a file, away from the request. Both can be repeated: a check keeps nothing, and
//! what a load finds there already it leaves as it is.

use std::fs::File;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::accounts::store::tell;
use crate::audit::Actor;
use crate::calendar::{Clock, day_number};
use crate::db::Db;
use crate::error::{Error, Message, Result};
use crate::evidence::warnings;
use crate::files::{self, NewFile};
use crate::i18n::{self, Locale};
use crate::import::run::{Options, Outcome, import_named};
use crate::import::{Problem, Table, write_bad_rows};
use crate::imports::kind;
use crate::imports::store::{self, Found, KEPT, Pending, State};
use crate::jobs::Job;
use crate::settings::Settings;

/// The name of the job that checks.
pub const CHECK: &str = "import-check";

/// The name of the job that loads.
pub const LOAD: &str = "import";

/// What both are given.
#[derive(Serialize, Deserialize)]
pub struct Args {
    pub id: i64,
    /// The language of the file of bad rows.
    pub locale: String,
}

/// Reads the whole file and says what loading it would do.
pub fn check(db: &Db, clock: &Clock, job: &Job) -> Result<Value> {
    work(db, clock, job, State::Checking)
}

/// Loads the file.
pub fn load(db: &Db, clock: &Clock, job: &Job) -> Result<Value> {
    work(db, clock, job, State::Loading)
}

fn work(db: &Db, clock: &Clock, job: &Job, expected: State) -> Result<Value> {
    let args: Args = job.args()?;
    let locale: Locale = args.locale.parse().unwrap_or(Locale::Zh);
    let found = db.read(|conn| {
        let pending = store::any(conn, args.id)?;
        let login = store::login(conn, pending.account_id)?;
        Ok((pending, login))
    });
    let (pending, login) = match found {
        // Discarded meanwhile.
        Err(Error::NotFound(_)) => return Ok(json!({})),
        other => other?,
    };
    if pending.state != expected {
        // Done by whoever had the job before.
        return Ok(json!({}));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    db.read(|conn| files::copy(conn, pending.file_id, File::create(&path)?))?;
    let options = Options {
        dry_run: expected == State::Checking,
        create_missing: pending.choices.create_missing,
        // A check counts what would come of the good rows.
        skip_bad: expected == State::Checking || pending.choices.skip_bad,
    };
    let actor = Actor {
        name: login,
        at: clock.now(),
    };
    let done = import_named(
        db,
        kind(&pending.kind)?,
        &path,
        &pending.file_name,
        pending.mapping.clone(),
        options,
        &actor,
    );
    let (state, found, bad_rows, import_id) = match done {
        Ok((outcome, table)) => {
            let bad_rows = bad_rows(&folder.path().join("bad"), &outcome, &table, locale)?;
            let state = if outcome.kept {
                State::Loaded
            } else {
                State::Checked
            };
            (state, Found::of(&outcome), bad_rows, outcome.import_id)
        }
        Err(Error::Invalid(messages)) => (State::Refused, Found::refused(&messages), None, None),
        Err(other) => return Err(other),
    };
    let now = clock.now();
    db.write(|conn| {
        let bad_rows_id = bad_rows
            .as_ref()
            .map(|file| {
                let name = format!("{}.bad-rows.csv", stem(&pending.file_name));
                let new = NewFile {
                    kind: "bad-rows",
                    name: &name,
                    media_type: "text/csv; charset=utf-8",
                    account_id: Some(pending.account_id),
                    created_at: now,
                    expires_at: Some(pending.created_at + KEPT),
                };
                files::keep(conn, &new, file)
            })
            .transpose()?;
        store::settle(conn, &pending, state, &found, bad_rows_id, import_id)?;
        if state == State::Loaded
            && !["teams", "staff", "candidates"].contains(&pending.kind.as_str())
        {
            let today = Settings::load(conn)?.zone.local_date(now);
            warnings::ask(conn, day_number(today), now)?;
        }
        let link = format!("/imports/{}", pending.id);
        tell(
            conn,
            pending.account_id,
            &told(&pending, state, &found),
            &link,
            now,
        )
    })?;
    Ok(json!({ "bad_rows": found.bad_rows, "changed": found.changed, "new": found.new }))
}

/// The sentence for the inbox.
fn told(pending: &Pending, state: State, found: &Found) -> Message {
    let file = &pending.file_name;
    match state {
        State::Loaded => Message::new("told-import-loaded")
            .with("file", file)
            .with("new", found.new)
            .with("changed", found.changed),
        State::Refused => Message::new("told-import-refused").with("file", file),
        _ if found.bad_rows > 0 => Message::new("told-import-bad")
            .with("file", file)
            .with("bad", found.bad_rows),
        _ => Message::new("told-import-good").with("file", file),
    }
}

/// The bad rows as a file, where there are any.
fn bad_rows(
    path: &std::path::Path,
    outcome: &Outcome,
    table: &Table,
    locale: Locale,
) -> Result<Option<File>> {
    if outcome.bad_rows == 0 {
        return Ok(None);
    }
    let say = |p: &Problem| {
        let reason = Message {
            key: p.reason.key(),
            args: p.reason.args(),
        };
        i18n::message(locale, &reason)
    };
    write_bad_rows(path, table, &outcome.problems, say)?;
    Ok(Some(File::open(path)?))
}

/// A file's name without its ending.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
