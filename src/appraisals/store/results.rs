//! Results: evidence and goal sheets of a cycle put together, for everybody at once. What comes out is
//! frozen when the cycle leaves evaluation, and shown as provisional before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use serde::Serialize;

use crate::appraisals::model::cycle::State;
use crate::appraisals::model::outcome;
use crate::appraisals::model::result::{
    CategoryCount, ChannelFigures, CompetencyResult, CriterionResult, CycleResult, GradeCount,
    GroupResult, ItemResult, KpiFigure, MemberResult, Missing, MissingCount, NotRated, PastQuarter,
    PeerMean, PeerResult, PersonResult, StepTaken, Subject, TeamResult, TeamSummary, VersionResult,
    WeekFigures,
};
use crate::appraisals::model::rules::Rules;
use crate::appraisals::model::score::{self, Score};
use crate::appraisals::store::cycles::{Cycle, Step, find, steps};
use crate::appraisals::store::reviews::{self, Own, Reviewed};
use crate::appraisals::store::sheets::{self, SheetItem, SheetVersion};
use crate::calendar::{FiscalStart, Quarter, date_of, day_number};
use crate::db::Conn;
use crate::db::schema::{cycle, evaluation, staff};
use crate::error::Result;
use crate::evidence::figures::{
    self, ComplaintCount, Group, TeamQuarter, TeamWindow, Weeks, Window,
};
use crate::evidence::model::{CHANNELS, Cell, Columns};
use crate::goals::model::sheet::Qualitative;
use crate::goals::model::{Duration, Figure, Kpi, Measure};
use crate::goals::store::values::{self, TypedIn};
use crate::people::store::reach::subtrees;
use crate::people::store::{Directory, Staff};
use crate::settings::Settings;
use crate::snapshots;

/// Quarters before the cycle that a result looks back on.
const LOOK_BACK: usize = 4;

/// Everything a cycle comes to.
pub struct Results {
    /// In order of employee number.
    pub people: Vec<PersonResult>,
    /// In order of code.
    pub teams: Vec<TeamResult>,
    pub cycle: CycleResult,
}

/// A person's place in the cycle.
#[derive(Queryable)]
struct Seat {
    staff_id: i64,
    manager_id: Option<i64>,
    team_id: Option<i64>,
    excused_reason: Option<String>,
    included_reason: Option<String>,
}

/// Computes every result from what the database holds now.
pub fn compute(conn: &mut Conn, cycle: &Cycle) -> Result<Results> {
    compute_beside(conn, cycle, &[])
}

/// As [`compute`], but of those in `frozen`, in order of employee number, what was frozen stays as it is.
pub fn compute_beside(conn: &mut Conn, cycle: &Cycle, frozen: &[PersonResult]) -> Result<Results> {
    let evidence = Gathered::load(conn, cycle, None)?;
    let steps = steps(conn, cycle)?;
    // People are scored while the evidence of groups is still being read.
    let (groups, mut people) = thread::scope(|scope| {
        let people = scope.spawn(|| people(cycle, &evidence, &steps));
        (Groups::load(conn, cycle, &evidence), joined(people))
    });
    for person in &mut people {
        let kept = frozen.binary_search_by(|f| f.employee_no.cmp(&person.employee_no));
        if let Ok(at) = kept {
            *person = frozen[at].clone();
        }
    }
    let groups = groups?;
    let teams = groups.teams(&people);
    let cycle_result = groups.company(conn, cycle, &people, &teams)?;
    Ok(Results {
        people,
        teams,
        cycle: cycle_result,
    })
}

/// The result of one person as it would come out now: as many queries whoever it is. None when they are not in the
/// cycle.
pub fn compute_one(conn: &mut Conn, cycle: &Cycle, staff_id: i64) -> Result<Option<PersonResult>> {
    let evidence = Gathered::load(conn, cycle, Some(staff_id))?;
    let steps = steps(conn, cycle)?;
    Ok(people(cycle, &evidence, &steps).pop())
}

/// What people and groups are scored from.
struct Gathered {
    directory: Directory,
    seats: Vec<Seat>,
    versions: HashMap<i64, Vec<SheetVersion>>,
    /// Those with whom the check-ins that the rules want were held.
    checked_in: BTreeSet<i64>,
    /// What was typed in for the quarter.
    typed: TypedIn,
    reviews: HashMap<i64, Reviewed>,
    people: HashMap<i64, Cell>,
    /// Contacts of each team that name an employee.
    attributed: HashMap<i64, i64>,
    windows: HashMap<Window, Cell>,
    medians: HashMap<(Window, Duration), Figure>,
    /// What those lead whose sheet covers only some days of the quarter.
    team_windows: HashMap<TeamWindow, Cell>,
    /// The last quarters before the cycle, oldest first, with everybody's cells.
    past: Vec<(Quarter, HashMap<i64, Cell>)>,
    /// Each team's quarter, its sub-tree included.
    teams: HashMap<i64, TeamQuarter>,
    /// The same over channels, bots left out.
    totals: HashMap<i64, Cell>,
    subtrees: BTreeMap<i64, Vec<i64>>,
    quarter: Quarter,
    /// First and last day of the cycle.
    days: (i32, i32),
    rules_sha256: String,
}

