//! The rows behind a figure: lists of one person or team, newest first, and one row with its history.
//!
//! Pages are cut by the key (day, id). The indexes (staff_id, day) and (team_id, day) hold a person's or
//! team's rows in that order; of several teams together, the tallies first say in how few days the page
//! lies, so that a department's list reads no more rows than a team's.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{
    category, complaint, import_run, quality_review, record_change, service_record, source, staff,
    survey_answer, team,
};
use crate::error::{Error, Message, Result};
use crate::evidence::measures::{Duration, Flag, Measure, Quantity};
use crate::evidence::model::{Columns, Cut, RowFilter, RowKey, RowKind};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::store::subject::Subject;
use crate::evidence::tallies::{self, TEAM_DAY, list};
use crate::keys::Counted;
use crate::people::store::reach::{self, TeamReach};
use crate::{access::Reach, from_key, within};

/// A row of evidence as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Service(Box<ServiceRecord>),
    Survey(Box<SurveyAnswer>),
    Complaint(Box<Complaint>),
    Review(Box<QualityReview>),
}

impl Row {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RowKind {
        match self {
            Row::Service(_) => RowKind::Service,
            Row::Survey(_) => RowKind::Survey,
            Row::Complaint(_) => RowKind::Complaint,
            Row::Review(_) => RowKind::Review,
        }
    }

    /// The day it counts on.
    #[must_use]
    pub fn day(&self) -> i32 {
        match self {
            Row::Service(r) => r.day,
            Row::Survey(r) => r.day,
            Row::Complaint(r) => r.day,
            Row::Review(r) => r.day,
        }
    }

    /// Employee and team at the time of service.
    #[must_use]
    pub fn place(&self) -> (Option<i64>, Option<i64>) {
        match self {
            Row::Service(r) => (r.staff_id, r.team_id),
            Row::Survey(r) => (r.staff_id, r.team_id),
            Row::Complaint(r) => (r.staff_id, r.team_id),
            Row::Review(r) => (r.staff_id, r.team_id),
        }
    }

    /// Line of the file it was read from.
    #[must_use]
    pub fn file_line(&self) -> i32 {
        match self {
            Row::Service(r) => r.file_line,
            Row::Survey(r) => r.file_line,
            Row::Complaint(r) => r.file_line,
            Row::Review(r) => r.file_line,
        }
    }

    /// The service record it belongs to.
    #[must_use]
    pub fn record_id(&self) -> Option<i64> {
        match self {
            Row::Survey(r) => r.record_id,
            Row::Complaint(r) => r.record_id,
            Row::Service(_) | Row::Review(_) => None,
        }
    }
}

/// Code or number, Chinese name, English name.
pub type Named = (String, String, String);

/// A row of a list with the names of what it points to.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub id: i64,
    pub row: Row,
    pub external_id: String,
    pub source: Option<String>,
    pub file_name: Option<String>,
    pub staff: Option<Named>,
    pub team: Option<Named>,
    pub category: Option<Named>,
}

impl Listed {
    /// Where it stands in its list.
    #[must_use]
    pub fn key(&self) -> RowKey {
        RowKey {
            day: self.row.day(),
            id: self.id,
        }
    }
}

/// Adds the conditions on whose rows and which days.
macro_rules! of_subject {
    ($query:expr, $t:ident, $subject:expr, $days:expr) => {{
        let mut query = $query;
        query = match $subject {
            Subject::Person(id) => query.filter($t::staff_id.eq(id)),
            Subject::Team(tree) => query.filter($t::team_id.eq_any(tree)),
        };
        let (from, to) = $days;
        if let Some(from) = from {
            query = query.filter($t::day.ge(from));
        }
        if let Some(to) = to {
            query = query.filter($t::day.le(to));
        }
        query
    }};
}

/// Adds the condition on the channel.
macro_rules! of_channel {
    ($query:expr, $t:ident, $filter:expr) => {
        match $filter.channel {
            Some(channel) => $query.filter($t::channel.eq(channel)),
            None => $query,
        }
    };
}

