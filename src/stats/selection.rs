//! Selection of people from groups: rates, their ratios, and whether chance explains that they differ.
//!
//! A group is (how many were chosen, of how many). Nothing here decides anything: a ratio below four fifths, or a
//! small probability, is a reason to look, and neither its absence nor its presence proves anything.

use statrs::function::erf::erfc;

use super::intervals::{Interval, Z};

/// A group must be one of this many people to count when the highest rate is looked for: 2 %.
const LEAST_SHARE: i128 = 50;

/// Two tables whose probabilities differ by less than this share count as equally probable, as in R's fisher.test.
const SAME: f64 = 1.0 + 1e-7;

/// A rate compared with the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Against {
    /// Rate over the highest rate. Above 1 only for a group too small to be the highest.
    pub ratio: f64,
    /// Of the ratio; `None` where nobody of the group was chosen.
    pub interval: Option<Interval>,
    /// Whether the ratio is strictly below four fifths, decided in whole numbers.
    pub below: bool,
    /// Whether one choice fewer on one side and one more on the other would turn `below`.
    pub hinges: bool,
    /// The difference of the rates in standard errors with its two-sided probability; `None` where all were chosen.
    pub difference: Option<Difference>,
    /// Two-sided probability of Fisher's exact test.
    pub exact: f64,
}

/// A group among the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impact {
    /// Chosen over all; `None` for an empty group.
    pub rate: Option<f64>,
    /// Whether the group is 2 % of all or more. A smaller one is not looked to for the highest rate.
    pub counts: bool,
    /// `None` where the rate is the highest, for an empty group, and where nobody at all was chosen.
    pub against: Option<Against>,
}

/// A difference of two rates against chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// In standard errors; below 0 where the first rate is the lower.
    pub z: f64,
    /// Two-sided, by the normal distribution.
    pub p: f64,
}

fn is_rate((chosen, of): (i64, i64)) -> bool {
    (0..=of).contains(&chosen)
}

/// Whether the first rate is less than, the same as, or more than the second; in whole numbers. Neither is empty.
fn by_rate(one: (i64, i64), other: (i64, i64)) -> std::cmp::Ordering {
    let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
    product(one.0, other.1).cmp(&product(other.0, one.1))
}

/// Whether a rate is strictly below four fifths of another: 48 of 80 beside 60 of 80 is not.
///
/// `false` where either is empty.
/// Source: 29 CFR 1607.4 D, the four-fifths rule.
#[must_use]
pub fn below_four_fifths(one: (i64, i64), highest: (i64, i64)) -> bool {
    let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
    one.1 > 0 && highest.1 > 0 && 5 * product(one.0, highest.1) < 4 * product(highest.0, one.1)
}

/// Every group beside the one with the highest rate, in the order given; of several with the highest rate the
/// largest is compared with.
///
/// `None` unless each is a count out of a count.
/// Source: 29 CFR 1607.4 D and 1607.15 A (2) (a) (groups of at least 2 %); Questions and Answers on the Uniform
/// Guidelines, 44 Federal Register 11996 (1979), 12 and 21.
#[must_use]
pub fn impact(groups: &[(i64, i64)]) -> Option<Vec<Impact>> {
    if !groups.iter().all(|group| is_rate(*group)) {
        return None;
    }
    let all: i128 = groups.iter().map(|group| i128::from(group.1)).sum();
    let counts = |group: (i64, i64)| group.1 > 0 && i128::from(group.1) * LEAST_SHARE >= all;
    let highest = groups
        .iter()
        .copied()
        .filter(|group| counts(*group))
        .max_by(|one, other| by_rate(*one, *other).then(one.1.cmp(&other.1)))
        .filter(|group| group.0 > 0);
    let row = |group: (i64, i64)| Impact {
        rate: (group.1 > 0).then(|| group.0 as f64 / group.1 as f64),
        counts: counts(group),
        against: highest
            .filter(|best| group.1 > 0 && !(counts(group) && by_rate(group, *best).is_eq()))
            .and_then(|best| against(group, best)),
    };
    Some(groups.iter().map(|group| row(*group)).collect())
}

/// A group that has people beside a highest one that has chosen people.
fn against(group: (i64, i64), best: (i64, i64)) -> Option<Against> {
    let below = below_four_fifths(group, best);
    // One choice moves towards the other verdict.
    let step = if below { 1 } else { -1 };
    let moved = ((group.0 + step, group.1), (best.0 - step, best.1));
    let possible = is_rate(moved.0) && is_rate(moved.1);
    Some(Against {
        ratio: (group.0 as f64 / group.1 as f64) / (best.0 as f64 / best.1 as f64),
        interval: ratio_interval(group, best),
        below,
        hinges: possible && below_four_fifths(moved.0, moved.1) != below,
        difference: difference(group, best),
        exact: fisher(group, best)?,
    })
}

