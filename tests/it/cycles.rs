//! A quarter from its first step to its last: who is in it, what each case comes to, and that results
//! do not move once they are frozen. Every expected number is worked out in the comment beside it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::both;
use crate::support::db::{Backend, TestDb};
use crate::support::make::{records, staff, teams};
use crate::support::program::{
    assert_same_files, build, create_cycle, files, force_to, read_json, run,
};

both! {
    a_cycle_walks_from_draft_to_closed,
    goals_that_nobody_agreed_to_stop_the_cycle_and_name_the_people,
    a_cycle_with_reviews_stops_without_them_and_shows_them_missing,
    a_total_is_the_weighted_mean_of_points,
    somebody_in_scope_for_44_days_is_not_rated_and_for_45_is,
    a_transfer_scores_each_half_on_its_own_days,
    a_leaver_is_scored_up_to_the_last_day,
    too_few_records_earn_no_points_and_their_weight_drops_out,
    sixty_percent_of_the_weight_is_enough_and_less_is_not,
    nobody_is_rated_on_nothing,
    a_manager_is_scored_by_the_team_below,
    the_baseline_is_the_quarter_before,
    frozen_results_do_not_move,
    a_joiner_who_is_imported_before_evaluation_has_a_sheet,
    a_transfer_that_is_imported_before_evaluation_splits_the_sheet,
    nobody_is_rated_without_a_sheet_for_the_job_role,
}

