//! Where a value lies between threshold, target and stretch: a strip for a line of a goal sheet.
//!
//! The strip is drawn in points of attainment, not in the measure's unit: threshold, target and stretch
//! lie at the same places in every strip, and better is always to the right.

use super::svg::{N, Svg};
use super::{Frame, finite, interval};

/// What a value is measured against, in the measure's unit.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// More is better, or less when `stretch` lies below `threshold`.
    Ladder {
        /// Below (on the worse side of) it nothing is earned.
        threshold: f64,
        /// What was agreed.
        target: f64,
        /// Beyond it nothing more is earned.
        stretch: f64,
    },
    /// Inside `low..=high` is on target; outside the outer limits nothing is earned.
    Band {
        /// Lower outer limit.
        outer_low: f64,
        /// Lower end of the target.
        low: f64,
        /// Upper end of the target.
        high: f64,
        /// Upper outer limit.
        outer_high: f64,
    },
}

/// Height of the strip in pixels.
const HEIGHT: f64 = 18.0;

/// Percent of the width at which the stops of a goal lie. The style sheet paints the zones between them
/// (`.strip`, `.strip.is-band`): they are the same in every strip, and a page may hold many.
const LADDER: [f64; 3] = [30.0, 70.0, 90.0];
const BAND: [f64; 4] = [14.0, 36.0, 64.0, 86.0];

/// A strip with its zones, the interval as a line and the value as a dot; a value that lies beyond the
/// strip is an arrow at its edge. Without a value the zones stand alone.
pub fn attainment(
    frame: Frame<'_>,
    goal: Goal,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
) -> String {
    match goal {
        Goal::Ladder {
            threshold,
            target,
            stretch,
        } => {
            let [a, b, c] = LADDER;
            let stops = [(threshold, a), (target, b), (stretch, c)];
            let mut svg = Svg::start(frame, "strip", HEIGHT);
            svg.line("target", (b, 1.0), (b, HEIGHT - 1.0));
            strip(svg, &stops, value, low, high)
        }
        Goal::Band {
            outer_low,
            low: from,
            high: to,
            outer_high,
        } => {
            let [a, b, c, d] = BAND;
            let stops = [(outer_low, a), (from, b), (to, c), (outer_high, d)];
            let svg = Svg::start(frame, "strip is-band", HEIGHT);
            strip(svg, &stops, value, low, high)
        }
    }
}

/// Draws value and interval over the zones.
fn strip(
    mut svg: Svg,
    stops: &[(f64, f64)],
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
) -> String {
    let middle = HEIGHT / 2.0;
    let at = |v: f64| place(stops, v).clamp(0.0, 100.0);
    if let Some((low, high)) = interval(low, high) {
        svg.line("range", (at(low), middle), (at(high), middle));
    }
    if let Some(value) = finite(value) {
        let place = place(stops, value);
        if (0.0..=100.0).contains(&place) {
            svg.circle("dot", place, middle, 4.5);
        } else {
            let (x, arrow) = if place < 0.0 {
                (0.0, "M9 3L0 9L9 15Z")
            } else {
                (100.0, "M-9 3L0 9L-9 15Z")
            };
            svg.put(format_args!(
                "<svg x=\"{}%\" overflow=\"visible\"><path class=\"dot\" d=\"{arrow}\"/></svg>",
                N(x)
            ));
        }
    }
    svg.finish()
}

/// Where `value` lies on a strip with these stops (value, place): linear between them, and on beyond the
/// outer ones with the slope of the nearest stretch.
fn place(stops: &[(f64, f64)], value: f64) -> f64 {
    let rising = stops.first().map(|s| s.0) <= stops.last().map(|s| s.0);
    let beyond = |stop: f64| if rising { value > stop } else { value < stop };
    let last = stops.len().saturating_sub(2);
    let from = (0..last).find(|i| !beyond(stops[i + 1].0)).unwrap_or(last);
    let [(a, at_a), (b, at_b), ..] = stops[from..] else {
        return 0.0;
    };
    let share = (value - a) / (b - a);
    if share.is_finite() {
        at_a + share * (at_b - at_a)
    } else if beyond(b) {
        // Two stops at the same value: a step.
        100.0
    } else {
        at_a
    }
}
