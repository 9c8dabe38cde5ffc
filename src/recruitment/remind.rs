//! What the program does by itself about rounds: it reminds of sheets that are missing, once a week at most.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::recruitment::store::rounds::lists;

/// The job that reminds of sheets.
pub const REMIND: &str = "sheets-remind";

/// Puts what every day brings into the queue, once.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    if jobs::find(conn, REMIND, &key)?.is_none() {
        jobs::enqueue(conn, REMIND, &key, &json!({}), None, at)?;
    }
    Ok(())
}

/// Reminds everybody whose sheet is missing of a round that has taken place. Done again it tells nobody a second
/// time.
pub fn remind(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    let told = db.write(|conn| lists::remind(conn, now))?;
    Ok(json!({ "told": told }))
}
