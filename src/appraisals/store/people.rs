//! People in cycles, within reach: the list of a cycle, the cycles of somebody, and how HR lets somebody stand in
//! one (excused, or rated in spite of few days).

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::cycles::Cycle;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{cycle, evaluation, goal_sheet, goal_sheet_version, staff, team};
use crate::error::{Error, Message, Result};
use crate::keys::{self, Counted};
use crate::people::store::lists::begins;
use crate::people::store::reach::subtree;
use crate::{from_key, within};

/// What is missing of somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    #[default]
    Anything,
    /// No goal sheet.
    Sheet,
    /// A sheet that is not agreed by both sides.
    Agreement,
    /// No total.
    Total,
}

impl Missing {
    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Missing::Anything => "",
            Missing::Sheet => "sheet",
            Missing::Agreement => "agreement",
            Missing::Total => "total",
        }
    }

    /// What a code asks for; nothing for what is no code.
    #[must_use]
    pub fn parse(code: &str) -> Missing {
        [Missing::Sheet, Missing::Agreement, Missing::Total]
            .into_iter()
            .find(|m| m.code() == code)
            .unwrap_or_default()
    }
}

/// What narrows and orders the list beside reach.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of number, name, pinyin key or e-mail.
    pub q: String,
    /// Code of a team; those below it are included.
    pub team: String,
    pub grade: String,
    pub missing: Missing,
    /// By total, the highest first, instead of by name. Whoever has no total is left out.
    pub by_total: bool,
}

/// Somebody in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Row {
    pub staff_id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    /// Code and names.
    pub team: Option<(String, String, String)>,
    pub sheet_id: Option<i64>,
    pub excused_reason: Option<String>,
    pub included_reason: Option<String>,
    pub total_h: Option<i64>,
    pub grade: Option<String>,
    pub released_at: Option<NaiveDateTime>,
}

/// Where a page of the list begins: the sort key or the total, and the number of the person.
pub type Start = keys::Start<(String, i64)>;

/// Some columns of the people of a cycle in reach that a filter leaves. Where total or grade decide what is
/// listed, the reader's own row is left out until it is released: its place would give it away.
macro_rules! filtered {
    ($columns:expr, $reach:expr, $cycle:expr, $filter:expr, $tree:expr) => {{
        let query = evaluation::table
            .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
            .left_join(team::table.on(evaluation::team_id.eq(team::id.nullable())))
            .left_join(
                goal_sheet::table.on(goal_sheet::cycle_id
                    .eq(evaluation::cycle_id)
                    .and(goal_sheet::staff_id.eq(evaluation::staff_id))),
            )
            .filter(evaluation::cycle_id.eq($cycle.id))
            .select($columns)
            .into_boxed();
        let mut query = within!(query, evaluation::staff_id, $reach);
        if !$filter.q.is_empty() {
            query = query.filter(begins(&$filter.q));
        }
        if let Some(tree) = $tree {
            query = query.filter(evaluation::team_id.eq_any(tree));
        }
        if !$filter.grade.is_empty() {
            query = query.filter(evaluation::grade.eq(&$filter.grade));
        }
        query = match $filter.missing {
            Missing::Anything => query,
            Missing::Sheet => query.filter(goal_sheet::id.nullable().is_null()),
            Missing::Agreement => query.filter(goal_sheet::id.nullable().eq_any(not_agreed())),
            Missing::Total => query.filter(evaluation::total_h.is_null()),
        };
        if let Some(me) = $reach.me()
            && ($filter.by_total || !$filter.grade.is_empty() || $filter.missing == Missing::Total)
        {
            query = query.filter(
                evaluation::staff_id
                    .ne(me)
                    .or(evaluation::released_at.is_not_null()),
            );
        }
        if $filter.by_total {
            query = query.filter(evaluation::total_h.is_not_null());
        }
        query
    }};
}

/// The team that is asked for and those below it, on the last day of the cycle.
fn tree(conn: &mut Conn, cycle: &Cycle, filter: &Filter) -> Result<Option<Vec<i64>>> {
    match filter.team.as_str() {
        "" => Ok(None),
        code => Ok(Some(subtree(conn, code, cycle.ends_on)?)),
    }
}

/// How many people the list has, at most `most` and one.
pub fn count(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    filter: &Filter,
    most: i64,
) -> Result<i64> {
    let tree = tree(conn, cycle, filter)?;
    let ids = filtered!(evaluation::staff_id, reach, cycle, filter, &tree).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}

/// A page of at most `limit` people of a cycle (backwards for [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    filter: &Filter,
    start: &Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let tree = tree(conn, cycle, filter)?;
    let columns = (
        staff::id,
        staff::sort_key,
        staff::employee_no,
        staff::name,
        staff::name_en,
        (team::code, team::name_zh, team::name_en).nullable(),
        goal_sheet::id.nullable(),
        evaluation::excused_reason,
        evaluation::included_reason,
        evaluation::total_h,
        evaluation::grade,
        evaluation::released_at,
    );
    let mut query = filtered!(columns, reach, cycle, filter, &tree).limit(limit);
    if filter.by_total {
        let total = |key: &str| key.parse::<i64>().unwrap_or_default();
        query = match start {
            Start::First => query,
            Start::After((key, id)) => query.filter(
                evaluation::total_h.lt(total(key)).or(evaluation::total_h
                    .eq(total(key))
                    .and(evaluation::staff_id.gt(*id).nullable())),
            ),
            Start::Before((key, id)) => query.filter(
                evaluation::total_h.gt(total(key)).or(evaluation::total_h
                    .eq(total(key))
                    .and(evaluation::staff_id.lt(*id).nullable())),
            ),
        };
        query = match start {
            Start::Before(..) => query.order((evaluation::total_h, evaluation::staff_id.desc())),
            _ => query.order((evaluation::total_h.desc(), evaluation::staff_id)),
        };
    } else {
        query = from_key!(query, start, (staff::sort_key, staff::id), asc);
    }
    Ok(query.load(conn)?)
}

