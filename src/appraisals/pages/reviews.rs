//! Pages of reviews: the list of a cycle, the self-review, colleagues named and heard, the manager's review with the
//! evidence beside it, the note of an earlier manager.
//!
//! Who may write is found in the data: the person, whoever was asked, those above on the cycle's last day. Others
//! within reach read what is submitted; whoever is out of reach finds nothing.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::appraisals::model::cycle::State as CycleState;
use crate::appraisals::store::cycles;
use crate::appraisals::store::reviews::lists::{self, Show};
use crate::appraisals::store::reviews::write::{self, About, Words};
use crate::appraisals::store::reviews::{self, Asked, FORMER, MANAGER, PEER, SELF, peers};
use crate::appraisals::store::sheets;
use crate::appraisals::view::reviews::{
    self as view, Beside, Kind, PeersSeen, Place, Typed, Writing,
};
use crate::audit;
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::drafts::{self, Draft, Key};
use crate::error::{Error, Message, Result};
use crate::evidence::store::subject::{self, Subject};
use crate::goals::store::notes::{self, Sight};
use crate::i18n::plain;
use crate::judgement::model::sheet::State;
use crate::judgement::store::cards;
use crate::judgement::store::panels::{self, Seated};
use crate::web::form::{FieldErrors, FormView, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/reviews", web::get().to(list))
        .route("/cycles/{code}/reviews.csv", web::get().to(export))
        .route(
            "/cycles/{code}/reviews/close-peers",
            web::post().to(close_peers),
        )
        .route("/cycles/{code}/people/{no}/self", web::get().to(show_self))
        .route("/cycles/{code}/people/{no}/self", web::post().to(send_self))
        .route(
            "/cycles/{code}/people/{no}/peers",
            web::get().to(show_peers),
        )
        .route(
            "/cycles/{code}/people/{no}/peers",
            web::post().to(name_peers),
        )
        .route(
            "/cycles/{code}/people/{no}/peer-review",
            web::get().to(show_peer),
        )
        .route(
            "/cycles/{code}/people/{no}/peer-review",
            web::post().to(send_peer),
        )
        .route(
            "/cycles/{code}/people/{no}/peer-review/decline",
            web::post().to(decline),
        )
        .route(
            "/cycles/{code}/people/{no}/review",
            web::get().to(show_review),
        )
        .route(
            "/cycles/{code}/people/{no}/review",
            web::post().to(send_review),
        )
        .route(
            "/cycles/{code}/people/{no}/review/return",
            web::post().to(give_back),
        )
        .route(
            "/cycles/{code}/people/{no}/review/pass-on",
            web::post().to(pass_on),
        )
        .route("/cycles/{code}/people/{no}/note", web::get().to(show_note))
        .route("/cycles/{code}/people/{no}/note", web::post().to(send_note));
}

type About2 = Path<(String, String)>;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Said {
    said: Option<String>,
}

/// Who asks, as the rules of reviews see them.
#[derive(Clone)]
struct Asker {
    reach: Reach,
    me: Option<i64>,
    account_id: i64,
    hr: bool,
    today: NaiveDate,
}

impl Asker {
    fn of(who: &Can<may::ViewResults>) -> Asker {
        Asker {
            reach: who.reach.clone(),
            me: who.account.staff_id,
            account_id: who.account.account_id,
            hr: who.may(Permission::RunCycles),
            today: who.site.today(),
        }
    }

    /// Somebody within reach, today or on the cycle's last day.
    fn place(&self, conn: &mut Conn, code: &str, no: &str) -> Result<Place> {
        Ok(self.placed(conn, &self.reach, "", code, no)?.0)
    }

    /// Somebody in a cycle, and what the asker has typed into a form about them.
    fn placed(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        form: &str,
        code: &str,
        no: &str,
    ) -> Result<(Place, Option<Draft>)> {
        let cycle = cycles::find(conn, code)?;
        let asked = Asked {
            staff_id: self.me,
            account_id: self.account_id,
            form,
            today: self.today,
        };
        let found = reviews::stand(conn, reach, &cycle, asked, no)?;
        let own = self.me == Some(found.staff.id);
        let place = Place {
            own,
            above: found.above && !own,
            hr: self.hr && !own,
            me: self.me,
            manager_writes: found.manager_writes,
            staff: found.staff,
            cycle,
            evaluation: found.evaluation,
        };
        Ok((place, found.draft))
    }

