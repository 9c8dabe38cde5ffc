//! The intervals against published tables, scipy 1.17.1 and statsmodels 0.15.0.

use proptest::prelude::*;

use super::*;

fn assert_near(actual: Option<Interval>, low: f64, high: f64, tolerance: f64) {
    let actual = actual.unwrap();
    assert!(
        (actual.low - low).abs() <= tolerance && (actual.high - high).abs() <= tolerance,
        "{actual:?} is not {low} to {high}"
    );
}

fn tally(values: &[i64]) -> Tally {
    values.iter().fold(Tally::default(), |sum, &value| {
        sum.checked_add(Tally::of(value)).unwrap()
    })
}

#[test]
fn wilson_agrees_with_the_table_of_newcombe_1998() {
    // Statistics in Medicine 17, 857-872, table I, method 3.
    for (x, n, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        assert_near(wilson(x, n), low, high, 5e-5);
    }
    // statsmodels.stats.proportion.proportion_confint(4996, 10000, method="wilson").
    assert_near(
        wilson(4996, 10_000),
        0.489_802_218_548_889_8,
        0.509_398_088_649_806_7,
        1e-14,
    );
}

#[test]
fn wilson_ends_exactly_at_zero_and_at_one() {
    assert_eq!(wilson(0, 7).map(|i| i.low), Some(0.0));
    assert_eq!(wilson(7, 7).map(|i| i.high), Some(1.0));
    assert_near(wilson(1, 1), 0.206_549_314_377_237_4, 1.0, 1e-14);
}

#[test]
fn a_proportion_of_nothing_or_above_one_has_no_interval() {
    assert_eq!(wilson(0, 0), None);
    assert_eq!(wilson(3, 2), None);
    assert_eq!(wilson(-1, 2), None);
}

#[test]
fn the_t_quantile_is_accurate_to_a_thousand_millionth() {
    // scipy.stats.t.ppf(0.975, df).
    for (freedom, expected) in [
        (1.0, 12.706_204_736_174_7),
        (1.5, 6.016_663_104_427_93),
        (2.0, 4.302_652_729_749_46),
        (3.0, 3.182_446_305_283_71),
        (4.0, 2.776_445_105_197_79),
        (7.0, 2.364_624_251_592_78),
        (7.3, 2.345_066_736_547_7),
        (28.4, 2.047_108_152_344_68),
        (29.0, 2.045_229_642_132_7),
        (99.0, 1.984_216_951_586_42),
        (123.456, 1.979_366_056_167_08),
        (199.0, 1.971_956_544_251_75),
        (199.5, 1.971_926_307_901_52),
        (200.0, 1.971_896_223_633_91),
        (250.0, 1.969_498_393_421_15),
        (1000.0, 1.962_339_080_826_41),
        (1234.5, 1.961_887_483_331_35),
        (100_000.0, 1.959_987_707_534_61),
    ] {
        let actual = t_quantile(freedom);
        assert!(
            (actual / expected - 1.0).abs() < 1e-10,
            "t({freedom}) = {actual}, expected {expected}"
        );
    }
}

#[test]
fn the_t_quantile_falls_steadily_across_the_change_of_method() {
    let quantiles: Vec<f64> = (1..1000).map(|df| t_quantile(f64::from(df))).collect();
    assert!(quantiles.windows(2).all(|pair| pair[0] > pair[1]));
}

#[test]
fn the_interval_of_a_mean_by_hand() {
    // Mean 10, variance 30, n 4, t(3) = 3.18244631: 10 +- 3.18244631 * sqrt(7.5).
    assert_near(
        mean_t(&tally(&[4, 7, 13, 16])),
        1.284_511_85,
        18.715_488_15,
        1e-6,
    );
}

#[test]
fn one_value_has_no_interval_and_equal_values_have_one_of_no_width() {
    assert_eq!(mean_t(&Tally::default()), None);
    assert_eq!(mean_t(&Tally::of(5)), None);
    assert_near(mean_t(&tally(&[5, 5, 5])), 5.0, 5.0, 0.0);
}

