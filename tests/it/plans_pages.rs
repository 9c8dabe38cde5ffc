//! Improvement plans and the registers of findings in the browser: from a finding to a verdict, who sees what,
//! what is refused, and that nothing typed is lost.

use chrono::NaiveDate;
use espalier::access::{Permission, Reach, Role};
use espalier::appraisals::store::findings::{Rated, findings_of_results};
use espalier::appraisals::store::{cycles, results};
use espalier::calendar::day_number;
use espalier::evidence::themes;
use espalier::findings::model::{Kind, State};
use espalier::findings::store::{self as findings, Filter, Start};
use espalier::people::store::reach;
use espalier::plans::store;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{complaints, day, now, records, staff, teams};
use crate::support::program::{create_cycle, force_to};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    a_plan_goes_from_a_finding_to_its_verdict,
    a_plan_without_a_baseline_never_closes_as_improved,
    a_plan_of_a_person_is_read_by_few_and_acknowledged_by_the_person,
    leadership_learns_how_many_plans_of_people_there_are_and_no_more,
    nobody_writes_their_own_plan_or_one_out_of_reach,
    a_draft_is_approved_without_errors_by_whoever_is_named,
    what_was_typed_comes_back_when_it_is_wrong_or_stale_and_is_done_once,
    a_plan_that_is_extended_is_acknowledged_anew_and_one_that_is_revised_goes_on,
    what_waits_for_somebody_is_told_with_its_day,
    plans_are_listed_by_state_and_day_and_exported,
    the_file_of_a_person_holds_what_was_offered_and_said,
    a_finding_is_told_and_found_in_its_register_and_cell,
    results_become_findings_once_and_one_learns_of_ones_own_when_it_is_released,
    complaints_that_become_more_frequent_are_told_once,
    the_pages_of_plans_ask_few_queries,
}

/// H leads everybody; MA leads team A (A1, A2), MB leads team B (B1).
fn company(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         H,王强,Wang Qiang,HQ,head,,2015-01-05\n\
         MA,赵敏,Zhao Min,A,manager,H,2015-01-05\n\
         MB,孙磊,Sun Lei,B,manager,H,2015-01-05\n\
         A1,张伟,Zhang Wei,A,agent,MA,2015-03-02\n\
         A2,李娜,Li Na,A,agent,MA,2015-03-02\n\
         B1,陈杰,Chen Jie,B,agent,MB,2015-03-02\n",
    )
    .load(db);
}

/// Team A keeps its time in 50 of 100 cases before July and in 90 of 100 after; team B in half of them.
fn figures(db: &TestDb) {
    let mut csv = String::from("id,opened_at,employee,sla_met\n");
    for (month, hits) in [(4, 50), (8, 90)] {
        for at in 0..100 {
            let day = 1 + at % 28;
            let sla = if at < hits { "yes" } else { "no" };
            let other = if at % 2 == 0 { "yes" } else { "no" };
            csv.push_str(&format!(
                "a{month}-{at},2026-{month:02}-{day:02} 10:00,A1,{sla}\n\
                 b{month}-{at},2026-{month:02}-{day:02} 10:00,B1,{other}\n"
            ));
        }
    }
    records(&csv).load(db);
}

/// The form of a plan of team A that lacks nothing but actions.
const TEAM: &[(&str, &str)] = &[
    ("scope", "team"),
    ("team", "A"),
    ("title", "Keep the time"),
    ("problem", "Half of the cases are late"),
    ("kpi", "sla"),
    ("base_from", "2026-04-01"),
    ("base_to", "2026-06-30"),
    ("whys", "The queue is not sorted\nNobody owns it"),
    ("target", "85"),
    ("min_effect", "10"),
    ("starts_on", "2026-07-01"),
    ("check_from", "2026-07-01"),
    ("ends_on", "2026-09-30"),
    ("review_days", "14"),
    ("owner", "MA"),
];

/// The same of a person, with what a person's plan needs.
const PERSON: &[(&str, &str)] = &[
    ("scope", "person"),
    ("team", ""),
    ("staff", "A1"),
    ("sponsor", "MB"),
    ("problem", "CANARYPROBLEM"),
    ("standard", "First answer in four hours"),
    ("published", "Service manual 4.2, intranet, 2026-01-05"),
    ("read_on", "2026-01-08"),
    ("criteria", "85 % in the third quarter"),
];

/// Fields with some of them replaced.
fn with<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<(&str, &str)> = base
        .iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
        .copied()
        .collect();
    all.extend_from_slice(more);
    all
}

fn person() -> Vec<(&'static str, &'static str)> {
    with(TEAM, PERSON)
}

fn as_(db: &TestDb, no: &str) -> Browser {
    somebody(db, &[], Some(no))
}

