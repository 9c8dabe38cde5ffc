//! Candidates in the database: who is seen by whom, the list, one with everything that is known of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::Reach;
use crate::db::Conn;
use crate::db::schema::{
    application, application_move, attachment, candidate, candidate_note, consent, consent_text,
    interview, opening, opening_stage, panel, sheet, staff, stored_file,
};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State as SheetState;
use crate::keys::{self, Counted, end_of};
use crate::people::model::sort_key;
use crate::recruitment::model::candidate::{Person, phone_key};
use crate::recruitment::model::codes::{ApplicationState, ConsentKind, Source, StageKind};
use crate::{from_key, openings_within};

/// Code and names of something in both languages.
pub type Named = (String, String, String);

/// A search or a filter that finds no more than these is answered from what it found; of more, the list is walked in
/// its order and soon has a page together.
const FEW: i64 = 500;

/// Candidates whose applications are asked for by one statement.
const CHUNK: usize = 10_000;

/// Which candidates somebody sees, and of whom they may not yet know who it is.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The asker; 0 is nobody's number.
    pub me: i64,
    /// The openings in reach; none where all are.
    pub openings: Option<Vec<i64>>,
    /// Candidates whom the asker has still to judge without knowing who they are.
    pub blind: BTreeSet<i64>,
}

impl Scope {
    /// What a reader sees: at most two queries.
    pub fn read(conn: &mut Conn, reach: &Reach) -> Result<Scope> {
        let openings = if reach.is_everyone() {
            None
        } else {
            let query = opening::table.select(opening::id).into_boxed();
            Some(openings_within!(query, reach).load(conn)?)
        };
        Ok(Scope {
            me: reach.me().unwrap_or_default(),
            openings,
            blind: match reach.me() {
                Some(me) => blind(conn, me)?,
                None => BTreeSet::new(),
            },
        })
    }

    /// Whether an opening is in reach.
    #[must_use]
    pub fn holds(&self, opening_id: i64) -> bool {
        self.openings
            .as_ref()
            .is_none_or(|these| these.contains(&opening_id))
    }
}

/// The candidates whom somebody has to judge at a blind stage and has not judged yet.
pub fn blind(conn: &mut Conn, me: i64) -> Result<BTreeSet<i64>> {
    let seats: Vec<i64> = sheet::table
        .inner_join(panel::table)
        .inner_join(interview::table.on(interview::panel_id.eq(panel::id)))
        .inner_join(application::table.on(interview::application_id.eq(application::id)))
        .inner_join(opening_stage::table.on(interview::stage_id.eq(opening_stage::id)))
        .filter(sheet::rater_id.eq(me))
        .filter(sheet::state.ne_all([SheetState::Submitted.code(), SheetState::Declined.code()]))
        .filter(interview::state.ne_all(["cancelled", "missed"]))
        .filter(opening_stage::blind.eq(true))
        .select(application::candidate_id)
        .load(conn)?;
    Ok(seats.into_iter().collect())
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name, Chinese ones by pinyin.
    #[default]
    Name,
    Newest,
}

impl Sort {
    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Sort::Name => "",
            Sort::Newest => "newest",
        }
    }
}

/// What narrows the list beside reach. Opening, stage, state and source are those of one and the same application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The beginning of a name, its pinyin, a code, an e-mail address or a telephone number.
    pub q: String,
    /// Code of an opening.
    pub opening: String,
    pub stage: Option<StageKind>,
    pub state: Option<ApplicationState>,
    pub source: Option<Source>,
    /// Only those who agreed to be kept in mind.
    pub pool: bool,
    pub sort: Sort,
}

impl Filter {
    fn of_applications(&self) -> bool {
        !self.opening.is_empty()
            || self.stage.is_some()
            || self.state.is_some()
            || self.source.is_some()
    }
}

/// Where a page of the list begins: the sort key (empty for the newest first) and the number of the row beside it.
pub type Start = keys::Start<(String, i64)>;

/// A candidate of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub sort_key: String,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub pool_until: Option<NaiveDate>,
    /// UTC.
    pub created_at: NaiveDateTime,
    /// Newest first, those in reach.
    pub applications: Vec<Brief>,
}

