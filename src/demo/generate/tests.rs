//! What the files promise, read back the way a stranger would read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use sha2::{Digest, Sha256};

use super::*;

/// A row of a file.
#[derive(Debug)]
struct Row {
    columns: Arc<csv::StringRecord>,
    cells: csv::StringRecord,
}

impl Row {
    /// The cell of a column.
    #[track_caller]
    fn at(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| name == column);
        &self.cells[place.unwrap_or_else(|| panic!("no column {column}"))]
    }
}

fn read(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns = Arc::new(reader.headers().unwrap().clone());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|cells| Row {
        columns: Arc::clone(&columns),
        cells,
    })
    .collect()
}

/// All files of one company.
struct Data {
    teams: Vec<Row>,
    staff: Vec<Row>,
    records: Vec<Row>,
    answers: Vec<Row>,
    complaints: Vec<Row>,
    reviews: Vec<Row>,
    corrections: Vec<Row>,
}

fn generate(options: &Options) -> Data {
    let dir = tempfile::tempdir().unwrap();
    let files = write_files(dir.path(), options).unwrap();
    Data {
        teams: read(&files.teams),
        staff: read(&files.staff),
        records: read(&files.service_records),
        answers: read(&files.survey_answers),
        complaints: read(&files.complaints),
        reviews: read(&files.quality_reviews),
        corrections: read(&files.corrections),
    }
}

/// The company as `demo` makes it.
static DEFAULT: LazyLock<Data> = LazyLock::new(|| generate(&Options::default()));

const LAST: &str = "2026Q3";

fn quarter(time: &str) -> String {
    let month: u32 = time[5..7].parse().unwrap();
    format!("{}Q{}", &time[..4], month.div_ceil(3))
}

fn date(time: &str) -> NaiveDate {
    time[..10].parse().unwrap()
}

/// Share of the rows, in percent.
fn percent<'a>(rows: impl IntoIterator<Item = &'a Row>, test: impl Fn(&Row) -> bool) -> f64 {
    let (mut n, mut hits) = (0_u32, 0_u32);
    for row in rows {
        n += 1;
        hits += u32::from(test(row));
    }
    assert!(n > 0, "no rows");
    100.0 * f64::from(hits) / f64::from(n)
}

fn mean<'a>(rows: impl IntoIterator<Item = &'a Row>, column: &str) -> f64 {
    let values: Vec<f64> = rows
        .into_iter()
        .map(|row| row.at(column).parse().unwrap())
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn is_true(column: &str) -> impl Fn(&Row) -> bool {
    move |row| row.at(column) == "true"
}

fn satisfied(row: &Row) -> bool {
    row.at("csat") >= "4"
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found:.2} is not within {tolerance} of {expected}"
    );
}

impl Data {
    /// Contacts of a team in a quarter that somebody handled, bots left out.
    fn handled(&self, team: &str, of: &str) -> Vec<&Row> {
        let wanted = |row: &&Row| {
            row.at("team") == team
                && row.at("bot") == "false"
                && row.at("handled") == "true"
                && quarter(row.at("opened_at")) == of
        };
        self.records.iter().filter(wanted).collect()
    }

    fn records_by_id(&self) -> BTreeMap<&str, &Row> {
        self.records.iter().map(|row| (row.at("id"), row)).collect()
    }

    /// Answers in a quarter, with the record each is about (none for those by service sheet).
    fn answers_in(&self, of: &str) -> Vec<(&Row, Option<&Row>)> {
        let records = self.records_by_id();
        let in_quarter = self
            .answers
            .iter()
            .filter(|row| quarter(row.at("answered_at")) == of);
        in_quarter
            .map(|row| (row, records.get(row.at("record_id")).copied()))
            .collect()
    }

    fn answers_of_team(&self, team: &str, of: &str) -> Vec<&Row> {
        let answers = self.answers_in(of).into_iter();
        answers
            .filter(|(_, record)| record.is_some_and(|record| record.at("team") == team))
            .map(|(row, _)| row)
            .collect()
    }

