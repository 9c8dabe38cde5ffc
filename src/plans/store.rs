//! Plans in the database: who reaches them, lists, one plan with its actions and events, every change.

use chrono::{Days as CalendarDays, NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};
use serde_json::json;

use crate::access::{Narrow, Reach};
use crate::accounts::store::tell_once;
use crate::appraisals::store::due::{addressed, is_near};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{kpi, plan, plan_action, plan_event, staff, team};
use crate::due::Due;
use crate::error::{Error, Message, Result};
use crate::goals::model::Kpi;
use crate::keys::{self, end_of};
use crate::people::store::reach::{self, TeamReach, line_of, people_of};
use crate::plans::model::{
    ActionKind, ActionState, Baseline, EventBody, EventKind, Record, Scope, State, Step, Terms,
    Verdict,
};
use crate::snapshots;

/// Number, Chinese name, Latin name.
pub type Named = (String, String, String);

/// The schema of [`Record`].
const SCHEMA_NO: i32 = 1;

/// The kind of the snapshots of closed plans.
pub const SNAPSHOT: &str = "plan";

/// Which plans somebody sees, or may change.
#[derive(Clone, Debug)]
pub struct Seen {
    day: NaiveDate,
    /// The asker; 0 is nobody's number.
    me: i64,
    /// Whose line, which teams' people, or everybody's plans.
    line: i64,
    units: Vec<i64>,
    everybody: bool,
    every_team: bool,
    teams: Vec<i64>,
    processes: bool,
    /// Whoever approves a plan, and who has an action of one that is nobody's own.
    assigned: i64,
}

impl Seen {
    /// What a reader sees: plans of teams and processes by one permission, of people by another, and by
    /// either what they were given to do. Two queries for somebody with a line.
    pub fn read(conn: &mut Conn, of_groups: &Reach, of_people: Option<&Reach>) -> Result<Seen> {
        let mut seen = Seen::of(conn, of_groups, of_people)?;
        seen.assigned = seen.me;
        Ok(seen)
    }

    /// What somebody may change: what is in their reach and what they own.
    pub fn edit(conn: &mut Conn, reach: &Reach) -> Result<Seen> {
        Seen::of(conn, reach, Some(reach))
    }

    fn of(conn: &mut Conn, of_groups: &Reach, of_people: Option<&Reach>) -> Result<Seen> {
        let teams = reach::teams(conn, of_groups)?;
        let (line, units, everybody) = match of_people.map(Reach::narrow) {
            Some(Narrow::Everyone) => (0, Vec::new(), true),
            Some(Narrow::Units { me, teams }) => (me.unwrap_or_default(), teams.to_vec(), false),
            Some(Narrow::Line(me) | Narrow::Own(me)) => (me, Vec::new(), false),
            Some(Narrow::Nobody) | None => (0, Vec::new(), false),
        };
        let (every_team, teams) = match teams {
            TeamReach::Every => (true, Vec::new()),
            TeamReach::These(these) => (false, these.into_iter().collect()),
        };
        Ok(Seen {
            day: of_groups.day(),
            me: of_groups.me().unwrap_or_default(),
            line,
            units,
            everybody,
            every_team,
            teams,
            processes: of_groups.is_everyone(),
            assigned: 0,
        })
    }

    /// Whether a team's pages are theirs to open.
    #[must_use]
    pub fn holds_team(&self, team_id: i64) -> bool {
        self.every_team || self.teams.contains(&team_id)
    }

    /// The same reach without what somebody was given to do by name: what they may change.
    #[must_use]
    pub fn unassigned(&self) -> Seen {
        Seen {
            assigned: 0,
            ..self.clone()
        }
    }

    /// Every plan: for reports that the operator builds.
    #[must_use]
    pub fn operator(day: NaiveDate) -> Seen {
        Seen {
            everybody: true,
            ..Seen::groups(day)
        }
    }

    /// Every plan of some teams and of their people: for whoever leads them.
    #[must_use]
    pub fn of_teams(day: NaiveDate, teams: Vec<i64>) -> Seen {
        Seen {
            every_team: false,
            processes: false,
            units: teams.clone(),
            teams,
            ..Seen::groups(day)
        }
    }

    /// Every plan of a team or a process, and none of a person: for leadership.
    #[must_use]
    pub fn groups(day: NaiveDate) -> Seen {
        Seen {
            day,
            me: 0,
            line: 0,
            units: Vec::new(),
            everybody: false,
            every_team: true,
            teams: Vec::new(),
            processes: true,
            assigned: 0,
        }
    }
}

