//! Pages of a person's goals and results.
//!
//! Whoever reaches a person by `ViewResults` reads them; one's own result only once it is released. Reading
//! somebody else's released result is written into the audit trail.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use super::view::{self, Shown};
use crate::access::{Permission, Reach, may};
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::people::{self, Decision};
use crate::appraisals::store::{cycles, feedback, reviews, sheets};
use crate::appraisals::view::reviews::Place as Reviewed;
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::people::store::reach;
use crate::snapshots;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of results.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/people/{no}/cycles", web::get().to(cycles_of))
        .route("/cycles/{code}/people/{no}", web::get().to(show))
        .route(
            "/cycles/{code}/people/{no}/standing",
            web::post().to(decide),
        );
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct CyclesQuery {
    /// The last day of the cycle after which the list goes on.
    before: Option<NaiveDate>,
    said: Option<String>,
}

async fn cycles_of(
    who: Can<may::ViewResults>,
    no: Path<String>,
    query: Query<CyclesQuery>,
) -> Answer {
    let (reach, no, before) = (who.reach.clone(), no.into_inner(), query.before);
    let (staff, places) = who
        .read(move |conn| {
            let staff = reach::find(conn, &reach, &no)?;
            let places = people::cycles_of(conn, staff.id, before, ON_A_PAGE + 1)?;
            Ok((staff, places))
        })
        .await?;
    let view = view::cycles(&who, &staff, places);
    let name = who.locale.pick(&staff.name, &staff.name_en);
    let head = Head::about(&who, name, plain(who.locale, "person-cycles"))
        .under(name, format!("/people/{}", escape(&staff.employee_no)));
    who.page("results/cycles.html", head, &view)
}

/// Reads what the page of a person in a cycle is made of; `me` is the reader's own staff record.
fn read_person(
    conn: &mut Conn,
    reach: &Reach,
    me: Option<i64>,
    code: &str,
    no: &str,
) -> Result<Shown> {
    let staff = reach::find(conn, reach, no)?;
    let cycle = cycles::find(conn, code)?;
    let standing = people::standing(conn, &cycle, staff.id, no)?;
    let own = me == Some(staff.id);
    let reviewed = if cycle.rules.reviews {
        let evaluation = reviews::find(conn, &cycle, staff.id, no)?;
        Some(Reviewed {
            own,
            above: false,
            hr: false,
            me,
            manager_writes: false,
            staff: staff.clone(),
            cycle: cycle.clone(),
            evaluation,
        })
    } else {
        None
    };
    let submitted = reviewed
        .as_ref()
        .is_some_and(|place| place.evaluation.submitted_at.is_some());
    let may_read =
        (cycle.state.is_frozen() || submitted) && (!own || standing.released_at.is_some());
    let subject = format!("{code}/{no}");
    let (result, history) = if may_read {
        let newest = snapshots::newest(conn, "person", &subject)?;
        (newest, snapshots::history(conn, "person", &subject)?)
    } else {
        (None, Vec::new())
    };
    // A frozen result holds the versions of the sheet; before, they are read as they stand.
    let (versions, roles) = if result.is_some() {
        (Vec::new(), Vec::new())
    } else {
        let versions = sheets::versions_of(conn, &cycle, Some(staff.id))?;
        (versions, sheets::roles_of(conn, &cycle, staff.id)?)
    };
    let teams = sheets::teams_of(conn, &cycle, staff.id)?;
    let told = if may_read {
        Some(feedback::of(conn, standing.evaluation_id)?)
    } else {
        None
    };
    let has_sheet = !versions.is_empty() || sheets::has_sheet(conn, &cycle, staff.id)?;
    Ok(Shown {
        told,
        result,
        history,
        versions,
        teams,
        roles: roles.into_iter().collect(),
        has_sheet,
        reviewed,
        own,
        staff,
        cycle,
        standing,
    })
}

async fn read(who: &Can<may::ViewResults>, code: String, no: String) -> Result<Shown, Problem> {
    let (reach, me) = (who.reach.clone(), who.account.staff_id);
    let shown = who
        .read(move |conn| read_person(conn, &reach, me, &code, &no))
        .await?;
    if shown.result.is_some() && shown.standing.released_at.is_some() && !shown.own {
        let subject = format!("{}/{}", shown.cycle.code, shown.staff.employee_no);
        let actor = who.actor();
        who.site
            .write(move |conn| audit::append(conn, &actor, "result-opened", &subject, &json!({})))
            .await?;
    }
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    said: Option<String>,
}

/// The page; of a form about it that was refused, with what is wrong or what was changed meanwhile.
fn answer(
    who: &Who,
    shown: &Shown,
    refused: Option<(&Form<Standing>, Option<&FieldErrors>)>,
) -> Answer {
    let view = view::show(who, shown, refused)?;
    let name = who.locale.pick(&shown.staff.name, &shown.staff.name_en);
    let here = format!("/cycles/{}", escape(&shown.cycle.code));
    let head = Head::about(who, name, &shown.cycle.code)
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(shown.cycle.code.as_str(), here.clone())
        .under(plain(who.locale, "cycle-people"), format!("{here}/people"));
    let status = match refused {
        Some((_, errors)) => refusal(errors),
        None => StatusCode::OK,
    };
    who.page_with(status, "results/show.html", head, &view)
}

async fn show(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    _: Query<ShowQuery>,
) -> Answer {
    let (code, no) = path.into_inner();
    let shown = read(&who, code, no).await?;
    answer(&who, &shown, None)
}

/// What HR decides about somebody.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Standing {
    decision: String,
    reason: String,
}

async fn decide(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    form: Form<Standing>,
) -> Answer {
    if !who.may(Permission::RunCycles) {
        return Err(Problem::Forbidden);
    }
    let (code, no) = path.into_inner();
    let seen = form.row_version;
    let mut check = form.check();
    let decision = check.choice("decision", &form.sent.decision, Decision::parse);
    let reason = check.required("reason", &form.sent.reason, 1_000);
    let errors = match (check.done(), decision) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("decision", Message::new("field-choice"))),
        (Ok(()), Some(decision)) => {
            let reach = who.reach.clone();
            let (code, no) = (code.clone(), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    conn.lock("cycle")?;
                    let staff = reach::find(conn, &reach, &no)?;
                    let cycle = cycles::find(conn, &code)?;
                    if cycle.state == State::Draft {
                        return Err(Error::Conflict(
                            Message::new("cycle-not-planning").with("code", &code),
                        ));
                    }
                    let found = people::standing(conn, &cycle, staff.id, &no)?;
                    let decided = (decision, reason.as_str());
                    people::decide(conn, &cycle, (&no, &found), decided, seen, actor)?;
                    Ok(format!(
                        "/cycles/{}/people/{}?said=saved",
                        escape(&code),
                        escape(&no)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(said))) if said.key == "form-conflict" => None,
                other => return other,
            }
        }
    };
    let shown = read(&who, code, no).await?;
    answer(&who, &shown, Some((&form, errors.as_ref())))
}
