//! The cycle as a state machine, and who is in it for how long.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::people::model::{Posting, Seat};

/// States in the order they are walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    GoalSetting,
    Tracking,
    Evaluation,
    Calibration,
    Feedback,
    Closed,
}

impl State {
    /// Every state, in order.
    pub const ALL: [State; 7] = [
        State::Draft,
        State::GoalSetting,
        State::Tracking,
        State::Evaluation,
        State::Calibration,
        State::Feedback,
        State::Closed,
    ];

    /// As written in the database, on the command line and in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::GoalSetting => "goal_setting",
            State::Tracking => "tracking",
            State::Evaluation => "evaluation",
            State::Calibration => "calibration",
            State::Feedback => "feedback",
            State::Closed => "closed",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The steps from here to `goal`; none when it does not lie ahead.
    #[must_use]
    pub fn steps_to(self, goal: State) -> Vec<State> {
        State::ALL
            .into_iter()
            .filter(|&s| self < s && s <= goal)
            .collect()
    }

    /// Whether results are frozen: from the moment evaluation is left.
    #[must_use]
    pub fn is_frozen(self) -> bool {
        self >= State::Calibration
    }
}

/// Days of somebody in one seat within a cycle, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub seat: Seat,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Stretch {
    /// Calendar days.
    #[must_use]
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days() + 1
    }
}

/// The part of somebody's line that lies in a cycle. A new team or job role begins a new stretch (and
/// so a new version of the goal sheet); a new manager alone does not.
#[must_use]
pub fn stretches(
    line: &[Posting],
    hired_on: Option<NaiveDate>,
    left_on: Option<NaiveDate>,
    (starts_on, ends_on): (NaiveDate, NaiveDate),
) -> Vec<Stretch> {
    let first = hired_on.map_or(starts_on, |d| d.max(starts_on));
    let last = left_on.map_or(ends_on, |d| d.min(ends_on));
    let mut found: Vec<Stretch> = Vec::new();
    for posting in line {
        let from = posting.valid_from.max(first);
        let to = posting.valid_to.pred_opt().unwrap_or(last).min(last);
        if from > to {
            continue;
        }
        match found.last_mut() {
            Some(before)
                if (before.seat.team_id, before.seat.job_role_id)
                    == (posting.seat.team_id, posting.seat.job_role_id)
                    && before.to.succ_opt() == Some(from) =>
            {
                before.to = to;
                before.seat.manager_id = posting.seat.manager_id;
            }
            _ => found.push(Stretch {
                seat: posting.seat,
                from,
                to,
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::model::{OPEN_END, UNKNOWN_START};

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn posting(team: i64, manager: i64, from: NaiveDate, to: NaiveDate) -> Posting {
        Posting {
            seat: Seat {
                team_id: Some(team),
                job_role_id: 1,
                manager_id: Some(manager),
            },
            valid_from: from,
            valid_to: to,
        }
    }

    #[test]
    fn steps_walk_every_state_between() {
        assert_eq!(State::Draft.steps_to(State::Closed).len(), 6);
        assert_eq!(
            State::Tracking.steps_to(State::Calibration),
            [State::Evaluation, State::Calibration]
        );
        assert!(State::Closed.steps_to(State::Draft).is_empty());
        assert!(State::Closed.steps_to(State::Closed).is_empty());
    }

    #[test]
    fn an_unknown_hire_date_counts_as_employed_throughout() {
        let line = [posting(1, 1, UNKNOWN_START, OPEN_END)];
        let quarter = (date("2016-01-01"), date("2016-03-31"));
        let found = stretches(&line, None, None, quarter);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].days(), 91);
    }

    #[test]
    fn a_transfer_makes_two_stretches_and_a_new_manager_none() {
        let line = [
            posting(1, 1, UNKNOWN_START, date("2026-08-01")),
            posting(1, 2, date("2026-08-01"), date("2026-08-20")),
            posting(2, 2, date("2026-08-20"), OPEN_END),
        ];
        let quarter = (date("2026-07-01"), date("2026-09-30"));
        let found = stretches(&line, None, Some(date("2026-09-15")), quarter);
        let days: Vec<i64> = found.iter().map(Stretch::days).collect();
        assert_eq!(days, [50, 27]);
        assert_eq!(found[0].seat.manager_id, Some(2));
    }

    #[test]
    fn nobody_is_in_a_cycle_before_being_hired_or_after_leaving() {
        let line = [posting(1, 1, UNKNOWN_START, OPEN_END)];
        let quarter = (date("2026-07-01"), date("2026-09-30"));
        assert!(stretches(&line, Some(date("2026-10-01")), None, quarter).is_empty());
        assert!(stretches(&line, None, Some(date("2026-06-30")), quarter).is_empty());
        let joined = stretches(&line, Some(date("2026-09-30")), None, quarter);
        assert_eq!(joined[0].days(), 1);
    }
}
