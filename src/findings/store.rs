//! Findings in the database: added once, listed by reach, told, decided upon.

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde_json::json;

use crate::access::{Narrow, Reach};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{evaluation, finding, plan, staff, team};
use crate::error::{Error, Message, Result};
use crate::findings::model::{
    About, Details, Kind, NewFinding, Response, Source, State, Warning, Words, code, number,
};
use crate::keys::{self, end_of};
use crate::people::store::reach::{self, TeamReach, line_of, people_of};
use crate::with_conn;

/// Findings of one statement, far below any limit on its binds.
const ROWS_PER_STATEMENT: usize = 500;

#[derive(Insertable)]
#[diesel(table_name = finding)]
#[diesel(treat_none_as_default_value = false)]
struct Insert<'a> {
    kind: &'static str,
    measure: &'a str,
    staff_id: Option<i64>,
    team_id: Option<i64>,
    day: i32,
    details_json: String,
    state: &'static str,
    importance: i32,
    urgency: i32,
    dedupe_key: &'a str,
    found_at: NaiveDateTime,
    title: Option<&'a str>,
    body: Option<&'a str>,
    evaluation_id: Option<i64>,
    kpi_id: Option<i64>,
    owner_id: Option<i64>,
    complaint_id: Option<i64>,
    quality_review_id: Option<i64>,
    likelihood: Option<i32>,
    response: Option<&'static str>,
}

fn insert(new: &NewFinding, at: NaiveDateTime) -> Result<Insert<'_>> {
    let (staff_id, team_id) = match new.about {
        About::Person(id) => (Some(id), None),
        About::Team(id) => (None, Some(id)),
        About::Company => (None, None),
    };
    Ok(Insert {
        kind: new.kind.code(),
        measure: &new.measure,
        staff_id,
        team_id,
        day: new.day,
        details_json: new.details.json()?,
        state: State::Open.code(),
        importance: new.words.importance,
        urgency: new.words.urgency,
        dedupe_key: &new.dedupe_key,
        found_at: at,
        title: new.words.title.as_deref(),
        body: new.words.body.as_deref(),
        evaluation_id: new.evidence.evaluation_id,
        kpi_id: new.evidence.kpi_id,
        owner_id: new.words.owner_id,
        complaint_id: new.evidence.complaint_id,
        quality_review_id: new.evidence.quality_review_id,
        likelihood: new.words.likelihood,
        response: new.words.response.map(Response::code),
    })
}

/// Stores what has not been found before; says how many that were.
pub fn add(conn: &mut Conn, found: &[NewFinding], at: NaiveDateTime) -> Result<usize> {
    let rows = found
        .iter()
        .map(|new| insert(new, at))
        .collect::<Result<Vec<Insert>>>()?;
    let mut added = 0;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        added += with_conn!(conn, c => {
            diesel::insert_into(finding::table)
                .values(chunk)
                .on_conflict(finding::dedupe_key)
                .do_nothing()
                .execute(c)?
        });
    }
    Ok(added)
}

/// Stores what somebody tells; gives its number.
pub fn tell(conn: &mut Conn, new: &NewFinding, actor: &Actor) -> Result<i64> {
    let id = diesel::insert_into(finding::table)
        .values(insert(new, actor.at)?)
        .returning(finding::id)
        .get_result(conn)?;
    audit::append(
        conn,
        actor,
        "finding.tell",
        &format!("finding:{id}"),
        &json!({ "kind": new.kind.code(), "about": new.about.key(), "title": new.words.title }),
    )?;
    Ok(id)
}

/// What was found of a kind about days from `day` on: measure, about whom, its details.
pub fn known_since(
    conn: &mut Conn,
    kind: Kind,
    day: i32,
) -> Result<Vec<(String, About, i32, Warning)>> {
    type Stored = (String, Option<i64>, Option<i64>, i32, String);
    let rows: Vec<Stored> = finding::table
        .filter(finding::kind.eq(kind.code()))
        .filter(finding::day.ge(day))
        .select((
            finding::measure,
            finding::staff_id,
            finding::team_id,
            finding::day,
            finding::details_json,
        ))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(measure, staff_id, team_id, day, details)| {
            let about = staff_id.map(About::Person).or(team_id.map(About::Team))?;
            Some((measure, about, day, details))
        })
        .map(|(measure, about, day, details)| {
            Ok((measure, about, day, serde_json::from_str(&details)?))
        })
        .collect()
}

/// The keys of what was found of a kind about days from `day` on.
pub fn keys_since(conn: &mut Conn, kind: Kind, day: i32) -> Result<Vec<String>> {
    Ok(finding::table
        .filter(finding::kind.eq(kind.code()))
        .filter(finding::day.ge(day))
        .select(finding::dedupe_key)
        .load(conn)?)
}

