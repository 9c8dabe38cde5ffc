//! What the figures of recruitment are made of: counted in the database, in a fixed number of questions however many
//! applications there are. How long things took and how raters agree is read of the newest few thousand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::access::Reach;
use crate::calendar::{FiscalStart, Quarter, Zone};
use crate::db::Conn;
use crate::db::schema::{
    application, application_group, application_move, candidate, criterion, criterion_level,
    interview, opening, opening_stage, panel, rating, scorecard, scorecard_version,
    selection_count, sheet,
};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State;
use crate::openings_within;
use crate::recruitment::model::analytics::{
    Criterion, Facts, Hire, Map, Move, Opening, Openings, Placed, Rated, Stage,
};
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Source, StageKind};
use crate::recruitment::model::selection::{Folded, Scope, Stated, Table, tables};

/// Applications whose stays are measured, the newest.
pub const MOST_APPLICATIONS: i64 = 5_000;

/// Occasions of judging whose raters are compared, the newest.
pub const MOST_PANELS: i64 = 1_000;

/// Of what figures are asked.
#[derive(Clone, Debug)]
pub struct Ask {
    pub reach: Reach,
    /// The code of an opening; all of them where there is none.
    pub opening: Option<String>,
    /// Applications received in it; all of them where there is none.
    pub period: Option<Quarter>,
    pub zone: Zone,
    pub fiscal_start: FiscalStart,
}

impl Ask {
    /// The moments between which the period lies, the second not included.
    #[must_use]
    pub fn bounds(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let midnight = |quarter: Quarter| {
            let first = quarter.first_day(self.fiscal_start);
            first.and_hms_opt(0, 0, 0).map(|local| self.zone.utc(local))
        };
        let quarter = self.period?;
        Some((midnight(quarter)?, midnight(quarter.next())?))
    }

    /// The quarter in which an opening was published.
    #[must_use]
    pub fn quarter(&self, at: NaiveDateTime) -> Quarter {
        Quarter::of(self.zone.local_date(at), self.fiscal_start)
    }
}

/// What applicants state of themselves.
struct Groups {
    stated: Vec<Stated>,
    /// Of those who are erased.
    folded: Vec<Folded>,
}

/// Narrows a boxed query that holds `application` and `opening` to what was asked for. Whoever has applied
/// themselves is kept out of what is said of them, as `applications_within!` does it by joining the candidates.
macro_rules! asked {
    ($query:expr, $ask:expr, $chosen:expr) => {{
        let mut query = openings_within!($query, $ask.reach);
        if let Some(me) = $ask.reach.me() {
            let own = candidate::table
                .filter(candidate::staff_id.eq(me))
                .select(candidate::id);
            query = query.filter(application::candidate_id.ne_all(own));
        }
        if let Some(id) = $chosen {
            query = query.filter(application::opening_id.eq(id));
        }
        query
    }};
}

/// As [`asked!`], of the period alone.
macro_rules! asked_of_period {
    ($query:expr, $ask:expr, $chosen:expr) => {{
        let mut query = asked!($query, $ask, $chosen);
        if let Some((from, to)) = $ask.bounds() {
            query = query
                .filter(application::applied_at.ge(from))
                .filter(application::applied_at.lt(to));
        }
        query
    }};
}

fn unreadable(code: &str) -> Error {
    Error::Internal(format!("recruitment holds {code}, which is no code").into())
}

/// Everything the figures are made of, in eight questions.
///
/// # Errors
/// `NotFound` when there is no such opening in reach.
pub fn facts(conn: &mut Conn, ask: &Ask) -> Result<Facts> {
    let openings = openings(conn, ask)?;
    let chosen = openings.chosen;
    let rated = rated(conn, ask, chosen)?;
    Ok(Facts {
        placed: placed(conn, ask, chosen)?,
        moves: moves(conn, ask, chosen)?,
        hires: hires(conn, ask, chosen)?,
        criteria: criteria(conn, &rated)?,
        rated,
        openings,
    })
}