#[test]
fn the_exact_poisson_interval_agrees_with_scipy() {
    // scipy.stats.chi2.ppf(0.025, 2 x) / 2 and chi2.ppf(0.975, 2 x + 2) / 2; the first ones are
    // also the table of Garwood 1936.
    for (x, low, high) in [
        (0, 0.0, 3.688_879_454_11),
        (1, 0.025_317_807_984_3, 5.571_643_390_94),
        (2, 0.242_209_278_544, 7.224_687_667_72),
        (5, 1.623_486_390_12, 11.668_332_079_3),
        (10, 4.795_388_696_13, 18.390_356_042),
        (50, 37.110_963_737_5, 65.918_766_664_3),
        (100, 81.363_991_250_9, 121.626_793_792),
        (1000, 938.973_018_408, 1_063.952_136_02),
        (100_000, 99_381.152_663_7, 100_621.744_74),
    ] {
        assert_near(poisson_rate(x, 1), low, high, 1e-10 * high.max(1.0));
    }
}

#[test]
fn a_rate_is_per_unit_of_exposure_and_needs_one() {
    assert_near(
        poisson_rate(10, 2_000),
        4.795_388_696_13 / 2_000.0,
        18.390_356_042 / 2_000.0,
        1e-13,
    );
    assert_eq!(poisson_rate(1, 0), None);
    assert_eq!(poisson_rate(-1, 10), None);
}

#[test]
fn the_interval_of_a_net_promoter_score_by_hand() {
    // 14 promoters and 4 detractors of 22: p = 14.75/25 = .59, d = 4.75/25 = .19, score .40,
    // variance .78 - .16 = .62, standard error sqrt(.62/25) = .1574802.
    assert_near(nps(14, 4, 22), 9.134_456, 70.865_544, 1e-5);
}

#[test]
fn a_net_promoter_score_stays_on_its_scale() {
    assert_eq!(nps(3, 0, 3).map(|i| i.high), Some(100.0));
    assert_eq!(nps(0, 3, 3).map(|i| i.low), Some(-100.0));
    assert_eq!(nps(0, 0, 0), None);
    assert_eq!(nps(2, 2, 3), None);
    assert_eq!(nps(-1, 0, 3), None);
}

#[test]
fn the_interval_of_a_net_promoter_score_covers_the_truth_about_as_often_as_it_says() {
    // The exact coverage with 30 answers: every outcome, weighted by its trinomial probability.
    let n: i64 = 30;
    let log_factorial = |k: i64| (1..=k).map(|i| (i as f64).ln()).sum::<f64>();
    for (p, d) in [(0.5, 0.2), (0.3, 0.3), (0.7, 0.1), (0.2, 0.5), (0.85, 0.05)] {
        let mut coverage = 0.0;
        for promoters in 0..=n {
            for detractors in 0..=n - promoters {
                let passives = n - promoters - detractors;
                let probability = (log_factorial(n)
                    - log_factorial(promoters)
                    - log_factorial(detractors)
                    - log_factorial(passives)
                    + promoters as f64 * f64::ln(p)
                    + detractors as f64 * f64::ln(d)
                    + passives as f64 * f64::ln(1.0 - p - d))
                .exp();
                let interval = nps(promoters, detractors, n).unwrap();
                let truth = 100.0 * (p - d);
                if interval.low <= truth && truth <= interval.high {
                    coverage += probability;
                }
            }
        }
        assert!((0.93..0.98).contains(&coverage), "{p} {d}: {coverage}");
    }
}

