//! Charts as inline SVG: numbers and ready texts in, one `<svg>` out.
//!
//! Pure and free of language: every text arrives translated and formatted, and is escaped here. Colours
//! and type come from the style sheet through class names, so that the same picture serves the web, the
//! report bundle, print, light and dark. Horizontal positions are percentages and vertical ones pixels:
//! a chart takes the width of its column while its text keeps its size, at 320 px as on paper.
//!
//! Reading order: `series` (time), `rows` (comparisons), `distribution`, `attainment`; below
//! them `scale` (numbers to positions) and `svg` (positions to text).
//!
//! A chart without any finite value is an empty string: the page then prints its notice instead.

mod attainment;
mod distribution;
mod rows;
mod scale;
mod series;
mod svg;

pub use attainment::{Goal, attainment};
pub use distribution::distribution;
pub use rows::{Bar, Dot, bars, interval_dots, pareto};
pub use series::{Limits, Point, line_with_band, sparkline, xmr};

/// Formats a value of the axis or of a mark for display, in the reader's language and unit.
pub type Format<'a> = &'a dyn Fn(f64) -> String;

/// What a screen reader says of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Unique in the page; letters, digits, `-` and `_`.
    pub id: &'a str,
    /// The finding in words, the same as in the caption beside the chart.
    pub title: &'a str,
    /// What the chart shows and its main figures; left out when empty.
    pub desc: &'a str,
}

/// A labelled line across a chart: a target or a limit.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// In the unit of the chart's values.
    pub value: f64,
    /// Printed beside the line; an empty label leaves the line bare.
    pub label: &'a str,
}

/// A category and how many belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Count<'a> {
    /// The category.
    pub label: &'a str,
    /// People, records or complaints in it.
    pub count: u64,
}

/// The value when it can be drawn: NaN and infinities count as missing.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// Both ends of an interval, in order, when both can be drawn.
fn interval(low: Option<f64>, high: Option<f64>) -> Option<(f64, f64)> {
    let (low, high) = (finite(low)?, finite(high)?);
    Some((low.min(high), low.max(high)))
}

#[cfg(test)]
mod tests;
