//! What becomes of results: calibration, release, feedback, appeals, rewards. Who may do what when, that versions
//! stay as they were, and that terms count working days.

use chrono::{NaiveDate, NaiveDateTime};
use espalier::access::Role;
use espalier::appraisals::model::cycle::State;
use espalier::appraisals::model::result::{Adjusted, PersonResult, TeamResult};
use espalier::appraisals::store::cycles;
use espalier::audit::Actor;
use espalier::calendar::Clock;
use espalier::error::Error;
use espalier::jobs::run_due;
use espalier::snapshots;
use espalier::web::serve::JOBS;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{REVIEWED, due_of, now, records, staff, teams};
use crate::support::program::{create_cycle, run};
use crate::support::queries;
use crate::support::web::{Browser, Page, site_at, somebody};

both! {
    a_change_in_calibration_is_a_new_version_and_the_old_one_stays_byte_for_byte,
    teams_and_company_follow_when_calibration_is_left,
    nobody_judges_themselves_those_above_or_whom_they_declared,
    a_session_is_for_its_members_and_locked_when_closed,
    of_two_who_change_one_result_the_second_sees_the_first,
    a_result_below_target_waits_for_suggestion_and_support,
    a_release_asked_again_goes_on_where_it_stopped,
    what_is_said_is_read_after_release_and_fixed_once_it_was_read,
    an_appeal_is_filed_on_the_seventh_working_day_and_not_on_the_eighth,
    an_appeal_is_heard_by_somebody_outside_the_line_and_amends_the_result,
    an_open_appeal_keeps_a_cycle_from_closing,
    whoever_changed_a_result_does_not_decide_the_appeal_on_it,
    a_released_result_leaves_a_trace_by_whichever_page_it_is_opened,
    a_reward_rests_on_released_results_and_a_rule_published_before,
    what_people_state_of_themselves_is_theirs_and_not_in_the_trail,
    a_cycle_by_figures_alone_releases_as_it_always_did,
    what_waits_for_whom_is_told,
    the_pages_of_outcomes_ask_few_queries,
}

const CODE: &str = "2026Q3";

/// H1 above M1 (team A: P1, P2) and M2 (team B: Q1). Everybody has records; Q1 meets every target.
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
         Q1,周杰,Zhou Jie,B,agent,M2,2015-03-02\n",
    )
    .load(db);
    let mut csv = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    for (person, late) in [("H1", 1), ("M1", 3), ("P1", 2), ("P2", 4), ("Q1", 0)] {
        for at in 0..10 {
            let sla = if at < late { "no" } else { "yes" };
            let answer = if person == "Q1" { 5 } else { 1 + at % 5 };
            csv.push_str(&format!(
                "{person}-{at},2026-07-{:02} 10:00,{person},{sla},no,{answer}\n",
                at + 1
            ));
        }
    }
    records(&csv).load(db);
}