/// An application in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    pub id: i64,
    pub code: String,
    pub opening: Named,
    pub kind: StageKind,
    pub stage_zh: String,
    pub stage_en: String,
    pub state: ApplicationState,
    pub source: Source,
    /// UTC.
    pub applied_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
}

/// What a search and the filters of applications come to: asked once for a page and its count.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// The only ones that can be on the list, where they are few.
    ids: Option<Vec<i64>>,
    /// Whether the search still has to be asked row by row.
    search: bool,
}

impl Narrowed {
    /// At most one query: of a search, or of filters of applications.
    pub fn of(conn: &mut Conn, scope: &Scope, filter: &Filter) -> Result<Narrowed> {
        let ids = if !filter.q.is_empty() {
            found(conn, &filter.q)?
        } else if filter.of_applications() {
            few(conn, scope, filter)?
        } else {
            None
        };
        Ok(Narrowed {
            search: !filter.q.is_empty() && ids.is_none(),
            ids,
        })
    }
}

/// Whom a search finds by the beginning of name, pinyin, code, address or number, where they are few.
fn found(conn: &mut Conn, q: &str) -> Result<Option<Vec<i64>>> {
    let applied = application::table
        .filter(application::code.eq(q.to_uppercase()))
        .select(application::candidate_id);
    let ids: Vec<i64> = candidate::table
        .filter(begins(q).or(candidate::id.eq_any(applied)))
        .select(candidate::id)
        .limit(FEW + 1)
        .load(conn)?;
    Ok((ids.len() as i64 <= FEW).then_some(ids))
}

/// Whether name, pinyin key, code, e-mail address or telephone number begins with a text: ranges, which indexes serve.
#[diesel::dsl::auto_type(no_type_alias)]
fn begins<'a>(q: &'a str) -> _ {
    let name: &'a str = q;
    let name_end: String = end_of(q);
    let name_en: &'a str = q;
    let name_en_end: String = end_of(q);
    let key: String = sort_key(q);
    let key_end: String = end_of(&key);
    let code: String = q.to_uppercase();
    let code_end: String = end_of(&code);
    let mail: String = q.to_lowercase();
    let mail_end: String = end_of(&mail);
    // What is no number is looked for as one that nobody has.
    let phone: String = phone_key(q).unwrap_or("~".to_string());
    let phone_end: String = end_of(&phone);
    candidate::name
        .ge(name)
        .and(candidate::name.lt(name_end))
        .or(candidate::name_en
            .ge(name_en)
            .and(candidate::name_en.lt(name_en_end)))
        .or(candidate::sort_key
            .ge(key)
            .and(candidate::sort_key.lt(key_end)))
        .or(candidate::code.ge(code).and(candidate::code.lt(code_end)))
        .or(candidate::email_key
            .assume_not_null()
            .ge(mail)
            .and(candidate::email_key.assume_not_null().lt(mail_end)))
        .or(candidate::phone_key
            .assume_not_null()
            .ge(phone)
            .and(candidate::phone_key.assume_not_null().lt(phone_end)))
}

