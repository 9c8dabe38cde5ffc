//! The command line as scripts rely on it: exit status, what goes to which stream, JSON, and what each
//! wrong input is told.

use std::fs;
use std::process::Command;

use espalier::db::{Address, Db};
use serde_json::Value;

use crate::both;
use crate::support::db::{Backend, TestDb};
use crate::support::make::{TEMPLATE, company};
use crate::support::program::{
    Done, create_cycle, espalier, force_to, program, run, run_in, url, write,
};

both! {
    the_database_is_named_by_flag_or_environment,
    an_import_tells_what_it_did,
    a_file_with_bad_rows_is_refused_with_a_list_of_them,
    bad_rows_can_be_left_out,
    a_dry_run_keeps_nothing,
    files_and_mappings_that_cannot_be_used_are_named,
    check_tells_what_it_counted,
    check_finds_a_tally_that_was_changed_by_hand,
    check_finds_a_reporting_line_that_was_changed_by_hand,
    an_audit_trail_that_was_changed_by_hand_is_found,
    status_tells_where_a_cycle_stands,
    cycles_that_cannot_be_made_are_refused,
    steps_that_cannot_be_taken_are_refused,
    templates_are_refused_naming_what_is_wrong,
    reports_of_nothing_are_refused,
    a_backup_comes_back_by_command_line,
    a_database_that_was_never_migrated_is_refused,
    refusals_are_told_in_chinese_too,
}

const GOOD: &str = "id,opened_at,employee,sla_met\n\
                    r1,2026-07-01 09:00,E1,yes\n\
                    r2,2026-07-02 09:00,E2,no\n";

const BAD: &str = "id,opened_at,employee,sla_met\n\
                   r1,2026-07-01 09:00,E1,yes\n\
                   r2,yesterday,E2,no\n\
                   r3,2026-07-02 09:00,E77,perhaps\n\
                   r4,2026-07-02 09:00,E3,no\n";

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

#[test]
fn wrong_usage_is_status_two() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 14] = [
        &[],
        &["prune"],
        &["import"],
        &["import", "staff"],
        &["import", "weather", "file.csv"],
        &["import", "staff", "file.csv", "--quickly"],
        &["cycle", "create", "2026Q3"],
        &["cycle", "advance", "2026Q3", "--to", "closed"],
        &[
            "cycle", "advance", "2026Q3", "--to", "lunch", "--reason", "x",
        ],
        &["report", "build", "--cycle", "2026Q3"],
        &[
            "report",
            "build",
            "--cycle",
            "2026Q3",
            "--out",
            "o",
            "--audience",
            "everybody",
        ],
        &[
            "report", "build", "--cycle", "2026Q3", "--out", "o", "--locale", "fr",
        ],
        &["backup"],
        &["demo", "--staff", "3"],
    ];
    for args in wrong {
        let done = run_in(folder.path(), args);
        assert_eq!(done.out, "", "{args:?}");
        let said = done.misused();
        assert!(
            said.contains("Usage") || said.contains("--help"),
            "{args:?}: {said}"
        );
    }
    // The values that are possible are named.
    let said = run_in(folder.path(), wrong[8]).misused();
    assert!(said.contains("goal_setting, tracking"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 15] = [
        &[],
        &["migrate"],
        &["demo"],
        &["check"],
        &["backup"],
        &["restore"],
        &["audit"],
        &["audit", "verify"],
        &["import"],
        &["cycle"],
        &["cycle", "create"],
        &["cycle", "status"],
        &["cycle", "advance"],
        &["report"],
        &["report", "build"],
    ];
    for command in commands {
        let said = run_in(folder.path(), &[command, &["--help"]].concat()).fine();
        assert!(said.contains("Usage: espalier"), "{command:?}: {said}");
        assert!(said.contains("--database"), "{command:?}: {said}");
    }
    let version = run_in(folder.path(), &["--version"]).fine();
    assert_eq!(
        version.trim(),
        concat!("espalier ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_default_database_is_a_file_in_the_working_folder() {
    let folder = tempfile::tempdir().unwrap();
    let said = run_in(folder.path(), &["check"]).refused();
    assert!(
        said.contains("espalier.db") && said.contains("espalier migrate"),
        "{said}"
    );
    assert!(!folder.path().join("espalier.db").exists());
    run_in(folder.path(), &["migrate"]).fine();
    assert!(folder.path().join("espalier.db").is_file());
    run_in(folder.path(), &["check"]).fine();
    // Again changes nothing.
    run_in(folder.path(), &["migrate"]).fine();
}

#[test]
fn the_configuration_file_names_database_language_and_organisation() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("espalier.toml"),
        "database = \"sqlite://ours.db\"\nlanguage = \"zh-CN\"\n[organisation]\nname_zh = \"甲公司\"\n",
    )
    .unwrap();
    let said = run_in(folder.path(), &["migrate"]).fine();
    assert!(said.contains("数据库"), "{said}");
    assert!(folder.path().join("ours.db").is_file());
    fs::write(folder.path().join("espalier.toml"), "databse = \"x\"\n").unwrap();
    let said = run_in(folder.path(), &["migrate"]).refused();
    assert!(
        said.contains("espalier.toml") && said.contains("databse"),
        "{said}"
    );
}

