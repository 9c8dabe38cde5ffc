//! The board of an opening and the list of its applications; a step with many of them at once.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::{self, plain};
use crate::recruitment::model::application::Step;
use crate::recruitment::model::codes::{ApplicationState, Reason};
use crate::recruitment::store::board::{self as store, Card, Filter, Opening, Start};
use crate::recruitment::store::candidates::Scope;
use crate::recruitment::store::moves;
use crate::recruitment::store::reading::{self, Stage, missing};
use crate::recruitment::view::board::{self as view, Of, Typed, board_href};
use crate::web::list::{self, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// Longest note of a step, in characters.
const NOTE: usize = 2_000;

/// The routes of the board.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/openings/{code}/board", web::get().to(board))
        .route("/openings/{code}/applications", web::get().to(table))
        .route("/openings/{code}/applications", web::post().to(act))
        .route("/openings/{code}/applications.csv", web::get().to(export));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    state: String,
    stage: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

fn filter(state: &str, stage: &str, me: Option<i64>) -> Filter {
    Filter {
        state: ApplicationState::parse(state).unwrap_or(ApplicationState::Active),
        stage_id: stage.parse().ok(),
        me: me.unwrap_or_default(),
    }
}

/// What every page here begins with.
struct Read {
    scope: Scope,
    opening: Opening,
    stages: Vec<Stage>,
}

fn read(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Read> {
    let opening = store::opening(conn, reach, code)?;
    let blind = match reach.me() {
        Some(me) => crate::recruitment::store::candidates::blind(conn, me)?,
        None => Default::default(),
    };
    Ok(Read {
        // Reach was asked when the opening was found.
        scope: Scope {
            me: reach.me().unwrap_or_default(),
            openings: None,
            blind,
        },
        stages: reading::stages(conn, opening.id)?,
        opening,
    })
}

fn head<'a>(who: &Who, read: &Read, key: &'static str) -> Head<'a> {
    let title = view::title(who, &read.opening);
    let code = &read.opening.named.0;
    Head::about(who, &title, plain(who.locale, key))
        .under(plain(who.locale, "openings-title"), "/openings")
        .under(
            title.clone(),
            format!("/openings/{}", crate::web::site::escape(code)),
        )
}

fn of<'a>(read: &'a Read, typed: &'a Typed, manages: bool) -> Of<'a> {
    Of {
        scope: &read.scope,
        opening: &read.opening,
        stages: &read.stages,
        manages,
        typed,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

async fn board(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    let reach = who.reach.clone();
    let (read, counts, columns) = who
        .read(move |conn| {
            let read = read(conn, &reach, &code)?;
            let counts = store::counts(conn, read.opening.id, read.scope.me)?;
            let filled = counts
                .keys()
                .filter(|(state, _)| *state == ApplicationState::Active);
            let stages: Vec<i64> = filled.map(|(_, stage)| *stage).collect();
            let columns = store::columns(conn, read.opening.id, &stages, read.scope.me)?;
            Ok((read, counts, columns))
        })
        .await?;
    let (typed, manages) = (Typed::default(), who.may(Permission::ManageCandidates));
    let page = view::board(&who, of(&read, &typed, manages), &counts, &columns);
    who.page(
        "recruitment/board.html",
        head(&who, &read, "board-title"),
        &page,
    )
}

/// The key of a page: when somebody applied.
fn start(from: &From) -> Start {
    from.read(|(at, id)| {
        let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S").ok()?;
        Some((at, *id))
    })
}

/// A page of the list.
struct Listed {
    read: Read,
    rows: Vec<Card>,
    counted: i64,
}

fn listed(
    conn: &mut Conn,
    reach: &Reach,
    code: &str,
    filter: Filter,
    from: &From,
) -> Result<Listed> {
    let read = read(conn, reach, code)?;
    let rows = store::page(conn, read.opening.id, filter, &start(from), ON_A_PAGE + 1)?;
    let counted = store::counts(conn, read.opening.id, read.scope.me)?
        .into_iter()
        .filter(|((state, stage), _)| {
            *state == filter.state && filter.stage_id.is_none_or(|id| id == *stage)
        })
        .map(|(_, n)| n)
        .sum();
    Ok(Listed {
        read,
        rows,
        counted,
    })
}

fn table_page(
    who: &Who,
    status: StatusCode,
    listed: Listed,
    filter: Filter,
    from: &From,
    typed: &Typed,
) -> Answer {
    let slice = Slice::new(listed.rows, from);
    let of = of(&listed.read, typed, who.may(Permission::ManageCandidates));
    let page = view::table(who, of, filter, &slice, listed.counted);
    let head = head(who, &listed.read, "board-list-title");
    who.page_with(status, "recruitment/applications.html", head, &page)
}

async fn table(
    who: Can<may::ViewRecruitment>,
    code: Path<String>,
    query: Query<ListQuery>,
) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let filter = filter(&query.state, &query.stage, who.reach.me());
    let (reach, at) = (who.reach.clone(), from.clone());
    let listed = who
        .read(move |conn| listed(conn, &reach, &code, filter, &at))
        .await?;
    table_page(
        &who,
        StatusCode::OK,
        listed,
        filter,
        &from,
        &Typed::default(),
    )
}

/// The rows of the list as a file.
async fn export(
    who: Can<may::ViewRecruitment>,
    code: Path<String>,
    query: Query<ListQuery>,
) -> Answer {
    let filter = filter(&query.state, &query.stage, who.reach.me());
    let (reach, actor) = (who.reach.clone(), who.actor());
    let (read, rows) = who
        .site
        .write(move |conn| {
            let read = read(conn, &reach, &code)?;
            let rows = store::page(conn, read.opening.id, filter, &Start::First, i64::MAX)?;
            let detail = json!({ "rows": rows.len(), "opening": read.opening.named.0 });
            audit::append(conn, &actor, "export", "applications", &detail)?;
            Ok((read, rows))
        })
        .await?;
    let csv = list::csv(view::export(&who, &read.scope, &read.stages, &rows))?;
    let name = format!("applications-{}.csv", read.opening.named.0);
    Ok(who.download(&name, "text/csv; charset=utf-8", csv))
}

/// What a step with many was asked for.
#[derive(Default)]
struct Asked {
    action: String,
    state: String,
    of_stage: String,
    /// How many the list had when all of them were chosen.
    counted: i64,
    typed: Typed,
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> std::result::Result<Asked, Problem> {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            match name.as_str() {
                "action" => asked.action.clone_from(value),
                "state" => asked.state.clone_from(value),
                "of_stage" => asked.of_stage.clone_from(value),
                "counted" => asked.counted = value.parse().map_err(|_| Problem::Unreadable)?,
                "all" => asked.typed.all = value == "yes",
                "stage" => asked.typed.stage.clone_from(value),
                "reason" => asked.typed.reason.clone_from(value),
                "note" => asked.typed.note.clone_from(value),
                "selected" => asked.typed.selected.push(value.clone()),
                _ => return Err(Problem::Unreadable),
            }
        }
        Ok(asked)
    }

    /// The codes chosen, each with the version it was seen in.
    fn chosen(&self) -> std::result::Result<Vec<(String, i32)>, Problem> {
        let one = |value: &String| {
            let (code, version) = value.split_once(':')?;
            Some((code.to_string(), version.parse().ok()?))
        };
        let chosen: Option<Vec<_>> = self.typed.selected.iter().map(one).collect();
        chosen.ok_or(Problem::Unreadable)
    }
}

