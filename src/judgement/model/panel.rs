//! A panel: one occasion of judging. What its sheets come to, and who may read which.

use crate::judgement::model::card::{Card, Method};
use crate::judgement::model::sheet::{Rating, State};
use crate::stats::agreement::r_wg;
use crate::stats::fraction::{Score, half_up, weighted};

/// Several ratings of one criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    pub criterion: String,
    /// How many rated it.
    pub n: i64,
    /// Of the points, in hundredths.
    pub sum_h: i64,
    /// Highest less lowest, in hundredths.
    pub spread_h: i64,
    /// r_wg, 0 to 1; none with fewer than two ratings, or where points are deducted.
    pub agreement: Option<f64>,
}

impl Together {
    /// The mean in hundredths, rounded half-up; none where nobody rated it.
    #[must_use]
    pub fn mean_h(&self) -> Option<i64> {
        (self.n > 0).then(|| half_up(self.sum_h.into(), self.n.into()))
    }

    /// The mean in whole levels, rounded half-up: all that is told of anonymous ratings.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        (self.n > 0).then(|| half_up(self.sum_h.into(), i128::from(self.n) * 100))
    }
}

/// What several sheets come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Submitted sheets.
    pub sheets: i64,
    /// In the order of the criteria.
    pub criteria: Vec<Together>,
    /// Mean of the sheets' totals in hundredths of 0 to 100, rounded once; none where no sheet has one.
    pub total_h: Option<i64>,
    /// Whether a sheet fails a critical criterion.
    pub critical_failed: bool,
}

/// What submitted sheets come to; each is the ratings of one rater.
#[must_use]
pub fn outcome(card: &Card, sheets: &[Vec<Rating>], min_bp: i64) -> Outcome {
    let criteria = card
        .criteria
        .iter()
        .map(|criterion| {
            let rated = sheets.iter().flatten();
            let points: Vec<i64> = rated
                .filter(|r| r.criterion == criterion.code)
                .filter_map(|r| r.points_h)
                .collect();
            let spread = points.iter().max().zip(points.iter().min());
            // The place of a level on its scale, from 1 on.
            let places: Option<Vec<i64>> = points
                .iter()
                .map(|p| {
                    let at = criterion.levels.iter().position(|l| l.points_h == *p)?;
                    i64::try_from(at + 1).ok()
                })
                .collect();
            Together {
                criterion: criterion.code.clone(),
                n: points.len() as i64,
                sum_h: points.iter().sum(),
                spread_h: spread.map_or(0, |(high, low)| high - low),
                agreement: places
                    .filter(|_| card.method == Method::Levels)
                    .and_then(|places| r_wg(&places, criterion.levels.len() as i64)),
            }
        })
        .collect();
    let totals: Vec<_> = sheets.iter().map(|s| card.total(s, min_bp)).collect();
    let parts: Vec<(Option<Score>, i64)> = totals
        .iter()
        .map(|t| (t.total_h.map(Score::of_h), 1))
        .collect();
    Outcome {
        sheets: sheets.len() as i64,
        criteria,
        total_h: weighted(&parts, 0).map(Score::rounded_h),
        critical_failed: totals.iter().any(|t| t.critical_failed),
    }
}

/// How a panel keeps its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrecy {
    /// Nobody on the panel reads another's sheet before their own is submitted.
    pub blind: bool,
    /// Nobody reads a single sheet; all together show once closed and `min_shown` are in.
    pub anonymous: bool,
    pub min_shown: i64,
    pub closed: bool,
}

impl Secrecy {
    /// Whether somebody may read another's submitted sheet. `own_submitted` is whether their own in this panel is,
    /// none for those who have no seat in it.
    #[must_use]
    pub fn shows_sheet(self, own_submitted: Option<bool>) -> bool {
        !self.anonymous && (!self.blind || own_submitted != Some(false))
    }

    /// Whether somebody may read what others have submitted, by the state of their own seat and how many sheets are
    /// `asked` for and `submitted`. Who still has to judge does not; who has no seat (or has declined it) does once
    /// all are in or the panel is closed, so that nobody can tell a rater how it stands.
    #[must_use]
    pub fn opens(self, seat: Option<State>, asked: i64, submitted: i64) -> bool {
        match seat {
            _ if self.anonymous => false,
            _ if !self.blind || self.closed => true,
            Some(State::Submitted) => true,
            Some(State::Proposed | State::Invited | State::Draft) => false,
            Some(State::Declined) | None => asked > 0 && submitted >= asked,
        }
    }

