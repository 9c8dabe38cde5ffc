//! What a reader sees of the background check, the decision with the rule beside the sum, offers, and hiring.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::appraisals::view::cycles::{Chip, moment};
use crate::i18n::{self, Locale, hundredths, plain, text};
use crate::judgement::model::card::Card;
use crate::judgement::view::sheet::{criterion_name, level_name};
use crate::recruitment::model::codes::Reason;
use crate::recruitment::model::decision::{
    Asks, CheckItem, CheckResult, Choice, CriterionSum, Frozen, LONG_NOTE, Line, OfferState,
    Standing,
};
use crate::recruitment::store::careers::Text;
use crate::recruitment::store::checks::Check;
use crate::recruitment::store::decisions::{Case, Sheets};
use crate::recruitment::store::offers::Offer;
use crate::recruitment::store::rounds::Applied;
use crate::recruitment::store::rounds::change::link;
use crate::recruitment::view::rounds::{
    Post, Tab, application_chip, href, post, progress, span, state_chip, tabs,
};
use crate::snapshots::Snapshot;
use crate::web::Who;
use crate::web::form::{Field, FormView};

fn chip(locale: Locale, signal: &'static str, key: &str) -> Chip {
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// The name of something that is looked into.
#[must_use]
pub fn item_name(locale: Locale, item: CheckItem) -> &'static str {
    plain(
        locale,
        match item {
            CheckItem::Identity => "check-identity",
            CheckItem::Education => "check-education",
            CheckItem::Employment => "check-employment",
            CheckItem::References => "check-references",
            CheckItem::Licence => "check-licence",
            CheckItem::Other => "check-other",
        },
    )
}

fn result_key(result: CheckResult) -> (&'static str, &'static str) {
    match result {
        CheckResult::Open => ("is-unknown", "check-result-open"),
        CheckResult::Clear => ("is-good", "check-result-clear"),
        CheckResult::Adverse => ("is-bad", "check-result-adverse"),
        CheckResult::Unverifiable => ("is-watch", "check-result-unverifiable"),
    }
}

/// The background check of an application.
#[derive(Serialize)]
pub struct CheckPage {
    tabs: Vec<Tab>,
    agreed: Option<String>,
    /// The text that is agreed to.
    text: String,
    rows: Vec<CheckRow>,
    agree: Option<FormView>,
    begin: Option<FormView>,
    result: Option<FormView>,
    reply: Option<FormView>,
}

#[derive(Serialize)]
struct CheckRow {
    item: &'static str,
    result: Chip,
    note: String,
    reply: Option<String>,
    waits: bool,
    by: Option<String>,
}

/// What the page of a background check is made of.
pub struct Checking {
    pub applied: Applied,
    pub checks: Vec<Check>,
    pub agreed: Option<(i64, NaiveDateTime)>,
    /// What is agreed to.
    pub text: Text,
    /// Whether the reader may record anything.
    pub manages: bool,
}

/// The forms of the page, one of which may have been refused.
#[derive(Default)]
pub struct CheckForms {
    pub agree: Option<FormView>,
    pub begin: Option<FormView>,
    pub result: Option<FormView>,
    pub reply: Option<FormView>,
}

/// The form that records that the applicant has agreed.
#[must_use]
pub fn agree_form(who: &Who, code: &str) -> FormView {
    let day = Field::new("date", "day", plain(who.locale, "check-agreed-on"), "")
        .hint(plain(who.locale, "check-agreed-hint"));
    FormView::new(who, href(code, "/check/agree"), "check-agree", vec![day])
}

/// The form that says what is to be looked into.
#[must_use]
pub fn begin_form(who: &Who, seen: &Checking) -> FormView {
    let fields = CheckItem::ALL
        .iter()
        .filter(|item| !seen.checks.iter().any(|c| c.item == **item))
        .map(|item| Field::new("checkbox", item.code(), item_name(who.locale, *item), ""))
        .collect();
    let action = href(&seen.applied.code, "/check/begin");
    FormView::new(who, action, "check-begin", fields)
}

/// A check in a choice: its code and the version that is shown.
fn choices<'c>(locale: Locale, checks: impl Iterator<Item = &'c Check>) -> Vec<(String, String)> {
    checks
        .map(|c| {
            let value = format!("{}~{}", c.item.code(), c.row_version);
            (value, item_name(locale, c.item).to_string())
        })
        .collect()
}