    fn answers_of_person(&self, number: &str, of: &str) -> Vec<&Row> {
        let answers = self.answers_in(of).into_iter();
        let is_theirs =
            |row: &Row, record: Option<&Row>| record.unwrap_or(row).at("employee") == number;
        answers
            .filter(|(row, record)| is_theirs(row, *record))
            .map(|(row, _)| row)
            .collect()
    }

    fn postings(&self, number: &str) -> Vec<&Row> {
        self.staff
            .iter()
            .filter(|row| row.at("employee_no") == number)
            .collect()
    }

    fn days_served(&self, number: &str) -> Vec<NaiveDate> {
        self.records
            .iter()
            .filter(|row| row.at("employee") == number)
            .map(|row| date(row.at("opened_at")))
            .collect()
    }
}

#[test]
fn the_same_options_give_the_same_bytes_on_every_machine() {
    let options = Options {
        records: 3_000,
        ..Options::default()
    };
    let hash = |options: &Options| {
        let dir = tempfile::tempdir().unwrap();
        let files = write_files(dir.path(), options).unwrap();
        let mut hash = Sha256::new();
        let Files {
            teams,
            staff,
            service_records,
            survey_answers,
            complaints,
            quality_reviews,
            corrections,
        } = files;
        for path in [
            teams,
            staff,
            service_records,
            survey_answers,
            complaints,
            quality_reviews,
            corrections,
        ] {
            hash.update(fs::read(path).unwrap());
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let first = hash(&options);
    assert_eq!(first, hash(&options));
    assert_ne!(first, hash(&Options { seed: 2, ..options }));
    // Fixed, so that a platform or a new version of a crate that draws otherwise is noticed. A
    // deliberate change of what is generated puts its own value here.
    assert_eq!(
        first,
        "d3973a31f86f6a305622af409ca5f930d0b4d02e4b768bba3a744b8c8ef3d43f"
    );
}

#[test]
fn there_are_as_many_people_and_records_as_asked_for() {
    for (staff, records, quarters) in [(60, 24_000, 4), (60, 0, 1), (61, 700, 2), (337, 5_001, 3)] {
        let data = generate(&Options {
            staff,
            records,
            quarters,
            ..Options::default()
        });
        let people: BTreeSet<&str> = data.staff.iter().map(|row| row.at("employee_no")).collect();
        assert_eq!(people.len(), staff);
        assert_eq!(data.records.len(), records);
        let seen: BTreeSet<String> = data
            .records
            .iter()
            .map(|row| quarter(row.at("opened_at")))
            .collect();
        assert_eq!(seen.len(), if records == 0 { 0 } else { quarters });
    }
    let leaves = DEFAULT
        .teams
        .iter()
        .filter(|row| row.at("parent") == "HQ")
        .count();
    assert_eq!((DEFAULT.teams.len(), leaves), (7, 6));
}

/// The different cells of a column.
fn ids<'a>(rows: &'a [Row], column: &str) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row.at(column)).collect()
}

/// Every cell of the column is empty or known.
#[track_caller]
fn resolves(rows: &[Row], column: &str, known: &BTreeSet<&str>) {
    let mut cells = rows.iter().map(|row| row.at(column));
    let lost = cells.find(|code| !code.is_empty() && !known.contains(code));
    assert_eq!(lost, None, "{column}");
}

#[test]
fn every_id_is_there_once_and_every_reference_resolves() {
    let scaled = generate(&Options {
        staff: 300,
        records: 20_000,
        ..Options::default()
    });
    for data in [&*DEFAULT, &scaled] {
        for rows in [
            &data.records,
            &data.answers,
            &data.complaints,
            &data.reviews,
        ] {
            assert_eq!(ids(rows, "id").len(), rows.len());
        }
        let (teams, staff) = (ids(&data.teams, "code"), ids(&data.staff, "employee_no"));
        let records = ids(&data.records, "id");
        resolves(&data.teams, "parent", &teams);
        resolves(&data.staff, "team", &teams);
        resolves(&data.staff, "manager", &staff);
        resolves(&data.records, "team", &teams);
        for rows in [
            &data.records,
            &data.answers,
            &data.complaints,
            &data.reviews,
            &data.corrections,
        ] {
            resolves(rows, "employee", &staff);
        }
        resolves(&data.reviews, "reviewer", &staff);
        resolves(&data.answers, "record_id", &records);
        resolves(&data.complaints, "record_id", &records);
        resolves(&data.corrections, "id", &records);
    }
}

