//! How a figure is written: value, interval, n, and what changed since before.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::evidence::measures::{Direction, Estimate, Figure, Measure, Quantity, Status, Unit};
use crate::i18n::{self, Locale, number, plain, text};
use crate::stats::intervals::{self, Interval};
use crate::stats::tally::Tally;

/// Below this many records a figure is marked indicative (product.md 3).
pub const INDICATIVE_BELOW: i64 = 30;

/// How the figures of one measure, or of a KPI made of it, are written in one language.
#[derive(Clone, Copy, Debug)]
pub struct Gauge<'a> {
    /// What it is called in addresses and ids.
    pub code: &'a str,
    /// What it is called on pages.
    pub name: &'a str,
    pub unit: Unit,
    /// `None`: typed in, not computed from evidence.
    pub measure: Option<Measure>,
    pub direction: Direction,
    /// Fewer records than this are too few.
    pub min_n: i64,
    pub locale: Locale,
}

impl Gauge<'static> {
    /// How a measure is written where no KPI says otherwise.
    #[must_use]
    pub fn of_measure(measure: Measure, locale: Locale) -> Self {
        Gauge {
            code: measure.code(),
            name: i18n::known(locale, &format!("measure-{}", measure.code()))
                .unwrap_or(measure.code()),
            unit: measure.unit(),
            measure: Some(measure),
            direction: measure.direction(),
            min_n: crate::evidence::measures::MIN_N,
            locale,
        }
    }
}

impl Gauge<'_> {
    /// An id in the page for what `kind` shows of this measure.
    pub fn anchor(&self, kind: &str) -> String {
        let mut id = String::with_capacity(kind.len() + 1 + self.code.len());
        id.push_str(kind);
        id.push('-');
        for b in self.code.bytes() {
            if b.is_ascii_alphanumeric() || b == b'_' || b == b'-' {
                id.push(char::from(b));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(id, "_{b:02x}");
            }
        }
        id
    }

    /// Decimals of a printed value.
    pub fn decimals(&self) -> usize {
        match (self.unit, self.measure) {
            (Unit::Points, Some(Measure::Mean(Quantity::Csat | Quantity::Ces))) => 2,
            (Unit::PerThousand, _) => 2,
            (Unit::Percent | Unit::Points | Unit::Minutes | Unit::Hours, _) => 1,
            (Unit::Seconds | Unit::Count, _) => 0,
        }
    }

    /// The unit as it follows a number, with its space where the language wants one.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        Words::of(self.locale).units[self.unit as usize]
    }

    /// The unit as a word, for subtitles: `percent`.
    pub fn unit_name(&self) -> &'static str {
        plain(
            self.locale,
            match self.unit {
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

    /// Whether a figure counts: not without data, not below the minimum n.
    #[must_use]
    pub fn status(&self, figure: Option<&Figure>) -> Status {
        Status::of(figure, self.min_n)
    }

    /// The estimate of a figure that counts; empty, but with its n, of one that does not.
    #[must_use]
    pub fn counted(&self, figure: Option<&Figure>) -> Estimate {
        let estimate = self.estimate(figure);
        if self.status(figure) == Status::Scored {
            estimate
        } else {
            Estimate {
                value: None,
                interval: None,
                ..estimate
            }
        }
    }

    /// Value and interval as they are published.
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

    /// A figure with what is known of it, estimated once.
    pub fn read(&self, figure: Option<&Figure>) -> Reading {
        Reading {
            status: self.status(figure),
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
                &[("n", n.into()), ("min", self.min_n.into())],
            )),
        }
    }

    pub fn is_indicative(&self, status: Status, n: i64) -> bool {
        status == Status::Scored && n < INDICATIVE_BELOW
    }

    /// What changed from `before` to `now`, if both have a value.
    pub fn trend(&self, now: (&Figure, &Estimate), before: (&Figure, &Estimate)) -> Option<Trend> {
        let (a, b) = (now.1.value?, before.1.value?);
        let (class, key) = match (change(self.direction, now, before), a > b) {
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
pub struct Reading {
    pub status: Status,
    pub estimate: Estimate,
}

/// What changed since before: a class of the style sheet for sign and colour, and a word.
pub struct Trend {
    pub class: &'static str,
    pub word: &'static str,
}

/// `k` of `n` in percent: `12.5 %`; nothing of nothing.
pub fn share(locale: Locale, k: i64, n: i64) -> Option<String> {
    (n > 0).then(|| {
        let mut out = number(k as f64 * 100.0 / n as f64, 1);
        out.push_str(plain(locale, "unit-percent"));
        out
    })
}

/// A count with groups of three.
pub fn count(n: i64) -> String {
    i18n::number(n as f64, 0)
}

/// Whether a figure moved by more than chance, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Better,
    Worse,
    Unclear,
}

/// Compares two figures of a measure by the 95 % interval of their difference (Newcombe for shares, Welch
/// for means and NPS); rates and medians, which have none here, differ when their own intervals do not
/// meet, which asks for more. Of a band, no direction is better.
pub fn change(
    direction: Direction,
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
    match (differ, direction) {
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
pub fn as_tally(figure: &Figure) -> Option<Tally> {
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