/// Whether a plan is among those seen. Nobody sees a plan about themselves before it is approved.
macro_rules! reached {
    ($seen:expr) => {{
        let seen: &Seen = $seen;
        let person = plan::staff_id.assume_not_null();
        let by_name = plan::owner_id
            .eq(seen.me)
            .or(plan::sponsor_id
                .is_not_null()
                .and(plan::sponsor_id.assume_not_null().eq(seen.assigned)))
            .or(plan::scope.ne(Scope::Person.code()).and(
                plan::id.eq_any(
                    plan_action::table
                        .filter(plan_action::owner_id.eq(seen.assigned))
                        .select(plan_action::plan_id),
                ),
            ));
        let of_person = plan::scope
            .eq(Scope::Person.code())
            .and(
                person
                    .eq_any(line_of(seen.line, seen.day))
                    .or(person.eq_any(people_of(&seen.units, seen.day)))
                    .or(seen.everybody.into_sql::<Bool>()),
            )
            .and(person.ne(seen.me).or(plan::state.ne(State::Draft.code())));
        let of_team = plan::scope.eq(Scope::Team.code()).and(
            plan::team_id
                .assume_not_null()
                .eq_any(&seen.teams)
                .or(seen.every_team.into_sql::<Bool>()),
        );
        let of_process = plan::scope
            .eq(Scope::Process.code())
            .and(seen.processes.into_sql::<Bool>());
        by_name.or(of_person).or(of_team).or(of_process)
    }};
}

/// A plan with everything a page shows of it at once.
#[derive(Clone, Debug)]
pub struct Plan {
    pub id: i64,
    pub code: String,
    pub terms: Terms,
    pub baseline: Option<Baseline>,
    pub state: State,
    pub asked_at: Option<NaiveDateTime>,
    pub paused_at: Option<NaiveDateTime>,
    pub reviewed_on: Option<NaiveDate>,
    pub verdict: Option<Verdict>,
    pub row_version: i32,
    /// The plan it goes on from.
    pub previous: Option<String>,
    pub staff: Option<Named>,
    pub team: Option<Named>,
    pub owner: Named,
    pub owner_left_on: Option<NaiveDate>,
    pub sponsor: Option<Named>,
    pub comparison: Option<Named>,
    pub kpi: Option<Kpi>,
}

impl Plan {
    /// Whether it is about somebody.
    #[must_use]
    pub fn is_about(&self, staff_id: Option<i64>) -> bool {
        staff_id.is_some() && self.terms.staff_id == staff_id
    }

    /// Whether the owner is still there on a day.
    #[must_use]
    pub fn owner_active(&self, day: NaiveDate) -> bool {
        self.owner_left_on.is_none_or(|left| left >= day)
    }

    /// When the next review is due; none unless it runs.
    #[must_use]
    pub fn next_review(&self) -> Option<NaiveDate> {
        if self.state != State::Doing || self.paused_at.is_some() {
            return None;
        }
        next_review(
            self.reviewed_on,
            self.terms.starts_on,
            self.terms.review_days,
        )
    }
}

fn next_review(
    reviewed_on: Option<NaiveDate>,
    starts_on: Option<NaiveDate>,
    every: i32,
) -> Option<NaiveDate> {
    let every = u64::try_from(every).ok()?;
    reviewed_on
        .or(starts_on)?
        .checked_add_days(CalendarDays::new(every))
}

/// A plan and whether its reader may change it.
#[derive(Clone, Debug)]
pub struct Found {
    pub plan: Plan,
    pub may_edit: bool,
}

type Stored = (
    (i64, String, String, String, String, String, String),
    (
        Option<i64>,
        Option<i64>,
        i64,
        Option<i64>,
        Option<i64>,
        Option<i64>,
    ),
    (
        Option<String>,
        Option<i64>,
        Option<i64>,
        Option<NaiveDate>,
        Option<NaiveDate>,
        Option<NaiveDate>,
        i32,
        Option<String>,
    ),
    (
        Option<NaiveDateTime>,
        Option<NaiveDateTime>,
        Option<NaiveDate>,
        Option<String>,
        i32,
    ),
    (Option<Named>, Option<Named>),
    (Named, Option<NaiveDate>),
    (Option<Named>, Option<Named>),
    (Option<String>, Option<String>),
    (bool, bool),
);

/// One plan in reach, by its code.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn find(conn: &mut Conn, seen: &Seen, edit: Option<&Seen>, code: &str) -> Result<Found> {
    let (owners, sponsors) = diesel::alias!(staff as owner, staff as sponsor);
    let (others, before) = diesel::alias!(team as other, plan as earlier);
    let nobody = Seen {
        every_team: false,
        processes: false,
        ..Seen::groups(seen.day)
    };
    let edit = edit.unwrap_or(&nobody);
    let row: Option<Stored> = plan::table
        .left_join(staff::table.on(plan::staff_id.eq(staff::id.nullable())))
        .left_join(team::table.on(plan::team_id.eq(team::id.nullable())))
        .inner_join(owners.on(plan::owner_id.eq(owners.field(staff::id))))
        .left_join(sponsors.on(plan::sponsor_id.eq(sponsors.field(staff::id).nullable())))
        .left_join(others.on(plan::comparison_team_id.eq(others.field(team::id).nullable())))
        .left_join(before.on(plan::previous_id.eq(before.field(plan::id).nullable())))
        .left_join(kpi::table.on(plan::kpi_id.eq(kpi::id.nullable())))
        .filter(plan::code.eq(code))
        .select((
            (
                plan::id,
                plan::code,
                plan::scope,
                plan::state,
                plan::title,
                plan::problem,
                plan::causes_json,
            ),
            (
                plan::staff_id,
                plan::team_id,
                plan::owner_id,
                plan::sponsor_id,
                plan::kpi_id,
                plan::comparison_team_id,
            ),
            (
                plan::baseline_json,
                plan::min_effect_u,
                plan::target_u,
                plan::starts_on,
                plan::check_from,
                plan::ends_on,
                plan::review_days,
                plan::standard_json,
            ),
            (
                plan::asked_at,
                plan::paused_at,
                plan::reviewed_on,
                plan::verdict,
                plan::row_version,
            ),
            (
                (staff::employee_no, staff::name, staff::name_en).nullable(),
                (team::code, team::name_zh, team::name_en).nullable(),
            ),
            (
                owners.fields((staff::employee_no, staff::name, staff::name_en)),
                owners.field(staff::left_on),
            ),
            (
                sponsors
                    .fields((staff::employee_no, staff::name, staff::name_en))
                    .nullable(),
                others
                    .fields((team::code, team::name_zh, team::name_en))
                    .nullable(),
            ),
            (
                before.field(plan::code).nullable(),
                kpi::body_json.nullable(),
            ),
            (
                reached!(seen).assume_not_null(),
                reached!(edit).assume_not_null(),
            ),
        ))
        .first(conn)
        .optional()?;
    let missing = || Error::NotFound(Message::new("plan-not-found").with("code", code));
    let row = row.filter(|row| row.8.0).ok_or_else(missing)?;
    let may_edit = row.8.1;
    let plan = read(row)?;
    let own = plan.is_about(Some(seen.me));
    Ok(Found {
        may_edit: may_edit && !own,
        plan,
    })
}

