//! What a plan is: its states and steps, what it lacks before it can be approved, what its figures say
//! afterwards. Pure.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::coded;
use crate::error::{Error, Message, Result};
use crate::evidence::measures::{Direction, Figure, MICRO, Measure};
use crate::evidence::view::gauge::as_tally;
use crate::goals::model::Kpi;
use crate::stats::Interval;
use crate::stats::contrast::{Term, recovered, welch_sum};

coded! {
    /// About whom or what a plan is.
    Scope {
        Person = "person",
        Team = "team",
        /// A way of working, measured over the whole company.
        Process = "process",
    }
}

coded! {
    /// Where a plan stands.
    State {
        Draft = "draft",
        Approved = "approved",
        Doing = "doing",
        Checking = "checking",
        /// It worked, and what worked has become the way of working.
        Standardised = "standardised",
        /// The next plan goes on from it.
        Revised = "revised",
        ClosedWithoutEffect = "closed_without_effect",
    }
}

impl State {
    /// Whether it is over.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(
            self,
            State::Standardised | State::Revised | State::ClosedWithoutEffect
        )
    }
}

coded! {
    /// What can be done with a plan.
    Step {
        /// Ask whoever is to approve it.
        Ask = "ask",
        Approve = "approve",
        Start = "start",
        /// The actions are done: see what came of them.
        Check = "check",
        Pause = "pause",
        Resume = "resume",
        Extend = "extend",
        Standardise = "standardise",
        Revise = "revise",
        Close = "close",
    }
}

impl Step {
    /// The state it leads to; none where the state stays.
    #[must_use]
    pub fn to(self) -> Option<State> {
        match self {
            Step::Approve => Some(State::Approved),
            Step::Start => Some(State::Doing),
            Step::Check => Some(State::Checking),
            Step::Standardise => Some(State::Standardised),
            Step::Revise => Some(State::Revised),
            Step::Close => Some(State::ClosedWithoutEffect),
            Step::Ask | Step::Pause | Step::Resume | Step::Extend => None,
        }
    }

    /// The steps that a state allows, in the order of the page.
    #[must_use]
    pub fn of(state: State, paused: bool) -> &'static [Step] {
        match (state, paused) {
            (State::Draft, _) => &[Step::Approve, Step::Ask, Step::Close],
            (State::Approved | State::Doing | State::Checking, true) => {
                &[Step::Resume, Step::Close]
            }
            (State::Approved, false) => &[Step::Start, Step::Pause, Step::Extend, Step::Close],
            (State::Doing, false) => &[Step::Check, Step::Pause, Step::Extend, Step::Close],
            (State::Checking, false) => &[
                Step::Standardise,
                Step::Revise,
                Step::Pause,
                Step::Extend,
                Step::Close,
            ],
            (State::Standardised | State::Revised | State::ClosedWithoutEffect, _) => &[],
        }
    }

    /// Whether the person of a personal plan is asked to acknowledge it: what they are held to has changed.
    #[must_use]
    pub fn asks_ack(self, scope: Scope) -> bool {
        scope == Scope::Person
            && matches!(
                self,
                Step::Approve | Step::Pause | Step::Resume | Step::Extend
            )
    }

    /// Whether it wants words: why, or what has become the standard.
    #[must_use]
    pub fn wants_words(self) -> bool {
        matches!(
            self,
            Step::Pause
                | Step::Resume
                | Step::Extend
                | Step::Standardise
                | Step::Revise
                | Step::Close
        )
    }
}

coded! {
    /// What the figures say, by their interval.
    Verdict {
        Improved = "improved",
        NoEvidence = "no_evidence",
        Worse = "worse",
    }
}

coded! {
    /// What kind of thing is done.
    ActionKind {
        Training = "training",
        Coaching = "coaching",
        /// Another post offered, or other work.
        Reassignment = "reassignment",
        Process = "process",
        Tool = "tool",
        Staffing = "staffing",
        Communication = "communication",
        Other = "other",
    }
}

coded! {
    /// Where an action stands.
    ActionState {
        Open = "open",
        Done = "done",
        Dropped = "dropped",
    }
}

coded! {
    /// What happened to a plan.
    EventKind {
        Made = "made",
        Step = "step",
        Review = "review",
        Interview = "interview",
        /// The plan was handed over.
        Delivery = "delivery",
        /// What the person says.
        Statement = "statement",
    }
}

coded! {
    /// How a review finds the plan.
    Course {
        OnTrack = "on_track",
        AtRisk = "at_risk",
        Behind = "behind",
    }
}

/// Most actions of a plan (domain.md 2.6).
pub const MOST_ACTIONS: usize = 7;

/// A plan ends within two quarters of its start (domain.md 2.6).
const LONGEST: Months = Months::new(6);

