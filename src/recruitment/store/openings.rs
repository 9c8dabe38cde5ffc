//! Openings in the database: the list, one with its stages, what is changed of it, and its steps.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::accounts::store as accounts;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    account, account_role, application, job_role, opening, opening_stage, staff, team,
};
use crate::error::{Error, Message, Result};
use crate::keys::end_of;
use crate::recruitment::model::codes::{ApplicationState, OpeningState, StageKind};
use crate::recruitment::model::opening::{
    Criteria, KitQuestion, NewStage, PassRule, Question, Step,
};
use crate::recruitment::store::LOCK;
use crate::{insert_all, openings_within};

/// Number or code, name in Chinese, name in English.
pub type Named = (String, String, String);

/// What a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A code, or how a title begins.
    pub q: String,
    pub state: Option<OpeningState>,
    /// Code of a team.
    pub team: String,
}

/// Where a page of the list begins: next to the number of an opening.
pub type Start = crate::keys::Start<i64>;

/// An opening of a list.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: i64,
    pub code: String,
    pub title_zh: String,
    pub title_en: String,
    pub state: OpeningState,
    pub head_count: i32,
    pub closes_on: Option<NaiveDate>,
    pub team: Named,
    pub owner: Option<Named>,
    /// How many have applied, and how many of them are still in it.
    pub applied: i64,
    pub active: i64,
}

/// An opening as it is stored.
#[derive(Clone, Debug)]
pub struct Opening {
    pub id: i64,
    pub code: String,
    pub state: OpeningState,
    pub terms: Terms,
    pub pass_rule: PassRule,
    pub questions: Vec<Question>,
    pub team: Named,
    pub job_role: Named,
    pub owner: Option<Named>,
    /// A login.
    pub requested_by: String,
    pub requested_at: NaiveDateTime,
    pub approved_by: Option<String>,
    pub approved_at: Option<NaiveDateTime>,
    pub published_at: Option<NaiveDateTime>,
    pub closed_at: Option<NaiveDateTime>,
    pub closed_because: Option<String>,
    pub row_version: i32,
}

/// What is typed of an opening beside its criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub team_id: i64,
    pub job_role_id: i64,
    pub owner_id: Option<i64>,
    pub head_count: i32,
    pub title_zh: String,
    pub title_en: String,
    pub body_zh: String,
    pub body_en: String,
    pub reason: String,
    pub opens_on: Option<NaiveDate>,
    pub closes_on: Option<NaiveDate>,
}

/// A stage as it is stored.
#[derive(Clone, Debug)]
pub struct Stage {
    pub id: i64,
    pub position: i32,
    pub stage: NewStage,
}

fn not_found(code: &str) -> Error {
    Error::NotFound(Message::new("opening-not-found").with("code", code))
}

fn unreadable(what: &str) -> Error {
    Error::Internal(format!("an opening of an unknown {what}").into())
}

macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: &Filter = $filter;
        let query = match filter.state {
            None => $query,
            Some(state) => $query.filter(opening::state.eq(state.code())),
        };
        let query = match filter.team.as_str() {
            "" => query,
            code => query.filter(team::code.eq(code)),
        };
        match filter.q.as_str() {
            "" => query,
            q => query.filter(
                opening::code
                    .eq(q.to_uppercase())
                    .or(opening::title_zh.between(q, end_of(q)))
                    .or(opening::title_en.between(q, end_of(q))),
            ),
        }
    }};
}

type Listed = (
    (i64, String, String, String, String, i32, Option<NaiveDate>),
    Named,
    Option<Named>,
    Option<i64>,
    Option<i64>,
);

