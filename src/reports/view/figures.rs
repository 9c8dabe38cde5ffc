//! How a figure is judged: against its aim, and by how much it counts.

use crate::appraisals::model::result::ItemResult;
pub(super) use crate::appraisals::view::rules::role_name;
use crate::charts;
pub(super) use crate::evidence::view::gauge::{Gauge, INDICATIVE_BELOW, as_tally, count, share};
use crate::evidence::view::series::Target;
use crate::goals::model::{Aim, Direction, Estimate, Status};
pub(in crate::reports) use crate::goals::view::aims::{from_micro, weight};
use crate::i18n::{Locale, plain};

impl Gauge<'_> {
    /// The target as a line on a chart; a band is none.
    pub(super) fn mark(&self, aim: &Aim) -> Option<Target> {
        target_value(aim).map(|value| Target {
            value,
            label: self.target(aim),
        })
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

#[cfg(test)]
mod tests;
