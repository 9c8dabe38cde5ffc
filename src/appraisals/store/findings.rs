//! Results become findings when they are frozen: for plans to start from.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::appraisals::model::findings::shortfalls;
use crate::appraisals::model::result::PersonResult;
use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::cycles::Cycle;
use crate::calendar::day_number;
use crate::db::Conn;
use crate::db::schema::{evaluation, staff};
use crate::error::Result;
use crate::findings::model::{About, Details, Kind, LowRating, NewFinding, Source, Words};
use crate::findings::store as findings;
use crate::goals::store as library;

/// A rating below this is low, in hundredths of a level.
const LOW_BELOW_H: i64 = 200;

/// A competency of a result: whose, what it is called, and its mean in hundredths of a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    pub employee_no: String,
    /// The same for the same competency of the same person.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub mean_h: i64,
}

/// The competencies that managers rated, of everybody whose result holds their review.
#[must_use]
pub fn rated(rules: &Rules, results: &[PersonResult]) -> Vec<Rated> {
    let mut found = Vec::new();
    for result in results {
        let Some(review) = &result.competencies else {
            continue;
        };
        for rating in &review.criteria {
            let criterion = rules
                .card(&review.card)
                .and_then(|card| card.criteria.iter().find(|c| c.code == rating.criterion));
            if let (Some(criterion), Some(mean_h)) = (criterion, rating.rating_h) {
                found.push(Rated {
                    employee_no: result.employee_no.clone(),
                    code: rating.criterion.clone(),
                    name_zh: criterion.name_zh.clone(),
                    name_en: criterion.name_en.clone(),
                    mean_h,
                });
            }
        }
    }
    found
}

/// Stores what the frozen results of a cycle show to be missing and has not been found before: figures whose
/// whole interval misses the threshold, and ratings (`rated`) below 2. Says how many. Two queries and one
/// for every 500 findings, however many people there are.
pub fn findings_of_results(
    conn: &mut Conn,
    cycle: &Cycle,
    results: &[PersonResult],
    rated: &[Rated],
    at: NaiveDateTime,
) -> Result<usize> {
    let people: Vec<(String, i64, i64)> = evaluation::table
        .inner_join(staff::table)
        .filter(evaluation::cycle_id.eq(cycle.id))
        .select((staff::employee_no, staff::id, evaluation::id))
        .load(conn)?;
    let people: HashMap<&str, (i64, i64)> = people
        .iter()
        .map(|(no, staff, evaluation)| (no.as_str(), (*staff, *evaluation)))
        .collect();
    let kpis = library::library(conn)?;
    let day = day_number(cycle.ends_on);
    let key =
        |kind: Kind, no: &str, what: &str| format!("{}:{}:{no}:{what}", kind.code(), cycle.code);
    let mut found = Vec::new();
    for result in results {
        let Some(&(staff_id, evaluation_id)) = people.get(result.employee_no.as_str()) else {
            continue;
        };
        for (kpi, missed) in shortfalls(result, &cycle.rules) {
            let kind = Kind::KpiBelowThreshold;
            found.push(NewFinding {
                kind,
                measure: kpi.measure.map_or("", |m| m.code()).to_owned(),
                about: About::Person(staff_id),
                day,
                dedupe_key: key(kind, &result.employee_no, &kpi.code),
                details: Details::Shortfall(missed),
                words: Words::weighed(3, 2),
                evidence: Source {
                    evaluation_id: Some(evaluation_id),
                    kpi_id: kpis.get(&kpi.code).map(|(id, _)| *id),
                    ..Source::default()
                },
            });
        }
    }
    for rating in rated.iter().filter(|rating| rating.mean_h < LOW_BELOW_H) {
        let Some(&(staff_id, evaluation_id)) = people.get(rating.employee_no.as_str()) else {
            continue;
        };
        let kind = Kind::LowCompetency;
        found.push(NewFinding {
            kind,
            measure: String::new(),
            about: About::Person(staff_id),
            day,
            details: Details::Rating(LowRating {
                cycle: cycle.code.clone(),
                name_zh: rating.name_zh.clone(),
                name_en: rating.name_en.clone(),
                mean_h: rating.mean_h,
            }),
            words: Words::weighed(2, 2),
            evidence: Source {
                evaluation_id: Some(evaluation_id),
                ..Source::default()
            },
            dedupe_key: key(kind, &rating.employee_no, &rating.code),
        });
    }
    findings::add(conn, &found, at)
}
