//! Whether raters rate alike, as flags with their figures, for people to talk about. A flag never changes a result.
//!
//! A rater is flagged only on [`LEAST`] ratings or more; what is looked at are competency ratings in points, since
//! figures have no rater.

use std::collections::BTreeMap;

use crate::stats::intervals::{Interval, welch};
use crate::stats::raters;
use crate::stats::tally::Tally;

/// Fewer ratings than this carry no flag.
pub const LEAST: usize = 5;

/// A group of fewer people than this is not shown.
pub const LEAST_GROUP: i64 = 5;

/// A rater's mean is called lenient or severe from this adjusted p value down.
const LEVEL: f64 = 0.05;

/// A spread of less than this part of the pooled one is central tendency.
const NARROW: f64 = 0.5;

/// More than this share of ratings in the middle category is central tendency.
const CROWDED: f64 = 0.6;

/// The middle category of the levels 1 to 5 on which criteria are rated, half a level on either side.
const MIDDLE: (f64, f64) = (2.5, 3.5);

/// The scale of competency points.
const SCALE: (f64, f64) = (0.0, 120.0);

/// A used range of less than this part of the possible one is range restriction.
const RESTRICTED: f64 = 0.1;

/// A mean spread over dimensions of less than this part of everybody's is halo.
const ALIKE: f64 = 0.5;

/// Above this difference of correlations ratings are said to follow the last month.
const RECENT: f64 = 0.3;

/// Raters of whom every pair is compared; with more, pairs would be too many to read.
pub const MOST_PAIRED: usize = 12;

/// One person as one rater saw them.
#[derive(Clone, Debug)]
pub struct Rating {
    pub rater_id: i64,
    pub staff_id: i64,
    /// Competency points.
    pub points: f64,
    /// The KPI score of the same person.
    pub kpi: Option<f64>,
    /// The level on each criterion, 1 to 5, where it is known.
    pub dimensions: Vec<Option<f64>>,
}

/// What stands out about a rater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    Lenient,
    Severe,
    CentralTendency,
    RangeRestriction,
    Halo,
}

/// A rater's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Rater {
    pub rater_id: i64,
    pub n: usize,
    /// In points.
    pub mean: f64,
    /// Own mean less everybody's, of what is left when the figures are allowed for (of the ratings themselves where
    /// figures explain nothing).
    pub leniency: Option<raters::Leniency>,
    /// Adjusted for the number of raters.
    pub p: Option<f64>,
    pub spread_ratio: Option<f64>,
    pub middle_share: Option<f64>,
    pub range_share: Option<f64>,
    pub halo: Option<raters::Halo>,
    pub flags: Vec<Flag>,
}

/// All raters of a cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Fairness {
    pub ratings: usize,
    pub anova: Option<raters::Anova>,
    /// The slope of ratings on KPI scores, in points per point; none where leniency is that of the raw ratings.
    pub slope: Option<f64>,
    /// In order of leniency, the most lenient first.
    pub raters: Vec<Rater>,
    /// Pairs of raters who differ, adjusted for all pairs; only where there are few raters.
    pub pairs: Vec<(i64, i64, f64, f64)>,
}

