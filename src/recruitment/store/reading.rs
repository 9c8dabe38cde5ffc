//! One application with what its page shows, and a person's word about answers that do not meet a requirement.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::applications_within;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    application, application_answer, candidate, opening, opening_stage, staff,
};
use crate::error::{Error, Message, Result};
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Source, StageKind};
use crate::recruitment::store::LOCK;
use crate::recruitment::store::candidates::Named;

/// A stage of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: i64,
    pub position: i32,
    pub kind: StageKind,
    pub name_zh: String,
    pub name_en: String,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: i64,
    pub code: String,
    pub candidate_id: i64,
    pub candidate: Named,
    pub erased: bool,
    pub opening_id: i64,
    pub opening: Named,
    pub opening_state: OpeningState,
    /// As stored: what is asked, JSON.
    pub questions: String,
    pub stage: Stage,
    pub state: ApplicationState,
    pub source: Source,
    /// UTC.
    pub applied_at: NaiveDateTime,
    pub entered_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
    pub reason: Option<String>,
    /// A login.
    pub decided_by: Option<String>,
    /// Number of the employee they have become.
    pub hired: Option<String>,
    /// The weighted total of the sheets, in hundredths.
    pub total_h: Option<i64>,
    pub row_version: i32,
}

fn unreadable() -> Error {
    Error::Internal("an application is stored with an unknown code".into())
}

/// The sentence for an application that is not there, or out of reach.
#[must_use]
pub fn missing(code: &str) -> Error {
    Error::NotFound(Message::new("application-not-found").with("code", code))
}

/// The application of a code, in reach.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Application> {
    type Stored = (
        (i64, String, i64, i64, String, String),
        (NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>),
        (Option<String>, Option<String>, Option<i64>, i32),
        (Named, Option<NaiveDateTime>),
        (Named, String, String),
        (i64, i32, String, String, String),
        Option<String>,
    );
    let hired = diesel::alias!(staff as hired);
    let query = application::table
        .inner_join(opening::table)
        .inner_join(candidate::table)
        .inner_join(opening_stage::table.on(application::stage_id.eq(opening_stage::id)))
        .left_join(hired.on(application::staff_id.eq(hired.field(staff::id).nullable())))
        .filter(application::code.eq(code))
        .select((
            (
                application::id,
                application::code,
                application::candidate_id,
                application::opening_id,
                application::state,
                application::source,
            ),
            (
                application::applied_at,
                application::entered_at,
                application::closed_at,
            ),
            (
                application::reason_code,
                application::decided_by,
                application::total_h,
                application::row_version,
            ),
            (
                (candidate::code, candidate::name, candidate::name_en),
                candidate::erased_at,
            ),
            (
                (opening::code, opening::title_zh, opening::title_en),
                opening::state,
                opening::knock_outs_json,
            ),
            (
                opening_stage::id,
                opening_stage::position,
                opening_stage::kind,
                opening_stage::name_zh,
                opening_stage::name_en,
            ),
            hired.field(staff::employee_no).nullable(),
        ))
        .into_boxed();
    let row: Option<Stored> = applications_within!(query, reach).first(conn).optional()?;
    let Some((first, times, rest, (candidate, erased), (opening, open, questions), at, hired)) =
        row
    else {
        return Err(missing(code));
    };
    let (id, code, candidate_id, opening_id, state, source) = first;
    let (applied_at, entered_at, closed_at) = times;
    let (reason, decided_by, total_h, row_version) = rest;
    Ok(Application {
        id,
        code,
        candidate_id,
        candidate,
        erased: erased.is_some(),
        opening_id,
        opening,
        opening_state: OpeningState::parse(&open).ok_or_else(unreadable)?,
        questions,
        stage: stage(at)?,
        state: ApplicationState::parse(&state).ok_or_else(unreadable)?,
        source: Source::parse(&source).ok_or_else(unreadable)?,
        applied_at,
        entered_at,
        closed_at,
        reason,
        decided_by,
        hired,
        total_h,
        row_version,
    })
}

fn stage(row: (i64, i32, String, String, String)) -> Result<Stage> {
    let (id, position, kind, name_zh, name_en) = row;
    Ok(Stage {
        id,
        position,
        kind: StageKind::parse(&kind).ok_or_else(unreadable)?,
        name_zh,
        name_en,
    })
}

/// The stages of an opening, in their order.
pub fn stages(conn: &mut Conn, opening_id: i64) -> Result<Vec<Stage>> {
    let rows: Vec<(i64, i32, String, String, String)> = opening_stage::table
        .filter(opening_stage::opening_id.eq(opening_id))
        .order(opening_stage::position)
        .select((
            opening_stage::id,
            opening_stage::position,
            opening_stage::kind,
            opening_stage::name_zh,
            opening_stage::name_en,
        ))
        .load(conn)?;
    rows.into_iter().map(stage).collect()
}

/// An answer to a question that may knock out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub position: i32,
    pub answer: String,
    /// What the rule finds.
    pub failed: bool,
    /// What a person says of that; none as long as nobody has.
    pub stands: Option<bool>,
    pub by: Option<String>,
    /// UTC.
    pub at: Option<NaiveDateTime>,
    pub reason: Option<String>,
}

/// The answers of an application, in the order of the questions.
pub fn answers(conn: &mut Conn, application_id: i64) -> Result<Vec<Answered>> {
    type Stored = (
        i32,
        String,
        bool,
        Option<bool>,
        Option<String>,
        Option<NaiveDateTime>,
        Option<String>,
    );
    let rows: Vec<Stored> = application_answer::table
        .filter(application_answer::application_id.eq(application_id))
        .order(application_answer::position)
        .select((
            application_answer::position,
            application_answer::answer,
            application_answer::failed,
            application_answer::stands,
            application_answer::confirmed_by,
            application_answer::confirmed_at,
            application_answer::reason,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(position, answer, failed, stands, by, at, reason)| Answered {
                position,
                answer,
                failed,
                stands,
                by,
                at,
                reason,
            },
        )
        .collect())
}

/// Says whether an answer that the rule found failing stands as a knock-out, and why. `row_version` is that of the page
/// it was said on.
///
/// # Errors
/// `Conflict` when the application was changed meanwhile or has come to an end, `NotFound` for an answer that is not
/// there or fails nothing.
pub fn confirm(
    conn: &mut Conn,
    of: &Application,
    row_version: i32,
    position: i32,
    stands: bool,
    reason: &str,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    let same = diesel::update(application::table.find(of.id))
        .filter(application::row_version.eq(row_version))
        .filter(application::state.eq(ApplicationState::Active.code()))
        .set(application::row_version.eq(row_version + 1))
        .execute(conn)?;
    if same == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let said = diesel::update(application_answer::table.find((of.id, position)))
        .filter(application_answer::failed.eq(true))
        .set((
            application_answer::stands.eq(stands),
            application_answer::confirmed_by.eq(&actor.name),
            application_answer::confirmed_at.eq(actor.at),
            application_answer::reason.eq(reason),
        ))
        .execute(conn)?;
    if said == 0 {
        return Err(missing(&of.code));
    }
    audit::append(
        conn,
        actor,
        "application.confirm",
        &format!("application:{}", of.code),
        &json!({ "question": position, "stands": stands }),
    )
}
