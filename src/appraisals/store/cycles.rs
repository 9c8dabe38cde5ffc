//! Cycles: made from a template, walked from state to state, each step with a reason.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::result::{CycleResult, Missing, NotRated, PersonResult, SCHEMA_NO};
use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::feedback::Whose;
use crate::appraisals::store::sheets::Lack;
use crate::appraisals::store::{
    amend, appeals, calibration, feedback, findings, results, reviews, sheets, templates,
};
use crate::audit::{self, Actor};
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::db::schema::{cycle, cycle_stage};
use crate::error::{Error, Message, Result};
use crate::settings::Settings;
use crate::snapshots;

/// A cycle as stored.
#[derive(Clone, Debug)]
pub struct Cycle {
    pub id: i64,
    pub code: String,
    pub quarter: i32,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: State,
    pub rules: Rules,
    /// The rules as canonical JSON.
    pub rules_json: String,
    pub row_version: i32,
}

/// A step as it was taken.
#[derive(Clone, Debug, Queryable)]
pub struct Step {
    pub state: String,
    pub entered_at: NaiveDateTime,
    /// `cli`, or a login.
    pub entered_by: String,
    pub reason: String,
    pub forced: bool,
}

/// The cycle of a code.
///
/// # Errors
/// `NotFound` when there is none.
pub fn find(conn: &mut Conn, code: &str) -> Result<Cycle> {
    type Row = (i64, String, i32, NaiveDate, NaiveDate, String, String, i32);
    let row: Option<Row> = cycle::table
        .filter(cycle::code.eq(code))
        .select((
            cycle::id,
            cycle::code,
            cycle::quarter,
            cycle::starts_on,
            cycle::ends_on,
            cycle::state,
            cycle::rules_json,
            cycle::row_version,
        ))
        .first(conn)
        .optional()?;
    let Some((id, code, quarter, starts_on, ends_on, state, rules_json, row_version)) = row else {
        let known: Vec<String> = cycle::table
            .select(cycle::code)
            .order(cycle::code)
            .load(conn)?;
        return Err(Error::NotFound(
            Message::new("cycle-not-found")
                .with("code", code)
                .with("known", known.join(", ")),
        ));
    };
    let unknown = || Error::Conflict(Message::new("cycle-bad-state").with("code", &code));
    Ok(Cycle {
        id,
        quarter,
        starts_on,
        ends_on,
        state: State::parse(&state).ok_or_else(unknown)?,
        rules: serde_json::from_str(&rules_json)?,
        rules_json,
        row_version,
        code,
    })
}

/// The code of the cycle that ends last.
pub fn newest(conn: &mut Conn) -> Result<Option<String>> {
    Ok(cycle::table
        .order(cycle::ends_on.desc())
        .select(cycle::code)
        .first(conn)
        .optional()?)
}

/// The steps taken so far, in order.
pub fn steps(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = cycle_stage::table
        .filter(cycle_stage::cycle_id.eq(cycle.id))
        .select((
            cycle_stage::state,
            cycle_stage::entered_at,
            cycle_stage::entered_by,
            cycle_stage::reason,
            cycle_stage::forced,
        ))
        .load(conn)?;
    steps.sort_by_key(|s| State::parse(&s.state));
    Ok(steps)
}

