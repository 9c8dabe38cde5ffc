//! Reviews in the browser: who writes and who reads which, that colleagues cannot be told apart, that a submitted
//! review freezes, that nothing typed is lost.

use espalier::access::Role;
use espalier::appraisals::model::result::{Missing, PersonResult};
use espalier::appraisals::store::{cycles, due, results};
use espalier::snapshots;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{AGREED, REVIEWED_BY_ALL, day, due_of, records, staff, teams};
use crate::support::program::{build, create_cycle, force_to, run};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    each_relation_reads_what_it_may,
    a_self_review_is_drafted_sent_once_and_then_read_by_those_above,
    a_review_needs_a_note_where_it_is_extreme_and_comes_back_filled,
    a_submitted_review_freezes_the_result_and_nothing_later_moves_it,
    the_manager_writes_and_somebody_above_only_where_they_cannot,
    of_two_who_write_the_same_review_the_second_sees_both,
    the_pages_of_reviews_ask_few_queries,
    the_home_page_asks_few_queries_while_three_cycles_ask_for_something,
    my_team_says_how_far_everybody_is,
    what_is_due_soon_is_told_once_for_each_day,
    what_was_said_stands_in_the_bundle_for_those_who_may_read_it,
    a_review_is_given_back_with_a_reason_by_those_above_the_writer,
    colleagues_are_named_by_the_person_and_confirmed_by_the_manager,
    nobody_can_tell_who_said_what,
    fewer_than_three_colleagues_are_never_shown,
    somebody_who_declines_is_replaced,
    a_draft_is_its_authors_alone_and_goes_when_it_is_sent,
    an_earlier_manager_is_asked_for_a_note,
    whoever_is_left_without_a_review_is_frozen_without_it,
    what_is_due_is_named_for_everybody,
    the_list_of_reviews_is_narrowed_to_ones_reach,
}

/// A head, two managers, one team of six. P1 came from M2 in the middle of the quarter.
fn company(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         H1,王强,Wang Qiang,HQ,head,,2015-01-05\n\
         M1,赵敏,Zhao Min,A,manager,H1,2015-01-05\n\
         M2,孙磊,Sun Lei,B,manager,H1,2015-01-05\n\
         P1,张伟,Zhang Wei,B,agent,M2,2015-03-02\n\
         P2,李娜,Li Na,A,agent,M1,2015-03-02\n\
         P3,陈杰,Chen Jie,A,agent,M1,2015-03-02\n\
         P4,刘洋,Liu Yang,A,agent,M1,2015-03-02\n\
         P5,杨静,Yang Jing,A,agent,M1,2015-03-02\n\
         P6,黄勇,Huang Yong,A,agent,M1,2015-03-02\n",
    )
    .load(db);
    staff("employee_no,name,name_en,team,job_role,manager,valid_from\nP1,张伟,Zhang Wei,A,agent,M1,2026-08-10\n")
        .load(db);
    let mut csv = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    for person in ["P1", "P2"] {
        for at in 0..10 {
            csv.push_str(&format!(
                "{person}-{at},2026-08-{:02} 10:00,{person},yes,no,{}\n",
                at + 15,
                1 + at % 5
            ));
        }
    }
    records(&csv).load(db);
    create_cycle(db, "2026Q3", REVIEWED_BY_ALL);
    force_to(db, "2026Q3", "evaluation");
}

