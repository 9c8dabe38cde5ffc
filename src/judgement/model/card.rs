//! A scorecard: criteria with weights and anchored levels, or deductions from a base of 100. A published version
//! does not change.
//!
//! Fields stand in alphabetical order, because the canonical JSON of a card has sorted keys.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::Message;
use crate::judgement::model::sheet::{Given, Rating};
use crate::stats::fraction::{Score, WHOLE_BP, weighted};

/// What a card is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Competency,
    Peer,
    Screening,
    Interview,
    RolePlay,
    Quality,
    Mystery,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 7] = [
        Purpose::Competency,
        Purpose::Peer,
        Purpose::Screening,
        Purpose::Interview,
        Purpose::RolePlay,
        Purpose::Quality,
        Purpose::Mystery,
    ];

    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Competency => "competency",
            Purpose::Peer => "peer",
            Purpose::Screening => "screening",
            Purpose::Interview => "interview",
            Purpose::RolePlay => "role_play",
            Purpose::Quality => "quality",
            Purpose::Mystery => "mystery",
        }
    }

    /// The purpose of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|p| p.code() == code)
    }
}

/// How points come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One of the anchored levels of each criterion.
    Levels,
    /// The weights share out 100 points, from which faults are deducted.
    Deductions,
}

impl Method {
    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Method::Levels => "levels",
            Method::Deductions => "deductions",
        }
    }

    /// The method of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Method> {
        [Method::Levels, Method::Deductions]
            .into_iter()
            .find(|m| m.code() == code)
    }
}

/// A level of a criterion and the behaviour that earns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    pub anchor_en: String,
    pub anchor_zh: String,
    /// Hundredths.
    pub points_h: i64,
}

/// One thing that is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    pub code: String,
    /// Whether failing it fails the whole: its lowest level, or its whole deduction.
    #[serde(default)]
    pub critical: bool,
    /// Rising; none where points are deducted.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// Hundredths of the 100 points, at most the weight's share; none where levels are chosen.
    #[serde(default)]
    pub max_deduction_h: Option<i64>,
    #[serde(default)]
    pub na_allowed: bool,
    pub name_en: String,
    pub name_zh: String,
    /// Above this a note is asked for.
    #[serde(default)]
    pub note_above_h: Option<i64>,
    /// Below this a note is asked for.
    #[serde(default)]
    pub note_below_h: Option<i64>,
    pub weight_bp: i64,
}

/// A version of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub code: String,
    pub criteria: Vec<Criterion>,
    pub method: Method,
    pub name_en: String,
    pub name_zh: String,
    /// Total, in hundredths of 0 to 100, from which it is passed; none where nothing is to be passed.
    #[serde(default)]
    pub pass_h: Option<i64>,
    pub purpose: Purpose,
    pub version_no: i32,
}

/// How many levels a criterion may have.
pub const LEVELS: std::ops::RangeInclusive<usize> = 2..=7;

/// How many criteria a card may have.
pub const CRITERIA: std::ops::RangeInclusive<usize> = 1..=20;

/// 100 points in hundredths.
pub const HUNDRED_H: i64 = 10_000;

/// What one sheet comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Hundredths of 0 to 100; none when too little weight is rated.
    pub total_h: Option<i64>,
    pub critical_failed: bool,
    /// Whether it is passed; none without a total or without a limit.
    pub passed: Option<bool>,
}

impl Criterion {
    /// Whether points, in hundredths, are some that may be given.
    #[must_use]
    pub fn takes(&self, points_h: i64) -> bool {
        match self.max_deduction_h {
            Some(most) => (0..=most).contains(&points_h),
            None => self.levels.iter().any(|l| l.points_h == points_h),
        }
    }

    /// Whether points ask for a note.
    #[must_use]
    pub fn wants_note(&self, points_h: i64) -> bool {
        self.note_below_h.is_some_and(|limit| points_h < limit)
            || self.note_above_h.is_some_and(|limit| points_h > limit)
    }

    /// The share of the 100 points that a rating earns, in hundredths of 0 to 100.
    fn share(&self, points_h: i64) -> Option<Score> {
        if self.max_deduction_h.is_some() {
            // A weight of 10,000 basis points is 100.00 points.
            let left = (self.weight_bp - points_h).max(0);
            return (self.weight_bp > 0).then(|| Score::ratio(left * HUNDRED_H, self.weight_bp));
        }
        let (low, high) = (self.levels.first()?.points_h, self.levels.last()?.points_h);
        (low < high).then(|| Score::ratio((points_h - low) * HUNDRED_H, high - low))
    }

