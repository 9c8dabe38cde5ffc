//! The list of findings: what was found about whom, in a sentence, and what may become of it.

use serde::Serialize;

use super::gauge::Gauge;
use super::measures::{Link, Tab};
use crate::accounts::store::random_token;
use crate::calendar::date_of;
use crate::evidence::measures::Measure;
use crate::findings::model::{Rule, State};
use crate::findings::store::Finding;
use crate::i18n::{Locale, Value, plain, text};
use crate::web::Who;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// A page of findings of one state.
#[derive(Serialize)]
pub struct Findings {
    list: ListView,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    csrf: String,
    /// Whether the reader may say what becomes of one.
    may_decide: bool,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    /// Who or which team.
    about: Link,
    measure: Link,
    sentence: String,
    found: String,
    /// `is-bad`, `is-watch`, and its word.
    signal: &'static str,
    word: &'static str,
    row_version: i32,
    once: String,
    next: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    text: &'static str,
}

/// The name of a state.
#[must_use]
pub fn state_name(locale: Locale, state: State) -> &'static str {
    plain(
        locale,
        match state {
            State::Open => "finding-state-open",
            State::Noted => "finding-state-noted",
            State::Dismissed => "finding-state-dismissed",
            State::Planned => "finding-state-planned",
        },
    )
}

/// What the button says that brings a finding into a state.
fn verb(locale: Locale, state: State) -> &'static str {
    plain(
        locale,
        match state {
            State::Open => "finding-state-open",
            State::Noted => "finding-do-note",
            State::Dismissed => "finding-do-dismiss",
            State::Planned => "finding-do-plan",
        },
    )
}

/// The page.
#[must_use]
pub fn findings(
    who: &Who,
    state: State,
    slice: Slice<Finding>,
    counted: i64,
    may_decide: bool,
) -> Findings {
    let locale = who.locale;
    let query = [(
        "state",
        if state == State::Open {
            ""
        } else {
            state.code()
        },
    )];
    let list = ListView::new(who, "/findings", &query, &slice, counted, |found| {
        (format!("{}.{}", found.importance, found.urgency), found.id)
    });
    Findings {
        list,
        tabs: State::ALL
            .into_iter()
            .map(|tab| Tab {
                text: state_name(locale, tab).to_owned(),
                href: match tab {
                    State::Open => "/findings".to_owned(),
                    other => format!("/findings?state={}", other.code()),
                },
                current: tab == state,
                count: None,
            })
            .collect(),
        rows: slice
            .rows
            .iter()
            .filter_map(|found| row(who, locale, found))
            .collect(),
        csrf: who.form_token(),
        may_decide,
    }
}

fn row(who: &Who, locale: Locale, found: &Finding) -> Option<Row> {
    let measure = Measure::parse(&found.measure)?;
    let gauge = Gauge::of_measure(measure, locale);
    let (name, base) = match (&found.staff, &found.team) {
        (Some((no, zh, en)), _) => (locale.pick(zh, en), format!("/people/{}", escape(no))),
        (None, Some((code, zh, en))) => (locale.pick(zh, en), format!("/teams/{}", escape(code))),
        (None, None) => return None,
    };
    let warning = &found.warning;
    let sentence = text(
        locale,
        match warning.rule {
            Rule::BeyondLimit => "signal-limit",
            Rule::NineOnOneSide => "signal-side",
            Rule::SixInATrend => "signal-trend",
        },
        &[
            ("week", Value::from(date_of(found.day).to_string())),
            ("value", gauge.full(warning.value).into()),
            ("mean", gauge.full(warning.mean).into()),
        ],
    );
    let (signal, key) = if warning.worse {
        ("is-bad", "finding-worse")
    } else {
        ("is-watch", "finding-different")
    };
    Some(Row {
        id: found.id,
        measure: Link {
            text: gauge.name.to_owned(),
            href: format!("{base}/measures/{}", gauge.code),
        },
        about: Link {
            text: name.to_owned(),
            href: base,
        },
        sentence,
        found: who
            .site
            .settings
            .zone
            .local(found.found_at)
            .format("%Y-%m-%d")
            .to_string(),
        signal,
        word: plain(locale, key),
        row_version: found.row_version,
        once: random_token(),
        next: found
            .state
            .next()
            .map(|state| Choice {
                value: state.code(),
                text: verb(locale, state),
            })
            .collect(),
    })
}