fn the_database_is_named_by_flag_or_environment(db: &TestDb) {
    company(db);
    let with = |arg: Option<&str>, env: Option<&str>| {
        let mut command = program(db.folder());
        if let Some(url) = env {
            command.env("DATABASE_URL", url);
        }
        if let Some(url) = arg {
            command.args(["--database", url]);
        }
        Done::of(command.args(["check", "--json"]).output().unwrap())
    };
    let url = url(db);
    let events = with(Some(&url), None).json()["audit_events"].clone();
    assert_eq!(events, 2);
    assert_eq!(with(None, Some(&url)).json()["audit_events"], events);
    // The flag wins.
    let elsewhere = "sqlite://nowhere.db";
    assert_eq!(
        with(Some(&url), Some(elsewhere)).json()["audit_events"],
        events
    );
    assert!(
        with(Some(elsewhere), Some(&url))
            .refused()
            .contains("nowhere.db")
    );
}

#[test]
fn an_address_of_nothing_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let told = |address: &str| run_in(folder.path(), &["--database", address, "migrate"]).refused();
    assert!(told("mysql://localhost/x").contains("mysql://localhost/x"));
    assert!(told("espalier.db").contains("sqlite://PATH"));
    assert!(told("sqlite://").contains("names no file"));
    assert!(told("sqlite://gone/espalier.db").contains("gone"));
    // Nobody listens on port 1.
    let said = told("postgres://postgres@127.0.0.1:1/espalier");
    assert!(said.contains("does not answer"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_damaged_database_file_is_refused_and_left_alone() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 3] = [
        ("not a database", |bytes| {
            *bytes = b"Minutes of the meeting.\n".repeat(400)
        }),
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("overwritten", |bytes| {
            let end = bytes.len();
            bytes[4096..end].fill(0x5a);
        }),
    ];
    for (what, damage) in damages {
        let db = TestDb::sqlite();
        company(&db);
        let file = db.folder().join("damaged.db");
        run(&db, &["backup", "damaged.db"]).fine();
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        for command in [&["check"][..], &["cycle", "status", "2026Q3"], &["migrate"]] {
            let args = [&["--database", "sqlite://damaged.db"][..], command].concat();
            let said = run_in(db.folder(), &args).refused();
            assert!(said.contains("damaged"), "{what}, {command:?}: {said}");
            assert!(
                said.contains("espalier restore"),
                "{what}, {command:?}: {said}"
            );
        }
        assert!(
            fs::read(&file).unwrap() == bytes,
            "{what}: the file was changed"
        );
    }
}