fn unreadable(what: &str) -> Error {
    Error::Internal(format!("a plan is stored with an unknown {what}").into())
}

fn read(stored: Stored) -> Result<Plan> {
    let (first, numbers, terms, moments, about, owner, others, texts, _) = stored;
    let (id, code, scope, state, title, problem, causes) = first;
    let (staff_id, team_id, owner_id, sponsor_id, kpi_id, comparison_team_id) = numbers;
    let (baseline, min_effect_u, target_u, starts_on, check_from, ends_on, review_days, standard) =
        terms;
    let (asked_at, paused_at, reviewed_on, verdict, row_version) = moments;
    let parsed = |json: Option<String>| json.map(|json| serde_json::from_str(&json)).transpose();
    Ok(Plan {
        id,
        code,
        terms: Terms {
            scope: Scope::parse(&scope).ok_or_else(|| unreadable("scope"))?,
            staff_id,
            team_id,
            owner_id,
            sponsor_id,
            title,
            kpi_id,
            problem,
            causes: serde_json::from_str(&causes)?,
            comparison_team_id,
            min_effect_u,
            target_u,
            starts_on,
            check_from,
            ends_on,
            review_days,
            standard: standard
                .map(|json| serde_json::from_str(&json))
                .transpose()?,
        },
        baseline: parsed(baseline)?,
        state: State::parse(&state).ok_or_else(|| unreadable("state"))?,
        asked_at,
        paused_at,
        reviewed_on,
        verdict: verdict.as_deref().and_then(Verdict::parse),
        row_version,
        previous: texts.0,
        staff: about.0,
        team: about.1,
        owner: owner.0,
        owner_left_on: owner.1,
        sponsor: others.0,
        comparison: others.1,
        kpi: texts
            .1
            .map(|json| serde_json::from_str(&json))
            .transpose()?,
    })
}

/// An action of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub id: i64,
    pub position: i32,
    pub kind: ActionKind,
    pub body: String,
    pub owner_id: i64,
    pub owner: Named,
    pub due_on: NaiveDate,
    pub state: ActionState,
    pub done_at: Option<NaiveDateTime>,
    /// What came of it: attendance and result of a training, the answer to an offer.
    pub outcome: String,
}

/// The actions of a plan, in their order.
pub fn actions(conn: &mut Conn, plan_id: i64) -> Result<Vec<Action>> {
    type Row = (
        (i64, i32, String, String, i64, NaiveDate),
        (String, Option<NaiveDateTime>, String),
        Named,
    );
    let rows: Vec<Row> = plan_action::table
        .inner_join(staff::table.on(plan_action::owner_id.eq(staff::id)))
        .filter(plan_action::plan_id.eq(plan_id))
        .order(plan_action::position)
        .select((
            (
                plan_action::id,
                plan_action::position,
                plan_action::kind,
                plan_action::body,
                plan_action::owner_id,
                plan_action::due_on,
            ),
            (
                plan_action::state,
                plan_action::done_at,
                plan_action::outcome,
            ),
            (staff::employee_no, staff::name, staff::name_en),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |((id, position, kind, body, owner_id, due_on), rest, owner)| {
                let (state, done_at, outcome) = rest;
                Ok(Action {
                    id,
                    position,
                    kind: ActionKind::parse(&kind).ok_or_else(|| unreadable("kind of action"))?,
                    body,
                    owner_id,
                    owner,
                    due_on,
                    state: ActionState::parse(&state).ok_or_else(|| unreadable("action"))?,
                    done_at,
                    outcome,
                })
            },
        )
        .collect()
}

/// Something that happened to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: i64,
    pub kind: EventKind,
    /// UTC.
    pub happened_at: NaiveDateTime,
    pub by_login: String,
    pub body: EventBody,
    /// Whether the person is asked to acknowledge it.
    pub asks_ack: bool,
    pub acknowledged_at: Option<NaiveDateTime>,
}

