//! Rounds, interviews, background checks, decisions, offers and hiring, as browsers see them and as they are stored.

use chrono::{Duration, NaiveDateTime};
use espalier::access::{Reach, Role};
use espalier::admin::Checked;
use espalier::recruitment::model::application::Step;
use espalier::recruitment::store::rounds::lists;
use espalier::recruitment::store::{decisions, moves, offers, rounds};

use crate::both;
use crate::support::db::{Backend, TestDb};
use crate::support::hiring::{application, applied, number, opening, person, stage};
use crate::support::make::{actor, company, day, now};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody, visitor};

both! {
    nobody_reads_anothers_sheet_before_their_own_is_sent,
    a_blind_stage_hides_who_applies_until_the_own_sheet_is_sent,
    raters_are_enough_and_neither_the_applicant_nor_in_conflict,
    rounds_for_many_follow_one_another_or_none_is_set_up,
    an_invitation_keeps_its_entry_through_changes_and_is_taken_back,
    only_interviews_that_took_place_are_reminded_of,
    a_sheet_is_sent_once_and_changed_with_a_reason,
    ratings_far_apart_wait_for_a_note_of_the_discussion,
    nothing_is_looked_into_without_agreement_and_adverse_results_wait_for_a_reply,
    a_decision_is_frozen_without_names_and_checked,
    a_decision_waits_for_sheets_and_for_somebody_beside_the_only_rater,
    hiring_makes_an_employee_once_and_ends_at_the_head_count,
    an_employee_who_applied_gets_another_posting,
    the_applicant_who_is_an_employee_finds_nothing,
    pages_ask_few_queries,
}

const RULE: &str = r#"{"criterion_h":200,"interviewers":2,"spread_h":200,"total_h":6000}"#;

/// An opening of team A that E9 owns, with cards at its stages.
fn house(db: &TestDb) -> i64 {
    company(db);
    let id = opening(db, "O-1", "A", "E9");
    db.run(&format!("update opening set pass_rule_json = '{RULE}'"));
    for kind in ["screening", "interview"] {
        db.run(&format!(
            "update opening_stage set version_id = (select max(v.id) from scorecard_version v \
             join scorecard s on s.id = v.scorecard_id where s.code = '{kind}') where kind = '{kind}'"
        ));
    }
    id
}

/// Somebody at a stage of an opening: the code of the application.
fn candidate(db: &TestDb, opening: i64, name: &str, position: i32) -> String {
    let email = format!("c{}@example.com", db.count("application"));
    let found = applied(db, opening, name, &email);
    if position > 1 {
        let to = Step::ToStage(stage(db, opening, position));
        db.db
            .write(|conn| moves::step(conn, &[found.id], &to, &actor()))
            .unwrap();
    }
    found.code
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn employee(db: &TestDb, no: &str) -> Browser {
    somebody(db, &[], Some(no))
}

/// Five minutes after the tests' time, as typed in Shanghai.
const TODAY: [(&str, &str); 4] = [
    ("day", "2026-10-05"),
    ("time", "16:05"),
    ("minutes", "45"),
    ("place", "Room 1"),
];

/// When that interview is over.
fn after() -> NaiveDateTime {
    now() + Duration::minutes(55)
}

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    TODAY.iter().copied().chain(more.iter().copied()).collect()
}

/// Sets up an interview today; the number of the round.
fn interview(db: &TestDb, code: &str, raters: &str) -> i64 {
    let address = format!("/applications/{code}/rounds");
    hr(db)
        .post(&address, &with(&[("raters", raters)]))
        .expect(303);
    number(db, "select max(id) from interview")
}

/// Sends a sheet with the same level everywhere but for `service`.
fn sheet(browser: &Browser, id: i64, levels: (&str, &str), summary: &str) -> Page {
    let page = browser.get(&format!("/interviews/{id}")).expect(200);
    let version = version_of(&page, &format!("/interviews/{id}/sheet"));
    browser.post(
        &format!("/interviews/{id}/sheet"),
        &[
            ("r_communication", levels.0),
            ("r_service", levels.1),
            ("r_problem_solving", levels.0),
            ("r_teamwork", levels.0),
            ("n_service", "seen in the second answer"),
            ("summary", summary),
            ("row_version", &version),
        ],
    )
}

/// The row version in the form of an address.
fn version_of(page: &Page, action: &str) -> String {
    let text = page.text();
    let form = text
        .split("<form")
        .find(|form| form.contains(&format!("action=\"{action}\"")))
        .unwrap_or_else(|| panic!("no form {action} in {text}"));
    let form = form.split("name=\"row_version\" value=\"").nth(1);
    form.and_then(|f| f.split('"').next())
        .unwrap_or_default()
        .to_string()
}

/// A button of a round.
fn press(browser: &Browser, id: i64, what: &str) -> Page {
    let action = format!("/interviews/{id}/{what}");
    let page = browser.get(&format!("/interviews/{id}")).expect(200);
    let version = version_of(&page, &action);
    browser.post(&action, &[("row_version", &version)])
}

/// Decides on an application as it stands now.
fn decide(db: &TestDb, browser: &Browser, code: &str, fields: &[(&str, &str)]) -> Page {
    let version = db.line(&format!(
        "select cast(row_version as text) as line from application where code = '{code}'"
    ));
    let mut all = fields.to_vec();
    all.push(("row_version", &version));
    browser.post(&format!("/applications/{code}/decision"), &all)
}

