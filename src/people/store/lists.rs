//! Lists of people and single people, for the pages: paged by key, within reach.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::access::Reach;
use crate::db::Conn;
use crate::db::schema::{job_role, posting, staff, team};
use crate::error::Result;
use crate::keys::{self, Counted, end_of};
use crate::people::model::sort_key;
use crate::people::store::reach::{line_of, people_of, subtree};
use crate::{from_key, within};

/// Whose list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Those who have not left.
    #[default]
    Present,
    Left,
    All,
}

impl Status {
    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Status::Present => "",
            Status::Left => "left",
            Status::All => "all",
        }
    }

    /// The status of a code.
    #[must_use]
    pub fn parse(code: &str) -> Status {
        match code {
            "left" => Status::Left,
            "all" => Status::All,
            _ => Status::Present,
        }
    }
}

/// What narrows the list beside reach.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of number, name, pinyin key or e-mail.
    pub q: String,
    /// Code of a team; those below it are included.
    pub team: String,
    /// Code of a job role.
    pub job_role: String,
    pub status: Status,
    /// Number of a team; those below it are not included.
    pub members_of: Option<i64>,
    pub under: Option<Under>,
}

/// Whose people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// Those who report to somebody.
    Direct(i64),
    /// Those who report to somebody, and everybody below these.
    Line(i64),
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Row {
    pub id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub hired_on: Option<NaiveDate>,
    pub left_on: Option<NaiveDate>,
    pub team: Option<(String, String, String)>,
    pub job_role: Option<(String, String)>,
    pub manager: Option<(String, String, String)>,
}

/// Where a page of the list begins: the sort key and the number of the person.
pub type Start = keys::Start<(String, i64)>;

/// More matches than this are not collected before the list is read.
const FEW: i64 = 1_000;

/// Narrows a boxed query about staff to what a reader reaches and a filter leaves, whose search and team have
/// come to `$narrowed`.
macro_rules! filtered {
    ($query:expr, $reach:expr, $filter:expr, $narrowed:expr) => {{
        let day = $reach.day();
        let mut query = within!($query, staff::id, $reach);
        if let Some(ids) = &$narrowed.ids {
            query = query.filter(staff::id.eq_any(ids));
        } else if !$filter.q.is_empty() {
            query = query.filter(begins(&$filter.q));
        }
        if let Some(teams) = &$narrowed.teams {
            query = query.filter(staff::id.eq_any(people_of(teams, day)));
        }
        query = match $filter.under {
            None => query,
            Some(Under::Direct(id)) => query.filter(staff::id.eq_any(reports_of(id, day))),
            Some(Under::Line(id)) => query
                .filter(staff::id.ne(id))
                .filter(staff::id.eq_any(line_of(id, day))),
        };
        if !$filter.job_role.is_empty() {
            query = query.filter(staff::id.eq_any(in_role(&$filter.job_role, day)));
        }
        match $filter.status {
            Status::Present => query.filter(staff::left_on.is_null().or(staff::left_on.ge(day))),
            Status::Left => query.filter(staff::left_on.lt(day)),
            Status::All => query,
        }
    }};
}

/// The numbers of those who report to somebody on a day.
#[diesel::dsl::auto_type(no_type_alias)]
fn reports_of(manager_id: i64, day: NaiveDate) -> _ {
    posting::table
        .filter(posting::manager_id.eq(manager_id))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .select(posting::staff_id)
}

/// The numbers of those who have a job role on a day.
#[diesel::dsl::auto_type(no_type_alias)]
fn in_role<'a>(code: &'a str, day: NaiveDate) -> _ {
    let code: &'a str = code;
    let role = job_role::table
        .filter(job_role::code.eq(code))
        .select(job_role::id);
    posting::table
        .filter(posting::job_role_id.eq_any(role))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .select(posting::staff_id)
}

