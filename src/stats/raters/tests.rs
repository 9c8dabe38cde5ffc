//! Statistics of raters against published worked examples and reference software.

use proptest::prelude::*;

use super::*;

/// mean + (effect - mean) tau^2 / (tau^2 + variance) of the example below.
const SHRUNKEN: [f64; 9] = [
    61.626_974_5,
    62.208_405_88,
    62.253_268_24,
    62.331_336_04,
    62.357_493_99,
    62.437_549_11,
    62.626_996_33,
    62.799_493_54,
    62.674_009_48,
];

/// Weights of dried plants under a control and two treatments: `PlantGrowth` of R, from Dobson, An Introduction to
/// Statistical Modelling (1983), table 7.1.
fn plants() -> Vec<Vec<f64>> {
    vec![
        vec![4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
        vec![4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
        vec![6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
    ]
}

fn near(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected}"
    );
}

#[test]
fn the_analysis_of_variance_of_dobsons_plants() {
    // F 4.846, p 0.01591: summary(aov(weight ~ group, PlantGrowth)) in R; the same from scipy 1.17.1 f_oneway.
    let found = anova(&plants()).unwrap();
    near(found.f, 4.846_087_862, 1e-8);
    near(found.p, 0.015_909_958, 1e-8);
    assert_eq!(found.freedom, (2.0, 27.0));
    near(found.eta2, 0.264_148_297, 1e-8);
    near(found.omega2, 0.204_078_846, 1e-8);
}

#[test]
fn one_group_or_no_variation_says_nothing() {
    assert_eq!(anova(&[vec![1.0, 2.0], vec![]]), None);
    assert_eq!(anova(&[vec![1.0, 1.0], vec![2.0, 2.0]]), None);
    assert_eq!(leniency(&[vec![1.0], vec![2.0]]), None);
}

#[test]
fn leniency_is_the_distance_from_all_and_shrinks_with_chance() {
    // Reckoned with numpy 2 and scipy 1.17.1 from the same plants: L, z, p and B L of each group.
    let expected = [
        (-0.041, -0.207_986_303, 0.835_239_662, -0.032_539_567),
        (-0.412, -2.090_008_703, 0.036_617_018, -0.326_982_969),
        (0.453, 2.297_995_006, 0.021_562_073, 0.359_522_537),
    ];
    for (found, (deviation, z, p, shrunken)) in leniency(&plants()).unwrap().iter().zip(expected) {
        let found = found.unwrap();
        near(found.deviation, deviation, 1e-9);
        near(found.z, z, 1e-8);
        near(found.p, p, 1e-8);
        near(found.shrunken, shrunken, 1e-8);
    }
}

#[test]
fn a_rater_without_ratings_has_no_leniency_and_changes_nothing() {
    let mut groups = plants();
    groups.insert(1, Vec::new());
    let found = leniency(&groups).unwrap();
    assert_eq!(found[1], None);
    near(found[3].unwrap().deviation, 0.453, 1e-9);
}

#[test]
fn pairs_are_those_of_scipy() {
    // scipy 1.17.1, stats.tukey_hsd(..., equal_var=False), which is the test of Games and Howell.
    let found = games_howell(&plants());
    let expected = [
        (0, 1, 0.371, 0.474_554_92),
        (0, 2, -0.494, 0.112_889_18),
        (1, 2, -0.865, 0.023_703_45),
    ];
    assert_eq!(found.len(), 3);
    for (pair, (one, other, difference, p)) in found.iter().zip(expected) {
        assert_eq!((pair.one, pair.other), (one, other));
        near(pair.difference, difference, 1e-9);
        near(pair.p, p, 1e-6);
    }
}

#[test]
fn the_worked_example_of_benjamini_and_hochberg() {
    // Table 1 of the paper of 1995: at 5 % the four smallest are rejected; values from scipy 1.17.1.
    let p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];
    let adjusted = benjamini_hochberg(&p);
    assert_eq!(adjusted.iter().filter(|q| **q <= 0.05).count(), 4);
    near(adjusted[3], 0.035_625, 1e-12);
    near(adjusted[5], 0.063_857_142_857, 1e-9);
    near(adjusted[14], 1.0, 0.0);
    // In whatever order they come.
    let turned: Vec<f64> = p.iter().rev().copied().collect();
    near(benjamini_hochberg(&turned)[14], adjusted[0], 1e-15);
}

