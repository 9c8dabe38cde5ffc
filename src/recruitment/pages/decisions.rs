//! The background check, the decision, offers, and hiring.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, may};
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::import::values;
use crate::judgement::model::card::Card;
use crate::judgement::store::cards;
use crate::people::model::Seat;
use crate::people::store::{self as people, reach, teams};
use crate::recruitment::model::codes::{ConsentKind, Reason, StageKind};
use crate::recruitment::model::decision::{CheckItem, CheckResult, Choice, Frozen};
use crate::recruitment::pages::rounds::{Asker, Said, head, refused};
use crate::recruitment::store::careers;
use crate::recruitment::store::checks::{self, Check};
use crate::recruitment::store::decisions::{self, Case, Decision};
use crate::recruitment::store::offers::{self, NewHire, Terms};
use crate::recruitment::store::rounds::Applied;
use crate::recruitment::view::decisions::{self as view, CheckForms, Checking, Hiring, Offering};
use crate::recruitment::view::rounds::href;
use crate::snapshots::Snapshot;
use crate::web::form::{FormView, refusal};
use crate::web::{Answer, Can, Form, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/applications/{code}/check", web::get().to(show_check))
        .route("/applications/{code}/check/agree", web::post().to(agree))
        .route("/applications/{code}/check/begin", web::post().to(begin))
        .route("/applications/{code}/check/result", web::post().to(result))
        .route("/applications/{code}/check/reply", web::post().to(reply))
        .route(
            "/applications/{code}/decision",
            web::get().to(show_decision),
        )
        .route("/applications/{code}/decision", web::post().to(decide))
        .route("/applications/{code}/offer", web::get().to(show_offer))
        .route("/applications/{code}/offer", web::post().to(write_offer))
        .route(
            "/applications/{code}/offer/{step}",
            web::post().to(step_offer),
        )
        .route("/applications/{code}/hire", web::get().to(show_hire))
        .route("/applications/{code}/hire", web::post().to(hire));
}

async fn checking(who: &Who, code: &str) -> Result<Checking, Problem> {
    let (asker, code) = (Asker::of(who), code.to_string());
    who.read(move |conn| {
        let applied = asker.applied(conn, &code)?;
        Ok(Checking {
            checks: checks::of(conn, applied.id)?,
            agreed: checks::agreed(conn, applied.candidate_id)?,
            text: careers::text(conn, ConsentKind::BackgroundCheck)?,
            manages: asker.manages(&applied),
            applied,
        })
    })
    .await
}

fn check_page(who: &Who, seen: &Checking, status: StatusCode, refused: CheckForms) -> Answer {
    let view = view::check(who, seen, refused);
    let head = head(who, &seen.applied.code, "check-title");
    who.page_with(status, "recruitment/check.html", head, &view)
}

async fn show_check(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    let seen = checking(&who, &code).await?;
    check_page(&who, &seen, StatusCode::OK, CheckForms::default())
}

/// A check that the asker may record.
async fn may_check(who: &Who, code: &str) -> Result<Checking, Problem> {
    let seen = checking(who, code).await?;
    if seen.manages {
        Ok(seen)
    } else {
        Err(Problem::Forbidden)
    }
}

fn checked(code: &str) -> String {
    format!("{}?said=saved", href(code, "/check"))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Agreed {
    day: String,
}

async fn agree(who: Can<may::ViewRecruitment>, code: Path<String>, form: Form<Agreed>) -> Answer {
    let seen = may_check(&who, &code).await?;
    let mut check = form.check();
    check.required("day", &form.sent.day, 20);
    let day = check.date("day", &form.sent.day);
    if day.is_some_and(|day| day > who.site.today()) {
        check.wrong("day", Message::new("check-future"));
    }
    let (zone, now) = (who.site.settings.zone, who.site.now());
    let errors = match check.done().map(|()| day) {
        Err(errors) => Some(errors),
        Ok(day) => {
            // Of a day on paper the end is what is known at the latest.
            let at = day.map_or(now, |day| zone.utc(day.and_time(chrono::NaiveTime::MIN)));
            let (asker, code) = (Asker::of(&who), code.into_inner());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    checks::agree(conn, (&applied).into(), at, actor)?;
                    Ok(checked(&code))
                })
                .await;
            match refused(answer, |_| "day") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let shown = view::agree_form(&who, &seen.applied.code);
    let forms = CheckForms {
        agree: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..CheckForms::default()
    };
    check_page(&who, &seen, refusal(errors.as_ref()), forms)
}

type Boxes = Form<BTreeMap<String, String>>;

async fn begin(who: Can<may::ViewRecruitment>, code: Path<String>, form: Boxes) -> Answer {
    let seen = may_check(&who, &code).await?;
    let items: Option<Vec<CheckItem>> = form
        .sent
        .keys()
        .map(|name| CheckItem::parse(name))
        .collect();
    let items = items.ok_or(Problem::Unreadable)?;
    let mut check = form.check();
    if items.is_empty() {
        check.wrong(CheckItem::Identity.code(), Message::new("check-none"));
    }
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, code) = (Asker::of(&who), code.into_inner());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    checks::begin(conn, &applied, &items, actor)?;
                    Ok(checked(&code))
                })
                .await;
            match refused(answer, |_| "identity") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let shown = view::begin_form(&who, &seen);
    let forms = CheckForms {
        begin: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..CheckForms::default()
    };
    check_page(&who, &seen, refusal(errors.as_ref()), forms)
}

