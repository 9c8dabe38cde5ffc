//! Quantiles of whole numbers: exact from sorted rows, within 4.5 % from a histogram.
//!
//! Rows are read where they are few (a person, a small team). Where they are many, a histogram of
//! fixed logarithmic buckets stands for them: its counts add and subtract exactly, so a month is
//! the sum of its days and a correction leaves no trace.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::intervals::Interval;

/// The percentile of sorted values, interpolated between the two nearest: type 7 of Hyndman & Fan,
/// The American Statistician 50 (1996) 361-365, the one spreadsheets use.
///
/// `None` without values or with `percent` above 100.
pub fn percentile(sorted: &[i64], percent: u32) -> Option<f64> {
    let position = Position::of(sorted.len(), percent)?;
    let low = *sorted.get(position.rank)? as f64;
    // Beyond the last value there is nothing to interpolate with, and nothing is needed.
    let high = sorted.get(position.rank + 1).map_or(low, |&v| v as f64);
    Some(position.between(low, high))
}

/// Twice the median of sorted values: a whole number, so it can be stored and compared exactly.
///
/// `None` without values, and where twice the median does not fit 64 bits.
pub fn twice_median(sorted: &[i64]) -> Option<i64> {
    let n = sorted.len();
    let low = *sorted.get(n.checked_sub(1)? / 2)?;
    let high = *sorted.get(n / 2)?;
    low.checked_add(high)
}

/// The interval of a percentile from sorted values: two of the values, free of any assumption on
/// how they are distributed, covering the percentile with at least 95 %.
///
/// Each end is the innermost order statistic that leaves at most 2.5 % on its side; for the median
/// the two have the same rank from either end. `None` where the values are too few for that (fewer
/// than 6 for the median), and for 0 and 100 %.
/// Source: Conover, Practical Nonparametric Statistics (1999) 3.2; Hahn & Meeker, Statistical
/// Intervals (1991) 5.2.
pub fn percentile_interval(sorted: &[i64], percent: u32) -> Option<Interval> {
    let (low, high) = ranks_of_interval(sorted.len(), percent)?;
    Some(Interval {
        low: *sorted.get(low)? as f64,
        high: *sorted.get(high)? as f64,
    })
}

/// The two indices (from 0) whose values enclose the percentile of n values with at least 95 %.
///
/// The number of values below the percentile is binomial. Its probabilities are formed relative to
/// the largest one, outwards until they vanish: exact for any n, in about √n steps.
fn ranks_of_interval(n: usize, percent: u32) -> Option<(usize, usize)> {
    if n == 0 || percent == 0 || percent >= 100 {
        return None;
    }
    let odds = f64::from(percent) / f64::from(100 - percent);
    let mode = ((n as u128 + 1) * u128::from(percent) / 100) as usize;
    let vanishing = 1e-20;
    let mut weights = vec![1.0];
    let mut first = mode;
    let mut weight = 1.0;
    while first > 0 && weight > vanishing {
        weight *= first as f64 / ((n - first + 1) as f64 * odds);
        first -= 1;
        weights.push(weight);
    }
    weights.reverse();
    let (mut last, mut weight) = (mode, 1.0);
    while last < n && weight > vanishing {
        weight *= (n - last) as f64 * odds / (last + 1) as f64;
        last += 1;
        weights.push(weight);
    }
    let tail = 0.025 * weights.iter().sum::<f64>();
    let fits = |sum: &mut f64, weight: &f64| {
        *sum += weight;
        (*sum <= tail).then_some(())
    };
    let below = weights.iter().scan(0.0, fits).count();
    let above = weights.iter().rev().scan(0.0, fits).count();
    // Counts up to `first + below - 1` are too rare to expect, so that many values surely lie below
    // the percentile, and the value that follows them is the lower end; likewise from above.
    let low = (first + below).checked_sub(1)?;
    let high = last - above;
    (high < n).then_some((low, high))
}

/// Where a percentile lies among n sorted values: after the value at `rank`, by `hundredths` of the
/// way to the next one.
struct Position {
    rank: usize,
    hundredths: u32,
}

impl Position {
    fn of(n: usize, percent: u32) -> Option<Position> {
        if percent > 100 {
            return None;
        }
        let scaled = n.checked_sub(1)? as u128 * u128::from(percent);
        Some(Position {
            rank: (scaled / 100) as usize,
            hundredths: (scaled % 100) as u32,
        })
    }

    fn between(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.hundredths) / 100.0
    }
}

/// The bucket of zero and of anything below it, which have no logarithm.
const ZERO_BUCKET: i16 = -1;

/// The bucket of the largest 64-bit number.
const LAST_BUCKET: i16 = 503;

/// 2^(63 + k/8) for k = 1 to 7, rounded down: where the eighths of an octave begin, for numbers
/// scaled so that their highest bit is bit 63. The true bounds are irrational, so no whole number
/// equals one and "above the rounded one" is exact.
const EIGHTHS: [u64; 7] = [
    10_058_158_527_438_640_870,
    10_968_499_650_544_839_023,
    11_961_233_684_655_323_370,
    13_043_817_825_332_782_212,
    14_224_384_202_002_324_189,
    15_511_800_964_685_064_948,
    16_915_738_899_553_466_670,
];