#[test]
fn the_difference_of_proportions_agrees_with_newcombe_1998() {
    // Statistics in Medicine 17, 873-890, table II, method 10; the fifth digit on from
    // statsmodels.stats.proportion.confint_proportions_2indep(method="newcomb", compare="diff").
    for (first, second, low, high) in [
        ((56, 70), (48, 80), 0.052_431_472_4, 0.333_872_654_0),
        ((9, 10), (3, 10), 0.170_522_723_9, 0.809_017_973_5),
        ((6, 7), (2, 7), 0.058_227_927_5, 0.806_249_637_5),
        ((5, 56), (0, 29), -0.038_137_147_9, 0.192_560_013_9),
        ((0, 10), (0, 20), -0.161_125_158_1, 0.277_532_799_9),
        ((10, 10), (0, 20), 0.679_086_037_1, 1.0),
    ] {
        assert_near(newcombe_difference(first, second), low, high, 1e-9);
    }
    assert_eq!(newcombe_difference((0, 0), (1, 2)), None);
}

#[test]
fn the_difference_of_means_agrees_with_scipy() {
    // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(), 27.887 degrees of
    // freedom, values in tenths.
    let a = tally(&[
        275, 210, 190, 236, 170, 179, 169, 201, 219, 226, 231, 196, 190, 217, 214,
    ]);
    let b = tally(&[
        271, 220, 208, 234, 234, 235, 258, 220, 248, 202, 219, 221, 229, 305, 244,
    ]);
    assert_near(
        welch(&a, &b),
        -48.680_227_417_918_96,
        -7.986_439_248_746_979,
        1e-9,
    );
}

#[test]
fn a_difference_needs_two_values_on_either_side() {
    assert_eq!(welch(&Tally::of(1), &tally(&[1, 2])), None);
    assert_eq!(welch(&tally(&[1, 2]), &Tally::default()), None);
    assert_near(welch(&tally(&[5, 5]), &tally(&[3, 3])), 2.0, 2.0, 0.0);
}

proptest! {
    #[test]
    fn every_interval_holds_its_estimate(n in 1_i64..5_000, a in 0.0_f64..=1.0, b in 0.0_f64..=1.0) {
        let x = (a * n as f64) as i64;
        let share = x as f64 / n as f64;
        let w = wilson(x, n).unwrap();
        prop_assert!(0.0 <= w.low && w.low <= share && share <= w.high && w.high <= 1.0);

        let rate = poisson_rate(x, n).unwrap();
        prop_assert!(0.0 <= rate.low && rate.low <= share && share <= rate.high);

        let y = (b * n as f64) as i64;
        let difference = newcombe_difference((x, n), (y, n)).unwrap();
        let estimate = share - y as f64 / n as f64;
        let slack = 1e-12;
        prop_assert!(-1.0 - slack <= difference.low && difference.low <= estimate + slack);
        prop_assert!(estimate - slack <= difference.high && difference.high <= 1.0 + slack);
    }

    #[test]
    fn more_answers_of_the_same_kind_narrow_the_interval(x in 0_i64..50, more in 0_i64..50) {
        let n = x + more + 1;
        let width = |i: Interval| i.high - i.low;
        prop_assert!(width(wilson(4 * x, 4 * n).unwrap()) < width(wilson(x, n).unwrap()));
        prop_assert!(width(nps(4 * x, 4 * more, 4 * n).unwrap()) < width(nps(x, more, n).unwrap()));
        prop_assert!(
            width(poisson_rate(4 * x, 4 * n).unwrap()) < width(poisson_rate(x, n).unwrap())
        );
    }
}

proptest! {
    #[test]
    fn means_differ_just_when_the_interval_of_their_difference_leaves_out_zero(
        first in proptest::collection::vec(0_i64..12, 2..30),
        second in proptest::collection::vec(3_i64..15, 2..30),
    ) {
        let (first, second) = (tally(&first), tally(&second));
        let interval = welch(&first, &second).unwrap();
        prop_assert_eq!(
            means_differ(&first, &second),
            Some(interval.low > 0.0 || interval.high < 0.0)
        );
    }
}
