//! What KPIs read: cells of people, teams and the company, and medians from rows where these are few.
//!
//! A whole quarter of anyone, and any days of a team or the company, come from cells; any other
//! window of a person comes from rows. Every function reads for all subjects at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use crate::calendar::{FiscalStart, week_number};
use crate::db::Conn;
use crate::db::schema::service_record as sr;
use crate::error::Result;
use crate::evidence::measures::{Duration, Figure};
use crate::evidence::model::{Cell, Columns, Durations};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::tallies::{self, COMPANY_DAY, STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER};
use crate::stats::quantiles::{percentile_interval, twice_median};

/// Medians of a group with more values than this come from the histogram (product.md 2).
pub(in crate::evidence) const ROWS_AT_MOST: i64 = 20_000;

/// Some days of a person, inclusive, as day numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub staff_id: i64,
    pub from: i32,
    pub to: i32,
}

/// Everybody's quarter.
#[derive(Default)]
pub struct StaffQuarter {
    /// Over teams and channels.
    pub people: HashMap<i64, Cell>,
    /// Contacts of each team (0: none) that name an employee.
    pub attributed: HashMap<i64, i64>,
}

/// Reads everybody's quarter, or that of one person alone, of their cells the columns given.
pub fn staff_quarter(
    conn: &mut Conn,
    quarter: i32,
    only: Option<i64>,
    columns: &Columns,
) -> Result<StaffQuarter> {
    let mut all = StaffQuarter::default();
    let mut condition = format!("quarter = {quarter}");
    if let Some(staff_id) = only {
        condition.push_str(&format!(" and staff_id = {staff_id}"));
    }
    tallies::each(conn, STAFF_QUARTER, columns, &condition, |key, cell| {
        let [_, staff, team, _] = key;
        *all.attributed.entry(team).or_default() += cell.records();
        add(all.people.entry(staff).or_default(), cell)
    })?;
    Ok(all)
}

/// Adds a cell to a sum, refusing what would not fit.
pub(in crate::evidence) fn add(sum: &mut Cell, cell: &Cell) -> Result<()> {
    if sum.add(cell, 1) {
        Ok(())
    } else {
        Err(crate::error::Error::invalid(crate::error::Message::new(
            "tally-overflow",
        )))
    }
}

/// People looked up in one query.
const PEOPLE_AT_ONCE: usize = 500;

/// The cell of each window, counted from rows.
pub fn windows(
    conn: &mut Conn,
    windows: &[Window],
    fiscal_start: FiscalStart,
) -> Result<HashMap<Window, Cell>> {
    let mut cells: HashMap<Window, Cell> = HashMap::new();
    for chunk in windows.chunks(PEOPLE_AT_ONCE) {
        count_rows::<ServiceRecord>(conn, chunk, fiscal_start, &mut cells)?;
        count_rows::<SurveyAnswer>(conn, chunk, fiscal_start, &mut cells)?;
        count_rows::<Complaint>(conn, chunk, fiscal_start, &mut cells)?;
        count_rows::<QualityReview>(conn, chunk, fiscal_start, &mut cells)?;
    }
    Ok(cells)
}

fn count_rows<E: Evidence>(
    conn: &mut Conn,
    windows: &[Window],
    fiscal_start: FiscalStart,
    cells: &mut HashMap<Window, Cell>,
) -> Result<()> {
    let Some((from, to)) = span(windows) else {
        return Ok(());
    };
    let people: Vec<i64> = windows.iter().map(|w| w.staff_id).collect();
    for row in E::of_staff(conn, &people, from, to)? {
        let place = row.place(fiscal_start);
        if place.bot {
            continue;
        }
        for window in windows {
            if Some(window.staff_id) == place.staff_id
                && (window.from..=window.to).contains(&place.day)
            {
                add(cells.entry(*window).or_default(), &row.cell())?;
            }
        }
    }
    Ok(())
}

fn span(windows: &[Window]) -> Option<(i32, i32)> {
    let from = windows.iter().map(|w| w.from).min()?;
    let to = windows.iter().map(|w| w.to).max()?;
    Some((from, to))
}

