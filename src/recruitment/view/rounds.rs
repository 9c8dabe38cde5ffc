//! What a reader sees of the rounds of an application, and the forms that set them up; the parts that all pages
//! about judging an application share.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::appraisals::view::cycles::Chip;
use crate::calendar::Zone;
use crate::i18n::{Locale, plain, text};
use crate::judgement::model::sheet::State;
use crate::judgement::store::panels::Seated;
use crate::recruitment::model::codes::{ApplicationState, StageKind};
use crate::recruitment::model::interview::RoundState;
use crate::recruitment::store::rounds::change::link;
use crate::recruitment::store::rounds::{Applied, Stored};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// A part of the pages of an application.
#[derive(Clone, Debug, Serialize)]
pub struct Tab {
    text: &'static str,
    href: String,
    current: bool,
    count: Option<i64>,
}

/// The address of an application, or of a part of its pages: empty, `/rounds`, `/decision`.
#[must_use]
pub fn href(code: &str, part: &str) -> String {
    format!("/applications/{}{part}", escape(code))
}

/// The parts of an application's pages that are about judging it; `current` is the end of the address.
#[must_use]
pub fn tabs(locale: Locale, code: &str, current: &str) -> Vec<Tab> {
    let tab = |part: &str, key| Tab {
        text: plain(locale, key),
        href: href(code, part),
        current: part == current,
        count: None,
    };
    vec![
        tab("", "judging-tab-application"),
        tab("/rounds", "judging-tab-rounds"),
        tab("/check", "judging-tab-check"),
        tab("/decision", "judging-tab-decision"),
        tab("/offer", "judging-tab-offer"),
    ]
}

/// A button that changes something.
#[derive(Clone, Debug, Serialize)]
pub struct Post {
    action: String,
    csrf: String,
    once: String,
    row_version: i32,
    text: &'static str,
    /// What is lost, where something is.
    danger: &'static str,
}

/// A button with its text; with `danger` it asks first.
#[must_use]
pub fn post(who: &Who, action: String, row_version: i32, key: &str, danger: Option<&str>) -> Post {
    Post {
        action,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
        row_version,
        text: plain(who.locale, key),
        danger: danger.map_or("", |key| plain(who.locale, key)),
    }
}

/// The name of a kind of stage.
#[must_use]
pub fn kind_name(locale: Locale, kind: StageKind) -> &'static str {
    plain(
        locale,
        match kind {
            StageKind::Screening => "judging-kind-screening",
            StageKind::Interview => "judging-kind-interview",
            StageKind::BackgroundCheck => "judging-kind-check",
            StageKind::Offer => "judging-kind-offer",
        },
    )
}