/// Sends a form of a plan with its present version.
fn send(browser: &Browser, db: &TestDb, code: &str, part: &str, fields: &[(&str, &str)]) -> Page {
    let version = version(db, code);
    let fields = with(fields, &[("row_version", &version)]);
    browser.post(&format!("/plans/{code}/{part}"), &fields)
}

fn version(db: &TestDb, code: &str) -> String {
    db.line(&format!(
        "select cast(row_version as text) as line from plan where code = '{code}'"
    ))
}

fn state(db: &TestDb, code: &str) -> String {
    db.line(&format!(
        "select state as line from plan where code = '{code}'"
    ))
}

fn step(browser: &Browser, db: &TestDb, code: &str, step: &str) -> Page {
    let fields = [("step", step), ("words", "because it is so")];
    send(browser, db, code, "step", &fields)
}

/// Adds an action that somebody does.
fn act(browser: &Browser, db: &TestDb, code: &str, owner: &str) {
    let action = [
        ("body", "Sort the queue each morning"),
        ("kind", "process"),
        ("owner", owner),
        ("due_on", "2026-07-31"),
    ];
    send(browser, db, code, "actions", &action).expect(303);
}

/// Brings a plan with an action up to the check of its effect.
fn up_to_the_check(browser: &Browser, db: &TestDb, code: &str) {
    for one in ["approve", "start"] {
        step(browser, db, code, one).expect(303);
    }
    let done = [("action", "1"), ("state", "done"), ("outcome", "sorted")];
    send(browser, db, code, "actions/outcome", &done).expect(303);
    step(browser, db, code, "check").expect(303);
}

fn a_plan_goes_from_a_finding_to_its_verdict(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    let told = [
        ("kind", "audit"),
        ("title", "Half of the cases are late"),
        ("team", "A"),
        ("importance", "3"),
        ("urgency", "2"),
    ];
    let told = manager.post("/findings/new", &told).expect(303);
    let finding = told.location().split('?').next().unwrap().to_string();
    let id = finding.rsplit('/').next().unwrap().to_string();
    let page = manager.get(&finding).expect(200);
    let make = format!("/plans/new?finding={id}");
    assert!(page.has(&make));
    let form = manager.get(&make).expect(200);
    assert_eq!(form.value("team"), "A");
    assert_eq!(form.value("title"), "Half of the cases are late");
    let made = manager
        .post("/plans/new", &with(TEAM, &[("finding", &id)]))
        .expect(303);
    assert_eq!(made.location(), "/plans/P-0001?said=plan-made");
    let page = manager.get(&finding).expect(200);
    assert!(page.has("P-0001") && !page.has(&make));
    assert_eq!(
        db.line("select state as line from finding where plan_id is not null"),
        "planned"
    );
    // Another plan is not made of it.
    manager
        .post("/plans/new", &with(TEAM, &[("finding", &id)]))
        .expect(409);
    let draft = manager.get("/plans/P-0001").expect(200);
    assert!(draft.has("Add at least one action"), "{}", draft.text());
    assert!(
        draft.has("50.0\u{202f}%"),
        "the figure before: {}",
        draft.text()
    );
    act(&manager, db, "P-0001", "A1");
    up_to_the_check(&manager, db, "P-0001");
    let checking = manager.get("/plans/P-0001").expect(200);
    // 90 of 100 after 50 of 100: Newcombe 27.8 to 50.6, statsmodels confint_proportions_2indep.
    assert!(
        checking.has("+40.0") && checking.has("+27.8") && checking.has("+50.6"),
        "{}",
        checking.text()
    );
    assert!(checking.has("chart-xmr") || checking.has("chart-line"));
    step(&manager, db, "P-0001", "standardise").expect(303);
    let line = "select state || ' ' || verdict as line from plan";
    assert_eq!(db.line(line), "standardised improved");
    assert_eq!(db.count("snapshot where kind = 'plan'"), 1);
    // What is taken in later does not change what was said.
    let before = manager.get("/plans/P-0001").expect(200);
    records("id,opened_at,employee,sla_met\nlate,2026-08-30 10:00,A1,no\n").load(db);
    let after = manager.get("/plans/P-0001").expect(200);
    let effect = |page: &Page| {
        let text = page.text();
        let at = text.find("id=\"effect-h\"").unwrap();
        let end = text.find("id=\"events-h\"").unwrap();
        text[at..end].to_string()
    };
    assert_eq!(effect(&before), effect(&after));
    assert!(!after.has("name=\"step\""), "nothing follows");
}