fn a_database_that_was_never_migrated_is_refused(db: &TestDb) {
    match db.backend {
        Backend::Sqlite => fs::write(db.folder().join("empty.db"), "").unwrap(),
        Backend::Postgres => db.run("drop schema public cascade; create schema public"),
    }
    let address = match db.backend {
        Backend::Sqlite => "sqlite://empty.db".to_string(),
        Backend::Postgres => url(db),
    };
    let said = run_in(db.folder(), &["--database", &address, "check"]).refused();
    assert!(said.contains("espalier migrate"), "{said}");
    run_in(db.folder(), &["--database", &address, "migrate"]).fine();
    run_in(db.folder(), &["--database", &address, "check"]).fine();
}

fn an_import_tells_what_it_did(db: &TestDb) {
    company(db);
    write(db, "july.csv", GOOD);
    let outcome = run(db, &["import", "service-records", "july.csv", "--json"]).json();
    assert_eq!(
        keys(&outcome),
        [
            "bad_rows",
            "changed",
            "created_categories",
            "created_job_roles",
            "created_staff",
            "created_teams",
            "deleted",
            "dry_run",
            "file",
            "format",
            "kept",
            "kind",
            "new",
            "problems",
            "rows_read",
            "source",
            "superseded",
            "unchanged",
            "unused_columns",
        ]
    );
    assert_eq!(
        (&outcome["new"], &outcome["kept"]),
        (&Value::from(2), &Value::from(true))
    );
    assert_eq!(
        (&outcome["kind"], &outcome["file"]),
        (&"service-records".into(), &"july.csv".into())
    );
    let again = run(db, &["import", "service-records", "july.csv"]).fine();
    assert!(again.contains("0 new, 0 changed, 2 unchanged"), "{again}");
}

fn a_file_with_bad_rows_is_refused_with_a_list_of_them(db: &TestDb) {
    company(db);
    let before = db.state();
    write(db, "july.csv", BAD);
    let done = run(db, &["import", "service-records", "july.csv"]);
    assert!(done.out.contains("Nothing was loaded"), "{}", done.out);
    let said = done.refused();
    for part in [
        "Line 3, opened_at: “yesterday”",
        "Line 4, employee: “E77”",
        "Line 4, sla_met: “perhaps”",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(
        said.contains("july.bad-rows.csv") && said.contains("--skip-bad"),
        "{said}"
    );
    assert_eq!(db.state(), before);
    let list = fs::read_to_string(db.folder().join("july.bad-rows.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(list.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_string).collect();
    assert_eq!(
        header,
        [
            "line",
            "column",
            "reason",
            "id",
            "opened_at",
            "employee",
            "sla_met"
        ]
    );
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0][0], &rows[0][1], &rows[0][3]),
        ("3", "opened_at", "r2")
    );
    assert_eq!(
        (&rows[1][0], &rows[1][1], &rows[1][3]),
        ("4", "employee; sla_met", "r3")
    );
    assert!(rows.iter().all(|row| row[2].len() > 10));

    // As JSON: the same, and still status 1.
    let done = run(db, &["import", "service-records", "july.csv", "--json"]);
    let outcome: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(done.status, 1);
    assert_eq!(
        (&outcome["bad_rows"], &outcome["kept"]),
        (&2.into(), &false.into())
    );
    let first = &outcome["problems"][0];
    assert_eq!(keys(first), ["args", "column", "line", "reason", "value"]);
    assert_eq!(
        (&first["line"], &first["value"]),
        (&3.into(), &"yesterday".into())
    );
}

fn bad_rows_can_be_left_out(db: &TestDb) {
    company(db);
    write(db, "july.csv", BAD);
    let args = ["import", "service-records", "july.csv", "--skip-bad"];
    let done = run(db, &args);
    assert_eq!(done.status, 0, "{done:#?}");
    assert!(done.out.contains("2 new"), "{}", done.out);
    assert!(
        done.err.contains("2 bad rows were left out"),
        "{}",
        done.err
    );
    assert_eq!(db.count("service_record"), 2);
    run(db, &["check"]).fine();
}

