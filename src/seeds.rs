//! The defaults every database starts with: settings, job roles, the KPI library, templates of cycles. Planting is
//! idempotent: what is there stays, what the program knows anew is added.

use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;
use serde::Deserialize;

use crate::db::Conn;
use crate::db::schema::{consent_text, cycle_template, job_role, kpi, setting};
use crate::error::{Error, Result};
use crate::goals::model::{Dimension, Direction, Kpi, Measure, Unit};
use crate::judgement::model::card::{Card, Criterion, Level, Method, Purpose};
use crate::judgement::store::cards;
use crate::settings;
use crate::snapshots::sha256_hex;

const KPIS: &str = include_str!("../seeds/kpis.toml");
const JOB_ROLES: &str = include_str!("../seeds/job-roles.toml");
const CONSENTS: &str = include_str!("../seeds/recruitment/consent.toml");

/// The cycle templates the program brings, by name.
pub const CYCLE_TEMPLATES: &[(&str, &str)] = &[
    (
        "customer-service",
        include_str!("../seeds/cycles/customer-service.toml"),
    ),
    (
        "customer-service-figures",
        include_str!("../seeds/cycles/customer-service-figures.toml"),
    ),
    (
        "service-desk",
        include_str!("../seeds/cycles/service-desk.toml"),
    ),
];