/// Where a round stands; `closed` is whether its panel is, `active` whether the application is under way.
#[must_use]
pub fn state_chip(locale: Locale, state: RoundState, closed: bool, active: bool) -> Chip {
    let (signal, key) = match state {
        RoundState::Cancelled => ("is-unknown", "round-state-cancelled"),
        RoundState::Missed => ("is-bad", "round-state-missed"),
        _ if closed => ("is-good", "round-state-closed"),
        _ if !active => ("is-unknown", "round-state-ended"),
        RoundState::Planned => ("is-watch", "round-state-planned"),
        RoundState::Held => ("is-good", "round-state-held"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// Where a sheet stands.
#[must_use]
pub fn seat_chip(locale: Locale, state: State) -> Chip {
    let (signal, key) = match state {
        State::Submitted => ("is-good", "sheet-state-submitted"),
        State::Draft => ("is-watch", "sheet-state-draft"),
        State::Declined => ("is-unknown", "sheet-state-declined"),
        State::Proposed | State::Invited => ("is-unknown", "sheet-state-invited"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// From when to when, where the organisation is: `2026-12-01 14:00-15:00`.
#[must_use]
pub fn span(zone: Zone, times: Option<(NaiveDateTime, NaiveDateTime)>) -> Option<String> {
    times.map(|(starts, ends)| {
        let (starts, ends) = (zone.local(starts), zone.local(ends));
        format!(
            "{}-{}",
            starts.format("%Y-%m-%d %H:%M"),
            ends.format("%H:%M")
        )
    })
}

/// A rater's name as a reader writes it, with the employee number.
#[must_use]
pub fn rater_name(locale: Locale, seat: &Seated) -> String {
    match &seat.rater {
        Some((_, no, zh, en)) => format!("{} {no}", locale.pick(zh, en)),
        None => String::new(),
    }
}

/// `2 of 3 sheets are in`.
#[must_use]
pub fn progress(locale: Locale, submitted: i64, asked: i64) -> String {
    let slots = [("n", submitted.into()), ("of", asked.into())];
    text(locale, "round-progress", &slots)
}

/// The rounds of an application.
#[derive(Serialize)]
pub struct Rounds {
    tabs: Vec<Tab>,
    stage: String,
    rows: Vec<Row>,
    form: Option<FormView>,
    /// Why no round can be set up now.
    no_form: Option<String>,
}

#[derive(Serialize)]
struct Row {
    href: String,
    stage: String,
    when: Option<String>,
    place: String,
    state: Chip,
    progress: String,
    raters: Vec<(String, Chip)>,
}

/// The page of an application's rounds; `seats` are those of all of them. `form` sets up another, where the reader may.
#[must_use]
pub fn rounds(
    who: &Who,
    applied: &Applied,
    all: &[Stored],
    seats: &[Seated],
    form: Option<FormView>,
) -> Rounds {
    let locale = who.locale;
    let row = |round: &Stored| {
        let of: Vec<&Seated> = seats
            .iter()
            .filter(|seat| seat.sheet.panel_id == round.panel.id)
            .collect();
        let in_state = |state: &[State]| {
            let these = of.iter().filter(|seat| state.contains(&seat.sheet.state));
            these.count() as i64
        };
        let name = locale.pick(&round.stage.name.0, &round.stage.name.1);
        Row {
            href: link(round.id),
            stage: format!("{name} {}", round.round_no),
            when: span(who.site.settings.zone, round.starts_at.zip(round.ends_at)),
            place: round.place.clone(),
            state: state_chip(
                locale,
                round.state,
                round.panel.closed_at.is_some(),
                applied.is_active(),
            ),
            progress: progress(
                locale,
                in_state(&[State::Submitted]),
                in_state(&[State::Submitted, State::Invited, State::Draft]),
            ),
            raters: of
                .iter()
                .map(|seat| {
                    (
                        rater_name(locale, seat),
                        seat_chip(locale, seat.sheet.state),
                    )
                })
                .collect(),
        }
    };
    let stage = locale.pick(&applied.stage.name.0, &applied.stage.name.1);
    let why_not = if applied.is_active() {
        "rounds-stage-not-judged"
    } else {
        "rounds-ended"
    };
    Rounds {
        tabs: tabs(locale, &applied.code, "/rounds"),
        stage: stage.to_string(),
        rows: all.iter().map(row).collect(),
        no_form: form.is_none().then(|| plain(locale, why_not).to_string()),
        form,
    }
}

/// Whether a round can be set up for an application where it stands.
#[must_use]
pub fn takes_round(applied: &Applied) -> bool {
    let judged = matches!(
        applied.stage.kind,
        StageKind::Screening | StageKind::Interview
    );
    applied.is_active() && judged
}

/// The fields of the time and place of an interview, as they are now.
#[must_use]
pub fn meeting_fields(
    locale: Locale,
    zone: Zone,
    now: Option<(NaiveDateTime, NaiveDateTime, &str)>,
) -> Vec<Field> {
    let say = |key| plain(locale, key);
    let local = now.map(|(starts, _, _)| zone.local(starts));
    let day = local.map_or_else(String::new, |at| at.date().to_string());
    let time = local.map_or_else(String::new, |at| at.format("%H:%M").to_string());
    let minutes = now.map_or(45, |(starts, ends, _)| (ends - starts).num_minutes());
    let place = now.map_or("", |(_, _, place)| place);
    vec![
        Field::new("date", "day", say("round-day"), &day),
        Field::new("time", "time", say("round-time"), &time).hint(zone.to_string()),
        Field::new(
            "number",
            "minutes",
            say("round-minutes"),
            &minutes.to_string(),
        )
        .suffix(say("round-minutes-unit")),
        Field::new("text", "place", say("round-place"), place).hint(say("round-place-hint")),
    ]
}

/// The field of those who judge; at least `least`.
#[must_use]
pub fn raters_field(locale: Locale, least: i32) -> Field {
    let hint = text(
        locale,
        "round-raters-hint",
        &[("n", i64::from(least).into())],
    );
    Field::new("text", "raters", plain(locale, "round-raters"), "").hint(hint)
}

/// The form that sets up a round for one application.
#[must_use]
pub fn form(who: &Who, applied: &Applied) -> FormView {
    let locale = who.locale;
    let mut fields = vec![raters_field(locale, applied.stage.raters)];
    if applied.stage.kind == StageKind::Interview {
        fields.extend(meeting_fields(locale, who.site.settings.zone, None));
    }
    FormView::new(who, href(&applied.code, "/rounds"), "round-open", fields)
}

/// The form that sets up rounds for many applications at once.
#[must_use]
pub fn bulk_form(who: &Who, codes: &str) -> FormView {
    let locale = who.locale;
    let mut field = Field::new("textarea", "codes", plain(locale, "rounds-codes"), codes)
        .hint(plain(locale, "rounds-codes-hint"));
    field.rows = 6;
    let mut fields = vec![field, raters_field(locale, 1)];
    let times = meeting_fields(locale, who.site.settings.zone, None);
    fields.extend(times.into_iter().map(|field| {
        if field.name == "minutes" {
            field
        } else {
            field.optional()
        }
    }));
    FormView::new(who, "/interviews/new", "round-open", fields)
}

/// What has become of an application.
#[must_use]
pub fn application_chip(locale: Locale, state: ApplicationState) -> Chip {
    let (signal, key) = match state {
        ApplicationState::Active => ("is-watch", "judging-state-active"),
        ApplicationState::Rejected => ("is-bad", "judging-state-rejected"),
        ApplicationState::Withdrawn => ("is-unknown", "judging-state-withdrawn"),
        ApplicationState::Hired => ("is-good", "judging-state-hired"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}
