//! From the text of a cell to a value, and nothing else: pure functions, each giving the value or the reason it is
//! refused. Nothing is repaired in silence; what is tolerated is said at each function.

use std::cell::Cell;

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;

use super::mapping::Duration;
use super::problems::{ImportError, Reason};

/// Years outside of these are typing errors, not records.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// Longest code, in characters.
const CODE_CHARS: usize = 64;

/// Text of at most `max` characters without control characters; line breaks and tabs only if `lines` allows several.
pub fn text(cell: &str, max: usize, lines: bool) -> Result<&str, Reason> {
    // Bytes first: most cells are short and plain, and are then done with.
    if cell.bytes().any(|b| b < b' ' || b == 0x7F) || !cell.is_ascii() {
        for c in cell.chars().filter(|c| c.is_control()) {
            match c {
                '\n' | '\r' | '\t' if lines => {}
                '\n' | '\r' => return Err(Reason::LineBreak),
                _ => return Err(Reason::ControlCharacter),
            }
        }
    }
    if cell.len() > max && cell.chars().count() > max {
        return Err(Reason::TooLong { max });
    }
    Ok(cell)
}

/// A code as it may stand in an address: 1 to 64 letters and digits of any script, `-`, `_`, `.`, beginning with a
/// letter or digit.
pub fn code(cell: &str) -> Result<&str, Reason> {
    let cell = text(cell, CODE_CHARS, false)?;
    let fits = cell.chars().next().is_some_and(char::is_alphanumeric)
        && cell
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits {
        Ok(cell)
    } else {
        Err(Reason::NotACode)
    }
}

/// A whole number within `min..=max`. `5.0` counts as 5: spreadsheets and statistics programs write whole numbers so.
pub fn integer(cell: &str, min: i64, max: i64) -> Result<i64, Reason> {
    let value = cell.parse().ok().or_else(|| {
        let (whole, decimals) = cell.split_once('.')?;
        let zeros = !decimals.is_empty() && decimals.bytes().all(|b| b == b'0');
        zeros.then(|| whole.parse().ok())?
    });
    within(value.ok_or(Reason::NotANumber)?, min, max)
}

fn within(value: i64, min: i64, max: i64) -> Result<i64, Reason> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Reason::OutOfRange {
            min: min.to_string(),
            max: max.to_string(),
        })
    }
}

/// A decimal number in hundredths, `4.5` being 450, within `min..=max` hundredths. Further decimals are rounded, halves
/// away from zero. The decimal sign is the point.
pub fn decimal2(cell: &str, min: i64, max: i64) -> Result<i64, Reason> {
    let value = millionths(cell).ok_or(Reason::NotANumber)?;
    let hundredths = rounded(value, 10_000).ok_or(Reason::NotANumber)?;
    within(hundredths, min, max).map_err(|_| Reason::OutOfRange {
        min: hundredths_text(min),
        max: hundredths_text(max),
    })
}

