//! Figures week by week on a control chart, and how they moved over the quarters.

use serde::Serialize;

use super::gauge::{Change, Gauge, change, count};
use crate::charts::{self, Frame, Limits, Mark, Point};
use crate::evidence::measures::{Direction, Estimate, Figure, Unit};
use crate::i18n::{Value, plain, text};
use crate::stats::control::{self, Rule};

/// The series of a measure, with its chart.
#[derive(Serialize)]
pub struct Series {
    pub id: String,
    pub name: String,
    /// The finding in words.
    pub title: String,
    /// What is drawn: unit and grain.
    sub: String,
    chart: String,
    /// Why there are no limits.
    note: Option<String>,
    rows: Vec<Row>,
    /// Whether limits are drawn.
    limits: bool,
    /// Whether any point is marked.
    signals: bool,
    #[serde(skip)]
    pub signal: Option<Signal>,
}

#[derive(Serialize)]
struct Row {
    label: String,
    value: Option<String>,
    range: Option<String>,
    n: String,
    signal: bool,
}

/// What a control chart found.
#[derive(Clone, Debug)]
pub struct Signal {
    /// `good`, `bad`, `unknown`: whether the process moved the right way.
    pub way: &'static str,
    pub detail: String,
}

/// What is aimed at, as a line on a chart.
#[derive(Clone, Debug)]
pub struct Target {
    /// In the unit of the measure.
    pub value: f64,
    pub label: String,
}

impl Target {
    fn mark(&self) -> Mark<'_> {
        Mark {
            value: self.value,
            label: &self.label,
        }
    }
}

/// A period (the Monday of a week, the code of a quarter) and its figure.
pub type Period<'a> = (&'a str, Option<&'a Figure>);

/// The weeks of a measure; none without any figure. Weeks below the minimum n are left open.
#[must_use]
pub fn weekly(gauge: Gauge, weeks: &[Period], target: Option<&Target>) -> Option<Series> {
    against(gauge, weeks, weeks.len(), target)
}

