//! Telling results: the release of a cycle, what is said with one result, the interview, the acknowledgement.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::appraisals::jobs::{Args, RELEASE};
use crate::appraisals::store::cycles;
use crate::appraisals::store::feedback::{self, Release, Whose, Written};
use crate::appraisals::view::feedback::{self as view, Releasing, Told};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::jobs;
use crate::people::store::reach;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/release", web::get().to(releasing))
        .route("/cycles/{code}/release", web::post().to(release))
        .route(
            "/cycles/{code}/people/{no}/release",
            web::post().to(release_one),
        )
        .route("/cycles/{code}/people/{no}/feedback", web::get().to(show))
        .route("/cycles/{code}/people/{no}/feedback", web::post().to(write))
        .route(
            "/cycles/{code}/people/{no}/acknowledgement",
            web::post().to(acknowledge),
        );
}

fn head(who: &Who, title: &str, code: &str) -> Head<'static> {
    Head::about(who, title, code)
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(code.to_string(), format!("/cycles/{}", escape(code)))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ReleaseQuery {
    /// The number after which those to whom something is owed are listed.
    after: String,
    said: Option<String>,
}

/// Whose results a reader may release: everybody in reach for whoever runs cycles, else their direct reports.
fn own_whose(who: &Who) -> Result<Whose, Problem> {
    match (who.reach(Permission::RunCycles), who.account.staff_id) {
        (Some(reach), _) => Ok(Whose::Reach(reach)),
        (None, Some(me)) => Ok(Whose::Manager(me)),
        (None, None) => Err(Problem::Forbidden),
    }
}

fn read_release(conn: &mut Conn, code: &str, whose: &Whose, after: &str) -> Result<Releasing> {
    let cycle = cycles::find(conn, code)?;
    Ok(Releasing {
        progress: feedback::progress(conn, &cycle, whose)?,
        owing: feedback::owing(conn, &cycle, whose, after, ON_A_PAGE + 1)?,
        deadline: feedback::deadline(conn, &cycle)?,
        job: jobs::find(conn, RELEASE, code)?,
        cycle,
    })
}

async fn releasing(
    who: Can<may::ViewResults>,
    code: Path<String>,
    query: Query<ReleaseQuery>,
) -> Answer {
    let (code, whose, after) = (code.into_inner(), own_whose(&who)?, query.after.clone());
    let found = who
        .read(move |conn| read_release(conn, &code, &whose, &after))
        .await?;
    let view = view::releasing(&who, &found);
    let title = plain(who.locale, "release-title");
    who.page(
        "outcomes/release.html",
        head(&who, title, &found.cycle.code),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Wanted {
    team: String,
    force: String,
    reason: String,
}

async fn release(who: Can<may::ViewResults>, code: Path<String>, form: Form<Wanted>) -> Answer {
    let code = code.into_inner();
    let runs = who.reach(Permission::RunCycles);
    let mut check = form.check();
    let force = !form.sent.force.is_empty() && runs.is_some();
    let reason = if force {
        check.required("reason", &form.sent.reason, 1_000)
    } else {
        check
            .optional("reason", &form.sent.reason, 1_000)
            .unwrap_or_default()
    };
    let team = Some(form.sent.team.trim().to_string()).filter(|t| !t.is_empty() && runs.is_some());
    let whose = match (own_whose(&who)?, &team) {
        (Whose::Reach(reach), Some(team)) => Whose::Team(reach, team.clone()),
        (whose, _) => whose,
    };
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let (account, wanted) = (who.account.account_id, code.clone());
            // A whole cycle is a job; a part of it is done at once.
            let whole = runs.as_ref().is_some_and(Reach::is_everyone);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let cycle = cycles::find(conn, &wanted)?;
                    let here = format!("/cycles/{}/release", escape(&wanted));
                    if whole {
                        // Refused now rather than by the job.
                        feedback::progress(conn, &cycle, &whose)?;
                        let args = Args {
                            code: wanted.clone(),
                            team,
                            force,
                            reason,
                            by: actor.name.clone(),
                        };
                        jobs::enqueue(
                            conn,
                            RELEASE,
                            &wanted,
                            &json!(args),
                            Some(account),
                            actor.at,
                        )?;
                        return Ok(format!("{here}?said=release-begun"));
                    }
                    let release = Release {
                        whose,
                        force,
                        reason,
                    };
                    feedback::release_now(conn, &cycle, &release, actor)?;
                    Ok(format!("{here}?said=released"))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::NotFound(m))) if m.key == "team-not-found" => {
                    FieldErrors::one("team", m)
                }
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("reason", m),
                other => return other,
            }
        }
    };
    let whose = own_whose(&who)?;
    let found = who
        .read(move |conn| read_release(conn, &code, &whose, ""))
        .await?;
    let mut view = view::releasing(&who, &found);
    view.form = view.form.map(|f| f.again(who.locale, &form, &errors));
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "outcomes/release.html",
        head(&who, plain(who.locale, "release-title"), &found.cycle.code),
        &view,
    )
}

