//! Method and definitions, printed at the end of the pages: what each KPI is and how figures, points,
//! totals and comparisons come about.

use serde::Serialize;

use super::figures::{Gauge, INDICATIVE_BELOW, role_name, weight};
use super::pages::SMALLEST_GROUP;
use crate::appraisals::model::rules::{PlannedItem, Rules};
use crate::goals::model::{Aim, Direction, Kpi, Measure};
use crate::i18n::{Locale, hundredths, plain, text};

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

/// A goal sheet as planned.
#[derive(Serialize)]
struct Sheet {
    roles: String,
    items: Vec<Planned>,
}

#[derive(Serialize)]
struct Planned {
    name: String,
    unit: &'static str,
    weight: String,
    steps: String,
    direction: &'static str,
    of_team: bool,
}

#[derive(Serialize)]
struct Band {
    grade: String,
    range: String,
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
        sheets: rules
            .sheets
            .iter()
            .map(|sheet| Sheet {
                roles: if !sheet.job_roles.is_empty() {
                    let names: Vec<&str> = sheet
                        .job_roles
                        .iter()
                        .map(|code| role_name(locale, rules, code))
                        .collect();
                    names.join(plain(locale, "list-separator"))
                } else if rules.sheets.len() == 1 {
                    plain(locale, "sheet-all").to_owned()
                } else {
                    plain(locale, "sheet-others").to_owned()
                },
                items: planned(locale, rules, &sheet.items),
            })
            .chain([Sheet {
                roles: plain(locale, "sheet-group").to_owned(),
                items: planned(locale, rules, &rules.group_items),
            }])
            .collect(),
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
pub(super) fn parts(locale: Locale, rules: &Rules) -> String {
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
pub(super) fn missing(locale: Locale, rules: &Rules) -> String {
    text(
        locale,
        "method-missing-text",
        &[("weight", weight(locale, rules.min_weight_bp).into())],
    )
}

fn direction(locale: Locale, direction: Direction) -> &'static str {
    plain(
        locale,
        match direction {
            Direction::Higher => "direction-higher",
            Direction::Lower => "direction-lower",
            Direction::Band => "direction-band",
        },
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

fn planned(locale: Locale, rules: &Rules, items: &[PlannedItem]) -> Vec<Planned> {
    items
        .iter()
        .filter_map(|item| {
            let gauge = Gauge::of(rules.kpi(&item.kpi)?, locale);
            Some(Planned {
                name: gauge.name.to_owned(),
                unit: gauge.unit().trim(),
                weight: weight(locale, item.weight_bp),
                steps: gauge.steps(&item.aim),
                direction: match item.aim {
                    Aim::Band { .. } => direction(locale, Direction::Band),
                    Aim::Steps { .. } => direction(locale, gauge.direction),
                },
                of_team: item.subject == crate::appraisals::model::result::Subject::Team,
            })
        })
        .collect()
}

/// `S: 110 and above`, `B: 85.00–99.99`, `D: below 70`: bounds inclusive below.
fn grades(locale: Locale, rules: &Rules) -> Vec<Band> {
    let mut above: Option<i64> = None;
    let mut bands = Vec::new();
    for (i, grade) in rules.grades.iter().enumerate() {
        let from = hundredths(grade.from_h);
        let last = i + 1 == rules.grades.len();
        let range = match above {
            None => text(locale, "grade-from", &[("from", from.into())]),
            Some(next) if last => text(locale, "grade-below", &[("to", hundredths(next).into())]),
            Some(next) => format!("{from}–{}", hundredths(next - 1)),
        };
        bands.push(Band {
            grade: grade.code.clone(),
            range,
        });
        above = Some(grade.from_h);
    }
    bands
}