/// Narrows rows with answers to those that count into a measure, with the wanted verdict.
macro_rules! answered {
    ($query:expr, $t:ident, $measure:expr, $filter:expr) => {{
        // From how many points an answer is a good one, as the tallies count it.
        let query = $query;
        match $measure {
            Measure::Share(Flag::CsatTop) | Measure::Mean(Quantity::Csat) => {
                let query = query.filter($t::csat.is_not_null());
                match $filter.wanted($measure) {
                    Some(true) => query.filter($t::csat.ge(4)),
                    Some(false) => query.filter($t::csat.lt(4)),
                    None => query,
                }
            }
            Measure::Share(Flag::CesTop) | Measure::Mean(Quantity::Ces) => {
                let query = query.filter($t::ces.is_not_null());
                match $filter.wanted($measure) {
                    Some(true) => query.filter($t::ces.ge(5)),
                    Some(false) => query.filter($t::ces.lt(5)),
                    None => query,
                }
            }
            Measure::Nps => {
                let query = query.filter($t::nps.is_not_null());
                match $filter.wanted($measure) {
                    Some(true) => query.filter($t::nps.ge(9)),
                    Some(false) => query.filter($t::nps.le(6)),
                    None => query,
                }
            }
            _ => query,
        }
    }};
}

/// Narrows to rows that carry a yes/no answer, with the wanted verdict.
macro_rules! flag {
    ($query:expr, $filter:expr, $column:expr, $measure:expr) => {
        match $filter.wanted($measure) {
            Some(wanted) => $query.filter($column.eq(wanted)),
            None => $query.filter($column.is_not_null()),
        }
    };
}

/// Narrows service records to those that count into a measure.
macro_rules! service_counts {
    ($query:expr, $filter:expr) => {{
        use service_record as t;
        let query = of_channel!($query, t, $filter);
        match $filter.measure {
            None => query,
            Some(measure) => {
                let query = query.filter(t::bot.eq(false));
                match measure {
                    Measure::Share(Flag::Fcr) => flag!(query, $filter, t::fcr, measure),
                    Measure::Share(Flag::Sla) => flag!(query, $filter, t::sla, measure),
                    Measure::Share(Flag::Reopened) => flag!(query, $filter, t::reopened, measure),
                    Measure::Share(Flag::Transferred) => {
                        flag!(query, $filter, t::transferred, measure)
                    }
                    Measure::Share(Flag::Escalated) => flag!(query, $filter, t::escalated, measure),
                    Measure::Share(Flag::Resolved) => flag!(query, $filter, t::resolved, measure),
                    Measure::Mean(Quantity::Handle) => query.filter(t::handle_s.is_not_null()),
                    Measure::Median(Duration::FirstReply) => {
                        query.filter(t::first_reply_s.is_not_null())
                    }
                    Measure::Median(Duration::Resolve) => {
                        query.filter(t::resolve_min.is_not_null())
                    }
                    // Every contact counts among which complaints are counted.
                    Measure::ComplaintRate => query,
                    answer => answered!(query, t, answer, $filter),
                }
            }
        }
    }};
}

macro_rules! survey_counts {
    ($query:expr, $filter:expr) => {{
        use survey_answer as t;
        let query = of_channel!($query, t, $filter);
        match $filter.measure {
            None => query,
            Some(measure) => {
                answered!(query.filter(t::bot.eq(false)), t, measure, $filter)
            }
        }
    }};
}

macro_rules! complaint_counts {
    ($query:expr, $filter:expr) => {{
        use complaint as t;
        let query = of_channel!($query, t, $filter);
        match $filter.measure {
            None => query,
            Some(_) => query
                .filter(t::bot.eq(false))
                .filter(t::substantiated.eq(true)),
        }
    }};
}

macro_rules! review_counts {
    ($query:expr, $filter:expr) => {{
        use quality_review as t;
        of_channel!($query, t, $filter)
    }};
}

