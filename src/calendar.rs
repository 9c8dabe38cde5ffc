//! Days, weeks, quarters, working days, the organisation's time zone and the clock.
//!
//! Rows hold a day as a whole number and everything else follows from it here, so that an import, a
//! tally and a report never disagree on which quarter a record belongs to. The clock is handed in:
//! nothing else in the product reads the time, which is why a report can be built again with the
//! same bytes.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, SubsecRound, TimeDelta, TimeZone, Weekday,
};
use serde::{Deserialize, Serialize};

/// What can be wrong with a date, a zone or a calendar that was handed in.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Not of the form 2026Q3.
    #[error("not a quarter such as 2026Q3: {0}")]
    NotAQuarter(String),
    /// Not a month from 1 to 12 with a day from 1 to 28.
    #[error("not the first day of a fiscal year: month {month}, day {day}")]
    NotAFiscalStart {
        /// The month handed in.
        month: u32,
        /// The day handed in.
        day: u32,
    },
    /// Not a name of the time zone database.
    #[error("not a time zone: {0}")]
    UnknownZone(String),
    /// Not a whole number of seconds since 1970 within the years a date can have.
    #[error("not a time in seconds since 1970: {0}")]
    NotATime(String),
    /// Not TOML, or not of the shape of a calendar.
    #[error("not a calendar: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A time of day where a date is wanted, or no date at all.
    #[error("not a date: {0}")]
    NotADate(String),
    /// A date under the heading of another year.
    #[error("{date} stands under {year}")]
    OutsideItsYear {
        /// The date.
        date: NaiveDate,
        /// The year it stands under.
        year: i32,
    },
    /// Days off that end before they begin.
    #[error("days off from {from} to {to}")]
    Backwards {
        /// The first day given.
        from: NaiveDate,
        /// The last day given.
        to: NaiveDate,
    },
    /// A year listed a second time.
    #[error("{0} is listed twice")]
    YearTwice(i32),
    /// A make-up working day that is no Saturday or Sunday, or is a day off as well.
    #[error("{0} cannot be a make-up working day")]
    NotAMakeUpDay(NaiveDate),
}

/// The number of a day: days since 1970-01-01, negative before.
pub fn day_number(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The date of a day number; numbers beyond the dates there are give the first or the last of them.
pub fn date_of(day: i32) -> NaiveDate {
    let edge = if day < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    };
    NaiveDate::from_epoch_days(day).unwrap_or(edge)
}

/// The number of the week of a day, weeks beginning on Monday; week 0 holds 1970-01-01.
pub fn week_number(day: i32) -> i32 {
    // In 64 bits, because the largest day numbers would overflow.
    (i64::from(day) + 3).div_euclid(7) as i32
}

/// The day on which a fiscal year begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalStart {
    month: u32,
    day: u32,
}

impl FiscalStart {
    /// A month from 1 to 12 and a day from 1 to 28, so that every quarter begins on a day that its
    /// month has.
    pub fn new(month: u32, day: u32) -> Result<FiscalStart, CalendarError> {
        if (1..=12).contains(&month) && (1..=28).contains(&day) {
            Ok(FiscalStart { month, day })
        } else {
            Err(CalendarError::NotAFiscalStart { month, day })
        }
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.month
    }

    /// The day of the month, 1 to 28.
    pub fn day(self) -> u32 {
        self.day
    }
}

impl Default for FiscalStart {
    /// The calendar year.
    fn default() -> FiscalStart {
        FiscalStart { month: 1, day: 1 }
    }
}

/// A quarter, counted in quarters from the year 0: floor((12 y + m - f) / 3) with f the month in
/// which the fiscal year starts, for calendar years 4 y + q - 1.
///
/// A fiscal quarter bears the year in which its fiscal year starts: with a start in April, March
/// 2026 lies in 2025Q4. Written and serialised as such a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Quarter(i32);

impl Quarter {
    /// The quarter in which a date lies. Dates before the starting day of a month count as the
    /// month before.
    pub fn of(date: NaiveDate, start: FiscalStart) -> Quarter {
        let before = i32::from(date.day() < start.day);
        let months = 12 * date.year() + date.month() as i32 - start.month as i32 - before;
        Quarter(months.div_euclid(3))
    }

    /// The quarter of an index as it is stored.
    pub fn from_index(index: i32) -> Quarter {
        Quarter(index)
    }

    /// The index, as it is stored.
    pub fn index(self) -> i32 {
        self.0
    }

    /// The year in which the fiscal year of this quarter starts.
    pub fn year(self) -> i32 {
        self.0.div_euclid(4)
    }

