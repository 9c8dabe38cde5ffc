//! Setting up rounds, and what becomes of them: another time or place, more raters, cancelled, held, missed, closed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::max;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::accounts::store::{accounts_of, tell_all};
use crate::audit::{self, Actor};
use crate::calendar::Zone;
use crate::db::Conn;
use crate::db::schema::{interview, recusal, sheet, staff};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::judgement::model::sheet::State;
use crate::judgement::store::panels::{self, Kind, Seat, Seated};
use crate::recruitment::model::codes::StageKind;
use crate::recruitment::model::interview::{RoundState, slots};
use crate::recruitment::store::rounds::{Applied, Found, RATER, Stored};
use crate::settings::Settings;

/// When and where an interview takes place. UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub starts_at: NaiveDateTime,
    pub minutes: i64,
    pub place: String,
}

/// Numbers of the employees of some employee numbers who work here on a day.
///
/// # Errors
/// `Invalid` naming the numbers of nobody.
pub fn people(conn: &mut Conn, numbers: &[String], day: NaiveDate) -> Result<Vec<i64>> {
    let rows: Vec<(i64, String)> = staff::table
        .filter(staff::employee_no.eq_any(numbers))
        .filter(staff::left_on.is_null().or(staff::left_on.ge(day)))
        .order(staff::id)
        .select((staff::id, staff::employee_no))
        .load(conn)?;
    let unknown: Vec<&str> = numbers
        .iter()
        .filter(|no| !rows.iter().any(|(_, found)| found == *no))
        .map(String::as_str)
        .collect();
    if unknown.is_empty() {
        return Ok(rows.into_iter().map(|(id, _)| id).collect());
    }
    let numbers = unknown.join(", ");
    Err(Error::invalid(
        Message::new("round-unknown-raters").with("numbers", numbers),
    ))
}

/// Refuses raters who may not judge an applicant: the applicant, and who has declared a conflict.
fn may_judge(conn: &mut Conn, applications: &[Applied], raters: &[i64]) -> Result<()> {
    let ids: Vec<i64> = applications.iter().map(|a| a.id).collect();
    let recused: Vec<(i64, i64)> = recusal::table
        .filter(recusal::application_id.eq_any(&ids))
        .filter(recusal::staff_id.eq_any(raters))
        .select((recusal::application_id, recusal::staff_id))
        .load(conn)?;
    let barred = |applied: &&Applied| {
        let own = applied.staff_id.is_some_and(|id| raters.contains(&id));
        own || recused.iter().any(|(id, _)| *id == applied.id)
    };
    let codes: Vec<&str> = applications
        .iter()
        .filter(barred)
        .map(|a| a.code.as_str())
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(
        Message::new("round-barred").with("codes", codes.join(", ")),
    ))
}

