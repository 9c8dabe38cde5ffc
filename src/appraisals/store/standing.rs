//! How far some people are in the cycles at work: what "My team" says beside each name. One query.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::appraisals::store::due::Running;
use crate::db::Conn;
use crate::db::schema::{
    evaluation, feedback, goal_proposal, goal_sheet, goal_sheet_version as version,
};
use crate::error::Result;
use crate::goals::model::sheet::Standing as Proposed;

/// How far somebody is in a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Standing {
    pub cycle_id: i64,
    pub staff_id: i64,
    pub excused: bool,
    /// Whether the cycle plans goals for them.
    pub has_goals: bool,
    /// A version that not both sides agree to.
    pub unsigned: bool,
    /// A proposal that nobody has answered.
    pub proposed: bool,
    pub self_submitted_at: Option<NaiveDateTime>,
    /// Colleagues are named.
    pub peers_named: bool,
    pub peers_confirmed_at: Option<NaiveDateTime>,
    pub peers_closed_at: Option<NaiveDateTime>,
    pub submitted_at: Option<NaiveDateTime>,
    pub released_at: Option<NaiveDateTime>,
    pub talk_on: Option<NaiveDate>,
    pub acknowledged_at: Option<NaiveDateTime>,
}

/// How far some people, whom the reader reaches, are in the cycles at work: one query, none without such a cycle.
pub fn of(conn: &mut Conn, cycles: &[Running], people: &[i64]) -> Result<Vec<Standing>> {
    let numbers: Vec<i64> = cycles.iter().map(|cycle| cycle.id).collect();
    if numbers.is_empty() || people.is_empty() {
        return Ok(Vec::new());
    }
    let unsigned = version::table
        .filter(version::sheet_id.nullable().eq(goal_sheet::id.nullable()))
        .filter(
            version::employee_agreed_at
                .is_null()
                .or(version::manager_agreed_at.is_null()),
        );
    let proposed = goal_proposal::table
        .filter(
            goal_proposal::sheet_id
                .nullable()
                .eq(goal_sheet::id.nullable()),
        )
        .filter(goal_proposal::state.eq(Proposed::Open.code()));
    Ok(evaluation::table
        .left_join(
            goal_sheet::table.on(goal_sheet::cycle_id
                .eq(evaluation::cycle_id)
                .and(goal_sheet::staff_id.eq(evaluation::staff_id))),
        )
        .left_join(feedback::table.on(feedback::evaluation_id.eq(evaluation::id)))
        .filter(evaluation::cycle_id.eq_any(numbers))
        .filter(evaluation::staff_id.eq_any(people))
        .order((evaluation::staff_id, evaluation::cycle_id.desc()))
        .select((
            evaluation::cycle_id,
            evaluation::staff_id,
            evaluation::excused_reason.is_not_null(),
            goal_sheet::id.nullable().is_not_null(),
            exists(unsigned),
            exists(proposed),
            evaluation::self_submitted_at,
            evaluation::peer_panel_id.is_not_null(),
            evaluation::peers_confirmed_at,
            evaluation::peers_closed_at,
            evaluation::submitted_at,
            evaluation::released_at,
            feedback::talk_on.nullable(),
            feedback::acknowledged_at.nullable(),
        ))
        .load(conn)?)
}