impl Gathered {
    /// Of everybody, or what one person's result is made of.
    fn load(conn: &mut Conn, cycle: &Cycle, only: Option<i64>) -> Result<Self> {
        let fiscal_start = Settings::load(conn)?.fiscal_start;
        let quarter = Quarter::from_index(cycle.quarter);
        let days = (day_number(cycle.starts_on), day_number(cycle.ends_on));
        let directory = Directory::load(conn)?;
        let mut seats = evaluation::table
            .filter(evaluation::cycle_id.eq(cycle.id))
            .into_boxed();
        if let Some(staff_id) = only {
            seats = seats.filter(evaluation::staff_id.eq(staff_id));
        }
        let seats: Vec<Seat> = seats
            .select((
                evaluation::staff_id,
                evaluation::manager_id,
                evaluation::team_id,
                evaluation::excused_reason,
                evaluation::included_reason,
            ))
            .load(conn)?;
        let mut versions: HashMap<i64, Vec<SheetVersion>> = HashMap::new();
        for version in sheets::versions_of(conn, cycle, only)? {
            versions.entry(version.staff_id).or_default().push(version);
        }
        let mut partial = Vec::new();
        let mut partial_teams = Vec::new();
        let mut with_medians = Vec::new();
        for version in versions.values().flatten() {
            let window = window_of(version);
            if (window.from, window.to) != days {
                partial.push(window);
                let leads = version.items.iter().any(|i| i.subject == Subject::Team);
                partial_teams.extend(team_window_of(version).filter(|_| leads));
            }
            if version.items.iter().any(|i| median_of(cycle, i).is_some()) {
                with_medians.push(window);
            }
        }
        let by_person = |w: &Window| (w.staff_id, w.from);
        partial.sort_unstable_by_key(by_person);
        with_medians.sort_unstable_by_key(by_person);
        let columns = columns(&cycle.rules);
        let mut past = Vec::new();
        let mut before = quarter;
        for _ in 0..LOOK_BACK {
            before = before.prev();
            let quarter = figures::staff_quarter(conn, before.index(), only, &columns)?;
            past.push((before, quarter.people));
        }
        past.reverse();
        let leads = |v: &SheetVersion| v.items.iter().any(|i| i.subject == Subject::Team);
        let own = if only.is_none() || versions.values().flatten().any(leads) {
            figures::team_quarter(conn, quarter.index())?
        } else {
            HashMap::new()
        };
        let subtrees = directory.subtrees_on(cycle.ends_on);
        let teams = sum_subtrees(&own, &subtrees)?;
        let now = figures::staff_quarter(conn, quarter.index(), only, &columns)?;
        Ok(Gathered {
            checked_in: sheets::with_check_ins(conn, cycle)?,
            typed: values::of_quarter(conn, quarter)?,
            reviews: reviews::submitted(conn, cycle, only)?,
            people: now.people,
            attributed: now.attributed,
            windows: figures::windows(conn, &partial, fiscal_start)?,
            medians: figures::window_medians(conn, &with_medians)?,
            team_windows: figures::team_windows(conn, &partial_teams, &subtrees)?,
            past,
            totals: teams
                .iter()
                .map(|(&id, team)| Ok((id, team.total()?)))
                .collect::<Result<_>>()?,
            teams,
            subtrees,
            quarter,
            days,
            rules_sha256: snapshots::sha256_hex(&[cycle.rules_json.as_bytes()]),
            directory,
            seats,
            versions,
        })
    }

    /// The figure an item is scored by.
    fn figure(&self, kpi: &Kpi, item: &SheetItem, version: &SheetVersion) -> Option<Figure> {
        let Some(measure) = kpi.measure else {
            return match item.subject {
                Subject::Own => self.typed.of_staff(&kpi.code, version.staff_id),
                Subject::Team => self.typed.of_team(&kpi.code, version.team_id?),
            };
        };
        let window = window_of(version);
        let whole = (window.from, window.to) == self.days;
        if item.subject == Subject::Team {
            if whole {
                return self.totals.get(&version.team_id?)?.figure(measure);
            }
            let window = team_window_of(version)?;
            return self.team_windows.get(&window)?.figure(measure);
        }
        if let Measure::Median(duration) = measure {
            return self.medians.get(&(window, duration)).copied();
        }
        let cell = if whole {
            self.people.get(&version.staff_id)
        } else {
            self.windows.get(&window)
        };
        cell?.figure(measure)
    }

    fn team_code(&self, team: Option<i64>) -> Option<String> {
        Some(self.directory.teams.get(&team?)?.code.clone())
    }

    fn staff(&self, staff: Option<i64>) -> Option<&Staff> {
        self.directory.staff.get(&staff?)
    }

    fn job_role(&self, id: i64) -> String {
        self.directory
            .job_roles
            .get(&id)
            .cloned()
            .unwrap_or_default()
    }
}

fn window_of(version: &SheetVersion) -> Window {
    Window {
        staff_id: version.staff_id,
        from: day_number(version.from),
        to: day_number(version.to),
    }
}

fn team_window_of(version: &SheetVersion) -> Option<TeamWindow> {
    Some(TeamWindow {
        team_id: version.team_id?,
        from: day_number(version.from),
        to: day_number(version.to),
    })
}

fn median_of(cycle: &Cycle, item: &SheetItem) -> Option<Duration> {
    match cycle.rules.kpi(&item.kpi)?.measure {
        Some(Measure::Median(duration)) if item.subject == Subject::Own => Some(duration),
        _ => None,
    }
}

