//! How a goal sheet is agreed and revised: one side proposes, the other answers, and only what both agree to
//! reaches the versions that are scored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::accounts::store as accounts;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::sheets::{self, NewItem, SheetVersion};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    goal_item, goal_proposal, goal_sheet, goal_sheet_version as version, qualitative_goal,
    reporting_line, staff,
};
use crate::error::{Error, Message, Result};
use crate::goals::model::sheet::{
    Change, Item, PlannedItem, Side, Span, Standing, Subject, Terms, change,
};
use crate::goals::store::numbers;
use crate::insert_all;

/// Proposals that a page shows, the newest.
const SHOWN: i64 = 50;

/// A proposal as stored.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub id: i64,
    pub valid_from: NaiveDate,
    pub by: Side,
    /// Login.
    pub proposed_by: String,
    /// Names; none of an account without a staff record.
    pub proposer: Option<(String, String)>,
    pub terms: Terms,
    pub reason: String,
    pub standing: Standing,
    pub answer: String,
    pub created_at: NaiveDateTime,
    pub decided_at: Option<NaiveDateTime>,
}

/// Somebody's sheet with what was proposed for it.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub id: i64,
    pub row_version: i32,
    /// In order of their days.
    pub versions: Vec<SheetVersion>,
    /// The newest first.
    pub proposals: Vec<Proposal>,
}

impl Sheet {
    /// The proposal that waits for an answer.
    #[must_use]
    pub fn open(&self) -> Option<&Proposal> {
        self.proposals
            .iter()
            .find(|proposal| proposal.standing == Standing::Open)
    }

    /// Whether both sides agree to all of it.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.versions.iter().all(|version| version.agreed)
    }

    /// What a proposal that holds from `day` would change.
    #[must_use]
    pub fn change(&self, cycle: &Cycle, day: NaiveDate) -> Option<Change> {
        let spans: Vec<Span> = self
            .versions
            .iter()
            .map(|version| Span {
                from: version.from,
                to: sheets::after(version.to),
                agreed: version.agreed,
            })
            .collect();
        change(&spans, day, cycle.state >= State::Tracking)
    }
}

/// What a version of a sheet says.
#[must_use]
pub fn terms_of(version: &SheetVersion) -> Terms {
    Terms {
        items: version
            .items
            .iter()
            .map(|item| Item {
                line: PlannedItem {
                    aim: item.aim,
                    kpi: item.kpi.clone(),
                    subject: item.subject,
                    weight_bp: item.weight_bp,
                },
                team_goal_id: item.team_goal_id,
            })
            .collect(),
        qualitative: version.qualitative.clone(),
    }
}

/// Somebody's sheet in a cycle; none where the cycle plans none for them.
pub fn sheet(conn: &mut Conn, cycle: &Cycle, staff_id: i64) -> Result<Option<Sheet>> {
    type Row = (
        (i64, i32),
        Option<(i64, NaiveDate, String, String)>,
        Option<(String, String)>,
        Option<(String, String, String, String)>,
        (Option<NaiveDateTime>, Option<NaiveDateTime>),
    );
    let rows: Vec<Row> = goal_sheet::table
        .left_join(goal_proposal::table)
        .left_join(staff::table.on(goal_proposal::proposer_id.eq(staff::id.nullable())))
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .filter(goal_sheet::staff_id.eq(staff_id))
        .order(goal_proposal::id.nullable().desc())
        .limit(SHOWN)
        .select((
            (goal_sheet::id, goal_sheet::row_version),
            (
                goal_proposal::id,
                goal_proposal::valid_from,
                goal_proposal::by_side,
                goal_proposal::proposed_by,
            )
                .nullable(),
            (staff::name, staff::name_en).nullable(),
            (
                goal_proposal::body_json,
                goal_proposal::reason,
                goal_proposal::state,
                goal_proposal::answer,
            )
                .nullable(),
            (
                goal_proposal::created_at.nullable(),
                goal_proposal::decided_at.nullable(),
            ),
        ))
        .load(conn)?;
    let Some(&((id, row_version), ..)) = rows.first() else {
        return Ok(None);
    };
    let mut proposals = Vec::with_capacity(rows.len());
    for (_, head, proposer, texts, (created_at, decided_at)) in rows {
        let (Some((id, valid_from, by, proposed_by)), Some(texts), Some(created_at)) =
            (head, texts, created_at)
        else {
            continue;
        };
        let (body, reason, state, answer) = texts;
        proposals.push(Proposal {
            id,
            valid_from,
            by: Side::parse(&by).unwrap_or(Side::Employee),
            proposed_by,
            proposer,
            terms: serde_json::from_str(&body)?,
            reason,
            standing: Standing::parse(&state).unwrap_or(Standing::Withdrawn),
            answer,
            created_at,
            decided_at,
        });
    }
    Ok(Some(Sheet {
        id,
        row_version,
        versions: sheets::versions_of(conn, cycle, Some(staff_id))?,
        proposals,
    }))
}

