//! Charts over time, oldest on the left: trend with its interval, control chart, sparkline.

use super::scale::Scale;
use super::svg::{END_ROOM, N, Svg, TEXT, X, end_room, width};
use super::{Format, Frame, Mark, finite, interval};
use std::fmt::Write;

/// One period of a series.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// The period, as printed under the axis.
    pub label: &'a str,
    /// Missing values leave a gap.
    pub value: Option<f64>,
    /// Lower end of the interval; drawn when both ends are there.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

/// Centre line and limits of a control chart.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// The mean of the series.
    pub centre: Mark<'a>,
    /// Upper natural process limit.
    pub upper: Mark<'a>,
    /// Lower natural process limit.
    pub lower: Mark<'a>,
}

/// Height of the plot, and the room above it and below it (periods), in pixels.
const PLOT: f64 = 190.0;
const ABOVE: f64 = 12.0;
const BELOW: f64 = 26.0;

/// Beyond this many periods a trend is drawn without a dot for each.
const MOST_DOTS: usize = 40;

/// Width of a path's own coordinates; it is stretched over the width of the chart.
const SPAN: f64 = 1000.0;

/// A trend: the value as a line, its interval as a band, the target as a labelled line, gaps where a
/// value is missing, the latest value in words at the end.
pub fn line_with_band(
    frame: Frame<'_>,
    points: &[Point<'_>],
    target: Option<Mark<'_>>,
    format: Format<'_>,
) -> String {
    let Some(plot) = Plot::over(points, target.as_slice(), format) else {
        return String::new();
    };
    let mut labels = EndLabels::default();
    labels.mark("target-label", &plot, target);
    if let Some(last) = points.iter().rev().find_map(|p| finite(p.value)) {
        labels.add("end-label", plot.y(last), format(last));
    }
    let mut svg = plot.start(frame, "chart-line", labels.room());
    plot.grid(&mut svg, points);
    plot.bands(&mut svg, points);
    plot.marks(&mut svg, "target", target.as_slice());
    plot.values(&mut svg, points);
    let there = |i: usize| points.get(i).is_some_and(|p| finite(p.value).is_some());
    let last = (0..points.len()).rfind(|i| there(*i));
    for (i, p) in points.iter().enumerate() {
        // In a long series only points that no line reaches need a dot of their own.
        let alone = !there(i + 1) && (i == 0 || !there(i - 1));
        let Some(value) = finite(p.value) else {
            continue;
        };
        if Some(i) == last {
            svg.circle("dot is-last", plot.x(i), plot.y(value), 4.5);
        } else if alone || points.len() <= MOST_DOTS {
            svg.circle("dot", plot.x(i), plot.y(value), 3.0);
        }
    }
    labels.write(&mut svg);
    svg.finish()
}

/// A control chart (XmR): values in order with centre line and limits; the points whose indices are in
/// `signals` carry a ring.
pub fn xmr(
    frame: Frame<'_>,
    points: &[Point<'_>],
    limits: Limits<'_>,
    signals: &[usize],
    target: Option<Mark<'_>>,
    format: Format<'_>,
) -> String {
    let bounds = [limits.upper, limits.lower];
    let mut marks = vec![limits.upper, limits.lower, limits.centre];
    marks.extend(target);
    marks.retain(|m| m.value.is_finite());
    let Some(plot) = Plot::over(points, &marks, format) else {
        return String::new();
    };
    let mut labels = EndLabels::default();
    labels.mark("target-label", &plot, target);
    for (class, mark) in [
        ("limit-label", limits.upper),
        ("centre-label", limits.centre),
        ("limit-label", limits.lower),
    ] {
        labels.mark(class, &plot, Some(mark));
    }
    let mut svg = plot.start(frame, "chart-xmr", labels.room());
    plot.grid(&mut svg, points);
    plot.marks(&mut svg, "limit", &bounds);
    plot.marks(&mut svg, "centre", &[limits.centre]);
    plot.marks(&mut svg, "target", target.as_slice());
    plot.values(&mut svg, points);
    for (i, p) in points.iter().enumerate() {
        if let Some(value) = finite(p.value) {
            let (x, y) = (plot.x(i), plot.y(value));
            if signals.contains(&i) {
                svg.circle("signal", x, y, 7.0);
                svg.circle("dot is-signal", x, y, 3.0);
            } else {
                svg.circle("dot", x, y, 2.5);
            }
        }
    }
    labels.write(&mut svg);
    svg.finish()
}

/// A trend the size of a word (96 by 24 pixels), the latest value as a dot.
pub fn sparkline(frame: Frame<'_>, values: &[Option<f64>], target: Option<f64>) -> String {
    const WIDTH: f64 = 96.0;
    const HEIGHT: f64 = 24.0;
    const EDGE: f64 = 3.0;
    if !values.iter().any(|v| finite(*v).is_some()) {
        return String::new();
    }
    let all = values.iter().copied().flatten().chain(target);
    let Some(scale) = Scale::within(all) else {
        return String::new();
    };
    let steps = values.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| EDGE + (WIDTH - 2.0 * EDGE) * i as f64 / steps;
    let y = |v: f64| EDGE + (HEIGHT - 2.0 * EDGE) * (1.0 - scale.share(v));
    let size =
        format_args!("viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"");
    let mut svg = Svg::open(frame, "sparkline", size);
    if let Some(target) = finite(target) {
        let y = N(y(target));
        svg.put(format_args!(
            "<path class=\"target\" d=\"M0 {y}H{WIDTH}\"/>"
        ));
    }
    let path = path(values.iter().map(|v| finite(*v)), x, y);
    svg.put(format_args!("<path class=\"line\" d=\"{path}\"/>"));
    if let Some((i, value)) = values
        .iter()
        .enumerate()
        .rev()
        .find_map(|(i, v)| Some((i, finite(*v)?)))
    {
        let (x, y) = (N(x(i)), N(y(value)));
        svg.put(format_args!(
            "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>"
        ));
    }
    svg.finish()
}

/// The ground of a chart over time: its axes and where a value lies on them.
struct Plot {
    scale: Scale,
    /// The steps of the axis, as printed.
    steps: Vec<String>,
    len: usize,
}

impl Plot {
    /// `None` when no point has a value.
    fn over(points: &[Point<'_>], marks: &[Mark<'_>], format: Format<'_>) -> Option<Self> {
        if !points.iter().any(|p| finite(p.value).is_some()) {
            return None;
        }
        let values = points.iter().flat_map(|p| {
            let (low, high) = interval(p.low, p.high).unzip();
            [p.value, low, high]
        });
        let all = values.flatten().chain(marks.iter().map(|m| m.value));
        let scale = Scale::over(all, 4)?;
        Some(Self {
            steps: scale.ticks.iter().map(|t| format(*t)).collect(),
            scale,
            len: points.len(),
        })
    }

    /// Percent of the width at which the point of that index lies; a lone point lies in the middle.
    fn x(&self, i: usize) -> f64 {
        match self.len {
            0 | 1 => 50.0,
            n => 100.0 * i as f64 / (n - 1) as f64,
        }
    }

    fn y(&self, value: f64) -> f64 {
        ABOVE + PLOT * (1.0 - self.scale.share(value))
    }

    fn start(&self, frame: Frame<'_>, kind: &str, end: &str) -> Svg {
        let widest = self.steps.iter().map(|s| width(s)).fold(0.0, f64::max) * TEXT;
        let axis = match widest {
            w if w <= 30.0 => "axis-s",
            w if w <= 46.0 => "axis-m",
            _ => "axis-l",
        };
        let class = format_args!("chart {kind} {axis} {end}");
        Svg::start(frame, class, ABOVE + PLOT + BELOW)
    }

    /// Lines at the steps of the axis, their figures, and the periods.
    fn grid(&self, svg: &mut Svg, points: &[Point<'_>]) {
        for (value, step) in self.scale.ticks.iter().zip(&self.steps) {
            let y = self.y(*value);
            svg.line("grid", (0.0, y), (100.0, y));
            svg.text("tick", X(0.0, -8.0), y + 4.0, step, 64.0);
        }
        let period = points.iter().map(|p| width(p.label)).fold(0.0, f64::max) * TEXT;
        // Periods are printed backwards from the latest, as many as fit a wide column; of these a
        // narrow column keeps as many as fit there.
        let fit = |room: f64| (room / (period + 12.0)).floor().max(1.0) as usize;
        let wide = self.len.saturating_sub(1).div_ceil(fit(540.0)).max(1);
        let narrow = self.len.saturating_sub(1).div_ceil(fit(160.0)).max(1);
        let narrow = narrow.next_multiple_of(wide);
        for (i, p) in points.iter().enumerate() {
            let back = self.len - 1 - i;
            if back.is_multiple_of(wide) {
                let class = if back.is_multiple_of(narrow) {
                    "period"
                } else {
                    "period if-wide"
                };
                let y = ABOVE + PLOT + 19.0;
                svg.text(class, X(self.x(i), 0.0), y, p.label, 120.0);
            }
        }
    }

    /// The intervals: a band along neighbouring points, an upright line where a point stands alone.
    fn bands(&self, svg: &mut Svg, points: &[Point<'_>]) {
        let ends: Vec<_> = points
            .iter()
            .map(|p| finite(p.value).and(interval(p.low, p.high)))
            .collect();
        let mut band = String::new();
        let mut from = 0;
        for run in ends.chunk_by(|a, b| a.is_some() == b.is_some()) {
            let there: Vec<_> = (from..)
                .zip(run)
                .filter_map(|(i, e)| Some((i, (*e)?)))
                .collect();
            from += run.len();
            if let [(i, (low, high))] = there[..] {
                let x = self.x(i);
                svg.line("range", (x, self.y(low)), (x, self.y(high)));
                continue;
            }
            let upper = there.iter().map(|(i, (_, high))| (*i, *high));
            let lower = there.iter().rev().map(|(i, (low, _))| (*i, *low));
            for (nth, (i, value)) in upper.chain(lower).enumerate() {
                let step = if nth == 0 { 'M' } else { 'L' };
                let (x, y) = (N(self.x(i) * SPAN / 100.0), N(self.y(value)));
                let _ = write!(band, "{step}{x} {y}");
            }
            if !there.is_empty() {
                band.push('Z');
            }
        }
        self.stretched(svg, "band", &band);
    }

    /// Level lines across the chart.
    fn marks(&self, svg: &mut Svg, class: &str, marks: &[Mark<'_>]) {
        for mark in marks.iter().filter(|m| m.value.is_finite()) {
            let y = self.y(mark.value);
            svg.line(class, (0.0, y), (100.0, y));
        }
    }

    fn values(&self, svg: &mut Svg, points: &[Point<'_>]) {
        let values = points.iter().map(|p| finite(p.value));
        let path = path(values, |i| self.x(i) * SPAN / 100.0, |v| self.y(v));
        self.stretched(svg, "line", &path);
    }

    /// A path in coordinates of `SPAN` by pixels, stretched sideways to the chart's width.
    fn stretched(&self, svg: &mut Svg, class: &str, path: &str) {
        if path.is_empty() {
            return;
        }
        let height = N(ABOVE + PLOT + BELOW);
        svg.put(format_args!(
            "<svg viewBox=\"0 0 {SPAN} {height}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             overflow=\"visible\"><path class=\"{class}\" d=\"{path}\"/></svg>"
        ));
    }
}

/// A line through the values there are, broken where one is missing.
fn path(
    values: impl Iterator<Item = Option<f64>>,
    x: impl Fn(usize) -> f64,
    y: impl Fn(f64) -> f64,
) -> String {
    let mut path = String::new();
    let mut joined = false;
    for (i, value) in values.enumerate() {
        if let Some(value) = value {
            let step = if joined { 'L' } else { 'M' };
            let _ = write!(path, "{step}{} {}", N(x(i)), N(y(value)));
        }
        joined = value.is_some();
    }
    path
}

/// The words to the right of a chart: moved apart where they would overlap.
#[derive(Default)]
struct EndLabels(Vec<(f64, &'static str, String)>);

impl EndLabels {
    /// Room between the base lines of two labels in pixels.
    const APART: f64 = 15.0;

    fn add(&mut self, class: &'static str, y: f64, text: String) {
        if !text.is_empty() {
            self.0.push((y, class, text));
        }
    }

    fn mark(&mut self, class: &'static str, plot: &Plot, mark: Option<Mark<'_>>) {
        if let Some(mark) = mark.filter(|m| m.value.is_finite()) {
            self.add(class, plot.y(mark.value), mark.label.to_owned());
        }
    }

    /// The class that keeps enough room free.
    fn room(&self) -> &'static str {
        end_room(self.0.iter().map(|(_, _, text)| width(text)))
    }

    fn write(mut self, svg: &mut Svg) {
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut next = f64::NEG_INFINITY;
        for label in &mut self.0 {
            label.0 = label.0.max(next);
            next = label.0 + Self::APART;
        }
        // Those pushed below the plot move up again.
        let mut room = ABOVE + PLOT;
        for label in self.0.iter_mut().rev() {
            label.0 = label.0.min(room);
            room = label.0 - Self::APART;
        }
        for (y, class, text) in self.0 {
            svg.text(class, X(100.0, 10.0), y + 4.0, &text, END_ROOM);
        }
    }
}