fn sum_subtrees(
    own: &HashMap<i64, TeamQuarter>,
    subtrees: &BTreeMap<i64, Vec<i64>>,
) -> Result<HashMap<i64, TeamQuarter>> {
    let mut sums = HashMap::new();
    for (&team, members) in subtrees {
        let mut sum = TeamQuarter::default();
        for member in members {
            if let Some(quarter) = own.get(member) {
                sum.merge(quarter)?;
            }
        }
        sums.insert(team, sum);
    }
    Ok(sums)
}

/// Year, month and day with hyphens.
fn iso(date: NaiveDate) -> String {
    date.to_string()
}

/// What the figures of a cycle's KPIs are made of.
fn columns(rules: &Rules) -> Columns {
    Columns::of(rules.kpis.iter().filter_map(|kpi| kpi.measure))
}

/// What the items of one person's sheet have come to so far, version by version: the same figures and points
/// that everybody's results are made of.
pub fn so_far(
    conn: &mut Conn,
    cycle: &Cycle,
    staff_id: i64,
    versions: &[SheetVersion],
    fiscal_start: FiscalStart,
) -> Result<Vec<Vec<ItemResult>>> {
    let days = (day_number(cycle.starts_on), day_number(cycle.ends_on));
    let is_whole = |window: &Window| (window.from, window.to) == days;
    let quarter = Quarter::from_index(cycle.quarter);
    let of = |subject: Subject| {
        let has = move |v: &&SheetVersion| v.items.iter().any(|i| i.subject == subject);
        versions.iter().filter(has)
    };
    let windows: Vec<Window> = of(Subject::Own).map(window_of).collect();
    let partial: Vec<Window> = windows.iter().copied().filter(|w| !is_whole(w)).collect();
    let medians: Vec<Window> = versions
        .iter()
        .filter(|v| v.items.iter().any(|i| median_of(cycle, i).is_some()))
        .map(window_of)
        .collect();
    let team_windows: Vec<TeamWindow> = of(Subject::Team).filter_map(team_window_of).collect();
    let whole = if windows.iter().any(is_whole) {
        let columns = columns(&cycle.rules);
        let own = figures::staff_quarter(conn, quarter.index(), Some(staff_id), &columns)?;
        own.people.get(&staff_id).copied().unwrap_or_default()
    } else {
        Cell::default()
    };
    let cells = figures::windows(conn, &partial, fiscal_start)?;
    let medians = figures::window_medians(conn, &medians)?;
    let teams = if team_windows.is_empty() {
        HashMap::new()
    } else {
        let subtrees = subtrees(conn, cycle.ends_on)?
            .into_iter()
            .map(|(team, tree)| (team, tree.into_iter().collect()))
            .collect();
        figures::team_windows(conn, &team_windows, &subtrees)?
    };
    let is_typed = |item: &SheetItem| {
        let kpi = cycle.rules.kpi(&item.kpi);
        kpi.is_some_and(|kpi| kpi.measure.is_none())
    };
    let typed = if versions.iter().flat_map(|v| &v.items).any(is_typed) {
        values::of_quarter(conn, quarter)?
    } else {
        TypedIn::default()
    };
    let figure = |kpi: &Kpi, item: &SheetItem, version: &SheetVersion| {
        let window = window_of(version);
        match (kpi.measure, item.subject) {
            (None, Subject::Own) => typed.of_staff(&kpi.code, staff_id),
            (None, Subject::Team) => typed.of_team(&kpi.code, version.team_id?),
            (Some(measure), Subject::Team) => teams.get(&team_window_of(version)?)?.figure(measure),
            (Some(Measure::Median(duration)), Subject::Own) => {
                medians.get(&(window, duration)).copied()
            }
            (Some(measure), Subject::Own) if is_whole(&window) => whole.figure(measure),
            (Some(measure), Subject::Own) => cells.get(&window)?.figure(measure),
        }
    };
    Ok(versions
        .iter()
        .map(|version| {
            let items = version.items.iter();
            items
                .filter_map(|item| {
                    let kpi = cycle.rules.kpi(&item.kpi)?;
                    Some(item_result(kpi, item, figure(kpi, item, version)))
                })
                .collect()
        })
        .collect())
}

/// Everybody, in order of employee number.
fn people(cycle: &Cycle, evidence: &Gathered, steps: &[Step]) -> Vec<PersonResult> {
    let reached = |state: State| steps.iter().any(|s| State::parse(&s.state) >= Some(state));
    let mut people: Vec<PersonResult> = Vec::with_capacity(evidence.seats.len());
    for seat in &evidence.seats {
        if let Some(staff) = evidence.directory.staff.get(&seat.staff_id) {
            people.push(person(cycle, evidence, seat, staff, &reached));
        }
    }
    people.sort_unstable_by(|a, b| a.employee_no.cmp(&b.employee_no));
    people
}