/// Who speaks about somebody's sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speaker {
    pub side: Side,
    /// Their own staff record.
    pub staff_id: Option<i64>,
}

/// Whose sheet it is: number of the record, employee number.
pub type Whose<'a> = (i64, &'a str);

/// What a proposal says.
pub struct New {
    pub terms: Terms,
    pub from: NaiveDate,
    pub reason: String,
}

/// The sheet, if it may be changed now.
///
/// # Errors
/// `NotFound` without a sheet, `Conflict` where it was changed since `seen`, or the cycle is not at this.
fn for_change(conn: &mut Conn, cycle: &Cycle, (staff_id, no): Whose, seen: i32) -> Result<Sheet> {
    if !matches!(cycle.state, State::GoalSetting | State::Tracking) {
        return Err(Error::Conflict(
            Message::new("goals-not-open").with("code", &cycle.code),
        ));
    }
    let found = sheet(conn, cycle, staff_id)?.ok_or_else(|| {
        Error::NotFound(
            Message::new("person-not-in-cycle")
                .with("no", no)
                .with("code", &cycle.code),
        )
    })?;
    if found.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(found)
}

fn subject(cycle: &Cycle, (_, no): Whose) -> String {
    format!("{}/{no}", cycle.code)
}

fn link(cycle: &Cycle, (_, no): Whose) -> String {
    format!("/cycles/{}/people/{no}/goals", cycle.code)
}

/// Proposes what the sheet is to say from a day on. An open proposal of the other side is answered by it, one of
/// one's own is taken back.
///
/// # Errors
/// As for every change of a sheet; `Invalid` where the day is none that can be changed from.
pub fn propose(
    conn: &mut Conn,
    cycle: &Cycle,
    whose: Whose,
    speaker: Speaker,
    new: &New,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    let sheet = for_change(conn, cycle, whose, seen)?;
    if sheet.change(cycle, new.from).is_none() {
        return Err(Error::invalid(Message::new("goals-day-unfit")));
    }
    if let Some(open) = sheet.open() {
        let standing = if open.by == speaker.side {
            Standing::Withdrawn
        } else {
            Standing::Countered
        };
        close(conn, open.id, standing, "", actor)?;
    }
    diesel::insert_into(goal_proposal::table)
        .values((
            goal_proposal::sheet_id.eq(sheet.id),
            goal_proposal::valid_from.eq(new.from),
            goal_proposal::by_side.eq(speaker.side.code()),
            goal_proposal::proposed_by.eq(&actor.name),
            goal_proposal::proposer_id.eq(speaker.staff_id),
            goal_proposal::body_json.eq(serde_json::to_string(&new.terms)?),
            goal_proposal::reason.eq(&new.reason),
            goal_proposal::state.eq(Standing::Open.code()),
            goal_proposal::answer.eq(""),
            goal_proposal::created_at.eq(actor.at),
        ))
        .execute(conn)?;
    bump(conn, &[sheet.id])?;
    let detail = json!({
        "from": new.from,
        "reason": new.reason,
        "side": speaker.side.code(),
        "terms": new.terms,
    });
    audit::append(
        conn,
        actor,
        "goals.propose",
        &subject(cycle, whose),
        &detail,
    )?;
    let what = Message::new("told-goals-proposed").with("cycle", &cycle.code);
    tell_other_side(conn, cycle, whose, speaker.side, &what, actor)
}

