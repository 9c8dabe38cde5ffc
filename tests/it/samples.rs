//! A service desk's event log through the mapping that the product brings along: a small log of our
//! own always, the published one (5,998 events, CC BY 4.0) where ESPALIER_SAMPLES names its folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use espalier::evidence::import::SERVICE_RECORDS;
use espalier::import::run::Outcome;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{did, file};
use crate::support::tallies::{Picture, assert_recount_is_clean};

both! {
    a_log_of_events_becomes_records,
    the_published_log_becomes_its_890_incidents,
    one_more_event_of_the_published_log_changes_exactly_its_cells,
}

const MAPPING: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/seeds/mappings/incident-log.toml"
));
const OWN_LOG: &str = include_str!("data/incident-log.csv");

fn load(db: &TestDb, log: impl Into<Vec<u8>>) -> Outcome {
    file(&SERVICE_RECORDS, log)
        .mapped(MAPPING)
        .create_missing()
        .load(db)
}

fn a_log_of_events_becomes_records(db: &TestDb) {
    let outcome = load(db, OWN_LOG);
    assert_eq!(
        (outcome.rows_read, outcome.superseded, did(&outcome)),
        (9, 5, "4/0/0/0".to_string())
    );
    let made = outcome.loaded;
    assert_eq!(
        (
            made.created_staff,
            made.created_teams,
            made.created_categories
        ),
        (2, 2, 2)
    );
    // X0001 is "Resolved by 149" and "Group 56", X0002 "Resolved by 81" and "Group 70".
    let picture = Picture::of(db);
    let resolved = "resolved_n 1, resolved_sum 1";
    assert_eq!(
        picture.cell("staff 2016Q1 X0001 X0001 phone"),
        format!(
            "records 1, sla_n 1, sla_sum 1, reopened_n 1, transferred_n 1, transferred_sum 1, {resolved}, \
             resolve_n 1, resolve_sum 613, resolve_sumsq 375769"
        )
    );
    // 23:30 in UTC is the next morning in Shanghai, and the next quarter.
    assert_eq!(
        picture.cell("staff 2016Q2 X0001 X0001 self_service"),
        format!(
            "records 1, sla_n 1, reopened_n 1, reopened_sum 1, transferred_n 1, {resolved}, \
             resolve_n 1, resolve_sum 1480, resolve_sumsq 2190400"
        )
    );
    // Closed, though nobody wrote down when it was resolved.
    assert_eq!(
        picture.cell("staff 2016Q1 X0002 X0002 email"),
        format!("records 1, sla_n 1, reopened_n 1, transferred_n 1, transferred_sum 1, {resolved}")
    );
    // Nobody's, of no team, still open.
    assert_eq!(
        picture.cell("company 2016-03-01 phone"),
        "records 1, sla_n 1, reopened_n 1, transferred_n 1, transferred_sum 1, resolved_n 1"
    );
    assert_eq!(picture.keys("staff").len(), 3);
    assert_eq!(did(&load(db, OWN_LOG)), "0/0/4/0");
    assert_eq!(Picture::of(db), picture);
    assert_eq!(assert_recount_is_clean(db), 4);
}

/// The published log; `None`, said once, where the samples are not at hand.
pub fn published_log() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ESPALIER_SAMPLES") else {
        eprintln!("not run: the sample data are not present (ESPALIER_SAMPLES is not set)");
        return None;
    };
    let log = Path::new(&folder).join("incidents/incident_event_log.csv");
    assert!(log.is_file(), "{} is missing", log.display());
    Some(log)
}

/// records, SLA met, reopened, transferred, with a time of resolution, minutes to resolution
type Sums = [i64; 6];

/// The log counted in another way: each incident's last event, by who resolved it and by group.
fn counted_by_hand(log: &Path) -> HashMap<(String, String), Sums> {
    let mut reader = csv::Reader::from_path(log).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let mut last: HashMap<String, csv::StringRecord> = HashMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        last.insert(row[at("number")].to_string(), row);
    }
    let minute = |text: &str| {
        let time = NaiveDateTime::parse_from_str(text, "%d-%m-%Y %H:%M").ok()?;
        Some(time.and_utc().timestamp() / 60)
    };
    let mut sums: HashMap<(String, String), Sums> = HashMap::new();
    for row in last.values() {
        let key = (
            row[at("resolved_by")].to_string(),
            row[at("assignment_group")].to_string(),
        );
        let sum = sums.entry(key).or_default();
        sum[0] += 1;
        sum[1] += i64::from(&row[at("made_sla")] == "TRUE");
        sum[2] += i64::from(&row[at("reopen_count")] != "0");
        sum[3] += i64::from(&row[at("reassignment_count")] != "0");
        if let Some(resolved) = minute(&row[at("resolved_at")]) {
            sum[4] += 1;
            sum[5] += resolved - minute(&row[at("opened_at")]).unwrap();
        }
    }
    sums
}

