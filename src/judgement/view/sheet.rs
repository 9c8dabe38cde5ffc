//! A sheet of a card: the parts of its form, what was typed into them, and the sheet once it is filled in. Every
//! feature that has people judge shows sheets by these parts.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::i18n::{Locale, hundredths, plain, text};
use crate::judgement::model::card::{Card, Criterion};
use crate::judgement::model::sheet::{Given, Rating};
use crate::judgement::store::panels::Sheet;
use crate::web::Who;
use crate::web::form::{Check, Field};

/// Longest note, in characters.
pub const NOTE: usize = 2_000;

/// Longest closing words, in characters.
pub const SUMMARY: usize = 5_000;

/// What stands for "not applicable".
const NOT_APPLICABLE: &str = "na";

fn rating_field(code: &str) -> String {
    format!("r_{code}")
}

fn note_field(code: &str) -> String {
    format!("n_{code}")
}

/// The names of the fields of some criteria.
pub fn names(criteria: &[Criterion]) -> impl Iterator<Item = String> {
    criteria
        .iter()
        .flat_map(|c| [rating_field(&c.code), note_field(&c.code)])
}

/// Checks what was typed into the fields of a card; what is wrong is noted beside its field.
pub fn typed(check: &mut Check, card: &Card, sent: &BTreeMap<String, String>) -> Vec<Rating> {
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let mut given = Vec::new();
    for criterion in &card.criteria {
        let note = note_field(&criterion.code);
        let points = value(&rating_field(&criterion.code)).to_string();
        given.push(Given {
            criterion: criterion.code.clone(),
            points_h: points.parse().ok(),
            not_applicable: points == NOT_APPLICABLE,
            note: check
                .optional(&note, value(&note), NOTE)
                .unwrap_or_default(),
            evidence: String::new(),
        });
    }
    card.ratings(&given).unwrap_or_else(|wrong| {
        for (code, message) in wrong {
            let field = if message.key == "rating-note" {
                note_field(&code)
            } else {
                rating_field(&code)
            };
            check.wrong(&field, message);
        }
        Vec::new()
    })
}

/// A level in words: 3, or 2.50.
#[must_use]
pub fn level_name(points_h: i64) -> String {
    if points_h % 100 == 0 {
        (points_h / 100).to_string()
    } else {
        hundredths(points_h)
    }
}

/// The name of a criterion.
#[must_use]
pub fn criterion_name(locale: Locale, criterion: &Criterion) -> &str {
    locale.pick(&criterion.name_zh, &criterion.name_en)
}

/// The fields of a criterion, called `label`: its levels to choose from, with what earns them, and a note.
#[must_use]
pub fn criterion_fields(
    locale: Locale,
    criterion: &Criterion,
    ratings: &[Rating],
    label: &str,
) -> [Field; 2] {
    let word = |key| plain(locale, key);
    let stored = ratings.iter().find(|r| r.criterion == criterion.code);
    let value = match stored {
        Some(rating) if rating.not_applicable => NOT_APPLICABLE.to_string(),
        Some(rating) => rating.points_h.map_or_else(String::new, |p| p.to_string()),
        None => String::new(),
    };
    let levels = criterion.levels.iter().map(|level| {
        let anchor = locale.pick(&level.anchor_zh, &level.anchor_en);
        let text = format!("{} · {anchor}", level_name(level.points_h));
        (level.points_h.to_string(), text)
    });
    let none = criterion.na_allowed.then(|| {
        (
            NOT_APPLICABLE.to_string(),
            word("rating-not-applicable").to_string(),
        )
    });
    let name = criterion_name(locale, criterion);
    let choice = Field::new("radio", &rating_field(&criterion.code), label, &value)
        .options(levels.chain(none));
    let note = stored.map_or("", |r| r.note.as_str());
    let about = text(locale, "rating-note-on", &[("name", name.into())]);
    let mut field = Field::new("textarea", &note_field(&criterion.code), &about, note).optional();
    field.rows = 2;
    if criterion.note_below_h.is_some() || criterion.note_above_h.is_some() {
        field = field.hint(word("rating-note-hint"));
    }
    [choice, field]
}

/// A sheet that is filled in.
#[derive(Serialize)]
pub struct SheetView {
    title: String,
    rows: Vec<RatingRow>,
    summary: String,
    at: Option<String>,
}

#[derive(Serialize)]
struct RatingRow {
    name: String,
    level: Option<String>,
    anchor: Option<String>,
    note: String,
}

/// A sheet under a title, as it was sent.
#[must_use]
pub fn filled(
    who: &Who,
    title: String,
    card: &Card,
    sheet: &Sheet,
    ratings: &[Rating],
) -> SheetView {
    let locale = who.locale;
    let zone = who.site.settings.zone;
    SheetView {
        title,
        rows: card
            .criteria
            .iter()
            .filter_map(|criterion| {
                let rating = ratings.iter().find(|r| r.criterion == criterion.code)?;
                let level = criterion
                    .levels
                    .iter()
                    .find(|l| Some(l.points_h) == rating.points_h);
                Some(RatingRow {
                    name: criterion_name(locale, criterion).to_string(),
                    level: rating.points_h.map(level_name),
                    anchor: level.map(|l| locale.pick(&l.anchor_zh, &l.anchor_en).to_string()),
                    note: rating.note.clone(),
                })
            })
            .collect(),
        summary: sheet.summary.clone(),
        at: sheet
            .submitted_at
            .map(|at| zone.local(at).format("%Y-%m-%d %H:%M").to_string()),
    }
}
