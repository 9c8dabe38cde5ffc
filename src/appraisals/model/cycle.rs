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

/// Days of a version of a sheet that stays, or of one that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub stretch: Stretch,
    /// The place of the version that these days are of; none of a new one.
    pub of: Option<usize>,
}

/// What becomes of the versions of a sheet when its person's postings have changed: each version keeps those of
/// its days on which the person was in its team and job role, and days that are left over make new versions.
/// In order of days. A version whose days come apart keeps the first of them.
#[must_use]
pub fn reseated(wanted: &[Stretch], versions: &[Stretch]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let next = |day: NaiveDate| day.succ_opt().unwrap_or(day);
    for stretch in wanted {
        let mut from = stretch.from;
        for (at, version) in versions.iter().enumerate() {
            let same = (version.seat.team_id, version.seat.job_role_id)
                == (stretch.seat.team_id, stretch.seat.job_role_id);
            let (first, last) = (version.from.max(from), version.to.min(stretch.to));
            let used = pieces.iter().any(|piece| piece.of == Some(at));
            if !same || used || first > last {
                continue;
            }
            if from < first {
                let to = first.pred_opt().unwrap_or(first);
                pieces.push(Piece {
                    stretch: Stretch {
                        from,
                        to,
                        ..*stretch
                    },
                    of: None,
                });
            }
            pieces.push(Piece {
                stretch: Stretch {
                    from: first,
                    to: last,
                    ..*stretch
                },
                of: Some(at),
            });
            from = next(last);
        }
        if from <= stretch.to {
            pieces.push(Piece {
                stretch: Stretch { from, ..*stretch },
                of: None,
            });
        }
    }
    pieces
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

    fn stretch(team: i64, from: &str, to: &str) -> Stretch {
        Stretch {
            seat: posting(team, 1, UNKNOWN_START, OPEN_END).seat,
            from: date(from),
            to: date(to),
        }
    }

    #[test]
    fn whoever_moves_keeps_what_was_agreed_for_the_days_before() {
        let agreed = [
            stretch(1, "2026-07-01", "2026-07-31"),
            stretch(1, "2026-08-01", "2026-09-30"),
        ];
        assert_eq!(
            reseated(&[stretch(1, "2026-07-01", "2026-09-30")], &agreed),
            [
                Piece {
                    stretch: agreed[0],
                    of: Some(0)
                },
                Piece {
                    stretch: agreed[1],
                    of: Some(1)
                }
            ]
        );
        let moved = [
            stretch(1, "2026-07-01", "2026-08-19"),
            stretch(2, "2026-08-20", "2026-09-30"),
        ];
        let pieces = reseated(&moved, &agreed);
        let told: Vec<(String, Option<usize>)> = pieces
            .iter()
            .map(|p| (format!("{} {}", p.stretch.from, p.stretch.to), p.of))
            .collect();
        assert_eq!(
            told,
            [
                ("2026-07-01 2026-07-31".to_string(), Some(0)),
                ("2026-08-01 2026-08-19".to_string(), Some(1)),
                ("2026-08-20 2026-09-30".to_string(), None),
            ]
        );
        // Left before the second version began.
        assert_eq!(
            reseated(&[stretch(1, "2026-07-01", "2026-07-15")], &agreed).len(),
            1
        );
    }

    proptest::proptest! {
        #[test]
        fn pieces_cover_the_wanted_days_once(cut in 1i64..91, split in 1i64..91, same: bool) {
            let (first, last) = (date("2026-07-01"), date("2026-09-30"));
            let days = chrono::Duration::days;
            let versions = [
                Stretch { from: first, to: first + days(split - 1), ..stretch(1, "2026-07-01", "2026-07-01") },
                Stretch { from: first + days(split), to: last, ..stretch(1, "2026-07-01", "2026-07-01") },
            ];
            let wanted = [
                Stretch { from: first, to: first + days(cut - 1), ..versions[0] },
                Stretch { from: first + days(cut), to: last, ..stretch(if same { 1 } else { 2 }, "2026-07-01", "2026-07-01") },
            ];
            let pieces = reseated(&wanted, &versions);
            let mut next = first;
            for piece in &pieces {
                proptest::prop_assert_eq!(piece.stretch.from, next);
                proptest::prop_assert!(piece.stretch.from <= piece.stretch.to);
                next = piece.stretch.to + days(1);
            }
            proptest::prop_assert_eq!(next, last + days(1));
        }
    }
}
