//! Pages of scorecards: the list, a card with its versions and anchors, a new one, a changed one, publishing, out of
//! use and back.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::audit;
use crate::error::{Error, Message};
use crate::i18n::plain;
use crate::judgement::model::card::Purpose;
use crate::judgement::store::cards::{self, Stored};
use crate::judgement::view::{self, Filter};
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::{self, From, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/scorecards", web::get().to(list))
        .route("/scorecards.csv", web::get().to(export))
        .route("/scorecards/new", web::get().to(new_form))
        .route("/scorecards/new", web::post().to(create))
        .route("/scorecards/{code}", web::get().to(show))
        .route("/scorecards/{code}/edit", web::get().to(edit_form))
        .route("/scorecards/{code}/edit", web::post().to(revise))
        .route("/scorecards/{code}/publish", web::post().to(publish))
        .route("/scorecards/{code}/use", web::post().to(set_use));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    purpose: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            purpose: Purpose::parse(&self.purpose),
        }
    }
}

async fn list(who: Can<may::ViewLibrary>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let filter = query.filter();
    let mut found = who.read(cards::newest).await?;
    // Cards are made by hand and read as a whole: what remains is a matter of dozens.
    found.retain(|stored| filter.fits(&stored.card));
    let counted = found.len() as i64;
    let slice = Slice::of_whole(found, &from, |stored| &stored.card.code);
    let may_edit = who.may(Permission::EditLibrary);
    let view = view::list(&who, &filter, slice, counted, may_edit);
    let head = Head::of(&who, "scorecards-title");
    who.page("scorecards/list.html", head, &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewLibrary>, query: Query<ListQuery>) -> Answer {
    let (filter, locale, actor) = (query.filter(), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let mut rows = cards::newest(conn)?;
            rows.retain(|stored| filter.fits(&stored.card));
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "scorecards", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("scorecards.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "scorecards-title"), "/scorecards")
}

async fn read(who: &Who, code: String) -> Result<Vec<Stored>, Problem> {
    who.read(move |conn| cards::versions(conn, &code)).await
}

async fn show(who: Can<may::ViewLibrary>, code: Path<String>, _: Query<ListQuery>) -> Answer {
    let versions = read(&who, code.into_inner()).await?;
    let may_edit = who.may(Permission::EditLibrary);
    let view = view::show(&who, &versions, may_edit, &[]);
    let title = view.title().to_string();
    who.page("scorecards/show.html", head(&who, &title), &view)
}

type Sent = Form<BTreeMap<String, String>>;

async fn new_form(who: Can<may::EditLibrary>) -> Answer {
    let view = view::form(&who, None);
    let title = plain(who.locale, "scorecard-new");
    who.page("scorecards/edit.html", head(&who, title), &view)
}

async fn create(who: Can<may::EditLibrary>, form: Sent) -> Answer {
    let mut check = form.check();
    let code = check.required("code", form.typed.get("code").unwrap_or_default(), 40);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !code.chars().all(fits) || code == "new" {
        check.wrong("code", Message::new("kpi-code-signs"));
    }
    let purpose = form.typed.get("purpose").unwrap_or_default();
    let purpose = check.choice("purpose", purpose, Purpose::parse);
    let typed = view::typed(&mut check, &form.sent, code, purpose).ok_or(Problem::Unreadable)?;
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    cards::create(conn, &typed, actor)?;
                    Ok(format!("/scorecards/{}?said=saved", escape(&typed.code)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("code", m),
                other => return other,
            }
        }
    };
    let view = view::form(&who, None).again(who.locale, &form, &errors);
    let title = plain(who.locale, "scorecard-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "scorecards/edit.html",
        head(&who, title),
        &view,
    )
}

fn edit_head<'a>(who: &Who, code: &'a str) -> Head<'a> {
    Head::about(who, code, plain(who.locale, "scorecard-edit"))
        .under(plain(who.locale, "scorecards-title"), "/scorecards")
        .under(code, format!("/scorecards/{}", escape(code)))
}

async fn edit_form(who: Can<may::EditLibrary>, code: Path<String>) -> Answer {
    let versions = read(&who, code.into_inner()).await?;
    let view = view::form(&who, Some(&versions[0]));
    let head = edit_head(&who, &versions[0].card.code);
    who.page("scorecards/edit.html", head, &view)
}

async fn revise(who: Can<may::EditLibrary>, code: Path<String>, form: Sent) -> Answer {
    let versions = read(&who, code.into_inner()).await?;
    let card = &versions[0].card;
    let mut check = form.check();
    let typed = view::typed(
        &mut check,
        &form.sent,
        card.code.clone(),
        Some(card.purpose),
    )
    .ok_or(Problem::Unreadable)?;
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    cards::revise(conn, &typed, seen, actor)?;
                    Ok(format!("/scorecards/{}?said=saved", escape(&typed.code)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let versions = read(&who, card.code.clone()).await?;
    let stored = view::form(&who, Some(&versions[0]));
    let status = refusal(errors.as_ref());
    let view = stored.refused(who.locale, &form, errors.as_ref());
    let head = edit_head(&who, &versions[0].card.code);
    who.page_with(status, "scorecards/edit.html", head, &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn publish(who: Can<may::EditLibrary>, code: Path<String>, form: Form<Nothing>) -> Answer {
    let (wanted, seen) = (code.clone(), form.row_version);
    let answer = who
        .once(&form.once, move |conn, actor| {
            cards::publish(conn, &wanted, seen, actor)?;
            Ok(format!("/scorecards/{}?said=saved", escape(&wanted)))
        })
        .await;
    let (status, problems) = match answer {
        Err(Problem::Failed(Error::Invalid(problems))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, problems)
        }
        Err(Problem::Failed(Error::Conflict(m))) => (StatusCode::CONFLICT, vec![m]),
        other => return other,
    };
    let versions = read(&who, code.into_inner()).await?;
    let view = view::show(&who, &versions, true, &problems);
    let title = view.title().to_string();
    who.page_with(status, "scorecards/show.html", head(&who, &title), &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Use {
    retired: bool,
}

async fn set_use(who: Can<may::EditLibrary>, code: Path<String>, form: Form<Use>) -> Answer {
    let (code, retired, seen) = (code.into_inner(), form.sent.retired, form.row_version);
    who.once(&form.once, move |conn, actor| {
        cards::set_retired(conn, &code, retired, seen, actor)?;
        Ok(format!("/scorecards/{}?said=saved", escape(&code)))
    })
    .await
}
