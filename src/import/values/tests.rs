//! Values: what each kind of cell accepts, what it refuses, and that whatever is written is read back.

use chrono_tz::Asia::Shanghai;
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;

use super::*;

fn times(formats: &[&str], zone: Tz) -> Times {
    let formats: Vec<String> = formats.iter().map(|f| (*f).to_owned()).collect();
    Times::new(&formats, zone).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn text_is_bounded_in_characters_and_free_of_control_characters() {
    assert_eq!(text("你好", 2, false), Ok("你好"));
    assert_eq!(text("你好吗", 2, false), Err(Reason::TooLong { max: 2 }));
    assert_eq!(text("a\0b", 9, true), Err(Reason::ControlCharacter));
    assert_eq!(text("a\u{85}b", 9, true), Err(Reason::ControlCharacter));
    assert_eq!(text("a\r\nb", 9, false), Err(Reason::LineBreak));
    assert_eq!(text("a\tb", 9, false), Err(Reason::ControlCharacter));
    assert_eq!(text("a\r\n\tb", 9, true), Ok("a\r\n\tb"));
}

#[test]
fn a_code_can_stand_in_an_address() {
    for good in ["E1042", "X0001", "a.b-c_d", "售后一组", "7"] {
        assert_eq!(code(good), Ok(good));
    }
    for bad in ["", "a b", "a/b", "..", "-a", "a?", "a#"] {
        assert_eq!(code(bad), Err(Reason::NotACode), "{bad}");
    }
    assert_eq!(code(&"a".repeat(65)), Err(Reason::TooLong { max: 64 }));
}

#[test]
fn a_whole_number_may_be_written_as_spreadsheets_do_but_not_otherwise() {
    assert_eq!(integer("5", 1, 5), Ok(5));
    assert_eq!(integer("5.0", 1, 5), Ok(5));
    assert_eq!(integer("-3.00", -5, 5), Ok(-3));
    assert_eq!(integer("+4", 1, 5), Ok(4));
    let range = || Reason::OutOfRange {
        min: "1".into(),
        max: "5".into(),
    };
    assert_eq!(integer("0", 1, 5), Err(range()));
    assert_eq!(integer("6.0", 1, 5), Err(range()));
    for bad in [
        "",
        "5.",
        ".0",
        "5.5",
        "1,000",
        "1e3",
        "five",
        "0x5",
        "５",
        "99999999999999999999",
    ] {
        assert_eq!(integer(bad, 1, 5), Err(Reason::NotANumber), "{bad}");
    }
}

#[test]
fn decimals_are_hundredths_rounded_half_away_from_zero() {
    let read = |cell| decimal2(cell, -10_000, 10_000);
    assert_eq!(read("4.5"), Ok(450));
    assert_eq!(read(".5"), Ok(50));
    assert_eq!(read("5."), Ok(500));
    assert_eq!(read("-0.01"), Ok(-1));
    assert_eq!(read("4.333333333333333"), Ok(433));
    // The usual float trap: 1.005 as a double lies below the half.
    assert_eq!(read("1.005"), Ok(101));
    assert_eq!(read("-1.005"), Ok(-101));
    assert_eq!(read("0.004999999"), Ok(0));
    for bad in [
        "", "-", ".", "4,5", "1e2", "NaN", "inf", "4.5.6", "--4", "4 5",
    ] {
        assert_eq!(read(bad), Err(Reason::NotANumber), "{bad}");
    }
    assert_eq!(
        decimal2("100.01", 0, 10_000),
        Err(Reason::OutOfRange {
            min: "0".into(),
            max: "100".into()
        })
    );
    assert_eq!(hundredths_text(-150), "-1.5");
    assert_eq!(hundredths_text(5), "0.05");
    assert_eq!(hundredths_text(10_000), "100");
}

#[test]
fn yes_and_no_come_as_words_of_any_case_or_as_counts() {
    let words = Words::new(&["Gelöst".into(), "N".into()], &["OFFEN".into()]);
    for yes in [
        "TRUE", "yes", "Y", "是", "√", "gelöst", "GELÖST", "1", "7", "2.0",
    ] {
        assert_eq!(words.bool(yes), Ok(true), "{yes}");
    }
    for no in ["False", "no", "否", "0", "0.0", "offen"] {
        assert_eq!(words.bool(no), Ok(false), "{no}");
    }
    // A mapping that says N means true is believed.
    assert_eq!(words.bool("n"), Ok(true));
    for bad in ["-1", "0.5", "maybe", "", "yess"] {
        assert_eq!(words.bool(bad), Err(Reason::NotYesOrNo), "{bad}");
    }
}

#[test]
fn a_choice_is_found_whatever_its_case_and_joints() {
    const CHANNELS: &[&str] = &["phone", "self_service"];
    assert_eq!(choice("Phone", CHANNELS), Ok("phone"));
    assert_eq!(choice("Self Service", CHANNELS), Ok("self_service"));
    assert_eq!(choice("self-service", CHANNELS), Ok("self_service"));
    assert_eq!(
        choice("fax", CHANNELS),
        Err(Reason::NotAChoice {
            choices: "phone, self_service".into()
        })
    );
}

#[test]
fn durations_are_read_in_the_form_the_mapping_names() {
    use Duration::*;
    let read = |cell, form| seconds(cell, form, 1_000_000);
    assert_eq!(read("312", Seconds), Ok(312));
    assert_eq!(read("311.5", Seconds), Ok(312));
    assert_eq!(read("5.5", Minutes), Ok(330));
    assert_eq!(read("0.333333", Hours), Ok(1200));
    assert_eq!(read("1:02:03", Seconds), Ok(3723));
    assert_eq!(read("27:00:00", HoursMinutesSeconds), Ok(97_200));
    assert_eq!(read("0:00:59.6", HoursMinutesSeconds), Ok(60));
    assert_eq!(read("1:30", HoursMinutes), Ok(5400));
    assert_eq!(read("1:30", MinutesSeconds), Ok(90));
    assert_eq!(read("90:05", MinutesSeconds), Ok(5405));
    for (bad, form) in [
        ("1:30", Seconds),
        ("5", HoursMinutesSeconds),
        ("1:60:00", HoursMinutesSeconds),
        ("1:00:60", HoursMinutesSeconds),
        ("1:1.5:00", HoursMinutesSeconds),
        ("-1:00:00", HoursMinutesSeconds),
        ("1:-1:00", HoursMinutesSeconds),
        ("1:2:3:4", Seconds),
        (":", Seconds),
        ("::", Seconds),
        ("5 min", Minutes),
    ] {
        assert_eq!(
            read(bad, form),
            Err(Reason::NotADuration { form: form.name() }),
            "{bad}"
        );
    }
    let range = Reason::OutOfRange {
        min: "0".into(),
        max: "1000000".into(),
    };
    assert_eq!(read("-5", Seconds), Err(range.clone()));
    assert_eq!(read("300:00:00", Seconds), Err(range));
}

#[test]
fn iso_times_and_their_relatives_are_read_without_any_mapping() {
    let shanghai = times(&[], Shanghai);
    for same in [
        "2026-07-01 09:12",
        "2026-07-01T09:12:00",
        "2026-07-01T09:12:00.000",
        "2026/7/1 9:12",
        "2026.07.01  09:12:00",
        "2026年7月1日 9:12",
        "20260701 09:12",
        "2026-07-01T01:12:00Z",
        "2026-07-01 01:12:00 UTC",
        "2026-07-01T03:12:00+02:00",
        "2026-06-30T18:12:00-0700",
        "2026-07-01 01:12:00+00",
    ] {
        assert_eq!(
            shanghai.time(same),
            Ok(utc("2026-07-01T01:12:00Z")),
            "{same}"
        );
    }
    assert_eq!(shanghai.time("2026-07-01"), Ok(utc("2026-06-30T16:00:00Z")));
    assert_eq!(
        shanghai.time("2026-07-01 09:12:33.1234567"),
        Ok(utc("2026-07-01T01:12:33.123456Z"))
    );
    for bad in [
        "",
        "2026",
        "2026-07",
        "2026-07-1x",
        "2026-13-01",
        "2026-02-30",
        "2026-07/01",
        "2026-07-01 24:00",
        "2026-07-01 09:60",
        "2026-07-01 09",
        "2026-07-01 09:12:60",
        "2026-07-01 09:12 PM",
        "2026-07-01T09:12+15:00",
        "01-07-2026",
        "7/1/2026",
        "26-07-01",
        "2026-07-01 09:12:33.",
        "yesterday",
        "-2026-07-01",
        "+2026-07-01",
        "202607011",
    ] {
        assert_eq!(shanghai.time(bad), Err(Reason::NotATime), "{bad}");
    }
    assert!(matches!(
        shanghai.time("0206-07-01"),
        Err(Reason::OutOfRange { .. })
    ));
}

#[test]
fn given_formats_come_first_and_in_their_order_whatever_came_before() {
    let both = times(&["%d/%m/%Y", "%m/%d/%Y"], Shanghai);
    let date = |text| both.date(text).unwrap().to_string();
    assert_eq!(date("03/04/2026"), "2026-04-03");
    assert_eq!(date("12/25/2026"), "2026-12-25");
    // The second format fitted last; the first is still tried first.
    assert_eq!(date("03/04/2026"), "2026-04-03");
    assert_eq!(date("2026-04-03"), "2026-04-03");

    let incident = times(&["%d-%m-%Y %H:%M"], Shanghai);
    assert_eq!(
        incident.time("29-02-2016 01:16"),
        Ok(utc("2016-02-28T17:16:00Z"))
    );
    assert_eq!(incident.time("30-02-2016 01:16"), Err(Reason::NotATime));
    assert_eq!(incident.time("29-02-2016 01:16 "), Err(Reason::NotATime));
    let american = times(
        &["%m/%d/%Y %I:%M %p", "%d %b %Y %H:%M:%S %z", "%s"],
        Shanghai,
    );
    assert_eq!(
        american.time("7/1/2026 9:12 PM"),
        Ok(utc("2026-07-01T13:12:00Z"))
    );
    assert_eq!(
        american.time("01 Jul 2026 09:12:00 +0000"),
        Ok(utc("2026-07-01T09:12:00Z"))
    );
    assert_eq!(american.time("1782897120"), Ok(utc("2026-07-01T09:12:00Z")));
}

#[test]
fn a_date_is_the_one_written_not_the_one_of_another_zone() {
    let shanghai = times(&[], Shanghai);
    let date = |text| shanghai.date(text).unwrap().to_string();
    assert_eq!(date("2026-07-01"), "2026-07-01");
    assert_eq!(date("2026-06-30T23:30:00Z"), "2026-06-30");
    assert_eq!(shanghai.date("soon"), Err(Reason::NotADate));
}

#[test]
fn clock_changes_take_the_earlier_time_and_refuse_the_skipped_one() {
    // Berlin 2026: forward on 29 March at 02:00 (+1 to +2), back on 25 October at 03:00 (+2 to +1).
    let berlin = times(&[], Berlin);
    for _ in 0..2 {
        assert_eq!(
            berlin.time("2026-03-29 01:59"),
            Ok(utc("2026-03-29T00:59:00Z"))
        );
        assert_eq!(
            berlin.time("2026-03-29 02:30"),
            Err(Reason::NoSuchTime {
                zone: "Europe/Berlin".into()
            })
        );
        assert_eq!(
            berlin.time("2026-03-29 03:00"),
            Ok(utc("2026-03-29T01:00:00Z"))
        );
        assert_eq!(
            berlin.time("2026-10-25 02:30"),
            Ok(utc("2026-10-25T00:30:00Z"))
        );
        assert_eq!(
            berlin.time("2026-10-25 03:00"),
            Ok(utc("2026-10-25T02:00:00Z"))
        );
        assert_eq!(
            berlin.time("2026-10-26 02:30"),
            Ok(utc("2026-10-26T01:30:00Z"))
        );
    }
}

/// Seconds of 1900-01-02 to 2199-12-30, so that no zone leads out of the years accepted.
fn any_second() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_208_902_400_i64..7_258_032_000).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap())
}