fn a_dry_run_keeps_nothing(db: &TestDb) {
    company(db);
    let before = db.state();
    write(db, "july.csv", GOOD.replace("E1", "E55"));
    let args = [
        "import",
        "service-records",
        "july.csv",
        "--dry-run",
        "--create-missing",
    ];
    let said = run(db, &args).fine();
    assert!(
        said.contains("nothing kept") && said.contains("2 new"),
        "{said}"
    );
    assert_eq!(db.state(), before);
}

fn files_and_mappings_that_cannot_be_used_are_named(db: &TestDb) {
    company(db);
    write(db, "july.csv", GOOD);
    write(db, "bad.toml", "kind = \"staff\"\n");
    write(
        db,
        "worse.toml",
        "[columns]\nopened_at = \"opnd\"\nid = \"id\"\n",
    );
    let told = |file: &str, map: &[&str]| {
        run(
            db,
            &[&["import", "service-records", file][..], map].concat(),
        )
        .refused()
    };
    assert!(told("gone.csv", &[]).contains("gone.csv"));
    assert!(told("july.csv", &["--map", "gone.toml"]).contains("gone.toml"));
    let said = told("july.csv", &["--map", "bad.toml"]);
    assert!(
        said.contains("staff") && said.contains("service-records"),
        "{said}"
    );
    assert!(told("july.csv", &["--map", "worse.toml"]).contains("opnd"));
    write(db, "picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert!(told("picture.csv", &[]).contains("no table"));
    write(db, "empty.csv", "");
    assert!(told("empty.csv", &[]).contains("empty"));
}

fn check_tells_what_it_counted(db: &TestDb) {
    company(db);
    write(db, "july.csv", GOOD);
    run(db, &["import", "service-records", "july.csv"]).fine();
    let found = run(db, &["check", "--json"]).json();
    assert_eq!(
        keys(&found),
        [
            "audit_events",
            "cells",
            "copies",
            "differences",
            "ok",
            "orphans",
            "reporting_lines",
            "rows",
            "snapshots"
        ]
    );
    assert_eq!((&found["ok"], &found["rows"]), (&true.into(), &2.into()));
    assert!(
        run(db, &["check"])
            .fine()
            .contains("Everything is in order")
    );
}

fn check_finds_a_tally_that_was_changed_by_hand(db: &TestDb) {
    company(db);
    write(db, "july.csv", GOOD);
    run(db, &["import", "service-records", "july.csv"]).fine();
    db.run("update tally_team_quarter set records = records + 1 where quarter > 0");
    let done = run(db, &["check"]);
    assert_eq!(done.status, 1, "{done:#?}");
    assert!(done.out.contains("tally_team_quarter"), "{done:#?}");
    let done = run(db, &["check", "--json"]);
    let found: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.status, &found["ok"]), (1, &false.into()));
    assert_eq!(found["differences"][0]["table"], "tally_team_quarter");
}

fn check_finds_a_reporting_line_that_was_changed_by_hand(db: &TestDb) {
    company(db);
    run(db, &["check"]).fine();
    db.run("delete from reporting_line where depth = 1");
    let done = run(db, &["check"]);
    assert_eq!(done.status, 1, "{done:#?}");
    assert!(done.out.contains("Reporting lines"), "{done:#?}");
    let done = run(db, &["check", "--json"]);
    let found: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.status, &found["ok"]), (1, &false.into()));
    assert!(found["reporting_lines"].as_u64() > Some(0));
}

