//! Intraclass correlations: how much of the variation of ratings lies between those who are rated.
//!
//! Source of the six forms: Shrout & Fleiss, Psychological Bulletin 86 (1979) 420-428; of the bounds, McGraw &
//! Wong, Psychological Methods 1 (1996) 30-46, table 7.

use statrs::distribution::{Beta, ContinuousCDF};

use super::intervals::Interval;

/// One correlation, at most 1. It may be negative: then raters differ more about one person than people do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    pub value: f64,
    /// `None` where the ratings leave nothing to chance, as when all raters agree about everybody.
    pub interval: Option<Interval>,
}

/// One model of how raters come to those whom they rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// Of the rating of a single rater; `None` where its variance is estimated as nothing or less.
    pub single: Option<Correlation>,
    /// Of the mean of all raters; `None` as above.
    pub average: Option<Correlation>,
}

/// The three models of a table of ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intraclass {
    /// How many are rated.
    pub rated: usize,
    /// Ratings of each.
    pub raters: usize,
    /// ICC(1): other raters for each of the rated.
    pub one_way: Form,
    /// ICC(2): the same raters for all, standing for others; being stricter counts as disagreement.
    pub random: Form,
    /// ICC(3): the same raters for all, and no others are meant; being stricter does not count.
    pub fixed: Form,
}

/// Mean squares of a table, and its size.
struct Squares {
    n: f64,
    k: f64,
    /// Between the rated.
    rows: f64,
    /// Between the raters.
    columns: f64,
    /// Within the rated.
    within: f64,
    /// Within the rated, less what lies between the raters.
    rest: f64,
}

impl Squares {
    /// In whole numbers up to the division, so that nothing is exactly nothing.
    fn of(table: &[Vec<i64>]) -> Option<Squares> {
        let (n, k) = (table.len(), table.first()?.len());
        if n < 2 || k < 2 || table.iter().any(|row| row.len() != k) {
            return None;
        }
        let mut columns = vec![0_i128; k];
        let (mut squares, mut of_rows, mut total) = (0_i128, 0_i128, 0_i128);
        for row in table {
            let mut sum = 0_i128;
            for (column, &value) in columns.iter_mut().zip(row) {
                let value = i128::from(value);
                *column += value;
                sum += value;
                squares += value * value;
            }
            of_rows += sum * sum;
            total += sum;
        }
        let of_columns: i128 = columns.iter().map(|c| c * c).sum();
        let (rows, width) = (n as i128, k as i128);
        let mean = |numerator: i128, divisor: i128| numerator as f64 / divisor as f64;
        Some(Squares {
            n: n as f64,
            k: k as f64,
            rows: mean(rows * of_rows - total * total, rows * width * (rows - 1)),
            columns: mean(
                width * of_columns - total * total,
                rows * width * (width - 1),
            ),
            within: mean(width * squares - of_rows, width * rows * (width - 1)),
            rest: mean(
                rows * width * squares - rows * of_rows - width * of_columns + total * total,
                rows * width * (rows - 1) * (width - 1),
            ),
        })
    }

    /// ICC(1) or ICC(3): mean squares between the rated against `chance`, which has `freedom` degrees.
    fn against(&self, chance: f64, freedom: f64) -> Form {
        let (k, rows) = (self.k, self.rows);
        let f = rows / chance;
        let between = self.n - 1.0;
        let bounds = f_quantile(between, freedom)
            .zip(f_quantile(freedom, between))
            .filter(|_| chance > 0.0 && rows > 0.0)
            .map(|(upper, lower)| (f / upper, f * lower));
        let interval = |of: fn(f64, f64) -> f64| {
            bounds.map(|(low, high)| Interval {
                low: of(low, k),
                high: of(high, k),
            })
        };
        Form {
            single: correlation(
                rows - chance,
                rows + (k - 1.0) * chance,
                interval(|f, k| (f - 1.0) / (f + k - 1.0)),
            ),
            average: correlation(rows - chance, rows, interval(|f, _| 1.0 - 1.0 / f)),
        }
    }

    /// ICC(2).
    fn random(&self) -> Form {
        let (n, k) = (self.n, self.k);
        let spread = self.rows + (k - 1.0) * self.rest + k * (self.columns - self.rest) / n;
        let single = correlation(
            self.rows - self.rest,
            spread,
            self.random_bounds((self.rows - self.rest) / spread),
        );
        // Spearman and Brown's formula turns the bounds of one into those of the mean while both are on one side
        // of its pole.
        let stepped = |bound: f64| k * bound / (1.0 + (k - 1.0) * bound);
        let interval = single
            .and_then(|s| s.interval)
            .filter(|i| 1.0 + (k - 1.0) * i.low > 0.0)
            .map(|i| Interval {
                low: stepped(i.low),
                high: stepped(i.high),
            });
        Form {
            single,
            average: correlation(
                self.rows - self.rest,
                self.rows + (self.columns - self.rest) / n,
                interval,
            ),
        }
    }

