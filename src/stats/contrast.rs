//! Differences of differences and ratios of rates, with their intervals of 95 %.
//!
//! A contrast is a sum of estimates, each times a whole sign: after minus before, or that less the same of a
//! group for comparison. It is computed from tallies and intervals, never from rows.

use statrs::distribution::{Beta, ContinuousCDF};

use super::intervals::{Interval, t_quantile};
use super::tally::Tally;

/// One estimate of a contrast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// 1 or -1 in a difference.
    pub sign: f64,
    pub value: f64,
    /// The estimate's own interval.
    pub interval: Interval,
}

/// The interval of a sum of independent estimates from the interval of each, in their unit. It keeps what
/// the single ones know: that a share ends at 0 and 1, that a rate of no events is not certain.
///
/// With two shares and their Wilson intervals it is Newcombe's tenth method. `None` without terms.
/// Source: the method of variance estimates recovery, Zou, Huang & Zhang, Computational Statistics &
/// Data Analysis 53 (2009) 1080-1085.
#[must_use]
pub fn recovered(terms: &[Term]) -> Option<Interval> {
    if terms.is_empty() {
        return None;
    }
    let (mut sum, mut below, mut above) = (0.0, 0.0, 0.0);
    for term in terms {
        let value = term.sign * term.value;
        let ends = [
            term.sign * term.interval.low,
            term.sign * term.interval.high,
        ];
        sum += value;
        below += (value - ends[0].min(ends[1])).powi(2);
        above += (ends[0].max(ends[1]) - value).powi(2);
    }
    Some(Interval {
        low: sum - f64::sqrt(below),
        high: sum + f64::sqrt(above),
    })
}

/// The interval of a sum of means with the signs given, in the unit of the tallies; the variances need not
/// be equal.
///
/// With two it is [`super::intervals::welch`]. `None` without terms or where one has fewer than two values.
/// Where none shows any spread the interval has no width.
/// Source: Welch, Biometrika 34 (1947) 28-35, degrees of freedom after Satterthwaite, Biometrics Bulletin
/// 2 (1946) 110-114.
#[must_use]
pub fn welch_sum(terms: &[(f64, Tally)]) -> Option<Interval> {
    if terms.is_empty() {
        return None;
    }
    let (mut sum, mut squared, mut weighted) = (0.0, 0.0, 0.0);
    for (sign, tally) in terms {
        let n = tally.n as f64;
        let error = tally.variance()? / n;
        sum += sign * tally.mean()?;
        squared += error;
        weighted += error * error / (n - 1.0);
    }
    let half = if squared == 0.0 {
        0.0
    } else {
        t_quantile(squared * squared / weighted) * squared.sqrt()
    };
    Some(Interval {
        low: sum - half,
        high: sum + half,
    })
}

