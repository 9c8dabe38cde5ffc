//! What a reader sees of plans. Pure. `sheet` is one plan, in the browser and in a report; `list` the
//! register; `forms` what is typed.

pub mod forms;
pub mod list;
pub mod sheet;

use crate::i18n::{Locale, plain};
use crate::plans::model::{
    ActionKind, ActionState, Course, EventKind, Issue, Scope, State, Step, Verdict,
};

/// The name of a state.
#[must_use]
pub fn state_name(locale: Locale, state: State) -> &'static str {
    plain(
        locale,
        match state {
            State::Draft => "plan-state-draft",
            State::Approved => "plan-state-approved",
            State::Doing => "plan-state-doing",
            State::Checking => "plan-state-checking",
            State::Standardised => "plan-state-standardised",
            State::Revised => "plan-state-revised",
            State::ClosedWithoutEffect => "plan-state-closed",
        },
    )
}

/// The name of a scope.
#[must_use]
pub fn scope_name(locale: Locale, scope: Scope) -> &'static str {
    plain(
        locale,
        match scope {
            Scope::Person => "plan-scope-person",
            Scope::Team => "plan-scope-team",
            Scope::Process => "plan-scope-process",
        },
    )
}

/// A verdict as a class of the style sheet and a word.
#[must_use]
pub fn verdict_chip(locale: Locale, verdict: Verdict) -> (&'static str, &'static str) {
    let (class, key) = match verdict {
        Verdict::Improved => ("is-good", "plan-verdict-improved"),
        Verdict::NoEvidence => ("is-unknown", "plan-verdict-no-evidence"),
        Verdict::Worse => ("is-bad", "plan-verdict-worse"),
    };
    (class, plain(locale, key))
}

/// What a step is called on its button.
#[must_use]
pub fn step_name(locale: Locale, step: Step) -> &'static str {
    plain(
        locale,
        match step {
            Step::Ask => "plan-do-ask",
            Step::Approve => "plan-do-approve",
            Step::Start => "plan-do-start",
            Step::Check => "plan-do-check",
            Step::Pause => "plan-do-pause",
            Step::Resume => "plan-do-resume",
            Step::Extend => "plan-do-extend",
            Step::Standardise => "plan-do-standardise",
            Step::Revise => "plan-do-revise",
            Step::Close => "plan-do-close",
        },
    )
}

/// What happened, of a step that was taken.
#[must_use]
pub fn step_done(locale: Locale, step: Step) -> &'static str {
    plain(
        locale,
        match step {
            Step::Ask => "plan-done-ask",
            Step::Approve => "plan-done-approve",
            Step::Start => "plan-done-start",
            Step::Check => "plan-done-check",
            Step::Pause => "plan-done-pause",
            Step::Resume => "plan-done-resume",
            Step::Extend => "plan-done-extend",
            Step::Standardise => "plan-done-standardise",
            Step::Revise => "plan-done-revise",
            Step::Close => "plan-done-close",
        },
    )
}

/// The name of a kind of event that is no step.
#[must_use]
pub fn event_name(locale: Locale, kind: EventKind) -> &'static str {
    plain(
        locale,
        match kind {
            EventKind::Made => "plan-event-made",
            EventKind::Step => "plan-event-step",
            EventKind::Review => "plan-event-review",
            EventKind::Interview => "plan-event-interview",
            EventKind::Delivery => "plan-event-delivery",
            EventKind::Statement => "plan-event-statement",
        },
    )
}

/// The name of a kind of action.
#[must_use]
pub fn action_name(locale: Locale, kind: ActionKind) -> &'static str {
    plain(
        locale,
        match kind {
            ActionKind::Training => "plan-action-training",
            ActionKind::Coaching => "plan-action-coaching",
            ActionKind::Reassignment => "plan-action-reassignment",
            ActionKind::Process => "plan-action-process",
            ActionKind::Tool => "plan-action-tool",
            ActionKind::Staffing => "plan-action-staffing",
            ActionKind::Communication => "plan-action-communication",
            ActionKind::Other => "plan-action-other",
        },
    )
}

/// Where an action stands, as a class and a word.
#[must_use]
pub fn action_chip(locale: Locale, state: ActionState) -> (&'static str, &'static str) {
    let (class, key) = match state {
        ActionState::Open => ("is-watch", "plan-action-open"),
        ActionState::Done => ("is-good", "plan-action-done"),
        ActionState::Dropped => ("is-unknown", "plan-action-dropped"),
    };
    (class, plain(locale, key))
}

/// How a review finds the plan.
#[must_use]
pub fn course_name(locale: Locale, course: Course) -> &'static str {
    plain(
        locale,
        match course {
            Course::OnTrack => "plan-course-on-track",
            Course::AtRisk => "plan-course-at-risk",
            Course::Behind => "plan-course-behind",
        },
    )
}

/// What a plan lacks, in a sentence.
#[must_use]
pub fn issue(locale: Locale, issue: Issue) -> &'static str {
    plain(
        locale,
        match issue {
            Issue::NoProblem => "plan-lacks-problem",
            Issue::NoMetric => "plan-lacks-metric",
            Issue::NoTarget => "plan-lacks-target",
            Issue::TargetBehindBaseline => "plan-lacks-ambition",
            Issue::NoMinEffect => "plan-lacks-min-effect",
            Issue::NoDates => "plan-lacks-dates",
            Issue::DatesOutOfOrder => "plan-lacks-order",
            Issue::TooLong => "plan-lacks-brevity",
            Issue::OwnerGone => "plan-lacks-owner",
            Issue::NoActions => "plan-lacks-actions",
            Issue::TooManyActions => "plan-lacks-focus",
            Issue::ActionTooLate => "plan-lacks-time",
            Issue::NoReviewer => "plan-lacks-reviewer",
            Issue::NoStandard => "plan-lacks-standard",
            Issue::NoBaseline => "plan-lacks-baseline",
            Issue::NoCauses => "plan-lacks-causes",
            Issue::NothingLinked => "plan-lacks-link",
            Issue::RegressionToTheMean => "plan-lacks-control",
        },
    )
}