    /// Bounds of ICC(2) single, whose estimate is `value`; the degrees of freedom are Satterthwaite's.
    fn random_bounds(&self, value: f64) -> Option<Interval> {
        let (n, k) = (self.n, self.k);
        let (rows, columns, rest) = (self.rows, self.columns, self.rest);
        if !(rest > 0.0 && rows > 0.0) {
            return None;
        }
        let of_columns = k * value * columns;
        let of_rest = (n * (1.0 + (k - 1.0) * value) - k * value) * rest;
        let freedom = (of_columns + of_rest).powi(2)
            / (of_columns.powi(2) / (k - 1.0) + of_rest.powi(2) / ((n - 1.0) * (k - 1.0)));
        let low = f_quantile(n - 1.0, freedom)?;
        let high = f_quantile(freedom, n - 1.0)?;
        let chance = k * columns + (k * n - k - n) * rest;
        Some(Interval {
            low: n * (rows - low * rest) / (low * chance + n * rows),
            high: n * (high * rows - rest) / (chance + n * high * rows),
        })
    }
}

/// A part of a variance; `None` where the whole is nothing or less.
fn correlation(part: f64, whole: f64, interval: Option<Interval>) -> Option<Correlation> {
    (whole > 0.0).then(|| Correlation {
        value: part / whole,
        interval,
    })
}

/// The 0.975 quantile of Fisher's F, through the beta distribution.
fn f_quantile(above: f64, below: f64) -> Option<f64> {
    let share = Beta::new(above / 2.0, below / 2.0).ok()?.inverse_cdf(0.975);
    let quantile = below * share / (above * (1.0 - share));
    quantile.is_finite().then_some(quantile)
}