fn person(
    cycle: &Cycle,
    evidence: &Gathered,
    seat: &Seat,
    staff: &Staff,
    reached: &impl Fn(State) -> bool,
) -> PersonResult {
    let rules = &cycle.rules;
    let versions = evidence
        .versions
        .get(&seat.staff_id)
        .map_or(&[][..], Vec::as_slice);
    let mut scored = Vec::with_capacity(versions.len());
    let mut parts = Vec::with_capacity(versions.len());
    for version in versions {
        let items: Vec<ItemResult> = version
            .items
            .iter()
            .filter_map(|item| {
                let kpi = rules.kpi(&item.kpi)?;
                Some(item_result(kpi, item, evidence.figure(kpi, item, version)))
            })
            .collect();
        let score = score_of(&items, rules);
        let days = (version.to - version.from).num_days() + 1;
        parts.push((score, days));
        scored.push(VersionResult {
            agreed: version.agreed,
            days,
            from: iso(version.from),
            items,
            job_role: evidence.job_role(version.job_role_id),
            kpi_score_h: score.map(Score::rounded_h),
            qualitative: version
                .qualitative
                .iter()
                .map(|goal| Qualitative {
                    team_goal_id: None,
                    ..goal.clone()
                })
                .collect(),
            team: evidence.team_code(version.team_id),
            to: iso(version.to),
            version_no: version.version_no,
        });
    }
    let scope_days: i64 = parts.iter().map(|p| p.1).sum();
    let kpi = score::over_versions(&parts);
    let reviewed = evidence.reviews.get(&seat.staff_id);
    let job_role = versions
        .last()
        .map_or_else(String::new, |v| evidence.job_role(v.job_role_id));
    let (review, own_words) = reviewed.map_or((None, None), |r| (r.own.as_ref(), r.said.as_ref()));
    let self_review = competencies(rules, &job_role, own_words);
    let competencies = competencies(rules, &job_role, review);
    let competency = competencies.as_ref().and_then(|c| {
        let parts: Vec<(Option<i64>, i64)> = c
            .criteria
            .iter()
            .map(|c| (c.points_h, c.weight_bp))
            .collect();
        score::kpi_score(&parts, rules)
    });
    let total = score::total(kpi, competency, rules);
    let not_rated = if seat.excused_reason.is_some() {
        Some(NotRated::Excused)
    } else if versions.is_empty() {
        Some(NotRated::NoSheet)
    } else if scope_days < rules.min_days && seat.included_reason.is_none() {
        Some(NotRated::TooShort)
    } else if total.is_none() {
        Some(NotRated::TooLittleWeight)
    } else {
        None
    };
    let total_h = total.filter(|_| not_rated.is_none()).map(Score::rounded_h);
    let (first, last) = (versions.first(), versions.last());
    let manager = evidence.staff(seat.manager_id);
    PersonResult {
        adjustments: Vec::new(),
        competencies,
        competency_h: competency.map(Score::rounded_h),
        cycle: cycle.code.clone(),
        cycle_days: (cycle.ends_on - cycle.starts_on).num_days() + 1,
        employee_no: staff.employee_no.clone(),
        grade: total_h.and_then(|t| rules.grade(t)).map(str::to_string),
        history: history(evidence, seat.staff_id, &scored, rules),
        included_reason: seat.included_reason.clone(),
        job_role,
        kpi_score_h: kpi.map(Score::rounded_h),
        manager_name: manager.map(|m| m.name.clone()),
        manager_name_en: manager.map(|m| m.name_en.clone()),
        manager_no: manager.map(|m| m.employee_no.clone()),
        missing: missing(
            rules,
            &scored,
            (
                evidence.checked_in.contains(&seat.staff_id),
                reviewed.is_some_and(|r| r.own.is_some()),
            ),
            reached,
        ),
        name: staff.name.clone(),
        name_en: staff.name_en.clone(),
        not_rated,
        peers: reviewed.and_then(|r| r.peers.as_ref()).and_then(|shown| {
            let card = rules.peer_card()?;
            let criteria = &shown.outcome.criteria;
            Some(PeerResult {
                card: card.code.clone(),
                means: criteria
                    .iter()
                    .map(|together| PeerMean {
                        criterion: together.criterion.clone(),
                        mean: together.whole(),
                    })
                    .collect(),
            })
        }),
        rules_sha256: evidence.rules_sha256.clone(),
        scope_days,
        scope_from: first.map_or_else(|| iso(cycle.starts_on), |v| iso(v.from)),
        scope_to: last.map_or_else(|| iso(cycle.ends_on), |v| iso(v.to)),
        self_review,
        team: evidence.team_code(seat.team_id),
        total_h,
        versions: scored,
    }
}

/// A review, criterion by criterion; none without one or without a card.
fn competencies(rules: &Rules, job_role: &str, review: Option<&Own>) -> Option<CompetencyResult> {
    let card = rules.card_for(job_role)?;
    let own = review?;
    let criteria = card.criteria.iter().map(|criterion| {
        let rating = own.ratings.iter().find(|r| r.criterion == criterion.code);
        let rating_h = rating.and_then(|r| r.points_h);
        CriterionResult {
            criterion: criterion.code.clone(),
            note: rating.map_or_else(String::new, |r| r.note.clone()),
            points_h: rating_h.map(score::competency_points_h),
            rating_h,
            weight_bp: criterion.weight_bp,
        }
    });
    Some(CompetencyResult {
        card: card.code.clone(),
        criteria: criteria.collect(),
        summary: own.summary.clone(),
    })
}

fn item_result(kpi: &Kpi, item: &SheetItem, figure: Option<Figure>) -> ItemResult {
    ItemResult {
        aim: item.aim,
        baseline: item.baseline,
        kpi: item.kpi.clone(),
        points_h: kpi.points_h(figure.as_ref(), &item.aim),
        status: kpi.status(figure.as_ref()),
        figure,
        subject: item.subject,
        weight_bp: item.weight_bp,
    }
}

fn score_of(items: &[ItemResult], rules: &Rules) -> Option<Score> {
    let parts: Vec<(Option<i64>, i64)> = items.iter().map(|i| (i.points_h, i.weight_bp)).collect();
    score::kpi_score(&parts, rules)
}