/// Why it is so: the questions asked in a row, and what each of six sides adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causes {
    pub fishbone: Fishbone,
    pub whys: Vec<String>,
}

impl Causes {
    /// Whether nobody has said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Causes::default()
    }
}

/// The six sides of a service (domain.md 2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fishbone {
    pub environment: String,
    pub information: String,
    pub management: String,
    pub people: String,
    pub process: String,
    pub tools: String,
}

/// What a person is held to, and how it will be assessed anew: fixed before the plan begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standard {
    /// What is assessed again, and what must be reached.
    pub criteria: String,
    /// Where and when the standard was published.
    pub published: String,
    /// The day on which the person read and signed it.
    pub read_on: Option<NaiveDate>,
    pub text: String,
}

/// The figure before, with its days; without a figure there were too few records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Of the team for comparison.
    pub comparison: Option<Figure>,
    pub figure: Option<Figure>,
    /// First and last day.
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// What a form says of a plan. Frozen when it is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub scope: Scope,
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub owner_id: i64,
    /// Approves, and reviews a person's plan beside the manager.
    pub sponsor_id: Option<i64>,
    pub title: String,
    pub kpi_id: Option<i64>,
    pub problem: String,
    pub causes: Causes,
    pub comparison_team_id: Option<i64>,
    /// Millionths of the KPI's unit; always above 0.
    pub min_effect_u: Option<i64>,
    /// Millionths of the KPI's unit.
    pub target_u: Option<i64>,
    pub starts_on: Option<NaiveDate>,
    /// First of the days that are measured afterwards.
    pub check_from: Option<NaiveDate>,
    /// Last of them, and of the plan.
    pub ends_on: Option<NaiveDate>,
    /// A review is due so many days after the last.
    pub review_days: i32,
    /// Of a person's plan.
    pub standard: Option<Standard>,
}

/// What a plan lacks, or should think about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Issue {
    NoProblem,
    NoMetric,
    NoTarget,
    /// The target is no better than the baseline.
    TargetBehindBaseline,
    NoMinEffect,
    NoDates,
    DatesOutOfOrder,
    TooLong,
    OwnerGone,
    NoActions,
    TooManyActions,
    /// An action ends after the plan.
    ActionTooLate,
    /// Nobody beside the manager looks at a person's plan.
    NoReviewer,
    /// A person's plan without the standard, its publication or the criteria of the new assessment.
    NoStandard,
    /// No baseline: it can never be closed as improved.
    NoBaseline,
    NoCauses,
    NothingLinked,
    /// Picked for a bad figure that lies in the baseline: the next is likely to be better by itself.
    RegressionToTheMean,
}

impl Issue {
    /// Whether it keeps a plan from being approved; the others are said and no more.
    #[must_use]
    pub fn is_error(self) -> bool {
        !matches!(
            self,
            Issue::NoBaseline | Issue::NoCauses | Issue::NothingLinked | Issue::RegressionToTheMean
        )
    }
}

/// What is looked at beside the terms.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    pub kpi: Option<&'a Kpi>,
    pub baseline: Option<&'a Baseline>,
    /// Last days of the actions that were not dropped.
    pub actions: &'a [NaiveDate],
    /// Whether the owner is still there.
    pub owner_active: bool,
    /// Findings it was made of: the day, and whether a bad figure led to it.
    pub findings: &'a [(NaiveDate, bool)],
}

/// SMART (domain.md 2.6): everything a plan lacks, errors first.
#[must_use]
pub fn lint(terms: &Terms, around: &Around) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut wants = |wanting: bool, issue: Issue| {
        if wanting {
            issues.push(issue);
        }
    };
    let baseline = counted_baseline(around.kpi, around.baseline);
    wants(terms.problem.trim().is_empty(), Issue::NoProblem);
    wants(
        around.kpi.is_none_or(|kpi| kpi.measure.is_none()),
        Issue::NoMetric,
    );
    wants(terms.target_u.is_none(), Issue::NoTarget);
    wants(
        direction(around.kpi, around.baseline, terms.target_u) == Towards::Nowhere,
        Issue::TargetBehindBaseline,
    );
    wants(
        terms.min_effect_u.is_none_or(|u| u <= 0),
        Issue::NoMinEffect,
    );
    match (terms.starts_on, terms.check_from, terms.ends_on) {
        (Some(start), Some(check), Some(end)) => {
            let ordered = start <= check && check <= end;
            let after = around.baseline.is_none_or(|b| b.to < check);
            wants(!ordered || !after, Issue::DatesOutOfOrder);
            wants(end >= start + LONGEST, Issue::TooLong);
            wants(
                around.actions.iter().any(|due| *due > end),
                Issue::ActionTooLate,
            );
        }
        _ => wants(true, Issue::NoDates),
    }
    wants(!around.owner_active, Issue::OwnerGone);
    wants(around.actions.is_empty(), Issue::NoActions);
    wants(around.actions.len() > MOST_ACTIONS, Issue::TooManyActions);
    if terms.scope == Scope::Person {
        wants(terms.sponsor_id.is_none(), Issue::NoReviewer);
        let standard = terms.standard.clone().unwrap_or_default();
        let said = [&standard.text, &standard.published, &standard.criteria];
        wants(
            said.iter().any(|text| text.trim().is_empty()),
            Issue::NoStandard,
        );
    }
    wants(baseline.is_none(), Issue::NoBaseline);
    wants(terms.causes.is_empty(), Issue::NoCauses);
    wants(around.findings.is_empty(), Issue::NothingLinked);
    wants(
        picked_for_a_bad_figure(around.baseline, terms.comparison_team_id, around.findings),
        Issue::RegressionToTheMean,
    );
    issues.sort_unstable();
    issues
}