/// What happened to a plan, oldest first.
pub fn events(conn: &mut Conn, plan_id: i64) -> Result<Vec<Event>> {
    type Row = (
        i64,
        String,
        NaiveDateTime,
        String,
        String,
        bool,
        Option<NaiveDateTime>,
    );
    let rows: Vec<Row> = plan_event::table
        .filter(plan_event::plan_id.eq(plan_id))
        .order((plan_event::happened_at, plan_event::id))
        .select((
            plan_event::id,
            plan_event::kind,
            plan_event::happened_at,
            plan_event::by_login,
            plan_event::body_json,
            plan_event::asks_ack,
            plan_event::acknowledged_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |(id, kind, happened_at, by_login, body, asks_ack, acknowledged_at)| {
                Ok(Event {
                    id,
                    kind: EventKind::parse(&kind).ok_or_else(|| unreadable("event"))?,
                    happened_at,
                    by_login,
                    body: serde_json::from_str(&body)?,
                    asks_ack,
                    acknowledged_at,
                })
            },
        )
        .collect()
}

/// What a closed plan is remembered by; none while it is open.
pub fn record(conn: &mut Conn, plan: &Plan) -> Result<Option<Record>> {
    if !plan.state.is_closed() {
        return Ok(None);
    }
    snapshots::newest(conn, SNAPSHOT, &plan.code)?
        .map(|snapshot| snapshot.parse())
        .transpose()
}

/// A plan of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub code: String,
    pub scope: Scope,
    pub state: State,
    pub title: String,
    pub ends_on: Option<NaiveDate>,
    pub paused: bool,
    pub verdict: Option<Verdict>,
    pub staff: Option<Named>,
    pub team: Option<Named>,
    pub owner: Named,
    pub open_actions: i64,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first.
    #[default]
    Newest,
    /// Those that end first, those without an end last.
    Due,
}

impl Sort {
    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Sort::Newest => "",
            Sort::Due => "due",
        }
    }
}

/// What narrows the list beside reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A code, or the beginning of a title, of a name, of a number of whom it is about or who owns it.
    pub q: String,
    pub state: Option<State>,
    pub scope: Option<Scope>,
    pub verdict: Option<Verdict>,
    pub sort: Sort,
}

/// Where a page of the list begins: the last day (of the sort by it) and the number of the row beside it.
pub type Start = keys::Start<(NaiveDate, i64)>;

/// The day of a plan that names none, for sorting: the last of all.
pub const NO_END: NaiveDate = NaiveDate::MAX;

type Listed = (
    (i64, String, String, String, String),
    (Option<NaiveDate>, Option<NaiveDateTime>, Option<String>),
    Option<Named>,
    Option<Named>,
    Named,
    Option<i64>,
);

macro_rules! joined {
    ($owners:expr) => {
        plan::table
            .left_join(staff::table.on(plan::staff_id.eq(staff::id.nullable())))
            .left_join(team::table.on(plan::team_id.eq(team::id.nullable())))
            .inner_join($owners.on(plan::owner_id.eq($owners.field(staff::id))))
    };
}

macro_rules! filtered {
    ($query:expr, $filter:expr, $owners:expr) => {{
        let filter: &Filter = $filter;
        let query = match filter.scope {
            None => $query,
            Some(scope) => $query.filter(plan::scope.eq(scope.code())),
        };
        let query = match filter.verdict {
            None => query,
            Some(verdict) => query.filter(plan::verdict.eq(verdict.code())),
        };
        match filter.q.as_str() {
            "" => query,
            q => query.filter(
                plan::code
                    .eq(q.to_uppercase())
                    .or(plan::title.between(q, end_of(q)))
                    .or(staff::name.between(q, end_of(q)))
                    .or(staff::name_en.between(q, end_of(q)))
                    .or(staff::employee_no.eq(q.to_uppercase()))
                    .or(team::code.eq(q.to_uppercase()))
                    .or($owners.field(staff::name).between(q, end_of(q)))
                    .or($owners.field(staff::name_en).between(q, end_of(q)))
                    .or($owners.field(staff::employee_no).eq(q.to_uppercase())),
            ),
        }
    }};
}