    /// The sheet of a kind, with what its form is made of.
    ///
    /// # Errors
    /// `NotFound` where the asker has nothing to do with it.
    fn writing(&self, conn: &mut Conn, kind: Kind, code: &str, no: &str) -> Result<Writing> {
        // Whoever was asked to say something needs no reach.
        let reach = match kind {
            Kind::Own | Kind::Review => self.reach.clone(),
            Kind::Peer | Kind::Note => Reach::operator(self.today),
        };
        let (place, draft) = self.placed(conn, &reach, kind.form(), code, no)?;
        let nothing = || Error::NotFound(Message::new("person-not-found").with("no", no));
        let evaluation = &place.evaluation;
        let panel_id = match kind {
            Kind::Peer => evaluation.peer_panel_id,
            _ => evaluation.panel_id,
        };
        let panel_id = panel_id.ok_or_else(nothing)?;
        // Beside the manager's form stands what colleagues said, once they have said it.
        let peers = evaluation
            .peer_panel_id
            .filter(|_| kind == Kind::Review && evaluation.peers_closed_at.is_some());
        let wanted: Vec<i64> = [Some(panel_id), peers].into_iter().flatten().collect();
        let seats = panels::seated(conn, &wanted)?;
        let seat = seats
            .iter()
            .filter(|s| s.panel.id == panel_id)
            .find(|s| match kind {
                Kind::Own => s.sheet.role == SELF,
                Kind::Review => s.sheet.role == MANAGER,
                Kind::Peer => {
                    s.sheet.role == PEER && self.me.is_some() && s.sheet.rater_id == self.me
                }
                Kind::Note => {
                    s.sheet.role == FORMER && self.me.is_some() && s.sheet.rater_id == self.me
                }
            });
        let Seated {
            sheet, panel, card, ..
        } = seat.cloned().ok_or_else(nothing)?;
        let writes = match kind {
            Kind::Own => place.own,
            Kind::Review => place.writes(sheet.rater_id),
            Kind::Peer => matches!(sheet.state, State::Invited | State::Submitted),
            Kind::Note => true,
        };
        // One's own review is read in the result, once that is released.
        if (kind == Kind::Review && place.own) || (kind == Kind::Peer && !writes) {
            return Err(nothing());
        }
        let late = kind == Kind::Peer && panel.closed_at.is_some();
        let open = writes
            && !late
            && sheet.state.is_open()
            && place.cycle.state == CycleState::Evaluation
            && place.evaluation.excused_reason.is_none();
        let shown = sheet.state == State::Submitted || (writes && sheet.state == State::Draft);
        let read: Vec<i64> = if kind == Kind::Review {
            seats.iter().map(|s| s.sheet.id).collect()
        } else if shown {
            vec![sheet.id]
        } else {
            Vec::new()
        };
        let mut rated = panels::ratings(conn, &read)?;
        let ratings = match kind {
            Kind::Review => rated.get(&sheet.id).cloned(),
            _ => rated.remove(&sheet.id),
        };
        let ratings = ratings.filter(|_| shown).unwrap_or_default();
        let kpis = if kind == Kind::Own {
            kpis(conn, &place)?
        } else {
            Vec::new()
        };
        let (code, version_no) = card;
        let held = place.cycle.rules.cards.iter();
        let held = held
            .clone()
            .find(|c| (c.code.as_str(), c.version_no) == (code.as_str(), version_no));
        Ok(Writing {
            card: match held {
                Some(card) => card.clone(),
                None => cards::version(conn, panel.kind.version_id)?.card,
            },
            texts: if shown {
                place.evaluation.self_texts()?
            } else {
                BTreeMap::new()
            },
            place,
            kind,
            sheet,
            ratings,
            shown,
            kpis,
            open,
            draft: draft.filter(|_| open),
            seats,
            rated,
        })
    }
}

