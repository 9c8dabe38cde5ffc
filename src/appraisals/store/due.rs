//! What waits for whom about goals: proposals to answer, sheets to agree to, check-ins to hold. Said on the desk
//! of each, and once a week by a message.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count;
use diesel::prelude::*;

use crate::accounts::store::{self as accounts, Notice};
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::agreement::managers_of;
use crate::db::Conn;
use crate::db::schema::{
    cycle, cycle_deadline, evaluation, goal_proposal, goal_sheet, goal_sheet_version as version,
    note, reporting_line, staff,
};
use crate::due::Due;
use crate::error::{Message, Result};
use crate::goals::model::note::{NoteKind, next_check_in};
use crate::goals::model::sheet::{Side, Standing};

/// A cycle in which goals are agreed or tracked.
struct Running {
    code: String,
    state: State,
    days: (NaiveDate, NaiveDate),
    /// The last day of its state.
    until: Option<NaiveDate>,
}

/// The cycles in which goals are agreed by both sides and are being set or tracked.
fn running(conn: &mut Conn) -> Result<BTreeMap<i64, Running>> {
    type Row = (
        i64,
        String,
        String,
        NaiveDate,
        NaiveDate,
        String,
        Option<NaiveDate>,
    );
    let rows: Vec<Row> = cycle::table
        .left_join(
            cycle_deadline::table.on(cycle_deadline::cycle_id
                .eq(cycle::id)
                .and(cycle_deadline::state.eq(cycle::state))),
        )
        .filter(cycle::state.eq_any([State::GoalSetting.code(), State::Tracking.code()]))
        .select((
            cycle::id,
            cycle::code,
            cycle::state,
            cycle::starts_on,
            cycle::ends_on,
            cycle::rules_json,
            cycle_deadline::due_on.nullable(),
        ))
        .load(conn)?;
    let mut found = BTreeMap::new();
    for (id, code, state, starts_on, ends_on, rules, until) in rows {
        let rules: Rules = serde_json::from_str(&rules)?;
        if let Some(state) = State::parse(&state).filter(|_| rules.wants_agreement) {
            let running = Running {
                code,
                state,
                days: (starts_on, ends_on),
                until,
            };
            found.insert(id, running);
        }
    }
    Ok(found)
}

/// A sheet that lacks something.
#[derive(Queryable)]
struct Open {
    staff_id: i64,
    cycle_id: i64,
    employee_no: String,
    name: String,
    name_en: String,
    employee: bool,
    manager: bool,
}

/// Versions that not both sides agree to, of sheets without an open proposal; of some people where they are given.
fn not_agreed(conn: &mut Conn, cycles: &[i64], people: Option<&[i64]>) -> Result<Vec<Open>> {
    let proposed = goal_proposal::table
        .filter(goal_proposal::state.eq(Standing::Open.code()))
        .select(goal_proposal::sheet_id);
    let mut query = version::table
        .inner_join(goal_sheet::table.inner_join(staff::table))
        .filter(goal_sheet::cycle_id.eq_any(cycles))
        .filter(
            version::employee_agreed_at
                .is_null()
                .or(version::manager_agreed_at.is_null()),
        )
        .filter(goal_sheet::id.ne_all(proposed))
        .order((
            goal_sheet::cycle_id,
            staff::employee_no,
            version::version_no,
        ))
        .select((
            goal_sheet::staff_id,
            goal_sheet::cycle_id,
            staff::employee_no,
            staff::name,
            staff::name_en,
            version::employee_agreed_at.is_not_null(),
            version::manager_agreed_at.is_not_null(),
        ))
        .into_boxed();
    if let Some(people) = people {
        query = query.filter(goal_sheet::staff_id.eq_any(people));
    }
    let mut rows: Vec<Open> = query.load(conn)?;
    // A person moved within the quarter has several versions: one line is enough.
    rows.dedup_by(|next, kept| {
        let same = next.cycle_id == kept.cycle_id && next.staff_id == kept.staff_id;
        if same {
            kept.employee &= next.employee;
            kept.manager &= next.manager;
        }
        same
    });
    Ok(rows)
}

fn link(code: &str, no: &str) -> String {
    format!("/cycles/{code}/people/{no}/goals")
}

/// Those who report to somebody on a day.
fn direct(conn: &mut Conn, me: i64, day: NaiveDate) -> Result<Vec<i64>> {
    Ok(reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select(reporting_line::staff_id)
        .load(conn)?)
}

