//! Method and definitions, printed at the end of the pages: what each KPI is and how figures, points,
//! totals and comparisons come about.

use serde::Serialize;

use super::figures::{Gauge, INDICATIVE_BELOW, weight};
use crate::appraisals::model::rules::Rules;
use crate::appraisals::view::rules::{Band, Sheet, grades, sheets};
use crate::goals::model::{Kpi, Measure};
use crate::goals::view::aims::direction;
use crate::i18n::{Locale, plain, text};
use crate::people::groups::SMALLEST_GROUP;

#[derive(Serialize)]
pub(super) struct Method {
    kpis: Vec<Definition>,
    rules: Vec<Definition>,
    sheets: Vec<Sheet>,
    grades: Vec<Band>,
}

/// A term and what it means.
#[derive(Serialize)]
struct Definition {
    term: String,
    text: String,
}

pub(super) fn of(locale: Locale, rules: &Rules) -> Method {
    Method {
        kpis: rules
            .kpis
            .iter()
            .map(|kpi| Definition {
                term: Gauge::of(kpi, locale).name.to_owned(),
                text: definition(locale, kpi),
            })
            .collect(),
        rules: principles(locale, rules),
        sheets: sheets(locale, rules),
        grades: grades(locale, rules),
    }
}

/// Formula, direction, minimum n and interval of a KPI.
fn definition(locale: Locale, kpi: &Kpi) -> String {
    let interval = match kpi.measure {
        Some(Measure::Share(_)) => "interval-share",
        Some(Measure::Mean(_)) => "interval-mean",
        Some(Measure::Nps) => "interval-nps",
        Some(Measure::ComplaintRate) => "interval-rate",
        Some(Measure::Median(_)) => "interval-median",
        None => "interval-typed",
    };
    text(
        locale,
        "kpi-definition",
        &[
            (
                "formula",
                locale.pick(&kpi.formula_zh, &kpi.formula_en).into(),
            ),
            ("direction", direction(locale, kpi.direction).into()),
            ("min", kpi.min_n.into()),
            ("interval", plain(locale, interval).into()),
        ],
    )
}

/// What a total consists of.
pub(in crate::reports) fn parts(locale: Locale, rules: &Rules) -> String {
    if !rules.reviews {
        return plain(locale, "person-parts-figures").to_owned();
    }
    text(
        locale,
        "person-parts",
        &[
            ("kpi", weight(locale, rules.kpi_bp).into()),
            ("competency", weight(locale, rules.competency_bp).into()),
        ],
    )
}

/// What becomes of the weight of an item that does not count.
pub(in crate::reports) fn missing(locale: Locale, rules: &Rules) -> String {
    text(
        locale,
        "method-missing-text",
        &[("weight", weight(locale, rules.min_weight_bp).into())],
    )
}

fn principles(locale: Locale, rules: &Rules) -> Vec<Definition> {
    let define = |name: &str, args: &[(&str, crate::i18n::Value)]| Definition {
        term: plain(locale, &format!("method-{name}")).to_owned(),
        text: text(locale, &format!("method-{name}-text"), args),
    };
    let mut all = vec![
        define("interval", &[]),
        define("few", &[("n", INDICATIVE_BELOW.into())]),
        define("points", &[]),
        define(
            "missing",
            &[("weight", weight(locale, rules.min_weight_bp).into())],
        ),
        define("days", &[("days", rules.min_days.into())]),
        define("rounding", &[]),
    ];
    if rules.reviews {
        all.push(define(
            "parts",
            &[
                ("kpi", weight(locale, rules.kpi_bp).into()),
                ("competency", weight(locale, rules.competency_bp).into()),
            ],
        ));
    } else {
        all.push(define("figures-only", &[]));
    }
    all.extend([
        define("compare", &[]),
        define("weeks", &[]),
        define("change", &[]),
        define("withheld", &[("n", SMALLEST_GROUP.into())]),
        define("decision", &[]),
    ]);
    all
}
