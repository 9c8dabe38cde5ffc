//! The KPI library, templates, cycles and results in the browser: who reads what, that a step from the board is
//! a step of the command line, that what is typed stays, and that the worked sum prints the frozen numbers.

use espalier::access::Role;
use espalier::appraisals::model::result::PersonResult;
use espalier::appraisals::store::{cycles, results};
use espalier::i18n::hundredths;
use espalier::snapshots;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{AGREED, records, staff, teams};
use crate::support::program::{create_cycle, force_to, run};
use crate::support::queries;
use crate::support::web::{Browser, somebody};

both! {
    a_result_is_read_by_those_above_and_by_oneself_once_released,
    a_step_from_the_board_is_a_step_of_the_command_line,
    of_two_who_step_at_once_one_is_told,
    a_step_without_a_reason_or_past_what_is_missing_comes_back_filled,
    deadlines_stand_in_order,
    a_template_that_does_not_add_up_comes_back_as_typed,
    a_template_changed_meanwhile_shows_both,
    a_cycle_is_made_from_a_stored_template_by_page_and_command,
    copies_of_total_and_grade_are_those_of_the_snapshots,
    the_worked_sum_prints_the_frozen_numbers_and_leads_to_their_rows,
    people_are_listed_by_name_and_by_total_and_filtered,
    somebody_is_excused_with_a_reason_until_results_are_frozen,
    a_changed_kpi_is_a_new_version_and_a_cycle_keeps_its_own,
    the_pages_of_a_cycle_ask_few_queries,
}

/// A head, a manager below, two agents; one of them came from another manager's team after the quarter.
fn company(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         H1,王强,Wang Qiang,HQ,head,,2015-01-05\n\
         M1,赵敏,Zhao Min,A,manager,H1,2015-01-05\n\
         M2,孙磊,Sun Lei,B,manager,H1,2015-01-05\n\
         P1,张伟,Zhang Wei,A,agent,M1,2015-03-02\n\
         P2,李娜,Li Na,A,agent,M1,2015-03-02\n",
    )
    .load(db);
    // From October on P1 reports to M2: M1 is a former manager.
    staff("employee_no,name,name_en,team,job_role,manager,valid_from\nP1,张伟,Zhang Wei,B,agent,M2,2026-10-01\n")
        .load(db);
    let mut csv = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    for (person, late) in [("P1", 2), ("P2", 5)] {
        for at in 0..10 {
            let sla = if at < late { "no" } else { "yes" };
            let answer = 1 + at % 5;
            csv.push_str(&format!(
                "{person}-{at},2026-07-{:02} 10:00,{person},{sla},no,{answer}\n",
                at + 1
            ));
        }
    }
    records(&csv).load(db);
}

