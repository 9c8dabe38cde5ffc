//! Comparisons, one row for each person, team or category: bars, estimates with intervals, Pareto.
//!
//! Labels stand to the left; the style sheet lifts them above their row in a narrow column, and long
//! ones stand above it everywhere.

use super::scale::Scale;
use super::svg::{END_ROOM, Svg, TEXT, X, end_room, width};
use super::{Count, Format, Frame, Mark, finite, interval};

/// A row of a bar chart.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// Who or what the row is about.
    pub label: &'a str,
    /// A missing value leaves the row to its note.
    pub value: Option<f64>,
    /// Muted after the value, or in place of a missing one; may be empty.
    pub note: &'a str,
}

/// A row of a dot plot.
#[derive(Clone, Copy, Debug)]
pub struct Dot<'a> {
    /// Who or what the row is about.
    pub label: &'a str,
    /// The estimate by which rows are compared (shrunken), as a dot; a missing one leaves the row to its note.
    pub value: Option<f64>,
    /// Lower end of the interval; drawn when both ends are there.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// The value as measured, as an upright tick.
    pub raw: Option<f64>,
    /// Sets the row off: the reader's own team, or the one the text is about.
    pub emphasis: bool,
    /// Printed when the value is missing.
    pub note: &'a str,
}

/// Height of a row with its label at the side (above it in a narrow column) and with its label above, and
/// the room above the first row (words of the target) and below the last (axis), in pixels.
const ROW: f64 = 34.0;
const TALL_ROW: f64 = 40.0;
const ABOVE: f64 = 24.0;
const BELOW: f64 = 24.0;

