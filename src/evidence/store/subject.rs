//! The figures of one person or one team for a page: eight quarters, half a year of weeks, channels.
//! Three queries at most for all measures of a page, however many quarters it shows.
//!
//! A person's quarters come from `tally_staff_quarter` by its key, a team's from `tally_team_quarter`,
//! weeks of a team from `tally_team_day`. Weeks of a person and every exact median come from the rows
//! by (staff, day) or (team, day).

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::calendar::{FiscalStart, Quarter, date_of, day_number, week_number};
use crate::db::Conn;
use crate::db::schema::service_record as sr;
use crate::error::Result;
use crate::evidence::figures::{self, Group, ROWS_AT_MOST, Weeks};
use crate::evidence::measures::{Duration, Figure, Measure};
use crate::evidence::model::{CHANNELS, Cell, Columns, RowKind};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::tallies::{self, STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER, Tally, list};

/// Quarters of a trend.
pub const QUARTERS: usize = 8;

/// Weeks of a control chart.
pub const WEEKS: i32 = 26;

/// Quarters in which the newest with records is looked for: ten years.
const LOOKED_BACK: i32 = 40;

/// Teams whose histograms of eight quarters are read for a trend of medians.
const TEAMS_AT_MOST: usize = 300;

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A person, over all their teams, bots left out.
    Person(i64),
    /// A team with those below it: their numbers.
    Team(&'a [i64]),
}

/// A quarter of somebody.
#[derive(Clone, Debug)]
pub struct QuarterFigures {
    pub quarter: Quarter,
    pub records: i64,
    pub figures: BTreeMap<Measure, Figure>,
}

/// Everything one measure's page shows of somebody.
#[derive(Clone, Debug)]
pub struct Course {
    /// Oldest first, the quarter asked for last.
    pub quarters: Vec<(Quarter, Option<Figure>)>,
    /// Channels of the quarter asked for, by number.
    pub channels: Vec<(i32, Figure)>,
    /// Day number of the Monday, oldest first; the last is the week of the day asked for. Empty where
    /// a median's values are too many to be read one by one.
    pub weeks: Vec<(i32, Option<Figure>)>,
}

/// A service record's durations, for medians.
#[derive(Clone, Copy, Debug, Queryable)]
struct Timed {
    day: i32,
    channel: i32,
    first_reply_s: Option<i32>,
    resolve_min: Option<i32>,
}

impl Timed {
    fn value(&self, duration: Duration) -> Option<i64> {
        match duration {
            Duration::FirstReply => self.first_reply_s,
            Duration::Resolve => self.resolve_min,
        }
        .map(i64::from)
    }
}

/// The quarters of a trend, oldest first.
fn trend(last: Quarter) -> Vec<Quarter> {
    let first = last.index() + 1 - QUARTERS as i32;
    (first..=last.index()).map(Quarter::from_index).collect()
}

/// The newest quarter up to `present` with records of somebody: what a page is about unless it is asked for
/// another.
pub fn newest(conn: &mut Conn, subject: Subject<'_>, present: Quarter) -> Result<Option<Quarter>> {
    #[derive(QueryableByName)]
    struct Newest {
        #[diesel(sql_type = BigInt)]
        quarter: i64,
    }
    let first = present.index() + 1 - LOOKED_BACK;
    let (tally, condition) = cells_of(subject, first..=present.index());
    let newest: Option<Newest> = diesel::sql_query(format!(
        "select cast(quarter as bigint) as quarter from {} where {condition} \
         order by {}.quarter desc limit 1",
        tally.table, tally.table
    ))
    .get_result(conn)
    .optional()?;
    Ok(newest.map(|found| Quarter::from_index(found.quarter as i32)))
}

