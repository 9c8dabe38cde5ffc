//! Reach in queries: who is below whom, kept as the closure of the postings, and the macro that narrows a
//! query about people to what its reader may see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::dsl::auto_type;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use crate::access::{Narrow, Reach};
use crate::db::Conn;
use crate::db::schema::{posting, reporting_line, staff, team_link};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::people::groups::{self, TeamHeads};
use crate::people::model::{Line, Posting, Seat, lines_of};
use crate::people::store::{Staff, Team, TeamLink};

/// The numbers of everybody below somebody on a day, oneself included.
#[auto_type(no_type_alias)]
pub fn line_of(me: i64, day: NaiveDate) -> _ {
    reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .select(reporting_line::staff_id)
}

/// The numbers of everybody in some teams on a day.
#[auto_type(no_type_alias)]
pub fn people_of<'a>(teams: &'a [i64], day: NaiveDate) -> _ {
    let teams: &'a [i64] = teams;
    posting::table
        .filter(posting::team_id.eq_any(teams))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .select(posting::staff_id)
}

/// Narrows a boxed query to the people a reader reaches; `column` holds the number of a staff record.
#[macro_export]
macro_rules! within {
    ($query:expr, $column:expr, $reach:expr) => {{
        use diesel::prelude::*;
        use $crate::people::store::reach::{line_of, people_of};
        let day = $reach.day();
        match $reach.narrow() {
            $crate::access::Narrow::Everyone => $query,
            $crate::access::Narrow::Units {
                me: Some(me),
                teams,
            } => $query.filter(
                $column
                    .eq_any(people_of(teams, day))
                    .or($column.eq_any(line_of(me, day))),
            ),
            $crate::access::Narrow::Units { me: None, teams } => {
                $query.filter($column.eq_any(people_of(teams, day)))
            }
            $crate::access::Narrow::Line(me) => $query.filter($column.eq_any(line_of(me, day))),
            $crate::access::Narrow::Own(me) => $query.filter($column.eq(me)),
            // Nobody has this number.
            $crate::access::Narrow::Nobody => $query.filter($column.eq(0)),
        }
    }};
}

/// As [`within!`], of whoever the reader reaches today or reached on another day: the last of a cycle.
#[macro_export]
macro_rules! within_either {
    ($query:expr, $column:expr, $reach:expr, $other:expr) => {{
        use diesel::prelude::*;
        use $crate::people::store::reach::{line_of, people_of};
        let (day, other) = ($reach.day(), $other);
        match $reach.narrow() {
            $crate::access::Narrow::Everyone => $query,
            $crate::access::Narrow::Units {
                me: Some(me),
                teams,
            } => $query.filter(
                $column
                    .eq_any(people_of(teams, day))
                    .or($column.eq_any(line_of(me, day)))
                    .or($column.eq_any(people_of(teams, other)))
                    .or($column.eq_any(line_of(me, other))),
            ),
            $crate::access::Narrow::Units { me: None, teams } => $query.filter(
                $column
                    .eq_any(people_of(teams, day))
                    .or($column.eq_any(people_of(teams, other))),
            ),
            $crate::access::Narrow::Line(me) => $query.filter(
                $column
                    .eq_any(line_of(me, day))
                    .or($column.eq_any(line_of(me, other))),
            ),
            $crate::access::Narrow::Own(me) => $query.filter($column.eq(me)),
            // Nobody has this number.
            $crate::access::Narrow::Nobody => $query.filter($column.eq(0)),
        }
    }};
}

/// The employee of a number, if the reader reaches them.
///
/// # Errors
/// `NotFound`, the same whether there is no such employee or they are out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, employee_no: &str) -> Result<Staff> {
    let query = staff::table
        .filter(staff::employee_no.eq(employee_no))
        .select(Staff::as_select())
        .into_boxed();
    within!(query, staff::id, reach)
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", employee_no)))
}

