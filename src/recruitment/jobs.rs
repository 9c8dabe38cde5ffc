//! What recruitment does by itself every day: candidates whose time is over are erased, and whoever owes a sheet on
//! a round that has taken place is reminded, once a week at most.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::recruitment::store::retention;
use crate::recruitment::store::rounds::lists;
use crate::settings::Settings;

/// The job that erases candidates whose time is over.
pub const RETAIN: &str = "candidates-retain";

/// The job that reminds of sheets.
pub const REMIND: &str = "sheets-remind";

/// Puts what every day brings into the queue, once.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    for kind in [RETAIN, REMIND] {
        if jobs::find(conn, kind, &key)?.is_none() {
            jobs::enqueue(conn, kind, &key, &json!({}), None, at)?;
        }
    }
    Ok(())
}

/// Erases candidates whose time is over. Done again it erases nobody a second time.
pub fn retain(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let at = clock.now();
    let day = db.read(|conn| Ok(Settings::load(conn)?.zone.local_date(at)))?;
    let actor = Actor {
        name: "espalier".to_string(),
        at,
    };
    let erased = retention::run(db, &actor, day, false)?;
    Ok(json!({ "candidates": erased.candidates.len(), "files": erased.files }))
}

/// Reminds everybody whose sheet is missing of a round that has taken place. Done again it tells nobody a second
/// time.
pub fn remind(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    let told = db.write(|conn| lists::remind(conn, now))?;
    Ok(json!({ "told": told }))
}