/// Whether the better figure afterwards may be no more than the return to the usual.
#[must_use]
pub fn picked_for_a_bad_figure(
    baseline: Option<&Baseline>,
    comparison_team_id: Option<i64>,
    findings: &[(NaiveDate, bool)],
) -> bool {
    comparison_team_id.is_none()
        && baseline.is_some_and(|base| {
            let within = |day: &NaiveDate| (base.from..=base.to).contains(day);
            findings.iter().any(|(day, bad)| *bad && within(day))
        })
}

/// The baseline figure, if it counts.
fn counted_baseline(kpi: Option<&Kpi>, baseline: Option<&Baseline>) -> Option<Figure> {
    let (kpi, figure) = (kpi?, baseline?.figure?);
    (kpi.status(Some(&figure)) == crate::evidence::measures::Status::Scored).then_some(figure)
}

/// Which way a plan wants its figure to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    Higher,
    Lower,
    /// Of a band without a baseline: nobody can tell.
    Unknown,
    /// The target lies where the figure is already, or behind it.
    Nowhere,
}

/// Which way is better: the KPI says so, or, of a band, where the target lies.
#[must_use]
pub fn direction(kpi: Option<&Kpi>, baseline: Option<&Baseline>, target_u: Option<i64>) -> Towards {
    let Some(kpi) = kpi else {
        return Towards::Unknown;
    };
    let before = counted_baseline(Some(kpi), baseline)
        .and_then(|figure| figure.exact(kpi.measure?))
        .zip(target_u);
    // The target less the figure, without its divisor, which is positive.
    let way = before.map(|(x, target)| i128::from(target) * x.den - x.num);
    match (kpi.direction, way) {
        (Direction::Higher, None) => Towards::Higher,
        (Direction::Lower, None) => Towards::Lower,
        (Direction::Band, None) => Towards::Unknown,
        (Direction::Higher | Direction::Band, Some(way)) if way > 0 => Towards::Higher,
        (Direction::Lower | Direction::Band, Some(way)) if way < 0 => Towards::Lower,
        (_, Some(_)) => Towards::Nowhere,
    }
}

/// The figures of a plan, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    pub before: Figure,
    pub after: Figure,
    /// Those of the team for comparison.
    pub comparison: Option<(Figure, Figure)>,
}

/// By how much a figure moved, in the KPI's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    pub value: f64,
    pub interval: Interval,
    /// Less what happened in the team for comparison.
    pub compared: bool,
}

/// After less before, and of a team for comparison that less the same there, with the 95 % interval:
/// Welch's for means and NPS, recovered from the single intervals (of shares Newcombe's) for the rest.
/// `None` where the figures are of different kinds or say too little.
#[must_use]
pub fn effect(measure: Measure, figures: &Figures) -> Option<Effect> {
    let mut terms = vec![(1.0, figures.after), (-1.0, figures.before)];
    if let Some((before, after)) = figures.comparison {
        terms.extend([(-1.0, after), (1.0, before)]);
    }
    let mut value = 0.0;
    let mut single = Vec::with_capacity(terms.len());
    for (sign, figure) in &terms {
        let estimate = figure.estimate(measure);
        value += sign * estimate.value?;
        single.push((*sign, estimate));
    }
    let tallies: Option<Vec<_>> = terms
        .iter()
        .map(|(sign, figure)| Some((*sign, as_tally(figure)?)))
        .collect();
    let interval = match tallies {
        Some(tallies) => {
            let scale = measure.per_tallied();
            welch_sum(&tallies).map(|i| Interval {
                low: i.low * scale,
                high: i.high * scale,
            })?
        }
        None => {
            let terms: Option<Vec<Term>> = single
                .iter()
                .map(|(sign, estimate)| {
                    Some(Term {
                        sign: *sign,
                        value: estimate.value?,
                        interval: estimate.interval?,
                    })
                })
                .collect();
            recovered(&terms?)?
        }
    };
    Some(Effect {
        value,
        interval,
        compared: figures.comparison.is_some(),
    })
}

