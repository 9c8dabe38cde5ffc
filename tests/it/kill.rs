//! Killed with -9 in the middle of its work, the program loses nothing that it has acknowledged, leaves
//! nothing half done, and its tallies are what the rows say.
//!
//! Ten kills of each kind on each database; `scripts/long kill` sets ESPALIER_KILLS to fifty. They are
//! spread over the time that the work takes when nobody disturbs it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{TEMPLATE, records, staff, teams};
use crate::support::program::{Done, espalier, files, read_json, run, write};

both! {
    a_killed_import_is_there_as_a_whole_or_not_at_all,
    a_killed_cycle_step_is_taken_as_a_whole_or_not_at_all,
    a_killed_report_leaves_a_whole_bundle,
}

fn kills() -> u32 {
    let wanted = std::env::var("ESPALIER_KILLS").ok();
    wanted.map_or(10, |n| n.parse().unwrap())
}

/// How long a command takes undisturbed.
fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    Done::of(command.output().unwrap()).fine();
    start.elapsed()
}

/// Starts a command and kills it with -9 after a while; whether it had finished by then.
fn kill(mut command: Command, after: Duration) -> bool {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    sleep(after);
    // One that has ended cannot be killed any more, and says so.
    let _ = child.kill();
    child.wait().unwrap().success()
}

/// The moment of a kill: spread evenly from the start to a little after the end.
fn moment(whole: Duration, kill: u32) -> Duration {
    whole.mul_f64(1.1 * (f64::from(kill) + 0.5) / f64::from(kills()))
}

fn assert_sound(db: &TestDb) {
    let found = run(db, &["check", "--json"]).json();
    assert_eq!(found["ok"], true, "{found}");
}

/// Some people of two teams.
fn company(db: &TestDb, people: usize) {
    teams("code,name_zh\nA,一组\nB,二组\n").load(db);
    let mut csv = String::from("employee_no,name,team,hired_on\n");
    for person in 0..people {
        let team = ["A", "B"][person % 2];
        writeln!(csv, "E{person},员工{person},{team},2000-01-01").unwrap();
    }
    staff(&csv).load(db);
}

const ROWS: usize = 1_000;

/// A file of one round: new records of its own, and every record of round 0 once more, with a handling
/// time that says which round was the last to be loaded.
fn round(number: u32) -> String {
    let mut csv = String::from("id,opened_at,employee,handle_seconds,sla_met\n");
    for row in 0..ROWS {
        let (day, person) = (1 + row % 28, row % 40);
        let met = ["yes", "no"][(row + number as usize) % 2];
        writeln!(
            csv,
            "base-{row},2026-07-{day:02} 09:00,E{person},{},{met}",
            100 + number
        )
        .unwrap();
        if number > 0 {
            writeln!(
                csv,
                "n{number}-{row},2026-08-{day:02} 09:00,E{person},7,yes"
            )
            .unwrap();
        }
    }
    csv
}

fn import(db: &TestDb, file: &str) -> Command {
    let mut command = espalier(db);
    command.args(["import", "service-records", file]);
    command
}

/// Which round the records of round 0 show, and of which rounds there are records: each must be whole.
fn loaded(db: &TestDb) -> (u32, Vec<u32>) {
    let shown = db.lines(
        "select distinct cast(handle_s as text) as line from service_record \
         where external_id like 'base-%'",
    );
    assert_eq!(
        shown.len(),
        1,
        "records of several rounds stand side by side"
    );
    let rounds = db.lines(
        "select substr(external_id, 2, position) || ' ' || count(*) as line from \
         (select external_id, 2 as position from service_record where external_id like 'n__-%' \
          union all \
          select external_id, 1 as position from service_record where external_id like 'n_-%') found \
         group by substr(external_id, 2, position)",
    );
    let rounds = rounds.iter().map(|line| {
        let (round, count) = line.split_once(' ').unwrap();
        assert_eq!(count, ROWS.to_string(), "part of round {round} is there");
        round.parse().unwrap()
    });
    (shown[0].parse::<u32>().unwrap() - 100, rounds.collect())
}

fn a_killed_import_is_there_as_a_whole_or_not_at_all(db: &TestDb) {
    company(db, 40);
    write(db, "round.csv", round(0));
    time(import(db, "round.csv"));
    // The round that all later ones resemble.
    write(db, "round.csv", round(1));
    let whole = time(import(db, "round.csv"));
    let mut last = 1;
    let mut there = vec![1];
    let mut interrupted = 0;
    for number in 2..2 + kills() {
        write(db, "round.csv", round(number));
        let finished = kill(import(db, "round.csv"), moment(whole, number - 2));
        assert_sound(db);
        let (shown, mut rounds) = loaded(db);
        rounds.sort_unstable();
        if finished || rounds.contains(&number) {
            last = number;
            there.push(number);
        } else {
            interrupted += 1;
        }
        assert_eq!(
            (shown, &rounds),
            (last, &there),
            "after round {number}, finished: {finished}"
        );
    }
    assert!(interrupted > 0, "no kill came in time");
    // And work goes on.
    write(db, "round.csv", round(99));
    time(import(db, "round.csv"));
    assert_eq!(loaded(db).0, 99);
    assert_sound(db);
}