/// Makes a cycle over the quarter its code names.
///
/// # Errors
/// When the code is no quarter, the template is wrong, or another cycle covers some of the days.
pub fn create(conn: &mut Conn, code: &str, template: &str, actor: &Actor) -> Result<()> {
    conn.lock("cycle")?;
    let settings = Settings::load(conn)?;
    let quarter: Quarter = code
        .parse()
        .map_err(|_| Error::invalid(Message::new("cycle-bad-code").with("code", code)))?;
    let starts_on = quarter.first_day(settings.fiscal_start);
    let ends_on = quarter.last_day(settings.fiscal_start);
    let overlapping: Option<String> = cycle::table
        .filter(cycle::starts_on.le(ends_on))
        .filter(cycle::ends_on.ge(starts_on))
        .select(cycle::code)
        .order(cycle::code)
        .first(conn)
        .optional()?;
    if let Some(other) = overlapping {
        return Err(Error::Conflict(
            Message::new("cycle-overlaps")
                .with("code", code)
                .with("other", other),
        ));
    }
    let rules = templates::rules(conn, template)?;
    let rules_json = snapshots::canonical(&rules)?;
    let id: i64 = diesel::insert_into(cycle::table)
        .values((
            cycle::code.eq(code),
            cycle::quarter.eq(quarter.index()),
            cycle::starts_on.eq(starts_on),
            cycle::ends_on.eq(ends_on),
            cycle::state.eq(State::Draft.code()),
            cycle::rules_json.eq(&rules_json),
        ))
        .returning(cycle::id)
        .get_result(conn)?;
    enter(conn, id, State::Draft, "", false, actor)?;
    let detail = json!({ "rules_sha256": snapshots::sha256_hex(&[rules_json.as_bytes()]) });
    audit::append(conn, actor, "cycle.create", code, &detail)
}

fn enter(
    conn: &mut Conn,
    cycle_id: i64,
    state: State,
    reason: &str,
    forced: bool,
    actor: &Actor,
) -> Result<()> {
    diesel::insert_into(cycle_stage::table)
        .values((
            cycle_stage::cycle_id.eq(cycle_id),
            cycle_stage::state.eq(state.code()),
            cycle_stage::entered_at.eq(actor.at),
            cycle_stage::entered_by.eq(&actor.name),
            cycle_stage::reason.eq(reason),
            cycle_stage::forced.eq(forced),
        ))
        .execute(conn)?;
    Ok(())
}

/// Walks a cycle to a later state, through every state between. `force` goes past missing
/// agreements and reviews, which results then show as missing.
///
/// # Errors
/// When the state does not lie ahead, no reason is given, or something is missing and not forced.
pub fn advance(
    conn: &mut Conn,
    code: &str,
    goal: State,
    reason: &str,
    force: bool,
    actor: &Actor,
) -> Result<Vec<State>> {
    conn.lock("cycle")?;
    let mut cycle = find(conn, code)?;
    if reason.trim().is_empty() {
        return Err(Error::invalid(Message::new("cycle-no-reason")));
    }
    let steps = cycle.state.steps_to(goal);
    if steps.is_empty() {
        return Err(Error::Conflict(
            Message::new("cycle-not-ahead")
                .with("code", code)
                .with("state", cycle.state.code())
                .with("goal", goal.code()),
        ));
    }
    for &step in &steps {
        let missing = blocking(conn, &cycle, step)?;
        if let Some((message, _)) = missing.as_ref().filter(|_| !force) {
            return Err(Error::Conflict(message.clone()));
        }
        let forced = force && missing.is_some();
        if matches!(step, State::GoalSetting | State::Evaluation) {
            sheets::plan(conn, &cycle)?;
        }
        if step == State::Evaluation {
            reviews::seats::open(conn, &cycle)?;
        }
        enter(conn, cycle.id, step, reason, forced, actor)?;
        diesel::update(cycle::table.find(cycle.id))
            .set((
                cycle::state.eq(step.code()),
                cycle::row_version.eq(cycle::row_version + 1),
            ))
            .execute(conn)?;
        cycle.state = step;
        let mut detail = json!({
            "forced": forced,
            "missing": missing.map_or(0, |(_, count)| count),
            "reason": reason,
            "state": step.code(),
        });
        if step == State::Calibration {
            reviews::peers::close(conn, &cycle, actor)?;
            detail["results_sha256"] = json!(freeze(conn, &cycle, reason, actor)?);
        }
        if step == State::Feedback {
            calibration::close_all(conn, &cycle, actor)?;
            // What calibration changed now shows in teams and company, in one step.
            amend::refresh_groups(conn, &cycle, reason, actor)?;
        }
        if step > State::Calibration {
            extend_steps(conn, &cycle, reason, actor)?;
        }
        // Where people review, results are released one by one, with a word to each; the rest at the end.
        if step == State::Closed || (step == State::Feedback && !cycle.rules.reviews) {
            feedback::release_rest(conn, &cycle, actor)?;
        }
        audit::append(conn, actor, "cycle.advance", code, &detail)?;
    }
    Ok(steps)
}

