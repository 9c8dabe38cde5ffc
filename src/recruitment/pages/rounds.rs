//! The rounds of an application, and setting them up: for one application, or for many at once. And what all pages
//! about judging share: who asks, and what becomes of a form.

use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::calendar::Zone;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::judgement::store::panels;
use crate::recruitment::model::codes::StageKind;
use crate::recruitment::model::interview::{AT_ONCE, MINUTES};
use crate::recruitment::store::rounds::change::{self, Meeting};
use crate::recruitment::store::rounds::{self, Applied};
use crate::recruitment::view::rounds as view;
use crate::web::form::{Check, FieldErrors, FormView, refusal};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/applications/{code}/rounds", web::get().to(show))
        .route("/applications/{code}/rounds", web::post().to(open))
        .route("/interviews/new", web::get().to(new_form))
        .route("/interviews/new", web::post().to(open_all));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(super) struct Said {
    pub(super) said: Option<String>,
}

/// Who asks about an application.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) reach: Option<Reach>,
    /// Whose applications they handle.
    hr: Option<Reach>,
    pub(super) me: Option<i64>,
    pub(super) account_id: i64,
    pub(super) today: NaiveDate,
}

impl Asker {
    pub(super) fn of(who: &Who) -> Asker {
        Asker {
            reach: who.reach(Permission::ViewRecruitment),
            hr: who.reach(Permission::ManageCandidates),
            me: who.account.staff_id,
            account_id: who.account.account_id,
            today: who.site.today(),
        }
    }

    /// An application within reach.
    pub(super) fn applied(&self, conn: &mut Conn, code: &str) -> Result<Applied> {
        let reach = self.reach.as_ref().ok_or_else(|| {
            Error::NotFound(Message::new("application-not-found").with("code", code))
        })?;
        rounds::find(conn, reach, code)
    }

    /// Whether they handle applications to the opening: HR.
    pub(super) fn is_hr(&self, applied: &Applied) -> bool {
        let hr = self.hr.as_ref();
        // Told by the team alone: nobody has the number 0.
        hr.is_some_and(|reach| reach.holds(0, &[], Some(applied.team_id)))
    }

    /// Whether they set up rounds, check and decide: HR, and the owner of the opening.
    pub(super) fn manages(&self, applied: &Applied) -> bool {
        let owns = self.me.is_some() && self.me == applied.owner_id;
        owns || self.is_hr(applied)
    }

    /// An application that they handle.
    ///
    /// # Errors
    /// `Conflict` where they may only look.
    pub(super) fn managed(&self, conn: &mut Conn, code: &str) -> Result<Applied> {
        let applied = self.applied(conn, code)?;
        if self.manages(&applied) {
            Ok(applied)
        } else {
            Err(Error::Conflict(Message::new("judging-not-yours")))
        }
    }
}

/// Why a form comes back: its errors, or none where somebody else was first. What is no matter of the form is the
/// answer.
pub(super) fn refused(
    answer: Answer,
    field: impl Fn(&Message) -> &'static str,
) -> Result<Option<FieldErrors>, Box<Answer>> {
    match answer {
        Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => Ok(None),
        Err(Problem::Failed(Error::Invalid(all))) => {
            let mut errors = FieldErrors::default();
            for message in all {
                errors.add(field(&message), message);
            }
            Ok(Some(errors))
        }
        other => Err(Box::new(other)),
    }
}

/// The head of a page about judging an application.
pub(super) fn head(who: &Who, code: &str, key: &str) -> Head<'static> {
    Head::about(who, code, plain(who.locale, key))
        .under(plain(who.locale, "judging-candidates"), "/candidates")
        .under(code.to_string(), view::href(code, ""))
}

/// When and where, as typed.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) codes: String,
    pub(super) raters: String,
    pub(super) day: String,
    pub(super) time: String,
    pub(super) minutes: String,
    pub(super) place: String,
}