/// Three records of each of some people in 2026Q3.
fn some_evidence(db: &TestDb, people: usize) {
    let mut csv = String::from("id,opened_at,employee,sla_met,csat\n");
    for row in 0..people * 3 {
        let (day, person, csat) = (1 + row % 28, row % people, 1 + row % 5);
        writeln!(csv, "r{row},2026-07-{day:02} 09:00,E{person},yes,{csat}").unwrap();
    }
    records(&csv).load(db);
}

fn advance(db: &TestDb, code: &str) -> Command {
    let mut command = espalier(db);
    command.args([
        "cycle", "advance", code, "--to", "closed", "--reason", "a test",
    ]);
    command
}

fn a_killed_cycle_step_is_taken_as_a_whole_or_not_at_all(db: &TestDb) {
    const PEOPLE: usize = 80;
    company(db, PEOPLE);
    some_evidence(db, PEOPLE);
    write(db, "template.toml", TEMPLATE);
    let create = |number: u32| {
        let code = format!("{}Q{}", 2010 + number / 4, 1 + number % 4);
        run(
            db,
            &["cycle", "create", &code, "--template", "template.toml"],
        )
        .fine();
        code
    };
    let whole = time(advance(db, &create(0)));
    let mut interrupted = 0;
    for number in 1..=kills() {
        let code = create(number);
        let finished = kill(advance(db, &code), moment(whole, number - 1));
        assert_sound(db);
        run(db, &["audit", "verify"]).fine();
        let state = db.line(&format!(
            "select state as line from cycle where code = '{code}'"
        ));
        let count = |sql: &str| -> usize { db.line(sql).parse().unwrap() };
        let frozen = count(&format!(
            "select cast(count(*) as text) as line from snapshot \
             where kind = 'person' and subject like '{code}/%'"
        ));
        let steps = count(&format!(
            "select cast(count(*) as text) as line from cycle_stage s join cycle c on c.id = s.cycle_id \
             where c.code = '{code}'"
        ));
        match state.as_str() {
            "closed" => assert_eq!((frozen, steps), (PEOPLE, 7), "{code}"),
            "draft" => {
                assert!(!finished, "{code} was acknowledged and is lost");
                assert_eq!((frozen, steps), (0, 1), "{code}");
                interrupted += 1;
            }
            other => panic!("{code} stopped half-way in {other}"),
        }
    }
    assert!(interrupted > 0, "no kill came in time");
    // A step that was not taken can be taken still.
    for code in db.lines("select code as line from cycle where state = 'draft' order by code") {
        time(advance(db, &code));
    }
    assert_sound(db);
}

/// A report in one language or in both, so that every build has something to change.
fn report(db: &TestDb, number: u32) -> Command {
    let locales = if number.is_multiple_of(2) {
        "en"
    } else {
        "zh-CN,en"
    };
    let mut command = espalier(db);
    command.args([
        "report", "build", "--cycle", "2026Q3", "--out", "out", "--locale", locales,
    ]);
    command
}

fn a_killed_report_leaves_a_whole_bundle(db: &TestDb) {
    const PEOPLE: usize = 20;
    company(db, PEOPLE);
    some_evidence(db, PEOPLE);
    write(db, "template.toml", TEMPLATE);
    run(
        db,
        &["cycle", "create", "2026Q3", "--template", "template.toml"],
    )
    .fine();
    Done::of(advance(db, "2026Q3").output().unwrap()).fine();
    time(report(db, 0));
    let whole = time(report(db, 1));
    let bundle = db.folder().join("out");
    for number in 0..kills() {
        kill(report(db, number), moment(whole, number));
        let manifest = read_json(&bundle.join("manifest.json"));
        let mut found = files(&bundle);
        found.retain(|name| name != "manifest.json");
        let named = manifest["files"].as_object().unwrap();
        assert_eq!(
            named.keys().collect::<Vec<_>>(),
            found.iter().collect::<Vec<_>>()
        );
        for (name, entry) in named {
            let hash = Sha256::digest(std::fs::read(bundle.join(name)).unwrap());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(entry["sha256"], hash, "{name} after kill {number}");
        }
    }
    time(report(db, 1));
    assert!(bundle.join("zh-CN").is_dir());
}
