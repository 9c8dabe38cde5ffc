//! What recruitment asks of somebody: interviews to come, sheets to fill in; of the owner of an opening, decisions
//! that wait and offers that run out.

use chrono::{Duration, NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{application, interview, offer, opening, opening_stage, panel, sheet};
use crate::due::Due;
use crate::error::{Message, Result};
use crate::judgement::model::sheet::State;
use crate::recruitment::model::codes::{ApplicationState, StageKind};
use crate::recruitment::model::decision::OfferState;
use crate::recruitment::model::interview::{Round, RoundState};
use crate::recruitment::store::rounds::change::link;
use crate::settings::Settings;

/// The most of one kind; whoever has more finds them in the lists.
const MOST: i64 = 100;

/// Interviews further ahead are not named.
const AHEAD: Duration = Duration::days(14);

/// The text of an interview to come, which calendars leave out: they show the interview itself.
pub const INTERVIEW: &str = "due-interview";

/// What waits for somebody at a moment (UTC). Two queries, and a third where there is an interview.
pub fn due(conn: &mut Conn, staff_id: i64, now: NaiveDateTime) -> Result<Vec<Due>> {
    let mut all = as_rater(conn, staff_id, now)?;
    all.extend(as_owner(conn, staff_id)?);
    Ok(all)
}

fn as_rater(conn: &mut Conn, me: i64, now: NaiveDateTime) -> Result<Vec<Due>> {
    type Moment = Option<NaiveDateTime>;
    let rows: Vec<(i64, String, Moment, Moment, String)> = sheet::table
        .inner_join(panel::table)
        .inner_join(interview::table.on(interview::panel_id.eq(panel::id)))
        .inner_join(application::table.on(application::id.eq(interview::application_id)))
        .filter(sheet::rater_id.eq(me))
        .filter(sheet::state.eq_any([State::Invited.code(), State::Draft.code()]))
        .filter(panel::closed_at.is_null())
        .filter(application::state.eq(ApplicationState::Active.code()))
        .order(interview::id)
        .limit(MOST)
        .select((
            interview::id,
            interview::state,
            interview::starts_at,
            interview::ends_at,
            application::code,
        ))
        .load(conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let zone = Settings::load(conn)?.zone;
    Ok(rows
        .into_iter()
        .filter_map(|(id, state, starts, ends, code)| {
            let round = Round {
                state: RoundState::parse(&state)?,
                times: starts.zip(ends),
                active: true,
                closed: false,
            };
            let local = starts.map(|at| zone.local(at));
            let (what, by) = match local {
                _ if !round.counts() => return None,
                Some(local) if !round.has_ended(now) => {
                    if starts.is_some_and(|at| at > now + AHEAD) {
                        return None;
                    }
                    let what = Message::new(INTERVIEW)
                        .with("code", code)
                        .with("at", local.format("%H:%M"));
                    (what, Some(local.date()))
                }
                _ => (Message::new("due-sheet").with("code", code), None),
            };
            Some(Due {
                what,
                whom: None,
                by,
                link: link(id),
            })
        })
        .collect())
}

fn as_owner(conn: &mut Conn, me: i64) -> Result<Vec<Due>> {
    let goes_on = [RoundState::Planned.code(), RoundState::Held.code()];
    let round = || {
        interview::table
            .inner_join(panel::table)
            .filter(interview::application_id.eq(application::id))
            .filter(interview::stage_id.eq(application::stage_id))
            .filter(interview::state.eq_any(goes_on))
    };
    let waiting = interview::table
        .inner_join(panel::table)
        .inner_join(sheet::table.on(sheet::panel_id.eq(panel::id)))
        .filter(interview::application_id.eq(application::id))
        .filter(interview::state.eq_any(goes_on))
        .filter(panel::closed_at.is_null())
        .filter(sheet::state.eq_any([State::Invited.code(), State::Draft.code()]));
    let judged = [StageKind::Screening.code(), StageKind::Interview.code()];
    let rows: Vec<(String, Option<NaiveDate>, bool)> = application::table
        .inner_join(opening::table)
        .inner_join(opening_stage::table.on(opening_stage::id.eq(application::stage_id)))
        .left_join(
            offer::table.on(offer::application_id
                .eq(application::id)
                .and(offer::state.eq(OfferState::Sent.code()))),
        )
        .filter(opening::owner_id.eq(me))
        .filter(application::state.eq(ApplicationState::Active.code()))
        .filter(
            offer::id.nullable().is_not_null().or(opening_stage::kind
                .eq_any(judged)
                .and(exists(round()))
                .and(not(exists(waiting)))),
        )
        .order(application::id)
        .limit(MOST)
        .select((
            application::code,
            offer::expires_on.nullable(),
            offer::id.nullable().is_not_null(),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(code, expires_on, is_offer)| {
            let (key, page) = if is_offer {
                ("due-offer", "offer")
            } else {
                ("due-decision", "decision")
            };
            Due {
                what: Message::new(key).with("code", &code),
                whom: None,
                by: expires_on.filter(|_| is_offer),
                link: format!("/applications/{code}/{page}"),
            }
        })
        .collect())
}
