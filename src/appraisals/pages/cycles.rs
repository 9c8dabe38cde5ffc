//! Cycles: the list, a new one, the board with its steps, deadlines and who is awaited, the people.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::board;
use crate::appraisals::store::cycles;
use crate::appraisals::store::people::{self, Filter, Missing};
use crate::appraisals::store::{reviews, sheets, templates};
use crate::appraisals::view::cycles::{self as view, Board};
use crate::audit;
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles", web::get().to(list))
        .route("/cycles.csv", web::get().to(export))
        .route("/cycles/new", web::get().to(new_form))
        .route("/cycles/new", web::post().to(create))
        .route("/cycles/{code}", web::get().to(show))
        .route("/cycles/{code}/step", web::post().to(advance))
        .route("/cycles/{code}/deadlines", web::post().to(set_deadlines))
        .route("/cycles/{code}/plan", web::post().to(plan))
        .route("/cycles/{code}/people", web::get().to(list_people))
        .route("/cycles/{code}/people.csv", web::get().to(export_people));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn list(who: Can<may::ViewCycles>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.read(|(key, id)| Some((key.parse::<NaiveDate>().ok()?, *id)));
    let (found, counted, people, due) = who
        .read(move |conn| {
            let found = board::page(conn, start, ON_A_PAGE + 1)?;
            let ids: Vec<i64> = found.iter().map(|c| c.id).collect();
            let people = board::head_counts(conn, &ids)?;
            let due = board::deadlines(conn, &ids)?;
            Ok((found, board::count(conn)?, people, due))
        })
        .await?;
    let view = view::list(&who, Slice::new(found, &from), counted, &people, &due);
    who.page("cycles/list.html", Head::of(&who, "cycles-title"), &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewCycles>) -> Answer {
    let (locale, actor) = (who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let rows = board::page(conn, board::Start::First, i64::MAX)?;
            let ids: Vec<i64> = rows.iter().map(|c| c.id).collect();
            let people = board::head_counts(conn, &ids)?;
            audit::append(
                conn,
                &actor,
                "export",
                "cycles",
                &json!({ "rows": rows.len() }),
            )?;
            list::csv(view::export(locale, &rows, &people))
        })
        .await?;
    Ok(who.download("cycles.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "cycles-title"), "/cycles")
}

async fn new_form(who: Can<may::RunCycles>) -> Answer {
    let codes = who.read(templates::codes).await?;
    let view = view::new_cycle(&who, &codes);
    let title = plain(who.locale, "cycle-new");
    who.page("cycles/new.html", head(&who, title), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct New {
    quarter: String,
    template: String,
}

async fn create(who: Can<may::RunCycles>, form: Form<New>) -> Answer {
    let mut check = form.check();
    let code = check.required("quarter", &form.sent.quarter, 10);
    let template = check.required("template", &form.sent.template, 64);
    if !code.is_empty() && code.parse::<Quarter>().is_err() {
        check.wrong(
            "quarter",
            Message::new("cycle-bad-code").with("code", &code),
        );
    }
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let template = templates::find(conn, &template)?;
                    cycles::create(conn, &code, &template.body, actor)?;
                    Ok(format!("/cycles/{}?said=cycle-made", escape(&code)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("quarter", m),
                Err(Problem::Failed(Error::NotFound(m))) => FieldErrors::one("template", m),
                Err(Problem::Failed(Error::Invalid(all))) => FieldErrors::one(
                    "template",
                    all.into_iter()
                        .next()
                        .unwrap_or(Message::new("field-choice")),
                ),
                other => return other,
            }
        }
    };
    let codes = who.read(templates::codes).await?;
    let view = view::new_cycle(&who, &codes).again(who.locale, &form, &errors);
    let title = plain(who.locale, "cycle-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "cycles/new.html",
        head(&who, title),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct BoardQuery {
    /// The number after which those who are awaited are listed.
    after: String,
    said: Option<String>,
}

/// Reads the board; who is awaited by name only for those who may see everybody's goal sheets.
fn read_board(conn: &mut Conn, code: &str, after: &str, names: bool) -> Result<Board> {
    let cycle = cycles::find(conn, code)?;
    let steps = cycles::steps(conn, &cycle)?;
    let due = board::deadlines(conn, &[cycle.id])?;
    let progress = board::progress(conn, &cycle)?;
    let mut lacks = Vec::new();
    // The next step that asks for something is the one that people are awaited for.
    let next = cycle
        .state
        .steps_to(State::Closed)
        .into_iter()
        .find_map(|step| Some((step, cycles::wanted_for(&cycle, step)?)));
    if let Some((step, lack)) = next {
        let count = sheets::count_lacking(conn, &cycle, lack)?;
        let people = if names && count > 0 {
            sheets::lacking(conn, &cycle, lack, after, ON_A_PAGE + 1)?
        } else {
            Vec::new()
        };
        lacks.push(view::Lacking {
            step,
            lack,
            count,
            people,
        });
    }
    Ok(Board {
        due: due
            .into_iter()
            .map(|((_, state), day)| (state, day))
            .collect(),
        cycle,
        steps,
        progress,
        lacks,
    })
}

/// Whether a reader sees by name who is awaited: only whoever may see every goal sheet.
fn sees_names(who: &Who) -> bool {
    who.reach(Permission::ViewResults)
        .is_some_and(|reach| reach.is_everyone())
}

async fn board_of(who: &Who, code: String, after: String) -> Result<Board, Problem> {
    let names = sees_names(who);
    who.read(move |conn| read_board(conn, &code, &after, names))
        .await
}

async fn show(who: Can<may::ViewCycles>, code: Path<String>, query: Query<BoardQuery>) -> Answer {
    let board = board_of(&who, code.into_inner(), query.after.clone()).await?;
    let view = view::board(&who, &board);
    who.page("cycles/show.html", head(&who, &board.cycle.code), &view)
}

/// The board again, with one of its forms refused.
async fn again(
    who: &Who,
    code: String,
    status: StatusCode,
    with: impl FnOnce(&mut view::BoardView),
) -> Answer {
    let board = board_of(who, code, String::new()).await?;
    let mut view = view::board(who, &board);
    with(&mut view);
    who.page_with(
        status,
        "cycles/show.html",
        head(who, &board.cycle.code),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Advance {
    to: String,
    reason: String,
    force: String,
}

async fn advance(who: Can<may::RunCycles>, code: Path<String>, form: Form<Advance>) -> Answer {
    let code = code.into_inner();
    let mut check = form.check();
    let goal = check.choice("to", &form.sent.to, State::parse);
    let reason = check.required("reason", &form.sent.reason, 1_000);
    let force = !form.sent.force.is_empty();
    let seen = form.row_version;
    let errors = match (check.done(), goal) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("to", Message::new("field-choice"))),
        (Ok(()), Some(goal)) => {
            let wanted = code.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    // Of two who step at once, the second sees that the first did.
                    conn.lock("cycle")?;
                    if cycles::find(conn, &wanted)?.row_version != seen {
                        return Err(Error::Conflict(Message::new("form-conflict")));
                    }
                    cycles::advance(conn, &wanted, goal, &reason, force, actor)?;
                    Ok(format!("/cycles/{}?said=cycle-stepped", escape(&wanted)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => match m.key {
                    "cycle-agreement-missing"
                    | "cycle-check-ins-missing"
                    | "cycle-review-missing"
                    | "cycle-calibration-open"
                    | "cycle-appeals-open"
                    | "cycle-feedback-owing" => {
                        Some(FieldErrors::one("force", Message::new("board-needs-force")))
                    }
                    "cycle-not-ahead" => Some(FieldErrors::one("to", m)),
                    _ => None,
                },
                other => return other,
            }
        }
    };
    let status = refusal(errors.as_ref());
    again(&who, code, status, |view| {
        view.advance = view
            .advance
            .take()
            .map(|f| f.refused(who.locale, &form, errors.as_ref()));
    })
    .await
}

/// A day for each state that is left; the last one has none.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Deadlines {
    due_draft: String,
    due_goal_setting: String,
    due_tracking: String,
    due_evaluation: String,
    due_calibration: String,
    due_feedback: String,
}

async fn set_deadlines(
    who: Can<may::RunCycles>,
    code: Path<String>,
    form: Form<Deadlines>,
) -> Answer {
    let code = code.into_inner();
    let sent = &form.sent;
    let typed = [
        &sent.due_draft,
        &sent.due_goal_setting,
        &sent.due_tracking,
        &sent.due_evaluation,
        &sent.due_calibration,
        &sent.due_feedback,
    ];
    let mut check = form.check();
    let mut due: Vec<(State, NaiveDate)> = Vec::new();
    for (state, text) in State::ALL.into_iter().zip(typed) {
        let field = view::due_field(state);
        let Some(day) = check.date(&field, text) else {
            continue;
        };
        match due.last() {
            Some((_, before)) if day < *before => {
                let order = Message::new("deadline-order").with("day", before);
                check.wrong(&field, order);
            }
            _ => due.push((state, day)),
        }
    }
    let seen = form.row_version;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let wanted = code.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    conn.lock("cycle")?;
                    let cycle = cycles::find(conn, &wanted)?;
                    board::set_deadlines(conn, &cycle, &due, seen, actor)?;
                    Ok(format!("/cycles/{}?said=saved", escape(&wanted)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let status = refusal(errors.as_ref());
    again(&who, code, status, |view| {
        view.deadlines = view
            .deadlines
            .take()
            .map(|f| f.refused(who.locale, &form, errors.as_ref()));
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Takes in whoever has come or moved since goals were set.
async fn plan(who: Can<may::RunCycles>, code: Path<String>, form: Form<Nothing>) -> Answer {
    let code = code.into_inner();
    who.once(&form.once, move |conn, actor| {
        conn.lock("cycle")?;
        let cycle = cycles::find(conn, &code)?;
        if cycle.state == State::Draft || cycle.state.is_frozen() {
            return Err(Error::Conflict(
                Message::new("cycle-not-planning").with("code", &code),
            ));
        }
        sheets::plan(conn, &cycle)?;
        if cycle.state == State::Evaluation {
            reviews::seats::open(conn, &cycle)?;
        }
        audit::append(conn, actor, "cycle.plan", &code, &json!({}))?;
        Ok(format!("/cycles/{}?said=cycle-planned", escape(&code)))
    })
    .await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct PeopleQuery {
    q: String,
    team: String,
    grade: String,
    missing: String,
    sort: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl PeopleQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            team: self.team.trim().to_string(),
            grade: self.grade.clone(),
            missing: Missing::parse(&self.missing),
            by_total: self.sort == "total",
        }
    }
}

async fn list_people(
    who: Can<may::ViewResults>,
    code: Path<String>,
    query: Query<PeopleQuery>,
) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.clone();
    let (filter, reach, code) = (query.filter(), who.reach.clone(), code.into_inner());
    let (cycle, filter, found, counted, open) = who
        .read(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let found = people::page(conn, &reach, &cycle, &filter, &start, ON_A_PAGE + 1)?;
            let count = || people::count(conn, &reach, &cycle, &filter, COUNTED);
            let counted = list::counted(&found, &start, count)?;
            let sheets: Vec<i64> = found.iter().filter_map(|row| row.sheet_id).collect();
            let open = people::not_agreed_of(conn, &sheets)?;
            Ok((cycle, filter, found, counted, open))
        })
        .await?;
    let view = view::people(
        &who,
        &cycle,
        &filter,
        Slice::new(found, &from),
        counted,
        &open,
    );
    let part = plain(who.locale, "cycle-people");
    let head = Head::about(&who, &cycle.code, part)
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(
            cycle.code.clone(),
            format!("/cycles/{}", escape(&cycle.code)),
        );
    who.page("cycles/people.html", head, &view)
}

/// The rows of the list as a file.
async fn export_people(
    who: Can<may::ViewResults>,
    code: Path<String>,
    query: Query<PeopleQuery>,
) -> Answer {
    let (filter, reach, code) = (query.filter(), who.reach.clone(), code.into_inner());
    let (locale, actor) = (who.locale, who.actor());
    let me = who.reach.me();
    let csv = who
        .site
        .write(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let first = From::First;
            let rows = people::page(conn, &reach, &cycle, &filter, &first, i64::MAX)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", &format!("{code}/people"), &detail)?;
            list::csv(view::export_people(locale, me, &rows))
        })
        .await?;
    Ok(who.download("cycle-people.csv", "text/csv; charset=utf-8", csv))
}