#[test]
fn a_line_and_its_residuals_are_those_of_statsmodels() {
    // statsmodels 0.15, OLS of the control group on 0 to 9.
    let points: Vec<(f64, f64)> = plants()[0]
        .iter()
        .enumerate()
        .map(|(x, y)| (x as f64, *y))
        .collect();
    let found = line(&points).unwrap();
    near(found.intercept, 5.004_181_82, 1e-8);
    near(found.slope, 0.006_181_82, 1e-8);
    near(found.residuals[0], -0.834_181_82, 1e-8);
    near(found.residuals.iter().sum(), 0.0, 1e-12);
    near(correlation(&points).unwrap(), 0.032_098_543_6, 1e-9);
    assert_eq!(line(&[(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]), None);
}

#[test]
fn shrunken_scores_are_those_of_a_random_effects_model() {
    // The interlaboratory example of Kacker, Metrologia 41 (2004) 132-136; tau^2 and mean from statsmodels 0.15,
    // combine_effects(method_re="dl").
    let effects = [61.0, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.0];
    let variances: [f64; 9] = [
        0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225,
    ];
    let values: Vec<(f64, f64)> = effects
        .iter()
        .zip(variances)
        .map(|(e, v)| (*e, v.sqrt()))
        .collect();
    let found = shrink(&values);
    for (found, expected) in found.iter().zip(SHRUNKEN) {
        near(*found, expected, 1e-5);
    }
    // Three sure values move less than one unsure one.
    let moved = |at: usize| (found[at] - effects[at]).abs();
    assert!(moved(8) > moved(7));
}

#[test]
fn values_that_differ_by_chance_only_are_all_their_mean() {
    let found = shrink(&[(90.0, 20.0), (100.0, 20.0), (110.0, 20.0)]);
    for value in found {
        near(value, 100.0, 1e-9);
    }
}

#[test]
fn counts_against_shares_are_those_of_scipy() {
    // scipy 1.17.1, chisquare([18, 72, 9, 1], [20, 70, 8, 2]).
    let found = chi_square(&[18, 72, 9, 1], &[2_000, 7_000, 800, 200]).unwrap();
    near(found.chi2, 0.882_142_857, 1e-9);
    near(found.p, 0.829_734_870, 1e-8);
    assert_eq!(chi_square(&[1, 1], &[10_000, 0]), None);
    assert_eq!(chi_square(&[0, 0], &[5_000, 5_000]), None);
}

#[test]
fn quotas_are_whole_and_the_largest_remainder_wins() {
    // 20/70/10 of 23 heads: 4.6, 16.1, 2.3.
    assert_eq!(quotas(&[2_000, 7_000, 1_000], 23), Some(vec![5, 16, 2]));
    assert_eq!(quotas(&[3_333, 3_333, 3_334], 1), Some(vec![0, 0, 1]));
    assert_eq!(quotas(&[2_000, 7_000], 23), None);
}

#[test]
fn four_fifths_is_not_below_four_fifths() {
    near(impact_ratio((8, 20), (10, 20)).unwrap(), 0.8, 1e-12);
    near(impact_ratio((10, 20), (5, 20)).unwrap(), 0.5, 1e-12);
    assert_eq!(impact_ratio((0, 20), (0, 20)), None);
    assert_eq!(impact_ratio((0, 0), (1, 20)), None);
}

#[test]
fn a_rater_who_uses_the_middle_only_shows_in_spread_and_share() {
    let wide = vec![0.0, 60.0, 100.0, 110.0, 120.0];
    let narrow = vec![99.0, 100.0, 101.0, 100.0, 100.0];
    let ratios = spread_ratios(&[wide.clone(), narrow.clone(), vec![5.0]]);
    assert!(ratios[1].unwrap() < 0.1 && ratios[0].unwrap() > 1.0);
    assert_eq!(ratios[2], None);
    assert_eq!(share_within(&narrow, 80.0, 105.0), Some(1.0));
    assert_eq!(share_within(&wide, 80.0, 105.0), Some(0.2));
    near(
        range_share(&narrow, 0.0, 120.0).unwrap(),
        2.0 / 120.0,
        1e-12,
    );
}

#[test]
fn one_impression_for_all_dimensions_is_halo() {
    let alike: Vec<Vec<Option<f64>>> = [2.0, 3.0, 4.0, 5.0]
        .iter()
        .map(|v| vec![Some(*v), Some(*v), Some(*v)])
        .collect();
    let found = halo(&alike).unwrap();
    near(found.within_ratee, 0.0, 1e-12);
    near(found.between_dimensions.unwrap(), 1.0, 1e-12);
    assert_eq!(halo(&[vec![Some(1.0), None]]), None);
}

#[test]
fn ratings_that_follow_the_last_month_show_recency() {
    let rows = [
        (1.0, 1.0, 3.0),
        (2.0, 2.0, 1.0),
        (3.0, 3.0, 4.0),
        (4.0, 4.0, 2.0),
    ];
    near(recency(&rows).unwrap(), 1.0, 1e-12);
    assert_eq!(recency(&rows[..2]), None);
}

proptest! {
    #[test]
    fn quotas_always_add_up(n in 0i64..500, first in 0i64..=10_000, cut in 0i64..=10_000) {
        let second = (10_000 - first).min(cut);
        let shares = [first, second, 10_000 - first - second];
        let found = quotas(&shares, n).unwrap();
        prop_assert_eq!(found.iter().sum::<i64>(), n);
        for (quota, share) in found.iter().zip(shares) {
            prop_assert!((quota * 10_000 - share * n).abs() < 10_000);
        }
    }

    #[test]
    fn adjusted_values_are_no_smaller_and_keep_their_order(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
        let adjusted = benjamini_hochberg(&p);
        for (a, b) in p.iter().zip(&adjusted) {
            prop_assert!(*b >= a - 1e-12 && *b <= 1.0);
        }
        for (i, j) in (0..p.len()).zip(1..p.len()) {
            prop_assert!((p[i] <= p[j]) == (adjusted[i] <= adjusted[j]) || adjusted[i] == adjusted[j]);
        }
    }

    #[test]
    fn shrinking_never_passes_the_mean(values in prop::collection::vec((0.0f64..120.0, 0.5f64..30.0), 3..30)) {
        let found = shrink(&values);
        let low = values.iter().map(|v| v.0).fold(f64::INFINITY, f64::min);
        let high = values.iter().map(|v| v.0).fold(f64::NEG_INFINITY, f64::max);
        for value in found {
            prop_assert!(value >= low - 1e-9 && value <= high + 1e-9);
        }
    }
}