/// Looks at every rater of a cycle.
#[must_use]
pub fn look(ratings: &[Rating]) -> Fairness {
    let mut by_rater: BTreeMap<i64, Vec<&Rating>> = BTreeMap::new();
    for rating in ratings {
        by_rater.entry(rating.rater_id).or_default().push(rating);
    }
    let groups: Vec<Vec<f64>> = by_rater
        .values()
        .map(|all| all.iter().map(|r| r.points).collect())
        .collect();
    let line = regression(ratings);
    let left: Vec<Vec<f64>> = match &line {
        Some(line) => {
            let residual = |r: &&Rating| Some(r.points - (line.intercept + line.slope * r.kpi?));
            by_rater
                .values()
                .map(|all| all.iter().filter_map(residual).collect())
                .collect()
        }
        None => groups.clone(),
    };
    let leniency = raters::leniency(&left).unwrap_or_else(|| vec![None; groups.len()]);
    let tested: Vec<(usize, f64)> = leniency
        .iter()
        .enumerate()
        .filter_map(|(at, l)| Some((at, l.filter(|l| l.n >= LEAST)?.p)))
        .collect();
    let adjusted = raters::benjamini_hochberg(&tested.iter().map(|t| t.1).collect::<Vec<_>>());
    let adjusted: BTreeMap<usize, f64> = tested.iter().map(|t| t.0).zip(adjusted).collect();
    let spreads = raters::spread_ratios(&groups);
    let usual = usual_halo(&by_rater);
    let mut found: Vec<Rater> = by_rater
        .iter()
        .enumerate()
        .map(|(at, (&rater_id, all))| {
            let values = &groups[at];
            let dimensions: Vec<Vec<Option<f64>>> =
                all.iter().map(|r| r.dimensions.clone()).collect();
            let levels: Vec<f64> = dimensions.iter().flatten().copied().flatten().collect();
            let mut rater = Rater {
                rater_id,
                n: values.len(),
                mean: values.iter().sum::<f64>() / values.len() as f64,
                leniency: leniency[at],
                p: adjusted.get(&at).copied(),
                spread_ratio: spreads[at],
                // Of single ratings: means over criteria lie in the middle anyway.
                middle_share: raters::share_within(&levels, MIDDLE.0, MIDDLE.1),
                range_share: raters::range_share(values, SCALE.0, SCALE.1),
                halo: raters::halo(&dimensions),
                flags: Vec::new(),
            };
            rater.flags = flags(&rater, usual);
            rater
        })
        .collect();
    let lean = |r: &Rater| r.leniency.map_or(0.0, |l| l.shrunken);
    found.sort_by(|a, b| {
        lean(b)
            .total_cmp(&lean(a))
            .then(a.rater_id.cmp(&b.rater_id))
    });
    Fairness {
        ratings: ratings.len(),
        anova: raters::anova(&left),
        slope: line.map(|l| l.slope),
        raters: found,
        pairs: pairs(&by_rater, &left),
    }
}

/// Ratings on KPI scores, where both are known of everybody who counts.
fn regression(ratings: &[Rating]) -> Option<raters::Line> {
    let points: Vec<(f64, f64)> = ratings
        .iter()
        .filter_map(|r| Some((r.kpi?, r.points)))
        .collect();
    // With few people a line would fit chance.
    (points.len() >= 2 * LEAST)
        .then(|| raters::line(&points))
        .flatten()
}

/// The mean over all raters of the spread over dimensions.
fn usual_halo(by_rater: &BTreeMap<i64, Vec<&Rating>>) -> Option<f64> {
    let all: Vec<Vec<Option<f64>>> = by_rater
        .values()
        .flatten()
        .map(|r| r.dimensions.clone())
        .collect();
    Some(raters::halo(&all)?.within_ratee)
}

fn flags(rater: &Rater, usual_halo: Option<f64>) -> Vec<Flag> {
    let mut found = Vec::new();
    if rater.n < LEAST {
        return found;
    }
    if let (Some(leniency), Some(p)) = (rater.leniency, rater.p)
        && p <= LEVEL
    {
        found.push(if leniency.deviation > 0.0 {
            Flag::Lenient
        } else {
            Flag::Severe
        });
    }
    let narrow = rater.spread_ratio.is_some_and(|s| s < NARROW);
    let crowded = rater.middle_share.is_some_and(|s| s > CROWDED);
    if narrow || crowded {
        found.push(Flag::CentralTendency);
    }
    if rater.range_share.is_some_and(|s| s < RESTRICTED) {
        found.push(Flag::RangeRestriction);
    }
    if let (Some(halo), Some(usual)) = (rater.halo, usual_halo)
        && halo.within_ratee < ALIKE * usual
    {
        found.push(Flag::Halo);
    }
    found
}

fn pairs(by_rater: &BTreeMap<i64, Vec<&Rating>>, left: &[Vec<f64>]) -> Vec<(i64, i64, f64, f64)> {
    if by_rater.len() > MOST_PAIRED {
        return Vec::new();
    }
    let ids: Vec<i64> = by_rater.keys().copied().collect();
    raters::games_howell(left)
        .into_iter()
        .filter(|pair| pair.p <= LEVEL)
        .map(|pair| (ids[pair.one], ids[pair.other], pair.difference, pair.p))
        .collect()
}