/// Hundredths as people write them: 450 is `4.5`.
fn hundredths_text(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / 100, value.unsigned_abs() % 100);
    let text = format!("{sign}{whole}.{part:02}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A plain decimal number times 1,000,000; decimals beyond the sixth are cut off. At most 18 digits before the point.
fn millionths(cell: &str) -> Option<i128> {
    let (negative, digits) = match cell.as_bytes().first()? {
        b'-' => (true, &cell[1..]),
        b'+' => (false, &cell[1..]),
        _ => (false, cell),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + decimals.len() == 0 || whole.len() > 18 || !plain(whole) || !plain(decimals) {
        return None;
    }
    let value = whole
        .bytes()
        .chain(decimals.bytes().chain(std::iter::repeat(b'0')).take(6))
        .fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// Divides, rounding halves away from zero.
fn rounded(value: i128, by: i128) -> Option<i64> {
    let half = by / 2 * value.signum();
    i64::try_from((value + half) / by).ok()
}

/// Words for true and false.
#[derive(Debug, Clone)]
pub struct Words {
    yes: Vec<String>,
    no: Vec<String>,
}

impl Words {
    const YES: [&str; 9] = ["true", "yes", "y", "t", "on", "是", "有", "√", "✓"];
    const NO: [&str; 9] = ["false", "no", "n", "f", "off", "否", "无", "×", "✗"];

    /// The built-in words and the given ones. A given word overrules a built-in one.
    pub fn new(yes: &[String], no: &[String]) -> Self {
        let lower = |words: &[String]| words.iter().map(|w| w.to_lowercase()).collect::<Vec<_>>();
        let (mut yes, mut no) = (lower(yes), lower(no));
        let own = [yes.clone(), no.clone()].concat();
        let free = |word: &&str| !own.iter().any(|o| o == word);
        yes.extend(
            Self::YES
                .iter()
                .filter(|w| free(w))
                .map(|w| (*w).to_owned()),
        );
        no.extend(Self::NO.iter().filter(|w| free(w)).map(|w| (*w).to_owned()));
        Self { yes, no }
    }

    /// True or false by a word in any letter case, or by a whole number: 0 is false, 1 and more is true, so that a count
    /// of reopenings serves as "was reopened".
    pub fn bool(&self, cell: &str) -> Result<bool, Reason> {
        let is = |words: &[String]| words.iter().any(|w| w.eq_ignore_ascii_case(cell));
        if is(&self.yes) {
            return Ok(true);
        }
        if is(&self.no) {
            return Ok(false);
        }
        if let Ok(number) = integer(cell, 0, i64::MAX) {
            return Ok(number > 0);
        }
        let lower = cell.to_lowercase();
        match (self.yes.contains(&lower), self.no.contains(&lower)) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(Reason::NotYesOrNo),
        }
    }
}

/// One of `choices`; letter case does not matter, and a space or hyphen is as good as the underscore.
pub fn choice(cell: &str, choices: &'static [&'static str]) -> Result<&'static str, Reason> {
    let plain = |b: u8| match b {
        b' ' | b'-' => b'_',
        other => other.to_ascii_lowercase(),
    };
    choices
        .iter()
        .find(|c| c.len() == cell.len() && c.bytes().zip(cell.bytes()).all(|(a, b)| a == plain(b)))
        .copied()
        .ok_or_else(|| Reason::NotAChoice {
            choices: choices.join(", "),
        })
}

/// A duration in whole seconds, 0 to `max`. `h:mm:ss` is always understood; what a plain number or two parts mean is
/// said by `form`. Fractions of a second are rounded.
pub fn seconds(cell: &str, form: Duration, max: i64) -> Result<i64, Reason> {
    let unreadable = || Reason::NotADuration { form: form.name() };
    let value = if cell.contains(':') {
        clock_seconds(cell, form)
    } else {
        let unit = match form {
            Duration::Seconds => Some(1),
            Duration::Minutes => Some(60),
            Duration::Hours => Some(3600),
            _ => None,
        };
        unit.and_then(|unit| rounded(millionths(cell)? * unit, 1_000_000))
    };
    within(value.ok_or_else(unreadable)?, 0, max)
}

fn clock_seconds(cell: &str, form: Duration) -> Option<i64> {
    let mut parts = cell.split(':').map(|part| {
        let begins_well = part.starts_with(|c: char| c.is_ascii_digit());
        begins_well.then(|| millionths(part)).flatten()
    });
    let (first, second, third) = (parts.next()??, parts.next()??, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let [hours, minutes, seconds] = match (third, form) {
        (Some(third), _) => [first, second, third?],
        (None, Duration::HoursMinutes) => [first, second, 0],
        (None, Duration::MinutesSeconds) => [0, first, second],
        (None, _) => return None,
    };
    let whole = |value: i128| value % 1_000_000 == 0;
    let minute = 60_000_000;
    let fits = whole(hours)
        && whole(minutes)
        && seconds < minute
        && (minutes < minute || third.is_none() && form == Duration::MinutesSeconds);
    fits.then(|| rounded(hours * 3600 + minutes * 60 + seconds, 1_000_000))?
}

/// Reads dates and times.
///
/// Tried in order: the formats given, then ISO 8601 and its relatives: year, month, day with `-`, `/`, `.` or 年月日
/// between them (months and days of one digit allowed) or as `20260701`; then, after `T` or spaces, hours and minutes
/// with optional seconds and fraction; then an optional `Z`, `UTC`, `GMT`, `+08:00`, `+0800` or `+08`.
///
/// A time without offset is one of the zone. Where the clocks were put back and a local time came twice, the earlier
/// one is meant; a local time that was skipped is refused. A date without time is the midnight that begins it.
#[derive(Debug)]
pub struct Times {
    formats: Vec<Vec<Item<'static>>>,
    zone: Tz,
    /// The day last converted, if its offset (seconds) was the same from midnight to midnight. Rows come roughly in the
    /// order of time, so most conversions end here.
    day: Cell<Option<(NaiveDate, i32)>>,
}

/// A time as written: on the clock of the place, and that clock's distance from UTC in seconds if it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    local: NaiveDateTime,
    offset: Option<i32>,
}

