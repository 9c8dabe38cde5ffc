//! The days the company's evidence covers. A moment is a whole number of minutes since the first
//! day's midnight, which keeps the generator free of time arithmetic; text is made by looking the
//! day up.

use std::{fmt, io};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// Minutes since midnight of the first day.
pub type Moment = u32;

/// Minutes of a day.
const DAY: u32 = 24 * 60;
/// Service hours: 08:00 to 21:00, every day.
pub const OPENS: u32 = 8 * 60;
const CLOSES: u32 = 21 * 60;
/// Minutes of one service day.
pub const SERVICE_DAY: u32 = CLOSES - OPENS;
/// The files are as exported this many days after the end of the last quarter; what had not
/// happened by then is empty.
const EXPORTED_AFTER: u32 = 14;

/// Consecutive calendar quarters, and the two weeks after them in which open cases come to their
/// end.
pub struct Period {
    /// First day.
    pub first: NaiveDate,
    /// Number of days in the quarters.
    pub days: u32,
    /// Day number of the start of each quarter, then of the day after the last one.
    starts: Vec<u32>,
    /// `2026-07-01`, for each day until the export.
    texts: Vec<String>,
}

impl Period {
    /// `quarters` calendar quarters (1 to 400) that end with `last`, a year (2000 to 9998) and a
    /// quarter (1 to 4). Other numbers are refused as `InvalidInput`.
    pub fn new(quarters: usize, last: (i32, u32)) -> io::Result<Self> {
        let refused = || io::Error::from(io::ErrorKind::InvalidInput);
        let (year, quarter) = last;
        if !(1..=400).contains(&quarters)
            || !(2000..=9998).contains(&year)
            || !(1..=4).contains(&quarter)
        {
            return Err(refused());
        }
        let end = NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1)
            .and_then(|start| start.checked_add_months(Months::new(3)))
            .ok_or_else(refused)?;
        let first = end
            .checked_sub_months(Months::new(3 * quarters as u32))
            .ok_or_else(refused)?;
        let starts: Vec<u32> = (0..=quarters as u32)
            .filter_map(|number| first.checked_add_months(Months::new(3 * number)))
            .map(|start| (start - first).num_days() as u32)
            .collect();
        let days = (end - first).num_days() as u32;
        let texts = first
            .iter_days()
            .take((days + EXPORTED_AFTER) as usize)
            .map(|day| day.to_string())
            .collect();
        Ok(Self {
            first,
            days,
            starts,
            texts,
        })
    }

    /// The calendar day of a day number.
    pub fn date(&self, day: u32) -> NaiveDate {
        self.first + Days::new(u64::from(day))
    }

    /// The day number of the given day of the last quarter, counted from 1.
    pub fn day_of_last_quarter(&self, day: u32) -> u32 {
        self.starts[self.starts.len() - 2] + day - 1
    }

    /// How many quarters lie between a day and the last quarter: 0 in the last one and after it.
    pub fn quarters_left(&self, day: u32) -> usize {
        self.starts
            .iter()
            .filter(|start| **start > day)
            .count()
            .saturating_sub(1)
    }

    /// The day number of the first day of each month, then of the day after the last month.
    pub fn months(&self) -> Vec<u32> {
        (0..self.days)
            .filter(|day| self.date(*day).day() == 1)
            .chain([self.days])
            .collect()
    }

    /// Whether the field teams rest.
    pub fn is_sunday(&self, day: u32) -> bool {
        (self.first.weekday().num_days_from_sunday() + day).is_multiple_of(7)
    }

    /// How many contacts a day brings, in relative numbers: busy Mondays, quiet Sundays, a heating
    /// season, and the quiet days around New Year, Labour Day and National Day.
    pub fn load(&self, day: u32) -> u32 {
        let date = self.date(day);
        let weekday = match date.weekday() {
            Weekday::Mon => 116,
            Weekday::Tue | Weekday::Fri => 106,
            Weekday::Wed | Weekday::Thu => 100,
            Weekday::Sat => 84,
            Weekday::Sun => 55,
        };
        let season = match date.month() {
            12 | 1 => 108,
            7 | 8 => 105,
            _ => 100,
        };
        let holiday = match (date.month(), date.day()) {
            (1, 1) | (5, 1..=5) | (10, 1..=7) => 45,
            _ => 100,
        };
        weekday * season * holiday / 100
    }

    /// The moment `minutes` of service time after `start`: outside service hours the clock stands
    /// still, and a moment on a Sunday moves to Monday for a team that rests. Never earlier than
    /// `start`.
    pub fn after(&self, start: Moment, minutes: u32, rests_on_sunday: bool) -> Moment {
        let worked = (start % DAY).clamp(OPENS, CLOSES) - OPENS + minutes;
        let day = start / DAY + worked / SERVICE_DAY;
        let rest = u32::from(rests_on_sunday && self.is_sunday(day));
        moment(day + rest, OPENS + worked % SERVICE_DAY)
    }

    /// The text of a day, empty from the day of the export on.
    pub fn day_text(&self, day: u32) -> &str {
        self.texts.get(day as usize).map_or("", String::as_str)
    }

    /// `2026-07-01 09:12`; nothing for a moment that had not come when the files were exported.
    pub fn time(&self, at: Moment) -> Option<Time<'_>> {
        let day = self.texts.get((at / DAY) as usize)?;
        Some(Time {
            day,
            minute: at % DAY,
        })
    }
}

