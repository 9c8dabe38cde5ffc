//! The board of an opening: columns of cards, or a list, and what is done with many at once. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::accounts::store::random_token;
use crate::i18n::{Locale, hundredths, number, plain};
use crate::recruitment::model::codes::ApplicationState;
use crate::recruitment::store::board::{Card, Filter, Opening};
use crate::recruitment::store::candidates::Scope;
use crate::recruitment::store::reading::Stage;
use crate::recruitment::view::candidates::{application_href, called};
use crate::recruitment::view::names::{Chip, Link, day, reasons, source_name, state_chip};
use crate::recruitment::view::openings::application_state;
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// Address of an opening's board.
#[must_use]
pub fn board_href(code: &str) -> String {
    format!("/openings/{}/board", escape(code))
}

/// Address of the list of an opening's applications.
#[must_use]
pub fn list_href(code: &str) -> String {
    format!("/openings/{}/applications", escape(code))
}

/// What many applications are to do, as it was typed, and why it was refused.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub selected: Vec<String>,
    pub all: bool,
    pub stage: String,
    pub reason: String,
    pub note: String,
    pub refused: Vec<String>,
}

/// What a page of the board is of.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    pub scope: &'a Scope,
    pub opening: &'a Opening,
    pub stages: &'a [Stage],
    /// Whether the reader moves and rejects.
    pub manages: bool,
    pub typed: &'a Typed,
}

/// What stands below the cards: what is done with those chosen.
#[derive(Serialize)]
struct Bulk {
    action: String,
    csrf: String,
    once: String,
    stage: Field,
    reason: Field,
    note: Field,
    reopen: bool,
    refused: Vec<String>,
    /// Where the form came from: kept in it.
    state: &'static str,
    of_stage: String,
    /// How many the list has, to take all of them along.
    all: Option<(String, i64)>,
    all_checked: bool,
}

/// The board.
#[derive(Serialize)]
pub struct Board {
    opening: Link,
    list: String,
    columns: Vec<Column>,
    ended: Vec<Ended>,
    bulk: Option<Bulk>,
}

#[derive(Serialize)]
struct Column {
    title: String,
    n: String,
    cards: Vec<CardView>,
    more: Option<Link>,
}

#[derive(Serialize)]
struct Ended {
    state: Chip,
    n: String,
    href: String,
}

#[derive(Serialize)]
struct CardView {
    /// What choosing it sends.
    value: String,
    checked: bool,
    code: String,
    href: String,
    name: String,
    applied: String,
    waits: i64,
    source: &'static str,
    total: Option<String>,
    knock_out: Option<Chip>,
    stage: String,
    state: Chip,
}

fn card(who: &Who, of: Of, card: &Card) -> CardView {
    let Of {
        scope,
        stages,
        typed,
        ..
    } = of;
    let locale = who.locale;
    let value = format!("{}:{}", card.code, card.row_version);
    let chip = |key, signal| Chip {
        word: plain(locale, key),
        signal,
    };
    let stage = stages.iter().find(|s| s.id == card.stage_id);
    CardView {
        checked: typed
            .selected
            .iter()
            .any(|one| one.starts_with(&format!("{}:", card.code))),
        value,
        code: card.code.clone(),
        href: application_href(&card.code),
        name: called(
            locale,
            &card.candidate,
            scope.blind.contains(&card.candidate_id),
        ),
        applied: day(who, card.applied_at),
        waits: (who.site.now() - card.entered_at).num_days().max(0),
        source: source_name(locale, card.source),
        total: card.total_h.map(hundredths),
        knock_out: match (card.unconfirmed, card.knocked_out) {
            (true, _) => Some(chip("application-answer-open", "is-watch")),
            (false, true) => Some(chip("application-answer-unmet", "is-bad")),
            (false, false) => None,
        },
        stage: stage.map_or_else(String::new, |s| {
            locale.pick(&s.name_zh, &s.name_en).to_string()
        }),
        state: state_chip(locale, card.state),
    }
}

fn count(n: i64) -> String {
    number(n as f64, 0)
}

fn bulk(who: &Who, of: Of, filter: Filter, all: Option<(String, i64)>) -> Bulk {
    let Of {
        opening,
        stages,
        typed,
        ..
    } = of;
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let none = || [(String::new(), word("application-choose").to_string())].into_iter();
    let to = stages.iter().map(|s| {
        (
            s.id.to_string(),
            locale.pick(&s.name_zh, &s.name_en).to_string(),
        )
    });
    Bulk {
        action: list_href(&opening.named.0),
        csrf: who.form_token(),
        once: random_token(),
        stage: Field::new("select", "stage", word("application-to"), &typed.stage)
            .options(none().chain(to)),
        reason: Field::new(
            "select",
            "reason",
            word("application-reason"),
            &typed.reason,
        )
        .options(none().chain(reasons(locale))),
        note: Field::new("text", "note", word("application-note"), &typed.note).optional(),
        reopen: filter.state.is_closed() && filter.state != ApplicationState::Hired,
        refused: typed.refused.clone(),
        state: filter.state.code(),
        of_stage: filter.stage_id.map(|id| id.to_string()).unwrap_or_default(),
        all,
        all_checked: typed.all,
    }
}

