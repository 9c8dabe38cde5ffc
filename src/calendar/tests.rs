//! Days against published calendars, zones against the time zone database.

use chrono::Days;
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

fn one_year(body: &str) -> Result<WorkingDays, CalendarError> {
    WorkingDays::from_toml(&format!("[[year]]\nyear = 2026\n{body}"))
}

#[test]
fn day_numbers_count_from_1970() {
    assert_eq!(day_number(date("1970-01-01")), 0);
    assert_eq!(day_number(date("1969-12-31")), -1);
    assert_eq!(day_number(date("2026-07-01")), 20_635);
    assert_eq!(date_of(20_635), date("2026-07-01"));
}

#[test]
fn a_day_number_beyond_all_dates_gives_the_outermost_date() {
    assert_eq!(date_of(i32::MAX), NaiveDate::MAX);
    assert_eq!(date_of(i32::MIN), NaiveDate::MIN);
}

#[test]
fn weeks_begin_on_monday() {
    assert_eq!(week_number(0), 0);
    // 1969-12-29 was a Monday, 1969-12-28 a Sunday.
    assert_eq!(week_number(day_number(date("1969-12-29"))), 0);
    assert_eq!(week_number(day_number(date("1969-12-28"))), -1);
    assert_eq!(week_number(i32::MAX), 306_783_378);
}

#[test]
fn a_calendar_quarter_has_the_index_four_times_the_year_plus_its_number_less_one() {
    let start = FiscalStart::default();
    for (day, code, index) in [
        ("2016-01-01", "2016Q1", 8_064),
        ("2016-03-31", "2016Q1", 8_064),
        ("2016-04-01", "2016Q2", 8_065),
        ("2016-12-31", "2016Q4", 8_067),
        ("2017-01-01", "2017Q1", 8_068),
    ] {
        let quarter = Quarter::of(date(day), start);
        assert_eq!(quarter.code(), code);
        assert_eq!(quarter.index(), index);
        assert_eq!(Quarter::from_index(index), quarter);
    }
    assert_eq!(quarter("2016Q1").last_day(start), date("2016-03-31"));
    assert_eq!(quarter("2016Q4").last_day(start), date("2016-12-31"));
}

#[test]
fn a_fiscal_quarter_bears_the_year_in_which_its_fiscal_year_starts() {
    let april = FiscalStart::new(4, 1).unwrap();
    assert_eq!(Quarter::of(date("2026-03-31"), april).code(), "2025Q4");
    assert_eq!(Quarter::of(date("2026-04-01"), april).code(), "2026Q1");
    assert_eq!(quarter("2025Q4").first_day(april), date("2026-01-01"));
    assert_eq!(quarter("2025Q4").last_day(april), date("2026-03-31"));
}

#[test]
fn days_before_the_starting_day_belong_to_the_month_before() {
    let tax_year = FiscalStart::new(4, 6).unwrap();
    assert_eq!(Quarter::of(date("2026-04-05"), tax_year).code(), "2025Q4");
    assert_eq!(Quarter::of(date("2026-04-06"), tax_year).code(), "2026Q1");
    assert_eq!(quarter("2026Q1").last_day(tax_year), date("2026-07-05"));
}

#[test]
fn a_fiscal_year_starts_on_a_day_every_month_has() {
    assert!(FiscalStart::new(12, 28).is_ok());
    for (month, day) in [(0, 1), (13, 1), (1, 0), (1, 29)] {
        assert!(matches!(
            FiscalStart::new(month, day),
            Err(CalendarError::NotAFiscalStart { .. })
        ));
    }
}

#[test]
fn quarters_follow_each_other_over_the_turn_of_the_year() {
    assert_eq!(quarter("2026Q4").next(), quarter("2027Q1"));
    assert_eq!(quarter("2026Q1").prev(), quarter("2025Q4"));
    assert_eq!(
        (quarter("2026Q3").year(), quarter("2026Q3").number()),
        (2026, 3)
    );
}

#[test]
fn an_index_beyond_all_dates_gives_the_outermost_date() {
    let start = FiscalStart::default();
    assert_eq!(
        Quarter::from_index(i32::MAX).first_day(start),
        NaiveDate::MAX
    );
    assert_eq!(
        Quarter::from_index(i32::MIN).first_day(start),
        NaiveDate::MIN
    );
    assert_eq!(
        Quarter::from_index(i32::MIN).last_day(start),
        NaiveDate::MIN
    );
}

#[test]
fn a_text_that_is_no_quarter_is_refused() {
    for text in [
        "",
        "2026",
        "2026Q",
        "2026Q0",
        "2026Q5",
        "2026q1",
        "26Q1",
        "2026Q11",
        "+026Q1",
        "2026Q+",
        "２０２６Q1",
        "2026 Q1",
    ] {
        assert!(
            matches!(text.parse::<Quarter>(), Err(CalendarError::NotAQuarter(_))),
            "{text}"
        );
    }
}

