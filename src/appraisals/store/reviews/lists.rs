//! Reviews of a cycle in rows, and what is due from somebody.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::access::Reach;
use crate::appraisals::model::cycle::State as CycleState;
use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::reviews::{FORMER, PEER};
use crate::db::Conn;
use crate::db::schema::{cycle, cycle_deadline, evaluation, panel, sheet, staff};
use crate::due::Due;
use crate::error::{Message, Result};
use crate::judgement::model::sheet::State;
use crate::keys::Start;
use crate::{from_key, within};

/// Which reviews are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    /// Not submitted, excused people left out.
    Waiting,
    /// Given back to be changed.
    Returned,
    Submitted,
}

impl Show {
    /// Every choice.
    pub const ALL: [Show; 4] = [Show::All, Show::Waiting, Show::Returned, Show::Submitted];

    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Show::All => "",
            Show::Waiting => "waiting",
            Show::Returned => "returned",
            Show::Submitted => "submitted",
        }
    }

    /// The choice of a code; everything for what is no code.
    #[must_use]
    pub fn parse(code: &str) -> Show {
        Show::ALL
            .into_iter()
            .find(|s| s.code() == code)
            .unwrap_or_default()
    }
}

/// A review in the list.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub staff_id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub excused: Option<String>,
    pub self_submitted_at: Option<NaiveDateTime>,
    pub peer_panel_id: Option<i64>,
    pub peers_confirmed_at: Option<NaiveDateTime>,
    pub peers_closed_at: Option<NaiveDateTime>,
    pub submitted_at: Option<NaiveDateTime>,
    pub returned_reason: Option<String>,
}

/// The reviews of others in a cycle that a list shows: boxed, `$columns` of them.
macro_rules! listed {
    ($columns:expr, $reach:expr, $cycle:expr, $show:expr) => {{
        let query = evaluation::table
            .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
            .filter(evaluation::cycle_id.eq($cycle.id))
            .select($columns)
            .into_boxed();
        let mut query = within!(query, evaluation::staff_id, $reach);
        if let Some(me) = $reach.me() {
            query = query.filter(evaluation::staff_id.ne(me));
        }
        match $show {
            Show::All => query,
            Show::Waiting => query
                .filter(evaluation::submitted_at.is_null())
                .filter(evaluation::excused_reason.is_null()),
            Show::Returned => query.filter(evaluation::returned_reason.is_not_null()),
            Show::Submitted => query.filter(evaluation::submitted_at.is_not_null()),
        }
    }};
}

/// A page of at most `limit` reviews of others within reach, by sort key and number of the person (backwards for
/// [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    show: Show,
    start: &Start<(String, i64)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let columns = (
        staff::id,
        staff::sort_key,
        staff::employee_no,
        staff::name,
        staff::name_en,
        evaluation::excused_reason,
        evaluation::self_submitted_at,
        evaluation::peer_panel_id,
        evaluation::peers_confirmed_at,
        evaluation::peers_closed_at,
        evaluation::submitted_at,
        evaluation::returned_reason,
    );
    let query = listed!(columns, reach, cycle, show).limit(limit);
    let query = from_key!(query, start, (staff::sort_key, staff::id), asc);
    Ok(query.load(conn)?)
}

/// How many reviews the list holds, at most `most` and one.
pub fn count(conn: &mut Conn, reach: &Reach, cycle: &Cycle, show: Show, most: i64) -> Result<i64> {
    let ids: Vec<i64> = listed!(staff::id, reach, cycle, show)
        .limit(most + 1)
        .load(conn)?;
    Ok(ids.len() as i64)
}

/// A cycle in evaluation.
struct Open {
    code: String,
    /// Whether colleagues are asked, and the stage is not over.
    peers: bool,
    by: Option<NaiveDate>,
}

/// What waits for somebody in the cycles in evaluation: the self-review, naming and confirming colleagues, feedback
/// on colleagues, reviews to write, notes on those they led before. Three queries.
pub fn due(conn: &mut Conn, staff_id: i64, today: NaiveDate) -> Result<Vec<Due>> {
    let open = open_cycles(conn, today)?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = open.keys().copied().collect();
    let mut found = as_person_or_manager(conn, staff_id, &open, &ids)?;
    found.extend(as_asked(conn, staff_id, &open, &ids)?);
    Ok(found)
}