fn a_plan_without_a_baseline_never_closes_as_improved(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    let nothing = [("base_from", "2020-01-01"), ("base_to", "2020-03-31")];
    manager
        .post("/plans/new", &with(TEAM, &nothing))
        .expect(303);
    let draft = manager.get("/plans/P-0001").expect(200);
    assert!(draft.has("can never be closed as improved"));
    act(&manager, db, "P-0001", "A1");
    up_to_the_check(&manager, db, "P-0001");
    step(&manager, db, "P-0001", "standardise").expect(422);
    assert_eq!(state(db, "P-0001"), "checking");
    step(&manager, db, "P-0001", "close").expect(303);
    assert_eq!(
        db.line("select state || ' ' || verdict as line from plan"),
        "closed_without_effect no_evidence"
    );
}

fn a_plan_of_a_person_is_read_by_few_and_acknowledged_by_the_person(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    manager.post("/plans/new", &person()).expect(303);
    act(&manager, db, "P-0001", "MA");
    let path = "/plans/P-0001";
    let own = as_(db, "A1");
    let (above, reviewer) = (as_(db, "H"), as_(db, "MB"));
    let hr = somebody(db, &[Role::Hr], None);
    let own_hr = somebody(db, &[Role::Hr], Some("A1"));
    let auditor = somebody(db, &[Role::Auditor], None);
    let colleague = as_(db, "A2");
    for reader in [&manager, &above, &reviewer, &hr, &auditor] {
        assert!(reader.get(path).expect(200).has("CANARYPROBLEM"));
    }
    // A draft is nothing to its person, whatever their roles.
    for stranger in [&own, &colleague, &own_hr] {
        stranger.get(path).expect(404);
        stranger.get("/plans/P-0001/file").expect(404);
        assert!(!stranger.get("/plans").expect(200).has("P-0001"));
        assert!(!stranger.get("/plans.csv").expect(200).has("P-0001"));
    }
    // The owner asks, the reviewer approves.
    step(&manager, db, "P-0001", "approve").expect(422);
    step(&manager, db, "P-0001", "ask").expect(303);
    step(&reviewer, db, "P-0001", "approve").expect(303);
    assert!(own.get(path).expect(200).has("CANARYPROBLEM"));
    colleague.get(path).expect(404);
    // Not before the person has it.
    step(&manager, db, "P-0001", "start").expect(422);
    own.get("/plans/P-0001/edit").expect(403);
    step(&own, db, "P-0001", "start").expect(403);
    let said = [("statement", "CANARYSTATEMENT")];
    send(&own, db, "P-0001", "acknowledge", &said).expect(303);
    step(&manager, db, "P-0001", "start").expect(303);
    for reader in [&own, &manager, &above, &reviewer, &hr, &auditor] {
        assert!(reader.get(path).expect(200).has("CANARYSTATEMENT"));
    }
    // Nobody else says that it was read.
    send(&manager, db, "P-0001", "acknowledge", &said).expect(403);
    // What is done in it is for those whom it concerns.
    let stranger = [
        ("body", "Help"),
        ("kind", "coaching"),
        ("owner", "A2"),
        ("due_on", "2026-07-31"),
    ];
    send(&manager, db, "P-0001", "actions", &stranger).expect(422);
}

fn leadership_learns_how_many_plans_of_people_there_are_and_no_more(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    manager.post("/plans/new", &person()).expect(303);
    manager.post("/plans/new", TEAM).expect(303);
    let leadership = somebody(db, &[Role::Leadership], None);
    for path in ["/plans", "/plans.csv", "/plans?q=P-0001", "/plans?q=A1"] {
        let page = leadership.get(path).expect(200);
        for hidden in ["/plans/P-0001", "CANARY", "Zhang Wei", "张伟"] {
            assert!(!page.has(hidden), "{path} has {hidden}");
        }
    }
    let list = leadership.get("/plans").expect(200);
    assert!(list.has("/plans/P-0002") && list.has("Plans of people"));
    leadership.get("/plans/P-0001").expect(404);
    leadership.get("/plans/P-0002").expect(200);
    let counted = db.db.read(store::personal).unwrap();
    assert_eq!(counted.len(), 1);
    assert_eq!(counted[0].2, 1);
}

fn nobody_writes_their_own_plan_or_one_out_of_reach(db: &TestDb) {
    company(db);
    let manager = as_(db, "MA");
    let refused = |browser: &Browser, more: &[(&str, &str)], status: u16| {
        let fields = person();
        browser
            .post("/plans/new", &with(&fields, more))
            .expect(status);
    };
    refused(&manager, &[("staff", "MA"), ("owner", "H")], 422);
    refused(&manager, &[("staff", "B1")], 422);
    refused(&manager, &[("staff", "NOBODY")], 422);
    refused(&manager, &[("owner", "A1")], 422);
    refused(&manager, &[("sponsor", "MA")], 422);
    refused(&manager, &[("scope", "process"), ("staff", "")], 422);
    refused(&manager, &[("scope", "team"), ("team", "B")], 422);
    refused(&as_(db, "A1"), &[("staff", "A2")], 403);
    assert_eq!(db.count("plan"), 0);
    let hr = somebody(db, &[Role::Hr], None);
    let process = [("scope", "process"), ("staff", ""), ("sponsor", "")];
    hr.post("/plans/new", &with(&person(), &process))
        .expect(303);
    // A process is nobody's in particular: a manager meets it when they own it.
    manager.get("/plans/P-0001").expect(200);
    as_(db, "MB").get("/plans/P-0001").expect(404);
}