    fn is_failed(&self, points_h: i64) -> bool {
        match self.max_deduction_h {
            Some(most) => points_h >= most,
            None => self.levels.first().is_some_and(|l| points_h <= l.points_h),
        }
    }
}

impl Card {
    /// The criterion of a code.
    #[must_use]
    pub fn criterion(&self, code: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|c| c.code == code)
    }

    /// What keeps a card from being published: every reason, in order.
    #[must_use]
    pub fn problems(&self) -> Vec<Message> {
        let mut problems = Vec::new();
        if !CRITERIA.contains(&self.criteria.len()) {
            problems.push(Message::new("card-criteria").with("count", self.criteria.len()));
        }
        let sum: i64 = self.criteria.iter().map(|c| c.weight_bp).sum();
        if sum != WHOLE_BP {
            let percent = |bp: i64| format!("{}.{:02}", bp / 100, bp % 100);
            let key = if sum < WHOLE_BP {
                "card-weights-below"
            } else {
                "card-weights-above"
            };
            problems.push(
                Message::new(key)
                    .with("sum", percent(sum))
                    .with("difference", percent((WHOLE_BP - sum).abs())),
            );
        }
        let mut codes = BTreeSet::new();
        for criterion in &self.criteria {
            let about = |key| Message::new(key).with("criterion", &criterion.code);
            if !codes.insert(&criterion.code) {
                problems.push(about("card-criterion-twice"));
            }
            if !(1..=WHOLE_BP).contains(&criterion.weight_bp) {
                problems.push(about("card-weight"));
            }
            match self.method {
                Method::Levels => {
                    let levels = &criterion.levels;
                    let rising = levels.windows(2).all(|l| l[0].points_h < l[1].points_h);
                    if !LEVELS.contains(&levels.len()) || !rising {
                        problems.push(about("card-levels"));
                    }
                    if levels
                        .iter()
                        .any(|l| l.anchor_zh.is_empty() || l.anchor_en.is_empty())
                    {
                        problems.push(about("card-anchors"));
                    }
                    if criterion.max_deduction_h.is_some() {
                        problems.push(about("card-no-deduction"));
                    }
                }
                Method::Deductions => {
                    let fits = criterion
                        .max_deduction_h
                        .is_some_and(|most| (1..=criterion.weight_bp).contains(&most));
                    if !fits || !criterion.levels.is_empty() {
                        problems.push(about("card-deduction"));
                    }
                }
            }
        }
        problems
    }

    /// Reads what was given into ratings, in the order of the criteria.
    ///
    /// # Errors
    /// The code of each criterion whose rating is missing, none that may be given, or lacks its note.
    pub fn ratings(&self, given: &[Given]) -> Result<Vec<Rating>, Vec<(String, Message)>> {
        let mut ratings = Vec::new();
        let mut wrong = Vec::new();
        for criterion in &self.criteria {
            let mut refuse = |key| wrong.push((criterion.code.clone(), Message::new(key)));
            let found = given.iter().find(|g| g.criterion == criterion.code);
            let (points_h, note) = match found {
                Some(given) => (given.points_h, given.note.trim()),
                None => (None, ""),
            };
            let not_applicable = found.is_some_and(|g| g.not_applicable);
            match points_h {
                _ if not_applicable && !criterion.na_allowed => refuse("rating-na"),
                Some(_) if not_applicable => refuse("rating-na-and-points"),
                None if !not_applicable => refuse("rating-missing"),
                Some(points) if !criterion.takes(points) => refuse("rating-points"),
                Some(points) if criterion.wants_note(points) && note.is_empty() => {
                    refuse("rating-note");
                }
                _ => ratings.push(Rating {
                    criterion: criterion.code.clone(),
                    evidence: found.map_or_else(String::new, |g| g.evidence.trim().to_string()),
                    not_applicable,
                    note: note.to_string(),
                    points_h,
                }),
            }
        }
        if wrong.is_empty() {
            Ok(ratings)
        } else {
            Err(wrong)
        }
    }

    /// What a sheet comes to: the weighted mean of the shares of 100, exact, rounded once. What is not
    /// applicable drops out; below `min_bp` of the weight there is no total.
    #[must_use]
    pub fn total(&self, ratings: &[Rating], min_bp: i64) -> Total {
        let rated = |criterion: &Criterion| {
            let rating = ratings.iter().find(|r| r.criterion == criterion.code)?;
            rating.points_h
        };
        let parts: Vec<(Option<Score>, i64)> = self
            .criteria
            .iter()
            .map(|c| (rated(c).and_then(|p| c.share(p)), c.weight_bp))
            .collect();
        let total_h = weighted(&parts, min_bp).map(Score::rounded_h);
        let critical_failed = self
            .criteria
            .iter()
            .any(|c| c.critical && rated(c).is_some_and(|p| c.is_failed(p)));
        Total {
            total_h,
            critical_failed,
            passed: self
                .pass_h
                .zip(total_h)
                .map(|(limit, total)| !critical_failed && total >= limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(points: i64) -> Level {
        Level {
            anchor_en: format!("does {points}"),
            anchor_zh: format!("做到{points}"),
            points_h: points * 100,
        }
    }

    fn criterion(code: &str, weight_bp: i64) -> Criterion {
        Criterion {
            code: code.to_string(),
            critical: false,
            levels: (1..=5).map(level).collect(),
            max_deduction_h: None,
            na_allowed: true,
            name_en: code.to_string(),
            name_zh: code.to_string(),
            note_above_h: Some(400),
            note_below_h: Some(200),
            weight_bp,
        }
    }

    fn card(criteria: Vec<Criterion>) -> Card {
        Card {
            code: "c".to_string(),
            criteria,
            method: Method::Levels,
            name_en: "Card".to_string(),
            name_zh: "卡".to_string(),
            pass_h: None,
            purpose: Purpose::Competency,
            version_no: 1,
        }
    }

    fn deductions(weights: &[(i64, i64)]) -> Card {
        let criteria = weights
            .iter()
            .zip('a'..)
            .map(|(&(weight, most), code)| Criterion {
                levels: Vec::new(),
                max_deduction_h: Some(most),
                note_above_h: None,
                note_below_h: None,
                ..criterion(&code.to_string(), weight)
            });
        Card {
            method: Method::Deductions,
            ..card(criteria.collect())
        }
    }

    fn given(code: &str, points_h: i64) -> Given {
        Given {
            criterion: code.to_string(),
            points_h: Some(points_h),
            note: "seen".to_string(),
            ..Given::default()
        }
    }

    fn keys(card: &Card) -> Vec<&'static str> {
        card.problems().iter().map(|m| m.key).collect()
    }

    #[test]
    fn weights_that_do_not_make_the_whole_are_refused_with_what_is_lacking() {
        let short = card(vec![criterion("a", 5_000), criterion("b", 4_999)]);
        assert_eq!(keys(&short), ["card-weights-below"]);
        assert!(
            short.problems()[0]
                .args
                .contains(&("difference", "0.01".to_string()))
        );
        let long = card(vec![criterion("a", 5_000), criterion("b", 5_001)]);
        assert_eq!(keys(&long), ["card-weights-above"]);
        assert!(card(vec![criterion("a", 10_000)]).problems().is_empty());
    }

    #[test]
    fn levels_are_two_to_seven_rise_and_carry_an_anchor_in_both_languages() {
        let with = |levels: Vec<Level>| {
            keys(&card(vec![Criterion {
                levels,
                ..criterion("a", 10_000)
            }]))
        };
        assert_eq!(with(vec![level(1)]), ["card-levels"]);
        assert_eq!(with((1..=8).map(level).collect()), ["card-levels"]);
        assert_eq!(with(vec![level(2), level(2)]), ["card-levels"]);
        assert!(with(vec![level(1), level(2)]).is_empty());
        assert!(with((1..=7).map(level).collect()).is_empty());
        let silent = Level {
            anchor_en: String::new(),
            ..level(3)
        };
        assert_eq!(with(vec![level(1), silent]), ["card-anchors"]);
    }

    #[test]
    fn a_deduction_is_at_most_what_its_weight_gives() {
        assert!(
            deductions(&[(6_000, 6_000), (4_000, 1_000)])
                .problems()
                .is_empty()
        );
        assert_eq!(
            keys(&deductions(&[(6_000, 6_001), (4_000, 1_000)])),
            ["card-deduction"]
        );
    }

    #[test]
    fn every_criterion_is_rated_or_not_applicable() {
        let card = card(vec![
            criterion("a", 5_000),
            Criterion {
                na_allowed: false,
                ..criterion("b", 5_000)
            },
        ]);
        let none = Given {
            not_applicable: true,
            ..given("b", 300)
        };
        let wrong = |given: &[Given]| -> Vec<&'static str> {
            let refused = card.ratings(given).unwrap_err();
            refused.into_iter().map(|(_, m)| m.key).collect()
        };
        assert_eq!(wrong(&[]), ["rating-missing", "rating-missing"]);
        assert_eq!(wrong(&[given("a", 300), none]), ["rating-na"]);
        assert_eq!(
            wrong(&[given("a", 350), given("b", 300)]),
            ["rating-points"]
        );
        assert_eq!(
            card.ratings(&[given("b", 100), given("a", 500)])
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn extreme_ratings_want_a_note() {
        let card = card(vec![criterion("a", 10_000)]);
        let silent = |points_h| Given {
            note: "  ".to_string(),
            ..given("a", points_h)
        };
        for points in [200, 300, 400] {
            assert!(card.ratings(&[silent(points)]).is_ok(), "{points}");
        }
        for points in [100, 500] {
            let wrong = card.ratings(&[silent(points)]).unwrap_err();
            assert_eq!(wrong[0].1.key, "rating-note");
            assert!(card.ratings(&[given("a", points)]).is_ok());
        }
    }

    #[test]
    fn a_critical_criterion_at_its_lowest_fails_the_whole_whatever_the_total() {
        let card = Card {
            pass_h: Some(6_000),
            ..card(vec![
                Criterion {
                    critical: true,
                    ..criterion("a", 1_000)
                },
                criterion("b", 9_000),
            ])
        };
        let total = |a, b| {
            let ratings = card.ratings(&[given("a", a), given("b", b)]).unwrap();
            card.total(&ratings, 6_000)
        };
        let failed = total(100, 500);
        assert_eq!(failed.total_h, Some(9_000));
        assert_eq!((failed.critical_failed, failed.passed), (true, Some(false)));
        assert_eq!(total(200, 500).passed, Some(true));
        assert_eq!(total(500, 200).passed, Some(false));
    }

    #[test]
    fn deductions_are_taken_from_a_hundred() {
        let card = deductions(&[(6_000, 6_000), (4_000, 4_000)]);
        let total = |given: &[Given]| card.total(&card.ratings(given).unwrap(), 6_000).total_h;
        assert_eq!(total(&[given("a", 1_550), given("b", 0)]), Some(8_450));
        // Without the second criterion the first is the whole.
        let none = Given {
            criterion: "b".to_string(),
            not_applicable: true,
            ..Given::default()
        };
        assert_eq!(total(&[given("a", 1_500), none]), Some(7_500));
    }

    proptest! {
        #[test]
        fn what_is_not_applicable_changes_nothing_but_the_weights(
            points in proptest::collection::vec(1i64..=5, 4),
            level in 1i64..=5,
        ) {
            let weights = [4_000, 3_000, 2_000, 1_000];
            let criteria = weights.iter().zip('a'..).map(|(&w, c)| criterion(&c.to_string(), w));
            let card = card(criteria.collect());
            let all: Vec<Given> = points.iter().zip('a'..).map(|(p, c)| given(&c.to_string(), p * 100)).collect();
            let total = card.total(&card.ratings(&all).unwrap(), 6_000).total_h.unwrap();
            prop_assert!((0..=HUNDRED_H).contains(&total));
            // The same level everywhere is its own share, also when a criterion drops out.
            let mut same: Vec<Given> = ('a'..='d').map(|c| given(&c.to_string(), level * 100)).collect();
            same[3] = Given { criterion: "d".to_string(), not_applicable: true, ..Given::default() };
            let total = card.total(&card.ratings(&same).unwrap(), 6_000).total_h;
            prop_assert_eq!(total, Some((level - 1) * 2_500));
        }

        #[test]
        fn below_the_least_weight_there_is_no_total(dropped in 0usize..4) {
            let weights = [4_001, 2_999, 2_000, 1_000];
            let criteria = weights.iter().zip('a'..).map(|(&w, c)| criterion(&c.to_string(), w));
            let card = card(criteria.collect());
            let all: Vec<Given> = ('a'..='d').enumerate().map(|(at, c)| Given {
                criterion: c.to_string(),
                points_h: (at != dropped).then_some(300),
                not_applicable: at == dropped,
                ..Given::default()
            }).collect();
            let total = card.total(&card.ratings(&all).unwrap(), 6_000).total_h;
            prop_assert_eq!(total.is_none(), weights[dropped] > 4_000);
        }
    }
}
