//! Figures of a KPI that are typed in: the list of a quarter, the form of one, and the rows of many.

use serde::Serialize;

use crate::calendar::Quarter;
use crate::evidence::view::gauge::Gauge;
use crate::goals::model::typed::Typed;
use crate::goals::model::{Figure, Kpi};
use crate::goals::store::values::Row;
use crate::i18n::{Locale, plain, text};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The keys of the names of the two fields.
fn keys(typed: Typed) -> [&'static str; 2] {
    match typed {
        Typed::Share => ["value-hits", "value-of"],
        Typed::Rate => ["value-events", "value-exposure"],
        Typed::Mean => ["value-mean", "value-n"],
    }
}

/// The page of a KPI's values in a quarter.
#[derive(Serialize)]
pub struct Page {
    list: ListView,
    rows: Vec<Shown>,
    quarter: String,
    before: String,
    next: String,
    part: &'static str,
    whole: &'static str,
    pub one: FormView,
    pub many: FormView,
}

#[derive(Serialize)]
struct Shown {
    subject: String,
    name: String,
    href: String,
    of_team: bool,
    part: String,
    whole: String,
    value: String,
    note: String,
    by: String,
    edit: String,
}

/// Address of a KPI's values in a quarter.
#[must_use]
pub fn values_href(kpi: &str, quarter: Quarter) -> String {
    format!("/kpis/{}/values?quarter={}", escape(kpi), quarter.code())
}

fn figure_of(row: &Row) -> Option<Figure> {
    serde_json::from_str(&row.figure_json).ok()
}

fn subject_of(row: &Row) -> Option<&(String, String, String)> {
    row.person.as_ref().or(row.team.as_ref())
}

/// The page; `editing`: the number or code whose value the form holds.
#[must_use]
pub fn page(
    who: &Who,
    kpi: &Kpi,
    quarter: Quarter,
    slice: Slice<Row>,
    counted: i64,
    editing: &str,
) -> Page {
    let locale = who.locale;
    let action = format!("/kpis/{}/values", escape(&kpi.code));
    let code = quarter.code();
    let query = [("quarter", code.as_str())];
    let list = ListView::new(who, &action, &query, &slice, counted, |row: &Row| {
        (String::new(), row.id)
    })
    .export(&query);
    let [part, whole] = keys(Typed::of(kpi.unit)).map(|key| plain(locale, key));
    let edited = slice
        .rows
        .iter()
        .find(|row| subject_of(row).is_some_and(|s| s.0 == editing));
    Page {
        rows: slice
            .rows
            .iter()
            .filter_map(|row| shown(locale, kpi, quarter, row))
            .collect(),
        before: values_href(&kpi.code, quarter.prev()),
        next: values_href(&kpi.code, quarter.next()),
        one: one(who, kpi, quarter, editing, edited),
        many: many(who, kpi, quarter),
        quarter: code,
        list,
        part,
        whole,
    }
}

fn shown(locale: Locale, kpi: &Kpi, quarter: Quarter, row: &Row) -> Option<Shown> {
    let (code, zh, en) = subject_of(row)?;
    let figure = figure_of(row)?;
    let gauge = Gauge::of(kpi, locale);
    let estimate = gauge.estimate(Some(&figure));
    let [part, whole] = Typed::texts(&figure);
    let place = if row.team.is_some() {
        "teams"
    } else {
        "people"
    };
    Some(Shown {
        subject: code.clone(),
        name: locale.pick(zh, en).to_string(),
        href: format!("/{place}/{}", escape(code)),
        of_team: row.team.is_some(),
        part,
        whole,
        value: estimate.value.map_or_else(String::new, |value| {
            format!("{} {}", gauge.full(value), gauge.bracket(&estimate))
        }),
        note: row.note.clone(),
        by: row.entered_by.clone(),
        edit: format!("{}&edit={}", values_href(&kpi.code, quarter), escape(code)),
    })
}

fn one(who: &Who, kpi: &Kpi, quarter: Quarter, editing: &str, row: Option<&Row>) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let [part_key, whole_key] = keys(Typed::of(kpi.unit));
    let [part, whole] = row
        .and_then(figure_of)
        .map_or_else(Default::default, |figure| Typed::texts(&figure));
    let fields = vec![
        Field::new("hidden", "quarter", "", &quarter.code()),
        Field::new("text", "subject", word("value-subject"), editing)
            .hint(word("value-subject-hint")),
        Field::new("number", "part", word(part_key), &part),
        Field::new("number", "whole", word(whole_key), &whole),
        Field::new(
            "text",
            "note",
            word("value-note"),
            row.map_or("", |row| &row.note),
        )
        .hint(word("value-note-hint")),
    ];
    let action = format!("/kpis/{}/values", escape(&kpi.code));
    let version = row.map_or(0, |row| row.row_version);
    FormView::new(who, action, "value-save", fields).version(version)
}

fn many(who: &Who, kpi: &Kpi, quarter: Quarter) -> FormView {
    let locale = who.locale;
    let [part, whole] = keys(Typed::of(kpi.unit)).map(|key| plain(locale, key));
    let slots = [("part", part.into()), ("whole", whole.into())];
    let fields = vec![
        Field::new("hidden", "quarter", "", &quarter.code()),
        Field::new("textarea", "lines", plain(locale, "value-lines"), "").hint(text(
            locale,
            "value-lines-hint",
            &slots,
        )),
    ];
    let action = format!("/kpis/{}/values/rows", escape(&kpi.code));
    FormView::new(who, action, "value-save-lines", fields)
}

/// The rows of the export: what may be pasted back in.
#[must_use]
pub fn export(locale: Locale, kpi: &Kpi, rows: &[Row]) -> Vec<Vec<String>> {
    let [part, whole] = keys(Typed::of(kpi.unit));
    let head = ["value-subject", part, whole, "value-note", "value-by"];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().filter_map(|row| {
        let [part, whole] = Typed::texts(&figure_of(row)?);
        let subject = subject_of(row)?.0.clone();
        Some(vec![
            subject,
            part,
            whole,
            row.note.clone(),
            row.entered_by.clone(),
        ])
    });
    std::iter::once(head).chain(cells).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_makes_a_figure_or_none() {
        assert_eq!(
            Typed::Share.figure("3", "40"),
            Some(Figure::Share { hits: 3, n: 40 })
        );
        assert_eq!(
            Typed::Mean.figure("2.5", "10"),
            Some(Figure::Mean {
                n: 10,
                sum: 2_500,
                sumsq: 0
            })
        );
        for (part, whole) in [
            ("41", "40"),
            ("-1", "40"),
            ("1", "0"),
            ("x", "1"),
            ("1", ""),
        ] {
            assert_eq!(Typed::Share.figure(part, whole), None, "{part}/{whole}");
        }
        assert_eq!(Typed::Mean.figure("2.555", "10"), None);
        assert!(Typed::Rate.figure("41", "40").is_some());
    }

    #[test]
    fn a_figure_is_typed_as_it_was() {
        for (typed, part, whole) in [
            (Typed::Share, "3", "40"),
            (Typed::Rate, "7", "3"),
            (Typed::Mean, "-2.5", "9"),
        ] {
            let figure = typed.figure(part, whole).unwrap();
            assert_eq!(Typed::texts(&figure), [part, whole]);
        }
    }
}
