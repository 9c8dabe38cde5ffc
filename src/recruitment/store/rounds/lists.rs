//! Rounds in rows, invitations for calendars, reminders of sheets.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use crate::access::Reach;
use crate::accounts::store::{Notice, accounts_of, remind as tell};
use crate::db::Conn;
use crate::db::schema::{
    application, candidate, interview, opening, opening_stage, panel, sheet, staff,
};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State;
use crate::keys::{Start, end_of};
use crate::recruitment::model::codes::ApplicationState;
use crate::recruitment::model::interview::{Round, RoundState};
use crate::recruitment::store::rounds::change::link;
use crate::{applications_within, coded, from_key};

coded! {
    /// Which rounds are listed.
    Show {
        /// Planned, or held with sheets missing.
        Open = "open",
        Today = "today",
        /// From tomorrow on.
        Coming = "coming",
        /// A sheet that may be written now is missing.
        ToFill = "to_fill",
        /// Held, missed, cancelled or closed.
        Over = "over",
        All = "all",
    }
}

/// Whose rounds.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Those in which somebody has a seat.
    Mine(i64),
    Reach(Reach),
}

/// What a list is narrowed to. Times in UTC.
#[derive(Clone, Debug)]
pub struct Filter {
    pub whose: Whose,
    pub show: Show,
    /// Beginning of the code of an application or an opening.
    pub q: String,
    pub now: NaiveDateTime,
    /// First moment of today and of tomorrow.
    pub today: (NaiveDateTime, NaiveDateTime),
}

/// A round in the list.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub id: i64,
    pub state: String,
    pub starts_at: Option<NaiveDateTime>,
    pub ends_at: Option<NaiveDateTime>,
    pub place: String,
    pub panel_id: i64,
    pub closed_at: Option<NaiveDateTime>,
    /// Code and state of the application.
    pub application: (String, String),
    /// Code, Chinese and English title of the opening.
    pub opening: (String, String, String),
    /// Kind, Chinese and English name of the stage.
    pub stage: (String, String, String),
}

/// The open sheets of a round: those of `$me`, or anybody's.
macro_rules! waiting {
    ($me:expr, $anybody:expr) => {
        sheet::table
            .filter(sheet::panel_id.eq(interview::panel_id))
            .filter(sheet::state.eq_any([State::Invited.code(), State::Draft.code()]))
            .filter(
                sheet::rater_id
                    .eq($me)
                    .or($anybody.into_sql::<Nullable<Bool>>()),
            )
    };
}

macro_rules! listed {
    ($columns:expr, $filter:expr) => {{
        let filter: &Filter = $filter;
        let query = interview::table
            .inner_join(panel::table)
            .inner_join(
                application::table
                    .inner_join(opening::table)
                    .inner_join(candidate::table),
            )
            .inner_join(opening_stage::table.on(opening_stage::id.eq(interview::stage_id)))
            .select($columns)
            .into_boxed();
        let mut query = match &filter.whose {
            Whose::Mine(me) => query
                .filter(exists(
                    sheet::table
                        .filter(sheet::panel_id.eq(interview::panel_id))
                        .filter(sheet::rater_id.eq(*me))
                        .filter(sheet::state.ne(State::Declined.code())),
                ))
                .filter(
                    candidate::staff_id
                        .is_null()
                        .or(candidate::staff_id.ne(*me)),
                ),
            Whose::Reach(reach) => applications_within!(query, reach),
        };
        if !filter.q.is_empty() {
            let start = filter.q.to_uppercase();
            let end = end_of(&start);
            query = query.filter(
                application::code
                    .ge(start.clone())
                    .and(application::code.lt(end.clone()))
                    .or(opening::code.ge(start).and(opening::code.lt(end))),
            );
        }
        let (me, anybody) = match &filter.whose {
            Whose::Mine(me) => (*me, false),
            // Nobody has this number.
            Whose::Reach(_) => (0, true),
        };
        let goes_on = [RoundState::Planned.code(), RoundState::Held.code()];
        let (day, next) = filter.today;
        match filter.show {
            Show::All => query,
            Show::Over => query.filter(
                interview::state
                    .ne(RoundState::Planned.code())
                    .or(panel::closed_at.is_not_null())
                    .or(application::state.ne(ApplicationState::Active.code())),
            ),
            Show::Today => query
                .filter(interview::state.eq_any(goes_on))
                .filter(interview::starts_at.ge(day))
                .filter(interview::starts_at.lt(next)),
            Show::Coming => query
                .filter(interview::state.eq(RoundState::Planned.code()))
                .filter(application::state.eq(ApplicationState::Active.code()))
                .filter(interview::starts_at.ge(next)),
            Show::Open => query
                .filter(interview::state.eq_any(goes_on))
                .filter(panel::closed_at.is_null())
                .filter(application::state.eq(ApplicationState::Active.code()))
                .filter(exists(waiting!(me, anybody))),
            Show::ToFill => query
                .filter(interview::state.eq_any(goes_on))
                .filter(panel::closed_at.is_null())
                .filter(application::state.eq(ApplicationState::Active.code()))
                .filter(
                    interview::starts_at
                        .is_null()
                        .or(interview::starts_at.le(filter.now)),
                )
                .filter(exists(waiting!(me, anybody))),
        }
    }};
}

