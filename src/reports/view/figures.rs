//! How a figure is written and judged: value, interval, n, target, and what changed since before.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::appraisals::model::result::ItemResult;
use crate::appraisals::model::rules::Rules;
use crate::charts;
use crate::goals::model::{
    Aim, Direction, Estimate, Figure, Kpi, MICRO, Measure, Quantity, Status, Unit,
};
use crate::i18n::{self, Locale, number, plain, text};
use crate::stats::{Interval, Tally, intervals};

/// Below this many records a figure is marked indicative (product.md 3).
pub const INDICATIVE_BELOW: i64 = 30;

/// How the figures of one KPI are written in one language.
#[derive(Clone, Copy)]
pub(super) struct Gauge<'a> {
    pub kpi: &'a Kpi,
    pub locale: Locale,
}

impl<'a> Gauge<'a> {
    pub fn name(&self) -> &'a str {
        self.locale.pick(&self.kpi.name_zh, &self.kpi.name_en)
    }

    /// An id in the page for what `kind` shows of this KPI.
    pub fn anchor(&self, kind: &str) -> String {
        let mut id = String::with_capacity(kind.len() + 1 + self.kpi.code.len());
        id.push_str(kind);
        id.push('-');
        for b in self.kpi.code.bytes() {
            if b.is_ascii_alphanumeric() || b == b'_' || b == b'-' {
                id.push(char::from(b));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(id, "_{b:02x}");
            }
        }
        id
    }

    fn decimals(&self) -> usize {
        match (self.kpi.unit, self.kpi.measure) {
            (Unit::Points, Some(Measure::Mean(Quantity::Csat | Quantity::Ces))) => 2,
            (Unit::PerThousand, _) => 2,
            (Unit::Percent | Unit::Points | Unit::Minutes | Unit::Hours, _) => 1,
            (Unit::Seconds | Unit::Count, _) => 0,
        }
    }

    /// The unit as it follows a number, with its space where the language wants one.
    pub fn unit(&self) -> &'static str {
        Words::of(self.locale).units[self.kpi.unit as usize]
    }

    /// The unit as a word, for subtitles: `percent`.
    pub fn unit_name(&self) -> &'static str {
        plain(
            self.locale,
            match self.kpi.unit {
                Unit::Percent => "unit-percent-name",
                Unit::Points => "unit-points-name",
                Unit::PerThousand => "unit-per-thousand-name",
                Unit::Seconds => "unit-seconds-name",
                Unit::Minutes => "unit-minutes-name",
                Unit::Hours => "unit-hours-name",
                Unit::Count => "unit-count-name",
            },
        )
    }

    /// `92.4`
    pub fn bare(&self, value: f64) -> String {
        number(value, self.decimals())
    }

    /// `92.4 %`
    pub fn full(&self, value: f64) -> String {
        let mut out = self.bare(value);
        out.push_str(self.unit());
        out
    }

    /// A target without needless zeros: `90`, `2.5`.
    fn aim(&self, micro: i64) -> String {
        let value = from_micro(micro);
        let decimals = (0..=self.decimals())
            .find(|d| {
                let scale = 10_f64.powi(i32::try_from(*d).unwrap_or(0));
                ((value * scale).round() - value * scale).abs() < 1e-6
            })
            .unwrap_or_else(|| self.decimals());
        number(value, decimals)
    }

    /// `90.1–94.2`; with spaces where a sign would run into the dash.
    pub fn range(&self, interval: Interval) -> String {
        let mut out = self.bare(interval.low);
        let dash = if interval.low < 0.0 || interval.high < 0.0 {
            " – "
        } else {
            "–"
        };
        out.push_str(dash);
        out.push_str(&self.bare(interval.high));
        out
    }

    /// `(90.1–94.2, n 612)`, or `(n 1)` where there is no interval.
    pub fn bracket(&self, estimate: &Estimate) -> String {
        let words = Words::of(self.locale);
        let mut out = String::with_capacity(40);
        out.push_str(words.open);
        if let Some(interval) = estimate.interval {
            out.push_str(&self.range(interval));
            out.push_str(words.and);
        }
        out.push_str(words.n);
        out.push_str(&count(estimate.n));
        out.push_str(words.close);
        out
    }

    /// `target 90`, `target 75–88`.
    pub fn target(&self, aim: &Aim) -> String {
        let mut out = plain(self.locale, "figure-target").to_owned();
        out.push(' ');
        out.push_str(&self.goal(aim));
        out
    }

    /// `90`, `75–88`.
    pub fn goal(&self, aim: &Aim) -> String {
        match *aim {
            Aim::Steps { target_u, .. } => self.aim(target_u),
            Aim::Band { high_u, low_u, .. } => {
                format!("{}–{}", self.aim(low_u), self.aim(high_u))
            }
        }
    }

    /// `80 / 90 / 95`: threshold, target and stretch; of a band its four limits.
    pub fn steps(&self, aim: &Aim) -> String {
        let marks: &[i64] = match aim {
            Aim::Steps {
                stretch_u,
                target_u,
                threshold_u,
            } => &[*threshold_u, *target_u, *stretch_u],
            Aim::Band {
                high_u,
                low_u,
                outer_high_u,
                outer_low_u,
            } => &[*outer_low_u, *low_u, *high_u, *outer_high_u],
        };
        let mut out = String::new();
        for (i, mark) in marks.iter().enumerate() {
            if i > 0 {
                out.push_str(" / ");
            }
            out.push_str(&self.aim(*mark));
        }
        out
    }

    /// Value and interval as they are published.
    pub fn estimate(&self, figure: Option<&Figure>) -> Estimate {
        self.kpi.estimate(figure)
    }

    /// A figure with what is known of it, estimated once.
    pub fn read(&self, figure: Option<&Figure>) -> Reading {
        Reading {
            status: self.kpi.status(figure),
            estimate: self.estimate(figure),
        }
    }

    /// `too few: 3 of 5`, `no records`; nothing of a figure that counts.
    pub fn why_not(&self, status: Status, n: i64) -> Option<String> {
        match status {
            Status::Scored => None,
            Status::NoData => Some(plain(self.locale, "status-no-data").to_owned()),
            Status::TooFew => Some(text(
                self.locale,
                "status-too-few-of",
                &[("n", n.into()), ("min", self.kpi.min_n.into())],
            )),
        }
    }

    pub fn is_indicative(&self, status: Status, n: i64) -> bool {
        status == Status::Scored && n < INDICATIVE_BELOW
    }

    /// What changed from `before` to `now`, if both have a value.
    pub fn trend(&self, now: (&Figure, &Estimate), before: (&Figure, &Estimate)) -> Option<Trend> {
        let (a, b) = (now.1.value?, before.1.value?);
        let (class, key) = match (change(self.kpi, now, before), a > b) {
            (Change::Better, true) => ("is-up is-good", "trend-better"),
            (Change::Better, false) => ("is-down is-good", "trend-better"),
            (Change::Worse, true) => ("is-up is-bad", "trend-worse"),
            (Change::Worse, false) => ("is-down is-bad", "trend-worse"),
            (Change::Unclear, true) => ("is-up is-unknown", "trend-unclear"),
            (Change::Unclear, false) if a < b => ("is-down is-unknown", "trend-unclear"),
            (Change::Unclear, false) => ("is-flat is-unknown", "trend-unclear"),
        };
        Some(Trend {
            class,
            word: plain(self.locale, key),
        })
    }

    /// The strip that shows where a value lies between threshold, target and stretch.
    pub fn strip(&self, id: &str, estimate: &Estimate, aim: &Aim) -> String {
        let mut title = String::with_capacity(48);
        title.push_str(self.name());
        title.push(' ');
        match estimate.value {
            Some(value) => title.push_str(&self.full(value)),
            None => title.push_str(plain(self.locale, "status-no-data")),
        }
        charts::attainment(
            charts::Frame {
                id,
                title: &title,
                desc: "",
            },
            goal(aim),
            estimate.value,
            estimate.interval.map(|i| i.low),
            estimate.interval.map(|i| i.high),
        )
    }
}