fn moment(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

/// Walks the cycle on, as somebody would at a time.
fn advance_at(
    db: &TestDb,
    code: &str,
    to: State,
    force: bool,
    at: NaiveDateTime,
) -> Result<(), Error> {
    let actor = Actor {
        name: "hr".to_string(),
        at,
    };
    db.db
        .write(|conn| cycles::advance(conn, code, to, "a test", force, &actor))
        .map(|_| ())
}

fn advance(db: &TestDb, to: State) {
    advance_at(db, CODE, to, true, now()).unwrap();
}

fn cycle(db: &TestDb, to: State) {
    company(db);
    create_cycle(db, CODE, REVIEWED);
    advance(db, to);
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn employee(db: &TestDb, no: &str) -> Browser {
    somebody(db, &[], Some(no))
}

fn frozen(db: &TestDb, no: &str) -> PersonResult {
    let subject = format!("{CODE}/{no}");
    let found = db
        .db
        .read(|conn| snapshots::newest(conn, "person", &subject));
    found.unwrap().unwrap().parse().unwrap()
}

fn version(db: &TestDb, no: &str) -> String {
    db.line(&format!(
        "select cast(max(version_no) as text) as line from snapshot where kind = 'person' and subject = '{CODE}/{no}'"
    ))
}

fn error_key(found: Result<(), Error>) -> &'static str {
    match found {
        Ok(()) => "",
        Err(e) => e.messages()[0].key,
    }
}

/// A session over team A (and what else is named) with members; gives its address.
fn session(db: &TestDb, teams: &str, members: &str) -> String {
    let sent = [
        ("name", "Round one"),
        ("teams", teams),
        ("members", members),
    ];
    let page = hr(db)
        .post("/cycles/2026Q3/calibration/new", &sent)
        .expect(303);
    page.location().split('?').next().unwrap().to_string()
}

fn change(db: &TestDb, browser: &Browser, session: &str, no: &str, total: &str) -> Page {
    let version = version(db, no);
    let sent = [
        ("total", total),
        ("reason", "known only to us"),
        ("row_version", version.as_str()),
    ];
    browser.post(&format!("{session}/people/{no}"), &sent)
}

fn a_change_in_calibration_is_a_new_version_and_the_old_one_stays_byte_for_byte(db: &TestDb) {
    cycle(db, State::Calibration);
    let before = frozen(db, "P1");
    let stored = db.rows("snapshot");
    let session = session(db, "A", "M2");
    let m2 = employee(db, "M2");
    let page = m2.get(&session).expect(200);
    assert!(
        page.has("Zhang Wei") && page.has("Li Na"),
        "{}",
        page.text()
    );
    change(db, &m2, &session, "P1", "111.5").expect(303);
    let after = frozen(db, "P1");
    assert_eq!(
        (after.total_h, after.grade.as_deref()),
        (Some(11_150), Some("S"))
    );
    assert_eq!(after.versions, before.versions, "the figures stay");
    let made = &after.adjustments[0];
    assert_eq!(made.from_total_h, before.total_h);
    assert_eq!(
        (made.how, made.reason.as_str()),
        (Adjusted::Calibration, "known only to us")
    );
    assert_eq!(
        (made.by.clone(), made.on.as_str()),
        (m2.login(db), "2026-10-05")
    );
    // Whatever is changed, imported or calibrated later: what was frozen stays.
    records("id,opened_at,employee,sla_met,reopened,csat\nP1-0,2026-07-01 10:00,P1,no,yes,1\n")
        .load(db);
    change(db, &m2, &session, "P1", "90").expect(303);
    advance(db, State::Closed);
    for row in &stored {
        assert!(
            db.rows("snapshot").contains(row),
            "a frozen version was changed: {row}"
        );
    }
    assert_eq!(version(db, "P1"), "3");
    assert_eq!(db.count("calibration_change"), 2);
    assert!(
        db.try_run("update calibration_change set reason = 'x'")
            .is_err()
    );
    assert!(db.try_run("delete from calibration_change").is_err());
    run(db, &["check"]).fine();
    run(db, &["audit", "verify"]).fine();
    // Both stand on the page, with the reason.
    let page = hr(db).get("/cycles/2026Q3/people/P1").expect(200);
    assert!(
        page.has("111.50 S") && page.has("known only to us"),
        "{}",
        page.text()
    );
}

fn team(db: &TestDb, code: &str) -> TeamResult {
    let subject = format!("{CODE}/{code}");
    let found = db.db.read(|conn| snapshots::newest(conn, "team", &subject));
    found.unwrap().unwrap().parse().unwrap()
}

fn best(team: &TeamResult) -> i64 {
    team.group.distribution[0].count
}

fn teams_and_company_follow_when_calibration_is_left(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "A, B", "");
    let hr = hr(db);
    let before = (best(&team(db, "A")), best(&team(db, "HQ")));
    change(db, &hr, &session, "P1", "115").expect(303);
    assert_eq!(
        best(&team(db, "A")),
        before.0,
        "not before calibration is left"
    );
    let refused = advance_at(db, CODE, State::Feedback, false, now());
    assert_eq!(error_key(refused), "cycle-calibration-open");
    hr.post(&format!("{session}/close"), &[("row_version", "1")])
        .expect(303);
    advance_at(db, CODE, State::Feedback, false, now()).unwrap();
    let a = team(db, "A");
    assert_eq!(
        (best(&a), best(&team(db, "HQ"))),
        (before.0 + 1, before.1 + 1)
    );
    let member = a.members.iter().find(|m| m.employee_no == "P1").unwrap();
    assert_eq!(
        (member.total_h, member.grade.as_deref()),
        (Some(11_500), Some("S"))
    );
    let counted: i64 = a.group.distribution.iter().map(|g| g.count).sum();
    assert_eq!(counted + a.group.not_rated, a.group.headcount);
    // B has nobody whose result changed: no new version of it.
    let versions = |code: &str| {
        db.lines(&format!(
            "select cast(version_no as text) as line from snapshot where kind = 'team' and subject = '{CODE}/{code}'"
        ))
        .len()
    };
    assert_eq!((versions("A"), versions("B"), versions("HQ")), (2, 1, 2));
    run(db, &["check"]).fine();
}

