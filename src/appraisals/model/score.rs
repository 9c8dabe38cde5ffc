//! From points to a total: weighted means in exact fractions, rounded half-up to a hundredth once.

use crate::appraisals::model::rules::{Rules, WHOLE_BP};
use crate::goals::model::half_up;

/// A score in hundredths of a point, not yet rounded; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    num: i128,
    den: i128,
}

impl Score {
    /// A whole number of hundredths.
    #[must_use]
    pub fn of_h(hundredths: i64) -> Self {
        Score {
            num: i128::from(hundredths),
            den: 1,
        }
    }

    /// Rounded half-up to a hundredth.
    #[must_use]
    pub fn rounded_h(self) -> i64 {
        half_up(self.num, self.den)
    }

    fn reduced(num: i128, den: i128) -> Self {
        let gcd = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        Score {
            num: num / gcd,
            den: den / gcd,
        }
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The weighted mean of what has a score; `None` when less than `min_bp` of the whole weight remains
/// (product.md 3: exclude and re-normalise, otherwise not rated).
#[must_use]
pub fn weighted(parts: &[(Option<Score>, i64)], min_bp: i64) -> Option<Score> {
    let whole: i64 = parts.iter().map(|p| p.1).sum();
    let scored: Vec<(Score, i64)> = parts
        .iter()
        .filter_map(|&(score, weight)| Some((score?, weight)))
        .filter(|&(_, weight)| weight > 0)
        .collect();
    let remaining: i64 = scored.iter().map(|p| p.1).sum();
    if remaining == 0
        || i128::from(remaining) * i128::from(WHOLE_BP) < i128::from(min_bp) * i128::from(whole)
    {
        return None;
    }
    let sum = scored
        .iter()
        .fold(Score { num: 0, den: 1 }, |sum, (score, weight)| {
            Score::reduced(
                sum.num * score.den + score.num * i128::from(*weight) * sum.den,
                sum.den * score.den,
            )
        });
    Some(Score::reduced(sum.num, sum.den * i128::from(remaining)))
}

/// The KPI score of a sheet version: `(points in hundredths, weight in basis points)` of each item.
#[must_use]
pub fn kpi_score(items: &[(Option<i64>, i64)], rules: &Rules) -> Option<Score> {
    let parts: Vec<(Option<Score>, i64)> = items
        .iter()
        .map(|&(points, weight)| (points.map(Score::of_h), weight))
        .collect();
    weighted(&parts, rules.min_weight_bp)
}

/// The mean of sheet versions by their days; those that cannot be rated do not count.
#[must_use]
pub fn over_versions(versions: &[(Option<Score>, i64)]) -> Option<Score> {
    weighted(versions, 0)
}

/// KPI and competency part together, by the same rule for what is missing.
#[must_use]
pub fn total(kpi: Option<Score>, competency: Option<Score>, rules: &Rules) -> Option<Score> {
    weighted(
        &[(kpi, rules.kpi_bp), (competency, rules.competency_bp)],
        rules.min_weight_bp,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(kpi_bp: i64) -> Rules {
        Rules {
            competency_bp: WHOLE_BP - kpi_bp,
            distribution: Vec::new(),
            grades: Vec::new(),
            group_items: Vec::new(),
            job_roles: Vec::new(),
            kpi_bp,
            kpis: Vec::new(),
            min_days: 45,
            min_weight_bp: 6_000,
            name_en: String::new(),
            name_zh: String::new(),
            reviews: true,
            sheets: Vec::new(),
            wants_agreement: true,
        }
    }

    #[test]
    fn four_equal_weights_at_target_make_exactly_the_target() {
        // peers.md 3: four items of 25 % at 5 gave 5.2 of 5.
        let items = [(Some(10_000), 2_500); 4];
        assert_eq!(
            kpi_score(&items, &rules(7_000)).unwrap().rounded_h(),
            10_000
        );
    }

    #[test]
    fn a_missing_part_does_not_count_as_zero() {
        // peers.md 1: an unused part divided the total all the same.
        let both = total(Some(Score::of_h(9_000)), None, &rules(7_000));
        assert_eq!(both.unwrap().rounded_h(), 9_000);
        assert_eq!(total(None, Some(Score::of_h(9_000)), &rules(7_000)), None);
    }

    #[test]
    fn exactly_sixty_percent_of_the_weight_is_enough() {
        let items = [(Some(10_000), 6_000), (None, 4_000)];
        assert!(kpi_score(&items, &rules(7_000)).is_some());
        let items = [(Some(10_000), 5_999), (None, 4_001)];
        assert_eq!(kpi_score(&items, &rules(7_000)), None);
    }

    #[test]
    fn rounding_happens_once_and_half_up() {
        // (1 * 5000 + 2 * 5000) / 10000 = 1.5 hundredths
        let items = [(Some(1), 5_000), (Some(2), 5_000)];
        let score = kpi_score(&items, &rules(10_000)).unwrap();
        assert_eq!(score.rounded_h(), 2);
        // A mean of 1.5 and 1.25 by 1 and 3 days is 1.3125, not the mean of rounded numbers.
        let other = Score { num: 5, den: 4 };
        let mean = over_versions(&[(Some(score), 1), (Some(other), 3)]).unwrap();
        assert_eq!(mean, Score { num: 21, den: 16 });
    }

    #[test]
    fn versions_count_by_their_days() {
        let mean = over_versions(&[
            (Some(Score::of_h(10_000)), 30),
            (Some(Score::of_h(7_000)), 60),
            (None, 10),
        ]);
        assert_eq!(mean.unwrap().rounded_h(), 8_000);
        assert_eq!(over_versions(&[(None, 90)]), None);
    }

    proptest! {
        #[test]
        fn a_mean_lies_between_its_parts(parts in proptest::collection::vec((0i64..=12_000, 1i64..=5_000), 1..8)) {
            let scored: Vec<_> = parts.iter().map(|&(p, w)| (Some(p), w)).collect();
            let score = kpi_score(&scored, &rules(10_000)).unwrap().rounded_h();
            let low = parts.iter().map(|p| p.0).min().unwrap();
            let high = parts.iter().map(|p| p.0).max().unwrap();
            prop_assert!((low..=high).contains(&score));
        }

        #[test]
        fn equal_points_are_their_own_mean(points in 0i64..=12_000, weights in proptest::collection::vec(1i64..=3_000, 1..8)) {
            let items: Vec<_> = weights.iter().map(|&w| (Some(points), w)).collect();
            prop_assert_eq!(kpi_score(&items, &rules(10_000)).unwrap().rounded_h(), points);
        }
    }
}