/// What figures are put together from, which stand dozens of times on every page.
struct Words {
    /// Around interval and n.
    open: &'static str,
    and: &'static str,
    n: &'static str,
    close: &'static str,
    /// In the order of [`Unit`].
    units: [&'static str; 7],
}

impl Words {
    fn of(locale: Locale) -> &'static Words {
        static ALL: LazyLock<[Words; 2]> = LazyLock::new(|| {
            [Locale::Zh, Locale::En].map(|locale| {
                let word = |key| plain(locale, key);
                Words {
                    open: word("figure-open"),
                    and: word("figure-and"),
                    n: word("figure-n"),
                    close: word("figure-close"),
                    units: [
                        "unit-percent",
                        "unit-points",
                        "unit-per-thousand",
                        "unit-seconds",
                        "unit-minutes",
                        "unit-hours",
                        "unit-count",
                    ]
                    .map(word),
                }
            })
        });
        &ALL[locale as usize]
    }
}

/// A figure, estimated.
pub(super) struct Reading {
    pub status: Status,
    pub estimate: Estimate,
}

/// What changed since before: a class of the style sheet for sign and colour, and a word.
pub(super) struct Trend {
    pub class: &'static str,
    pub word: &'static str,
}

/// One of the four signals with its word.
#[derive(Clone, Copy)]
pub(super) struct Chip {
    /// Its class in the style sheet: `is-good`, `is-watch`, `is-bad`, `is-unknown`.
    pub signal: &'static str,
    pub word: &'static str,
}

