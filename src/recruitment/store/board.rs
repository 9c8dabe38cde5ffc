//! The board of an opening: how many applications stand at each stage, the first of them, and all of them as a list.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use crate::access::Reach;
use crate::db::Conn;
use crate::db::schema::{application, application_answer, candidate, opening};
use crate::error::{Error, Message, Result};
use crate::keys;
use crate::openings_within;
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Source};
use crate::recruitment::store::candidates::Named;

/// Cards of a column.
pub const CARDS: i64 = 20;

/// Most applications that one step takes along.
pub const MOST: i64 = 10_000;

/// An opening as its board needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub id: i64,
    pub named: Named,
    pub state: OpeningState,
}

/// The opening of a code, in reach.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn opening(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Opening> {
    let query = opening::table
        .filter(opening::code.eq(code))
        .select((
            opening::id,
            (opening::code, opening::title_zh, opening::title_en),
            opening::state,
        ))
        .into_boxed();
    let row: Option<(i64, Named, String)> =
        openings_within!(query, reach).first(conn).optional()?;
    let found = row.and_then(|(id, named, state)| {
        Some(Opening {
            id,
            named,
            state: OpeningState::parse(&state)?,
        })
    });
    found.ok_or_else(|| {
        Error::NotFound(Message::new("application-opening-unknown").with("code", code))
    })
}

/// An application on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: i64,
    pub code: String,
    pub row_version: i32,
    pub stage_id: i64,
    pub state: ApplicationState,
    pub source: Source,
    /// UTC.
    pub applied_at: NaiveDateTime,
    pub entered_at: NaiveDateTime,
    pub total_h: Option<i64>,
    pub candidate_id: i64,
    pub candidate: Named,
    /// Whether somebody has to say whether an unmet requirement stands.
    pub unconfirmed: bool,
    pub knocked_out: bool,
}

/// How many applications of an opening stand where, the reader's own left out.
pub fn counts(
    conn: &mut Conn,
    opening_id: i64,
    me: i64,
) -> Result<BTreeMap<(ApplicationState, i64), i64>> {
    let rows: Vec<(String, i64, i64)> = application::table
        .inner_join(candidate::table)
        .filter(application::opening_id.eq(opening_id))
        .filter(candidate::staff_id.is_null().or(candidate::staff_id.ne(me)))
        .group_by((application::state, application::stage_id))
        .select((application::state, application::stage_id, count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(state, stage, n)| Some(((ApplicationState::parse(&state)?, stage), n)))
        .collect())
}

/// What narrows the list of an opening's applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    pub state: ApplicationState,
    pub stage_id: Option<i64>,
    /// The reader, who is not to see their own; 0 is nobody.
    pub me: i64,
}

/// Where a page begins: when somebody applied, and the number of the row beside it.
pub type Start = keys::Start<(NaiveDateTime, i64)>;

macro_rules! narrowed {
    ($query:expr, $opening:expr, $filter:expr) => {{
        let filter: Filter = $filter;
        let query = $query
            .filter(application::opening_id.eq($opening))
            .filter(application::state.eq(filter.state.code()))
            .filter(
                candidate::staff_id
                    .is_null()
                    .or(candidate::staff_id.ne(filter.me)),
            );
        match filter.stage_id {
            None => query,
            Some(id) => query.filter(application::stage_id.eq(id)),
        }
    }};
}

/// A page of at most `limit` applications of an opening, those who applied first before the others: one query.
pub fn page(
    conn: &mut Conn,
    opening_id: i64,
    filter: Filter,
    start: &Start,
    limit: i64,
) -> Result<Vec<Card>> {
    let failed = application_answer::table
        .filter(application_answer::application_id.eq(application::id))
        .filter(application_answer::failed.eq(true));
    let query = application::table
        .inner_join(candidate::table)
        .select((
            (
                application::id,
                application::code,
                application::row_version,
                application::stage_id,
                application::state,
                application::source,
            ),
            (
                application::applied_at,
                application::entered_at,
                application::total_h,
            ),
            candidate::id,
            (candidate::code, candidate::name, candidate::name_en),
            (
                exists(failed.filter(application_answer::stands.is_null())),
                exists(failed.filter(application_answer::stands.assume_not_null().eq(true))),
            ),
        ))
        .into_boxed();
    let query = narrowed!(query, opening_id, filter);
    let query = crate::from_key!(
        query,
        *start,
        (application::applied_at, application::id),
        asc
    );
    type Stored = (
        (i64, String, i32, i64, String, String),
        (NaiveDateTime, NaiveDateTime, Option<i64>),
        i64,
        Named,
        (bool, bool),
    );
    let rows: Vec<Stored> = query.limit(limit).load(conn)?;
    rows.into_iter()
        .map(|(first, times, candidate_id, candidate, answers)| {
            let (id, code, row_version, stage_id, state, source) = first;
            let unreadable = || Error::Internal("an application of an unknown state".into());
            Ok(Card {
                id,
                code,
                row_version,
                stage_id,
                state: ApplicationState::parse(&state).ok_or_else(unreadable)?,
                source: Source::parse(&source).ok_or_else(unreadable)?,
                applied_at: times.0,
                entered_at: times.1,
                total_h: times.2,
                candidate_id,
                candidate,
                unconfirmed: answers.0,
                knocked_out: answers.1,
            })
        })
        .collect()
}

/// The first cards of each stage that has any: a query for each, and an opening has few stages.
pub fn columns(
    conn: &mut Conn,
    opening_id: i64,
    stages: &[i64],
    me: i64,
) -> Result<Vec<(i64, Vec<Card>)>> {
    stages
        .iter()
        .map(|&stage| {
            let filter = Filter {
                state: ApplicationState::Active,
                stage_id: Some(stage),
                me,
            };
            Ok((stage, page(conn, opening_id, filter, &Start::First, CARDS)?))
        })
        .collect()
}

/// The numbers of all applications of a list, for a step with all of them.
pub fn all(conn: &mut Conn, opening_id: i64, filter: Filter) -> Result<Vec<i64>> {
    let query = application::table
        .inner_join(candidate::table)
        .select(application::id)
        .into_boxed();
    Ok(narrowed!(query, opening_id, filter)
        .order(application::id)
        .limit(MOST)
        .load(conn)?)
}

/// Which of some applications, by code, belong to an opening and are not the reader's own: number of each.
pub fn chosen(
    conn: &mut Conn,
    opening_id: i64,
    codes: &[String],
    me: i64,
) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = application::table
        .inner_join(candidate::table)
        .filter(application::opening_id.eq(opening_id))
        .filter(application::code.eq_any(codes))
        .filter(candidate::staff_id.is_null().or(candidate::staff_id.ne(me)))
        .select((application::code, application::id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
