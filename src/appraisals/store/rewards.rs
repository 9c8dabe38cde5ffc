//! Rewards: rules published before the cycle they count in, proposals from released results alone, each decided by a
//! person. Nothing is paid here.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::store::cycles::{Cycle, find as find_cycle};
use crate::audit::{self, Actor};
use crate::calendar::{Quarter, Zone};
use crate::db::Conn;
use crate::db::schema::{appeal, cycle, evaluation, reward, reward_rule, staff};
use crate::error::{Error, Message, Result};
use crate::{insert_all, keys, within};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Rule {
    pub id: i64,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub text_zh: String,
    pub text_en: String,
    /// This grade or a better one ...
    pub grade: String,
    /// ... in so many cycles in a row.
    pub in_a_row: i32,
    pub published_at: Option<NaiveDateTime>,
    pub retired_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

/// A rule as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub text_zh: String,
    pub text_en: String,
    pub grade: String,
    pub in_a_row: i32,
}

/// Every rule, in order of code; drafts only where they are asked for.
pub fn rules(conn: &mut Conn, drafts: bool) -> Result<Vec<Rule>> {
    let mut query = reward_rule::table.order(reward_rule::code).into_boxed();
    if !drafts {
        query = query.filter(reward_rule::published_at.is_not_null());
    }
    Ok(query.load(conn)?)
}

/// The rule of a code.
///
/// # Errors
/// `NotFound` when there is none.
pub fn rule(conn: &mut Conn, code: &str) -> Result<Rule> {
    reward_rule::table
        .filter(reward_rule::code.eq(code))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("reward-rule-not-found").with("code", code)))
}

/// Makes a rule, or changes one that is not published yet.
///
/// # Errors
/// `Conflict` when it is published, or was changed since `seen`; `Invalid` when the code is taken.
pub fn save_rule(
    conn: &mut Conn,
    stored: Option<(&Rule, i32)>,
    draft: &Draft,
    actor: &Actor,
) -> Result<()> {
    conn.lock("reward")?;
    let values = (
        reward_rule::name_zh.eq(&draft.name_zh),
        reward_rule::name_en.eq(&draft.name_en),
        reward_rule::text_zh.eq(&draft.text_zh),
        reward_rule::text_en.eq(&draft.text_en),
        reward_rule::grade.eq(&draft.grade),
        reward_rule::in_a_row.eq(draft.in_a_row),
    );
    match stored {
        Some((rule, seen)) => {
            let changed = diesel::update(
                reward_rule::table
                    .filter(reward_rule::id.eq(rule.id))
                    .filter(reward_rule::row_version.eq(seen))
                    .filter(reward_rule::published_at.is_null()),
            )
            .set((values, reward_rule::row_version.eq(seen + 1)))
            .execute(conn)?;
            if changed == 0 {
                return Err(Error::Conflict(Message::new("form-conflict")));
            }
        }
        None => {
            let taken: i64 = reward_rule::table
                .filter(reward_rule::code.eq(&draft.code))
                .count()
                .get_result(conn)?;
            if taken > 0 {
                return Err(Error::invalid(
                    Message::new("reward-code-taken").with("code", &draft.code),
                ));
            }
            diesel::insert_into(reward_rule::table)
                .values((reward_rule::code.eq(&draft.code), values))
                .execute(conn)?;
        }
    }
    let detail = json!({ "grade": draft.grade, "in_a_row": draft.in_a_row });
    audit::append(conn, actor, "reward.rule", &draft.code, &detail)
}