fn a_draft_is_approved_without_errors_by_whoever_is_named(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    let bare = [
        ("problem", ""),
        ("kpi", ""),
        ("target", ""),
        ("min_effect", ""),
        ("starts_on", ""),
        ("sponsor", "H"),
    ];
    manager.post("/plans/new", &with(TEAM, &bare)).expect(303);
    let draft = manager.get("/plans/P-0001").expect(200);
    for lack in [
        "Say what the problem is",
        "Choose a KPI",
        "Name a target as a number",
        "Name the smallest effect",
        "Name the first day",
        "Add at least one action",
    ] {
        assert!(draft.has(lack), "{lack}: {}", draft.text());
    }
    let (named, hr) = (as_(db, "H"), somebody(db, &[Role::Hr], None));
    for one in [&named, &hr] {
        let page = step(one, db, "P-0001", "approve").expect(422);
        assert!(page.has("still lacks something"));
    }
    send(
        &manager,
        db,
        "P-0001",
        "edit",
        &with(TEAM, &[("sponsor", "H")]),
    )
    .expect(303);
    act(&manager, db, "P-0001", "A1");
    // Not by the owner, where somebody else is named.
    step(&manager, db, "P-0001", "approve").expect(422);
    step(&named, db, "P-0001", "approve").expect(303);
    assert_eq!(state(db, "P-0001"), "approved");
    // From now on the terms stay, the minimum effect among them.
    let other = with(TEAM, &[("min_effect", "1")]);
    send(&manager, db, "P-0001", "edit", &other).expect(409);
    let kept = "select cast(min_effect_u as text) as line from plan";
    assert_eq!(db.line(kept), "10000000");
}

fn what_was_typed_comes_back_when_it_is_wrong_or_stale_and_is_done_once(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    let wrong = [
        ("target", "a lot"),
        ("min_effect", "-1"),
        ("base_to", "2026-03-01"),
        ("owner", "NOBODY"),
        ("problem", "TYPED <b>"),
    ];
    let page = manager.post("/plans/new", &with(TEAM, &wrong)).expect(422);
    for typed in [
        "a lot",
        "2026-03-01",
        "NOBODY",
        "TYPED &lt;b&gt;",
        "Nobody owns it",
    ] {
        assert!(page.has(typed), "{typed}");
    }
    assert_eq!(page.text().matches("class=\"error\"").count(), 4);
    let twice = with(TEAM, &[("once", "sixteen-letters-and-more")]);
    for _ in 0..2 {
        let made = manager.post("/plans/new", &twice).expect(303);
        assert_eq!(made.location(), "/plans/P-0001?said=plan-made");
    }
    assert_eq!(db.count("plan"), 1);
    // Two managers edit the same draft.
    let seen = version(db, "P-0001");
    let edit = |title: &'static str, problem: &'static str| {
        let fields = with(
            TEAM,
            &[
                ("title", title),
                ("problem", problem),
                ("row_version", &seen),
            ],
        );
        manager.post("/plans/P-0001/edit", &fields)
    };
    edit("THEIRS", "first").expect(303);
    let page = edit("MINE", "second").expect(409);
    assert!(page.has("MINE") && page.has("THEIRS") && page.has("second"));
    assert_eq!(page.value("row_version"), version(db, "P-0001"));
    assert_eq!(db.line("select title as line from plan"), "THEIRS");
    // On the page of the plan as well.
    let action = [
        ("body", "KEPT ACTION"),
        ("kind", "coaching"),
        ("owner", "NOBODY"),
        ("due_on", "tomorrow"),
    ];
    let page = send(&manager, db, "P-0001", "actions", &action).expect(422);
    assert!(page.has("KEPT ACTION") && page.has("tomorrow"));
    let note = [
        ("note_kind", "review"),
        ("day", "2026-10-01"),
        ("course", "behind"),
        ("text", "KEPT NOTE"),
        ("row_version", "1"),
    ];
    let page = manager.post("/plans/P-0001/reviews", &note).expect(409);
    assert!(page.has("KEPT NOTE"));
    let future = [("day", "2026-10-06"), ("text", "KEPT NOTE")];
    let page = send(
        &manager,
        db,
        "P-0001",
        "reviews",
        &with(&note[..3], &future),
    )
    .expect(422);
    assert!(page.has("KEPT NOTE") && page.has("still to come"));
    assert_eq!(db.count("plan_event where kind = 'review'"), 0);
    let page = send(&manager, db, "P-0001", "step", &[("step", "close")]).expect(422);
    assert!(page.has("id=\"e-words\""), "why is asked for");
}