proptest! {
    #[test]
    fn a_moment_written_with_its_offset_is_read_back(moment in any_second(), zone in prop::sample::select(vec![Shanghai, Berlin, Tz::America__St_Johns])) {
        let local = moment.with_timezone(&zone);
        // Before the zones were standardised offsets had seconds, which ISO 8601 cannot write.
        prop_assume!(local.offset().fix().local_minus_utc() % 60 == 0);
        let reader = times(&[], Berlin);
        prop_assert_eq!(reader.time(&local.to_rfc3339()), Ok(moment));
        prop_assert_eq!(reader.time(&moment.format("%Y-%m-%d %H:%M:%SZ").to_string()), Ok(moment));
    }

    #[test]
    fn a_local_time_agrees_with_the_zone_database_also_when_the_day_is_remembered(moments in prop::collection::vec(any_second(), 1..20)) {
        let reader = times(&["%d.%m.%Y %H:%M:%S"], Berlin);
        for moment in moments {
            for minutes in [0, 1, 600] {
                let local = (moment + TimeDelta::minutes(minutes)).naive_utc();
                let expected = Berlin.from_local_datetime(&local).earliest().map(|t| t.to_utc());
                prop_assert_eq!(reader.time(&local.format("%Y-%m-%d %H:%M:%S").to_string()).ok(), expected);
                prop_assert_eq!(reader.time(&local.format("%d.%m.%Y %H:%M:%S").to_string()).ok(), expected);
            }
        }
    }

    #[test]
    fn a_date_in_every_form_is_read_back(moment in any_second()) {
        let date = moment.date_naive();
        let reader = times(&[], Shanghai);
        for form in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y年%-m月%-d日", "%Y%m%d"] {
            prop_assert_eq!(reader.date(&date.format(form).to_string()), Ok(date));
        }
    }

    #[test]
    fn numbers_are_read_back(value in any::<i64>(), small in -1_000_000_000i64..1_000_000_000) {
        prop_assert_eq!(integer(&value.to_string(), i64::MIN, i64::MAX), Ok(value));
        let sign = if small < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:02}", small.abs() / 100, small.abs() % 100);
        prop_assert_eq!(decimal2(&text, i64::MIN, i64::MAX), Ok(small));
        prop_assert_eq!(decimal2(&hundredths_text(small), i64::MIN, i64::MAX), Ok(small));
    }

    #[test]
    fn durations_are_read_back(value in 0i64..1_000_000) {
        let text = format!("{}:{:02}:{:02}", value / 3600, value / 60 % 60, value % 60);
        prop_assert_eq!(seconds(&text, Duration::Minutes, 1_000_000), Ok(value));
        prop_assert_eq!(seconds(&value.to_string(), Duration::Seconds, 1_000_000), Ok(value));
        let text = format!("{}:{:02}", value / 60, value % 60);
        prop_assert_eq!(seconds(&text, Duration::MinutesSeconds, 1_000_000), Ok(value));
    }

    #[test]
    fn no_cell_makes_a_parser_panic(cell in "\\PC*|[0-9:./ TZ+-]{0,24}|.{0,40}", max in any::<i64>()) {
        let reader = times(&["%d-%m-%Y %H:%M", "%s", "%c"], Berlin);
        let _ = text(&cell, 5, false);
        let _ = code(&cell);
        let _ = integer(&cell, 0, max);
        let _ = decimal2(&cell, i64::MIN, max);
        let _ = Words::new(&[], &[]).bool(&cell);
        let _ = choice(&cell, &["phone"]);
        let _ = reader.date(&cell);
        let _ = reader.time(&cell);
        for form in [Duration::Seconds, Duration::Hours, Duration::MinutesSeconds, Duration::HoursMinutes] {
            let _ = seconds(&cell, form, max);
        }
    }

    #[test]
    fn no_format_makes_the_check_panic(format in "\\PC{0,12}|(%[a-zA-Z#:.0-9_-]{1,3}){0,6}") {
        let _ = check_format(&format);
    }
}