/// What was gone past. A stage that has not been left yet misses nothing.
fn missing(
    rules: &Rules,
    versions: &[VersionResult],
    (checked_in, reviewed): (bool, bool),
    reached: &impl Fn(State) -> bool,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if rules.wants_agreement && reached(State::Tracking) && versions.iter().any(|v| !v.agreed) {
        missing.push(Missing::Agreement);
    }
    let wants_check_ins = rules.wants_agreement || rules.reviews;
    let awaited = wants_check_ins && !checked_in && !versions.is_empty();
    if awaited && reached(State::Evaluation) {
        missing.push(Missing::CheckIns);
    }
    if rules.reviews && reached(State::Calibration) && !reviewed {
        missing.push(Missing::Review);
    }
    missing
}

/// The person's figures of earlier quarters, for the KPIs of the sheet that come from cells.
fn history(
    evidence: &Gathered,
    staff_id: i64,
    versions: &[VersionResult],
    rules: &Rules,
) -> Vec<PastQuarter> {
    let mut codes: Vec<&str> = Vec::new();
    for item in versions.iter().flat_map(|v| &v.items) {
        if item.subject == Subject::Own && !codes.contains(&item.kpi.as_str()) {
            codes.push(&item.kpi);
        }
    }
    evidence
        .past
        .iter()
        .filter_map(|(quarter, cells)| {
            let cell = cells.get(&staff_id)?;
            let figures = figures_of(cell, codes.iter().copied(), rules);
            (!figures.is_empty()).then(|| PastQuarter {
                figures,
                quarter: quarter.code(),
            })
        })
        .collect()
}

fn figures_of<'a>(
    cell: &Cell,
    codes: impl IntoIterator<Item = &'a str>,
    rules: &Rules,
) -> Vec<KpiFigure> {
    codes
        .into_iter()
        .filter_map(|code| {
            let figure = cell.figure(rules.kpi(code)?.measure?)?;
            Some(KpiFigure {
                figure,
                kpi: code.to_string(),
            })
        })
        .collect()
}

/// A group of people and its evidence.
struct GroupEvidence {
    quarter: TeamQuarter,
    total: Cell,
    medians: BTreeMap<Duration, Figure>,
    weeks: Weeks,
    complaints: Vec<CategoryCount>,
    attributed: i64,
    /// Earlier quarters, oldest first.
    past: Vec<(Quarter, Cell)>,
    baseline_medians: BTreeMap<Duration, Figure>,
}

/// The evidence of every team and of the company.
struct Groups<'a> {
    cycle: &'a Cycle,
    evidence: &'a Gathered,
    teams: BTreeMap<i64, GroupEvidence>,
    company: GroupEvidence,
    parents: HashMap<i64, i64>,
}

impl<'a> Groups<'a> {
    fn load(conn: &mut Conn, cycle: &'a Cycle, evidence: &'a Gathered) -> Result<Self> {
        let fiscal_start = Settings::load(conn)?.fiscal_start;
        let (from, to) = evidence.days;
        let company_quarter = figures::company(conn, from, to)?;
        let week_cells = figures::team_weeks(conn, from, to, &columns(&cycle.rules))?;
        let complaints = figures::complaints_by_category(conn, (from, to), None)?;
        let attributed = &evidence.attributed;
        let mut past = Vec::new();
        let mut before = evidence.quarter;
        for _ in 0..LOOK_BACK {
            before = before.prev();
            let own = figures::team_quarter(conn, before.index())?;
            let ends = (
                day_number(before.first_day(fiscal_start)),
                day_number(before.last_day(fiscal_start)),
            );
            let company = figures::company(conn, ends.0, ends.1)?;
            past.push((
                before,
                sum_subtrees(&own, &evidence.subtrees)?,
                company,
                ends,
            ));
        }
        past.reverse();
        let mut teams = BTreeMap::new();
        for (&team, tree) in &evidence.subtrees {
            let quarter = evidence.teams.get(&team).cloned().unwrap_or_default();
            let mut weeks = Weeks::new();
            for member in tree {
                if let Some(of_member) = week_cells.get(member) {
                    figures::merge_weeks(&mut weeks, of_member)?;
                }
            }
            let mut of_past = Vec::new();
            for (quarter, sums, ..) in &past {
                if let Some(sum) = sums.get(&team) {
                    of_past.push((*quarter, sum.total()?));
                }
            }
            let group = GroupEvidence {
                total: quarter.total()?,
                quarter,
                medians: BTreeMap::new(),
                weeks,
                complaints: pareto(&complaints, Some(tree)),
                attributed: tree.iter().filter_map(|t| attributed.get(t)).sum(),
                past: of_past,
                baseline_medians: BTreeMap::new(),
            };
            teams.insert(team, group);
        }
        let mut of_past = Vec::new();
        for (quarter, _, company, _) in &past {
            of_past.push((*quarter, company.total()?));
        }
        let mut groups = Groups {
            cycle,
            evidence,
            teams,
            company: GroupEvidence {
                total: company_quarter.total()?,
                quarter: company_quarter,
                medians: BTreeMap::new(),
                weeks: figures::company_weeks(conn, from, to)?,
                complaints: pareto(&complaints, None),
                attributed: attributed.values().sum(),
                past: of_past,
                baseline_medians: BTreeMap::new(),
            },
            parents: evidence.directory.parents_on(cycle.ends_on),
        };
        let last = past.last().map(|(quarter, _, _, ends)| (*quarter, *ends));
        groups.add_medians(conn, last)?;
        Ok(groups)
    }

