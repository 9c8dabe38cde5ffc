//! What the program does by itself in a cycle: it closes the peer stage once the last day of evaluation is over.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::appraisals::model::cycle::State;
use crate::appraisals::store::reviews::peers;
use crate::appraisals::store::{board, cycles};
use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::settings::Settings;

/// The job that closes peer stages that are over.
pub const CLOSE_PEERS: &str = "peers-close";

/// Asks for it, once a day.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    if jobs::find(conn, CLOSE_PEERS, &key)?.is_none() {
        jobs::enqueue(conn, CLOSE_PEERS, &key, &json!({}), None, at)?;
    }
    Ok(())
}

/// Closes the peer stage of every cycle whose evaluation should be over.
pub fn close_peers(db: &Db, clock: &Clock, _: &Job) -> Result<Value> {
    let now = clock.now();
    db.write(|conn| {
        let today = Settings::load(conn)?.zone.local_date(now);
        let actor = Actor {
            name: "espalier".to_string(),
            at: now,
        };
        let mut people = 0;
        for code in board::overdue(conn, State::Evaluation, today)? {
            let cycle = cycles::find(conn, &code)?;
            people += peers::close(conn, &cycle, &actor)?;
        }
        Ok(json!({ "people": people }))
    })
}