fn nobody_judges_themselves_those_above_or_whom_they_declared(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "HQ", "M1");
    let m1 = employee(db, "M1");
    let page = m1.get(&session).expect(200);
    assert!(page.has("Your own result") && page.has("Above you"));
    for (no, shown) in [("M1", false), ("H1", false), ("P1", true), ("Q1", true)] {
        let total = espalier::i18n::hundredths(frozen(db, no).total_h.unwrap());
        assert_eq!(page.has(&format!(">{total}<")), shown, "{no} {total}");
        let status = if shown { 200 } else { 404 };
        m1.get(&format!("{session}/people/{no}")).expect(status);
    }
    change(db, &m1, &session, "M1", "120").expect(404);
    change(db, &m1, &session, "H1", "0").expect(404);
    // The picture counts only those one may see: nothing is left to subtract.
    assert!(
        page.has("Grades of the 4 people you may see"),
        "{}",
        page.text()
    );
    let sent = [("conflict", "my cousin")];
    m1.post(&format!("{session}/people/Q1/conflict"), &sent)
        .expect(303);
    assert!(
        m1.get(&session)
            .expect(200)
            .has("Conflict of interest declared")
    );
    m1.get(&format!("{session}/people/Q1")).expect(404);
    change(db, &m1, &session, "Q1", "120").expect(404);
    assert_eq!(db.count("calibration_change"), 0);
    // Another account of the same person is no way round it, and whoever runs the session sees who is kept from whom.
    let again = employee(db, "M1");
    again.get(&format!("{session}/people/Q1")).expect(404);
    assert!(hr(db).get(&session).expect(200).has("about Zhou Jie"));
    // An HR account of somebody is that somebody.
    let own = somebody(db, &[Role::Hr], Some("P2"));
    change(db, &own, &session, "P2", "120").expect(404);
    change(db, &own, &session, "M1", "120").expect(404);
}

fn a_session_is_for_its_members_and_locked_when_closed(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "A", "M2");
    for no in ["M1", "H1", "P1"] {
        let other = employee(db, no);
        other.get(&session).expect(404);
        other.get(&format!("{session}/people/P2")).expect(404);
        change(db, &other, &session, "P2", "120").expect(404);
        assert!(
            !other
                .get("/cycles/2026Q3/calibration")
                .expect(200)
                .has("Round one")
        );
    }
    let m2 = employee(db, "M2");
    // Not in scope, and no way to close.
    m2.get(&format!("{session}/people/Q1")).expect(404);
    m2.post(&format!("{session}/close"), &[("row_version", "1")])
        .expect(403);
    let page = change(db, &m2, &session, "P2", "120.5").expect(422);
    assert!(page.has("href=\"#f-total\"") && page.has("known only to us"));
    hr(db)
        .post(&format!("{session}/close"), &[("row_version", "1")])
        .expect(303);
    change(db, &m2, &session, "P2", "100").expect(422);
    assert_eq!(version(db, "P2"), "1");
    // A plan that names nobody there is comes back.
    let sent = [("name", "Two"), ("teams", "A"), ("members", "X9")];
    let page = hr(db)
        .post("/cycles/2026Q3/calibration/new", &sent)
        .expect(422);
    assert!(page.has("href=\"#f-members\""));
}

fn of_two_who_change_one_result_the_second_sees_the_first(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "A", "M2, H1");
    let (one, other) = (employee(db, "M2"), employee(db, "H1"));
    let stale = version(db, "P1");
    change(db, &one, &session, "P1", "95").expect(303);
    let sent = [
        ("total", "88"),
        ("reason", "typed by the second"),
        ("row_version", stale.as_str()),
    ];
    let page = other
        .post(&format!("{session}/people/P1"), &sent)
        .expect(409);
    assert!(
        page.has("typed by the second") && page.has("95.00"),
        "{}",
        page.text()
    );
    assert_eq!(version(db, "P1"), "2");
}