fn an_audit_trail_that_was_changed_by_hand_is_found(db: &TestDb) {
    company(db);
    let said = run(db, &["audit", "verify"]).fine();
    assert!(said.contains("2 events"), "{said}");
    match db.backend {
        Backend::Sqlite => {
            for name in db.lines(
                "select name as line from sqlite_master where type = 'trigger' \
                 and tbl_name = 'audit_event'",
            ) {
                db.run(&format!("drop trigger {name}"));
            }
        }
        Backend::Postgres => db.run("alter table audit_event disable trigger user"),
    }
    db.run("update audit_event set actor = 'nobody' where id = (select min(id) from audit_event)");
    let said = run(db, &["audit", "verify"]).refused();
    assert!(said.contains("tampered"), "{said}");
    run(db, &["check"]).refused();
}

fn status_tells_where_a_cycle_stands(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    let status = run(db, &["cycle", "status", "2026Q3", "--json"]).json();
    assert_eq!(
        keys(&status),
        [
            "changed_since_freeze",
            "code",
            "ends_on",
            "grades",
            "missing",
            "not_rated",
            "people",
            "rated",
            "starts_on",
            "state",
            "steps",
            "template",
        ]
    );
    assert_eq!(
        (&status["state"], &status["people"]),
        (&"draft".into(), &0.into())
    );
    assert_eq!(status["ends_on"], "2026-09-30");
    force_to(db, "2026Q3", "closed");
    let status = run(db, &["cycle", "status", "2026Q3", "--json"]).json();
    assert_eq!(
        (&status["state"], &status["people"]),
        (&"closed".into(), &4.into())
    );
    assert_eq!(status["steps"].as_array().unwrap().len(), 7);
    assert_eq!(status["not_rated"]["too_little_weight"], 4);
    let said = run(db, &["cycle", "status", "2026Q3"]).fine();
    assert!(said.contains("4 people, 0 of them rated"), "{said}");
}

fn cycles_that_cannot_be_made_are_refused(db: &TestDb) {
    create_cycle(db, "2026Q3", TEMPLATE);
    let before = db.state();
    let told = |code: &str, template: &str| {
        run(db, &["cycle", "create", code, "--template", template]).refused()
    };
    assert!(told("2026Q3", "template.toml").contains("2026Q3"));
    assert!(told("2026Q5", "template.toml").contains("2026Q5"));
    assert!(told("summer", "template.toml").contains("summer"));
    let said = told("2026Q4", "gone.toml");
    assert!(
        said.contains("gone.toml") && said.contains("service-desk"),
        "{said}"
    );
    assert_eq!(db.state(), before);
    run(
        db,
        &["cycle", "create", "2026Q4", "--template", "service-desk"],
    )
    .fine();
}

#[test]
fn cycles_over_the_same_days_are_refused() {
    // With a year that begins in February, 2026Q3 covers August; by calendar years, July.
    let db = TestDb::sqlite();
    create_cycle(&db, "2026Q3", TEMPLATE);
    db.run("update setting set value = '2' where name = 'fiscal_start_month'");
    let said = run(
        &db,
        &["cycle", "create", "2026Q2", "--template", "template.toml"],
    )
    .refused();
    assert!(said.contains("2026Q2") && said.contains("2026Q3"), "{said}");
}

fn steps_that_cannot_be_taken_are_refused(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    let told = |code: &str, state: &str, reason: &str| {
        let args = ["cycle", "advance", code, "--to", state, "--reason", reason];
        run(db, &args).refused()
    };
    let said = told("2026Q4", "tracking", "x");
    assert!(said.contains("2026Q4") && said.contains("2026Q3"), "{said}");
    assert!(told("2026Q3", "tracking", " ").contains("--reason"));
    force_to(db, "2026Q3", "evaluation");
    let before = db.state();
    for state in ["tracking", "evaluation", "draft"] {
        let said = told("2026Q3", state, "x");
        assert!(
            said.contains("evaluation") && said.contains(state),
            "{said}"
        );
    }
    assert!(
        run(db, &["cycle", "status", "2030Q1"])
            .refused()
            .contains("2030Q1")
    );
    assert_eq!(db.state(), before);
}