impl Times {
    /// `formats` are strftime formats that [`check_format`] accepts.
    pub fn new<'a>(
        formats: impl IntoIterator<Item = &'a String>,
        zone: Tz,
    ) -> Result<Self, ImportError> {
        Ok(Self {
            formats: formats
                .into_iter()
                .map(|format| parse_format(format))
                .collect::<Result<_, _>>()?,
            zone,
            day: Cell::new(None),
        })
    }

    /// A moment, to the microsecond.
    pub fn time(&self, cell: &str) -> Result<DateTime<Utc>, Reason> {
        let written = self.read(cell).ok_or(Reason::NotATime)?;
        check_year(written.local.date())?;
        let offset = match written.offset {
            Some(offset) => offset,
            None => self.offset(written.local)?,
        };
        Ok((written.local - TimeDelta::seconds(offset.into())).and_utc())
    }

    /// A date, as written (no zone applied); a time of day after it is dropped.
    pub fn date(&self, cell: &str) -> Result<NaiveDate, Reason> {
        let date = self.read(cell).ok_or(Reason::NotADate)?.local.date();
        check_year(date)?;
        Ok(date)
    }

    fn read(&self, cell: &str) -> Option<Written> {
        self.formats
            .iter()
            .find_map(|format| by_format(cell, format))
            .or_else(|| iso(cell))
    }

    /// Distance of the zone's clock from UTC at a local time, in seconds.
    fn offset(&self, local: NaiveDateTime) -> Result<i32, Reason> {
        let date = local.date();
        if let Some((day, offset)) = self.day.get()
            && day == date
        {
            return Ok(offset);
        }
        let at = |time: NaiveDateTime| match self.zone.offset_from_local_datetime(&time) {
            LocalResult::Single(offset) => Some((offset.fix().local_minus_utc(), true)),
            LocalResult::Ambiguous(earlier, _) => Some((earlier.fix().local_minus_utc(), false)),
            LocalResult::None => None,
        };
        let (offset, _) = at(local).ok_or_else(|| Reason::NoSuchTime {
            zone: self.zone.name().to_owned(),
        })?;
        let midnight = date.and_time(NaiveTime::MIN);
        if at(midnight) == Some((offset, true))
            && at(midnight + TimeDelta::days(1)) == Some((offset, true))
        {
            self.day.set(Some((date, offset)));
        }
        Ok(offset)
    }
}

fn check_year(date: NaiveDate) -> Result<(), Reason> {
    if YEARS.contains(&date.year()) {
        Ok(())
    } else {
        Err(Reason::OutOfRange {
            min: YEARS.start().to_string(),
            max: YEARS.end().to_string(),
        })
    }
}

/// Refuses a format that strftime does not know, or that has no date in it.
pub fn check_format(format: &str) -> Result<(), ImportError> {
    parse_format(format).map(|_| ())
}

fn parse_format(format: &str) -> Result<Vec<Item<'static>>, ImportError> {
    let bad = || ImportError::BadFormat {
        format: format.to_owned(),
    };
    let items = StrftimeItems::new(format)
        .parse_to_owned()
        .map_err(|_| bad())?;
    // A format that cannot read back what it writes would refuse every cell.
    let sample = NaiveDate::from_ymd_opt(2026, 7, 1)
        .and_then(|d| d.and_hms_opt(9, 12, 33))
        .map(|t| t.and_utc());
    let mut written = String::new();
    let reads = sample.is_some_and(|sample| {
        use std::fmt::Write;
        write!(written, "{}", sample.format_with_items(items.iter())).is_ok()
            && by_format(&written, &items)
                .is_some_and(|read| read.local.date() == sample.date_naive())
    });
    if reads { Ok(items) } else { Err(bad()) }
}