/// What waits for somebody about goals: one query where no cycle is at goals, else five, however many people report
/// to them.
pub fn due(conn: &mut Conn, staff_id: i64, today: NaiveDate) -> Result<Vec<Due>> {
    let cycles = running(conn)?;
    if cycles.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = cycles.keys().copied().collect();
    let below = direct(conn, staff_id, today)?;
    let mut concerned = below.clone();
    concerned.push(staff_id);
    let mut due = proposals(conn, &cycles, &ids, &concerned, staff_id)?;
    for open in not_agreed(conn, &ids, Some(&concerned))? {
        let own = open.staff_id == staff_id;
        let mine = if own { open.employee } else { open.manager };
        let Some(cycle) = cycles.get(&open.cycle_id).filter(|_| !mine) else {
            continue;
        };
        due.push(Due {
            what: Message::new(if own {
                "due-goals-agree"
            } else {
                "due-goals-agree-of"
            })
            .with("cycle", &cycle.code),
            whom: (!own).then_some((open.name, open.name_en)),
            by: cycle.until.filter(|_| cycle.state == State::GoalSetting),
            link: link(&cycle.code, &open.employee_no),
        });
    }
    for (cycle, no, names, held) in check_ins(conn, &cycles, Some(&below))? {
        let Some(by) = next_check_in(held, cycle.days) else {
            continue;
        };
        due.push(Due {
            what: Message::new("due-check-in").with("cycle", &cycle.code),
            whom: Some(names),
            by: Some(cycle.until.map_or(by, |until| by.min(until))),
            link: format!("/people/{no}/notes/new?kind=check_in"),
        });
    }
    Ok(due)
}

/// Proposals that wait for somebody's answer.
fn proposals(
    conn: &mut Conn,
    cycles: &BTreeMap<i64, Running>,
    ids: &[i64],
    concerned: &[i64],
    me: i64,
) -> Result<Vec<Due>> {
    type Row = (i64, i64, String, String, String, String);
    let rows: Vec<Row> = goal_proposal::table
        .inner_join(goal_sheet::table.inner_join(staff::table))
        .filter(goal_sheet::cycle_id.eq_any(ids))
        .filter(goal_sheet::staff_id.eq_any(concerned))
        .filter(goal_proposal::state.eq(Standing::Open.code()))
        .order(goal_proposal::id)
        .select((
            goal_sheet::staff_id,
            goal_sheet::cycle_id,
            goal_proposal::by_side,
            staff::employee_no,
            staff::name,
            staff::name_en,
        ))
        .load(conn)?;
    let mut due = Vec::new();
    for (staff_id, cycle_id, by, no, name, name_en) in rows {
        let own = staff_id == me;
        let waits = match Side::parse(&by) {
            Some(Side::Manager) => own,
            Some(Side::Employee) => !own,
            None => false,
        };
        if let Some(cycle) = cycles.get(&cycle_id).filter(|_| waits) {
            due.push(Due {
                what: Message::new("due-goals-answer").with("cycle", &cycle.code),
                whom: (!own).then_some((name, name_en)),
                by: cycle.until,
                link: link(&cycle.code, &no),
            });
        }
    }
    Ok(due)
}

/// Somebody in a cycle, and how many check-ins others held with them in it.
type Held<'c> = (&'c Running, String, (String, String), i64);

/// Check-ins held with those who have goals in a cycle that is tracking; of some people where they are given.
fn check_ins<'c>(
    conn: &mut Conn,
    cycles: &'c BTreeMap<i64, Running>,
    people: Option<&[i64]>,
) -> Result<Vec<Held<'c>>> {
    type Row = (i64, String, String, String, i64);
    let tracking: Vec<i64> = cycles
        .iter()
        .filter(|(_, cycle)| cycle.state == State::Tracking)
        .map(|(&id, _)| id)
        .collect();
    if tracking.is_empty() || people.is_some_and(<[i64]>::is_empty) {
        return Ok(Vec::new());
    }
    let with_goals = goal_sheet::table
        .filter(goal_sheet::cycle_id.eq(evaluation::cycle_id))
        .filter(goal_sheet::staff_id.eq(evaluation::staff_id));
    let by_another = note::author_id
        .is_null()
        .or(note::author_id.ne(note::staff_id.nullable()));
    let mut query = evaluation::table
        .inner_join(staff::table)
        .left_join(
            note::table.on(note::staff_id
                .eq(evaluation::staff_id)
                .and(note::cycle_id.eq(evaluation::cycle_id.nullable()))
                .and(note::kind.eq(NoteKind::CheckIn.code()))
                .and(by_another)),
        )
        .filter(evaluation::cycle_id.eq_any(tracking))
        .filter(evaluation::excused_reason.is_null())
        .filter(diesel::dsl::exists(with_goals))
        .group_by((
            evaluation::cycle_id,
            staff::employee_no,
            staff::name,
            staff::name_en,
        ))
        .order((evaluation::cycle_id, staff::employee_no))
        .select((
            evaluation::cycle_id,
            staff::employee_no,
            staff::name,
            staff::name_en,
            count(note::day.nullable()).aggregate_distinct(),
        ))
        .into_boxed();
    if let Some(people) = people {
        query = query.filter(evaluation::staff_id.eq_any(people));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, no, name, name_en, held)| {
            Some((cycles.get(&id)?, no, (name, name_en), held))
        })
        .collect())
}