fn released(db: &TestDb) -> Vec<String> {
    db.lines(
        "select employee_no as line from evaluation join staff on staff.id = staff_id \
         where released_at is not null order by employee_no",
    )
}

fn write(browser: &Browser, no: &str, row_version: &str) -> Page {
    let sent = [
        ("suggestions", "Confirm the next step"),
        ("support", "A day with the mentor"),
        ("talk_on", "2026-10-02"),
        ("talk_note", "both sides spoke"),
        ("row_version", row_version),
    ];
    browser.post(&format!("/cycles/2026Q3/people/{no}/feedback"), &sent)
}

fn a_result_below_target_waits_for_suggestion_and_support(db: &TestDb) {
    cycle(db, State::Feedback);
    assert_eq!(released(db), Vec::<String>::new());
    let m1 = employee(db, "M1");
    // P1's satisfaction is below its target.
    m1.post("/cycles/2026Q3/people/P1/release", &[]).expect(409);
    assert!(
        m1.get("/cycles/2026Q3/people/P1/feedback")
            .expect(200)
            .has("at least one suggestion")
    );
    let out = run(db, &["cycle", "release", CODE]).fine();
    // Q1 meets every target; M2 has no figures at all.
    assert_eq!(released(db), ["M2", "Q1"], "{out}");
    // What is told is also mailed, where there is an address.
    let told = "message where kind = 'told-result-released'";
    assert_eq!(
        db.count(told),
        db.count(&format!("{told} and mail_due is not null"))
    );
    write(&m1, "P1", "0").expect(303);
    m1.post("/cycles/2026Q3/people/P1/release", &[]).expect(303);
    assert_eq!(released(db), ["M2", "P1", "Q1"]);
    // Not of somebody else's report, and not one's own.
    write(&m1, "Q1", "0").expect(404);
    write(&m1, "M1", "0").expect(403);
    m1.post("/cycles/2026Q3/people/M1/release", &[]).expect(403);
    employee(db, "P2")
        .post("/cycles/2026Q3/people/P2/release", &[])
        .expect(403);
    run(db, &["cycle", "release", CODE, "--force"]).refused();
    run(
        db,
        &[
            "cycle", "release", CODE, "--team", "A", "--force", "--reason", "late",
        ],
    )
    .fine();
    assert_eq!(released(db), ["M1", "M2", "P1", "P2", "Q1"]);
    run(db, &["cycle", "release", CODE, "--team", "NONE"]).refused();
    let refused = advance_at(db, CODE, State::Closed, false, now());
    assert_eq!(error_key(refused), "cycle-feedback-owing");
    advance(db, State::Closed);
    assert_eq!(released(db).len(), 6, "closing releases what is left");
}

fn a_release_asked_again_goes_on_where_it_stopped(db: &TestDb) {
    cycle(db, State::Feedback);
    let at = |no: &str| {
        db.line(&format!(
            "select cast(released_at as text) as line from evaluation where staff_id = \
             (select id from staff where employee_no = '{no}')"
        ))
    };
    let hr = hr(db);
    let sent = [("team", "B")];
    hr.post("/cycles/2026Q3/release", &sent).expect(303);
    run_due(&db.db, &Clock::Fixed(now()), JOBS).unwrap();
    assert_eq!(released(db), ["M2", "Q1"]);
    let first = at("Q1");
    let forced = ["cycle", "release", CODE, "--force", "--reason", "in time"];
    run(db, &forced).fine();
    assert_eq!(released(db).len(), 6);
    assert_eq!(at("Q1"), first, "released once");
    let said = run(db, &forced).fine();
    assert!(said.contains("Released 0 results"), "{said}");
    // One event for each time something was released.
    let events =
        db.lines("select subject as line from audit_event where action = 'result.release'");
    assert_eq!(events.len(), 2);
    let told = db.lines("select kind as line from message where kind = 'told-result-released'");
    assert_eq!(told.len(), 0, "nobody has an account to be told");
}