fn open_cycles(conn: &mut Conn, today: NaiveDate) -> Result<BTreeMap<i64, Open>> {
    let rows: Vec<(i64, String, String, Option<NaiveDate>)> = cycle::table
        .left_join(
            cycle_deadline::table.on(cycle_deadline::cycle_id
                .eq(cycle::id)
                .and(cycle_deadline::state.eq(CycleState::Evaluation.code()))),
        )
        .filter(cycle::state.eq(CycleState::Evaluation.code()))
        .select((
            cycle::id,
            cycle::code,
            cycle::rules_json,
            cycle_deadline::due_on.nullable(),
        ))
        .load(conn)?;
    let mut open = BTreeMap::new();
    for (id, code, rules, by) in rows {
        let rules: Rules = serde_json::from_str(&rules)?;
        if rules.reviews {
            open.insert(
                id,
                Open {
                    code,
                    peers: rules.peer_card().is_some() && by.is_none_or(|day| day >= today),
                    by,
                },
            );
        }
    }
    Ok(open)
}

/// One thing due about somebody.
fn one(open: &Open, what: &'static str, no: &str, whom: Option<(&str, &str)>, page: &str) -> Due {
    Due {
        what: Message::new(what).with("cycle", &open.code),
        whom: whom.map(|(zh, en)| (zh.to_string(), en.to_string())),
        by: open.by,
        link: format!("/cycles/{}/people/{no}/{page}", open.code),
    }
}

fn as_person_or_manager(
    conn: &mut Conn,
    me: i64,
    open: &BTreeMap<i64, Open>,
    cycles: &[i64],
) -> Result<Vec<Due>> {
    type Moment = Option<NaiveDateTime>;
    type Row = (
        i64,
        i64,
        String,
        String,
        String,
        Moment,
        Option<i64>,
        Moment,
        Moment,
        Moment,
    );
    let rows: Vec<Row> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq_any(cycles))
        .filter(
            evaluation::staff_id
                .eq(me)
                .or(evaluation::manager_id.eq(me)),
        )
        .filter(evaluation::excused_reason.is_null())
        .filter(evaluation::panel_id.is_not_null())
        .order((evaluation::cycle_id, staff::sort_key, staff::id))
        .select((
            evaluation::cycle_id,
            evaluation::staff_id,
            staff::employee_no,
            staff::name,
            staff::name_en,
            evaluation::self_submitted_at,
            evaluation::peer_panel_id,
            evaluation::peers_confirmed_at,
            evaluation::peers_closed_at,
            evaluation::submitted_at,
        ))
        .load(conn)?;
    let mut found = Vec::new();
    for (cycle_id, staff_id, no, zh, en, said, peer_panel, confirmed, closed, submitted) in rows {
        let Some(open) = open.get(&cycle_id) else {
            continue;
        };
        let whom = (staff_id != me).then_some((zh.as_str(), en.as_str()));
        let asks_peers = open.peers && closed.is_none() && confirmed.is_none();
        if staff_id == me {
            if said.is_none() && submitted.is_none() {
                found.push(one(open, "due-self-review", &no, whom, "self"));
            }
            if asks_peers && peer_panel.is_none() {
                found.push(one(open, "due-name-peers", &no, whom, "peers"));
            }
        } else {
            if asks_peers && peer_panel.is_some() {
                found.push(one(open, "due-confirm-peers", &no, whom, "peers"));
            }
            if submitted.is_none() {
                found.push(one(open, "due-review", &no, whom, "review"));
            }
        }
    }
    Ok(found)
}

fn as_asked(
    conn: &mut Conn,
    me: i64,
    open: &BTreeMap<i64, Open>,
    cycles: &[i64],
) -> Result<Vec<Due>> {
    let rows: Vec<(i64, String, String, String, String)> = sheet::table
        .inner_join(panel::table)
        .inner_join(
            evaluation::table.on(evaluation::panel_id
                .eq(panel::id.nullable())
                .or(evaluation::peer_panel_id.eq(panel::id.nullable()))),
        )
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(sheet::rater_id.eq(me))
        .filter(sheet::state.eq_any([State::Invited.code(), State::Draft.code()]))
        .filter(sheet::role.eq_any([PEER, FORMER]))
        .filter(evaluation::cycle_id.eq_any(cycles))
        .filter(evaluation::excused_reason.is_null())
        .order((evaluation::cycle_id, staff::sort_key, staff::id))
        .select((
            evaluation::cycle_id,
            sheet::role,
            staff::employee_no,
            staff::name,
            staff::name_en,
        ))
        .load(conn)?;
    Ok(rows
        .iter()
        .filter_map(|(cycle_id, role, no, zh, en)| {
            let open = open.get(cycle_id)?;
            let whom = Some((zh.as_str(), en.as_str()));
            if role != PEER {
                return Some(one(open, "due-former-note", no, whom, "note"));
            }
            open.peers
                .then(|| one(open, "due-peer-review", no, whom, "peer-review"))
        })
        .collect())
}