/// A page of the list, the newest first.
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    start: Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let of_it = || application::table.filter(application::opening_id.eq(opening::id));
    let query = opening::table
        .inner_join(team::table)
        .left_join(staff::table.on(opening::owner_id.eq(staff::id.nullable())))
        .select((
            (
                opening::id,
                opening::code,
                opening::title_zh,
                opening::title_en,
                opening::state,
                opening::head_count,
                opening::closes_on,
            ),
            (team::code, team::name_zh, team::name_en),
            (staff::employee_no, staff::name, staff::name_en).nullable(),
            of_it().select(count_star()).single_value(),
            of_it()
                .filter(application::state.eq(ApplicationState::Active.code()))
                .select(count_star())
                .single_value(),
        ))
        .into_boxed();
    let query = filtered!(openings_within!(query, reach), filter);
    let query = match start {
        Start::First => query.order(opening::id.desc()),
        Start::After(id) => query.filter(opening::id.lt(id)).order(opening::id.desc()),
        Start::Before(id) => query.filter(opening::id.gt(id)).order(opening::id),
    };
    let rows: Vec<Listed> = query.limit(limit).load(conn)?;
    rows.into_iter()
        .map(|(first, team, owner, applied, active)| {
            let (id, code, title_zh, title_en, state, head_count, closes_on) = first;
            Ok(Row {
                id,
                code,
                title_zh,
                title_en,
                state: OpeningState::parse(&state).ok_or_else(|| unreadable("state"))?,
                head_count,
                closes_on,
                team,
                owner,
                applied: applied.unwrap_or_default(),
                active: active.unwrap_or_default(),
            })
        })
        .collect()
}

/// How many openings of each state the list has.
pub fn count(conn: &mut Conn, reach: &Reach, filter: &Filter) -> Result<i64> {
    let query = opening::table
        .inner_join(team::table)
        .select(count_star())
        .into_boxed();
    Ok(filtered!(openings_within!(query, reach), filter).first(conn)?)
}

type Stored = (
    (i64, String, String, i64, i64, Option<i64>, i32),
    (String, String, String, String, String),
    (Option<NaiveDate>, Option<NaiveDate>, String, String),
    (String, NaiveDateTime, Option<String>, Option<NaiveDateTime>),
    (Option<NaiveDateTime>, Option<NaiveDateTime>, Option<String>),
    i32,
    Named,
    Named,
    Option<Named>,
);

/// One opening in reach, by its code.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Opening> {
    let query = opening::table
        .inner_join(team::table)
        .inner_join(job_role::table)
        .left_join(staff::table.on(opening::owner_id.eq(staff::id.nullable())))
        .filter(opening::code.eq(code))
        .select((
            (
                opening::id,
                opening::code,
                opening::state,
                opening::team_id,
                opening::job_role_id,
                opening::owner_id,
                opening::head_count,
            ),
            (
                opening::title_zh,
                opening::title_en,
                opening::body_zh,
                opening::body_en,
                opening::reason,
            ),
            (
                opening::opens_on,
                opening::closes_on,
                opening::pass_rule_json,
                opening::knock_outs_json,
            ),
            (
                opening::requested_by,
                opening::requested_at,
                opening::approved_by,
                opening::approved_at,
            ),
            (
                opening::published_at,
                opening::closed_at,
                opening::closed_because,
            ),
            opening::row_version,
            (team::code, team::name_zh, team::name_en),
            (job_role::code, job_role::name_zh, job_role::name_en),
            (staff::employee_no, staff::name, staff::name_en).nullable(),
        ))
        .into_boxed();
    let row: Option<Stored> = openings_within!(query, reach).first(conn).optional()?;
    let Some((first, texts, dates, steps, ends, row_version, team, job_role, owner)) = row else {
        return Err(not_found(code));
    };
    let (id, code, state, team_id, job_role_id, owner_id, head_count) = first;
    let (title_zh, title_en, body_zh, body_en, reason) = texts;
    let (opens_on, closes_on, pass_rule, questions) = dates;
    let (requested_by, requested_at, approved_by, approved_at) = steps;
    let (published_at, closed_at, closed_because) = ends;
    Ok(Opening {
        id,
        code,
        state: OpeningState::parse(&state).ok_or_else(|| unreadable("state"))?,
        terms: Terms {
            team_id,
            job_role_id,
            owner_id,
            head_count,
            title_zh,
            title_en,
            body_zh,
            body_en,
            reason,
            opens_on,
            closes_on,
        },
        pass_rule: serde_json::from_str(&pass_rule)?,
        questions: serde_json::from_str(&questions)?,
        team,
        job_role,
        owner,
        requested_by,
        requested_at,
        approved_by,
        approved_at,
        published_at,
        closed_at,
        closed_because,
        row_version,
    })
}