fn nobody_reads_anothers_sheet_before_their_own_is_sent(db: &TestDb) {
    let code = candidate(db, house(db), "李娜", 2);
    let id = interview(db, &code, "E1, E3");
    let page = format!("/interviews/{id}");
    let (one, two, lead) = (employee(db, "E1"), employee(db, "E3"), employee(db, "E9"));
    // Before the interview begins nothing is taken.
    sheet_refused_before(&one, id);
    let (one, two) = (one.at(db, after()), two.at(db, after()));
    let (lead, hr) = (lead.at(db, after()), hr(db).at(db, after()));
    sheet(&one, id, ("400", "300"), "CANARY-ONE").expect(303);
    let decision = format!("/applications/{code}/decision");
    for (who, addresses) in [
        (
            &two,
            vec![page.clone(), "/interviews.csv?show=all".to_string()],
        ),
        (
            &lead,
            vec![
                page.clone(),
                decision.clone(),
                "/interviews.csv?of=all&show=all".to_string(),
            ],
        ),
        (
            &hr,
            vec![
                page.clone(),
                decision.clone(),
                "/interviews?of=all&show=all".to_string(),
                "/interviews.csv?of=all&show=all".to_string(),
            ],
        ),
    ] {
        for address in addresses {
            let seen = who.get(&address).expect(200);
            assert!(!seen.has("CANARY-ONE") && !seen.has("68.75"), "{address}");
            assert!(!seen.has("seen in the second answer"), "{address}");
        }
    }
    assert!(hr.get(&page).has("1 of 2 sheets are in"));
    assert!(one.get(&page).has("CANARY-ONE"), "one's own sheet is shown");
    sheet(&two, id, ("300", "300"), "CANARY-TWO").expect(303);
    for who in [&one, &two, &lead, &hr] {
        let seen = who.get(&page).expect(200);
        assert!(seen.has("CANARY-ONE") && seen.has("CANARY-TWO"));
    }
    // Somebody else, and a rater of another application, find nothing.
    for stranger in [employee(db, "E2"), somebody(db, &[Role::Trainer], None)] {
        stranger.get(&page).expect(404);
        stranger.get(&format!("{page}/invitation.ics")).expect(404);
    }
}

fn sheet_refused_before(browser: &Browser, id: i64) {
    let page = browser.get(&format!("/interviews/{id}")).expect(200);
    assert!(page.has("The interview has not begun"));
    assert!(!page.has(&format!("action=\"/interviews/{id}/sheet\"")));
    let all = [
        ("r_communication", "400"),
        ("r_service", "400"),
        ("r_problem_solving", "400"),
        ("r_teamwork", "400"),
        ("summary", "early"),
        ("row_version", "1"),
    ];
    browser
        .post(&format!("/interviews/{id}/sheet"), &all)
        .expect(409);
}

fn a_blind_stage_hides_who_applies_until_the_own_sheet_is_sent(db: &TestDb) {
    let id = house(db);
    let yes = match db.backend {
        Backend::Sqlite => "1",
        Backend::Postgres => "true",
    };
    db.run(&format!(
        "update opening_stage set blind = {yes} where kind = 'screening'"
    ));
    let code = candidate(db, id, "欧阳静", 1);
    db.run(
        "update candidate set profile_json = '{\"basics\":{\"name\":\"欧阳静\",\"image\":\"face.png\"},\
         \"work\":[{\"position\":\"Agent\",\"name\":\"Employer-X\",\"summary\":\"I am Ouyang\"}],\
         \"education\":[{\"institution\":\"School-Y\"}],\"skills\":[{\"name\":\"Ticketing\"}]}'",
    );
    hr(db)
        .post(
            &format!("/applications/{code}/rounds"),
            &[("raters", "E1,E3")],
        )
        .expect(303);
    let round = number(db, "select max(id) from interview");
    let one = employee(db, "E1");
    let page = one.get(&format!("/interviews/{round}")).expect(200);
    for secret in ["欧阳静", "Employer-X", "School-Y", "Ouyang", "face.png"] {
        assert!(!page.has(secret), "{secret}");
    }
    assert!(page.has("Ticketing") && page.has("Agent"));
    sheet(&one, round, ("300", "300"), "fine").expect(303);
    let page = one.get(&format!("/interviews/{round}")).expect(200);
    for shown in ["欧阳静", "Employer-X", "School-Y"] {
        assert!(page.has(shown), "{shown}");
    }
    let waiting = employee(db, "E3").get("/interviews").expect(200);
    assert!(waiting.has(&code) && !waiting.has("欧阳静"));
}

