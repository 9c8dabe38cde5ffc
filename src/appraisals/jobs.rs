//! What the program does by itself in a cycle: it reminds of goals once a week at most, of reviews and results when
//! their last day is near, and closes the peer stage once the last day of evaluation is over. And what takes long: releasing the results
//! of a whole cycle for somebody at a browser, as on the command line.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::Reach;
use crate::accounts::store::tell;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::feedback::{Release, Whose, release as release_all};
use crate::appraisals::store::reviews::peers;
use crate::appraisals::store::{board, cycles, due};
use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::{Message, Result};
use crate::jobs::{self, Job};
use crate::render::escape;
use crate::settings::Settings;

/// The job that reminds of what waits in cycles.
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
        let zone = Settings::load(conn)?.zone;
        due::remind_all(conn, zone.local_date(now), zone, now)
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

/// The job that releases results.
pub const RELEASE: &str = "release";

/// What the job is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Args {
    pub code: String,
    /// Code of a team; everybody where there is none.
    pub team: Option<String>,
    pub force: bool,
    pub reason: String,
    /// The login of whoever asked.
    pub by: String,
}

/// Releases what is ready, of everybody or of a team.
pub fn release(db: &Db, clock: &Clock, job: &Job) -> Result<Value> {
    let args: Args = job.args()?;
    let zone = db.read(Settings::load)?.zone;
    let everybody = Reach::operator(zone.local_date(clock.now()));
    let wanted = Release {
        whose: match args.team {
            Some(code) => Whose::Team(everybody, code),
            None => Whose::Reach(everybody),
        },
        force: args.force,
        reason: args.reason,
    };
    let actor = Actor {
        name: args.by,
        at: clock.now(),
    };
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (done, left) = release_all(db, &args.code, &wanted, &actor, |done, of| {
        let written =
            db.write(|conn| jobs::progress(conn, job.id, count(done), count(of), clock.now()));
        if let Err(e) = written {
            tracing::warn!(error = %e, "how far a release is was not written down");
        }
    })?;
    if let Some(account) = job.account_id {
        let told = Message::new("told-release-done")
            .with("code", &args.code)
            .with("n", done)
            .with("left", left);
        let link = format!("/cycles/{}/release", escape(&args.code));
        db.write(|conn| tell(conn, account, &told, &link, clock.now()))?;
    }
    Ok(json!({ "left": left, "released": done }))
}