/// What the interval says: improved where all of it reaches the minimum effect named beforehand, worse
/// where all of it lies on the wrong side of nothing. The point estimate plays no part; without a baseline
/// there is no interval and so no evidence.
#[must_use]
pub fn verdict(towards: Towards, effect: Option<&Effect>, min_effect_u: Option<i64>) -> Verdict {
    let (Some(effect), Some(least)) = (effect, min_effect_u) else {
        return Verdict::NoEvidence;
    };
    let Interval { low, high } = effect.interval;
    let (low, high) = match towards {
        Towards::Higher => (low, high),
        Towards::Lower => (-high, -low),
        Towards::Unknown | Towards::Nowhere => return Verdict::NoEvidence,
    };
    if low >= least as f64 / MICRO as f64 {
        Verdict::Improved
    } else if high < 0.0 {
        Verdict::Worse
    } else {
        Verdict::NoEvidence
    }
}

/// What a step is decided by.
#[derive(Clone, Debug)]
pub struct Now<'a> {
    pub state: State,
    pub paused: bool,
    pub scope: Scope,
    pub issues: &'a [Issue],
    pub open_actions: usize,
    /// Whether the person has the plan: acknowledged, or handed over.
    pub delivered: bool,
    /// Whether the reader may approve: whoever was named for it, or HR.
    pub may_approve: bool,
    pub ends_on: Option<NaiveDate>,
    pub today: NaiveDate,
    pub verdict: Verdict,
}

impl Now<'_> {
    /// Whether a step may be taken.
    ///
    /// # Errors
    /// `Invalid` with the reason.
    pub fn allows(&self, step: Step) -> Result<()> {
        let no = |key: &'static str| Err(Error::invalid(Message::new(key)));
        if !Step::of(self.state, self.paused).contains(&step) {
            return no("plan-step-impossible");
        }
        let lacking = self.issues.iter().any(|issue| issue.is_error());
        match step {
            Step::Ask | Step::Approve if lacking => no("plan-step-lacking"),
            Step::Approve if !self.may_approve => no("plan-step-not-yours"),
            Step::Start if self.scope == Scope::Person && !self.delivered => {
                no("plan-step-undelivered")
            }
            Step::Check if self.open_actions > 0 => Err(Error::invalid(
                Message::new("plan-step-actions-open").with("n", self.open_actions),
            )),
            Step::Standardise | Step::Revise
                if self.ends_on.is_some_and(|end| self.today <= end) =>
            {
                no("plan-step-too-early")
            }
            Step::Standardise if self.verdict != Verdict::Improved => no("plan-step-no-effect"),
            _ => Ok(()),
        }
    }
}

/// What a closed plan is remembered by: the snapshot `plan` `P-0007`.
///
/// Fields stand in alphabetical order, because the canonical JSON of a snapshot has sorted keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub after: Option<Figure>,
    pub baseline: Option<Baseline>,
    pub check_from: Option<NaiveDate>,
    pub code: String,
    pub comparison_after: Option<Figure>,
    pub ends_on: Option<NaiveDate>,
    pub kpi: Option<String>,
    pub min_effect_u: Option<i64>,
    pub outcome: State,
    pub target_u: Option<i64>,
    pub verdict: Verdict,
    /// From the first day of the baseline to the last of the plan.
    pub weeks: Vec<Week>,
}

/// The figure of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    pub figure: Option<Figure>,
    pub monday: NaiveDate,
}

/// What an event says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The figures that are compared, if each of them counts.
#[must_use]
pub fn figures(
    kpi: Option<&Kpi>,
    baseline: Option<&Baseline>,
    after: Option<Figure>,
    comparison_after: Option<Figure>,
    compared: bool,
) -> Option<Figures> {
    use crate::evidence::measures::Status;
    let kpi = kpi?;
    let scored =
        |figure: Option<Figure>| figure.filter(|figure| kpi.status(Some(figure)) == Status::Scored);
    let base = baseline?;
    let comparison = match (compared, scored(base.comparison), scored(comparison_after)) {
        (false, ..) => None,
        (true, Some(before), Some(after)) => Some((before, after)),
        // Named beforehand, so the effect is not told without it.
        (true, ..) => return None,
    };
    Some(Figures {
        before: scored(base.figure)?,
        after: scored(after)?,
        comparison,
    })
}

#[cfg(test)]
mod tests;