/// Sets up a round for each of some applications at the stage where it stands, and asks its raters. Interviews of
/// several follow one another. Returns the numbers of the rounds.
///
/// # Errors
/// `Invalid` when an application has come to an end, stands at a stage that is not judged, when an interview has no
/// time, there are too few raters, or one of them may not judge.
pub fn open(
    conn: &mut Conn,
    applications: &[Applied],
    raters: &[i64],
    meeting: Option<&Meeting>,
    actor: &Actor,
) -> Result<Vec<i64>> {
    let raters: BTreeSet<i64> = raters.iter().copied().collect();
    let raters: Vec<i64> = raters.into_iter().collect();
    for applied in applications {
        check(applied, raters.len(), meeting)?;
    }
    may_judge(conn, applications, &raters)?;
    let panels = open_panels(conn, applications)?;
    let numbers = next_numbers(conn, applications)?;
    let times: Vec<_> = match meeting {
        Some(m) => slots(m.starts_at, m.minutes, applications.len())
            .into_iter()
            .map(Some)
            .collect(),
        None => vec![None; applications.len()],
    };
    let place = meeting.map_or("", |m| m.place.as_str());
    let rows: Vec<_> = applications
        .iter()
        .zip(times)
        .map(|(applied, times)| {
            (
                interview::application_id.eq(applied.id),
                interview::stage_id.eq(applied.stage.id),
                interview::round_no.eq(numbers.get(&applied.id).copied().unwrap_or(1)),
                interview::panel_id.eq(panels.get(&applied.id).copied().unwrap_or_default()),
                interview::state.eq(RoundState::Planned.code()),
                interview::starts_at.eq(times.map(|t| t.0)),
                interview::ends_at.eq(times.map(|t| t.1)),
                interview::place.eq(place),
                interview::kit_json.eq(&applied.kit_json),
                interview::ics_uid.eq(format!("{:032x}@espalier", rand::random::<u128>())),
                interview::ics_sequence.eq(0),
                interview::row_version.eq(1),
            )
        })
        .collect();
    insert_all!(conn, interview::table, rows)?;
    let seats: Vec<Seat<'_>> = panels
        .values()
        .flat_map(|panel_id| {
            raters.iter().map(|rater| Seat {
                panel_id: *panel_id,
                rater_id: Some(*rater),
                role: RATER,
                state: State::Invited,
            })
        })
        .collect();
    panels::seat(conn, &seats)?;
    let ids: Vec<i64> = panels.values().copied().collect();
    let opened: Vec<(i64, i64, Option<NaiveDateTime>)> = interview::table
        .filter(interview::panel_id.eq_any(&ids))
        .order(interview::id)
        .select((
            interview::id,
            interview::application_id,
            interview::starts_at,
        ))
        .load(conn)?;
    let codes: HashMap<i64, &str> = applications
        .iter()
        .map(|a| (a.id, a.code.as_str()))
        .collect();
    let zone = Settings::load(conn)?.zone;
    let told: Vec<(i64, Message)> = opened
        .iter()
        .map(|(id, application, starts)| {
            let code = codes.get(application).copied().unwrap_or_default();
            (*id, asked(code, *starts, zone))
        })
        .collect();
    tell(conn, &raters, &told, actor.at)?;
    for applied in applications {
        let detail = json!({ "raters": raters.len(), "stage": applied.stage.position });
        audit::append(conn, actor, "round.open", &applied.subject(), &detail)?;
    }
    Ok(opened.into_iter().map(|o| o.0).collect())
}

/// What a rater is told who is asked.
fn asked(code: &str, starts_at: Option<NaiveDateTime>, zone: Zone) -> Message {
    match starts_at {
        Some(at) => Message::new("told-interview")
            .with("code", code)
            .with("at", zone.local(at).format("%Y-%m-%d %H:%M")),
        None => Message::new("told-screening").with("code", code),
    }
}

fn check(applied: &Applied, raters: usize, meeting: Option<&Meeting>) -> Result<()> {
    let refuse = |key| {
        Err(Error::invalid(
            Message::new(key).with("code", &applied.code),
        ))
    };
    if !applied.is_active() {
        return refuse("round-application-ended");
    }
    let timed = match applied.stage.kind {
        StageKind::Screening => false,
        StageKind::Interview => true,
        StageKind::BackgroundCheck | StageKind::Offer => return refuse("round-not-judged"),
    };
    if applied.stage.version_id.is_none() {
        return refuse("round-no-card");
    }
    if timed && meeting.is_none() {
        return refuse("round-needs-time");
    }
    if !timed && meeting.is_some() {
        return refuse("round-needs-no-time");
    }
    let least = usize::try_from(applied.stage.raters).unwrap_or(1).max(1);
    if raters < least {
        return Err(Error::invalid(
            Message::new("round-few-raters")
                .with("code", &applied.code)
                .with("n", least),
        ));
    }
    Ok(())
}