/// The form that records what was found.
#[must_use]
pub fn result_form(who: &Who, seen: &Checking) -> FormView {
    let locale = who.locale;
    let items = choices(locale, seen.checks.iter());
    let first = items.first().map_or("", |i| i.0.as_str()).to_string();
    let results = CheckResult::ALL.iter().map(|result| {
        let name = plain(locale, result_key(*result).1).to_string();
        (result.code().to_string(), name)
    });
    let fields = vec![
        Field::new("select", "item", plain(locale, "check-item"), &first).options(items),
        Field::new("select", "result", plain(locale, "check-result"), "clear").options(results),
        Field::new("textarea", "note", plain(locale, "check-note"), "")
            .hint(plain(locale, "check-note-hint")),
    ];
    let action = href(&seen.applied.code, "/check/result");
    FormView::new(who, action, "check-save", fields)
}

/// The form that records what the applicant says.
#[must_use]
pub fn reply_form(who: &Who, seen: &Checking) -> FormView {
    let locale = who.locale;
    let items = choices(locale, seen.checks.iter().filter(|c| c.waits_for_reply()));
    let first = items.first().map_or("", |i| i.0.as_str()).to_string();
    let fields = vec![
        Field::new("select", "about", plain(locale, "check-item"), &first).options(items),
        Field::new("textarea", "reply", plain(locale, "check-reply"), "")
            .hint(plain(locale, "check-reply-hint")),
    ];
    let action = href(&seen.applied.code, "/check/reply");
    FormView::new(who, action, "check-reply-save", fields)
}

/// The page of a background check.
#[must_use]
pub fn check(who: &Who, seen: &Checking, refused: CheckForms) -> CheckPage {
    let locale = who.locale;
    let open = seen.manages && seen.applied.is_active();
    let agreed = seen.agreed.is_some();
    let left = CheckItem::ALL.len() > seen.checks.len();
    let waits = seen.checks.iter().any(Check::waits_for_reply);
    CheckPage {
        tabs: tabs(locale, &seen.applied.code, "/check"),
        agreed: seen.agreed.map(|(_, at)| moment(who, at)),
        text: locale
            .pick(&seen.text.body_zh, &seen.text.body_en)
            .to_string(),
        rows: seen.checks.iter().map(|c| check_row(who, c)).collect(),
        agree: refused
            .agree
            .or_else(|| (open && !agreed).then(|| agree_form(who, &seen.applied.code))),
        begin: refused
            .begin
            .or_else(|| (open && agreed && left).then(|| begin_form(who, seen))),
        result: refused.result.or_else(|| {
            (open && agreed && !seen.checks.is_empty()).then(|| result_form(who, seen))
        }),
        reply: refused
            .reply
            .or_else(|| (open && waits).then(|| reply_form(who, seen))),
    }
}

fn check_row(who: &Who, check: &Check) -> CheckRow {
    let (signal, key) = result_key(check.result);
    CheckRow {
        item: item_name(who.locale, check.item),
        result: chip(who.locale, signal, key),
        note: check.note.clone(),
        reply: check.reply.clone(),
        waits: check.waits_for_reply(),
        by: check
            .done_by
            .as_ref()
            .zip(check.done_at)
            .map(|(by, at)| format!("{by} {}", moment(who, at))),
    }
}

/// The name of a reason.
#[must_use]
pub fn reason_name(locale: Locale, reason: Reason) -> &'static str {
    plain(
        locale,
        match reason {
            Reason::KnockOut => "judging-reason-knock-out",
            Reason::PassRule => "judging-reason-pass-rule",
            Reason::Others => "judging-reason-others",
            Reason::NoShow => "judging-reason-no-show",
            Reason::Background => "judging-reason-background",
            Reason::OfferDeclined => "judging-reason-offer-declined",
            Reason::Filled => "judging-reason-filled",
            Reason::Other => "judging-reason-other",
        },
    )
}

/// The decision on an application.
#[derive(Serialize)]
pub struct DecisionPage {
    tabs: Vec<Tab>,
    state: Chip,
    rounds: Vec<RoundRow>,
    criteria: Vec<CriterionRow>,
    total: Option<String>,
    verdict: Chip,
    lines: Vec<RuleRow>,
    checks: Vec<CheckRow>,
    hindrances: Vec<String>,
    form: Option<FormView>,
    /// What was decided, if anything was.
    decided: Option<Decided>,
}

