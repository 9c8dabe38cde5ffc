//! The same figures as the pages, for other programs: `data/**/*.json` of a bundle.
//!
//! UTF-8, keys sorted (fields stand in alphabetical order), one value per line, a newline at the end. Percents are 0-100, estimates are
//! unrounded in the shortest form that reads back the same, points and scores have at most two
//! decimals, missing is null. The shrunken value stands beside the raw one wherever people or teams
//! are compared.

use std::collections::BTreeSet;

use serde::Serialize;

use super::view::{PageSet, file_name, from_micro, shrink};
use crate::appraisals::model::result::{
    CategoryCount, ChannelFigures, CycleResult, GradeCount, GroupResult, ItemResult, KpiFigure,
    MemberResult, Missing, MissingCount, NotRated, PastQuarter, PeerMean, PersonResult, StepTaken,
    Subject, TeamResult, TeamSummary, VersionResult, WeekFigures,
};
use crate::appraisals::model::rules::Rules;
use crate::goals::model::{Aim, Direction, Figure, Status, Unit};
use crate::plans::model::Verdict;
use crate::recruitment::model::analytics::{Column, Model, Waits};
use crate::recruitment::model::selection::Table;
use crate::reports::view::{Plans, Recruitment};

/// Path of the figures of the cycle.
pub const CYCLE_PATH: &str = "data/cycle.json";

/// Path of the register of improvement plans.
pub const PLANS_PATH: &str = "data/plans.json";

/// Path of the figures of recruitment.
pub const RECRUITMENT_PATH: &str = "data/recruitment.json";

/// Path of the figures of a person.
#[must_use]
pub fn person_path(employee_no: &str) -> String {
    format!("data/people/{}.json", file_name(employee_no))
}

/// Path of the figures of a team.
#[must_use]
pub fn team_path(code: &str) -> String {
    format!("data/teams/{}.json", file_name(code))
}

/// Appends the figures of a person to `out`.
///
/// # Errors
/// Those of serialisation: a fault of the program.
pub fn person(
    person: &PersonResult,
    rules: &Rules,
    provisional: bool,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    write(
        &PersonData {
            competencies: competencies(person),
            competency_score: points(person.competency_h),
            cycle: &person.cycle,
            employee_no: &person.employee_no,
            grade: person.grade.as_deref(),
            history: person.history.iter().map(|p| Past::of(rules, p)).collect(),
            included_reason: person.included_reason.as_deref(),
            job_role: &person.job_role,
            kpi_score: points(person.kpi_score_h),
            kpis: person
                .versions
                .iter()
                .flat_map(|version| {
                    version
                        .items
                        .iter()
                        .map(|item| ItemData::of(rules, item, Some(version)))
                })
                .collect(),
            manager_no: person.manager_no.as_deref(),
            missing: &person.missing,
            name: &person.name,
            name_en: &person.name_en,
            not_rated: person.not_rated,
            peers: person
                .peers
                .as_ref()
                .map_or_else(Vec::new, |p| p.means.clone()),
            provisional,
            rated: person.total_h.is_some(),
            scope_days: person.scope_days,
            scope_from: &person.scope_from,
            scope_to: &person.scope_to,
            team: person.team.as_deref(),
            total: points(person.total_h),
            versions: person.versions.iter().map(VersionData::of).collect(),
        },
        out,
    )
}

/// Appends the figures of a team to `out`; `names`: whether the audience may see its people.
///
/// # Errors
/// Those of serialisation: a fault of the program.
pub fn team(
    team: &TeamResult,
    rules: &Rules,
    provisional: bool,
    names: bool,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    write(
        &TeamData {
            code: &team.code,
            cycle: &team.cycle,
            group: GroupData::of(rules, &team.group),
            members: names.then(|| members(rules, &team.members)),
            name_en: &team.name_en,
            name_zh: &team.name_zh,
            parent: team.parent.as_deref(),
            provisional,
        },
        out,
    )
}