/// The KPIs of somebody's goal sheet, in its order.
fn kpis(conn: &mut Conn, place: &Place) -> Result<Vec<crate::goals::model::Kpi>> {
    let versions = sheets::versions_of(conn, &place.cycle, Some(place.staff.id))?;
    let items = versions.last().map_or(&[][..], |v| v.items.as_slice());
    Ok(items
        .iter()
        .filter_map(|item| place.cycle.rules.kpi(&item.kpi).cloned())
        .collect())
}

fn head(who: &Who, place: &Place, key: &str) -> Head<'static> {
    let name = who.locale.pick(&place.staff.name, &place.staff.name_en);
    let cycle = format!("/cycles/{}", escape(&place.cycle.code));
    Head::about(who, name, plain(who.locale, key))
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(place.cycle.code.clone(), cycle.clone())
        .under(name.to_string(), place.href(""))
}

async fn writing(
    who: &Can<may::ViewResults>,
    kind: Kind,
    about: &(String, String),
) -> Result<Writing, Problem> {
    let (asker, (code, no)) = (Asker::of(who), about.clone());
    who.read(move |conn| asker.writing(conn, kind, &code, &no))
        .await
}

async fn show(who: Can<may::ViewResults>, kind: Kind, about: About2) -> Answer {
    let writing = writing(&who, kind, &about).await?;
    page(&who, &writing, StatusCode::OK, None).await
}

/// The page of a sheet; `refused` is its form, if it was refused.
async fn page(
    who: &Can<may::ViewResults>,
    writing: &Writing,
    status: StatusCode,
    refused: Option<FormView>,
) -> Answer {
    let form = refused.or_else(|| writing.open.then(|| view::form(who, writing)));
    let beside = if writing.kind == Kind::Review {
        Some(beside(who, writing).await?)
    } else {
        None
    };
    let page = view::sheet(who, writing, form, beside.as_ref())?;
    let head = head(who, &writing.place, writing.kind.title());
    who.page_with(status, "reviews/sheet.html", head, &page)
}

/// How many notes stand beside the form.
const NOTES: i64 = 50;

/// What stands beside the manager's form.
async fn beside(who: &Can<may::ViewResults>, writing: &Writing) -> Result<Beside, Problem> {
    let (place, fiscal_start) = (writing.place.clone(), who.site.settings.fiscal_start);
    who.read(move |conn| {
        let quarter = Quarter::from_index(place.cycle.quarter);
        let person = Subject::Person(place.staff.id);
        // What is not shared with the person is for those above them.
        let sight = if place.above {
            Sight::All
        } else {
            Sight::Shared
        };
        let days = (place.cycle.starts_on, place.cycle.ends_on);
        Ok(Beside {
            notes: notes::between(conn, place.staff.id, sight, days, NOTES)?,
            versions: sheets::versions_of(conn, &place.cycle, Some(place.staff.id))?,
            quarters: subject::overview(conn, person, quarter, fiscal_start)?,
            texts: place.evaluation.self_texts()?,
        })
    })
    .await
}

async fn show_self(who: Can<may::ViewResults>, about: About2, _: Query<Said>) -> Answer {
    show(who, Kind::Own, about).await
}

async fn show_peer(who: Can<may::ViewResults>, about: About2, _: Query<Said>) -> Answer {
    show(who, Kind::Peer, about).await
}

async fn show_review(who: Can<may::ViewResults>, about: About2, _: Query<Said>) -> Answer {
    show(who, Kind::Review, about).await
}

async fn show_note(who: Can<may::ViewResults>, about: About2, _: Query<Said>) -> Answer {
    show(who, Kind::Note, about).await
}

type Sheet = Form<BTreeMap<String, String>>;

async fn send_self(who: Can<may::ViewResults>, about: About2, form: Sheet) -> Answer {
    send(who, Kind::Own, about, form).await
}

async fn send_peer(who: Can<may::ViewResults>, about: About2, form: Sheet) -> Answer {
    send(who, Kind::Peer, about, form).await
}

async fn send_review(who: Can<may::ViewResults>, about: About2, form: Sheet) -> Answer {
    send(who, Kind::Review, about, form).await
}

