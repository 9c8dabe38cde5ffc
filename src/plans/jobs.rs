//! What the program does by itself about plans: it reminds of actions and reviews whose day is near.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::plans::store;
use crate::settings::Settings;

/// The job that reminds of actions and reviews.
pub const REMIND: &str = "plans-remind";

/// Puts what every day brings into the queue, once.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    if jobs::find(conn, REMIND, &key)?.is_none() {
        jobs::enqueue(conn, REMIND, &key, &json!({}), None, at)?;
    }
    Ok(())
}

/// Reminds everybody whose day is near. Done again it tells nobody a second time.
pub fn remind(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    let told = db.write(|conn| {
        let today = Settings::load(conn)?.zone.local_date(now);
        store::remind_all(conn, today, now)
    })?;
    Ok(json!({ "told": told }))
}
