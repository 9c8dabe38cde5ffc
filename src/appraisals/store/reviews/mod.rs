//! Reviews of people in a cycle: seats (`seats`), what is written (`write`), what colleagues say (`peers`), lists
//! (`lists`).
//!
//! An evaluation has a panel for the person, their manager and earlier managers, and an anonymous one for colleagues.

pub mod lists;
pub mod peers;
pub mod seats;
pub mod write;

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::access::Reach;
use crate::appraisals::model::result::PersonResult;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::results;
use crate::db::Conn;
use crate::db::schema::{account, draft, evaluation, panel, reporting_line, sheet, staff};
use crate::drafts::Draft;
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::{Rating, State};
pub use crate::judgement::store::panels::Person;
use crate::judgement::store::panels::{self, Sheet, Shown};
use crate::people::store::Staff;
use crate::within_either;

/// Roles of sheets in the panels of an evaluation.
pub const SELF: &str = "self";
pub const MANAGER: &str = "manager";
pub const FORMER: &str = "former";
pub const PEER: &str = "peer";

/// A review that was submitted, of a manager or of oneself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    pub ratings: Vec<Rating>,
    pub summary: String,
}

/// What people have said of somebody.
#[derive(Clone, Debug, Default)]
pub struct Reviewed {
    /// The manager's.
    pub own: Option<Own>,
    /// The person's own.
    pub said: Option<Own>,
    /// Only once the peer stage is closed and enough have answered.
    pub peers: Option<Shown>,
}

/// What is submitted of everybody in a cycle, or of one person, by staff number. As many queries whoever they are.
pub fn submitted(
    conn: &mut Conn,
    cycle: &Cycle,
    only: Option<i64>,
) -> Result<HashMap<i64, Reviewed>> {
    let mut found: HashMap<i64, Reviewed> = HashMap::new();
    if !cycle.rules.reviews {
        return Ok(found);
    }
    let mut query = evaluation::table
        .inner_join(panel::table.on(evaluation::panel_id.eq(panel::id.nullable())))
        .inner_join(sheet::table.on(sheet::panel_id.eq(panel::id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(sheet::role.eq_any([MANAGER, SELF]))
        .filter(sheet::state.eq(State::Submitted.code()))
        .select((evaluation::staff_id, sheet::id, sheet::role, sheet::summary))
        .into_boxed();
    let mut closed = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::peers_closed_at.is_not_null())
        .filter(evaluation::peer_panel_id.is_not_null())
        .select((evaluation::staff_id, evaluation::peer_panel_id))
        .into_boxed();
    if let Some(staff_id) = only {
        query = query.filter(evaluation::staff_id.eq(staff_id));
        closed = closed.filter(evaluation::staff_id.eq(staff_id));
    }
    let sheets: Vec<(i64, i64, String, String)> = query.load(conn)?;
    let ids: Vec<i64> = sheets.iter().map(|s| s.1).collect();
    let mut ratings = panels::ratings(conn, &ids)?;
    for (staff_id, sheet_id, role, summary) in sheets {
        let reviewed = found.entry(staff_id).or_default();
        let words = Own {
            ratings: ratings.remove(&sheet_id).unwrap_or_default(),
            summary,
        };
        if role == SELF {
            reviewed.said = Some(words);
        } else {
            reviewed.own = Some(words);
        }
    }
    if let Some(card) = cycle.rules.peer_card() {
        let closed: Vec<(i64, Option<i64>)> = closed.load(conn)?;
        let ids: Vec<i64> = closed.iter().filter_map(|c| c.1).collect();
        let mut shown = panels::outcomes(conn, &ids, card, cycle.rules.min_weight_bp)?;
        for (staff_id, panel_id) in closed {
            if let Some(shown) = panel_id.and_then(|id| shown.remove(&id)) {
                found.entry(staff_id).or_default().peers = Some(shown);
            }
        }
    }
    Ok(found)
}

/// Somebody's place in a cycle, as reviews need it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Evaluation {
    pub id: i64,
    pub staff_id: i64,
    pub manager_id: Option<i64>,
    pub team_id: Option<i64>,
    pub excused_reason: Option<String>,
    pub released_at: Option<NaiveDateTime>,
    pub row_version: i32,
    /// JSON: text by code of a KPI, and under the empty code about the whole.
    self_text: Option<String>,
    pub self_submitted_at: Option<NaiveDateTime>,
    pub panel_id: Option<i64>,
    pub peer_panel_id: Option<i64>,
    pub peers_confirmed_at: Option<NaiveDateTime>,
    pub peers_closed_at: Option<NaiveDateTime>,
    pub submitted_at: Option<NaiveDateTime>,
    pub returned_reason: Option<String>,
}

impl Evaluation {
    /// What the person says of their KPIs, by code, and under the empty code of the whole.
    ///
    /// # Errors
    /// When what is stored is no such text.
    pub fn self_texts(&self) -> Result<BTreeMap<String, String>> {
        match &self.self_text {
            Some(json) => Ok(serde_json::from_str(json)?),
            None => Ok(BTreeMap::new()),
        }
    }
}

type Columns = (
    evaluation::id,
    evaluation::staff_id,
    evaluation::manager_id,
    evaluation::team_id,
    evaluation::excused_reason,
    evaluation::released_at,
    evaluation::row_version,
    evaluation::self_text,
    evaluation::self_submitted_at,
    evaluation::panel_id,
    evaluation::peer_panel_id,
    evaluation::peers_confirmed_at,
    evaluation::peers_closed_at,
    evaluation::submitted_at,
    evaluation::returned_reason,
);

const EVALUATION: Columns = (
    evaluation::id,
    evaluation::staff_id,
    evaluation::manager_id,
    evaluation::team_id,
    evaluation::excused_reason,
    evaluation::released_at,
    evaluation::row_version,
    evaluation::self_text,
    evaluation::self_submitted_at,
    evaluation::panel_id,
    evaluation::peer_panel_id,
    evaluation::peers_confirmed_at,
    evaluation::peers_closed_at,
    evaluation::submitted_at,
    evaluation::returned_reason,
);

fn not_in(cycle: &Cycle, no: &str) -> Error {
    Error::NotFound(
        Message::new("person-not-in-cycle")
            .with("no", no)
            .with("code", &cycle.code),
    )
}

/// The evaluation of somebody in a cycle.
///
/// # Errors
/// `NotFound` when they are not in it.
pub fn find(conn: &mut Conn, cycle: &Cycle, staff_id: i64, no: &str) -> Result<Evaluation> {
    evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::staff_id.eq(staff_id))
        .select(EVALUATION)
        .first(conn)
        .optional()?
        .ok_or_else(|| not_in(cycle, no))
}

