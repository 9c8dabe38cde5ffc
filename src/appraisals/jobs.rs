//! What the program does by itself in a cycle: it reminds those who are behind with goals, once a week at most,
//! and closes the peer stage once the last day of evaluation is over.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::appraisals::model::cycle::State;
use crate::appraisals::store::reviews::peers;
use crate::appraisals::store::{board, cycles, due};
use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::settings::Settings;

/// The job that reminds of goals.
pub const REMIND: &str = "goals-remind";

/// The job that closes peer stages that are over.
pub const CLOSE_PEERS: &str = "peers-close";

/// Puts what every day brings into the queue, once.
pub fn plan_day(conn: &mut Conn, day: NaiveDate, at: NaiveDateTime) -> Result<()> {
    let key = day.to_string();
    for kind in [REMIND, CLOSE_PEERS] {
        if jobs::find(conn, kind, &key)?.is_none() {
            jobs::enqueue(conn, kind, &key, &json!({}), None, at)?;
        }
    }
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
