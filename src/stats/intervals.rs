//! Intervals of 95 %, two-sided: how far a figure may be from what it stands for.
//!
//! Every function takes counts or tallies, so an interval costs the same for ten records and for
//! ten million.

use std::sync::LazyLock;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Gamma, StudentsT};

use super::tally::Tally;

/// The 0.975 quantile of the standard normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// From this many degrees of freedom on, the t quantile is taken from its expansion, which is then
/// accurate to 1e-11, while the inverted incomplete beta function loses digits as they grow.
const EXPANSION_FROM: f64 = 200.0;

/// The t quantiles of whole degrees of freedom below [`EXPANSION_FROM`], index 0 for one degree:
/// the ones a page of small samples asks for again and again.
static SMALL_T: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (1..EXPANSION_FROM as i32)
        .map(|freedom| invert_t(f64::from(freedom)))
        .collect()
});

/// The gamma quantiles of [`poisson_rate`] for fewer than this many events, kept because inverting
/// the gamma function takes longer than all else on a page and the counts of a person are small.
const FEW_EVENTS: usize = 100;

/// Low and high quantile by the number of events.
static FEW: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    (0..FEW_EVENTS)
        .map(|events| garwood(events as f64))
        .collect()
});

/// Two ends of an interval, both included, `low` at most `high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The Wilson score interval of a proportion, from 0 to 1.
///
/// `None` unless 0 <= successes <= n and n >= 1. With no success the lower end is exactly 0, with
/// nothing but successes the upper end is exactly 1.
/// Source: Wilson 1927; method 3 of Newcombe, Statistics in Medicine 17 (1998) 857-872.
pub fn wilson(successes: i64, n: i64) -> Option<Interval> {
    if n < 1 || !(0..=n).contains(&successes) {
        return None;
    }
    let (x, count) = (successes as f64, n as f64);
    let denominator = count + Z * Z;
    let centre = (x + Z * Z / 2.0) / denominator;
    let half = Z * (x * (count - x) / count + Z * Z / 4.0).sqrt() / denominator;
    Some(Interval {
        low: if successes == 0 { 0.0 } else { centre - half },
        high: if successes == n { 1.0 } else { centre + half },
    })
}

/// Student's interval of a mean, in the unit of the tally.
///
/// `None` with fewer than two values. Values that are all equal give an interval of no width: it
/// says only that the sample showed no spread, so print n beside it.
pub fn mean_t(tally: &Tally) -> Option<Interval> {
    let variance = tally.variance()?;
    let half = t_quantile((tally.n - 1) as f64) * (variance / tally.n as f64).sqrt();
    let mean = tally.mean()?;
    Some(Interval {
        low: mean - half,
        high: mean + half,
    })
}

/// The exact interval of a Poisson rate, in events per unit of exposure.
///
/// `None` unless events >= 0 and exposure >= 1. With no events the lower end is exactly 0.
/// Source: Garwood, Biometrika 28 (1936) 437-442; chi-square quantiles with 2x and 2x + 2 degrees
/// of freedom, halved, which are gamma quantiles with shapes x and x + 1.
pub fn poisson_rate(events: i64, exposure: i64) -> Option<Interval> {
    if events < 0 || exposure < 1 {
        return None;
    }
    let (low, high) = usize::try_from(events)
        .ok()
        .and_then(|few| FEW.get(few).copied())
        .unwrap_or_else(|| garwood(events as f64));
    let t = exposure as f64;
    (!high.is_nan()).then_some(Interval {
        low: low / t,
        high: high / t,
    })
}

/// The ends of the interval of the mean behind a number of events.
fn garwood(events: f64) -> (f64, f64) {
    // The shapes are positive, and only others are refused.
    let quantile =
        |shape: f64, p: f64| Gamma::new(shape, 1.0).map_or(f64::NAN, |g| g.inverse_cdf(p));
    let low = if events == 0.0 {
        0.0
    } else {
        quantile(events, 0.025)
    };
    (low, quantile(events + 1.0, 0.975))
}

/// The adjusted Wald interval of a Net Promoter Score, on its scale from -100 to 100.
///
/// `None` unless promoters and detractors are counts that together do not exceed n, and n >= 1.
/// Three quarters of an answer are added to promoters and to detractors and three to n; the
/// interval lies around the score of the answers so enlarged, and is cut at the ends of the scale.
/// Source: the best of six methods in Rocks, The American Statistician 70 (2016) 365-372.
pub fn nps(promoters: i64, detractors: i64, n: i64) -> Option<Interval> {
    let passives = n.checked_sub(promoters)?.checked_sub(detractors)?;
    if n < 1 || promoters < 0 || detractors < 0 || passives < 0 {
        return None;
    }
    let count = n as f64 + 3.0;
    let p = (promoters as f64 + 0.75) / count;
    let d = (detractors as f64 + 0.75) / count;
    let score = p - d;
    let half = Z * ((p + d - score * score) / count).sqrt();
    Some(Interval {
        low: (100.0 * (score - half)).max(-100.0),
        high: (100.0 * (score + half)).min(100.0),
    })
}