/// What people must have before a cycle enters `step`, by its rules.
#[must_use]
pub fn wanted_for(cycle: &Cycle, step: State) -> Option<Lack> {
    match step {
        State::Tracking if cycle.rules.wants_agreement => Some(Lack::Agreement),
        State::Evaluation if cycle.rules.wants_agreement => Some(Lack::CheckIns),
        State::Calibration if cycle.rules.reviews => Some(Lack::Review),
        _ => None,
    }
}

/// What keeps a cycle from entering `step`, with how many people it concerns.
fn blocking(conn: &mut Conn, cycle: &Cycle, step: State) -> Result<Option<(Message, i64)>> {
    const NAMED: i64 = 5;
    let Some(lack) = wanted_for(cycle, step) else {
        return unfinished(conn, cycle, step);
    };
    let count = sheets::count_lacking(conn, cycle, lack)?;
    if count == 0 {
        return Ok(None);
    }
    let named = sheets::lacking(conn, cycle, lack, "", NAMED)?;
    let names: Vec<String> = named.into_iter().map(|(_, name, _)| name).collect();
    let key = match lack {
        Lack::Agreement => "cycle-agreement-missing",
        Lack::CheckIns => "cycle-check-ins-missing",
        Lack::Review => "cycle-review-missing",
    };
    let message = Message::new(key)
        .with("code", &cycle.code)
        .with("count", count)
        .with("who", names.join(", "));
    Ok(Some((message, count)))
}

/// What of the outcome of a cycle is not finished before it enters `step`, with how much of it there is.
fn unfinished(conn: &mut Conn, cycle: &Cycle, step: State) -> Result<Option<(Message, i64)>> {
    let about = |key, count: i64| {
        (
            Message::new(key)
                .with("code", &cycle.code)
                .with("count", count),
            count,
        )
    };
    let found = match step {
        State::Feedback => vec![about(
            "cycle-calibration-open",
            calibration::open(conn, cycle)?,
        )],
        State::Closed => {
            let mut found = vec![about(
                "cycle-appeals-open",
                appeals::undecided(conn, cycle.id)?,
            )];
            if cycle.rules.reviews {
                let whose = Whose::Reach(Reach::operator(cycle.ends_on));
                let owing = feedback::progress(conn, cycle, &whose)?.owing;
                found.push(about("cycle-feedback-owing", owing));
            }
            found
        }
        _ => Vec::new(),
    };
    Ok(found.into_iter().find(|(_, count)| *count > 0))
}

/// Scores everybody and freezes each result; returns the hash over all of them. What a submitted review froze
/// already stays as it is.
fn freeze(conn: &mut Conn, cycle: &Cycle, reason: &str, actor: &Actor) -> Result<String> {
    let kept = reviews::frozen(conn, cycle)?;
    let results = results::compute_beside(conn, cycle, &kept)?;
    let by_number = |no: &String| kept.binary_search_by(|k| k.employee_no.cmp(no));
    let new: Vec<&PersonResult> = results
        .people
        .iter()
        .filter(|p| by_number(&p.employee_no).is_err())
        .collect();
    let people = results::bodies(&cycle.code, &new, |p| &p.employee_no)?;
    let teams = results::bodies(&cycle.code, &results.teams, |t| &t.code)?;
    let company = snapshots::Body {
        subject: cycle.code.clone(),
        json: snapshots::canonical(&results.cycle)?,
    };
    results::copy_totals(conn, cycle, &results.people)?;
    let rated = findings::rated(&cycle.rules, &results.people);
    findings::findings_of_results(conn, cycle, &results.people, &rated, actor.at)?;
    drop(results);
    let mut all = Vec::new();
    for (kind, bodies) in [
        ("person", people),
        ("team", teams),
        ("cycle", vec![company]),
    ] {
        let frozen = snapshots::freeze(conn, kind, SCHEMA_NO, &bodies, reason, actor)?;
        all.extend(frozen);
    }
    let parts: Vec<&[u8]> = all.iter().map(|sha| sha.as_bytes()).collect();
    Ok(snapshots::sha256_hex(&parts))
}