#[test]
fn everybody_but_the_head_has_a_line_that_ends_at_the_head() {
    let data = generate(&Options {
        staff: 300,
        records: 0,
        ..Options::default()
    });
    let managers: BTreeMap<&str, &str> = data
        .staff
        .iter()
        .map(|row| (row.at("employee_no"), row.at("manager")))
        .collect();
    for number in managers.keys() {
        let mut above = *number;
        let mut steps = 0;
        while !managers[above].is_empty() {
            above = managers[above];
            steps += 1;
            assert!(steps < 5, "{number} has a line without an end");
        }
        assert_eq!(above, "E1060");
    }
}

#[test]
fn times_are_in_order_and_not_later_than_the_export() {
    let in_order = |rows: &[Row], columns: &[&str]| {
        for row in rows {
            let times: Vec<&str> = columns
                .iter()
                .map(|column| row.at(column))
                .filter(|time| !time.is_empty())
                .collect();
            assert!(times.is_sorted(), "{row:?}");
            assert!(
                times.last().is_none_or(|time| *time < "2026-10-15"),
                "{row:?}"
            );
        }
    };
    let of_records = ["opened_at", "first_reply_at", "resolved_at", "closed_at"];
    in_order(&DEFAULT.records, &of_records);
    in_order(&DEFAULT.corrections, &of_records);
    in_order(
        &DEFAULT.complaints,
        &[
            "received_at",
            "classified_at",
            "assigned_at",
            "investigated_at",
            "handled_at",
            "replied_at",
            "followed_up_at",
        ],
    );
    let records = DEFAULT.records_by_id();
    for answer in DEFAULT
        .answers
        .iter()
        .filter(|row| !row.at("record_id").is_empty())
    {
        assert!(
            answer.at("answered_at") > records[answer.at("record_id")].at("opened_at"),
            "{answer:?}"
        );
    }
}

#[test]
fn flags_agree_with_each_other_and_with_the_times() {
    for row in &DEFAULT.records {
        let solved_at_once = row.at("first_contact_resolved") == "true";
        let came_back = ["reopened", "transferred", "escalated"]
            .iter()
            .any(|column| row.at(column) == "true");
        assert!(!(solved_at_once && came_back), "{row:?}");
        assert!(
            !solved_at_once || !row.at("resolved_at").is_empty(),
            "{row:?}"
        );
        if row.at("handled") == "false" || row.at("bot") == "true" {
            assert_eq!(row.at("employee"), "");
        }
        assert_eq!(
            row.at("handled") == "true" && row.at("channel") != "visit",
            !row.at("handle_seconds").is_empty(),
            "{row:?}"
        );
    }
}

#[test]
fn a_person_serves_in_their_team_and_only_while_employed() {
    for row in DEFAULT
        .records
        .iter()
        .filter(|row| !row.at("employee").is_empty())
    {
        let day = date(row.at("opened_at"));
        let posting = DEFAULT
            .postings(row.at("employee"))
            .into_iter()
            .rfind(|posting| date(posting.at("valid_from")) <= day);
        let posting = posting.unwrap_or_else(|| panic!("not yet hired: {row:?}"));
        assert_eq!(posting.at("team"), row.at("team"));
        assert!(
            posting.at("left_on").is_empty() || day < date(posting.at("left_on")),
            "{row:?}"
        );
    }
}

#[test]
fn one_team_improves_by_half_and_then_in_full() {
    let team = planted::IMPROVING_TEAM;
    for (of, sla, csat) in [
        ("2025Q4", 74.0, 75.5),
        ("2026Q1", 74.0, 75.5),
        ("2026Q2", 83.0, 83.5),
        (LAST, 92.0, 91.5),
    ] {
        assert_near(
            percent(DEFAULT.handled(team, of), is_true("sla_met")),
            sla,
            4.0,
        );
        assert_near(
            percent(DEFAULT.answers_of_team(team, of), satisfied),
            csat,
            6.0,
        );
    }
}