/// Horizontal bars from zero, the value at the end of each; negative values go to the left of the zero line.
pub fn bars(
    frame: Frame<'_>,
    rows: &[Bar<'_>],
    target: Option<Mark<'_>>,
    format: Format<'_>,
) -> String {
    if !rows.iter().any(|r| finite(r.value).is_some()) {
        return String::new();
    }
    let target = target.filter(|t| t.value.is_finite());
    let values = rows.iter().filter_map(|r| r.value);
    let Some(scale) = Scale::over(values.chain(target.map(|t| t.value)).chain([0.0]), 5) else {
        return String::new();
    };
    let x = |v: f64| 100.0 * scale.share(v);
    let zero = x(0.0);
    let words: Vec<_> = rows
        .iter()
        .map(|r| finite(r.value).map(format).unwrap_or_default())
        .collect();
    let ends = rows
        .iter()
        .zip(&words)
        .map(|(r, word)| width(word) + width(r.note) + 0.5);
    let mut sheet = Sheet::start(
        frame,
        "chart-bars",
        rows.iter().map(|r| r.label),
        end_room(ends),
        8.0,
    );
    sheet.target(target, x);
    for (row, word) in rows.iter().zip(&words) {
        let y = sheet.row("row", row.label);
        let svg = &mut sheet.svg;
        let mut end = zero;
        if let Some(value) = finite(row.value) {
            end = x(value);
            let class = if value < 0.0 {
                "bar is-negative"
            } else {
                "bar"
            };
            svg.rect(class, zero.min(end), (end - zero).abs(), y - 6.0, 12.0);
        }
        svg.value(X(zero.max(end), 8.0), y + 4.5, word, row.note);
    }
    sheet.upright("zero", zero);
    sheet.svg.finish()
}

/// Estimates with their intervals, for comparing people or teams: estimate as a dot, interval as a
/// line, measured value as an upright tick.
pub fn interval_dots(
    frame: Frame<'_>,
    rows: &[Dot<'_>],
    target: Option<Mark<'_>>,
    format: Format<'_>,
) -> String {
    if !rows.iter().any(|r| finite(r.value).is_some()) {
        return String::new();
    }
    let target = target.filter(|t| t.value.is_finite());
    let values = rows
        .iter()
        .filter(|r| finite(r.value).is_some())
        .flat_map(|r| {
            let (low, high) = interval(r.low, r.high).unzip();
            [r.value, r.raw, low, high]
        });
    let all = values.flatten().chain(target.map(|t| t.value));
    let Some(scale) = Scale::over(all, 4) else {
        return String::new();
    };
    let x = |v: f64| 100.0 * scale.share(v);
    let words: Vec<_> = rows
        .iter()
        .map(|r| finite(r.value).map(format).unwrap_or_default())
        .collect();
    let mut sheet = Sheet::start(
        frame,
        "chart-dots",
        rows.iter().map(|r| r.label),
        end_room(words.iter().map(|w| width(w))),
        BELOW,
    );
    sheet.axis(&scale, format);
    sheet.target(target, x);
    for (row, word) in rows.iter().zip(&words) {
        let y = sheet.row(
            if row.emphasis {
                "row is-emphasis"
            } else {
                "row"
            },
            row.label,
        );
        let svg = &mut sheet.svg;
        let Some(value) = finite(row.value) else {
            svg.text("note", X(0.0, 6.0), y + 4.5, row.note, 300.0);
            continue;
        };
        if let Some((low, high)) = interval(row.low, row.high) {
            svg.line("range", (x(low), y), (x(high), y));
        }
        if let Some(raw) = finite(row.raw) {
            svg.line("raw", (x(raw), y - 8.0), (x(raw), y + 8.0));
        }
        svg.circle("dot", x(value), y, 5.0);
        svg.text("value", X(100.0, 12.0), y + 4.5, word, END_ROOM);
    }
    sheet.close();
    sheet.svg.finish()
}

/// Counts from the largest down as bars of their share, with the running share as a line of dots; the
/// categories that make up the first 80 % are set off.
pub fn pareto(
    frame: Frame<'_>,
    rows: &[Count<'_>],
    count: Format<'_>,
    percent: Format<'_>,
) -> String {
    let total: f64 = rows.iter().map(|r| r.count as f64).sum();
    if total == 0.0 {
        return String::new();
    }
    let mut rows = rows.to_vec();
    rows.sort_by_key(|r| std::cmp::Reverse(r.count));
    let mut sum = 0.0;
    let rows: Vec<_> = rows
        .iter()
        .map(|r| {
            let before = sum;
            sum += 100.0 * r.count as f64 / total;
            (r, before, sum)
        })
        .collect();
    let words: Vec<_> = rows
        .iter()
        .map(|(r, _, sum)| (count(r.count as f64), percent(*sum)))
        .collect();
    let mut sheet = Sheet::start(
        frame,
        "chart-pareto",
        rows.iter().map(|(r, ..)| r.label),
        end_room(
            words
                .iter()
                .map(|(count, sum)| width(count) + width(sum) + 1.0),
        ),
        BELOW,
    );
    let Some(scale) = Scale::over([0.0, 100.0], 4) else {
        return String::new();
    };
    sheet.axis(&scale, percent);
    let mut joints: Vec<(f64, f64)> = Vec::new();
    for ((row, before, sum), (count, share)) in rows.iter().zip(&words) {
        let y = sheet.row("row", row.label);
        let svg = &mut sheet.svg;
        // A category belongs to the vital few while those before it leave something of the 80 %.
        let class = if *before < 80.0 { "bar" } else { "bar is-rest" };
        svg.rect(class, 0.0, sum - before, y - 6.0, 12.0);
        if let Some(from) = joints.last() {
            svg.line("sum", *from, (*sum, y));
        }
        joints.push((*sum, y));
        svg.value(X(100.0, 12.0), y + 4.5, count, share);
    }
    sheet.close();
    for (x, y) in joints {
        sheet.svg.circle("sum-dot", x, y, 3.0);
    }
    sheet.svg.finish()
}

/// The ground of a chart of rows.
struct Sheet {
    svg: Svg,
    /// Lower end of the rows in pixels.
    bottom: f64,
    /// Height of a row in pixels.
    row: f64,
    /// Rows begun.
    begun: usize,
    /// How far to the left labels begin, and how wide they may be, in pixels.
    indent: f64,
    room: f64,
    /// Whether the group of the last row still has to be closed.
    open: bool,
}

impl Sheet {
    fn start<'a>(
        frame: Frame<'_>,
        kind: &str,
        labels: impl ExactSizeIterator<Item = &'a str>,
        end: &str,
        below: f64,
    ) -> Self {
        let count = labels.len() as f64;
        let (side, indent, room, row) = match labels.map(width).fold(0.0, f64::max) * TEXT {
            w if w <= 56.0 => ("labels-s", 68.0, 56.0, ROW),
            w if w <= 104.0 => ("labels-m", 116.0, 104.0, ROW),
            w if w <= 184.0 => ("labels-l", 196.0, 184.0, ROW),
            _ => ("labels-top", 0.0, 280.0, TALL_ROW),
        };
        let bottom = ABOVE + row * count;
        let class = format_args!("chart {kind} {side} {end}");
        Self {
            svg: Svg::start(frame, class, bottom + below),
            bottom,
            row,
            begun: 0,
            indent,
            room,
            open: false,
        }
    }

    /// Begins a row with its label; answers the middle of the row.
    fn row(&mut self, class: &str, label: &str) -> f64 {
        self.close();
        self.open = true;
        let y = ABOVE + self.row * (self.begun as f64 + 0.5);
        self.begun += 1;
        self.svg.put(format_args!("<g class=\"{class}\">"));
        self.svg
            .text("label", X(0.0, -self.indent), y + 4.5, label, self.room);
        y
    }

    fn close(&mut self) {
        if self.open {
            self.svg.put(format_args!("</g>"));
            self.open = false;
        }
    }

    fn upright(&mut self, class: &str, x: f64) {
        self.close();
        self.svg.line(class, (x, ABOVE), (x, self.bottom));
    }

    /// Lines at the steps of the axis and their figures below; a narrow column prints every other figure.
    fn axis(&mut self, scale: &Scale, format: Format<'_>) {
        for (i, value) in scale.ticks.iter().enumerate() {
            let x = 100.0 * scale.share(*value);
            self.upright("grid", x);
            let class = match i {
                0 => "axis is-first",
                i if i % 2 == 0 => "axis",
                _ => "axis if-wide",
            };
            self.svg
                .text(class, X(x, 0.0), self.bottom + 17.0, &format(*value), 90.0);
        }
    }

    /// The target across all rows, its words above it, on the side where there is room.
    fn target(&mut self, target: Option<Mark<'_>>, x: impl Fn(f64) -> f64) {
        if let Some(target) = target {
            let x = x(target.value);
            self.svg.line("target", (x, ABOVE - 6.0), (x, self.bottom));
            let class = match x {
                x if x < 25.0 => "target-label is-right",
                x if x > 75.0 => "target-label is-left",
                _ => "target-label",
            };
            self.svg
                .text(class, X(x, 0.0), ABOVE - 11.0, target.label, 200.0);
        }
    }
}