/// Whose applications the filters let through, where these are few.
fn few(conn: &mut Conn, scope: &Scope, filter: &Filter) -> Result<Option<Vec<i64>>> {
    let mut query = application::table
        .select(application::candidate_id)
        .into_boxed();
    if !filter.opening.is_empty() {
        query = query.filter(application::opening_id.eq_any(named(&filter.opening)));
    }
    if let Some(these) = &scope.openings {
        query = query.filter(application::opening_id.eq_any(these));
    }
    if let Some(state) = filter.state {
        query = query.filter(application::state.eq(state.code()));
    }
    if let Some(kind) = filter.stage {
        query = query.filter(application::stage_id.eq_any(stages_of(kind)));
    }
    if let Some(source) = filter.source {
        query = query.filter(application::source.eq(source.code()));
    }
    let mut ids: Vec<i64> = query.limit(FEW + 1).load(conn)?;
    if ids.len() as i64 > FEW {
        return Ok(None);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

/// The opening of a code.
#[diesel::dsl::auto_type(no_type_alias)]
fn named<'a>(code: &'a str) -> _ {
    let code: &'a str = code;
    opening::table
        .filter(opening::code.eq(code))
        .select(opening::id)
}

/// The stages of a kind.
#[diesel::dsl::auto_type(no_type_alias)]
fn stages_of(kind: StageKind) -> _ {
    let code: &'static str = kind.code();
    opening_stage::table
        .filter(opening_stage::kind.eq(code))
        .select(opening_stage::id)
}

/// Narrows a boxed query of `candidate` to those seen: live, not oneself, with an application in reach.
macro_rules! seen {
    ($query:expr, $scope:expr) => {{
        let scope: &Scope = $scope;
        let query = $query.filter(
            candidate::staff_id
                .is_null()
                .or(candidate::staff_id.ne(scope.me)),
        );
        match &scope.openings {
            None => query,
            Some(these) => query.filter(
                candidate::id.eq_any(
                    application::table
                        .filter(application::opening_id.eq_any(these))
                        .select(application::candidate_id),
                ),
            ),
        }
    }};
}

macro_rules! filtered {
    ($query:expr, $scope:expr, $filter:expr, $narrowed:expr) => {{
        let (scope, filter, narrowed): (&Scope, &Filter, &Narrowed) = ($scope, $filter, $narrowed);
        let mut query = seen!($query, scope)
            .filter(candidate::erased_at.is_null())
            .filter(candidate::merged_into_id.is_null());
        if let Some(ids) = &narrowed.ids {
            query = query.filter(candidate::id.eq_any(ids));
        }
        if narrowed.search {
            query = query.filter(begins(&filter.q));
        }
        if !filter.q.is_empty() && !scope.blind.is_empty() {
            // A search by name must not tell who somebody is.
            query = query.filter(candidate::id.ne_all(&scope.blind));
        }
        if filter.of_applications() {
            let any = |given: bool| (!given).into_sql::<Bool>();
            // What is out of reach must not answer a filter.
            let reached = scope.openings.clone().unwrap_or_default();
            query = query.filter(exists(
                application::table
                    .filter(application::candidate_id.eq(candidate::id))
                    .filter(
                        application::opening_id
                            .eq_any(reached)
                            .or(any(scope.openings.is_some())),
                    )
                    .filter(
                        application::opening_id
                            .eq_any(named(&filter.opening))
                            .or(any(!filter.opening.is_empty())),
                    )
                    .filter(
                        application::state
                            .eq(filter.state.map_or("", ApplicationState::code))
                            .or(any(filter.state.is_some())),
                    )
                    .filter(
                        application::source
                            .eq(filter.source.map_or("", Source::code))
                            .or(any(filter.source.is_some())),
                    )
                    .filter(
                        application::stage_id
                            .eq_any(stages_of(filter.stage.unwrap_or(StageKind::Screening)))
                            .or(any(filter.stage.is_some())),
                    ),
            ));
        }
        if filter.pool {
            query = query.filter(candidate::pool_until.is_not_null());
        }
        query
    }};
}

/// A page of at most `limit` candidates (backwards for [`keys::Start::Before`]): two queries.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    (filter, narrowed): (&Filter, &Narrowed),
    start: &Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let query = candidate::table
        .select((
            candidate::id,
            candidate::sort_key,
            candidate::code,
            candidate::name,
            candidate::name_en,
            candidate::email,
            candidate::phone,
            candidate::pool_until,
            candidate::created_at,
        ))
        .into_boxed();
    let query = filtered!(query, scope, filter, narrowed);
    let query = match (filter.sort, start) {
        (Sort::Name, start) => from_key!(query, start, (candidate::sort_key, candidate::id), asc),
        (Sort::Newest, Start::First) => query.order(candidate::id.desc()),
        (Sort::Newest, Start::After((_, id))) => query
            .filter(candidate::id.lt(id))
            .order(candidate::id.desc()),
        (Sort::Newest, Start::Before((_, id))) => {
            query.filter(candidate::id.gt(id)).order(candidate::id)
        }
    };
    type Stored = (
        i64,
        String,
        String,
        String,
        String,
        Option<String>,
        Option<String>,
        Option<NaiveDate>,
        NaiveDateTime,
    );
    let rows: Vec<Stored> = query.limit(limit).load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let mut of = applications(conn, scope, &ids)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, sort_key, code, name, name_en, email, phone, pool_until, created_at)| Row {
                id,
                sort_key,
                code,
                name,
                name_en,
                email,
                phone,
                pool_until,
                created_at,
                applications: of.remove(&id).unwrap_or_default(),
            },
        )
        .collect())
}