fn raters_are_enough_and_neither_the_applicant_nor_in_conflict(db: &TestDb) {
    let id = house(db);
    let code = candidate(db, id, "李娜", 2);
    let address = format!("/applications/{code}/rounds");
    let hr = hr(db);
    let refused = |fields: &[(&str, &str)], why: &str| {
        let page = hr.post(&address, fields).expect(422);
        assert!(page.has(why), "{why}: {}", page.text());
    };
    refused(&[], "This is needed.");
    refused(&with(&[("raters", "E1")]), "at least 2 raters");
    refused(&with(&[("raters", "E1, E1")]), "at least 2 raters");
    refused(&with(&[("raters", "E1, E77")]), "E77");
    refused(
        &[
            ("raters", "E1,E3"),
            ("day", "2026-10-01"),
            ("time", "16:30"),
            ("minutes", "45"),
            ("place", "x"),
        ],
        "This time is over.",
    );
    refused(
        &[
            ("raters", "E1,E3"),
            ("day", "2026-13-01"),
            ("time", "quarter past"),
            ("minutes", "0"),
            ("place", ""),
        ],
        "Write the day as",
    );
    // E2 applies herself.
    db.run("update candidate set staff_id = (select id from staff where employee_no = 'E2')");
    refused(&with(&[("raters", "E1, E2")]), "cannot judge");
    assert_eq!(db.count("interview"), 0);
    // E3 declares a conflict, and is not asked again.
    let round = interview(db, &code, "E1, E3");
    let three = employee(db, "E3");
    let page = three.get(&format!("/interviews/{round}")).expect(200);
    let action = format!("/interviews/{round}/decline");
    let version = version_of(&page, &action);
    three
        .post(&action, &[("row_version", &version)])
        .expect(422);
    three
        .post(&action, &[("why", "other"), ("row_version", &version)])
        .expect(422);
    three
        .post(&action, &[("why", "conflict"), ("row_version", "77")])
        .expect(409);
    three
        .post(&action, &[("why", "conflict"), ("row_version", &version)])
        .expect(303);
    three.get(&format!("/interviews/{round}")).expect(404);
    refused(&with(&[("raters", "E1, E3")]), "cannot judge");
    let more = format!("/interviews/{round}/raters");
    let page = hr.get(&format!("/interviews/{round}")).expect(200);
    let version = version_of(&page, &more);
    let page = hr
        .post(&more, &[("raters", "E3"), ("row_version", &version)])
        .expect(422);
    assert!(page.has("cannot judge"));
    hr.post(&more, &[("raters", "E9"), ("row_version", &version)])
        .expect(303);
    // Who may only look sets up nothing.
    let auditor = somebody(db, &[Role::Auditor], None);
    auditor
        .post(&address, &with(&[("raters", "E1, E9")]))
        .expect(403);
    employee(db, "E1").post(&address, &[]).expect(404);
}

fn rounds_for_many_follow_one_another_or_none_is_set_up(db: &TestDb) {
    let id = house(db);
    let codes: Vec<String> = ["甲", "乙", "丙"]
        .iter()
        .map(|name| candidate(db, id, name, 2))
        .collect();
    let hr = hr(db);
    let all = codes.join("\n");
    let wrong = format!("{all}, A-99999");
    let page = hr
        .post(
            "/interviews/new",
            &with(&[("codes", &wrong), ("raters", "E1,E3")]),
        )
        .expect(422);
    assert!(
        page.has("A-99999") && page.has(&codes[0]),
        "what was typed stays"
    );
    assert_eq!(db.count("interview"), 0);
    hr.post(
        "/interviews/new",
        &with(&[("codes", &all), ("raters", "E1,E3")]),
    )
    .expect(303);
    let times =
        db.lines("select cast(starts_at as text) as line from interview order by application_id");
    let starts: Vec<&str> = times.iter().map(|t| &t[11..16]).collect();
    assert_eq!(starts, ["08:05", "08:50", "09:35"]);
    assert_eq!(db.count("sheet"), 6);
    // An employee who owns nothing finds no application.
    employee(db, "E1")
        .post(
            "/interviews/new",
            &with(&[("codes", &all), ("raters", "E1,E3")]),
        )
        .expect(422);
}

/// The lines of a calendar file, folded ones put together.
fn lines(page: &Page) -> Vec<String> {
    let text = page.text().replace("\r\n ", "").replace("\r\n\t", "");
    text.lines().map(str::to_string).collect()
}

fn line(of: &[String], name: &str) -> String {
    let found: Vec<&String> = of
        .iter()
        .filter(|l| l.split([':', ';']).next() == Some(name))
        .collect();
    assert_eq!(found.len(), 1, "{name} in {of:#?}");
    found[0].clone()
}