fn a_plan_that_is_extended_is_acknowledged_anew_and_one_that_is_revised_goes_on(db: &TestDb) {
    company(db);
    figures(db);
    let (manager, own) = (as_(db, "MA"), as_(db, "A1"));
    let hr = somebody(db, &[Role::Hr], None);
    manager.post("/plans/new", &person()).expect(303);
    act(&manager, db, "P-0001", "A1");
    step(&hr, db, "P-0001", "approve").expect(303);
    send(&own, db, "P-0001", "acknowledge", &[]).expect(303);
    step(&manager, db, "P-0001", "start").expect(303);
    let unread = || db.count("plan_event where asks_ack and acknowledged_at is null");
    assert_eq!(unread(), 0);
    let to = |end: &str| {
        let fields = [
            ("step", "extend"),
            ("words", "ill for weeks"),
            ("new_end", end),
        ];
        send(&manager, db, "P-0001", "step", &fields)
    };
    to("2026-09-30").expect(422);
    to("2027-04-01").expect(422);
    to("2026-10-04").expect(303);
    assert_eq!(unread(), 1);
    step(&manager, db, "P-0001", "pause").expect(303);
    step(&manager, db, "P-0001", "check").expect(422);
    step(&manager, db, "P-0001", "resume").expect(303);
    assert_eq!(unread(), 3);
    assert!(own.get("/plans/P-0001").expect(200).has("Not yet"));
    // A page read before the extension acknowledges nothing of it.
    let stale = [("statement", "KEPT"), ("row_version", "1")];
    let page = own.post("/plans/P-0001/acknowledge", &stale).expect(409);
    assert!(page.has("KEPT"));
    assert_eq!(unread(), 3);
    send(&own, db, "P-0001", "acknowledge", &[]).expect(303);
    assert_eq!(unread(), 0);
    // What was acknowledged stays so, and what happened stays as it was told.
    for change in [
        "update plan_event set acknowledged_at = null",
        "update plan_event set body_json = 'x'",
        "delete from plan_event",
    ] {
        assert!(db.try_run(change).is_err(), "{change}");
    }
    let done = [("action", "1"), ("state", "done"), ("outcome", "KEPT")];
    send(&own, db, "P-0001", "actions/outcome", &done).expect(303);
    step(&manager, db, "P-0001", "check").expect(303);
    step(&manager, db, "P-0001", "revise").expect(303);
    let next = manager.get("/plans/P-0002").expect(200);
    assert!(next.has("P-0001") && next.has("CANARYPROBLEM"));
    assert_eq!(state(db, "P-0002"), "draft");
    own.get("/plans/P-0002").expect(404);
}

/// What waits for somebody, as key, link and day.
fn due(db: &TestDb, no: &str) -> Vec<String> {
    let id: i64 = db
        .line(&format!(
            "select cast(id as text) as line from staff where employee_no = '{no}'"
        ))
        .parse()
        .unwrap();
    let due = db
        .db
        .read(|conn| store::due(conn, id, day("2026-10-05")))
        .unwrap();
    due.into_iter()
        .map(|due| {
            let by = due
                .by
                .map_or_else(|| "-".to_string(), |day| day.to_string());
            let whom = due
                .whom
                .map_or_else(String::new, |(_, en)| format!(" {en}"));
            format!("{} {}{whom} {by}", due.what.key, due.link)
        })
        .collect()
}