/// Whether anybody was ever looked for.
pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(opening::table.select(opening::id))).get_result(conn)?)
}

/// The openings in reach with their stages.
///
/// # Errors
/// `NotFound` when the opening asked for is not among them.
pub fn openings(conn: &mut Conn, ask: &Ask) -> Result<Openings> {
    type Row = (
        (
            i64,
            String,
            String,
            String,
            String,
            i32,
            Option<NaiveDateTime>,
        ),
        Option<(i64, i32, String, String, String)>,
    );
    let query = opening::table
        .left_join(opening_stage::table)
        .order((opening::id.desc(), opening_stage::position))
        .select((
            (
                opening::id,
                opening::code,
                opening::title_zh,
                opening::title_en,
                opening::state,
                opening::head_count,
                opening::published_at,
            ),
            (
                opening_stage::id,
                opening_stage::position,
                opening_stage::kind,
                opening_stage::name_zh,
                opening_stage::name_en,
            )
                .nullable(),
        ))
        .into_boxed();
    let rows: Vec<Row> = openings_within!(query, ask.reach).load(conn)?;
    let mut found = Openings::default();
    for ((id, code, title_zh, title_en, state, head_count, published_at), stage) in rows {
        if found.openings.last().is_none_or(|last| last.id != id) {
            found.openings.push(Opening {
                id,
                code,
                title_zh,
                title_en,
                state: OpeningState::parse(&state).ok_or_else(|| unreadable(&state))?,
                head_count: i64::from(head_count),
                published_at,
            });
        }
        if let Some((stage, position, kind, name_zh, name_en)) = stage {
            found.stages.push(Stage {
                id: stage,
                opening_id: id,
                position,
                kind: StageKind::parse(&kind).ok_or_else(|| unreadable(&kind))?,
                name_zh,
                name_en,
            });
        }
    }
    if let Some(code) = &ask.opening {
        let chosen = found.openings.iter().find(|opening| opening.code == *code);
        let missing = || Error::NotFound(Message::new("figures-no-opening").with("code", code));
        found.chosen = Some(chosen.ok_or_else(missing)?.id);
    }
    Ok(found)
}

/// How many applications stand where.
fn placed(conn: &mut Conn, ask: &Ask, chosen: Option<i64>) -> Result<Vec<Placed>> {
    let query = application::table
        .inner_join(opening::table)
        .group_by((
            application::opening_id,
            application::stage_id,
            application::state,
            application::source,
        ))
        .select((
            application::stage_id,
            application::state,
            application::source,
            count_star(),
        ))
        .into_boxed();
    let rows: Vec<(i64, String, String, i64)> = asked_of_period!(query, ask, chosen).load(conn)?;
    let mut found = rows
        .into_iter()
        .map(|(stage_id, state, source, n)| {
            Ok(Placed {
                stage_id,
                state: ApplicationState::parse(&state).ok_or_else(|| unreadable(&state))?,
                source: Source::parse(&source).ok_or_else(|| unreadable(&source))?,
                n,
            })
        })
        .collect::<Result<Vec<Placed>>>()?;
    // Here and not in the database: a report is made of the same rows in the same order on both.
    found.sort_by_key(|group| (group.stage_id, group.state, group.source));
    Ok(found)
}

/// The moves of the newest applications, in order of application and time.
fn moves(conn: &mut Conn, ask: &Ask, chosen: Option<i64>) -> Result<Vec<Move>> {
    let query = application::table
        .inner_join(opening::table)
        .order(application::id.desc())
        .offset(MOST_APPLICATIONS)
        .limit(1)
        .select(application::id)
        .into_boxed();
    let beyond: Option<i64> = asked_of_period!(query, ask, chosen)
        .first(conn)
        .optional()?;
    let query = application_move::table
        .inner_join(application::table.inner_join(opening::table))
        .filter(application::id.gt(beyond.unwrap_or(0)))
        .order((
            application_move::application_id,
            application_move::moved_at,
            application_move::id,
        ))
        .select((
            application_move::application_id,
            application_move::to_stage_id,
            application_move::moved_at,
        ))
        .into_boxed();
    let rows: Vec<(i64, Option<i64>, NaiveDateTime)> =
        asked_of_period!(query, ask, chosen).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(application_id, to, at)| Move {
            application_id,
            to,
            at,
        })
        .collect())
}