/// A row with the names of what it points to, from any condition on its table.
macro_rules! joined {
    ($t:ident, $Row:ident, $category:expr) => {
        $t::table
            .left_join(staff::table.on($t::staff_id.eq(staff::id.nullable())))
            .left_join(team::table.on($t::team_id.eq(team::id.nullable())))
            .left_join(source::table.on($t::source_id.eq(source::id)))
            .left_join(import_run::table.on($t::import_id.eq(import_run::id)))
            .left_join(category::table.on($category))
            .select((
                $t::id,
                $Row::as_select(),
                source::code.nullable(),
                import_run::file_name.nullable(),
                (staff::employee_no, staff::name, staff::name_en).nullable(),
                (team::code, team::name_zh, team::name_en).nullable(),
                (category::code, category::name_zh, category::name_en).nullable(),
            ))
    };
}

type Found<E> = (
    i64,
    E,
    Option<String>,
    Option<String>,
    Option<Named>,
    Option<Named>,
    Option<Named>,
);

fn listed<E: Evidence>(found: Found<E>, row: impl Fn(Box<E>) -> Row) -> Listed {
    let (id, content, source, file_name, staff, team, category) = found;
    Listed {
        id,
        external_id: content.external_id().to_owned(),
        row: row(Box::new(content)),
        source,
        file_name,
        staff,
        team,
        category,
    }
}

/// Runs a body for the kind of a filter: `$t` its table, `$Row` its type, `$counts` its conditions.
macro_rules! for_kind {
    ($kind:expr, $body:ident ! ($($arg:tt)*)) => {
        match $kind {
            RowKind::Service => $body!(
                service_record, ServiceRecord, Row::Service, service_counts,
                service_record::category_id.eq(category::id.nullable()), $($arg)*
            ),
            RowKind::Survey => $body!(
                survey_answer, SurveyAnswer, Row::Survey, survey_counts,
                // Answers have no category.
                category::id.eq(0), $($arg)*
            ),
            RowKind::Complaint => $body!(
                complaint, Complaint, Row::Complaint, complaint_counts,
                complaint::category_id.eq(category::id.nullable()), $($arg)*
            ),
            RowKind::Review => $body!(
                quality_review, QualityReview, Row::Review, review_counts,
                // Neither have reviews.
                category::id.eq(0), $($arg)*
            ),
        }
    };
}

/// Some days, either end open.
type Days = (Option<i32>, Option<i32>);

/// At most `limit` rows of somebody that meet a filter, from a cut away: newest first, and oldest first
/// for [`Cut::Before`]. One query for a person or a single team, two for several teams.
pub fn page(
    conn: &mut Conn,
    subject: Subject<'_>,
    filter: &RowFilter,
    cut: Cut,
    limit: i64,
) -> Result<Vec<Listed>> {
    // The days in which the page may lie.
    let (mut from, mut to) = (filter.from, filter.to);
    match cut {
        Cut::First => {}
        Cut::After(key) => to = Some(to.map_or(key.day, |day| day.min(key.day))),
        Cut::Before(key) => from = Some(from.map_or(key.day, |day| day.max(key.day))),
    }
    let days = few_days(conn, subject, filter, cut, limit, (from, to))?;
    read(
        conn,
        subject,
        filter,
        cut,
        limit,
        days.unwrap_or((from, to)),
    )
}

fn read(
    conn: &mut Conn,
    subject: Subject<'_>,
    filter: &RowFilter,
    cut: Cut,
    limit: i64,
    days: Days,
) -> Result<Vec<Listed>> {
    macro_rules! page {
        ($t:ident, $Row:ident, $row:expr, $counts:ident, $category:expr,) => {{
            let query = of_subject!(joined!($t, $Row, $category).into_boxed(), $t, subject, days);
            let query = $counts!(query, filter);
            let start = cut.read(|key| Some((key.day, key.id)));
            let query = from_key!(query, start, ($t::day, $t::id), desc);
            let rows: Vec<Found<$Row>> = query.limit(limit).load(conn)?;
            rows.into_iter().map(|found| listed(found, $row)).collect()
        }};
    }
    Ok(for_kind!(filter.kind, page!()))
}