    /// The number of the quarter in its year, 1 to 4.
    pub fn number(self) -> i32 {
        self.0.rem_euclid(4) + 1
    }

    /// The first day. An index beyond the dates there are gives the first or the last date.
    pub fn first_day(self, start: FiscalStart) -> NaiveDate {
        // Months since the year 0, January being 0.
        let months = 3 * i64::from(self.0) + i64::from(start.month) - 1;
        let edge = if months < 0 {
            NaiveDate::MIN
        } else {
            NaiveDate::MAX
        };
        i32::try_from(months.div_euclid(12))
            .ok()
            .and_then(|year| {
                NaiveDate::from_ymd_opt(year, months.rem_euclid(12) as u32 + 1, start.day)
            })
            .unwrap_or(edge)
    }

    /// The last day: the one before the next quarter begins.
    pub fn last_day(self, start: FiscalStart) -> NaiveDate {
        let next = self.next().first_day(start);
        next.pred_opt().unwrap_or(next)
    }

    /// The code, such as 2026Q3.
    pub fn code(self) -> String {
        self.to_string()
    }

    /// The quarter before.
    pub fn prev(self) -> Quarter {
        Quarter(self.0.saturating_sub(1))
    }

    /// The quarter after.
    pub fn next(self) -> Quarter {
        Quarter(self.0.saturating_add(1))
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.year(), self.number())
    }
}

impl FromStr for Quarter {
    type Err = CalendarError;

    /// Reads a code: four digits, Q, 1 to 4.
    fn from_str(text: &str) -> Result<Quarter, CalendarError> {
        let error = || CalendarError::NotAQuarter(text.to_owned());
        let (year, number) = text.split_once('Q').ok_or_else(error)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || number.len() != 1 || !digits(year) || !digits(number) {
            return Err(error());
        }
        let year: i32 = year.parse().map_err(|_| error())?;
        let number: i32 = number.parse().map_err(|_| error())?;
        if (1..=4).contains(&number) {
            Ok(Quarter(4 * year + number - 1))
        } else {
            Err(error())
        }
    }
}

impl From<Quarter> for String {
    fn from(quarter: Quarter) -> String {
        quarter.to_string()
    }
}

impl TryFrom<String> for Quarter {
    type Error = CalendarError;

    fn try_from(text: String) -> Result<Quarter, CalendarError> {
        text.parse()
    }
}

/// A time zone by its name in the time zone database, such as Asia/Shanghai.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// The zone itself, for those who read times in it.
    pub fn tz(self) -> chrono_tz::Tz {
        self.0
    }

    /// The time on the wall at an instant given in UTC.
    pub fn local(self, utc: NaiveDateTime) -> NaiveDateTime {
        self.0.from_utc_datetime(&utc).naive_local()
    }

    /// The date on the wall at an instant given in UTC.
    pub fn local_date(self, utc: NaiveDateTime) -> NaiveDate {
        self.local(utc).date()
    }

    /// The instant in UTC at which the wall showed this time.
    ///
    /// A time that came twice, when clocks were set back, is the earlier of the two. A time that
    /// never came, when clocks were set forward, is moved forward by as much as they were.
    pub fn utc(self, local: NaiveDateTime) -> NaiveDateTime {
        if let Some(time) = self.0.from_local_datetime(&local).earliest() {
            return time.naive_utc();
        }
        // Reading the time by the offset from before the gap moves it by the length of the gap. The
        // offset from before is the one in force at the nearest time back that did come; no gap is
        // longer than the day that Samoa left out.
        let offset = (1..=100)
            .filter_map(|step| local.checked_sub_signed(TimeDelta::minutes(15 * step)))
            .find_map(|before| self.0.from_local_datetime(&before).latest())
            .map_or(0, |time| time.offset().fix().local_minus_utc());
        local - TimeDelta::seconds(i64::from(offset))
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone(chrono_tz::Asia::Shanghai)
    }
}

impl FromStr for Zone {
    type Err = CalendarError;