/// A page of at most `limit` plans that somebody sees, backwards for [`Start::Before`]: one query.
pub fn page(
    conn: &mut Conn,
    seen: &Seen,
    filter: &Filter,
    start: Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let owners = diesel::alias!(staff as owner);
    let query = joined!(owners)
        .filter(reached!(seen))
        .select((
            (plan::id, plan::code, plan::scope, plan::state, plan::title),
            (plan::ends_on, plan::paused_at, plan::verdict),
            (staff::employee_no, staff::name, staff::name_en).nullable(),
            (team::code, team::name_zh, team::name_en).nullable(),
            owners.fields((staff::employee_no, staff::name, staff::name_en)),
            plan_action::table
                .filter(plan_action::plan_id.eq(plan::id))
                .filter(plan_action::state.eq(ActionState::Open.code()))
                .select(count_star())
                .single_value(),
        ))
        .into_boxed();
    let query = filtered!(query, filter, owners);
    let query = match filter.state {
        None => query,
        Some(state) => query.filter(plan::state.eq(state.code())),
    };
    let ends = plan::ends_on.assume_not_null();
    let query = match (filter.sort, start) {
        (_, Start::First) => query,
        (Sort::Newest, Start::After((_, id))) => query.filter(plan::id.lt(id)),
        (Sort::Newest, Start::Before((_, id))) => query.filter(plan::id.gt(id)),
        (Sort::Due, Start::After((NO_END, id))) => {
            query.filter(plan::ends_on.is_null().and(plan::id.gt(id)))
        }
        (Sort::Due, Start::After((day, id))) => query.filter(
            plan::ends_on
                .is_null()
                .or(ends.gt(day))
                .or(ends.eq(day).and(plan::id.gt(id))),
        ),
        (Sort::Due, Start::Before((NO_END, id))) => {
            query.filter(plan::ends_on.is_not_null().or(plan::id.lt(id)))
        }
        (Sort::Due, Start::Before((day, id))) => {
            query.filter(ends.lt(day).or(ends.eq(day).and(plan::id.lt(id))))
        }
    };
    let back = matches!(start, Start::Before(..));
    let query = match (filter.sort, back) {
        (Sort::Newest, false) => query.order(plan::id.desc()),
        (Sort::Newest, true) => query.order(plan::id),
        // No end stands last on both databases.
        (Sort::Due, false) => query
            .order(plan::ends_on.is_null())
            .then_order_by(plan::ends_on)
            .then_order_by(plan::id),
        (Sort::Due, true) => query
            .order(plan::ends_on.is_null().desc())
            .then_order_by(plan::ends_on.desc())
            .then_order_by(plan::id.desc()),
    };
    let rows: Vec<Listed> = query.limit(limit).load(conn)?;
    rows.into_iter()
        .map(|(first, when, staff, team, owner, open)| {
            let (id, code, scope, state, title) = first;
            let (ends_on, paused_at, verdict) = when;
            Ok(Row {
                id,
                code,
                scope: Scope::parse(&scope).ok_or_else(|| unreadable("scope"))?,
                state: State::parse(&state).ok_or_else(|| unreadable("state"))?,
                title,
                ends_on,
                paused: paused_at.is_some(),
                verdict: verdict.as_deref().and_then(Verdict::parse),
                staff,
                team,
                owner,
                open_actions: open.unwrap_or_default(),
            })
        })
        .collect()
}

/// How many of the plans that somebody sees and a filter asks for are in each state.
pub fn states(conn: &mut Conn, seen: &Seen, filter: &Filter) -> Result<Vec<(State, i64)>> {
    let owners = diesel::alias!(staff as owner);
    let query = joined!(owners)
        .filter(reached!(seen))
        .group_by(plan::state)
        .select((plan::state, count_star()))
        .into_boxed();
    let rows: Vec<(String, i64)> = filtered!(query, filter, owners).load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(state, n)| Some((State::parse(&state)?, n)))
        .collect())
}

/// How many plans of people there are, by state and verdict: all that leadership learns of them.
pub fn personal(conn: &mut Conn) -> Result<Vec<(State, Option<Verdict>, i64)>> {
    let rows: Vec<(String, Option<String>, i64)> = plan::table
        .filter(plan::scope.eq(Scope::Person.code()))
        .group_by((plan::state, plan::verdict))
        .select((plan::state, plan::verdict, count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(state, verdict, n)| {
            let verdict = verdict.as_deref().and_then(Verdict::parse);
            Some((State::parse(&state)?, verdict, n))
        })
        .collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = plan, treat_none_as_null = true)]
struct Change<'a> {
    scope: &'static str,
    staff_id: Option<i64>,
    team_id: Option<i64>,
    owner_id: i64,
    sponsor_id: Option<i64>,
    title: &'a str,
    kpi_id: Option<i64>,
    problem: &'a str,
    causes_json: String,
    baseline_json: Option<String>,
    comparison_team_id: Option<i64>,
    min_effect_u: Option<i64>,
    target_u: Option<i64>,
    starts_on: Option<NaiveDate>,
    check_from: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    review_days: i32,
    standard_json: Option<String>,
    asked_at: Option<NaiveDateTime>,
    row_version: i32,
}

fn change_of<'a>(
    terms: &'a Terms,
    baseline: Option<&Baseline>,
    row_version: i32,
) -> Result<Change<'a>> {
    Ok(Change {
        scope: terms.scope.code(),
        staff_id: terms.staff_id,
        team_id: terms.team_id,
        owner_id: terms.owner_id,
        sponsor_id: terms.sponsor_id,
        title: &terms.title,
        kpi_id: terms.kpi_id,
        problem: &terms.problem,
        causes_json: serde_json::to_string(&terms.causes)?,
        baseline_json: baseline.map(serde_json::to_string).transpose()?,
        comparison_team_id: terms.comparison_team_id,
        min_effect_u: terms.min_effect_u,
        target_u: terms.target_u,
        starts_on: terms.starts_on,
        check_from: terms.check_from,
        ends_on: terms.ends_on,
        review_days: terms.review_days,
        standard_json: terms
            .standard
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?,
        // A draft that is changed is asked about anew.
        asked_at: None,
        row_version,
    })
}