#[test]
fn a_quarter_is_serialised_as_its_code() {
    let json = serde_json::to_string(&quarter("2026Q3")).unwrap();
    assert_eq!(json, "\"2026Q3\"");
    assert_eq!(
        serde_json::from_str::<Quarter>(&json).unwrap(),
        quarter("2026Q3")
    );
    assert!(serde_json::from_str::<Quarter>("\"2026Q9\"").is_err());
}

#[test]
fn the_local_date_follows_the_zone() {
    let shanghai = Zone::default();
    assert_eq!(shanghai.to_string(), "Asia/Shanghai");
    let evening = time("2026-06-30T16:00:00");
    assert_eq!(shanghai.local(evening), time("2026-07-01T00:00:00"));
    assert_eq!(shanghai.local_date(evening), date("2026-07-01"));
    let utc: Zone = "UTC".parse().unwrap();
    assert_eq!(utc.local_date(evening), date("2026-06-30"));
    assert_eq!(
        shanghai.utc(time("2026-07-01T09:12:00")),
        time("2026-07-01T01:12:00")
    );
}

#[test]
fn a_time_that_came_twice_is_the_earlier_one() {
    // New York set clocks back from 02:00 to 01:00 on 2025-11-02; daylight time is UTC-4.
    let zone: Zone = "America/New_York".parse().unwrap();
    assert_eq!(
        zone.utc(time("2025-11-02T01:30:00")),
        time("2025-11-02T05:30:00")
    );
}

#[test]
fn a_time_that_never_came_is_moved_forward_by_the_gap() {
    // New York set clocks forward from 02:00 to 03:00 on 2025-03-09; 02:30 becomes 03:30.
    let zone: Zone = "America/New_York".parse().unwrap();
    let moved = zone.utc(time("2025-03-09T02:30:00"));
    assert_eq!(zone.local(moved), time("2025-03-09T03:30:00"));
    // Lord Howe Island moves by half an hour.
    let zone: Zone = "Australia/Lord_Howe".parse().unwrap();
    let moved = zone.utc(time("2025-10-05T02:10:00"));
    assert_eq!(zone.local(moved), time("2025-10-05T02:40:00"));
    // Samoa left out the whole of 2011-12-30.
    let zone: Zone = "Pacific/Apia".parse().unwrap();
    for (never, instead) in [
        ("2011-12-30T00:00:00", "2011-12-31T00:00:00"),
        ("2011-12-30T23:59:00", "2011-12-31T23:59:00"),
    ] {
        assert_eq!(zone.local(zone.utc(time(never))), time(instead));
    }
}

#[test]
fn an_unknown_zone_is_refused() {
    assert!(matches!(
        "Asia/Suzhou".parse::<Zone>(),
        Err(CalendarError::UnknownZone(_))
    ));
}

#[test]
fn the_official_years_have_the_working_days_they_are_known_to_have() {
    // Days of the year less weekends, less days off on weekdays, plus weekends worked. The sums were
    // checked against the package chinese_calendar 1.11.0 for Python, date by date.
    let china = WorkingDays::china().unwrap();
    for (year, working) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let count = date(&format!("{year}-01-01"))
            .iter_days()
            .take_while(|day| day.year() == year)
            .filter(|&day| china.is_working_day(day))
            .count();
        assert_eq!(count, working, "{year}");
    }
}

#[test]
fn make_up_days_are_worked_and_days_off_are_not() {
    let china = WorkingDays::china().unwrap();
    // A Saturday worked, a Tuesday off, a plain Saturday, a plain Monday.
    assert!(china.is_working_day(date("2026-10-10")));
    assert!(!china.is_working_day(date("2026-10-06")));
    assert!(!china.is_working_day(date("2026-10-17")));
    assert!(china.is_working_day(date("2026-10-12")));
}

#[test]
fn ten_working_days_from_before_the_national_day_end_after_it() {
    // 2026: 30 September, then 8, 9, 10 (make-up), 12 to 16 and 19 October.
    let china = WorkingDays::china().unwrap();
    assert_eq!(
        china.add_working_days(date("2026-09-29"), 10),
        date("2026-10-19")
    );
    assert_eq!(
        china.add_working_days(date("2026-10-03"), 0),
        date("2026-10-03")
    );
    assert_eq!(
        china.add_working_days(date("2026-10-03"), 1),
        date("2026-10-08")
    );
}