/// The stages of an opening, in order.
pub fn stages(conn: &mut Conn, opening_id: i64) -> Result<Vec<Stage>> {
    type Row = (
        i64,
        i32,
        String,
        String,
        String,
        Option<i64>,
        bool,
        i32,
        String,
    );
    let rows: Vec<Row> = opening_stage::table
        .filter(opening_stage::opening_id.eq(opening_id))
        .order(opening_stage::position)
        .select((
            opening_stage::id,
            opening_stage::position,
            opening_stage::kind,
            opening_stage::name_zh,
            opening_stage::name_en,
            opening_stage::version_id,
            opening_stage::blind,
            opening_stage::raters,
            opening_stage::kit_json,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |(id, position, kind, name_zh, name_en, version_id, blind, raters, kit)| {
                Ok(Stage {
                    id,
                    position,
                    stage: NewStage {
                        kind: StageKind::parse(&kind).ok_or_else(|| unreadable("stage"))?,
                        name_zh,
                        name_en,
                        version_id,
                        blind,
                        raters,
                        kit: serde_json::from_str::<Vec<KitQuestion>>(&kit)?,
                    },
                })
            },
        )
        .collect()
}

/// How many applications of each state an opening has.
pub fn applied(conn: &mut Conn, opening_id: i64) -> Result<Vec<(ApplicationState, i64)>> {
    let rows: Vec<(String, i64)> = application::table
        .filter(application::opening_id.eq(opening_id))
        .group_by(application::state)
        .select((application::state, count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(state, n)| Some((ApplicationState::parse(&state)?, n)))
        .collect())
}

/// The newest openings in reach, to copy criteria from: code and titles; at most `limit`.
pub fn newest(conn: &mut Conn, reach: &Reach, limit: i64) -> Result<Vec<Named>> {
    let query = opening::table
        .select((opening::code, opening::title_zh, opening::title_en))
        .into_boxed();
    Ok(openings_within!(query, reach)
        .order(opening::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// The employee whose account a login is.
pub fn staff_of_login(conn: &mut Conn, login: &str) -> Result<Option<i64>> {
    Ok(account::table
        .filter(account::login.eq(login))
        .select(account::staff_id)
        .first::<Option<i64>>(conn)
        .optional()?
        .flatten())
}

/// Makes an opening, a draft; gives its code.
pub fn create(
    conn: &mut Conn,
    terms: &Terms,
    criteria: &Criteria,
    actor: &Actor,
) -> Result<String> {
    conn.lock("opening")?;
    // Openings are never deleted: the next code is one more than there are.
    let number: i64 = opening::table.select(count_star()).first(conn)?;
    let code = format!("O-{:04}", number + 1);
    let id: i64 = diesel::insert_into(opening::table)
        .values((
            opening::code.eq(&code),
            (
                opening::team_id.eq(terms.team_id),
                opening::job_role_id.eq(terms.job_role_id),
                opening::owner_id.eq(terms.owner_id),
                opening::head_count.eq(terms.head_count),
            ),
            opening::state.eq(OpeningState::Draft.code()),
            (
                opening::title_zh.eq(&terms.title_zh),
                opening::title_en.eq(&terms.title_en),
                opening::body_zh.eq(&terms.body_zh),
                opening::body_en.eq(&terms.body_en),
                opening::reason.eq(&terms.reason),
            ),
            (
                opening::opens_on.eq(terms.opens_on),
                opening::closes_on.eq(terms.closes_on),
            ),
            (
                opening::pass_rule_json.eq(serde_json::to_string(&criteria.pass_rule)?),
                opening::knock_outs_json.eq(serde_json::to_string(&criteria.questions)?),
            ),
            (
                opening::requested_by.eq(&actor.name),
                opening::requested_at.eq(actor.at),
            ),
        ))
        .returning(opening::id)
        .get_result(conn)?;
    insert_stages(conn, id, &criteria.stages)?;
    let detail = json!({ "heads": terms.head_count, "title": terms.title_en });
    audit::append(conn, actor, "opening.make", &code, &detail)?;
    Ok(code)
}

#[derive(Insertable)]
#[diesel(table_name = opening_stage)]
#[diesel(treat_none_as_default_value = false)]
struct StageRow<'a> {
    opening_id: i64,
    position: i32,
    kind: &'static str,
    name_zh: &'a str,
    name_en: &'a str,
    version_id: Option<i64>,
    blind: bool,
    raters: i32,
    kit_json: String,
}

fn insert_stages(conn: &mut Conn, opening_id: i64, stages: &[NewStage]) -> Result<()> {
    let rows = stages
        .iter()
        .zip(1..)
        .map(|(stage, position)| {
            Ok(StageRow {
                opening_id,
                position,
                kind: stage.kind.code(),
                name_zh: &stage.name_zh,
                name_en: &stage.name_en,
                version_id: stage.version_id,
                blind: stage.blind,
                raters: stage.raters,
                kit_json: serde_json::to_string(&stage.kit)?,
            })
        })
        .collect::<Result<Vec<StageRow<'_>>>>()?;
    insert_all!(conn, opening_stage::table, rows)
}

/// Raises the row version of an opening that is still as it was `seen`.
fn touch(conn: &mut Conn, id: i64, seen: i32) -> Result<()> {
    let as_seen = opening::table
        .filter(opening::id.eq(id))
        .filter(opening::row_version.eq(seen));
    let changed = diesel::update(as_seen)
        .set(opening::row_version.eq(seen + 1))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

/// Changes what an opening says.
///
/// # Errors
/// `Conflict` when somebody else changed it since `seen`.
pub fn change(
    conn: &mut Conn,
    stored: &Opening,
    seen: i32,
    terms: &Terms,
    actor: &Actor,
) -> Result<()> {
    touch(conn, stored.id, seen)?;
    diesel::update(opening::table.find(stored.id))
        .set((
            opening::team_id.eq(terms.team_id),
            opening::job_role_id.eq(terms.job_role_id),
            opening::owner_id.eq(terms.owner_id),
            opening::head_count.eq(terms.head_count),
            opening::title_zh.eq(&terms.title_zh),
            opening::title_en.eq(&terms.title_en),
            opening::body_zh.eq(&terms.body_zh),
            opening::body_en.eq(&terms.body_en),
            opening::reason.eq(&terms.reason),
            opening::opens_on.eq(terms.opens_on),
            opening::closes_on.eq(terms.closes_on),
        ))
        .execute(conn)?;
    let detail = json!({ "before": told(&stored.terms), "after": told(terms) });
    audit::append(conn, actor, "opening.change", &stored.code, &detail)
}

/// Terms as the trail tells of them.
fn told(terms: &Terms) -> serde_json::Value {
    json!({
        "body_en": terms.body_en, "body_zh": terms.body_zh,
        "closes_on": terms.closes_on, "heads": terms.head_count,
        "opens_on": terms.opens_on, "reason": terms.reason,
        "title_en": terms.title_en, "title_zh": terms.title_zh,
    })
}

/// Gives an opening other criteria.
///
/// # Errors
/// `Conflict` when somebody has applied, so that they are frozen, or somebody else changed the opening since `seen`.
pub fn set_criteria(
    conn: &mut Conn,
    stored: &Opening,
    seen: i32,
    criteria: &Criteria,
    actor: &Actor,
) -> Result<()> {
    // Whoever applies now waits, or has applied already.
    conn.lock(LOCK)?;
    if is_frozen(conn, stored.id)? {
        return Err(Error::Conflict(
            Message::new("opening-frozen").with("code", &stored.code),
        ));
    }
    touch(conn, stored.id, seen)?;
    diesel::update(opening::table.find(stored.id))
        .set((
            opening::pass_rule_json.eq(serde_json::to_string(&criteria.pass_rule)?),
            opening::knock_outs_json.eq(serde_json::to_string(&criteria.questions)?),
        ))
        .execute(conn)?;
    diesel::delete(opening_stage::table.filter(opening_stage::opening_id.eq(stored.id)))
        .execute(conn)?;
    insert_stages(conn, stored.id, &criteria.stages)?;
    let stages: Vec<&str> = criteria.stages.iter().map(|s| s.kind.code()).collect();
    let detail = json!({
        "pass_rule": criteria.pass_rule, "questions": criteria.questions, "stages": stages,
    });
    audit::append(conn, actor, "opening.criteria", &stored.code, &detail)
}

/// Whether somebody has applied, so that criteria and stages stay as they are.
pub fn is_frozen(conn: &mut Conn, opening_id: i64) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        application::table.filter(application::opening_id.eq(opening_id)),
    ))
    .get_result(conn)?)
}

