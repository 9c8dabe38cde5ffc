//! What a result shows to be missing: figures beyond their threshold with the whole interval. Pure.

use crate::appraisals::model::result::PersonResult;
use crate::appraisals::model::rules::Rules;
use crate::findings::model::Shortfall;
use crate::goals::model::{Aim, Direction, Kpi, MICRO, Status};

/// The figures of a result whose whole interval lies beyond the threshold, each with its KPI. Of a sheet with
/// several versions the last one counts: what went before has been revised.
#[must_use]
pub fn shortfalls<'a>(result: &PersonResult, rules: &'a Rules) -> Vec<(&'a Kpi, Shortfall)> {
    let items = result.versions.last().map(|version| &version.items);
    items
        .into_iter()
        .flatten()
        .filter(|item| item.status == Status::Scored)
        .filter_map(|item| {
            let kpi = rules.kpi(&item.kpi)?;
            let estimate = kpi.estimate(item.figure.as_ref());
            let (value, interval) = (estimate.value?, estimate.interval?);
            let threshold = missed(&item.aim, kpi.direction, (interval.low, interval.high))?;
            Some((
                kpi,
                Shortfall {
                    cycle: result.cycle.clone(),
                    kpi: kpi.code.clone(),
                    value,
                    low: interval.low,
                    high: interval.high,
                    n: estimate.n,
                    threshold,
                },
            ))
        })
        .collect()
}

/// The threshold that all of an interval misses.
fn missed(aim: &Aim, direction: Direction, (low, high): (f64, f64)) -> Option<f64> {
    let unit = |u: i64| u as f64 / MICRO as f64;
    match (*aim, direction) {
        (Aim::Steps { threshold_u, .. }, Direction::Higher) => {
            Some(unit(threshold_u)).filter(|threshold| high < *threshold)
        }
        (Aim::Steps { threshold_u, .. }, Direction::Lower) => {
            Some(unit(threshold_u)).filter(|threshold| low > *threshold)
        }
        (
            Aim::Band {
                outer_low_u,
                outer_high_u,
                ..
            },
            _,
        ) => [
            Some(unit(outer_low_u)).filter(|limit| high < *limit),
            Some(unit(outer_high_u)).filter(|limit| low > *limit),
        ]
        .into_iter()
        .flatten()
        .next(),
        (Aim::Steps { .. }, Direction::Band) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_interval_that_misses_the_threshold_whole_is_a_shortfall() {
        let steps = Aim::Steps {
            stretch_u: 95 * MICRO,
            target_u: 90 * MICRO,
            threshold_u: 80 * MICRO,
        };
        let of = |low, high| missed(&steps, Direction::Higher, (low, high));
        assert_eq!(of(70.0, 79.9), Some(80.0));
        assert_eq!(of(70.0, 80.0), None, "the end on the threshold reaches it");
        assert_eq!(of(81.0, 99.0), None);
        let lower = Aim::Steps {
            stretch_u: 0,
            target_u: MICRO,
            threshold_u: 2 * MICRO,
        };
        let of = |low, high| missed(&lower, Direction::Lower, (low, high));
        assert_eq!(of(2.1, 9.0), Some(2.0));
        assert_eq!(of(2.0, 9.0), None);
    }

    #[test]
    fn a_band_is_missed_beyond_either_outer_limit() {
        let band = Aim::Band {
            high_u: 300 * MICRO,
            low_u: 200 * MICRO,
            outer_high_u: 400 * MICRO,
            outer_low_u: 100 * MICRO,
        };
        let of = |low, high| missed(&band, Direction::Band, (low, high));
        assert_eq!(of(401.0, 500.0), Some(400.0));
        assert_eq!(of(50.0, 99.0), Some(100.0));
        assert_eq!(of(150.0, 450.0), None);
    }
}
