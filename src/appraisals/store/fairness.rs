//! What fairness is judged by: the ratings of a cycle by rater, how far ratings follow the last month, grades by
//! unit, totals by what people say of themselves.

use std::collections::{BTreeMap, HashMap};

use chrono::Datelike;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::fairness::{Group, Rating};
use crate::appraisals::model::result::{PersonResult, Subject};
use crate::appraisals::store::cycles::{Cycle, steps};
use crate::appraisals::store::reviews::MANAGER;
use crate::audit::{self, Actor};
use crate::calendar::day_number;
use crate::db::Conn;
use crate::db::schema::{criterion, evaluation, rating, sheet, staff, staff_group, team};
use crate::error::Result;
use crate::evidence::figures::{self, Window};
use crate::goals::model::Measure;
use crate::people::store::reach::subtrees;
use crate::settings::Settings;
use crate::snapshots;
use crate::stats::tally::Tally;
use crate::within;

/// Hundredths as points.
fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

/// Every competency rating of a cycle in reach, by the manager who gave it.
pub fn ratings(conn: &mut Conn, cycle: &Cycle, reach: &Reach) -> Result<Vec<Rating>> {
    let query = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::manager_id.is_not_null())
        .filter(evaluation::competency_h.is_not_null())
        .order(evaluation::staff_id)
        .select((
            evaluation::manager_id.assume_not_null(),
            evaluation::staff_id,
            evaluation::competency_h.assume_not_null(),
            evaluation::kpi_h,
        ))
        .into_boxed();
    let rows: Vec<(i64, i64, i64, Option<i64>)> =
        within!(query, evaluation::staff_id, reach).load(conn)?;
    let mut dimensions = dimensions(conn, cycle, reach)?;
    Ok(rows
        .into_iter()
        .map(|(rater_id, staff_id, rating, kpi)| Rating {
            rater_id,
            staff_id,
            points: points(rating),
            kpi: kpi.map(points),
            dimensions: dimensions.remove(&staff_id).unwrap_or_default(),
        })
        .collect())
}

