//! Pages of the trail, of checks and of jobs.

use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use crate::access::may;
use crate::admin::jobs::{CHECK, VERIFY};
use crate::admin::store::{self, Filter};
use crate::admin::view;
use crate::audit;
use crate::error::{Error, Message};
use crate::jobs as queue;
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/audit", web::get().to(trail))
        .route("/audit.csv", web::get().to(export))
        .route("/checks", web::get().to(checks))
        .route("/checks/{what}", web::post().to(start));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TrailQuery {
    actor: String,
    action: String,
    subject: String,
    day: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl TrailQuery {
    /// A day is one of the organisation's zone; what is no day narrows nothing.
    fn filter(&self, who: &Who) -> Filter {
        let zone = who.site.settings.zone;
        let day = self.day.trim().parse::<NaiveDate>().ok();
        let within = day.and_then(|day| {
            let (start, end) = (
                day.and_hms_opt(0, 0, 0)?,
                day.succ_opt()?.and_hms_opt(0, 0, 0)?,
            );
            Some((zone.utc(start), zone.utc(end)))
        });
        Filter {
            actor: self.actor.trim().to_string(),
            action: self.action.trim().to_string(),
            subject: self.subject.trim().to_string(),
            within,
        }
    }
}

async fn trail(who: Can<may::ViewAudit>, query: Query<TrailQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (filter, start) = (query.filter(&who), from.clone());
    let (found, counted) = who
        .read(move |conn| {
            let found = store::events(conn, &filter, &start, ON_A_PAGE + 1)?;
            let count = || store::count(conn, &filter, COUNTED);
            let counted = list::counted(&found, &start, count)?;
            Ok((found, counted))
        })
        .await?;
    let asked = view::Asked {
        actor: &query.actor,
        action: &query.action,
        subject: &query.subject,
        day: &query.day,
    };
    let view = view::trail(&who, &asked, &Slice::new(found, &from), counted);
    who.page("admin/audit.html", Head::of(&who, "audit-title"), &view)
}

/// The trail as a file; that it was taken is itself an event.
async fn export(who: Can<may::ViewAudit>, query: Query<TrailQuery>) -> Answer {
    let (filter, actor) = (query.filter(&who), who.actor());
    let events = who
        .site
        .write(move |conn| {
            let events = store::events(conn, &filter, &From::First, i64::MAX)?;
            let detail = json!({ "rows": events.len() });
            audit::append(conn, &actor, "export", "audit", &detail)?;
            Ok(events)
        })
        .await?;
    let csv = list::csv(view::export(&who, &events))?;
    Ok(who.download("audit.csv", "text/csv; charset=utf-8", csv))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChecksQuery {
    said: Option<String>,
}

/// Jobs that are listed.
const JOBS: i64 = 50;

async fn checks(who: Can<may::RunChecks>, _: Query<ChecksQuery>) -> Answer {
    let jobs = who.read(|conn| queue::newest(conn, JOBS)).await?;
    let view = view::checks(&who, &jobs);
    who.page("admin/checks.html", Head::of(&who, "checks-title"), &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Has a check done.
async fn start(who: Can<may::RunChecks>, what: Path<String>, form: Form<Nothing>) -> Answer {
    let kind = match what.as_str() {
        CHECK => CHECK,
        VERIFY => VERIFY,
        _ => return Err(Error::NotFound(Message::new("problem-not-found")).into()),
    };
    let account = who.account.account_id;
    who.once(&form.once, move |conn, actor| {
        // One row for each kind: asked for again, it is done again.
        queue::enqueue(conn, kind, "all", &json!({}), Some(account), actor.at)?;
        audit::append(conn, actor, "check-started", kind, &json!({}))?;
        Ok("/checks?said=check-started".to_string())
    })
    .await
}
