//! The daily look at who is behind with goals: those whose agreement is missing and those above whose check-ins are
//! due get a message, once a week at most.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::appraisals::store::due;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::settings::Settings;

/// The job that reminds of goals.
pub const REMIND: &str = "goals-remind";

/// Puts the look of a day into the queue.
pub fn plan(conn: &mut Conn, day: NaiveDate, now: NaiveDateTime) -> Result<()> {
    jobs::enqueue(conn, REMIND, &day.to_string(), &json!({}), None, now)?;
    Ok(())
}

/// Reminds everybody who is behind. Done again it tells nobody a second time.
pub fn remind(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    let told = db.write(|conn| {
        let today = Settings::load(conn)?.zone.local_date(now);
        due::remind_all(conn, today, now)
    })?;
    Ok(json!({ "told": told }))
}
