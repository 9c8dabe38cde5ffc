//! Calibration sessions: the list of a cycle, a session side by side, somebody in it, changes with a reason.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::appraisals::model::outcome::parse_points;
use crate::appraisals::store::calibration::{self, Judge, Plan};
use crate::appraisals::store::cycles;
use crate::appraisals::view::calibration::{self as view, Opened, Person, Planned};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::snapshots;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::From;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/calibration", web::get().to(list))
        .route("/cycles/{code}/calibration/new", web::get().to(new_form))
        .route("/cycles/{code}/calibration/new", web::post().to(create))
        .route("/cycles/{code}/calibration/{id}", web::get().to(show))
        .route(
            "/cycles/{code}/calibration/{id}/edit",
            web::get().to(edit_form),
        )
        .route("/cycles/{code}/calibration/{id}/edit", web::post().to(edit))
        .route(
            "/cycles/{code}/calibration/{id}/close",
            web::post().to(close),
        )
        .route(
            "/cycles/{code}/calibration/{id}/people/{no}",
            web::get().to(person),
        )
        .route(
            "/cycles/{code}/calibration/{id}/people/{no}",
            web::post().to(change),
        )
        .route(
            "/cycles/{code}/calibration/{id}/people/{no}/conflict",
            web::post().to(declare),
        );
}

/// Who asks, as a judge.
fn judge(who: &Who) -> Judge {
    Judge {
        account_id: who.account.account_id,
        staff_id: who.account.staff_id,
        login: who.account.login.clone(),
        runs: who.reach(Permission::RunCycles),
    }
}

fn head(who: &Who, title: &str, code: &str) -> Head<'static> {
    let here = format!("/cycles/{}", escape(code));
    Head::about(who, title, code)
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(code.to_string(), here)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    said: Option<String>,
}

async fn list(who: Can<may::ViewCycles>, code: Path<String>, _: Query<ListQuery>) -> Answer {
    let (judge, code) = (judge(&who), code.into_inner());
    let (cycle, sessions) = who
        .read(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let sessions = calibration::sessions(conn, &cycle, &judge)?;
            Ok((cycle, sessions))
        })
        .await?;
    let view = view::list(&who, &cycle, &sessions);
    let title = plain(who.locale, "calibration-title");
    who.page(
        "outcomes/calibrations.html",
        head(&who, title, &cycle.code),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Sent {
    name: String,
    held_on: String,
    members: String,
    teams: String,
}

/// Codes separated by spaces, commas or lines.
fn codes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';'))
        .filter(|code| !code.is_empty())
        .map(str::to_string)
        .collect();
    found.sort();
    found.dedup();
    found
}

fn plan(form: &Form<Sent>) -> Result<Plan, FieldErrors> {
    let mut check = form.check();
    let name = check.required("name", &form.sent.name, 200);
    let held_on = check.date("held_on", &form.sent.held_on);
    let members = codes(
        &check
            .optional("members", &form.sent.members, 5_000)
            .unwrap_or_default(),
    );
    let teams = codes(&check.required("teams", &form.sent.teams, 5_000));
    check.done()?;
    Ok(Plan {
        name,
        held_on,
        members,
        teams,
    })
}

/// The field that a refusal of a plan is about.
fn refused(m: Message) -> FieldErrors {
    let field = match m.key {
        "person-not-found" => "members",
        "team-not-found" | "calibration-too-many" => "teams",
        _ => "name",
    };
    FieldErrors::one(field, m)
}

async fn new_form(who: Can<may::RunCycles>, code: Path<String>) -> Answer {
    let code = code.into_inner();
    let cycle = who.read(move |conn| cycles::find(conn, &code)).await?;
    let view = view::plan_form(&who, &cycle, None);
    let title = plain(who.locale, "calibration-new");
    who.page("web/form.html", head(&who, title, &cycle.code), &view)
}

async fn create(who: Can<may::RunCycles>, code: Path<String>, form: Form<Sent>) -> Answer {
    let code = code.into_inner();
    let wanted = code.clone();
    let errors = match plan(&form) {
        Err(errors) => errors,
        Ok(plan) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let cycle = cycles::find(conn, &wanted)?;
                    let id = calibration::save(conn, &cycle, None, &plan, actor)?;
                    Ok(format!(
                        "/cycles/{}/calibration/{id}?said=saved",
                        escape(&wanted)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => all
                    .into_iter()
                    .next()
                    .map_or_else(FieldErrors::default, refused),
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "calibration-not-now" => {
                    FieldErrors::one("name", m)
                }
                other => return other,
            }
        }
    };
    let cycle = who.read(move |conn| cycles::find(conn, &code)).await?;
    let mut view = view::plan_form(&who, &cycle, None);
    view.form = view.form.again(who.locale, &form, &errors);
    let title = plain(who.locale, "calibration-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "web/form.html",
        head(&who, title, &cycle.code),
        &view,
    )
}