/// The days of a page of several teams, as far as the tallies tell: enough of them to hold it.
fn few_days(
    conn: &mut Conn,
    subject: Subject<'_>,
    filter: &RowFilter,
    cut: Cut,
    limit: i64,
    (from, to): Days,
) -> Result<Option<Days>> {
    let tree = match subject {
        Subject::Team(tree) if tree.len() > 1 => tree,
        _ => return Ok(None),
    };
    // A tally of a team's days knows of no channel and no verdict.
    if filter.channel.is_some() || filter.verdict.is_some() {
        return Ok(None);
    }
    let Some(place) = Columns::counting(filter.kind, filter.measure) else {
        return Ok(None);
    };
    let mut condition = format!("team_id in ({})", list(tree.iter().copied()));
    if filter.measure.is_some() {
        condition.push_str(" and bot = 0");
    }
    for (sign, day) in [(">=", from), ("<=", to)] {
        if let Some(day) = day {
            condition.push_str(&format!(" and day {sign} {day}"));
        }
    }
    let columns = Columns::at([place]);
    let mut days: Vec<(i32, i64)> = tallies::sums(conn, TEAM_DAY, &columns, &condition, &["day"])?
        .into_iter()
        .map(|row| (row.key[0] as i32, row.cell.0[place]))
        .collect();
    // Rows of the day at which the page is cut may lie on its other side: they do not count.
    let edge = match cut {
        Cut::First => None,
        Cut::After(key) | Cut::Before(key) => Some(key.day),
    };
    let backwards = matches!(cut, Cut::Before(_));
    if !backwards {
        days.reverse();
    }
    let mut enough = limit;
    let last = days.into_iter().find(|(day, n)| {
        if Some(*day) != edge {
            enough -= n;
        }
        enough <= 0
    });
    Ok(last.map(|(day, _)| {
        if backwards {
            (from, Some(day))
        } else {
            (Some(day), to)
        }
    }))
}

/// How many rows meet a filter, counted up to `most` and one.
pub fn count(conn: &mut Conn, subject: Subject<'_>, filter: &RowFilter, most: i64) -> Result<i64> {
    macro_rules! number {
        ($t:ident, $Row:ident, $row:expr, $counts:ident, $category:expr,) => {{
            let query = of_subject!(
                $t::table.select($t::id).into_boxed(),
                $t,
                subject,
                (filter.from, filter.to)
            );
            Counted($counts!(query, filter).limit(most + 1)).get_result(conn)?
        }};
    }
    Ok(for_kind!(filter.kind, number!()))
}

/// Answers and complaints listed beside a record, of each kind.
const NAMED_AT_MOST: i64 = 50;

/// One row with what is known of it.
#[derive(Clone, Debug)]
pub struct Single {
    pub listed: Listed,
    pub import: Option<ImportRun>,
    /// Earlier states, oldest first.
    pub changes: Vec<Change>,
    /// Names of categories, where an earlier state may have had another.
    pub categories: BTreeMap<i64, Named>,
    /// Answers and complaints that name this record, as far as the reader reaches them.
    pub named_by: Vec<Listed>,
}

/// Where and when a row was read.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct ImportRun {
    pub id: i64,
    pub file_name: String,
    pub file_sha256: String,
    /// UTC.
    pub started_at: NaiveDateTime,
}

/// A state that a row had before an import changed it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Change {
    /// The row as it was, as JSON.
    pub before_json: String,
    /// The file that changed it.
    pub file_name: Option<String>,
    /// UTC.
    pub changed_at: Option<NaiveDateTime>,
}