/// The interval of a difference of two independent proportions, first minus second, -1 to 1.
///
/// `None` where [`wilson`] has none for either.
/// Source: method 10 of Newcombe, Statistics in Medicine 17 (1998) 873-890.
pub fn newcombe_difference(first: (i64, i64), second: (i64, i64)) -> Option<Interval> {
    let (w1, w2) = (wilson(first.0, first.1)?, wilson(second.0, second.1)?);
    let p1 = first.0 as f64 / first.1 as f64;
    let p2 = second.0 as f64 / second.1 as f64;
    let difference = p1 - p2;
    Some(Interval {
        low: difference - (p1 - w1.low).hypot(w2.high - p2),
        high: difference + (w1.high - p1).hypot(p2 - w2.low),
    })
}

/// Welch's interval of a difference of two means, first minus second, in the unit of the tallies.
///
/// The variances need not be equal. `None` with fewer than two values on either side. Where neither
/// side shows any spread the interval has no width, as in [`mean_t`].
/// Source: Welch, Biometrika 34 (1947) 28-35, degrees of freedom after Satterthwaite.
pub fn welch(first: &Tally, second: &Tally) -> Option<Interval> {
    let (difference, spread) = Spread::of(first, second)?;
    let half = spread.map_or(0.0, |s| t_quantile(s.freedom) * s.error);
    Some(Interval {
        low: difference - half,
        high: difference + half,
    })
}

/// Whether the interval of [`welch`] leaves out zero. Most comparisons are decided without the quantile
/// of degrees of freedom that are not whole, which takes longer than all else: it lies between the
/// normal one and that of the whole degrees below.
pub fn means_differ(first: &Tally, second: &Tally) -> Option<bool> {
    let (difference, spread) = Spread::of(first, second)?;
    let Some(Spread { error, freedom }) = spread else {
        return Some(difference != 0.0);
    };
    let beyond = |quantile: f64| difference.abs() > quantile * error;
    if !beyond(Z) || beyond(t_quantile(freedom.floor().max(1.0))) {
        return Some(beyond(Z));
    }
    welch(first, second).map(|i| i.low > 0.0 || i.high < 0.0)
}

/// The standard error of a difference of two means.
struct Spread {
    error: f64,
    /// At least that of the smaller sample, one or more.
    freedom: f64,
}

impl Spread {
    /// The difference of the means, and its spread unless neither side shows any.
    fn of(first: &Tally, second: &Tally) -> Option<(f64, Option<Spread>)> {
        let (n1, n2) = (first.n as f64, second.n as f64);
        let (e1, e2) = (first.variance()? / n1, second.variance()? / n2);
        let difference = first.mean()? - second.mean()?;
        let squared = e1 + e2;
        let spread = (squared != 0.0).then(|| Spread {
            error: squared.sqrt(),
            freedom: squared * squared / (e1 * e1 / (n1 - 1.0) + e2 * e2 / (n2 - 1.0)),
        });
        Some((difference, spread))
    }
}

/// The 0.975 quantile of Student's t, for one degree of freedom or more, whole or not.
pub(super) fn t_quantile(freedom: f64) -> f64 {
    if freedom >= EXPANSION_FROM {
        return expand_t(freedom);
    }
    if freedom.fract() == 0.0
        && let Some(&known) = SMALL_T.get(freedom as usize - 1)
    {
        return known;
    }
    invert_t(freedom)
}

/// By inverting the distribution function: accurate to 1e-12 below [`EXPANSION_FROM`].
fn invert_t(freedom: f64) -> f64 {
    // The degrees of freedom are positive wherever this is called, and only others are refused.
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(0.975))
}

/// By the Cornish-Fisher expansion around the normal quantile.
/// Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.5.
fn expand_t(freedom: f64) -> f64 {
    let square = Z * Z;
    let g1 = Z * (square + 1.0) / 4.0;
    let g2 = Z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let g3 = Z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let g4 = Z * ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0)
        / 92_160.0;
    Z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom
}

#[cfg(test)]
mod tests;