/// Everybody hired.
fn hires(conn: &mut Conn, ask: &Ask, chosen: Option<i64>) -> Result<Vec<Hire>> {
    let query = application::table
        .inner_join(opening::table)
        .filter(application::state.eq(ApplicationState::Hired.code()))
        .filter(application::closed_at.is_not_null())
        .order((application::closed_at, application::id))
        .select((
            application::opening_id,
            application::closed_at.assume_not_null(),
        ))
        .into_boxed();
    let rows: Vec<(i64, NaiveDateTime)> = asked!(query, ask, chosen).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(opening_id, at)| Hire { opening_id, at })
        .collect())
}

/// The ratings of the newest occasions of judging whose sheets are all in: totals and criteria.
fn rated(conn: &mut Conn, ask: &Ask, chosen: Option<i64>) -> Result<Vec<Rated>> {
    let query = interview::table
        .inner_join(application::table.inner_join(opening::table))
        .order(interview::id.desc())
        .offset(MOST_PANELS)
        .limit(1)
        .select(interview::id)
        .into_boxed();
    let beyond: Option<i64> = asked_of_period!(query, ask, chosen)
        .first(conn)
        .optional()?;
    type Row = (
        (i64, i64, Option<i64>, String, Option<i64>),
        Option<(i64, Option<i64>)>,
    );
    let query =
        sheet::table
            .left_join(rating::table)
            .inner_join(panel::table.inner_join(
                interview::table.inner_join(application::table.inner_join(opening::table)),
            ))
            .filter(interview::id.gt(beyond.unwrap_or(0)))
            .filter(panel::anonymous.eq(false))
            .filter(sheet::state.ne(State::Declined.code()))
            .order((sheet::panel_id, sheet::id))
            .select((
                (
                    sheet::id,
                    sheet::panel_id,
                    sheet::rater_id,
                    sheet::state,
                    sheet::total_h,
                ),
                (rating::criterion_id, rating::points_h).nullable(),
            ))
            .into_boxed();
    let rows: Vec<Row> = asked_of_period!(query, ask, chosen).load(conn)?;
    // While somebody has still to judge, not even a mean may tell what others gave.
    let open: BTreeSet<i64> = rows
        .iter()
        .filter(|(sheet, _)| sheet.3 != State::Submitted.code())
        .map(|(sheet, _)| sheet.1)
        .collect();
    let mut found = Vec::new();
    let mut last = None;
    for ((sheet_id, panel_id, rater_id, _, total_h), rating) in rows {
        let Some(rater_id) = rater_id.filter(|_| !open.contains(&panel_id)) else {
            continue;
        };
        let of = |criterion_id, points_h| Rated {
            panel_id,
            rater_id,
            criterion_id,
            points_h,
        };
        if last != Some(sheet_id) {
            found.extend(total_h.map(|total_h| of(None, total_h)));
            last = Some(sheet_id);
        }
        if let Some((criterion_id, Some(points_h))) = rating {
            found.push(of(Some(criterion_id), points_h));
        }
    }
    Ok(found)
}

