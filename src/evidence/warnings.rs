//! Early warnings: weeks in which a team or a person leaves the usual range of a measure become findings.
//!
//! A control chart (XmR, rules 1 to 3) over the 26 complete weeks before a day; of its signals those of the
//! last weeks, for the worse or where neither way is better. What moved the right way is no warning. A jump
//! is found once per week; a shift or a trend, which goes on signalling, is told again after eight weeks.
//! So whoever looks again finds nothing new.
//!
//! Medians are left out: tallies keep none by week, and reading every row of the company would cost more
//! than the service-level share, which says the same, leaves open.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calendar::{Clock, FiscalStart, Quarter, date_of, week_number};
use crate::db::schema::team;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::evidence::figures::{self, Weeks};
use crate::evidence::measures::{Direction, Measure, Quantity};
use crate::evidence::model::{Columns, RowKind};
use crate::evidence::rows::{Complaint, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::store::subject::{PersonWeeks, WEEKS, count};
use crate::evidence::tallies::{self, STAFF_QUARTER, TEAM_DAY, list};
use crate::evidence::themes;
use crate::evidence::view::gauge::Gauge;
use crate::findings::model::{About, Details, Kind, NewFinding, Rule, Source, Warning, Words};
use crate::findings::store;
use crate::i18n::Locale;
use crate::jobs::{self, Job};
use crate::settings::Settings;
use crate::stats::control;

/// Signals of older weeks are no news.
const NEWS: i32 = 4;

/// A shift or a trend is not told again for so many weeks.
const QUIET: i32 = 8;

/// A person's week with fewer records of a measure is left open: its value would be noise.
const PERSON_WEEK: i64 = 20;

/// Teams and people read at once: some fifty megabytes of cells.
const TEAMS_AT_ONCE: usize = 300;
const PEOPLE_AT_ONCE: usize = 200;

/// What is watched: the measures of which a week has a figure. Means of survey answers would say what
/// their shares say.
fn watched() -> impl Iterator<Item = Measure> {
    Measure::ALL.into_iter().filter(|measure| {
        !matches!(
            measure,
            Measure::Median(_) | Measure::Mean(Quantity::Csat | Quantity::Ces)
        )
    })
}

/// Finds the early warnings of the complete weeks before `day` and stores those that are new; says how
/// many. Two queries for every 300 teams and five for every 200 people with enough records.
///
/// # Errors
/// When the database fails.
pub fn find(
    conn: &mut Conn,
    day: i32,
    fiscal_start: FiscalStart,
    at: NaiveDateTime,
) -> Result<usize> {
    // The last week that is over; its Sunday is the day before the Monday of this week.
    let last_week = week_number(day) - 1;
    let weeks = Span {
        first: last_week + 1 - WEEKS,
        last: last_week,
    };
    let mut known = Known::read(conn, weeks)?;
    let mut added = 0;
    let columns = Columns::of(watched());
    let (from, to) = weeks.days();
    let teams: Vec<i64> = team::table.select(team::id).order(team::id).load(conn)?;
    for chunk in teams.chunks(TEAMS_AT_ONCE) {
        let condition = format!(
            "team_id in ({}) and bot = 0 and day between {from} and {to}",
            list(chunk.iter().copied())
        );
        let mut series: PersonWeeks = PersonWeeks::new();
        tallies::each(conn, TEAM_DAY, &columns, &condition, |key, cell| {
            let [team, day, ..] = key;
            let weeks = series.entry(team).or_default();
            figures::add(weeks.entry(week_number(day as i32)).or_default(), cell)
        })?;
        added += keep(conn, &series, About::Team, weeks, None, &mut known, at)?;
    }
    let people = with_enough(conn, weeks, fiscal_start)?;
    for chunk in people.chunks(PEOPLE_AT_ONCE) {
        let mut series = PersonWeeks::new();
        let days = weeks.days();
        for kind in RowKind::ALL {
            match kind {
                RowKind::Service => {
                    count::<ServiceRecord>(conn, chunk, days, fiscal_start, &mut series)
                }
                RowKind::Survey => {
                    count::<SurveyAnswer>(conn, chunk, days, fiscal_start, &mut series)
                }
                RowKind::Complaint => {
                    count::<Complaint>(conn, chunk, days, fiscal_start, &mut series)
                }
                RowKind::Review => {
                    count::<QualityReview>(conn, chunk, days, fiscal_start, &mut series)
                }
            }?;
        }
        let few = Some(PERSON_WEEK);
        added += keep(conn, &series, About::Person, weeks, few, &mut known, at)?;
    }
    Ok(added)
}

/// The kind of the job that looks for warnings and for themes of complaints.
pub const JOB: &str = "warnings";

/// Asks for a look at the warnings of a day: after an import, and once a day. A look that still waits is
/// not asked for twice.
pub fn ask(conn: &mut Conn, day: i32, at: NaiveDateTime) -> Result<()> {
    jobs::enqueue(
        conn,
        JOB,
        &day.to_string(),
        &json!({ "day": day }),
        None,
        at,
    )?;
    Ok(())
}

/// What a job is about.
#[derive(Deserialize)]
struct Due {
    day: i32,
}

/// Does the work of the job.
///
/// # Errors
/// When the database fails.
pub fn work(db: &Db, clock: &Clock, job: &Job) -> Result<Value> {
    let due: Due = job.args()?;
    let found = db.write(|conn| {
        let settings = Settings::load(conn)?;
        let warnings = find(conn, due.day, settings.fiscal_start, clock.now())?;
        Ok(warnings + themes::find(conn, due.day, clock.now())?)
    })?;
    Ok(json!({ "found": found }))
}

/// Weeks by number, inclusive.
#[derive(Clone, Copy)]
struct Span {
    first: i32,
    last: i32,
}

impl Span {
    /// Its days, inclusive.
    fn days(self) -> (i32, i32) {
        (monday(self.first), monday(self.last) + 6)
    }
}

fn monday(week: i32) -> i32 {
    week * 7 - 3
}

/// People who may have enough records in enough weeks for a chart: those with as many in the quarters
/// the weeks touch.
fn with_enough(conn: &mut Conn, weeks: Span, fiscal_start: FiscalStart) -> Result<Vec<i64>> {
    let (from, to) = weeks.days();
    let quarter = |day| Quarter::of(date_of(day), fiscal_start).index();
    let condition = format!("quarter between {} and {}", quarter(from), quarter(to));
    let columns = Columns::at(Columns::counting(RowKind::Service, None));
    let enough = PERSON_WEEK * control::FEWEST_POINTS as i64;
    Ok(
        tallies::sums(conn, STAFF_QUARTER, &columns, &condition, &["staff_id"])?
            .into_iter()
            .filter(|row| row.cell.records() >= enough)
            .map(|row| row.key[0])
            .collect(),
    )
}

/// What was found before.
struct Known {
    /// Measure, about whom, rule, day of the finding.
    seen: HashSet<(String, About, Rule, i32)>,
}

impl Known {
    fn read(conn: &mut Conn, weeks: Span) -> Result<Self> {
        let since = monday(weeks.last + 1 - NEWS - QUIET);
        let seen = store::known_since(conn, Kind::EarlyWarning, since)?
            .into_iter()
            .map(|(measure, about, day, warning)| (measure, about, warning.rule, day))
            .collect();
        Ok(Known { seen })
    }

    /// Whether a signal is news; from then on it is known.
    fn is_news(&mut self, measure: &str, about: About, rule: Rule, day: i32) -> bool {
        let back = if rule == Rule::BeyondLimit { 0 } else { QUIET };
        let told = (0..=back).any(|weeks| {
            let seen = (measure.to_owned(), about, rule, day - 7 * weeks);
            self.seen.contains(&seen)
        });
        if !told {
            self.seen.insert((measure.to_owned(), about, rule, day));
        }
        !told
    }
}

/// Stores what is new in some series.
fn keep(
    conn: &mut Conn,
    series: &PersonWeeks,
    about: fn(i64) -> About,
    weeks: Span,
    fewest: Option<i64>,
    known: &mut Known,
    at: NaiveDateTime,
) -> Result<usize> {
    let mut found = Vec::new();
    let mut subjects: Vec<_> = series.iter().collect();
    subjects.sort_unstable_by_key(|(id, _)| **id);
    for (id, cells) in subjects {
        for measure in watched() {
            for (week, warning) in warnings(measure, cells, weeks, fewest) {
                let (about, day) = (about(*id), monday(week));
                if known.is_news(measure.code(), about, warning.rule, day) {
                    found.push(finding(measure, about, day, warning));
                }
            }
        }
    }
    store::add(conn, &found, at)
}

fn finding(measure: Measure, about: About, day: i32, warning: Warning) -> NewFinding {
    NewFinding {
        kind: Kind::EarlyWarning,
        measure: measure.code().to_owned(),
        about,
        day,
        words: Words::weighed(if warning.worse { 3 } else { 2 }, warning.rule.urgency()),
        evidence: Source::default(),
        dedupe_key: format!(
            "{}:{}:{}:{}:{day}",
            Kind::EarlyWarning.code(),
            measure.code(),
            about.key(),
            warning.rule.number()
        ),
        details: Details::Warning(warning),
    }
}

/// The signals of a measure's last weeks that are warnings, with their weeks, in order of time.
fn warnings(
    measure: Measure,
    cells: &Weeks,
    weeks: Span,
    fewest: Option<i64>,
) -> Vec<(i32, Warning)> {
    // The language plays no part: only what counts is asked of it.
    let mut gauge = Gauge::of_measure(measure, Locale::En);
    if let Some(fewest) = fewest {
        gauge.min_n = fewest;
    }
    let points: Vec<(i32, f64, i64)> = cells
        .range(weeks.first..=weeks.last)
        .filter_map(|(week, cell)| {
            let estimate = gauge.counted(cell.figure(measure).as_ref());
            Some((*week, estimate.value?, estimate.n))
        })
        .collect();
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let Some(chart) = control::xmr(&values) else {
        return Vec::new();
    };
    chart
        .signals
        .iter()
        .filter_map(|signal| {
            let (week, value, n) = points[signal.point];
            let (rule, rising) = match signal.rule {
                control::Rule::BeyondLimit => (Rule::BeyondLimit, value > chart.centre),
                control::Rule::NineOnOneSide => (Rule::NineOnOneSide, value > chart.centre),
                control::Rule::SixInATrend => (
                    Rule::SixInATrend,
                    value > points[signal.point.saturating_sub(1)].1,
                ),
            };
            let worse = match measure.direction() {
                Direction::Higher => !rising,
                Direction::Lower => rising,
                Direction::Band => false,
            };
            let warns = worse || measure.direction() == Direction::Band;
            (warns && week > weeks.last - NEWS).then_some((
                week,
                Warning {
                    rule,
                    value,
                    mean: chart.centre,
                    lower: chart.lower,
                    upper: chart.upper,
                    n,
                    worse,
                },
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::measures::Flag;
    use crate::evidence::model::{Cell, ServiceFacts};

    /// Weeks of a hundred records each, so many of them in time.
    fn weeks(hits: &[i64]) -> (Weeks, Span) {
        let mut cells = Weeks::new();
        for (week, &hits) in (100..).zip(hits) {
            for at in 0..100 {
                let cell = Cell::of_service(&ServiceFacts {
                    sla: Some(at < hits),
                    ..ServiceFacts::default()
                });
                assert!(cells.entry(week).or_default().add(&cell, 1));
            }
        }
        let last = 99 + hits.len() as i32;
        let span = Span {
            first: last + 1 - WEEKS,
            last,
        };
        (cells, span)
    }

    fn rules(hits: &[i64]) -> Vec<(i32, Rule)> {
        let (cells, span) = weeks(hits);
        warnings(Measure::Share(Flag::Sla), &cells, span, None)
            .into_iter()
            .map(|(week, warning)| {
                assert!(warning.worse);
                (week, warning.rule)
            })
            .collect()
    }

    #[test]
    fn a_sudden_fall_warns_and_a_sudden_rise_does_not() {
        let steady = [90, 91, 90, 89, 90, 91, 90, 89, 90];
        let fall: Vec<i64> = steady.into_iter().chain([50]).collect();
        let rise: Vec<i64> = steady.into_iter().chain([100]).collect();
        assert_eq!(rules(&fall), [(109, Rule::BeyondLimit)]);
        assert_eq!(rules(&rise), []);
    }

    #[test]
    fn what_lies_more_than_four_weeks_back_is_no_news() {
        let mut hits = vec![90, 91, 90, 89, 90, 91, 90, 50];
        hits.extend([90, 91, 90]);
        assert_eq!(rules(&hits), [(107, Rule::BeyondLimit)]);
        hits.push(89);
        assert_eq!(rules(&hits), []);
    }

    #[test]
    fn weeks_with_too_few_records_are_left_open() {
        let (mut cells, span) = weeks(&[90, 91, 90, 89, 90, 91, 90, 89, 90, 91]);
        let bad = Cell::of_service(&ServiceFacts {
            sla: Some(false),
            ..ServiceFacts::default()
        });
        let mut few = Cell::default();
        for _ in 0..4 {
            assert!(few.add(&bad, 1));
        }
        cells.insert(109, few);
        let sla = Measure::Share(Flag::Sla);
        assert!(warnings(sla, &cells, span, None).is_empty());
        cells.insert(109, {
            let mut enough = few;
            assert!(enough.add(&bad, 1));
            enough
        });
        assert_eq!(warnings(sla, &cells, span, None).len(), 1);
        assert!(warnings(sla, &cells, span, Some(PERSON_WEEK)).is_empty());
    }

    #[test]
    fn a_shift_is_told_once_in_eight_weeks_and_a_jump_every_week() {
        let mut known = Known {
            seen: HashSet::new(),
        };
        let about = About::Team(1);
        let mut news = |rule, week: i32| known.is_news("sla", about, rule, monday(week));
        assert!(news(Rule::NineOnOneSide, 100));
        assert!(!news(Rule::NineOnOneSide, 101));
        assert!(!news(Rule::NineOnOneSide, 101));
        assert!(!news(Rule::NineOnOneSide, 108));
        assert!(news(Rule::NineOnOneSide, 109));
        assert!(news(Rule::BeyondLimit, 100));
        assert!(news(Rule::BeyondLimit, 101));
        assert!(!news(Rule::BeyondLimit, 101));
    }
}