/// Sheets of which a version is not agreed by both sides.
#[diesel::dsl::auto_type(no_type_alias)]
fn not_agreed() -> _ {
    goal_sheet_version::table
        .filter(
            goal_sheet_version::employee_agreed_at
                .is_null()
                .or(goal_sheet_version::manager_agreed_at.is_null()),
        )
        .select(goal_sheet_version::sheet_id.nullable())
}

/// Which of some sheets are not agreed by both sides.
pub fn not_agreed_of(conn: &mut Conn, sheets: &[i64]) -> Result<Vec<i64>> {
    Ok(goal_sheet_version::table
        .filter(goal_sheet_version::sheet_id.eq_any(sheets))
        .filter(
            goal_sheet_version::employee_agreed_at
                .is_null()
                .or(goal_sheet_version::manager_agreed_at.is_null()),
        )
        .select(goal_sheet_version::sheet_id)
        .distinct()
        .load(conn)?)
}

/// How somebody stands in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Standing {
    pub evaluation_id: i64,
    pub excused_reason: Option<String>,
    pub included_reason: Option<String>,
    pub total_h: Option<i64>,
    pub grade: Option<String>,
    pub released_at: Option<NaiveDateTime>,
    /// Of the evaluation: what a form about it was seen with.
    pub row_version: i32,
}

/// How somebody stands in a cycle.
///
/// # Errors
/// `NotFound` when they are not in it.
pub fn standing(
    conn: &mut Conn,
    cycle: &Cycle,
    staff_id: i64,
    employee_no: &str,
) -> Result<Standing> {
    evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::staff_id.eq(staff_id))
        .select((
            evaluation::id,
            evaluation::excused_reason,
            evaluation::included_reason,
            evaluation::total_h,
            evaluation::grade,
            evaluation::released_at,
            evaluation::row_version,
        ))
        .first(conn)
        .optional()?
        .ok_or_else(|| {
            Error::NotFound(
                Message::new("person-not-in-cycle")
                    .with("no", employee_no)
                    .with("code", &cycle.code),
            )
        })
}

/// What HR decides about somebody before results are frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Not rated.
    Excuse,
    /// Rated in spite of few days.
    Include,
    /// As the rules say.
    Neither,
}

impl Decision {
    /// The decision of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Decision> {
        match code {
            "excuse" => Some(Decision::Excuse),
            "include" => Some(Decision::Include),
            "neither" => Some(Decision::Neither),
            _ => None,
        }
    }
}

/// Records what HR decides about somebody, with its reason.
///
/// # Errors
/// `Conflict` once results are frozen, or when somebody else changed the evaluation after it was `seen`.
pub fn decide(
    conn: &mut Conn,
    cycle: &Cycle,
    (employee_no, found): (&str, &Standing),
    (decision, reason): (Decision, &str),
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    if cycle.state >= State::Calibration {
        return Err(Error::Conflict(
            Message::new("cycle-already-frozen").with("code", &cycle.code),
        ));
    }
    let (excused, included, action) = match decision {
        Decision::Excuse => (Some(reason), None, "cycle.excuse"),
        Decision::Include => (None, Some(reason), "cycle.include"),
        Decision::Neither => (None, None, "cycle.readmit"),
    };
    let changed = diesel::update(evaluation::table.find(found.evaluation_id))
        .filter(evaluation::row_version.eq(seen))
        .set((
            evaluation::excused_reason.eq(excused),
            evaluation::included_reason.eq(included),
            evaluation::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let subject = format!("{}/{employee_no}", cycle.code);
    audit::append(conn, actor, action, &subject, &json!({ "reason": reason }))
}

/// A cycle somebody is in.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Place {
    pub code: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: String,
    pub excused_reason: Option<String>,
    pub total_h: Option<i64>,
    pub grade: Option<String>,
    pub released_at: Option<NaiveDateTime>,
}

/// The cycles somebody is in, the newest first, at most `limit`, before a day if one is given.
pub fn cycles_of(
    conn: &mut Conn,
    staff_id: i64,
    before: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<Place>> {
    let mut query = evaluation::table
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .filter(evaluation::staff_id.eq(staff_id))
        .order(cycle::ends_on.desc())
        .limit(limit)
        .select((
            cycle::code,
            cycle::starts_on,
            cycle::ends_on,
            cycle::state,
            evaluation::excused_reason,
            evaluation::total_h,
            evaluation::grade,
            evaluation::released_at,
        ))
        .into_boxed();
    if let Some(day) = before {
        query = query.filter(cycle::ends_on.lt(day));
    }
    Ok(query.load(conn)?)
}
