//! KPIs and attainment: what is aimed at, and how many points a figure earns. Pure and exact: points
//! are computed in integer ratios. `sheet` holds what a goal sheet is made of and how it is agreed, `note`
//! the notes of a quarter, `typed` figures that people state.

pub mod note;
pub mod sheet;
pub mod typed;

use serde::{Deserialize, Serialize};

pub use crate::evidence::measures::{
    Direction, Duration, Estimate, Exact, Figure, Flag, MICRO, Measure, Quantity, Status, Unit,
    half_up,
};

/// The family a KPI belongs to (domain.md 2.3). A goal sheet holds at least one of the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Quality,
    Efficiency,
    Satisfaction,
    Growth,
    Load,
}

/// One version of a KPI of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kpi {
    pub code: String,
    pub dimension: Dimension,
    pub direction: Direction,
    pub formula_en: String,
    pub formula_zh: String,
    /// `None`: typed in, not computed from evidence.
    pub measure: Option<Measure>,
    /// Fewer records than this give no points (default 5).
    pub min_n: i64,
    pub name_en: String,
    pub name_zh: String,
    pub unit: Unit,
    pub version_no: i32,
}

/// What is aimed at, in millionths of the KPI's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// For "higher" strictly rising, for "lower" strictly falling.
    Steps {
        stretch_u: i64,
        target_u: i64,
        threshold_u: i64,
    },
    /// 100 points from `low` to `high`, falling to 0 at the outer limits.
    Band {
        high_u: i64,
        low_u: i64,
        outer_high_u: i64,
        outer_low_u: i64,
    },
}

impl Kpi {
    /// Whether `figure` may earn points: none without data, none below the minimum n.
    #[must_use]
    pub fn status(&self, figure: Option<&Figure>) -> Status {
        Status::of(figure, self.min_n)
    }

    /// Points in hundredths, 0 to 12,000, of a figure that counts; `None` of one that does not.
    #[must_use]
    pub fn points_h(&self, figure: Option<&Figure>, aim: &Aim) -> Option<i64> {
        if self.status(figure) != Status::Scored {
            return None;
        }
        let x = figure?.exact(self.measure)?;
        Some(aim.points_h(x, self.direction))
    }

    /// Points in hundredths that a value would earn, however many records it came from: for the ends of an
    /// interval.
    #[must_use]
    pub fn points_at_h(&self, value: f64, aim: &Aim) -> i64 {
        let num = (value * MICRO as f64).round() as i128;
        aim.points_h(Exact { num, den: 1 }, self.direction)
    }

    /// Printed value and interval; all empty without data.
    #[must_use]
    pub fn estimate(&self, figure: Option<&Figure>) -> Estimate {
        match figure {
            Some(figure) => figure.estimate(self.measure),
            None => Estimate {
                n: 0,
                value: None,
                interval: None,
            },
        }
    }
}

impl Aim {
    /// Whether the values stand in the order that `direction` asks for.
    #[must_use]
    pub fn is_ordered(&self, direction: Direction) -> bool {
        match (*self, direction) {
            (
                Aim::Steps {
                    stretch_u,
                    target_u,
                    threshold_u,
                },
                Direction::Higher,
            ) => threshold_u < target_u && target_u < stretch_u,
            (
                Aim::Steps {
                    stretch_u,
                    target_u,
                    threshold_u,
                },
                Direction::Lower,
            ) => threshold_u > target_u && target_u > stretch_u,
            (
                Aim::Band {
                    high_u,
                    low_u,
                    outer_high_u,
                    outer_low_u,
                },
                Direction::Band,
            ) => outer_low_u < low_u && low_u <= high_u && high_u < outer_high_u,
            _ => false,
        }
    }