    /// Whether what the sheets come to may be read, of `submitted` sheets.
    #[must_use]
    pub fn shows_outcome(self, submitted: i64, own_submitted: Option<bool>) -> bool {
        if self.anonymous {
            self.closed && submitted >= self.min_shown
        } else {
            self.shows_sheet(own_submitted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::model::card::{Criterion, Level, Purpose};
    use proptest::prelude::*;

    fn card() -> Card {
        let level = |points: i64| Level {
            anchor_en: "a".to_string(),
            anchor_zh: "a".to_string(),
            points_h: points * 100,
        };
        let criterion = |code: &str, weight_bp| Criterion {
            code: code.to_string(),
            critical: false,
            levels: (1..=5).map(level).collect(),
            max_deduction_h: None,
            na_allowed: true,
            name_en: code.to_string(),
            name_zh: code.to_string(),
            note_above_h: None,
            note_below_h: None,
            weight_bp,
        };
        Card {
            code: "c".to_string(),
            criteria: vec![criterion("a", 6_000), criterion("b", 4_000)],
            method: Method::Levels,
            name_en: "c".to_string(),
            name_zh: "c".to_string(),
            pass_h: None,
            purpose: Purpose::Peer,
            version_no: 1,
        }
    }

    fn sheet(a: i64, b: Option<i64>) -> Vec<Rating> {
        [("a", Some(a)), ("b", b)]
            .map(|(code, points)| Rating {
                criterion: code.to_string(),
                evidence: String::new(),
                not_applicable: points.is_none(),
                note: String::new(),
                points_h: points.map(|p| p * 100),
            })
            .to_vec()
    }

    #[test]
    fn sheets_together_have_a_mean_a_spread_and_an_agreement() {
        let sheets = [sheet(2, Some(5)), sheet(3, None), sheet(4, Some(5))];
        let outcome = outcome(&card(), &sheets, 6_000);
        let [a, b] = &outcome.criteria[..] else {
            panic!("{outcome:?}")
        };
        assert_eq!((a.n, a.mean_h(), a.spread_h), (3, Some(300), 200));
        assert_eq!(a.agreement, Some(0.5));
        assert_eq!((b.n, b.whole(), b.agreement), (2, Some(5), Some(1.0)));
        // (25 * .6 + 100 * .4), 50, (75 * .6 + 100 * .4): 55, 50, 85.
        assert_eq!(outcome.total_h, Some(6_333));
    }

    #[test]
    fn whole_means_round_half_up() {
        let outcome = outcome(&card(), &[sheet(2, None), sheet(3, None)], 6_000);
        assert_eq!(outcome.criteria[0].whole(), Some(3));
        assert_eq!(outcome.criteria[1].whole(), None);
    }

    #[test]
    fn a_blind_panel_opens_with_ones_own_sheet() {
        let blind = Secrecy {
            blind: true,
            anonymous: false,
            min_shown: 0,
            closed: false,
        };
        assert!(!blind.shows_sheet(Some(false)));
        assert!(blind.shows_sheet(Some(true)));
        assert!(blind.shows_sheet(None));
    }

    proptest! {
        #[test]
        fn an_anonymous_panel_shows_no_sheet_ever_and_all_together_only_closed_and_with_enough(
            closed: bool, blind: bool, submitted in 0i64..6, own in proptest::option::of(any::<bool>())
        ) {
            let secrecy = Secrecy { blind, anonymous: true, min_shown: 3, closed };
            prop_assert!(!secrecy.shows_sheet(own));
            prop_assert_eq!(secrecy.shows_outcome(submitted, own), closed && submitted >= 3);
        }
    }

    #[test]
    fn a_blind_panel_opens_to_each_rater_by_their_own_sheet_and_to_others_when_all_are_in() {
        let blind = Secrecy {
            blind: true,
            anonymous: false,
            min_shown: 0,
            closed: false,
        };
        assert!(!blind.opens(Some(State::Invited), 2, 1));
        assert!(!blind.opens(Some(State::Draft), 2, 2));
        assert!(blind.opens(Some(State::Submitted), 2, 1));
        for outside in [None, Some(State::Declined)] {
            assert!(!blind.opens(outside, 2, 1) && !blind.opens(outside, 0, 0));
            assert!(blind.opens(outside, 2, 2));
        }
        let closed = Secrecy {
            closed: true,
            ..blind
        };
        assert!(closed.opens(None, 2, 1) && closed.opens(Some(State::Invited), 2, 1));
        let anonymous = Secrecy {
            anonymous: true,
            ..closed
        };
        assert!(!anonymous.opens(Some(State::Submitted), 2, 2));
    }
}
