//! Rounds of judging in the database: an application with its rounds (here), setting up and changing them
//! (`change`), sheets (`sheets`), lists, invitations and reminders (`lists`).
//!
//! A round points at a panel of the one engine of judgement; the raters are the seats of the panel. Panels of
//! applicants are blind: nobody reads another's sheet before their own is sent.

pub mod change;
pub mod lists;
pub mod sheets;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::access::Reach;
use crate::applications_within;
use crate::db::Conn;
use crate::db::schema::{application, candidate, interview, opening, opening_stage, panel};
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State;
use crate::judgement::store::panels::{Kind, Panel, Seated};
use crate::people::store::reach::line_of;
use crate::recruitment::model::codes::{ApplicationState, StageKind};
use crate::recruitment::model::interview::{Round, RoundState};
use crate::recruitment::model::opening::{KitQuestion, PassRule};

/// The role of every sheet of a round.
pub const RATER: &str = "rater";

/// A stage as rounds need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: i64,
    pub position: i32,
    pub kind: StageKind,
    pub name: (String, String),
    pub version_id: Option<i64>,
    /// Name, school and the like are hidden from whoever judges.
    pub blind: bool,
    pub raters: i32,
}

/// An application with its opening, its candidate and the stage it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub id: i64,
    pub code: String,
    pub state: ApplicationState,
    pub source: String,
    pub applied_at: NaiveDateTime,
    pub row_version: i32,
    pub opening_id: i64,
    pub opening: String,
    /// Chinese and English.
    pub title: (String, String),
    pub team_id: i64,
    pub job_role_id: i64,
    pub owner_id: Option<i64>,
    pub head_count: i32,
    pub pass_rule: PassRule,
    pub knock_outs_json: String,
    pub candidate_id: i64,
    pub candidate: String,
    pub name: (String, String),
    /// The employee who applies, or whom the candidate has become.
    pub staff_id: Option<i64>,
    pub profile_json: String,
    /// Where it stands; of a single round that was asked for, the stage of the round.
    pub stage: Stage,
    /// The questions of the stage.
    pub kit_json: String,
}

impl Applied {
    /// Whether it is still under way.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == ApplicationState::Active
    }

    /// What the trail calls it.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("application:{}", self.code)
    }
}

type StageRow = (i64, i32, String, String, String, Option<i64>, bool, i32);
type AppliedRow = (
    (i64, String, String, String, NaiveDateTime, i32, i64),
    (
        String,
        String,
        String,
        i64,
        i64,
        Option<i64>,
        i32,
        String,
        String,
    ),
    (i64, String, String, String, Option<i64>, String),
    StageRow,
    String,
);

const STAGE: (
    opening_stage::id,
    opening_stage::position,
    opening_stage::kind,
    opening_stage::name_zh,
    opening_stage::name_en,
    opening_stage::version_id,
    opening_stage::blind,
    opening_stage::raters,
) = (
    opening_stage::id,
    opening_stage::position,
    opening_stage::kind,
    opening_stage::name_zh,
    opening_stage::name_en,
    opening_stage::version_id,
    opening_stage::blind,
    opening_stage::raters,
);

macro_rules! applied_columns {
    () => {
        (
            (
                application::id,
                application::code,
                application::state,
                application::source,
                application::applied_at,
                application::row_version,
                application::opening_id,
            ),
            (
                opening::code,
                opening::title_zh,
                opening::title_en,
                opening::team_id,
                opening::job_role_id,
                opening::owner_id,
                opening::head_count,
                opening::pass_rule_json,
                opening::knock_outs_json,
            ),
            (
                candidate::id,
                candidate::code,
                candidate::name,
                candidate::name_en,
                candidate::staff_id,
                candidate::profile_json,
            ),
            STAGE,
            opening_stage::kit_json,
        )
    };
}

fn unreadable(what: &str) -> Error {
    Error::Internal(format!("{what} of no known code").into())
}

fn stage(row: StageRow) -> Result<Stage> {
    let (id, position, kind, zh, en, version_id, blind, raters) = row;
    Ok(Stage {
        id,
        position,
        kind: StageKind::parse(&kind).ok_or_else(|| unreadable("a stage"))?,
        name: (zh, en),
        version_id,
        blind,
        raters,
    })
}