fn an_invitation_keeps_its_entry_through_changes_and_is_taken_back(db: &TestDb) {
    let code = candidate(db, house(db), "李娜", 2);
    let id = interview(db, &code, "E1, E3");
    let one = employee(db, "E1");
    let read = || {
        lines(
            &one.get(&format!("/interviews/{id}/invitation.ics"))
                .expect(200),
        )
    };
    let first = read();
    assert_eq!(line(&first, "METHOD"), "METHOD:REQUEST");
    assert_eq!(line(&first, "SEQUENCE"), "SEQUENCE:0");
    assert_eq!(line(&first, "DTSTART"), "DTSTART:20261005T080500Z");
    assert_eq!(line(&first, "X-WR-TIMEZONE"), "X-WR-TIMEZONE:Asia/Shanghai");
    assert!(
        !first.iter().any(|l| l.contains("李娜")),
        "no name leaves the house"
    );
    let hr = hr(db);
    let action = format!("/interviews/{id}/time");
    let version = version_of(&hr.get(&format!("/interviews/{id}")), &action);
    let moved = [
        ("day", "2026-10-05"),
        ("time", "17:30"),
        ("minutes", "30"),
        ("place", "Room 2"),
        ("row_version", version.as_str()),
    ];
    hr.post(&action, &moved).expect(303);
    // The same again is stale.
    let stale = hr.post(&action, &moved).expect(409);
    assert!(stale.has("Room 2"));
    let second = read();
    assert_eq!(line(&second, "UID"), line(&first, "UID"));
    assert_eq!(line(&second, "SEQUENCE"), "SEQUENCE:1");
    assert_eq!(line(&second, "DTSTART"), "DTSTART:20261005T093000Z");
    // The feed of a rater holds it, and the applicant's own link.
    let opened = one.post("/me/calendar", &[]).expect(200);
    let text = opened.text();
    let from = text.find("/calendars/").unwrap();
    let end = text[from..].find(".ics").unwrap() + 4;
    let feed = visitor(db).get(&text[from..from + end]).expect(200);
    assert_eq!(line(&lines(&feed), "UID"), line(&first, "UID"));
    private_link(db, &code, "s3cret");
    let own = visitor(db).get("/careers/mine/s3cret").expect(200);
    assert!(own.has(&format!("/careers/mine/s3cret/interviews/{id}.ics")));
    let theirs = visitor(db)
        .get(&format!("/careers/mine/s3cret/interviews/{id}.ics"))
        .expect(200);
    assert!(theirs.has("Service agent") || theirs.has("客服专员"));
    assert!(!theirs.has(&code) && !theirs.has("/interviews/"));
    visitor(db)
        .get(&format!("/careers/mine/other/interviews/{id}.ics"))
        .expect(404);
    press(&hr, id, "cancel").expect(303);
    let gone = read();
    assert_eq!(line(&gone, "METHOD"), "METHOD:CANCEL");
    assert_eq!(line(&gone, "STATUS"), "STATUS:CANCELLED");
    assert_eq!(line(&gone, "SEQUENCE"), "SEQUENCE:2");
    assert_eq!(line(&gone, "UID"), line(&first, "UID"));
    // An application that ends takes the interview back too.
    let other = candidate(db, opening_id(db), "王芳", 2);
    let id = interview(db, &other, "E1, E3");
    decide_reject(db, &other);
    let ended = lines(
        &one.get(&format!("/interviews/{id}/invitation.ics"))
            .expect(200),
    );
    assert_eq!(line(&ended, "METHOD"), "METHOD:CANCEL");
    assert_eq!(line(&ended, "SEQUENCE"), "SEQUENCE:1");
}

/// The applicant's private link.
fn private_link(db: &TestDb, code: &str, secret: &str) {
    db.run(&format!(
        "insert into candidate_link (application_id, token_hash, created_at, expires_at) \
         select id, '{}', '2026-10-01 00:00:00', '2027-01-01 00:00:00' from application \
         where code = '{code}'",
        espalier::snapshots::sha256_hex(&[secret.as_bytes()])
    ));
}

fn opening_id(db: &TestDb) -> i64 {
    number(db, "select id from opening where code = 'O-1'")
}

/// Rejects an application past all pages.
fn decide_reject(db: &TestDb, code: &str) {
    let id = number(
        db,
        &format!("select id from application where code = '{code}'"),
    );
    let step = Step::Withdraw;
    db.db
        .write(|conn| moves::step(conn, &[id], &step, &actor()))
        .unwrap();
}

fn remind(db: &TestDb, at: NaiveDateTime) -> usize {
    db.db.write(|conn| lists::remind(conn, at)).unwrap()
}

fn only_interviews_that_took_place_are_reminded_of(db: &TestDb) {
    let id = house(db);
    let (kept, missed, cancelled) = (
        candidate(db, id, "甲", 2),
        candidate(db, id, "乙", 2),
        candidate(db, id, "丙", 2),
    );
    let one = employee(db, "E1");
    employee(db, "E3");
    let kept = interview(db, &kept, "E1, E3");
    let missed = interview(db, &missed, "E1, E3");
    let cancelled = interview(db, &cancelled, "E1, E3");
    let hr = hr(db);
    press(&hr, cancelled, "cancel").expect(303);
    // Too early to say that somebody did not come: the button is not there.
    assert!(!hr.get(&format!("/interviews/{missed}")).has("/missed"));
    hr.post(
        &format!("/interviews/{missed}/missed"),
        &[("row_version", "1")],
    )
    .expect(409);
    assert_eq!(remind(db, now()), 0, "nothing has taken place");
    assert_eq!(
        remind(db, now() + Duration::minutes(40)),
        0,
        "still going on"
    );
    press(&hr.at(db, after()), missed, "missed").expect(303);
    sheet(&one.at(db, after()), kept, ("300", "300"), "in").expect(303);
    assert_eq!(
        remind(db, after()),
        1,
        "E3 alone, of the one that took place"
    );
    assert_eq!(remind(db, after() + Duration::hours(1)), 0, "once a week");
    let due =
        db.lines("select link as line from message where kind = 'told-sheet-due' order by id");
    assert_eq!(due, [format!("/interviews/{kept}")]);
    // What is due stands on the home page of who owes it.
    let home = employee(db, "E3").at(db, after()).get("/").expect(200);
    assert!(
        home.has(&format!("/interviews/{kept}")) && !home.has(&format!("/interviews/{missed}"))
    );
    assert!(
        !one.at(db, after())
            .get("/")
            .has(&format!("/interviews/{kept}"))
    );
}