/// Publishes a rule: from the next cycle on it counts, and its text stays. Published once, it can only be taken out
/// of use.
///
/// # Errors
/// `Conflict` when it was changed since `seen`.
pub fn publish(conn: &mut Conn, rule: &Rule, seen: i32, actor: &Actor) -> Result<()> {
    let (action, changed) = if rule.published_at.is_none() {
        let changed = diesel::update(
            reward_rule::table
                .filter(reward_rule::id.eq(rule.id))
                .filter(reward_rule::row_version.eq(seen)),
        )
        .set((
            reward_rule::published_at.eq(actor.at),
            reward_rule::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
        ("reward.publish", changed)
    } else {
        let changed = diesel::update(
            reward_rule::table
                .filter(reward_rule::id.eq(rule.id))
                .filter(reward_rule::row_version.eq(seen))
                .filter(reward_rule::retired_at.is_null()),
        )
        .set((
            reward_rule::retired_at.eq(actor.at),
            reward_rule::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
        ("reward.retire", changed)
    };
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    audit::append(conn, actor, action, &rule.code, &json!({}))
}

/// A released result that a proposal rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub cycle: String,
    pub grade: String,
    pub total_h: i64,
}

/// Proposes rewards for a cycle by every rule that was published before its first day and is in use, and returns how
/// many are new. A result under appeal does not count yet.
pub fn propose(conn: &mut Conn, code: &str, zone: Zone, actor: &Actor) -> Result<usize> {
    #[derive(Insertable)]
    #[diesel(table_name = reward)]
    #[diesel(treat_none_as_default_value = false)]
    struct New {
        rule_id: i64,
        cycle_id: i64,
        staff_id: i64,
        evidence_json: String,
        state: &'static str,
        reason: &'static str,
        proposed_at: NaiveDateTime,
    }
    conn.lock("reward")?;
    let cycle = find_cycle(conn, code)?;
    let mut rows = Vec::new();
    for rule in rules(conn, false)? {
        let before = rule
            .published_at
            .is_some_and(|at| zone.local_date(at) < cycle.starts_on);
        if !before || rule.retired_at.is_some() {
            continue;
        }
        let known: HashSet<i64> = reward::table
            .filter(reward::rule_id.eq(rule.id))
            .filter(reward::cycle_id.eq(cycle.id))
            .select(reward::staff_id)
            .load::<i64>(conn)?
            .into_iter()
            .collect();
        for (staff_id, evidence) in entitled(conn, &cycle, &rule, None)? {
            if !known.contains(&staff_id) {
                rows.push(New {
                    rule_id: rule.id,
                    cycle_id: cycle.id,
                    staff_id,
                    evidence_json: serde_json::to_string(&evidence)?,
                    state: "proposed",
                    reason: "",
                    proposed_at: actor.at,
                });
            }
        }
    }
    let count = rows.len();
    insert_all!(conn, reward::table, rows)?;
    audit::append(
        conn,
        actor,
        "reward.propose",
        code,
        &json!({ "count": count }),
    )?;
    Ok(count)
}

/// Who meets a rule in a cycle and the ones before it, with the results; of one person if one is named.
fn entitled(
    conn: &mut Conn,
    cycle: &Cycle,
    rule: &Rule,
    staff_id: Option<i64>,
) -> Result<BTreeMap<i64, Vec<Evidence>>> {
    let codes: Vec<String> = (0..rule.in_a_row)
        .map(|back| Quarter::from_index(cycle.quarter - back).code())
        .collect();
    let existing: Vec<String> = cycle::table
        .filter(cycle::code.eq_any(&codes))
        .select(cycle::code)
        .load(conn)?;
    if existing.len() < codes.len() {
        return Ok(BTreeMap::new());
    }
    let mut found: BTreeMap<i64, Vec<Evidence>> = BTreeMap::new();
    for (back, code) in codes.iter().enumerate() {
        let of = find_cycle(conn, code)?;
        let good: Vec<&str> = match of.rules.grades.iter().position(|g| g.code == rule.grade) {
            Some(at) => of.rules.grades[..=at]
                .iter()
                .map(|g| g.code.as_str())
                .collect(),
            None => Vec::new(),
        };
        let appealed = appeal::table
            .filter(appeal::decided_at.is_null())
            .select(appeal::evaluation_id);
        let mut query = evaluation::table
            .filter(evaluation::cycle_id.eq(of.id))
            .filter(evaluation::released_at.is_not_null())
            .filter(evaluation::grade.eq_any(good))
            .filter(evaluation::id.ne_all(appealed))
            .select((
                evaluation::staff_id,
                evaluation::grade.assume_not_null(),
                evaluation::total_h.assume_not_null(),
            ))
            .into_boxed();
        if let Some(staff_id) = staff_id {
            query = query.filter(evaluation::staff_id.eq(staff_id));
        }
        let rows: Vec<(i64, String, i64)> = query.load(conn)?;
        for (staff_id, grade, total_h) in rows {
            let evidence = Evidence {
                cycle: code.clone(),
                grade,
                total_h,
            };
            found.entry(staff_id).or_default().push(evidence);
        }
        found.retain(|_, list| list.len() == back + 1);
    }
    Ok(found)
}

/// A proposal or reward.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Reward {
    pub id: i64,
    pub staff_id: i64,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub cycle: String,
    pub rule: String,
    pub rule_zh: String,
    pub rule_en: String,
    pub text_zh: String,
    pub text_en: String,
    pub evidence_json: String,
    pub state: String,
    pub reason: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

/// Which rewards.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `proposed`, `approved`, `declined`, or empty for all.
    pub state: String,
    /// Code of a cycle, or empty.
    pub cycle: String,
    /// Only those approved: for readers who do not decide.
    pub approved_only: bool,
}

/// Where a page of the list begins: the number of its row.
pub type Start = keys::Start<i64>;

macro_rules! rewards {
    ($reach:expr) => {{
        let query = reward::table
            .inner_join(reward_rule::table.on(reward_rule::id.eq(reward::rule_id)))
            .inner_join(staff::table.on(staff::id.eq(reward::staff_id)))
            .inner_join(cycle::table.on(cycle::id.eq(reward::cycle_id)))
            .select((
                reward::id,
                staff::id,
                staff::employee_no,
                staff::name,
                staff::name_en,
                cycle::code,
                reward_rule::code,
                reward_rule::name_zh,
                reward_rule::name_en,
                reward_rule::text_zh,
                reward_rule::text_en,
                reward::evidence_json,
                reward::state,
                reward::reason,
                reward::decided_by,
                reward::decided_at,
                reward::row_version,
            ))
            .into_boxed();
        within!(query, reward::staff_id, $reach)
    }};
}

/// Rewards of people in reach, the newest first (backwards for [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    start: &Start,
    limit: i64,
) -> Result<Vec<Reward>> {
    let mut query = rewards!(reach).limit(limit);
    if !filter.state.is_empty() {
        query = query.filter(reward::state.eq(&filter.state));
    }
    if !filter.cycle.is_empty() {
        query = query.filter(cycle::code.eq(&filter.cycle));
    }
    if filter.approved_only {
        query = query.filter(reward::state.eq("approved"));
    }
    query = match start {
        Start::First => query,
        Start::After(id) => query.filter(reward::id.lt(*id)),
        Start::Before(id) => query.filter(reward::id.gt(*id)),
    };
    query = match start {
        Start::Before(_) => query.order(reward::id),
        _ => query.order(reward::id.desc()),
    };
    Ok(query.load(conn)?)
}

/// A reward of somebody in reach.
///
/// # Errors
/// `NotFound`, the same whether there is none, it is out of reach or not for this reader yet.
pub fn find(conn: &mut Conn, reach: &Reach, id: i64, approved_only: bool) -> Result<Reward> {
    let found: Option<Reward> = rewards!(reach)
        .filter(reward::id.eq(id))
        .first(conn)
        .optional()?;
    found
        .filter(|r| !approved_only || r.state == "approved")
        .ok_or_else(|| Error::NotFound(Message::new("reward-not-found")))
}

/// Approves or declines a proposal.
///
/// # Errors
/// `Conflict` when it is decided, was changed since `seen`, is the decider's own, or the results no longer meet the
/// rule.
pub fn decide(
    conn: &mut Conn,
    found: &Reward,
    me: Option<i64>,
    approve: bool,
    reason: &str,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock("reward")?;
    if me == Some(found.staff_id) {
        return Err(Error::Conflict(Message::new("reward-own")));
    }
    if approve {
        let cycle = find_cycle(conn, &found.cycle)?;
        let rule = rule(conn, &found.rule)?;
        if entitled(conn, &cycle, &rule, Some(found.staff_id))?.is_empty() {
            return Err(Error::Conflict(Message::new("reward-not-met")));
        }
    }
    let state = if approve { "approved" } else { "declined" };
    let changed = diesel::update(
        reward::table
            .filter(reward::id.eq(found.id))
            .filter(reward::row_version.eq(seen))
            .filter(reward::state.eq("proposed")),
    )
    .set((
        reward::state.eq(state),
        reward::reason.eq(reason),
        reward::decided_by.eq(&actor.name),
        reward::decided_at.eq(actor.at),
        reward::row_version.eq(seen + 1),
    ))
    .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let subject = format!("{}/{}", found.cycle, found.employee_no);
    let detail = json!({ "reason": reason, "rule": found.rule, "state": state });
    audit::append(conn, actor, "reward.decide", &subject, &detail)
}
