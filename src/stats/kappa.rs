//! Cohen's kappa: how far two raters agree on categories beyond what their habits alone would give.

use super::intervals::{Interval, Z};

/// What a disagreement costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// All alike: categories without an order.
    Equal,
    /// By the number of steps between the categories.
    Linear,
    /// By the square of the steps.
    Quadratic,
}

impl Weights {
    /// The agreement of two categories `steps` apart on a scale whose ends lie `most` apart, 0 to 1.
    fn of(self, steps: usize, most: usize) -> f64 {
        let share = steps as f64 / most as f64;
        match self {
            Weights::Equal => f64::from(u8::from(steps == 0)),
            Weights::Linear => 1.0 - share,
            Weights::Quadratic => 1.0 - share * share,
        }
    }
}

/// Kappa and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// 1 full agreement, 0 what chance gives, below 0 less than that.
    pub value: f64,
    /// Asymptotic standard error.
    pub error: f64,
    /// Value plus and minus 1.96 errors, cut at 1.
    pub interval: Interval,
    /// Asymptotic standard error if there were no agreement beyond chance: what a test divides by.
    pub null_error: f64,
}

/// Kappa of a square table of counts, the categories in their order: rows by the one rater, columns by the other.
///
/// `None` unless the table is square with two categories or more, counts are not negative and somebody was rated,
/// and where chance alone would give full agreement (both used one category only).
/// Source: Cohen, Psychological Bulletin 70 (1968) 213-220; errors by Fleiss, Cohen & Everitt, Psychological
/// Bulletin 72 (1969) 323-327.
#[must_use]
pub fn kappa(table: &[Vec<i64>], weights: Weights) -> Option<Kappa> {
    let size = table.len();
    let misshapen = |row: &Vec<i64>| row.len() != size || row.iter().any(|count| *count < 0);
    if size < 2 || table.iter().any(misshapen) {
        return None;
    }
    let n: i64 = table.iter().flatten().sum();
    if n < 1 {
        return None;
    }
    let n = n as f64;
    let weight = |i: usize, j: usize| weights.of(i.abs_diff(j), size - 1);
    let rows: Vec<f64> = table
        .iter()
        .map(|row| row.iter().sum::<i64>() as f64 / n)
        .collect();
    let columns: Vec<f64> = (0..size)
        .map(|j| table.iter().map(|row| row[j]).sum::<i64>() as f64 / n)
        .collect();
    // The weight that a category meets on average on the other's side.
    let met = |shares: &[f64]| -> Vec<f64> {
        (0..size)
            .map(|i| {
                shares
                    .iter()
                    .enumerate()
                    .map(|(j, share)| share * weight(i, j))
                    .sum()
            })
            .collect()
    };
    let (of_rows, of_columns) = (met(&columns), met(&rows));
    let chance: f64 = rows
        .iter()
        .zip(&of_rows)
        .map(|(share, met)| share * met)
        .sum();
    let left = 1.0 - chance;
    // Both raters with one category each; sums of shares are good to a few units of the last digit.
    if left < 1e-12 {
        return None;
    }
    let cells = || (0..size).flat_map(|i| (0..size).map(move |j| (i, j)));
    let share = |i: usize, j: usize| table[i][j] as f64 / n;
    let seen: f64 = cells().map(|(i, j)| weight(i, j) * share(i, j)).sum();
    let value = (seen - chance) / left;
    let spread: f64 = cells()
        .map(|(i, j)| {
            let own = weight(i, j) - (of_rows[i] + of_columns[j]) * (1.0 - value);
            share(i, j) * own * own
        })
        .sum();
    let by_chance: f64 = cells()
        .map(|(i, j)| {
            let own = weight(i, j) - (of_rows[i] + of_columns[j]);
            rows[i] * columns[j] * own * own
        })
        .sum();
    let scale = left * n.sqrt();
    // Differences that are nothing may come out slightly below it.
    let error = (spread - (value - chance * (1.0 - value)).powi(2))
        .max(0.0)
        .sqrt()
        / scale;
    Some(Kappa {
        value,
        error,
        interval: Interval {
            low: value - Z * error,
            high: (value + Z * error).min(1.0),
        },
        null_error: (by_chance - chance * chance).max(0.0).sqrt() / scale,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: [[i64; 4]; 4]) -> Vec<Vec<i64>> {
        rows.map(|row| row.to_vec()).to_vec()
    }

    fn holds(table: &[Vec<i64>], weights: Weights, expected: [f64; 5]) {
        let found = kappa(table, weights).unwrap();
        let found = [
            found.value,
            found.error,
            found.null_error,
            found.interval.low,
            found.interval.high,
        ];
        for (one, other) in found.into_iter().zip(expected) {
            assert!((one - other).abs() < 1e-9, "{weights:?}: {found:?}");
        }
    }

    #[test]
    fn two_dermatologists() {
        // SAS/STAT user's guide, the FREQ procedure, "Agreement Study": kappa 0.3449 with error 0.0724, 0.2030 to
        // 0.4868; weighted (linear) 0.5082 with 0.0655, 0.3798 to 0.6366. More digits, and the quadratic one:
        // statsmodels 0.15 cohens_kappa.
        let skin = table([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]);
        holds(
            &skin,
            Weights::Equal,
            [
                0.344_875_346_3,
                0.072_396_687_4,
                0.061_184_719_1,
                0.202_980_446_4,
                0.486_770_246_1,
            ],
        );
        holds(
            &skin,
            Weights::Linear,
            [
                0.508_160_071_5,
                0.065_508_381_0,
                0.073_896_668_0,
                0.379_766_004_0,
                0.636_554_139_1,
            ],
        );
        holds(
            &skin,
            Weights::Quadratic,
            [
                0.660_722_891_6,
                0.061_642_832_4,
                0.106_495_182_2,
                0.539_905_160_1,
                0.781_540_623_0,
            ],
        );
    }

    #[test]
    fn two_pathologists() {
        // Agresti, Categorical Data Analysis (2002), 10.5.5, table 10.8: kappa .493 with error .057; statsmodels 0.15.
        let slides = table([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]);
        holds(
            &slides,
            Weights::Equal,
            [
                0.493_005_595_5,
                0.056_743_150_4,
                0.050_138_580_0,
                0.381_791_064_4,
                0.604_220_126_7,
            ],
        );
        holds(
            &slides,
            Weights::Quadratic,
            [
                0.783_821_871_5,
                0.038_670_336_1,
                0.091_048_347_5,
                0.708_029_405_4,
                0.859_614_337_6,
            ],
        );
    }

    #[test]
    fn what_is_no_square_of_counts_or_leaves_nothing_to_chance_has_none() {
        for weights in [Weights::Equal, Weights::Linear, Weights::Quadratic] {
            assert_eq!(kappa(&[], weights), None);
            assert_eq!(kappa(&[vec![5]], weights), None);
            assert_eq!(kappa(&[vec![1, 2], vec![3]], weights), None);
            assert_eq!(kappa(&[vec![1, -2], vec![3, 4]], weights), None);
            assert_eq!(kappa(&[vec![0, 0], vec![0, 0]], weights), None);
            assert_eq!(kappa(&[vec![7, 0], vec![0, 0]], weights), None);
        }
    }

    proptest! {
        #[test]
        fn the_two_raters_and_the_ends_of_the_scale_may_be_exchanged(
            cells in prop::collection::vec(0_i64..20, 9),
        ) {
            let table: Vec<Vec<i64>> = cells.chunks(3).map(<[i64]>::to_vec).collect();
            let exchanged: Vec<Vec<i64>> =
                (0..3).map(|j| table.iter().map(|row| row[j]).collect()).collect();
            let turned: Vec<Vec<i64>> =
                table.iter().rev().map(|row| row.iter().rev().copied().collect()).collect();
            for weights in [Weights::Equal, Weights::Linear, Weights::Quadratic] {
                let found = kappa(&table, weights);
                for other in [kappa(&exchanged, weights), kappa(&turned, weights)] {
                    prop_assert_eq!(found.is_some(), other.is_some());
                    if let (Some(one), Some(other)) = (found, other) {
                        prop_assert!((one.value - other.value).abs() < 1e-9);
                        prop_assert!((one.error - other.error).abs() < 1e-6);
                    }
                }
            }
        }

        #[test]
        fn full_agreement_is_one_and_certain(counts in prop::collection::vec(1_i64..50, 2..6)) {
            let table: Vec<Vec<i64>> = (0..counts.len())
                .map(|i| (0..counts.len()).map(|j| if i == j { counts[i] } else { 0 }).collect())
                .collect();
            for weights in [Weights::Equal, Weights::Linear, Weights::Quadratic] {
                let found = kappa(&table, weights).unwrap();
                prop_assert!((found.value - 1.0).abs() < 1e-12 && found.error < 1e-6);
            }
        }
    }
}