async fn act(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Answer {
    let code = code.into_inner();
    let mut asked = Asked::read(&form.sent)?;
    let chosen = asked.chosen()?;
    let filter = filter(&asked.state, &asked.of_stage, who.reach.me());
    let mut check = form.check();
    let note = check
        .optional("note", &asked.typed.note, NOTE)
        .unwrap_or_default();
    if chosen.is_empty() && !asked.typed.all {
        check.wrong("selected", Message::new("board-none-chosen"));
    }
    let step = match asked.action.as_str() {
        "move" => check
            .choice("stage", &asked.typed.stage, |id| id.parse().ok())
            .map(Step::ToStage),
        "reject" => check
            .choice("reason", &asked.typed.reason, Reason::parse)
            .map(|reason| Step::Reject { reason, note }),
        "reopen" => Some(Step::Reopen { reason: note }),
        _ => return Err(Problem::Unreadable),
    };
    let (status, messages) = match (check.done(), step) {
        (Err(errors), _) => (StatusCode::UNPROCESSABLE_ENTITY, errors.messages()),
        (Ok(()), None) => return Err(Problem::Unreadable),
        (Ok(()), Some(step)) => {
            let (reach, wanted) = (who.reach.clone(), code.clone());
            let all = asked.typed.all.then_some(asked.counted);
            let done = who
                .once(&form.once, move |conn, actor| {
                    let opening = store::opening(conn, &reach, &wanted)?;
                    let ids = numbers(conn, opening.id, filter, all, &chosen)?;
                    moves::step(conn, &ids, &step, actor)?;
                    Ok(format!("{}?said=board-done", board_href(&wanted)))
                })
                .await;
            match done {
                Err(Problem::Failed(Error::Conflict(message))) => {
                    (StatusCode::CONFLICT, vec![message])
                }
                Err(Problem::Failed(Error::Invalid(messages))) => {
                    (StatusCode::UNPROCESSABLE_ENTITY, messages)
                }
                other => return other,
            }
        }
    };
    asked.typed.refused = messages
        .iter()
        .map(|message| i18n::message(who.locale, message))
        .collect();
    let (reach, wanted) = (who.reach.clone(), code.clone());
    let listed = who
        .read(move |conn| listed(conn, &reach, &wanted, filter, &From::First))
        .await?;
    table_page(&who, status, listed, filter, &From::First, &asked.typed)
}

/// The numbers of those meant: all of a list that still has as many as were seen, or those chosen, which nobody has
/// changed since.
fn numbers(
    conn: &mut Conn,
    opening_id: i64,
    filter: Filter,
    all: Option<i64>,
    chosen: &[(String, i32)],
) -> Result<Vec<i64>> {
    if let Some(seen) = all {
        let ids = store::all(conn, opening_id, filter)?;
        if ids.len() as i64 != seen {
            return Err(Error::Conflict(Message::new("board-list-changed")));
        }
        return Ok(ids);
    }
    let codes: Vec<String> = chosen.iter().map(|(code, _)| code.clone()).collect();
    let known = store::chosen(conn, opening_id, &codes, filter.me)?;
    let seen: Vec<(i64, i32)> = chosen
        .iter()
        .map(|(code, version)| {
            known
                .get(code)
                .map(|id| (*id, *version))
                .ok_or_else(|| missing(code))
        })
        .collect::<Result<_>>()?;
    moves::unchanged(conn, &seen)?;
    Ok(seen.into_iter().map(|(id, _)| id).collect())
}
