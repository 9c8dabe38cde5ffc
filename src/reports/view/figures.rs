//! How a figure is judged: against its aim, and by how much it counts.

use crate::appraisals::model::result::ItemResult;
use crate::appraisals::model::rules::Rules;
use crate::charts;
pub(super) use crate::evidence::view::gauge::{Gauge, INDICATIVE_BELOW, as_tally, count, share};
use crate::evidence::view::series::Target;
use crate::goals::model::{Aim, Direction, Estimate, Kpi, MICRO, Status};
use crate::i18n::{Locale, number, plain};

impl<'a> Gauge<'a> {
    /// How the figures of a KPI are written.
    pub(in crate::reports) fn of(kpi: &'a Kpi, locale: Locale) -> Self {
        Gauge {
            code: &kpi.code,
            name: locale.pick(&kpi.name_zh, &kpi.name_en),
            unit: kpi.unit,
            measure: kpi.measure,
            direction: kpi.direction,
            min_n: kpi.min_n,
            locale,
        }
    }

    /// The target as a line on a chart; a band is none.
    pub(super) fn mark(&self, aim: &Aim) -> Option<Target> {
        target_value(aim).map(|value| Target {
            value,
            label: self.target(aim),
        })
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

    /// `target 90`, `target 75–88`.
    pub(super) fn target(&self, aim: &Aim) -> String {
        let mut out = plain(self.locale, "figure-target").to_owned();
        out.push(' ');
        out.push_str(&self.goal(aim));
        out
    }

    /// `90`, `75–88`.
    pub(super) fn goal(&self, aim: &Aim) -> String {
        match *aim {
            Aim::Steps { target_u, .. } => self.aim(target_u),
            Aim::Band { high_u, low_u, .. } => {
                format!("{}–{}", self.aim(low_u), self.aim(high_u))
            }
        }
    }

    /// `80 / 90 / 95`: threshold, target and stretch; of a band its four limits.
    pub(super) fn steps(&self, aim: &Aim) -> String {
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

    /// The strip that shows where a value lies between threshold, target and stretch.
    pub(super) fn strip(&self, id: &str, estimate: &Estimate, aim: &Aim) -> String {
        let mut title = String::with_capacity(48);
        title.push_str(self.name);
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

/// Whether the whole interval of an item lies on the wrong side of its target or band.
pub(super) fn misses_surely(gauge: Gauge, item: &ItemResult) -> bool {
    let Some(interval) = gauge.estimate(item.figure.as_ref()).interval else {
        return false;
    };
    if item.status != Status::Scored {
        return false;
    }
    match (item.aim, gauge.direction) {
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