fn what_waits_for_somebody_is_told_with_its_day(db: &TestDb) {
    company(db);
    figures(db);
    let (manager, reviewer, own) = (as_(db, "MA"), as_(db, "MB"), as_(db, "A1"));
    manager.post("/plans/new", &person()).expect(303);
    act(&manager, db, "P-0001", "MA");
    assert_eq!(due(db, "MB"), Vec::<String>::new(), "nobody has asked");
    step(&manager, db, "P-0001", "ask").expect(303);
    assert_eq!(
        due(db, "MB"),
        ["due-plan-approve /plans/P-0001 Zhang Wei -"]
    );
    step(&reviewer, db, "P-0001", "approve").expect(303);
    assert_eq!(due(db, "A1"), ["due-plan-acknowledge /plans/P-0001 -"]);
    assert_eq!(
        due(db, "MA"),
        ["due-plan-action /plans/P-0001 Zhang Wei 2026-07-31"]
    );
    send(&own, db, "P-0001", "acknowledge", &[]).expect(303);
    step(&manager, db, "P-0001", "start").expect(303);
    assert_eq!(due(db, "A1"), Vec::<String>::new());
    assert_eq!(
        due(db, "MA"),
        [
            "due-plan-action /plans/P-0001 Zhang Wei 2026-07-31",
            "due-plan-review /plans/P-0001 Zhang Wei 2026-07-15",
        ]
    );
    let review = [
        ("note_kind", "review"),
        ("day", "2026-10-01"),
        ("course", "on_track"),
        ("text", "better"),
    ];
    send(&manager, db, "P-0001", "reviews", &review).expect(303);
    let done = [("action", "1"), ("state", "dropped"), ("outcome", "")];
    send(&manager, db, "P-0001", "actions/outcome", &done).expect(303);
    assert_eq!(
        due(db, "MA"),
        ["due-plan-review /plans/P-0001 Zhang Wei 2026-10-15"]
    );
    step(&manager, db, "P-0001", "pause").expect(303);
    assert_eq!(due(db, "MA"), Vec::<String>::new());
    assert_eq!(due(db, "A1"), ["due-plan-acknowledge /plans/P-0001 -"]);
    step(&manager, db, "P-0001", "resume").expect(303);
    step(&manager, db, "P-0001", "check").expect(303);
    assert_eq!(
        due(db, "MA"),
        ["due-plan-verdict /plans/P-0001 Zhang Wei -"]
    );
}

fn plans_are_listed_by_state_and_day_and_exported(db: &TestDb) {
    company(db);
    let hr = somebody(db, &[Role::Hr], None);
    for (title, end) in [("one", "2026-12-01"), ("two", ""), ("three", "2026-11-01")] {
        let fields = with(TEAM, &[("title", title), ("ends_on", end)]);
        hr.post("/plans/new", &fields).expect(303);
    }
    let order = |page: &Page| -> Vec<String> {
        let text = page.text();
        let rows = text.split("href=\"/plans/P-").skip(1);
        rows.map(|row| row[..4].to_string()).collect()
    };
    assert_eq!(order(&hr.get("/plans")), ["0003", "0002", "0001"]);
    assert_eq!(order(&hr.get("/plans?sort=due")), ["0003", "0001", "0002"]);
    let after = |key: &str| order(&hr.get(&format!("/plans?sort=due&after={key}")));
    assert_eq!(after("2026-11-01~3"), ["0001", "0002"]);
    assert_eq!(after("2026-12-01~1"), ["0002"]);
    assert_eq!(after("none~2"), Vec::<String>::new());
    let before = |key: &str| order(&hr.get(&format!("/plans?sort=due&before={key}")));
    assert_eq!(before("none~2"), ["0003", "0001"]);
    assert_eq!(order(&hr.get("/plans?before=new~1")), ["0003", "0002"]);
    assert_eq!(order(&hr.get("/plans?q=thr")), ["0003"]);
    assert_eq!(order(&hr.get("/plans?q=p-0002")), ["0002"]);
    assert_eq!(order(&hr.get("/plans?q=MA")).len(), 3);
    assert_eq!(order(&hr.get("/plans?state=doing")), Vec::<String>::new());
    assert_eq!(order(&hr.get("/plans?scope=person")), Vec::<String>::new());
    let csv = hr.get("/plans.csv?sort=due&q=t").expect(200).text();
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("P-0003,three") && lines[1].starts_with("P-0002,two"));
    assert_eq!(db.count("audit_event where action = 'export'"), 1);
}

fn the_file_of_a_person_holds_what_was_offered_and_said(db: &TestDb) {
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    manager.post("/plans/new", &person()).expect(303);
    let training = [
        ("body", "Course on sorting a queue"),
        ("kind", "training"),
        ("owner", "A1"),
        ("due_on", "2026-07-31"),
    ];
    send(&manager, db, "P-0001", "actions", &training).expect(303);
    for (kind, text) in [("interview", "TALKED"), ("delivery", "HANDED OVER")] {
        let note = [("note_kind", kind), ("day", "2026-07-02"), ("text", text)];
        send(&manager, db, "P-0001", "reviews", &note).expect(303);
    }
    step(&as_(db, "MB"), db, "P-0001", "approve").expect(303);
    let own = as_(db, "A1");
    send(&own, db, "P-0001", "acknowledge", &[("statement", "I SAY")]).expect(303);
    let attended = [
        ("action", "1"),
        ("state", "done"),
        ("outcome", "ATTENDED ON 3 JULY"),
    ];
    send(&own, db, "P-0001", "actions/outcome", &attended).expect(303);
    for reader in [&manager, &own] {
        let file = reader.get("/plans/P-0001/file").expect(200);
        for text in [
            "First answer in four hours",
            "Service manual 4.2",
            "2026-01-08",
            "50.0\u{202f}%",
            "n\u{a0}100",
            "TALKED",
            "Course on sorting a queue",
            "ATTENDED ON 3 JULY",
            "85 % in the third quarter",
            "I SAY",
            "HANDED OVER",
            "Sun Lei",
        ] {
            assert!(file.has(text), "{text}: {}", file.text());
        }
        assert!(!file.text().to_lowercase().contains("dismiss"));
    }
    let chinese = as_(db, "MA").chinese();
    let file = chinese.get("/plans/P-0001/file").expect(200).text();
    for word in ["解除", "辞退", "开除"] {
        assert!(!file.contains(word), "{word}");
    }
    as_(db, "MB").get("/plans/P-0001/file").expect(200);
    as_(db, "B1").get("/plans/P-0001/file").expect(404);
}