/// The criteria that were rated, by card, version and position.
fn criteria(conn: &mut Conn, rated: &[Rated]) -> Result<Vec<Criterion>> {
    let ids: BTreeSet<i64> = rated.iter().filter_map(|one| one.criterion_id).collect();
    type Row = (
        (i64, i64, String, String),
        (String, String, String, i32),
        Option<i64>,
    );
    let rows: Vec<Row> = criterion::table
        .inner_join(scorecard_version::table.inner_join(scorecard::table))
        .left_join(criterion_level::table)
        .filter(criterion::id.eq_any(ids))
        .order((
            scorecard::code,
            scorecard_version::version_no,
            criterion::position,
            criterion_level::points_h,
        ))
        .select((
            (
                criterion::id,
                criterion::version_id,
                criterion::name_zh,
                criterion::name_en,
            ),
            (
                scorecard::code,
                scorecard::name_zh,
                scorecard::name_en,
                scorecard_version::version_no,
            ),
            criterion_level::points_h.nullable(),
        ))
        .load(conn)?;
    let mut found: Vec<Criterion> = Vec::new();
    for ((id, version_id, name_zh, name_en), (card, card_zh, card_en, version), level) in rows {
        if found.last().is_none_or(|last| last.id != id) {
            found.push(Criterion {
                id,
                version_id,
                card: (card, version),
                card_zh,
                card_en,
                name_zh,
                name_en,
                levels: Vec::new(),
            });
        }
        if let (Some(last), Some(level)) = (found.last_mut(), level) {
            last.levels.push(level);
        }
    }
    Ok(found)
}

/// What applicants state of themselves, counted; in two questions.
fn groups(conn: &mut Conn, ask: &Ask) -> Result<Groups> {
    let query = application_group::table
        .inner_join(application::table.inner_join(opening::table))
        .group_by((
            application::stage_id,
            application::state,
            application_group::attribute,
            application_group::value,
        ))
        .select((
            application::stage_id,
            application::state,
            application_group::attribute,
            application_group::value,
            count_star(),
        ))
        .into_boxed();
    let rows: Vec<(i64, String, String, String, i64)> =
        asked!(query, ask, None::<i64>).load(conn)?;
    let stated = rows
        .into_iter()
        .map(|(stage_id, state, attribute, value, n)| {
            Ok(Stated {
                stage_id,
                state: ApplicationState::parse(&state).ok_or_else(|| unreadable(&state))?,
                attribute,
                value,
                n,
            })
        })
        .collect::<Result<_>>()?;
    let query = selection_count::table
        .inner_join(opening::table)
        .select((
            selection_count::opening_id,
            selection_count::stage_position,
            selection_count::attribute,
            selection_count::value,
            selection_count::entered,
            selection_count::passed,
        ))
        .into_boxed();
    let rows: Vec<(i64, i32, String, String, i64, i64)> =
        openings_within!(query, ask.reach).load(conn)?;
    let folded = rows
        .into_iter()
        .map(
            |(opening_id, position, attribute, value, entered, passed)| Folded {
                opening_id,
                position,
                attribute,
                value,
                entered,
                passed,
            },
        )
        .collect();
    Ok(Groups { stated, folded })
}

/// Selection by group, as far as it may be told: of an opening, of those published in a quarter, or of all.
pub fn selection(conn: &mut Conn, ask: &Ask, openings: &Openings) -> Result<Vec<Table>> {
    let groups = groups(conn, ask)?;
    // All of them, whatever the opening and the period: the scope is found among the groups.
    let always = Ask {
        period: None,
        ..ask.clone()
    };
    let placed = placed(conn, &always, None)?;
    // Always by kind of stage, so that an opening and the whole say the same of the same.
    let map = Map::new(&openings.stages, None);
    let scope = match (openings.chosen, ask.period) {
        (Some(id), _) => Scope::Opening(id),
        (None, Some(quarter)) => Scope::Quarter(quarter),
        (None, None) => Scope::Whole,
    };
    let published = published(ask, &openings.openings);
    Ok(tables(
        &map,
        &placed,
        &groups.stated,
        &groups.folded,
        &published,
        scope,
    ))
}

/// The quarter in which each opening was published.
fn published(ask: &Ask, openings: &[Opening]) -> BTreeMap<i64, Option<Quarter>> {
    openings
        .iter()
        .map(|o| (o.id, o.published_at.map(|at| ask.quarter(at))))
        .collect()
}