/// Appends the figures of the cycle for the bundle of `pages` to `out`: the company where the bundle
/// shows it, and the teams that it shows.
///
/// # Errors
/// Those of serialisation: a fault of the program.
pub fn cycle(
    cycle: &CycleResult,
    pages: &PageSet,
    provisional: bool,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let shown: Vec<&TeamSummary> = cycle
        .teams
        .iter()
        .filter(|t| pages.teams().contains(&t.code))
        .collect();
    let rules = &cycle.rules;
    write(
        &CycleData {
            company: pages.overview().then(|| GroupData::of(rules, &cycle.group)),
            cycle: &cycle.code,
            ends_on: &cycle.ends_on,
            grades: rules
                .grades
                .iter()
                .map(|g| GradeData {
                    from: points(Some(g.from_h)),
                    grade: &g.code,
                })
                .collect(),
            missing: pages.overview().then_some(cycle.missing.as_slice()),
            provisional,
            starts_on: &cycle.starts_on,
            steps: &cycle.steps,
            teams: teams(rules, &shown),
        },
        out,
    )
}

/// A criterion as the manager and the person rate it.
#[derive(Serialize)]
struct CompetencyData<'a> {
    criterion: &'a str,
    manager: Option<f64>,
    own: Option<f64>,
    points: Option<f64>,
    weight_bp: i64,
}

/// Every criterion that the manager or the person rated.
fn competencies(person: &PersonResult) -> Vec<CompetencyData<'_>> {
    let own = person.self_review.as_ref();
    let own_of = |code: &str| {
        let rated = own?.criteria.iter().find(|c| c.criterion == code)?;
        points(rated.rating_h)
    };
    let manager = person.competencies.as_ref();
    let shown = manager.or(own).into_iter().flat_map(|r| &r.criteria);
    shown
        .map(|rated| CompetencyData {
            criterion: &rated.criterion,
            manager: manager.and_then(|_| points(rated.rating_h)),
            own: own_of(&rated.criterion),
            points: manager.and_then(|_| points(rated.points_h)),
            weight_bp: rated.weight_bp,
        })
        .collect()
}

#[derive(Serialize)]
struct PersonData<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    competencies: Vec<CompetencyData<'a>>,
    competency_score: Option<f64>,
    cycle: &'a str,
    employee_no: &'a str,
    grade: Option<&'a str>,
    history: Vec<Past<'a>>,
    included_reason: Option<&'a str>,
    job_role: &'a str,
    kpi_score: Option<f64>,
    kpis: Vec<ItemData<'a>>,
    manager_no: Option<&'a str>,
    missing: &'a [Missing],
    name: &'a str,
    name_en: &'a str,
    not_rated: Option<NotRated>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    peers: Vec<PeerMean>,
    provisional: bool,
    rated: bool,
    scope_days: i64,
    scope_from: &'a str,
    scope_to: &'a str,
    team: Option<&'a str>,
    total: Option<f64>,
    versions: Vec<VersionData<'a>>,
}

#[derive(Serialize)]
struct VersionData<'a> {
    agreed: bool,
    days: i64,
    from: &'a str,
    job_role: &'a str,
    kpi_score: Option<f64>,
    team: Option<&'a str>,
    to: &'a str,
    version: i32,
}

impl VersionData<'_> {
    fn of(v: &VersionResult) -> VersionData<'_> {
        VersionData {
            agreed: v.agreed,
            days: v.days,
            from: &v.from,
            job_role: &v.job_role,
            kpi_score: points(v.kpi_score_h),
            team: v.team.as_deref(),
            to: &v.to,
            version: v.version_no,
        }
    }
}

#[derive(Serialize)]
struct TeamData<'a> {
    code: &'a str,
    cycle: &'a str,
    group: GroupData<'a>,
    members: Option<Vec<MemberData<'a>>>,
    name_en: &'a str,
    name_zh: &'a str,
    parent: Option<&'a str>,
    provisional: bool,
}

#[derive(Serialize)]
struct CycleData<'a> {
    company: Option<GroupData<'a>>,
    cycle: &'a str,
    ends_on: &'a str,
    grades: Vec<GradeData<'a>>,
    missing: Option<&'a [MissingCount]>,
    provisional: bool,
    starts_on: &'a str,
    steps: &'a [StepTaken],
    teams: Vec<SummaryData<'a>>,
}

#[derive(Serialize)]
struct GradeData<'a> {
    from: Option<f64>,
    grade: &'a str,
}

#[derive(Serialize)]
struct GroupData<'a> {
    bot_records: i64,
    channels: Vec<Channel<'a>>,
    complaints: &'a [CategoryCount],
    distribution: &'a [GradeCount],
    headcount: i64,
    history: Vec<Past<'a>>,
    kpi_score: Option<f64>,
    kpis: Vec<ItemData<'a>>,
    not_rated: i64,
    records: i64,
    unattributed: i64,
    weeks: Vec<Week<'a>>,
}