/// How many candidates the list has, at most `most` and one.
pub fn count(
    conn: &mut Conn,
    scope: &Scope,
    (filter, narrowed): (&Filter, &Narrowed),
    most: i64,
) -> Result<i64> {
    let query = candidate::table.select(candidate::id).into_boxed();
    let ids = filtered!(query, scope, filter, narrowed).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}

/// What is stored and cannot be read.
fn unreadable() -> Error {
    Error::Internal("an application is stored with an unknown code".into())
}

/// The applications of some candidates that are in reach, newest first.
pub fn applications(
    conn: &mut Conn,
    scope: &Scope,
    candidates: &[i64],
) -> Result<HashMap<i64, Vec<Brief>>> {
    type Stored = (
        (i64, i64, String),
        Named,
        (String, String, String),
        (String, String, NaiveDateTime, Option<NaiveDateTime>),
    );
    let mut of: HashMap<i64, Vec<Brief>> = HashMap::new();
    for chunk in candidates.chunks(CHUNK) {
        let mut query = application::table
            .inner_join(opening::table)
            .inner_join(opening_stage::table.on(application::stage_id.eq(opening_stage::id)))
            .filter(application::candidate_id.eq_any(chunk))
            .select((
                (
                    application::candidate_id,
                    application::id,
                    application::code,
                ),
                (opening::code, opening::title_zh, opening::title_en),
                (
                    opening_stage::kind,
                    opening_stage::name_zh,
                    opening_stage::name_en,
                ),
                (
                    application::state,
                    application::source,
                    application::applied_at,
                    application::closed_at,
                ),
            ))
            .order((application::applied_at.desc(), application::id.desc()))
            .into_boxed();
        if let Some(these) = &scope.openings {
            query = query.filter(application::opening_id.eq_any(these));
        }
        let rows: Vec<Stored> = query.load(conn)?;
        for ((candidate, id, code), opening, (kind, stage_zh, stage_en), rest) in rows {
            let (state, source, applied_at, closed_at) = rest;
            of.entry(candidate).or_default().push(Brief {
                id,
                code,
                opening,
                kind: StageKind::parse(&kind).ok_or_else(unreadable)?,
                stage_zh,
                stage_en,
                state: ApplicationState::parse(&state).ok_or_else(unreadable)?,
                source: Source::parse(&source).ok_or_else(unreadable)?,
                applied_at,
                closed_at,
            });
        }
    }
    Ok(of)
}

/// The openings in reach to choose from, the newest of them first.
pub fn openings(conn: &mut Conn, scope: &Scope, limit: i64) -> Result<Vec<Named>> {
    let mut query = opening::table
        .select((opening::code, opening::title_zh, opening::title_en))
        .order(opening::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(these) = &scope.openings {
        query = query.filter(opening::id.eq_any(these));
    }
    Ok(query.load(conn)?)
}

/// A candidate with their particulars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: i64,
    pub code: String,
    pub person: Person,
    /// As stored: JSON.
    pub profile: String,
    /// The employee they are.
    pub staff: Option<Named>,
    pub pool_until: Option<NaiveDate>,
    /// UTC.
    pub created_at: NaiveDateTime,
    pub erased_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

/// Who a code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Here(Box<Candidate>),
    /// They were merged into the candidate of this code.
    Merged(String),
}

/// The sentence for a candidate who is not there, or out of reach.
#[must_use]
pub fn missing(code: &str) -> Error {
    Error::NotFound(Message::new("candidate-not-found").with("code", code))
}