fn applied(row: AppliedRow) -> Result<Applied> {
    let (a, o, c, s, kit_json) = row;
    Ok(Applied {
        id: a.0,
        code: a.1,
        state: ApplicationState::parse(&a.2).ok_or_else(|| unreadable("an application"))?,
        source: a.3,
        applied_at: a.4,
        row_version: a.5,
        opening_id: a.6,
        opening: o.0,
        title: (o.1, o.2),
        team_id: o.3,
        job_role_id: o.4,
        owner_id: o.5,
        head_count: o.6,
        pass_rule: serde_json::from_str(&o.7)?,
        knock_outs_json: o.8,
        candidate_id: c.0,
        candidate: c.1,
        name: (c.2, c.3),
        staff_id: c.4,
        profile_json: c.5,
        stage: stage(s)?,
        kit_json,
    })
}

/// Some applications within reach, by code; whoever applied themselves finds none.
fn some(conn: &mut Conn, reach: &Reach, codes: &[String]) -> Result<Vec<Applied>> {
    let query = application::table
        .inner_join(opening::table)
        .inner_join(candidate::table)
        .inner_join(opening_stage::table.on(opening_stage::id.eq(application::stage_id)))
        .filter(application::code.eq_any(codes))
        .order(application::code)
        .select(applied_columns!())
        .into_boxed();
    let rows: Vec<AppliedRow> = applications_within!(query, reach).load(conn)?;
    rows.into_iter().map(applied).collect()
}

/// An application within reach.
///
/// # Errors
/// `NotFound`, the same whether there is none, it is out of reach, or it is the asker's own.
pub fn find(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Applied> {
    let found = some(conn, reach, &[code.to_string()])?.into_iter().next();
    found.ok_or_else(|| not_found(code))
}

/// The applications of some codes within reach, in order of code.
///
/// # Errors
/// `Invalid` naming the codes that are not there.
pub fn find_all(conn: &mut Conn, reach: &Reach, codes: &[String]) -> Result<Vec<Applied>> {
    let found = some(conn, reach, codes)?;
    let missing: Vec<&str> = codes
        .iter()
        .filter(|code| !found.iter().any(|a| a.code == **code))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let codes = missing.join(", ");
    Err(Error::invalid(
        Message::new("round-no-application").with("codes", codes),
    ))
}

fn not_found(code: &str) -> Error {
    Error::NotFound(Message::new("application-not-found").with("code", code))
}

/// A round as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: i64,
    pub round_no: i32,
    pub state: RoundState,
    pub starts_at: Option<NaiveDateTime>,
    pub ends_at: Option<NaiveDateTime>,
    pub place: String,
    pub kit: Vec<KitQuestion>,
    pub uid: String,
    pub sequence: i32,
    pub row_version: i32,
    pub panel: Panel,
    /// What was said of ratings that lie far apart.
    pub discussion: Option<String>,
    /// The stage it belongs to.
    pub stage: Stage,
}

impl Stored {
    /// As its rules see it; `active` is whether the application is under way.
    #[must_use]
    pub fn rules(&self, active: bool) -> Round {
        Round {
            state: self.state,
            times: self.starts_at.zip(self.ends_at),
            active,
            closed: self.panel.closed_at.is_some(),
        }
    }
}

type RoundRow = (
    (
        i64,
        i32,
        String,
        Option<NaiveDateTime>,
        Option<NaiveDateTime>,
        String,
        String,
        String,
        i32,
        i32,
    ),
    (
        i64,
        i64,
        bool,
        bool,
        i32,
        Option<NaiveDateTime>,
        Option<String>,
    ),
    StageRow,
);

macro_rules! round_columns {
    () => {
        (
            (
                interview::id,
                interview::round_no,
                interview::state,
                interview::starts_at,
                interview::ends_at,
                interview::place,
                interview::kit_json,
                interview::ics_uid,
                interview::ics_sequence,
                interview::row_version,
            ),
            (
                panel::id,
                panel::version_id,
                panel::blind,
                panel::anonymous,
                panel::min_shown,
                panel::closed_at,
                panel::discussion_note,
            ),
            STAGE,
        )
    };
}

