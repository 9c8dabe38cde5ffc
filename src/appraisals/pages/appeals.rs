//! Appeals: the list, one with its hearing and decision.

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::appraisals::model::outcome::{AppealState, parse_points};
use crate::appraisals::store::{appeals, cycles, fairness, feedback};
use crate::appraisals::view::appeals::{self as view, Appealed};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::snapshots;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/appeals", web::get().to(all))
        .route("/appeals.csv", web::get().to(export))
        .route("/cycles/{code}/people/{no}/appeal", web::get().to(show))
        .route("/cycles/{code}/people/{no}/appeal", web::post().to(file))
        .route(
            "/cycles/{code}/people/{no}/appeal/reviewer",
            web::post().to(reviewer),
        )
        .route(
            "/cycles/{code}/people/{no}/appeal/hearing",
            web::post().to(hear),
        )
        .route(
            "/cycles/{code}/people/{no}/appeal/decision",
            web::post().to(decide),
        );
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    state: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn all(who: Can<may::ViewResults>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.read(|(_, id)| Some(*id));
    let (reach, state) = (who.reach.clone(), AppealState::parse(&query.state));
    let (found, counted) = who
        .read(move |conn| {
            let found = appeals::page(conn, &reach, state, &start, ON_A_PAGE + 1)?;
            let counted = list::counted(&found, &start, || {
                let first = appeals::Start::First;
                let all = appeals::page(conn, &reach, state, &first, COUNTED + 1)?;
                Ok(all.len() as i64)
            })?;
            Ok((found, counted))
        })
        .await?;
    let view = view::list(&who, state, Slice::new(found, &from), counted);
    who.page(
        "outcomes/appeals.html",
        Head::of(&who, "appeals-title"),
        &view,
    )
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewResults>, query: Query<ListQuery>) -> Answer {
    let (reach, state) = (who.reach.clone(), AppealState::parse(&query.state));
    let (locale, actor, zone) = (who.locale, who.actor(), who.site.settings.zone);
    let csv = who
        .site
        .write(move |conn| {
            let rows = appeals::page(conn, &reach, state, &appeals::Start::First, i64::MAX)?;
            audit::append(
                conn,
                &actor,
                "export",
                "appeals",
                &json!({ "rows": rows.len() }),
            )?;
            list::csv(view::export(locale, zone, &rows))
        })
        .await?;
    Ok(who.download("appeals.csv", "text/csv; charset=utf-8", csv))
}

/// Reads what the page of an appeal is made of: one's own once the result is released, else by reach or assignment.
fn read_appeal(conn: &mut Conn, reach: &Reach, code: &str, no: &str) -> Result<Appealed> {
    let cycle = cycles::find(conn, code)?;
    let (staff, reached) = appeals::person(conn, reach, &cycle, no)?;
    let place = feedback::place(conn, &cycle, staff.id)?;
    let appeal = appeals::of(conn, place.evaluation_id)?;
    let own = reach.me() == Some(staff.id);
    let subject = format!("{code}/{no}");
    let (result, history) = if place.released_at.is_some() {
        let newest = snapshots::newest(conn, "person", &subject)?;
        (newest, snapshots::history(conn, "person", &subject)?)
    } else {
        (None, Vec::new())
    };
    let reviewer = match appeal.as_ref().and_then(|a| a.reviewer_id) {
        Some(id) => fairness::names(conn, &[id])?.remove(&id),
        None => None,
    };
    Ok(Appealed {
        cycle,
        staff,
        place,
        appeal,
        own,
        reached,
        result,
        history,
        reviewer,
    })
}

async fn read(who: &Can<may::ViewResults>, code: &str, no: &str) -> Result<Appealed, Problem> {
    let (reach, code, no) = (who.reach.clone(), code.to_string(), no.to_string());
    who.read(move |conn| read_appeal(conn, &reach, &code, &no))
        .await
}

fn head(who: &Who, found: &Appealed) -> Head<'static> {
    let name = who
        .locale
        .pick(&found.staff.name, &found.staff.name_en)
        .to_string();
    let code = escape(&found.cycle.code);
    let head = Head::about(who, &name, plain(who.locale, "appeal-title"))
        .under(plain(who.locale, "appeals-title"), "/appeals");
    if !found.reached {
        return head;
    }
    let no = escape(&found.staff.employee_no);
    head.under(name, format!("/cycles/{code}/people/{no}"))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    said: Option<String>,
}

async fn show(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    _: Query<ShowQuery>,
) -> Answer {
    let (code, no) = path.into_inner();
    let found = read(&who, &code, &no).await?;
    if found.appeal.is_some() && !found.own {
        let (subject, actor) = (format!("{code}/{no}"), who.actor());
        who.site
            .write(move |conn| audit::append(conn, &actor, "result-opened", &subject, &json!({})))
            .await?;
    }
    let view = view::show(&who, &found)?;
    who.page("outcomes/appeal.html", head(&who, &found), &view)
}

/// Where the browser goes after a step.
fn back(code: &str, no: &str) -> String {
    format!(
        "/cycles/{}/people/{}/appeal?said=saved",
        escape(code),
        escape(no)
    )
}

