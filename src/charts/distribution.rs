//! How people are spread over grades or bands: a dot for each person, bars where they are many.

use super::svg::{N, Svg, TEXT, X, width};
use super::{Count, Format, Frame};

/// Beyond this many in a column the chart shows bars.
const MOST_DOTS: u64 = 120;

/// Room above the columns (their counts) and below (their names), in pixels.
const ABOVE: f64 = 22.0;
const BELOW: f64 = 26.0;

/// Height of the tallest bar in pixels.
const BAR: f64 = 130.0;

/// Dots stacked in columns, one for each person, with the count above and the name below each column;
/// all columns become bars as soon as one holds more than 120.
pub fn distribution(frame: Frame<'_>, columns: &[Count<'_>], format: Format<'_>) -> String {
    let most = columns.iter().map(|c| c.count).max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    // A column is at least this wide in the narrowest page.
    let room = 280.0 / columns.len() as f64;
    let dots = (most <= MOST_DOTS).then(|| Dots::fitting(most, room));
    let height = dots.as_ref().map_or(BAR, |d| d.height(most));
    let base = ABOVE + height;
    let mut svg = Svg::start(frame, "chart chart-distribution", base + BELOW);
    svg.line("base", (0.0, base), (100.0, base));
    let widths: Vec<_> = columns.iter().map(|c| width(c.label) * TEXT).collect();
    // Names that would run into each other in a narrow column leave out every other one there.
    let crowded = widths
        .windows(2)
        .any(|pair| (pair[0] + pair[1]) / 2.0 + 6.0 > room);
    for (i, column) in columns.iter().enumerate() {
        let share = 100.0 / columns.len() as f64;
        let x = share * (i as f64 + 0.5);
        let top = match &dots {
            Some(dots) => {
                dots.draw(&mut svg, x, base, column.count);
                base - dots.height(column.count)
            }
            None => {
                let height = BAR * column.count as f64 / most as f64;
                svg.rect("bar", x - share * 0.3, share * 0.6, base - height, height);
                base - height
            }
        };
        let class = if column.count == 0 {
            "count is-none"
        } else {
            "count"
        };
        svg.text(
            class,
            X(x, 0.0),
            top - 7.0,
            &format(column.count as f64),
            120.0,
        );
        let class = if crowded && i % 2 == 1 {
            "period if-wide"
        } else {
            "period"
        };
        svg.text(class, X(x, 0.0), base + 19.0, column.label, room.max(90.0));
    }
    svg.finish()
}

/// The pattern in which the dots of a column are stacked.
struct Dots {
    /// From dot to dot in pixels.
    pitch: f64,
    /// Dots in a line.
    across: u64,
    class: &'static str,
}

impl Dots {
    /// Large dots while they are few, small ones otherwise, as many in a line as `room` pixels hold.
    fn fitting(most: u64, room: f64) -> Self {
        let (pitch, class) = if most <= 24 {
            (12.0, "people is-few")
        } else {
            (7.5, "people")
        };
        let across = ((room - 10.0) / pitch).floor().clamp(1.0, 8.0) as u64;
        Self {
            pitch,
            across,
            class,
        }
    }

    fn height(&self, count: u64) -> f64 {
        self.pitch * count.div_ceil(self.across) as f64 + 3.0
    }

    /// A path whose strokes have no length: round ends make each a dot.
    fn draw(&self, svg: &mut Svg, x: f64, base: f64, count: u64) {
        if count == 0 {
            return;
        }
        svg.put(format_args!(
            "<svg x=\"{}%\" overflow=\"visible\"><path class=\"{}\" d=\"",
            N(x),
            self.class
        ));
        let middle = (self.across.min(count) - 1) as f64 / 2.0;
        for i in 0..count {
            let x = ((i % self.across) as f64 - middle) * self.pitch;
            let y = base - ((i / self.across) as f64 + 0.5) * self.pitch - 2.0;
            svg.put(format_args!("M{} {}h0", N(x), N(y)));
        }
        svg.put(format_args!("\"/></svg>"));
    }
}
