//! Pages of people: here the list and what the forms share; `person`, `team` and `catalogue` hold the rest.

mod catalogue;
mod person;
mod team;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message};
use crate::import::values;
use crate::people::store::lists::{self, Filter, Row, Start, Status};
use crate::people::{store, view};
use crate::web::form::{Check, FieldErrors, FormView};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/people", web::get().to(list))
        .route("/people.csv", web::get().to(export));
    person::routes(config);
    team::routes(config);
    catalogue::routes(config);
}

/// A page of people with how many there are; they are only counted where the page is not all of them.
pub fn slice(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    from: &From,
) -> crate::error::Result<(Slice<Row>, i64)> {
    let found = lists::page(conn, reach, filter, from, ON_A_PAGE + 1)?;
    let counted = list::counted(&found, from, || lists::count(conn, reach, filter, COUNTED))?;
    Ok((Slice::new(found, from), counted))
}

/// Why a form comes back.
enum Refused {
    Fields(FieldErrors),
    /// Somebody else changed what it is about.
    Stale,
}

/// What became of a form.
enum Sent {
    Done(HttpResponse),
    Refused(Refused),
}

/// The field that a refusal of the database's side is about, if it is about one.
fn field_of(message: &Message) -> Option<&'static str> {
    Some(match message.key {
        "person-number-taken" => "employee_no",
        "code-taken" => "code",
        "team-not-found" | "posting-team-needed" => "team",
        "team-parent-not-found" | "team-circle" => "parent",
        "job-role-not-found" => "job_role",
        "manager-not-found" | "import-own-manager" | "posting-circle" => "manager",
        "posting-before-hired" | "posting-after-left" => "day",
        "skill-not-found" => "skill",
        _ => return None,
    })
}

/// Sorts an answer to a form: done, to be shown again, or a problem of another kind.
fn sent<T>(form: &Form<T>, answer: Answer) -> Result<Sent, Problem> {
    match answer {
        Ok(response) => Ok(Sent::Done(response)),
        Err(Problem::Failed(Error::Conflict(_))) => Ok(Sent::Refused(Refused::Stale)),
        Err(Problem::Failed(Error::Invalid(messages))) => {
            let mut check = form.check();
            for message in &messages {
                let Some(field) = field_of(message) else {
                    return Err(Problem::Failed(Error::Invalid(messages)));
                };
                check.wrong(field, message.clone());
            }
            let errors = check.done().err().unwrap_or_default();
            Ok(Sent::Refused(Refused::Fields(errors)))
        }
        Err(other) => Err(other),
    }
}

/// A page that is a form.
fn form_page(who: &Who, head: Head, form: FormView) -> Answer {
    who.page("web/form.html", head, &view::FormPage { lede: None, form })
}

/// A form with what was typed and why it was refused, and the status that says so.
fn again<T>(
    who: &Who,
    form: &Form<T>,
    view: FormView,
    refused: &Refused,
) -> (StatusCode, FormView) {
    match refused {
        Refused::Fields(errors) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            view.again(who.locale, form, errors),
        ),
        Refused::Stale => (StatusCode::CONFLICT, view.conflict(who.locale, form)),
    }
}

/// A page that is a form, refused.
fn form_again<T>(
    who: &Who,
    head: Head,
    form: &Form<T>,
    view: FormView,
    refused: &Refused,
) -> Answer {
    let (status, form) = again(who, form, view, refused);
    let view = view::FormPage { lede: None, form };
    who.page_with(status, "web/form.html", head, &view)
}

/// A new code: letters, digits and a few signs.
fn code(check: &mut Check, field: &str, typed: &str) -> String {
    let code = check.required(field, typed, 64);
    if !code.is_empty() && values::code(&code).is_err() {
        check.wrong(field, Message::new("code-bad"));
    }
    code
}

/// Names in both languages; without an English one the Chinese serves for both.
fn names<T>(form: &Form<T>, check: &mut Check, zh: &str, en: &str) -> (String, String) {
    let typed = |field: &str| form.typed.get(field).unwrap_or_default().to_string();
    let name = check.required(zh, &typed(zh), 120);
    let other = check.optional(en, &typed(en), 120);
    let other = other.unwrap_or_else(|| name.clone());
    (name, other)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    team: String,
    job_role: String,
    status: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            team: self.team.trim().to_string(),
            job_role: self.job_role.clone(),
            status: Status::parse(&self.status),
            ..Filter::default()
        }
    }
}

async fn list(who: Can<may::ViewPeople>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (filter, reach) = (query.filter(), who.reach.clone());
    let (filter, (slice, counted), roles) = who
        .read(move |conn| {
            let page = slice(conn, &reach, &filter, &from)?;
            let roles = store::job_roles(conn)?;
            Ok((filter, page, roles))
        })
        .await?;
    let may_edit = who.may(Permission::EditPeople);
    let view = view::list(&who, &who.reach, &filter, slice, counted, &roles, may_edit);
    who.page("people/list.html", Head::of(&who, "people-title"), &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewPeople>, query: Query<ListQuery>) -> Answer {
    let (filter, reach, locale) = (query.filter(), who.reach.clone(), who.locale);
    let actor = who.actor();
    let csv = who
        .site
        .write(move |conn| {
            let rows = lists::page(conn, &reach, &filter, &Start::First, i64::MAX)?;
            let detail = serde_json::json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "people", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("people.csv", "text/csv; charset=utf-8", csv))
}