/// One row, if its employee or its team is in reach: seven queries at most, those of the reach left out.
///
/// # Errors
/// `NotFound`, the same whether there is no such row or it is out of reach.
pub fn find(conn: &mut Conn, reach: &Reach, kind: RowKind, id: i64) -> Result<Single> {
    macro_rules! one {
        ($t:ident, $Row:ident, $row:expr, $counts:ident, $category:expr,) => {{
            let found: Option<Found<$Row>> = joined!($t, $Row, $category)
                .filter($t::id.eq(id))
                .first(conn)
                .optional()?;
            found.map(|found| {
                let at = (found.1.source_id, found.1.import_id);
                (listed(found, $row), at, $Row::KIND)
            })
        }};
    }
    let missing = || Error::NotFound(Message::new("record-not-found"));
    let (listed, (source_id, import_id), stored_kind) =
        for_kind!(kind, one!()).ok_or_else(missing)?;
    let way = way_to(conn, reach, listed.row.place())?.ok_or_else(missing)?;
    let import = import_run::table
        .find(import_id)
        .select((
            import_run::id,
            import_run::file_name,
            import_run::file_sha256,
            import_run::started_at,
        ))
        .first(conn)
        .optional()?;
    let changes: Vec<Change> = record_change::table
        .left_join(import_run::table.on(record_change::import_id.eq(import_run::id)))
        .filter(record_change::kind.eq(stored_kind))
        .filter(record_change::source_id.eq(source_id))
        .filter(record_change::external_id.eq(&listed.external_id))
        .filter(record_change::deleted.eq(false))
        .order(record_change::id)
        .select((
            record_change::before_json,
            import_run::file_name.nullable(),
            import_run::started_at.nullable(),
        ))
        .load(conn)?;
    let categories = if changes.is_empty() {
        BTreeMap::new()
    } else {
        let rows: Vec<(i64, Named)> = category::table
            .select((
                category::id,
                (category::code, category::name_zh, category::name_en),
            ))
            .load(conn)?;
        rows.into_iter().collect()
    };
    let mut named_by = Vec::new();
    if kind == RowKind::Service {
        macro_rules! naming {
            ($t:ident, $Row:ident, $row:expr, $category:expr) => {{
                let query = joined!($t, $Row, $category)
                    .filter($t::record_id.eq(id))
                    .order($t::id)
                    .into_boxed();
                let query = match way {
                    Way::Everyone => query,
                    Way::Person(staff) => query.filter($t::staff_id.eq(staff)),
                    Way::Team(team) => query.filter($t::team_id.eq(team)),
                };
                let rows: Vec<Found<$Row>> = query.limit(NAMED_AT_MOST).load(conn)?;
                named_by.extend(rows.into_iter().map(|found| self::listed(found, $row)));
            }};
        }
        naming!(survey_answer, SurveyAnswer, Row::Survey, category::id.eq(0));
        naming!(
            complaint,
            Complaint,
            Row::Complaint,
            complaint::category_id.eq(category::id.nullable())
        );
    }
    Ok(Single {
        listed,
        import,
        changes,
        categories,
        named_by,
    })
}

/// Why a reader may see a row.
#[derive(Clone, Copy)]
enum Way {
    Everyone,
    Person(i64),
    Team(i64),
}

/// The way a reader reaches a row: its employee, else its team.
fn way_to(
    conn: &mut Conn,
    reach: &Reach,
    (staff_id, team_id): (Option<i64>, Option<i64>),
) -> Result<Option<Way>> {
    if reach.is_everyone() {
        return Ok(Some(Way::Everyone));
    }
    if let Some(id) = staff_id {
        let query = staff::table
            .filter(staff::id.eq(id))
            .select(staff::id)
            .into_boxed();
        let seen: Option<i64> = within!(query, staff::id, reach).first(conn).optional()?;
        if seen.is_some() {
            return Ok(Some(Way::Person(id)));
        }
    }
    let Some(team_id) = team_id else {
        return Ok(None);
    };
    Ok(match reach::teams(conn, reach)? {
        TeamReach::Every => Some(Way::Everyone),
        these => these.holds(team_id).then_some(Way::Team(team_id)),
    })
}