/// The same, held against the limits of the first `before` weeks: what came after a change, and whether it
/// left the range there was.
#[must_use]
pub fn against(
    gauge: Gauge,
    weeks: &[Period],
    before: usize,
    target: Option<&Target>,
) -> Option<Series> {
    let locale = gauge.locale;
    let estimates: Vec<Estimate> = weeks
        .iter()
        .map(|(_, figure)| gauge.counted(*figure))
        .collect();
    let (places, values): (Vec<usize>, Vec<f64>) = estimates
        .iter()
        .enumerate()
        .filter_map(|(i, e)| Some((i, e.value?)))
        .unzip();
    if values.is_empty() {
        return None;
    }
    let base = places.iter().filter(|place| **place < before).count();
    let chart = control::xmr_frozen(&values, base);
    let mut marked: Vec<usize> = chart
        .iter()
        .flat_map(|c| &c.signals)
        .map(|s| places[s.point])
        .collect();
    marked.dedup();
    let found = chart.as_ref().and_then(|c| {
        let last = c.signals.last()?;
        let point = values[last.point];
        let rising = match last.rule {
            Rule::SixInATrend => point > values[last.point.saturating_sub(1)],
            Rule::BeyondLimit | Rule::NineOnOneSide => point > c.centre,
        };
        let detail = text(
            locale,
            match last.rule {
                Rule::BeyondLimit => "signal-limit",
                Rule::NineOnOneSide => "signal-side",
                Rule::SixInATrend => "signal-trend",
            },
            &[
                ("week", Value::from(weeks[places[last.point]].0)),
                ("value", gauge.full(point).into()),
                ("mean", gauge.full(c.centre).into()),
            ],
        );
        Some(Signal {
            way: match (gauge.direction, rising) {
                (Direction::Band, _) => "unknown",
                (Direction::Higher, true) | (Direction::Lower, false) => "good",
                _ => "bad",
            },
            detail,
        })
    });
    let name = gauge.name.to_owned();
    let title = match (&chart, &found) {
        (None, _) => text(
            locale,
            "chart-weeks-few",
            &[("kpi", (&name).into()), ("weeks", values.len().into())],
        ),
        (Some(c), None) => text(
            locale,
            "chart-weeks-steady",
            &[
                ("kpi", (&name).into()),
                ("mean", gauge.full(c.centre).into()),
            ],
        ),
        (Some(_), Some(_)) => text(
            locale,
            "chart-weeks-signal",
            &[("kpi", (&name).into()), ("weeks", marked.len().into())],
        ),
    };
    let id = gauge.anchor("weeks");
    let points: Vec<Point> = weeks
        .iter()
        .zip(&estimates)
        .map(|((monday, _), e)| Point {
            label: monday.get(5..).unwrap_or(monday),
            value: e.value,
            low: e.interval.map(|i| i.low),
            high: e.interval.map(|i| i.high),
        })
        .collect();
    let target = target.map(Target::mark);
    let frame = Frame {
        id: &id,
        title: &title,
        desc: plain(locale, "chart-weeks-desc"),
    };
    let format = |v: f64| gauge.bare(v);
    let (svg, limits) = match &chart {
        Some(c) => {
            let (floor, ceiling) = bounds(gauge);
            let label = |key, value| text(locale, key, &[("value", gauge.bare(value).into())]);
            let (lower, upper) = (c.lower.max(floor), c.upper.min(ceiling));
            let (low, mid, high) = (
                label("chart-limit-lower", lower),
                label("chart-mean", c.centre),
                label("chart-limit-upper", upper),
            );
            let limits = Limits {
                centre: Mark {
                    value: c.centre,
                    label: &mid,
                },
                upper: Mark {
                    value: upper,
                    label: &high,
                },
                lower: Mark {
                    value: lower,
                    label: &low,
                },
            };
            (
                charts::xmr(frame, &points, limits, &marked, target, &format),
                true,
            )
        }
        None => (
            charts::line_with_band(frame, &points, target, &format),
            false,
        ),
    };
    Some(Series {
        sub: sub(gauge, "chart-weeks-sub"),
        chart: svg,
        note: chart.is_none().then(|| {
            text(
                locale,
                "chart-weeks-no-limits",
                &[("min", control::FEWEST_POINTS.into())],
            )
        }),
        rows: weeks
            .iter()
            .zip(&estimates)
            .enumerate()
            .map(|(i, ((monday, _), e))| row(gauge, (*monday).to_owned(), *e, marked.contains(&i)))
            .collect(),
        limits,
        signals: !marked.is_empty(),
        signal: found,
        id,
        name,
        title,
    })
}

/// The quarters up to now, with interval bands; none with fewer than two figures.
#[must_use]
pub fn quarters(gauge: Gauge, past: &[Period], target: Option<&Target>) -> Option<Series> {
    let locale = gauge.locale;
    let estimates: Vec<(&str, Estimate)> = past
        .iter()
        .map(|(label, figure)| (*label, gauge.counted(*figure)))
        .collect();
    if estimates.iter().filter(|(_, e)| e.value.is_some()).count() < 2 {
        return None;
    }
    let name = gauge.name.to_owned();
    let (now, earlier) = estimates.split_last()?;
    let latest = past.last().and_then(|(_, figure)| *figure);
    let verdict = past[..earlier.len()]
        .iter()
        .zip(earlier)
        .rev()
        .find_map(|((label, figure), (_, e))| Some((*label, (*figure)?, e, e.value?)))
        .zip(latest.zip(now.1.value))
        .map(|((label, then, e, then_value), (figure, now_value))| {
            let key = match change(gauge.direction, (figure, &now.1), (then, e)) {
                Change::Better => "chart-quarters-better",
                Change::Worse => "chart-quarters-worse",
                Change::Unclear => "chart-quarters-unclear",
            };
            text(
                locale,
                key,
                &[
                    ("kpi", (&name).into()),
                    ("now", gauge.full(now_value).into()),
                    ("then", gauge.full(then_value).into()),
                    ("quarter", label.into()),
                ],
            )
        });
    let title = verdict.unwrap_or_else(|| name.clone());
    let id = gauge.anchor("quarters");
    let points: Vec<Point> = estimates
        .iter()
        .map(|(label, e)| Point {
            label,
            value: e.value,
            low: e.interval.map(|i| i.low),
            high: e.interval.map(|i| i.high),
        })
        .collect();
    let chart = charts::line_with_band(
        Frame {
            id: &id,
            title: &title,
            desc: plain(locale, "chart-quarters-desc"),
        },
        &points,
        target.map(Target::mark),
        &|v| gauge.bare(v),
    );
    Some(Series {
        sub: sub(gauge, "chart-quarters-sub"),
        chart,
        note: None,
        rows: estimates
            .iter()
            .map(|(label, e)| row(gauge, (*label).to_owned(), *e, false))
            .collect(),
        limits: false,
        signals: false,
        signal: None,
        id,
        name,
        title,
    })
}