#[test]
fn one_team_gets_faster_and_solves_less_at_the_first_contact() {
    let team = planted::HASTY_TEAM;
    let before = mean(DEFAULT.handled(team, "2026Q1"), "handle_seconds");
    let after = mean(DEFAULT.handled(team, LAST), "handle_seconds");
    assert_near(100.0 * after / before, 79.0, 6.0);
    for (of, fcr) in [("2026Q1", 80.0), ("2026Q2", 74.0), (LAST, 68.0)] {
        assert_near(
            percent(DEFAULT.handled(team, of), is_true("first_contact_resolved")),
            fcr,
            4.0,
        );
    }
}

#[test]
fn the_other_teams_stay_as_they_were() {
    for team in ["SC", "FW", "CR"] {
        for column in ["sla_met", "first_contact_resolved"] {
            let before = percent(DEFAULT.handled(team, "2026Q1"), is_true(column));
            assert_near(
                percent(DEFAULT.handled(team, LAST), is_true(column)),
                before,
                5.5,
            );
        }
    }
}

#[test]
fn one_person_has_three_answers_and_one_more_than_a_hundred() {
    let few = DEFAULT.answers_of_person(planted::THREE_ANSWERS, LAST);
    assert_eq!(
        few.iter().map(|row| row.at("csat")).collect::<Vec<_>>(),
        ["5", "5", "5"]
    );
    assert!(
        DEFAULT
            .answers_of_person(planted::THREE_ANSWERS, "2026Q2")
            .len()
            > 20
    );
    let many = DEFAULT.answers_of_person(planted::STAR, LAST);
    assert!(many.len() > 100, "{} answers", many.len());
    assert_near(percent(many, satisfied), 95.0, 1.0);
}

#[test]
fn joiners_are_in_scope_for_43_and_73_days() {
    let end: NaiveDate = "2026-10-01".parse().unwrap();
    for (number, days) in [(planted::LATE_JOINER, 43), (planted::EARLY_JOINER, 73)] {
        let hired = date(DEFAULT.postings(number)[0].at("hired_on"));
        assert_eq!((end - hired).num_days(), days);
        let served = DEFAULT.days_served(number);
        assert!(served.len() > 20 && served.iter().all(|day| *day >= hired));
    }
}

#[test]
fn one_person_moves_in_mid_quarter_and_one_leaves() {
    let postings = DEFAULT.postings(planted::TRANSFER);
    let teams: Vec<(&str, &str)> = postings
        .iter()
        .map(|row| (row.at("team"), row.at("manager")))
        .collect();
    assert_eq!(teams, [("SC", "E1051"), ("KA", "E1056")]);
    assert_eq!(postings[1].at("valid_from"), "2026-08-17");
    for team in ["SC", "KA"] {
        let served = DEFAULT
            .handled(team, LAST)
            .iter()
            .filter(|row| row.at("employee") == planted::TRANSFER)
            .count();
        assert!(served >= 5, "{served} contacts in {team}");
    }
    assert_eq!(
        DEFAULT.postings(planted::LEAVER)[0].at("left_on"),
        "2026-07-31"
    );
    let served = DEFAULT.days_served(planted::LEAVER);
    assert!(
        served
            .last()
            .is_some_and(|day| (*day).to_string().as_str() > "2026-07-20")
    );
}

#[test]
fn one_person_has_no_complaint_and_one_six_in_a_row() {
    let of = |number: &str| {
        DEFAULT
            .complaints
            .iter()
            .filter(|row| row.at("employee") == number)
            .collect::<Vec<_>>()
    };
    assert!(of(planted::NO_COMPLAINTS).is_empty());
    assert!(DEFAULT.days_served(planted::NO_COMPLAINTS).len() > 300);
    let cluster = of(planted::COMPLAINT_CLUSTER);
    let in_last =
        |row: &&&Row| quarter(row.at("received_at")) == LAST && row.at("substantiated") == "true";
    assert!(cluster.iter().filter(in_last).count() >= 6);
    let received = DEFAULT.complaints.len() as f64 / DEFAULT.records.len() as f64 * 1_000.0;
    assert_near(received, 3.3, 0.8);
    assert_near(
        percent(&DEFAULT.complaints, is_true("substantiated")),
        67.0,
        12.0,
    );
}

