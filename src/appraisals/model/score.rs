//! From points to a total: weighted means in exact fractions, rounded half-up to a hundredth once.

use crate::appraisals::model::rules::Rules;
pub use crate::stats::fraction::{Score, weighted};

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

/// Points, in hundredths, of a competency rating in hundredths: 1 = 0, 2 = 60, 3 = 100, 4 = 110, 5 = 120, linear
/// between, so that "meets" is on the scale of KPIs at target (product.md 9).
#[must_use]
pub fn competency_points_h(rating_h: i64) -> i64 {
    match rating_h {
        ..=100 => 0,
        101..=200 => (rating_h - 100) * 60,
        201..=300 => 6_000 + (rating_h - 200) * 40,
        301..=500 => 10_000 + (rating_h - 300) * 10,
        _ => 12_000,
    }
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
    use crate::appraisals::model::rules::WHOLE_BP;
    use proptest::prelude::*;

    fn rules(kpi_bp: i64) -> Rules {
        Rules {
            cards: Vec::new(),
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
            peer_card: None,
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

    #[test]
    fn a_competency_that_meets_is_worth_a_kpi_on_target() {
        let points = [100, 200, 300, 400, 500].map(competency_points_h);
        assert_eq!(points, [0, 6_000, 10_000, 11_000, 12_000]);
        let between = [150, 250, 350, 450].map(competency_points_h);
        assert_eq!(between, [3_000, 8_000, 10_500, 11_500]);
    }

    proptest! {
        #[test]
        fn a_higher_rating_never_earns_less(rating in 100i64..500) {
            prop_assert!(competency_points_h(rating) < competency_points_h(rating + 1));
        }

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