/// The candidate of a code.
///
/// # Errors
/// `NotFound`, the same whether there is none or they are out of reach.
pub fn find(conn: &mut Conn, scope: &Scope, code: &str) -> Result<Found> {
    type Stored = (
        (i64, String, String, String, Option<String>, Option<String>),
        (String, String, Option<NaiveDate>),
        (NaiveDateTime, Option<NaiveDateTime>, i32),
        Option<Named>,
        Option<String>,
    );
    let others = diesel::alias!(candidate as other);
    let query = candidate::table
        .left_join(staff::table.on(candidate::staff_id.eq(staff::id.nullable())))
        .left_join(others.on(candidate::merged_into_id.eq(others.field(candidate::id).nullable())))
        .filter(candidate::code.eq(code))
        .select((
            (
                candidate::id,
                candidate::code,
                candidate::name,
                candidate::name_en,
                candidate::email,
                candidate::phone,
            ),
            (
                candidate::locale,
                candidate::profile_json,
                candidate::pool_until,
            ),
            (
                candidate::created_at,
                candidate::erased_at,
                candidate::row_version,
            ),
            (staff::employee_no, staff::name, staff::name_en).nullable(),
            others.field(candidate::code).nullable(),
        ))
        .into_boxed();
    // Whoever was merged has no application left to be in reach by: the survivor is asked for next.
    let query = match &scope.openings {
        None => query,
        Some(these) => query.filter(
            candidate::id
                .eq_any(
                    application::table
                        .filter(application::opening_id.eq_any(these))
                        .select(application::candidate_id),
                )
                .or(candidate::merged_into_id.is_not_null()),
        ),
    };
    let row: Option<Stored> = query
        .filter(
            candidate::staff_id
                .is_null()
                .or(candidate::staff_id.ne(scope.me)),
        )
        .first(conn)
        .optional()?;
    let Some((first, second, third, employee, merged)) = row else {
        return Err(missing(code));
    };
    if let Some(other) = merged {
        return Ok(Found::Merged(other));
    }
    let (id, code, name, name_en, email, phone) = first;
    let (locale, profile, pool_until) = second;
    let (created_at, erased_at, row_version) = third;
    Ok(Found::Here(Box::new(Candidate {
        id,
        code,
        person: Person {
            name,
            name_en,
            email,
            phone,
            locale,
        },
        profile,
        staff: employee,
        pool_until,
        created_at,
        erased_at,
        row_version,
    })))
}

/// The candidate of a code who has not been merged into another.
///
/// # Errors
/// As [`find`].
pub fn live(conn: &mut Conn, scope: &Scope, code: &str) -> Result<Candidate> {
    match find(conn, scope, code)? {
        Found::Here(candidate) => Ok(*candidate),
        Found::Merged(_) => Err(missing(code)),
    }
}

/// Something that happened to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub application: String,
    pub opening: Named,
    /// Names of the stage it came from and of the one it went to.
    pub from: Option<(String, String)>,
    pub to: Option<(String, String)>,
    pub state: ApplicationState,
    /// None: the applicant.
    pub by: Option<String>,
    /// UTC.
    pub at: NaiveDateTime,
    pub reason: Option<String>,
    pub note: String,
}

/// What happened to applications, newest first.
pub fn moves(conn: &mut Conn, applications: &[i64]) -> Result<Vec<Move>> {
    let (before, after) = diesel::alias!(opening_stage as before, opening_stage as following);
    type Stored = (
        String,
        Named,
        Option<(String, String)>,
        Option<(String, String)>,
        (
            String,
            Option<String>,
            NaiveDateTime,
            Option<String>,
            String,
        ),
    );
    let rows: Vec<Stored> = application_move::table
        .inner_join(application::table)
        .inner_join(opening::table.on(application::opening_id.eq(opening::id)))
        .left_join(
            before
                .on(application_move::from_stage_id.eq(before.field(opening_stage::id).nullable())),
        )
        .left_join(
            after.on(application_move::to_stage_id.eq(after.field(opening_stage::id).nullable())),
        )
        .filter(application_move::application_id.eq_any(applications))
        .order((
            application_move::moved_at.desc(),
            application_move::id.desc(),
        ))
        .select((
            application::code,
            (opening::code, opening::title_zh, opening::title_en),
            before
                .fields((opening_stage::name_zh, opening_stage::name_en))
                .nullable(),
            after
                .fields((opening_stage::name_zh, opening_stage::name_en))
                .nullable(),
            (
                application_move::state,
                application_move::moved_by,
                application_move::moved_at,
                application_move::reason_code,
                application_move::note,
            ),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |(application, opening, from, to, (state, by, at, reason, note))| {
                Ok(Move {
                    application,
                    opening,
                    from,
                    to,
                    state: ApplicationState::parse(&state).ok_or_else(unreadable)?,
                    by,
                    at,
                    reason,
                    note,
                })
            },
        )
        .collect()
}

/// A file handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub id: i64,
    pub file_id: i64,
    /// The application it came with.
    pub application: Option<(i64, String)>,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    /// None: the applicant.
    pub by: Option<String>,
    /// UTC.
    pub at: NaiveDateTime,
}