/// A moment as text.
pub struct Time<'a> {
    day: &'a str,
    minute: u32,
}

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:02}:{:02}",
            self.day,
            self.minute / 60,
            self.minute % 60
        )
    }
}

/// The moment of a minute of a day.
pub fn moment(day: u32, minute: u32) -> Moment {
    day * DAY + minute
}

/// The day number of a moment.
pub fn day_of(at: Moment) -> u32 {
    at / DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four_quarters() -> Period {
        Period::new(4, (2026, 3)).unwrap()
    }

    fn text(period: &Period, at: Moment) -> String {
        period.time(at).unwrap().to_string()
    }

    #[test]
    fn four_quarters_to_2026_q3_begin_in_october_2025() {
        let period = four_quarters();
        assert_eq!(period.day_text(0), "2025-10-01");
        assert_eq!(period.days, 365);
        assert_eq!(period.day_text(period.day_of_last_quarter(1)), "2026-07-01");
        assert_eq!(
            period.day_text(period.day_of_last_quarter(92)),
            "2026-09-30"
        );
        assert_eq!(period.months().len(), 13);
    }

    #[test]
    fn quarters_are_counted_back_from_the_last() {
        let period = four_quarters();
        let last = period.day_of_last_quarter(1);
        assert_eq!(
            [0, last - 1, last, 364, 370].map(|day| period.quarters_left(day)),
            [3, 1, 0, 0, 0]
        );
    }

    #[test]
    fn service_time_stands_still_at_night_and_on_a_rest_day() {
        let period = four_quarters();
        // 2025-10-03 is a Friday.
        let evening = moment(2, 20 * 60 + 30);
        assert_eq!(
            text(&period, period.after(evening, 20, false)),
            "2025-10-03 20:50"
        );
        assert_eq!(
            text(&period, period.after(evening, 60, false)),
            "2025-10-04 08:30"
        );
        assert_eq!(
            text(&period, period.after(moment(2, 23 * 60), 5, false)),
            "2025-10-04 08:05"
        );
        let saturday = moment(3, 20 * 60 + 30);
        assert_eq!(
            text(&period, period.after(saturday, 60, false)),
            "2025-10-05 08:30"
        );
        assert_eq!(
            text(&period, period.after(saturday, 60, true)),
            "2025-10-06 08:30"
        );
    }

    #[test]
    fn what_had_not_happened_at_the_export_has_no_text() {
        let period = four_quarters();
        assert_eq!(text(&period, moment(364 + 14, 5)), "2026-10-14 00:05");
        assert!(period.time(moment(364 + 15, 0)).is_none());
        assert_eq!(period.day_text(364 + 15), "");
    }

    #[test]
    fn quarters_that_do_not_exist_are_refused() {
        for (quarters, last) in [
            (0, (2026, 3)),
            (401, (2026, 3)),
            (4, (2026, 0)),
            (4, (2026, 5)),
            (4, (10_000, 1)),
        ] {
            let error = Period::new(quarters, last).err().map(|error| error.kind());
            assert_eq!(
                error,
                Some(io::ErrorKind::InvalidInput),
                "{quarters} quarters to {last:?}"
            );
        }
    }
}
