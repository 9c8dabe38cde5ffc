//! Pages of those who judge: their rounds in rows, a round with the own sheet, calendar files. Whoever has a seat
//! finds their round, whatever their roles; others find it within their reach of recruitment, but for the applicant.

use std::collections::{BTreeMap, HashMap};

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::{Duration, NaiveTime};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::audit;
use crate::db::Conn;
use crate::drafts::{self, Key};
use crate::error::{Error, Message, Result};
use crate::files;
use crate::i18n::plain;
use crate::judgement::model::sheet::State;
use crate::judgement::store::{cards, panels};
use crate::recruitment::model::interview::Declined;
use crate::recruitment::pages::rounds::{Asker, Said, Typed, meeting, raters, refused};
use crate::recruitment::store::rounds::change::{self, link};
use crate::recruitment::store::rounds::lists::{self, Filter, Row, Show, Whose};
use crate::recruitment::store::rounds::sheets::{self, Words, knows_who};
use crate::recruitment::store::rounds::{self, Found};
use crate::recruitment::view::interviews::{self as view, Forms, Guest, Progress, Seen};
use crate::web::form::{FormView, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Site, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/interviews", web::get().to(list))
        .route("/interviews.csv", web::get().to(export))
        .route("/interviews/{id}", web::get().to(show))
        .route("/interviews/{id}/invitation.ics", web::get().to(invitation))
        .route(
            "/interviews/{id}/attachments/{file}",
            web::get().to(attached),
        )
        .route("/interviews/{id}/sheet", web::post().to(send))
        .route("/interviews/{id}/amend", web::post().to(amend))
        .route("/interviews/{id}/decline", web::post().to(decline))
        .route("/interviews/{id}/discussion", web::post().to(discuss))
        .route("/interviews/{id}/time", web::post().to(set_time))
        .route("/interviews/{id}/raters", web::post().to(add_raters))
        .route("/interviews/{id}/held", web::post().to(held))
        .route("/interviews/{id}/missed", web::post().to(missed))
        .route("/interviews/{id}/cancel", web::post().to(cancel))
        .route("/interviews/{id}/close", web::post().to(close));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    /// `all`: not only the reader's own.
    of: String,
    show: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

/// What the list is narrowed to, and whether the reader may see more than their own rounds.
fn filter(who: &Who, query: &ListQuery) -> (Filter, bool) {
    let beyond = who
        .reach(Permission::ViewRecruitment)
        .filter(|reach| reach.is_beyond_line() || who.account.leads);
    let all = beyond.is_some();
    let whose = match (beyond, who.account.staff_id) {
        (Some(reach), _) if query.of == "all" => Whose::Reach(reach),
        (Some(reach), None) => Whose::Reach(reach),
        // Nobody has this number.
        (_, me) => Whose::Mine(me.unwrap_or(0)),
    };
    let (zone, today) = (who.site.settings.zone, who.site.today());
    let midnight = |day: chrono::NaiveDate| zone.utc(day.and_time(NaiveTime::MIN));
    let filter = Filter {
        whose,
        show: Show::parse(&query.show).unwrap_or(Show::Open),
        q: query.q.trim().to_string(),
        now: who.site.now(),
        today: (midnight(today), midnight(today + Duration::days(1))),
    };
    (filter, all)
}

/// How far the rounds of some rows are.
fn progress(conn: &mut Conn, rows: &[Row], me: Option<i64>) -> Result<Progress> {
    let ids: Vec<i64> = rows.iter().map(|r| r.panel_id).collect();
    lists::progress(conn, &ids, me)
}

async fn list(who: Can<may::JudgeCandidates>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (filter, all) = filter(&who, &query);
    let (asked, start, me) = (filter.clone(), from.clone(), who.account.staff_id);
    let (found, counted, progress) = who
        .read(move |conn| {
            let found = lists::page(conn, &asked, &start, ON_A_PAGE + 1)?;
            let count = || lists::count(conn, &asked, COUNTED);
            let counted = list::counted(&found, &start, count)?;
            let progress = progress(conn, &found, me)?;
            Ok((found, counted, progress))
        })
        .await?;
    let slice = Slice::new(found, &from);
    let new = who.may(Permission::EditOpenings) && all;
    let view = view::list(&who, &filter, &slice, counted, &progress, (all, new));
    let head = Head::of(&who, "interviews-title");
    who.page("recruitment/interviews.html", head, &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::JudgeCandidates>, query: Query<ListQuery>) -> Answer {
    let (filter, _) = filter(&who, &query);
    let (locale, zone, actor) = (who.locale, who.site.settings.zone, who.actor());
    let me = who.account.staff_id;
    let csv = who
        .site
        .write(move |conn| {
            let rows = lists::page(conn, &filter, &From::First, i64::MAX)?;
            let progress = progress(conn, &rows, me)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "interviews", &detail)?;
            list::csv(view::export(locale, zone, &rows, &progress))
        })
        .await?;
    Ok(who.download("interviews.csv", "text/csv; charset=utf-8", csv))
}

/// A round that the asker has a seat in or reaches.
fn found(conn: &mut Conn, asker: &Asker, id: i64) -> Result<Found> {
    rounds::show(conn, asker.reach.as_ref(), asker.me, id)
}

async fn seen(who: &Who, id: i64) -> Result<Seen, Problem> {
    let (asker, now) = (Asker::of(who), who.site.now());
    who.read(move |conn| {
        let found = found(conn, &asker, id)?;
        let card = cards::version(conn, found.round.panel.kind.version_id)?.card;
        let own = found.own().map(|seat| (seat.sheet.id, seat.sheet.state));
        let opens = found.opens();
        let readable: Vec<i64> = found
            .seats
            .iter()
            .filter(|seat| seat.sheet.state == State::Submitted)
            .filter(|seat| opens || own.is_some_and(|(id, _)| id == seat.sheet.id))
            .map(|seat| seat.sheet.id)
            .collect();
        let ratings = if readable.is_empty() {
            HashMap::new()
        } else {
            panels::ratings(conn, &readable)?
        };
        let draft = match own {
            Some((_, state)) if state.is_open() => {
                let subject = view::subject(&found);
                let key = Key {
                    account_id: asker.account_id,
                    form: view::DRAFT,
                    subject: &subject,
                };
                drafts::find(conn, key)?
            }
            _ => None,
        };
        let attached = if knows_who(&found) {
            sheets::attachments(conn, &found)?
        } else {
            Vec::new()
        };
        let rules = found.round.rules(found.applied.is_active());
        Ok(Seen {
            answers: sheets::answers(conn, found.applied.id)?,
            manages: found.reached && asker.manages(&found.applied),
            takes: rules.takes_sheets(now),
            found,
            card,
            ratings,
            attached,
            draft,
        })
    })
    .await
}

fn page(who: &Who, seen: &Seen, status: StatusCode, refused: Forms) -> Answer {
    let code = &seen.found.applied.code;
    let head = Head::about(who, code, plain(who.locale, "interview-title"))
        .under(plain(who.locale, "interviews-title"), "/interviews");
    let view = view::page(who, seen, refused);
    who.page_with(status, "recruitment/interview.html", head, &view)
}

async fn show(who: Can<may::JudgeCandidates>, id: Path<i64>, _: Query<Said>) -> Answer {
    let seen = seen(&who, id.into_inner()).await?;
    page(&who, &seen, StatusCode::OK, Forms::default())
}

/// What stands before a path of ours, as the reader reaches us.
fn base(site: &Site, request: &HttpRequest) -> String {
    let asked = request.headers().get(header::HOST);
    let asked = asked.and_then(|h| h.to_str().ok()).unwrap_or_default();
    let host = site.outside.host.as_deref().unwrap_or(asked);
    let scheme = if site.outside.https { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// A file that calendar programs take for an invitation.
const CALENDAR: &str = "text/calendar; charset=utf-8";

async fn invitation(who: Can<may::JudgeCandidates>, id: Path<i64>, request: HttpRequest) -> Answer {
    let (asker, id) = (Asker::of(&who), id.into_inner());
    let entry = who
        .read(move |conn| {
            found(conn, &asker, id)?;
            lists::entry(conn, id)
        })
        .await?;
    let (settings, base) = (&who.site.settings, base(&who.site, &request));
    let invitation = view::invitation(who.locale, settings, &base, &entry, Guest::Rater)
        .ok_or_else(|| Error::NotFound(Message::new("round-not-found").with("id", id)))?;
    let file = invitation.file(&settings.zone.to_string(), who.site.now());
    Ok(who.download(&format!("interview-{id}.ics"), CALENDAR, file.into_bytes()))
}

/// A file that came with the application, for those who judge it and may know who it is.
async fn attached(who: Can<may::JudgeCandidates>, path: Path<(i64, i64)>) -> Answer {
    let (asker, actor, (id, file)) = (Asker::of(&who), who.actor(), path.into_inner());
    let stored = who
        .site
        .write(move |conn| {
            let found = found(conn, &asker, id)?;
            let nothing = || Error::NotFound(Message::new("problem-not-found"));
            if !knows_who(&found) {
                return Err(nothing());
            }
            let all = sheets::attachments(conn, &found)?;
            let one = all.iter().find(|a| a.0 == file).ok_or_else(nothing)?;
            let detail = json!({ "attachment": file });
            let subject = found.applied.subject();
            audit::append(conn, &actor, "round.attachment", &subject, &detail)?;
            files::find(conn, one.1)
        })
        .await?;
    Ok(who.download_stored(&stored))
}

type Sheet = Form<BTreeMap<String, String>>;

async fn send(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Sheet) -> Answer {
    sheet(&who, id.into_inner(), form, false).await
}

async fn amend(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Sheet) -> Answer {
    sheet(&who, id.into_inner(), form, true).await
}

/// A sheet that is sent, or with `amends` one that is changed after it was.
async fn sheet(who: &Who, id: i64, form: Sheet, amends: bool) -> Answer {
    let before = seen(who, id).await?;
    if before.found.own().is_none() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let typed =
        view::typed(&mut check, &before.card, &form.sent, amends).ok_or(Problem::Unreadable)?;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, row_version) = (Asker::of(who), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = found(conn, &asker, id)?;
                    let words = Words {
                        seen: row_version,
                        ratings: &typed.ratings,
                        summary: &typed.summary,
                    };
                    let said = if amends {
                        sheets::amend(conn, &found, &words, &typed.reason, actor)?;
                        "said=round-amended"
                    } else {
                        sheets::submit(conn, &found, &words, actor)?;
                        "said=round-submitted"
                    };
                    let subject = view::subject(&found);
                    let key = Key {
                        account_id: asker.account_id,
                        form: view::DRAFT,
                        subject: &subject,
                    };
                    drafts::forget(conn, key)?;
                    Ok(format!("{}?{said}", link(id)))
                })
                .await;
            match refused(answer, |_| "summary") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = seen(who, id).await?;
    let again = |shown: FormView| shown.refused(who.locale, &form, errors.as_ref());
    let forms = if amends {
        Forms {
            amend: view::amend_form(who, &now).map(again),
            ..Forms::default()
        }
    } else {
        Forms {
            sheet: view::form(who, &now, None).map(again),
            ..Forms::default()
        }
    };
    page(who, &now, refusal(errors.as_ref()), forms)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Declining {
    why: String,
    reason: String,
}

async fn decline(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Form<Declining>) -> Answer {
    let id = id.into_inner();
    let before = seen(&who, id).await?;
    if before.found.own().is_none() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let why = check.choice("why", &form.sent.why, Declined::parse);
    let words = check.optional("reason", &form.sent.reason, 1_000);
    if why == Some(Declined::Other) && words.is_none() {
        check.wrong("reason", Message::new("field-missing"));
    }
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, row_version) = (Asker::of(&who), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = found(conn, &asker, id)?;
                    let conflict = why == Some(Declined::Conflict);
                    let words = words.unwrap_or_default();
                    change::decline(conn, &found, row_version, conflict, &words, actor)?;
                    Ok("/interviews?said=round-declined".to_string())
                })
                .await;
            match refused(answer, |_| "why") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = seen(&who, id).await?;
    let shown = view::decline_form(&who, &now);
    let forms = Forms {
        decline: shown.map(|f| f.refused(who.locale, &form, errors.as_ref())),
        ..Forms::default()
    };
    page(&who, &now, refusal(errors.as_ref()), forms)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Note {
    note: String,
}

async fn discuss(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Form<Note>) -> Answer {
    let id = id.into_inner();
    let before = seen(&who, id).await?;
    if !before.discusses() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let note = check.required("note", &form.sent.note, 5_000);
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, row_version) = (Asker::of(&who), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = found(conn, &asker, id)?;
                    change::discuss(conn, &found, row_version, &note, actor)?;
                    Ok(format!("{}?said=round-discussed", link(id)))
                })
                .await;
            match refused(answer, |_| "note") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = seen(&who, id).await?;
    let shown = view::discuss_form(&who, &now.found.round);
    let forms = Forms {
        discuss: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..Forms::default()
    };
    page(&who, &now, refusal(errors.as_ref()), forms)
}

