//! What the pages of reports in the application read: single frozen results and what their reader may see,
//! never the whole company for one page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::de::DeserializeOwned;

use crate::access::Reach;
use crate::appraisals::model::fairness::look;
use crate::appraisals::model::result::{CycleResult, TeamResult};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::fairness;
use crate::calendar::Zone;
use crate::db::Conn;
use crate::db::schema::{appeal, cycle, evaluation, feedback, snapshot, staff, team};
use crate::error::{Error, Message, Result};
use crate::people::store::reach::{self, TeamReach};
use crate::reports::view::{Fair, Flagged, Told, open_teams};
use crate::snapshots;

/// What somebody may see of reports, as their permissions say.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Whose results.
    pub results: Option<Reach>,
    /// Whether the figures of the whole company.
    pub company: bool,
}

impl Sight {
    /// Whether everything.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.company && self.results.as_ref().is_some_and(Reach::is_everyone)
    }
}

/// The frozen result of a cycle.
pub struct Frozen {
    pub cycle: CycleResult,
    /// Version and the beginning of the hash, as printed.
    pub stamp: String,
    pub made_at: NaiveDateTime,
}

/// The frozen result of a cycle.
///
/// # Errors
/// `NotFound` when there is no such cycle, or it has none yet.
pub fn frozen(conn: &mut Conn, code: &str) -> Result<Frozen> {
    let found = snapshots::newest(conn, "cycle", code)?.ok_or_else(none)?;
    Ok(Frozen {
        cycle: found.parse()?,
        stamp: format!("{} · {}", found.version_no, &found.sha256[..12]),
        made_at: found.made_at,
    })
}

/// There is no such report, or none within reach.
#[must_use]
pub fn none() -> Error {
    Error::NotFound(Message::new("reports-none"))
}

/// A frozen result below a cycle, with its version and when it was made.
///
/// # Errors
/// `NotFound` when there is none.
pub fn part<T: DeserializeOwned>(
    conn: &mut Conn,
    kind: &str,
    cycle: &str,
    code: &str,
) -> Result<(T, i64, NaiveDateTime)> {
    let subject = format!("{cycle}/{code}");
    let found = snapshots::newest(conn, kind, &subject)?.ok_or_else(none)?;
    Ok((found.parse()?, found.version_no.into(), found.made_at))
}

/// Teams of a cycle as a reader may see them.
#[derive(Clone, Debug, Default)]
pub struct Teams {
    /// With the names of their people.
    pub named: BTreeSet<String>,
    /// All, those without names too.
    pub seen: BTreeSet<String>,
}

/// The teams of a cycle that a reader may see: at most six queries.
pub fn teams(conn: &mut Conn, sight: &Sight, cycle: &CycleResult) -> Result<Teams> {
    let all = || cycle.teams.iter().map(|t| t.code.clone());
    let named: BTreeSet<String> = match &sight.results {
        Some(results) => match reach::teams(conn, results)? {
            TeamReach::Every => all().collect(),
            TeamReach::These(ids) if ids.is_empty() => BTreeSet::new(),
            TeamReach::These(ids) => {
                let codes: BTreeSet<String> = team::table
                    .filter(team::id.eq_any(ids.into_iter().collect::<Vec<i64>>()))
                    .select(team::code)
                    .load::<String>(conn)?
                    .into_iter()
                    .collect();
                all().filter(|code| codes.contains(code)).collect()
            }
        },
        None => BTreeSet::new(),
    };
    let mut seen = named.clone();
    if sight.company {
        let open = open_teams(&cycle.teams, cycle.group.headcount);
        seen.extend(open.into_iter().map(str::to_string));
    }
    Ok(Teams { named, seen })
}

/// The results of teams, in order of code.
pub fn team_results(
    conn: &mut Conn,
    cycle: &str,
    codes: &BTreeSet<String>,
) -> Result<Vec<TeamResult>> {
    let heads = snapshots::newest_under(conn, "team", cycle)?;
    let ids: Vec<i64> = heads
        .iter()
        .filter(|h| {
            let code = h.subject.split_once('/').map_or("", |(_, code)| code);
            codes.contains(code)
        })
        .map(|h| h.id)
        .collect();
    let bodies = snapshots::bodies(conn, &ids)?;
    bodies.iter().map(|b| b.parse()).collect()
}

/// When the result of somebody in a cycle was released; none before.
pub fn released(conn: &mut Conn, code: &str, staff_id: i64) -> Result<Option<NaiveDateTime>> {
    let found: Option<Option<NaiveDateTime>> = evaluation::table
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .filter(cycle::code.eq(code))
        .filter(evaluation::staff_id.eq(staff_id))
        .select(evaluation::released_at)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// A cycle in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: i64,
    pub code: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: String,
    pub frozen: bool,
    /// Whether there is a result of the reader's own, and they may read it.
    pub own: bool,
}