    /// Medians of this quarter and of the one before, for every group at once, if any is wanted.
    fn add_medians(
        &mut self,
        conn: &mut Conn,
        before: Option<(Quarter, (i32, i32))>,
    ) -> Result<()> {
        let wanted = self.cycle.rules.group_items.iter().any(|item| {
            let kpi = self.cycle.rules.kpi(&item.kpi);
            matches!(kpi.and_then(|k| k.measure), Some(Measure::Median(_)))
        });
        if !wanted {
            return Ok(());
        }
        let subtrees = &self.evidence.subtrees;
        let now: Vec<Cell> = self
            .teams
            .values()
            .chain([&self.company])
            .map(|g| g.total)
            .collect();
        let then: Vec<Cell> = self
            .teams
            .values()
            .chain([&self.company])
            .map(|g| g.past.last().map_or_else(Cell::default, |p| p.1))
            .collect();
        let quarter = self.evidence.quarter.index();
        let medians = figures::group_medians(
            conn,
            &in_groups(subtrees, &now),
            quarter,
            self.evidence.days,
        )?;
        let baselines = match before {
            Some((quarter, ends)) => {
                figures::group_medians(conn, &in_groups(subtrees, &then), quarter.index(), ends)?
            }
            None => vec![BTreeMap::new(); medians.len()],
        };
        let all = self.teams.values_mut().chain([&mut self.company]);
        for (group, (medians, baselines)) in all.zip(medians.into_iter().zip(baselines)) {
            group.medians = medians;
            group.baseline_medians = baselines;
        }
        Ok(())
    }

    /// `team`: none for the company.
    fn group(
        &self,
        group: &GroupEvidence,
        team: Option<i64>,
        people: &[&PersonResult],
    ) -> GroupResult {
        let rules = &self.cycle.rules;
        let codes = || rules.group_items.iter().map(|i| i.kpi.as_str());
        let items: Vec<ItemResult> = rules
            .group_items
            .iter()
            .filter_map(|planned| {
                let kpi = rules.kpi(&planned.kpi)?;
                let baseline = kpi.measure.and_then(|m| match m {
                    Measure::Median(d) => group.baseline_medians.get(&d).copied(),
                    m => group.past.last()?.1.figure(m),
                });
                let figure = match kpi.measure {
                    Some(Measure::Median(d)) => group.medians.get(&d).copied(),
                    Some(m) => group.total.figure(m),
                    None => team.and_then(|id| self.evidence.typed.of_team(&kpi.code, id)),
                };
                let item = SheetItem {
                    kpi: planned.kpi.clone(),
                    subject: Subject::Own,
                    weight_bp: planned.weight_bp,
                    aim: planned.aim,
                    baseline,
                    team_goal_id: None,
                };
                Some(item_result(kpi, &item, figure))
            })
            .collect();
        let count_grade = |code: &str| {
            let given = people.iter().filter(|p| p.grade.as_deref() == Some(code));
            given.count() as i64
        };
        GroupResult {
            bot_records: group.quarter.bot.records(),
            channels: group
                .quarter
                .channels
                .iter()
                .map(|(&channel, cell)| ChannelFigures {
                    channel: channel_name(channel).to_string(),
                    figures: figures_of(cell, codes(), rules),
                    records: cell.records(),
                })
                .collect(),
            complaints: group.complaints.clone(),
            distribution: rules
                .grades
                .iter()
                .map(|grade| GradeCount {
                    count: count_grade(&grade.code),
                    grade: grade.code.clone(),
                })
                .collect(),
            headcount: people.len() as i64,
            history: group
                .past
                .iter()
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(quarter, cell)| PastQuarter {
                    figures: figures_of(cell, codes(), rules),
                    quarter: quarter.code(),
                })
                .collect(),
            kpi_score_h: score_of(&items, rules).map(Score::rounded_h),
            items,
            not_rated: people.iter().filter(|p| p.total_h.is_none()).count() as i64,
            records: group.total.records(),
            unattributed: group.total.records() - group.attributed,
            weeks: group
                .weeks
                .iter()
                .map(|(&week, cell)| WeekFigures {
                    figures: figures_of(cell, codes(), rules),
                    // Week 0 began on Monday, 29 December 1969, three days before day 0.
                    monday: iso(date_of(week * 7 - 3)),
                    records: cell.records(),
                })
                .collect(),
        }
    }

    /// Teams with people or records in the quarter, in order of code.
    fn teams(&self, people: &[PersonResult]) -> Vec<TeamResult> {
        let mut members: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, person) in people.iter().enumerate() {
            if let Some(team) = &person.team {
                members.entry(team).or_default().push(at);
            }
        }
        // Those whose team on the last day in scope is one of these, in the order of all.
        let people_of = |tree: &[i64]| -> Vec<&PersonResult> {
            let mut at: Vec<usize> = tree
                .iter()
                .filter_map(|team| self.evidence.directory.teams.get(team))
                .filter_map(|team| members.get(team.code.as_str()))
                .flatten()
                .copied()
                .collect();
            at.sort_unstable();
            at.into_iter().map(|at| &people[at]).collect()
        };
        let mut teams: Vec<TeamResult> = Vec::new();
        for (id, group) in &self.teams {
            let Some(team) = self.evidence.directory.teams.get(id) else {
                continue;
            };
            let in_tree = people_of(&self.evidence.subtrees[id]);
            if in_tree.is_empty() && group.total.is_empty() && group.quarter.bot.is_empty() {
                continue;
            }
            teams.push(TeamResult {
                code: team.code.clone(),
                cycle: self.cycle.code.clone(),
                group: self.group(group, Some(*id), &in_tree),
                members: people_of(&[*id]).into_iter().map(member).collect(),
                name_en: team.name_en.clone(),
                name_zh: team.name_zh.clone(),
                parent: self.evidence.team_code(self.parents.get(id).copied()),
                rules_sha256: self.evidence.rules_sha256.clone(),
            });
        }
        teams.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        teams
    }

    fn company(
        &self,
        conn: &mut Conn,
        cycle: &Cycle,
        people: &[PersonResult],
        teams: &[TeamResult],
    ) -> Result<CycleResult> {
        let everybody: Vec<&PersonResult> = people.iter().collect();
        let missing = [Missing::Agreement, Missing::CheckIns, Missing::Review]
            .into_iter()
            .map(|missing| MissingCount {
                count: people
                    .iter()
                    .filter(|p| p.missing.contains(&missing))
                    .count() as i64,
                missing,
            })
            .filter(|m| m.count > 0)
            .collect();
        Ok(CycleResult {
            code: cycle.code.clone(),
            ends_on: iso(cycle.ends_on),
            group: self.group(&self.company, None, &everybody),
            missing,
            rules: cycle.rules.clone(),
            starts_on: iso(cycle.starts_on),
            steps: steps_taken(conn, cycle)?,
            teams: teams
                .iter()
                .map(|team| TeamSummary {
                    code: team.code.clone(),
                    distribution: team.group.distribution.clone(),
                    figures: team
                        .group
                        .items
                        .iter()
                        .filter_map(|item| {
                            Some(KpiFigure {
                                figure: item.figure?,
                                kpi: item.kpi.clone(),
                            })
                        })
                        .collect(),
                    headcount: team.group.headcount,
                    kpi_score_h: team.group.kpi_score_h,
                    name_en: team.name_en.clone(),
                    name_zh: team.name_zh.clone(),
                    not_rated: team.group.not_rated,
                    parent: team.parent.clone(),
                    records: team.group.records,
                })
                .collect(),
        })
    }
}