fn a_sheet_is_sent_once_and_changed_with_a_reason(db: &TestDb) {
    let code = candidate(db, house(db), "李娜", 2);
    let id = interview(db, &code, "E1, E3");
    let one = employee(db, "E1").at(db, after());
    let action = format!("/interviews/{id}/sheet");
    let page = one.get(&format!("/interviews/{id}")).expect(200);
    let version = version_of(&page, &action);
    // Empty, wrong, of no such field, from who has no seat.
    let empty = one.post(&action, &[("row_version", &version)]).expect(422);
    assert!(empty.has("This is needed."));
    let bad = "</script><b>bold</b>";
    let wrong = one
        .post(
            &action,
            &[
                ("r_communication", "250"),
                ("n_communication", bad),
                ("summary", "x"),
                ("row_version", &version),
            ],
        )
        .expect(422);
    assert!(!wrong.has("<b>bold</b>") && wrong.has("&lt;b&gt;bold"));
    one.post(&action, &[("r_salary", "300"), ("row_version", &version)])
        .expect(400);
    hr(db).at(db, after()).post(&action, &[]).expect(403);
    employee(db, "E2")
        .at(db, after())
        .post(&action, &[])
        .expect(404);
    // A draft is kept for its writer.
    let draft = format!("/drafts?form=round&subject={code}%2F{id}&back=%2Finterviews%2F{id}");
    one.post(
        &draft,
        &[("summary", "half a thought"), ("row_version", &version)],
    )
    .expect(303);
    assert!(one.get(&format!("/interviews/{id}")).has("half a thought"));
    assert!(
        !hr(db)
            .get(&format!("/interviews/{id}"))
            .has("half a thought")
    );
    let fields = [
        ("r_communication", "400"),
        ("r_service", "300"),
        ("r_problem_solving", "300"),
        ("r_teamwork", "300"),
        ("summary", "good"),
        ("row_version", version.as_str()),
        ("once", "0123456789abcdef0123"),
    ];
    one.post(&action, &fields).expect(303);
    one.post(&action, &fields).expect(303);
    assert_eq!(db.count("draft"), 0);
    assert_eq!(db.count("sheet_amendment"), 0);
    // It is locked: the form is gone, and sending it again is refused.
    let page = one.get(&format!("/interviews/{id}")).expect(200);
    assert!(!page.has(&format!("action=\"{action}\"")));
    let mut again = fields.to_vec();
    again.pop();
    one.post(&action, &again).expect(409);
    let amend = format!("/interviews/{id}/amend");
    let version = version_of(&page, &amend);
    let mut changed = vec![
        ("r_communication", "300"),
        ("r_service", "300"),
        ("r_problem_solving", "300"),
        ("r_teamwork", "300"),
        ("summary", "on reflection"),
        ("row_version", version.as_str()),
    ];
    one.post(&amend, &changed).expect(422);
    changed.push(("reason", "I had misheard an answer"));
    one.post(&amend, &changed).expect(303);
    assert_eq!(db.count("sheet_amendment"), 1);
    let sheet = db.line(
        "select cast(revision_no as text) || ' ' || summary || ' ' || cast(total_h as text) as line \
         from sheet where state = 'submitted'",
    );
    assert_eq!(sheet, "2 on reflection 5000");
}

fn ratings_far_apart_wait_for_a_note_of_the_discussion(db: &TestDb) {
    let code = candidate(db, house(db), "李娜", 2);
    let id = interview(db, &code, "E1, E3");
    let (one, two) = (
        employee(db, "E1").at(db, after()),
        employee(db, "E3").at(db, after()),
    );
    let lead = employee(db, "E9").at(db, after());
    sheet(&one, id, ("400", "500"), "first").expect(303);
    let action = format!("/interviews/{id}/discussion");
    one.post(&action, &[("note", "too early"), ("row_version", "1")])
        .expect(303);
    db.run("update panel set discussion_note = null");
    sheet(&two, id, ("400", "200"), "second").expect(303);
    let address = format!("/applications/{code}/decision");
    assert!(lead.get(&address).has("no discussion of them is noted"));
    let offer = [
        ("choice", "offer"),
        (
            "note",
            "good in every talk, and wanted by the team for long",
        ),
    ];
    decide(db, &lead, &code, &offer).expect(422);
    let version = version_of(&two.get(&format!("/interviews/{id}")), &action);
    two.post(&action, &[("note", " "), ("row_version", &version)])
        .expect(422);
    employee(db, "E2")
        .at(db, after())
        .post(&action, &[("note", "x")])
        .expect(404);
    two.post(
        &action,
        &[
            ("note", "One saw the second answer differently."),
            ("row_version", &version),
        ],
    )
    .expect(303);
    assert!(!lead.get(&address).has("no discussion of them is noted"));
    assert!(
        one.get(&format!("/interviews/{id}"))
            .has("saw the second answer")
    );
}