/// The teams whose figures a reader may see: every team, those of a limited role, or those whose people,
/// and the people of the teams below, are all in the reader's line.
pub fn teams(conn: &mut Conn, reach: &Reach) -> Result<TeamReach> {
    Ok(match reach.narrow() {
        Narrow::Everyone => TeamReach::Every,
        Narrow::Nobody | Narrow::Own(_) => TeamReach::default(),
        Narrow::Line(me) => TeamReach::These(led_teams(conn, me, reach.day())?),
        Narrow::Units { me, teams } => {
            let mut these: BTreeSet<i64> = teams.iter().copied().collect();
            if let Some(me) = me {
                these.extend(led_teams(conn, me, reach.day())?);
            }
            TeamReach::These(these)
        }
    })
}

/// Which teams somebody reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamReach {
    Every,
    These(BTreeSet<i64>),
}

impl Default for TeamReach {
    /// No team.
    fn default() -> Self {
        TeamReach::These(BTreeSet::new())
    }
}

impl TeamReach {
    /// Whether a team is among them.
    #[must_use]
    pub fn holds(&self, team_id: i64) -> bool {
        match self {
            TeamReach::Every => true,
            TeamReach::These(ids) => ids.contains(&team_id),
        }
    }

    /// The team, if it is among them.
    ///
    /// # Errors
    /// `NotFound`, as for a team that does not exist.
    pub fn expect(&self, team_id: i64, code: &str) -> Result<()> {
        if self.holds(team_id) {
            Ok(())
        } else {
            Err(team_not_found(code))
        }
    }
}

/// There is no such team, or none in reach.
#[must_use]
pub fn team_not_found(code: &str) -> Error {
    Error::NotFound(Message::new("team-not-found").with("code", code))
}

/// A team with those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamTree {
    pub team: Team,
    /// Numbers of the team and of those below it, in order.
    pub tree: Vec<i64>,
}

#[derive(QueryableByName)]
struct Branch {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    name_zh: String,
    #[diesel(sql_type = Text)]
    name_en: String,
    #[diesel(sql_type = BigInt)]
    below: i64,
    #[diesel(sql_type = BigInt)]
    led: i64,
}

/// The team of a code with those below it, if a reader reaches it: what [`teams`] says of this one team,
/// in one query however many teams there are.
///
/// # Errors
/// `NotFound`, as for a team that does not exist.
pub fn find_team(conn: &mut Conn, reach: &Reach, code: &str) -> Result<TeamTree> {
    // Nobody has the number 0: without a line of their own nobody leads a team.
    let (whole, units, me) = match reach.narrow() {
        Narrow::Everyone => (true, &[][..], 0),
        Narrow::Units { me, teams } => (false, teams, me.unwrap_or_default()),
        Narrow::Line(me) => (false, &[][..], me),
        Narrow::Own(_) | Narrow::Nobody => (false, &[][..], 0),
    };
    let rows: Vec<Branch> = diesel::sql_query(LED_TEAM)
        .bind::<Text, _>(code)
        .bind::<Date, _>(reach.day())
        .bind::<BigInt, _>(me)
        .load(conn)?;
    let tree: Vec<i64> = rows.iter().map(|row| row.below).collect();
    match rows.into_iter().next() {
        Some(row) if whole || units.contains(&row.id) || row.led > 0 => Ok(TeamTree {
            team: Team {
                id: row.id,
                code: row.code,
                name_zh: row.name_zh,
                name_en: row.name_en,
            },
            tree,
        }),
        _ => Err(team_not_found(code)),
    }
}

