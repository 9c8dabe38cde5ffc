//! Changing a frozen result: a new version of the person's snapshot, and what teams and company show of it. The
//! version before stays as it is, byte for byte.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use serde_json::json;

use crate::appraisals::model::outcome::{self, Change};
use crate::appraisals::model::result::{
    CycleResult, GradeCount, PersonResult, SCHEMA_NO, TeamResult,
};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::results;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{evaluation, staff};
use crate::error::{Error, Message, Result};
use crate::snapshots;

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amended {
    pub before_h: Option<i64>,
    pub before_grade: Option<String>,
    pub after_grade: Option<String>,
}

/// Gives somebody's frozen result another total, as a new version. Teams and company follow with
/// [`refresh_groups`].
///
/// # Errors
/// `Conflict` when nothing is frozen, or when `seen` is not the newest version.
pub fn amend(
    conn: &mut Conn,
    cycle: &Cycle,
    employee_no: &str,
    after_h: i64,
    seen: i32,
    change: Change,
    actor: &Actor,
) -> Result<Amended> {
    let subject = format!("{}/{employee_no}", cycle.code);
    let Some(newest) = snapshots::newest(conn, "person", &subject)? else {
        return Err(Error::Conflict(
            Message::new("result-not-frozen").with("no", employee_no),
        ));
    };
    if newest.version_no != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let before: PersonResult = newest.parse()?;
    let (before_h, before_grade) = (before.total_h, before.grade.clone());
    let reason = change.reason.clone();
    let action = match change.how {
        crate::appraisals::model::result::Adjusted::Calibration => "result.calibrate",
        crate::appraisals::model::result::Adjusted::Appeal => "result.amend",
    };
    let after = outcome::amended(before, &cycle.rules, after_h, change);
    let body = snapshots::Body {
        subject: subject.clone(),
        json: snapshots::canonical(&after)?,
    };
    let hashes = snapshots::freeze(conn, "person", SCHEMA_NO, &[body], &reason, actor)?;
    let after_grade = after.grade.clone();
    results::copy_totals(conn, cycle, &[after])?;
    let detail = json!({
        "after_grade": after_grade,
        "after_h": after_h,
        "before_grade": before_grade,
        "before_h": before_h,
        "reason": reason,
        "sha256": hashes.first(),
    });
    audit::append(conn, actor, action, &subject, &detail)?;
    Ok(Amended {
        before_h,
        before_grade,
        after_grade,
    })
}

/// Somebody's total and grade as copied beside their place in the cycle.
type Copy = (Option<i64>, Option<String>);

/// Brings what the snapshots of teams and company say of totals and grades up to date: a new version of each that
/// differs, none where nothing does. Returns how many there were.
pub fn refresh_groups(
    conn: &mut Conn,
    cycle: &Cycle,
    reason: &str,
    actor: &Actor,
) -> Result<usize> {
    const CHUNK: usize = 500;
    let copies: HashMap<String, Copy> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .select((staff::employee_no, (evaluation::total_h, evaluation::grade)))
        .load::<(String, Copy)>(conn)?
        .into_iter()
        .collect();
    let Some(company) = snapshots::newest(conn, "cycle", &cycle.code)? else {
        return Ok(0);
    };
    let heads = snapshots::newest_under(conn, "team", &cycle.code)?;
    let ids: Vec<i64> = heads.iter().map(|h| h.id).collect();
    let mut teams: Vec<(String, TeamResult)> = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        for snapshot in snapshots::bodies(conn, chunk)? {
            let team = snapshot.parse()?;
            teams.push((snapshot.body_json, team));
        }
    }
    let spread = spread(&teams, &copies);
    let mut bodies = Vec::new();
    for (stored, mut team) in teams {
        for member in &mut team.members {
            if let Some((total_h, grade)) = copies.get(&member.employee_no) {
                member.total_h = *total_h;
                member.grade.clone_from(grade);
                if total_h.is_some() {
                    member.not_rated = None;
                }
            }
        }
        if let Some(count) = spread.get(&team.code) {
            count.write(&mut team.group.distribution, &mut team.group.not_rated);
        }
        let json = snapshots::canonical(&team)?;
        if json != stored {
            let subject = format!("{}/{}", cycle.code, team.code);
            bodies.push(snapshots::Body { subject, json });
        }
    }
    snapshots::freeze(conn, "team", SCHEMA_NO, &bodies, reason, actor)?;
    let mut all: CycleResult = company.parse()?;
    let mut whole = Spread::default();
    for copy in copies.values() {
        whole.count(copy);
    }
    whole.write(&mut all.group.distribution, &mut all.group.not_rated);
    for team in &mut all.teams {
        if let Some(count) = spread.get(&team.code) {
            count.write(&mut team.distribution, &mut team.not_rated);
        }
    }
    let json = snapshots::canonical(&all)?;
    let changed = usize::from(json != company.body_json);
    if changed == 1 {
        let subject = cycle.code.clone();
        let body = snapshots::Body { subject, json };
        snapshots::freeze(conn, "cycle", SCHEMA_NO, &[body], reason, actor)?;
    }
    Ok(bodies.len() + changed)
}

/// How many people have which grade, and how many none.
#[derive(Clone, Debug, Default)]
struct Spread {
    grades: BTreeMap<String, i64>,
    not_rated: i64,
}

impl Spread {
    fn count(&mut self, (total, grade): &Copy) {
        if let Some(grade) = grade {
            *self.grades.entry(grade.clone()).or_default() += 1;
        }
        self.not_rated += i64::from(total.is_none());
    }

    fn add(&mut self, other: &Spread) {
        for (grade, count) in &other.grades {
            *self.grades.entry(grade.clone()).or_default() += count;
        }
        self.not_rated += other.not_rated;
    }

    fn write(&self, distribution: &mut [GradeCount], not_rated: &mut i64) {
        for entry in distribution {
            entry.count = self.grades.get(&entry.grade).copied().unwrap_or_default();
        }
        *not_rated = self.not_rated;
    }
}

/// The grades of each team with those below it, by code.
fn spread(
    teams: &[(String, TeamResult)],
    copies: &HashMap<String, Copy>,
) -> HashMap<String, Spread> {
    let parents: HashMap<&str, &str> = teams
        .iter()
        .filter_map(|(_, team)| Some((team.code.as_str(), team.parent.as_deref()?)))
        .collect();
    let mut sums: HashMap<String, Spread> = HashMap::new();
    for (_, team) in teams {
        let mut own = Spread::default();
        for copy in team
            .members
            .iter()
            .filter_map(|m| copies.get(&m.employee_no))
        {
            own.count(copy);
        }
        // Its own and every team above; a circle ends after as many steps as there are teams.
        let mut at = Some(team.code.as_str());
        for _ in 0..=teams.len() {
            let Some(code) = at else { break };
            sums.entry(code.to_string()).or_default().add(&own);
            at = parents.get(code).copied();
        }
    }
    sums
}