/// Every measure of somebody in a quarter and the seven before it, oldest first.
pub fn overview(
    conn: &mut Conn,
    subject: Subject<'_>,
    last: Quarter,
    fiscal_start: FiscalStart,
) -> Result<Vec<QuarterFigures>> {
    let quarters = trend(last);
    let cells = by_quarter(conn, subject, &quarters, &Columns::ALL)?;
    let cells: BTreeMap<i32, Cell> = totals(&cells)?;
    let nothing = Cell::default();
    let medians = medians(conn, subject, &quarters, &cells, fiscal_start)?;
    Ok(quarters
        .into_iter()
        .map(|quarter| {
            let cell = cells.get(&quarter.index()).unwrap_or(&nothing);
            let figures = Measure::ALL.into_iter().filter_map(|measure| {
                let figure = match measure {
                    Measure::Median(duration) => medians.get(&(quarter.index(), duration)).copied(),
                    _ => cell.figure(measure),
                };
                Some((measure, figure?))
            });
            QuarterFigures {
                quarter,
                records: cell.records(),
                figures: figures.collect(),
            }
        })
        .collect())
}

/// One measure of somebody: quarters up to `last`, its channels, and weeks up to that of `day`.
pub fn course(
    conn: &mut Conn,
    subject: Subject<'_>,
    measure: Measure,
    last: Quarter,
    day: i32,
    fiscal_start: FiscalStart,
) -> Result<Course> {
    let quarters = trend(last);
    // The Monday of the first week.
    let first_week = week_number(day) + 1 - WEEKS;
    let days = (first_week * 7 - 3, day);
    let Measure::Median(duration) = measure else {
        let columns = Columns::of([measure]);
        let cells = by_quarter(conn, subject, &quarters, &columns)?;
        let sums = totals(&cells)?;
        let weeks = weekly(conn, subject, measure, days, fiscal_start)?;
        return Ok(Course {
            channels: cells
                .get(&last.index())
                .into_iter()
                .flatten()
                .filter_map(|(channel, cell)| Some((*channel, cell.figure(measure)?)))
                .collect(),
            quarters: quarters
                .into_iter()
                .map(|q| (q, sums.get(&q.index()).and_then(|c| c.figure(measure))))
                .collect(),
            weeks: week_figures(first_week, |week| {
                weeks.get(&week).and_then(|cell| cell.figure(measure))
            }),
        });
    };
    let counting = Columns::counting(RowKind::Service, Some(measure));
    let counted = by_quarter(conn, subject, &quarters, &Columns::at(counting))?;
    let counted = totals(&counted)?;
    let medians = medians(conn, subject, &quarters, &counted, fiscal_start)?;
    let values: i64 = (0..3)
        .filter_map(|back| counted.get(&(Quarter::of(date_of(day), fiscal_start).index() - back)))
        .chain(counted.get(&last.index()))
        .map(|cell| cell.duration_n(duration))
        .sum();
    let (from, to) = span(last, fiscal_start);
    let rows = if values <= ROWS_AT_MOST {
        timed(conn, subject, days.0.min(from), days.1.max(to))?
    } else {
        Vec::new()
    };
    let median_of = |inside: &dyn Fn(&Timed) -> bool| {
        let rows = rows.iter().filter(|row| inside(row));
        figures::median(rows.filter_map(|row| row.value(duration)).collect())
    };
    Ok(Course {
        channels: (0..CHANNELS.len() as i32)
            .filter_map(|channel| {
                let inside = |row: &Timed| row.channel == channel && (from..=to).contains(&row.day);
                Some((channel, median_of(&inside)?))
            })
            .collect(),
        quarters: quarters
            .into_iter()
            .map(|q| (q, medians.get(&(q.index(), duration)).copied()))
            .collect(),
        weeks: if values <= ROWS_AT_MOST {
            week_figures(first_week, |week| {
                median_of(&|row: &Timed| week_number(row.day) == week && row.day <= day)
            })
        } else {
            Vec::new()
        },
    })
}

