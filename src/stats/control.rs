//! Control charts of single values (XmR): which points of a series are more than noise.
//!
//! The limits come from the moving range, that is from how far neighbours lie apart, so a slow
//! drift does not widen the limits it should be found by.

use serde::Serialize;

/// Below this many points there is no chart: the limits would be a guess.
pub const FEWEST_POINTS: usize = 8;

/// Three standard deviations in units of the mean moving range: 3 / d2, d2 = 1.128 for pairs.
const LIMIT_FACTOR: f64 = 2.660;

/// Upper limit of the moving range in units of its mean: D4 for pairs.
const RANGE_FACTOR: f64 = 3.267;

/// Rule 2 asks for this many points in a row on one side of the centre.
const SAME_SIDE: usize = 9;

/// Rule 3 asks for this many points in a row that all rise or all fall.
const TREND: usize = 6;

/// A reason to look at a point: rules 1 to 3 of Nelson, Journal of Quality Technology 16 (1984)
/// 237-239.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Rule 1: beyond a control limit. A point on the limit is not beyond it.
    BeyondLimit,
    /// Rule 2: the ninth or a later point in a row on the same side of the centre. A point on the
    /// centre ends the row.
    NineOnOneSide,
    /// Rule 3: the sixth or a later point in a row that steadily rises or steadily falls. Two equal
    /// neighbours end the row.
    SixInATrend,
}

/// One point and one rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Signal {
    /// Index of the point in the series, from 0.
    pub point: usize,
    /// The rule it breaks.
    pub rule: Rule,
}

/// Centre, limits and signals of a series, in the unit of its points.
///
/// The limits are those of the arithmetic: a lower limit of a share or a time may lie below zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct XmrChart {
    /// Mean of the points.
    pub centre: f64,
    /// Centre less 2.660 mean moving ranges.
    pub lower: f64,
    /// Centre plus 2.660 mean moving ranges.
    pub upper: f64,
    /// Distances of neighbours, one fewer than points.
    pub ranges: Vec<f64>,
    /// Mean of the moving ranges.
    pub mean_range: f64,
    /// Upper limit of a moving range, 3.267 times their mean.
    pub range_limit: f64,
    /// What is more than noise, in order of points and then of rules.
    pub signals: Vec<Signal>,
}

/// The XmR chart of a series in order of time.
///
/// `None` with fewer than [`FEWEST_POINTS`] points, or with one that is not a finite number.
/// Limits after Wheeler & Chambers, Understanding Statistical Process Control (1992).
#[must_use]
pub fn xmr(points: &[f64]) -> Option<XmrChart> {
    xmr_frozen(points, points.len())
}