fn close(conn: &mut Conn, id: i64, to: Standing, answer: &str, actor: &Actor) -> Result<()> {
    diesel::update(goal_proposal::table.find(id))
        .set((
            goal_proposal::state.eq(to.code()),
            goal_proposal::answer.eq(answer),
            goal_proposal::decided_at.eq(actor.at),
            goal_proposal::row_version.eq(goal_proposal::row_version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

fn bump(conn: &mut Conn, sheets: &[i64]) -> Result<()> {
    diesel::update(goal_sheet::table.filter(goal_sheet::id.eq_any(sheets)))
        .set(goal_sheet::row_version.eq(goal_sheet::row_version + 1))
        .execute(conn)?;
    Ok(())
}

/// Accepts, declines or takes back the open proposal; what is accepted reaches the sheet.
///
/// # Errors
/// As for every change of a sheet; `Conflict` where there is no open proposal, or this side may not answer so.
pub fn answer(
    conn: &mut Conn,
    cycle: &Cycle,
    whose: Whose,
    speaker: Speaker,
    (to, words): (Standing, &str),
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    let sheet = for_change(conn, cycle, whose, seen)?;
    let open = sheet
        .open()
        .filter(|open| to.may_follow(open.by, speaker.side))
        .ok_or_else(|| Error::Conflict(Message::new("goals-nothing-open")))?;
    if to == Standing::Accepted {
        apply(conn, cycle, whose, &sheet, open, actor)?;
    }
    close(conn, open.id, to, words, actor)?;
    bump(conn, &[sheet.id])?;
    let detail = json!({
        "answer": words,
        "proposal": open.id,
        "side": speaker.side.code(),
        "state": to.code(),
    });
    audit::append(conn, actor, "goals.answer", &subject(cycle, whose), &detail)?;
    let key = match to {
        Standing::Accepted => "told-goals-accepted",
        Standing::Declined => "told-goals-declined",
        _ => return Ok(()),
    };
    let what = Message::new(key).with("cycle", &cycle.code);
    tell_other_side(conn, cycle, whose, speaker.side, &what, actor)
}

/// Brings what both sides agree to onto the sheet.
fn apply(
    conn: &mut Conn,
    cycle: &Cycle,
    whose: Whose,
    sheet: &Sheet,
    agreed: &Proposal,
    actor: &Actor,
) -> Result<()> {
    let unfit = || Error::Conflict(Message::new("goals-day-unfit"));
    let change = sheet.change(cycle, agreed.valid_from).ok_or_else(unfit)?;
    let running = &sheet.versions[change.at()];
    let signed = (
        version::employee_agreed_at.eq(Some(actor.at)),
        version::manager_agreed_at.eq(Some(actor.at)),
    );
    let version_id = match change {
        Change::Replace(_) => {
            let old = goal_item::table.filter(goal_item::version_id.eq(running.id));
            diesel::delete(old).execute(conn)?;
            let old = qualitative_goal::table.filter(qualitative_goal::version_id.eq(running.id));
            diesel::delete(old).execute(conn)?;
            diesel::update(version::table.find(running.id))
                .set((signed, version::reason.eq(&agreed.reason)))
                .execute(conn)?;
            running.id
        }
        Change::Split { at, from } => {
            // From the last on, so that no number is there twice.
            for later in sheet.versions[at + 1..].iter().rev() {
                diesel::update(version::table.find(later.id))
                    .set(version::version_no.eq(later.version_no + 1))
                    .execute(conn)?;
            }
            let manager: Option<i64> = version::table
                .find(running.id)
                .select(version::manager_id)
                .first(conn)?;
            diesel::update(version::table.find(running.id))
                .set(version::valid_to.eq(from))
                .execute(conn)?;
            diesel::insert_into(version::table)
                .values((
                    version::sheet_id.eq(sheet.id),
                    version::version_no.eq(running.version_no + 1),
                    version::valid_from.eq(from),
                    version::valid_to.eq(sheets::after(running.to)),
                    version::team_id.eq(running.team_id),
                    version::job_role_id.eq(running.job_role_id),
                    version::manager_id.eq(manager),
                    version::reason.eq(&agreed.reason),
                    signed,
                ))
                .returning(version::id)
                .get_result(conn)?
        }
    };
    write(conn, cycle, whose, running, version_id, &agreed.terms)
}

/// Writes what was agreed as what a version says.
fn write(
    conn: &mut Conn,
    cycle: &Cycle,
    (staff_id, _): Whose,
    running: &SheetVersion,
    version_id: i64,
    terms: &Terms,
) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = qualitative_goal)]
    #[diesel(treat_none_as_default_value = false)]
    struct NewQualitative {
        version_id: i64,
        position: i32,
        name: String,
        why: String,
        key_results_json: String,
        team_goal_id: Option<i64>,
    }
    // Figures of the quarter before are known of what stood on the sheet; others are looked up.
    let known = |item: &Item| {
        let same =
            |old: &&sheets::SheetItem| old.kpi == item.line.kpi && old.subject == item.line.subject;
        running.items.iter().find(same).map(|old| old.baseline)
    };
    let unknown: Vec<(&str, Subject)> = terms
        .items
        .iter()
        .filter(|item| known(item).is_none())
        .map(|item| (item.line.kpi.as_str(), item.line.subject))
        .collect();
    let mut looked_up = if unknown.is_empty() {
        Vec::new()
    } else {
        sheets::baseline(conn, cycle, (staff_id, running.team_id), &unknown)?
    }
    .into_iter();
    // In order of version: the newest stays.
    let kpi_ids: HashMap<String, i64> = numbers(conn)?
        .into_iter()
        .map(|(id, code)| (code, id))
        .collect();
    let mut items = Vec::with_capacity(terms.items.len());
    for (item, position) in terms.items.iter().zip(1..) {
        let baseline = match known(item) {
            Some(baseline) => baseline,
            None => looked_up.next().flatten(),
        };
        let kpi_id = kpi_ids.get(&item.line.kpi).copied().ok_or_else(|| {
            Error::Conflict(Message::new("kpi-not-found").with("code", &item.line.kpi))
        })?;
        items.push(NewItem {
            version_id,
            position,
            kpi_id,
            of_team: item.line.subject == Subject::Team,
            weight_bp: i32::try_from(item.line.weight_bp).unwrap_or_default(),
            aim_json: serde_json::to_string(&item.line.aim)?,
            baseline_json: baseline.as_ref().map(serde_json::to_string).transpose()?,
            team_goal_id: item.team_goal_id,
        });
    }
    insert_all!(conn, goal_item::table, items)?;
    let mut others = Vec::with_capacity(terms.qualitative.len());
    for (goal, position) in terms.qualitative.iter().zip(1..) {
        others.push(NewQualitative {
            version_id,
            position,
            name: goal.name.clone(),
            why: goal.why.clone(),
            key_results_json: serde_json::to_string(&goal.key_results)?,
            team_goal_id: goal.team_goal_id,
        });
    }
    insert_all!(conn, qualitative_goal::table, others)
}

/// What became of a sheet that somebody agreed to as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides agree to it now.
    Agreed,
    /// The other side has yet to agree.
    Waiting,
    /// This side had agreed before.
    Already,
    /// A proposal waits for an answer first.
    Open,
    /// It was changed since it was looked at.
    Changed,
    /// There is none.
    NoSheet,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 6] = [
        Outcome::Agreed,
        Outcome::Waiting,
        Outcome::Already,
        Outcome::Open,
        Outcome::Changed,
        Outcome::NoSheet,
    ];

    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Agreed => "agreed",
            Outcome::Waiting => "waiting",
            Outcome::Already => "already",
            Outcome::Open => "open",
            Outcome::Changed => "changed",
            Outcome::NoSheet => "none",
        }
    }

    /// The outcome of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|o| o.code() == code)
    }
}