/// Cycles, the last first, before a day if one is given: three queries.
pub fn cycles(
    conn: &mut Conn,
    me: Option<i64>,
    before: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let mut query = cycle::table
        .select((
            cycle::id,
            cycle::code,
            cycle::starts_on,
            cycle::ends_on,
            cycle::state,
        ))
        .order(cycle::ends_on.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(cycle::ends_on.lt(before));
    }
    type Row = (i64, String, NaiveDate, NaiveDate, String);
    let rows: Vec<Row> = query.load(conn)?;
    let codes: Vec<&str> = rows.iter().map(|r| r.1.as_str()).collect();
    let frozen: Vec<String> = snapshot::table
        .filter(snapshot::kind.eq("cycle"))
        .filter(snapshot::subject.eq_any(codes))
        .select(snapshot::subject)
        .distinct()
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let own: Vec<i64> = match me {
        Some(me) => evaluation::table
            .filter(evaluation::staff_id.eq(me))
            .filter(evaluation::cycle_id.eq_any(&ids))
            .filter(evaluation::released_at.is_not_null())
            .select(evaluation::cycle_id)
            .load(conn)?,
        None => Vec::new(),
    };
    Ok(rows
        .into_iter()
        .map(|(id, code, starts_on, ends_on, state)| Listed {
            frozen: frozen.contains(&code),
            own: own.contains(&id),
            id,
            code,
            starts_on,
            ends_on,
            state,
        })
        .collect())
}

/// Those of some employees whom a reader reaches: one query.
pub fn reached(conn: &mut Conn, reach: &Reach, numbers: &[&str]) -> Result<BTreeSet<String>> {
    let query = staff::table
        .filter(staff::employee_no.eq_any(numbers))
        .select(staff::employee_no)
        .into_boxed();
    let found: Vec<String> = crate::within!(query, staff::id, reach).load(conn)?;
    Ok(found.into_iter().collect())
}

/// What was said with the released results of a cycle, by employee number: of everybody, or of one.
pub fn told(
    conn: &mut Conn,
    code: &str,
    only: Option<&str>,
    zone: Zone,
) -> Result<BTreeMap<String, Told>> {
    type Row = (String, String, String, Option<NaiveDateTime>, String);
    let mut query = feedback::table
        .inner_join(evaluation::table.on(evaluation::id.eq(feedback::evaluation_id)))
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .filter(cycle::code.eq(code))
        .filter(evaluation::released_at.is_not_null())
        .select((
            staff::employee_no,
            feedback::suggestions,
            feedback::support,
            feedback::acknowledged_at,
            feedback::statement,
        ))
        .into_boxed();
    if let Some(no) = only {
        query = query.filter(staff::employee_no.eq(no));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(no, suggestions, support, read_at, statement)| {
            let told = Told {
                suggestions,
                support,
                statement: read_at.map_or_else(String::new, |_| statement),
                read_on: read_at.map(|at| zone.local_date(at).to_string()),
            };
            (no, told)
        })
        .collect())
}

/// How fair a cycle looks and what became of its appeals; none where nobody reviews. Three queries.
pub fn fair(conn: &mut Conn, found: &Cycle, day: NaiveDate) -> Result<Option<Fair>> {
    if !found.rules.reviews {
        return Ok(None);
    }
    let looked = look(&fairness::ratings(conn, found, &Reach::operator(day))?);
    let flagged: Vec<_> = looked
        .raters
        .iter()
        .filter(|rater| !rater.flags.is_empty())
        .collect();
    let ids: Vec<i64> = flagged.iter().map(|rater| rater.rater_id).collect();
    let mut names = fairness::names(conn, &ids)?;
    let mut flagged: Vec<(String, Flagged)> = flagged
        .into_iter()
        .filter_map(|rater| {
            let (no, name, name_en) = names.remove(&rater.rater_id)?;
            let flags = rater.flags.clone();
            Some((
                no,
                Flagged {
                    name,
                    name_en,
                    flags,
                },
            ))
        })
        .collect();
    flagged.sort_by(|a, b| a.0.cmp(&b.0));
    let decisions: Vec<Option<String>> = appeal::table
        .inner_join(evaluation::table.on(evaluation::id.eq(appeal::evaluation_id)))
        .filter(evaluation::cycle_id.eq(found.id))
        .select(appeal::decision)
        .load(conn)?;
    let decided = |code: &str| {
        let same = decisions.iter().filter(|d| d.as_deref() == Some(code));
        same.count() as i64
    };
    Ok(Some(Fair {
        raters: looked.raters.len() as i64,
        flagged: flagged.into_iter().map(|(_, rater)| rater).collect(),
        filed: decisions.len() as i64,
        upheld: decided("upheld"),
        amended: decided("amended"),
    }))
}