/// The interval of a ratio of two rates, the first over the second.
///
/// `None` unless both are counts out of counts of which somebody was chosen.
/// Source: Katz, Baptista, Azen & Pike, Biometrics 34 (1978) 469-474, on the logarithm.
#[must_use]
pub fn ratio_interval(first: (i64, i64), second: (i64, i64)) -> Option<Interval> {
    if !is_rate(first) || !is_rate(second) || first.0 < 1 || second.0 < 1 {
        return None;
    }
    let [a, m, c, n] = [first.0, first.1, second.0, second.1].map(|count| count as f64);
    let ratio = (a / m) / (c / n);
    // 1/a - 1/m, formed so that it is exactly nothing where all were chosen.
    let half = Z * ((m - a) / (a * m) + (n - c) / (c * n)).sqrt();
    Some(Interval {
        low: ratio * (-half).exp(),
        high: ratio * half.exp(),
    })
}

/// Whether two rates differ, first less second, by the normal approximation with their common rate.
///
/// `None` unless both are counts out of counts, neither is empty, and some but not all were chosen.
/// Source: any textbook; the square of z is Pearson's chi-square of the table.
#[must_use]
pub fn difference(first: (i64, i64), second: (i64, i64)) -> Option<Difference> {
    if !is_rate(first) || !is_rate(second) || first.1 == 0 || second.1 == 0 {
        return None;
    }
    let [a, m, c, n] = [first.0, first.1, second.0, second.1].map(|count| count as f64);
    let chosen = (a + c) / (m + n);
    let error = (chosen * (1.0 - chosen) * (1.0 / m + 1.0 / n)).sqrt();
    (first.0 + second.0 > 0 && (first.0, second.0) != (first.1, second.1)).then(|| {
        let z = (a / m - c / n) / error;
        Difference {
            z,
            p: erfc(z.abs() / std::f64::consts::SQRT_2),
        }
    })
}