/// The team of code $1, its sub-tree on day $2, and whether $3 leads it by the rule of [`led_teams`]: they
/// have people below them, some of whom (or they themselves) are in the team or above it, and nobody else
/// is in the team or below it. `union`, not `union all`, so that a circle comes to an end.
const LED_TEAM: &str = "\
    with recursive down (id) as ( \
      select id from team where code = $1 union \
      select l.team_id from team_link l join down on l.parent_id = down.id \
      where l.valid_from <= $2 and l.valid_to > $2), \
    up (id) as ( \
      select id from team where code = $1 union \
      select l.parent_id from team_link l join up on l.team_id = up.id \
      where l.valid_from <= $2 and l.valid_to > $2 and l.parent_id is not null), \
    line (id, depth) as ( \
      select r.staff_id, r.depth from reporting_line r \
      where r.manager_id = $3 and r.valid_from <= $2 and r.valid_to > $2) \
    select t.id, t.code, t.name_zh, t.name_en, down.id as below, cast(case when \
      exists (select 1 from line where depth > 0) \
      and exists (select 1 from posting where valid_from <= $2 and valid_to > $2 \
                  and team_id in (select id from up) \
                  and staff_id in (select id from line)) \
      and not exists (select 1 from posting where valid_from <= $2 and valid_to > $2 \
                      and team_id in (select id from down) \
                      and staff_id not in (select id from line)) \
      then 1 else 0 end as bigint) as led \
    from team t, down where t.code = $1 order by down.id";

/// The teams that may be shown to those outside their line on a day: two queries, as large as the tree of teams.
pub fn open_teams(conn: &mut Conn, day: NaiveDate) -> Result<BTreeSet<i64>> {
    let parents: BTreeMap<i64, Option<i64>> = team_link::table
        .filter(team_link::valid_from.le(day))
        .filter(team_link::valid_to.gt(day))
        .select((team_link::team_id, team_link::parent_id))
        .load(conn)?
        .into_iter()
        .collect();
    let own: Vec<(Option<i64>, i64)> = posting::table
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .group_by(posting::team_id)
        .select((posting::team_id, diesel::dsl::count_star()))
        .load(conn)?;
    let mut heads: BTreeMap<i64, i64> = parents.keys().map(|&team| (team, 0)).collect();
    for &(team, n) in &own {
        let mut at = team;
        // At most as many steps as teams: a circle must not become an endless walk.
        for _ in 0..=parents.len() {
            let Some(team) = at else { break };
            *heads.entry(team).or_default() += n;
            at = parents.get(&team).copied().flatten();
        }
    }
    let teams: Vec<TeamHeads<i64>> = heads
        .into_iter()
        .map(|(team, heads)| TeamHeads {
            team,
            parent: parents.get(&team).copied().flatten(),
            heads,
        })
        .collect();
    Ok(groups::open_teams(&teams, own.iter().map(|(_, n)| n).sum()))
}

/// Two queries: the tree with the teams of the line marked, then which of them hold anybody else.
fn led_teams(conn: &mut Conn, me: i64, day: NaiveDate) -> Result<BTreeSet<i64>> {
    let of_the_line = posting::table
        .filter(posting::staff_id.eq_any(line_of(me, day)))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .filter(posting::team_id.is_not_null())
        .select(posting::team_id.assume_not_null());
    let anybody = reporting_line::table
        .filter(reporting_line::manager_id.eq(me))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day));
    let links: Vec<(TeamLink, bool, bool)> = team_link::table
        .filter(team_link::valid_from.le(day))
        .filter(team_link::valid_to.gt(day))
        .select((
            TeamLink::as_select(),
            team_link::team_id.eq_any(of_the_line),
            diesel::dsl::exists(anybody),
        ))
        .load(conn)?;
    if links.first().is_none_or(|(.., leads)| !leads) {
        return Ok(BTreeSet::new());
    }
    let below = trees(links.iter().map(|(link, ..)| link));
    let concerned: BTreeSet<i64> = links
        .iter()
        .filter(|(_, mine, _)| *mine)
        .flat_map(|(link, ..)| below.get(&link.team_id).into_iter().flatten().copied())
        .collect();
    let concerned: Vec<i64> = concerned.into_iter().collect();
    let others: Vec<Option<i64>> = posting::table
        .filter(posting::team_id.eq_any(&concerned))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .filter(posting::staff_id.ne_all(line_of(me, day)))
        .select(posting::team_id)
        .distinct()
        .load(conn)?;
    let others: BTreeSet<i64> = others.into_iter().flatten().collect();
    Ok(concerned
        .into_iter()
        .filter(|team| {
            below
                .get(team)
                .is_none_or(|tree| tree.iter().all(|id| !others.contains(id)))
        })
        .collect())
}

