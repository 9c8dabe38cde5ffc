//! Goals in the browser: a whole negotiation, revisions that are scored by their days, many sheets agreed at once,
//! notes and who reads them, check-ins that a cycle waits for, and figures that are typed in.

use espalier::access::Role;
use espalier::appraisals::store::{cycles, due, results};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{AGREED, day, due_of, records, staff, teams};
use crate::support::program::{create_cycle, force_to, run};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    a_sheet_is_proposed_countered_and_agreed,
    a_revision_is_scored_by_its_own_days,
    a_stale_proposal_shows_what_is_stored_now,
    nobody_answers_their_own_proposal_or_a_strangers_sheet,
    weights_of_99_99_percent_come_back_with_everything_typed,
    thirty_sheets_are_agreed_in_a_fixed_number_of_queries,
    what_was_changed_meanwhile_is_not_agreed_with_the_others,
    a_sheet_agreed_as_it_stands_needs_both_sides,
    hr_acts_for_a_missing_manager_with_a_reason,
    a_team_goal_is_served_by_goals_of_people,
    notes_are_read_by_the_line_and_shared_ones_by_the_person,
    a_note_is_changed_by_its_author_on_its_day_alone,
    a_check_in_holds_how_far_each_goal_is,
    a_cycle_waits_for_two_check_ins_or_goes_on_by_force,
    reminders_are_written_once_a_week,
    the_pages_of_goals_ask_few_queries,
    a_figure_typed_in_is_scored_and_one_that_comes_later_too,
    pasted_figures_are_taken_all_or_none,
    a_sheet_of_somebody_who_moves_keeps_what_was_proposed,
    an_agreed_sheet_keeps_its_days_when_its_person_moves,
}

/// A head, two managers, two agents of the first and one of the second; SLA kept in July only.
fn company(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         H1,王强,Wang Qiang,HQ,head,,2015-01-05\n\
         M1,赵敏,Zhao Min,A,manager,H1,2015-01-05\n\
         M2,孙磊,Sun Lei,B,manager,H1,2015-01-05\n\
         P1,张伟,Zhang Wei,A,agent,M1,2015-03-02\n\
         P2,李娜,Li Na,A,agent,M1,2015-03-02\n\
         P3,周杰,Zhou Jie,B,agent,M2,2015-03-02\n",
    )
    .load(db);
    let mut csv = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    for person in ["P1", "P2"] {
        for (month, sla) in [("07", "yes"), ("08", "no"), ("09", "no")] {
            for at in 1..=10 {
                csv.push_str(&format!(
                    "{person}-{month}-{at},2026-{month}-{at:02} 10:00,{person},{sla},no,5\n"
                ));
            }
        }
    }
    records(&csv).load(db);
}

fn cycle(db: &TestDb, state: &str) {
    company(db);
    create_cycle(db, "2026Q3", AGREED);
    force_to(db, "2026Q3", state);
}

const SHEET: &str = "/cycles/2026Q3/people/P1/goals";
const PROPOSE: &str = "/cycles/2026Q3/people/P1/goals/propose";
const ANSWER: &str = "/cycles/2026Q3/people/P1/goals/answer";

fn version(db: &TestDb, no: &str) -> String {
    db.line(&format!(
        "select cast(g.row_version as text) as line from goal_sheet g \
         join staff s on s.id = g.staff_id where s.employee_no = '{no}'"
    ))
}

/// A proposal of three lines with these weights and this SLA target.
fn terms(weights: [&str; 3], sla: &str) -> Vec<(String, String)> {
    let lines = [
        ("sla", ["50", sla, "100"]),
        ("reopen_rate", ["20", "10", "0"]),
        ("csat", ["50", "80", "100"]),
    ];
    let mut fields = vec![
        ("from".to_string(), "2026-07-01".to_string()),
        ("reason".into(), "because".into()),
    ];
    for (at, (kpi, marks)) in lines.into_iter().enumerate() {
        fields.push((format!("kpi_{at}"), kpi.into()));
        fields.push((format!("weight_{at}"), weights[at].into()));
        for (mark, value) in ["a", "b", "c"].into_iter().zip(marks) {
            fields.push((format!("{mark}_{at}"), value.into()));
        }
    }
    fields
}

fn send(browser: &Browser, path: &str, fields: &[(String, String)], version: &str) -> Page {
    let mut sent: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    sent.push(("row_version", version));
    browser.post(path, &sent)
}

fn reply(browser: &Browser, answer: &str, version: &str) -> Page {
    browser.post(
        ANSWER,
        &[
            ("answer", answer),
            ("words", "so be it"),
            ("row_version", version),
        ],
    )
}

fn proposals(db: &TestDb) -> Vec<String> {
    db.lines("select by_side || ' ' || state as line from goal_proposal order by id")
}

