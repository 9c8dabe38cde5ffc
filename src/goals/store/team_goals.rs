//! Goals of teams in a cycle, which those of people may serve.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{goal_item, qualitative_goal, team, team_goal};
use crate::error::{Error, Message, Result};
use crate::goals::model::Aim;

/// A goal of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamGoal {
    pub id: i64,
    pub team_id: i64,
    pub name: String,
    /// The KPI it is measured by, with what is aimed at.
    pub aim: Option<(String, Aim)>,
    pub row_version: i32,
}

type Row = (i64, i64, String, Option<String>, Option<String>, i32);

fn goal((id, team_id, name, kpi, aim, row_version): Row) -> Result<TeamGoal> {
    let aim = aim.map(|aim| serde_json::from_str(&aim)).transpose()?;
    Ok(TeamGoal {
        id,
        team_id,
        name,
        aim: kpi.zip(aim),
        row_version,
    })
}

/// The goals of some teams in a cycle, in their order.
pub fn of_teams(conn: &mut Conn, cycle_id: i64, teams: &[i64]) -> Result<Vec<TeamGoal>> {
    let rows: Vec<Row> = team_goal::table
        .filter(team_goal::cycle_id.eq(cycle_id))
        .filter(team_goal::team_id.eq_any(teams))
        .order((team_goal::team_id, team_goal::position, team_goal::id))
        .select((
            team_goal::id,
            team_goal::team_id,
            team_goal::name,
            team_goal::kpi_code,
            team_goal::aim_json,
            team_goal::row_version,
        ))
        .load(conn)?;
    rows.into_iter().map(goal).collect()
}

/// Names of the goals of every team in a cycle with the team's: those a sheet may name.
pub fn names(conn: &mut Conn, cycle_id: i64) -> Result<BTreeMap<i64, (String, String, String)>> {
    let rows: Vec<(i64, String, String, String)> = team_goal::table
        .inner_join(team::table)
        .filter(team_goal::cycle_id.eq(cycle_id))
        .select((team_goal::id, team_goal::name, team::name_zh, team::name_en))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, name, zh, en)| (id, (name, zh, en)))
        .collect())
}

/// How many goals of people serve each of some goals.
pub fn served_by(conn: &mut Conn, goals: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let goals: Vec<Option<i64>> = goals.iter().copied().map(Some).collect();
    let items: Vec<(Option<i64>, i64)> = goal_item::table
        .filter(goal_item::team_goal_id.eq_any(&goals))
        .group_by(goal_item::team_goal_id)
        .select((goal_item::team_goal_id, diesel::dsl::count_star()))
        .load(conn)?;
    let others: Vec<(Option<i64>, i64)> = qualitative_goal::table
        .filter(qualitative_goal::team_goal_id.eq_any(&goals))
        .group_by(qualitative_goal::team_goal_id)
        .select((qualitative_goal::team_goal_id, diesel::dsl::count_star()))
        .load(conn)?;
    let mut counts = BTreeMap::new();
    for (id, n) in items.into_iter().chain(others) {
        if let Some(id) = id {
            *counts.entry(id).or_default() += n;
        }
    }
    Ok(counts)
}

/// What a form says of a goal.
pub struct Sent {
    pub name: String,
    pub aim: Option<(String, Aim)>,
}

/// Stores a new goal of a team.
pub fn add(
    conn: &mut Conn,
    cycle: (i64, &str),
    team: (i64, &str),
    new: &Sent,
    actor: &Actor,
) -> Result<()> {
    let last: Option<i32> = team_goal::table
        .filter(team_goal::cycle_id.eq(cycle.0))
        .filter(team_goal::team_id.eq(team.0))
        .select(diesel::dsl::max(team_goal::position))
        .first(conn)?;
    let (kpi, aim) = columns(new)?;
    diesel::insert_into(team_goal::table)
        .values((
            team_goal::cycle_id.eq(cycle.0),
            team_goal::team_id.eq(team.0),
            team_goal::position.eq(last.unwrap_or_default() + 1),
            team_goal::name.eq(&new.name),
            team_goal::kpi_code.eq(kpi),
            team_goal::aim_json.eq(aim),
        ))
        .execute(conn)?;
    told(conn, actor, "team-goal.add", (cycle.1, team.1), new)
}

/// Changes a goal.
///
/// # Errors
/// `Conflict` when somebody else changed it since `seen`, or took it away.
pub fn change(
    conn: &mut Conn,
    cycle: (i64, &str),
    team: (i64, &str),
    (id, seen): (i64, i32),
    new: &Sent,
    actor: &Actor,
) -> Result<()> {
    let (kpi, aim) = columns(new)?;
    let changed = diesel::update(
        team_goal::table
            .filter(team_goal::id.eq(id))
            .filter(team_goal::cycle_id.eq(cycle.0))
            .filter(team_goal::team_id.eq(team.0))
            .filter(team_goal::row_version.eq(seen)),
    )
    .set((
        team_goal::name.eq(&new.name),
        team_goal::kpi_code.eq(kpi),
        team_goal::aim_json.eq(aim),
        team_goal::row_version.eq(seen + 1),
    ))
    .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    told(conn, actor, "team-goal.change", (cycle.1, team.1), new)
}

fn columns(sent: &Sent) -> Result<(Option<&str>, Option<String>)> {
    Ok(match &sent.aim {
        Some((kpi, aim)) => (Some(kpi), Some(serde_json::to_string(aim)?)),
        None => (None, None),
    })
}

fn told(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    (cycle, team): (&str, &str),
    sent: &Sent,
) -> Result<()> {
    let detail = json!({ "aim": sent.aim, "name": sent.name });
    audit::append(conn, actor, action, &format!("{cycle}/{team}"), &detail)
}
