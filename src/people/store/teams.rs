//! Teams for the pages: the list, one team with its place in the tree, and what a form changes.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use crate::access::Reach;
use crate::db::Conn;
use crate::db::schema::{posting, skill, staff, staff_skill, team, team_link};
use crate::error::{Error, Message, Result};
use crate::keys::{Counted, end_of};
use crate::people::model::{UNKNOWN_START, is_circle, sort_key};
use crate::people::store::lists::Start;
use crate::people::store::reach::{TeamReach, team_not_found};
use crate::people::store::{TeamLink, insert_team, rename_team, set_parent};
use crate::{from_key, within};

/// A team in a list.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Row {
    pub id: i64,
    pub sort_key: String,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// Code and names.
    pub parent: Option<(String, String, String)>,
}

/// What narrows the list beside reach.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of code, name or pinyin key.
    pub q: String,
    /// Number of the team right above.
    pub parent: Option<i64>,
}

/// Narrows a boxed query about teams to what a reader reaches and a filter leaves.
macro_rules! filtered {
    ($query:expr, $reach:expr, $day:expr, $filter:expr) => {{
        let mut query = $query;
        if let TeamReach::These(ids) = $reach {
            query = query.filter(team::id.eq_any(ids));
        }
        if let Some(parent) = $filter.parent {
            query = query.filter(team::id.eq_any(right_below(parent, $day)));
        }
        if !$filter.q.is_empty() {
            query = query.filter(begins(&$filter.q));
        }
        query
    }};
}

/// The numbers of the teams right below one on a day.
#[diesel::dsl::auto_type(no_type_alias)]
fn right_below(parent: i64, day: NaiveDate) -> _ {
    team_link::table
        .filter(team_link::parent_id.eq(parent))
        .filter(team_link::valid_from.le(day))
        .filter(team_link::valid_to.gt(day))
        .select(team_link::team_id)
}

/// A page of at most `limit` teams in order of pinyin (backwards for [`Start::Before`]): one query.
pub fn page(
    conn: &mut Conn,
    reach: &TeamReach,
    day: NaiveDate,
    filter: &Filter,
    start: &Start,
    limit: i64,
) -> Result<Vec<Row>> {
    // Under names of their own: a filter asks the same tables again inside the query.
    let (links, parents) = diesel::alias!(team_link as link, team as parent);
    let query = team::table
        .left_join(
            links.on(links
                .field(team_link::team_id)
                .eq(team::id)
                .and(links.field(team_link::valid_from).le(day))
                .and(links.field(team_link::valid_to).gt(day))),
        )
        .left_join(
            parents.on(links
                .field(team_link::parent_id)
                .eq(parents.field(team::id).nullable())),
        )
        .select((
            team::id,
            team::sort_key,
            team::code,
            team::name_zh,
            team::name_en,
            parents
                .fields((team::code, team::name_zh, team::name_en))
                .nullable(),
        ))
        .into_boxed();
    let query = filtered!(query, reach, day, filter);
    let query = from_key!(query, start, (team::sort_key, team::id), asc);
    Ok(query.limit(limit).load(conn)?)
}

/// How many teams the list has, at most `most` and one.
pub fn count(
    conn: &mut Conn,
    reach: &TeamReach,
    day: NaiveDate,
    filter: &Filter,
    most: i64,
) -> Result<i64> {
    let query = team::table.select(team::id).into_boxed();
    let ids = filtered!(query, reach, day, filter).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}

/// Whether code, names or pinyin key begin with a text.
#[diesel::dsl::auto_type(no_type_alias)]
fn begins<'a>(q: &'a str) -> _ {
    let upper: String = q.to_uppercase();
    let key: String = sort_key(q);
    let upper_end: String = end_of(&upper);
    let key_end: String = end_of(&key);
    let end: String = end_of(q);
    let end_zh: String = end_of(q);
    let end_en: String = end_of(q);
    let text: &'a str = q;
    team::code
        .ge(upper)
        .and(team::code.lt(upper_end))
        .or(team::code.ge(text).and(team::code.lt(end)))
        .or(team::name_zh.ge(text).and(team::name_zh.lt(end_zh)))
        .or(team::name_en.ge(text).and(team::name_en.lt(end_en)))
        .or(team::sort_key.ge(key).and(team::sort_key.lt(key_end)))
}