/// The company's results again as a new version, with the steps taken since: nothing else changes.
fn extend_steps(conn: &mut Conn, cycle: &Cycle, reason: &str, actor: &Actor) -> Result<()> {
    let Some(newest) = snapshots::newest(conn, "cycle", &cycle.code)? else {
        return Ok(());
    };
    let mut result: CycleResult = newest.parse()?;
    result.steps = results::steps_taken(conn, cycle)?;
    let body = snapshots::Body {
        subject: cycle.code.clone(),
        json: snapshots::canonical(&result)?,
    };
    snapshots::freeze(conn, "cycle", SCHEMA_NO, &[body], reason, actor)?;
    Ok(())
}

/// Where a cycle stands, for people and (as JSON) for scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub code: String,
    pub state: &'static str,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub template: String,
    pub people: i64,
    pub rated: i64,
    /// By reason.
    pub not_rated: BTreeMap<&'static str, i64>,
    /// By grade, best first.
    pub grades: Vec<(String, i64)>,
    /// What steps went past, or what blocks the next one.
    pub missing: BTreeMap<&'static str, i64>,
    pub steps: Vec<StatusStep>,
    /// People whose evidence has changed since their result was frozen.
    pub changed_since_freeze: Vec<String>,
}

/// A step in the status.
#[derive(Clone, Debug, Serialize)]
pub struct StatusStep {
    pub state: String,
    pub entered_at: String,
    pub reason: String,
    pub forced: bool,
}

/// Computes the status; results as frozen, or as they would come out now.
pub fn status(conn: &mut Conn, code: &str) -> Result<Status> {
    let cycle = find(conn, code)?;
    let now = results::compute(conn, &cycle)?;
    let frozen = results::frozen_people(conn, &cycle)?;
    let changed_since_freeze = results::changed(&now.people, &frozen);
    let people = if cycle.state.is_frozen() {
        &frozen
    } else {
        &now.people
    };
    let mut not_rated: BTreeMap<&'static str, i64> = BTreeMap::new();
    let mut missing: BTreeMap<&'static str, i64> = BTreeMap::new();
    for person in people {
        if let Some(why) = person.not_rated {
            *not_rated.entry(why_code(why)).or_default() += 1;
        }
        for what in &person.missing {
            *missing.entry(missing_code(*what)).or_default() += 1;
        }
    }
    let grades = cycle
        .rules
        .grades
        .iter()
        .map(|grade| {
            let count = people
                .iter()
                .filter(|p| p.grade.as_ref() == Some(&grade.code))
                .count();
            (grade.code.clone(), count as i64)
        })
        .collect();
    Ok(Status {
        people: people.len() as i64,
        rated: people.iter().filter(|p| p.total_h.is_some()).count() as i64,
        not_rated,
        grades,
        missing,
        steps: steps(conn, &cycle)?
            .into_iter()
            .map(|s| StatusStep {
                state: s.state,
                entered_at: s.entered_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                reason: s.reason,
                forced: s.forced,
            })
            .collect(),
        changed_since_freeze,
        code: cycle.code,
        state: cycle.state.code(),
        starts_on: cycle.starts_on,
        ends_on: cycle.ends_on,
        template: cycle.rules.name_en,
    })
}

fn why_code(why: NotRated) -> &'static str {
    match why {
        NotRated::TooShort => "too_short",
        NotRated::TooLittleWeight => "too_little_weight",
        NotRated::Excused => "excused",
        NotRated::NoSheet => "no_sheet",
    }
}

fn missing_code(missing: Missing) -> &'static str {
    match missing {
        Missing::Agreement => "agreement",
        Missing::CheckIns => "check_ins",
        Missing::Review => "review",
    }
}