    fn from_str(name: &str) -> Result<Zone, CalendarError> {
        match name.parse() {
            Ok(zone) => Ok(Zone(zone)),
            Err(_) => Err(CalendarError::UnknownZone(name.to_owned())),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// Which days are worked: Monday to Friday, but for days off and make-up working days of the years
/// that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    years: BTreeSet<i32>,
    holidays: BTreeSet<NaiveDate>,
    make_up: BTreeSet<NaiveDate>,
}

/// A calendar file: `[[year]]` tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    year: Vec<CalendarYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarYear {
    year: i32,
    holidays: Vec<DaysOff>,
    working: Vec<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DaysOff {
    from: toml::value::Datetime,
    to: toml::value::Datetime,
}

impl WorkingDays {
    /// The official calendar of mainland China that the product brings along.
    ///
    /// # Errors
    /// None in a build that passes its tests: the file is part of the program.
    pub fn china() -> Result<WorkingDays, CalendarError> {
        WorkingDays::from_toml(include_str!("../seeds/calendars/cn.toml"))
    }

    /// Reads a calendar, such as an organisation's own; `seeds/calendars/cn.toml` shows the form.
    ///
    /// # Errors
    /// The first thing that is wrong with it: see [`CalendarError`].
    pub fn from_toml(text: &str) -> Result<WorkingDays, CalendarError> {
        let file: CalendarFile = toml::from_str(text)?;
        let mut calendar = WorkingDays::default();
        for year in file.year {
            calendar.add_year(&year)?;
        }
        Ok(calendar)
    }

    fn add_year(&mut self, listed: &CalendarYear) -> Result<(), CalendarError> {
        let year = listed.year;
        if !self.years.insert(year) {
            return Err(CalendarError::YearTwice(year));
        }
        for days_off in &listed.holidays {
            let from = date_in(year, &days_off.from)?;
            let to = date_in(year, &days_off.to)?;
            if to < from {
                return Err(CalendarError::Backwards { from, to });
            }
            self.holidays
                .extend(from.iter_days().take_while(|&day| day <= to));
        }
        for day in &listed.working {
            let day = date_in(year, day)?;
            if !is_weekend(day) || self.holidays.contains(&day) {
                return Err(CalendarError::NotAMakeUpDay(day));
            }
            self.make_up.insert(day);
        }
        Ok(())
    }

    /// Whether a day is worked. In a year that is not known only weekends are free.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.make_up.contains(&date) || !(is_weekend(date) || self.holidays.contains(&date))
    }

    /// The n-th working day after a date, which itself does not count; with 0 the date itself,
    /// worked or not.
    pub fn add_working_days(&self, date: NaiveDate, n: u32) -> NaiveDate {
        let nth = n.checked_sub(1).and_then(|skipped| {
            date.iter_days()
                .skip(1)
                .filter(|&day| self.is_working_day(day))
                .nth(skipped as usize)
        });
        nth.unwrap_or(date)
    }

    /// The years between two dates, ends included, whose official days are not known, so that the
    /// caller can warn.
    pub fn missing_years(&self, from: NaiveDate, to: NaiveDate) -> Vec<i32> {
        (from.year()..=to.year())
            .filter(|year| !self.years.contains(year))
            .collect()
    }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The date written, provided it lies in its year.
fn date_in(year: i32, written: &toml::value::Datetime) -> Result<NaiveDate, CalendarError> {
    let date = match (written.date, written.time) {
        (Some(date), None) => NaiveDate::from_ymd_opt(
            i32::from(date.year),
            u32::from(date.month),
            u32::from(date.day),
        ),
        _ => None,
    };
    let date = date.ok_or_else(|| CalendarError::NotADate(written.to_string()))?;
    if date.year() == year {
        Ok(date)
    } else {
        Err(CalendarError::OutsideItsYear { date, year })
    }
}

/// The clock, handed to whatever needs the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The time of the machine.
    System,
    /// One instant, in UTC, for tests and for reports that are built again.
    Fixed(NaiveDateTime),
    /// The time of the machine and so much: the demonstration has days of its own.
    Moved(TimeDelta),
}

impl Clock {
    /// The clock for the value of SOURCE_DATE_EPOCH: fixed at that many seconds after 1970-01-01
    /// 00:00 UTC, or the machine's if the variable is not set.
    ///
    /// # Errors
    /// [`CalendarError::NotATime`] if the value is not such a number.
    pub fn from_env_value(value: Option<&str>) -> Result<Clock, CalendarError> {
        let Some(text) = value else {
            return Ok(Clock::System);
        };
        text.parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(|time| Clock::Fixed(time.naive_utc()))
            .ok_or_else(|| CalendarError::NotATime(text.to_owned()))
    }

    /// The time in UTC, cut to whole seconds.
    pub fn now(&self) -> NaiveDateTime {
        match self {
            Clock::System => system_time(),
            Clock::Fixed(time) => *time,
            Clock::Moved(by) => system_time() + *by,
        }
        .trunc_subsecs(0)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock; everybody else is handed a Clock"
)]
fn system_time() -> NaiveDateTime {
    chrono::Utc::now().naive_utc()
}

#[cfg(test)]
mod tests;