fn items(db: &TestDb, no: &str) -> Vec<String> {
    db.lines(&format!(
        "select v.version_no || ' ' || i.position || ' ' || i.weight_bp as line \
         from goal_item i join goal_sheet_version v on v.id = i.version_id \
         join goal_sheet g on g.id = v.sheet_id join staff s on s.id = g.staff_id \
         where s.employee_no = '{no}' order by v.version_no, i.position"
    ))
}

fn a_sheet_is_proposed_countered_and_agreed(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let before = items(db, "P1");
    let form = own.get(PROPOSE).expect(200);
    assert!(
        form.has("value=\"sla\" selected") && form.has("value=\"40\""),
        "{}",
        form.text()
    );
    let page = send(
        &own,
        PROPOSE,
        &terms(["50", "10", "40"], "70"),
        &version(db, "P1"),
    )
    .expect(303);
    assert_eq!(page.location(), format!("{SHEET}?said=goals-proposed"));
    assert_eq!(proposals(db), ["employee open"]);
    assert_eq!(
        items(db, "P1"),
        before,
        "nothing changes before the other side agrees"
    );
    // The manager is told, sees both side by side, and answers with another proposal, filled from this one.
    assert!(manager.get("/inbox").expect(200).has("2026Q3"));
    let seen = manager.get(SHEET).expect(200);
    assert!(
        seen.has("Proposed by Zhang Wei") && seen.has("<strong>50\u{202f}%</strong>"),
        "{}",
        seen.text()
    );
    assert!(manager.get(PROPOSE).expect(200).has("value=\"70\""));
    let counter = [
        terms(["45", "15", "40"], "75"),
        vec![
            ("other_name_0".into(), "Help the new ones".into()),
            (
                "other_results_0".into(),
                "Two shadowed shifts\nA written guide".into(),
            ),
        ],
    ]
    .concat();
    send(&manager, PROPOSE, &counter, &version(db, "P1")).expect(303);
    assert_eq!(proposals(db), ["employee countered", "manager open"]);
    let seen = own.get(SHEET).expect(200);
    assert!(seen.has("Help the new ones") && seen.has("A written guide"));
    reply(&own, "accept", &version(db, "P1")).expect(303);
    assert_eq!(proposals(db), ["employee countered", "manager accepted"]);
    assert_eq!(items(db, "P1"), ["1 1 4500", "1 2 1500", "1 3 4000"]);
    let page = manager.get(SHEET).expect(200);
    assert!(
        page.has("Agreed by both sides") && page.has("A written guide"),
        "{}",
        page.text()
    );
    // The figures so far stand beside the aims: ten of thirty kept.
    assert!(page.has("33.3"), "{}", page.text());
    run(db, &["audit", "verify"]).fine();
}

fn a_revision_is_scored_by_its_own_days(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    reply(&own, "agree", &version(db, "P1")).expect(303);
    reply(&manager, "agree", &version(db, "P1")).expect(303);
    force_to(db, "2026Q3", "tracking");
    // From August on the SLA weighs less.
    let mut revised = terms(["20", "40", "40"], "80");
    revised[0].1 = "2026-07-01".into();
    let refused = send(&manager, PROPOSE, &revised, &version(db, "P1")).expect(422);
    assert!(
        refused.has("nothing can be changed"),
        "its first day: {}",
        refused.text()
    );
    revised[0].1 = "2026-08-01".into();
    revised[1].1 = String::new();
    send(&manager, PROPOSE, &revised, &version(db, "P1")).expect(422);
    revised[1].1 = "new queue".into();
    send(&manager, PROPOSE, &revised, &version(db, "P1")).expect(303);
    reply(&own, "accept", &version(db, "P1")).expect(303);
    let page = own.get(SHEET).expect(200);
    assert!(
        page.has("Version 1: 2026-07-01 – 2026-07-31"),
        "{}",
        page.text()
    );
    assert!(page.has("Version 2: 2026-08-01 – 2026-09-30") && page.has("new queue"));
    assert_eq!(items(db, "P1").len(), 6);
    // July: SLA 100 % is the stretch, 120 points; no reopening 120; CSAT 120. August and September: SLA 0 %, 0.
    let all = db
        .db
        .read(|conn| {
            let cycle = cycles::find(conn, "2026Q3")?;
            results::compute(conn, &cycle)
        })
        .unwrap();
    let person = all.people.iter().find(|p| p.employee_no == "P1").unwrap();
    let scores: Vec<_> = person
        .versions
        .iter()
        .map(|v| (v.days, v.kpi_score_h))
        .collect();
    assert_eq!(scores, [(31, Some(12_000)), (61, Some(9_600))]);
    // (31 x 120 + 61 x 96) / 92 = 104.087
    assert_eq!(person.total_h, Some(10_409));
    // What the page shows so far is what everybody's results are made of.
    let (cycle, versions, so_far) = db
        .db
        .read(|conn| {
            let cycle = cycles::find(conn, "2026Q3")?;
            let id = espalier::accounts::store::staff_of(conn, "P1")?;
            let versions =
                espalier::appraisals::store::sheets::versions_of(conn, &cycle, Some(id))?;
            let start = espalier::settings::Settings::load(conn)?.fiscal_start;
            let so_far = results::so_far(conn, &cycle, id, &versions, start)?;
            Ok((cycle, versions, so_far))
        })
        .unwrap();
    assert_eq!((cycle.code.as_str(), versions.len()), ("2026Q3", 2));
    let frozen: Vec<_> = person.versions.iter().map(|v| v.items.clone()).collect();
    assert_eq!(so_far, frozen);
}