/// SLA 40 %, reopen rate 20 %, CSAT 40 %; those who lead by their team.
const TEMPLATE: &str = r#"
name_zh = "三项指标"
name_en = "Three figures"
agreement = true
[weights]
kpi = 10000
competency = 0
[[sheet]]
job_roles = ["agent"]
items = [
  { kpi = "sla", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "reopen_rate", weight_bp = 2000, threshold = 20, target = 10, stretch = 0 },
  { kpi = "csat", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
]
[[sheet]]
job_roles = ["manager"]
items = [
  { kpi = "sla", of = "team", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "reopen_rate", of = "team", weight_bp = 2000, threshold = 20, target = 10, stretch = 0 },
  { kpi = "csat", of = "team", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
]
"#;

/// Two teams below a head office. The third quarter of 2026 has 92 days.
fn people(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    staff(
        "employee_no,name,team,job_role,manager,hired_on,left_on\n\
         M1,王强,HQ,manager,,2015-01-05,\n\
         M2,赵敏,A,manager,M1,2015-01-05,\n\
         STEADY,张伟,A,agent,M2,2015-03-02,\n\
         D44,李娜,A,agent,M2,2026-08-18,\n\
         D45,陈杰,A,agent,M2,2026-08-17,\n\
         MOVER,刘洋,A,agent,M2,2015-03-02,\n\
         LEAVER,周涛,B,agent,M1,2015-03-02,2026-08-31\n\
         FEW,吴静,B,agent,M1,2015-03-02,\n\
         EDGE,郑爽,B,agent,M1,2015-03-02,\n\
         BELOW,孙磊,B,agent,M1,2015-03-02,\n\
         NOBODY,钱多,B,agent,M1,2015-03-02,\n\
         HEAD,冯远,B,head,M1,2015-03-02,\n",
    )
    .load(db);
    staff("employee_no,name,team,job_role,manager,valid_from\nMOVER,刘洋,B,agent,M1,2026-08-01\n")
        .load(db);
}

/// Records of a person on a day: per record whether the SLA was met, whether it was reopened, and the
/// survey answer; `-` for what is not known.
fn served(db: &TestDb, person: &str, day: &str, cases: &[&str]) {
    let mut csv = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    for (at, case) in cases.iter().enumerate() {
        let cells: Vec<&str> = case
            .split(' ')
            .map(|c| if c == "-" { "" } else { c })
            .collect();
        csv.push_str(&format!(
            "{person}-{day}-{at},{day} 10:00,{person},{}\n",
            cells.join(",")
        ));
    }
    records(&csv).load(db);
}

/// What all of it comes to, as far as the tests below look at it.
fn evidence(db: &TestDb) {
    // 8 of 10 in time, 1 of 10 reopened, 6 of 10 satisfied.
    served(
        db,
        "STEADY",
        "2026-07-06",
        &[
            "yes no 5", "yes no 5", "yes no 5", "yes no 4", "yes no 4", "yes no 4", "yes no 3",
            "yes no 3", "no no 2", "no yes 1",
        ],
    );
    // A quarter earlier 3 of 5 in time, none reopened, nobody asked.
    served(
        db,
        "STEADY",
        "2026-06-30",
        &["yes no -", "yes no -", "yes no -", "no no -", "no no -"],
    );
    served(db, "D44", "2026-09-01", &["yes no 5"; 5]);
    served(db, "D45", "2026-09-01", &["yes no 5"; 5]);
    // Perfect in July in A; from August in B half in time, all reopened, half satisfied.
    served(db, "MOVER", "2026-07-31", &["yes no 5"; 6]);
    let [well, badly] = ["yes yes 5", "no yes 1"];
    served(
        db,
        "MOVER",
        "2026-08-01",
        &[well, well, well, well, badly, badly, badly, badly],
    );
    served(db, "LEAVER", "2026-08-31", &["yes no 5"; 5]);
    // After the last day: a record entered late counts for nobody's sheet.
    served(db, "LEAVER", "2026-09-01", &["no yes 1"; 5]);
    // SLA of 6, reopened of 6, but 4 answers.
    served(
        db,
        "FEW",
        "2026-07-06",
        &[
            "yes no 1", "yes no 1", "yes no 1", "yes no 1", "yes no -", "yes no -",
        ],
    );
    // SLA 40 % and reopen rate 20 %: exactly 60 %.
    served(db, "EDGE", "2026-07-06", &["yes no -"; 5]);
    // SLA alone: 40 %.
    served(db, "BELOW", "2026-07-06", &["yes - -"; 5]);
}

/// Everybody's quarter, appraised to the end.
fn appraised(db: &TestDb) {
    people(db);
    evidence(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "closed");
}

/// Somebody's data in the appraised quarter, which is made once on each database and only read here.
fn person(db: &TestDb, number: &str) -> Value {
    static SQLITE: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    static POSTGRES: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    let made = match db.backend {
        Backend::Sqlite => &SQLITE,
        Backend::Postgres => &POSTGRES,
    };
    let everybody = made.get_or_init(|| {
        appraised(db);
        let folder = build(db, "2026Q3", "out", "all").join("data/people");
        let people = files(&folder).into_iter();
        people
            .map(|name| (name.clone(), read_json(&folder.join(name))))
            .collect()
    });
    everybody[&format!("{number}.json")].clone()
}

fn sheet(bundle: &Path, number: &str) -> Value {
    read_json(&bundle.join(format!("data/people/{number}.json")))
}

/// Points of each KPI in the order of the sheet.
fn points(person: &Value) -> Vec<Value> {
    let lines = person["kpis"].as_array().unwrap();
    lines.iter().map(|line| line["points"].clone()).collect()
}

fn status(db: &TestDb) -> Value {
    run(db, &["cycle", "status", "2026Q3", "--json"]).json()
}

fn advance(db: &TestDb, state: &str) -> crate::support::program::Done {
    run(
        db,
        &[
            "cycle", "advance", "2026Q3", "--to", state, "--reason", "because",
        ],
    )
}

fn a_cycle_walks_from_draft_to_closed(db: &TestDb) {
    people(db);
    evidence(db);
    create_cycle(
        db,
        "2026Q3",
        &TEMPLATE.replace("agreement = true", "agreement = false"),
    );
    let states = [
        "goal_setting",
        "tracking",
        "evaluation",
        "calibration",
        "feedback",
        "closed",
    ];
    for state in states {
        advance(db, state).fine();
        assert_eq!(status(db)["state"], state);
        let frozen = ["calibration", "feedback", "closed"].contains(&state);
        assert_eq!(db.count("snapshot") > 0, frozen, "{state}");
    }
    let steps = status(db)["steps"].clone();
    let taken: Vec<(&str, &str, bool)> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            let text = |key: &str| s[key].as_str().unwrap();
            (
                text("state"),
                text("reason"),
                s["forced"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(taken[0], ("draft", "", false));
    let expected: Vec<_> = states
        .iter()
        .map(|state| (*state, "because", false))
        .collect();
    assert_eq!(taken[1..], expected);
    // One audit event for making it and one for each step, and the chains hold.
    let events = db.lines(
        "select action || ' ' || subject as line from audit_event \
         where action like 'cycle.%' order by id",
    );
    assert_eq!(events.len(), 7);
    assert!(
        events.iter().all(|event| event.ends_with(" 2026Q3")),
        "{events:?}"
    );
    run(db, &["audit", "verify"]).fine();
    run(db, &["check"]).fine();
}

fn goals_that_nobody_agreed_to_stop_the_cycle_and_name_the_people(db: &TestDb) {
    people(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    advance(db, "goal_setting").fine();
    let before = db.state();
    // 12 people, of whom the head of service has no sheet. Several steps at once are refused as one.
    for state in ["tracking", "closed"] {
        let said = advance(db, state).refused();
        assert!(said.contains("11 goal sheets"), "{said}");
        assert!(said.contains("孙磊") && said.contains("--force"), "{said}");
    }
    assert_eq!(db.state(), before);
    force_to(db, "2026Q3", "tracking");
    let now = status(db);
    assert_eq!(now["missing"], json!({ "agreement": 11 }));
    assert_eq!(now["steps"][2]["forced"], true);
    assert_eq!(now["steps"][1]["forced"], false);
}

fn a_cycle_with_reviews_stops_without_them_and_shows_them_missing(db: &TestDb) {
    people(db);
    evidence(db);
    let template = TEMPLATE
        .replace("agreement = true", "agreement = false\nreviews = true")
        .replace(
            "kpi = 10000\ncompetency = 0",
            "kpi = 7000\ncompetency = 3000",
        );
    create_cycle(db, "2026Q3", &template);
    advance(db, "evaluation").fine();
    let said = advance(db, "calibration").refused();
    assert!(
        said.contains("12 people") && said.contains("--force"),
        "{said}"
    );
    force_to(db, "2026Q3", "closed");
    let steady = sheet(&build(db, "2026Q3", "out", "all"), "STEADY");
    assert_eq!(steady["missing"], json!(["check_ins", "review"]));
    assert_eq!(steady["competency_score"], Value::Null);
    // The KPI part is 70 % of the weight, so the total is the KPI score alone.
    assert_eq!(steady["total"], 89.33);
    assert_eq!(status(db)["missing"]["review"], 12);
}

fn a_total_is_the_weighted_mean_of_points(db: &TestDb) {
    let steady = person(db, "STEADY");
    // 80 % is the target: 100. 10 % is the target: 100. 60 %: 60 + 40 x 10/30 = 73.33.
    assert_eq!(points(&steady), [json!(100.0), json!(100.0), json!(73.33)]);
    // (100 x 4000 + 100 x 2000 + 73.33 x 4000) / 10000 = 89.332
    assert_eq!(
        (&steady["kpi_score"], &steady["total"]),
        (&json!(89.33), &json!(89.33))
    );
    assert_eq!(
        (&steady["grade"], &steady["rated"]),
        (&json!("B"), &json!(true))
    );
    assert_eq!(
        (&steady["scope_days"], &steady["manager_no"]),
        (&json!(92), &json!("M2"))
    );
    assert_eq!(steady["missing"], json!(["agreement", "check_ins"]));
}

fn somebody_in_scope_for_44_days_is_not_rated_and_for_45_is(db: &TestDb) {
    let short = person(db, "D44");
    assert_eq!(
        (&short["scope_days"], &short["scope_from"]),
        (&json!(44), &json!("2026-08-18"))
    );
    assert_eq!(
        (&short["total"], &short["grade"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&short["not_rated"], &short["rated"]),
        (&json!("too_short"), &json!(false))
    );
    // The figures are shown all the same.
    assert_eq!(short["kpis"][0]["value"], 100.0);
    let long = person(db, "D45");
    assert_eq!(
        (&long["scope_days"], &long["total"]),
        (&json!(45), &json!(120.0))
    );
    assert_eq!(
        (&long["grade"], &long["not_rated"]),
        (&json!("S"), &Value::Null)
    );
}

fn a_transfer_scores_each_half_on_its_own_days(db: &TestDb) {
    let mover = person(db, "MOVER");
    let versions = mover["versions"].as_array().unwrap();
    let seen: Vec<_> = versions
        .iter()
        .map(|v| json!([v["from"], v["to"], v["days"], v["team"], v["kpi_score"]]))
        .collect();
    // In B: SLA 50 % = 60, reopened 100 % = 0, CSAT 50 % = 60: 60 x 0.4 + 60 x 0.4 = 48.
    assert_eq!(
        seen,
        [
            json!(["2026-07-01", "2026-07-31", 31, "A", 120.0]),
            json!(["2026-08-01", "2026-09-30", 61, "B", 48.0]),
        ]
    );
    let n: Vec<_> = mover["kpis"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["n"].clone())
        .collect();
    assert_eq!(n, [6, 6, 6, 8, 8, 8]);
    // (120 x 31 + 48 x 61) / 92 = 72.2608...
    assert_eq!(
        (&mover["total"], &mover["grade"]),
        (&json!(72.26), &json!("C"))
    );
    // The manager and the team of the last day.
    assert_eq!(
        (&mover["team"], &mover["manager_no"]),
        (&json!("B"), &json!("M1"))
    );
}

fn a_leaver_is_scored_up_to_the_last_day(db: &TestDb) {
    let leaver = person(db, "LEAVER");
    assert_eq!(
        (&leaver["scope_days"], &leaver["scope_to"]),
        (&json!(62), &json!("2026-08-31"))
    );
    assert_eq!(
        (&leaver["kpis"][0]["n"], &leaver["total"]),
        (&json!(5), &json!(120.0))
    );
}

fn too_few_records_earn_no_points_and_their_weight_drops_out(db: &TestDb) {
    let few = person(db, "FEW");
    let csat = &few["kpis"][2];
    assert_eq!(
        (&csat["n"], &csat["status"]),
        (&json!(4), &json!("too_few"))
    );
    assert_eq!(
        (&csat["value"], &csat["points"]),
        (&json!(0.0), &Value::Null)
    );
    assert!(
        csat["ci_high"].is_f64(),
        "the interval is shown all the same: {csat}"
    );
    // Four angry answers do not count: (120 x 4000 + 120 x 2000) / 6000.
    assert_eq!(few["total"], 120.0);
}

fn sixty_percent_of_the_weight_is_enough_and_less_is_not(db: &TestDb) {
    let edge = person(db, "EDGE");
    assert_eq!(points(&edge), [json!(120.0), json!(120.0), Value::Null]);
    assert_eq!(edge["kpis"][2]["status"], "no_data");
    assert_eq!(edge["total"], 120.0);
    let below = person(db, "BELOW");
    assert_eq!(points(&below), [json!(120.0), Value::Null, Value::Null]);
    assert_eq!(
        (&below["total"], &below["kpi_score"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(below["not_rated"], "too_little_weight");
}

fn nobody_is_rated_on_nothing(db: &TestDb) {
    let nobody = person(db, "NOBODY");
    for line in nobody["kpis"].as_array().unwrap() {
        assert_eq!(
            (&line["n"], &line["status"]),
            (&json!(0), &json!("no_data"))
        );
        assert_eq!(
            (&line["value"], &line["ci_low"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(
        (&nobody["total"], &nobody["rated"]),
        (&Value::Null, &json!(false))
    );
}

fn nobody_is_rated_without_a_sheet_for_the_job_role(db: &TestDb) {
    let head = person(db, "HEAD");
    assert_eq!(
        (&head["kpis"], &head["not_rated"]),
        (&json!([]), &json!("no_sheet"))
    );
    assert_eq!(head["team"], "B");
}

fn a_manager_is_scored_by_the_team_below(db: &TestDb) {
    // A: 10 of STEADY, 5 of D44, 5 of D45, 6 of MOVER in July: 24 of 26 in time, 1 reopened, 22 of 26
    // satisfied.
    let lead = person(db, "M2");
    let subjects: Vec<_> = lead["kpis"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| &k["subject"])
        .collect();
    assert_eq!(subjects, ["team"; 3]);
    let sla = &lead["kpis"][0];
    assert_eq!(
        (&sla["n"], sla["value"].as_f64().unwrap()),
        (&json!(26), 2400.0 / 26.0)
    );
    // 92.3077 %: 100 + 20 x 12.3077/20 = 112.31; 3.8462 %: 100 + 20 x 6.1538/10 = 112.31;
    // 84.6154 %: 100 + 20 x 4.6154/20 = 104.62.
    assert_eq!(points(&lead), [json!(112.31), json!(112.31), json!(104.62)]);
    // 112.31 x 0.6 + 104.62 x 0.4 = 109.234
    assert_eq!(lead["total"], 109.23);
    // The head office counts everything below it: 26 and, in B, 8 + 5 + 6 + 5 + 5. What LEAVER is named
    // for after the last day belongs to no team.
    let chief = person(db, "M1");
    assert_eq!(chief["kpis"][0]["n"], 55);
}

fn the_baseline_is_the_quarter_before(db: &TestDb) {
    let steady = person(db, "STEADY");
    let baselines: Vec<_> = steady["kpis"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| &k["baseline"])
        .collect();
    assert_eq!(baselines, [&json!(60.0), &json!(0.0), &Value::Null]);
    assert_eq!(steady["history"][0]["quarter"], "2026Q2");
    assert_eq!(steady["history"][0]["figures"][0]["value"], 60.0);
    assert_eq!(steady["history"].as_array().unwrap().len(), 1);
}

fn frozen_results_do_not_move(db: &TestDb) {
    appraised(db);
    let bundle = build(db, "2026Q3", "out", "all");
    let frozen = db.rows("snapshot");
    assert_eq!(status(db)["changed_since_freeze"], json!([]));
    // A correction, a deletion, a record more, a new name, somebody new, a transfer, another name of the team.
    records(
        "id,opened_at,employee,sla_met,reopened,csat,deleted\n\
         STEADY-2026-07-06-0,2026-07-06 10:00,STEADY,no,yes,1,\n\
         EDGE-2026-07-06-0,2026-07-06 10:00,,,,,yes\n\
         late,2026-07-09 10:00,NOBODY,no,no,1,\n",
    )
    .load(db);
    staff("employee_no,name,team,job_role\nSTEADY,张大伟,B,agent\nNEW,新人,A,agent\n").load(db);
    teams("code,name_zh\nA,第一组\n").load(db);
    assert_eq!(db.rows("snapshot"), frozen);
    assert_same_files(&bundle, &build(db, "2026Q3", "again", "all"));
    // Whose evidence changed is told: the three, and those whose teams they are in.
    let changed = status(db)["changed_since_freeze"].clone();
    assert_eq!(changed, json!(["EDGE", "M1", "M2", "NOBODY", "STEADY"]));
    let said = run(db, &["cycle", "status", "2026Q3"]).fine();
    assert!(said.contains("EDGE, M1, M2, NOBODY, STEADY"), "{said}");
    run(db, &["audit", "verify"]).fine();
    run(db, &["check"]).fine();
}

fn a_joiner_who_is_imported_before_evaluation_has_a_sheet(db: &TestDb) {
    people(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "tracking");
    assert_eq!(status(db)["people"], 12);
    staff("employee_no,name,team,job_role,manager,hired_on\nJOINER,何新,A,agent,M2,2026-07-20\n")
        .load(db);
    served(db, "JOINER", "2026-08-03", &["yes no 5"; 5]);
    force_to(db, "2026Q3", "closed");
    assert_eq!(status(db)["people"], 13);
    let bundle = build(db, "2026Q3", "out", "all");
    let joiner = sheet(&bundle, "JOINER");
    assert_eq!(
        (&joiner["scope_days"], &joiner["total"]),
        (&json!(73), &json!(120.0))
    );
    // The others' sheets are as they were.
    assert_eq!(sheet(&bundle, "D45")["scope_days"], 45);
}

fn a_transfer_that_is_imported_before_evaluation_splits_the_sheet(db: &TestDb) {
    people(db);
    evidence(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "tracking");
    staff("employee_no,name,team,job_role,manager,valid_from\nSTEADY,张伟,B,agent,M1,2026-09-01\n")
        .load(db);
    force_to(db, "2026Q3", "closed");
    let steady = sheet(&build(db, "2026Q3", "out", "all"), "STEADY");
    let versions = steady["versions"].as_array().unwrap();
    let days: Vec<_> = versions
        .iter()
        .map(|v| json!([v["team"], v["days"]]))
        .collect();
    assert_eq!(days, [json!(["A", 62]), json!(["B", 30])]);
    // Nothing in September, so July and August are all there is.
    assert_eq!(steady["total"], 89.33);
    // Team and manager are those of the last day.
    assert_eq!(
        (&steady["team"], &steady["manager_no"]),
        (&json!("B"), &json!("M1"))
    );
}