/// The bucket of a value: floor(8 log2 x), found in whole numbers, -1 for zero and below.
pub fn bucket(value: i64) -> i16 {
    if value <= 0 {
        return ZERO_BUCKET;
    }
    let octave = value.ilog2();
    let scaled = value.unsigned_abs() << (63 - octave);
    let eighth = EIGHTHS.iter().filter(|&&bound| scaled > bound).count();
    // Both fit easily: the octave is at most 62, the eighth at most 7.
    octave as i16 * 8 + eighth as i16
}

/// Counts of values in logarithmic buckets, eight to the octave.
///
/// Its text is `bucket:count` pairs separated by spaces, buckets ascending, so equal histograms
/// have equal text; nothing counted is the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: BTreeMap<i16, i64>,
}

/// A text that is no histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAHistogram;

impl fmt::Display for NotAHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a histogram: bucket:count pairs, buckets ascending, counts of at least 1")
    }
}

impl std::error::Error for NotAHistogram {}

impl Histogram {
    /// Counts one more value.
    pub fn record(&mut self, value: i64) {
        let count = self.counts.entry(bucket(value)).or_default();
        *count = count.saturating_add(1);
    }

    /// Both together; `None` if a count no longer fits 64 bits.
    pub fn checked_add(&self, other: &Histogram) -> Option<Histogram> {
        self.merge(other, i64::checked_add)
    }

    /// This one without the other; `None` if that leaves a count below zero, that is if the other
    /// was not contained in this one.
    pub fn checked_sub(&self, other: &Histogram) -> Option<Histogram> {
        self.merge(other, |ours, theirs| {
            ours.checked_sub(theirs).filter(|&count| count >= 0)
        })
    }

    fn merge(
        &self,
        other: &Histogram,
        join: impl Fn(i64, i64) -> Option<i64>,
    ) -> Option<Histogram> {
        let mut counts = self.counts.clone();
        for (&bucket, &theirs) in &other.counts {
            let ours = counts.entry(bucket).or_default();
            *ours = join(*ours, theirs)?;
        }
        counts.retain(|_, count| *count != 0);
        Some(Histogram { counts })
    }

    /// How many values were counted.
    pub fn n(&self) -> i64 {
        self.counts
            .values()
            .fold(0, |sum: i64, &count| sum.saturating_add(count))
    }

    /// The percentile, type 7 as in [`percentile`], each value taken as the geometric middle of its
    /// bucket: less than 4.5 % from the percentile of the values themselves, zero exactly zero.
    ///
    /// `None` without values or with `percent` above 100.
    pub fn percentile(&self, percent: u32) -> Option<f64> {
        let position = Position::of(usize::try_from(self.n()).ok()?, percent)?;
        let low = self.value_at(position.rank)?;
        let high = self.value_at(position.rank + 1).unwrap_or(low);
        Some(position.between(low, high))
    }

    /// The interval of a percentile as [`percentile_interval`] has it, its ends as near to the values as
    /// the percentile itself.
    pub fn percentile_interval(&self, percent: u32) -> Option<Interval> {
        let (low, high) = ranks_of_interval(usize::try_from(self.n()).ok()?, percent)?;
        Some(Interval {
            low: self.value_at(low)?,
            high: self.value_at(high)?,
        })
    }

    /// The middle of the bucket that holds the value of this rank, counted from 0.
    fn value_at(&self, rank: usize) -> Option<f64> {
        let mut left = i64::try_from(rank).ok()?;
        for (&bucket, &count) in &self.counts {
            if left < count {
                return Some(middle(bucket));
            }
            left -= count;
        }
        None
    }
}

/// The geometric middle of a bucket.
fn middle(bucket: i16) -> f64 {
    if bucket == ZERO_BUCKET {
        0.0
    } else {
        ((f64::from(bucket) + 0.5) / 8.0).exp2()
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (bucket, count)) in self.counts.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{bucket}:{count}")?;
        }
        Ok(())
    }
}

impl FromStr for Histogram {
    type Err = NotAHistogram;

    fn from_str(text: &str) -> Result<Histogram, NotAHistogram> {
        let mut counts = BTreeMap::new();
        for pair in text.split_ascii_whitespace() {
            let (bucket, count) = pair.split_once(':').ok_or(NotAHistogram)?;
            let bucket: i16 = bucket.parse().map_err(|_| NotAHistogram)?;
            let count: i64 = count.parse().map_err(|_| NotAHistogram)?;
            let ascending = counts
                .last_key_value()
                .is_none_or(|(&last, _)| last < bucket);
            if !ascending || count < 1 || !(ZERO_BUCKET..=LAST_BUCKET).contains(&bucket) {
                return Err(NotAHistogram);
            }
            counts.insert(bucket, count);
        }
        Ok(Histogram { counts })
    }
}

#[cfg(test)]
mod tests;