/// Agrees for one side to the sheets of some people as they stand; with each the version that was looked at. A
/// fixed number of statements, however many they are.
///
/// # Errors
/// `Conflict` where the cycle is not at this.
pub fn agree(
    conn: &mut Conn,
    cycle: &Cycle,
    people: &[(i64, i32)],
    side: Side,
    reason: &str,
    actor: &Actor,
) -> Result<BTreeMap<i64, Outcome>> {
    if !matches!(cycle.state, State::GoalSetting | State::Tracking) {
        return Err(Error::Conflict(
            Message::new("goals-not-open").with("code", &cycle.code),
        ));
    }
    let seen: BTreeMap<i64, i32> = people.iter().copied().collect();
    let ids: Vec<i64> = seen.keys().copied().collect();
    let states = states(conn, cycle, &ids)?;
    let mut outcomes = BTreeMap::new();
    let mut sheets = Vec::new();
    for (&staff_id, &row_version) in &seen {
        let outcome = match states.get(&staff_id) {
            None => Outcome::NoSheet,
            Some(state) if state.row_version != row_version => Outcome::Changed,
            Some(state) if state.open.is_some() => Outcome::Open,
            Some(state) => {
                let (mine, theirs) = match side {
                    Side::Employee => (state.employee, state.manager),
                    Side::Manager => (state.manager, state.employee),
                };
                if mine {
                    Outcome::Already
                } else {
                    sheets.push(state.sheet_id);
                    if theirs {
                        Outcome::Agreed
                    } else {
                        Outcome::Waiting
                    }
                }
            }
        };
        outcomes.insert(staff_id, outcome);
    }
    if sheets.is_empty() {
        return Ok(outcomes);
    }
    let open = version::table.filter(version::sheet_id.eq_any(&sheets));
    match side {
        Side::Employee => diesel::update(open.filter(version::employee_agreed_at.is_null()))
            .set(version::employee_agreed_at.eq(actor.at))
            .execute(conn)?,
        Side::Manager => diesel::update(open.filter(version::manager_agreed_at.is_null()))
            .set(version::manager_agreed_at.eq(actor.at))
            .execute(conn)?,
    };
    bump(conn, &sheets)?;
    let done: BTreeSet<i64> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Agreed | Outcome::Waiting))
        .map(|(&staff_id, _)| staff_id)
        .collect();
    let numbers: Vec<String> = staff::table
        .filter(staff::id.eq_any(&done))
        .order(staff::employee_no)
        .select(staff::employee_no)
        .load(conn)?;
    let detail = json!({ "people": numbers, "reason": reason, "side": side.code() });
    audit::append(conn, actor, "goals.agree", &cycle.code, &detail)?;
    Ok(outcomes)
}

