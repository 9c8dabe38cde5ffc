//! Measures and figures: what can be read from evidence, and what came out. Exact: a figure is whole
//! numbers that can be frozen, added and recounted; floats appear only in the estimate that is printed.

use serde::{Deserialize, Serialize};

pub use crate::stats::fraction::half_up;
use crate::stats::intervals::{self, Interval};
use crate::stats::tally::Tally;

/// A yes/no column of the tallies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    Fcr,
    Sla,
    Reopened,
    Transferred,
    Escalated,
    Resolved,
    CsatTop,
    CesTop,
}

/// A summed column of the tallies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Survey answer 1-5.
    Csat,
    /// Survey answer 1-7.
    Ces,
    /// Seconds.
    Handle,
    /// Hundredths of a percent of the applicable points of a quality review.
    Quality,
}

/// A duration whose median is read from the rows, or from histograms where these are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duration {
    /// Seconds from opening to the first reply.
    FirstReply,
    /// Minutes from opening to resolution.
    Resolve,
}

/// Where a KPI's figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Measure {
    Share(Flag),
    Mean(Quantity),
    Median(Duration),
    Nps,
    /// Substantiated complaints per 1,000 contacts.
    ComplaintRate,
}

/// The unit a value, its targets and its interval are given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Percent,
    Points,
    PerThousand,
    Seconds,
    Minutes,
    Hours,
    Count,
}

/// Which way is better; `Band` means inside the band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Higher,
    Lower,
    Band,
}

/// Whether a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Scored,
    TooFew,
    NoData,
}

/// What came out, in whole numbers, so that it can be frozen, added and recounted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    Share {
        hits: i64,
        n: i64,
    },
    /// In the smallest unit of the quantity.
    Mean {
        n: i64,
        sum: i64,
        sumsq: i64,
    },
    Nps {
        detractors: i64,
        n: i64,
        promoters: i64,
    },
    Rate {
        events: i64,
        exposure: i64,
    },
    /// `twice` is twice the median (the middle two added), `low` and `high` the order-statistic
    /// interval, in the smallest unit; `approx`: from the histogram, within 5 %.
    Median {
        approx: bool,
        high: Option<i64>,
        low: Option<i64>,
        n: i64,
        twice: i64,
    },
}

/// A figure as it is printed, in the KPI's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    pub n: i64,
    pub value: Option<f64>,
    pub interval: Option<Interval>,
}

/// Fewer records than this are too few, where no KPI says otherwise (product.md 3).
pub const MIN_N: i64 = 5;

impl Status {
    /// Whether `figure` counts where at least `min_n` records are asked for.
    #[must_use]
    pub fn of(figure: Option<&Figure>, min_n: i64) -> Status {
        match figure.map_or(0, Figure::n) {
            n if n <= 0 => Status::NoData,
            n if n < min_n => Status::TooFew,
            _ => Status::Scored,
        }
    }
}

/// How many of the smallest unit make one printed unit of a mean that was typed in: hundredths.
pub const TYPED_PER_UNIT: i128 = 100;

/// Millionths of a unit.
pub const MICRO: i64 = 1_000_000;

/// A value as an exact fraction of millionths of the KPI's unit; `den` is positive.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    pub num: i128,
    pub den: i128,
}

impl Measure {
    /// Everything that is read from evidence, in the order of pages: quality, efficiency, satisfaction.
    pub const ALL: [Measure; 16] = [
        Measure::Share(Flag::Fcr),
        Measure::Mean(Quantity::Quality),
        Measure::ComplaintRate,
        Measure::Share(Flag::Reopened),
        Measure::Share(Flag::Sla),
        Measure::Mean(Quantity::Handle),
        Measure::Median(Duration::FirstReply),
        Measure::Median(Duration::Resolve),
        Measure::Share(Flag::Resolved),
        Measure::Share(Flag::Transferred),
        Measure::Share(Flag::Escalated),
        Measure::Share(Flag::CsatTop),
        Measure::Mean(Quantity::Csat),
        Measure::Nps,
        Measure::Share(Flag::CesTop),
        Measure::Mean(Quantity::Ces),
    ];

    /// Its name in addresses; that of the KPI made of it, where one is shipped.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Measure::Share(Flag::Fcr) => "fcr",
            Measure::Share(Flag::Sla) => "sla",
            Measure::Share(Flag::Reopened) => "reopen_rate",
            Measure::Share(Flag::Transferred) => "transfer_rate",
            Measure::Share(Flag::Escalated) => "escalation_rate",
            Measure::Share(Flag::Resolved) => "resolution_rate",
            Measure::Share(Flag::CsatTop) => "csat",
            Measure::Share(Flag::CesTop) => "ces",
            Measure::Mean(Quantity::Csat) => "csat_mean",
            Measure::Mean(Quantity::Ces) => "ces_mean",
            Measure::Mean(Quantity::Handle) => "aht",
            Measure::Mean(Quantity::Quality) => "qa",
            Measure::Median(Duration::FirstReply) => "frt",
            Measure::Median(Duration::Resolve) => "resolution_time",
            Measure::Nps => "nps",
            Measure::ComplaintRate => "complaint_rate",
        }
    }

    /// The measure of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|m| m.code() == code)
    }

    /// The unit its values are printed in.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Measure::Share(_) | Measure::Mean(Quantity::Quality) => Unit::Percent,
            Measure::Mean(Quantity::Csat | Quantity::Ces) | Measure::Nps => Unit::Points,
            Measure::Mean(Quantity::Handle) => Unit::Seconds,
            Measure::Median(Duration::FirstReply) => Unit::Minutes,
            Measure::Median(Duration::Resolve) => Unit::Hours,
            Measure::ComplaintRate => Unit::PerThousand,
        }
    }

    /// Which way is better. Of handling time neither: too short is no better than too long.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self {
            Measure::Share(Flag::Reopened | Flag::Transferred | Flag::Escalated)
            | Measure::Median(_)
            | Measure::ComplaintRate => Direction::Lower,
            Measure::Mean(Quantity::Handle) => Direction::Band,
            _ => Direction::Higher,
        }
    }

    /// What one of a tally of this measure is in printed units: a mean of hundredths of a percent is
    /// printed in percent, one of answers worth 1, 0 and -1 in points of a hundred.
    #[must_use]
    pub fn per_tallied(self) -> f64 {
        match self {
            Measure::Nps => 100.0,
            _ => 1.0 / self.per_unit() as f64,
        }
    }

    /// How many of the smallest unit make one printed unit.
    fn per_unit(self) -> i128 {
        match self {
            Measure::Mean(Quantity::Quality) => 100,
            Measure::Median(_) => 60,
            _ => 1,
        }
    }
}

