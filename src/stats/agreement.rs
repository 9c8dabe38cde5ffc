//! How far several raters agree on one thing.

/// Within-group agreement on one criterion, r_wg = 1 - s^2 / ((A^2 - 1) / 12): the variance of the ratings
/// against that of ratings spread evenly over the `A` levels of the scale.
///
/// `ratings` are whole levels, 1 to `levels`; s^2 divides by n - 1. The result lies between 0 (raters differ at
/// least as much as chance would) and 1 (all alike): below 0 the estimate is set to 0, as its authors advise.
/// None with fewer than two ratings or fewer than two levels.
///
/// Source: James, Demaree and Wolf, Journal of Applied Psychology 69 (1984) 85-98; its significance: Cohen, Doveh
/// and Eick, Psychological Methods 6 (2001) 297-310.
#[must_use]
pub fn r_wg(ratings: &[i64], levels: i64) -> Option<f64> {
    if ratings.len() < 2 || levels < 2 {
        return None;
    }
    let n = ratings.len() as f64;
    let mean = ratings.iter().sum::<i64>() as f64 / n;
    let squares: f64 = ratings.iter().map(|&x| (x as f64 - mean).powi(2)).sum();
    let variance = squares / (n - 1.0);
    let chance = ((levels * levels) as f64 - 1.0) / 12.0;
    Some((1.0 - variance / chance).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn evenly_spread_ratings_of_five_levels_have_a_variance_of_two() {
        // (5^2 - 1) / 12 = 2.0: LeBreton and Senter, Organizational Research Methods 11 (2008) 815-852, table 2.
        // Ratings 2, 3, 4: s^2 = 1, so r_wg = .5.
        assert_eq!(r_wg(&[2, 3, 4], 5), Some(0.5));
        // Ratings 3, 3, 3, 4: s^2 = .25.
        assert_eq!(r_wg(&[3, 3, 3, 4], 5), Some(0.875));
        assert_eq!(r_wg(&[1, 5], 5), Some(0.0));
        assert_eq!(r_wg(&[4], 5), None);
        assert_eq!(r_wg(&[4, 4], 1), None);
    }

    proptest! {
        #[test]
        fn agreement_is_whole_exactly_when_all_are_alike(ratings in proptest::collection::vec(1i64..=5, 2..9)) {
            let agreement = r_wg(&ratings, 5).unwrap();
            prop_assert!((0.0..=1.0).contains(&agreement));
            let alike = ratings.iter().all(|r| *r == ratings[0]);
            prop_assert_eq!(agreement == 1.0, alike);
        }
    }
}