fn what_is_said_is_read_after_release_and_fixed_once_it_was_read(db: &TestDb) {
    cycle(db, State::Feedback);
    let (m1, p1, p2) = (employee(db, "M1"), employee(db, "P1"), employee(db, "P2"));
    let page = "/cycles/2026Q3/people/P1/feedback";
    write(&m1, "P1", "0").expect(303);
    let stale = write(&m1, "P1", "0").expect(409);
    assert!(stale.has("Confirm the next step"));
    let before = p1.get(page).expect(200);
    assert!(!before.has("Confirm the next step") && !before.has("both sides spoke"));
    p1.post("/cycles/2026Q3/people/P1/acknowledgement", &[])
        .expect(422);
    p2.get(page).expect(404);
    employee(db, "M2").get(page).expect(404);
    m1.post("/cycles/2026Q3/people/P1/release", &[]).expect(303);
    let inbox = p1.get("/inbox").expect(200);
    assert!(
        inbox.has("Your result of 2026Q3 is released"),
        "{}",
        inbox.text()
    );
    assert!(p1.get(page).expect(200).has("Confirm the next step"));
    assert!(
        p1.get("/cycles/2026Q3/people/P1")
            .expect(200)
            .has("A day with the mentor")
    );
    let sent = [("statement", "I see it differently")];
    m1.post("/cycles/2026Q3/people/P1/acknowledgement", &sent)
        .expect(403);
    p1.post("/cycles/2026Q3/people/P1/acknowledgement", &sent)
        .expect(303);
    p1.post("/cycles/2026Q3/people/P1/acknowledgement", &sent)
        .expect(422);
    assert!(m1.get(page).expect(200).has("I see it differently"));
    write(&m1, "P1", "2").expect(422);
    // An interview held tomorrow was not held.
    let later = [("talk_on", "2026-10-06"), ("row_version", "0")];
    m1.post("/cycles/2026Q3/people/P2/feedback", &later)
        .expect(422);
}

const APPEAL: &str = "/cycles/2026Q3/people/Q1/appeal";

fn file(browser: &Browser) -> Page {
    browser.post(APPEAL, &[("grounds", "two complaints were not mine")])
}

/// Q1's result, released on 5 October 2026, in the week of National Day.
fn told(db: &TestDb) -> Browser {
    cycle(db, State::Feedback);
    run(db, &["cycle", "release", CODE]).fine();
    db.run(
        "update evaluation set released_at = '2026-10-05 08:00:00' where released_at is not null",
    );
    employee(db, "Q1")
}

fn an_appeal_is_filed_on_the_seventh_working_day_and_not_on_the_eighth(db: &TestDb) {
    // Working days after the 5th: 8, 9, 10 (a Saturday that is worked), 12, 13, 14, 15.
    let q1 = told(db);
    let page = q1.get(APPEAL).expect(200);
    assert!(
        page.has("You may appeal until 2026-10-15"),
        "{}",
        page.text()
    );
    // 16:00 in UTC is midnight where the company is.
    let at = |time: &str| Browser::new(site_at(db, moment(time))).signed_in(db, &[], Some("Q1"));
    let late = at("2026-10-15 16:00");
    file(&late).expect(422);
    assert!(late.get(APPEAL).expect(200).has("ended on 2026-10-15"));
    file(&employee(db, "P1")).expect(404);
    file(&employee(db, "M2")).expect(403);
    assert_eq!(db.count("appeal"), 0);
    let last = at("2026-10-15 15:59");
    file(&last).expect(303);
    // Ten working days on: the 29th.
    assert_eq!(
        db.line("select cast(due_on as text) as line from appeal"),
        "2026-10-29"
    );
    file(&last).expect(422);
    assert_eq!(db.count("appeal"), 1);
}