/// The team of a code and those below it on a day; nothing where there is no such team.
pub fn subtree(conn: &mut Conn, code: &str, day: NaiveDate) -> Result<Vec<i64>> {
    let rows: Vec<Below> = diesel::sql_query(SUBTREE)
        .bind::<Text, _>(code)
        .bind::<Date, _>(day)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Below {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// As in [`LED_TEAM`].
const SUBTREE: &str = "\
    with recursive down (id) as ( \
      select id from team where code = $1 union \
      select l.team_id from team_link l join down on l.parent_id = down.id \
      where l.valid_from <= $2 and l.valid_to > $2) \
    select id from down";

/// Each team's sub-tree on a day, itself included.
pub fn subtrees(conn: &mut Conn, day: NaiveDate) -> Result<BTreeMap<i64, BTreeSet<i64>>> {
    let links: Vec<TeamLink> = team_link::table
        .filter(team_link::valid_from.le(day))
        .filter(team_link::valid_to.gt(day))
        .select(TeamLink::as_select())
        .load(conn)?;
    Ok(trees(links.iter()))
}

/// Each team's sub-tree, from the links of one day.
fn trees<'a>(links: impl Iterator<Item = &'a TeamLink>) -> BTreeMap<i64, BTreeSet<i64>> {
    let parents: HashMap<i64, Option<i64>> = links.map(|l| (l.team_id, l.parent_id)).collect();
    let mut trees: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for &team in parents.keys() {
        let mut at = Some(team);
        while let Some(above) = at {
            // A team met before: the rest of the way is known, or a circle.
            if !trees.entry(above).or_default().insert(team) {
                break;
            }
            at = parents.get(&above).copied().flatten();
        }
    }
    trees
}

#[derive(Insertable)]
#[diesel(table_name = reporting_line)]
#[diesel(treat_none_as_default_value = false)]
struct NewLine {
    manager_id: i64,
    staff_id: i64,
    depth: i32,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
}

impl From<Line> for NewLine {
    fn from(line: Line) -> Self {
        NewLine {
            manager_id: line.manager_id,
            staff_id: line.staff_id,
            depth: line.depth,
            valid_from: line.valid_from,
            valid_to: line.valid_to,
        }
    }
}

/// A posting as it is stored: of whom, team, job role, manager, from, to.
type Stored = (i64, Option<i64>, i64, Option<i64>, NaiveDate, NaiveDate);

/// The columns of [`Stored`].
const STORED: (
    posting::staff_id,
    posting::team_id,
    posting::job_role_id,
    posting::manager_id,
    posting::valid_from,
    posting::valid_to,
) = (
    posting::staff_id,
    posting::team_id,
    posting::job_role_id,
    posting::manager_id,
    posting::valid_from,
    posting::valid_to,
);

/// Postings by person; `rows` are in order of time.
fn by_person(rows: Vec<Stored>) -> HashMap<i64, Vec<Posting>> {
    let mut all: HashMap<i64, Vec<Posting>> = HashMap::new();
    for (staff_id, team_id, job_role_id, manager_id, valid_from, valid_to) in rows {
        all.entry(staff_id).or_default().push(Posting {
            seat: Seat {
                team_id,
                job_role_id,
                manager_id,
            },
            valid_from,
            valid_to,
        });
    }
    all
}

/// Every posting, by person, in order of time.
pub(super) fn postings(conn: &mut Conn) -> Result<HashMap<i64, Vec<Posting>>> {
    let rows = posting::table
        .order((posting::staff_id, posting::valid_from))
        .select(STORED)
        .load(conn)?;
    Ok(by_person(rows))
}

/// Somebody's postings in order of time.
pub fn line(conn: &mut Conn, staff_id: i64) -> Result<Vec<Posting>> {
    let rows = posting::table
        .filter(posting::staff_id.eq(staff_id))
        .order(posting::valid_from)
        .select(STORED)
        .load(conn)?;
    Ok(by_person(rows).remove(&staff_id).unwrap_or_default())
}

/// People of one statement: both databases take this many values.
const AT_ONCE: usize = 10_000;

/// Works out anew who is above one person, whose postings were changed, and above everybody ever below
/// them: a handful of queries, not the whole closure. Who is below the person does not hang on the
/// person's own postings, so the stored lines still tell it.
pub fn rebuild_below(conn: &mut Conn, staff_id: i64) -> Result<()> {
    let mut concerned: Vec<i64> = reporting_line::table
        .filter(reporting_line::manager_id.eq(staff_id))
        .filter(reporting_line::depth.gt(0))
        .select(reporting_line::staff_id)
        .distinct()
        .load(conn)?;
    concerned.push(staff_id);
    let own = line(conn, staff_id)?;
    // Above them is who was above them before, and who is above the person's managers.
    let managers = own.iter().filter_map(|p| p.seat.manager_id);
    let below_somebody: Vec<i64> = concerned.iter().copied().chain(managers).collect();
    let mut postings: HashMap<i64, Vec<Posting>> = HashMap::new();
    for people in below_somebody.chunks(AT_ONCE) {
        let above = reporting_line::table
            .filter(reporting_line::staff_id.eq_any(people))
            .select(reporting_line::manager_id);
        let rows = posting::table
            .filter(posting::staff_id.eq_any(above))
            .order((posting::staff_id, posting::valid_from))
            .select(STORED)
            .load(conn)?;
        postings.extend(by_person(rows));
    }
    // Somebody new has no lines yet.
    postings.insert(staff_id, own);
    let mut lines = Vec::new();
    for people in concerned.chunks(AT_ONCE) {
        diesel::delete(reporting_line::table.filter(reporting_line::staff_id.eq_any(people)))
            .execute(conn)?;
        lines.extend(people.iter().flat_map(|&id| lines_of(&postings, id)));
    }
    let rows: Vec<NewLine> = lines.into_iter().map(NewLine::from).collect();
    insert_all!(conn, reporting_line::table, rows)
}

/// Whether somebody is, on a day of some, the person or below them.
pub fn is_below(
    conn: &mut Conn,
    manager_id: i64,
    staff_id: i64,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        reporting_line::table
            .filter(reporting_line::manager_id.eq(manager_id))
            .filter(reporting_line::staff_id.eq(staff_id))
            .filter(reporting_line::valid_from.lt(to))
            .filter(reporting_line::valid_to.gt(from)),
    ))
    .get_result(conn)?)
}