#[test]
fn years_without_a_notice_are_named() {
    let china = WorkingDays::china().unwrap();
    assert_eq!(
        china.missing_years(date("2022-12-31"), date("2027-01-01")),
        [2022, 2027]
    );
    assert!(
        china
            .missing_years(date("2024-01-01"), date("2026-12-31"))
            .is_empty()
    );
    assert!(!china.is_working_day(date("2016-10-08")));
}

#[test]
fn an_organisation_may_bring_its_own_calendar() {
    let own =
        one_year("holidays = [{ from = 2026-12-24, to = 2026-12-25 }]\nworking = [2026-12-19]\n")
            .unwrap();
    assert!(!own.is_working_day(date("2026-12-24")));
    assert!(own.is_working_day(date("2026-12-19")));
    assert!(own.is_working_day(date("2026-10-01")));
}

#[test]
fn a_calendar_that_contradicts_itself_is_refused() {
    assert!(matches!(
        one_year("holidays = [{ from = 2026-12-25, to = 2026-12-24 }]\nworking = []"),
        Err(CalendarError::Backwards { .. })
    ));
    assert!(matches!(
        one_year("holidays = [{ from = 2026-12-31, to = 2027-01-02 }]\nworking = []"),
        Err(CalendarError::OutsideItsYear { year: 2026, .. })
    ));
    assert!(matches!(
        one_year("holidays = []\nworking = [2026-12-18]"),
        Err(CalendarError::NotAMakeUpDay(_))
    ));
    assert!(matches!(
        one_year("holidays = [{ from = 2026-12-19, to = 2026-12-20 }]\nworking = [2026-12-19]"),
        Err(CalendarError::NotAMakeUpDay(_))
    ));
    assert!(matches!(
        one_year("holidays = []\nworking = [2026-12-19T08:00:00]"),
        Err(CalendarError::NotADate(_))
    ));
    assert!(matches!(
        one_year("holidays = []\nworking = []\nholiday = []"),
        Err(CalendarError::Unreadable(_))
    ));
    let twice = "[[year]]\nyear = 2026\nholidays = []\nworking = []\n".repeat(2);
    assert!(matches!(
        WorkingDays::from_toml(&twice),
        Err(CalendarError::YearTwice(2026))
    ));
}

#[test]
fn a_fixed_clock_stands_still_at_whole_seconds() {
    let clock = Clock::Fixed(time("2026-07-01T09:12:00.750"));
    assert_eq!(clock.now(), time("2026-07-01T09:12:00"));
    assert_eq!(clock.now(), clock.now());
}

#[test]
fn the_clock_of_the_machine_gives_whole_seconds_that_do_not_run_back() {
    let first = Clock::System.now();
    assert_eq!(first.and_utc().timestamp_subsec_nanos(), 0);
    assert!(first > time("2025-01-01T00:00:00"));
    assert!(Clock::System.now() >= first);
}

#[test]
fn the_environment_may_fix_the_clock() {
    assert_eq!(Clock::from_env_value(None).unwrap(), Clock::System);
    assert_eq!(
        Clock::from_env_value(Some("1782897120")).unwrap(),
        Clock::Fixed(time("2026-07-01T09:12:00"))
    );
    for text in ["", "now", "1.5", "99999999999999999"] {
        assert!(matches!(
            Clock::from_env_value(Some(text)),
            Err(CalendarError::NotATime(_))
        ));
    }
}

proptest! {
    #[test]
    fn every_day_lies_between_the_ends_of_its_quarter(
        day in -100_000_i32..200_000,
        month in 1_u32..=12,
        start_day in 1_u32..=28,
    ) {
        let start = FiscalStart::new(month, start_day).unwrap();
        let quarter = Quarter::of(date_of(day), start);
        prop_assert!(quarter.first_day(start) <= date_of(day));
        prop_assert!(date_of(day) <= quarter.last_day(start));
        prop_assert_eq!(Quarter::of(quarter.first_day(start), start), quarter);
        prop_assert_eq!(quarter.next().first_day(start), quarter.last_day(start) + Days::new(1));
        prop_assert_eq!(quarter.next().prev(), quarter);
    }

    #[test]
    fn a_quarter_reads_back_from_its_code(index in 0_i32..40_000) {
        let quarter = Quarter::from_index(index);
        prop_assert_eq!(quarter.code().parse::<Quarter>().unwrap(), quarter);
    }

    #[test]
    fn a_local_time_that_came_once_goes_to_utc_and_back(seconds in 0_i64..2_000_000_000) {
        let utc = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        for name in ["Asia/Shanghai", "Asia/Kathmandu", "Pacific/Auckland", "America/New_York"] {
            let zone: Zone = name.parse().unwrap();
            let local = zone.local(utc);
            prop_assert_eq!(zone.local(zone.utc(local)), local);
        }
    }
}