/// Whether a rater's `n` ratings follow the last month more than the quarter, told by the difference of the two
/// correlations.
#[must_use]
pub fn follows_last_month(n: usize, difference: Option<f64>) -> bool {
    n >= LEAST && difference.is_some_and(|d| d > RECENT)
}

/// A group by what its people said of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub value: String,
    pub n: i64,
    /// Totals in hundredths.
    pub totals: Tally,
    /// How many have the best two grades, and how many the lowest one.
    pub top: i64,
    pub bottom: i64,
}

/// A group beside the largest one of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    pub group: Group,
    /// Own mean less that of the reference, in hundredths, with its interval; none for the reference itself.
    pub difference: Option<(f64, Interval)>,
    /// The four-fifths ratio of the best grades, and of not having the lowest.
    pub top_ratio: Option<f64>,
    pub bottom_ratio: Option<f64>,
}

/// Compares the groups of an attribute with the largest; those below [`LEAST_GROUP`] people are left out, and so is
/// everything where fewer than two remain or all who are left out could be told from the rest.
#[must_use]
pub fn gaps(groups: &[Group]) -> Vec<Gap> {
    let shown: Vec<&Group> = groups.iter().filter(|g| g.n >= LEAST_GROUP).collect();
    if shown.len() < 2 {
        return Vec::new();
    }
    let Some(reference) = shown.iter().max_by_key(|g| g.n).copied() else {
        return Vec::new();
    };
    shown
        .into_iter()
        .map(|group| {
            let own = group == reference;
            let mean = |t: &Tally| t.mean().unwrap_or_default();
            let difference = (!own)
                .then(|| welch(&group.totals, &reference.totals))
                .flatten()
                .map(|interval| (mean(&group.totals) - mean(&reference.totals), interval));
            let ratio = |of: fn(&Group) -> i64| {
                (!own)
                    .then(|| {
                        raters::impact_ratio((of(group), group.n), (of(reference), reference.n))
                    })
                    .flatten()
            };
            Gap {
                difference,
                top_ratio: ratio(|g| g.top),
                bottom_ratio: ratio(|g| g.n - g.bottom),
                group: group.clone(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(rater_id: i64, staff_id: i64, points: f64, kpi: f64) -> Rating {
        Rating {
            rater_id,
            staff_id,
            points,
            kpi: Some(kpi),
            dimensions: Vec::new(),
        }
    }

    /// Three raters of people whose figures are alike; the third gives 15 points more.
    fn cycle() -> Vec<Rating> {
        let mut all = Vec::new();
        for rater in 0..3 {
            for person in 0..8 {
                let kpi = 80.0 + 5.0 * f64::from(person);
                let chance = f64::from((person * 7 + rater * 3) % 5) - 2.0;
                let lean = if rater == 2 { 15.0 } else { 0.0 };
                let points = 0.5 * kpi + 40.0 + chance + lean;
                all.push(rating(
                    i64::from(rater),
                    i64::from(rater * 10 + person),
                    points,
                    kpi,
                ));
            }
        }
        all
    }

    fn flags_of(found: &Fairness, rater: i64) -> Vec<Flag> {
        let rater = found.raters.iter().find(|r| r.rater_id == rater).unwrap();
        rater.flags.clone()
    }

    #[test]
    fn who_gives_more_than_the_figures_explain_is_flagged_as_lenient() {
        let found = look(&cycle());
        assert!(flags_of(&found, 2).contains(&Flag::Lenient));
        assert_eq!(found.raters[0].rater_id, 2, "the most lenient first");
        assert!(found.anova.unwrap().p < 0.001);
        assert!(found.pairs.iter().any(|p| (p.0, p.1) == (0, 2)));
        assert!(!found.pairs.iter().any(|p| (p.0, p.1) == (0, 1)));
    }

    #[test]
    fn who_rates_good_people_high_is_not_lenient() {
        let mut all = Vec::new();
        for rater in 0..2 {
            for person in 0..8 {
                // The second rater's people have the better figures, and the ratings follow.
                let kpi = 70.0 + 5.0 * f64::from(person) + 20.0 * f64::from(rater);
                let chance = f64::from((person * 3 + rater) % 4) - 1.5;
                all.push(rating(
                    i64::from(rater),
                    i64::from(person),
                    kpi + chance,
                    kpi,
                ));
            }
        }
        let found = look(&all);
        assert!(
            found
                .raters
                .iter()
                .all(|r| !r.flags.contains(&Flag::Lenient)),
            "{found:?}"
        );
    }

    #[test]
    fn few_ratings_carry_no_flag() {
        let mut all = cycle();
        all.truncate(16);
        all.extend((0..4).map(|p| rating(9, 90 + p, 120.0, 80.0)));
        assert_eq!(flags_of(&look(&all), 9), []);
    }

    #[test]
    fn who_stays_in_the_middle_is_flagged() {
        let mut all = cycle();
        for person in 0..8 {
            all.push(rating(5, 50 + person, 100.0, 80.0 + 5.0 * person as f64));
        }
        let flags = flags_of(&look(&all), 5);
        assert!(flags.contains(&Flag::CentralTendency) && flags.contains(&Flag::RangeRestriction));
    }

    #[test]
    fn who_gives_the_middle_level_most_of_the_time_is_flagged() {
        let mut all = cycle();
        for rating in &mut all {
            rating.dimensions = if rating.rater_id == 1 {
                vec![Some(3.0), Some(3.0), Some(4.0)]
            } else {
                vec![Some(2.0), Some(3.0), Some(5.0)]
            };
        }
        let found = look(&all);
        assert!(flags_of(&found, 1).contains(&Flag::CentralTendency));
        assert!(!flags_of(&found, 0).contains(&Flag::CentralTendency));
    }

    #[test]
    fn one_impression_for_everything_is_flagged_as_halo() {
        let mut all = cycle();
        for rating in &mut all {
            let p = rating.points;
            rating.dimensions = if rating.rater_id == 1 {
                vec![Some(p), Some(p + 0.5), Some(p - 0.5)]
            } else {
                vec![Some(p - 15.0), Some(p), Some(p + 15.0)]
            };
        }
        let found = look(&all);
        assert!(flags_of(&found, 1).contains(&Flag::Halo));
        assert!(!flags_of(&found, 0).contains(&Flag::Halo));
    }

    #[test]
    fn ratings_that_follow_the_last_month_are_flagged_where_there_are_enough() {
        assert!(follows_last_month(5, Some(0.31)));
        assert!(!follows_last_month(4, Some(0.9)));
        assert!(!follows_last_month(5, Some(0.3)) && !follows_last_month(5, None));
    }

    #[test]
    fn nobody_rated_is_nothing_to_say() {
        let found = look(&[]);
        assert!(found.raters.is_empty() && found.anova.is_none());
    }

    fn group(value: &str, totals: &[i64], top: i64) -> Group {
        let mut all = Tally::default();
        for total in totals {
            all = all.checked_add(Tally::of(*total)).unwrap();
        }
        Group {
            value: value.into(),
            n: all.n,
            totals: all,
            top,
            bottom: 0,
        }
    }

    #[test]
    fn groups_below_five_are_never_shown_and_one_group_alone_neither() {
        let large = group("a", &[9_000, 9_500, 10_000, 10_500, 11_000, 9_800], 3);
        let small = group("b", &[9_000, 9_500, 10_000, 10_500], 1);
        assert_eq!(gaps(&[large.clone(), small.clone()]), []);
        let other = group("c", &[8_000, 8_500, 9_000, 9_500, 10_000], 1);
        let found = gaps(&[small, other, large]);
        let shown: Vec<&str> = found.iter().map(|g| g.group.value.as_str()).collect();
        assert_eq!(shown, ["c", "a"]);
        // 1 of 5 against 3 of 6.
        assert!((found[0].top_ratio.unwrap() - 0.4).abs() < 1e-12);
        assert!((found[0].difference.unwrap().0 + 966.666_666).abs() < 1e-3);
        assert_eq!(
            found[1].difference, None,
            "the largest is what others are compared with"
        );
    }
}