/// How far somebody's sheet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetState {
    pub sheet_id: i64,
    pub row_version: i32,
    /// Whether the person agrees to every version.
    pub employee: bool,
    /// Whether the other side does.
    pub manager: bool,
    /// Whose proposal waits for an answer.
    pub open: Option<Side>,
}

/// How far the sheets of some people are, by person.
pub fn states(conn: &mut Conn, cycle: &Cycle, people: &[i64]) -> Result<BTreeMap<i64, SheetState>> {
    type Row = (i64, i64, i32, bool, bool);
    let rows: Vec<Row> = goal_sheet::table
        .inner_join(version::table)
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .filter(goal_sheet::staff_id.eq_any(people))
        .select((
            goal_sheet::staff_id,
            goal_sheet::id,
            goal_sheet::row_version,
            version::employee_agreed_at.is_not_null(),
            version::manager_agreed_at.is_not_null(),
        ))
        .load(conn)?;
    let open: HashMap<i64, String> = goal_proposal::table
        .inner_join(goal_sheet::table)
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .filter(goal_sheet::staff_id.eq_any(people))
        .filter(goal_proposal::state.eq(Standing::Open.code()))
        .select((goal_proposal::sheet_id, goal_proposal::by_side))
        .load::<(i64, String)>(conn)?
        .into_iter()
        .collect();
    let mut states: BTreeMap<i64, SheetState> = BTreeMap::new();
    for (staff_id, sheet_id, row_version, employee, manager) in rows {
        let state = states.entry(staff_id).or_insert(SheetState {
            sheet_id,
            row_version,
            employee: true,
            manager: true,
            open: open.get(&sheet_id).and_then(|by| Side::parse(by)),
        });
        state.employee &= employee;
        state.manager &= manager;
    }
    Ok(states)
}

/// Tells the other side: the person, or whoever they report to today.
fn tell_other_side(
    conn: &mut Conn,
    cycle: &Cycle,
    whose: Whose,
    from: Side,
    what: &Message,
    actor: &Actor,
) -> Result<()> {
    let people: Vec<i64> = match from {
        Side::Manager => vec![whose.0],
        Side::Employee => managers_of(conn, &[whose.0], actor.at.date())?
            .into_values()
            .collect(),
    };
    let link = link(cycle, whose);
    let accounts_of = accounts::accounts_of(conn, &people)?;
    let told: Vec<(i64, &Message, &str)> = accounts_of
        .values()
        .flatten()
        .map(|&account_id| (account_id, what, link.as_str()))
        .collect();
    accounts::tell_all(conn, &told, actor.at)
}

/// Whom some people report to on a day.
pub fn managers_of(conn: &mut Conn, people: &[i64], day: NaiveDate) -> Result<BTreeMap<i64, i64>> {
    Ok(reporting_line::table
        .filter(reporting_line::staff_id.eq_any(people))
        .filter(reporting_line::depth.eq(1))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select((reporting_line::staff_id, reporting_line::manager_id))
        .load::<(i64, i64)>(conn)?
        .into_iter()
        .collect())
}
