//! Rounds of judging: where they stand, what their time allows, which questions are asked, why somebody declines.
//! A screening is a round without a time. Pure.

use chrono::{Duration, NaiveDateTime};

use crate::coded;
use crate::error::Message;
use crate::judgement::model::card::Card;
use crate::recruitment::model::opening::KitQuestion;

coded! {
    /// Where a round stands.
    RoundState {
        Planned = "planned",
        /// Somebody has said that it took place.
        Held = "held",
        Cancelled = "cancelled",
        /// The applicant did not come.
        Missed = "missed",
    }
}

coded! {
    /// Why somebody will not judge.
    Declined {
        /// Cannot judge this applicant without favour: is never asked about them again.
        Conflict = "conflict",
        Time = "time",
        Other = "other",
    }
}

/// How much weight of a card must be rated for a sheet to have a total.
pub const MIN_WEIGHT_BP: i64 = 6_000;

/// Shortest and longest interview, in minutes.
pub const MINUTES: std::ops::RangeInclusive<i64> = 5..=480;

/// How many rounds may be set up at once.
pub const AT_ONCE: usize = 200;

/// A round as its rules see it. Times in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    pub state: RoundState,
    /// From when to when; none for a screening.
    pub times: Option<(NaiveDateTime, NaiveDateTime)>,
    /// The application is still under way.
    pub active: bool,
    /// No sheet comes in any more.
    pub closed: bool,
}

impl Round {
    /// Whether it stands as it was planned or held: neither cancelled nor missed.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.state, RoundState::Planned | RoundState::Held)
    }

    /// Whether its time has come; a screening has none to wait for.
    #[must_use]
    pub fn has_begun(&self, now: NaiveDateTime) -> bool {
        self.times.is_none_or(|(starts, _)| starts <= now)
    }

    /// Whether it is over by the clock; a screening is over from the start, since papers alone are judged.
    #[must_use]
    pub fn has_ended(&self, now: NaiveDateTime) -> bool {
        self.times.is_none_or(|(_, ends)| ends <= now)
    }

    /// Whether its time, place and raters may still be changed.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.state == RoundState::Planned && self.active && !self.closed
    }

    /// Whether a sheet may be sent now, or why not.
    ///
    /// # Errors
    /// The reason in words.
    pub fn takes_sheets(&self, now: NaiveDateTime) -> Result<(), Message> {
        if !self.counts() {
            return Err(Message::new("round-not-held"));
        }
        if !self.active || self.closed {
            return Err(Message::new("panel-closed"));
        }
        if !self.has_begun(now) {
            return Err(Message::new("round-not-yet"));
        }
        Ok(())
    }

    /// Whether those who have sent no sheet are reminded: never of an interview that has not taken place.
    #[must_use]
    pub fn reminds(&self, now: NaiveDateTime) -> bool {
        self.takes_sheets(now).is_ok() && self.has_ended(now)
    }

    /// Whether it may be said to be held or missed.
    #[must_use]
    pub fn may_conclude(&self, now: NaiveDateTime) -> bool {
        self.may_change() && self.times.is_some() && self.has_begun(now)
    }
}

/// When each of several interviews takes place, one after the other.
#[must_use]
pub fn slots(
    first: NaiveDateTime,
    minutes: i64,
    count: usize,
) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let length = Duration::minutes(minutes);
    let starts = std::iter::successors(Some(first), |at| Some(*at + length));
    starts.take(count).map(|at| (at, at + length)).collect()
}

