//! What applicants are promised: the texts they agree to, version after version, and after how many days they are
//! erased.

use actix_web::http::StatusCode;
use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::may;
use crate::audit;
use crate::error::Error;
use crate::i18n::plain;
use crate::recruitment::model::codes::ConsentKind;
use crate::recruitment::store::careers as store;
use crate::recruitment::view::careers as view;
use crate::settings::{RETENTION, Settings};
use crate::web::form::refusal;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of what is promised.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/openings/privacy", web::get().to(show))
        .route("/openings/consent", web::post().to(publish))
        .route("/openings/retention", web::post().to(set_days));
}

/// The fewest and the most days that candidates are kept.
const DAYS: (i64, i64) = (30, 1_095);

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

async fn load(who: &Who) -> Result<view::Privacy, Problem> {
    let (texts, days) = who
        .read(|conn| Ok((store::texts(conn)?, store::retention_days(conn)?)))
        .await?;
    Ok(view::privacy(who, &texts, days))
}

fn page(who: &Who, status: StatusCode, view: &view::Privacy) -> Answer {
    let head =
        Head::of(who, "privacy-title").under(plain(who.locale, "openings-title"), "/openings");
    who.page_with(status, "recruitment/privacy.html", head, view)
}

async fn show(who: Can<may::ManageCandidates>, _: Query<Said>) -> Answer {
    let view = load(&who).await?;
    page(&who, StatusCode::OK, &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewText {
    kind: String,
    body_zh: String,
    body_en: String,
}

/// Publishes the next version of a text. What somebody has agreed to stays.
async fn publish(who: Can<may::ManageCandidates>, form: Form<NewText>) -> Answer {
    if !who.reach.is_everyone() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let kind = ConsentKind::parse(&form.sent.kind).ok_or(Problem::Unreadable)?;
    let zh = check.required("body_zh", &form.sent.body_zh, 10_000);
    let en = check.required("body_en", &form.sent.body_en, 10_000);
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let seen = form.row_version;
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::publish_text(conn, kind, seen, (&zh, &en), actor)?;
                    Ok("/openings/privacy?said=saved".to_owned())
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let mut view = load(&who).await?;
    if let Some(shown) = view.text_form(kind) {
        *shown = shown.clone().refused(who.locale, &form, errors.as_ref());
    }
    page(&who, refusal(errors.as_ref()), &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Days {
    days: String,
}

async fn set_days(who: Can<may::ManageCandidates>, form: Form<Days>) -> Answer {
    if !who.reach.is_everyone() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let days = check.whole("days", &form.sent.days, DAYS.0, DAYS.1);
    if let Err(errors) = check.done() {
        let mut view = load(&who).await?;
        view.days = view.days.again(who.locale, &form, &errors);
        return page(&who, StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    who.once(&form.once, move |conn, actor| {
        let before = store::retention_days(conn)?;
        Settings::set(conn, RETENTION, &days.to_string())?;
        let detail = json!({ "after": days, "before": before });
        audit::append(conn, actor, "retention.days", "candidates", &detail)?;
        Ok("/openings/privacy?said=saved".to_owned())
    })
    .await
}
