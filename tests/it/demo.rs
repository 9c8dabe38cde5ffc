//! The demonstration: its planted effects can be read off its reports, its people are in every state, the same seed gives the same
//! reports, it leaves other databases alone, and it serves the application with an account for each reader.

use std::path::Path;

use espalier::access::Reach;
use espalier::appraisals::model::fairness::{Flag, look};
use espalier::appraisals::model::outcome::AppealState;
use espalier::appraisals::store::{appeals, board, cycles, fairness, rewards};
use espalier::db::{Address, Conn, Db};
use espalier::demo::generate::planted;
use espalier::keys::Start;
use espalier::plans::model::{Scope, State, Verdict};
use espalier::plans::store::{self as plans, Seen};
use serde_json::Value;

use crate::support::db::TestDb;
use crate::support::http::{Serving, ask};
use crate::support::make::company;
use crate::support::program::{Done, assert_same_files, espalier, program, read_json, run_in, url};

const REPORTS: &str = "espalier-demo-reports";

fn person(bundle: &Path, number: &str) -> Value {
    read_json(&bundle.join(format!("data/people/{number}.json")))
}

/// The group of a team.
fn team(bundle: &Path, code: &str) -> Value {
    read_json(&bundle.join(format!("data/teams/{code}.json")))["group"].clone()
}

fn of_code<'v>(figures: &'v Value, code: &str) -> &'v Value {
    let figures = figures.as_array().unwrap();
    figures.iter().find(|f| f["code"] == code).unwrap()
}

/// A figure of a team in the quarters before and in the last one, oldest first.
fn course(team: &Value, code: &str) -> Vec<f64> {
    let past = team["history"].as_array().unwrap().iter();
    past.map(|quarter| of_code(&quarter["figures"], code))
        .chain([of_code(&team["kpis"], code)])
        .map(|figure| figure["value"].as_f64().unwrap())
        .collect()
}

fn assert_near(found: f64, expected: f64, by: f64) {
    assert!(
        (found - expected).abs() <= by,
        "{found} is not {expected} ± {by}"
    );
}

