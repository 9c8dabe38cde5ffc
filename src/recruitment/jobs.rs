//! What recruitment does by itself every day: candidates whose time is over are erased.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::recruitment::store::retention;
use crate::settings::Settings;

/// The job that erases candidates whose time is over.
pub const RETAIN: &str = "candidates-retain";

/// Puts what every day brings into the queue, once.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    if jobs::find(conn, RETAIN, &key)?.is_none() {
        jobs::enqueue(conn, RETAIN, &key, &json!({}), None, at)?;
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