#[derive(Serialize)]
struct Decided {
    choice: Chip,
    reason: Option<&'static str>,
    by: String,
    at: String,
    against: bool,
    version: i32,
    sha256: String,
}

#[derive(Serialize)]
struct RoundRow {
    href: Option<String>,
    name: String,
    when: Option<String>,
    state: Option<Chip>,
    progress: String,
    total: Option<String>,
    /// Raters and what their sheets come to.
    sheets: Vec<(String, String)>,
}

#[derive(Serialize)]
struct CriterionRow {
    name: String,
    n: i64,
    mean: Option<String>,
    spread: String,
    agreement: Option<String>,
}

#[derive(Serialize)]
struct RuleRow {
    asks: String,
    wanted: String,
    found: String,
    standing: Chip,
}

fn standing(locale: Locale, standing: Standing) -> Chip {
    match standing {
        Standing::Met => chip(locale, "is-good", "rule-met"),
        Standing::NotMet => chip(locale, "is-bad", "rule-not-met"),
        Standing::Missing => chip(locale, "is-unknown", "rule-missing"),
    }
}

fn rule_row(locale: Locale, line: &Line, name: &dyn Fn(&str) -> String) -> RuleRow {
    let about = |key| text(locale, key, &[("criterion", name(&line.criterion).into())]);
    let say = |key| plain(locale, key).to_string();
    let none = || "–".to_string();
    let (asks, wanted, found) = match line.asks {
        Asks::Total => (
            say("rule-total"),
            format!("≥ {}", hundredths(line.wanted)),
            line.found.map(hundredths),
        ),
        Asks::Criterion => (
            about("rule-criterion"),
            format!("≥ {}", level_name(line.wanted)),
            line.found.map(hundredths),
        ),
        Asks::Critical => (say("rule-critical"), none(), Some(say("rule-failed"))),
        Asks::Raters => (
            say("rule-raters"),
            format!("≥ {}", line.wanted),
            line.found.map(|n| n.to_string()),
        ),
        Asks::Discussion => (
            about("rule-discussion"),
            format!("≤ {}", level_name(line.wanted)),
            line.found.map(level_name),
        ),
    };
    RuleRow {
        asks,
        wanted,
        found: found.unwrap_or_else(none),
        standing: standing(locale, line.standing),
    }
}

fn criterion_row(
    sum: &CriterionSum,
    name: &dyn Fn(&str) -> String,
    agreement: Option<f64>,
) -> CriterionRow {
    CriterionRow {
        name: name(&sum.criterion),
        n: sum.n,
        mean: sum.mean_h.map(hundredths),
        spread: level_name(sum.spread_h),
        agreement: agreement.map(|r| format!("{r:.2}")),
    }
}

/// The name of a criterion of any of some cards, in the reader's language.
fn namer<'c>(locale: Locale, cards: Vec<&'c Card>) -> impl Fn(&str) -> String + 'c {
    move |code| {
        let found = cards.iter().find_map(|card| card.criterion(code));
        found.map_or_else(
            || code.to_string(),
            |c| criterion_name(locale, c).to_string(),
        )
    }
}

/// The form of a decision.
#[must_use]
pub fn decision_form(who: &Who, applied: &Applied) -> FormView {
    let locale = who.locale;
    let say = |key| plain(locale, key);
    let choices = Choice::ALL.iter().map(|choice| {
        let key = match choice {
            Choice::Offer => "decision-offer",
            Choice::Reject => "decision-reject",
        };
        (choice.code().to_string(), say(key).to_string())
    });
    let none = (String::new(), say("decision-no-reason").to_string());
    let reasons = Reason::ALL.iter().map(|reason| {
        let name = reason_name(locale, *reason).to_string();
        (reason.code().to_string(), name)
    });
    let hint = text(locale, "decision-note-hint", &[("n", LONG_NOTE.into())]);
    let fields = vec![
        Field::new("radio", "choice", say("decision-choice"), "").options(choices),
        Field::new("select", "reason", say("decision-reason"), "")
            .options([none].into_iter().chain(reasons))
            .optional(),
        Field::new("textarea", "note", say("decision-note"), "").hint(hint),
    ];
    FormView::new(
        who,
        href(&applied.code, "/decision"),
        "decision-make",
        fields,
    )
    .version(applied.row_version)
}

