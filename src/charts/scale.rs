//! From numbers to positions: round axis steps and the share of the axis at which a value lies.

/// Values beyond this are drawn at it, so that no difference of two of them overflows.
const LARGEST: f64 = 1e300;

/// Differences below this count as none.
const SMALLEST: f64 = 1e-300;

/// A linear axis from its first to its last round step.
#[derive(Debug)]
pub struct Scale {
    /// Round values, rising, at least two.
    pub ticks: Vec<f64>,
}

impl Scale {
    /// An axis that holds all finite `values`, with about `steps` round steps; `None` without any.
    pub fn over(values: impl IntoIterator<Item = f64>, steps: u32) -> Option<Self> {
        let (low, high) = range(values)?;
        Some(Self {
            ticks: nice_ticks(low, high, steps),
        })
    }

    /// An axis from the least to the greatest of the finite `values`; `None` without any.
    pub fn within(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = range(values)?;
        Some(Self {
            ticks: vec![low, high],
        })
    }

    /// Where `value` lies, from 0 (first step) to 1 (last step), held within them.
    pub fn share(&self, value: f64) -> f64 {
        let first = self.ticks.first().copied().unwrap_or(0.0);
        let last = self.ticks.last().copied().unwrap_or(1.0);
        ((value - first) / (last - first)).clamp(0.0, 1.0)
    }
}

/// The least and the greatest of the finite values; a range too small to show is widened around them.
fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values
        .into_iter()
        .filter(|v| v.is_finite())
        .map(|v| v.clamp(-LARGEST, LARGEST))
        .fold(None, |range: Option<(f64, f64)>, v| {
            Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
        })?;
    let size = low.abs().max(high.abs());
    if high - low > (size * 1e-9).max(SMALLEST) {
        return Some((low, high));
    }
    let half = if size > SMALLEST { size * 0.05 } else { 0.5 };
    Some((low - half, high + half))
}

/// Round steps (1, 2, 2.5 or 5 times a power of ten) that cover `low..=high`, about `steps` of them.
fn nice_ticks(low: f64, high: f64, steps: u32) -> Vec<f64> {
    let rough = (high - low) / f64::from(steps.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|round| round * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let first = (low / step + 1e-9).floor();
    let count = ((high / step - 1e-9).ceil() - first).max(1.0);
    (0..=count as u32)
        // Adding 0.0 turns a negative zero into a plain one.
        .map(|i| (first + f64::from(i)) * step + 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_cover_the_values() {
        assert_eq!(
            nice_ticks(0.0, 100.0, 5),
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
        );
        assert_eq!(nice_ticks(81.3, 94.6, 4), [80.0, 85.0, 90.0, 95.0]);
        assert_eq!(
            nice_ticks(-37.0, 62.0, 5),
            [-40.0, -20.0, 0.0, 20.0, 40.0, 60.0, 80.0]
        );
        assert_eq!(
            nice_ticks(0.12, 0.31, 4),
            [
                0.1,
                0.15000000000000002,
                0.2,
                0.25,
                0.30000000000000004,
                0.35000000000000003
            ]
        );
    }

    #[test]
    fn a_single_value_gets_an_axis_around_it() {
        for value in [0.0, 7.0, -3.5, 1e300, 5e-324] {
            let scale = Scale::over([value], 4).unwrap();
            assert!(scale.ticks.len() >= 2, "{value}");
            assert!(
                scale.ticks[0] < value.max(1e-300) && scale.ticks.last() > Some(&value),
                "{value}"
            );
            assert!(scale.ticks.iter().all(|t| t.is_finite()), "{value}");
        }
    }

    #[test]
    fn huge_and_non_finite_values_give_a_finite_axis() {
        let scale = Scale::over([f64::MAX, f64::MIN, f64::NAN, f64::INFINITY], 5).unwrap();
        assert!(scale.ticks.iter().all(|t| t.is_finite()));
        assert!((0.0..=1.0).contains(&scale.share(f64::MAX)));
        assert!(Scale::over([f64::NAN, f64::INFINITY], 5).is_none());
        assert!(Scale::over([], 5).is_none());
    }

    #[test]
    fn shares_keep_the_order_of_values_and_stay_on_the_axis() {
        let scale = Scale::over([-20.0, 60.0], 5).unwrap();
        assert_eq!(scale.share(-20.0), 0.0);
        assert!(scale.share(0.0) < scale.share(0.1));
        assert_eq!(scale.share(1e9), 1.0);
    }
}