fn read_plan(conn: &mut Conn, judge: &Judge, code: &str, id: i64) -> Result<Planned> {
    let cycle = cycles::find(conn, code)?;
    let session = calibration::find(conn, &cycle, judge, id)?;
    let members = calibration::members(conn, id)?;
    let teams = calibration::teams(conn, id)?;
    Ok(Planned {
        cycle,
        session,
        members,
        teams,
    })
}

async fn edit_form(who: Can<may::RunCycles>, path: Path<(String, i64)>) -> Answer {
    let ((code, id), judge) = (path.into_inner(), judge(&who));
    let planned = who
        .read(move |conn| read_plan(conn, &judge, &code, id))
        .await?;
    let view = view::plan_form(&who, &planned.cycle, Some(&planned));
    who.page(
        "web/form.html",
        head(&who, &planned.session.name, &planned.cycle.code),
        &view,
    )
}

async fn edit(who: Can<may::RunCycles>, path: Path<(String, i64)>, form: Form<Sent>) -> Answer {
    let ((code, id), seen) = (path.into_inner(), form.row_version);
    let (asked, wanted) = (judge(&who), code.clone());
    let errors = match plan(&form) {
        Err(errors) => Some(errors),
        Ok(plan) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let cycle = cycles::find(conn, &wanted)?;
                    calibration::find(conn, &cycle, &asked, id)?;
                    calibration::save(conn, &cycle, Some((id, seen)), &plan, actor)?;
                    Ok(format!(
                        "/cycles/{}/calibration/{id}?said=saved",
                        escape(&wanted)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => all.into_iter().next().map(refused),
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let judge = judge(&who);
    let planned = who
        .read(move |conn| read_plan(conn, &judge, &code, id))
        .await?;
    let mut view = view::plan_form(&who, &planned.cycle, Some(&planned));
    let errors = errors.as_ref();
    view.form = view.form.refused(who.locale, &form, errors);
    let status = refusal(errors);
    let head = head(&who, &planned.session.name, &planned.cycle.code);
    who.page_with(status, "web/form.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct SessionQuery {
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn show(
    who: Can<may::ViewCycles>,
    path: Path<(String, i64)>,
    query: Query<SessionQuery>,
) -> Answer {
    /// Changes that the page shows.
    const CHANGES: i64 = 50;
    let ((code, id), judge) = (path.into_inner(), judge(&who));
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let opened = who
        .read(move |conn| {
            let planned = read_plan(conn, &judge, &code, id)?;
            let declared = calibration::conflicts(conn, id)?;
            let (cycle, session) = (&planned.cycle, &planned.session);
            let seats = calibration::table(conn, cycle, session, &judge, &declared, None)?;
            let visible: Vec<i64> = seats
                .iter()
                .filter(|seat| seat.bar.is_none())
                .map(|seat| seat.row.staff_id)
                .collect();
            let changes = calibration::changes(conn, id, &visible, CHANGES)?;
            Ok(Opened {
                planned,
                declared,
                seats,
                changes,
            })
        })
        .await?;
    let released = opened.seats.iter().filter(|seat| seat.bar.is_none());
    let released = released
        .filter(|seat| seat.row.released_at.is_some())
        .count();
    if released > 0 {
        let subject = format!("{}/calibration/{id}", opened.planned.cycle.code);
        was_opened(&who, subject, json!({ "people": released })).await?;
    }
    let view = view::session(&who, &opened, &from);
    let head = head(
        &who,
        &opened.planned.session.name,
        &opened.planned.cycle.code,
    );
    who.page("outcomes/calibration.html", head, &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn close(who: Can<may::RunCycles>, path: Path<(String, i64)>, form: Form<Nothing>) -> Answer {
    let ((code, id), judge) = (path.into_inner(), judge(&who));
    let seen = form.row_version;
    who.once(&form.once, move |conn, actor| {
        let cycle = cycles::find(conn, &code)?;
        calibration::find(conn, &cycle, &judge, id)?;
        calibration::close(conn, &cycle, id, seen, actor)?;
        Ok(format!(
            "/cycles/{}/calibration/{id}?said=saved",
            escape(&code)
        ))
    })
    .await
}

/// Whoever reads released results of others is in the trail, by whichever page.
async fn was_opened(who: &Who, subject: String, detail: serde_json::Value) -> Result<(), Problem> {
    let actor = who.actor();
    who.site
        .write(move |conn| audit::append(conn, &actor, "result-opened", &subject, &detail))
        .await
}

fn read_person(
    conn: &mut Conn,
    judge: &Judge,
    (code, id, no): (&str, i64, &str),
) -> Result<Person> {
    let cycle = cycles::find(conn, code)?;
    let session = calibration::find(conn, &cycle, judge, id)?;
    let row = calibration::row(conn, &cycle, &session, judge, no)?;
    let result = snapshots::newest(conn, "person", &format!("{code}/{no}"))?
        .ok_or_else(|| Error::Conflict(Message::new("result-not-frozen").with("no", no)))?;
    Ok(Person {
        cycle,
        session,
        row,
        result,
    })
}

fn person_head(who: &Who, person: &Person) -> Head<'static> {
    let name = who
        .locale
        .pick(&person.row.name, &person.row.name_en)
        .to_string();
    let code = &person.cycle.code;
    head(who, &name, code).under(
        person.session.name.clone(),
        format!("/cycles/{}/calibration/{}", escape(code), person.session.id),
    )
}

async fn person(
    who: Can<may::ViewCycles>,
    path: Path<(String, i64, String)>,
    _: Query<ListQuery>,
) -> Answer {
    let ((code, id, no), judge) = (path.into_inner(), judge(&who));
    let person = who
        .read(move |conn| read_person(conn, &judge, (&code, id, &no)))
        .await?;
    if person.row.released_at.is_some() {
        let subject = format!("{}/{}", person.cycle.code, person.row.employee_no);
        was_opened(&who, subject, json!({})).await?;
    }
    let view = view::person(&who, &person)?;
    who.page("outcomes/calibrate.html", person_head(&who, &person), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Changed {
    total: String,
    reason: String,
}

async fn change(
    who: Can<may::ViewCycles>,
    path: Path<(String, i64, String)>,
    form: Form<Changed>,
) -> Answer {
    let (code, id, no) = path.into_inner();
    let mut check = form.check();
    let after = parse_points(&form.sent.total);
    if after.is_none() {
        check.wrong("total", Message::new("points-wrong"));
    }
    let reason = check.required("reason", &form.sent.reason, 2_000);
    let (seen, today) = (form.row_version, who.site.today());
    let errors = match (check.done(), after) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("total", Message::new("points-wrong"))),
        (Ok(()), Some(after)) => {
            let (code, no, judge) = (code.clone(), no.clone(), judge(&who));
            let answer = who
                .once(&form.once, move |conn, actor| {
                    conn.lock("cycle")?;
                    let cycle = cycles::find(conn, &code)?;
                    let session = calibration::find(conn, &cycle, &judge, id)?;
                    let why = (reason.as_str(), today);
                    let who = (&judge, no.as_str());
                    calibration::change(conn, &cycle, &session, who, after, seen, why, actor)?;
                    Ok(format!(
                        "/cycles/{}/calibration/{id}?said=saved",
                        escape(&code)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key != "form-conflict" => {
                    Some(FieldErrors::one("total", m))
                }
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let judge = judge(&who);
    let person = who
        .read(move |conn| read_person(conn, &judge, (&code, id, &no)))
        .await?;
    let mut view = view::person(&who, &person)?;
    let errors = errors.as_ref();
    view.change = view.change.map(|f| f.refused(who.locale, &form, errors));
    let status = refusal(errors);
    who.page_with(
        status,
        "outcomes/calibrate.html",
        person_head(&who, &person),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Conflict {
    conflict: String,
}

async fn declare(
    who: Can<may::ViewCycles>,
    path: Path<(String, i64, String)>,
    form: Form<Conflict>,
) -> Answer {
    let (code, id, no) = path.into_inner();
    let mut check = form.check();
    let reason = check.required("conflict", &form.sent.conflict, 1_000);
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let judge = judge(&who);
            return who
                .once(&form.once, move |conn, actor| {
                    let cycle = cycles::find(conn, &code)?;
                    let session = calibration::find(conn, &cycle, &judge, id)?;
                    calibration::declare(conn, &cycle, &session, &judge, &no, &reason, actor)?;
                    Ok(format!(
                        "/cycles/{}/calibration/{id}?said=saved",
                        escape(&code)
                    ))
                })
                .await;
        }
    };
    let judge = judge(&who);
    let person = who
        .read(move |conn| read_person(conn, &judge, (&code, id, &no)))
        .await?;
    let mut view = view::person(&who, &person)?;
    view.conflict = view.conflict.map(|f| f.again(who.locale, &form, &errors));
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "outcomes/calibrate.html",
        person_head(&who, &person),
        &view,
    )
}