fn as_person(db: &TestDb, no: &str) -> Browser {
    somebody(db, &[], Some(no))
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn about(no: &str, page: &str) -> String {
    format!("/cycles/2026Q3/people/{no}/{page}")
}

const CRITERIA: [&str; 4] = ["communication", "service", "problem_solving", "teamwork"];
const PEER_CRITERIA: [&str; 4] = ["reliability", "helpfulness", "sharing", "respect"];

/// The fields of a sheet: the same level everywhere, and closing words.
fn sheet(criteria: &[&str], level: i64, words: &str, version: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = criteria
        .iter()
        .map(|c| (format!("r_{c}"), (level * 100).to_string()))
        .collect();
    fields.push(("summary".to_string(), words.to_string()));
    fields.push(("row_version".to_string(), version.to_string()));
    fields
}

fn send(browser: &Browser, address: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    browser.post(address, &fields)
}

fn review(browser: &Browser, no: &str, level: i64) {
    let fields = sheet(&CRITERIA, level, "a steady quarter", "1");
    send(browser, &about(no, "review"), &fields).expect(303);
}

fn frozen(db: &TestDb, no: &str) -> Option<(i32, PersonResult, String)> {
    let subject = format!("2026Q3/{no}");
    let newest = db
        .db
        .read(|conn| snapshots::newest(conn, "person", &subject))
        .unwrap()?;
    Some((newest.version_no, newest.parse().unwrap(), newest.body_json))
}

/// Names colleagues for somebody and has them confirmed.
fn ask(db: &TestDb, no: &str, peers: &[&str]) {
    let names: Vec<String> = (1..=peers.len()).map(|at| format!("peer_{at}")).collect();
    for who in [no, "M1"] {
        let browser = as_person(db, who);
        let version = browser
            .get(&about(no, "peers"))
            .expect(200)
            .value("row_version");
        let mut fields: Vec<(&str, &str)> = names
            .iter()
            .map(String::as_str)
            .zip(peers.iter().copied())
            .collect();
        fields.push(("row_version", &version));
        browser.post(&about(no, "peers"), &fields).expect(303);
    }
}

fn answer(db: &TestDb, peer: &str, no: &str, level: i64) {
    let words = format!("said by {peer}");
    let fields = sheet(&PEER_CRITERIA, level, &words, "1");
    let page = send(&as_person(db, peer), &about(no, "peer-review"), &fields).expect(303);
    // The address says neither of whom nor about what.
    assert_eq!(page.location(), "/?said=peer-sent");
}

fn close(db: &TestDb) {
    hr(db)
        .post("/cycles/2026Q3/reviews/close-peers", &[])
        .expect(303);
}

fn each_relation_reads_what_it_may(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    // Of the pages of P1 in evaluation: own, peers, review, a colleague's sheet, an earlier manager's note.
    let pages = ["self", "peers", "review", "peer-review", "note"];
    let outsider = "P6";
    let head = "H1";
    for (who, expected) in [
        (as_person(db, "P1"), [200, 200, 404, 404, 404]),
        (as_person(db, "P2"), [404, 404, 404, 200, 404]),
        (as_person(db, "M1"), [200, 200, 200, 404, 404]),
        (as_person(db, head), [200, 200, 200, 404, 404]),
        (as_person(db, "M2"), [404, 404, 404, 404, 200]),
        (as_person(db, outsider), [404, 404, 404, 404, 404]),
        (hr(db), [200, 200, 200, 404, 404]),
        (
            somebody(db, &[Role::Auditor], None),
            [200, 200, 200, 404, 404],
        ),
        (
            somebody(db, &[Role::Leadership], None),
            [403, 403, 403, 403, 403],
        ),
    ] {
        let found = pages.map(|page| who.get(&about("P1", page)).status);
        assert_eq!(found, expected, "{}", who.login(db));
    }
    // Whoever may not write is refused, also who may read.
    let fields = sheet(&CRITERIA, 3, "x", "1");
    for who in [hr(db), somebody(db, &[Role::Auditor], None)] {
        send(&who, &about("P1", "review"), &fields).expect(403);
        send(&who, &about("P1", "self"), &fields).expect(403);
    }
    for who in ["P1", "P2", "M2"] {
        send(&as_person(db, who), &about("P1", "review"), &fields).expect(404);
    }
    assert!(frozen(db, "P1").is_none());
}

fn a_self_review_is_drafted_sent_once_and_then_read_by_those_above(db: &TestDb) {
    company(db);
    let person = as_person(db, "P1");
    let keep = "/drafts?form=self&subject=2026Q3%2FP1&back=%2Fx";
    person
        .post(keep, &[("summary", "half a thought"), ("row_version", "1")])
        .expect(303);
    let manager = as_person(db, "M1");
    assert!(
        !manager
            .get(&about("P1", "self"))
            .expect(200)
            .has("half a thought")
    );
    assert!(
        person
            .get(&about("P1", "self"))
            .expect(200)
            .has("half a thought")
    );
    let mut fields = sheet(&CRITERIA, 4, "my own words", "1");
    fields.push(("k_sla".to_string(), "the phones were down".to_string()));
    fields.push(("once".to_string(), "0123456789abcdef".to_string()));
    for _ in 0..2 {
        send(&person, &about("P1", "self"), &fields).expect(303);
    }
    let read = manager.get(&about("P1", "review")).expect(200);
    assert!(read.has("my own words") && read.has("the phones were down"));
    let own = person.get(&about("P1", "self")).expect(200);
    assert!(own.has("my own words") && !own.has("name=\"summary\""));
    fields.pop();
    send(&person, &about("P1", "self"), &fields).expect(409);
    let sent = "select count(*) || '' as line from audit_event where action = 'review.self'";
    assert_eq!(db.line(sent), "1");
}

fn a_review_needs_a_note_where_it_is_extreme_and_comes_back_filled(db: &TestDb) {
    company(db);
    let manager = as_person(db, "M1");
    let mut fields = sheet(&CRITERIA, 3, "kept words", "1");
    fields[0].1 = "500".to_string();
    let page = send(&manager, &about("P1", "review"), &fields).expect(422);
    assert!(page.has("kept words") && page.has("href=\"#f-n_communication\""));
    assert!(
        page.has("name=\"r_communication\" value=\"500\" id") || page.has("value=\"500\" checked")
    );
    fields.push(("n_communication".to_string(), "wrote the guide".to_string()));
    let unknown = [
        fields.clone(),
        vec![("r_luck".to_string(), "300".to_string())],
    ]
    .concat();
    send(&manager, &about("P1", "review"), &unknown).expect(400);
    fields.retain(|f| f.0 != "r_teamwork");
    send(&manager, &about("P1", "review"), &fields).expect(422);
    fields.push(("r_teamwork".to_string(), "na".to_string()));
    send(&manager, &about("P1", "review"), &fields).expect(303);
    let (_, result, _) = frozen(db, "P1").unwrap();
    let criteria = result.competencies.unwrap().criteria;
    // 30 % at 120, twice 25 % at 100, 20 % not applicable: (3600 + 5000) / 80 %.
    assert_eq!(criteria[0].points_h, Some(12_000));
    assert_eq!(criteria[3].points_h, None);
    assert_eq!(result.competency_h, Some(10_750));
}

fn a_submitted_review_freezes_the_result_and_nothing_later_moves_it(db: &TestDb) {
    company(db);
    review(&as_person(db, "M1"), "P1", 4);
    let (version, result, body) = frozen(db, "P1").unwrap();
    assert_eq!((version, result.competency_h), (1, Some(11_000)));
    let kpi = result.kpi_score_h.unwrap();
    assert_eq!(result.total_h, Some((kpi * 7 + 11_000 * 3 + 5) / 10));
    assert!(result.missing.iter().all(|m| *m != Missing::Review));
    // The figures of others were read for nobody else.
    let copied = "select total_h || '' as line from evaluation join staff on staff.id = staff_id \
                  where employee_no = 'P1'";
    assert_eq!(db.line(copied), result.total_h.unwrap().to_string());
    records("id,opened_at,employee,sla_met,reopened,csat\nlate,2026-08-20 10:00,P1,no,yes,1\n")
        .load(db);
    force_to(db, "2026Q3", "closed");
    let (after, _, same) = frozen(db, "P1").unwrap();
    assert_eq!((after, same), (1, body));
    // Beside those who were frozen without one.
    let (_, other, _) = frozen(db, "P2").unwrap();
    assert!(other.missing.contains(&Missing::Review) && other.competencies.is_none());
    let wrong = db.db.read(results::wrong_copies).unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    let page = as_person(db, "P1")
        .get("/cycles/2026Q3/people/P1")
        .expect(200);
    assert!(page.has("a steady quarter") && page.has("Problem solving"));
}

/// HR has somebody above write in the manager's stead.
fn pass_on(db: &TestDb, no: &str, to: &str) -> Page {
    let hr = hr(db);
    let seen = hr.get(&about(no, "review")).expect(200);
    let seen = seen.value("row_version");
    let sent = [("to", to), ("reason", "on leave"), ("row_version", &seen)];
    hr.post(&about(no, "review/pass-on"), &sent)
}

fn the_manager_writes_and_somebody_above_only_where_they_cannot(db: &TestDb) {
    company(db);
    let (manager, head) = (as_person(db, "M1"), as_person(db, "H1"));
    let address = about("P1", "review");
    let writes = |browser: &Browser| {
        let page = browser.get(&address).expect(200);
        page.has("id=\"write-h\"")
    };
    let fields = sheet(&CRITERIA, 3, "from above", "1");
    assert!(writes(&manager) && !writes(&head) && !writes(&hr(db)));
    send(&head, &address, &fields).expect(403);
    send(&hr(db), &address, &fields).expect(403);
    // Not to whoever is nobody above, has no account, or is the person; not without a reason; by HR alone.
    for to in ["M2", "P1", "NOBODY", ""] {
        let page = pass_on(db, "P1", to).expect(422);
        assert!(page.has("on leave"), "{to}");
    }
    let pass = about("P1", "review/pass-on");
    let without = [("to", "H1"), ("reason", " "), ("row_version", "1")];
    hr(db).post(&pass, &without).expect(422);
    let stale = [("to", "H1"), ("reason", "x"), ("row_version", "0")];
    hr(db).post(&pass, &stale).expect(409);
    for other in [&manager, &head] {
        other.post(&pass, &without).expect(403);
    }
    assert_eq!(pass_on(db, "P1", "H1").expect(303).status, 303);
    assert!(writes(&head));
    assert!(head.get("/inbox").expect(200).has("on leave"));
    assert!(
        due_of(db, "H1", day("2026-10-05"))
            .iter()
            .any(|d| d.what.key == "due-review" && d.link == address)
    );
    let version = head.get(&address).expect(200).value("row_version");
    let fields = sheet(&CRITERIA, 3, "from above", &version);
    send(&head, &address, &fields).expect(303);
    // What somebody above wrote is not the manager's to give back.
    let back = [("reason", "no"), ("row_version", "3")];
    manager
        .post(&about("P1", "review/return"), &back)
        .expect(403);
    // A manager without an account in use, or who has left, is stood in for without HR.
    let other = about("P2", "review");
    let of_p2 = |browser: &Browser| browser.get(&other).expect(200).has("id=\"write-h\"");
    assert!(!of_p2(&head));
    db.run("update staff set left_on = '2026-09-30' where employee_no = 'M1'");
    assert!(of_p2(&head));
    db.run("update staff set left_on = null where employee_no = 'M1'");
    assert!(!of_p2(&head));
    db.run(
        "update account set disabled_at = '2026-10-01 00:00:00' \
         where staff_id = (select id from staff where employee_no = 'M1')",
    );
    assert!(of_p2(&head) && !of_p2(&hr(db)));
    // HR where there is no manager.
    assert!(
        hr(db)
            .get(&about("H1", "review"))
            .expect(200)
            .has("id=\"write-h\"")
    );
}

fn of_two_who_write_the_same_review_the_second_sees_both(db: &TestDb) {
    company(db);
    let (manager, head) = (as_person(db, "M1"), as_person(db, "H1"));
    pass_on(db, "P1", "H1").expect(303);
    let seen = head
        .get(&about("P1", "review"))
        .expect(200)
        .value("row_version");
    let fields = sheet(&CRITERIA, 4, "a steady quarter", &seen);
    send(&manager, &about("P1", "review"), &fields).expect(303);
    let page = send(
        &head,
        &about("P1", "review"),
        &sheet(&CRITERIA, 2, "mine", &seen),
    )
    .expect(409);
    assert!(page.has("mine") && page.has("a steady quarter"));
    assert_eq!(frozen(db, "P1").unwrap().0, 1);
}

fn a_review_is_given_back_with_a_reason_by_those_above_the_writer(db: &TestDb) {
    company(db);
    let (manager, head) = (as_person(db, "M1"), as_person(db, "H1"));
    review(&manager, "P1", 4);
    let back = about("P1", "review/return");
    let reason = [("reason", "which calls?"), ("row_version", "2")];
    manager.post(&back, &reason).expect(403);
    somebody(db, &[Role::Auditor], None)
        .post(&back, &reason)
        .expect(403);
    head.post(&back, &[("reason", " "), ("row_version", "2")])
        .expect(422);
    head.post(&back, &reason).expect(303);
    let page = manager.get(&about("P1", "review")).expect(200);
    assert!(page.has("which calls?") && page.has("a steady quarter"));
    let version = page.value("row_version");
    send(
        &manager,
        &about("P1", "review"),
        &sheet(&CRITERIA, 3, "again", &version),
    )
    .expect(303);
    let (version, result, _) = frozen(db, "P1").unwrap();
    assert_eq!((version, result.competency_h), (2, Some(10_000)));
}

fn colleagues_are_named_by_the_person_and_confirmed_by_the_manager(db: &TestDb) {
    company(db);
    let person = as_person(db, "P1");
    let name = |browser: &Browser, peers: &[&str], version: &str| {
        let names: Vec<String> = (1..=peers.len()).map(|at| format!("peer_{at}")).collect();
        let mut fields: Vec<(&str, &str)> = names
            .iter()
            .map(String::as_str)
            .zip(peers.iter().copied())
            .collect();
        fields.push(("row_version", version));
        browser.post(&about("P1", "peers"), &fields)
    };
    for wrong in [
        &["P2", "P3"][..],
        &["P2", "P3", "P3"],
        &["P2", "P3", "P1"],
        &["P2", "P3", "M1"],
        &["P2", "P3", "H1"],
        &["P2", "P3", "NOBODY"],
    ] {
        name(&person, wrong, "1").expect(422);
    }
    name(&person, &["P2", "P3", "M2"], "1").expect(303);
    name(&person, &["P2", "P3", "P4"], "1").expect(409);
    // Nobody is asked before the manager says so.
    as_person(db, "P2")
        .get(&about("P1", "peer-review"))
        .expect(404);
    name(&as_person(db, "P2"), &["P3", "P4", "P5"], "2").expect(404);
    name(&as_person(db, "M1"), &["P2", "P3", "P4"], "2").expect(303);
    as_person(db, "M2")
        .get(&about("P1", "peer-review"))
        .expect(404);
    as_person(db, "P2")
        .get(&about("P1", "peer-review"))
        .expect(200);
    name(&person, &["P2", "P3", "P5"], "3").expect(403);
}

/// Every reader's view of P1's colleagues, their review and the list.
fn readings(db: &TestDb) -> Vec<String> {
    let mut found = Vec::new();
    for browser in [
        as_person(db, "P1"),
        as_person(db, "M1"),
        as_person(db, "H1"),
        hr(db),
        somebody(db, &[Role::Auditor], None),
    ] {
        for address in [
            about("P1", "peers"),
            about("P1", "review"),
            "/cycles/2026Q3/people/P1".to_string(),
            "/cycles/2026Q3/reviews".to_string(),
            "/cycles/2026Q3/reviews.csv".to_string(),
        ] {
            found.push(browser.get(&address).text());
        }
    }
    found
}

fn nobody_can_tell_who_said_what(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4", "P5"]);
    for (peer, level) in [("P2", 2), ("P3", 4), ("P4", 5)] {
        answer(db, peer, "P1", level);
        // Between one reading and the next nothing of the answer shows.
        for text in readings(db) {
            assert!(!text.contains("said by"), "{text}");
        }
    }
    let manager = as_person(db, "M1").get(&about("P1", "peers")).expect(200);
    assert!(manager.has("3 of 4") && !manager.has("Not answered yet"));
    let seen_by_hr = hr(db).get(&about("P1", "peers")).expect(200).text();
    let (_, missing) = seen_by_hr.split_once("Not answered yet").unwrap();
    assert!(missing.contains("P5") && !missing.split("</section>").next().unwrap().contains("P2"));
    close(db);
    // No more answers come in.
    let late = sheet(&PEER_CRITERIA, 1, "too late", "1");
    send(&as_person(db, "P5"), &about("P1", "peer-review"), &late).expect(404);
    for browser in [as_person(db, "P1"), as_person(db, "M1"), hr(db)] {
        let page = browser.get(&about("P1", "peers")).expect(200);
        // (2 + 4 + 5) / 3 in whole levels.
        assert!(page.has("<b>4</b>") && !page.has("3.67") && !page.has("Not answered yet"));
        assert!(page.has("said by P2") && page.has("said by P4"));
    }
    // What is stored names nobody: not the sheets, not the trail, not the drafts.
    let rater =
        "select count(*) || '' as line from sheet where role = 'peer' and rater_id is not null";
    assert_eq!(db.line(rater), "0");
    let moments =
        "select count(distinct submitted_at) || '' as line from sheet where role = 'peer'";
    assert_eq!(db.line(moments), "1");
    let trail = db.lines(
        "select actor || ' ' || action || ' ' || subject || ' ' || detail_json as line from audit_event \
         where action like 'peers.%' order by id",
    );
    assert!(
        trail.contains(&"a peer peers.answer 2026Q3 {\"answers\":3}".to_string()),
        "{trail:?}"
    );
    assert_eq!(trail.iter().filter(|t| t.contains("answer")).count(), 1);
    // By name only who was asked, by whom, and who closed the stage.
    let named = trail.iter().filter(|t| !t.starts_with("a peer "));
    let mut did: Vec<&str> = named.map(|t| t.split(' ').nth(1).unwrap()).collect();
    did.dedup();
    assert_eq!(did, ["peers.propose", "peers.confirm", "peers.close"]);
    // The frozen result holds whole levels and no words.
    review(&as_person(db, "M1"), "P1", 3);
    let (_, result, body) = frozen(db, "P1").unwrap();
    assert_eq!(result.peers.unwrap().means[0].mean, Some(4));
    assert!(!body.contains("said by"));
}

fn fewer_than_three_colleagues_are_never_shown(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    answer(db, "P2", "P1", 2);
    answer(db, "P3", "P1", 4);
    close(db);
    for text in readings(db) {
        assert!(!text.contains("said by"), "{text}");
        assert!(!text.contains("2 of 3"));
    }
    review(&as_person(db, "M1"), "P1", 3);
    assert_eq!(frozen(db, "P1").unwrap().1.peers, None);
}

fn somebody_who_declines_is_replaced(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    let colleague = as_person(db, "P2");
    let decline = about("P1", "peer-review/decline");
    colleague
        .post(&decline, &[("row_version", "1")])
        .expect(303);
    colleague.get(&about("P1", "peer-review")).expect(404);
    let manager = as_person(db, "M1");
    let page = manager.get(&about("P1", "peers")).expect(200);
    assert!(page.has("0 of 2"));
    let version = page.value("row_version");
    let another = [("peer_1", "P5"), ("row_version", version.as_str())];
    manager.post(&about("P1", "peers"), &another).expect(303);
    as_person(db, "P5")
        .get(&about("P1", "peer-review"))
        .expect(200);
    let page = manager.get(&about("P1", "peers")).expect(200);
    assert!(page.has("0 of 3"));
}

fn a_draft_is_its_authors_alone_and_goes_when_it_is_sent(db: &TestDb) {
    company(db);
    let (manager, head) = (as_person(db, "M1"), as_person(db, "H1"));
    let keep = "/drafts?form=review&subject=2026Q3%2FP1&back=%2Fcycles&quiet=yes";
    let said = manager
        .post(keep, &[("summary", "not yet"), ("row_version", "1")])
        .expect(200);
    assert!(said.text().starts_with("Saved "), "{}", said.text());
    assert!(
        manager
            .get(&about("P1", "review"))
            .expect(200)
            .has("not yet")
    );
    for browser in [head, hr(db), as_person(db, "P1")] {
        assert!(!browser.get(&about("P1", "review")).has("not yet"));
        assert!(!browser.get("/cycles/2026Q3/reviews.csv").has("not yet"));
    }
    review(&manager, "P1", 3);
    assert_eq!(db.count("draft"), 0);
    // A draft begun before somebody else wrote is shown beside what is stored.
    manager
        .post(keep, &[("summary", "too late"), ("row_version", "1")])
        .expect(200);
    let reason = [("reason", "more"), ("row_version", "2")];
    as_person(db, "H1")
        .post(&about("P1", "review/return"), &reason)
        .expect(303);
    let page = manager.get(&about("P1", "review")).expect(200);
    assert!(page.has("too late") && page.has("a steady quarter"));
    assert!(page.has("Somebody else changed this"));
    manager
        .post(&format!("{keep}&discard=yes"), &[])
        .expect(200);
    assert_eq!(db.count("draft"), 0);
    manager
        .post("/drafts?form=NO&subject=x&back=%2F", &[])
        .expect(400);
}

fn an_earlier_manager_is_asked_for_a_note(db: &TestDb) {
    company(db);
    let before = as_person(db, "M2");
    let fields = [("summary", "calm under pressure"), ("row_version", "1")];
    before.post(&about("P1", "note"), &fields).expect(303);
    assert!(
        as_person(db, "M1")
            .get(&about("P1", "review"))
            .has("calm under pressure")
    );
    assert!(
        !as_person(db, "P1")
            .get(&about("P1", "self"))
            .has("calm under pressure")
    );
    as_person(db, "M2").get(&about("P2", "note")).expect(404);
}

fn whoever_is_left_without_a_review_is_frozen_without_it(db: &TestDb) {
    company(db);
    let cycle = db.db.read(|conn| cycles::find(conn, "2026Q3")).unwrap();
    assert!(cycle.rules.reviews);
    review(&as_person(db, "M1"), "P1", 3);
    // Given back and not written again: the version that was frozen stays, and a new one says what is missing.
    let reason = [("reason", "more"), ("row_version", "2")];
    as_person(db, "H1")
        .post(&about("P1", "review/return"), &reason)
        .expect(303);
    force_to(db, "2026Q3", "calibration");
    let (version, result, _) = frozen(db, "P1").unwrap();
    assert_eq!(version, 2);
    assert!(result.missing.contains(&Missing::Review) && result.competency_h.is_none());
    let fields = sheet(&CRITERIA, 3, "late", "3");
    send(&as_person(db, "M1"), &about("P1", "review"), &fields).expect(409);
}

fn what_is_due_is_named_for_everybody(db: &TestDb) {
    company(db);
    let due = |no: &str| -> Vec<(&'static str, String)> {
        let found = due_of(db, no, day("2026-10-05"));
        found.into_iter().map(|d| (d.what.key, d.link)).collect()
    };
    let one = |what: &'static str, no: &str, page: &str| (what, about(no, page));
    assert_eq!(
        due("P1"),
        [
            one("due-self-review", "P1", "self"),
            one("due-name-peers", "P1", "peers")
        ]
    );
    assert!(due("M2").contains(&one("due-former-note", "P1", "note")));
    assert_eq!(due("M1").iter().filter(|d| d.0 == "due-review").count(), 6);
    ask(db, "P1", &["P2", "P3", "P4"]);
    assert_eq!(due("P1"), [one("due-self-review", "P1", "self")]);
    assert!(due("P2").contains(&one("due-peer-review", "P1", "peer-review")));
    answer(db, "P2", "P1", 3);
    assert!(!due("P2").contains(&one("due-peer-review", "P1", "peer-review")));
    review(&as_person(db, "M1"), "P1", 3);
    assert_eq!(due("M1").iter().filter(|d| d.0 == "due-review").count(), 5);
    force_to(db, "2026Q3", "calibration");
    for no in ["P1", "P2", "M1", "M2", "H1"] {
        assert_eq!(due(no), []);
    }
}

fn the_list_of_reviews_is_narrowed_to_ones_reach(db: &TestDb) {
    company(db);
    let numbers = |browser: &Browser, query: &str| -> Vec<String> {
        let csv = browser
            .get(&format!("/cycles/2026Q3/reviews.csv{query}"))
            .expect(200)
            .text();
        csv.lines()
            .skip(1)
            .map(|l| l.split(',').next().unwrap().to_string())
            .collect()
    };
    assert_eq!(numbers(&as_person(db, "M1"), "").len(), 6);
    assert_eq!(numbers(&as_person(db, "H1"), "").len(), 8);
    assert_eq!(numbers(&hr(db), "").len(), 9);
    assert!(numbers(&as_person(db, "P1"), "").is_empty());
    review(&as_person(db, "M1"), "P1", 3);
    assert_eq!(numbers(&as_person(db, "M1"), "?show=submitted"), ["P1"]);
    assert_eq!(numbers(&as_person(db, "M1"), "?show=waiting").len(), 5);
    let page = as_person(db, "M1")
        .get("/cycles/2026Q3/reviews")
        .expect(200);
    assert!(page.has("Zhang Wei") && !page.has("Wang Qiang"));
}

fn the_pages_of_reviews_ask_few_queries(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    for peer in ["P2", "P3", "P4"] {
        answer(db, peer, "P1", 3);
    }
    send(
        &as_person(db, "P1"),
        &about("P1", "self"),
        &sheet(&CRITERIA, 3, "my quarter", "1"),
    )
    .expect(303);
    close(db);
    let manager = as_person(db, "M1");
    let note = [
        ("kind", "praise"),
        ("day", "2026-08-20"),
        ("body", "kind to a caller"),
    ];
    manager.post("/people/P1/notes/new", &note).expect(303);
    let drafted = [
        ("form", "review"),
        ("subject", "2026Q3/P1"),
        ("back", "/"),
        ("summary", "half a thought"),
    ];
    manager.post(
        "/drafts?form=review&subject=2026Q3/P1&back=/",
        &drafted[3..],
    );
    let address = db.db.address();
    for (who, page, most) in [
        (&manager, "review", 10),
        (&manager, "peers", 10),
        (&manager, "self", 10),
        (&hr(db), "review", 10),
        (&as_person(db, "P1"), "self", 10),
    ] {
        let page = about("P1", page);
        who.get(&page).expect(200);
        queries::at_most(address, most, &page, || {
            who.get(&page).expect(200);
        });
    }
    for page in ["/cycles/2026Q3/reviews", "/my-team"] {
        manager.get(page).expect(200);
        queries::at_most(address, 6, page, || {
            manager.get(page).expect(200);
        });
    }
}

/// A cycle in feedback before the one in evaluation, and one at goals after it.
fn three_cycles(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q2", REVIEWED_BY_ALL);
    force_to(db, "2026Q2", "feedback");
    create_cycle(db, "2026Q4", AGREED);
    force_to(db, "2026Q4", "goal_setting");
}

fn the_home_page_asks_few_queries_while_three_cycles_ask_for_something(db: &TestDb) {
    three_cycles(db);
    let everything = [Role::Hr, Role::Administrator];
    for (roles, who, most) in [
        (&everything[..], Some("M1"), 10),
        (&everything[..], None, 10),
        (&[], Some("M1"), 10),
        (&[], Some("P1"), 10),
    ] {
        let browser = somebody(db, roles, who);
        let page = browser.get("/").expect(200);
        if who == Some("M1") {
            assert!(
                ["2026Q2", "2026Q3", "2026Q4"]
                    .iter()
                    .all(|code| page.has(code))
            );
        }
        queries::at_most(db.db.address(), most, "/", || {
            browser.get("/").expect(200);
        });
    }
}

fn my_team_says_how_far_everybody_is(db: &TestDb) {
    three_cycles(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    let manager = as_person(db, "M1");
    review(&manager, "P1", 3);
    let text = manager.get("/my-team").expect(200).text();
    let row = |name: &str| {
        let at = text
            .find(name)
            .unwrap_or_else(|| panic!("{name} in {text}"));
        text[at..].split("</tr>").next().unwrap().to_string()
    };
    let (told, not) = (row("Zhang Wei"), row("Li Na"));
    for said in [
        "review sent",
        "colleagues asked",
        "no self-review",
        "goals not agreed",
        "to be told",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    for said in ["review to write", "no colleagues named"] {
        assert!(not.contains(said), "{said}: {not}");
    }
    assert!(told.contains("/cycles/2026Q3/people/P1/review"));
    // Who leads nobody there sees nobody.
    assert!(
        !as_person(db, "M2")
            .get("/my-team")
            .expect(200)
            .has("Zhang Wei")
    );
    let address = db.db.address();
    queries::at_most(address, 6, "/my-team", || {
        manager.get("/my-team").expect(200);
    });
}

fn what_is_due_soon_is_told_once_for_each_day(db: &TestDb) {
    company(db);
    let (manager, person) = (as_person(db, "M1"), as_person(db, "P1"));
    let evaluation_ends = |on: &str| {
        db.run(&format!(
            "delete from cycle_deadline; insert into cycle_deadline (cycle_id, state, due_on) \
             select id, 'evaluation', '{on}' from cycle"
        ));
    };
    let remind = |on: &str| {
        let at = day(on).and_hms_opt(1, 0, 0).unwrap();
        db.db
            .write(|conn| {
                let zone = espalier::settings::Settings::load(conn)?.zone;
                due::remind_all(conn, at.date(), zone, at)
            })
            .unwrap()
    };
    evaluation_ends("2026-10-12");
    assert_eq!(remind("2026-10-09"), 0);
    assert_eq!(remind("2026-10-10"), 1);
    assert_eq!(remind("2026-10-10"), 0);
    assert_eq!(remind("2026-10-30"), 0);
    // Another day is another reminder.
    evaluation_ends("2026-10-31");
    assert_eq!(remind("2026-10-30"), 1);
    assert!(manager.get("/inbox").expect(200).has("2026-10-31"));
    // Results: to release by the manager, then to read by the person, and the talk to hold.
    force_to(db, "2026Q3", "feedback");
    let entered = day("2016-11-25");
    assert_eq!(remind(&entered.to_string()), 0);
    assert_eq!(remind("2016-12-08"), 1);
    run(
        db,
        &["cycle", "release", "2026Q3", "--force", "--reason", "x"],
    )
    .fine();
    // M1 reads their own result as well.
    assert_eq!(remind("2016-12-08"), 3);
    assert_eq!(remind("2016-12-09"), 0);
    let told = db.lines("select distinct kind as line from message order by kind");
    assert_eq!(
        told,
        [
            "told-due-acknowledge",
            "told-due-release",
            "told-due-review",
            "told-due-talk",
            "told-result-released"
        ]
    );
    assert!(person.get("/inbox").expect(200).has("acknowledge"));
}

fn what_was_said_stands_in_the_bundle_for_those_who_may_read_it(db: &TestDb) {
    company(db);
    ask(db, "P1", &["P2", "P3", "P4"]);
    for peer in ["P2", "P3", "P4"] {
        answer(db, peer, "P1", 4);
    }
    let (person, manager) = (as_person(db, "P1"), as_person(db, "M1"));
    let own = sheet(&CRITERIA, 3, "OWNWORDS", "1");
    send(&person, &about("P1", "self"), &own).expect(303);
    close(db);
    let fields = sheet(&CRITERIA, 4, "MANAGERSWORDS", "1");
    send(&manager, &about("P1", "review"), &fields).expect(303);
    let review = frozen(db, "P1").unwrap().1;
    assert_eq!(review.self_review.unwrap().summary, "OWNWORDS");
    force_to(db, "2026Q3", "feedback");
    let seen = manager.get(&about("P1", "feedback")).expect(200);
    let version = seen.value("row_version");
    let written = [
        ("suggestions", "CANARYSUGGEST"),
        ("support", "CANARYSUPPORT"),
        ("talk_on", ""),
        ("talk_note", "CANARYTALK"),
        ("row_version", &version),
    ];
    manager.post(&about("P1", "feedback"), &written).expect(303);
    db.run(
        "insert into appeal (evaluation_id, filed_at, grounds, due_on, employee_heard, \
           manager_heard, decision_reason, row_version) \
         select id, '2026-10-05 08:00:00', 'CANARYGROUNDS', '2026-10-29', '', '', '', 1 \
         from evaluation where staff_id = (select id from staff where employee_no = 'P1')",
    );
    let built = |folder: &str, audience: &str| build(db, "2026Q3", folder, audience);
    let text = |folder: &std::path::Path, file: &str| {
        std::fs::read_to_string(folder.join(file)).unwrap_or_default()
    };
    let sheet_of = "en/people/P1.html";
    // What is not released is not told; the frozen reviews are.
    let early = text(&built("early", "all"), sheet_of);
    assert!(
        early.contains("OWNWORDS") && early.contains("MANAGERSWORDS"),
        "{early}"
    );
    assert!(early.contains("Mean of colleagues"));
    assert!(!early.contains("CANARYSUGGEST"));
    run(
        db,
        &["cycle", "release", "2026Q3", "--force", "--reason", "x"],
    )
    .fine();
    let told = built("told", "all");
    let before = text(&told, sheet_of);
    assert!(before.contains("CANARYSUGGEST") && before.contains("CANARYSUPPORT"));
    let said = [("statement", "CANARYSTATEMENT")];
    person
        .post(&about("P1", "acknowledgement"), &said)
        .expect(303);
    for (folder, audience) in [("all", "all"), ("team", "team:A"), ("staff", "staff:P1")] {
        let bundle = built(folder, audience);
        let page = text(&bundle, sheet_of);
        for words in [
            "OWNWORDS",
            "MANAGERSWORDS",
            "CANARYSUGGEST",
            "CANARYSTATEMENT",
        ] {
            assert!(page.contains(words), "{audience}: {words}");
        }
        for words in ["said by", "CANARYTALK", "CANARYGROUNDS"] {
            assert!(!page.contains(words), "{audience}: {words}");
        }
        let cycle = text(&bundle, "en/cycle.html");
        let fair = cycle.contains("Fairness and appeals");
        assert_eq!(fair, audience == "all", "{audience}");
    }
    let archive = text(&db.folder().join("all"), "en/cycle.html");
    assert!(archive.contains("Not decided"), "{archive}");
    // Only what changed is made anew.
    let modified = |file: &str| {
        let meta = std::fs::metadata(db.folder().join("told").join(file)).unwrap();
        meta.modified().unwrap()
    };
    let (of_other, of_p1) = (modified("en/people/P2.html"), modified(sheet_of));
    built("told", "all");
    assert_eq!(modified("en/people/P2.html"), of_other);
    assert_ne!(modified(sheet_of), of_p1);
    let leadership = built("leadership", "leadership");
    let cycle = text(&leadership, "en/cycle.html");
    assert!(cycle.contains("Fewer than five are not told apart") && !cycle.contains("Not decided"));
    for file in crate::support::program::files(&leadership) {
        let page = text(&leadership, &file);
        for words in ["OWNWORDS", "MANAGERSWORDS", "CANARY"] {
            assert!(!page.contains(words), "{file}: {words}");
        }
    }
    // A manager stands in the lists of their team once their own result is released.
    let listed = |page: &str| manager.get(page).expect(200).has("Zhao Min</a>");
    for page in ["/reports/2026Q3/cycle", "/reports/2026Q3/teams/A"] {
        assert!(listed(page), "{page}");
    }
    db.run(
        "update evaluation set released_at = null \
         where staff_id = (select id from staff where employee_no = 'M1')",
    );
    for page in ["/reports/2026Q3/cycle", "/reports/2026Q3/teams/A"] {
        assert!(!listed(page), "{page}");
    }
    // The same in the application.
    let page = manager.get("/reports/2026Q3/people/P1").expect(200);
    assert!(page.has("OWNWORDS") && page.has("CANARYSTATEMENT"));
    let page = somebody(db, &[Role::Leadership], None)
        .get("/reports/2026Q3/cycle")
        .expect(200);
    assert!(page.has("Fewer than five are not told apart"));
    assert!(
        !manager
            .get("/reports/2026Q3/cycle")
            .expect(200)
            .has("Fairness and appeals")
    );
}