impl GroupData<'_> {
    fn of<'a>(rules: &Rules, group: &'a GroupResult) -> GroupData<'a> {
        GroupData {
            bot_records: group.bot_records,
            channels: group
                .channels
                .iter()
                .map(|c| Channel::of(rules, c))
                .collect(),
            complaints: &group.complaints,
            distribution: &group.distribution,
            headcount: group.headcount,
            history: group.history.iter().map(|p| Past::of(rules, p)).collect(),
            kpi_score: points(group.kpi_score_h),
            kpis: group
                .items
                .iter()
                .map(|item| ItemData::of(rules, item, None))
                .collect(),
            not_rated: group.not_rated,
            records: group.records,
            unattributed: group.unattributed,
            weeks: group.weeks.iter().map(|w| Week::of(rules, w)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Channel<'a> {
    channel: &'a str,
    figures: Vec<FigureData<'a>>,
    records: i64,
}

impl Channel<'_> {
    fn of<'a>(rules: &Rules, c: &'a ChannelFigures) -> Channel<'a> {
        Channel {
            channel: &c.channel,
            figures: figures(rules, &c.figures),
            records: c.records,
        }
    }
}

#[derive(Serialize)]
struct Week<'a> {
    figures: Vec<FigureData<'a>>,
    monday: &'a str,
    records: i64,
}

impl Week<'_> {
    fn of<'a>(rules: &Rules, w: &'a WeekFigures) -> Week<'a> {
        Week {
            figures: figures(rules, &w.figures),
            monday: &w.monday,
            records: w.records,
        }
    }
}

#[derive(Serialize)]
struct Past<'a> {
    figures: Vec<FigureData<'a>>,
    quarter: &'a str,
}

impl Past<'_> {
    fn of<'a>(rules: &Rules, past: &'a PastQuarter) -> Past<'a> {
        Past {
            figures: figures(rules, &past.figures),
            quarter: &past.quarter,
        }
    }
}

#[derive(Serialize)]
struct MemberData<'a> {
    employee_no: &'a str,
    grade: Option<&'a str>,
    job_role: &'a str,
    kpi_score: Option<f64>,
    kpis: Vec<ComparedData<'a>>,
    name: &'a str,
    name_en: &'a str,
    not_rated: Option<NotRated>,
    total: Option<f64>,
}

#[derive(Serialize)]
struct SummaryData<'a> {
    code: &'a str,
    distribution: &'a [GradeCount],
    headcount: i64,
    kpi_score: Option<f64>,
    kpis: Vec<ComparedData<'a>>,
    name_en: &'a str,
    name_zh: &'a str,
    not_rated: i64,
    parent: Option<&'a str>,
    records: i64,
}

/// A figure: what every listing of figures has.
#[derive(Serialize)]
struct FigureData<'a> {
    ci_high: Option<f64>,
    ci_low: Option<f64>,
    code: &'a str,
    n: i64,
    status: &'static str,
    unit: Option<&'static str>,
    value: Option<f64>,
}

impl FigureData<'_> {
    fn of<'a>(rules: &Rules, code: &'a str, figure: Option<&Figure>) -> FigureData<'a> {
        let kpi = rules.kpi(code);
        let known = kpi.map(|kpi| kpi.estimate(figure));
        let interval = known.and_then(|e| e.interval);
        FigureData {
            ci_high: interval.map(|i| i.high),
            ci_low: interval.map(|i| i.low),
            code,
            n: known.map_or(0, |e| e.n),
            status: status(kpi.map_or(Status::NoData, |kpi| kpi.status(figure))),
            unit: kpi.map(|kpi| unit(kpi.unit)),
            value: known.and_then(|e| e.value),
        }
    }
}

/// A figure among those of peers, with its shrunken value beside it.
#[derive(Serialize)]
struct ComparedData<'a> {
    ci_high: Option<f64>,
    ci_low: Option<f64>,
    code: &'a str,
    n: i64,
    shrunken: Option<f64>,
    status: &'static str,
    unit: Option<&'static str>,
    value: Option<f64>,
}