/// Who is in a team on a day, in numbers, and to whom most of them report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub count: i64,
    /// Record number, employee number, names.
    pub lead: Option<(i64, String, String, String)>,
}

/// Head count and lead of some teams on a day: one query.
pub fn heads(conn: &mut Conn, teams: &[i64], day: NaiveDate) -> Result<HashMap<i64, Head>> {
    type Counted = (Option<i64>, Option<(i64, String, String, String)>, i64);
    let rows: Vec<Counted> = posting::table
        .left_join(staff::table.on(posting::manager_id.eq(staff::id.nullable())))
        .filter(posting::team_id.eq_any(teams))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .group_by((
            posting::team_id,
            staff::id,
            staff::employee_no,
            staff::name,
            staff::name_en,
        ))
        .order((diesel::dsl::count_star().desc(), staff::id))
        .select((
            posting::team_id,
            (staff::id, staff::employee_no, staff::name, staff::name_en).nullable(),
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    let mut heads: HashMap<i64, Head> = HashMap::new();
    for (team_id, manager, count) in rows {
        let head = heads.entry(team_id.unwrap_or_default()).or_default();
        head.count += count;
        if head.lead.is_none() {
            head.lead = manager;
        }
    }
    Ok(heads)
}

/// A team with the version of its record.
#[derive(Clone, Debug, Queryable)]
pub struct Team {
    pub id: i64,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub row_version: i32,
}

/// The team of a code.
///
/// # Errors
/// `NotFound` when there is none.
pub fn find(conn: &mut Conn, code: &str) -> Result<Team> {
    team::table
        .filter(team::code.eq(code))
        .select((
            team::id,
            team::code,
            team::name_zh,
            team::name_en,
            team::row_version,
        ))
        .first(conn)
        .optional()?
        .ok_or_else(|| team_not_found(code))
}

/// A team above another.
#[derive(Clone, Debug, QueryableByName)]
pub struct Above {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub code: String,
    #[diesel(sql_type = Text)]
    pub name_zh: String,
    #[diesel(sql_type = Text)]
    pub name_en: String,
}

/// The teams above a team on a day, the topmost first.
pub fn chain(conn: &mut Conn, team_id: i64, day: NaiveDate) -> Result<Vec<Above>> {
    // No more steps than a tree has levels: a circle must not become an endless walk.
    Ok(diesel::sql_query(
        "with recursive up (id, step) as ( \
           select parent_id, 1 from team_link \
           where team_id = $1 and valid_from <= $2 and valid_to > $2 \
           union all \
           select l.parent_id, up.step + 1 from up join team_link l on l.team_id = up.id \
           where l.valid_from <= $2 and l.valid_to > $2 and up.step < 50) \
         select t.id, t.code, t.name_zh, t.name_en from up join team t on t.id = up.id \
         order by up.step desc",
    )
    .bind::<BigInt, _>(team_id)
    .bind::<Date, _>(day)
    .load(conn)?)
}

/// How many people of a team have a skill at a level.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Coverage {
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub critical: bool,
    pub level: i32,
    pub people: i64,
}

/// The skills of a team's own members within reach, today: one query.
pub fn coverage(conn: &mut Conn, reach: &Reach, team_id: i64) -> Result<Vec<Coverage>> {
    let day = reach.day();
    // Under a name of its own: reach asks the same table again inside the query.
    let seats = diesel::alias!(posting as seat);
    let query = staff_skill::table
        .inner_join(skill::table)
        .inner_join(
            seats.on(seats
                .field(posting::staff_id)
                .eq(staff_skill::staff_id)
                .and(seats.field(posting::valid_from).le(day))
                .and(seats.field(posting::valid_to).gt(day))),
        )
        .filter(seats.field(posting::team_id).eq(team_id))
        .filter(staff_skill::valid_from.le(day))
        .filter(staff_skill::valid_to.gt(day))
        .group_by((
            skill::code,
            skill::name_zh,
            skill::name_en,
            skill::critical,
            staff_skill::level,
        ))
        .order((skill::code, staff_skill::level))
        .select((
            skill::code,
            skill::name_zh,
            skill::name_en,
            skill::critical,
            staff_skill::level,
            diesel::dsl::count_star(),
        ))
        .into_boxed();
    Ok(within!(query, staff_skill::staff_id, reach).load(conn)?)
}

/// Stores a team below a parent.
///
/// # Errors
/// `Invalid` when the code is taken.
pub fn insert(
    conn: &mut Conn,
    code: &str,
    (name_zh, name_en): (&str, &str),
    parent: Option<i64>,
) -> Result<i64> {
    conn.lock("people")?;
    if find(conn, code).is_ok() {
        return Err(Error::invalid(
            Message::new("code-taken").with("code", code),
        ));
    }
    let id = insert_team(conn, code, name_zh, name_en)?;
    set_parent(conn, id, parent, UNKNOWN_START)?;
    Ok(id)
}

/// Gives a team names and, from a day on, a parent.
///
/// # Errors
/// `NotFound`; `Conflict` when it was changed since the form was opened; `Invalid` when the team would be
/// below itself.
pub fn change(
    conn: &mut Conn,
    code: &str,
    seen: i32,
    (name_zh, name_en): (&str, &str),
    place: Option<(Option<i64>, NaiveDate)>,
) -> Result<()> {
    conn.lock("people")?;
    let known = find(conn, code)?;
    if known.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    rename_team(conn, known.id, name_zh, name_en)?;
    if let Some((parent, from)) = place {
        if let Some(parent) = parent {
            refuse_circle(conn, known.id, parent, from)?;
        }
        set_parent(conn, known.id, parent, from)?;
    }
    diesel::update(team::table.find(known.id))
        .set(team::row_version.eq(team::row_version + 1))
        .execute(conn)?;
    Ok(())
}

/// Looks at the tree of every day from `from` on at which any team moves.
fn refuse_circle(conn: &mut Conn, team_id: i64, parent: i64, from: NaiveDate) -> Result<()> {
    let links: Vec<TeamLink> = team_link::table
        .filter(team_link::valid_to.gt(from))
        .select(TeamLink::as_select())
        .load(conn)?;
    let days = links.iter().map(|l| l.valid_from.max(from));
    let mut days: Vec<NaiveDate> = days.chain([from]).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let parents: HashMap<i64, i64> = links
            .iter()
            .filter(|l| l.team_id != team_id && l.valid_from <= day && day < l.valid_to)
            .filter_map(|l| Some((l.team_id, l.parent_id?)))
            .collect();
        if is_circle(&parents, team_id, parent) {
            return Err(Error::invalid(Message::new("team-circle")));
        }
    }
    Ok(())
}

/// The parent of a team on a day: number, code.
pub fn parent(conn: &mut Conn, team_id: i64, day: NaiveDate) -> Result<Option<(i64, String)>> {
    Ok(team_link::table
        .inner_join(team::table.on(team_link::parent_id.eq(team::id.nullable())))
        .filter(team_link::team_id.eq(team_id))
        .filter(team_link::valid_from.le(day))
        .filter(team_link::valid_to.gt(day))
        .select((team::id, team::code))
        .first(conn)
        .optional()?)
}

/// Codes and names of the teams in reach, for a choice; none where there are more than `most`.
pub fn choices(
    conn: &mut Conn,
    reach: &TeamReach,
    day: NaiveDate,
    most: i64,
) -> Result<Option<Vec<Row>>> {
    let rows = page(
        conn,
        reach,
        day,
        &Filter::default(),
        &Start::First,
        most + 1,
    )?;
    Ok((rows.len() as i64 <= most).then_some(rows))
}