/// The steps of a cycle as its snapshot holds them.
pub fn steps_taken(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<StepTaken>> {
    let zone = Settings::load(conn)?.zone;
    Ok(steps(conn, cycle)?
        .into_iter()
        .map(|s| StepTaken {
            entered_at: zone
                .local(s.entered_at)
                .format("%Y-%m-%d %H:%M:%S")
                .to_string(),
            forced: s.forced,
            reason: s.reason,
            state: s.state,
        })
        .collect())
}

/// Every team and then the company, with the cell of each.
fn in_groups<'g>(subtrees: &'g BTreeMap<i64, Vec<i64>>, cells: &'g [Cell]) -> Vec<Group<'g>> {
    let teams = subtrees.values().map(|tree| Some(tree.as_slice()));
    teams
        .chain([None])
        .zip(cells)
        .map(|(teams, cell)| Group { teams, cell })
        .collect()
}

fn channel_name(channel: i32) -> &'static str {
    usize::try_from(channel)
        .ok()
        .and_then(|at| CHANNELS.get(at))
        .unwrap_or(&CHANNELS[0])
}

/// A person as the team's page compares them: figures of the last version of the sheet.
fn member(person: &PersonResult) -> MemberResult {
    let figures = person.versions.last().map_or_else(Vec::new, |version| {
        version
            .items
            .iter()
            .filter(|item| item.subject == Subject::Own)
            .filter_map(|item| {
                Some(KpiFigure {
                    figure: item.figure?,
                    kpi: item.kpi.clone(),
                })
            })
            .collect()
    });
    MemberResult {
        employee_no: person.employee_no.clone(),
        figures,
        grade: person.grade.clone(),
        job_role: person.job_role.clone(),
        kpi_score_h: person.kpi_score_h,
        name: person.name.clone(),
        name_en: person.name_en.clone(),
        not_rated: person.not_rated,
        total_h: person.total_h,
    }
}

/// Complaints by category, most first, of some teams or of all.
fn pareto(counts: &[ComplaintCount], teams: Option<&[i64]>) -> Vec<CategoryCount> {
    let mut sums: BTreeMap<&str, CategoryCount> = BTreeMap::new();
    for count in counts {
        let inside = teams.is_none_or(|t| count.team_id.is_some_and(|id| t.contains(&id)));
        if !inside {
            continue;
        }
        let (code, zh, en) = match &count.category {
            Some((code, zh, en)) => (code.as_str(), zh.as_str(), en.as_str()),
            None => ("", "", ""),
        };
        sums.entry(code)
            .or_insert_with(|| CategoryCount {
                code: code.to_string(),
                count: 0,
                name_en: en.to_string(),
                name_zh: zh.to_string(),
            })
            .count += count.count;
    }
    let mut list: Vec<CategoryCount> = sums.into_values().collect();
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    list
}