/// The medians of each window that has values, from rows.
pub fn window_medians(
    conn: &mut Conn,
    windows: &[Window],
) -> Result<HashMap<(Window, Duration), Figure>> {
    type Row = (Option<i64>, i32, Option<i32>, Option<i32>);
    let mut figures = HashMap::new();
    for chunk in windows.chunks(PEOPLE_AT_ONCE) {
        let Some((from, to)) = span(chunk) else {
            continue;
        };
        let people: Vec<i64> = chunk.iter().map(|w| w.staff_id).collect();
        let rows: Vec<Row> = sr::table
            .filter(sr::staff_id.eq_any(&people))
            .filter(sr::day.between(from, to))
            .filter(sr::bot.eq(false))
            .select((sr::staff_id, sr::day, sr::first_reply_s, sr::resolve_min))
            .load(conn)?;
        let mut of_person: HashMap<i64, Vec<&Row>> = HashMap::new();
        for row in &rows {
            if let Some(staff) = row.0 {
                of_person.entry(staff).or_default().push(row);
            }
        }
        for window in chunk {
            let rows = of_person
                .get(&window.staff_id)
                .map_or(&[][..], Vec::as_slice);
            let inside = || {
                rows.iter()
                    .filter(|r| (window.from..=window.to).contains(&r.1))
            };
            let reply = inside().filter_map(|r| r.2).map(i64::from).collect();
            let resolve = inside().filter_map(|r| r.3).map(i64::from).collect();
            for (duration, values) in [(Duration::FirstReply, reply), (Duration::Resolve, resolve)]
            {
                if let Some(figure) = median(values) {
                    figures.insert((*window, duration), figure);
                }
            }
        }
    }
    Ok(figures)
}

/// The exact median of some values with its order-statistic interval.
#[must_use]
pub fn median(mut values: Vec<i64>) -> Option<Figure> {
    values.sort_unstable();
    let interval = percentile_interval(&values, 50);
    Some(Figure::Median {
        approx: false,
        // The ends are two of the values, so they are whole.
        high: interval.map(|i| i.high as i64),
        low: interval.map(|i| i.low as i64),
        n: values.len() as i64,
        twice: twice_median(&values)?,
    })
}

/// A quarter of a team, its own contacts only.
#[derive(Clone, Debug, Default)]
pub struct TeamQuarter {
    /// Handled by people, by channel number.
    pub channels: BTreeMap<i32, Cell>,
    pub bot: Cell,
}

impl TeamQuarter {
    /// Over all channels, bots left out.
    pub fn total(&self) -> Result<Cell> {
        let mut sum = Cell::default();
        for cell in self.channels.values() {
            add(&mut sum, cell)?;
        }
        Ok(sum)
    }

    /// Adds a cell as the tallies key it.
    fn count(&mut self, channel: i64, bot: i64, cell: &Cell) -> Result<()> {
        if bot == 0 {
            add(self.channels.entry(channel as i32).or_default(), cell)
        } else {
            add(&mut self.bot, cell)
        }
    }

    /// Adds another team's.
    pub fn merge(&mut self, other: &TeamQuarter) -> Result<()> {
        for (channel, cell) in &other.channels {
            add(self.channels.entry(*channel).or_default(), cell)?;
        }
        add(&mut self.bot, &other.bot)
    }
}

/// Every team's quarter.
pub fn team_quarter(conn: &mut Conn, quarter: i32) -> Result<HashMap<i64, TeamQuarter>> {
    let mut teams: HashMap<i64, TeamQuarter> = HashMap::new();
    let condition = format!("quarter = {quarter}");
    tallies::each(
        conn,
        TEAM_QUARTER,
        &Columns::ALL,
        &condition,
        |key, cell| {
            let [_, team, channel, bot] = key;
            teams.entry(team).or_default().count(channel, bot, cell)
        },
    )?;
    Ok(teams)
}

/// The company from one day to another, contacts without a team included.
pub fn company(conn: &mut Conn, from: i32, to: i32) -> Result<TeamQuarter> {
    let mut all = TeamQuarter::default();
    let condition = format!("day between {from} and {to}");
    tallies::each(conn, COMPANY_DAY, &Columns::ALL, &condition, |key, cell| {
        let [_, channel, bot, _] = key;
        all.count(channel, bot, cell)
    })?;
    Ok(all)
}

/// Cells by week number.
pub type Weeks = BTreeMap<i32, Cell>;

/// Every team's weeks, bots left out, of their cells the columns given.
pub fn team_weeks(
    conn: &mut Conn,
    from: i32,
    to: i32,
    columns: &Columns,
) -> Result<HashMap<i64, Weeks>> {
    let mut teams: HashMap<i64, Weeks> = HashMap::new();
    // The days of a team stand together: named by team they are found without reading all days.
    let condition =
        format!("team_id in (select id from team) and bot = 0 and day between {from} and {to}");
    tallies::each(conn, TEAM_DAY, columns, &condition, |key, cell| {
        let [team, day, ..] = key;
        let weeks = teams.entry(team).or_default();
        add(weeks.entry(week_number(day as i32)).or_default(), cell)
    })?;
    Ok(teams)
}

