//! Notes about people: check-ins with how far each goal is, coaching, praise, incidents. Who is above somebody reads
//! and writes them all; HR and the person themselves those that are shared.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::goals::model::note::{NoteKind, Progress, evidence_codes};
use crate::goals::model::sheet::scaled;
use crate::goals::store::notes::{self, Note, Sent, Sight, Tracked};
use crate::goals::view::notes::{self as view, Asked};
use crate::i18n::plain;
use crate::people::store::{Staff, reach};
use crate::people::view::FormPage;
use crate::web::form::{Check, FieldErrors, FormView, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/people/{no}/notes", web::get().to(list))
        .route("/people/{no}/notes.csv", web::get().to(export))
        .route("/people/{no}/notes/new", web::get().to(new_form))
        .route("/people/{no}/notes/new", web::post().to(add))
        .route("/people/{no}/notes/{id}/edit", web::get().to(edit_form))
        .route("/people/{no}/notes/{id}/edit", web::post().to(change));
}

/// What a reader is to the person whose notes are asked for.
#[derive(Clone)]
struct Reader {
    reach: Reach,
    leads: bool,
}

impl Reader {
    fn of(who: &Can<may::KeepNotes>) -> Reader {
        Reader {
            reach: who.reach.clone(),
            leads: who.account.leads,
        }
    }