/// Reads what the page about one result is made of.
fn read_told(
    conn: &mut Conn,
    reach: &Reach,
    me: Option<i64>,
    code: &str,
    no: &str,
) -> Result<Told> {
    let staff = reach::find(conn, reach, no)?;
    let cycle = cycles::find(conn, code)?;
    let place = feedback::place(conn, &cycle, staff.id)?;
    let own = me == Some(staff.id);
    let manages = me.is_some() && place.manager_id == me;
    let feedback = if own && place.released_at.is_none() {
        // What is being written is the manager's until it is said.
        feedback::Feedback::default()
    } else {
        feedback::of(conn, place.evaluation_id)?
    };
    Ok(Told {
        staff,
        cycle,
        place,
        feedback,
        own,
        manages,
    })
}

async fn read(who: &Can<may::ViewResults>, code: String, no: String) -> Result<Told, Problem> {
    let (reach, me) = (who.reach.clone(), who.account.staff_id);
    who.read(move |conn| read_told(conn, &reach, me, &code, &no))
        .await
}

fn told_head(who: &Who, told: &Told) -> Head<'static> {
    let name = who
        .locale
        .pick(&told.staff.name, &told.staff.name_en)
        .to_string();
    let code = &told.cycle.code;
    head(who, plain(who.locale, "feedback-title"), code).under(
        name,
        format!(
            "/cycles/{}/people/{}",
            escape(code),
            escape(&told.staff.employee_no)
        ),
    )
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
    let told = read(&who, code, no).await?;
    if told.place.released_at.is_some() && !told.own {
        let subject = format!("{}/{}", told.cycle.code, told.staff.employee_no);
        let actor = who.actor();
        who.site
            .write(move |conn| audit::append(conn, &actor, "result-opened", &subject, &json!({})))
            .await?;
    }
    let view = view::told(&who, &told);
    who.page("outcomes/feedback.html", told_head(&who, &told), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Sent {
    suggestions: String,
    support: String,
    talk_on: String,
    talk_note: String,
}

async fn write(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Sent>,
) -> Answer {
    let (code, no) = path.into_inner();
    let mut told = read(&who, code.clone(), no.clone()).await?;
    if !view::may_write(&who, &told) {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let mut written = |name, value| check.optional(name, value, 10_000).unwrap_or_default();
    let suggestions = written("suggestions", &form.sent.suggestions);
    let support = written("support", &form.sent.support);
    let talk_note = written("talk_note", &form.sent.talk_note);
    let talk_on = check.date("talk_on", &form.sent.talk_on);
    if talk_on.is_some_and(|day| day > who.site.today()) {
        check.wrong("talk_on", Message::new("feedback-talk-later"));
    }
    let written = Written {
        suggestions,
        support,
        talk_on,
        talk_note,
    };
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (reach, me) = (who.reach.clone(), who.account.staff_id);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let told = read_told(conn, &reach, me, &code, &no)?;
                    let about = (&told.place, no.as_str());
                    feedback::write(conn, &told.cycle, about, &written, seen, actor)?;
                    let (code, no) = (escape(&code), escape(&no));
                    Ok(format!("/cycles/{code}/people/{no}/feedback?said=saved"))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Conflict(m))) => {
                    Some(FieldErrors::one("suggestions", m))
                }
                other => return other,
            }
        }
    };
    let (code, no) = (told.cycle.code.clone(), told.staff.employee_no.clone());
    told = read(&who, code, no).await?;
    let mut view = view::told(&who, &told);
    let errors = errors.as_ref();
    view.form = view.form.map(|f| f.refused(who.locale, &form, errors));
    let status = refusal(errors);
    who.page_with(
        status,
        "outcomes/feedback.html",
        told_head(&who, &told),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn release_one(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Nothing>,
) -> Answer {
    let (code, no) = path.into_inner();
    let told = read(&who, code.clone(), no.clone()).await?;
    if !view::may_write(&who, &told) {
        return Err(Problem::Forbidden);
    }
    let id = told.place.staff_id;
    who.once(&form.once, move |conn, actor| {
        let cycle = cycles::find(conn, &code)?;
        let release = Release {
            whose: Whose::Person(id),
            force: false,
            reason: String::new(),
        };
        let done = feedback::release_now(conn, &cycle, &release, actor)?;
        let place = feedback::place(conn, &cycle, id)?;
        if done == 0 && place.released_at.is_none() {
            return Err(Error::Conflict(Message::new("feedback-owed")));
        }
        let (code, no) = (escape(&code), escape(&no));
        Ok(format!("/cycles/{code}/people/{no}/feedback?said=released"))
    })
    .await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Statement {
    statement: String,
}

async fn acknowledge(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Statement>,
) -> Answer {
    let (code, no) = path.into_inner();
    let told = read(&who, code.clone(), no.clone()).await?;
    if !told.own {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let statement = check.optional("statement", &form.sent.statement, 10_000);
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let (reach, me) = (who.reach.clone(), who.account.staff_id);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let told = read_told(conn, &reach, me, &code, &no)?;
                    let about = (&told.place, no.as_str());
                    let statement = statement.unwrap_or_default();
                    feedback::acknowledge(conn, &told.cycle, about, &statement, actor)?;
                    let (code, no) = (escape(&code), escape(&no));
                    Ok(format!(
                        "/cycles/{code}/people/{no}/feedback?said=acknowledged"
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("statement", m),
                other => return other,
            }
        }
    };
    let mut view = view::told(&who, &told);
    view.acknowledge = view
        .acknowledge
        .map(|f| f.again(who.locale, &form, &errors));
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "outcomes/feedback.html",
        told_head(&who, &told),
        &view,
    )
}