/// The chart of a series whose centre and limits are those of its first `before` points: what comes after
/// is held against how it was.
///
/// `None` with fewer than [`FEWEST_POINTS`] points before, fewer points in all than that, or with one that
/// is not a finite number.
#[must_use]
pub fn xmr_frozen(points: &[f64], before: usize) -> Option<XmrChart> {
    if before < FEWEST_POINTS || points.iter().any(|point| !point.is_finite()) {
        return None;
    }
    let centre = mean(points.get(..before)?);
    let ranges: Vec<f64> = points
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .collect();
    let mean_range = mean(&ranges[..before - 1]);
    let (lower, upper) = (
        centre - LIMIT_FACTOR * mean_range,
        centre + LIMIT_FACTOR * mean_range,
    );
    Some(XmrChart {
        centre,
        lower,
        upper,
        mean_range,
        range_limit: RANGE_FACTOR * mean_range,
        ranges,
        signals: signals(points, centre, lower, upper),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Walks the series once, keeping the length of the present row on one side and in one direction.
fn signals(points: &[f64], centre: f64, lower: f64, upper: f64) -> Vec<Signal> {
    let mut found = Vec::new();
    let mut side = Row::default();
    let mut trend = Row::default();
    for (point, &value) in points.iter().enumerate() {
        side.go_on(sign(value - centre));
        if point > 0 {
            trend.go_on(sign(value - points[point - 1]));
        }
        // A row of equal steps joins one point more than it has steps.
        let broken = [
            (Rule::BeyondLimit, value < lower || value > upper),
            (Rule::NineOnOneSide, side.length >= SAME_SIDE),
            (Rule::SixInATrend, trend.length + 1 >= TREND),
        ];
        found.extend(
            broken
                .into_iter()
                .filter(|&(_, broken)| broken)
                .map(|(rule, _)| Signal { point, rule }),
        );
    }
    found
}

/// 1 above zero, -1 below, 0 at zero.
fn sign(difference: f64) -> i8 {
    i8::from(difference > 0.0) - i8::from(difference < 0.0)
}

/// A row of equal signs; a sign of zero ends it.
#[derive(Default)]
struct Row {
    sign: i8,
    length: usize,
}

impl Row {
    fn go_on(&mut self, sign: i8) {
        self.length = match sign {
            0 => 0,
            same if same == self.sign => self.length + 1,
            _ => 1,
        };
        self.sign = sign;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flow rates of ten batches, NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2.
    const FLOW_RATES: [f64; 10] = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];

    fn broken(points: &[f64], rule: Rule) -> Vec<usize> {
        signals(points, 0.0, -100.0, 100.0)
            .into_iter()
            .filter(|signal| signal.rule == rule)
            .map(|signal| signal.point)
            .collect()
    }

    #[test]
    fn the_individuals_chart_of_the_nist_handbook() {
        let chart = xmr(&FLOW_RATES).unwrap();
        assert!((chart.centre - 50.81).abs() < 1e-9);
        assert!((chart.mean_range - 1.8778).abs() < 5e-5);
        // The handbook takes 3 / 1.128 = 2.6596 where this chart takes the customary 2.660.
        assert!((chart.upper - 55.8041).abs() < 1e-3);
        assert!((chart.lower - 45.8159).abs() < 1e-3);
        assert!((chart.range_limit - 6.1347).abs() < 5e-4);
        assert_eq!(chart.ranges.len(), 9);
        assert_eq!(chart.signals, []);
    }

    #[test]
    fn frozen_limits_know_nothing_of_what_comes_after() {
        let mut points = FLOW_RATES.to_vec();
        points.extend([70.0, 50.0]);
        let chart = xmr_frozen(&points, 10).unwrap();
        let before = xmr(&FLOW_RATES).unwrap();
        assert_eq!(
            (chart.centre, chart.lower, chart.upper),
            (before.centre, before.lower, before.upper)
        );
        assert_eq!(chart.ranges.len(), 11);
        let beyond = Signal {
            point: 10,
            rule: Rule::BeyondLimit,
        };
        assert_eq!(chart.signals, [beyond]);
        assert_eq!(xmr_frozen(&points, 7), None);
        assert_eq!(xmr_frozen(&FLOW_RATES, 11), None);
    }

    #[test]
    fn seven_points_make_no_chart_and_eight_do() {
        assert_eq!(xmr(&FLOW_RATES[..7]), None);
        assert!(xmr(&FLOW_RATES[..8]).is_some());
        assert_eq!(xmr(&[f64::NAN; 10]), None);
    }

    #[test]
    fn a_constant_series_has_no_width_and_no_signal() {
        let chart = xmr(&[5.0; 12]).unwrap();
        assert_eq!((chart.lower, chart.upper), (5.0, 5.0));
        assert_eq!(chart.signals, []);
    }

    #[test]
    fn a_single_outlier_is_beyond_the_limit() {
        let mut points: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
        points[12] = 9.0;
        let chart = xmr(&points).unwrap();
        assert_eq!(
            chart.signals,
            [Signal {
                point: 12,
                rule: Rule::BeyondLimit
            }]
        );
    }

    #[test]
    fn a_point_on_the_limit_is_not_beyond_it() {
        let found = signals(&[-1.0, 1.0, 1.1, -1.1], 0.0, -1.0, 1.0);
        let points: Vec<usize> = found.iter().map(|signal| signal.point).collect();
        assert_eq!(points, [2, 3]);
    }

    #[test]
    fn the_ninth_point_on_one_side_is_the_first_to_break_rule_two() {
        assert!(broken(&[1.0; 8], Rule::NineOnOneSide).is_empty());
        assert_eq!(broken(&[1.0; 10], Rule::NineOnOneSide), [8, 9]);
        assert_eq!(broken(&[-1.0; 9], Rule::NineOnOneSide), [8]);
    }

    #[test]
    fn a_point_on_the_centre_or_across_it_ends_the_row() {
        for interruption in [0.0, -1.0] {
            let mut points = vec![1.0; 12];
            points[5] = interruption;
            assert!(broken(&points, Rule::NineOnOneSide).is_empty());
        }
    }

    #[test]
    fn the_sixth_rising_or_falling_point_is_the_first_to_break_rule_three() {
        let rising: Vec<f64> = (0..7).map(f64::from).collect();
        let falling: Vec<f64> = rising.iter().map(|x| -x).collect();
        assert!(broken(&rising[..5], Rule::SixInATrend).is_empty());
        assert_eq!(broken(&rising, Rule::SixInATrend), [5, 6]);
        assert_eq!(broken(&falling, Rule::SixInATrend), [5, 6]);
    }

    #[test]
    fn equal_neighbours_end_a_trend() {
        let points = [1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0];
        assert!(broken(&points, Rule::SixInATrend).is_empty());
    }

    #[test]
    fn a_shift_of_level_is_found_by_rule_two() {
        let noise = [0.3, -0.2, 0.1, -0.4, 0.2, -0.1, 0.4, -0.3, 0.0, 0.1];
        let points: Vec<f64> = noise
            .iter()
            .map(|x| 10.0 + x)
            .chain(noise.iter().map(|x| 12.0 + x))
            .collect();
        let chart = xmr(&points).unwrap();
        assert!(chart.signals.contains(&Signal {
            point: 8,
            rule: Rule::NineOnOneSide
        }));
        assert!(chart.signals.contains(&Signal {
            point: 18,
            rule: Rule::NineOnOneSide
        }));
    }
}
