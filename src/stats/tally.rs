//! The tally: count, sum and sum of squares of whole numbers.
//!
//! It is the smallest thing from which mean, variance and every interval of the product can be
//! computed, and two tallies add and subtract exactly, so a figure of a quarter is the sum of the
//! figures of its days and a corrected record is one tally out and one in.

use serde::{Deserialize, Serialize};

/// Count, sum and sum of squares of values in a measure's smallest unit.
///
/// A difference of two tallies (new minus old) is a tally as well and may hold negative numbers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// How many values.
    pub n: i64,
    /// Their sum.
    pub sum: i64,
    /// The sum of their squares.
    pub sumsq: i64,
}

impl Tally {
    /// The tally of one value.
    ///
    /// A measure refuses values beyond 1,000,000 on either side, so the square always fits. Beyond
    /// 3,037,000,499 it would be held at the largest number there is.
    pub fn of(value: i64) -> Tally {
        Tally {
            n: 1,
            sum: value,
            sumsq: value.saturating_mul(value),
        }
    }

    /// Both together; `None` if a sum no longer fits 64 bits.
    pub fn checked_add(self, other: Tally) -> Option<Tally> {
        Some(Tally {
            n: self.n.checked_add(other.n)?,
            sum: self.sum.checked_add(other.sum)?,
            sumsq: self.sumsq.checked_add(other.sumsq)?,
        })
    }

    /// This one without the other; `None` if a sum no longer fits 64 bits.
    pub fn checked_sub(self, other: Tally) -> Option<Tally> {
        Some(Tally {
            n: self.n.checked_sub(other.n)?,
            sum: self.sum.checked_sub(other.sum)?,
            sumsq: self.sumsq.checked_sub(other.sumsq)?,
        })
    }

    /// Whether nothing is in it, so that adding it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Tally::default()
    }

    /// The mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 / self.n as f64)
    }

    /// The sample variance (divisor n - 1); `None` with fewer than two values, and for sums that
    /// no values can have.
    ///
    /// The numerator n·Σx² - (Σx)² is formed in whole numbers of 128 bits: nothing cancels, however
    /// far the values lie from zero.
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let (n, sum, sumsq) = (
            i128::from(self.n),
            i128::from(self.sum),
            i128::from(self.sumsq),
        );
        let numerator = n * sumsq - sum * sum;
        (numerator >= 0).then(|| numerator as f64 / (n * (n - 1)) as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(values: &[i64]) -> Tally {
        values.iter().fold(Tally::default(), |sum, &value| {
            sum.checked_add(Tally::of(value)).unwrap()
        })
    }

    #[test]
    fn the_worked_example_of_the_wikipedia_article_on_variance_algorithms() {
        // "Algorithms for calculating variance": 4, 7, 13, 16 have mean 10 and variance 30, and so
        // they do after 10^9 is added, where the textbook formula in floats answers -170.66.
        let small = tally(&[4, 7, 13, 16]);
        assert_eq!(small.mean(), Some(10.0));
        assert_eq!(small.variance(), Some(30.0));
        let far = tally(&[1_000_000_004, 1_000_000_007, 1_000_000_013, 1_000_000_016]);
        assert_eq!(far.variance(), Some(30.0));
    }

    #[test]
    fn no_values_have_no_mean_and_one_value_has_no_variance() {
        assert_eq!(Tally::default().mean(), None);
        assert_eq!(Tally::default().variance(), None);
        assert_eq!(Tally::of(7).mean(), Some(7.0));
        assert_eq!(Tally::of(7).variance(), None);
    }

    #[test]
    fn a_single_zero_is_not_an_empty_tally() {
        assert!(Tally::default().is_empty());
        assert!(!Tally::of(0).is_empty());
    }

    #[test]
    fn a_correction_that_keeps_the_count_is_not_empty() {
        let delta = Tally::of(5).checked_sub(Tally::of(3)).unwrap();
        assert_eq!(delta.n, 0);
        assert!(!delta.is_empty());
        assert_eq!(delta.mean(), None);
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        let full = Tally {
            n: 1,
            sum: i64::MAX,
            sumsq: 1,
        };
        assert_eq!(full.checked_add(Tally::of(1)), None);
        assert_eq!(Tally::default().checked_sub(full).map(|t| t.n), Some(-1));
    }

    #[test]
    fn sums_no_values_can_have_give_no_variance() {
        let impossible = Tally {
            n: 2,
            sum: 10,
            sumsq: 1,
        };
        assert_eq!(impossible.variance(), None);
    }

    #[test]
    fn the_largest_tallies_do_not_overflow() {
        let largest = Tally {
            n: i64::MAX,
            sum: 0,
            sumsq: i64::MAX,
        };
        let variance = largest.variance().unwrap();
        assert!((variance - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_again_changes_nothing(
            left in prop::collection::vec(-1_000_000_i64..=1_000_000, 0..50),
            right in prop::collection::vec(-1_000_000_i64..=1_000_000, 0..50),
        ) {
            let (a, b) = (tally(&left), tally(&right));
            let both = a.checked_add(b).unwrap();
            let joined: Vec<i64> = left.iter().chain(&right).copied().collect();
            prop_assert_eq!(both, tally(&joined));
            prop_assert_eq!(both.checked_sub(b), Some(a));
        }

        #[test]
        fn the_variance_is_the_mean_square_distance_from_the_mean(
            values in prop::collection::vec(-1_000_i64..=1_000, 2..50),
        ) {
            let t = tally(&values);
            let mean = t.mean().unwrap();
            let squares: f64 = values.iter().map(|&x| (x as f64 - mean).powi(2)).sum();
            let expected = squares / (values.len() - 1) as f64;
            prop_assert!((t.variance().unwrap() - expected).abs() <= 1e-9 * expected.max(1.0));
        }
    }
}
