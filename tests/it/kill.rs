//! Killed with -9 in the middle of its work, the program loses nothing that it has acknowledged, leaves
//! nothing half done, and its tallies are what the rows say.
//!
//! Ten kills of each kind on each database; `scripts/long kill` sets ESPALIER_KILLS to fifty. They are
//! spread over the time that the work takes when nobody disturbs it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use espalier::access::Reach;
use espalier::accounts::mail::Mailer;
use espalier::accounts::store::{self as accounts, NewAccount};
use espalier::appraisals::store::feedback::{Release, Whose, release_by};
use espalier::audit::Actor;
use espalier::calendar::Clock;
use espalier::config::{Mail, Security};
use sha2::{Digest, Sha256};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{REVIEWED, TEMPLATE, records, staff, teams};
use crate::support::program::{Done, EPOCH, espalier, files, force_to, read_json, run, write};
use crate::support::sink::Sink;

both! {
    a_killed_import_is_there_as_a_whole_or_not_at_all,
    a_killed_cycle_step_is_taken_as_a_whole_or_not_at_all,
    a_cycle_that_is_killed_while_it_begins_is_there_once,
    a_release_that_is_killed_half_way_goes_on_and_tells_everybody_once,
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

/// A command that makes a cycle, or takes it to a state.
fn cycle(db: &TestDb, args: &[&str]) -> Command {
    let mut command = espalier(db);
    command.arg("cycle").args(args);
    command
}

fn number(db: &TestDb, counted: &str) -> usize {
    db.line(&format!("select cast({counted} as text) as line"))
        .parse()
        .unwrap()
}

fn a_cycle_that_is_killed_while_it_begins_is_there_once(db: &TestDb) {
    const PEOPLE: usize = 300;
    company(db, PEOPLE);
    write(db, "template.toml", REVIEWED);
    let create = |code: &str| cycle(db, &["create", code, "--template", "template.toml"]);
    let begin = |code: &str| {
        let to = ["--to", "goal_setting", "--reason", "a test"];
        cycle(db, &[&["advance", code][..], &to].concat())
    };
    let made = time(create("2010Q1"));
    let begun = time(begin("2010Q1"));
    let mut interrupted = 0;
    for kill_no in 0..kills() {
        let code = format!("{}Q{}", 2011 + kill_no / 4, 1 + kill_no % 4);
        let of_cycle = format!("from cycle where code = '{code}'");
        if !kill(create(&code), moment(made, kill_no)) {
            interrupted += 1;
        }
        // Repeated, it makes the cycle or says that it is there.
        let there = number(db, &format!("(select count(*) {of_cycle})"));
        let again = Done::of(create(&code).output().unwrap());
        assert_eq!(again.status, i32::from(there == 1), "{again:?}");
        if !kill(begin(&code), moment(begun, kill_no)) {
            interrupted += 1;
        }
        let begun = number(
            db,
            &format!("(select count(*) {of_cycle} and state = 'goal_setting')"),
        );
        let of_people = |table: &str| {
            format!(
                "(select count(*) from {table} t join cycle c on c.id = t.cycle_id \
                 where c.code = '{code}')"
            )
        };
        for table in ["evaluation", "goal_sheet"] {
            assert_eq!(
                number(db, &of_people(table)),
                begun * PEOPLE,
                "{code} {table}"
            );
        }
        let again = Done::of(begin(&code).output().unwrap());
        assert_eq!(again.status, i32::from(begun == 1), "{again:?}");
        for (counted, wanted) in [
            (of_people("evaluation"), PEOPLE),
            (of_people("goal_sheet"), PEOPLE),
            (of_people("cycle_stage"), 2),
            (
                format!("(select count(*) from audit_event where subject = '{code}')"),
                2,
            ),
        ] {
            assert_eq!(number(db, &counted), wanted, "{counted}");
        }
    }
    assert!(interrupted > 0, "no kill came in time");
    assert_sound(db);
    run(db, &["audit", "verify"]).fine();
}

fn a_release_that_is_killed_half_way_goes_on_and_tells_everybody_once(db: &TestDb) {
    const PEOPLE: usize = 300;
    const AT_ONCE: usize = 40;
    company(db, PEOPLE);
    some_evidence(db, PEOPLE);
    write(db, "template.toml", REVIEWED);
    Done::of(
        cycle(db, &["create", "2026Q3", "--template", "template.toml"])
            .output()
            .unwrap(),
    )
    .fine();
    force_to(db, "2026Q3", "feedback");
    let at = chrono::DateTime::from_timestamp(EPOCH.parse().unwrap(), 0).unwrap();
    let at = at.naive_utc();
    db.db
        .write(|conn| {
            for person in 0..PEOPLE {
                let (login, email) = (format!("e{person}"), format!("e{person}@example.com"));
                let staff_id = Some(accounts::staff_of(conn, &format!("E{person}"))?);
                let new = NewAccount {
                    login: &login,
                    email: Some(&email),
                    password_hash: "-",
                    staff_id,
                    roles: &[],
                    must_change: false,
                };
                accounts::insert(conn, &new, "test", at)?;
            }
            Ok(())
        })
        .unwrap();
    let released = || {
        number(
            db,
            "(select count(*) from evaluation where released_at is not null)",
        )
    };
    let told = || {
        number(
            db,
            "(select count(*) from message where kind = 'told-result-released')",
        )
    };

    // It ends with the process between two parts of its work.
    let wanted = Release {
        whose: Whose::Reach(Reach::operator(at.date())),
        force: true,
        reason: "a test".to_string(),
    };
    let actor = Actor {
        name: "cli".to_string(),
        at,
    };
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        release_by(AT_ONCE, &db.db, "2026Q3", &wanted, &actor, |done, of| {
            assert_eq!(of, PEOPLE);
            assert!(done < 2 * AT_ONCE, "the power goes");
        })
    }));
    assert!(ended.is_err());
    assert_eq!((released(), told()), (2 * AT_ONCE, 2 * AT_ONCE));

    // And it is killed within one, again and again, until it is through.
    let release = || {
        let why = ["--force", "--reason", "a test"];
        cycle(db, &[&["release", "2026Q3"][..], &why].concat())
    };
    let whole = time(cycle(db, &["status", "2026Q3"])).mul_f64(2.0);
    for kill_no in 0..kills() {
        kill(release(), moment(whole, kill_no));
        assert_eq!(released(), told(), "after kill {kill_no}");
    }
    Done::of(release().output().unwrap()).fine();
    assert_sound(db);
    run(db, &["audit", "verify"]).fine();
    assert_eq!((released(), told()), (PEOPLE, PEOPLE));
    let accounts = "(select count(distinct account_id) from message)";
    assert_eq!(number(db, accounts), PEOPLE);
    // The trail counts each once.
    let counted: usize = db
        .lines("select detail_json as line from audit_event where action = 'result.release'")
        .iter()
        .map(|detail| {
            let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
            usize::try_from(detail["count"].as_u64().unwrap()).unwrap()
        })
        .sum();
    assert_eq!(counted, PEOPLE);

    // One letter each, however often the post looks.
    let sink = Sink::start();
    let mail = Mail {
        server: "127.0.0.1".into(),
        port: Some(sink.port),
        security: Security::None,
        user: None,
        from: "Espalier <hr@example.com>".into(),
    };
    let mailer = Mailer::new(&mail, None, Some("https://hr.example.com/")).unwrap();
    let clock = Clock::Fixed(at + chrono::Duration::minutes(1));
    while mailer.send_due(&db.db, &clock).unwrap() > 0 {}
    let mut to: Vec<String> = sink
        .letters()
        .iter()
        .filter_map(|letter| letter.lines().find(|line| line.starts_with("To: ")))
        .map(str::to_string)
        .collect();
    assert_eq!(to.len(), PEOPLE);
    to.sort();
    to.dedup();
    assert_eq!(to.len(), PEOPLE);
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