fn a_stale_proposal_shows_what_is_stored_now(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let stale = version(db, "P1");
    send(&manager, PROPOSE, &terms(["30", "30", "40"], "85"), &stale).expect(303);
    let page = send(&own, PROPOSE, &terms(["50", "10", "40"], "70"), &stale).expect(409);
    assert!(
        page.has("value=\"70\"") && page.has("85"),
        "{}",
        page.text()
    );
    let page = reply(&own, "accept", &stale).expect(409);
    assert!(page.has("Accept the proposal"), "{}", page.text());
    assert_eq!(proposals(db), ["manager open"]);
}

fn nobody_answers_their_own_proposal_or_a_strangers_sheet(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let colleague = somebody(db, &[], Some("P2"));
    let other_manager = somebody(db, &[], Some("M2"));
    let above = somebody(db, &[], Some("H1"));
    let auditor = somebody(db, &[Role::Auditor], None);
    let leadership = somebody(db, &[Role::Leadership], None);
    let asked = terms(["50", "10", "40"], "70");
    for stranger in [&colleague, &other_manager] {
        stranger.get(SHEET).expect(404);
        stranger.get(PROPOSE).expect(404);
        send(stranger, PROPOSE, &asked, &version(db, "P1")).expect(404);
        reply(stranger, "agree", &version(db, "P1")).expect(404);
    }
    auditor.get(SHEET).expect(200);
    for reader in [&auditor, &leadership] {
        send(reader, PROPOSE, &asked, &version(db, "P1")).expect(403);
        reply(reader, "agree", &version(db, "P1")).expect(403);
    }
    leadership.get(SHEET).expect(403);
    send(&own, PROPOSE, &asked, &version(db, "P1")).expect(303);
    reply(&own, "accept", &version(db, "P1")).expect(409);
    assert_eq!(proposals(db), ["employee open"]);
    // One's manager's manager may answer; one's own side may take it back only while it is open.
    reply(&above, "accept", &version(db, "P1")).expect(303);
    reply(&own, "withdraw", &version(db, "P1")).expect(409);
    assert_eq!(proposals(db), ["employee accepted"]);
    // Of a manager's own sheet the manager is the employee.
    let m1 = "/cycles/2026Q3/people/M1/goals";
    let manager = somebody(db, &[], Some("M1"));
    manager
        .post(
            &format!("{m1}/answer"),
            &[
                ("answer", "agree"),
                ("words", ""),
                ("row_version", &version(db, "M1")),
            ],
        )
        .expect(303);
    let sides = db.line(
        "select case when v.employee_agreed_at is null then 'no' else 'yes' end || \
         case when v.manager_agreed_at is null then ' no' else ' yes' end as line \
         from goal_sheet_version v join goal_sheet g on g.id = v.sheet_id \
         join staff s on s.id = g.staff_id where s.employee_no = 'M1'",
    );
    assert_eq!(sides, "yes no");
}

fn weights_of_99_99_percent_come_back_with_everything_typed(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let mut typed = terms(["39.99", "20", "40"], "77.5");
    typed.push(("other_name_2".into(), "Typed with care".into()));
    let page = send(&own, PROPOSE, &typed, &version(db, "P1")).expect(422);
    assert!(
        page.has("The weights add up to 99.99 %. Add 0.01 %."),
        "{}",
        page.text()
    );
    for kept in ["39.99", "77.5", "Typed with care", "because"] {
        assert!(page.has(kept), "{kept} in {}", page.text());
    }
    // A goal without a figure needs key results.
    assert!(page.has("href=\"#f-other_results_2\""), "{}", page.text());
    let page = send(
        &own,
        PROPOSE,
        &terms(["40.01", "20", "40"], "80"),
        &version(db, "P1"),
    );
    assert!(page.expect(422).has("Take 0.01 % away"));
    let page = send(
        &own,
        PROPOSE,
        &terms(["40", "20", "40"], "30"),
        &version(db, "P1"),
    );
    assert!(page.expect(422).has("must rise"));
    let mut unknown = terms(["40", "20", "40"], "80");
    unknown.push(("other".into(), "x".into()));
    send(&own, PROPOSE, &unknown, &version(db, "P1")).expect(400);
    assert!(proposals(db).is_empty());
}