/// The employee numbers or codes of a field, each once.
pub(super) fn listed(typed: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in typed.split([',', '，', '、', ' ', ';', '；', '\n', '\r', '\t']) {
        let one = one.trim().to_uppercase();
        if !one.is_empty() && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// Longest lists of numbers and codes, in characters.
const LONGEST: usize = 4_000;

/// Checks those who are to judge.
pub(super) fn raters(check: &mut Check, typed: &str) -> Vec<String> {
    listed(&check.required("raters", typed, 500))
}

/// Checks when and where an interview is to be.
pub(super) fn meeting(
    check: &mut Check,
    typed: &Typed,
    zone: Zone,
    now: NaiveDateTime,
) -> Option<Meeting> {
    check.required("day", &typed.day, 20);
    let day = check.date("day", &typed.day);
    let time = check.choice("time", typed.time.trim(), |text| {
        let with_seconds = NaiveTime::parse_from_str(text, "%H:%M:%S");
        NaiveTime::parse_from_str(text, "%H:%M")
            .or(with_seconds)
            .ok()
    });
    let minutes = check.whole("minutes", &typed.minutes, *MINUTES.start(), *MINUTES.end());
    let place = check.required("place", &typed.place, 300);
    let starts_at = zone.utc(day?.and_time(time?));
    if starts_at < now {
        check.wrong("day", Message::new("round-past"));
    }
    Some(Meeting {
        starts_at,
        minutes,
        place,
    })
}

async fn applied(who: &Who, code: &str) -> Result<Applied, Problem> {
    let (asker, code) = (Asker::of(who), code.to_string());
    who.read(move |conn| asker.applied(conn, &code)).await
}

async fn page(
    who: &Who,
    applied: &Applied,
    status: actix_web::http::StatusCode,
    refused: Option<FormView>,
) -> Answer {
    let id = applied.id;
    let (all, seats) = who
        .read(move |conn| {
            let all = rounds::of(conn, id)?;
            let panels: Vec<i64> = all.iter().map(|r| r.panel.id).collect();
            let seats = panels::seated(conn, &panels)?;
            Ok((all, seats))
        })
        .await?;
    let may = Asker::of(who).manages(applied) && view::takes_round(applied);
    let form = refused.or_else(|| may.then(|| view::form(who, applied)));
    let page = view::rounds(who, applied, &all, &seats, form);
    let head = head(who, &applied.code, "rounds-title");
    who.page_with(status, "recruitment/rounds.html", head, &page)
}

async fn show(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    let applied = applied(&who, &code).await?;
    page(&who, &applied, actix_web::http::StatusCode::OK, None).await
}

/// The field that a refusal is about.
fn field_of(message: &Message) -> &'static str {
    match message.key {
        "round-no-application"
        | "round-application-ended"
        | "round-not-judged"
        | "round-no-card" => "codes",
        "round-needs-time" | "round-needs-no-time" => "day",
        _ => "raters",
    }
}

async fn open(who: Can<may::ViewRecruitment>, code: Path<String>, form: Form<Typed>) -> Answer {
    let seen = applied(&who, &code).await?;
    if !Asker::of(&who).manages(&seen) {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let numbers = raters(&mut check, &form.sent.raters);
    let timed = seen.stage.kind == StageKind::Interview;
    let (zone, now) = (who.site.settings.zone, who.site.now());
    let when = if timed {
        meeting(&mut check, &form.sent, zone, now)
    } else {
        None
    };
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let (asker, code) = (Asker::of(&who), code.into_inner());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let applied = asker.managed(conn, &code)?;
                    let raters = change::people(conn, &numbers, asker.today)?;
                    let all = std::slice::from_ref(&applied);
                    change::open(conn, all, &raters, when.as_ref(), actor)?;
                    Ok(format!(
                        "{}?said=round-opened",
                        view::href(&code, "/rounds")
                    ))
                })
                .await;
            match refused(answer, field_of) {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let shown = view::form(&who, &seen).refused(who.locale, &form, errors.as_ref());
    page(&who, &seen, refusal(errors.as_ref()), Some(shown)).await
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Codes {
    codes: String,
}

fn new_page(who: &Who, status: actix_web::http::StatusCode, form: FormView) -> Answer {
    let head =
        Head::of(who, "rounds-new").under(plain(who.locale, "interviews-title"), "/interviews");
    let lede = Some(plain(who.locale, "rounds-new-say").to_string());
    let page = crate::people::view::FormPage { lede, form };
    who.page_with(status, "web/form.html", head, &page)
}

async fn new_form(who: Can<may::EditOpenings>, query: Query<Codes>) -> Answer {
    let codes = listed(&query.codes).join("\n");
    let form = view::bulk_form(&who, &codes);
    new_page(&who, actix_web::http::StatusCode::OK, form)
}

async fn open_all(who: Can<may::EditOpenings>, form: Form<Typed>) -> Answer {
    let mut check = form.check();
    let codes = listed(&check.required("codes", &form.sent.codes, LONGEST));
    if codes.len() > AT_ONCE {
        check.wrong("codes", Message::new("rounds-many").with("n", AT_ONCE));
    }
    let numbers = raters(&mut check, &form.sent.raters);
    let (zone, now) = (who.site.settings.zone, who.site.now());
    let timed = !form.sent.day.trim().is_empty() || !form.sent.time.trim().is_empty();
    let when = if timed {
        meeting(&mut check, &form.sent, zone, now)
    } else {
        None
    };
    let errors = match check.done() {
        Err(errors) => Some(errors),
        Ok(()) => {
            let asker = Asker::of(&who);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let reach = asker
                        .reach
                        .clone()
                        .ok_or_else(|| Error::Conflict(Message::new("judging-not-yours")))?;
                    let all = rounds::find_all(conn, &reach, &codes)?;
                    let foreign: Vec<&str> = all
                        .iter()
                        .filter(|a| !asker.manages(a))
                        .map(|a| a.code.as_str())
                        .collect();
                    if !foreign.is_empty() {
                        return Err(Error::invalid(
                            Message::new("round-no-application").with("codes", foreign.join(", ")),
                        ));
                    }
                    let raters = change::people(conn, &numbers, asker.today)?;
                    change::open(conn, &all, &raters, when.as_ref(), actor)?;
                    Ok("/interviews?of=all&said=rounds-opened".to_string())
                })
                .await;
            match refused(answer, field_of) {
                Ok(errors) => errors,
                Err(answer) => return *answer,
            }
        }
    };
    let shown = view::bulk_form(&who, "").refused(who.locale, &form, errors.as_ref());
    new_page(&who, refusal(errors.as_ref()), shown)
}