/// How an item stands to its aim.
pub(super) fn chip(locale: Locale, item: &ItemResult) -> Chip {
    let band = matches!(item.aim, Aim::Band { .. });
    let (signal, key) = match (item.status, item.points_h) {
        (Status::NoData, _) => ("is-unknown", "status-no-data"),
        (Status::TooFew, _) | (Status::Scored, None) => ("is-unknown", "status-too-few"),
        (Status::Scored, Some(points)) => match (points, band) {
            (12_000.., _) => ("is-good", "status-stretch"),
            (10_000.., false) => ("is-good", "status-target"),
            (10_000.., true) => ("is-good", "status-band"),
            (6_000.., false) => ("is-watch", "status-threshold"),
            (1.., true) => ("is-watch", "status-band-outside"),
            (_, false) => ("is-bad", "status-below"),
            (_, true) => ("is-bad", "status-band-beyond"),
        },
    };
    Chip {
        signal,
        word: plain(locale, key),
    }
}

/// Percent of basis points: `25 %`.
pub(super) fn weight(locale: Locale, bp: i64) -> String {
    let decimals = if bp % 100 == 0 { 0 } else { 2 };
    let mut out = number(bp as f64 / 100.0, decimals);
    out.push_str(plain(locale, "unit-percent"));
    out
}

/// `k` of `n` in percent: `12.5 %`; nothing of nothing.
pub(super) fn share(locale: Locale, k: i64, n: i64) -> Option<String> {
    (n > 0).then(|| {
        let mut out = number(k as f64 * 100.0 / n as f64, 1);
        out.push_str(plain(locale, "unit-percent"));
        out
    })
}

/// A count with groups of three.
pub(super) fn count(n: i64) -> String {
    i18n::number(n as f64, 0)
}

/// Millionths as a number.
pub(in crate::reports) fn from_micro(micro: i64) -> f64 {
    micro as f64 / MICRO as f64
}