/// A manager with thirty people.
fn thirty(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\n").load(db);
    let mut csv = String::from(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         M1,赵敏,Zhao Min,HQ,manager,,2015-01-05\n",
    );
    for at in 0..30 {
        csv.push_str(&format!(
            "P{at:02},张{at},Zhang {at},HQ,agent,M1,2015-03-02\n"
        ));
    }
    staff(&csv).load(db);
    create_cycle(db, "2026Q3", AGREED);
    force_to(db, "2026Q3", "goal_setting");
}

fn thirty_sheets_are_agreed_in_a_fixed_number_of_queries(db: &TestDb) {
    thirty(db);
    let manager = somebody(db, &[], Some("M1"));
    let page = manager.get("/my-team/goals").expect(200);
    assert!(page.has("value=\"P29:1\""), "{}", page.text());
    let ask = |numbers: &[usize], action: &'static str| {
        let ticked: Vec<String> = numbers.iter().map(|at| format!("P{at:02}:1")).collect();
        let mut fields = vec![("cycle", "2026Q3"), ("action", action)];
        fields.extend(ticked.iter().map(|value| ("selected", value.as_str())));
        let page = manager.post("/my-team/goals", &fields).expect(303);
        page.location().to_string()
    };
    let address = db.db.address();
    let few = queries::counted(address, || {
        ask(&[0, 1], "agree");
    });
    let all: Vec<usize> = (2..30).collect();
    let mut page = String::new();
    let many = queries::counted(address, || page = ask(&all, "agree"));
    assert_eq!(few, many, "as many queries for two as for twenty-eight");
    let agreed =
        db.lines("select 'x' as line from goal_sheet_version where manager_agreed_at is not null");
    assert_eq!(agreed.len(), 30);
    let told = manager.get(&page).expect(200);
    assert_eq!(
        told.text().matches("the employee has yet to agree").count(),
        28
    );
    // All are reminded at once, and within a week nobody twice.
    somebody(db, &[], Some("P07"));
    for _ in 0..2 {
        ask(&[6, 7], "remind");
        let messages = db.lines("select kind as line from message");
        assert_eq!(messages, ["told-goals-agree"]);
    }
}

fn what_was_changed_meanwhile_is_not_agreed_with_the_others(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let seen = [version(db, "P1"), version(db, "P2")];
    send(&own, PROPOSE, &terms(["50", "10", "40"], "70"), &seen[0]).expect(303);
    let tick = |first: &str| {
        let ticked = [format!("P1:{first}"), format!("P2:{}", seen[1])];
        let fields = [
            ("cycle", "2026Q3"),
            ("action", "agree"),
            ("selected", ticked[0].as_str()),
            ("selected", ticked[1].as_str()),
        ];
        manager.post("/my-team/goals", &fields)
    };
    assert!(
        tick(&seen[0])
            .expect(303)
            .location()
            .ends_with("done=P1:changed,P2:waiting")
    );
    assert!(
        tick(&version(db, "P1"))
            .expect(303)
            .location()
            .ends_with("done=P1:open,P2:changed")
    );
    // Whoever does not report to the reader is nobody to them.
    let stranger = [
        ("cycle", "2026Q3"),
        ("action", "agree"),
        ("selected", "P3:1"),
    ];
    manager.post("/my-team/goals", &stranger).expect(404);
}

fn a_sheet_agreed_as_it_stands_needs_both_sides(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let due_of = |no: &str| due_of(db, no, day("2026-08-01"));
    let keys = |no: &str| -> Vec<&str> { due_of(no).iter().map(|d| d.what.key).collect() };
    assert_eq!(keys("P1"), ["due-goals-agree"]);
    // Their own, and those of two who report to them.
    assert_eq!(
        keys("M1"),
        [
            "due-goals-agree",
            "due-goals-agree-of",
            "due-goals-agree-of"
        ]
    );
    reply(&manager, "agree", &version(db, "P1")).expect(303);
    assert!(own.get(SHEET).expect(200).has("Waiting for you"));
    reply(&own, "agree", &version(db, "P1")).expect(303);
    assert!(keys("P1").is_empty());
    assert!(manager.get(SHEET).expect(200).has("Agreed by both sides"));
    let text = own.get("/cycles/2026Q3/people/P1").expect(200);
    assert!(text.has(SHEET));
}

fn hr_acts_for_a_missing_manager_with_a_reason(db: &TestDb) {
    cycle(db, "goal_setting");
    let hr = somebody(db, &[Role::Hr], None);
    let sent = |words| {
        hr.post(
            ANSWER,
            &[
                ("answer", "agree"),
                ("words", words),
                ("row_version", &version(db, "P1")),
            ],
        )
    };
    sent("").expect(422);
    sent("the manager is on leave").expect(303);
    let trail =
        db.lines("select detail_json as line from audit_event where action = 'goals.agree'");
    assert!(trail.len() == 1 && trail[0].contains("on leave") && trail[0].contains("P1"));
}

