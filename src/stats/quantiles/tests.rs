//! Quantiles against R's documented types, scipy 1.17.1, and sorted rows.

use proptest::prelude::*;

use super::*;

fn histogram(values: &[i64]) -> Histogram {
    let mut histogram = Histogram::default();
    values.iter().for_each(|&value| histogram.record(value));
    histogram
}

#[test]
fn percentiles_are_of_type_seven() {
    // numpy.percentile([15, 20, 35, 40, 50], [5, 30, 40, 90]), method "linear", and the worked
    // example of "Percentile" in Wikipedia (C = 1): 16, 23, 29, 46.
    let values = [15, 20, 35, 40, 50];
    assert_eq!(percentile(&values, 5), Some(16.0));
    assert_eq!(percentile(&values, 30), Some(23.0));
    assert_eq!(percentile(&values, 40), Some(29.0));
    assert_eq!(percentile(&values, 90), Some(46.0));
    assert_eq!(percentile(&values, 0), Some(15.0));
    assert_eq!(percentile(&values, 100), Some(50.0));
}

#[test]
fn a_percentile_of_one_value_is_the_value_and_of_none_is_missing() {
    assert_eq!(percentile(&[7], 90), Some(7.0));
    assert_eq!(percentile(&[], 50), None);
    assert_eq!(percentile(&[1, 2], 101), None);
}

#[test]
fn twice_the_median_is_a_whole_number() {
    assert_eq!(twice_median(&[]), None);
    assert_eq!(twice_median(&[7]), Some(14));
    assert_eq!(twice_median(&[1, 2]), Some(3));
    assert_eq!(twice_median(&[1, 5, 100]), Some(10));
    assert_eq!(twice_median(&[i64::MAX]), None);
}

#[test]
fn the_ranks_around_a_median_agree_with_the_binomial_table() {
    // From scipy.stats.binom.cdf: the innermost ranks that leave at most 2.5 % on either side,
    // counted from 1. 20 values: 6th and 15th, coverage 95.86 %; 100 values: 40th and 61st, 96.48 %.
    for (n, percent, low, high) in [
        (6, 50, 1, 6),
        (10, 50, 2, 9),
        (20, 50, 6, 15),
        (25, 50, 8, 18),
        (100, 50, 40, 61),
        (1_000, 50, 469, 532),
        (20_000, 50, 9_861, 10_140),
        (200_000, 50, 99_562, 100_439),
        (36, 90, 29, 36),
        (100, 90, 84, 96),
        (1_000, 90, 881, 919),
        (20_000, 90, 17_916, 18_084),
        (250, 25, 49, 77),
    ] {
        assert_eq!(
            ranks_of_interval(n, percent),
            Some((low - 1, high - 1)),
            "{percent} % of {n}"
        );
    }
}

#[test]
fn too_few_values_have_no_interval() {
    assert_eq!(percentile_interval(&[1, 2, 3, 4, 5], 50), None);
    assert_eq!(
        percentile_interval(&[1, 2, 3, 4, 5, 60], 50),
        Some(Interval {
            low: 1.0,
            high: 60.0
        })
    );
    assert_eq!(ranks_of_interval(35, 90), None);
    assert_eq!(ranks_of_interval(0, 50), None);
    assert_eq!(ranks_of_interval(1_000, 0), None);
    assert_eq!(ranks_of_interval(1_000, 100), None);
}

#[test]
fn a_bucket_is_the_rounded_down_eightfold_logarithm() {
    // x^8 fits 128 bits up to 2^16, and floor(8 log2 x) is the position of its highest bit.
    for x in 1_i64..65_536 {
        assert_eq!(i64::from(bucket(x)), i64::from((x as u128).pow(8).ilog2()));
    }
}

#[test]
fn a_power_of_two_begins_an_octave_and_the_number_before_it_ends_one() {
    for octave in 1..63 {
        let power = 1_i64 << octave;
        assert_eq!(i32::from(bucket(power)), 8 * octave);
        assert!(i32::from(bucket(power - 1)) < 8 * octave);
    }
    assert_eq!(bucket(i64::MAX), LAST_BUCKET);
}