/// The aim in the terms of the charts.
fn goal(aim: &Aim) -> charts::Goal {
    match *aim {
        Aim::Steps {
            stretch_u,
            target_u,
            threshold_u,
        } => charts::Goal::Ladder {
            threshold: from_micro(threshold_u),
            target: from_micro(target_u),
            stretch: from_micro(stretch_u),
        },
        Aim::Band {
            high_u,
            low_u,
            outer_high_u,
            outer_low_u,
        } => charts::Goal::Band {
            outer_low: from_micro(outer_low_u),
            low: from_micro(low_u),
            high: from_micro(high_u),
            outer_high: from_micro(outer_high_u),
        },
    }
}

/// The value of a target that is one line on a chart; a band is none.
pub(super) fn target_value(aim: &Aim) -> Option<f64> {
    match *aim {
        Aim::Steps { target_u, .. } => Some(from_micro(target_u)),
        Aim::Band { .. } => None,
    }
}

/// Whether a figure moved by more than chance, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Better,
    Worse,
    Unclear,
}

/// Compares two figures of a KPI by the 95 % interval of their difference (Newcombe for shares, Welch
/// for means and NPS); rates and medians, which have none here, differ when their own intervals do not
/// meet, which asks for more. Of a band, no direction is better.
pub(super) fn change(
    kpi: &Kpi,
    (now, a): (&Figure, &Estimate),
    (before, b): (&Figure, &Estimate),
) -> Change {
    let (Some(now_value), Some(before_value)) = (a.value, b.value) else {
        return Change::Unclear;
    };
    let differ = match differ(now, before) {
        Some(differ) => differ,
        None => match (a.interval, b.interval) {
            (Some(a), Some(b)) => a.low > b.high || b.low > a.high,
            _ => false,
        },
    };
    let rises = now_value > before_value;
    match (differ, kpi.direction) {
        (false, _) | (_, Direction::Band) => Change::Unclear,
        (true, Direction::Higher) if rises => Change::Better,
        (true, Direction::Lower) if !rises => Change::Better,
        (true, _) => Change::Worse,
    }
}

/// Whether the interval of the difference leaves out zero; none where there is no such interval.
fn differ(now: &Figure, before: &Figure) -> Option<bool> {
    match (*now, *before) {
        (Figure::Share { hits: x, n }, Figure::Share { hits: y, n: m }) => {
            let interval = intervals::newcombe_difference((x, n), (y, m))?;
            Some(interval.low > 0.0 || interval.high < 0.0)
        }
        _ => intervals::means_differ(&as_tally(now)?, &as_tally(before)?),
    }
}

/// A mean, or an NPS as the mean of answers worth 1, 0 and -1.
pub(super) fn as_tally(figure: &Figure) -> Option<Tally> {
    match *figure {
        Figure::Mean { n, sum, sumsq } => Some(Tally { n, sum, sumsq }),
        Figure::Nps {
            detractors,
            n,
            promoters,
        } => Some(Tally {
            n,
            sum: promoters - detractors,
            sumsq: promoters + detractors,
        }),
        _ => None,
    }
}

/// Whether the whole interval of an item lies on the wrong side of its target or band.
pub(super) fn misses_surely(kpi: &Kpi, item: &ItemResult) -> bool {
    let Some(interval) = kpi.estimate(item.figure.as_ref()).interval else {
        return false;
    };
    if item.status != Status::Scored {
        return false;
    }
    match (item.aim, kpi.direction) {
        (Aim::Steps { target_u, .. }, Direction::Lower) => interval.low > from_micro(target_u),
        (Aim::Steps { target_u, .. }, _) => interval.high < from_micro(target_u),
        (Aim::Band { high_u, low_u, .. }, _) => {
            interval.high < from_micro(low_u) || interval.low > from_micro(high_u)
        }
    }
}

/// The name of a job role, or its code where the rules know no name.
pub(super) fn role_name<'a>(locale: Locale, rules: &'a Rules, code: &'a str) -> &'a str {
    rules
        .job_role(code)
        .map_or(code, |role| locale.pick(&role.name_zh, &role.name_en))
}

#[cfg(test)]
mod tests;