/// The intraclass correlations of a table with one row for each of the rated and one column for each rater, in any
/// whole unit.
///
/// Which to read: ICC(1) where each was rated by others, and then the order within a row does not matter; ICC(2)
/// where the same raters rated all. Below .50 poor, to .75 moderate, to .90 good (Koo & Li, Journal of Chiropractic
/// Medicine 15 (2016) 155-163). `None` with fewer than two rows or columns, with rows of different length, and
/// where all ratings are alike: without variation there is nothing to be told apart.
#[must_use]
pub fn intraclass(table: &[Vec<i64>]) -> Option<Intraclass> {
    let squares = Squares::of(table)?;
    if squares.rows == 0.0 && squares.within == 0.0 {
        return None;
    }
    let (n, k) = (squares.n, squares.k);
    Some(Intraclass {
        rated: table.len(),
        raters: table.first()?.len(),
        one_way: squares.against(squares.within, n * (k - 1.0)),
        random: squares.random(),
        fixed: squares.against(squares.rest, (n - 1.0) * (k - 1.0)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Shrout & Fleiss (1979), table 2: six targets, four judges.
    fn published() -> Vec<Vec<i64>> {
        [
            [9, 2, 5, 8],
            [6, 1, 3, 2],
            [8, 4, 6, 8],
            [7, 1, 2, 6],
            [10, 5, 6, 9],
            [6, 2, 4, 7],
        ]
        .map(|row| row.to_vec())
        .to_vec()
    }

    fn all(of: &Intraclass) -> [Option<Correlation>; 6] {
        [of.one_way, of.random, of.fixed]
            .map(|form| [form.single, form.average])
            .concat()
            .try_into()
            .unwrap()
    }

    fn holds(table: &[Vec<i64>], expected: [(f64, f64, f64); 6]) {
        let found = all(&intraclass(table).unwrap());
        for (found, expected) in found.into_iter().zip(expected) {
            let found = found.unwrap();
            let interval = found.interval.unwrap();
            let apart = |a: f64, b: f64| (a - b).abs() > 1e-8 * b.abs().max(1.0);
            assert!(
                !apart(found.value, expected.0)
                    && !apart(interval.low, expected.1)
                    && !apart(interval.high, expected.2),
                "{found:?} is not {expected:?}"
            );
        }
    }

    #[test]
    fn the_six_correlations_of_shrout_and_fleiss() {
        // Their table 4: .17, .29, .71 and .44, .62, .91. The bounds -.13 to .72, .02 to .76, .34 to .95, -.88 to
        // .91, .07 to .93 and .68 to .99 are those of psych 2.4 (R) and pingouin 0.7; more digits from their
        // formulas with scipy 1.17.
        holds(
            &published(),
            [
                (0.165_741_768_4, -0.132_932_324_9, 0.722_560_062_3),
                (0.442_797_133_7, -0.884_442_155_2, 0.912_415_420_3),
                (0.289_763_779_5, 0.018_786_513_4, 0.761_084_369_6),
                (0.620_050_547_6, 0.071_136_815_3, 0.927_232_040_2),
                (0.714_840_714_8, 0.342_464_765_0, 0.945_858_260_0),
                (0.909_315_542_4, 0.675_674_713_8, 0.985_891_678_2),
            ],
        );
    }

    #[test]
    fn raters_who_agree_well_have_correlations_near_one() {
        // pingouin 0.7 for the values, the formulas above with scipy 1.17 for the bounds.
        let table = [
            [300, 350, 250],
            [400, 400, 450],
            [200, 100, 300],
            [500, 450, 400],
            [350, 300, 300],
            [100, 250, 200],
            [450, 500, 500],
        ]
        .map(|row| row.to_vec());
        holds(
            &table,
            [
                (0.795_951_417_0, 0.466_935_512_2, 0.956_698_783_0),
                (0.921_274_601_7, 0.724_353_650_8, 0.985_137_209_7),
                (0.793_865_030_7, 0.433_765_584_4, 0.957_052_661_3),
                (0.920_341_394_0, 0.696_800_554_1, 0.985_262_261_3),
                (0.770_238_095_2, 0.395_855_533_0, 0.951_087_912_1),
                (0.909_559_512_7, 0.662_811_444_1, 0.983_146_407_8),
            ],
        );
    }

    #[test]
    fn raters_who_contradict_each_other_have_none_below_the_pole() {
        // pingouin 0.7: -.947, -36 and -1.846; for the mean of two it prints 4.36 from a variance below nothing.
        let found = intraclass(&[vec![1, 5], vec![4, 2], vec![2, 3], vec![5, 1]]).unwrap();
        let value = |of: Option<Correlation>| (of.unwrap().value * 1e6).round() / 1e6;
        assert_eq!(value(found.one_way.single), -0.947_368);
        assert_eq!(value(found.one_way.average), -36.0);
        assert_eq!(value(found.random.single), -1.846_154);
        assert_eq!(found.random.average, None);
    }

    #[test]
    fn raters_who_agree_about_everybody_have_one_without_bounds() {
        let found = intraclass(&[vec![1, 1, 1], vec![4, 4, 4], vec![2, 2, 2]]).unwrap();
        let one = Some(Correlation {
            value: 1.0,
            interval: None,
        });
        assert_eq!(all(&found), [one; 6]);
    }

    #[test]
    fn a_rater_who_is_always_stricter_disagrees_only_where_that_counts() {
        let found = intraclass(&[vec![1, 3], vec![2, 4], vec![3, 5]]).unwrap();
        assert_eq!(found.fixed.single.unwrap().value, 1.0);
        assert!(found.random.single.unwrap().value < 0.5);
    }

    #[test]
    fn what_is_no_table_or_does_not_vary_has_no_correlation() {
        assert_eq!(intraclass(&[]), None);
        assert_eq!(intraclass(&[vec![1, 2]]), None);
        assert_eq!(intraclass(&[vec![1], vec![2]]), None);
        assert_eq!(intraclass(&[vec![1, 2], vec![2]]), None);
        assert_eq!(intraclass(&[vec![3, 3], vec![3, 3]]), None);
        // The rated do not differ at all, and the mean of the raters has no variance.
        let found = intraclass(&[vec![1, 2], vec![2, 1]]).unwrap();
        assert_eq!(found.one_way.average, None);
    }

    #[test]
    fn quantiles_of_f_are_those_of_scipy() {
        // scipy 1.17 stats.f.ppf(0.975, a, b).
        for (above, below, expected) in [
            (5.0, 18.0, 3.381_967_805_875),
            (18.0, 5.0, 6.361_883_204_654),
            (2.0, 3.7, 11.737_829_918_812),
            (199.0, 400.0, 1.266_264_423_860),
            (2.3, 499.0, 3.502_894_923_699),
            (999.0, 2_997.0, 1.105_179_771_674),
            (99_999.0, 99_999.0, 1.012_473_182_572),
        ] {
            let found = f_quantile(above, below).unwrap();
            assert!(
                (found / expected - 1.0).abs() < 1e-9,
                "{found} is not {expected}"
            );
        }
    }

    fn tables() -> impl Strategy<Value = Vec<Vec<i64>>> {
        (2_usize..8, 2_usize..5)
            .prop_flat_map(|(n, k)| prop::collection::vec(prop::collection::vec(1_i64..=5, k), n))
    }

    proptest! {
        #[test]
        fn the_order_of_the_rated_and_of_the_raters_does_not_matter(table in tables()) {
            let mut turned: Vec<Vec<i64>> = table.clone();
            turned.reverse();
            turned.iter_mut().for_each(|row| row.rotate_left(1));
            prop_assert_eq!(intraclass(&table), intraclass(&turned));
        }

        #[test]
        fn no_correlation_is_above_one_and_each_lies_in_its_interval(table in tables()) {
            if let Some(found) = intraclass(&table) {
                for one in all(&found).into_iter().flatten() {
                    prop_assert!(one.value <= 1.0 + 1e-12);
                    if let Some(interval) = one.interval {
                        prop_assert!(interval.low <= one.value && one.value <= interval.high, "{one:?}");
                    }
                }
            }
        }
    }
}