/// The files of a candidate that a reader may have, newest first: all of them, or those handed in for the openings in
/// reach.
pub fn attachments(conn: &mut Conn, scope: &Scope, candidate_id: i64) -> Result<Vec<Attached>> {
    let mut query = attachment::table
        .inner_join(stored_file::table)
        .left_join(application::table.on(attachment::application_id.eq(application::id.nullable())))
        .filter(attachment::candidate_id.eq(candidate_id))
        .select((
            attachment::id,
            attachment::file_id,
            (application::id, application::code).nullable(),
            stored_file::name,
            stored_file::media_type,
            stored_file::size,
            attachment::added_by,
            attachment::added_at,
        ))
        .order(attachment::id.desc())
        .into_boxed();
    if let Some(these) = &scope.openings {
        query = query.filter(application::opening_id.assume_not_null().eq_any(these));
    }
    type Stored = (
        i64,
        i64,
        Option<(i64, String)>,
        String,
        String,
        i64,
        Option<String>,
        NaiveDateTime,
    );
    let rows: Vec<Stored> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, file_id, application, name, media_type, size, by, at)| Attached {
                id,
                file_id,
                application,
                name,
                media_type,
                size,
                by,
                at,
            },
        )
        .collect())
}

/// A note about a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub body: String,
    pub by: String,
    /// UTC.
    pub at: NaiveDateTime,
}

/// The notes about a candidate, newest first.
pub fn notes(conn: &mut Conn, candidate_id: i64) -> Result<Vec<Note>> {
    let rows: Vec<(String, String, NaiveDateTime)> = candidate_note::table
        .filter(candidate_note::candidate_id.eq(candidate_id))
        .order(candidate_note::id.desc())
        .select((
            candidate_note::body,
            candidate_note::by_login,
            candidate_note::written_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(body, by, at)| Note { body, by, at })
        .collect())
}

/// A consent of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    pub kind: ConsentKind,
    pub version: i32,
    /// UTC.
    pub given_at: NaiveDateTime,
    pub withdrawn_at: Option<NaiveDateTime>,
}

/// What a candidate agreed to, newest first.
pub fn consents(conn: &mut Conn, candidate_id: i64) -> Result<Vec<Consent>> {
    let rows: Vec<(String, i32, NaiveDateTime, Option<NaiveDateTime>)> = consent::table
        .inner_join(consent_text::table)
        .filter(consent::candidate_id.eq(candidate_id))
        .order(consent::id.desc())
        .select((
            consent_text::kind,
            consent_text::version_no,
            consent::given_at,
            consent::withdrawn_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(kind, version, given_at, withdrawn_at)| {
            Ok(Consent {
                kind: ConsentKind::parse(&kind).ok_or_else(unreadable)?,
                version,
                given_at,
                withdrawn_at,
            })
        })
        .collect()
}

/// Candidates who may be one and the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub left: Likeness,
    pub right: Likeness,
    pub same_email: bool,
    pub same_phone: bool,
    pub same_name: bool,
}

impl Pair {
    /// Whether there is more than a name that says so.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        self.same_email || self.same_phone
    }
}

/// One of two candidates who are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    pub id: i64,
    pub code: String,
    pub person: Person,
    pub created_at: NaiveDateTime,
    pub row_version: i32,
}

type Alike = (
    (i64, String, i32),
    (String, String, String),
    (Option<String>, Option<String>, NaiveDateTime),
);

fn likeness(row: Alike) -> Likeness {
    let ((id, code, row_version), (name, name_en, locale), (email, phone, created_at)) = row;
    Likeness {
        id,
        code,
        person: Person {
            name,
            name_en,
            email,
            phone,
            locale,
        },
        created_at,
        row_version,
    }
}

impl Likeness {
    fn pair(self, right: Likeness) -> Pair {
        let same = |a: Option<String>, b: Option<String>| a.is_some() && a == b;
        Pair {
            same_email: same(self.person.email_key(), right.person.email_key()),
            same_phone: same(self.person.phone_key(), right.person.phone_key()),
            same_name: self.person.name == right.person.name,
            left: self,
            right,
        }
    }
}