#[test]
fn some_contacts_have_no_person() {
    assert_near(percent(&DEFAULT.records, is_true("bot")), 7.0, 1.0);
    assert_near(
        percent(&DEFAULT.records, |row| row.at("handled") == "false"),
        1.2,
        0.4,
    );
    let unattributed = |row: &Row| {
        row.at("employee").is_empty() && row.at("bot") == "false" && row.at("handled") == "true"
    };
    assert_near(percent(&DEFAULT.records, unattributed), 0.75, 0.25);
}

#[test]
fn field_teams_rest_on_sundays_and_the_others_have_a_quiet_day() {
    let on = |weekday: Weekday| {
        DEFAULT
            .records
            .iter()
            .filter(move |row| date(row.at("opened_at")).weekday() == weekday)
    };
    assert!(on(Weekday::Sun).all(|row| row.at("team") != "FE" && row.at("team") != "FW"));
    let (monday, sunday) = (on(Weekday::Mon).count(), on(Weekday::Sun).count());
    assert!(
        monday > sunday && sunday > 1_000,
        "{monday} on Mondays, {sunday} on Sundays"
    );
}

#[test]
fn the_small_team_is_small() {
    let contacts = DEFAULT.handled(planted::SMALL_TEAM, LAST).len();
    assert!((120..260).contains(&contacts), "{contacts}");
}

#[test]
fn two_records_are_corrected_each_in_one_respect() {
    let records = DEFAULT.records_by_id();
    let changed = |row: &'static Row| -> Vec<&str> {
        let before = records[row.at("id")];
        row.columns
            .iter()
            .filter(|column| before.at(column) != row.at(column))
            .collect()
    };
    let changes: BTreeMap<&str, Vec<&str>> = DEFAULT
        .corrections
        .iter()
        .map(|row| (row.at("team"), changed(row)))
        .collect();
    assert_eq!(changes[planted::REATTRIBUTED_IN], ["employee"]);
    assert_eq!(
        changes[planted::RESETTLED_IN],
        ["resolved_at", "closed_at", "sla_met"]
    );
    assert_eq!(DEFAULT.corrections.len(), 2);
    assert!(
        DEFAULT
            .corrections
            .iter()
            .all(|row| quarter(row.at("opened_at")) == LAST)
    );
}

#[test]
fn solving_at_once_and_in_time_satisfies_customers() {
    let records = DEFAULT.records_by_id();
    for column in ["first_contact_resolved", "sla_met"] {
        let answers = DEFAULT
            .answers
            .iter()
            .filter(|row| !row.at("record_id").is_empty());
        let (with, without): (Vec<&Row>, Vec<&Row>) =
            answers.partition(|row| records[row.at("record_id")].at(column) == "true");
        assert_near(
            percent(with, satisfied) - percent(without, satisfied),
            11.0,
            6.0,
        );
    }
}

#[test]
fn surveys_come_back_at_the_usual_rate_with_answers_in_range() {
    let served = DEFAULT
        .records
        .iter()
        .filter(|row| row.at("bot") == "false" && row.at("handled") == "true")
        .count();
    assert_near(
        100.0 * DEFAULT.answers.len() as f64 / served as f64,
        22.5,
        2.0,
    );
    let ranges = [
        ("csat", 1, 5),
        ("nps", 0, 10),
        ("ces", 1, 7),
        ("quality", 1, 5),
        ("speed", 1, 5),
        ("innovation", 1, 5),
    ];
    for (column, least, most) in ranges {
        let seen: BTreeSet<i32> = DEFAULT
            .answers
            .iter()
            .map(|row| row.at(column))
            .filter(|cell| !cell.is_empty())
            .map(|cell| cell.parse().unwrap())
            .collect();
        assert_eq!(
            (seen.first(), seen.last()),
            (Some(&least), Some(&most)),
            "{column}"
        );
    }
    let commented = percent(&DEFAULT.answers, |row| !row.at("comment").is_empty());
    assert_near(commented, 17.0, 4.0);
}