#[test]
fn the_planted_effects_can_be_read_off_the_reports() {
    let folder = tempfile::tempdir().unwrap();
    let database = ["--database", "sqlite://espalier-demo.db"];
    run_in(folder.path(), &["demo", "--no-serve"]).fine();
    let bundle = folder.path().join(REPORTS);

    // Quarters 2025Q4 to 2026Q3; the changes begin in the last but one.
    let improving = team(&bundle, planted::IMPROVING_TEAM);
    let sla = course(&improving, "sla");
    assert_eq!(sla.len(), 4);
    assert_near(sla[1], 74.0, 4.0);
    assert_near(sla[2], 83.0, 4.0);
    assert_near(sla[3], 92.0, 4.0);
    let csat = course(&improving, "csat");
    assert!(csat[3] > csat[1] + 8.0, "{csat:?}");
    let hasty = team(&bundle, planted::HASTY_TEAM);
    let (aht, fcr) = (course(&hasty, "aht"), course(&hasty, "fcr"));
    assert_near(aht[3] / aht[1], 0.79, 0.05);
    assert_near(fcr[3] - fcr[1], -12.0, 5.0);
    let small = team(&bundle, planted::SMALL_TEAM);
    assert_near(small["records"].as_f64().unwrap(), 190.0, 60.0);
    let with_bot = team(&bundle, planted::REATTRIBUTED_IN);
    assert!(with_bot["bot_records"].as_i64().unwrap() > 0);

    let star = person(&bundle, planted::STAR);
    let csat = of_code(&star["kpis"], "csat");
    assert!(
        csat["n"].as_i64().unwrap() > 100 && csat["value"].as_f64().unwrap() > 90.0,
        "{csat}"
    );
    let three = person(&bundle, planted::THREE_ANSWERS);
    let csat = of_code(&three["kpis"], "csat");
    assert_eq!(
        (&csat["n"], &csat["status"]),
        (&3.into(), &"too_few".into())
    );
    assert_eq!(
        (&csat["value"], &csat["points"]),
        (&100.0.into(), &Value::Null)
    );
    let late = person(&bundle, planted::LATE_JOINER);
    assert_eq!(
        (&late["scope_days"], &late["not_rated"]),
        (&43.into(), &"too_short".into())
    );
    let early = person(&bundle, planted::EARLY_JOINER);
    assert_eq!(
        (&early["scope_days"], &early["rated"]),
        (&73.into(), &true.into())
    );
    let moved = person(&bundle, planted::TRANSFER);
    let halves: Vec<_> = moved["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["team"].as_str().unwrap(), v["days"].as_i64().unwrap()))
        .collect();
    assert_eq!(halves, [("SC", 47), (planted::SMALL_TEAM, 45)]);
    let gone = person(&bundle, planted::LEAVER);
    assert!(gone["scope_days"].as_i64().unwrap() <= 31, "{gone}");
    let praised = person(&bundle, planted::NO_COMPLAINTS);
    assert_eq!(of_code(&praised["kpis"], "complaint_rate")["value"], 0.0);
    let cluster = person(&bundle, planted::COMPLAINT_CLUSTER);
    let rate = of_code(&cluster["kpis"], "complaint_rate");
    let complaints = rate["value"].as_f64().unwrap() * rate["n"].as_f64().unwrap() / 1000.0;
    assert_near(complaints, 6.0, 1e-6);

    let company = read_json(&bundle.join("data/cycle.json"))["company"].clone();
    assert_eq!(company["headcount"], 60);
    assert!(company["unattributed"].as_i64().unwrap() > 0);
    for (quarter, state) in [
        ("2025Q4", "closed"),
        ("2026Q1", "closed"),
        ("2026Q2", "closed"),
        ("2026Q3", "feedback"),
        ("2026Q4", "goal_setting"),
    ] {
        let args = [&database[..], &["cycle", "status", quarter, "--json"]].concat();
        let status = run_in(folder.path(), &args).json();
        assert_eq!(status["state"], state, "{quarter}");
    }
    run_in(folder.path(), &[&database[..], &["check"]].concat()).fine();
    let address = format!(
        "sqlite://{}",
        folder.path().join("espalier-demo.db").display()
    );
    let db = Db::open(Address::parse(&address).unwrap(), 1).unwrap();
    db.read(|conn| {
        everything_is_in_every_state(conn);
        Ok(())
    })
    .unwrap();

    // Once more: nothing is made anew.
    let said = run_in(folder.path(), &["demo", "--no-serve"]).fine();
    assert!(said.contains(": 0 files written"), "{said}");
    assert!(!said.contains("Building"), "{said}");
}

/// What there is to click through: appeals, plans, rewards and results in each of their states, and the rater who
/// rates too well flagged in every quarter.
fn everything_is_in_every_state(conn: &mut Conn) {
    let today = "2026-10-26".parse().unwrap();
    let reach = Reach::operator(today);
    let flagged = |conn: &mut Conn, code: &str| {
        let cycle = cycles::find(conn, code).unwrap();
        let found = look(&fairness::ratings(conn, &cycle, &reach).unwrap());
        let lenient = found
            .raters
            .iter()
            .filter(|r| r.flags.contains(&Flag::Lenient));
        let ids: Vec<i64> = lenient.map(|r| r.rater_id).collect();
        let names = fairness::names(conn, &ids).unwrap();
        let mut numbers: Vec<String> = names.into_values().map(|(no, ..)| no).collect();
        numbers.sort();
        numbers
    };
    for code in ["2025Q4", "2026Q1", "2026Q2", "2026Q3"] {
        assert_eq!(flagged(conn, code), [planted::LENIENT_RATER], "{code}");
    }
    for state in AppealState::ALL {
        let found = appeals::page(conn, &reach, Some(state), &Start::First, 9).unwrap();
        assert!(!found.is_empty(), "no appeal is {state:?}");
    }
    let seen = Seen::operator(today);
    let plans = plans::page(conn, &seen, &Default::default(), Start::First, 99).unwrap();
    let there = |state: State, verdict: Option<Verdict>| {
        plans
            .iter()
            .any(|p| p.state == state && p.verdict == verdict)
    };
    assert!(there(State::Draft, None) && there(State::Approved, None));
    assert!(there(State::Doing, None));
    let improved = plans.iter().filter(|p| p.state == State::Standardised);
    let scopes: Vec<Scope> = improved.map(|p| p.scope).collect();
    assert!(
        scopes.contains(&Scope::Person) && scopes.contains(&Scope::Team),
        "{scopes:?}"
    );
    for verdict in [Verdict::NoEvidence, Verdict::Worse] {
        assert!(
            there(State::ClosedWithoutEffect, Some(verdict)),
            "{verdict:?}"
        );
    }
    for state in ["proposed", "approved"] {
        let filter = rewards::Filter {
            state: state.to_string(),
            ..Default::default()
        };
        let found = rewards::page(conn, &reach, &filter, &Start::First, 9).unwrap();
        assert!(!found.is_empty(), "no reward is {state}");
    }
    let cycle = cycles::find(conn, "2026Q3").unwrap();
    let progress = board::progress(conn, &cycle).unwrap();
    assert!(
        progress.released > 40 && progress.released < progress.people,
        "{progress:?}"
    );
    let cycle = cycles::find(conn, "2026Q4").unwrap();
    let progress = board::progress(conn, &cycle).unwrap();
    assert!(
        progress.agreed > 10 && progress.agreed < progress.with_sheet - 10,
        "{progress:?}"
    );
}

/// A small demonstration's reports in a folder.
fn small(folder: &Path, seed: &str) {
    let args = [
        "demo",
        "--no-serve",
        "--records",
        "600",
        "--quarters",
        "1",
        "--seed",
        seed,
    ];
    run_in(folder, &args).fine();
}

#[test]
fn the_same_seed_gives_the_same_reports_on_both_databases() {
    let [one, again, other] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    small(one.path(), "7");
    small(again.path(), "7");
    small(other.path(), "8");
    let reports = |folder: &tempfile::TempDir| folder.path().join(REPORTS);
    assert_same_files(&reports(&one), &reports(&again));
    let cycle = |folder| read_json(&reports(folder).join("data/cycle.json"))["company"].clone();
    assert_ne!(cycle(&one), cycle(&other));
    if let Some(postgres) = TestDb::postgres() {
        let args = [
            "--no-serve",
            "--records",
            "600",
            "--quarters",
            "1",
            "--seed",
            "7",
        ];
        let done = espalier(&postgres).arg("demo").args(args).output();
        Done::of(done.unwrap()).fine();
        assert_same_files(&reports(&one), &postgres.folder().join(REPORTS));
    }
}

#[test]
fn a_database_of_somebody_elses_is_refused() {
    let db = TestDb::sqlite();
    company(&db);
    let before = db.state();
    let args = ["--database", &url(&db), "demo", "--no-serve"];
    let said = run_in(db.folder(), &args).refused();
    assert!(said.contains("--database"), "{said}");
    assert_eq!(db.state(), before);
    assert!(!db.folder().join(REPORTS).exists());
}

#[test]
fn the_demonstration_serves_the_application_to_whom_it_named() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path(), "7");
    let mut command = program(folder.path());
    command.args(["--language", "en", "demo"]);
    let server = Serving::start(command);
    let address = server.address.clone();
    let stranger = ask(&address, "GET", "/people", &[], "").unwrap();
    assert_eq!(stranger.status, 303);
    let (_, printed) = server.stop();
    let logins: Vec<&str> = printed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let login = words.next()?;
            let password = words.next()?;
            (password.len() == 23 && password.matches('-').count() == 3).then_some(login)
        })
        .collect();
    assert_eq!(
        logins,
        [
            "hr",
            "leadership",
            "manager",
            "lead",
            "agent",
            "trainer",
            "auditor",
            "admin"
        ]
    );
}
