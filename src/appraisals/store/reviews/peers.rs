//! Colleagues who give feedback: three to five, named by the person, confirmed by the manager. Who wrote what is known
//! only until the stage is closed, and told to nobody.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use crate::appraisals::model::cycle::State as CycleState;
use crate::appraisals::store::board;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::reviews::write::{About, Words, in_evaluation};
use crate::appraisals::store::reviews::{Evaluation, PEER, Person};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{evaluation, posting, reporting_line, staff};
use crate::drafts;
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State;
use crate::judgement::store::cards;
use crate::judgement::store::panels::{self, Kind, Seat, Sent, Sheet};

/// How many colleagues are asked.
pub const ASKED: std::ops::RangeInclusive<usize> = 3..=5;

/// With fewer answers than this nothing is ever shown.
pub const MIN_SHOWN: i32 = 3;

/// The form of a colleague, as drafts call it.
pub const DRAFT: &str = "peer";

/// Who writes in the trail what colleagues say.
const A_PEER: &str = "a peer";

/// Whose colleague somebody may be asked as: of the same team or of one beside it, at most `limit`, in order of name.
pub fn candidates(
    conn: &mut Conn,
    about: &Evaluation,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Person>> {
    let Some(team_id) = about.team_id else {
        return Ok(Vec::new());
    };
    let related = related(conn, about.staff_id, day)?;
    Ok(posting::table
        .inner_join(staff::table.on(staff::id.eq(posting::staff_id)))
        .filter(posting::team_id.eq(team_id))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .filter(staff::left_on.is_null().or(staff::left_on.ge(day)))
        .filter(staff::id.ne_all(related))
        .order((staff::sort_key, staff::id))
        .limit(limit)
        .select((staff::id, staff::employee_no, staff::name, staff::name_en))
        .load(conn)?)
}

/// The person, those above and those below: no colleagues.
fn related(conn: &mut Conn, staff_id: i64, day: NaiveDate) -> Result<Vec<i64>> {
    let lines: Vec<(i64, i64)> = reporting_line::table
        .filter(
            reporting_line::manager_id
                .eq(staff_id)
                .or(reporting_line::staff_id.eq(staff_id)),
        )
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select((reporting_line::manager_id, reporting_line::staff_id))
        .load(conn)?;
    let mut all: BTreeSet<i64> = lines.into_iter().flat_map(|(a, b)| [a, b]).collect();
    all.insert(staff_id);
    Ok(all.into_iter().collect())
}

/// The people of some employee numbers who may be asked, in order of name.
///
/// # Errors
/// `Invalid` naming everybody who is none, has left, or is no colleague; or when they are not three to five.
pub fn chosen(
    conn: &mut Conn,
    about: &Evaluation,
    day: NaiveDate,
    numbers: &[String],
) -> Result<Vec<Person>> {
    let wanted: BTreeSet<&String> = numbers.iter().collect();
    if !ASKED.contains(&wanted.len()) {
        return Err(Error::invalid(
            Message::new("peers-count").with("n", wanted.len()),
        ));
    }
    let found: Vec<Person> = staff::table
        .filter(staff::employee_no.eq_any(&wanted))
        .filter(staff::left_on.is_null().or(staff::left_on.ge(day)))
        .order((staff::sort_key, staff::id))
        .select((staff::id, staff::employee_no, staff::name, staff::name_en))
        .load(conn)?;
    let related = related(conn, about.staff_id, day)?;
    let wrong: Vec<Message> = wanted
        .iter()
        .filter(|no| {
            !found
                .iter()
                .any(|p| p.1 == ***no && !related.contains(&p.0))
        })
        .map(|no| Message::new("peers-no-colleague").with("no", no))
        .collect();
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// The seats of somebody's colleagues, closed or not.
pub fn seats(conn: &mut Conn, about: &Evaluation) -> Result<Vec<Sheet>> {
    match about.peer_panel_id {
        Some(id) => panels::sheets(conn, &[id]),
        None => Ok(Vec::new()),
    }
}

/// Raises the row version of an evaluation that is still as it was seen.
fn touch(conn: &mut Conn, about: &Evaluation, seen: i32) -> Result<()> {
    let as_seen = evaluation::table
        .filter(evaluation::id.eq(about.id))
        .filter(evaluation::row_version.eq(seen));
    let touched = diesel::update(as_seen)
        .set(evaluation::row_version.eq(seen + 1))
        .execute(conn)?;
    if touched == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

/// Names colleagues: proposed by the person, or (`confirmed`) asked by the manager. Whoever was asked already stays,
/// so that nobody can be taken out who has answered.
///
/// # Errors
/// `Conflict` when it was changed since `seen`, the person names after the manager has confirmed, or the stage is
/// closed; `Invalid` when too many would be asked.
pub fn name(
    conn: &mut Conn,
    about: &About<'_>,
    people: &[Person],
    confirmed: bool,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    let evaluation = about.evaluation;
    if evaluation.peers_closed_at.is_some() {
        return Err(Error::Conflict(Message::new("panel-closed")));
    }
    if !confirmed && evaluation.peers_confirmed_at.is_some() {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    touch(conn, evaluation, seen)?;
    let panel_id = match evaluation.peer_panel_id {
        Some(id) => id,
        None => open(conn, about)?,
    };
    let before = panels::sheets(conn, &[panel_id])?;
    let proposed: Vec<i64> = before
        .iter()
        .filter(|s| s.state == State::Proposed)
        .map(|s| s.id)
        .collect();
    panels::unseat(conn, &proposed)?;
    let kept: Vec<&Sheet> = before
        .iter()
        .filter(|s| s.state != State::Proposed)
        .collect();
    let state = if confirmed {
        State::Invited
    } else {
        State::Proposed
    };
    let new: Vec<Seat<'_>> = people
        .iter()
        .filter(|p| !kept.iter().any(|s| s.rater_id == Some(p.0)))
        .map(|p| Seat {
            panel_id,
            rater_id: Some(p.0),
            role: PEER,
            state,
        })
        .collect();
    let asked = kept.iter().filter(|s| s.state != State::Declined).count() + new.len();
    if !ASKED.contains(&asked) {
        return Err(Error::invalid(Message::new("peers-count").with("n", asked)));
    }
    panels::seat(conn, &new)?;
    if confirmed && evaluation.peers_confirmed_at.is_none() {
        diesel::update(evaluation::table.find(evaluation.id))
            .set(evaluation::peers_confirmed_at.eq(actor.at))
            .execute(conn)?;
    }
    let action = if confirmed {
        "peers.confirm"
    } else {
        "peers.propose"
    };
    let subject = format!("{}/{}", about.cycle.code, about.employee_no);
    audit::append(conn, actor, action, &subject, &json!({ "n": asked }))
}

/// Opens the anonymous panel of an evaluation.
fn open(conn: &mut Conn, about: &About<'_>) -> Result<i64> {
    let Some(card) = about.cycle.rules.peer_card() else {
        return Err(Error::Conflict(
            Message::new("review-not-now").with("code", &about.cycle.code),
        ));
    };
    let kind = Kind {
        version_id: cards::version_id(conn, &card.code, card.version_no)?,
        blind: true,
        anonymous: true,
        min_shown: MIN_SHOWN,
    };
    let opened = panels::open(conn, kind, 1)?;
    let Some(&panel_id) = opened.first() else {
        return Err(Error::NotFound(Message::new("sheet-not-found")));
    };
    diesel::update(evaluation::table.find(about.evaluation.id))
        .set(evaluation::peer_panel_id.eq(panel_id))
        .execute(conn)?;
    Ok(panel_id)
}

/// Refuses what comes after the last day of evaluation: the stage is over then, closed or not.
fn in_time(conn: &mut Conn, cycle: &Cycle, today: NaiveDate) -> Result<()> {
    let due = board::deadlines(conn, &[cycle.id])?;
    match due.get(&(cycle.id, CycleState::Evaluation)) {
        Some(day) if *day < today => Err(Error::Conflict(Message::new("panel-closed"))),
        _ => Ok(()),
    }
}

/// Submits what a colleague says. The trail tells of it only at the close, and not by name.
///
/// # Errors
/// `Conflict` when the sheet was changed since it was seen, or the stage is closed or over.
pub fn answer(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    words: &Words<'_>,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    in_time(conn, about.cycle, today)?;
    let sent = Sent {
        sheet_id: sheet.id,
        seen: words.seen,
        rater_id: words.rater_id,
        ratings: words.ratings,
        summary: words.summary,
        min_bp: about.cycle.rules.min_weight_bp,
    };
    panels::submit(conn, &sent, actor.at)
}

/// A colleague would rather not say anything: the manager is to ask another. The trail keeps no name.
///
/// # Errors
/// As [`answer`].
pub fn decline(
    conn: &mut Conn,
    about: &About<'_>,
    sheet: &Sheet,
    seen: i32,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    in_evaluation(conn, about.cycle)?;
    in_time(conn, about.cycle, today)?;
    panels::step(conn, sheet.id, seen, State::Declined)?;
    let subject = format!("{}/{}", about.cycle.code, about.employee_no);
    audit::append(
        conn,
        &nameless(actor),
        "peers.decline",
        &subject,
        &json!({}),
    )
}

/// Whoever it was, told as "a peer".
fn nameless(actor: &Actor) -> Actor {
    Actor {
        name: A_PEER.to_string(),
        at: actor.at,
    }
}

/// Closes the peer stage of a cycle: what colleagues said is told from now on where three have answered, and nothing
/// more comes in. Returns how many people it is about.
pub fn close(conn: &mut Conn, cycle: &Cycle, actor: &Actor) -> Result<usize> {
    let open: Vec<(String, Option<i64>)> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::peer_panel_id.is_not_null())
        .filter(evaluation::peers_closed_at.is_null())
        .order(evaluation::id)
        .select((staff::employee_no, evaluation::peer_panel_id))
        .load(conn)?;
    if open.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = open.iter().filter_map(|o| o.1).collect();
    let closed = panels::close(conn, &ids, actor.at)?;
    let still_open = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::peer_panel_id.is_not_null())
        .filter(evaluation::peers_closed_at.is_null());
    diesel::update(still_open)
        .set((
            evaluation::peers_closed_at.eq(actor.at),
            evaluation::row_version.eq(evaluation::row_version + 1),
        ))
        .execute(conn)?;
    let subjects: Vec<String> = open
        .iter()
        .map(|(no, _)| format!("{}/{no}", cycle.code))
        .collect();
    drafts::forget_all(conn, DRAFT, &subjects)?;
    let answers: i64 = closed.iter().map(|c| c.1).sum();
    let detail = json!({ "answers": answers });
    audit::append(conn, &nameless(actor), "peers.answer", &cycle.code, &detail)?;
    let detail = json!({ "people": open.len() });
    audit::append(conn, actor, "peers.close", &cycle.code, &detail)?;
    Ok(open.len())
}
