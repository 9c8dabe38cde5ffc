//! Findings: the registers, one finding, telling one, saying what becomes of it. Here and not in
//! `findings`, because a finding is told in the terms of its measure.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::accounts::store::random_token;
use crate::audit;
use crate::calendar::day_number;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::evidence::model::RowKind;
use crate::evidence::store::lists;
use crate::evidence::view::findings as view;
use crate::findings::model::{
    About, Details, GRADES, Kind, NewFinding, Response, Source, State, Words, code,
};
use crate::findings::store::{self, Filter, Key, Start};
use crate::i18n::plain;
use crate::people::store::person::named;
use crate::people::store::reach;
use crate::web::form::{Check, FieldErrors};
use crate::web::list::{self, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// Rows of an export.
const EXPORTED: i64 = 10_000;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/findings", web::get().to(list))
        .route("/findings.csv", web::get().to(export))
        .route("/findings/new", web::get().to(new_form))
        .route("/findings/new", web::post().to(tell))
        .route("/findings/{id}", web::get().to(show))
        .route("/findings/{id}/edit", web::get().to(edit_form))
        .route("/findings/{id}/edit", web::post().to(reword))
        .route("/findings/{id}/state", web::post().to(decide));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    q: String,
    state: String,
    kind: String,
    /// A cell of the matrix: `3.2`.
    cell: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        let grade = |text: &str| text.parse().ok().filter(|n| (1..=GRADES).contains(n));
        let cell = self.cell.split_once('.');
        Filter {
            state: State::parse(&self.state).unwrap_or(State::Open),
            kind: Kind::parse(&self.kind),
            cell: cell.and_then(|(i, u)| Some((grade(i)?, grade(u)?))),
            q: self.q.trim().to_string(),
        }
    }
}

/// Where the page begins.
fn start(from: &From) -> Start {
    from.read(|(sort, id)| {
        let (importance, urgency) = sort.split_once('.')?;
        Some(Key {
            importance: importance.parse().ok()?,
            urgency: urgency.parse().ok()?,
            id: *id,
        })
    })
}