fn round_row(who: &Who, case: &Case, sheets: &Sheets) -> RoundRow {
    let locale = who.locale;
    let round = &sheets.round;
    let (asked, submitted) = sheets.progress();
    let card = case.cards.get(&round.panel.kind.version_id);
    let outcome = card.and_then(|card| sheets.outcome(card));
    let name = locale.pick(&round.stage.name.0, &round.stage.name.1);
    let readable = sheets.ratings.is_some();
    RoundRow {
        href: Some(link(round.id)),
        name: format!("{name} {}", round.round_no),
        when: span(who.site.settings.zone, round.starts_at.zip(round.ends_at)),
        state: Some(state_chip(
            locale,
            round.state,
            round.panel.closed_at.is_some(),
            case.applied.is_active(),
        )),
        progress: progress(locale, submitted, asked),
        total: outcome.and_then(|o| o.total_h).map(hundredths),
        sheets: sheets
            .seats
            .iter()
            .filter(|seat| readable && seat.sheet.submitted_at.is_some())
            .map(|seat| {
                let name = seat
                    .rater
                    .as_ref()
                    .map_or_else(String::new, |(_, _, zh, en)| {
                        locale.pick(zh, en).to_string()
                    });
                let total = seat
                    .sheet
                    .total_h
                    .map_or_else(|| "–".to_string(), hundredths);
                (name, total)
            })
            .collect(),
    }
}

/// The page of a decision that is still to be made.
#[must_use]
pub fn decision(who: &Who, case: &Case, form: Option<FormView>) -> DecisionPage {
    let locale = who.locale;
    let name = namer(locale, case.cards.values().collect());
    // Within the last round that several judged: ratings of different rounds are not of the same talk.
    let agreement = |code: &str| {
        case.rounds.iter().rev().find_map(|sheets| {
            let card = case.cards.get(&sheets.round.panel.kind.version_id)?;
            let outcome = sheets.outcome(card)?;
            let found = outcome.criteria.iter().find(|t| t.criterion == code)?;
            found.agreement
        })
    };
    DecisionPage {
        tabs: tabs(locale, &case.applied.code, "/decision"),
        state: application_chip(locale, case.applied.state),
        rounds: case
            .rounds
            .iter()
            .map(|sheets| round_row(who, case, sheets))
            .collect(),
        criteria: case
            .sum
            .criteria
            .iter()
            .map(|sum| criterion_row(sum, &name, agreement(&sum.criterion)))
            .collect(),
        total: case.sum.total_h.map(hundredths),
        verdict: standing(locale, case.verdict),
        lines: case
            .lines
            .iter()
            .map(|line| rule_row(locale, line, &name))
            .collect(),
        checks: case.checks.iter().map(|c| check_row(who, c)).collect(),
        hindrances: case
            .hindrances
            .iter()
            .map(|m| i18n::message(locale, m))
            .collect(),
        form,
        decided: None,
    }
}

/// The page of a decision as it was frozen; `cards` name its criteria.
#[must_use]
pub fn frozen(
    who: &Who,
    applied: &Applied,
    (snapshot, made_by, frozen): (&Snapshot, String, &Frozen),
    cards: &[&Card],
    checks: &[Check],
) -> DecisionPage {
    let locale = who.locale;
    let name = namer(locale, cards.to_vec());
    let (signal, key) = match frozen.choice {
        Choice::Offer => ("is-good", "decision-offer"),
        Choice::Reject => ("is-bad", "decision-reject"),
    };
    let rounds = frozen.rounds.iter().map(|round| {
        let card = cards.iter().find(|c| c.code == round.card);
        let title = card.map_or(round.card.as_str(), |c| locale.pick(&c.name_zh, &c.name_en));
        let n = round.sheets.len() as i64;
        RoundRow {
            href: None,
            name: format!("{title} {}", round.round_no),
            when: None,
            state: None,
            progress: progress(locale, n, n),
            total: None,
            sheets: round
                .sheets
                .iter()
                .map(|sheet| {
                    let total = sheet.total_h.map_or_else(|| "–".to_string(), hundredths);
                    (sheet.rater.clone(), total)
                })
                .collect(),
        }
    });
    let reason = frozen.reason.as_deref().and_then(Reason::parse);
    DecisionPage {
        tabs: tabs(locale, &applied.code, "/decision"),
        state: application_chip(locale, applied.state),
        rounds: rounds.collect(),
        criteria: frozen
            .criteria
            .iter()
            .map(|sum| criterion_row(sum, &name, None))
            .collect(),
        total: frozen.total_h.map(hundredths),
        verdict: standing(locale, frozen.verdict),
        lines: frozen
            .lines
            .iter()
            .map(|line| rule_row(locale, line, &name))
            .collect(),
        checks: checks.iter().map(|c| check_row(who, c)).collect(),
        hindrances: Vec::new(),
        form: None,
        decided: Some(Decided {
            choice: chip(locale, signal, key),
            reason: reason.map(|r| reason_name(locale, r)),
            by: made_by,
            at: moment(who, snapshot.made_at),
            against: frozen.against_rule,
            version: snapshot.version_no,
            sha256: snapshot.sha256.clone(),
        }),
    }
}