/// Number, Chinese name, English name.
pub type Named = (String, String, String);

/// A finding of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub id: i64,
    pub kind: Kind,
    /// Code of the measure; empty where there is none.
    pub measure: String,
    pub day: i32,
    pub details: Details,
    pub state: State,
    pub words: Words,
    pub evidence: Source,
    pub found_at: NaiveDateTime,
    pub row_version: i32,
    /// Number of the person or the team it is about.
    pub about: About,
    pub staff: Option<Named>,
    pub team: Option<Named>,
    /// Code of the plan made of it.
    pub plan: Option<String>,
}

impl Finding {
    /// Where it stands in its list.
    #[must_use]
    pub fn key(&self) -> Key {
        Key {
            importance: self.words.importance,
            urgency: self.words.urgency,
            id: self.id,
        }
    }

    /// How it is called.
    #[must_use]
    pub fn code(&self) -> String {
        code(self.id)
    }
}

/// Where a page of the list is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub importance: i32,
    pub urgency: i32,
    pub id: i64,
}

/// Where a page of the list begins.
pub type Start = keys::Start<Key>;

/// What narrows the list beside reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub state: State,
    /// The register.
    pub kind: Option<Kind>,
    /// A cell of the matrix: importance and urgency.
    pub cell: Option<(i32, i32)>,
    /// A code, or the beginning of a title, a name, an employee's number or a team's code.
    pub q: String,
}

impl Filter {
    /// Everything of a state.
    #[must_use]
    pub fn of(state: State) -> Filter {
        Filter {
            state,
            kind: None,
            cell: None,
            q: String::new(),
        }
    }
}

type Stored = (
    (i64, String, String, i32, String, String),
    (i32, i32, NaiveDateTime, i32, Option<i64>, Option<i64>),
    (
        Option<String>,
        Option<String>,
        Option<i32>,
        Option<String>,
        Option<i64>,
    ),
    (Option<i64>, Option<i64>, Option<i64>, Option<i64>),
    Option<Named>,
    Option<Named>,
    Option<String>,
);

macro_rules! joined {
    () => {
        finding::table
            .left_join(staff::table.on(finding::staff_id.eq(staff::id.nullable())))
            .left_join(team::table.on(finding::team_id.eq(team::id.nullable())))
            .left_join(plan::table.on(finding::plan_id.eq(plan::id.nullable())))
    };
}

macro_rules! selected {
    ($query:expr) => {
        $query
            .select((
                (
                    finding::id,
                    finding::kind,
                    finding::measure,
                    finding::day,
                    finding::details_json,
                    finding::state,
                ),
                (
                    finding::importance,
                    finding::urgency,
                    finding::found_at,
                    finding::row_version,
                    finding::staff_id,
                    finding::team_id,
                ),
                (
                    finding::title,
                    finding::body,
                    finding::likelihood,
                    finding::response,
                    finding::owner_id,
                ),
                (
                    finding::evaluation_id,
                    finding::kpi_id,
                    finding::complaint_id,
                    finding::quality_review_id,
                ),
                (staff::employee_no, staff::name, staff::name_en).nullable(),
                (team::code, team::name_zh, team::name_en).nullable(),
                plan::code.nullable(),
            ))
            .into_boxed()
    };
}

/// Narrows findings to the people and teams a reader reaches. Of a result of one's own nobody learns from
/// a finding before it is released.
macro_rules! reached {
    ($query:expr, $reach:expr, $teams:expr) => {{
        let day = $reach.day();
        let person = finding::staff_id.assume_not_null();
        let query = match ($reach.narrow(), $teams) {
            (Narrow::Everyone, _) | (_, TeamReach::Every) => $query,
            (
                Narrow::Units {
                    me: Some(me),
                    teams,
                },
                TeamReach::These(ids),
            ) => $query.filter(
                person
                    .eq_any(people_of(teams, day))
                    .or(person.eq_any(line_of(me, day)))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Units { me: None, teams }, TeamReach::These(ids)) => $query.filter(
                person
                    .eq_any(people_of(teams, day))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Line(me), TeamReach::These(ids)) => $query.filter(
                person
                    .eq_any(line_of(me, day))
                    .or(finding::team_id.eq_any(ids)),
            ),
            (Narrow::Own(me), _) => $query.filter(finding::staff_id.eq(me)),
            // Nobody has this number.
            (Narrow::Nobody, _) => $query.filter(finding::staff_id.eq(0)),
        };
        match $reach.me() {
            None => query,
            Some(me) => query.filter(
                finding::staff_id
                    .is_null()
                    .or(person.ne(me))
                    .or(finding::evaluation_id.is_null())
                    .or(finding::evaluation_id.assume_not_null().eq_any(
                        evaluation::table
                            .filter(evaluation::released_at.is_not_null())
                            .select(evaluation::id),
                    )),
            ),
        }
    }};
}