/// A page of at most `limit` people, in order of pinyin (backwards for [`Start::Before`]): one query, one
/// more for a search, one for a team.
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    start: &Start,
    limit: i64,
) -> Result<Vec<Row>> {
    let Some(narrowed) = Narrowed::of(conn, reach, filter)? else {
        return Ok(Vec::new());
    };
    let day = reach.day();
    // Under names of their own: reach asks the same tables again inside the query.
    let (seats, managers, roles) =
        diesel::alias!(posting as seat, staff as manager, job_role as role);
    let query = staff::table
        .left_join(
            seats.on(seats
                .field(posting::staff_id)
                .eq(staff::id)
                .and(seats.field(posting::valid_from).le(day))
                .and(seats.field(posting::valid_to).gt(day))),
        )
        .left_join(team::table.on(seats.field(posting::team_id).eq(team::id.nullable())))
        .left_join(
            roles.on(seats
                .field(posting::job_role_id)
                .eq(roles.field(job_role::id))),
        )
        .left_join(
            managers.on(seats
                .field(posting::manager_id)
                .eq(managers.field(staff::id).nullable())),
        )
        .select((
            staff::id,
            staff::sort_key,
            staff::employee_no,
            staff::name,
            staff::name_en,
            staff::hired_on,
            staff::left_on,
            (team::code, team::name_zh, team::name_en).nullable(),
            roles
                .fields((job_role::name_zh, job_role::name_en))
                .nullable(),
            managers
                .fields((staff::employee_no, staff::name, staff::name_en))
                .nullable(),
        ))
        .into_boxed();
    let query = filtered!(query, reach, filter, narrowed);
    let query = from_key!(query, start, (staff::sort_key, staff::id), asc);
    Ok(query.limit(limit).load(conn)?)
}

/// What a search and a team come to.
struct Narrowed {
    /// The matches of the search, where they are few.
    ids: Option<Vec<i64>>,
    /// The team and those below it.
    teams: Option<Vec<i64>>,
}

impl Narrowed {
    /// None where nothing can be found.
    fn of(conn: &mut Conn, reach: &Reach, filter: &Filter) -> Result<Option<Narrowed>> {
        let teams = match filter.team.as_str() {
            "" => filter.members_of.map(|id| vec![id]),
            code => Some(subtree(conn, code, reach.day())?),
        };
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let ids = match filter.q.as_str() {
            "" => None,
            q => {
                let found: Vec<i64> = staff::table
                    .filter(begins(q))
                    .select(staff::id)
                    .limit(FEW + 1)
                    .load(conn)?;
                (found.len() as i64 <= FEW).then_some(found)
            }
        };
        Ok(Some(Narrowed { ids, teams }))
    }
}

/// Whether number, name, pinyin key or e-mail begins with a text: ranges, which indexes serve.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn begins<'a>(q: &'a str) -> _ {
    let upper: String = q.to_uppercase();
    let lower: String = q.to_lowercase();
    let key: String = sort_key(q);
    let upper_end: String = end_of(&upper);
    let lower_end: String = end_of(&lower);
    let key_end: String = end_of(&key);
    let name_end: String = end_of(q);
    let name: &'a str = q;
    staff::employee_no
        .ge(upper)
        .and(staff::employee_no.lt(upper_end))
        .or(staff::name.ge(name).and(staff::name.lt(name_end)))
        .or(staff::sort_key.ge(key).and(staff::sort_key.lt(key_end)))
        .or(staff::email
            .ge(lower)
            .and(staff::email.lt(lower_end))
            .assume_not_null())
}

/// How many people the list has, at most `most` and one.
pub fn count(conn: &mut Conn, reach: &Reach, filter: &Filter, most: i64) -> Result<i64> {
    let Some(narrowed) = Narrowed::of(conn, reach, filter)? else {
        return Ok(0);
    };
    let query = staff::table.select(staff::id).into_boxed();
    let ids = filtered!(query, reach, filter, narrowed).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}