/// The questions of a kit by criterion, in the order of the card; those of none come first, under no criterion.
#[must_use]
pub fn in_order<'a>(
    card: &'a Card,
    kit: &'a [KitQuestion],
) -> Vec<(&'a str, Vec<&'a KitQuestion>)> {
    let of = |code: &str| -> Vec<&KitQuestion> {
        kit.iter()
            .filter(|question| match code {
                "" => card.criterion(&question.criterion).is_none(),
                code => question.criterion == code,
            })
            .collect()
    };
    let codes = card.criteria.iter().map(|c| c.code.as_str());
    std::iter::once("")
        .chain(codes)
        .map(|code| (code, of(code)))
        .filter(|(_, questions)| !questions.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::model::card::{Criterion, Method, Purpose};

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn interview(state: RoundState) -> Round {
        Round {
            state,
            times: Some((at("2026-12-01T06:00:00"), at("2026-12-01T07:00:00"))),
            active: true,
            closed: false,
        }
    }

    #[test]
    fn nobody_is_reminded_of_an_interview_that_has_not_taken_place() {
        let (before, during, after) = (
            at("2026-12-01T05:59:59"),
            at("2026-12-01T06:30:00"),
            at("2026-12-01T07:00:00"),
        );
        let planned = interview(RoundState::Planned);
        assert!(!planned.reminds(before) && !planned.reminds(during) && planned.reminds(after));
        assert!(interview(RoundState::Held).reminds(after));
        assert!(!interview(RoundState::Cancelled).reminds(after));
        assert!(!interview(RoundState::Missed).reminds(after));
        let gone = Round {
            active: false,
            ..planned
        };
        assert!(!gone.reminds(after));
    }

    #[test]
    fn a_sheet_is_taken_from_the_beginning_of_the_interview_on() {
        let planned = interview(RoundState::Planned);
        let early = planned.takes_sheets(at("2026-12-01T05:00:00"));
        assert_eq!(early, Err(Message::new("round-not-yet")));
        assert_eq!(planned.takes_sheets(at("2026-12-01T06:00:00")), Ok(()));
        let screening = Round {
            times: None,
            ..planned
        };
        assert_eq!(screening.takes_sheets(at("2026-01-01T00:00:00")), Ok(()));
        let closed = Round {
            closed: true,
            ..screening
        };
        assert!(closed.takes_sheets(at("2026-01-01T00:00:00")).is_err());
    }

    #[test]
    fn only_an_interview_that_has_begun_is_held_or_missed() {
        let planned = interview(RoundState::Planned);
        assert!(!planned.may_conclude(at("2026-12-01T05:00:00")));
        assert!(planned.may_conclude(at("2026-12-01T06:10:00")));
        assert!(!interview(RoundState::Held).may_conclude(at("2026-12-02T06:10:00")));
    }

    #[test]
    fn interviews_set_up_together_follow_one_another() {
        let found = slots(at("2026-12-01T06:00:00"), 45, 3);
        let starts: Vec<String> = found.iter().map(|s| s.0.time().to_string()).collect();
        assert_eq!(starts, ["06:00:00", "06:45:00", "07:30:00"]);
        assert!(found.windows(2).all(|s| s[0].1 == s[1].0));
    }

    #[test]
    fn questions_stand_in_the_order_of_the_criteria() {
        let criterion = |code: &str| Criterion {
            code: code.into(),
            critical: false,
            levels: Vec::new(),
            max_deduction_h: None,
            na_allowed: false,
            name_en: code.into(),
            name_zh: code.into(),
            note_above_h: None,
            note_below_h: None,
            weight_bp: 5_000,
        };
        let card = Card {
            code: "interview".into(),
            criteria: vec![criterion("b"), criterion("a")],
            method: Method::Levels,
            name_en: "i".into(),
            name_zh: "i".into(),
            pass_h: None,
            purpose: Purpose::Interview,
            version_no: 1,
        };
        let asked = |criterion: &str, text: &str| KitQuestion {
            criterion: criterion.into(),
            zh: text.into(),
            en: text.into(),
        };
        let kit = [
            asked("a", "1"),
            asked("b", "2"),
            asked("x", "3"),
            asked("a", "4"),
        ];
        let order: Vec<(&str, Vec<&str>)> = in_order(&card, &kit)
            .into_iter()
            .map(|(code, all)| (code, all.iter().map(|q| q.en.as_str()).collect()))
            .collect();
        assert_eq!(
            order,
            [("", vec!["3"]), ("b", vec!["2"]), ("a", vec!["1", "4"])]
        );
    }
}