/// The exact interval of the ratio of two Poisson rates, first over second: events, exposure.
///
/// `None` unless events are counts, exposures positive and the second has events: without them there is no
/// ratio.
/// Source: conditional on all events the first's are binomial; Clopper & Pearson, Biometrika 26 (1934)
/// 404-413, as R's `poisson.test` does it.
#[must_use]
pub fn rate_ratio(first: (i64, i64), second: (i64, i64)) -> Option<Interval> {
    let ((x, t), (y, u)) = (first, second);
    if x < 0 || y < 1 || t < 1 || u < 1 {
        return None;
    }
    let quantile = |a: i64, b: i64, p: f64| {
        // Both shapes are positive, and only others are refused.
        Beta::new(a as f64, b as f64).map_or(f64::NAN, |beta| beta.inverse_cdf(p))
    };
    let ratio = |share: f64| share / (1.0 - share) * u as f64 / t as f64;
    let low = if x == 0 {
        0.0
    } else {
        ratio(quantile(x, y + 1, 0.025))
    };
    let high = ratio(quantile(x + 1, y, 0.975));
    (low.is_finite() && high.is_finite()).then_some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::intervals::{newcombe_difference, welch, wilson};

    fn close(found: Option<Interval>, low: f64, high: f64) {
        let found = found.unwrap();
        assert!(
            (found.low - low).abs() < 1e-7 && (found.high - high).abs() < 1e-7,
            "{found:?} is not {low}, {high}"
        );
    }

    fn share(sign: f64, x: i64, n: i64) -> Term {
        Term {
            sign,
            value: x as f64 / n as f64,
            interval: wilson(x, n).unwrap(),
        }
    }

    fn tally(values: &[i64]) -> Tally {
        let add = |sum: Tally, &value: &i64| sum.checked_add(Tally::of(value)).unwrap();
        values.iter().fold(Tally::default(), add)
    }

    #[test]
    fn the_difference_of_two_shares_is_newcombes_published_example() {
        // 56/70 less 48/80: 0.0524 to 0.3339, Newcombe, Statistics in Medicine 17 (1998) 873-890, table II,
        // row (a), method 10; statsmodels 0.15 confint_proportions_2indep(method="newcomb") gives more digits.
        let found = recovered(&[share(1.0, 56, 70), share(-1.0, 48, 80)]);
        close(found, 0.052_431_472_4, 0.333_872_654_0);
        let newcombe = newcombe_difference((56, 70), (48, 80)).unwrap();
        close(found, newcombe.low, newcombe.high);
    }

    #[test]
    fn the_difference_of_differences_of_four_shares() {
        // From the Wilson intervals of scipy 1.17 binomtest(x, n).proportion_ci(method="wilson").
        let terms = [
            share(1.0, 90, 100),
            share(-1.0, 80, 100),
            share(-1.0, 85, 120),
            share(1.0, 84, 120),
        ];
        close(recovered(&terms), -0.060_055_324_6, 0.243_362_742_2);
    }

    #[test]
    fn the_difference_of_differences_of_four_means() {
        // Welch-Satterthwaite contrast of these samples, computed with numpy and scipy 1.17.
        let terms = [
            (1.0, tally(&[12, 15, 11, 19, 14, 13, 17])),
            (-1.0, tally(&[9, 11, 8, 12, 10, 9])),
            (-1.0, tally(&[14, 13, 15, 16, 12])),
            (1.0, tally(&[13, 14, 12, 15, 13, 16, 11, 14])),
        ];
        close(welch_sum(&terms), 0.880_921_706_0, 7.309_554_484_5);
        // scipy 1.17 ttest_ind(equal_var=False).confidence_interval() of the first two.
        close(welch_sum(&terms[..2]), 1.840_571_529_6, 7.349_904_660_8);
    }

    #[test]
    fn the_ratio_of_two_rates_is_that_of_the_manual_of_r() {
        // ?poisson.test: poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)), 95 percent confidence interval
        // 0.8584264 4.2772659.
        close(
            rate_ratio((11, 800), (21, 3011)),
            0.858_426_403_4,
            4.277_265_943_7,
        );
        // scipy 1.17 binomtest(0, 5).proportion_ci(method="exact"), as odds.
        close(rate_ratio((0, 100), (5, 100)), 0.0, 1.091_279_105_2);
    }

    #[test]
    fn without_events_to_compare_with_there_is_no_ratio() {
        assert_eq!(rate_ratio((5, 100), (0, 100)), None);
        assert_eq!(rate_ratio((5, 0), (5, 100)), None);
        assert_eq!(rate_ratio((-1, 100), (5, 100)), None);
    }

    #[test]
    fn a_single_value_says_nothing_of_a_mean() {
        assert_eq!(
            welch_sum(&[(1.0, tally(&[3])), (-1.0, tally(&[3, 4]))]),
            None
        );
        assert_eq!((welch_sum(&[]), recovered(&[])), (None, None));
    }

    proptest! {
        #[test]
        fn two_means_are_welchs(
            left in prop::collection::vec(-1_000_i64..=1_000, 2..30),
            right in prop::collection::vec(-1_000_i64..=1_000, 2..30),
        ) {
            let (a, b) = (tally(&left), tally(&right));
            let (one, two) = (welch_sum(&[(1.0, a), (-1.0, b)]).unwrap(), welch(&a, &b).unwrap());
            prop_assert!((one.low - two.low).abs() < 1e-6 && (one.high - two.high).abs() < 1e-6);
        }

        #[test]
        fn turning_every_sign_turns_the_interval(
            shares in prop::collection::vec((0_i64..=50, 50_i64..=200), 1..5),
        ) {
            let terms = |sign: f64| -> Vec<Term> {
                shares.iter().map(|&(x, n)| share(sign, x, n)).collect()
            };
            let (up, down) = (recovered(&terms(1.0)).unwrap(), recovered(&terms(-1.0)).unwrap());
            prop_assert!((up.low + down.high).abs() < 1e-12 && (up.high + down.low).abs() < 1e-12);
        }
    }
}