/// Narrows findings to what a filter asks for, its cell left out.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: &Filter = $filter;
        let query = $query.filter(finding::state.eq(filter.state.code()));
        let query = match filter.kind {
            None => query,
            Some(kind) => query.filter(finding::kind.eq(kind.code())),
        };
        match (filter.q.as_str(), number(&filter.q)) {
            ("", _) => query,
            (_, Some(id)) => query.filter(finding::id.eq(id)),
            (q, None) => query.filter(
                finding::title
                    .between(q, end_of(q))
                    .or(staff::name.between(q, end_of(q)))
                    .or(staff::name_en.between(q, end_of(q)))
                    .or(staff::employee_no.eq(q.to_uppercase()))
                    .or(team::code.eq(q.to_uppercase())),
            ),
        }
    }};
}

fn read(stored: Stored) -> Result<Option<Finding>> {
    let (first, second, words, evidence, staff, team, plan) = stored;
    let (id, kind, measure, day, details, state) = first;
    let (importance, urgency, found_at, row_version, staff_id, team_id) = second;
    let (title, body, likelihood, response, owner_id) = words;
    let (evaluation_id, kpi_id, complaint_id, quality_review_id) = evidence;
    let (Some(kind), Some(state)) = (Kind::parse(&kind), State::parse(&state)) else {
        return Ok(None);
    };
    Ok(Some(Finding {
        id,
        kind,
        measure,
        day,
        details: Details::parse(kind, &details)?,
        state,
        words: Words {
            title,
            body,
            importance,
            urgency,
            likelihood,
            response: response.as_deref().and_then(Response::parse),
            owner_id,
        },
        evidence: Source {
            evaluation_id,
            kpi_id,
            complaint_id,
            quality_review_id,
        },
        found_at,
        row_version,
        about: match (staff_id, team_id) {
            (Some(id), _) => About::Person(id),
            (None, Some(id)) => About::Team(id),
            (None, None) => About::Company,
        },
        staff,
        team,
        plan,
    }))
}

/// At most `limit` findings in reach that a filter asks for: the most important, most urgent and newest
/// first, backwards for [`Start::Before`]. The indexes (state, importance, urgency, id) and the same after
/// the kind hold them in this order. `teams` are those of the reach.
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    teams: &TeamReach,
    filter: &Filter,
    start: Start,
    limit: i64,
) -> Result<Vec<Finding>> {
    let query = filtered!(selected!(joined!()), filter);
    let query = reached!(query, reach, teams);
    let query = match filter.cell {
        None => query,
        Some((importance, urgency)) => query
            .filter(finding::importance.eq(importance))
            .filter(finding::urgency.eq(urgency)),
    };
    let query = match start {
        Start::First => query,
        Start::After(Key {
            importance,
            urgency,
            id,
        }) => query.filter(
            finding::importance
                .lt(importance)
                .or(finding::importance.eq(importance).and(
                    finding::urgency
                        .lt(urgency)
                        .or(finding::urgency.eq(urgency).and(finding::id.lt(id))),
                )),
        ),
        Start::Before(Key {
            importance,
            urgency,
            id,
        }) => query.filter(
            finding::importance
                .gt(importance)
                .or(finding::importance.eq(importance).and(
                    finding::urgency
                        .gt(urgency)
                        .or(finding::urgency.eq(urgency).and(finding::id.gt(id))),
                )),
        ),
    };
    let query = match start {
        Start::Before(_) => query.order((finding::importance, finding::urgency, finding::id)),
        _ => query.order((
            finding::importance.desc(),
            finding::urgency.desc(),
            finding::id.desc(),
        )),
    };
    let rows: Vec<Stored> = query.limit(limit).load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(read(row)?);
    }
    Ok(found)
}

/// How many findings there are of each importance and urgency, among those in reach that a filter asks for;
/// its cell is left out.
pub fn matrix(
    conn: &mut Conn,
    reach: &Reach,
    teams: &TeamReach,
    filter: &Filter,
) -> Result<Vec<(i32, i32, i64)>> {
    let query = joined!()
        .group_by((finding::importance, finding::urgency))
        .select((finding::importance, finding::urgency, count_star()))
        .into_boxed();
    let query = filtered!(query, filter);
    Ok(reached!(query, reach, teams).load(conn)?)
}