/// Reminds everybody whose agreement is missing, and those above of check-ins whose day has come; nobody twice of
/// the same within a week. Returns how many messages were written.
pub fn remind_all(conn: &mut Conn, today: NaiveDate, now: NaiveDateTime) -> Result<usize> {
    let cycles = running(conn)?;
    let ids: Vec<i64> = cycles.keys().copied().collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let open = not_agreed(conn, &ids, None)?;
    let mut late: BTreeMap<(i64, String), i64> = BTreeMap::new();
    let behind: Vec<(String, String)> = check_ins(conn, &cycles, None)?
        .into_iter()
        .filter(|(cycle, _, _, held)| {
            next_check_in(*held, cycle.days).is_some_and(|by| by <= today)
        })
        .map(|(cycle, no, ..)| (cycle.code.clone(), no))
        .collect();
    let numbers: Vec<&str> = behind.iter().map(|(_, no)| no.as_str()).collect();
    let mut ids_of: BTreeMap<String, i64> = BTreeMap::new();
    for chunk in numbers.chunks(1_000) {
        let found: Vec<(String, i64)> = staff::table
            .filter(staff::employee_no.eq_any(chunk))
            .select((staff::employee_no, staff::id))
            .load(conn)?;
        ids_of.extend(found);
    }
    let mut people: Vec<i64> = open.iter().map(|o| o.staff_id).collect();
    people.extend(ids_of.values());
    people.sort_unstable();
    people.dedup();
    let mut managers: BTreeMap<i64, i64> = BTreeMap::new();
    for chunk in people.chunks(1_000) {
        managers.extend(managers_of(conn, chunk, today)?);
    }
    for (cycle, no) in &behind {
        let manager = ids_of.get(no).and_then(|id| managers.get(id));
        if let Some(&manager) = manager {
            *late.entry((manager, cycle.clone())).or_default() += 1;
        }
    }
    let mut wanted: Vec<(i64, Message, String)> = Vec::new();
    let mut unsigned: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for sheet in &open {
        let Some(cycle) = cycles.get(&sheet.cycle_id) else {
            continue;
        };
        if !sheet.employee {
            let what = Message::new("told-goals-agree").with("cycle", &cycle.code);
            wanted.push((sheet.staff_id, what, link(&cycle.code, &sheet.employee_no)));
        }
        if let Some(&manager) = managers.get(&sheet.staff_id).filter(|_| !sheet.manager) {
            *unsigned.entry((manager, sheet.cycle_id)).or_default() += 1;
        }
    }
    for ((manager, cycle_id), n) in unsigned {
        if let Some(cycle) = cycles.get(&cycle_id) {
            let what = Message::new("told-goals-agree-of")
                .with("cycle", &cycle.code)
                .with("n", n);
            wanted.push((
                manager,
                what,
                format!("/my-team/goals?cycle={}", cycle.code),
            ));
        }
    }
    for ((manager, cycle), n) in late {
        let what = Message::new("told-check-ins")
            .with("cycle", &cycle)
            .with("n", n);
        wanted.push((manager, what, format!("/my-team/goals?cycle={cycle}")));
    }
    tell(conn, wanted, now)
}

/// Reminds some people of one cycle to agree to their sheets, as their manager asked.
pub fn remind(
    conn: &mut Conn,
    code: &str,
    people: &[(i64, String)],
    now: NaiveDateTime,
) -> Result<usize> {
    let wanted = people
        .iter()
        .map(|(id, no)| {
            let what = Message::new("told-goals-agree").with("cycle", code);
            (*id, what, link(code, no))
        })
        .collect();
    tell(conn, wanted, now)
}

/// Writes to the accounts of people what they have not been told within a week.
fn tell(conn: &mut Conn, wanted: Vec<(i64, Message, String)>, now: NaiveDateTime) -> Result<usize> {
    let people: Vec<i64> = wanted.iter().map(|(id, ..)| *id).collect();
    let mut accounts: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for chunk in people.chunks(1_000) {
        accounts.extend(accounts::accounts_of(conn, chunk)?);
    }
    let mut notices = Vec::new();
    for (staff_id, what, link) in wanted {
        for &account_id in accounts.get(&staff_id).into_iter().flatten() {
            notices.push(Notice {
                account_id,
                what: what.clone(),
                link: link.clone(),
            });
        }
    }
    accounts::remind(conn, &notices, now)
}