fn a_finding_is_told_and_found_in_its_register_and_cell(db: &TestDb) {
    company(db);
    let manager = as_(db, "MA");
    let risk = [
        ("kind", "risk"),
        ("title", "Only one knows the tariff"),
        ("body", "KEPT BODY"),
        ("staff", "A1"),
        ("importance", "3"),
        ("urgency", "1"),
    ];
    // A risk wants its likelihood and how it is met.
    let page = manager.post("/findings/new", &risk).expect(422);
    assert!(page.has("KEPT BODY") && page.has("e-likelihood") && page.has("e-response"));
    let risk = with(
        &risk,
        &[("likelihood", "2"), ("response", "reduce"), ("owner", "MA")],
    );
    manager.post("/findings/new", &risk).expect(303);
    for (kind, staff, team) in [
        ("idea", "B1", ""),
        ("idea", "", ""),
        ("early_warning", "A1", ""),
    ] {
        let told = [
            ("kind", kind),
            ("title", "x"),
            ("staff", staff),
            ("team", team),
            ("importance", "2"),
            ("urgency", "2"),
        ];
        manager.post("/findings/new", &told).expect(422);
    }
    let hr = somebody(db, &[Role::Hr], None);
    let idea = [
        ("kind", "idea"),
        ("title", "Answer in the evening"),
        ("importance", "1"),
        ("urgency", "1"),
    ];
    hr.post("/findings/new", &idea).expect(303);
    let has = |browser: &Browser, path: &str| {
        let page = browser.get(path).expect(200);
        (
            page.has("Only one knows"),
            page.has("Answer in the evening"),
        )
    };
    assert_eq!(has(&hr, "/findings"), (true, true));
    assert_eq!(has(&manager, "/findings"), (true, false));
    assert_eq!(has(&as_(db, "MB"), "/findings"), (false, false));
    assert_eq!(has(&hr, "/findings?kind=risk"), (true, false));
    assert_eq!(has(&hr, "/findings?cell=1.1"), (false, true));
    assert_eq!(has(&hr, "/findings?cell=3.3"), (false, false));
    assert_eq!(has(&hr, "/findings?q=F-0001"), (true, false));
    assert_eq!(has(&hr, "/findings?q=Answer"), (false, true));
    assert_eq!(has(&hr, "/findings?q=Zhang"), (true, false));
    assert_eq!(has(&hr, "/findings?state=noted"), (false, false));
    let csv = hr.get("/findings.csv?kind=risk").expect(200).text();
    assert!(csv.contains("Only one knows") && csv.contains("Reduce") && !csv.contains("evening"));
    // It is changed as others change it.
    let version = "select cast(row_version as text) as line from finding where kind = 'risk'";
    let seen = db.line(version);
    let change = |title: &'static str| {
        let fields = with(&risk, &[("title", title), ("row_version", &seen)]);
        let fields: Vec<(&str, &str)> = fields
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "kind" | "staff"))
            .collect();
        manager.post("/findings/1/edit", &fields)
    };
    change("Nobody knows the tariff").expect(303);
    let page = change("MINE").expect(409);
    assert!(page.has("MINE") && page.has("Nobody knows the tariff"));
    let show = manager.get("/findings/1").expect(200);
    assert!(show.has("Reduce") && show.has("Zhao Min") && show.has("F-0001"));
    as_(db, "B1").get("/findings/1").expect(404);
}

const TEMPLATE: &str = r#"
name_zh = "一项指标"
name_en = "One figure"
agreement = false
[weights]
kpi = 10000
competency = 0
[[sheet]]
items = [
  { kpi = "sla", weight_bp = 4000, threshold = 95, target = 97, stretch = 99 },
  { kpi = "reopen_rate", weight_bp = 3000, threshold = 20, target = 10, stretch = 0 },
  { kpi = "csat", weight_bp = 3000, threshold = 50, target = 80, stretch = 100 },
]
"#;