fn an_appeal_is_heard_by_somebody_outside_the_line_and_amends_the_result(db: &TestDb) {
    let q1 = told(db);
    file(&q1).expect(303);
    let before = frozen(db, "Q1");
    let (hr, m1) = (hr(db), employee(db, "M1"));
    let name = |no: &str, version: &str| {
        let sent = [("reviewer", no), ("row_version", version)];
        hr.post(&format!("{APPEAL}/reviewer"), &sent)
    };
    for on_the_line in ["M2", "H1", "Q1", "NOBODY"] {
        name(on_the_line, "1").expect(422);
    }
    m1.get(APPEAL).expect(404);
    name("M1", "1").expect(303);
    name("P1", "1").expect(409);
    assert!(
        m1.get(APPEAL)
            .expect(200)
            .has("two complaints were not mine")
    );
    assert!(m1.get("/appeals").expect(200).has("Zhou Jie"));
    assert!(
        m1.get("/inbox")
            .expect(200)
            .has("asked to review an appeal")
    );
    // The line and HR read it; neither hears nor decides.
    let m2 = employee(db, "M2");
    m2.get(APPEAL).expect(200);
    employee(db, "P1").get(APPEAL).expect(404);
    let decision = [
        ("decision", "amended"),
        ("total", "95.25"),
        ("reason", "one complaint was a colleague's"),
        ("row_version", "2"),
    ];
    for other in [&m2, &hr, &q1] {
        other
            .post(&format!("{APPEAL}/decision"), &decision)
            .expect(403);
        other.post(&format!("{APPEAL}/hearing"), &[]).expect(403);
    }
    let unheard = m1
        .post(&format!("{APPEAL}/decision"), &decision)
        .expect(422);
    assert!(unheard.has("Note what both sides said first"));
    let sides = [
        ("employee_heard", "I was away"),
        ("manager_heard", "that is so"),
        ("row_version", "2"),
    ];
    m1.post(&format!("{APPEAL}/hearing"), &sides).expect(303);
    m1.post(&format!("{APPEAL}/hearing"), &sides).expect(409);
    let mut decision = decision.to_vec();
    decision[3].1 = "3";
    decision[1].1 = "";
    m1.post(&format!("{APPEAL}/decision"), &decision)
        .expect(422);
    decision[1].1 = "95.25";
    m1.post(&format!("{APPEAL}/decision"), &decision)
        .expect(303);
    m1.post(&format!("{APPEAL}/decision"), &decision)
        .expect(422);
    let after = frozen(db, "Q1");
    assert_eq!(
        (after.total_h, after.grade.as_deref()),
        (Some(9_525), Some("B"))
    );
    assert_eq!(after.adjustments[0].how, Adjusted::Appeal);
    assert_eq!(after.adjustments[0].from_total_h, before.total_h);
    // Both versions stand before the employee, and the team follows.
    let page = q1.get(APPEAL).expect(200);
    let first = espalier::i18n::hundredths(before.total_h.unwrap());
    assert!(page.has("95.25 B") && page.has(&first), "{}", page.text());
    let b = team(db, "B");
    let member = b.members.iter().find(|m| m.employee_no == "Q1").unwrap();
    assert_eq!(member.total_h, Some(9_525));
    run(db, &["check"]).fine();
    run(db, &["audit", "verify"]).fine();
    let csv = hr.get("/appeals.csv?state=amended").expect(200).text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
}

fn an_open_appeal_keeps_a_cycle_from_closing(db: &TestDb) {
    let q1 = told(db);
    file(&q1).expect(303);
    let refused = advance_at(db, CODE, State::Closed, false, now());
    assert_eq!(error_key(refused), "cycle-appeals-open");
    advance_at(db, CODE, State::Closed, true, now()).unwrap();
}

/// A rule of the best grade in so many cycles, published at a time.
fn rule(db: &TestDb, code: &str, in_a_row: &str, published: NaiveDateTime) {
    let hr = Browser::new(site_at(db, published)).signed_in(db, &[Role::Hr], None);
    let sent = [
        ("code", code),
        ("name_zh", "服务之星"),
        ("name_en", "Star of service"),
        ("text_zh", "连续优秀"),
        ("text_en", "Excellent again"),
        ("grade", "A"),
        ("in_a_row", in_a_row),
    ];
    hr.post("/rewards/rules/new", &sent).expect(303);
    hr.post(
        &format!("/rewards/rules/{code}/publish"),
        &[("row_version", "1")],
    )
    .expect(303);
}

