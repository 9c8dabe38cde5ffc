//! Krippendorff's alpha: how far raters agree beyond chance, whoever rated whom and whatever is missing.

use std::collections::BTreeMap;

/// What the distance between two values means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Equal or not.
    Nominal,
    /// How many values lie between them in rank.
    Ordinal,
    /// Their difference.
    Interval,
    /// Their difference against their sum; values are not negative.
    Ratio,
}

/// Krippendorff's alpha, 1 - observed disagreement / disagreement by chance: 1 full agreement, 0 chance, below 0
/// less than chance.
///
/// Each unit holds the ratings that were given to it, in any order and of any number; one with fewer than two says
/// nothing. From .80 on to be relied upon, from .667 on for tentative conclusions. `None` where no unit has two
/// ratings, where all ratings are the same value (there is nothing to be told apart), and for negative values on
/// the ratio metric.
/// Source: Krippendorff, Content Analysis (2004) 11.3; Hayes & Krippendorff, Communication Methods and Measures 1
/// (2007) 77-89.
#[must_use]
pub fn alpha(units: &[Vec<i64>], metric: Metric) -> Option<f64> {
    let pairable = || units.iter().filter(|unit| unit.len() > 1);
    let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
    for value in pairable().flatten() {
        *counts.entry(*value).or_default() += 1.0;
    }
    if metric == Metric::Ratio && counts.keys().any(|value| *value < 0) {
        return None;
    }
    let places = places(&counts, metric);
    let squared = |one: i64, other: i64| match metric {
        _ if one == other => 0.0,
        Metric::Nominal => 1.0,
        Metric::Ordinal | Metric::Interval => (places[&one] - places[&other]).powi(2),
        Metric::Ratio => {
            ((places[&one] - places[&other]) / (places[&one] + places[&other])).powi(2)
        }
    };
    let mut observed = 0.0;
    for unit in pairable() {
        let mut apart = 0.0;
        for (at, one) in unit.iter().enumerate() {
            for other in &unit[at + 1..] {
                apart += squared(*one, *other);
            }
        }
        observed += apart / (unit.len() as f64 - 1.0);
    }
    let n: f64 = counts.values().sum();
    let mut expected = 0.0;
    for (&one, many) in &counts {
        for (&other, more) in counts.range(..one) {
            expected += many * more * squared(one, other);
        }
    }
    (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
}

/// Where each value stands: an ordinal one in the middle of the ranks of those who have it, so that the distance of
/// two is the count of all between them and half of their own.
fn places(counts: &BTreeMap<i64, f64>, metric: Metric) -> BTreeMap<i64, f64> {
    let mut before = 0.0;
    counts
        .iter()
        .map(|(&value, count)| {
            let middle = before + count / 2.0;
            before += count;
            let place = match metric {
                Metric::Ordinal => middle,
                Metric::Nominal | Metric::Interval | Metric::Ratio => value as f64,
            };
            (value, place)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const METRICS: [Metric; 4] = [
        Metric::Nominal,
        Metric::Ordinal,
        Metric::Interval,
        Metric::Ratio,
    ];

    /// Units from one row per observer; 0 is missing.
    fn units(observers: &[&[i64]]) -> Vec<Vec<i64>> {
        (0..observers[0].len())
            .map(|unit| {
                let of = observers.iter().map(|row| row[unit]);
                of.filter(|value| *value > 0).collect()
            })
            .collect()
    }

    fn holds(units: &[Vec<i64>], expected: [f64; 4]) {
        for (metric, expected) in METRICS.into_iter().zip(expected) {
            let found = alpha(units, metric).unwrap();
            assert!(
                (found - expected).abs() < 1e-11,
                "{metric:?}: {found} is not {expected}"
            );
        }
    }

    #[test]
    fn the_example_of_four_observers_and_twelve_units() {
        // Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C to F: nominal .743, ordinal
        // .815, interval .849, ratio .797; more digits from the Python package krippendorff 0.9.
        let found = units(&[
            &[1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            &[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            &[0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            &[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ]);
        holds(
            &found,
            [
                0.743_421_052_632,
                0.815_387_503_755,
                0.849_107_142_857,
                0.797_402_774_712,
            ],
        );
    }

    #[test]
    fn zero_is_a_value_like_any_other() {
        // The package krippendorff 0.9; None stands for what nobody rated.
        let observers = [
            [
                Some(4),
                Some(3),
                Some(2),
                Some(5),
                Some(1),
                Some(0),
                Some(4),
                None,
            ],
            [
                Some(5),
                Some(3),
                Some(2),
                Some(4),
                None,
                Some(0),
                Some(4),
                Some(3),
            ],
            [
                Some(4),
                None,
                Some(3),
                Some(5),
                Some(1),
                Some(2),
                None,
                Some(3),
            ],
        ];
        let found: Vec<Vec<i64>> = (0..8)
            .map(|unit| observers.iter().filter_map(|row| row[unit]).collect())
            .collect();
        holds(
            &found,
            [
                0.530_864_197_531,
                0.898_691_406_250,
                0.854_803_493_450,
                0.603_240_978_985,
            ],
        );
    }

    #[test]
    fn two_observers_of_yes_and_no() {
        // Computing Krippendorff's Alpha-Reliability, section A: two observers, ten units, alpha .095.
        let one = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
        let other = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
        let found: Vec<Vec<i64>> = one.iter().zip(other).map(|(a, b)| vec![*a, b]).collect();
        let found = alpha(&found, Metric::Nominal).unwrap();
        assert!((found - 0.095_238_095_238).abs() < 1e-11, "{found}");
    }

    #[test]
    fn where_nothing_varies_or_nothing_is_rated_twice_there_is_none() {
        for metric in METRICS {
            assert_eq!(alpha(&[], metric), None);
            assert_eq!(alpha(&[vec![1], vec![2], vec![]], metric), None);
            assert_eq!(alpha(&[vec![3, 3], vec![3, 3, 3], vec![4]], metric), None);
        }
        let negative = [vec![-1, 1], vec![2, 2]];
        assert_eq!(alpha(&negative, Metric::Ratio), None);
        assert!(alpha(&negative, Metric::Interval).is_some());
    }

    proptest! {
        #[test]
        fn full_agreement_is_one(
            values in prop::collection::vec((1_i64..=5, 2_usize..5), 2..12),
        ) {
            let units: Vec<Vec<i64>> = values.iter().map(|&(value, n)| vec![value; n]).collect();
            let alike = values.iter().all(|v| v.0 == values[0].0);
            for metric in METRICS {
                prop_assert_eq!(alpha(&units, metric), (!alike).then_some(1.0));
            }
        }

        #[test]
        fn neither_the_order_of_raters_nor_of_units_matters(
            units in prop::collection::vec(prop::collection::vec(0_i64..=5, 0..5), 1..12),
        ) {
            let mut turned = units.clone();
            turned.reverse();
            turned.iter_mut().for_each(|unit| unit.reverse());
            for metric in METRICS {
                match (alpha(&units, metric), alpha(&turned, metric)) {
                    (Some(one), Some(other)) => prop_assert!((one - other).abs() < 1e-12),
                    (one, other) => prop_assert_eq!(one, other),
                }
            }
        }

        #[test]
        fn ranks_are_all_that_the_ordinal_metric_sees(
            units in prop::collection::vec(prop::collection::vec(0_i64..=5, 0..5), 1..12),
        ) {
            let cubed: Vec<Vec<i64>> =
                units.iter().map(|unit| unit.iter().map(|v| v * v * v).collect()).collect();
            prop_assert_eq!(alpha(&units, Metric::Ordinal), alpha(&cubed, Metric::Ordinal));
        }
    }
}