impl Figure {
    /// The number of records, answers, reviews or contacts behind the figure.
    #[must_use]
    pub fn n(&self) -> i64 {
        match *self {
            Figure::Share { n, .. }
            | Figure::Mean { n, .. }
            | Figure::Nps { n, .. }
            | Figure::Median { n, .. } => n,
            Figure::Rate { exposure, .. } => exposure,
        }
    }

    /// The value as an exact fraction; `None` without data. Without a measure the figure was typed in.
    #[must_use]
    pub fn exact(&self, measure: impl Into<Option<Measure>>) -> Option<Exact> {
        let per_unit = measure.into().map_or(TYPED_PER_UNIT, Measure::per_unit);
        if self.n() <= 0 {
            return None;
        }
        let micro = i128::from(MICRO);
        let (num, den) = match *self {
            Figure::Share { hits, n } => (i128::from(hits) * 100 * micro, i128::from(n)),
            Figure::Mean { n, sum, .. } => (i128::from(sum) * micro, i128::from(n) * per_unit),
            Figure::Nps {
                detractors,
                n,
                promoters,
            } => (
                i128::from(promoters - detractors) * 100 * micro,
                i128::from(n),
            ),
            Figure::Rate { events, exposure } => {
                (i128::from(events) * 1000 * micro, i128::from(exposure))
            }
            Figure::Median { twice, .. } => (i128::from(twice) * micro, 2 * per_unit),
        };
        Some(Exact { num, den })
    }

    /// Value and 95 % interval in the KPI's unit: Wilson for shares, t for means, adjusted Wald for
    /// NPS, exact Poisson for rates, order statistics for medians. Without a measure the figure was typed in:
    /// of a typed mean nobody knows the spread, so it has no interval.
    #[must_use]
    pub fn estimate(&self, measure: impl Into<Option<Measure>>) -> Estimate {
        let measure = measure.into();
        let n = self.n();
        if n <= 0 {
            return Estimate {
                n: 0,
                value: None,
                interval: None,
            };
        }
        let per_unit = measure.map_or(TYPED_PER_UNIT, Measure::per_unit) as f64;
        let scaled = |i: Interval, by: f64| Interval {
            low: i.low * by,
            high: i.high * by,
        };
        let (value, interval) = match *self {
            Figure::Share { hits, n } => (
                (hits * 100) as f64 / n as f64,
                intervals::wilson(hits, n).map(|i| scaled(i, 100.0)),
            ),
            Figure::Mean { n, sum, sumsq } => (
                sum as f64 / (n as f64 * per_unit),
                measure.and_then(|measure| {
                    let interval = intervals::mean_t(&Tally { n, sum, sumsq })?;
                    Some(within(scaled(interval, 1.0 / per_unit), measure))
                }),
            ),
            Figure::Nps {
                detractors,
                n,
                promoters,
            } => (
                ((promoters - detractors) * 100) as f64 / n as f64,
                intervals::nps(promoters, detractors, n),
            ),
            Figure::Rate { events, exposure } => (
                (events * 1000) as f64 / exposure as f64,
                intervals::poisson_rate(events, exposure).map(|i| scaled(i, 1000.0)),
            ),
            Figure::Median {
                high, low, twice, ..
            } => (
                twice as f64 / (2.0 * per_unit),
                low.zip(high).map(|(low, high)| Interval {
                    low: low as f64 / per_unit,
                    high: high as f64 / per_unit,
                }),
            ),
        };
        Estimate {
            n,
            value: Some(value),
            interval,
        }
    }
}

/// The interval of a mean, cut where its measure ends: a score in percent is never above 100.
fn within(interval: Interval, measure: Measure) -> Interval {
    let (lowest, highest) = match measure {
        Measure::Mean(Quantity::Quality) => (0.0, 100.0),
        Measure::Mean(Quantity::Csat) => (1.0, 5.0),
        Measure::Mean(Quantity::Ces) => (1.0, 7.0),
        _ => (0.0, f64::INFINITY),
    };
    Interval {
        low: interval.low.max(lowest),
        high: interval.high.min(highest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_keeps_its_half() {
        let f = Figure::Median {
            approx: false,
            high: None,
            low: None,
            n: 6,
            twice: 241,
        };
        let estimate = f.estimate(Measure::Median(Duration::Resolve));
        assert_eq!(estimate.value, Some(241.0 / 120.0));
    }

    #[test]
    fn every_measure_is_read_back_from_its_code() {
        for measure in Measure::ALL {
            assert_eq!(Measure::parse(measure.code()), Some(measure));
        }
        assert_eq!(Measure::parse("attrition"), None);
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(half_up(5, 2), 3);
        assert_eq!(half_up(-5, 2), -2);
        assert_eq!(half_up(5, -2), -2);
        assert_eq!(half_up(7, 3), 2);
    }
}