fn nothing_is_looked_into_without_agreement_and_adverse_results_wait_for_a_reply(db: &TestDb) {
    let code = candidate(db, house(db), "李娜", 3);
    let hr = hr(db);
    let at = |part: &str| format!("/applications/{code}/check{part}");
    hr.post(&at("/begin"), &[("identity", "on")]).expect(409);
    hr.post(&at("/begin"), &[("health", "on")]).expect(400);
    hr.post(&at("/agree"), &[]).expect(422);
    hr.post(&at("/agree"), &[("day", "2026-12-31")]).expect(422);
    hr.post(&at("/agree"), &[("day", "2026-10-01")]).expect(303);
    hr.post(&at("/agree"), &[("day", "2026-10-02")]).expect(303);
    assert_eq!(db.count("consent"), 1, "agreeing twice is agreeing once");
    hr.post(&at("/begin"), &[]).expect(422);
    hr.post(&at("/begin"), &[("identity", "on"), ("references", "on")])
        .expect(303);
    hr.post(&at("/begin"), &[("identity", "on")]).expect(303);
    assert_eq!(db.count("background_check"), 2);
    let result = |item: &str, result: &str, note: &str| {
        hr.post(
            &at("/result"),
            &[("item", item), ("result", result), ("note", note)],
        )
    };
    result("identity~1", "adverse", "").expect(422);
    result("identity~1", "wonderful", "x").expect(422);
    result("identity~9", "clear", "seen").expect(409);
    result("identity~1", "adverse", "the card was not valid").expect(303);
    let decision = format!("/applications/{code}/decision");
    assert!(hr.get(&decision).has("has not been heard on it"));
    let reject = [
        ("choice", "reject"),
        ("reason", "background"),
        ("note", "see the check"),
    ];
    decide(db, &hr, &code, &reject).expect(422);
    hr.post(&at("/reply"), &[("about", "references~1"), ("reply", "x")])
        .expect(409);
    hr.post(&at("/reply"), &[("about", "identity~2"), ("reply", "")])
        .expect(422);
    hr.post(
        &at("/reply"),
        &[("about", "identity~2"), ("reply", "It was renewed in May.")],
    )
    .expect(303);
    assert!(hr.get(&at("")).has("renewed in May"));
    // Agreement that is taken back ends it: by the applicant's own link, which brings it back as well.
    private_link(db, &code, "s3cret");
    let (theirs, guest) = ("/careers/mine/s3cret/check", visitor(db));
    guest.post(theirs, &[]).expect(422);
    // The same form arriving twice does not turn it round.
    for _ in 0..2 {
        guest.post(theirs, &[("check_back", "on")]).expect(303);
        result("references~1", "clear", "asked").expect(409);
    }
    for _ in 0..2 {
        guest.post(theirs, &[("check", "on")]).expect(303);
    }
    result("references~1", "clear", "asked").expect(303);
    assert_eq!(db.count("consent"), 2);
    decide(db, &hr, &code, &reject).expect(303);
    // The trail holds codes alone.
    let trail = db.rows("audit_event").join("\n");
    assert!(!trail.contains("李娜") && !trail.contains("renewed"));
}

/// An application that two have judged at the same level, and which meets the rule.
fn judged(db: &TestDb, opening: i64, name: &str) -> String {
    let code = candidate(db, opening, name, 2);
    let id = interview(db, &code, "E1, E3");
    for no in ["E1", "E3"] {
        let rater = employee(db, no).at(db, after());
        sheet(&rater, id, ("400", "400"), "as the card says").expect(303);
    }
    code
}

fn a_decision_is_frozen_without_names_and_checked(db: &TestDb) {
    let id = house(db);
    let code = judged(db, id, "李娜");
    let lead = employee(db, "E9").at(db, after());
    let address = format!("/applications/{code}/decision");
    let page = lead.get(&address).expect(200);
    assert!(page.has("75.00") && page.has("met"));
    decide(db, &lead, &code, &[]).expect(422);
    decide(db, &lead, &code, &[("choice", "reject"), ("note", "no")]).expect(422);
    // Against the rule a short note is not enough.
    let short = [
        ("choice", "reject"),
        ("reason", "others"),
        ("note", "another one"),
    ];
    let page = decide(db, &lead, &code, &short).expect(422);
    assert!(page.has("goes against the rule") && page.has("another one"));
    let mut stale = vec![
        ("choice", "offer"),
        ("note", "as all say"),
        ("row_version", "77"),
    ];
    lead.post(&address, &stale).expect(409);
    stale.pop();
    let auditor = somebody(db, &[Role::Auditor], None).at(db, after());
    auditor.post(&address, &stale).expect(403);
    decide(
        db,
        &lead,
        &code,
        &[("choice", "offer"), ("note", "李娜 convinced both")],
    )
    .expect(303);
    let frozen = db.line("select body_json as line from snapshot where kind = 'hiring-decision'");
    assert!(frozen.contains("\"total_h\":7500") && frozen.contains(&code));
    assert!(frozen.contains("\"rater\":\"E1\""));
    assert!(!frozen.contains("李娜") && !frozen.contains("convinced"));
    let kept = db.line(&format!(
        "select cast(total_h as text) || ' ' || k.kind as line from application a \
         join opening_stage k on k.id = a.stage_id where a.code = '{code}'"
    ));
    assert_eq!(kept, "7500 offer");
    let words = db.lines("select note as line from application_move order by id");
    assert_eq!(words.last().unwrap(), "李娜 convinced both");
    // Sheets are closed, the page shows what was frozen, and a second decision is refused.
    let page = lead.get(&address).expect(200);
    assert!(page.has("75.00") && !page.has(&format!("action=\"{address}\"")));
    lead.post(&address, &stale).expect(409);
    let sound = Checked::of(&db.db).unwrap();
    assert!(sound.copies.is_empty());
    db.run("update application set total_h = 9999");
    assert_eq!(Checked::of(&db.db).unwrap().copies, [code.as_str()]);
    let trail = db.rows("audit_event").join("\n");
    assert!(!trail.contains("李娜"), "{trail}");
}