/// Item and version of `identity~3`.
fn item(typed: &str) -> Option<(CheckItem, i32)> {
    let (code, version) = typed.split_once('~')?;
    Some((CheckItem::parse(code)?, version.parse().ok()?))
}

/// The check of an item.
fn one(conn: &mut Conn, applied: &Applied, item: CheckItem) -> Result<Check> {
    let all = checks::of(conn, applied.id)?;
    let found = all.into_iter().find(|check| check.item == item);
    found.ok_or_else(|| Error::Conflict(Message::new("form-conflict")))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Finding {
    item: String,
    result: String,
    note: String,
}

async fn result(who: Can<may::ViewRecruitment>, code: Path<String>, form: Form<Finding>) -> Answer {
    may_check(&who, &code).await?;
    let mut check = form.check();
    let about = check.choice("item", &form.sent.item, item);
    let found = check.choice("result", &form.sent.result, CheckResult::parse);
    let note = match found {
        Some(CheckResult::Open) => check.optional("note", &form.sent.note, 2_000),
        _ => Some(check.required("note", &form.sent.note, 2_000)),
    };
    let errors = match check.done().map(|()| about.zip(found)) {
        Err(errors) => Some(errors),
        Ok(None) => return Err(Problem::Unreadable),
        Ok(Some(((item, version), found))) => {
            let (asker, code) = (Asker::of(&who), code.clone());
            let note = note.unwrap_or_default();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let check = one(conn, &applied, item)?;
                    checks::find(conn, &applied, &check, version, (found, &note), actor)?;
                    Ok(checked(&code))
                })
                .await;
            match refused(answer, |_| "item") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = checking(&who, &code).await?;
    let shown = view::result_form(&who, &now);
    let forms = CheckForms {
        result: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..CheckForms::default()
    };
    check_page(&who, &now, refusal(errors.as_ref()), forms)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Reply {
    about: String,
    reply: String,
}

async fn reply(who: Can<may::ViewRecruitment>, code: Path<String>, form: Form<Reply>) -> Answer {
    may_check(&who, &code).await?;
    let mut check = form.check();
    let about = check.choice("about", &form.sent.about, item);
    let words = check.required("reply", &form.sent.reply, 5_000);
    let errors = match check.done().map(|()| about) {
        Err(errors) => Some(errors),
        Ok(None) => return Err(Problem::Unreadable),
        Ok(Some((item, _))) => {
            let (asker, code) = (Asker::of(&who), code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let check = one(conn, &applied, item)?;
                    checks::reply(conn, check.id, &words, actor)?;
                    Ok(checked(&code))
                })
                .await;
            match refused(answer, |_| "about") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = checking(&who, &code).await?;
    let shown = view::reply_form(&who, &now);
    let forms = CheckForms {
        reply: Some(shown.refused(who.locale, &form, errors.as_ref())),
        ..CheckForms::default()
    };
    check_page(&who, &now, refusal(errors.as_ref()), forms)
}

/// A decision that is still to be made, or one that was.
enum Stands {
    Open(Box<Case>),
    Decided(Box<Decided>),
}

/// A decision that was made.
struct Decided {
    applied: Applied,
    snapshot: Snapshot,
    /// A login.
    by: String,
    frozen: Frozen,
    cards: Vec<Card>,
    checks: Vec<Check>,
}

/// The decision of an application as it stands. One that was taken back by reopening is open again.
fn stands(conn: &mut Conn, asker: &Asker, code: &str) -> Result<Stands> {
    let applied = asker.applied(conn, code)?;
    let over = !applied.is_active();
    if over || applied.stage.kind == StageKind::Offer {
        let found = decisions::last(conn, code)?;
        let found = found.filter(|(_, frozen)| over || frozen.choice == Choice::Offer);
        if let Some((snapshot, frozen)) = found {
            let by = decisions::made_by(conn, &snapshot)?;
            let mut named = Vec::new();
            for stored in cards::newest(conn)? {
                if frozen.rounds.iter().any(|r| r.card == stored.card.code) {
                    named.push(stored.card);
                }
            }
            let checks = checks::of(conn, applied.id)?;
            return Ok(Stands::Decided(Box::new(Decided {
                applied,
                snapshot,
                by,
                frozen,
                cards: named,
                checks,
            })));
        }
    }
    Ok(Stands::Open(Box::new(decisions::case(
        conn, applied, asker.me,
    )?)))
}

async fn standing(who: &Who, code: &str) -> Result<Stands, Problem> {
    let (asker, code) = (Asker::of(who), code.to_string());
    who.read(move |conn| stands(conn, &asker, &code)).await
}

fn decision_page(
    who: &Who,
    stands: &Stands,
    status: StatusCode,
    refused: Option<FormView>,
) -> Answer {
    let (page, code) = match stands {
        Stands::Open(case) => {
            let may = Asker::of(who).manages(&case.applied) && case.hindrances.is_empty();
            let form = refused.or_else(|| may.then(|| view::decision_form(who, &case.applied)));
            (view::decision(who, case, form), &case.applied.code)
        }
        Stands::Decided(made) => {
            let cards: Vec<&Card> = made.cards.iter().collect();
            let what = (&made.snapshot, made.by.clone(), &made.frozen);
            (
                view::frozen(who, &made.applied, what, &cards, &made.checks),
                &made.applied.code,
            )
        }
    };
    let head = head(who, code, "decision-title");
    who.page_with(status, "recruitment/decision.html", head, &page)
}

async fn show_decision(
    who: Can<may::ViewRecruitment>,
    code: Path<String>,
    _: Query<Said>,
) -> Answer {
    let stands = standing(&who, &code).await?;
    decision_page(&who, &stands, StatusCode::OK, None)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Deciding {
    choice: String,
    reason: String,
    note: String,
}

async fn decide(
    who: Can<may::ViewRecruitment>,
    code: Path<String>,
    form: Form<Deciding>,
) -> Answer {
    let before = standing(&who, &code).await?;
    let Stands::Open(case) = &before else {
        return Err(Error::Conflict(Message::new("decision-ended").with("code", code)).into());
    };
    if !Asker::of(&who).manages(&case.applied) {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let choice = check.choice("choice", &form.sent.choice, Choice::parse);
    let reason = match choice {
        Some(Choice::Reject) => check.choice("reason", &form.sent.reason, Reason::parse),
        _ => None,
    };
    let note = check.required("note", &form.sent.note, 5_000);
    let errors = match check.done().map(|()| choice) {
        Err(errors) => Some(errors),
        Ok(None) => return Err(Problem::Unreadable),
        Ok(Some(choice)) => {
            let decision = Decision {
                choice,
                reason,
                note,
            };
            let (asker, seen, code) = (Asker::of(&who), form.row_version, code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let case = decisions::case(conn, applied, asker.me)?;
                    decisions::decide(conn, &case, seen, &decision, actor)?;
                    Ok(match decision.choice {
                        Choice::Offer => {
                            format!("{}?said=decision-made", href(&code, "/offer"))
                        }
                        Choice::Reject => {
                            format!("{}?said=decision-made", href(&code, "/decision"))
                        }
                    })
                })
                .await;
            let field = |message: &Message| match message.key {
                "decision-long-note" => "note",
                _ => "choice",
            };
            match refused(answer, field) {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = standing(&who, &code).await?;
    let form = match &now {
        Stands::Open(case) => Some(view::decision_form(&who, &case.applied).refused(
            who.locale,
            &form,
            errors.as_ref(),
        )),
        Stands::Decided(_) => None,
    };
    decision_page(&who, &now, refusal(errors.as_ref()), form)
}

async fn offering(who: &Who, code: &str) -> Result<Offering, Problem> {
    let (asker, code) = (Asker::of(who), code.to_string());
    who.read(move |conn| {
        let applied = asker.applied(conn, &code)?;
        let last = decisions::last(conn, &code)?;
        Ok(Offering {
            offers: offers::of(conn, applied.id)?,
            decided: last.is_some_and(|(_, frozen)| frozen.choice == Choice::Offer),
            manages: asker.manages(&applied),
            hires: asker.is_hr(&applied),
            applied,
        })
    })
    .await
}

fn offer_page(who: &Who, seen: &Offering, status: StatusCode, refused: Option<FormView>) -> Answer {
    let view = view::offers(who, seen, refused);
    let head = head(who, &seen.applied.code, "offer-title");
    who.page_with(status, "recruitment/offer.html", head, &view)
}

async fn show_offer(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    let seen = offering(&who, &code).await?;
    offer_page(&who, &seen, StatusCode::OK, None)
}

async fn may_offer(who: &Who, code: &str) -> Result<Offering, Problem> {
    let seen = offering(who, code).await?;
    if seen.manages {
        Ok(seen)
    } else {
        Err(Problem::Forbidden)
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewOffer {
    terms: String,
    starts_on: String,
    expires_on: String,
}

async fn write_offer(
    who: Can<may::ViewRecruitment>,
    code: Path<String>,
    form: Form<NewOffer>,
) -> Answer {
    may_offer(&who, &code).await?;
    let mut check = form.check();
    let terms = check.required("terms", &form.sent.terms, 10_000);
    check.required("starts_on", &form.sent.starts_on, 20);
    check.required("expires_on", &form.sent.expires_on, 20);
    let starts_on = check.date("starts_on", &form.sent.starts_on);
    let expires_on = check.date("expires_on", &form.sent.expires_on);
    if expires_on.is_some_and(|day| day < who.site.today()) {
        check.wrong("expires_on", Message::new("offer-past"));
    }
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, seen, code) = (Asker::of(&who), form.row_version, code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let terms = Terms {
                        terms: &terms,
                        starts_on,
                        expires_on,
                    };
                    offers::write(conn, &applied, seen, &terms, asker.today, actor)?;
                    Ok(format!("{}?said=saved", href(&code, "/offer")))
                })
                .await;
            match refused(answer, |_| "terms") {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = offering(&who, &code).await?;
    let shown = view::offer_form(&who, &now).refused(who.locale, &form, errors.as_ref());
    offer_page(&who, &now, refusal(errors.as_ref()), Some(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn step_offer(
    who: Can<may::ViewRecruitment>,
    path: Path<(String, String)>,
    form: Form<Nothing>,
) -> Answer {
    let (code, step) = path.into_inner();
    may_offer(&who, &code).await?;
    let (asker, seen) = (Asker::of(&who), form.row_version);
    who.once(&form.once, move |conn, actor| {
        let applied = asker.managed(conn, &code)?;
        let newest = offers::of(conn, applied.id)?.into_iter().next();
        let Some(offer) = newest else {
            return Err(Error::Conflict(Message::new("offer-not-out")));
        };
        let today = asker.today;
        match step.as_str() {
            "send" => offers::send(conn, &applied, &offer, seen, today, actor)?,
            "accepted" => offers::answer(conn, &applied, &offer, seen, true, today, actor)?,
            "declined" => offers::answer(conn, &applied, &offer, seen, false, today, actor)?,
            "withdrawn" => offers::withdraw(conn, &applied, &offer, seen, actor)?,
            _ => return Err(Error::NotFound(Message::new("problem-not-found"))),
        }
        Ok(format!("{}?said=saved", href(&code, "/offer")))
    })
    .await
}

/// As many teams as a choice can hold.
const CHOICE: i64 = 300;

async fn hiring(who: &Who, code: &str) -> Result<Hiring, Problem> {
    let (asker, code) = (Asker::of(who), code.to_string());
    let of_teams = who.reach(Permission::EditPeople);
    who.read(move |conn| {
        let applied = asker.applied(conn, &code)?;
        let (team, role, manager) = offers::seat_of(conn, &applied)?;
        let newest = offers::of(conn, applied.id)?.into_iter().next();
        let teams = match &of_teams {
            Some(of_teams) => {
                let these = reach::teams(conn, of_teams)?;
                teams::choices(conn, &these, asker.today, CHOICE)?
            }
            None => None,
        };
        let teams = teams.map(|rows| {
            let named = rows.into_iter().map(|t| (t.code, t.name_zh, t.name_en));
            named.collect()
        });
        Ok(Hiring {
            next: offers::next_number(conn)?,
            email: offers::email_of(conn, &applied)?,
            starts_on: newest.and_then(|o| o.starts_on),
            team,
            role,
            manager,
            teams,
            roles: people::job_roles(conn)?,
            applied,
        })
    })
    .await
}

fn hire_page(who: &Who, seen: &Hiring, status: StatusCode, form: FormView) -> Answer {
    let head = head(who, &seen.applied.code, "hire-title");
    let key = if seen.applied.staff_id.is_some() {
        "hire-internal"
    } else {
        "hire-say"
    };
    let lede = Some(crate::i18n::plain(who.locale, key).to_string());
    let page = crate::people::view::FormPage { lede, form };
    who.page_with(status, "web/form.html", head, &page)
}

async fn show_hire(who: Can<may::ManageCandidates>, code: Path<String>, _: Query<Said>) -> Answer {
    let seen = hiring(&who, &code).await?;
    let form = view::hire_form(&who, &seen);
    hire_page(&who, &seen, StatusCode::OK, form)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Clone, Default)]
struct Hire {
    employee_no: String,
    name: String,
    name_en: String,
    email: String,
    starts_on: String,
    team: String,
    job_role: String,
    manager: String,
}

async fn hire(who: Can<may::ManageCandidates>, code: Path<String>, form: Form<Hire>) -> Answer {
    let seen = hiring(&who, &code).await?;
    let mut check = form.check();
    let mut new = form.sent.clone();
    if seen.applied.staff_id.is_none() {
        new.employee_no = check.required("employee_no", &new.employee_no, 40);
        if !new.employee_no.is_empty() && values::code(&new.employee_no).is_err() {
            check.wrong("employee_no", Message::new("hire-number-signs"));
        }
        new.name = check.required("name", &new.name, 200);
        new.name_en = check
            .optional("name_en", &new.name_en, 200)
            .unwrap_or_default();
        let email = check.optional("email", &new.email, 200);
        if email.as_ref().is_some_and(|e| !e.contains('@')) {
            check.wrong("email", Message::new("import-not-an-email"));
        }
        new.email = email.unwrap_or_default();
    }
    check.required("starts_on", &new.starts_on, 20);
    let day = check.date("starts_on", &new.starts_on);
    new.manager = check
        .optional("manager", &new.manager, 40)
        .unwrap_or_default()
        .to_uppercase();
    let errors = match check.done().map(|()| day) {
        Err(errors) => Some(errors),
        Ok(None) => return Err(Problem::Unreadable),
        Ok(Some(day)) => {
            let (asker, row_version, code) = (Asker::of(&who), form.row_version, code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let seat = seat(conn, &new)?;
                    let new = NewHire {
                        employee_no: new.employee_no,
                        name_en: new.name_en,
                        name: new.name,
                        email: Some(new.email).filter(|e| !e.is_empty()),
                        starts_on: day,
                        seat,
                    };
                    offers::hire(conn, &applied, row_version, &new, actor)?;
                    Ok(format!("{}?said=hired", href(&code, "/offer")))
                })
                .await;
            let field = |message: &Message| match message.key {
                "person-number-taken" => "employee_no",
                "team-not-found" => "team",
                "job-role-not-found" => "job_role",
                "manager-not-found" | "import-own-manager" | "posting-circle" => "manager",
                _ => "starts_on",
            };
            match refused(answer, field) {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let now = hiring(&who, &code).await?;
    let shown = view::hire_form(&who, &now).refused(who.locale, &form, errors.as_ref());
    hire_page(&who, &now, refusal(errors.as_ref()), shown)
}

/// The seat of the codes that were typed.
///
/// # Errors
/// `Invalid` naming what is not there.
fn seat(conn: &mut Conn, new: &Hire) -> Result<Seat> {
    let unknown = |key, value: &str| Error::invalid(Message::new(key).with("code", value));
    let (team_id, job_role_id) = offers::codes(conn, &new.team, &new.job_role)?;
    let team_id = team_id.ok_or_else(|| unknown("team-not-found", &new.team))?;
    let job_role_id = job_role_id.ok_or_else(|| unknown("job-role-not-found", &new.job_role))?;
    let manager_id = if new.manager.is_empty() {
        None
    } else {
        let found = people::number_of(conn, &new.manager)?;
        Some(found.ok_or_else(|| {
            Error::invalid(Message::new("manager-not-found").with("no", &new.manager))
        })?)
    };
    Ok(Seat {
        team_id: Some(team_id),
        job_role_id,
        manager_id,
    })
}