/// Who asks about somebody's reviews.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub staff_id: Option<i64>,
    pub account_id: i64,
    /// Which form of theirs there may be a draft of.
    pub form: &'a str,
    pub today: NaiveDate,
}

/// Somebody in a cycle, as those who write about them need to know.
#[derive(Clone, Debug)]
pub struct Stand {
    pub staff: Staff,
    pub evaluation: Evaluation,
    /// Whether whoever asks is above them on the cycle's last day.
    pub above: bool,
    /// Whether the manager can write: in the company still, and with an account in use.
    pub manager_writes: bool,
    /// What whoever asks has typed and not sent.
    pub draft: Option<Draft>,
}

/// Somebody within reach today or on the cycle's last day, by number: one query.
///
/// # Errors
/// `NotFound` when they are out of reach or not in the cycle.
pub fn stand(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    asked: Asked<'_>,
    no: &str,
) -> Result<Stand> {
    type Row = (
        Staff,
        Option<Evaluation>,
        bool,
        bool,
        Option<(String, NaiveDateTime)>,
    );
    // Nobody has the number 0.
    let me = asked.staff_id.unwrap_or_default();
    let last = cycle.ends_on;
    let above = reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::staff_id.eq(staff::id))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(last))
        .filter(reporting_line::valid_to.gt(last));
    let manager = diesel::alias!(staff as manager);
    let at_work = account::table
        .inner_join(manager.on(manager.field(staff::id).nullable().eq(account::staff_id)))
        .filter(account::staff_id.eq(evaluation::manager_id.nullable()))
        .filter(account::disabled_at.is_null())
        .filter(
            manager
                .field(staff::left_on)
                .is_null()
                .or(manager.field(staff::left_on).ge(asked.today)),
        );
    let subject = format!("{}/{no}", cycle.code);
    let query = staff::table
        .left_join(
            evaluation::table.on(evaluation::staff_id
                .eq(staff::id)
                .and(evaluation::cycle_id.eq(cycle.id))),
        )
        .left_join(
            draft::table.on(draft::account_id
                .eq(asked.account_id)
                .and(draft::form.eq(asked.form))
                .and(draft::subject.eq(subject))),
        )
        .filter(staff::employee_no.eq(no))
        .select((
            Staff::as_select(),
            EVALUATION.nullable(),
            exists(above),
            exists(at_work),
            (draft::body_json, draft::saved_at).nullable(),
        ))
        .into_boxed();
    let row: Option<Row> = within_either!(query, staff::id, reach, last)
        .first(conn)
        .optional()?;
    let Some((staff, evaluation, above, manager_writes, draft)) = row else {
        return Err(Error::NotFound(
            Message::new("person-not-found").with("no", no),
        ));
    };
    Ok(Stand {
        evaluation: evaluation.ok_or_else(|| not_in(cycle, no))?,
        staff,
        above,
        manager_writes,
        draft: draft.map(Draft::of).transpose()?,
    })
}

/// The results that submitted reviews have frozen, in order of employee number; those that HR has excused or included
/// since are left out.
pub fn frozen(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<PersonResult>> {
    if !cycle.rules.reviews {
        return Ok(Vec::new());
    }
    let submitted: BTreeMap<String, Option<String>> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::submitted_at.is_not_null())
        .filter(evaluation::excused_reason.is_null())
        .select((staff::employee_no, evaluation::included_reason))
        .load::<(String, Option<String>)>(conn)?
        .into_iter()
        .collect();
    if submitted.is_empty() {
        return Ok(Vec::new());
    }
    let mut people = results::frozen_people(conn, cycle)?;
    people.retain(|p| submitted.get(&p.employee_no) == Some(&p.included_reason));
    Ok(people)
}

/// People by their numbers in the database, in order of name.
pub fn people(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Person>> {
    Ok(staff::table
        .filter(staff::id.eq_any(ids))
        .order((staff::sort_key, staff::id))
        .select((staff::id, staff::employee_no, staff::name, staff::name_en))
        .load(conn)?)
}

/// The sheets of the person, the manager and earlier managers, with the ratings of those submitted or given back.
pub fn sheets(conn: &mut Conn, evaluation: &Evaluation) -> Result<Vec<(Sheet, Vec<Rating>)>> {
    let Some(panel_id) = evaluation.panel_id else {
        return Ok(Vec::new());
    };
    let sheets = panels::sheets(conn, &[panel_id])?;
    let ids: Vec<i64> = sheets.iter().map(|s| s.id).collect();
    let mut ratings = panels::ratings(conn, &ids)?;
    Ok(sheets
        .into_iter()
        .map(|sheet| {
            let rated = ratings.remove(&sheet.id).unwrap_or_default();
            (sheet, rated)
        })
        .collect())
}