/// A panel for each application, by its number.
fn open_panels(conn: &mut Conn, applications: &[Applied]) -> Result<BTreeMap<i64, i64>> {
    let mut by_card: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for applied in applications {
        if let Some(version_id) = applied.stage.version_id {
            by_card.entry(version_id).or_default().push(applied.id);
        }
    }
    let mut found = BTreeMap::new();
    for (version_id, ids) in by_card {
        let kind = Kind {
            version_id,
            blind: true,
            anonymous: false,
            min_shown: 0,
        };
        let opened = panels::open(conn, kind, ids.len())?;
        found.extend(ids.into_iter().zip(opened));
    }
    Ok(found)
}

/// The number of the next round of each application at its stage.
fn next_numbers(conn: &mut Conn, applications: &[Applied]) -> Result<HashMap<i64, i32>> {
    let ids: Vec<i64> = applications.iter().map(|a| a.id).collect();
    let rows: Vec<(i64, i64, Option<i32>)> = interview::table
        .filter(interview::application_id.eq_any(&ids))
        .group_by((interview::application_id, interview::stage_id))
        .select((
            interview::application_id,
            interview::stage_id,
            max(interview::round_no),
        ))
        .load(conn)?;
    let last = |applied: &Applied| {
        rows.iter()
            .find(|(id, stage, _)| *id == applied.id && *stage == applied.stage.id)
            .and_then(|r| r.2)
            .unwrap_or(0)
    };
    Ok(applications.iter().map(|a| (a.id, last(a) + 1)).collect())
}

/// Tells people of rounds: each of `people` each message, whose link is the round.
fn tell(
    conn: &mut Conn,
    people: &[i64],
    rounds: &[(i64, Message)],
    now: NaiveDateTime,
) -> Result<()> {
    let accounts: Vec<i64> = accounts_of(conn, people)?.into_values().flatten().collect();
    let links: Vec<String> = rounds.iter().map(|(id, _)| link(*id)).collect();
    let told: Vec<(i64, &Message, &str)> = accounts
        .iter()
        .flat_map(|account| {
            let both = rounds.iter().zip(&links);
            both.map(move |((_, what), link)| (*account, what, link.as_str()))
        })
        .collect();
    tell_all(conn, &told, now)
}

/// The address of a round.
#[must_use]
pub fn link(id: i64) -> String {
    format!("/interviews/{id}")
}

/// Whoever has a seat and has not declined it.
fn seated(found: &Found) -> Vec<i64> {
    found
        .seats
        .iter()
        .filter(|seat| seat.sheet.state != State::Declined)
        .filter_map(|seat| seat.sheet.rater_id)
        .collect()
}

/// What of a round changes.
struct Change<'a> {
    state: RoundState,
    times: Option<(NaiveDateTime, NaiveDateTime)>,
    place: &'a str,
    sequence: i32,
}