async fn send_note(who: Can<may::ViewResults>, about: About2, form: Sheet) -> Answer {
    send(who, Kind::Note, about, form).await
}

async fn send(who: Can<may::ViewResults>, kind: Kind, about: About2, form: Sheet) -> Answer {
    let seen = writing(&who, kind, &about).await?;
    if !seen.may_write() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let typed = view::typed(&mut check, &seen, &form.sent).ok_or(Problem::Unreadable)?;
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, row_version) = (Asker::of(&who), form.row_version);
            let (code, no) = about.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let writing = asker.writing(conn, kind, &code, &no)?;
                    submit(conn, &asker, &writing, &typed, row_version, actor)?;
                    Ok(writing.after())
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                other => return other,
            }
        }
    };
    let now = writing(&who, kind, &about).await?;
    let stored = view::form(&who, &now.without_draft());
    let form = stored.refused(who.locale, &form, errors.as_ref());
    page(&who, &now, refusal(errors.as_ref()), Some(form)).await
}

/// Writes a sheet that was checked, and forgets its draft.
fn submit(
    conn: &mut Conn,
    asker: &Asker,
    writing: &Writing,
    typed: &Typed,
    seen: i32,
    actor: &audit::Actor,
) -> Result<()> {
    let about = About {
        cycle: &writing.place.cycle,
        evaluation: &writing.place.evaluation,
        employee_no: &writing.place.staff.employee_no,
    };
    let words = Words {
        seen,
        rater_id: asker.me,
        ratings: &typed.ratings,
        summary: &typed.summary,
    };
    let sheet = &writing.sheet;
    match writing.kind {
        Kind::Own => write::submit_self(conn, &about, sheet, &words, &typed.texts, actor)?,
        Kind::Review => write::submit_review(conn, &about, sheet, &words, actor)?,
        Kind::Note => write::submit_note(conn, &about, sheet, &words, actor)?,
        Kind::Peer => peers::answer(conn, &about, sheet, &words, asker.today, actor)?,
    }
    let subject = writing.place.subject();
    let key = Key {
        account_id: asker.account_id,
        form: writing.kind.form(),
        subject: &subject,
    };
    drafts::forget(conn, key)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A colleague would rather not.
async fn decline(who: Can<may::ViewResults>, about: About2, form: Form<Nothing>) -> Answer {
    let (asker, (code, no)) = (Asker::of(&who), about.into_inner());
    let seen = form.row_version;
    who.once(&form.once, move |conn, actor| {
        let writing = asker.writing(conn, Kind::Peer, &code, &no)?;
        let about = About {
            cycle: &writing.place.cycle,
            evaluation: &writing.place.evaluation,
            employee_no: &writing.place.staff.employee_no,
        };
        peers::decline(conn, &about, &writing.sheet, seen, asker.today, actor)?;
        Ok("/?said=peer-declined".to_string())
    })
    .await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Reason {
    reason: String,
}

async fn give_back(who: Can<may::ViewResults>, about: About2, form: Form<Reason>) -> Answer {
    let seen = writing(&who, Kind::Review, &about).await?;
    if !seen.may_give_back() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let reason = check.required("reason", &form.sent.reason, 1_000);
    if let Err(errors) = check.done() {
        let beside = beside(&who, &seen).await?;
        let mut page = view::sheet(&who, &seen, None, Some(&beside))?;
        page.refuse_back(who.locale, &form, &errors);
        let head = head(&who, &seen.place, Kind::Review.title());
        return who.page_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            "reviews/sheet.html",
            head,
            &page,
        );
    }
    let (asker, (code, no)) = (Asker::of(&who), about.into_inner());
    let row_version = form.row_version;
    who.once(&form.once, move |conn, actor| {
        let writing = asker.writing(conn, Kind::Review, &code, &no)?;
        let about = About {
            cycle: &writing.place.cycle,
            evaluation: &writing.place.evaluation,
            employee_no: &writing.place.staff.employee_no,
        };
        write::give_back(conn, &about, &writing.sheet, row_version, &reason, actor)?;
        Ok(format!(
            "{}?said=review-given-back",
            writing.place.href("/review")
        ))
    })
    .await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct PassOn {
    to: String,
    reason: String,
}

/// HR has somebody above write in the manager's stead.
async fn pass_on(who: Can<may::ViewResults>, about: About2, form: Form<PassOn>) -> Answer {
    let seen = writing(&who, Kind::Review, &about).await?;
    if !seen.may_pass_on() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let to = check.required("to", &form.sent.to, 50);
    let reason = check.required("reason", &form.sent.reason, 1_000);
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, (code, no)) = (Asker::of(&who), about.clone());
            let row_version = form.row_version;
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let writing = asker.writing(conn, Kind::Review, &code, &no)?;
                    let about = About {
                        cycle: &writing.place.cycle,
                        evaluation: &writing.place.evaluation,
                        employee_no: &writing.place.staff.employee_no,
                    };
                    let (sheet, why) = (&writing.sheet, (to.as_str(), reason.as_str()));
                    write::pass_on(conn, &about, sheet, row_version, why, actor)?;
                    Ok(format!(
                        "{}?said=review-passed-on",
                        writing.place.href("/review")
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Invalid(all))) => all
                    .into_iter()
                    .next()
                    .map(|message| FieldErrors::one("to", message)),
                other => return other,
            }
        }
    };
    let now = writing(&who, Kind::Review, &about).await?;
    let beside = beside(&who, &now).await?;
    let mut page = view::sheet(&who, &now, None, Some(&beside))?;
    page.refuse_pass(who.locale, &form, errors.as_ref());
    let head = head(&who, &now.place, Kind::Review.title());
    who.page_with(refusal(errors.as_ref()), "reviews/sheet.html", head, &page)
}