fn opening_link(locale: Locale, opening: &Opening) -> Link {
    let (code, zh, en) = &opening.named;
    Link {
        text: locale.pick(zh, en).to_string(),
        href: format!("/openings/{}", escape(code)),
    }
}

/// The title of an opening.
#[must_use]
pub fn title(who: &Who, opening: &Opening) -> String {
    opening_link(who.locale, opening).text
}

/// The board by stages.
#[must_use]
pub fn board(
    who: &Who,
    of: Of,
    counts: &BTreeMap<(ApplicationState, i64), i64>,
    columns: &[(i64, Vec<Card>)],
) -> Board {
    let Of {
        scope,
        opening,
        stages,
        ..
    } = of;
    let locale = who.locale;
    let list = list_href(&opening.named.0);
    let columns = stages
        .iter()
        .map(|stage| {
            let n = counts
                .get(&(ApplicationState::Active, stage.id))
                .copied()
                .unwrap_or_default();
            let cards = columns.iter().find(|(id, _)| *id == stage.id);
            let cards: Vec<CardView> = cards
                .map_or(&[][..], |(_, cards)| cards)
                .iter()
                .map(|one| card(who, of, one))
                .collect();
            Column {
                title: locale.pick(&stage.name_zh, &stage.name_en).to_string(),
                more: (n > cards.len() as i64).then(|| Link {
                    text: crate::i18n::text(locale, "board-more", &[("n", n.into())]),
                    href: format!("{list}?stage={}", stage.id),
                }),
                n: count(n),
                cards,
            }
        })
        .collect();
    let ended = ApplicationState::ALL
        .iter()
        .filter(|state| state.is_closed())
        .map(|state| {
            let all = counts.iter().filter(|((of, _), _)| of == state);
            Ended {
                state: state_chip(locale, *state),
                n: count(all.map(|(_, n)| n).sum()),
                href: format!("{list}?state={}", state.code()),
            }
        })
        .collect();
    let active = Filter {
        state: ApplicationState::Active,
        stage_id: None,
        me: scope.me,
    };
    Board {
        opening: opening_link(locale, opening),
        list,
        columns,
        ended,
        bulk: of.manages.then(|| bulk(who, of, active, None)),
    }
}

/// The applications of an opening as a list.
#[derive(Serialize)]
pub struct Table {
    opening: Link,
    board: String,
    list: ListView,
    rows: Vec<CardView>,
    bulk: Option<Bulk>,
}

/// A page of the list.
#[must_use]
pub fn table(who: &Who, of: Of, filter: Filter, slice: &Slice<Card>, counted: i64) -> Table {
    let Of {
        opening, stages, ..
    } = of;
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let stage_id = filter.stage_id.map(|id| id.to_string()).unwrap_or_default();
    let state = match filter.state {
        ApplicationState::Active => "",
        other => other.code(),
    };
    let query = [("state", state), ("stage", stage_id.as_str())];
    let states = ApplicationState::ALL.iter().map(|s| {
        let code = if *s == ApplicationState::Active {
            ""
        } else {
            s.code()
        };
        (code.to_string(), application_state(locale, *s).to_string())
    });
    let every = (String::new(), word("candidates-every-stage").to_string());
    let to = stages.iter().map(|s| {
        (
            s.id.to_string(),
            locale.pick(&s.name_zh, &s.name_en).to_string(),
        )
    });
    let filters = vec![
        Field::new("select", "state", word("candidate-state"), state).options(states),
        Field::new("select", "stage", word("candidate-stage"), &stage_id)
            .options([every].into_iter().chain(to)),
    ];
    let href = list_href(&opening.named.0);
    let key = |row: &Card| {
        (
            row.applied_at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            row.id,
        )
    };
    let list = ListView::new(who, &href, &query, slice, counted, key)
        .filters(filters)
        .export(&query);
    let all = crate::i18n::text(locale, "board-all", &[("n", counted.into())]);
    Table {
        opening: opening_link(locale, opening),
        board: board_href(&opening.named.0),
        rows: slice.rows.iter().map(|one| card(who, of, one)).collect(),
        bulk: (of.manages && filter.state != ApplicationState::Hired && counted > 0)
            .then(|| bulk(who, of, filter, Some((all, counted)))),
        list,
    }
}

/// The rows of the export: the head in words, then every application of the list.
#[must_use]
pub fn export(who: &Who, scope: &Scope, stages: &[Stage], rows: &[Card]) -> Vec<Vec<String>> {
    let locale = who.locale;
    let head = [
        "candidate-application",
        "candidate-code",
        "candidate-name",
        "candidate-stage",
        "candidate-state",
        "candidate-source",
        "candidate-applied",
        "application-total",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        let stage = stages.iter().find(|s| s.id == row.stage_id);
        vec![
            row.code.clone(),
            row.candidate.0.clone(),
            called(
                locale,
                &row.candidate,
                scope.blind.contains(&row.candidate_id),
            ),
            stage.map_or_else(String::new, |s| {
                locale.pick(&s.name_zh, &s.name_en).to_string()
            }),
            application_state(locale, row.state).to_string(),
            source_name(locale, row.source).to_string(),
            day(who, row.applied_at),
            row.total_h.map_or_else(String::new, hundredths),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}