async fn list(who: Can<may::ViewFindings>, query: Query<ListQuery>) -> Answer {
    let filter = query.filter();
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (reach, at, asked) = (who.reach.clone(), start(&from), filter.clone());
    let (found, matrix) = who
        .read(move |conn| {
            let teams = reach::teams(conn, &reach)?;
            let found = store::page(conn, &reach, &teams, &asked, at, ON_A_PAGE + 1)?;
            let matrix = store::matrix(conn, &reach, &teams, &asked)?;
            Ok((found, matrix))
        })
        .await?;
    let may_edit = who.may(Permission::EditFindings);
    let page = view::list(&who, &filter, Slice::new(found, &from), &matrix, may_edit);
    who.page(
        "findings/list.html",
        Head::of(&who, "findings-title"),
        &page,
    )
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewFindings>, query: Query<ListQuery>) -> Answer {
    let (filter, locale, actor) = (query.filter(), who.locale, who.actor());
    let (reach, zone) = (who.reach.clone(), who.site.settings.zone);
    let csv = who
        .site
        .write(move |conn| {
            let teams = reach::teams(conn, &reach)?;
            let rows = store::page(conn, &reach, &teams, &filter, Start::First, EXPORTED)?;
            let detail = json!({ "rows": rows.len(), "state": filter.state.code() });
            audit::append(conn, &actor, "export", "findings", &detail)?;
            list::csv(view::export(locale, zone, &rows))
        })
        .await?;
    Ok(who.download("findings.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "findings-title"), "/findings")
}

async fn show(who: Can<may::ViewFindings>, id: Path<i64>, _: Query<ListQuery>) -> Answer {
    let (reach, id) = (who.reach.clone(), id.into_inner());
    let (found, owner) = who
        .read(move |conn| {
            let found = store::find(conn, &reach, id)?;
            let owner = owner(conn, found.words.owner_id)?;
            Ok((found, owner))
        })
        .await?;
    let page = view::show(&who, &who.reach, &found, owner.as_ref());
    let title = page.title().to_string();
    who.page("findings/show.html", head(&who, &title), &page)
}

/// Number and names of whoever looks after a finding.
fn owner(conn: &mut Conn, staff_id: Option<i64>) -> Result<Option<store::Named>> {
    match staff_id {
        None => Ok(None),
        Some(id) => Ok(named(conn, &[id])?.remove(&id)),
    }
}

/// What a new finding starts from: a row of evidence, a person, a team, a register.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewQuery {
    kind: String,
    staff: String,
    team: String,
    complaint: String,
    review: String,
}

async fn new_form(who: Can<may::EditFindings>, query: Query<NewQuery>) -> Answer {
    let query = query.into_inner();
    let given = view::Given {
        kind: Kind::parse(&query.kind).filter(|kind| kind.by_hand()),
        staff: query.staff,
        team: query.team,
        complaint: query.complaint,
        review: query.review,
    };
    let view = view::new_form(&who, &given);
    let title = plain(who.locale, "finding-new");
    who.page("web/form.html", head(&who, title), &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    kind: String,
    title: String,
    body: String,
    staff: String,
    team: String,
    importance: String,
    urgency: String,
    likelihood: String,
    response: String,
    owner: String,
    complaint: String,
    review: String,
}

/// What was typed, as far as it can be checked without the database.
fn words(check: &mut Check, sent: &Sent, kind: Option<Kind>) -> Words {
    let risk = kind == Some(Kind::Risk);
    let grade = |check: &mut Check, field: &str, value: &str| {
        check.whole(field, value, 1, i64::from(GRADES)) as i32
    };
    Words {
        title: Some(check.required("title", &sent.title, 200)),
        body: check.optional("body", &sent.body, 4_000),
        importance: grade(check, "importance", &sent.importance),
        urgency: grade(check, "urgency", &sent.urgency),
        likelihood: risk.then(|| grade(check, "likelihood", &sent.likelihood)),
        response: match (risk, sent.response.as_str()) {
            (true, code) => check.choice("response", code, Response::parse),
            (false, _) => None,
        },
        owner_id: None,
    }
}

/// A problem of one field that only the database knows.
struct Wrong(&'static str);

/// Whoever is named as looking after it; only people the reader knows of.
fn owner_id(conn: &mut Conn, people: &Reach, no: &str) -> Result<Option<i64>> {
    match no.trim() {
        "" => Ok(None),
        no => Ok(Some(reach::find(conn, people, no)?.id)),
    }
}

/// About whom it is; a row of evidence must be the reader's to see.
fn subject(
    conn: &mut Conn,
    reach: &Reach,
    sent: &Sent,
) -> Result<std::result::Result<(About, Source), Wrong>> {
    let mut evidence = Source::default();
    for (kind, typed) in [
        (RowKind::Complaint, &sent.complaint),
        (RowKind::Review, &sent.review),
    ] {
        let Ok(id) = typed.parse() else {
            continue;
        };
        lists::find(conn, reach, kind, id)?;
        match kind {
            RowKind::Complaint => evidence.complaint_id = Some(id),
            _ => evidence.quality_review_id = Some(id),
        }
    }
    let about = match (sent.staff.trim(), sent.team.trim()) {
        ("", "") if reach.is_everyone() => About::Company,
        ("", "") => return Ok(Err(Wrong("staff"))),
        ("", team) => match reach::find_team(conn, reach, team) {
            Ok(found) => About::Team(found.team.id),
            Err(Error::NotFound(_)) => return Ok(Err(Wrong("team"))),
            Err(e) => return Err(e),
        },
        (no, _) => match reach::find(conn, reach, no) {
            Ok(found) => About::Person(found.id),
            Err(Error::NotFound(_)) => return Ok(Err(Wrong("staff"))),
            Err(e) => return Err(e),
        },
    };
    Ok(Ok((about, evidence)))
}

/// Those whom the asker knows of by name, for choosing who looks after something.
fn people(who: &Who) -> std::result::Result<Reach, Problem> {
    who.reach(Permission::ViewPeople).ok_or(Problem::Forbidden)
}

/// Finds whoever is to look after it, or notes that there is no such person.
async fn named_owner(
    who: &Who,
    check: &mut Check,
    no: &str,
) -> std::result::Result<Option<i64>, Problem> {
    let (people, no) = (people(who)?, no.to_string());
    match who.read(move |conn| owner_id(conn, &people, &no)).await {
        Ok(id) => Ok(id),
        Err(Problem::Failed(Error::NotFound(message))) => {
            check.wrong("owner", message);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn tell(who: Can<may::EditFindings>, form: Form<Sent>) -> Answer {
    let mut check = form.check();
    let kind = check.choice("kind", &form.sent.kind, |code| {
        Kind::parse(code).filter(|kind| kind.by_hand())
    });
    let mut words = words(&mut check, &form.sent, kind);
    words.owner_id = named_owner(&who, &mut check, &form.sent.owner).await?;
    let reach = who.reach.clone();
    let sent = Sent {
        staff: form.sent.staff.clone(),
        team: form.sent.team.clone(),
        complaint: form.sent.complaint.clone(),
        review: form.sent.review.clone(),
        ..Sent::default()
    };
    let found = who.read(move |conn| subject(conn, &reach, &sent)).await?;
    if let Err(Wrong(field)) = &found {
        check.wrong(field, Message::new("finding-about-unknown"));
    }
    let errors = match (check.done(), kind, found) {
        (Ok(()), Some(kind), Ok((about, evidence))) => {
            let new = NewFinding {
                kind,
                measure: String::new(),
                about,
                day: day_number(who.site.today()),
                details: Details::Told,
                words,
                evidence,
                dedupe_key: format!("told:{}", random_token()),
            };
            return who
                .once(&form.once, move |conn, actor| {
                    let id = store::tell(conn, &new, actor)?;
                    Ok(format!("/findings/{id}?said=finding-told"))
                })
                .await;
        }
        (Err(errors), ..) => errors,
        (Ok(()), ..) => FieldErrors::one("kind", Message::new("field-choice")),
    };
    let view = view::new_form(&who, &view::Given::default()).again(who.locale, &form, &errors);
    let title = plain(who.locale, "finding-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "web/form.html",
        head(&who, title),
        &view,
    )
}

fn edit_head(who: &Who, id: i64) -> Head<'static> {
    Head::about(who, &code(id), plain(who.locale, "finding-edit"))
        .under(plain(who.locale, "findings-title"), "/findings")
        .under(code(id), format!("/findings/{id}"))
}

/// The form of a finding as it is stored now.
async fn stored_form(
    who: &Can<may::EditFindings>,
    id: i64,
) -> std::result::Result<(Kind, view::FormPage), Problem> {
    let reach = who.reach.clone();
    let (found, owner) = who
        .read(move |conn| {
            let found = store::find(conn, &reach, id)?;
            let owner = owner(conn, found.words.owner_id)?;
            Ok((found, owner))
        })
        .await?;
    Ok((found.kind, view::edit_form(who, &found, owner.as_ref())))
}

async fn edit_form(who: Can<may::EditFindings>, id: Path<i64>) -> Answer {
    let (_, view) = stored_form(&who, *id).await?;
    who.page("web/form.html", edit_head(&who, *id), &view)
}

async fn reword(who: Can<may::EditFindings>, id: Path<i64>, form: Form<Sent>) -> Answer {
    let id = id.into_inner();
    let (kind, stored) = stored_form(&who, id).await?;
    let mut check = form.check();
    let mut words = words(&mut check, &form.sent, Some(kind));
    words.owner_id = named_owner(&who, &mut check, &form.sent.owner).await?;
    let (status, view) = match check.done() {
        Err(errors) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            stored.again(who.locale, &form, &errors),
        ),
        Ok(()) => {
            let (reach, seen) = (who.reach.clone(), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::reword(conn, &reach, id, seen, &words, actor)?;
                    Ok(format!("/findings/{id}?said=saved"))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => {
                    (StatusCode::CONFLICT, stored.conflict(who.locale, &form))
                }
                other => return other,
            }
        }
    };
    who.page_with(status, "web/form.html", edit_head(&who, id), &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    state: String,
}

async fn decide(who: Can<may::EditFindings>, path: Path<i64>, form: Form<Decision>) -> Answer {
    let (id, version, reach) = (path.into_inner(), form.row_version, who.reach.clone());
    let next = State::parse(&form.sent.state)
        .ok_or_else(|| Error::invalid(Message::new("finding-state-impossible")))?;
    who.once(&form.once, move |conn, actor| {
        store::decide(conn, &reach, id, version, next, actor)?;
        Ok("/findings?said=finding-decided".to_owned())
    })
    .await
}