/// Results as bodies to freeze, under `CYCLE/CODE`; written on every core.
pub fn bodies<T: Serialize + Sync>(
    cycle: &str,
    results: &[T],
    code: impl Fn(&T) -> &String + Sync,
) -> Result<Vec<snapshots::Body>> {
    let body = |result: &T| -> Result<snapshots::Body> {
        Ok(snapshots::Body {
            subject: format!("{cycle}/{}", code(result)),
            json: snapshots::canonical(result)?,
        })
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = results.len().div_ceil(cores).max(1);
    let parts: Vec<Result<Vec<snapshots::Body>>> = thread::scope(|scope| {
        let writers: Vec<_> = results
            .chunks(share)
            .map(|part| scope.spawn(|| part.iter().map(&body).collect()))
            .collect();
        writers.into_iter().map(joined).collect()
    });
    let mut bodies = Vec::with_capacity(results.len());
    for part in parts {
        bodies.extend(part?);
    }
    Ok(bodies)
}

/// What a thread came to; its panic goes on in this one.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// The frozen results of everybody, in order of employee number; empty before the freeze.
pub fn frozen_people(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<PersonResult>> {
    const CHUNK: usize = 1_000;
    let heads = snapshots::newest_under(conn, "person", &cycle.code)?;
    let ids: Vec<i64> = heads.iter().map(|h| h.id).collect();
    let mut people = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        for snapshot in snapshots::bodies(conn, chunk)? {
            people.push(snapshot.parse()?);
        }
    }
    Ok(people)
}

/// Copies total, grade and parts of everybody beside their place in the cycle, for lists, fairness and release.
pub fn copy_totals(conn: &mut Conn, cycle: &Cycle, people: &[PersonResult]) -> Result<()> {
    // Seven values a row: well below what either database takes in one statement.
    const CHUNK: usize = 2_000;
    const VALUES: usize = 7;
    type Backend = <Conn as diesel::Connection>::Backend;
    for chunk in people.chunks(CHUNK) {
        // SQLite counts these in the order in which they stand in the text.
        let rows: Vec<String> = (0..chunk.len())
            .map(|at| {
                let slots: Vec<String> = (1..=VALUES)
                    .map(|v| format!("${}", at * VALUES + v))
                    .collect();
                format!("({})", slots.join(", "))
            })
            .collect();
        let text = format!(
            "with result (no, total, grade, kpi, error, competency, below) as (values {}) \
             update evaluation set total_h = result.total, grade = result.grade, \
             kpi_h = result.kpi, kpi_se_h = result.error, competency_h = result.competency, \
             below_target = result.below \
             from result join staff on staff.employee_no = result.no \
             where evaluation.staff_id = staff.id and evaluation.cycle_id = ${}",
            rows.join(", "),
            chunk.len() * VALUES + 1
        );
        let mut query = diesel::sql_query(text).into_boxed::<Backend>();
        for person in chunk {
            query = query
                .bind::<Text, _>(&person.employee_no)
                .bind::<Nullable<BigInt>, _>(person.total_h)
                .bind::<Nullable<Text>, _>(person.grade.as_deref())
                .bind::<Nullable<BigInt>, _>(person.kpi_score_h)
                .bind::<Nullable<BigInt>, _>(outcome::kpi_error_h(person, &cycle.rules))
                .bind::<Nullable<BigInt>, _>(person.competency_h)
                .bind::<Bool, _>(outcome::below_target(person));
        }
        query.bind::<BigInt, _>(cycle.id).execute(conn)?;
    }
    Ok(())
}

/// What is copied of a result: total, grade, KPI part, competency part, whether anything lies below its target.
type Copied = (
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<bool>,
);

/// People of frozen cycles whose copied total, grade or parts are not those of their result, as `CYCLE/NO`; `check`
/// prints them.
pub fn wrong_copies(conn: &mut Conn) -> Result<Vec<String>> {
    let codes: Vec<String> = cycle::table
        .order(cycle::code)
        .select(cycle::code)
        .load(conn)?;
    let mut wrong = Vec::new();
    for code in codes {
        let cycle = find(conn, &code)?;
        let copies: HashMap<String, Copied> = evaluation::table
            .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
            .filter(evaluation::cycle_id.eq(cycle.id))
            .select((
                staff::employee_no,
                (
                    evaluation::total_h,
                    evaluation::grade,
                    evaluation::kpi_h,
                    evaluation::competency_h,
                    evaluation::below_target,
                ),
            ))
            .load::<(String, Copied)>(conn)?
            .into_iter()
            .collect();
        for person in frozen_people(conn, &cycle)? {
            if !is_copied(copies.get(&person.employee_no), &person) {
                wrong.push(format!("{code}/{}", person.employee_no));
            }
        }
    }
    Ok(wrong)
}

/// Whether a result's copy says what the result says. Of what was frozen before parts were copied there are none.
fn is_copied(copy: Option<&Copied>, result: &PersonResult) -> bool {
    let Some((total_h, grade, kpi_h, competency_h, below_target)) = copy else {
        return false;
    };
    let parts = (*kpi_h, *competency_h, *below_target);
    let below = outcome::below_target(result);
    (*total_h, grade) == (result.total_h, &result.grade)
        && (below_target.is_none()
            || parts == (result.kpi_score_h, result.competency_h, Some(below)))
}

/// Numbers of those whose evidence differs from what was frozen.
#[must_use]
pub fn changed(now: &[PersonResult], frozen: &[PersonResult]) -> Vec<String> {
    let before: HashMap<&str, &PersonResult> =
        frozen.iter().map(|p| (p.employee_no.as_str(), p)).collect();
    let figures = |p: &PersonResult| -> Vec<Option<Figure>> {
        let items = p.versions.iter().flat_map(|v| &v.items);
        items.map(|i| i.figure).collect()
    };
    now.iter()
        .filter(|p| {
            before
                .get(p.employee_no.as_str())
                .is_some_and(|b| figures(p) != figures(b))
        })
        .map(|p| p.employee_no.clone())
        .collect()
}