#[test]
fn an_answer_names_its_record_or_its_person_never_both() {
    for row in &DEFAULT.answers {
        assert_ne!(
            row.at("record_id").is_empty(),
            row.at("employee").is_empty(),
            "{row:?}"
        );
    }
    let by_sheet = DEFAULT
        .answers
        .iter()
        .filter(|row| row.at("record_id").is_empty())
        .count();
    assert!(by_sheet > 50, "{by_sheet}");
}

#[test]
fn each_agent_is_reviewed_four_to_six_times_a_month_by_a_lead() {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for row in &DEFAULT.reviews {
        *counts
            .entry((row.at("employee"), &row.at("day")[..7]))
            .or_default() += 1;
        let (points, applicable): (u32, u32) = (
            row.at("points").parse().unwrap(),
            row.at("applicable").parse().unwrap(),
        );
        assert!(points <= applicable && applicable <= 100, "{row:?}");
        assert_eq!(
            DEFAULT.postings(row.at("reviewer"))[0].at("job_role"),
            "team_lead"
        );
    }
    for month in ["2025-10", "2026-02", "2026-09"] {
        for agent in ["E1001", "E1012", "E1050"] {
            assert!(
                (4..=6).contains(&counts[&(agent, month)]),
                "{agent} in {month}"
            );
        }
    }
    assert!(!counts.contains_key(&(planted::LEAVER, "2026-08")));
}

#[test]
fn more_people_leave_the_planted_effects_as_they_are() {
    let data = generate(&Options {
        staff: 1_000,
        records: 60_000,
        ..Options::default()
    });
    assert_eq!(
        data.answers_of_person(planted::THREE_ANSWERS, LAST).len(),
        3
    );
    assert!(data.answers_of_person(planted::STAR, LAST).len() > 100);
    assert_near(
        percent(
            data.handled(planted::IMPROVING_TEAM, LAST),
            is_true("sla_met"),
        ),
        92.0,
        4.0,
    );
    // The same kind of team elsewhere does not improve.
    let elsewhere = data
        .records
        .iter()
        .filter(|row| row.at("team").starts_with('B') && row.at("team").ends_with("-02"));
    let last =
        elsewhere.filter(|row| quarter(row.at("opened_at")) == LAST && row.at("handled") == "true");
    assert_near(percent(last, is_true("sla_met")), 74.0, 5.0);
    let others = data
        .records
        .iter()
        .filter(|row| row.at("team").starts_with('B'))
        .count();
    assert_eq!(others, 36_000);
}

#[test]
fn another_last_quarter_moves_everything() {
    let data = generate(&Options {
        quarters: 1,
        last_quarter: (2024, 4),
        records: 6_000,
        ..Options::default()
    });
    assert!(
        data.records
            .iter()
            .all(|row| quarter(row.at("opened_at")) == "2024Q4")
    );
    assert_eq!(
        data.postings(planted::TRANSFER)[1].at("valid_from"),
        "2024-11-17"
    );
    assert_eq!(
        data.answers_of_person(planted::THREE_ANSWERS, "2024Q4")
            .len(),
        3
    );
}

#[test]
fn names_hold_the_usual_traps_and_commas_do_no_harm() {
    let name = |wanted: &str| DEFAULT.staff.iter().any(|row| row.at("name") == wanted);
    assert!(
        ["阿依古丽·买买提", "欧阳文博", "单雪", "曾伟"]
            .into_iter()
            .all(name)
    );
    assert!(
        DEFAULT
            .answers
            .iter()
            .any(|row| row.at("comment") == "Quick and friendly, thank you.")
    );
}

#[test]
fn numbers_out_of_range_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("new");
    for options in [
        Options {
            staff: 59,
            ..Options::default()
        },
        Options {
            quarters: 0,
            ..Options::default()
        },
        Options {
            last_quarter: (2026, 5),
            ..Options::default()
        },
    ] {
        assert_eq!(
            write_files(&target, &options).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    assert!(!target.exists());
}