fn a_reward_rests_on_released_results_and_a_rule_published_before(db: &TestDb) {
    company(db);
    rule(db, "once", "1", moment("2026-06-30 08:00"));
    rule(db, "late", "1", moment("2026-07-01 08:00"));
    rule(db, "twice", "2", moment("2026-06-30 08:00"));
    create_cycle(db, CODE, REVIEWED);
    advance(db, State::Feedback);
    let hr = hr(db);
    let propose = || hr.post("/rewards/propose", &[("cycle", CODE)]).expect(303);
    propose();
    assert_eq!(db.count("reward"), 0, "nothing is released");
    run(db, &["cycle", "release", CODE]).fine();
    propose();
    propose();
    // Q1 alone has A or better; of the rule for two cycles there is only one, and the other came too late.
    let found = db.lines(
        "select code || ' ' || employee_no as line from reward join reward_rule on reward_rule.id = rule_id \
         join staff on staff.id = staff_id",
    );
    assert_eq!(found, ["once Q1"]);
    let id = db.line("select cast(id as text) as line from reward");
    let (page, paper) = (
        format!("/rewards/{id}"),
        format!("/rewards/{id}/certificate"),
    );
    let q1 = employee(db, "Q1");
    q1.get(&page).expect(404);
    assert!(
        !q1.get("/rewards")
            .expect(200)
            .has(&format!("href=\"{page}\""))
    );
    hr.get(&paper).expect(404);
    let approve = |version| {
        [
            ("decision", "approve"),
            ("reason", "well done"),
            ("row_version", version),
        ]
    };
    q1.post(&page, &approve("1")).expect(403);
    let own = somebody(db, &[Role::Hr], Some("Q1"));
    assert!(
        own.post(&page, &approve("1"))
            .expect(409)
            .has("a reward of their own")
    );
    hr.post(&page, &[("decision", "approve"), ("row_version", "1")])
        .expect(422);
    // A result under appeal is none to rest on.
    db.run(
        "update evaluation set released_at = '2026-10-05 08:00:00' where released_at is not null",
    );
    file(&q1).expect(303);
    assert!(
        hr.post(&page, &approve("1"))
            .expect(422)
            .has("under appeal")
    );
    db.run("update appeal set decision = 'upheld', decided_at = '2026-10-06 08:00:00'");
    hr.post(&page, &approve("1")).expect(303);
    hr.post(&page, &approve("1")).expect(409);
    assert!(q1.get(&paper).expect(200).has("Star of service"));
    employee(db, "P1").get(&page).expect(404);
    // Published is published.
    let sent = [("name_zh", "x"), ("row_version", "2")];
    assert_ne!(hr.post("/rewards/rules/once/edit", &sent).status, 303);
}

fn what_people_state_of_themselves_is_theirs_and_not_in_the_trail(db: &TestDb) {
    cycle(db, State::Calibration);
    let p1 = employee(db, "P1");
    p1.post("/me/groups", &[("gender", "dragon")]).expect(422);
    p1.post(
        "/me/groups",
        &[("gender", "female"), ("age_band", "25_to_34")],
    )
    .expect(303);
    assert_eq!(db.count("staff_group"), 2);
    let trail = db.rows("audit_event").join("\n");
    assert!(!trail.contains("female") && !trail.contains("25_to_34"));
    let page = hr(db).get("/cycles/2026Q3/fairness").expect(200);
    assert!(
        page.has("not two groups of at least five"),
        "{}",
        page.text()
    );
    assert!(!page.has("Female"));
    p1.post("/me/groups", &[("gender", ""), ("age_band", "")])
        .expect(303);
    assert_eq!(db.count("staff_group"), 0);
    hr(db).get("/me/groups").expect(404);
}

fn a_cycle_by_figures_alone_releases_as_it_always_did(db: &TestDb) {
    company(db);
    create_cycle(
        db,
        CODE,
        &REVIEWED.replace("reviews = true", "reviews = false"),
    );
    advance_at(db, CODE, State::Feedback, false, now()).unwrap();
    assert_eq!(released(db).len(), 6);
    advance_at(db, CODE, State::Closed, false, now()).unwrap();
    let body = db.line("select body_json as line from snapshot where subject = '2026Q3/P1'");
    assert!(!body.contains("adjustments"), "{body}");
}

fn what_waits_for_whom_is_told(db: &TestDb) {
    cycle(db, State::Calibration);
    let due = |no: &str| -> Vec<(&'static str, Option<NaiveDate>, String)> {
        let found = due_of(db, no, now().date());
        found
            .into_iter()
            .map(|d| (d.what.key, d.by, d.link))
            .collect()
    };
    let keys = |no: &str| due(no).into_iter().map(|d| d.0).collect::<Vec<_>>();
    session(db, "A", "M2");
    assert_eq!(keys("M2"), ["due-calibration"]);
    assert_eq!(keys("M1"), Vec::<&str>::new());
    advance(db, State::Feedback);
    assert_eq!(keys("M2"), ["due-release"]);
    // Ten working days after the 5th, with the 10th worked.
    assert_eq!(
        due("M2")[0].1,
        Some(crate::support::make::day("2026-10-20"))
    );
    assert_eq!(keys("M1"), ["due-release", "due-release"]);
    run(db, &["cycle", "release", CODE]).fine();
    assert_eq!(keys("M2"), ["due-acknowledge", "due-talk"]);
    let q1 = employee(db, "Q1");
    assert_eq!(keys("Q1"), ["due-acknowledge"]);
    q1.post("/cycles/2026Q3/people/Q1/acknowledgement", &[])
        .expect(303);
    assert_eq!(keys("Q1"), Vec::<&str>::new());
}