fn by_format(cell: &str, format: &[Item<'static>]) -> Option<Written> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, cell, format.iter()).ok()?;
    if let Some(timestamp) = parsed.timestamp() {
        return Some(Written {
            local: DateTime::from_timestamp(timestamp, 0)?.naive_utc(),
            offset: Some(0),
        });
    }
    let date = parsed.to_naive_date().ok()?;
    let time = match parsed.hour_mod_12() {
        Some(_) => parsed.to_naive_time().ok()?,
        None => NaiveTime::MIN,
    };
    Some(Written {
        local: date.and_time(time),
        offset: parsed.offset(),
    })
}

/// ISO 8601 and the relatives listed at [`Times`].
fn iso(cell: &str) -> Option<Written> {
    let mut at = Scan(cell.as_bytes());
    let date = at.date()?;
    if at.0.is_empty() {
        let local = date.and_time(NaiveTime::MIN);
        return Some(Written {
            local,
            offset: None,
        });
    }
    if !(at.eat(b"T") || at.eat(b"t") || at.eat(b" ")) {
        return None;
    }
    at.spaces();
    let local = date.and_time(at.time()?);
    at.spaces();
    let offset = at.offset()?;
    at.0.is_empty().then_some(Written { local, offset })
}

/// What is left to read of a cell.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn eat(&mut self, token: &[u8]) -> bool {
        match self.0.strip_prefix(token) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn spaces(&mut self) {
        while self.eat(b" ") {}
    }

    /// A number of `least` to `most` digits; takes as many as there are up to `most`.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self
            .0
            .iter()
            .take(most)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits < least {
            return None;
        }
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        Some(
            number
                .iter()
                .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')),
        )
    }

    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.number(4, 4)?;
        let (month, day) = if self.0.first().is_some_and(u8::is_ascii_digit) {
            (self.number(2, 2)?, self.number(2, 2)?)
        } else if self.eat("年".as_bytes()) {
            let month = self.number(1, 2)?;
            let day = self.eat("月".as_bytes()).then(|| self.number(1, 2))??;
            self.eat("日".as_bytes()).then_some((month, day))?
        } else {
            let separator = *self.0.first()?;
            if !matches!(separator, b'-' | b'/' | b'.') {
                return None;
            }
            self.0 = &self.0[1..];
            let month = self.number(1, 2)?;
            let day = self.eat(&[separator]).then(|| self.number(1, 2))??;
            (month, day)
        };
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(1, 2)?;
        let minute = self.eat(b":").then(|| self.number(2, 2))??;
        let mut second = 0;
        let mut micro = 0;
        if self.eat(b":") {
            second = self.number(2, 2)?;
            if self.eat(b".") || self.eat(b",") {
                micro = self.fraction()?;
            }
        }
        NaiveTime::from_hms_micro_opt(hour, minute, second, micro)
    }

    /// Digits after the decimal sign as millionths; those beyond the sixth are read and dropped.
    fn fraction(&mut self) -> Option<u32> {
        let before = self.0.len();
        let value = self.number(1, 6)?;
        let digits = before - self.0.len();
        self.number(0, 9);
        Some((digits..6).fold(value, |v, _| v * 10))
    }

    /// Some(None) if no offset is written, None if what is written is none.
    fn offset(&mut self) -> Option<Option<i32>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if [b"Z".as_slice(), b"z", b"UTC", b"GMT"]
            .iter()
            .any(|name| self.eat(name))
        {
            return Some(Some(0));
        }
        let sign = match self.0.first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = self.number(2, 2)?;
        let minutes = if self.eat(b":") || !self.0.is_empty() {
            self.number(2, 2)?
        } else {
            0
        };
        if hours > 14 || minutes > 59 {
            return None;
        }
        Some(Some(
            sign * i32::try_from(hours * 3600 + minutes * 60).ok()?,
        ))
    }
}

#[cfg(test)]
mod tests;