/// Takes a step with an opening; whether it may be taken was asked before. Whoever waits for it is told.
///
/// # Errors
/// `Conflict` when somebody else changed the opening since `seen`.
pub fn step(
    conn: &mut Conn,
    stored: &Opening,
    step: Step,
    words: &str,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    touch(conn, stored.id, seen)?;
    let this = || opening::table.find(stored.id);
    let at = actor.at;
    diesel::update(this())
        .set(opening::state.eq(step.leads_to().code()))
        .execute(conn)?;
    match step {
        Step::Request => diesel::update(this())
            .set((
                opening::requested_by.eq(&actor.name),
                opening::requested_at.eq(at),
            ))
            .execute(conn)?,
        Step::Approve => diesel::update(this())
            .set((
                opening::approved_by.eq(&actor.name),
                opening::approved_at.eq(at),
            ))
            .execute(conn)?,
        Step::Publish => diesel::update(this())
            .set(opening::published_at.eq(at))
            .execute(conn)?,
        Step::Close => diesel::update(this())
            .set((opening::closed_at.eq(at), opening::closed_because.eq(words)))
            .execute(conn)?,
        Step::GiveBack => 0,
    };
    let detail = json!({ "step": step.code(), "words": words });
    audit::append(conn, actor, "opening.step", &stored.code, &detail)?;
    tell(conn, stored, step, actor)
}

