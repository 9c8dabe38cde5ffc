//! Goals of a team in a cycle, which those of its people may serve.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, may};
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::cycles;
use crate::appraisals::view::team_goals as view;
use crate::error::{Error, Message};
use crate::goals::model::sheet::scaled;
use crate::goals::model::{Aim, Direction, Kpi};
use crate::goals::store::team_goals::{self, Sent};
use crate::i18n::plain;
use crate::people::store::reach;
use crate::web::form::{Check, refusal};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/teams/{team}/goals", web::get().to(show))
        .route("/cycles/{code}/teams/{team}/goals", web::post().to(store));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    /// The number of the goal to be changed.
    edit: Option<i64>,
    said: Option<String>,
}

/// The goals of a team as its page shows them.
struct Known {
    cycle: cycles::Cycle,
    team: crate::people::store::Team,
    goals: Vec<team_goals::TeamGoal>,
    served: std::collections::BTreeMap<i64, i64>,
    may_edit: bool,
}

async fn read(who: &Can<may::ViewTeams>, code: &str, team: &str) -> Result<Known, Problem> {
    let (reach, code, team) = (who.reach.clone(), code.to_string(), team.to_string());
    let agrees = who.reach(Permission::AgreeGoals);
    who.read(move |conn| {
        let found = reach::find_team(conn, &reach, &team)?.team;
        let cycle = cycles::find(conn, &code)?;
        let goals = team_goals::of_teams(conn, cycle.id, &[found.id])?;
        let ids: Vec<i64> = goals.iter().map(|goal| goal.id).collect();
        let may_edit = match &agrees {
            Some(agrees) => reach::find_team(conn, agrees, &team).is_ok(),
            None => false,
        };
        Ok(Known {
            served: team_goals::served_by(conn, &ids)?,
            team: found,
            cycle,
            goals,
            may_edit,
        })
    })
    .await
}

fn page(
    who: &Who,
    known: &Known,
    editing: Option<i64>,
    status: StatusCode,
    with: impl FnOnce(&mut view::TeamPage),
) -> Answer {
    let (goals, served) = (&known.goals, &known.served);
    let may_edit = known.may_edit;
    let mut view = view::team(
        who,
        &known.cycle,
        &known.team,
        goals,
        served,
        editing,
        may_edit,
    );
    with(&mut view);
    let name = who.locale.pick(&known.team.name_zh, &known.team.name_en);
    let code = &known.cycle.code;
    let head = Head::about(who, name, plain(who.locale, "team-goals-title"))
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(code.as_str(), format!("/cycles/{}", escape(code)))
        .under(name, format!("/teams/{}", escape(&known.team.code)));
    who.page_with(status, "goals/team.html", head, &view)
}

async fn show(
    who: Can<may::ViewTeams>,
    path: Path<(String, String)>,
    query: Query<ShowQuery>,
) -> Answer {
    let (code, team) = path.into_inner();
    let known = read(&who, &code, &team).await?;
    page(&who, &known, query.edit, StatusCode::OK, |_| {})
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Typed {
    id: String,
    name: String,
    kpi: String,
    a: String,
    b: String,
    c: String,
    d: String,
}

/// What is aimed at, where a KPI is named.
fn aim(check: &mut Check, sent: &Typed, kpi: &Kpi) -> Option<Aim> {
    let mut mark = |field: &str, text: &str| {
        let value = scaled(text, 6);
        if value.is_none() {
            check.wrong(field, Message::new("goals-no-number"));
        }
        value
    };
    let (a, b, c) = (mark("a", &sent.a), mark("b", &sent.b), mark("c", &sent.c));
    let aim = match kpi.direction {
        Direction::Band => {
            let d = mark("d", &sent.d);
            Aim::Band {
                outer_low_u: a?,
                low_u: b?,
                high_u: c?,
                outer_high_u: d?,
            }
        }
        _ => Aim::Steps {
            threshold_u: a?,
            target_u: b?,
            stretch_u: c?,
        },
    };
    if !aim.is_ordered(kpi.direction) {
        let key = match kpi.direction {
            Direction::Higher => "goals-order-higher",
            Direction::Lower => "goals-order-lower",
            Direction::Band => "goals-order-band",
        };
        check.wrong("a", Message::new(key));
    }
    Some(aim)
}

async fn store(
    who: Can<may::ViewTeams>,
    path: Path<(String, String)>,
    form: Form<Typed>,
) -> Answer {
    let (code, team) = path.into_inner();
    let known = read(&who, &code, &team).await?;
    let Some(agrees) = who.reach(Permission::AgreeGoals).filter(|_| known.may_edit) else {
        return Err(Problem::Forbidden);
    };
    let sent = &form.sent;
    let editing: Option<i64> = match sent.id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Problem::Unreadable)?),
    };
    let mut check = form.check();
    let name = check.required("name", &sent.name, 200);
    let aim = match known.cycle.rules.kpi(&sent.kpi) {
        Some(kpi) => aim(&mut check, sent, kpi).map(|aim| (kpi.code.clone(), aim)),
        None => {
            if !sent.kpi.is_empty() {
                check.wrong("kpi", Message::new("field-choice"));
            }
            None
        }
    };
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (code, team) = (code.clone(), team.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    conn.lock("cycle")?;
                    let found = reach::find_team(conn, &agrees, &team)?.team;
                    let cycle = cycles::find(conn, &code)?;
                    if cycle.state >= State::Calibration {
                        return Err(Error::Conflict(
                            Message::new("goals-not-open").with("code", &code),
                        ));
                    }
                    let new = Sent { name, aim };
                    let cycle = (cycle.id, cycle.code.as_str());
                    let of = (found.id, found.code.as_str());
                    match editing {
                        Some(id) => {
                            team_goals::change(conn, cycle, of, (id, seen), &new, actor)?;
                        }
                        None => team_goals::add(conn, cycle, of, &new, actor)?,
                    }
                    Ok(format!(
                        "{}?said=saved",
                        view::team_goals_href(&code, &team)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                other => return other,
            }
        }
    };
    let known = read(&who, &code, &team).await?;
    let status = refusal(errors.as_ref());
    page(&who, &known, editing, status, |view| {
        let again =
            |stored: crate::web::form::FormView| stored.refused(who.locale, &form, errors.as_ref());
        match editing {
            Some(_) => view.change = view.change.take().map(again),
            None => view.add = view.add.take().map(again),
        }
    })
}