/// Who else may be this candidate: by e-mail address, telephone number, or (a hint alone) by name; and the codes of
/// those who were merged into them. One query.
pub fn alike(
    conn: &mut Conn,
    scope: &Scope,
    of: &Candidate,
    limit: i64,
) -> Result<(Vec<Pair>, Vec<String>)> {
    let nobody = || "~".to_string();
    let query = candidate::table
        .select((
            (
                (candidate::id, candidate::code, candidate::row_version),
                (candidate::name, candidate::name_en, candidate::locale),
                (candidate::email, candidate::phone, candidate::created_at),
            ),
            candidate::merged_into_id,
        ))
        .filter(candidate::id.ne(of.id))
        .filter(
            candidate::merged_into_id
                .assume_not_null()
                .eq(of.id)
                .or(candidate::merged_into_id.is_null().and(
                    candidate::name
                        .eq(&of.person.name)
                        .or(candidate::email_key
                            .assume_not_null()
                            .eq(of.person.email_key().unwrap_or_else(nobody)))
                        .or(candidate::phone_key
                            .assume_not_null()
                            .eq(of.person.phone_key().unwrap_or_else(nobody))),
                )),
        )
        .into_boxed();
    let rows: Vec<(Alike, Option<i64>)> = seen!(query, scope)
        .filter(candidate::erased_at.is_null())
        .order((candidate::merged_into_id, candidate::id))
        .limit(limit)
        .load(conn)?;
    let (mut pairs, mut merged) = (Vec::new(), Vec::new());
    for (row, into) in rows {
        let other = likeness(row);
        if into.is_some() {
            merged.push(other.code);
            continue;
        }
        let this = Likeness {
            id: of.id,
            code: of.code.clone(),
            person: of.person.clone(),
            created_at: of.created_at,
            row_version: of.row_version,
        };
        pairs.push(this.pair(other));
    }
    pairs.sort_by_key(|pair| (!pair.is_likely(), pair.right.id));
    Ok((pairs, merged))
}

/// Every two candidates of the same e-mail address or telephone number, at most `limit` of each. Two queries.
pub fn duplicates(conn: &mut Conn, scope: &Scope, limit: i64) -> Result<Vec<Pair>> {
    let others = diesel::alias!(candidate as other);
    macro_rules! sharing {
        ($key:ident) => {{
            let query = candidate::table
                .inner_join(
                    others.on(candidate::$key
                        .eq(others.field(candidate::$key))
                        .and(candidate::id.lt(others.field(candidate::id)))),
                )
                .filter(others.field(candidate::erased_at).is_null())
                .filter(others.field(candidate::merged_into_id).is_null())
                .filter(
                    others
                        .field(candidate::staff_id)
                        .is_null()
                        .or(others.field(candidate::staff_id).ne(scope.me)),
                )
                .select((
                    (
                        (candidate::id, candidate::code, candidate::row_version),
                        (candidate::name, candidate::name_en, candidate::locale),
                        (candidate::email, candidate::phone, candidate::created_at),
                    ),
                    (
                        others.fields((candidate::id, candidate::code, candidate::row_version)),
                        others.fields((candidate::name, candidate::name_en, candidate::locale)),
                        others.fields((candidate::email, candidate::phone, candidate::created_at)),
                    ),
                ))
                .into_boxed();
            let rows: Vec<(Alike, Alike)> = seen!(query, scope)
                .filter(candidate::erased_at.is_null())
                .filter(candidate::merged_into_id.is_null())
                .order((candidate::id, others.field(candidate::id)))
                .limit(limit)
                .load(conn)?;
            rows
        }};
    }
    let mut rows = sharing!(email_key);
    rows.extend(sharing!(phone_key));
    let pairs: BTreeMap<(i64, i64), Pair> = rows
        .into_iter()
        .map(|(left, right)| {
            let (left, right) = (likeness(left), likeness(right));
            ((left.id, right.id), left.pair(right))
        })
        .filter(|((left, right), _)| !scope.blind.contains(left) && !scope.blind.contains(right))
        .collect();
    Ok(pairs.into_values().collect())
}