/// The page again, one of its forms refused: `errors` or, where there are none, changed meanwhile.
async fn again<T>(
    who: &Can<may::ViewResults>,
    (code, no): (&str, &str),
    form: &Form<T>,
    errors: Option<&FieldErrors>,
    of: fn(&mut view::Show) -> &mut Option<crate::web::form::FormView>,
) -> Answer {
    let found = read(who, code, no).await?;
    let mut view = view::show(who, &found)?;
    let shown = of(&mut view).take();
    *of(&mut view) = shown.map(|shown| shown.refused(who.locale, form, errors));
    let status = refusal(errors);
    who.page_with(status, "outcomes/appeal.html", head(who, &found), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Filed {
    grounds: String,
}

async fn file(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Filed>,
) -> Answer {
    let (code, no) = path.into_inner();
    let found = read(&who, &code, &no).await?;
    if !found.own {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let grounds = check.required("grounds", &form.sent.grounds, 10_000);
    let zone = who.site.settings.zone;
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let (reach, c, n) = (who.reach.clone(), code.clone(), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = read_appeal(conn, &reach, &c, &n)?;
                    let about = (&found.place, n.as_str());
                    appeals::file(conn, &found.cycle, about, &grounds, zone, actor)?;
                    Ok(back(&c, &n))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("grounds", m),
                other => return other,
            }
        }
    };
    again(&who, (&code, &no), &form, Some(&errors), |v| &mut v.file).await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Reviewer {
    reviewer: String,
}

/// The appeal that must be there.
fn open(found: &Appealed) -> Result<&appeals::Appeal> {
    let missing = || Error::NotFound(Message::new("appeal-not-found"));
    found.appeal.as_ref().ok_or_else(missing)
}

async fn reviewer(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Reviewer>,
) -> Answer {
    if !who.may(Permission::RunCycles) {
        return Err(Problem::Forbidden);
    }
    let (code, no) = path.into_inner();
    let found = read(&who, &code, &no).await?;
    open(&found)?;
    let mut check = form.check();
    let named = check.required("reviewer", &form.sent.reviewer, 64);
    let (seen, today) = (form.row_version, who.site.today());
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (reach, c, n) = (who.reach.clone(), code.clone(), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = read_appeal(conn, &reach, &c, &n)?;
                    let about = (open(&found)?, found.staff.id, n.as_str());
                    appeals::name_reviewer(conn, &found.cycle, about, &named, seen, today, actor)?;
                    Ok(back(&c, &n))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => all
                    .into_iter()
                    .next()
                    .map(|m| FieldErrors::one("reviewer", m)),
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Conflict(m))) => Some(FieldErrors::one("reviewer", m)),
                other => return other,
            }
        }
    };
    again(&who, (&code, &no), &form, errors.as_ref(), |v| {
        &mut v.reviewer
    })
    .await
}

/// Whoever hears and decides: the named reviewer alone.
fn must_review(who: &Who, found: &Appealed) -> Result<(), Problem> {
    let appeal = open(found)?;
    if appeal.reviewer_id.is_some() && appeal.reviewer_id == who.account.staff_id {
        Ok(())
    } else {
        Err(Problem::Forbidden)
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Heard {
    employee_heard: String,
    manager_heard: String,
}

async fn hear(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Heard>,
) -> Answer {
    let (code, no) = path.into_inner();
    let found = read(&who, &code, &no).await?;
    must_review(&who, &found)?;
    let mut check = form.check();
    let mut written = |name, value| check.optional(name, value, 10_000).unwrap_or_default();
    let employee = written("employee_heard", &form.sent.employee_heard);
    let manager = written("manager_heard", &form.sent.manager_heard);
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (reach, c, n) = (who.reach.clone(), code.clone(), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = read_appeal(conn, &reach, &c, &n)?;
                    let about = (open(&found)?, n.as_str());
                    let sides = (employee.as_str(), manager.as_str());
                    appeals::hear(conn, &found.cycle, about, sides, seen, actor)?;
                    Ok(back(&c, &n))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Conflict(m))) => {
                    Some(FieldErrors::one("employee_heard", m))
                }
                other => return other,
            }
        }
    };
    again(&who, (&code, &no), &form, errors.as_ref(), |v| &mut v.hear).await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Decided {
    decision: String,
    total: String,
    reason: String,
}

async fn decide(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Decided>,
) -> Answer {
    let (code, no) = path.into_inner();
    let found = read(&who, &code, &no).await?;
    must_review(&who, &found)?;
    let mut check = form.check();
    let amends = check.choice("decision", &form.sent.decision, |d| match d {
        "amended" => Some(true),
        "upheld" => Some(false),
        _ => None,
    });
    let after = if amends == Some(true) {
        let after = parse_points(&form.sent.total);
        if after.is_none() || after == found.place.total_h {
            check.wrong("total", Message::new("points-wrong"));
        }
        after
    } else {
        None
    };
    let reason = check.required("reason", &form.sent.reason, 10_000);
    let (seen, today) = (form.row_version, who.site.today());
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (reach, c, n) = (who.reach.clone(), code.clone(), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    conn.lock("cycle")?;
                    let found = read_appeal(conn, &reach, &c, &n)?;
                    let about = (open(&found)?, found.staff.id, n.as_str());
                    let why = (reason.as_str(), today);
                    appeals::decide(conn, &found.cycle, about, after, why, seen, actor)?;
                    Ok(back(&c, &n))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Conflict(m))) => Some(FieldErrors::one("decision", m)),
                other => return other,
            }
        }
    };
    again(&who, (&code, &no), &form, errors.as_ref(), |v| {
        &mut v.decide
    })
    .await
}