/// A round that the asker sets up and changes.
async fn managed(who: &Who, id: i64) -> Result<Seen, Problem> {
    let seen = seen(who, id).await?;
    if seen.manages {
        Ok(seen)
    } else {
        Err(Problem::Forbidden)
    }
}

/// The same inside the transaction that changes it.
fn managed_again(conn: &mut Conn, asker: &Asker, id: i64) -> Result<Found> {
    let found = found(conn, asker, id)?;
    if found.reached && asker.manages(&found.applied) {
        Ok(found)
    } else {
        Err(Error::Conflict(Message::new("judging-not-yours")))
    }
}

async fn set_time(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Form<Typed>) -> Answer {
    let id = id.into_inner();
    managed(&who, id).await?;
    let mut check = form.check();
    let (zone, now) = (who.site.settings.zone, who.site.now());
    let when = meeting(&mut check, &form.sent, zone, now);
    let errors = match check.done().map(|()| when) {
        Err(errors) => Some(errors),
        Ok(None) => return Err(Problem::Unreadable),
        Ok(Some(when)) => {
            let (asker, row_version) = (Asker::of(&who), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = managed_again(conn, &asker, id)?;
                    change::change(conn, &found, row_version, &when, actor)?;
                    Ok(format!("{}?said=round-changed", link(id)))
                })
                .await;
            match refused(answer, |_| "day") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = seen(&who, id).await?;
    let shown = view::change_form(&who, &now.found.round);
    let forms = Forms {
        change: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..Forms::default()
    };
    page(&who, &now, refusal(errors.as_ref()), forms)
}

async fn add_raters(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Form<Typed>) -> Answer {
    let id = id.into_inner();
    managed(&who, id).await?;
    let mut check = form.check();
    let numbers = raters(&mut check, &form.sent.raters);
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, row_version) = (Asker::of(&who), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = managed_again(conn, &asker, id)?;
                    let people = change::people(conn, &numbers, asker.today)?;
                    change::add_raters(conn, &found, row_version, &people, actor)?;
                    Ok(format!("{}?said=round-raters", link(id)))
                })
                .await;
            match refused(answer, |_| "raters") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = seen(&who, id).await?;
    let shown = view::raters_form(&who, &now.found.round);
    let forms = Forms {
        raters: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..Forms::default()
    };
    page(&who, &now, refusal(errors.as_ref()), forms)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

