//! The rules of a cycle as a reader sees them: sheets by job role, weights and marks, bands of grades.
//! The templates of the browser and the method of the reports are made of this.

use serde::Serialize;

use crate::appraisals::model::result::Subject;
use crate::appraisals::model::rules::{PlannedItem, Rules};
use crate::evidence::view::gauge::Gauge;
use crate::goals::model::{Aim, Direction};
use crate::goals::view::aims::{direction, weight};
use crate::i18n::{Locale, hundredths, plain, text};

/// A goal sheet as planned.
#[derive(Serialize)]
pub struct Sheet {
    roles: String,
    items: Vec<Planned>,
}

#[derive(Serialize)]
pub struct Planned {
    name: String,
    unit: &'static str,
    weight: String,
    steps: String,
    direction: &'static str,
    of_team: bool,
}

#[derive(Serialize)]
pub struct Band {
    grade: String,
    range: String,
}

/// Every sheet, that of groups last.
#[must_use]
pub fn sheets(locale: Locale, rules: &Rules) -> Vec<Sheet> {
    rules
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
        .collect()
}

/// The name of a job role, or its code where the rules know no name.
#[must_use]
pub fn role_name<'a>(locale: Locale, rules: &'a Rules, code: &'a str) -> &'a str {
    rules
        .job_role(code)
        .map_or(code, |role| locale.pick(&role.name_zh, &role.name_en))
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
                of_team: item.subject == Subject::Team,
            })
        })
        .collect()
}

/// `S: 110 and above`, `B: 85.00–99.99`, `D: below 70`: bounds inclusive below.
#[must_use]
pub fn grades(locale: Locale, rules: &Rules) -> Vec<Band> {
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