fn templates_are_refused_naming_what_is_wrong(db: &TestDb) {
    let told = |from: &str, to: &str| {
        assert!(TEMPLATE.contains(from));
        write(db, "template.toml", TEMPLATE.replacen(from, to, 1));
        run(
            db,
            &["cycle", "create", "2026Q3", "--template", "template.toml"],
        )
        .refused()
    };
    let said = told("weight_bp = 2000", "weight_bp = 1999");
    assert!(said.contains("99.99") && said.contains("0.01"), "{said}");
    let said = told("weight_bp = 2000", "weight_bp = 2001");
    assert!(said.contains("100.01"), "{said}");
    assert!(told("\"sla\"", "\"speed\"").contains("speed"));
    assert!(told("target = 80", "target = 40").contains("sla"));
    assert!(told("[[sheet]]", "[[sheet]]\njob_roles = [\"pilot\"]").contains("pilot"));
    assert!(told("agreement", "agrement").contains("agrement"));
    let said = told("\"csat\"", "\"fcr\"");
    assert!(said.contains("satisfaction"), "{said}");
    // Two things wrong are both told.
    let said = told("\"sla\", weight_bp = 4000", "\"speed\", weight_bp = 3000");
    assert!(said.contains("speed") && said.lines().count() > 1, "{said}");
    write(db, "notes.txt", "Dear all,\nhere are my thoughts.\n");
    let args = ["cycle", "create", "2026Q3", "--template", "notes.txt"];
    assert!(run(db, &args).refused().contains("line 1"));
    assert_eq!(db.count("cycle"), 0);
}

fn reports_of_nothing_are_refused(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "closed");
    let told = |cycle: &str, audience: &str| {
        let args = [
            "report",
            "build",
            "--cycle",
            cycle,
            "--out",
            "out",
            "--audience",
            audience,
        ];
        run(db, &args).refused()
    };
    assert!(told("2026Q4", "all").contains("2026Q4"));
    assert!(told("2026Q3", "team:NONE").contains("NONE"));
    assert!(told("2026Q3", "staff:E77").contains("E77"));
    assert!(!db.folder().join("out").exists());
}

fn a_backup_comes_back_by_command_line(db: &TestDb) {
    company(db);
    let before = db.state();
    run(db, &["backup", "saved"]).fine();
    write(db, "july.csv", GOOD);
    run(db, &["import", "service-records", "july.csv"]).fine();
    assert!(run(db, &["backup", "saved"]).refused().contains("saved"));
    run(db, &["restore", "saved"]).fine();
    assert_eq!(db.state_for_a_newcomer(), before);
    assert!(run(db, &["restore", "gone"]).refused().contains("gone"));
}

fn refusals_are_told_in_chinese_too(db: &TestDb) {
    company(db);
    write(db, "july.csv", BAD);
    let chinese = |args: &[&str]| {
        let done = espalier(db)
            .args(["--language", "zh-CN"])
            .args(args)
            .output();
        Done::of(done.unwrap())
    };
    let said = chinese(&["import", "service-records", "july.csv"]).refused();
    assert!(
        said.contains("第 3 行") && said.contains("yesterday"),
        "{said}"
    );
    let list = fs::read_to_string(db.folder().join("july.bad-rows.csv")).unwrap();
    assert!(
        list.lines().nth(1).unwrap().chars().any(is_chinese),
        "{list}"
    );
    let said = chinese(&["cycle", "status", "2030Q1"]).refused();
    assert!(
        said.contains("2030Q1") && said.chars().any(is_chinese),
        "{said}"
    );
    let said = chinese(&["check"]).fine();
    assert!(said.chars().any(is_chinese), "{said}");
    // The environment says it as well, and nobody else's language is guessed.
    let said = Done::of(
        espalier(db)
            .env("LANG", "zh_CN.UTF-8")
            .arg("check")
            .output()
            .unwrap(),
    );
    assert!(said.fine().chars().any(is_chinese));
    let args = ["--language", "tlh", "check"];
    assert!(run(db, &args).refused().contains("tlh"));
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The program under a limit on the size of the files it may write, which answers like a full disk: the
/// write fails.
fn with_files_up_to(kilobytes: usize, db: &TestDb, args: &[&str]) -> Done {
    let program = espalier(db);
    let mut shell = Command::new("bash");
    shell
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"",
            &kilobytes.to_string(),
        ])
        .arg(program.get_program())
        .args(program.get_args())
        .args(args)
        .current_dir(db.folder());
    Done::of(shell.output().unwrap())
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let db = TestDb::sqlite();
    company(&db);
    let mut rows = String::from("id,opened_at,employee,sla_met\n");
    for n in 0..20_000 {
        rows.push_str(&format!("r{n},2026-07-{:02} 09:00,E1,yes\n", 1 + n % 28));
    }
    write(&db, "large.csv", rows);
    let before = db.state();
    let size = fs::metadata(db.folder().join("espalier.db")).unwrap().len() / 1024;
    let limit = usize::try_from(size).unwrap() + 300;
    let said = with_files_up_to(limit, &db, &["import", "service-records", "large.csv"]).refused();
    assert!(said.lines().count() <= 2, "{said}");
    assert_eq!(db.state_for_a_newcomer(), before);
    run(&db, &["check"]).fine();

    let said = with_files_up_to(20, &db, &["backup", "saved"]).refused();
    assert!(!said.is_empty());
    assert!(!db.folder().join("saved").exists());
}