/// Tells those who may agree that they are asked, and whoever asked what came of it.
fn tell(conn: &mut Conn, stored: &Opening, step: Step, actor: &Actor) -> Result<()> {
    let key = match step {
        Step::Request => "told-opening-request",
        Step::Approve => "told-opening-approve",
        Step::GiveBack => "told-opening-give-back",
        Step::Publish | Step::Close => return Ok(()),
    };
    let whom: Vec<i64> = match step {
        // Whoever agrees to openings, anywhere: HR and leadership.
        Step::Request => account::table
            .inner_join(account_role::table.on(account_role::account_id.eq(account::id)))
            .filter(account_role::role.eq_any(["hr", "leadership"]))
            .filter(account::disabled_at.is_null())
            .filter(account::login.ne(&actor.name))
            .select(account::id)
            .distinct()
            .load(conn)?,
        _ => account::table
            .filter(account::login.eq(&stored.requested_by))
            .filter(account::login.ne(&actor.name))
            .filter(account::disabled_at.is_null())
            .select(account::id)
            .load(conn)?,
    };
    let what = Message::new(key)
        .with("code", &stored.code)
        .with("title", title(&stored.terms));
    let link = format!("/openings/{}", stored.code);
    let told: Vec<(i64, &Message, &str)> =
        whom.iter().map(|id| (*id, &what, link.as_str())).collect();
    accounts::tell_all(conn, &told, actor.at)
}

/// Both titles in one text, for messages that do not know their reader's language.
fn title(terms: &Terms) -> String {
    if terms.title_zh == terms.title_en {
        terms.title_zh.clone()
    } else {
        format!("{} / {}", terms.title_zh, terms.title_en)
    }
}