/// A plan to be made.
#[derive(Clone, Debug)]
pub struct NewPlan {
    pub terms: Terms,
    pub baseline: Option<Baseline>,
    /// The plan it goes on from.
    pub previous_id: Option<i64>,
}

/// Makes a plan; gives its number and its code.
pub fn create(conn: &mut Conn, new: &NewPlan, actor: &Actor) -> Result<(i64, String)> {
    conn.lock("plan")?;
    // Plans are never deleted: the next code is one more than there are.
    let number: i64 = plan::table.select(count_star()).first(conn)?;
    let code = format!("P-{:04}", number + 1);
    let id: i64 = diesel::insert_into(plan::table)
        .values((
            plan::code.eq(&code),
            plan::scope.eq(new.terms.scope.code()),
            plan::owner_id.eq(new.terms.owner_id),
            plan::state.eq(State::Draft.code()),
            plan::title.eq(&new.terms.title),
            plan::problem.eq(&new.terms.problem),
            plan::causes_json.eq("{}"),
            plan::review_days.eq(new.terms.review_days),
            plan::previous_id.eq(new.previous_id),
        ))
        .returning(plan::id)
        .get_result(conn)?;
    diesel::update(plan::table.filter(plan::id.eq(id)))
        .set(change_of(&new.terms, new.baseline.as_ref(), 1)?)
        .execute(conn)?;
    tell(
        conn,
        id,
        EventKind::Made,
        &EventBody::default(),
        false,
        actor,
    )?;
    audit::append(
        conn,
        actor,
        "plan.make",
        &code,
        &json!({ "scope": new.terms.scope.code(), "title": new.terms.title }),
    )?;
    Ok((id, code))
}

/// Changes a draft. Of the baseline its days: the figure is counted until the approval freezes it.
///
/// # Errors
/// `Conflict` when it was changed meanwhile or is no draft any more.
pub fn change(
    conn: &mut Conn,
    plan: &Plan,
    seen: i32,
    terms: &Terms,
    baseline: Option<&Baseline>,
    actor: &Actor,
) -> Result<()> {
    let changed = diesel::update(plan::table)
        .filter(plan::id.eq(plan.id))
        .filter(plan::row_version.eq(seen))
        .filter(plan::state.eq(State::Draft.code()))
        .set(change_of(terms, baseline, seen + 1)?)
        .execute(conn)?;
    expect_one(changed)?;
    audit::append(
        conn,
        actor,
        "plan.change",
        &plan.code,
        &json!({
            "title": terms.title, "problem": terms.problem, "target_u": terms.target_u,
            "min_effect_u": terms.min_effect_u, "ends_on": terms.ends_on,
        }),
    )
}

fn expect_one(changed: usize) -> Result<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict(Message::new("form-conflict")))
    }
}

/// Makes the next version of a plan for a change of its actions.
fn touch(conn: &mut Conn, plan: &Plan, seen: i32) -> Result<()> {
    let changed = diesel::update(plan::table)
        .filter(plan::id.eq(plan.id))
        .filter(plan::row_version.eq(seen))
        .set((
            plan::row_version.eq(seen + 1),
            // A draft that is changed is asked about anew.
            plan::asked_at.eq(None::<NaiveDateTime>),
        ))
        .execute(conn)?;
    expect_one(changed)
}

