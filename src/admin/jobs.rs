//! Checks asked for in the browser, and the daily tidying up.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::accounts::mail::forget_old_letters;
use crate::admin::Checked;
use crate::appraisals;
use crate::audit;
use crate::calendar::{Clock, day_number};
use crate::db::{Conn, Db};
use crate::error::{Message, Result};
use crate::evidence::warnings;
use crate::files;
use crate::imports;
use crate::jobs::{self, Job};
use crate::plans;
use crate::recruitment;
use crate::snapshots;

/// The job that checks everything stored.
pub const CHECK: &str = "check";

/// The job that verifies the trail and the frozen versions.
pub const VERIFY: &str = "audit-verify";

/// The job that removes files whose time is over.
pub const TIDY: &str = "tidy";

/// Lines that are kept with a job, at most.
const LINES: usize = 100;

/// Checks everything stored.
pub fn check(db: &Db, _: &Clock, _: &Job) -> Result<Value> {
    let checked = Checked::of(db)?;
    Ok(outcome(checked.is_sound(), &checked.lines()))
}

/// Verifies the trail and the frozen versions.
pub fn verify(db: &Db, _: &Clock, _: &Job) -> Result<Value> {
    let (events, versions) =
        db.read(|conn| Ok((audit::verify(conn)?, snapshots::verify(conn)?)))?;
    let done = Message::new("audit-verified")
        .with("events", events)
        .with("versions", versions);
    Ok(outcome(true, &[done]))
}

fn outcome(sound: bool, lines: &[Message]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .take(LINES)
        .map(|m| json!({ "key": m.key, "args": m.args }))
        .collect();
    json!({ "messages": lines, "sound": sound })
}

/// Removes files whose time is over, each in a transaction of its own: they may be large.
pub fn tidy(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    let expired = db.read(|conn| files::expired(conn, now))?;
    for &id in &expired {
        db.write(|conn| {
            imports::store::forget(conn, id)?;
            files::remove(conn, id)
        })?;
    }
    let letters = db.write(|conn| forget_old_letters(conn, now))?;
    Ok(json!({ "files": expired.len(), "letters": letters }))
}

/// Puts what every day brings in the queue, once: tidying up, a look for warnings, reminders.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, now: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    if jobs::find(conn, TIDY, &key)?.is_none() {
        jobs::enqueue(conn, TIDY, &key, &json!({}), None, now)?;
        warnings::ask(conn, day_number(day), now)?;
    }
    appraisals::jobs::plan_day(conn, day, now)?;
    plans::jobs::plan_day(conn, day, now)?;
    recruitment::jobs::plan_day(conn, day, now)
}