fn a_team_goal_is_served_by_goals_of_people(db: &TestDb) {
    cycle(db, "goal_setting");
    let manager = somebody(db, &[], Some("M1"));
    let own = somebody(db, &[], Some("P1"));
    let page = "/cycles/2026Q3/teams/A/goals";
    let goal = [
        ("name", "Answer in time"),
        ("kpi", "sla"),
        ("a", "60"),
        ("b", "50"),
        ("c", "90"),
    ];
    assert!(manager.post(page, &goal).expect(422).has("must rise"));
    let goal = [
        ("name", "Answer in time"),
        ("kpi", "sla"),
        ("a", "60"),
        ("b", "80"),
        ("c", "90"),
    ];
    manager.post(page, &goal).expect(303);
    own.get(page).expect(404);
    somebody(db, &[], Some("M2")).get(page).expect(404);
    somebody(db, &[Role::Leadership], None)
        .post(page, &goal)
        .expect(403);
    let id = db.line("select cast(id as text) as line from team_goal");
    let mut served = terms(["40", "20", "40"], "80");
    served.push(("serves_0".into(), id.clone()));
    send(&own, PROPOSE, &served, &version(db, "P1")).expect(303);
    reply(&manager, "accept", &version(db, "P1")).expect(303);
    assert!(
        own.get(SHEET)
            .expect(200)
            .has("for “Answer in time” of One")
    );
    assert!(
        manager
            .get(page)
            .expect(200)
            .has("<td class=\"num\">1</td>")
    );
    served[2 + 5 * 3].1 = "999".into();
    send(&own, PROPOSE, &served, &version(db, "P1")).expect(422);
    let change = |version: &str| {
        let fields = [
            ("id", id.as_str()),
            ("name", "Sooner"),
            ("kpi", ""),
            ("row_version", version),
        ];
        manager.post(page, &fields)
    };
    change("1").expect(303);
    assert!(change("1").expect(409).has("Sooner"));
}

const NOTES: &str = "/people/P1/notes";

/// Writes a note about P1; `shared` as a box that is ticked or not.
fn noted(browser: &Browser, kind: &str, body: &str, shared: bool) -> Page {
    let mut fields = vec![("kind", kind), ("day", "2026-09-01"), ("body", body)];
    if shared {
        fields.push(("shared", "on"));
    }
    browser.post("/people/P1/notes/new", &fields)
}

fn notes_are_read_by_the_line_and_shared_ones_by_the_person(db: &TestDb) {
    cycle(db, "tracking");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let above = somebody(db, &[], Some("H1"));
    let hr = somebody(db, &[Role::Hr], None);
    noted(&manager, "praise", "CANARYSHARED", true).expect(303);
    noted(&manager, "coaching", "CANARYLINE", false).expect(303);
    // What HR writes is always shared: nobody of HR is above the person.
    noted(&hr, "incident", "CANARYHR", false).expect(303);
    noted(&own, "check_in", "CANARYOWN", false).expect(303);
    for kind in ["praise", "coaching", "incident"] {
        noted(&own, kind, "of myself", true).expect(403);
        own.get(&format!("/people/P1/notes/new?kind={kind}"))
            .expect(403);
    }
    let line = ["CANARYSHARED", "CANARYLINE", "CANARYHR", "CANARYOWN"];
    let shared = ["CANARYSHARED", "CANARYHR", "CANARYOWN"];
    for (reader, seen) in [
        (&manager, &line[..]),
        (&above, &line),
        (&own, &shared),
        (&hr, &shared),
    ] {
        for address in [NOTES, "/people/P1/notes.csv"] {
            let page = reader.get(address).expect(200);
            for text in line {
                assert_eq!(page.has(text), seen.contains(&text), "{text} on {address}");
            }
        }
    }
    let praise = manager.get("/people/P1/notes?kind=praise").expect(200);
    assert!(praise.has("CANARYSHARED") && !praise.has("CANARYLINE"));
    for stranger in ["P2", "M2"] {
        let stranger = somebody(db, &[], Some(stranger));
        stranger.get(NOTES).expect(404);
        stranger.get("/people/P1/notes.csv").expect(404);
        noted(&stranger, "praise", "x", true).expect(404);
    }
    for role in [Role::Auditor, Role::Leadership, Role::Trainer] {
        somebody(db, &[role], None).get(NOTES).expect(403);
    }
    // The trail says that a note was written, not what it says.
    let trail = db.lines("select detail_json as line from audit_event where action = 'note.add'");
    assert_eq!(trail.len(), 4);
    assert!(trail.iter().all(|line| !line.contains("CANARY")));
}