/// A figure against its aim, with points and weight; of a sheet's version, its days.
#[derive(Serialize)]
struct ItemData<'a> {
    band: Option<Band>,
    baseline: Option<f64>,
    ci_high: Option<f64>,
    ci_low: Option<f64>,
    code: &'a str,
    direction: Option<&'static str>,
    from: Option<&'a str>,
    n: i64,
    points: Option<f64>,
    status: &'static str,
    stretch: Option<f64>,
    subject: &'static str,
    target: Option<f64>,
    threshold: Option<f64>,
    to: Option<&'a str>,
    unit: Option<&'static str>,
    value: Option<f64>,
    version: Option<i32>,
    weight_bp: i64,
}

#[derive(Serialize)]
struct Band {
    high: f64,
    low: f64,
    outer_high: f64,
    outer_low: f64,
}

impl ItemData<'_> {
    fn of<'a>(
        rules: &Rules,
        item: &'a ItemResult,
        version: Option<&'a VersionResult>,
    ) -> ItemData<'a> {
        let figure = FigureData::of(rules, &item.kpi, item.figure.as_ref());
        let kpi = rules.kpi(&item.kpi);
        let (steps, band) = match item.aim {
            Aim::Steps {
                stretch_u,
                target_u,
                threshold_u,
            } => (Some((threshold_u, target_u, stretch_u)), None),
            Aim::Band {
                high_u,
                low_u,
                outer_high_u,
                outer_low_u,
            } => (
                None,
                Some(Band {
                    high: from_micro(high_u),
                    low: from_micro(low_u),
                    outer_high: from_micro(outer_high_u),
                    outer_low: from_micro(outer_low_u),
                }),
            ),
        };
        ItemData {
            band,
            baseline: kpi.and_then(|kpi| kpi.estimate(item.baseline.as_ref()).value),
            ci_high: figure.ci_high,
            ci_low: figure.ci_low,
            code: figure.code,
            direction: kpi.map(|kpi| direction(kpi.direction)),
            from: version.map(|v| v.from.as_str()),
            n: figure.n,
            points: points(item.points_h),
            status: status(item.status),
            stretch: steps.map(|s| from_micro(s.2)),
            subject: match item.subject {
                Subject::Own => "own",
                Subject::Team => "team",
            },
            target: steps.map(|s| from_micro(s.1)),
            threshold: steps.map(|s| from_micro(s.0)),
            to: version.map(|v| v.to.as_str()),
            unit: figure.unit,
            value: figure.value,
            version: version.map(|v| v.version_no),
            weight_bp: item.weight_bp,
        }
    }
}

fn members<'a>(rules: &'a Rules, members: &'a [MemberResult]) -> Vec<MemberData<'a>> {
    members
        .iter()
        .zip(compared(
            rules,
            members.iter().map(|m| m.figures.as_slice()),
        ))
        .map(|(m, kpis)| MemberData {
            employee_no: &m.employee_no,
            grade: m.grade.as_deref(),
            job_role: &m.job_role,
            kpi_score: points(m.kpi_score_h),
            kpis,
            name: &m.name,
            name_en: &m.name_en,
            not_rated: m.not_rated,
            total: points(m.total_h),
        })
        .collect()
}

