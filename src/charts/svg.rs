//! Writing one SVG element: escaping, short coordinates, text that keeps within its room.

use super::Frame;
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write};

/// Size of text in a chart in pixels, as the style sheet sets it.
pub const TEXT: f64 = 12.5;

/// Pixels kept free for words at the right end of a chart, at most.
pub const END_ROOM: f64 = 116.0;

/// The class that keeps room at the right end for words of these widths in em.
pub fn end_room(widths: impl Iterator<Item = f64>) -> &'static str {
    match widths.fold(0.0, f64::max) * TEXT {
        w if w <= 40.0 => "end-s",
        w if w <= 62.0 => "end-m",
        w if w <= 84.0 => "end-l",
        _ => "end-xl",
    }
}

/// A chart being written.
pub struct Svg {
    out: String,
}

impl Svg {
    /// Opens the element with its title and description. `height` is in pixels; the width is the
    /// column's, less the room that the classes keep free at the sides.
    pub fn start(frame: Frame<'_>, class: impl Display, height: f64) -> Self {
        Self::open(frame, class, format_args!("height=\"{}\"", N(height)))
    }

    /// Opens an element of fixed size, given as the attributes `size`.
    pub fn open(frame: Frame<'_>, class: impl Display, size: fmt::Arguments<'_>) -> Self {
        let Frame { id, title, desc } = frame;
        let (id, title) = (Text(id), Text(title));
        let mut svg = Self {
            out: String::with_capacity(600),
        };
        svg.put(format_args!(
            "<svg class=\"{class}\" {size} role=\"img\" aria-labelledby=\"{id}-t"
        ));
        if desc.is_empty() {
            svg.put(format_args!("\"><title id=\"{id}-t\">{title}</title>"));
        } else {
            svg.put(format_args!(
                " {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{}</desc>",
                Text(desc)
            ));
        }
        svg
    }

    /// Appends markup; values from outside go through [`Text`], numbers through [`N`].
    pub fn put(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _ = self.out.write_fmt(markup);
    }

    /// A text at `x`, cut to `room` pixels; the whole of a text that was cut stays in its `<title>`.
    pub fn text(&mut self, class: &str, x: X, y: f64, text: &str, room: f64) {
        if text.is_empty() {
            return;
        }
        let shown = shorten(text, room / TEXT);
        self.put(format_args!(
            "<text class=\"{class}\"{x} y=\"{}\">{}",
            N(y),
            Text(&shown)
        ));
        if shown != text {
            self.put(format_args!("<title>{}</title>", Text(text)));
        }
        self.put(format_args!("</text>"));
    }

    /// The value of a row and a muted note after it; either may be empty.
    pub fn value(&mut self, x: X, y: f64, value: &str, note: &str) {
        if value.is_empty() {
            return self.text("note", x, y, note, 300.0);
        }
        self.put(format_args!(
            "<text class=\"value\"{x} y=\"{}\">{}",
            N(y),
            Text(value)
        ));
        if !note.is_empty() {
            self.put(format_args!(
                " <tspan class=\"note\">{}</tspan>",
                Text(note)
            ));
        }
        self.put(format_args!("</text>"));
    }

    /// A straight line between two positions.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{}%\" x2=\"{}%\" y1=\"{}\" y2=\"{}\"/>",
            N(from.0),
            N(to.0),
            N(from.1),
            N(to.1)
        ));
    }

    /// A round mark of `radius` pixels.
    pub fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.put(format_args!(
            "<circle class=\"{class}\" cx=\"{}%\" cy=\"{}\" r=\"{}\"/>",
            N(x),
            N(y),
            N(radius)
        ));
    }

    /// A rectangle from `x` percent, `width` percent wide.
    pub fn rect(&mut self, class: &str, x: f64, width: f64, y: f64, height: f64) {
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{}%\" width=\"{}%\" y=\"{}\" height=\"{}\"/>",
            N(x),
            N(width),
            N(y),
            N(height)
        ));
    }

    /// Closes the element.
    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// A horizontal position: percent of the width, then pixels to the right.
#[derive(Clone, Copy)]
pub struct X(pub f64, pub f64);

impl Display for X {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 != 0.0 {
            write!(f, " x=\"{}%\"", N(self.0))?;
        }
        if self.1 != 0.0 {
            write!(f, " dx=\"{}\"", N(self.1))?;
        }
        Ok(())
    }
}

/// A coordinate with at most one decimal.
pub struct N(pub f64);

impl Display for N {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Digit by digit from the last: charts are mostly coordinates, and the formatter would take
        // several times as long. The conversion turns NaN to 0.
        let tenths = (self.0 * 10.0).round() as i64;
        let mut left = tenths.unsigned_abs();
        let mut signs = [0_u8; 24];
        let mut at = signs.len();
        let mut put = |sign: u8| {
            at -= 1;
            signs[at] = sign;
        };
        // A digit is less than ten.
        let digit = |number: u64| b'0' + (number % 10) as u8;
        if !left.is_multiple_of(10) {
            put(digit(left));
            put(b'.');
        }
        left /= 10;
        put(digit(left));
        while left >= 10 {
            left /= 10;
            put(digit(left));
        }
        if tenths < 0 {
            put(b'-');
        }
        f.write_str(str::from_utf8(&signs[at..]).unwrap_or_default())
    }
}

/// Text escaped for XML content and attributes; characters that XML forbids become U+FFFD.
pub struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in self.0.char_indices() {
            let written = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' | '\n' | '\r' => continue,
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
                _ => continue,
            };
            f.write_str(&self.0[plain..at])?;
            f.write_str(written)?;
            plain = at + c.len_utf8();
        }
        f.write_str(&self.0[plain..])
    }
}

/// Estimated width of `text` in em: 1 for Chinese, Japanese, Korean and full-width characters, .55 for others.
pub fn width(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

fn advance(c: char) -> f64 {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 1.0,
        _ => 0.55,
    }
}

/// `text` cut to `room` em with an ellipsis, at least one character of it.
fn shorten(text: &str, room: f64) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut used = 1.0;
    let mut end = 0;
    for c in text.chars() {
        used += advance(c);
        if used > room && end > 0 {
            break;
        }
        end += c.len_utf8();
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_at_most_one_decimal_and_no_negative_zero() {
        assert_eq!(N(12.3456).to_string(), "12.3");
        assert_eq!(N(100.0 / 3.0).to_string(), "33.3");
        assert_eq!(N(7.0).to_string(), "7");
        assert_eq!(N(-0.04).to_string(), "0");
        assert_eq!(N(-0.26).to_string(), "-0.3");
        assert_eq!(N(-12.0).to_string(), "-12");
        assert_eq!(N(0.1 + 0.2).to_string(), "0.3");
    }

    #[test]
    fn text_is_escaped_and_forbidden_characters_are_replaced() {
        assert_eq!(
            Text("a<b> & \"c\" 'd' \u{1}e").to_string(),
            "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \u{fffd}e"
        );
        assert_eq!(Text("客服一组").to_string(), "客服一组");
    }

    #[test]
    fn a_text_that_is_cut_fits_its_room_and_keeps_whole_characters() {
        assert_eq!(shorten("客服一组", 4.0), "客服一组");
        assert_eq!(shorten("华东企业客服一组", 5.0), "华东企业…");
        assert_eq!(shorten("Enterprise Accounts", 6.6), "Enterprise…");
        for room in [0.0, 1.0, 2.5, 7.3] {
            let cut = shorten("Ménage à 客服 trois <&>", room);
            assert!(cut.ends_with('…') && (width(&cut) <= room + 0.5 || cut.chars().count() == 2));
        }
    }
}