/// A page of at most `limit` rounds, those set up last first (backwards for [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    start: &Start<(String, i64)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let columns = (
        interview::id,
        interview::state,
        interview::starts_at,
        interview::ends_at,
        interview::place,
        interview::panel_id,
        panel::closed_at,
        (application::code, application::state),
        (opening::code, opening::title_zh, opening::title_en),
        (
            opening_stage::kind,
            opening_stage::name_zh,
            opening_stage::name_en,
        ),
    );
    let start = start.read(|(_, id)| Some((*id, *id)));
    let query = listed!(columns, filter).limit(limit);
    let query = from_key!(query, start, (interview::id, interview::id), desc);
    Ok(query.load(conn)?)
}

/// How many rounds the list holds, at most `most` and one.
pub fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let ids: Vec<i64> = listed!(interview::id, filter).limit(most + 1).load(conn)?;
    Ok(ids.len() as i64)
}

/// An interview as somebody's calendar shows it.
#[derive(Clone, Debug, Queryable)]
pub struct Entry {
    pub id: i64,
    pub uid: String,
    pub sequence: i32,
    pub state: String,
    pub starts_at: Option<NaiveDateTime>,
    pub ends_at: Option<NaiveDateTime>,
    pub place: String,
    /// Code and state of the application.
    pub application: (String, String),
    /// Chinese and English title of the opening.
    pub title: (String, String),
    /// Chinese and English name of the stage.
    pub stage: (String, String),
    /// E-mail address of the opening's owner.
    pub owner_email: Option<String>,
}

impl Entry {
    /// Whether it is called off: itself, or because the application has come to an end before.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state == RoundState::Cancelled.code() || self.is_orphan()
    }

    /// Whether the application ended while the interview was still planned.
    fn is_orphan(&self) -> bool {
        self.state == RoundState::Planned.code()
            && self.application.1 != ApplicationState::Active.code()
    }

    /// The sequence of the entry; that the application has ended is a change too.
    #[must_use]
    pub fn sequence(&self) -> i32 {
        self.sequence + i32::from(self.is_orphan())
    }
}

macro_rules! entries {
    () => {
        interview::table
            .inner_join(application::table.inner_join(opening::table))
            .inner_join(opening_stage::table.on(opening_stage::id.eq(interview::stage_id)))
            .left_join(staff::table.on(opening::owner_id.eq(staff::id.nullable())))
            .filter(interview::starts_at.is_not_null())
            .order((interview::starts_at, interview::id))
            .select((
                interview::id,
                interview::ics_uid,
                interview::ics_sequence,
                interview::state,
                interview::starts_at,
                interview::ends_at,
                interview::place,
                (application::code, application::state),
                (opening::title_zh, opening::title_en),
                (opening_stage::name_zh, opening_stage::name_en),
                staff::email.nullable(),
            ))
    };
}

/// Interviews that ended longer ago than this are no longer in a calendar feed.
const KEPT: Duration = Duration::days(30);