fn cycle(db: &TestDb, state: &str) {
    company(db);
    create_cycle(db, "2026Q3", AGREED);
    if state != "draft" {
        force_to(db, "2026Q3", state);
    }
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn frozen(db: &TestDb, no: &str) -> PersonResult {
    let subject = format!("2026Q3/{no}");
    let found = db
        .db
        .read(|conn| snapshots::newest(conn, "person", &subject))
        .unwrap();
    found.unwrap().parse().unwrap()
}

fn row_version(db: &TestDb) -> String {
    db.line("select cast(row_version as text) as line from cycle")
}

fn opened(db: &TestDb) -> usize {
    db.lines("select subject as line from audit_event where action = 'result-opened'")
        .len()
}

fn a_result_is_read_by_those_above_and_by_oneself_once_released(db: &TestDb) {
    cycle(db, "calibration");
    let own = somebody(db, &[], Some("P1"));
    let colleague = somebody(db, &[], Some("P2"));
    let former = somebody(db, &[], Some("M1"));
    let manager = somebody(db, &[], Some("M2"));
    let above = somebody(db, &[], Some("H1"));
    let leadership = somebody(db, &[Role::Leadership], None);
    let auditor = somebody(db, &[Role::Auditor], None);
    let total = hundredths(frozen(db, "P1").total_h.unwrap());
    let page = "/cycles/2026Q3/people/P1";
    let lists = ["/cycles/2026Q3/people", "/people/P1/cycles"];
    let own_rows = |browser: &Browser| {
        let csv = browser.get("/cycles/2026Q3/people.csv").expect(200);
        csv.has(&total)
    };
    // Before it is released.
    for reader in [&manager, &above, &hr(db), &auditor] {
        assert!(reader.get(page).expect(200).has(&total));
    }
    assert!(!own.get(page).expect(200).has(&total));
    for list in lists {
        assert!(!own.get(list).expect(200).has(&total), "{list}");
    }
    assert!(!own_rows(&own));
    assert!(
        !own.get("/cycles/2026Q3/people?sort=total")
            .expect(200)
            .has("/people/P1\"")
    );
    assert_eq!(opened(db), 0, "nothing is released yet");
    for stranger in [&colleague, &former] {
        stranger.get(page).expect(404);
        stranger.get("/people/P1/cycles").expect(404);
        assert!(
            !stranger
                .get("/cycles/2026Q3/people")
                .expect(200)
                .has(">P1<")
        );
    }
    leadership.get(page).expect(403);
    leadership.get("/cycles/2026Q3/people").expect(403);
    // Once it is.
    force_to(db, "2026Q3", "feedback");
    assert!(own.get(page).expect(200).has(&total));
    for list in lists {
        assert!(own.get(list).expect(200).has(&total), "{list}");
    }
    assert!(own_rows(&own));
    assert_eq!(opened(db), 0, "one's own is not told of");
    assert!(manager.get(page).expect(200).has(&total));
    assert_eq!(opened(db), 1);
    colleague.get(page).expect(404);
    former.get(page).expect(404);
}

fn a_step_from_the_board_is_a_step_of_the_command_line(db: &TestDb) {
    cycle(db, "goal_setting");
    let hr = hr(db);
    let board = hr.get("/cycles/2026Q3").expect(200);
    assert!(
        board.has("5 goal sheets must be agreed"),
        "{}",
        board.text()
    );
    assert!(board.has("Zhang Wei") && board.has("/cycles/2026Q3/people/P1"));
    let version = row_version(db);
    let sent = [
        ("to", "calibration"),
        ("reason", "because"),
        ("force", "on"),
        ("row_version", version.as_str()),
    ];
    let page = hr.post("/cycles/2026Q3/step", &sent).expect(303);
    assert_eq!(page.location(), "/cycles/2026Q3?said=cycle-stepped");
    let status = run(db, &["cycle", "status", "2026Q3", "--json"]).json();
    assert_eq!(status["state"], "calibration");
    let steps = status["steps"].as_array().unwrap();
    let taken: Vec<(&str, bool)> = steps[2..]
        .iter()
        .map(|s| (s["state"].as_str().unwrap(), s["forced"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        taken,
        [
            ("tracking", true),
            ("evaluation", true),
            ("calibration", false)
        ]
    );
    assert!(steps[2..].iter().all(|s| s["reason"] == "because"));
    run(db, &["audit", "verify"]).fine();
    run(db, &["check"]).fine();
}

fn of_two_who_step_at_once_one_is_told(db: &TestDb) {
    cycle(db, "draft");
    let (one, other) = (hr(db), hr(db));
    let version = row_version(db);
    let sent = [
        ("to", "goal_setting"),
        ("reason", "the quarter begins"),
        ("row_version", version.as_str()),
    ];
    one.post("/cycles/2026Q3/step", &sent).expect(303);
    let told = other.post("/cycles/2026Q3/step", &sent).expect(409);
    assert!(told.has("the quarter begins"), "what was typed is kept");
    assert_eq!(db.count("cycle_stage"), 2);
}

fn a_step_without_a_reason_or_past_what_is_missing_comes_back_filled(db: &TestDb) {
    cycle(db, "goal_setting");
    let hr = hr(db);
    let version = row_version(db);
    let version = ("row_version", version.as_str());
    let before = db.count("cycle_stage");
    let page = hr
        .post(
            "/cycles/2026Q3/step",
            &[("to", "tracking"), ("reason", " "), version],
        )
        .expect(422);
    assert!(page.has("href=\"#f-reason\""));
    let sent = [("to", "tracking"), ("reason", "we cannot wait"), version];
    let page = hr.post("/cycles/2026Q3/step", &sent).expect(422);
    assert!(page.has("href=\"#f-force\"") && page.has("we cannot wait"));
    assert_eq!(db.count("cycle_stage"), before);
}

fn deadlines_stand_in_order(db: &TestDb) {
    cycle(db, "goal_setting");
    let hr = hr(db);
    let version = row_version(db);
    let version = ("row_version", version.as_str());
    let wrong = [
        ("due_goal_setting", "2026-10-20"),
        ("due_tracking", "2026-10-10"),
        version,
    ];
    let page = hr.post("/cycles/2026Q3/deadlines", &wrong).expect(422);
    assert!(page.has("href=\"#f-due_tracking\"") && page.has("2026-10-10"));
    let right = [
        ("due_goal_setting", "2026-10-01"),
        ("due_tracking", "2026-10-20"),
        version,
    ];
    hr.post("/cycles/2026Q3/deadlines", &right).expect(303);
    // The tests' clock stands at 5 October.
    assert!(
        hr.get("/cycles/2026Q3")
            .expect(200)
            .has("overdue since 2026-10-01")
    );
    assert!(hr.get("/cycles").expect(200).has("4 days overdue"));
    hr.post("/cycles/2026Q3/deadlines", &right).expect(409);
}

fn stored(db: &TestDb, code: &str) -> (String, String) {
    let sql = |column: &str| {
        format!("select cast({column} as text) as line from cycle_template where code = '{code}'")
    };
    (db.line(&sql("body")), db.line(&sql("row_version")))
}

fn a_template_that_does_not_add_up_comes_back_as_typed(db: &TestDb) {
    let hr = hr(db);
    let (body, version) = stored(db, "service-desk");
    let short = body.replace("weight_bp = 3000", "weight_bp = 2700");
    let sent = [("body", short.as_str()), ("row_version", version.as_str())];
    let page = hr.post("/templates/service-desk/edit", &sent).expect(422);
    assert!(
        page.has("the weights add up to 97.00 %. Add 3.00 %"),
        "{}",
        page.text()
    );
    assert!(page.has("weight_bp = 2700"));
    assert_eq!(stored(db, "service-desk").0, body);
    let sent = [("code", "ours"), ("body", short.as_str())];
    let page = hr.post("/templates/new", &sent).expect(422);
    assert!(page.has("value=\"ours\"") && page.has("weight_bp = 2700"));
    let sent = [("code", "ours"), ("body", body.as_str())];
    hr.post("/templates/new", &sent).expect(303);
    assert!(hr.get("/templates").expect(200).has("/templates/ours"));
    assert!(hr.get("/templates/ours").expect(200).has("40 / 60 / 80"));
}

fn a_template_changed_meanwhile_shows_both(db: &TestDb) {
    let hr = hr(db);
    let (body, version) = stored(db, "service-desk");
    let version = ("row_version", version.as_str());
    let theirs = body.replace("Service desk quarter", "Theirs");
    let ours = body.replace("Service desk quarter", "Ours");
    let path = "/templates/service-desk/edit";
    hr.post(path, &[("body", &theirs), version]).expect(303);
    let page = hr.post(path, &[("body", &ours), version]).expect(409);
    assert!(page.has("Theirs") && page.has("Ours"));
    let again = page.value("row_version");
    hr.post(path, &[("body", &ours), ("row_version", &again)])
        .expect(303);
    assert!(stored(db, "service-desk").0.contains("Ours"));
}

fn a_cycle_is_made_from_a_stored_template_by_page_and_command(db: &TestDb) {
    let hr = hr(db);
    hr.post("/templates/new", &[("code", "ours"), ("body", AGREED)])
        .expect(303);
    let sent = [("quarter", "2026Q3"), ("template", "ours")];
    hr.post("/cycles/new", &sent).expect(303);
    let page = hr.post("/cycles/new", &sent).expect(422);
    assert!(
        page.has("href=\"#f-quarter\""),
        "two cycles over the same days"
    );
    run(db, &["cycle", "create", "2026Q4", "--template", "ours"]).fine();
    let rules = db.lines("select rules_json as line from cycle order by code");
    assert_eq!(rules[0], rules[1]);
    let said = run(db, &["cycle", "create", "2027Q1", "--template", "nobodys"]).refused();
    assert!(
        said.contains("ours") && said.contains("service-desk"),
        "{said}"
    );
}

fn copies_of_total_and_grade_are_those_of_the_snapshots(db: &TestDb) {
    cycle(db, "feedback");
    let wrong = || db.db.read(results::wrong_copies).unwrap();
    assert_eq!(wrong(), Vec::<String>::new());
    let p1 = frozen(db, "P1");
    let copy = db.line(
        "select cast(e.total_h as text) || ' ' || e.grade as line from evaluation e \
         join staff s on s.id = e.staff_id where s.employee_no = 'P1'",
    );
    assert_eq!(
        copy,
        format!("{} {}", p1.total_h.unwrap(), p1.grade.unwrap())
    );
    db.run(
        "update evaluation set total_h = 1 where staff_id = \
         (select id from staff where employee_no = 'P1')",
    );
    assert_eq!(wrong(), ["2026Q3/P1"]);
    let done = run(db, &["check"]);
    assert_eq!(done.status, 1);
    assert!(done.out.contains("2026Q3/P1"), "{}", done.out);
}

fn the_worked_sum_prints_the_frozen_numbers_and_leads_to_their_rows(db: &TestDb) {
    cycle(db, "feedback");
    let page = hr(db).get("/cycles/2026Q3/people/P1").expect(200);
    let text = page.text();
    let person = frozen(db, "P1");
    let worked = text.split("<table class=\"worked\">").nth(1).unwrap();
    let worked = worked.split("</table>").next().unwrap();
    let cells: Vec<&str> = worked
        .split("<td class=\"num\">")
        .skip(1)
        .map(|cell| cell.split("</td>").next().unwrap())
        .collect();
    let items = &person.versions[0].items;
    // Target, points, weight and product of each item; then sum, score and total.
    let mut sum = 0;
    for (item, cells) in items.iter().zip(cells.chunks(4)) {
        let product = item.points_h.unwrap() * item.weight_bp;
        sum += product;
        assert_eq!(cells[1], hundredths(item.points_h.unwrap()));
        assert!(cells[2].starts_with(&(item.weight_bp / 100).to_string()));
        let printed: f64 = cells[3].parse().unwrap();
        assert!((printed * 1e6 - product as f64).abs() < 0.5, "{cells:?}");
    }
    let rest = &cells[items.len() * 4..];
    let printed: f64 = rest[0].parse().unwrap();
    assert!((printed * 1e6 - sum as f64).abs() < 0.5, "{rest:?}");
    assert_eq!(rest[1], hundredths(person.kpi_score_h.unwrap()));
    assert_eq!(rest[rest.len() - 1], hundredths(person.total_h.unwrap()));
    let way = "/people/P1/measures/sla?quarter=2026Q3";
    assert!(worked.contains(&format!("href=\"{way}\"")), "{worked}");
    let evidence = hr(db).get(way).expect(200);
    assert!(evidence.has("n&nbsp;10") || evidence.has("n\u{a0}10"));
    assert!(text.contains("Versions of this result") && text.contains("a test"));
}

fn people_are_listed_by_name_and_by_total_and_filtered(db: &TestDb) {
    cycle(db, "feedback");
    let hr = hr(db);
    let order = |query: &str| {
        let page = hr.get(&format!("/cycles/2026Q3/people{query}")).expect(200);
        let text = page.text();
        let mut found: Vec<(usize, &str)> = ["H1", "M1", "M2", "P1", "P2"]
            .into_iter()
            .filter_map(|no| Some((text.find(&format!("/people/{no}\""))?, no)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|f| f.1).collect::<Vec<_>>()
    };
    // Li Na, Sun Lei, Wang Qiang, Zhang Wei, Zhao Min.
    assert_eq!(order(""), ["P2", "M2", "H1", "P1", "M1"]);
    assert_eq!(order("?sort=total"), ["P1", "P2"]);
    assert_eq!(order("?team=A"), ["P2", "P1", "M1"]);
    assert_eq!(order("?q=zhang"), ["P1"]);
    assert_eq!(order("?missing=total"), ["M2", "H1", "M1"]);
    let grade = frozen(db, "P1").grade.unwrap();
    assert!(order(&format!("?grade={grade}")).contains(&"P1"));
    assert_eq!(order("?grade=none"), Vec::<&str>::new());
    let csv = hr
        .get("/cycles/2026Q3/people.csv?sort=total")
        .expect(200)
        .text();
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

fn somebody_is_excused_with_a_reason_until_results_are_frozen(db: &TestDb) {
    cycle(db, "tracking");
    let hr = hr(db);
    let page = "/cycles/2026Q3/people/P2";
    let path = "/cycles/2026Q3/people/P2/standing";
    let seen = hr.get(page).expect(200).value("row_version");
    let send = |version: &str, decision: &str, reason: &str| {
        let fields = [
            ("decision", decision),
            ("reason", reason),
            ("row_version", version),
        ];
        hr.post(path, &fields)
    };
    send(&seen, "excuse", "").expect(422);
    send(&seen, "excuse", "on leave").expect(303);
    assert!(hr.get(page).expect(200).has("on leave"));
    // Somebody who had the page open before sees both and may send again.
    let stale = send(&seen, "include", "worked eight weeks").expect(409);
    assert!(stale.has("on leave") && stale.has("worked eight weeks"));
    send(&stale.value("row_version"), "excuse", "on long leave").expect(303);
    let seen = hr.get(page).expect(200).value("row_version");
    force_to(db, "2026Q3", "feedback");
    assert_eq!(frozen(db, "P2").total_h, None);
    send(&seen, "neither", "back").expect(409);
}

fn a_changed_kpi_is_a_new_version_and_a_cycle_keeps_its_own(db: &TestDb) {
    cycle(db, "goal_setting");
    let hr = hr(db);
    let form = hr.get("/kpis/sla/edit").expect(200);
    let version = form.value("row_version");
    let mut sent = vec![
        ("name_zh", "时限达成率"),
        ("name_en", "In time"),
        ("family", "efficiency"),
        ("measure", "sla"),
        ("unit", "percent"),
        ("direction", "higher"),
        ("min_n", "20"),
        ("formula_zh", "按时"),
        ("formula_en", "in time / all"),
        ("row_version", &version),
    ];
    hr.post("/kpis/sla/edit", &sent).expect(303);
    let shown = hr.get("/kpis/sla").expect(200);
    assert!(shown.has("in time / all") && shown.has("/templates/service-desk"));
    // The same form again is stale; a minimum of nothing is none.
    hr.post("/kpis/sla/edit", &sent).expect(409);
    sent[6] = ("min_n", "0");
    let page = hr.post("/kpis/sla/edit", &sent).expect(422);
    assert!(page.has("href=\"#f-min_n\"") && page.has("in time / all"));
    // Sheets made before name the older version and are scored by the cycle's own rules.
    force_to(db, "2026Q3", "feedback");
    let codes = frozen(db, "P1").versions[0].items.clone();
    assert_eq!(codes[0].kpi, "sla");
    assert!(
        codes[0].points_h.is_some(),
        "ten records are enough for this cycle"
    );
    // Out of use only where no template needs it.
    hr.post("/kpis/sla/use", &[("retired", "true")]).expect(409);
    hr.post("/kpis/ces/use", &[("retired", "true")]).expect(303);
    assert!(hr.get("/kpis?q=ces").expect(200).has("out of use"));
}

fn the_pages_of_a_cycle_ask_few_queries(db: &TestDb) {
    queries::install();
    cycle(db, "feedback");
    let hr = hr(db);
    for (path, most) in [
        ("/kpis", 6),
        ("/templates", 6),
        ("/cycles", 6),
        ("/cycles/2026Q3/people?team=A", 8),
        ("/cycles/2026Q3", 10),
        ("/people/P1/cycles", 6),
    ] {
        hr.get(path).expect(200);
        queries::at_most(db.db.address(), most, path, || {
            hr.get(path).expect(200);
        });
    }
    let found = db.db.read(|conn| cycles::find(conn, "2026Q3")).unwrap();
    assert!(found.state.is_frozen());
}