/// The offers made on an application.
#[derive(Serialize)]
pub struct OfferPage {
    tabs: Vec<Tab>,
    rows: Vec<OfferRow>,
    form: Option<FormView>,
    posts: Vec<Post>,
    /// The way to hire.
    hire: Option<String>,
    hired: bool,
    /// Nobody has decided yet that there is to be an offer.
    undecided: bool,
}

#[derive(Serialize)]
struct OfferRow {
    version: i32,
    state: Chip,
    terms: String,
    starts: Option<String>,
    expires: Option<String>,
    sent: Option<String>,
    answered: Option<String>,
    by: String,
}

/// What the page of offers is made of.
pub struct Offering {
    pub applied: Applied,
    pub offers: Vec<Offer>,
    pub decided: bool,
    pub manages: bool,
    /// Whether the reader may hire.
    pub hires: bool,
}

/// The form of an offer: the draft there is, or a new version.
#[must_use]
pub fn offer_form(who: &Who, seen: &Offering) -> FormView {
    let locale = who.locale;
    let say = |key| plain(locale, key);
    let newest = seen.offers.first();
    let draft = newest.filter(|o| o.state == OfferState::Draft);
    let day = |of: fn(&Offer) -> Option<chrono::NaiveDate>| {
        newest
            .and_then(of)
            .map_or_else(String::new, |day| day.to_string())
    };
    let terms = newest.map_or("", |o| o.terms.as_str());
    let mut body =
        Field::new("textarea", "terms", say("offer-terms"), terms).hint(say("offer-terms-hint"));
    body.rows = 8;
    let expires = match draft {
        Some(_) => day(|o| o.expires_on),
        None => String::new(),
    };
    let fields = vec![
        body,
        Field::new(
            "date",
            "starts_on",
            say("offer-starts"),
            &day(|o| o.starts_on),
        ),
        Field::new("date", "expires_on", say("offer-expires"), &expires),
    ];
    let action = href(&seen.applied.code, "/offer");
    FormView::new(who, action, "offer-save", fields).version(draft.map_or(0, |o| o.row_version))
}

fn offer_chip(who: &Who, offer: &Offer) -> Chip {
    let (signal, key) = match offer.state {
        OfferState::Draft => ("is-unknown", "offer-state-draft"),
        OfferState::Sent if offer.has_expired(who.site.today()) => {
            ("is-bad", "offer-state-expired")
        }
        OfferState::Sent => ("is-watch", "offer-state-sent"),
        OfferState::Accepted => ("is-good", "offer-state-accepted"),
        OfferState::Declined => ("is-bad", "offer-state-declined"),
        OfferState::Withdrawn => ("is-unknown", "offer-state-withdrawn"),
    };
    chip(who.locale, signal, key)
}