type Button = Form<Nothing>;

/// What a button does to a round.
#[derive(Clone, Copy)]
enum Press {
    Held,
    Missed,
    Cancel,
    Close,
}

async fn press(who: &Who, id: i64, form: Button, what: Press) -> Answer {
    managed(who, id).await?;
    let (asker, seen) = (Asker::of(who), form.row_version);
    who.once(&form.once, move |conn, actor| {
        let found = managed_again(conn, &asker, id)?;
        let said = match what {
            Press::Held | Press::Missed => {
                let missed = matches!(what, Press::Missed);
                change::conclude(conn, &found, seen, missed, actor)?;
                "said=saved"
            }
            Press::Cancel => {
                change::cancel(conn, &found, seen, actor)?;
                "said=round-cancelled"
            }
            Press::Close => {
                change::close(conn, &found, seen, actor)?;
                "said=round-closed"
            }
        };
        Ok(format!("{}?{said}", link(id)))
    })
    .await
}

async fn held(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Button) -> Answer {
    press(&who, id.into_inner(), form, Press::Held).await
}

async fn missed(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Button) -> Answer {
    press(&who, id.into_inner(), form, Press::Missed).await
}

async fn cancel(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Button) -> Answer {
    press(&who, id.into_inner(), form, Press::Cancel).await
}

async fn close(who: Can<may::JudgeCandidates>, id: Path<i64>, form: Button) -> Answer {
    press(&who, id.into_inner(), form, Press::Close).await
}