fn round(row: RoundRow) -> Result<Stored> {
    let (r, p, s) = row;
    Ok(Stored {
        id: r.0,
        round_no: r.1,
        state: RoundState::parse(&r.2).ok_or_else(|| unreadable("a round"))?,
        starts_at: r.3,
        ends_at: r.4,
        place: r.5,
        kit: serde_json::from_str(&r.6)?,
        uid: r.7,
        sequence: r.8,
        row_version: r.9,
        panel: Panel {
            id: p.0,
            kind: Kind {
                version_id: p.1,
                blind: p.2,
                anonymous: p.3,
                min_shown: p.4,
            },
            closed_at: p.5,
        },
        discussion: p.6,
        stage: stage(s)?,
    })
}

/// The rounds of an application, in the order of its stages.
pub fn of(conn: &mut Conn, application_id: i64) -> Result<Vec<Stored>> {
    let rows: Vec<RoundRow> = interview::table
        .inner_join(panel::table)
        .inner_join(opening_stage::table.on(opening_stage::id.eq(interview::stage_id)))
        .filter(interview::application_id.eq(application_id))
        .order((opening_stage::position, interview::round_no))
        .select(round_columns!())
        .load(conn)?;
    rows.into_iter().map(round).collect()
}

/// A round with its application, and what the asker is to it.
#[derive(Clone, Debug)]
pub struct Found {
    pub applied: Applied,
    pub round: Stored,
    /// Every seat, in order of number.
    pub seats: Vec<Seated>,
    /// The asker's staff record.
    pub me: Option<i64>,
    /// Whether the application is within the asker's reach of recruitment.
    pub reached: bool,
}

impl Found {
    /// The asker's own seat.
    #[must_use]
    pub fn own(&self) -> Option<&Seated> {
        own(&self.seats, self.me)
    }

    /// Whether the sheets that others have sent may be read.
    #[must_use]
    pub fn opens(&self) -> bool {
        opens(&self.round, &self.seats, self.me)
    }
}

/// Somebody's seat among those of a panel.
#[must_use]
pub fn own(seats: &[Seated], me: Option<i64>) -> Option<&Seated> {
    let me = me?;
    seats.iter().find(|seat| seat.sheet.rater_id == Some(me))
}

/// Whether somebody may read what was sent in a round whose seats these are.
#[must_use]
pub fn opens(round: &Stored, seats: &[Seated], me: Option<i64>) -> bool {
    let of = |wanted: State| {
        seats
            .iter()
            .filter(|seat| seat.sheet.state == wanted)
            .count() as i64
    };
    let submitted = of(State::Submitted);
    let asked = submitted + of(State::Invited) + of(State::Draft);
    let seat = own(seats, me).map(|seat| seat.sheet.state);
    round.panel.secrecy().opens(seat, asked, submitted)
}

/// A round that somebody has a seat in or reaches; `reach` is that of recruitment. Never of one's own application.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is not the asker's to see.
pub fn show(conn: &mut Conn, reach: Option<&Reach>, me: Option<i64>, id: i64) -> Result<Found> {
    let day = reach.map_or_else(Default::default, Reach::day);
    // Nobody has this number.
    let asker = me.unwrap_or(0);
    let row: Option<(AppliedRow, RoundRow, Option<bool>)> = interview::table
        .inner_join(panel::table)
        .inner_join(
            application::table
                .inner_join(opening::table)
                .inner_join(candidate::table),
        )
        .inner_join(opening_stage::table.on(opening_stage::id.eq(interview::stage_id)))
        .filter(interview::id.eq(id))
        .filter(
            candidate::staff_id
                .is_null()
                .or(candidate::staff_id.ne(asker)),
        )
        .select((
            applied_columns!(),
            round_columns!(),
            opening::owner_id
                .assume_not_null()
                .eq_any(line_of(asker, day))
                .nullable(),
        ))
        .first(conn)
        .optional()?;
    let nothing = || Error::NotFound(Message::new("round-not-found").with("id", id));
    let (a, r, in_line) = row.ok_or_else(nothing)?;
    let (applied, round) = (applied(a)?, round(r)?);
    let above: &[i64] = if in_line == Some(true) { &[asker] } else { &[] };
    let owner = applied.owner_id.unwrap_or(0);
    let reached = reach.is_some_and(|reach| reach.holds(owner, above, Some(applied.team_id)));
    let seats = crate::judgement::store::panels::seated(conn, &[round.panel.id])?;
    let found = Found {
        applied,
        round,
        seats,
        me,
        reached,
    };
    let seated = found
        .own()
        .is_some_and(|seat| seat.sheet.state != State::Declined);
    if reached || seated {
        Ok(found)
    } else {
        Err(nothing())
    }
}
