//! Job roles and skills: lists and forms, the same for both.

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::may;
use crate::audit;
use crate::i18n::plain;
use crate::people::pages::{Refused, Sent, code, form_again, form_page, names, sent};
use crate::people::store::catalogue::{self, Entry, Kind};
use crate::people::view::catalogue as view;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of job roles and skills.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/job-roles", web::get().to(job_roles))
        .route("/job-roles/new", web::get().to(new_job_role))
        .route("/job-roles/new", web::post().to(create_job_role))
        .route("/job-roles/{code}/edit", web::get().to(job_role))
        .route("/job-roles/{code}/edit", web::post().to(change_job_role))
        .route("/skills", web::get().to(skills))
        .route("/skills/new", web::get().to(new_skill))
        .route("/skills/new", web::post().to(create_skill))
        .route("/skills/{code}/edit", web::get().to(skill))
        .route("/skills/{code}/edit", web::post().to(change_skill));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Said {
    said: Option<String>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TypedEntry {
    code: String,
    name_zh: String,
    name_en: String,
    critical: String,
}

type Editor = Can<may::EditPeople>;

async fn job_roles(who: Can<may::ViewPeople>, _: Query<Said>) -> Answer {
    list(who, Kind::JobRole).await
}

async fn skills(who: Can<may::ViewPeople>, _: Query<Said>) -> Answer {
    list(who, Kind::Skill).await
}

async fn new_job_role(who: Editor) -> Answer {
    new_form(who, Kind::JobRole)
}

async fn new_skill(who: Editor) -> Answer {
    new_form(who, Kind::Skill)
}

async fn create_job_role(who: Editor, form: Form<TypedEntry>) -> Answer {
    create(who, Kind::JobRole, form).await
}

async fn create_skill(who: Editor, form: Form<TypedEntry>) -> Answer {
    create(who, Kind::Skill, form).await
}

async fn job_role(who: Editor, code: Path<String>) -> Answer {
    edit_form(who, Kind::JobRole, code.into_inner()).await
}

async fn skill(who: Editor, code: Path<String>) -> Answer {
    edit_form(who, Kind::Skill, code.into_inner()).await
}

async fn change_job_role(who: Editor, code: Path<String>, form: Form<TypedEntry>) -> Answer {
    change(who, Kind::JobRole, code.into_inner(), form).await
}

async fn change_skill(who: Editor, code: Path<String>, form: Form<TypedEntry>) -> Answer {
    change(who, Kind::Skill, code.into_inner(), form).await
}

fn head<'a>(who: &Who, kind: Kind, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, view::title(kind)), view::address(kind))
}

/// The title of the form of a new entry.
fn new_title(who: &Who, kind: Kind) -> &'static str {
    let key = match kind {
        Kind::JobRole => "job-role-new",
        Kind::Skill => "skill-new",
    };
    plain(who.locale, key)
}

/// What all share must be changed by somebody who reaches all.
fn everybody(who: &Editor) -> Result<(), Problem> {
    if who.reach.is_everyone() {
        Ok(())
    } else {
        Err(Problem::Forbidden)
    }
}

async fn list(who: Can<may::ViewPeople>, kind: Kind) -> Answer {
    let entries = who.read(move |conn| catalogue::all(conn, kind)).await?;
    let view = view::list(&who, kind, &entries);
    let title = plain(who.locale, view::title(kind));
    who.page("people/catalogue.html", Head::new(title), &view)
}

fn new_form(who: Editor, kind: Kind) -> Answer {
    everybody(&who)?;
    let form = view::form(&who, kind, None);
    form_page(&who, head(&who, kind, new_title(&who, kind)), form)
}

async fn create(who: Editor, kind: Kind, form: Form<TypedEntry>) -> Answer {
    everybody(&who)?;
    let mut check = form.check();
    let new = code(&mut check, "code", &form.sent.code);
    let (zh, en) = names(&form, &mut check, "name_zh", "name_en");
    let critical = !form.sent.critical.is_empty();
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    catalogue::insert(conn, kind, &new, (&zh, &en), critical)?;
                    audit::append(conn, actor, "code-made", &subject(kind, &new), &json!({}))?;
                    Ok(format!("{}?said=saved", view::address(kind)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let view = view::form(&who, kind, None);
    let head = head(&who, kind, new_title(&who, kind));
    form_again(&who, head, &form, view, &refused)
}

/// What the trail calls an entry: its address.
fn subject(kind: Kind, code: &str) -> String {
    format!("{}/{code}", view::address(kind))
}

async fn find(who: &Editor, kind: Kind, code: String) -> Result<Entry, Problem> {
    who.read(move |conn| catalogue::find(conn, kind, &code))
        .await
}

async fn edit_form(who: Editor, kind: Kind, code: String) -> Answer {
    everybody(&who)?;
    let entry = find(&who, kind, code).await?;
    let name = who.locale.pick(&entry.name_zh, &entry.name_en);
    let form = view::form(&who, kind, Some(&entry));
    form_page(&who, head(&who, kind, name), form)
}

async fn change(who: Editor, kind: Kind, code: String, form: Form<TypedEntry>) -> Answer {
    everybody(&who)?;
    let mut check = form.check();
    let (zh, en) = names(&form, &mut check, "name_zh", "name_en");
    let critical = !form.sent.critical.is_empty();
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let (seen, wanted) = (form.row_version, code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    catalogue::change(conn, kind, &wanted, seen, (&zh, &en), critical)?;
                    let subject = subject(kind, &wanted);
                    audit::append(conn, actor, "code-changed", &subject, &json!({}))?;
                    Ok(format!("{}?said=saved", view::address(kind)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let entry = find(&who, kind, code).await?;
    let name = who.locale.pick(&entry.name_zh, &entry.name_en);
    let view = view::form(&who, kind, Some(&entry));
    form_again(&who, head(&who, kind, name), &form, view, &refused)
}