/// How many of the team are offered to be chosen.
const OFFERED: i64 = 100;

async fn peers_seen(
    who: &Can<may::ViewResults>,
    about: &(String, String),
) -> Result<PeersSeen, Problem> {
    let (asker, (code, no)) = (Asker::of(who), about.clone());
    who.read(move |conn| {
        let place = asker.place(conn, &code, &no)?;
        let Some(card) = place.cycle.rules.peer_card().cloned() else {
            return Err(Error::NotFound(
                Message::new("person-not-found").with("no", &no),
            ));
        };
        let evaluation = &place.evaluation;
        let closed = evaluation.peers_closed_at.is_some();
        let seats = peers::seats(conn, evaluation)?;
        let ids: Vec<i64> = seats.iter().filter_map(|s| s.rater_id).collect();
        let names = place.sees_peers();
        let people = if names && !closed {
            reviews::people(conn, &ids)?
        } else {
            Vec::new()
        };
        let may_name = place.may_name_peers() && !closed;
        let candidates = if may_name {
            peers::candidates(conn, evaluation, asker.today, OFFERED)?
        } else {
            Vec::new()
        };
        let min_bp = place.cycle.rules.min_weight_bp;
        let panel = evaluation.peer_panel_id;
        let shown = match panel.filter(|_| closed) {
            Some(id) => panels::outcomes(conn, &[id], &card, min_bp)?.remove(&id),
            None => None,
        };
        Ok(PeersSeen {
            place,
            card,
            seats,
            people,
            candidates,
            shown,
            may_name,
        })
    })
    .await
}