/// Teams are compared with those of their own level: a parent would count its children twice.
fn teams<'a>(rules: &'a Rules, teams: &[&'a TeamSummary]) -> Vec<SummaryData<'a>> {
    let above: BTreeSet<&str> = teams.iter().filter_map(|t| t.parent.as_deref()).collect();
    let (leaves, parents): (Vec<&TeamSummary>, Vec<&TeamSummary>) =
        teams.iter().partition(|t| !above.contains(t.code.as_str()));
    let beside =
        |group: &[&'a TeamSummary]| compared(rules, group.iter().map(|t| t.figures.as_slice()));
    let mut all: Vec<SummaryData> = leaves
        .iter()
        .zip(beside(&leaves))
        .chain(parents.iter().zip(beside(&parents)))
        .map(|(t, kpis)| SummaryData {
            code: &t.code,
            distribution: &t.distribution,
            headcount: t.headcount,
            kpi_score: points(t.kpi_score_h),
            kpis,
            name_en: &t.name_en,
            name_zh: &t.name_zh,
            not_rated: t.not_rated,
            parent: t.parent.as_deref(),
            records: t.records,
        })
        .collect();
    all.sort_by_key(|t| t.code);
    all
}

/// The figures of peers, each with its shrunken value among them.
fn compared<'f>(
    rules: &'f Rules,
    peers: impl Iterator<Item = &'f [KpiFigure]>,
) -> Vec<Vec<ComparedData<'f>>> {
    let peers: Vec<&[KpiFigure]> = peers.collect();
    let mut out: Vec<Vec<ComparedData>> = peers.iter().map(|_| Vec::new()).collect();
    for kpi in &rules.kpis {
        let own: Vec<Option<Figure>> = peers
            .iter()
            .map(|p| p.iter().find(|f| f.kpi == kpi.code).map(|f| f.figure))
            .collect();
        let shrunken =
            shrink(kpi.measure, &own).map_or_else(|| vec![None; own.len()], |s| s.values);
        for ((line, figure), shrunken) in out.iter_mut().zip(&own).zip(shrunken) {
            if figure.is_some() {
                let raw = FigureData::of(rules, &kpi.code, figure.as_ref());
                line.push(ComparedData {
                    ci_high: raw.ci_high,
                    ci_low: raw.ci_low,
                    code: raw.code,
                    n: raw.n,
                    shrunken,
                    status: raw.status,
                    unit: raw.unit,
                    value: raw.value,
                });
            }
        }
    }
    out
}

fn figures<'f>(rules: &Rules, figures: &'f [KpiFigure]) -> Vec<FigureData<'f>> {
    figures
        .iter()
        .map(|f| FigureData::of(rules, &f.kpi, Some(&f.figure)))
        .collect()
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Scored => "scored",
        Status::TooFew => "too_few",
        Status::NoData => "no_data",
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "percent",
        Unit::Points => "points",
        Unit::PerThousand => "per_thousand",
        Unit::Seconds => "seconds",
        Unit::Minutes => "minutes",
        Unit::Hours => "hours",
        Unit::Count => "count",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
        Direction::Band => "band",
    }
}

/// Hundredths as a number.
fn points(hundredths: Option<i64>) -> Option<f64> {
    hundredths.map(|h| h as f64 / 100.0)
}

/// A plan of the register.
#[derive(Serialize)]
struct PlanData<'a> {
    code: &'a str,
    scope: &'static str,
    state: &'static str,
    title: &'a str,
    /// Employee number or code of a team; null of a process and where nobody is named.
    about: Option<&'a str>,
    ends_on: Option<String>,
    open_actions: i64,
    verdict: Option<&'static str>,
}

/// How many plans of people are in a state.
#[derive(Serialize)]
struct PlanCount {
    state: &'static str,
    verdict: Option<&'static str>,
    count: i64,
}

#[derive(Serialize)]
struct PlansData<'a> {
    plans: Vec<PlanData<'a>>,
    personal: Vec<PlanCount>,
}

/// Appends the register of improvement plans to `out`; with `names` it says whom they are about.
///
/// # Errors
/// Those of serialisation: a fault of the program.
pub fn plans(plans: &Plans, names: bool, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let rows = plans.rows.iter().map(|row| PlanData {
        code: &row.code,
        scope: row.scope.code(),
        state: row.state.code(),
        title: &row.title,
        about: match (&row.staff, &row.team) {
            (Some(person), _) => names.then_some(person.0.as_str()),
            (None, team) => team.as_ref().map(|team| team.0.as_str()),
        },
        ends_on: row.ends_on.map(|day| day.to_string()),
        open_actions: row.open_actions,
        verdict: row.verdict.map(Verdict::code),
    });
    let personal = plans.personal.iter().map(|(state, verdict, n)| PlanCount {
        state: state.code(),
        verdict: verdict.map(Verdict::code),
        count: *n,
    });
    write(
        &PlansData {
            plans: rows.collect(),
            personal: personal.collect(),
        },
        out,
    )
}

#[derive(Serialize)]
struct RecruitmentData<'a> {
    agreement: Vec<AgreementData<'a>>,
    applications: i64,
    hired: i64,
    open_places: i64,
    /// Null for those who do not see it.
    selection: Option<Vec<SelectionData<'a>>>,
    sources: Vec<SourceData>,
    stages: Vec<StageData>,
    time_to_fill: Option<DaysData>,
    vacancies: Vec<VacancyData<'a>>,
}