fn a_note_is_changed_by_its_author_on_its_day_alone(db: &TestDb) {
    cycle(db, "tracking");
    let manager = somebody(db, &[], Some("M1"));
    let above = somebody(db, &[], Some("H1"));
    noted(&manager, "coaching", "first words", false).expect(303);
    let id = db.line("select cast(id as text) as line from note");
    let edit = format!("/people/P1/notes/{id}/edit");
    let send = |browser: &Browser, body: &str, version: &str| {
        let fields = [
            ("kind", "coaching"),
            ("day", "2026-09-01"),
            ("body", body),
            ("row_version", version),
        ];
        browser.post(&edit, &fields)
    };
    assert!(manager.get(&edit).expect(200).has("first words"));
    send(&above, "other words", "1").expect(403);
    send(&manager, "second words", "1").expect(303);
    let page = send(&manager, "third words", "1").expect(409);
    assert!(
        page.has("third words") && page.has("second words"),
        "{}",
        page.text()
    );
    somebody(db, &[], Some("P1")).get(&edit).expect(404);
    somebody(db, &[Role::Hr], None).get(&edit).expect(404);
    let tomorrow = manager.at(db, crate::support::make::now() + chrono::Duration::days(1));
    // The session is over by then; the rule itself is told by the page of a new one.
    tomorrow.get(&edit).expect(303);
    assert!(manager.get(NOTES).expect(200).has("second words"));
    let page = manager.post(
        "/people/P1/notes/new",
        &[("kind", "praise"), ("day", "2026-12-24"), ("body", "x")],
    );
    assert!(page.expect(422).has("yet to come"));
}

fn a_check_in_holds_how_far_each_goal_is(db: &TestDb) {
    cycle(db, "tracking");
    let manager = somebody(db, &[], Some("M1"));
    let form = manager
        .get("/people/P1/notes/new?kind=check_in")
        .expect(200);
    assert!(form.has("progress_0") && form.has("progress_2") && !form.has("progress_3"));
    let fields = |percent| {
        [
            ("kind", "check_in"),
            ("day", "2026-09-01"),
            ("body", "on the way"),
            ("progress_0", "62.5"),
            ("progress_2", percent),
            ("evidence", "P1-07-1; nowhere"),
            ("shared", "on"),
        ]
    };
    let page = manager
        .post("/people/P1/notes/new", &fields("140"))
        .expect(422);
    assert!(
        page.has("from 0 to 100") && page.has("62.5"),
        "{}",
        page.text()
    );
    manager
        .post("/people/P1/notes/new", &fields("100"))
        .expect(303);
    let page = manager.get(NOTES).expect(200);
    assert!(page.has("62.5 %") && page.has("2026Q3"), "{}", page.text());
    let record = db
        .line("select cast(id as text) as line from service_record where external_id = 'P1-07-1'");
    assert!(
        page.has(&format!("href=\"/records/service/{record}\"")),
        "{}",
        page.text()
    );
    assert!(page.has("nowhere") && !page.has("nowhere</a>"));
}

/// A check-in with somebody on a day.
fn checked_in(browser: &Browser, no: &str, day: &str) {
    let fields = [
        ("kind", "check_in"),
        ("day", day),
        ("body", "fine"),
        ("shared", "on"),
    ];
    browser
        .post(&format!("/people/{no}/notes/new"), &fields)
        .expect(303);
}

fn a_cycle_waits_for_two_check_ins_or_goes_on_by_force(db: &TestDb) {
    cycle(db, "tracking");
    let lacking = || {
        db.db
            .read(|conn| {
                let cycle = cycles::find(conn, "2026Q3")?;
                let lack = espalier::appraisals::store::sheets::Lack::CheckIns;
                espalier::appraisals::store::sheets::lacking(conn, &cycle, lack, "", 50)
            })
            .unwrap()
            .into_iter()
            .map(|(no, ..)| no)
            .collect::<Vec<_>>()
    };
    assert_eq!(lacking(), ["H1", "M1", "M2", "P1", "P2", "P3"]);
    let manager = somebody(db, &[], Some("M1"));
    let own = somebody(db, &[], Some("P1"));
    // Two on one day are one, and one's own do not count.
    for day in ["2026-07-10", "2026-07-10"] {
        checked_in(&manager, "P1", day);
    }
    checked_in(&own, "P1", "2026-08-01");
    assert!(lacking().contains(&"P1".to_string()));
    checked_in(&manager, "P1", "2026-09-10");
    assert_eq!(lacking(), ["H1", "M1", "M2", "P2", "P3"]);
    let hr = somebody(db, &[Role::Hr], None);
    let board = hr.get("/cycles/2026Q3").expect(200);
    assert!(board.has("With 5 people two check-ins"), "{}", board.text());
    let step = |force: &str| {
        let version = db.line("select cast(row_version as text) as line from cycle");
        let fields = [
            ("to", "evaluation"),
            ("reason", "time is up"),
            ("force", force),
            ("row_version", &version),
        ];
        hr.post("/cycles/2026Q3/step", &fields)
    };
    step("").expect(422);
    let said = run(
        db,
        &[
            "cycle",
            "advance",
            "2026Q3",
            "--to",
            "evaluation",
            "--reason",
            "x",
        ],
    )
    .refused();
    assert!(
        said.contains("5 people") && said.contains("--force"),
        "{said}"
    );
    step("on").expect(303);
    let status = run(db, &["cycle", "status", "2026Q3", "--json"]).json();
    assert_eq!(status["missing"]["check_ins"], 5);
}