async fn show_peers(who: Can<may::ViewResults>, about: About2, _: Query<Said>) -> Answer {
    let seen = peers_seen(&who, &about).await?;
    let view = view::peers(&who, &seen, None);
    let head = head(&who, &seen.place, "peers-title");
    who.page("reviews/peers.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Named {
    peer_1: String,
    peer_2: String,
    peer_3: String,
    peer_4: String,
    peer_5: String,
    others: String,
}

impl Named {
    /// Employee numbers, each once.
    fn numbers(&self) -> Vec<String> {
        let chosen = [
            &self.peer_1,
            &self.peer_2,
            &self.peer_3,
            &self.peer_4,
            &self.peer_5,
        ];
        let others = self.others.split([',', '，', '、', ' ', ';', '；']);
        chosen
            .into_iter()
            .map(String::as_str)
            .chain(others)
            .map(|no| no.trim().to_uppercase())
            .filter(|no| !no.is_empty())
            .collect()
    }
}

async fn name_peers(who: Can<may::ViewResults>, about: About2, form: Form<Named>) -> Answer {
    let seen = peers_seen(&who, &about).await?;
    if !seen.may_name {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    check.optional("others", &form.sent.others, 200);
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, (code, no)) = (Asker::of(&who), about.clone());
            let (mut numbers, row_version) = (form.sent.numbers(), form.row_version);
            // Whoever was asked already stays asked.
            numbers.extend(seen.asked_numbers());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let place = asker.place(conn, &code, &no)?;
                    let evaluation = &place.evaluation;
                    let people = peers::chosen(conn, evaluation, asker.today, &numbers)?;
                    let about = About {
                        cycle: &place.cycle,
                        evaluation,
                        employee_no: &place.staff.employee_no,
                    };
                    peers::name(conn, &about, &people, !place.own, row_version, actor)?;
                    Ok(format!("{}?said=peers-named", place.href("/peers")))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                Err(Problem::Failed(Error::Invalid(all))) => {
                    let mut errors = FieldErrors::default();
                    for message in all {
                        errors.add("peer_1", message);
                    }
                    Some(errors)
                }
                other => return other,
            }
        }
    };
    let seen = peers_seen(&who, &about).await?;
    let form_now = view::naming(&who, &seen);
    let status = refusal(errors.as_ref());
    let refused = form_now.refused(who.locale, &form, errors.as_ref());
    let view = view::peers(&who, &seen, Some(refused));
    let head = head(&who, &seen.place, "peers-title");
    who.page_with(status, "reviews/peers.html", head, &view)
}

async fn close_peers(who: Can<may::RunCycles>, code: Path<String>, form: Form<Nothing>) -> Answer {
    let code = code.into_inner();
    who.once(&form.once, move |conn, actor| {
        let cycle = cycles::find(conn, &code)?;
        write::in_evaluation(conn, &cycle)?;
        peers::close(conn, &cycle, actor)?;
        Ok(format!(
            "/cycles/{}/reviews?said=peers-closed",
            escape(&code)
        ))
    })
    .await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    show: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn list(who: Can<may::ViewResults>, code: Path<String>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.clone();
    let (shown, reach, code) = (
        Show::parse(&query.show),
        who.reach.clone(),
        code.into_inner(),
    );
    let (cycle, found, counted, progress) = who
        .read(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let found = lists::page(conn, &reach, &cycle, shown, &start, ON_A_PAGE + 1)?;
            let count = || lists::count(conn, &reach, &cycle, shown, COUNTED);
            let counted = list::counted(&found, &start, count)?;
            let panels: Vec<i64> = found.iter().filter_map(|r| r.peer_panel_id).collect();
            let progress = panels::progress(conn, &panels)?;
            Ok((cycle, found, counted, progress))
        })
        .await?;
    let slice = Slice::new(found, &from);
    let view = view::list(&who, &cycle, shown, slice, counted, &progress);
    let here = format!("/cycles/{}", escape(&cycle.code));
    let head = Head::about(&who, &cycle.code, plain(who.locale, "reviews-title"))
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(cycle.code.clone(), here);
    who.page("reviews/list.html", head, &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewResults>, code: Path<String>, query: Query<ListQuery>) -> Answer {
    let (shown, reach, code) = (
        Show::parse(&query.show),
        who.reach.clone(),
        code.into_inner(),
    );
    let (locale, zone, actor) = (who.locale, who.site.settings.zone, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let rows = lists::page(conn, &reach, &cycle, shown, &From::First, i64::MAX)?;
            let panels: Vec<i64> = rows.iter().filter_map(|r| r.peer_panel_id).collect();
            let progress = panels::progress(conn, &panels)?;
            let detail = json!({ "rows": rows.len() });
            let subject = format!("{}/reviews", cycle.code);
            audit::append(conn, &actor, "export", &subject, &detail)?;
            list::csv(view::export(locale, zone, &rows, &progress))
        })
        .await?;
    Ok(who.download("reviews.csv", "text/csv; charset=utf-8", csv))
}