    /// The person, and what of the notes about them the reader sees: all only of those below oneself.
    fn find(&self, conn: &mut Conn, no: &str) -> Result<(Staff, Sight)> {
        let staff = reach::find(conn, &self.reach, no)?;
        let today = self.reach.day();
        let day = (today, today.succ_opt().unwrap_or(today));
        let above = match self.reach.me() {
            Some(me) if me != staff.id && self.leads => reach::is_below(conn, me, staff.id, day)?,
            _ => false,
        };
        let sight = if above { Sight::All } else { Sight::Shared };
        Ok((staff, sight))
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    kind: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn list(who: Can<may::KeepNotes>, no: Path<String>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.read(|(day, id)| Some((day.parse().ok()?, *id)));
    let kind = NoteKind::parse(&query.kind);
    let (reader, no) = (Reader::of(&who), no.into_inner());
    let (staff, sight, slice, counted, resolved) = who
        .read(move |conn| {
            let (staff, sight) = reader.find(conn, &no)?;
            let found = notes::page(conn, staff.id, sight, kind, start, ON_A_PAGE + 1)?;
            let counted = list::counted(&found, &from, || {
                notes::count(conn, staff.id, sight, kind, COUNTED + 1)
            })?;
            let slice = Slice::new(found, &from);
            let codes: Vec<String> = slice
                .rows
                .iter()
                .flat_map(|note: &Note| evidence_codes(&note.evidence))
                .collect();
            let resolved = notes::resolve(conn, staff.id, &codes)?;
            Ok((staff, sight, slice, counted, resolved))
        })
        .await?;
    let view = view::list(&who, &staff, sight, kind, slice, counted, &resolved);
    who.page("goals/notes.html", head(&who, &staff, None), &view)
}

async fn export(who: Can<may::KeepNotes>, no: Path<String>, query: Query<ListQuery>) -> Answer {
    let (reader, no, locale) = (Reader::of(&who), no.into_inner(), who.locale);
    let (kind, actor) = (NoteKind::parse(&query.kind), who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let (staff, sight) = reader.find(conn, &no)?;
            let first = notes::Start::First;
            let rows = notes::page(conn, staff.id, sight, kind, first, i64::MAX)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", &format!("{no}/notes"), &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("notes.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, staff: &'a Staff, part: Option<NoteKind>) -> Head<'a> {
    let name = who.locale.pick(&staff.name, &staff.name_en);
    let notes = plain(who.locale, "notes-title");
    let person = format!("/people/{}", escape(&staff.employee_no));
    match part {
        None => Head::about(who, name, notes).under(name, person),
        Some(kind) => Head::about(who, name, view::kind_name(who.locale, kind))
            .under(name, person)
            .under(notes, view::notes_href(&staff.employee_no)),
    }
}

/// Everything the form of a note is made of.
struct Known {
    staff: Staff,
    kind: NoteKind,
    tracked: Option<Tracked>,
    sight: Sight,
    note: Option<Note>,
}

impl Known {
    fn form(&self, who: &Who) -> FormView {
        let asked = Asked {
            staff: &self.staff,
            kind: self.kind,
            tracked: self.tracked.as_ref(),
            may_hide: self.sight == Sight::All,
            note: self.note.as_ref(),
        };
        view::form(who, &asked)
    }
}

/// Reads what the form of a new note of a kind, or of the note of a number, is made of.
async fn read(
    who: &Can<may::KeepNotes>,
    no: &str,
    kind: &str,
    id: Option<i64>,
) -> Result<Known, Problem> {
    let (reader, no) = (Reader::of(who), no.to_string());
    let kind = NoteKind::parse(kind);
    let known = who
        .read(move |conn| {
            let (staff, sight) = reader.find(conn, &no)?;
            let note = match id {
                Some(id) => Some(notes::find(conn, staff.id, sight, id)?),
                None => None,
            };
            let stored = note.as_ref().and_then(|note| NoteKind::parse(&note.kind));
            let kind = stored.or(kind).unwrap_or(NoteKind::CheckIn);
            let tracked = match kind {
                NoteKind::CheckIn => notes::tracked(conn, staff.id)?,
                _ => None,
            };
            Ok(Known {
                staff,
                kind,
                tracked,
                sight,
                note,
            })
        })
        .await?;
    let own = who.account.staff_id == Some(known.staff.id);
    let may_change = known
        .note
        .as_ref()
        .is_none_or(|note| view::may_change(who, note));
    // Of oneself one keeps check-ins alone; and what somebody else wrote, or wrote before today, stays.
    if !view::writable(own).contains(&known.kind) || !may_change {
        return Err(Problem::Forbidden);
    }
    Ok(known)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewQuery {
    kind: String,
}

async fn new_form(who: Can<may::KeepNotes>, no: Path<String>, query: Query<NewQuery>) -> Answer {
    let known = read(&who, &no, &query.kind, None).await?;
    page(&who, &known, StatusCode::OK, known.form(&who))
}

async fn edit_form(who: Can<may::KeepNotes>, path: Path<(String, i64)>) -> Answer {
    let (no, id) = path.into_inner();
    let known = read(&who, &no, "", Some(id)).await?;
    page(&who, &known, StatusCode::OK, known.form(&who))
}

fn page(who: &Who, known: &Known, status: StatusCode, form: FormView) -> Answer {
    let head = head(who, &known.staff, Some(known.kind));
    let view = FormPage { lede: None, form };
    who.page_with(status, "web/form.html", head, &view)
}

/// What was typed; what is wrong with it stands beside its field. One form holds the note and how far each goal is.
fn typed(
    who: &Who,
    check: &mut Check,
    sent: &[(String, String)],
    known: &Known,
) -> Result<Option<Sent>, Problem> {
    let goals = known.tracked.as_ref().map_or(&[][..], |t| &t.goals);
    let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in sent {
        let is_goal = (0..goals.len()).any(|at| view::progress_field(at) == *name);
        let is_known = matches!(
            name.as_str(),
            "kind" | "day" | "body" | "evidence" | "shared"
        );
        if !(is_goal || is_known) || fields.insert(name, value).is_some() {
            return Err(Problem::Unreadable);
        }
    }
    let get = |name: &str| fields.get(name).copied().unwrap_or_default();
    let day = check.date("day", get("day"));
    match day {
        None if get("day").trim().is_empty() => check.wrong("day", Message::new("field-missing")),
        Some(day) if day > who.site.today() => check.wrong("day", Message::new("notes-day-ahead")),
        _ => {}
    }
    let body = check.required("body", get("body"), 4_000);
    let evidence = check.optional("evidence", get("evidence"), 500);
    let mut progress = Vec::new();
    for (at, goal) in goals.iter().enumerate() {
        let field = view::progress_field(at);
        let text = get(&field).trim();
        if text.is_empty() {
            continue;
        }
        match scaled(text, 2) {
            Some(bp) if (0..=10_000).contains(&bp) => progress.push(Progress {
                bp,
                goal: view::goal_name(who.locale, goal),
            }),
            _ => check.wrong(&field, Message::new("notes-percent-wrong")),
        }
    }
    let may_hide = known.sight == Sight::All;
    Ok(day.map(|day| Sent {
        kind: known.kind,
        day,
        cycle_id: known.tracked.as_ref().map(|tracked| tracked.cycle_id),
        progress,
        body,
        evidence: evidence_codes(&evidence.unwrap_or_default()).join(", "),
        shared: !may_hide || !get("shared").is_empty(),
    }))
}

async fn add(
    who: Can<may::KeepNotes>,
    no: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Answer {
    let kind = form.typed.get("kind").unwrap_or_default();
    let known = read(&who, &no, kind, None).await?;
    let mut check = form.check();
    let new = typed(&who, &mut check, &form.sent, &known)?;
    let errors = match (check.done(), new) {
        (Err(errors), _) => errors,
        (Ok(()), None) => FieldErrors::one("day", Message::new("field-missing")),
        (Ok(()), Some(new)) => {
            let (reader, no) = (Reader::of(&who), no.into_inner());
            return who
                .once(&form.once, move |conn, actor| {
                    let (staff, _) = reader.find(conn, &no)?;
                    let author = reader.reach.me();
                    notes::add(conn, (staff.id, &no), &new, author, actor)?;
                    Ok(format!("{}?said=saved", view::notes_href(&no)))
                })
                .await;
        }
    };
    let again = known.form(&who).again(who.locale, &form, &errors);
    page(&who, &known, StatusCode::UNPROCESSABLE_ENTITY, again)
}

async fn change(
    who: Can<may::KeepNotes>,
    path: Path<(String, i64)>,
    form: Form<Vec<(String, String)>>,
) -> Answer {
    let (no, id) = path.into_inner();
    let known = read(&who, &no, "", Some(id)).await?;
    let mut check = form.check();
    let new = typed(&who, &mut check, &form.sent, &known)?;
    let seen = form.row_version;
    let errors = match (check.done(), new) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("day", Message::new("field-missing"))),
        (Ok(()), Some(new)) => {
            let (reader, no) = (Reader::of(&who), no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    reader.find(conn, &no)?;
                    notes::change(conn, (id, seen), &no, &new, actor)?;
                    Ok(format!("{}?said=saved", view::notes_href(&no)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let known = read(&who, &no, "", Some(id)).await?;
    let stored = known.form(&who);
    let shown = stored.refused(who.locale, &form, errors.as_ref());
    page(&who, &known, refusal(errors.as_ref()), shown)
}