fn a_decision_waits_for_sheets_and_for_somebody_beside_the_only_rater(db: &TestDb) {
    let id = house(db);
    let code = candidate(db, id, "李娜", 2);
    let round = interview(db, &code, "E1, E9");
    let lead = employee(db, "E9").at(db, after());
    let address = format!("/applications/{code}/decision");
    assert!(lead.get(&address).has("Send your own sheet first."));
    let offer = [
        ("choice", "offer"),
        (
            "note",
            "good in every talk, and wanted by the team for long",
        ),
    ];
    decide(db, &lead, &code, &offer).expect(422);
    sheet(&lead, round, ("400", "400"), "mine").expect(303);
    let page = decide(db, &lead, &code, &offer).expect(422);
    assert!(page.has("wait for sheets"));
    press(&lead, round, "close").expect(303);
    let page = decide(db, &lead, &code, &offer).expect(422);
    assert!(page.has("You are the only one who has judged"));
    // Somebody else decides, though against the rule.
    let hr = hr(db).at(db, after());
    assert!(hr.get(&address).has("not met"));
    decide(db, &hr, &code, &offer).expect(303);
    let frozen = db.line("select body_json as line from snapshot where kind = 'hiring-decision'");
    assert!(frozen.contains("\"against_rule\":true"));
}

/// Offers, as far as accepted; the first day is 2026-11-02.
fn accepted(db: &TestDb, lead: &Browser, code: &str) {
    decide(
        db,
        lead,
        code,
        &[("choice", "offer"), ("note", "as both say")],
    )
    .expect(303);
    let address = format!("/applications/{code}/offer");
    let terms = [
        ("terms", "Full time, the usual terms."),
        ("starts_on", "2026-11-02"),
        ("expires_on", "2026-10-12"),
        ("row_version", "0"),
    ];
    lead.post(&address, &[]).expect(422);
    lead.post(&address, &terms).expect(303);
    let step = |what: &str| {
        let page = lead.get(&address).expect(200);
        let action = format!("{address}/{what}");
        let version = version_of(&page, &action);
        lead.post(&action, &[("row_version", &version)])
    };
    lead.post(&format!("{address}/accepted"), &[("row_version", "1")])
        .expect(409);
    step("send").expect(303);
    // While it is out there is no other.
    lead.post(&address, &terms).expect(409);
    lead.post(&format!("{address}/accepted"), &[("row_version", "1")])
        .expect(409);
    step("accepted").expect(303);
}