/// Days; the ninth of ten is null while they are few.
#[derive(Serialize)]
struct DaysData {
    median: f64,
    n: usize,
    p90: Option<f64>,
}

impl From<Waits> for DaysData {
    fn from(waits: Waits) -> DaysData {
        const DAY: f64 = 86_400.0;
        DaysData {
            median: waits.median / DAY,
            n: waits.n,
            p90: waits.p90.map(|seconds| seconds / DAY),
        }
    }
}

#[derive(Serialize)]
struct StageData {
    days: Option<DaysData>,
    entered: i64,
    here: i64,
    passed: i64,
    rejected: i64,
    stage: Column,
    withdrawn: i64,
}

#[derive(Serialize)]
struct SourceData {
    applications: i64,
    hired: i64,
    source: &'static str,
}

#[derive(Serialize)]
struct VacancyData<'a> {
    hired: i64,
    opening: &'a str,
    open: i64,
    places: i64,
}

/// Agreement about the totals of a card.
#[derive(Serialize)]
struct AgreementData<'a> {
    alpha: Option<f64>,
    card: &'a str,
    icc_average: Option<f64>,
    icc_model: Option<Model>,
    icc_single: Option<f64>,
    panels: usize,
    ratings: usize,
    version: i32,
}

/// A group at a stage; null is withheld.
#[derive(Serialize)]
struct SelectionData<'a> {
    attribute: &'a str,
    below_four_fifths: bool,
    decided: i64,
    fisher_p: Option<f64>,
    passed: Option<i64>,
    ratio: Option<f64>,
    small: bool,
    stage: Column,
    stratified_odds: Option<f64>,
    value: &'a str,
}

/// Appends the figures of recruitment to `out`.
///
/// # Errors
/// Those of serialisation: a fault of the program.
pub fn recruitment(known: &Recruitment, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let figures = known.figures();
    let agreement = figures.cards.iter().map(|card| {
        let icc = card.total.icc;
        let form = icc.map(|(_, form)| form);
        AgreementData {
            alpha: card.total.alpha,
            card: &card.card.card.0,
            icc_average: form.and_then(|form| form.average).map(|icc| icc.value),
            icc_model: icc.map(|(model, _)| model),
            icc_single: form.and_then(|form| form.single).map(|icc| icc.value),
            panels: card.total.panels,
            ratings: card.total.ratings,
            version: card.card.card.1,
        }
    });
    write(
        &RecruitmentData {
            agreement: agreement.collect(),
            applications: figures.applications,
            hired: figures.hired,
            open_places: figures.vacancies.iter().map(|v| v.open).sum(),
            selection: known
                .tables
                .as_deref()
                .map(|tables| selected(tables).collect()),
            sources: figures
                .origins
                .iter()
                .map(|origin| SourceData {
                    applications: origin.applications,
                    hired: origin.hired,
                    source: origin.source.code(),
                })
                .collect(),
            stages: figures
                .steps
                .iter()
                .map(|step| StageData {
                    days: step.waits.map(DaysData::from),
                    entered: step.entered,
                    here: step.here,
                    passed: step.passed,
                    rejected: step.rejected,
                    stage: step.column,
                    withdrawn: step.withdrawn,
                })
                .collect(),
            time_to_fill: figures.fill.map(DaysData::from),
            vacancies: figures
                .vacancies
                .iter()
                .map(|vacancy| VacancyData {
                    hired: vacancy.hired,
                    opening: &vacancy.opening.code,
                    open: vacancy.open,
                    places: vacancy.opening.head_count,
                })
                .collect(),
        },
        out,
    )
}

fn selected(tables: &[Table]) -> impl Iterator<Item = SelectionData<'_>> {
    tables.iter().flat_map(|table| {
        table.groups.iter().map(|group| {
            let against = group.against.as_ref();
            let figures = against.and_then(|against| against.figures.as_ref());
            SelectionData {
                attribute: &table.attribute,
                below_four_fifths: against.is_some_and(|against| against.below),
                decided: group.entered,
                fisher_p: figures.map(|figures| figures.exact),
                passed: group.passed,
                ratio: figures.map(|figures| figures.ratio),
                small: against.is_some_and(|against| against.small),
                stage: table.column,
                stratified_odds: figures
                    .and_then(|figures| figures.common)
                    .and_then(|common| common.odds_ratio),
                value: &group.value,
            }
        })
    })
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests;