/// The page of offers; `refused` is its form, if it was refused.
#[must_use]
pub fn offers(who: &Who, seen: &Offering, refused: Option<FormView>) -> OfferPage {
    let today = who.site.today();
    let newest = seen.offers.first();
    let may_write = seen.manages
        && seen.decided
        && seen.applied.is_active()
        && newest.is_none_or(|o| !o.is_open(today) && o.state != OfferState::Accepted);
    let mut posts = Vec::new();
    if let Some(offer) = newest.filter(|_| seen.manages && seen.applied.is_active()) {
        let action = |what: &str| href(&seen.applied.code, &format!("/offer/{what}"));
        let mut add = |what: &str, key, ask| {
            posts.push(post(who, action(what), offer.row_version, key, ask));
        };
        if offer.state == OfferState::Draft {
            add("send", "offer-send", None);
        }
        if offer.is_open(today) {
            add("accepted", "offer-accepted", None);
            add("declined", "offer-declined", Some("offer-declined-ask"));
        }
        if matches!(offer.state, OfferState::Draft | OfferState::Sent) {
            add("withdrawn", "offer-withdraw", Some("offer-withdraw-ask"));
        }
    }
    let accepted = newest.is_some_and(|o| o.state == OfferState::Accepted);
    let hires = seen.hires && accepted && seen.applied.is_active();
    OfferPage {
        tabs: tabs(who.locale, &seen.applied.code, "/offer"),
        rows: seen
            .offers
            .iter()
            .map(|o| OfferRow {
                version: o.version_no,
                state: offer_chip(who, o),
                terms: o.terms.clone(),
                starts: o.starts_on.map(|day| day.to_string()),
                expires: o.expires_on.map(|day| day.to_string()),
                sent: o.sent_at.map(|at| moment(who, at)),
                answered: o.answered_at.map(|at| moment(who, at)),
                by: o.made_by.clone(),
            })
            .collect(),
        form: refused.or_else(|| may_write.then(|| offer_form(who, seen))),
        posts,
        hire: hires.then(|| href(&seen.applied.code, "/hire")),
        hired: seen.applied.state == crate::recruitment::model::codes::ApplicationState::Hired,
        undecided: !seen.decided,
    }
}

/// What the form that hires begins with.
pub struct Hiring {
    pub applied: Applied,
    /// The next employee number that is free.
    pub next: String,
    /// E-mail address of the candidate.
    pub email: Option<String>,
    pub starts_on: Option<chrono::NaiveDate>,
    /// Code, Chinese and English name.
    pub team: (String, String, String),
    pub role: (String, String, String),
    /// Employee number of the opening's owner.
    pub manager: Option<String>,
    /// Those that can be chosen; none where they are too many: then a code is typed.
    pub teams: Option<Vec<(String, String, String)>>,
    pub roles: Vec<(String, String, String)>,
}

/// The form that hires.
#[must_use]
pub fn hire_form(who: &Who, seen: &Hiring) -> FormView {
    let locale = who.locale;
    let say = |key| plain(locale, key);
    let applied = &seen.applied;
    let mut fields = Vec::new();
    if applied.staff_id.is_none() {
        fields.push(
            Field::new("text", "employee_no", say("people-number"), &seen.next)
                .hint(say("hire-number-hint")),
        );
        fields.push(Field::new(
            "text",
            "name",
            say("hire-name"),
            &applied.name.0,
        ));
        fields.push(Field::new("text", "name_en", say("hire-name-en"), &applied.name.1).optional());
        let email = seen.email.as_deref().unwrap_or_default();
        fields.push(
            Field::new("email", "email", say("hire-email"), email)
                .hint(say("hire-email-hint"))
                .optional(),
        );
    }
    let choices = |all: &[(String, String, String)], own: &(String, String, String)| {
        let mut found: Vec<(String, String)> = all
            .iter()
            .map(|(code, zh, en)| (code.clone(), locale.pick(zh, en).to_string()))
            .collect();
        if !found.iter().any(|(code, _)| *code == own.0) {
            found.insert(0, (own.0.clone(), locale.pick(&own.1, &own.2).to_string()));
        }
        found
    };
    let day = seen.starts_on.map_or_else(String::new, |d| d.to_string());
    fields.push(Field::new("date", "starts_on", say("offer-starts"), &day));
    fields.push(match &seen.teams {
        Some(teams) => Field::new("select", "team", say("people-team"), &seen.team.0)
            .options(choices(teams, &seen.team)),
        None => Field::new("text", "team", say("people-team"), &seen.team.0),
    });
    fields.push(
        Field::new("select", "job_role", say("people-job-role"), &seen.role.0)
            .options(choices(&seen.roles, &seen.role)),
    );
    let manager = seen.manager.as_deref().unwrap_or_default();
    fields.push(
        Field::new("text", "manager", say("people-manager"), manager)
            .hint(say("hire-manager-hint"))
            .optional(),
    );
    FormView::new(who, href(&applied.code, "/hire"), "hire-do", fields).version(applied.row_version)
}