/// How many findings within reach nobody has decided about.
pub fn count_open(conn: &mut Conn, reach: &Reach) -> Result<i64> {
    let teams = reach::teams(conn, reach)?;
    let query = finding::table
        .filter(finding::state.eq(State::Open.code()))
        .select(count_star())
        .into_boxed();
    Ok(reached!(query, reach, &teams).first(conn)?)
}

/// One finding in reach.
///
/// # Errors
/// `NotFound`, the same whether there is none or it is out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, id: i64) -> Result<Finding> {
    let teams = reach::teams(conn, reach)?;
    let query = selected!(joined!()).filter(finding::id.eq(id));
    let row: Option<Stored> = reached!(query, reach, &teams).first(conn).optional()?;
    row.map(read)
        .transpose()?
        .flatten()
        .ok_or_else(|| Error::NotFound(Message::new("finding-not-found")))
}

/// The findings a plan was made of.
pub fn of_plan(conn: &mut Conn, plan_id: i64) -> Result<Vec<Finding>> {
    let rows: Vec<Stored> = selected!(joined!())
        .filter(finding::plan_id.eq(plan_id))
        .order(finding::id)
        .load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(read(row)?);
    }
    Ok(found)
}

/// Says that a plan was made of a finding; whoever makes it reaches the finding.
///
/// # Errors
/// `NotFound` out of reach, `Conflict` where another plan was made of it already.
pub fn plan_made(
    conn: &mut Conn,
    reach: &Reach,
    id: i64,
    plan_id: i64,
    actor: &Actor,
) -> Result<()> {
    let before = find(conn, reach, id)?;
    let changed = diesel::update(finding::table)
        .filter(finding::id.eq(id))
        .filter(finding::plan_id.is_null())
        .set((
            finding::plan_id.eq(plan_id),
            finding::state.eq(State::Planned.code()),
            finding::row_version.eq(before.row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("finding-planned-already")));
    }
    audit::append(
        conn,
        actor,
        "finding.plan",
        &format!("finding:{id}"),
        &json!({ "before": before.state.code(), "after": State::Planned.code(), "plan": plan_id }),
    )
}

/// Changes what is said of a finding. `row_version` is that of the page it was changed on.
///
/// # Errors
/// `NotFound` out of reach, `Conflict` when it was changed meanwhile.
pub fn reword(
    conn: &mut Conn,
    reach: &Reach,
    id: i64,
    row_version: i32,
    words: &Words,
    actor: &Actor,
) -> Result<()> {
    let before = find(conn, reach, id)?;
    let changed = diesel::update(finding::table)
        .filter(finding::id.eq(id))
        .filter(finding::row_version.eq(row_version))
        .set((
            finding::title.eq(&words.title),
            finding::body.eq(&words.body),
            finding::importance.eq(words.importance),
            finding::urgency.eq(words.urgency),
            finding::likelihood.eq(words.likelihood),
            finding::response.eq(words.response.map(Response::code)),
            finding::owner_id.eq(words.owner_id),
            finding::row_version.eq(row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("finding-changed-meanwhile")));
    }
    let told = |words: &Words| {
        json!({
            "title": words.title, "body": words.body, "importance": words.importance,
            "urgency": words.urgency, "likelihood": words.likelihood,
            "response": words.response.map(Response::code), "owner": words.owner_id,
        })
    };
    audit::append(
        conn,
        actor,
        "finding.reword",
        &format!("finding:{id}"),
        &json!({ "before": told(&before.words), "after": told(words) }),
    )
}

/// Says what becomes of a finding. `row_version` is that of the page it was decided on.
///
/// # Errors
/// `NotFound` out of reach, `Conflict` when it was changed meanwhile, `Invalid` for a state that cannot
/// follow.
pub fn decide(
    conn: &mut Conn,
    reach: &Reach,
    id: i64,
    row_version: i32,
    next: State,
    actor: &Actor,
) -> Result<()> {
    let before = find(conn, reach, id)?;
    if before.row_version == row_version && before.state.next().all(|state| state != next) {
        return Err(Error::invalid(Message::new("finding-state-impossible")));
    }
    let changed = diesel::update(finding::table)
        .filter(finding::id.eq(id))
        .filter(finding::row_version.eq(row_version))
        .set((
            finding::state.eq(next.code()),
            finding::row_version.eq(row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("finding-changed-meanwhile")));
    }
    audit::append(
        conn,
        actor,
        "finding.decide",
        &format!("finding:{id}"),
        &json!({ "before": before.state.code(), "after": next.code() }),
    )
}