/// The group of most of somebody's incidents, the first in order of name where several have most.
fn home<'a>(counted: &'a HashMap<(String, String), Sums>, person: &str) -> &'a str {
    let groups = counted
        .iter()
        .filter(|((p, group), _)| p == person && group != "?");
    let most = groups.max_by_key(|((_, group), sums)| (sums[0], std::cmp::Reverse(group)));
    most.map_or("?", |((_, group), _)| group)
}

fn the_published_log_becomes_its_890_incidents(db: &TestDb) {
    let Some(log) = published_log() else {
        return;
    };
    let bytes = std::fs::read(&log).unwrap();
    let outcome = load(db, bytes.clone());
    assert_eq!(
        (outcome.rows_read, outcome.superseded, did(&outcome)),
        (5_998, 5_108, "890/0/0/0".to_string())
    );
    let picture = Picture::of(db);
    let company = |column| -> i64 {
        let days = picture.keys("company").into_iter();
        days.map(|day| picture.value(day, column)).sum()
    };
    assert_eq!(
        (company("records"), company("sla_n"), company("sla_sum")),
        (890, 890, 495)
    );

    let names: HashMap<String, String> = db
        .lines(
            "select name || '|' || employee_no as line from staff \
             union all select name_zh || '|' || code from team",
        )
        .into_iter()
        .map(|line| {
            let (name, code) = line.split_once('|').unwrap();
            (name.to_string(), code.to_string())
        })
        .collect();
    let counted = counted_by_hand(&log);
    let mut expected: HashMap<(&str, &str), Sums> = HashMap::new();
    for ((person, group), sums) in &counted {
        // Of no group of its own: that of the person, which is the one of most of their incidents.
        let group = if group == "?" {
            home(&counted, person)
        } else {
            group
        };
        let total = expected.entry((person, group)).or_default();
        for (sum, more) in total.iter_mut().zip(sums) {
            *sum += more;
        }
    }
    expected.retain(|(person, _), _| *person != "?");
    assert!(expected.len() > 117);
    for ((person, group), sums) in &expected {
        let team = names.get(*group).map_or("-", String::as_str);
        let key = format!("staff 2016Q1 {} {team} phone", names[*person]);
        let columns = [
            "records",
            "sla_sum",
            "reopened_sum",
            "transferred_sum",
            "resolve_n",
            "resolve_sum",
        ];
        assert_eq!(
            columns.map(|column| picture.value(&key, column)),
            *sums,
            "{person}, {group}"
        );
    }
    assert_eq!(picture.keys("staff").len(), expected.len());

    assert_eq!(did(&load(db, bytes)), "0/0/890/0");
    assert_eq!(Picture::of(db), picture);
    assert_eq!(assert_recount_is_clean(db), 890);
}

fn one_more_event_of_the_published_log_changes_exactly_its_cells(db: &TestDb) {
    let Some(log) = published_log() else {
        return;
    };
    let text = std::fs::read_to_string(log).unwrap();
    load(db, text.clone());
    let before = Picture::of(db);
    let last = text
        .lines()
        .rfind(|line| line.starts_with("INC0000045,"))
        .unwrap();
    let corrected = last.replace(",TRUE,Caller", ",FALSE,Caller");
    assert_ne!(corrected, last);
    assert_eq!(
        did(&load(db, format!("{}\n{corrected}\n", text.trim_end()))),
        "0/1/889/0"
    );
    let code = |table: &str, column: &str, code: &str, name: &str| {
        db.line(&format!(
            "select {code} as line from {table} where {column} = '{name}'"
        ))
    };
    let person = code("staff", "name", "employee_no", "Resolved by 149");
    let team = code("team", "name_zh", "code", "Group 56");
    assert_eq!(
        before.changes(&Picture::of(db)),
        [
            "company 2016-02-29 phone: sla_sum -1".to_string(),
            format!("staff 2016Q1 {person} {team} phone: sla_sum -1"),
            format!("team 2016Q1 {team} phone: sla_sum -1"),
            format!("team-day {team} 2016-02-29: sla_sum -1"),
        ]
    );
    assert_recount_is_clean(db);
}