    /// Piecewise-linear attainment (product.md 9): below threshold 0, threshold 60, target 100,
    /// stretch 120 and capped; rounded half-up to a hundredth once.
    fn points_h(&self, x: Exact, direction: Direction) -> i64 {
        let Exact { num, den } = x;
        // Where x stands between two marks, times `span`: (x - from) / (to - from) scaled to points.
        let between = |from: i64, to: i64, base: i128, rise: i128| -> i64 {
            let width = i128::from(to - from) * den;
            let way = num - i128::from(from) * den;
            half_up(base * width + rise * way, width)
        };
        // "Lower" is "higher" with every sign turned.
        let sign = if direction == Direction::Lower { -1 } else { 1 };
        let reached = |mark: i64| sign * num >= sign * i128::from(mark) * den;
        match *self {
            Aim::Steps {
                stretch_u,
                target_u,
                threshold_u,
            } => {
                if reached(stretch_u) {
                    12_000
                } else if reached(target_u) {
                    between(target_u, stretch_u, 10_000, 2_000)
                } else if reached(threshold_u) {
                    between(threshold_u, target_u, 6_000, 4_000)
                } else {
                    0
                }
            }
            Aim::Band {
                high_u,
                low_u,
                outer_high_u,
                outer_low_u,
            } => {
                if !reached(outer_low_u) || num > i128::from(outer_high_u) * den {
                    0
                } else if !reached(low_u) {
                    between(outer_low_u, low_u, 0, 10_000)
                } else if num <= i128::from(high_u) * den {
                    10_000
                } else {
                    between(outer_high_u, high_u, 0, 10_000)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(hits: i64, n: i64) -> Figure {
        Figure::Share { hits, n }
    }

    fn kpi(direction: Direction, measure: Measure) -> Kpi {
        Kpi {
            code: "k".into(),
            dimension: Dimension::Quality,
            direction,
            formula_en: String::new(),
            formula_zh: String::new(),
            measure: Some(measure),
            min_n: 5,
            name_en: String::new(),
            name_zh: String::new(),
            unit: Unit::Percent,
            version_no: 1,
        }
    }

    const UP: Aim = Aim::Steps {
        threshold_u: 80 * MICRO,
        target_u: 90 * MICRO,
        stretch_u: 95 * MICRO,
    };

    #[test]
    fn points_meet_their_marks_exactly() {
        let k = kpi(Direction::Higher, Measure::Share(Flag::Sla));
        let points = |hits, n| k.points_h(Some(&share(hits, n)), &UP);
        assert_eq!(points(799, 1000), Some(0));
        assert_eq!(points(800, 1000), Some(6000));
        assert_eq!(points(850, 1000), Some(8000));
        assert_eq!(points(900, 1000), Some(10_000));
        assert_eq!(points(925, 1000), Some(11_000));
        assert_eq!(points(950, 1000), Some(12_000));
        assert_eq!(points(1000, 1000), Some(12_000));
    }

    #[test]
    fn lower_is_better_turns_every_sign() {
        let k = kpi(Direction::Lower, Measure::Share(Flag::Reopened));
        let aim = Aim::Steps {
            threshold_u: 20 * MICRO,
            target_u: 10 * MICRO,
            stretch_u: 5 * MICRO,
        };
        let points = |hits, n| k.points_h(Some(&share(hits, n)), &aim);
        assert_eq!(points(201, 1000), Some(0));
        assert_eq!(points(200, 1000), Some(6000));
        assert_eq!(points(150, 1000), Some(8000));
        assert_eq!(points(100, 1000), Some(10_000));
        assert_eq!(points(75, 1000), Some(11_000));
        assert_eq!(points(50, 1000), Some(12_000));
        assert_eq!(points(0, 1000), Some(12_000));
    }

    #[test]
    fn a_band_falls_to_nothing_at_its_outer_limits() {
        let k = kpi(Direction::Band, Measure::Mean(Quantity::Handle));
        let aim = Aim::Band {
            outer_low_u: 100 * MICRO,
            low_u: 200 * MICRO,
            high_u: 300 * MICRO,
            outer_high_u: 500 * MICRO,
        };
        let points = |mean: i64| {
            let f = Figure::Mean {
                n: 10,
                sum: mean * 10,
                sumsq: mean * mean * 10,
            };
            k.points_h(Some(&f), &aim)
        };
        assert_eq!(points(99), Some(0));
        assert_eq!(points(100), Some(0));
        assert_eq!(points(150), Some(5000));
        assert_eq!(points(200), Some(10_000));
        assert_eq!(points(300), Some(10_000));
        assert_eq!(points(400), Some(5000));
        assert_eq!(points(501), Some(0));
    }

    #[test]
    fn too_few_records_are_shown_but_earn_no_points() {
        let k = kpi(Direction::Higher, Measure::Share(Flag::Sla));
        let four = share(4, 4);
        assert_eq!(k.status(Some(&four)), Status::TooFew);
        assert_eq!(k.points_h(Some(&four), &UP), None);
        assert_eq!(k.estimate(Some(&four)).value, Some(100.0));
        assert_eq!(k.status(None), Status::NoData);
        assert_eq!(k.status(Some(&share(5, 5))), Status::Scored);
    }

    proptest! {
        #[test]
        fn more_of_a_good_thing_never_earns_less(a in 0i64..=1000, b in 0i64..=1000) {
            let k = kpi(Direction::Higher, Measure::Share(Flag::Sla));
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(k.points_h(Some(&share(low, 1000)), &UP) <= k.points_h(Some(&share(high, 1000)), &UP));
        }

        #[test]
        fn points_stay_between_nothing_and_the_cap(hits in 0i64..=500, n in 500i64..=500_000) {
            let k = kpi(Direction::Lower, Measure::Share(Flag::Reopened));
            let aim = Aim::Steps { threshold_u: 20 * MICRO, target_u: 10 * MICRO, stretch_u: MICRO };
            let p = k.points_h(Some(&share(hits, n)), &aim).unwrap();
            prop_assert!((0..=12_000).contains(&p));
        }
    }
}