fn results_become_findings_once_and_one_learns_of_ones_own_when_it_is_released(db: &TestDb) {
    company(db);
    figures(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "calibration");
    let rated = [("A1", 199), ("A2", 200)].map(|(no, mean_h)| Rated {
        employee_no: no.to_string(),
        code: "calm".into(),
        name_zh: "沉着".into(),
        name_en: "Calm".into(),
        mean_h,
    });
    let add = || {
        db.db
            .write(|conn| {
                let cycle = cycles::find(conn, "2026Q3")?;
                let people = results::frozen_people(conn, &cycle)?;
                findings_of_results(conn, &cycle, &people, &rated, now())
            })
            .unwrap()
    };
    // A1 and B1 have 100 records each: 90 % (82.6 to 94.5) and 50 % miss 95 %. A1 is rated 1.99.
    // What the freeze itself has found is not found again.
    assert_eq!(db.count("finding") + add(), 3);
    assert_eq!(add(), 0, "the same is found once");
    let list = |no: &str| {
        let today: NaiveDate = day("2026-10-05");
        let id = db
            .line(&format!(
                "select cast(id as text) as line from staff where employee_no = '{no}'"
            ))
            .parse()
            .unwrap();
        let reach = Reach::of(Permission::ViewFindings, Some(id), &[], today).unwrap();
        db.db
            .read(|conn| {
                let teams = reach::teams(conn, &reach)?;
                findings::page(
                    conn,
                    &reach,
                    &teams,
                    &Filter::of(State::Open),
                    Start::First,
                    51,
                )
            })
            .unwrap()
            .into_iter()
            .map(|found| found.kind)
            .collect::<Vec<Kind>>()
    };
    assert_eq!(list("MA").len(), 2);
    assert_eq!(list("A1"), [], "not released yet");
    let own = as_(db, "A1");
    let id =
        db.line("select cast(min(id) as text) as line from finding where kind = 'low_competency'");
    own.get(&format!("/findings/{id}")).expect(404);
    let page = as_(db, "MA").get("/findings").expect(200);
    assert!(
        page.has("90.0\u{202f}%") && page.has("1.99"),
        "{}",
        page.text()
    );
    force_to(db, "2026Q3", "feedback");
    assert_eq!(list("A1").len(), 2);
    own.get(&format!("/findings/{id}")).expect(200);
}

fn complaints_that_become_more_frequent_are_told_once(db: &TestDb) {
    company(db);
    let mut served = String::from("id,opened_at,employee\n");
    let mut csv = String::from("id,employee,received_at,category,substantiated\n");
    // Four weeks to Sunday, 4 October, after twelve: a hundred contacts a week.
    let last = day_number(day("2026-10-04"));
    for week in 0..16 {
        for at in 0..100 {
            let day = espalier::calendar::date_of(last - 7 * week - at % 7);
            served.push_str(&format!("s{week}-{at},{day} 10:00,A1\n"));
        }
        let (billing, delivery) = if week < 4 { (5, 3) } else { (1, 3) };
        for (category, n) in [("billing", billing), ("delivery", delivery)] {
            for at in 0..n {
                let day = espalier::calendar::date_of(last - 7 * week - at);
                csv.push_str(&format!(
                    "{category}{week}-{at},A1,{day} 10:00,{category},yes\n"
                ));
            }
        }
    }
    records(&served).load(db);
    complaints(&csv).load(db);
    let find = |text: &str| {
        let day = day_number(day(text));
        db.db.write(|conn| themes::find(conn, day, now())).unwrap()
    };
    // 20 of 400 after 12 of 1,200 is five times as many, 2.3 to 11.2; of team A and of the company.
    assert_eq!(find("2026-10-05"), 2);
    assert_eq!(find("2026-10-05"), 0);
    assert_eq!(find("2026-10-12"), 0, "a theme is not told every week");
    let list = somebody(db, &[Role::Hr], None).get("/findings").expect(200);
    assert!(list.has("20 in the four weeks"), "{}", list.text());
    assert!(list.has("2.3 to 11.2 times"), "{}", list.text());
    assert!(!list.has("delivery"));
    assert!(as_(db, "MA").get("/findings").expect(200).has("billing"));
}

fn the_pages_of_plans_ask_few_queries(db: &TestDb) {
    queries::install();
    company(db);
    figures(db);
    let manager = as_(db, "MA");
    manager
        .post("/plans/new", &with(TEAM, &[("comparison", "")]))
        .expect(303);
    act(&manager, db, "P-0001", "A1");
    for (path, most) in [
        ("/plans", 6),
        ("/plans?sort=due", 6),
        ("/findings", 6),
        ("/plans/P-0001", 10),
    ] {
        manager.get(path).expect(200);
        queries::at_most(db.db.address(), most, path, || {
            manager.get(path).expect(200);
        });
    }
}