fn week_figures(
    first_week: i32,
    figure: impl Fn(i32) -> Option<Figure>,
) -> Vec<(i32, Option<Figure>)> {
    (first_week..first_week + WEEKS)
        .map(|week| (week * 7 - 3, figure(week)))
        .collect()
}

/// First and last day of a quarter, as day numbers.
fn span(quarter: Quarter, fiscal_start: FiscalStart) -> (i32, i32) {
    (
        day_number(quarter.first_day(fiscal_start)),
        day_number(quarter.last_day(fiscal_start)),
    )
}

/// Cells by quarter and channel.
type Quarters = BTreeMap<i32, BTreeMap<i32, Cell>>;

/// Where the cells of somebody in some quarters are.
fn cells_of(subject: Subject<'_>, quarters: impl IntoIterator<Item = i32>) -> (Tally, String) {
    let quarters = list(quarters.into_iter().map(i64::from));
    match subject {
        Subject::Person(staff) => (
            STAFF_QUARTER,
            format!("quarter in ({quarters}) and staff_id = {staff}"),
        ),
        Subject::Team(tree) => (
            TEAM_QUARTER,
            format!(
                "quarter in ({quarters}) and team_id in ({}) and bot = 0",
                list(tree.iter().copied())
            ),
        ),
    }
}

fn by_quarter(
    conn: &mut Conn,
    subject: Subject<'_>,
    quarters: &[Quarter],
    columns: &Columns,
) -> Result<Quarters> {
    let (tally, condition) = cells_of(subject, quarters.iter().map(|q| q.index()));
    let mut all = Quarters::new();
    for row in tallies::sums(conn, tally, columns, &condition, &["quarter", "channel"])? {
        let [quarter, channel, ..] = row.key;
        all.entry(quarter as i32)
            .or_default()
            .insert(channel as i32, row.cell);
    }
    Ok(all)
}

fn totals(quarters: &Quarters) -> Result<BTreeMap<i32, Cell>> {
    quarters
        .iter()
        .map(|(quarter, channels)| {
            let mut sum = Cell::default();
            for cell in channels.values() {
                figures::add(&mut sum, cell)?;
            }
            Ok((*quarter, sum))
        })
        .collect()
}

/// The medians of each quarter: of a person from rows; of a team those of the last quarter as everywhere
/// (rows up to 20,000, else histograms) and those before from histograms.
fn medians(
    conn: &mut Conn,
    subject: Subject<'_>,
    quarters: &[Quarter],
    cells: &BTreeMap<i32, Cell>,
    fiscal_start: FiscalStart,
) -> Result<HashMap<(i32, Duration), Figure>> {
    let mut found = HashMap::new();
    let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else {
        return Ok(found);
    };
    let durations = [Duration::FirstReply, Duration::Resolve];
    let any = |quarter: &Quarter| {
        let cell = cells.get(&quarter.index());
        cell.is_some_and(|cell| durations.iter().any(|d| cell.duration_n(*d) > 0))
    };
    if !quarters.iter().any(any) {
        return Ok(found);
    }
    let tree = match subject {
        Subject::Person(_) => {
            let from = span(*first, fiscal_start).0;
            let rows = timed(conn, subject, from, span(*last, fiscal_start).1)?;
            let mut values: HashMap<(i32, Duration), Vec<i64>> = HashMap::new();
            for row in &rows {
                let quarter = Quarter::of(date_of(row.day), fiscal_start).index();
                for duration in durations {
                    let values = values.entry((quarter, duration)).or_default();
                    values.extend(row.value(duration));
                }
            }
            for (key, values) in values {
                found.extend(figures::median(values).map(|figure| (key, figure)));
            }
            return Ok(found);
        }
        Subject::Team(tree) => tree,
    };
    if let Some(cell) = cells.get(&last.index()) {
        let group = Group {
            teams: Some(tree),
            cell,
        };
        let days = span(*last, fiscal_start);
        let of_last = figures::group_medians(conn, &[group], last.index(), days)?;
        for (duration, figure) in of_last.into_iter().flatten() {
            found.insert((last.index(), duration), figure);
        }
    }
    let earlier = &quarters[..quarters.len() - 1];
    if tree.len() <= TEAMS_AT_MOST && earlier.iter().any(any) {
        let condition = format!(
            "quarter in ({}) and team_id in ({})",
            list(earlier.iter().map(|q| i64::from(q.index()))),
            list(tree.iter().copied())
        );
        let mut by_quarter: BTreeMap<i32, BTreeMap<_, _>> = BTreeMap::new();
        for (key, durations) in tallies::durations(conn, &condition)? {
            by_quarter.entry(key.0).or_default().insert(key, durations);
        }
        for (quarter, histograms) in by_quarter {
            for (duration, figure) in figures::from_histograms(&histograms, Some(tree)) {
                found.insert((quarter, duration), figure);
            }
        }
    }
    Ok(found)
}