#[test]
fn zero_and_less_have_a_bucket_of_their_own() {
    assert_eq!(bucket(0), -1);
    assert_eq!(bucket(-5), -1);
    assert_eq!(bucket(1), 0);
    let zeros = histogram(&[0, 0, 0, 1_000]);
    assert_eq!(zeros.percentile(50), Some(0.0));
}

#[test]
fn the_text_is_sorted_pairs_and_reads_back() {
    let counted = histogram(&[4, 1, 0, 4, 300]);
    assert_eq!(counted.to_string(), "-1:1 0:1 16:2 65:1");
    assert_eq!("-1:1 0:1 16:2 65:1".parse(), Ok(counted));
    assert_eq!("".parse(), Ok(Histogram::default()));
    assert_eq!(Histogram::default().to_string(), "");
}

#[test]
fn a_text_that_is_no_histogram_is_refused() {
    for text in [
        "3", "3:", "3:x", "x:1", "3:0", "3:-1", "4:1 3:1", "3:1 3:1", "504:1", "-2:1",
    ] {
        assert_eq!(text.parse::<Histogram>(), Err(NotAHistogram), "{text}");
    }
}

#[test]
fn what_was_not_counted_cannot_be_taken_away() {
    assert_eq!(histogram(&[4]).checked_sub(&histogram(&[4, 4])), None);
    assert_eq!(histogram(&[4]).checked_sub(&histogram(&[9])), None);
}

#[test]
fn a_histograms_interval_is_that_of_the_rows_within_four_and_a_half_percent() {
    let values: Vec<i64> = (1..=2_000).map(|i| 30 + i * i / 40).collect();
    let exact = percentile_interval(&values, 50).unwrap();
    let near = histogram(&values).percentile_interval(50).unwrap();
    for (near, exact) in [(near.low, exact.low), (near.high, exact.high)] {
        assert!((near / exact - 1.0).abs() < 0.045, "{near} for {exact}");
    }
    assert_eq!(histogram(&[1, 2, 3]).percentile_interval(50), None);
}

#[test]
fn an_empty_histogram_has_no_percentile() {
    assert_eq!(Histogram::default().percentile(50), None);
    assert_eq!(histogram(&[1]).percentile(101), None);
}

proptest! {
    #[test]
    fn a_histogram_is_within_four_and_a_half_percent_of_the_rows(
        mut values in prop::collection::vec(0_i64..=1_000_000, 1..300),
        percent in 0_u32..=100,
    ) {
        values.sort_unstable();
        let exact = percentile(&values, percent).unwrap();
        let binned = histogram(&values).percentile(percent).unwrap();
        prop_assert!((binned - exact).abs() <= 0.045 * exact, "{binned} for {exact}");
    }

    #[test]
    fn histograms_add_and_subtract_exactly(
        left in prop::collection::vec(0_i64..=1_000_000, 0..100),
        right in prop::collection::vec(0_i64..=1_000_000, 0..100),
    ) {
        let (a, b) = (histogram(&left), histogram(&right));
        let both = a.checked_add(&b).unwrap();
        let joined: Vec<i64> = left.iter().chain(&right).copied().collect();
        prop_assert_eq!(&both, &histogram(&joined));
        prop_assert_eq!(both.n() as usize, joined.len());
        prop_assert_eq!(both.checked_sub(&b), Some(a));
        prop_assert_eq!(both.to_string().parse(), Ok(both));
    }

    #[test]
    fn buckets_never_fall_as_values_rise(a in any::<i64>(), b in any::<i64>()) {
        let (small, large) = (a.min(b), a.max(b));
        prop_assert!(bucket(small) <= bucket(large));
    }

    #[test]
    fn the_interval_of_a_median_holds_it(mut values in prop::collection::vec(0_i64..500, 6..200)) {
        values.sort_unstable();
        let interval = percentile_interval(&values, 50).unwrap();
        let median = percentile(&values, 50).unwrap();
        prop_assert!(interval.low <= median && median <= interval.high);
        prop_assert_eq!(twice_median(&values).unwrap() as f64, 2.0 * median);
    }

    #[test]
    fn the_ranks_around_a_median_are_the_same_from_either_end(n in 6_usize..3_000) {
        let (low, high) = ranks_of_interval(n, 50).unwrap();
        prop_assert_eq!(low, n - 1 - high);
    }
}