/// Writes a round that is as it was seen.
///
/// # Errors
/// `Conflict` when it is not.
fn write(conn: &mut Conn, round: &Stored, seen: i32, change: &Change<'_>) -> Result<()> {
    let as_seen = interview::table
        .filter(interview::id.eq(round.id))
        .filter(interview::row_version.eq(seen));
    let written = diesel::update(as_seen)
        .set((
            interview::state.eq(change.state.code()),
            interview::starts_at.eq(change.times.map(|t| t.0)),
            interview::ends_at.eq(change.times.map(|t| t.1)),
            interview::place.eq(change.place),
            interview::ics_sequence.eq(change.sequence),
            interview::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

fn unchanged(round: &Stored) -> Change<'_> {
    Change {
        state: round.state,
        times: round.starts_at.zip(round.ends_at),
        place: &round.place,
        sequence: round.sequence,
    }
}

/// Refuses what a round that has come to an end does not take.
fn changeable(found: &Found) -> Result<()> {
    if found.round.rules(found.applied.is_active()).may_change() {
        Ok(())
    } else {
        Err(Error::Conflict(Message::new("round-over")))
    }
}

fn record(conn: &mut Conn, found: &Found, actor: &Actor, what: &str, more: &Value) -> Result<()> {
    let mut detail = json!({
        "round": found.round.round_no,
        "stage": found.round.stage.position,
    });
    if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
        detail.extend(more.clone());
    }
    audit::append(conn, actor, what, &found.applied.subject(), &detail)
}

/// Gives an interview another time or place; everybody's calendar hears of it.
///
/// # Errors
/// `Conflict` when it was changed since `seen`, or is over.
pub fn change(
    conn: &mut Conn,
    found: &Found,
    seen: i32,
    meeting: &Meeting,
    actor: &Actor,
) -> Result<()> {
    changeable(found)?;
    let times = slots(meeting.starts_at, meeting.minutes, 1)
        .first()
        .copied();
    let change = Change {
        times,
        place: &meeting.place,
        sequence: found.round.sequence + 1,
        ..unchanged(&found.round)
    };
    write(conn, &found.round, seen, &change)?;
    let zone = Settings::load(conn)?.zone;
    let what = Message::new("told-interview-moved")
        .with("code", &found.applied.code)
        .with("at", zone.local(meeting.starts_at).format("%Y-%m-%d %H:%M"));
    tell(conn, &seated(found), &[(found.round.id, what)], actor.at)?;
    record(conn, found, actor, "round.change", &json!({}))
}

/// Calls a round off: its calendar entries are taken back, and no sheet comes in.
///
/// # Errors
/// As [`change`].
pub fn cancel(conn: &mut Conn, found: &Found, seen: i32, actor: &Actor) -> Result<()> {
    changeable(found)?;
    let change = Change {
        state: RoundState::Cancelled,
        sequence: found.round.sequence + 1,
        ..unchanged(&found.round)
    };
    write(conn, &found.round, seen, &change)?;
    panels::close(conn, &[found.round.panel.id], actor.at)?;
    let what = Message::new("told-interview-cancelled").with("code", &found.applied.code);
    tell(conn, &seated(found), &[(found.round.id, what)], actor.at)?;
    record(conn, found, actor, "round.cancel", &json!({}))
}

/// Says that an interview took place, or that the applicant did not come: then no sheet comes in.
///
/// # Errors
/// As [`change`]; also before it has begun.
pub fn conclude(
    conn: &mut Conn,
    found: &Found,
    seen: i32,
    missed: bool,
    actor: &Actor,
) -> Result<()> {
    let rules = found.round.rules(found.applied.is_active());
    if !rules.may_conclude(actor.at) {
        return Err(Error::Conflict(Message::new("round-not-begun")));
    }
    let state = if missed {
        RoundState::Missed
    } else {
        RoundState::Held
    };
    let change = Change {
        state,
        ..unchanged(&found.round)
    };
    write(conn, &found.round, seen, &change)?;
    if missed {
        panels::close(conn, &[found.round.panel.id], actor.at)?;
    }
    let what = if missed { "round.missed" } else { "round.held" };
    record(conn, found, actor, what, &json!({}))
}

/// Asks more raters: in place of those who declined.
///
/// # Errors
/// As [`change`]; `Invalid` when one of them may not judge.
pub fn add_raters(
    conn: &mut Conn,
    found: &Found,
    seen: i32,
    raters: &[i64],
    actor: &Actor,
) -> Result<()> {
    let rules = found.round.rules(found.applied.is_active());
    if !(rules.counts() && rules.active && !rules.closed) {
        return Err(Error::Conflict(Message::new("round-over")));
    }
    may_judge(conn, std::slice::from_ref(&found.applied), raters)?;
    let there: Vec<i64> = found
        .seats
        .iter()
        .filter_map(|seat| seat.sheet.rater_id)
        .collect();
    let new: BTreeSet<i64> = raters
        .iter()
        .copied()
        .filter(|id| !there.contains(id))
        .collect();
    let new: Vec<i64> = new.into_iter().collect();
    if new.is_empty() {
        return Err(Error::invalid(Message::new("round-raters-there")));
    }
    let change = Change {
        sequence: found.round.sequence + 1,
        ..unchanged(&found.round)
    };
    write(conn, &found.round, seen, &change)?;
    let seats: Vec<Seat<'_>> = new
        .iter()
        .map(|rater| Seat {
            panel_id: found.round.panel.id,
            rater_id: Some(*rater),
            role: RATER,
            state: State::Invited,
        })
        .collect();
    panels::seat(conn, &seats)?;
    let zone = Settings::load(conn)?.zone;
    let what = asked(&found.applied.code, found.round.starts_at, zone);
    tell(conn, &new, &[(found.round.id, what)], actor.at)?;
    let detail = json!({ "raters": new.len() });
    record(conn, found, actor, "round.raters", &detail)
}

/// Ends a round without waiting for the sheets that are missing: what is in may be read from now on.
///
/// # Errors
/// As [`change`].
pub fn close(conn: &mut Conn, found: &Found, seen: i32, actor: &Actor) -> Result<()> {
    let rules = found.round.rules(found.applied.is_active());
    if rules.closed || !rules.counts() {
        return Err(Error::Conflict(Message::new("round-over")));
    }
    write(conn, &found.round, seen, &unchanged(&found.round))?;
    let closed = panels::close(conn, &[found.round.panel.id], actor.at)?;
    let sheets: i64 = closed.iter().map(|c| c.1).sum();
    record(
        conn,
        found,
        actor,
        "round.close",
        &json!({ "sheets": sheets }),
    )
}

/// Whoever has an open seat declines it, with a reason; a conflict keeps them out of every other round of the
/// application too.
///
/// # Errors
/// `Conflict` when the sheet was changed since `seen`, is not open, or the round is closed.
pub fn decline(
    conn: &mut Conn,
    found: &Found,
    seen: i32,
    conflict: bool,
    reason: &str,
    actor: &Actor,
) -> Result<()> {
    let Some(Seated { sheet: own, .. }) = found.own() else {
        return Err(Error::NotFound(
            Message::new("round-not-found").with("id", found.round.id),
        ));
    };
    panels::decline(conn, own.id, seen, reason)?;
    if let (true, Some(me)) = (conflict, found.me) {
        diesel::delete(recusal::table.find((found.applied.id, me))).execute(conn)?;
        diesel::insert_into(recusal::table)
            .values((
                recusal::application_id.eq(found.applied.id),
                recusal::staff_id.eq(me),
                recusal::declared_by.eq(&actor.name),
                recusal::declared_at.eq(actor.at),
            ))
            .execute(conn)?;
        give_up(conn, found.applied.id, me)?;
    }
    if let Some(owner) = found.applied.owner_id {
        let what = Message::new("told-rater-declined").with("code", &found.applied.code);
        tell(conn, &[owner], &[(found.round.id, what)], actor.at)?;
    }
    let detail = json!({ "conflict": conflict });
    record(conn, found, actor, "round.decline", &detail)
}

/// Gives up the other open seats of somebody who cannot judge an applicant.
fn give_up(conn: &mut Conn, application_id: i64, me: i64) -> Result<()> {
    let panels = interview::table
        .filter(interview::application_id.eq(application_id))
        .select(interview::panel_id);
    let open = sheet::table
        .filter(sheet::rater_id.eq(me))
        .filter(sheet::panel_id.eq_any(panels))
        .filter(sheet::state.eq(State::Invited.code()));
    diesel::update(open)
        .set((
            sheet::state.eq(State::Declined.code()),
            sheet::row_version.eq(sheet::row_version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes what was said of ratings that lie far apart.
///
/// # Errors
/// `Conflict` as [`change`].
pub fn discuss(conn: &mut Conn, found: &Found, seen: i32, note: &str, actor: &Actor) -> Result<()> {
    write(conn, &found.round, seen, &unchanged(&found.round))?;
    panels::discuss(conn, found.round.panel.id, note)?;
    record(conn, found, actor, "round.discuss", &json!({}))
}