fn hiring_makes_an_employee_once_and_ends_at_the_head_count(db: &TestDb) {
    let id = house(db);
    db.run("update opening set head_count = 1");
    let (code, other) = (judged(db, id, "赵敏"), judged(db, id, "钱多"));
    let lead = employee(db, "E9").at(db, after());
    let hr = hr(db).at(db, after());
    let address = format!("/applications/{code}/hire");
    hr.get(&address).expect(200);
    let fields = |version: &str| {
        vec![
            ("employee_no".to_string(), "E10".to_string()),
            ("name".to_string(), "赵敏".to_string()),
            ("starts_on".to_string(), "2026-11-02".to_string()),
            ("team".to_string(), "A".to_string()),
            ("job_role".to_string(), "agent".to_string()),
            ("manager".to_string(), "e9".to_string()),
            ("row_version".to_string(), version.to_string()),
        ]
    };
    let send = |address: &str, changed: (&str, &str)| {
        let version = version_of(&hr.get(address).expect(200), address);
        let mut all = fields(&version);
        for (name, value) in &mut all {
            if name == changed.0 {
                *value = changed.1.to_string();
            }
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        hr.post(address, &all)
    };
    send(&address, ("", "")).expect(409);
    accepted(db, &lead, &code);
    accepted(db, &lead, &other);
    lead.get(&address).expect(403);
    hr.post(&address, &[]).expect(422);
    send(&address, ("employee_no", "E1")).expect(422);
    send(&address, ("manager", "E77")).expect(422);
    send(&address, ("team", "Z")).expect(422);
    send(&address, ("row_version", "77")).expect(409);
    assert_eq!(db.count("staff"), 4);
    send(&address, ("", "")).expect(303);
    let made = db.line(
        "select s.employee_no || ' ' || s.name || ' ' || t.code || ' ' || m.employee_no || ' ' || \
         cast(p.valid_from as text) || ' ' || a.state as line from staff s \
         join posting p on p.staff_id = s.id join team t on t.id = p.team_id \
         join staff m on m.id = p.manager_id join application a on a.staff_id = s.id",
    );
    assert_eq!(made, "E10 赵敏 A E9 2026-11-02 hired");
    // Twice is once, and the second one finds no place.
    send(&address, ("employee_no", "E11")).expect(409);
    let full = send(
        &format!("/applications/{other}/hire"),
        ("employee_no", "E11"),
    )
    .expect(409);
    assert!(full.has("All places of O-1 are taken"));
    assert_eq!(db.count("staff"), 5);
    let told = db.lines("select kind as line from message where kind = 'told-opening-filled'");
    assert_eq!(told.len(), 1);
    let left = db.db.read(|conn| offers::hired(conn, id)).unwrap();
    assert_eq!(left, 1);
}

fn an_employee_who_applied_gets_another_posting(db: &TestDb) {
    let id = house(db);
    let code = judged(db, id, "李娜");
    db.run("update candidate set staff_id = (select id from staff where employee_no = 'E2')");
    let lead = employee(db, "E9").at(db, after());
    accepted(db, &lead, &code);
    let hr = hr(db).at(db, after());
    let address = format!("/applications/{code}/hire");
    let page = hr.get(&address).expect(200);
    assert!(!page.has("name=\"employee_no\""));
    let version = version_of(&page, &address);
    hr.post(
        &address,
        &[
            ("starts_on", "2026-11-02"),
            ("team", "A"),
            ("job_role", "agent"),
            ("manager", "E9"),
            ("row_version", &version),
        ],
    )
    .expect(303);
    assert_eq!(db.count("staff"), 4);
    let posted = db.lines(
        "select t.code || ' ' || cast(p.valid_from as text) as line from posting p \
         join team t on t.id = p.team_id join staff s on s.id = p.staff_id \
         where s.employee_no = 'E2' order by p.valid_from",
    );
    assert_eq!(posted, ["B 2015-03-02", "A 2026-11-02"]);
}

fn the_applicant_who_is_an_employee_finds_nothing(db: &TestDb) {
    let id = house(db);
    let code = judged(db, id, "王强");
    // The owner of the opening applies for it, and has a seat as well.
    db.run("update candidate set staff_id = (select id from staff where employee_no = 'E9')");
    let round = number(db, "select max(id) from interview");
    db.run(&format!(
        "insert into sheet (panel_id, rater_id, role, state, revision_no, critical_failed, summary) \
         select i.panel_id, s.id, 'rater', 'invited', 1, {}, '' from interview i, staff s \
         where i.id = {round} and s.employee_no = 'E9'",
        match db.backend {
            Backend::Sqlite => "0",
            Backend::Postgres => "false",
        }
    ));
    for own in [
        employee(db, "E9").at(db, after()),
        somebody(db, &[Role::Hr], Some("E9")).at(db, after()),
    ] {
        for part in ["rounds", "check", "decision", "offer"] {
            own.get(&format!("/applications/{code}/{part}")).expect(404);
        }
        own.get(&format!("/interviews/{round}")).expect(404);
        own.get(&format!("/interviews/{round}/invitation.ics"))
            .expect(404);
        own.post(&format!("/interviews/{round}/sheet"), &[])
            .expect(404);
        own.post(&format!("/applications/{code}/decision"), &[])
            .expect(404);
        for list in ["/interviews?show=all", "/interviews.csv?of=all&show=all"] {
            assert!(!own.get(list).expect(200).has(&code), "{list}");
        }
    }
}

fn pages_ask_few_queries(db: &TestDb) {
    let id = house(db);
    let code = judged(db, id, "李娜");
    for at in 0..55 {
        let one = application(
            id,
            person(&format!("候选{at}"), &format!("x{at}@example.com")),
        );
        db.db
            .write(|conn| espalier::recruitment::store::applications::receive(conn, &one, &actor()))
            .unwrap();
    }
    let reach = Reach::operator(day("2026-10-05"));
    db.db
        .write(|conn| {
            let codes: Vec<String> = (2..=56).map(|n| format!("A-{n:05}")).collect();
            let all = rounds::find_all(conn, &reach, &codes)?;
            let raters = rounds::change::people(
                conn,
                &["E1".to_string(), "E3".to_string()],
                day("2026-10-05"),
            )?;
            rounds::change::open(conn, &all, &raters, None, &actor())
        })
        .unwrap();
    queries::install();
    let (hr, one) = (hr(db).at(db, after()), employee(db, "E1").at(db, after()));
    let round = number(db, "select min(id) from interview");
    let open = number(db, "select max(id) from interview");
    for (who, address, most) in [
        (&hr, "/interviews?of=all&show=all".to_string(), 6),
        (&one, "/interviews".to_string(), 6),
        (&one, "/interviews?show=all&after=~30".to_string(), 6),
        (&hr, format!("/interviews/{round}"), 10),
        (&one, format!("/interviews/{round}"), 10),
        (&one, format!("/interviews/{open}"), 10),
        (&hr, format!("/applications/{code}/rounds"), 10),
        (&hr, format!("/applications/{code}/decision"), 10),
        (&hr, format!("/applications/{code}/check"), 10),
        (&hr, format!("/applications/{code}/offer"), 10),
    ] {
        let asked = queries::counted(db.db.address(), || {
            who.get(&address).expect(200);
        });
        assert!(asked <= most, "{address} asks {asked}");
    }
    let first = one.get("/interviews").expect(200);
    assert!(first.has("after=~"), "the list goes on");
    assert_eq!(
        db.db.read(decisions::wrong_copies).unwrap(),
        Vec::<String>::new()
    );
}