fn timed(conn: &mut Conn, subject: Subject<'_>, from: i32, to: i32) -> Result<Vec<Timed>> {
    let query = sr::table
        .filter(sr::day.between(from, to))
        .filter(sr::bot.eq(false))
        .select((sr::day, sr::channel, sr::first_reply_s, sr::resolve_min))
        .into_boxed();
    Ok(match subject {
        Subject::Person(staff) => query.filter(sr::staff_id.eq(staff)).load(conn)?,
        Subject::Team(tree) => query.filter(sr::team_id.eq_any(tree)).load(conn)?,
    })
}

/// Cells by week: of a person counted from the rows of the kinds that matter.
fn weekly(
    conn: &mut Conn,
    subject: Subject<'_>,
    measure: Measure,
    (from, to): (i32, i32),
    fiscal_start: FiscalStart,
) -> Result<Weeks> {
    let mut weeks = Weeks::new();
    match subject {
        Subject::Team(tree) => {
            let condition = format!(
                "team_id in ({}) and bot = 0 and day between {from} and {to}",
                list(tree.iter().copied())
            );
            let columns = Columns::of([measure]);
            for row in tallies::sums(conn, TEAM_DAY, &columns, &condition, &["day"])? {
                let week = week_number(row.key[0] as i32);
                figures::add(weeks.entry(week).or_default(), &row.cell)?;
            }
        }
        Subject::Person(staff) => {
            let mut people = PersonWeeks::new();
            for kind in RowKind::of(measure) {
                let days = (from, to);
                match kind {
                    RowKind::Service => {
                        count::<ServiceRecord>(conn, &[staff], days, fiscal_start, &mut people)
                    }
                    RowKind::Survey => {
                        count::<SurveyAnswer>(conn, &[staff], days, fiscal_start, &mut people)
                    }
                    RowKind::Complaint => {
                        count::<Complaint>(conn, &[staff], days, fiscal_start, &mut people)
                    }
                    RowKind::Review => {
                        count::<QualityReview>(conn, &[staff], days, fiscal_start, &mut people)
                    }
                }?;
            }
            weeks = people.remove(&staff).unwrap_or_default();
        }
    }
    Ok(weeks)
}

/// Weeks by person.
pub(in crate::evidence) type PersonWeeks = HashMap<i64, Weeks>;

/// Counts the rows of a kind of some people into their weeks, bots left out.
pub(in crate::evidence) fn count<E: Evidence>(
    conn: &mut Conn,
    staff: &[i64],
    (from, to): (i32, i32),
    fiscal_start: FiscalStart,
    people: &mut PersonWeeks,
) -> Result<()> {
    for row in E::of_staff(conn, staff, from, to)? {
        let place = row.place(fiscal_start);
        if let Some(staff) = place.staff_id
            && !place.bot
        {
            let weeks = people.entry(staff).or_default();
            figures::add(
                weeks.entry(week_number(place.day)).or_default(),
                &row.cell(),
            )?;
        }
    }
    Ok(())
}