#[test]
fn a_bundle_that_does_not_fit_leaves_the_one_before() {
    let db = TestDb::sqlite();
    company(&db);
    create_cycle(&db, "2026Q3", TEMPLATE);
    let args = ["report", "build", "--cycle", "2026Q3", "--out", "out"];
    run(&db, &args).fine();
    let page = db.folder().join("out/zh-CN/cycle.html");
    let before = fs::read(&page).unwrap();
    force_to(&db, "2026Q3", "closed");
    let said = with_files_up_to(4, &db, &args).refused();
    assert!(said.contains("out"), "{said}");
    assert!(fs::read(&page).unwrap() == before);
    run(&db, &args).fine();
    assert!(fs::read(&page).unwrap() != before);
}

#[test]
fn a_database_that_somebody_else_is_writing_to_is_waited_for() {
    let db = TestDb::sqlite();
    company(&db);
    write(&db, "july.csv", GOOD);
    let address = Address::parse(&url(&db)).unwrap();
    let other = Db::open(address, 1).unwrap();
    let child = other
        .write(|_| {
            let mut command = espalier(&db);
            command.args(["import", "service-records", "july.csv"]);
            let child = command.stdout(std::process::Stdio::piped()).spawn()?;
            std::thread::sleep(std::time::Duration::from_millis(700));
            Ok(child)
        })
        .unwrap();
    Done::of(child.wait_with_output().unwrap()).fine();
    assert_eq!(db.count("service_record"), 2);
}

#[test]
fn a_lost_connection_is_told_and_leaves_nothing_half_written() {
    let Some(db) = TestDb::postgres() else {
        return;
    };
    company(&db);
    let before = db.state();
    let mut rows = String::from("id,opened_at,employee\n");
    for n in 0..20_000 {
        rows.push_str(&format!("r{n},2026-07-{:02} 09:00,E1\n", 1 + n % 28));
    }
    write(&db, "large.csv", rows);
    let mut command = espalier(&db);
    command.args(["import", "service-records", "large.csv"]);
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // As soon as it has begun to write, its connection is cut at the server's end.
    let cut = "select cast(pg_terminate_backend(a.pid) as text) as line from pg_stat_activity a \
               where a.datname = current_database() and a.pid <> pg_backend_pid() \
                 and a.backend_xid is not null";
    while db.lines(cut).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let said = Done::of(child.wait_with_output().unwrap()).refused();
    assert!(
        said.contains("connection to the database was lost"),
        "{said}"
    );
    assert_eq!(db.state(), before);
    run(&db, &["check"]).fine();
}