/// Fisher's exact test of two rates, two-sided: the probability, given all sums of the table, of a table at most as
/// probable as the one seen.
///
/// `None` unless both are counts out of counts. The probabilities are formed relative to the largest one, outwards
/// until they vanish, so that nothing overflows and hundreds of thousands take a few thousand steps; below 1e-300
/// the answer is 0.
/// Source: Fisher, Statistical Methods for Research Workers (1934) 21.02; two-sided as in R's fisher.test.
#[must_use]
pub fn fisher(first: (i64, i64), second: (i64, i64)) -> Option<f64> {
    if !is_rate(first) || !is_rate(second) {
        return None;
    }
    let (drawn, marked) = (first.1, first.0.checked_add(second.0)?);
    let all = first.1.checked_add(second.1)?;
    let (least, most) = ((drawn - (all - marked)).max(0), drawn.min(marked));
    // From one count of chosen in the first group to the next one up.
    let up = |k: i64| {
        (marked - k) as f64 / (k + 1) as f64
            * ((drawn - k) as f64 / (all - marked - drawn + k + 1) as f64)
    };
    let mode = (i128::from(drawn) + 1) * (i128::from(marked) + 1) / (i128::from(all) + 2);
    let mode = i64::try_from(mode).ok()?.clamp(least, most);
    let mut weights = vec![(mode, 1.0)];
    let mut weight = 1.0;
    for k in mode..most {
        weight *= up(k);
        if weight == 0.0 {
            break;
        }
        weights.push((k + 1, weight));
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= up(k);
        if weight == 0.0 {
            break;
        }
        weights.push((k, weight));
    }
    let seen = weights.iter().find(|w| w.0 == first.0).map_or(0.0, |w| w.1);
    // The small ones first, so that none is lost beside a large one.
    weights.sort_by(|one, other| one.1.total_cmp(&other.1));
    let sum =
        |weights: &mut dyn Iterator<Item = &(i64, f64)>| -> f64 { weights.map(|w| w.1).sum() };
    let rare = sum(&mut weights.iter().filter(|w| w.1 <= seen * SAME));
    Some((rare / sum(&mut weights.iter())).min(1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64, within: f64) {
        assert!(
            (found - expected).abs() <= within * expected.abs(),
            "{found} is not {expected}"
        );
    }

    #[test]
    fn four_fifths_exactly_is_not_below() {
        // As floats .24 / .30 comes out below .8.
        assert!(!below_four_fifths((24, 100), (30, 100)));
        assert!(below_four_fifths((23, 100), (30, 100)));
        assert!(below_four_fifths((4_799_999_999, 10_000_000_000), (6, 10)));
        assert!(!below_four_fifths((4_800_000_000, 10_000_000_000), (6, 10)));
        assert!(!below_four_fifths((0, 0), (1, 2)));
        assert!(!below_four_fifths((0, 5), (0, 0)));
    }

    #[test]
    fn the_example_of_the_uniform_guidelines() {
        // Question and answer 12: rates of 60, 45, 48 and 51 % have ratios of 75, 80 and 85 % to the highest, and
        // only the first of these is below four fifths.
        let found = impact(&[(60, 100), (45, 100), (48, 100), (51, 100)]).unwrap();
        assert_eq!((found[0].rate, found[0].against), (Some(0.6), None));
        for (group, ratio, below) in [(1, 0.75, true), (2, 0.8, false), (3, 0.85, false)] {
            let against = found[group].against.unwrap();
            near(against.ratio, ratio, 1e-12);
            assert_eq!(against.below, below);
        }
    }

    #[test]
    fn twelve_of_forty_beside_forty_eight_of_eighty() {
        // z and its probability, Fisher and Katz by scipy 1.17 and statsmodels 0.15.
        let found = impact(&[(48, 80), (12, 40)]).unwrap()[1].against.unwrap();
        assert_eq!((found.ratio, found.below, found.hinges), (0.5, true, false));
        near(found.difference.unwrap().z, -3.098_386_676_965_933, 1e-9);
        near(
            found.difference.unwrap().p,
            0.001_945_773_693_739_154_5,
            1e-9,
        );
        near(found.exact, 0.003_409_221_767_849_183, 1e-9);
        near(found.interval.unwrap().low, 0.301_432_941_045_596_87, 1e-9);
        near(found.interval.unwrap().high, 0.829_371_863_382_984_5, 1e-9);
    }

    #[test]
    fn a_group_under_two_percent_does_not_set_the_highest_rate() {
        // 1 of 1 is 100 %, of 1,000 applicants all together; with 20 of 1,000 a group counts.
        let found = impact(&[(1, 1), (300, 600), (190, 399)]).unwrap();
        assert_eq!(
            found.iter().map(|g| g.counts).collect::<Vec<_>>(),
            [false, true, true]
        );
        assert_eq!(found[0].against.unwrap().ratio, 2.0);
        assert!(!found[0].against.unwrap().below);
        assert_eq!(found[1].against, None);
        near(found[2].against.unwrap().ratio, 190.0 / 399.0 * 2.0, 1e-12);
        let found = impact(&[(20, 20), (300, 600), (190, 380)]).unwrap();
        assert_eq!(found[0].against, None);
        assert_eq!(found[1].against.unwrap().ratio, 0.5);
    }

    #[test]
    fn where_one_choice_turns_the_verdict_it_hinges_on_it() {
        // 2 of 5 beside 3 of 5 is .67; one choice moved is 1.5.
        let found = impact(&[(2, 5), (3, 5)]).unwrap()[0].against.unwrap();
        assert!(found.below && found.hinges);
        // 4 of 5 beside 5 of 5 is exactly .80 and not below; one fewer is .60, but nobody can be moved to the other.
        let found = impact(&[(4, 5), (5, 5)]).unwrap()[0].against.unwrap();
        assert!(!found.below && !found.hinges);
        let found = impact(&[(8, 10), (9, 10)]).unwrap()[0].against.unwrap();
        assert!(!found.below && found.hinges);
    }

    #[test]
    fn nobody_chosen_and_nobody_there_are_no_comparison() {
        let found = impact(&[(0, 10), (0, 30), (0, 0)]).unwrap();
        assert_eq!(
            found.iter().map(|g| g.rate).collect::<Vec<_>>(),
            [Some(0.0), Some(0.0), None]
        );
        assert!(found.iter().all(|g| g.against.is_none()));
        assert_eq!(impact(&[]), Some(Vec::new()));
        assert_eq!(impact(&[(3, 2)]), None);
        assert_eq!(impact(&[(-1, 2)]), None);
        // Of one group nobody was chosen: the ratio is 0 and has no interval by logarithms.
        let none = impact(&[(0, 10), (5, 10)]).unwrap()[0].against.unwrap();
        assert_eq!((none.ratio, none.interval, none.below), (0.0, None, true));
        let all = impact(&[(10, 10), (10, 10)]).unwrap();
        assert!(all.iter().all(|g| g.against.is_none()));
    }

    #[test]
    fn fishers_test_is_that_of_scipy() {
        // scipy 1.17 stats.fisher_exact([[a, b], [c, d]]).pvalue, here as a of a + b and c of c + d; the second is
        // Fisher's own example, convicted twins of criminals: 10 of 13 and 2 of 17.
        for (first, second, expected) in [
            ((48, 80), (12, 12), 0.006_838_902_738_624_831),
            ((10, 13), (2, 17), 0.000_536_724_119_143_435_7),
            ((1, 10), (11, 14), 0.002_759_456_185_220_083_6),
            ((3, 3), (0, 3), 0.1),
            ((5, 100), (12, 100), 0.126_178_861_263_690_43),
            ((50, 1_000), (8, 400), 0.010_935_496_836_753_645),
            (
                (60_000, 100_000),
                (59_000, 100_000),
                5.349_333_189_478_628_4e-6,
            ),
            (
                (100_000, 199_500),
                (99_500, 199_500),
                0.114_117_579_260_175_25,
            ),
        ] {
            near(fisher(first, second).unwrap(), expected, 1e-7);
        }
        // Far below what a float of 64 bits can hold relative to the largest table it is 0.
        near(
            fisher((100_000, 190_000), (91_000, 190_000)).unwrap(),
            1.803_981_574_317_942e-187,
            1e-7,
        );
        assert_eq!(fisher((100_000, 100_000), (0, 100_000)), Some(0.0));
        assert_eq!(fisher((0, 0), (3, 5)), Some(1.0));
        assert_eq!(fisher((0, 5), (0, 5)), Some(1.0));
        assert_eq!(fisher((6, 5), (0, 5)), None);
    }

    #[test]
    fn the_difference_and_the_ratio_are_those_of_statsmodels() {
        // statsmodels 0.15: proportions_ztest and confint_proportions_2indep(compare="ratio", method="log").
        for (first, second, z, p, low, high) in [
            (
                (30, 100),
                (45, 100),
                -2.190_890_230_020_664_7,
                0.028_459_736_916_310_55,
                0.460_685_601_402_256_3,
                0.964_745_681_418_354_8,
            ),
            (
                (40, 120),
                (80, 150),
                -3.286_335_345_030_997,
                0.001_015_000_947_113_065_3,
                0.465_800_323_547_192_5,
                0.838_610_409_338_678_6,
            ),
            (
                (5, 60),
                (12, 55),
                -2.035_234_531_721_681_3,
                0.041_827_280_020_392_384,
                0.143_777_552_074_095_95,
                1.014_633_762_625_163,
            ),
        ] {
            let found = difference(first, second).unwrap();
            near(found.z, z, 1e-12);
            near(found.p, p, 1e-9);
            let found = ratio_interval(first, second).unwrap();
            near(found.low, low, 1e-12);
            near(found.high, high, 1e-12);
        }
        assert_eq!(difference((0, 5), (0, 5)), None);
        assert_eq!(difference((5, 5), (5, 5)), None);
        assert_eq!(difference((0, 0), (1, 5)), None);
        assert_eq!(ratio_interval((0, 5), (1, 5)), None);
    }

    fn groups() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0_i64..=60, 0_i64..=60), 0..6)
            .prop_map(|all| all.into_iter().map(|(a, b)| (a, a + b)).collect())
    }

    proptest! {
        #[test]
        fn the_order_of_the_groups_does_not_matter(groups in groups()) {
            let turned: Vec<(i64, i64)> = groups.iter().rev().copied().collect();
            let mut found = impact(&turned).unwrap();
            found.reverse();
            prop_assert_eq!(found, impact(&groups).unwrap());
        }

        #[test]
        fn no_group_of_some_size_has_a_rate_above_the_highest(groups in groups()) {
            for found in impact(&groups).unwrap() {
                if let Some(against) = found.against {
                    prop_assert!(!found.counts || against.ratio < 1.0);
                    prop_assert!((0.0..=1.0).contains(&against.exact));
                }
            }
        }

        #[test]
        fn fishers_test_is_the_sum_over_all_tables(
            (a, m) in (0_i64..=12, 0_i64..=12), (c, n) in (0_i64..=12, 0_i64..=12),
        ) {
            let (first, second) = ((a, a + m), (c, c + n));
            // In whole numbers: ways to draw k of the chosen into the first group.
            let choose = |n: i64, k: i64| (0..k).fold(1_i128, |ways, i| ways * i128::from(n - i) / i128::from(i + 1));
            let ways = |k: i64| if k < 0 || k > a + c || first.1 - k < 0 || first.1 - k > m + n {
                0
            } else {
                choose(a + c, k) * choose(m + n, first.1 - k)
            };
            let seen = ways(a);
            let (rare, all) = (0..=first.1).map(ways).fold((0, 0), |(rare, all), one| {
                (if one <= seen { rare + one } else { rare }, all + one)
            });
            let found = fisher(first, second).unwrap();
            prop_assert!((found - rare as f64 / all as f64).abs() < 1e-12, "{} {}/{}", found, rare, all);
            prop_assert!((found - fisher(second, first).unwrap()).abs() < 1e-12);
        }
    }
}