fn row(gauge: Gauge, label: String, e: Estimate, signal: bool) -> Row {
    Row {
        label,
        value: e.value.map(|v| gauge.bare(v)),
        range: e.interval.map(|i| gauge.range(i)),
        n: count(e.n),
        signal,
    }
}

fn sub(gauge: Gauge, key: &str) -> String {
    text(
        gauge.locale,
        key,
        &[("unit", Value::from(gauge.unit_name()))],
    )
}

/// Where values of this unit end: a limit beyond would promise what cannot be.
fn bounds(gauge: Gauge) -> (f64, f64) {
    match gauge.unit {
        Unit::Percent => (0.0, 100.0),
        Unit::Points => (f64::NEG_INFINITY, f64::INFINITY),
        _ => (0.0, f64::INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::measures::{Flag, Measure};
    use crate::i18n::Locale;

    fn series(shares: &[(i64, i64)]) -> Series {
        let weeks: Vec<(String, Figure)> = shares
            .iter()
            .enumerate()
            .map(|(i, (hits, n))| {
                let figure = Figure::Share { hits: *hits, n: *n };
                (format!("2016-01-{:02}", i + 1), figure)
            })
            .collect();
        let weeks: Vec<Period> = weeks.iter().map(|(d, f)| (d.as_str(), Some(f))).collect();
        let gauge = Gauge::of_measure(Measure::Share(Flag::Sla), Locale::En);
        let target = Target {
            value: 90.0,
            label: "target 90".to_owned(),
        };
        weekly(gauge, &weeks, Some(&target)).unwrap()
    }

    #[test]
    fn a_week_far_off_is_marked_and_told() {
        let mut shares = vec![
            (90, 100),
            (91, 100),
            (89, 100),
            (90, 100),
            (91, 100),
            (90, 100),
        ];
        shares.extend([(60, 100), (90, 100), (91, 100), (89, 100)]);
        let series = series(&shares);
        let marked: Vec<bool> = series.rows.iter().map(|r| r.signal).collect();
        assert_eq!(marked.iter().filter(|m| **m).count(), 1);
        assert!(marked[6]);
        let signal = series.signal.unwrap();
        assert_eq!(signal.way, "bad");
        assert!(signal.detail.contains("2016-01-07"), "{}", signal.detail);
    }

    #[test]
    fn a_week_with_too_few_records_is_left_open_and_its_neighbours_keep_their_places() {
        let mut shares = vec![(90, 100); 3];
        shares.push((0, 4));
        shares.extend([
            (91, 100),
            (90, 100),
            (89, 100),
            (90, 100),
            (91, 100),
            (50, 100),
        ]);
        let series = series(&shares);
        assert_eq!(series.rows[3].value, None);
        assert_eq!(series.rows[3].n, "4");
        assert!(!series.rows[3].signal);
        assert!(series.rows[9].signal);
    }

    #[test]
    fn a_short_series_has_no_limits_and_says_so() {
        let series = series(&[(90, 100), (10, 100), (90, 100)]);
        assert!(!series.limits && series.signal.is_none());
        assert!(series.note.unwrap().contains("at least 8 weeks"));
        assert_eq!(series.title, "SLA attainment: 3 weeks with enough records");
    }

    #[test]
    fn an_unremarkable_series_is_called_steady() {
        let series = series(&[
            (90, 100),
            (91, 100),
            (90, 100),
            (89, 100),
            (90, 100),
            (91, 100),
            (90, 100),
            (93, 100),
        ]);
        assert_eq!(
            series.title,
            "SLA attainment keeps to its usual range around 90.5\u{202f}%"
        );
    }
}