/// The interviews of a rater for their calendar feed, those called off among them.
pub fn entries_of(conn: &mut Conn, rater_id: i64, now: NaiveDateTime) -> Result<Vec<Entry>> {
    Ok(entries!()
        .filter(interview::ends_at.ge(now - KEPT))
        .filter(exists(
            sheet::table
                .filter(sheet::panel_id.eq(interview::panel_id))
                .filter(sheet::rater_id.eq(rater_id))
                .filter(sheet::state.ne(State::Declined.code())),
        ))
        .load(conn)?)
}

/// A single interview for a calendar.
///
/// # Errors
/// `NotFound` where it has no time.
pub fn entry(conn: &mut Conn, id: i64) -> Result<Entry> {
    let found: Option<Entry> = entries!()
        .filter(interview::id.eq(id))
        .first(conn)
        .optional()?;
    found.ok_or_else(|| Error::NotFound(Message::new("round-not-found").with("id", id)))
}

/// The interviews of an application, for the applicant.
pub fn of_application(conn: &mut Conn, application_id: i64) -> Result<Vec<Entry>> {
    Ok(entries!()
        .filter(interview::application_id.eq(application_id))
        .load(conn)?)
}

/// Reminds everybody whose sheet is missing of rounds that have taken place, once a week at most; returns how many
/// were told.
pub fn remind(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    type Row = (
        i64,
        Option<NaiveDateTime>,
        Option<NaiveDateTime>,
        String,
        String,
        Option<i64>,
    );
    let rows: Vec<Row> = sheet::table
        .inner_join(panel::table)
        .inner_join(interview::table.on(interview::panel_id.eq(panel::id)))
        .inner_join(application::table.on(application::id.eq(interview::application_id)))
        .filter(sheet::state.eq_any([State::Invited.code(), State::Draft.code()]))
        .filter(panel::closed_at.is_null())
        .filter(application::state.eq(ApplicationState::Active.code()))
        .order((interview::id, sheet::id))
        .select((
            interview::id,
            interview::starts_at,
            interview::ends_at,
            interview::state,
            application::code,
            sheet::rater_id,
        ))
        .load(conn)?;
    let due = |row: &Row| {
        RoundState::parse(&row.3).is_some_and(|state| {
            let round = Round {
                state,
                times: row.1.zip(row.2),
                active: true,
                closed: false,
            };
            round.reminds(now)
        })
    };
    let waiting: Vec<&Row> = rows.iter().filter(|row| due(row)).collect();
    let raters: Vec<i64> = waiting.iter().filter_map(|row| row.5).collect();
    let accounts = accounts_of(conn, &raters)?;
    let none = Vec::new();
    let notices: Vec<Notice> = waiting
        .into_iter()
        .flat_map(|(id, starts, _, _, code, rater)| {
            // Asking for a screening says the same as reminding of it: the week counts from then.
            let what = match starts {
                Some(_) => Message::new("told-sheet-due").with("code", code),
                None => Message::new("told-screening").with("code", code),
            };
            let of = rater.and_then(|id| accounts.get(&id)).unwrap_or(&none);
            of.iter().map(move |account| Notice {
                account_id: *account,
                what: what.clone(),
                link: link(*id),
            })
        })
        .collect();
    tell(conn, &notices, now)
}

/// Where somebody's own sheet stands, how many sheets are in, and how many were asked for.
pub type Standing = (Option<State>, i64, i64);

/// How far the panels of some rows are, by panel.
pub fn progress(
    conn: &mut Conn,
    panels: &[i64],
    me: Option<i64>,
) -> Result<HashMap<i64, Standing>> {
    let mut found: HashMap<i64, Standing> = HashMap::new();
    for sheet in crate::judgement::store::panels::sheets(conn, panels)? {
        let entry = found.entry(sheet.panel_id).or_default();
        if me.is_some() && sheet.rater_id == me {
            entry.0 = Some(sheet.state);
        }
        match sheet.state {
            State::Submitted => {
                entry.1 += 1;
                entry.2 += 1;
            }
            State::Invited | State::Draft => entry.2 += 1,
            State::Proposed | State::Declined => {}
        }
    }
    Ok(found)
}