fn tell(
    conn: &mut Conn,
    plan_id: i64,
    kind: EventKind,
    body: &EventBody,
    asks_ack: bool,
    actor: &Actor,
) -> Result<()> {
    diesel::insert_into(plan_event::table)
        .values((
            plan_event::plan_id.eq(plan_id),
            plan_event::kind.eq(kind.code()),
            plan_event::happened_at.eq(actor.at),
            plan_event::by_login.eq(&actor.name),
            plan_event::body_json.eq(serde_json::to_string(body)?),
            plan_event::asks_ack.eq(asks_ack),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a step that the model allows. An approval freezes the baseline as the plan has it; `record` closes
/// the plan with its verdict.
///
/// # Errors
/// `Conflict` when the plan was changed meanwhile.
pub fn step(
    conn: &mut Conn,
    plan: &Plan,
    seen: i32,
    step: Step,
    body: EventBody,
    record: Option<&Record>,
    actor: &Actor,
) -> Result<()> {
    let to = step.to().unwrap_or(plan.state);
    if let Some(record) = record {
        let body = snapshots::Body {
            subject: plan.code.clone(),
            json: snapshots::canonical(record)?,
        };
        snapshots::freeze(conn, SNAPSHOT, SCHEMA_NO, &[body], step.code(), actor)?;
    }
    let baseline = plan.baseline.as_ref().map(serde_json::to_string);
    let changed = diesel::update(plan::table)
        .filter(plan::id.eq(plan.id))
        .filter(plan::row_version.eq(seen))
        .set((
            plan::state.eq(to.code()),
            plan::baseline_json.eq(baseline.transpose()?),
            plan::asked_at.eq(match step {
                Step::Ask => Some(actor.at),
                _ => plan.asked_at,
            }),
            plan::paused_at.eq(match step {
                Step::Pause => Some(actor.at),
                Step::Resume => None,
                _ => plan.paused_at,
            }),
            plan::ends_on.eq(body.ends_on.or(plan.terms.ends_on)),
            plan::verdict.eq(record.map(|record| record.verdict.code())),
            plan::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    expect_one(changed)?;
    let body = EventBody {
        step: Some(step),
        ..body
    };
    let asks_ack = step.asks_ack(plan.terms.scope);
    tell(conn, plan.id, EventKind::Step, &body, asks_ack, actor)?;
    audit::append(
        conn,
        actor,
        "plan.step",
        &plan.code,
        &json!({ "step": step.code(), "before": plan.state.code(), "after": to.code(), "said": body }),
    )
}

/// Notes a review, an interview, a delivery or a statement. A review sets when the next is due.
///
/// # Errors
/// `Conflict` when the plan was changed meanwhile (`seen`).
pub fn note(
    conn: &mut Conn,
    plan: &Plan,
    seen: i32,
    kind: EventKind,
    body: &EventBody,
    actor: &Actor,
) -> Result<()> {
    let reviewed_on = match kind {
        EventKind::Review => body.day.or(plan.reviewed_on),
        _ => plan.reviewed_on,
    };
    let changed = diesel::update(plan::table)
        .filter(plan::id.eq(plan.id))
        .filter(plan::row_version.eq(seen))
        .set((
            plan::reviewed_on.eq(reviewed_on),
            plan::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    expect_one(changed)?;
    tell(conn, plan.id, kind, body, false, actor)?;
    audit::append(
        conn,
        actor,
        "plan.note",
        &plan.code,
        &json!({ "kind": kind.code(), "said": body }),
    )
}

/// The person says that they have read the plan as it stands, and perhaps what they think of it.
pub fn acknowledge(
    conn: &mut Conn,
    plan: &Plan,
    statement: Option<String>,
    actor: &Actor,
) -> Result<()> {
    let read = diesel::update(plan_event::table)
        .filter(plan_event::plan_id.eq(plan.id))
        .filter(plan_event::asks_ack.eq(true))
        .filter(plan_event::acknowledged_at.is_null())
        .set(plan_event::acknowledged_at.eq(actor.at))
        .execute(conn)?;
    let stated = statement.is_some();
    if stated {
        let body = EventBody {
            text: statement,
            ..EventBody::default()
        };
        tell(conn, plan.id, EventKind::Statement, &body, false, actor)?;
    }
    audit::append(
        conn,
        actor,
        "plan.acknowledge",
        &plan.code,
        &json!({ "read": read, "statement": stated }),
    )
}

/// An action to be added.
#[derive(Clone, Debug)]
pub struct NewAction {
    pub kind: ActionKind,
    pub body: String,
    pub owner_id: i64,
    pub due_on: NaiveDate,
}

/// Adds an action behind the others.
///
/// # Errors
/// `Conflict` when the plan was changed meanwhile.
pub fn add_action(
    conn: &mut Conn,
    plan: &Plan,
    seen: i32,
    new: &NewAction,
    actor: &Actor,
) -> Result<()> {
    touch(conn, plan, seen)?;
    let last: Option<i32> = plan_action::table
        .filter(plan_action::plan_id.eq(plan.id))
        .select(diesel::dsl::max(plan_action::position))
        .first(conn)?;
    diesel::insert_into(plan_action::table)
        .values((
            plan_action::plan_id.eq(plan.id),
            plan_action::position.eq(last.unwrap_or(0) + 1),
            plan_action::kind.eq(new.kind.code()),
            plan_action::body.eq(&new.body),
            plan_action::owner_id.eq(new.owner_id),
            plan_action::due_on.eq(new.due_on),
            plan_action::state.eq(ActionState::Open.code()),
            plan_action::outcome.eq(""),
        ))
        .execute(conn)?;
    audit::append(
        conn,
        actor,
        "plan.action",
        &plan.code,
        &json!({ "added": new.body, "kind": new.kind.code(), "owner": new.owner_id, "due": new.due_on }),
    )
}

/// Says what became of an action.
///
/// # Errors
/// `Conflict` when the plan or one of its actions was changed meanwhile.
pub fn set_action(
    conn: &mut Conn,
    plan: &Plan,
    action: &Action,
    seen: i32,
    state: ActionState,
    outcome: &str,
    actor: &Actor,
) -> Result<()> {
    touch(conn, plan, seen)?;
    diesel::update(plan_action::table.filter(plan_action::id.eq(action.id)))
        .set((
            plan_action::state.eq(state.code()),
            plan_action::outcome.eq(outcome),
            plan_action::done_at.eq(match state {
                ActionState::Done => Some(actor.at),
                ActionState::Open | ActionState::Dropped => None,
            }),
        ))
        .execute(conn)?;
    audit::append(
        conn,
        actor,
        "plan.action",
        &plan.code,
        &json!({
            "position": action.position, "before": action.state.code(), "after": state.code(),
            "outcome": outcome,
        }),
    )
}

fn link(code: &str) -> String {
    format!("/plans/{code}")
}

/// Something a plan waits for, as it is read.
#[derive(Clone, Debug, QueryableByName)]
struct Waiting {
    /// Staff number of whoever is to do it.
    #[diesel(sql_type = BigInt)]
    owner_id: i64,
    /// Key of its text.
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    plan: String,
    /// What an action says.
    #[diesel(sql_type = Text)]
    action: String,
    /// Whom the plan is about.
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    name_en: Option<String>,
    /// The day of an action, of the review before, of the beginning.
    #[diesel(sql_type = Nullable<Date>)]
    due_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    reviewed_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    starts_on: Option<NaiveDate>,
    #[diesel(sql_type = Integer)]
    review_days: i32,
}

/// What plans can wait for.
const WAITING: [&str; 5] = [
    "due-plan-action",
    "due-plan-approve",
    "due-plan-review",
    "due-plan-verdict",
    "due-plan-acknowledge",
];

/// What plans wait for from one person or from everybody: open actions, approvals, reviews and verdicts, and what
/// somebody has not acknowledged of their own plan. One query.
fn waiting(conn: &mut Conn, me: Option<i64>, today: NaiveDate) -> Result<Vec<(Waiting, Due)>> {
    let part = |what: &str, owner: &str, action: &str, day: &str, from: &str| {
        // A number of our own: nothing that anybody typed.
        let mine = me.map_or_else(
            || format!("{owner} is not null"),
            |me| format!("{owner} = {me}"),
        );
        format!(
            "select {owner} as owner_id, '{what}' as what, p.code as plan, {action} as action, \
             s.name, s.name_en, {day} as due_on, p.reviewed_on, p.starts_on, p.review_days \
             from {from} left join staff s on s.id = p.staff_id \
             where p.paused_at is null and {mine}"
        )
    };
    let none = "cast(null as date)";
    let [action, approve, review, verdict, acknowledge] = WAITING;
    let (approved, doing, draft, checking) = (
        State::Approved.code(),
        State::Doing.code(),
        State::Draft.code(),
        State::Checking.code(),
    );
    let open = ActionState::Open.code();
    let parts = [
        format!(
            "{} and a.state = '{open}' and p.state in ('{approved}', '{doing}')",
            part(
                action,
                "a.owner_id",
                "a.body",
                "a.due_on",
                "plan_action a join plan p on p.id = a.plan_id"
            )
        ),
        format!(
            "{} and p.state = '{draft}' and p.asked_at is not null",
            part(approve, "p.sponsor_id", "''", none, "plan p")
        ),
        format!(
            "{} and p.state = '{doing}'",
            part(review, "p.owner_id", "''", none, "plan p")
        ),
        format!(
            "{} and p.state = '{checking}' and p.ends_on < '{today}'",
            part(verdict, "p.owner_id", "''", none, "plan p")
        ),
        // What is to be acknowledged waits also while the plan rests.
        format!(
            "select p.staff_id as owner_id, '{acknowledge}' as what, p.code as plan, '' as action, \
             null as name, null as name_en, {none} as due_on, p.reviewed_on, p.starts_on, \
             p.review_days from plan p where {} \
             and exists (select 1 from plan_event e where e.plan_id = p.id \
                         and e.asks_ack and e.acknowledged_at is null)",
            me.map_or_else(
                || "p.staff_id is not null".to_string(),
                |me| format!("p.staff_id = {me}")
            )
        ),
    ];
    let mut found: Vec<Waiting> = diesel::sql_query(parts.join(" union all ")).load(conn)?;
    let place = |what: &str| WAITING.iter().position(|key| *key == what);
    found.sort_by(|a, b| {
        let key = |w: &Waiting| (place(&w.what), w.due_on, w.plan.clone());
        key(a).cmp(&key(b))
    });
    Ok(found
        .into_iter()
        .filter_map(|one| {
            let key = WAITING.into_iter().find(|key| *key == one.what)?;
            let what = Message::new(key).with("plan", &one.plan);
            let due = Due {
                what: if key == action {
                    what.with("action", &one.action)
                } else {
                    what
                },
                whom: one.name.clone().zip(one.name_en.clone()),
                by: if key == review {
                    next_review(one.reviewed_on, one.starts_on, one.review_days)
                } else {
                    one.due_on
                },
                link: link(&one.plan),
            };
            Some((one, due))
        })
        .collect())
}

/// What plans wait for from somebody. One query.
pub fn due(conn: &mut Conn, staff_id: i64, today: NaiveDate) -> Result<Vec<Due>> {
    let found = waiting(conn, Some(staff_id), today)?;
    Ok(found.into_iter().map(|(_, due)| due).collect())
}

/// Reminds whoever has an action to do or a review to hold whose day is near, once. Returns how many messages were
/// written.
pub fn remind_all(conn: &mut Conn, today: NaiveDate, now: NaiveDateTime) -> Result<usize> {
    let wanted = waiting(conn, None, today)?
        .into_iter()
        .filter_map(|(one, due)| {
            let by = due.by.filter(|by| is_near(*by, today))?;
            let told = match due.what.key {
                "due-plan-action" => Message::new("told-due-plan-action")
                    .with("action", &one.action)
                    .with("by", by)
                    .with("plan", &one.plan),
                "due-plan-review" => Message::new("told-due-plan-review")
                    .with("by", by)
                    .with("plan", &one.plan),
                _ => return None,
            };
            Some((one.owner_id, told, due.link))
        })
        .collect();
    let notices = addressed(conn, wanted)?;
    tell_once(conn, &notices, now)
}
