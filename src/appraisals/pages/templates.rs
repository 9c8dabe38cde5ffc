//! Templates of cycles: the list, one as tables, its text to change, a new one from it.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::appraisals::store::templates::{self, Template};
use crate::appraisals::view::templates as view;
use crate::audit;
use crate::error::{Error, Message};
use crate::i18n::plain;
use crate::web::form::{Check, FieldErrors, refusal};
use crate::web::list;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// Longest text of a template, in characters.
const LONGEST: usize = 10_000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/templates", web::get().to(list))
        .route("/templates.csv", web::get().to(export))
        .route("/templates/new", web::get().to(new_form))
        .route("/templates/new", web::post().to(create))
        .route("/templates/{code}", web::get().to(show))
        .route("/templates/{code}/edit", web::get().to(edit_form))
        .route("/templates/{code}/edit", web::post().to(change));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    /// The code after which the list begins.
    after: String,
    /// The template that a new one begins as.
    copy: String,
    said: Option<String>,
}

async fn list(who: Can<may::ViewLibrary>, query: Query<ListQuery>) -> Answer {
    let after = query.after.clone();
    let found = who
        .read(move |conn| templates::list(conn, &after, list::ON_A_PAGE + 1))
        .await?;
    let view = view::list(&who, found, who.may(Permission::EditLibrary));
    who.page(
        "templates/list.html",
        Head::of(&who, "templates-title"),
        &view,
    )
}

async fn export(who: Can<may::ViewLibrary>) -> Answer {
    let (locale, actor) = (who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let rows = templates::list(conn, "", i64::MAX)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "templates", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("templates.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "templates-title"), "/templates")
}

async fn show(who: Can<may::ViewLibrary>, code: Path<String>, _: Query<ListQuery>) -> Answer {
    let code = code.into_inner();
    let (template, rules) = who
        .read(move |conn| {
            let template = templates::find(conn, &code)?;
            let rules = match templates::rules(conn, &template.body) {
                Err(Error::Invalid(problems)) => Err(problems),
                other => Ok(other?),
            };
            Ok((template, rules))
        })
        .await?;
    let may_edit = who.may(Permission::EditLibrary);
    let view = view::show(&who, &template, rules.as_ref(), may_edit);
    who.page("templates/show.html", head(&who, &template.code), &view)
}

async fn new_form(who: Can<may::EditLibrary>, query: Query<ListQuery>) -> Answer {
    let copied = match query.into_inner().copy {
        copy if copy.is_empty() => String::new(),
        copy => {
            who.read(move |conn| templates::find(conn, &copy))
                .await?
                .body
        }
    };
    let view = view::new_template(&who, &copied);
    let title = plain(who.locale, "template-new");
    who.page("templates/edit.html", head(&who, title), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Sent {
    code: String,
    body: String,
}

/// The text of a template as it was typed.
fn body(check: &mut Check, sent: &Sent) -> String {
    let text = check.required("body", &sent.body, LONGEST);
    if text.is_empty() { text } else { text + "\n" }
}

/// Everything the parser has to say, beside the text.
fn beside_the_text(problems: Vec<Message>) -> FieldErrors {
    let mut all = FieldErrors::default();
    for problem in problems {
        all.add("body", problem);
    }
    all
}

async fn create(who: Can<may::EditLibrary>, form: Form<Sent>) -> Answer {
    let mut check = form.check();
    let code = check.required("code", &form.sent.code, 64);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !code.chars().all(fits) || code == "new" {
        check.wrong("code", Message::new("template-code-signs"));
    }
    let body = body(&mut check, &form.sent);
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    templates::create(conn, &code, &body, actor)?;
                    Ok(format!("/templates/{}?said=saved", escape(&code)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => beside_the_text(all),
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("code", m),
                other => return other,
            }
        }
    };
    let view = view::new_template(&who, "").again(who.locale, &form, &errors);
    let title = plain(who.locale, "template-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "templates/edit.html",
        head(&who, title),
        &view,
    )
}

async fn edit_form(who: Can<may::EditLibrary>, code: Path<String>) -> Answer {
    let template = find(&who, code.into_inner()).await?;
    let view = view::edit(&who, &template);
    who.page(
        "templates/edit.html",
        edit_head(&who, &template.code),
        &view,
    )
}

async fn find(who: &Who, code: String) -> Result<Template, Problem> {
    who.read(move |conn| templates::find(conn, &code)).await
}

fn edit_head<'a>(who: &Who, code: &'a str) -> Head<'a> {
    Head::about(who, code, plain(who.locale, "template-edit"))
        .under(plain(who.locale, "templates-title"), "/templates")
        .under(code, format!("/templates/{}", escape(code)))
}

async fn change(who: Can<may::EditLibrary>, code: Path<String>, form: Form<Sent>) -> Answer {
    let code = code.into_inner();
    let mut check = form.check();
    let body = body(&mut check, &form.sent);
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let wanted = code.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    templates::change(conn, &wanted, &body, seen, actor)?;
                    Ok(format!("/templates/{}?said=saved", escape(&wanted)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => Some(beside_the_text(all)),
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let template = find(&who, code).await?;
    let stored = view::edit(&who, &template);
    let status = refusal(errors.as_ref());
    let view = stored.refused(who.locale, &form, errors.as_ref());
    who.page_with(
        status,
        "templates/edit.html",
        edit_head(&who, &template.code),
        &view,
    )
}
