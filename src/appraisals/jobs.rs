//! Releasing the results of a whole cycle for somebody at a browser: as on the command line, by a job.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::Reach;
use crate::accounts::store::tell;
use crate::appraisals::store::feedback::{Release, Whose, release as release_all};
use crate::audit::Actor;
use crate::calendar::Clock;
use crate::db::Db;
use crate::error::{Message, Result};
use crate::jobs::{self, Job};
use crate::render::escape;
use crate::settings::Settings;

/// The name of the job.
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