/// The scorecards the program brings.
const SCORECARDS: [&str; 5] = [
    include_str!("../seeds/scorecards/competency.toml"),
    include_str!("../seeds/scorecards/leadership.toml"),
    include_str!("../seeds/scorecards/peer.toml"),
    include_str!("../seeds/scorecards/screening.toml"),
    include_str!("../seeds/scorecards/interview.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KpiFile {
    kpi: Vec<SeedKpi>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedKpi {
    code: String,
    dimension: Dimension,
    direction: Direction,
    formula_en: String,
    formula_zh: String,
    measure: Option<Measure>,
    min_n: Option<i64>,
    name_en: String,
    name_zh: String,
    unit: Unit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobRoleFile {
    job_role: Vec<SeedJobRole>,
}

#[derive(Deserialize, Insertable)]
#[diesel(table_name = job_role)]
#[serde(deny_unknown_fields)]
struct SeedJobRole {
    code: String,
    name_zh: String,
    name_en: String,
}

/// Fewer records than this earn no points, unless the KPI says otherwise (product.md 3).
const DEFAULT_MIN_N: i64 = 5;

/// Adds what is missing of the defaults.
pub fn plant(conn: &mut Conn) -> Result<()> {
    for (name, value) in settings::DEFAULTS {
        let known: i64 = setting::table.find(name).count().get_result(conn)?;
        if known == 0 {
            diesel::insert_into(setting::table)
                .values((setting::name.eq(name), setting::value.eq(value)))
                .execute(conn)?;
        }
    }
    let roles: JobRoleFile = toml::from_str(JOB_ROLES).map_err(internal)?;
    let known: Vec<String> = job_role::table.select(job_role::code).load(conn)?;
    for role in roles.job_role {
        if !known.contains(&role.code) {
            diesel::insert_into(job_role::table)
                .values(role)
                .execute(conn)?;
        }
    }
    let known: Vec<String> = kpi::table.select(kpi::code).load(conn)?;
    for seed in kpi_library()? {
        if !known.contains(&seed.code) {
            diesel::insert_into(kpi::table)
                .values((
                    kpi::code.eq(&seed.code),
                    kpi::version_no.eq(seed.version_no),
                    kpi::body_json.eq(serde_json::to_string(&seed)?),
                ))
                .execute(conn)?;
        }
    }
    cards::plant(conn, &scorecards()?, SHIPPED_AT)?;
    plant_consents(conn)?;
    let known: Vec<String> = cycle_template::table
        .select(cycle_template::code)
        .load(conn)?;
    for (code, body) in CYCLE_TEMPLATES {
        if !known.iter().any(|k| k == code) {
            diesel::insert_into(cycle_template::table)
                .values((
                    cycle_template::code.eq(code),
                    cycle_template::body.eq(body),
                    cycle_template::changed_at.eq(SHIPPED_AT),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentFile {
    text: Vec<SeedConsent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedConsent {
    kind: String,
    zh: String,
    en: String,
}

/// Adds the first text of every consent that has none.
fn plant_consents(conn: &mut Conn) -> Result<()> {
    let file: ConsentFile = toml::from_str(CONSENTS).map_err(internal)?;
    let known: Vec<String> = consent_text::table
        .select(consent_text::kind)
        .distinct()
        .load(conn)?;
    for text in file.text.iter().filter(|t| !known.contains(&t.kind)) {
        let (zh, en) = (text.zh.trim(), text.en.trim());
        diesel::insert_into(consent_text::table)
            .values((
                consent_text::kind.eq(&text.kind),
                consent_text::version_no.eq(1),
                consent_text::body_zh.eq(zh),
                consent_text::body_en.eq(en),
                consent_text::sha256.eq(sha256_hex(&[zh.as_bytes(), b"\n", en.as_bytes()])),
                consent_text::published_at.eq(SHIPPED_AT),
                consent_text::published_by.eq("espalier"),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// When what the program brings was changed: never.
const SHIPPED_AT: NaiveDateTime = DateTime::UNIX_EPOCH.naive_utc();

/// The shipped KPIs.
pub fn kpi_library() -> Result<Vec<Kpi>> {
    let file: KpiFile = toml::from_str(KPIS).map_err(internal)?;
    Ok(file
        .kpi
        .into_iter()
        .map(|k| Kpi {
            code: k.code,
            dimension: k.dimension,
            direction: k.direction,
            formula_en: k.formula_en,
            formula_zh: k.formula_zh,
            measure: k.measure,
            min_n: k.min_n.unwrap_or(DEFAULT_MIN_N),
            name_en: k.name_en,
            name_zh: k.name_zh,
            unit: k.unit,
            version_no: 1,
        })
        .collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    code: String,
    purpose: Purpose,
    method: Method,
    name_zh: String,
    name_en: String,
    criterion: Vec<SeedCriterion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedCriterion {
    code: String,
    name_zh: String,
    name_en: String,
    weight_bp: i64,
    #[serde(default)]
    na_allowed: bool,
    note_below: Option<i64>,
    note_above: Option<i64>,
    levels: Vec<SeedLevel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedLevel {
    points: i64,
    anchor_zh: String,
    anchor_en: String,
}

/// The shipped scorecards.
pub fn scorecards() -> Result<Vec<Card>> {
    let card = |text: &&str| -> Result<Card> {
        let file: CardFile = toml::from_str(text).map_err(internal)?;
        let criteria = file.criterion.into_iter().map(|c| Criterion {
            code: c.code,
            critical: false,
            levels: c
                .levels
                .into_iter()
                .map(|level| Level {
                    anchor_en: level.anchor_en,
                    anchor_zh: level.anchor_zh,
                    points_h: level.points * 100,
                })
                .collect(),
            max_deduction_h: None,
            na_allowed: c.na_allowed,
            name_en: c.name_en,
            name_zh: c.name_zh,
            note_above_h: c.note_above.map(|points| points * 100),
            note_below_h: c.note_below.map(|points| points * 100),
            weight_bp: c.weight_bp,
        });
        Ok(Card {
            criteria: criteria.collect(),
            code: file.code,
            method: file.method,
            name_en: file.name_en,
            name_zh: file.name_zh,
            pass_h: None,
            purpose: file.purpose,
            version_no: 1,
        })
    };
    SCORECARDS.iter().map(card).collect()
}

fn internal(e: toml::de::Error) -> Error {
    Error::Internal(Box::new(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scorecard_may_be_published() {
        for card in scorecards().unwrap() {
            assert_eq!(card.problems(), [], "{}", card.code);
        }
    }
}