/// What managers gave on each criterion, in levels and in one order of criteria, by person.
fn dimensions(
    conn: &mut Conn,
    cycle: &Cycle,
    reach: &Reach,
) -> Result<HashMap<i64, Vec<Option<f64>>>> {
    let query = evaluation::table
        .inner_join(sheet::table.on(sheet::panel_id.nullable().eq(evaluation::panel_id)))
        .inner_join(rating::table.on(rating::sheet_id.eq(sheet::id)))
        .inner_join(criterion::table.on(criterion::id.eq(rating::criterion_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(sheet::role.eq(MANAGER))
        .filter(sheet::rater_id.eq(evaluation::manager_id))
        .filter(sheet::submitted_at.is_not_null())
        .filter(rating::points_h.is_not_null())
        .order((criterion::code, evaluation::staff_id))
        .select((
            criterion::code,
            evaluation::staff_id,
            rating::points_h.assume_not_null(),
        ))
        .into_boxed();
    let rows: Vec<(String, i64, i64)> = within!(query, evaluation::staff_id, reach).load(conn)?;
    let mut codes: Vec<&String> = rows.iter().map(|row| &row.0).collect();
    codes.dedup();
    let mut found: HashMap<i64, Vec<Option<f64>>> = HashMap::new();
    for (code, staff_id, points_h) in &rows {
        let values = found
            .entry(*staff_id)
            .or_insert_with(|| vec![None; codes.len()]);
        if let Ok(at) = codes.binary_search(&code) {
            values[at] = Some(points(*points_h));
        }
    }
    Ok(found)
}

/// Number and names of some people.
pub fn names(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, (String, String, String)>> {
    Ok(staff::table
        .filter(staff::id.eq_any(ids))
        .select((staff::id, (staff::employee_no, staff::name, staff::name_en)))
        .load::<(i64, (String, String, String))>(conn)?
        .into_iter()
        .collect())
}

/// People of one rater whose last month is looked at.
const MOST_RATEES: i64 = 200;

/// Rating, figures of the last month and of the quarter, in points, of those whom a rater rated; the last month is
/// that of the cycle's last day.
pub fn last_month(conn: &mut Conn, cycle: &Cycle, rater_id: i64) -> Result<Vec<(f64, f64, f64)>> {
    let rated: Vec<(i64, String, i64, i64)> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::manager_id.eq(rater_id))
        .filter(evaluation::competency_h.is_not_null())
        .filter(evaluation::kpi_h.is_not_null())
        .order(staff::employee_no)
        .limit(MOST_RATEES)
        .select((
            staff::id,
            staff::employee_no,
            evaluation::competency_h.assume_not_null(),
            evaluation::kpi_h.assume_not_null(),
        ))
        .load(conn)?;
    let first = cycle.ends_on.with_day(1).unwrap_or(cycle.ends_on);
    let window = |staff_id| Window {
        staff_id,
        from: day_number(first.max(cycle.starts_on)),
        to: day_number(cycle.ends_on),
    };
    let mut windows: Vec<Window> = rated.iter().map(|r| window(r.0)).collect();
    windows.sort_unstable_by_key(|w| w.staff_id);
    let fiscal_start = Settings::load(conn)?.fiscal_start;
    let cells = figures::windows(conn, &windows, fiscal_start)?;
    let subjects: Vec<String> = rated
        .iter()
        .map(|(_, no, ..)| format!("{}/{no}", cycle.code))
        .collect();
    let mut results: HashMap<String, PersonResult> = HashMap::new();
    for snapshot in snapshots::newest_among(conn, "person", &subjects)? {
        let result: PersonResult = snapshot.parse()?;
        results.insert(result.employee_no.clone(), result);
    }
    Ok(rated
        .into_iter()
        .filter_map(|(staff_id, no, rating, quarter)| {
            let cell = cells.get(&window(staff_id))?;
            let items = &results.get(&no)?.versions.last()?.items;
            let (mut sum, mut weight) = (0, 0);
            for item in items.iter().filter(|i| i.subject == Subject::Own) {
                let kpi = cycle.rules.kpi(&item.kpi)?;
                let measure = kpi.measure.filter(|m| !matches!(m, Measure::Median(_)));
                let figure = measure.and_then(|m| cell.figure(m));
                if let Some(points_h) = kpi.points_h(figure.as_ref(), &item.aim) {
                    sum += points_h * item.weight_bp;
                    weight += item.weight_bp;
                }
            }
            let month = (weight > 0).then(|| sum as f64 / weight as f64 / 100.0)?;
            Some((points(rating), month, points(quarter)))
        })
        .collect())
}

/// How many people of a unit have each grade, in the order of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub counts: Vec<i64>,
}

/// The grades of every team with those below it, in order of code: of the people in reach.
pub fn units(conn: &mut Conn, cycle: &Cycle, reach: &Reach) -> Result<Vec<Unit>> {
    let query = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::grade.is_not_null())
        .filter(evaluation::team_id.is_not_null())
        .select((
            evaluation::team_id.assume_not_null(),
            evaluation::grade.assume_not_null(),
        ))
        .into_boxed();
    let rows: Vec<(i64, String)> = within!(query, evaluation::staff_id, reach).load(conn)?;
    let grades = &cycle.rules.grades;
    let mut own: HashMap<i64, Vec<i64>> = HashMap::new();
    for (team, grade) in rows {
        let counts = own.entry(team).or_insert_with(|| vec![0; grades.len()]);
        if let Some(at) = grades.iter().position(|g| g.code == grade) {
            counts[at] += 1;
        }
    }
    let teams: Vec<(i64, String, String, String)> = team::table
        .order(team::code)
        .select((team::id, team::code, team::name_zh, team::name_en))
        .load(conn)?;
    let trees = subtrees(conn, cycle.ends_on)?;
    Ok(teams
        .into_iter()
        .filter_map(|(id, code, name_zh, name_en)| {
            let mut counts = vec![0; grades.len()];
            for part in trees.get(&id)?.iter().filter_map(|t| own.get(t)) {
                for (sum, count) in counts.iter_mut().zip(part) {
                    *sum += count;
                }
            }
            Some(Unit {
                code,
                name_zh,
                name_en,
                counts,
            })
        })
        .collect())
}

/// What may be stated of oneself: each attribute with its values.
pub const GROUPS: [(&str, &[&str]); 2] = [
    ("gender", &["female", "male", "other"]),
    (
        "age_band",
        &[
            "under_25",
            "25_to_34",
            "35_to_44",
            "45_to_54",
            "55_and_over",
        ],
    ),
];

/// How the best grades of a cycle count: the first two.
const TOP: usize = 2;

/// Totals and grades by what people say of themselves, of those in reach. Statements made after evaluation was left
/// do not count, so that figures do not move one by one with who states something; what is withdrawn is gone.
pub fn groups(
    conn: &mut Conn,
    cycle: &Cycle,
    reach: &Reach,
) -> Result<BTreeMap<String, Vec<Group>>> {
    let left = steps(conn, cycle)?
        .into_iter()
        .find(|s| s.state == State::Calibration.code())
        .map(|s| s.entered_at);
    let Some(left) = left else {
        return Ok(BTreeMap::new());
    };
    type Row = (String, String, i64, Option<String>);
    let query = staff_group::table
        .inner_join(evaluation::table.on(evaluation::staff_id.eq(staff_group::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::total_h.is_not_null())
        .filter(staff_group::stated_at.le(left))
        .order((staff_group::attribute, staff_group::value))
        .select((
            staff_group::attribute,
            staff_group::value,
            evaluation::total_h.assume_not_null(),
            evaluation::grade,
        ))
        .into_boxed();
    let rows: Vec<Row> = within!(query, evaluation::staff_id, reach).load(conn)?;
    let grades = &cycle.rules.grades;
    let mut found: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for (attribute, value, total, grade) in rows {
        let groups = found.entry(attribute).or_default();
        if groups.last().is_none_or(|g| g.value != value) {
            groups.push(Group {
                value,
                n: 0,
                totals: Tally::default(),
                top: 0,
                bottom: 0,
            });
        }
        let place = grade.and_then(|code| grades.iter().position(|g| g.code == code));
        if let Some(group) = groups.last_mut() {
            group.n += 1;
            // Totals are at most 12,000: no company is large enough for the sum not to fit.
            group.totals = group
                .totals
                .checked_add(Tally::of(total))
                .unwrap_or(group.totals);
            group.top += i64::from(place.is_some_and(|at| at < TOP));
            group.bottom += i64::from(place.is_some_and(|at| at + 1 == grades.len()));
        }
    }
    Ok(found)
}

/// What somebody states of themselves, by attribute.
pub fn stated(conn: &mut Conn, staff_id: i64) -> Result<BTreeMap<String, String>> {
    Ok(staff_group::table
        .filter(staff_group::staff_id.eq(staff_id))
        .select((staff_group::attribute, staff_group::value))
        .load::<(String, String)>(conn)?
        .into_iter()
        .collect())
}

/// Keeps what somebody states of themselves; an empty value withdraws it. The trail says that it was done, not what
/// was said.
pub fn state(
    conn: &mut Conn,
    staff_id: i64,
    values: &[(&'static str, String)],
    actor: &Actor,
) -> Result<()> {
    let before = stated(conn, staff_id)?;
    for (attribute, value) in values {
        if before.get(*attribute).map_or("", String::as_str) == value {
            continue;
        }
        diesel::delete(
            staff_group::table
                .filter(staff_group::staff_id.eq(staff_id))
                .filter(staff_group::attribute.eq(attribute)),
        )
        .execute(conn)?;
        if !value.is_empty() {
            diesel::insert_into(staff_group::table)
                .values((
                    staff_group::staff_id.eq(staff_id),
                    staff_group::attribute.eq(attribute),
                    staff_group::value.eq(value),
                    staff_group::stated_at.eq(actor.at),
                ))
                .execute(conn)?;
        }
    }
    audit::append(conn, actor, "group-data", "own", &json!({}))
}