/// Up to so many teams are looked up by their numbers; of more, all days are read.
const TEAMS_NAMED: usize = 200;

/// Some days of a team with the teams below it, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TeamWindow {
    pub team_id: i64,
    pub from: i32,
    pub to: i32,
}

/// The cell of each window, its sub-tree included, bots left out: any days of a team come from cells.
pub fn team_windows(
    conn: &mut Conn,
    windows: &[TeamWindow],
    subtrees: &BTreeMap<i64, Vec<i64>>,
) -> Result<HashMap<TeamWindow, Cell>> {
    let (Some(from), Some(to)) = (
        windows.iter().map(|w| w.from).min(),
        windows.iter().map(|w| w.to).max(),
    ) else {
        return Ok(HashMap::new());
    };
    let teams: BTreeSet<i64> = windows
        .iter()
        .filter_map(|window| subtrees.get(&window.team_id))
        .flatten()
        .copied()
        .collect();
    let mut condition = format!("bot = 0 and day between {from} and {to}");
    if teams.len() <= TEAMS_NAMED {
        let teams: Vec<String> = teams.iter().map(ToString::to_string).collect();
        condition = format!("team_id in ({}) and {condition}", teams.join(", "));
    }
    let mut sums: HashMap<TeamWindow, Cell> = HashMap::new();
    tallies::each(conn, TEAM_DAY, &Columns::ALL, &condition, |key, cell| {
        let [team, day, ..] = key;
        for window in windows {
            let inside = subtrees
                .get(&window.team_id)
                .is_some_and(|tree| tree.contains(&team));
            if inside && (i64::from(window.from)..=i64::from(window.to)).contains(&day) {
                add(sums.entry(*window).or_default(), cell)?;
            }
        }
        Ok(())
    })?;
    Ok(sums)
}

/// The company's weeks, bots left out.
pub fn company_weeks(conn: &mut Conn, from: i32, to: i32) -> Result<Weeks> {
    let mut weeks = Weeks::new();
    let condition = format!("bot = 0 and day between {from} and {to}");
    tallies::each(conn, COMPANY_DAY, &Columns::ALL, &condition, |key, cell| {
        let [day, ..] = key;
        add(weeks.entry(week_number(day as i32)).or_default(), cell)
    })?;
    Ok(weeks)
}

/// Adds the weeks of a team to those of a group.
pub fn merge_weeks(group: &mut Weeks, team: &Weeks) -> Result<()> {
    for (week, cell) in team {
        add(group.entry(*week).or_default(), cell)?;
    }
    Ok(())
}

/// A group whose medians are wanted: its teams (none: the company), and how many values it has.
pub struct Group<'a> {
    pub teams: Option<&'a [i64]>,
    pub cell: &'a Cell,
}

/// The medians of each group in a quarter: from rows up to 20,000 values, from histograms beyond.
pub fn group_medians(
    conn: &mut Conn,
    groups: &[Group<'_>],
    quarter: i32,
    (from, to): (i32, i32),
) -> Result<Vec<BTreeMap<Duration, Figure>>> {
    let mut figures: Vec<BTreeMap<Duration, Figure>> = vec![BTreeMap::new(); groups.len()];
    let most = |g: &Group<'_>| {
        let n = |d| g.cell.duration_n(d);
        n(Duration::FirstReply).max(n(Duration::Resolve))
    };
    let mut histograms: Option<BTreeMap<_, Durations>> = None;
    let mut pending: Vec<usize> = Vec::new();
    let mut pending_rows = 0;
    for (at, group) in groups.iter().enumerate() {
        if most(group) > ROWS_AT_MOST {
            if histograms.is_none() {
                let all = tallies::durations(conn, &format!("quarter = {quarter}"))?;
                histograms = Some(all);
            }
            if let Some(all) = &histograms {
                figures[at] = from_histograms(all, group.teams);
            }
            continue;
        }
        pending.push(at);
        pending_rows += most(group);
        if pending_rows > 10 * ROWS_AT_MOST {
            medians_from_rows(conn, groups, &pending, (from, to), &mut figures)?;
            pending.clear();
            pending_rows = 0;
        }
    }
    medians_from_rows(conn, groups, &pending, (from, to), &mut figures)?;
    Ok(figures)
}