fn reminders_are_written_once_a_week(db: &TestDb) {
    cycle(db, "goal_setting");
    for no in ["P1", "M1"] {
        somebody(db, &[], Some(no));
    }
    let remind = |after: i64| {
        let now = crate::support::make::now() + chrono::Duration::days(after);
        db.db
            .write(|conn| {
                let zone = espalier::settings::Settings::load(conn)?.zone;
                due::remind_all(conn, now.date(), zone, now)
            })
            .unwrap()
    };
    // P1 to agree, M1 to agree to their own, and to those of two others in one message.
    assert_eq!(remind(0), 3);
    assert_eq!(remind(3), 0);
    assert_eq!(remind(8), 3);
    let links = db.lines("select distinct link as line from message order by link");
    assert_eq!(
        links,
        [
            "/cycles/2026Q3/people/M1/goals",
            "/cycles/2026Q3/people/P1/goals",
            "/my-team/goals?cycle=2026Q3"
        ]
    );
    force_to(db, "2026Q3", "tracking");
    // Nobody has agreed yet, and both check-ins of each are late.
    assert!(remind(16) > 3);
    let late = db.lines("select args_json as line from message where kind = 'told-check-ins'");
    assert_eq!(late, [r#"{"cycle":"2026Q3","n":"2"}"#]);
}

/// The manager's sheet with a figure that is typed in.
const LEADING: &str = r#"
name_zh = "带团队"
name_en = "Leading"
agreement = false
min_weight_bp = 6000
[weights]
kpi = 10000
competency = 0
[[sheet]]
items = [
  { kpi = "sla", weight_bp = 2000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "reopen_rate", weight_bp = 1000, threshold = 20, target = 10, stretch = 0 },
  { kpi = "csat", weight_bp = 1000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "training_completion", weight_bp = 3000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "attrition", of = "team", weight_bp = 3000, threshold = 20, target = 10, stretch = 0 },
]
"#;

fn a_figure_typed_in_is_scored_and_one_that_comes_later_too(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q3", LEADING);
    force_to(db, "2026Q3", "evaluation");
    let of_p1 = || {
        let all = db
            .db
            .read(|conn| {
                let cycle = cycles::find(conn, "2026Q3")?;
                results::compute(conn, &cycle)
            })
            .unwrap();
        all.people
            .into_iter()
            .find(|p| p.employee_no == "P1")
            .unwrap()
    };
    // Two fifths of the weight: too little.
    assert_eq!(of_p1().total_h, None);
    let hr = somebody(db, &[Role::Hr], None);
    let typed = |kpi: &str, subject: &str, part: &str, version: &str| {
        let fields = [
            ("quarter", "2026Q3"),
            ("subject", subject),
            ("part", part),
            ("whole", "40"),
            ("note", "list of HR"),
            ("row_version", version),
        ];
        hr.post(&format!("/kpis/{kpi}/values"), &fields)
    };
    typed("training_completion", "P1", "32", "0").expect(303);
    // 32 of 40 is the target: 100. SLA 33.3 %: 0; nothing reopened and CSAT: 120 each. (24,000 + 30,000) / 7 = 77.14.
    assert_eq!(of_p1().total_h, Some(7_714));
    typed("attrition", "A", "4", "0").expect(303);
    // 4 of 40 is the target of the team: 100. (24,000 + 60,000) / 10.
    assert_eq!(of_p1().total_h, Some(8_400));
    let item = of_p1().versions[0].items[4].clone();
    assert_eq!(item.points_h, Some(10_000));
    let page = hr.get("/kpis/attrition/values?quarter=2026Q3").expect(200);
    assert!(
        page.has("10.0") && page.has("list of HR"),
        "{}",
        page.text()
    );
    // What stands there is not overwritten unseen, and shown beside.
    typed("attrition", "A", "6", "0").expect(409);
    typed("attrition", "A", "6", "1").expect(303);
    for (kpi, subject, part) in [
        ("attrition", "NOBODY", "1"),
        ("attrition", "A", "41"),
        ("attrition", "A", "x"),
    ] {
        typed(kpi, subject, part, "0").expect(422);
    }
    typed("sla", "P1", "1", "0").expect(404);
    // Frozen results stay; the status says whose figures have changed since.
    force_to(db, "2026Q3", "calibration");
    typed("training_completion", "P1", "40", "1").expect(303);
    let status = run(db, &["cycle", "status", "2026Q3", "--json"]).json();
    assert_eq!(status["changed_since_freeze"], serde_json::json!(["P1"]));
}

fn pasted_figures_are_taken_all_or_none(db: &TestDb) {
    company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let paste = |lines: &str| {
        let fields = [("quarter", "2026Q3"), ("lines", lines)];
        hr.post("/kpis/training_completion/values/rows", &fields)
    };
    let page = paste("P1,3,4,a list\nP2,5,4,a list\nP3;1;2\n").expect(422);
    assert!(
        page.has("row 2") && page.has("Row 3") && page.has("P1,3,4,a list"),
        "{}",
        page.text()
    );
    let page = paste("P1,3,4,a list\nNOBODY,3,4,a list\n").expect(422);
    assert!(page.has("NOBODY"));
    assert!(db.lines("select 'x' as line from manual_value").is_empty());
    paste("number,done,of,source\nP1,3,4,a list\nP2\t4\t4\tanother list\nA；7；9；a team")
        .expect(303);
    let page = hr
        .get("/kpis/training_completion/values?quarter=2026Q3")
        .expect(200);
    assert!(
        page.has("75.0") && page.has("another list") && page.has("One"),
        "{}",
        page.text()
    );
    let csv = hr
        .get("/kpis/training_completion/values.csv?quarter=2026Q3")
        .expect(200);
    assert!(
        csv.has("P1,3,4,a list") && csv.has("A,7,9,a team"),
        "{}",
        csv.text()
    );
}

fn a_sheet_of_somebody_who_moves_keeps_what_was_proposed(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    send(
        &own,
        PROPOSE,
        &terms(["50", "10", "40"], "70"),
        &version(db, "P1"),
    )
    .expect(303);
    staff("employee_no,name,name_en,team,job_role,manager,valid_from\nP1,张伟,Zhang Wei,B,agent,M2,2026-08-01\n")
        .load(db);
    // The steps plan the sheets of those anew whose postings have changed and who have agreed to nothing.
    force_to(db, "2026Q3", "evaluation");
    assert_eq!(items(db, "P1").len(), 6, "a version for each team");
    assert_eq!(proposals(db), ["employee open"]);
    let page = somebody(db, &[], Some("M2")).get(SHEET).expect(200);
    assert!(
        page.has("Proposed by Zhang Wei") && page.has("Never agreed"),
        "{}",
        page.text()
    );
}

fn an_agreed_sheet_keeps_its_days_when_its_person_moves(db: &TestDb) {
    cycle(db, "goal_setting");
    let own = somebody(db, &[], Some("P1"));
    send(
        &own,
        PROPOSE,
        &terms(["50", "10", "40"], "70"),
        &version(db, "P1"),
    )
    .expect(303);
    let manager = somebody(db, &[], Some("M1"));
    reply(&manager, "accept", &version(db, "P1")).expect(303);
    staff("employee_no,name,name_en,team,job_role,manager,valid_from\nP1,张伟,Zhang Wei,B,agent,M2,2026-08-01\n")
        .load(db);
    force_to(db, "2026Q3", "evaluation");
    assert_eq!(
        items(db, "P1"),
        [
            "1 1 5000", "1 2 1000", "1 3 4000", "2 1 4000", "2 2 2000", "2 3 4000"
        ]
    );
    let days = db.lines(
        "select v.version_no || ' ' || case when v.manager_agreed_at is null then 'open' else 'agreed' end as line \
         from goal_sheet_version v join goal_sheet g on g.id = v.sheet_id \
         join staff s on s.id = g.staff_id where s.employee_no = 'P1' order by v.version_no",
    );
    assert_eq!(days, ["1 agreed", "2 open"]);
    let page = somebody(db, &[], Some("M2")).get(SHEET).expect(200);
    assert!(
        page.has("Version 1: 2026-07-01 – 2026-07-31"),
        "{}",
        page.text()
    );
    assert!(page.has("Version 2: 2026-08-01 – 2026-09-30"));
}

fn the_pages_of_goals_ask_few_queries(db: &TestDb) {
    cycle(db, "tracking");
    let own = somebody(db, &[], Some("P1"));
    let manager = somebody(db, &[], Some("M1"));
    let hr = somebody(db, &[Role::Hr], None);
    noted(&manager, "praise", "well done", true).expect(303);
    send(
        &own,
        PROPOSE,
        &terms(["50", "10", "40"], "70"),
        &version(db, "P1"),
    )
    .expect(303);
    for (reader, path, most) in [
        (&own, SHEET, 10),
        (&manager, SHEET, 10),
        (&hr, SHEET, 10),
        (&manager, PROPOSE, 10),
        (&manager, NOTES, 6),
        (&manager, "/my-team/goals", 8),
        (&manager, "/my-team", 6),
        (&manager, "/", 10),
    ] {
        reader.get(path).expect(200);
        queries::at_most(db.db.address(), most, path, || {
            reader.get(path).expect(200);
        });
    }
}