fn the_pages_of_outcomes_ask_few_queries(db: &TestDb) {
    queries::install();
    cycle(db, State::Calibration);
    let session = session(db, "A, B", "M2");
    let hr = hr(db);
    let count = |pages: &[(&str, usize)]| {
        for (path, most) in pages {
            hr.get(path).expect(200);
            queries::at_most(db.db.address(), *most, path, || {
                hr.get(path).expect(200);
            });
        }
    };
    let person = format!("{session}/people/P1");
    count(&[
        ("/cycles/2026Q3/fairness", 10),
        ("/cycles/2026Q3/calibration", 6),
        (&session, 10),
        (&person, 10),
        ("/rewards", 6),
        ("/rewards/rules", 6),
        ("/appeals", 6),
    ]);
    advance(db, State::Feedback);
    count(&[
        ("/cycles/2026Q3/release", 10),
        ("/cycles/2026Q3/people/P1/feedback", 10),
        ("/cycles/2026Q3/people/P1/appeal", 10),
    ]);
}

/// Releases everything, at the tests' time.
fn release_all(db: &TestDb) {
    run(db, &["cycle", "release", CODE, "--force", "--reason", "x"]).fine();
    db.run("update evaluation set released_at = '2026-10-05 08:00:00'");
}

fn whoever_changed_a_result_does_not_decide_the_appeal_on_it(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "B", "M1");
    let m1 = employee(db, "M1");
    change(db, &m1, &session, "Q1", "99").expect(303);
    advance(db, State::Feedback);
    release_all(db);
    file(&employee(db, "Q1")).expect(303);
    let named = |no: &str| {
        let sent = [("reviewer", no), ("row_version", "1")];
        hr(db).post(&format!("{APPEAL}/reviewer"), &sent)
    };
    let page = named("M1").expect(422);
    assert!(
        page.has("changed the result in calibration"),
        "{}",
        page.text()
    );
    assert_eq!(db.count("appeal"), 1);
    named("P1").expect(303);
    // Named all the same, they are refused where they decide.
    db.run(
        "update appeal set employee_heard = 'x', manager_heard = 'x', \
         reviewer_id = (select id from staff where employee_no = 'M1')",
    );
    let decision = [
        ("decision", "upheld"),
        ("reason", "it was right"),
        ("row_version", "2"),
    ];
    let page = m1
        .post(&format!("{APPEAL}/decision"), &decision)
        .expect(422);
    assert!(
        page.has("changed the result in calibration"),
        "{}",
        page.text()
    );
    db.run("update appeal set reviewer_id = (select id from staff where employee_no = 'P1')");
    employee(db, "P1")
        .post(&format!("{APPEAL}/decision"), &decision)
        .expect(303);
}

fn a_released_result_leaves_a_trace_by_whichever_page_it_is_opened(db: &TestDb) {
    cycle(db, State::Calibration);
    let session = session(db, "A", "M2");
    let traces = || {
        db.lines(
            "select subject as line from audit_event where action = 'result-opened' order by id",
        )
    };
    let (m2, hr, own) = (employee(db, "M2"), hr(db), employee(db, "P1"));
    let feedback = "/cycles/2026Q3/people/P1/feedback";
    let of_session = format!("{session}/people/P1");
    advance(db, State::Feedback);
    for page in [&session, &of_session] {
        m2.get(page).expect(200);
    }
    hr.get(feedback).expect(200);
    assert_eq!(traces(), Vec::<String>::new(), "nothing is released");
    release_all(db);
    own.get(feedback).expect(200);
    assert_eq!(traces(), Vec::<String>::new(), "one's own");
    hr.get(feedback).expect(200);
    m2.get(&session).expect(200);
    m2.get(&of_session).expect(200);
    let number = session.rsplit('/').next().unwrap();
    assert_eq!(
        traces(),
        [
            "2026Q3/P1".to_string(),
            format!("2026Q3/calibration/{number}"),
            "2026Q3/P1".to_string()
        ]
    );
}