fn medians_from_rows(
    conn: &mut Conn,
    groups: &[Group<'_>],
    pending: &[usize],
    (from, to): (i32, i32),
    figures: &mut [BTreeMap<Duration, Figure>],
) -> Result<()> {
    type Row = (Option<i64>, Option<i32>, Option<i32>);
    if pending.is_empty() {
        return Ok(());
    }
    let mut query = sr::table
        .filter(sr::day.between(from, to))
        .filter(sr::bot.eq(false))
        .select((sr::team_id, sr::first_reply_s, sr::resolve_min))
        .into_boxed();
    if pending.iter().all(|&at| groups[at].teams.is_some()) {
        let teams: Vec<i64> = pending
            .iter()
            .flat_map(|&at| groups[at].teams.unwrap_or_default())
            .copied()
            .collect();
        query = query.filter(sr::team_id.eq_any(teams));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let mut of_team: HashMap<Option<i64>, Vec<&Row>> = HashMap::new();
    for row in &rows {
        of_team.entry(row.0).or_default().push(row);
    }
    for &at in pending {
        let inside: Vec<&Row> = match groups[at].teams {
            None => rows.iter().collect(),
            Some(teams) => teams
                .iter()
                .filter_map(|&team| of_team.get(&Some(team)))
                .flatten()
                .copied()
                .collect(),
        };
        let reply = inside.iter().filter_map(|r| r.1).map(i64::from).collect();
        let resolve = inside.iter().filter_map(|r| r.2).map(i64::from).collect();
        for (duration, values) in [(Duration::FirstReply, reply), (Duration::Resolve, resolve)] {
            if let Some(figure) = median(values) {
                figures[at].insert(duration, figure);
            }
        }
    }
    Ok(())
}

/// The medians of some teams (none: the company) from the histograms of a quarter.
pub(in crate::evidence) fn from_histograms(
    all: &BTreeMap<(i32, i64, i32), Durations>,
    teams: Option<&[i64]>,
) -> BTreeMap<Duration, Figure> {
    let sum = all
        .iter()
        .filter(|((_, team, _), _)| match teams {
            None => *team == 0,
            Some(teams) => teams.contains(team),
        })
        .try_fold(Durations::default(), |sum, (_, d)| sum.checked_add(d))
        .unwrap_or_default();
    [
        (Duration::FirstReply, &sum.first_reply),
        (Duration::Resolve, &sum.resolve),
    ]
    .into_iter()
    .filter_map(|(duration, histogram)| {
        let median = histogram.percentile(50)?;
        let interval = histogram.percentile_interval(50);
        let figure = Figure::Median {
            approx: true,
            high: interval.map(|i| i.high.round() as i64),
            low: interval.map(|i| i.low.round() as i64),
            n: histogram.n(),
            twice: (2.0 * median).round() as i64,
        };
        Some((duration, figure))
    })
    .collect()
}

/// Substantiated complaints of some days by team and category, of some teams or of all.
pub fn complaints_by_category(
    conn: &mut Conn,
    (from, to): (i32, i32),
    teams: Option<&[i64]>,
) -> Result<Vec<ComplaintCount>> {
    use crate::db::schema::{category, complaint as c};
    type Row = (Option<i64>, Option<i64>, i64);
    let query = c::table
        .filter(c::day.between(from, to))
        .filter(c::substantiated.eq(true))
        .group_by((c::team_id, c::category_id))
        .select((c::team_id, c::category_id, diesel::dsl::count_star()))
        .into_boxed();
    let counts: Vec<Row> = match teams {
        Some(teams) => query.filter(c::team_id.eq_any(teams)).load(conn)?,
        None => query.load(conn)?,
    };
    let names: Vec<(i64, String, String, String)> = category::table
        .select((
            category::id,
            category::code,
            category::name_zh,
            category::name_en,
        ))
        .load(conn)?;
    let names: HashMap<i64, (String, String, String)> = names
        .into_iter()
        .map(|(id, code, zh, en)| (id, (code, zh, en)))
        .collect();
    Ok(counts
        .into_iter()
        .map(|(team_id, category_id, count)| ComplaintCount {
            team_id,
            category: category_id.and_then(|id| names.get(&id).cloned()),
            count,
        })
        .collect())
}

/// Complaints of a team in a category (code, Chinese and English name; none: not classified).
pub struct ComplaintCount {
    pub team_id: Option<i64>,
    pub category: Option<(String, String, String)>,
    pub count: i64,
}