/// Works out anew who is below whom, for everybody: after a file of people.
pub fn rebuild(conn: &mut Conn) -> Result<()> {
    let lines = expected(conn)?;
    diesel::delete(reporting_line::table).execute(conn)?;
    let rows: Vec<NewLine> = lines.into_iter().map(NewLine::from).collect();
    insert_all!(conn, reporting_line::table, rows)
}

/// What the closure must hold, in the order of its key.
fn expected(conn: &mut Conn) -> Result<Vec<Line>> {
    let postings = postings(conn)?;
    let people: Vec<i64> = staff::table.select(staff::id).load(conn)?;
    let mut lines: Vec<Line> = people
        .into_iter()
        .flat_map(|id| lines_of(&postings, id))
        .collect();
    lines.sort_unstable_by_key(|l| (l.manager_id, l.staff_id, l.valid_from));
    Ok(lines)
}

/// How many lines the closure has too many or too few; `check` prints it.
pub fn misfits(conn: &mut Conn) -> Result<usize> {
    let stored: Vec<(i64, i64, i32, NaiveDate, NaiveDate)> = reporting_line::table.load(conn)?;
    let stored: BTreeSet<Line> = stored
        .into_iter()
        .map(|(manager_id, staff_id, depth, valid_from, valid_to)| Line {
            manager_id,
            staff_id,
            valid_from,
            valid_to,
            depth,
        })
        .collect();
    let expected: BTreeSet<Line> = expected(conn)?.into_iter().collect();
    Ok(stored.symmetric_difference(&expected).count())
}
