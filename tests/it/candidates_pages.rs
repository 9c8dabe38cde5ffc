//! Candidates in the browser: the list, one candidate, their files, two who are one, an application, the board, and
//! what a file brings. Everything that is refused, and who is kept out.

use espalier::access::Role;
use espalier::recruitment::import::CANDIDATES;
use espalier::recruitment::model::resume;
use espalier::recruitment::resumes;
use espalier::recruitment::store::applications::{Answer, receive, receive_all};

use crate::both;
use crate::support::db::TestDb;
use crate::support::hiring::{application, applied, opening, person, stage};
use crate::support::make::{actor, company, did, file, problems, staff};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    the_list_finds_sorts_filters_and_exports,
    the_pages_ask_few_queries,
    whoever_owns_the_opening_sees_it_and_nobody_else,
    somebody_who_applied_is_kept_out_of_everything_about_themselves,
    somebody_is_taken_in_by_hand_and_changed,
    a_file_is_taken_for_what_it_is_and_only_ever_saved,
    two_who_are_one_are_made_one,
    an_unmet_requirement_is_confirmed_and_rejected_by_a_person,
    many_are_moved_rejected_and_taken_up_again_at_once,
    a_blind_seat_hides_who_somebody_is,
    a_thousand_candidates_come_from_a_file,
    bad_rows_are_named_and_a_file_comes_twice_without_change,
    every_valid_profile_is_taken_whole_and_every_other_is_named,
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn version(db: &TestDb, table: &str, code: &str) -> String {
    db.line(&format!(
        "select cast(row_version as text) as line from {table} where code = '{code}'"
    ))
}

/// Sends a form with the present version of what it changes.
fn send(browser: &Browser, db: &TestDb, path: &str, fields: &[(&str, &str)]) -> Page {
    let code = path.split('/').nth(2).unwrap();
    let table = if code.starts_with('C') {
        "candidate"
    } else {
        "application"
    };
    let version = version(db, table, code);
    let mut all = vec![("row_version", version.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all)
}

fn the_list_finds_sorts_filters_and_exports(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "E9");
    let second = opening(db, "O-2", "B", "");
    applied(db, first, "赵六", "zhao@example.com");
    applied(db, first, "李娜", "li@example.com");
    let cmd = applied(db, second, "=cmd()", "cmd@example.com");
    applied(db, second, &"名".repeat(60), "long@example.com");
    applied(db, second, "</script><b>x", "script@example.com");
    let hr = hr(db);
    let all = hr.get("/candidates").expect(200).text();
    let place = |text: &str| all.find(text).unwrap_or_else(|| panic!("{text} in {all}"));
    assert!(place("李娜") < place("赵六"), "by pinyin");
    assert!(!all.contains("</script><b>x") && all.contains("&lt;/script&gt;"));
    assert!(all.contains(&"名".repeat(60)));
    for (q, found, other) in [
        ("li", "李娜", "赵六"),
        ("赵", "赵六", "李娜"),
        ("ZHAO@", "赵六", "李娜"),
        ("C-00002", "李娜", "赵六"),
        ("A-00001", "赵六", "李娜"),
    ] {
        let page = hr.get(&format!("/candidates?q={}", espalier::web::site::escape(q)));
        let page = page.expect(200);
        assert!(page.has(found) && !page.has(other), "{q}: {}", page.text());
    }
    let newest = hr.get("/candidates?sort=newest").expect(200).text();
    assert!(newest.find("zhao@").unwrap() > newest.find("li@").unwrap());
    let step = espalier::recruitment::model::application::Step::Withdraw;
    db.db
        .write(|conn| espalier::recruitment::store::moves::step(conn, &[cmd.id], &step, &actor()))
        .unwrap();
    for (query, n) in [
        ("opening=O-1", 2),
        ("opening=O-2&state=active", 2),
        ("state=withdrawn", 1),
        ("stage=screening", 5),
        ("stage=offer", 0),
        ("source=careers", 5),
        ("source=campus", 0),
        ("pool=yes", 0),
        ("opening=none", 0),
    ] {
        let csv = hr
            .get(&format!("/candidates.csv?{query}"))
            .expect(200)
            .text();
        assert_eq!(csv.lines().count() - 1, n, "{query}: {csv}");
    }
    let csv = hr.get("/candidates.csv").expect(200).text();
    assert!(csv.contains(",'=cmd(),"), "{csv}");
    let told = "select cast(count(*) as text) as line from audit_event where action = 'export'";
    assert_eq!(db.line(told), "10");
}

fn the_pages_ask_few_queries(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "E9");
    let new: Vec<_> = (0..120)
        .map(|i| {
            application(
                opening,
                person(&format!("候选{i:03}"), &format!("c{i}@example.com")),
            )
        })
        .collect();
    db.db
        .write(|conn| receive_all(conn, &new, &actor()))
        .unwrap();
    let hr = somebody(db, &[Role::Hr], Some("E9"));
    for (path, most) in [
        ("/candidates", 7),
        ("/candidates?q=c1&opening=O-1&state=active", 8),
        ("/candidates/C-00001", 10),
        ("/applications/A-00001", 10),
        ("/openings/O-1/board", 10),
        ("/openings/O-1/applications", 8),
        ("/candidates/duplicates", 6),
    ] {
        let asked = queries::counted(db.db.address(), || {
            hr.get(path).expect(200);
        });
        assert!(asked <= most, "{path}: {asked}");
    }
    // The board never holds all cards, and leads to the rest.
    let board = hr.get("/openings/O-1/board").expect(200).text();
    assert_eq!(board.matches("name=\"selected\"").count(), 20);
    assert!(board.contains("/openings/O-1/applications?stage="));
    let list = hr.get("/openings/O-1/applications").expect(200).text();
    assert_eq!(list.matches("name=\"selected\"").count(), 50);
}

fn whoever_owns_the_opening_sees_it_and_nobody_else(db: &TestDb) {
    company(db);
    staff("employee_no,name,team,job_role\nE8,孙磊,B,manager\n").load(db);
    let mine = opening(db, "O-1", "A", "E9");
    let other = opening(db, "O-2", "B", "E8");
    applied(db, mine, "李娜", "li@example.com");
    applied(db, other, "CANARY", "canary@example.com");
    let manager = somebody(db, &[], Some("E9"));
    let list = manager.get("/candidates").expect(200);
    assert!(list.has("李娜") && !list.has("CANARY"));
    assert!(!manager.get("/candidates.csv").expect(200).has("CANARY"));
    let own = manager.get("/candidates/C-00001").expect(200);
    assert!(!own.has("/candidates/C-00001/edit") && !own.has("/notes"));
    manager.get("/applications/A-00001").expect(200);
    manager.get("/openings/O-1/board").expect(200);
    for path in [
        "/candidates/C-00002",
        "/applications/A-00002",
        "/openings/O-2/board",
        "/openings/O-2/applications",
        "/openings/O-2/applications.csv",
        "/candidates/C-00002/attachments/1",
    ] {
        manager.get(path).expect(404);
    }
    let fields = [("step", "withdraw")];
    manager
        .post("/applications/A-00001/step", &fields)
        .expect(403);
}

fn somebody_who_applied_is_kept_out_of_everything_about_themselves(db: &TestDb) {
    company(db);
    staff("employee_no,name,email,team,job_role\nE1,张伟,zhang@firm.example,A,agent\n").load(db);
    let opening = opening(db, "O-1", "A", "E9");
    applied(db, opening, "张伟", "zhang@firm.example");
    applied(db, opening, "李娜", "li@example.com");
    let own = somebody(db, &[Role::Hr], Some("E1"));
    assert!(!own.get("/candidates").expect(200).has("C-00001"));
    assert!(!own.get("/candidates.csv").expect(200).has("C-00001"));
    assert!(!own.get("/openings/O-1/board").expect(200).has("A-00001"));
    assert!(
        !own.get("/openings/O-1/applications")
            .expect(200)
            .has("A-00001")
    );
    own.get("/candidates/C-00001").expect(404);
    own.get("/applications/A-00001").expect(404);
    let fields = [
        ("action", "reject"),
        ("reason", "others"),
        ("selected", "A-00001:1"),
        ("state", "active"),
    ];
    own.post("/openings/O-1/applications", &fields).expect(404);
    let all = [
        ("action", "reject"),
        ("reason", "others"),
        ("all", "yes"),
        ("counted", "1"),
        ("state", "active"),
    ];
    own.post("/openings/O-1/applications", &all).expect(303);
    let states = "select code || state as line from application order by id";
    assert_eq!(db.lines(states), ["A-00001active", "A-00002rejected"]);
}

fn somebody_is_taken_in_by_hand_and_changed(db: &TestDb) {
    company(db);
    opening(db, "O-1", "A", "");
    let hr = hr(db);
    let fields = [
        ("name", "李娜"),
        ("name_en", ""),
        ("email", "li@example.com"),
        ("phone", "138 1234 5678"),
        ("locale", "zh-CN"),
        ("opening", "O-1"),
        ("source", "referral"),
        ("note", "SAIDBYHAND"),
    ];
    let made = hr.post("/candidates/new", &fields).expect(303);
    assert_eq!(made.location(), "/candidates/C-00001?said=candidate-made");
    let page = hr.get("/candidates/C-00001").expect(200);
    assert!(page.has("SAIDBYHAND") && page.has("A-00001") && page.has("138 1234 5678"));
    let empty = hr.post("/candidates/new", &[("note", "KEPT")]).expect(422);
    assert!(empty.has("KEPT"));
    let twice = hr.post("/candidates/new", &fields).expect(422);
    assert!(twice.has("C-00001"));
    let mut bad = fields.to_vec();
    bad[2].1 = "no address";
    hr.post("/candidates/new", &bad).expect(422);
    let edit = [
        ("name", "李娜娜"),
        ("email", "li@example.com"),
        ("phone", ""),
        ("locale", "en"),
    ];
    send(&hr, db, "/candidates/C-00001/edit", &edit).expect(303);
    let stale: Vec<(&str, &str)> = [("row_version", "1")].into_iter().chain(edit).collect();
    assert!(
        hr.post("/candidates/C-00001/edit", &stale)
            .expect(409)
            .has("李娜娜")
    );
    // One person, another opening; the same opening is refused naming the application.
    opening(db, "O-2", "B", "");
    let again = [("opening", "O-2"), ("source", "pool")];
    let made = hr.post("/candidates/C-00001/apply", &again).expect(303);
    assert_eq!(
        made.location(),
        "/applications/A-00002?said=application-made"
    );
    assert!(
        hr.post("/candidates/C-00001/apply", &again)
            .expect(422)
            .has("A-00002")
    );
    hr.post("/candidates/C-00001/notes", &[("body", " ")])
        .expect(422);
    hr.post("/candidates/C-00001/notes", &[("body", "MORE")])
        .expect(303);
    // Nobody is kept in mind without having agreed to it.
    let pool = [("until", "2027-01-01")];
    send(&hr, db, "/candidates/C-00001/pool", &pool).expect(409);
    db.run(
        "insert into consent (candidate_id, text_id, given_at) \
         select 1, id, '2026-10-01 00:00:00' from consent_text where kind = 'pool'",
    );
    send(&hr, db, "/candidates/C-00001/pool", &pool).expect(303);
    send(
        &hr,
        db,
        "/candidates/C-00001/pool",
        &[("until", "2020-01-01")],
    )
    .expect(422);
    assert!(hr.get("/candidates?pool=yes").expect(200).has("李娜娜"));
    let told =
        db.lines("select detail_json as line from audit_event where action like 'candidate.%'");
    for canary in ["李娜", "SAIDBYHAND", "138", "li@"] {
        assert!(
            told.iter().all(|line| !line.contains(canary)),
            "{canary}: {told:?}"
        );
    }
    hr.post("/candidates/C-00001/erase", &[]).expect(422);
    hr.post("/candidates/C-00001/erase", &[("sure", "on")])
        .expect(303);
    let page = hr.get("/candidates/C-00001").expect(200);
    assert!(!page.has("李娜") && !page.has("SAIDBYHAND") && !page.has("li@example.com"));
    assert!(!hr.get("/candidates").expect(200).has("C-00001"));
}

/// A form with a file as a browser sends it.
fn upload(
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    name: &str,
    bytes: &[u8],
) -> Page {
    let once = espalier::accounts::store::random_token();
    let csrf = browser.csrf();
    let mut body = Vec::new();
    for (field, value) in [("csrf", csrf.as_str()), ("once", once.as_str())]
        .iter()
        .chain(fields)
    {
        body.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .bytes(),
    );
    body.extend(bytes);
    body.extend(b"\r\n--x--\r\n");
    let kind = "multipart/form-data; boundary=x";
    browser.send(actix_web::http::Method::POST, path, Some((kind, body)))
}

fn a_file_is_taken_for_what_it_is_and_only_ever_saved(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "E9");
    applied(db, opening, "李娜", "li@example.com");
    applied(db, opening, "王伟", "wang@example.com");
    let hr = hr(db);
    let path = "/candidates/C-00001/attachments";
    let pdf = b"%PDF-1.4\nbody\n%%EOF\n";
    upload(&hr, path, &[], "cv.pdf", pdf).expect(303);
    upload(&hr, path, &[], "cv.pdf", b"<html><script>x</script>").expect(422);
    upload(&hr, path, &[], "cv.exe", pdf).expect(422);
    upload(&hr, path, &[], "cv.pdf", &vec![b'x'; 20 << 20]).expect(422);
    hr.post(path, &[]).expect(422);
    assert_eq!(db.count("attachment"), 1);
    let file = hr.get("/candidates/C-00001/attachments/1").expect(200);
    assert_eq!(file.bytes, pdf);
    let head = |name: &str| {
        file.headers
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_string()
    };
    assert!(head("content-disposition").starts_with("attachment"));
    assert!(head("content-security-policy").contains("sandbox"));
    assert_eq!(head("x-content-type-options"), "nosniff");
    hr.get("/candidates/C-00002/attachments/1").expect(404);
    // It came with no application: the manager of the opening does not get it.
    let manager = somebody(db, &[], Some("E9"));
    manager.get("/candidates/C-00001/attachments/1").expect(404);
    db.run("update attachment set application_id = 1");
    manager.get("/candidates/C-00001/attachments/1").expect(200);
    let told = "select cast(count(*) as text) as line from audit_event where action = 'candidate.file-opened'";
    assert_eq!(db.line(told), "2");
}

fn two_who_are_one_are_made_one(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "");
    let second = opening(db, "O-2", "B", "");
    applied(db, first, "李娜", "li@example.com");
    let mut other = application(second, person("Li Na", ""));
    other.person.phone = Some("13812345678".to_string());
    db.db.write(|conn| receive(conn, &other, &actor())).unwrap();
    let hr = hr(db);
    assert!(!hr.get("/candidates/duplicates").expect(200).has("C-00002"));
    db.run("update candidate set phone = '13812345678', phone_key = '13812345678' where id = 1");
    let pairs = hr.get("/candidates/duplicates").expect(200);
    assert!(pairs.has("/candidates/C-00001/merge?with=C-00002"));
    assert!(hr.get("/candidates/C-00001").expect(200).has("C-00002"));
    let page = hr.get("/candidates/C-00001/merge?with=C-00002").expect(200);
    let theirs = page.value("other_version");
    let fields = [("with", "C-00002"), ("other_version", theirs.as_str())];
    let path = "/candidates/C-00001/merge";
    send(&hr, db, path, &fields).expect(422);
    let sure: Vec<(&str, &str)> = fields.into_iter().chain([("sure", "on")]).collect();
    let stale: Vec<(&str, &str)> = [("row_version", "0")]
        .into_iter()
        .chain(sure.clone())
        .collect();
    hr.post(path, &stale).expect(409);
    send(&hr, db, path, &sure).expect(303);
    let merged = hr.get("/candidates/C-00002").expect(303);
    assert_eq!(merged.location(), "/candidates/C-00001");
    let page = hr.get("/candidates/C-00001").expect(200);
    assert!(page.has("A-00001") && page.has("A-00002") && page.has("C-00002"));
    assert!(!hr.get("/candidates").expect(200).has("C-00002"));
    send(&hr, db, path, &sure).expect(404);
    // Both applied for the same opening: refused, naming it.
    applied(db, first, "李娜", "other@example.com");
    let fields = [("with", "C-00003"), ("other_version", "1"), ("sure", "on")];
    assert!(send(&hr, db, path, &fields).expect(422).has("O-1"));
}

fn an_unmet_requirement_is_confirmed_and_rejected_by_a_person(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    db.run(
        "update opening set knock_outs_json = '[{\"text_zh\":\"能上夜班吗\",\"text_en\":\"Night shifts?\",\
         \"rule\":{\"kind\":\"yes_no\",\"needed\":true}}]'",
    );
    let mut new = application(opening, person("李娜", "li@example.com"));
    new.answers = vec![Answer {
        position: 1,
        answer: "no".to_string(),
        failed: true,
    }];
    db.db.write(|conn| receive(conn, &new, &actor())).unwrap();
    let hr = hr(db);
    let page = hr.get("/applications/A-00001").expect(200);
    assert!(page.has("Night shifts?") && page.has("name=\"stands\""));
    let (answers, step) = (
        "/applications/A-00001/answers",
        "/applications/A-00001/step",
    );
    let next = stage(db, opening, 2).to_string();
    let on = [("step", "to_stage"), ("stage", next.as_str())];
    assert!(send(&hr, db, step, &on).expect(422).has("A-00001"));
    let knock_out = [("step", "reject"), ("reason", "knock_out")];
    send(&hr, db, step, &knock_out).expect(422);
    let words = [("position", "1"), ("stands", "no"), ("reason", " ")];
    send(&hr, db, answers, &words).expect(422);
    send(
        &hr,
        db,
        answers,
        &[("position", "1"), ("reason", "KEPTREASON")],
    )
    .expect(422)
    .has("KEPTREASON")
    .then_some(())
    .unwrap();
    let let_pass = [
        ("position", "1"),
        ("stands", "no"),
        ("reason", "SHIFTSAGREED"),
    ];
    send(&hr, db, answers, &let_pass).expect(303);
    assert!(
        hr.get("/applications/A-00001")
            .expect(200)
            .has("SHIFTSAGREED")
    );
    send(&hr, db, step, &on).expect(303);
    let stands = [
        ("position", "1"),
        ("stands", "yes"),
        ("reason", "no after all"),
    ];
    send(&hr, db, answers, &stands).expect(303);
    let stale: Vec<(&str, &str)> = [("row_version", "1")]
        .into_iter()
        .chain(knock_out)
        .collect();
    hr.post(step, &stale).expect(409);
    send(&hr, db, step, &knock_out).expect(303);
    let page = hr.get("/applications/A-00001").expect(200);
    assert!(!page.has("name=\"stands\"") && page.has("value=\"reopen\""));
    send(&hr, db, step, &[("step", "reopen"), ("note", "")]).expect(422);
    send(&hr, db, step, &[("step", "reopen"), ("note", "a mistake")]).expect(303);
    send(
        &hr,
        db,
        step,
        &[("step", "reject"), ("reason", "other"), ("note", "")],
    )
    .expect(422);
    send(&hr, db, step, &[("step", "fly")]).expect(400);
    send(&hr, db, step, &[("step", "withdraw")]).expect(303);
    assert_eq!(
        db.line("select state as line from application"),
        "withdrawn"
    );
}

fn many_are_moved_rejected_and_taken_up_again_at_once(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "");
    let other = opening(db, "O-2", "B", "");
    let names: Vec<String> = (0..60).map(|i| format!("c{i:02}")).collect();
    for name in &names {
        applied(db, first, name, &format!("{name}@example.com"));
    }
    applied(db, other, "x", "x@example.com");
    let hr = hr(db);
    let path = "/openings/O-1/applications";
    let next = stage(db, first, 2).to_string();
    let two = [
        ("action", "move"),
        ("stage", next.as_str()),
        ("selected", "A-00001:1"),
        ("selected", "A-00002:1"),
        ("state", "active"),
        ("note", "KEPTNOTE"),
    ];
    assert_eq!(
        hr.post(path, &two).expect(303).location(),
        "/openings/O-1/board?said=board-done"
    );
    // The same again is stale: both were changed.
    let stale = hr.post(path, &two).expect(409);
    assert!(stale.has("KEPTNOTE") && stale.has("A-00001"));
    let none = [
        ("action", "reject"),
        ("reason", "others"),
        ("state", "active"),
    ];
    hr.post(path, &none).expect(422);
    let foreign = [
        ("action", "reject"),
        ("reason", "others"),
        ("selected", "A-00061:1"),
    ];
    hr.post(path, &foreign).expect(404);
    let wordless = [
        ("action", "reject"),
        ("reason", "other"),
        ("selected", "A-00003:1"),
        ("note", ""),
    ];
    hr.post(path, &wordless).expect(422);
    // All of a list, as long as it is the list that was seen.
    let first_stage = stage(db, first, 1).to_string();
    let mut all = vec![
        ("action", "reject"),
        ("reason", "filled"),
        ("all", "yes"),
        ("counted", "57"),
        ("state", "active"),
        ("of_stage", first_stage.as_str()),
    ];
    hr.post(path, &all).expect(409);
    all[3].1 = "58";
    hr.post(path, &all).expect(303);
    let count = |state: &str| {
        db.line(&format!(
            "select cast(count(*) as text) as line from application where state = '{state}'"
        ))
    };
    assert_eq!(
        (count("rejected").as_str(), count("active").as_str()),
        ("58", "3")
    );
    let reopen = [
        ("action", "reopen"),
        ("all", "yes"),
        ("counted", "58"),
        ("state", "rejected"),
        ("note", "the place is free again"),
    ];
    hr.post(path, &reopen).expect(303);
    assert_eq!(count("rejected"), "0");
    let csv = hr
        .get("/openings/O-1/applications.csv?stage=")
        .expect(200)
        .text();
    assert_eq!(csv.lines().count(), 61);
}

fn a_blind_seat_hides_who_somebody_is(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "E9");
    applied(db, opening, "CANARYNAME", "canary@example.com");
    let manager = somebody(db, &[Role::Hr], Some("E9"));
    assert!(manager.get("/candidates").expect(200).has("CANARYNAME"));
    db.run("update opening_stage set blind = (1 = 1) where position = 1");
    db.run(
        "insert into panel (version_id, blind, anonymous, min_shown) \
         select min(id), (1 = 1), (1 = 0), 0 from scorecard_version",
    );
    db.run(
        "insert into interview (application_id, stage_id, round_no, panel_id, state, place, kit_json, ics_uid, ics_sequence) \
         select a.id, a.stage_id, 1, p.id, 'planned', '', '[]', 'u1', 0 from application a, panel p",
    );
    db.run(
        "insert into sheet (panel_id, rater_id, role, state, revision_no, critical_failed, summary) \
         select p.id, s.id, 'screener', 'draft', 1, (1 = 0), '' from panel p, staff s where s.employee_no = 'E9'",
    );
    for path in [
        "/candidates",
        "/candidates.csv",
        "/candidates/C-00001",
        "/applications/A-00001",
        "/openings/O-1/board",
        "/openings/O-1/applications",
        "/openings/O-1/applications.csv",
        "/candidates/duplicates",
    ] {
        let page = manager.get(path).expect(200);
        assert!(
            !page.has("CANARYNAME") && !page.has("canary@"),
            "{path}: {}",
            page.text()
        );
    }
    let found = manager.get("/candidates?q=CANARY").expect(200);
    assert!(!found.has("C-00001"));
    manager.get("/candidates/C-00001/edit").expect(404);
    // Somebody without a seat still knows.
    assert!(
        hr(db)
            .get("/candidates/C-00001")
            .expect(200)
            .has("CANARYNAME")
    );
    db.run("update sheet set state = 'submitted'");
    assert!(
        manager
            .get("/candidates/C-00001")
            .expect(200)
            .has("CANARYNAME")
    );
}

fn a_thousand_candidates_come_from_a_file(db: &TestDb) {
    company(db);
    opening(db, "O-1", "A", "");
    let mut csv =
        String::from("id,name,email,phone,opening,source,applied_on,stage,state,reason,note\n");
    for i in 0..1_000 {
        let end = match i % 4 {
            0 => "2,active,,",
            1 => "interview,rejected,others,",
            2 => ",withdrawn,,",
            _ => ",rejected,other,\"moved away\"",
        };
        csv.push_str(&format!(
            "x{i},候选{i},c{i}@example.com,,O-1,campus,2026-09-01,{end}\n"
        ));
    }
    let outcome = file(&CANDIDATES, csv.clone()).load(db);
    assert_eq!(did(&outcome), "1000/0/0/0");
    let count = |sql: &str| {
        db.line(&format!(
            "select cast(count(*) as text) as line from application {sql}"
        ))
    };
    assert_eq!(count("where state = 'rejected'"), "500");
    assert_eq!(count("where state = 'withdrawn'"), "250");
    assert_eq!(
        count("join opening_stage s on s.id = stage_id where s.position = 2"),
        "500"
    );
    // Again, and without ids: nothing changes.
    let outcome = file(&CANDIDATES, csv.clone()).load(db);
    assert_eq!(did(&outcome), "0/0/1000/0");
    let changed = csv.replacen("候选0,", "候选零,", 1);
    let outcome = file(&CANDIDATES, changed).load(db);
    assert_eq!(did(&outcome), "0/1/999/0");
    assert_eq!(db.count("candidate"), 1_000);
}

fn bad_rows_are_named_and_a_file_comes_twice_without_change(db: &TestDb) {
    company(db);
    opening(db, "O-1", "A", "");
    opening(db, "O-2", "A", "");
    db.run("update opening set state = 'closed' where code = 'O-2'");
    let bad = "id,name,email,opening,source,applied_on,stage,state,reason,note\n\
               1,A,no,O-1,,,,,,\n\
               2,B,b@x.example,O-9,,,,,,\n\
               3,C,c@x.example,O-2,,,,,,\n\
               4,D,d@x.example,O-1,friend,,,,,\n\
               5,E,e@x.example,O-1,,2099-01-01,,,,\n\
               6,F,f@x.example,O-1,,,lunch,,,\n\
               7,G,g@x.example,O-1,,,,rejected,,\n\
               8,H,h@x.example,O-1,,,,active,others,\n\
               9,I,i@x.example,O-1,,,,rejected,other,\n\
               ,J,,O-1,,,,,,\n\
               11,,k@x.example,O-1,,,,,,\n\
               12,L,l@x.example,O-1,,,,hired,,\n";
    let outcome = file(&CANDIDATES, bad).import(db).unwrap();
    assert!(!outcome.kept);
    assert_eq!(outcome.bad_rows, 12, "{:#?}", problems(&outcome));
    assert_eq!(db.count("candidate"), 0);
    let good = "name,email,opening\n李娜,li@example.com,O-1\n李娜,LI@example.com ,O-1\n";
    let outcome = file(&CANDIDATES, good).load(db);
    assert_eq!(did(&outcome), "1/0/1/0");
    let outcome = file(&CANDIDATES, good).load(db);
    assert_eq!(did(&outcome), "0/0/2/0");
    let outcome = file(&CANDIDATES, bad).skip_bad().import(db).unwrap();
    assert!(outcome.kept && outcome.loaded.new == 0);
}

fn every_valid_profile_is_taken_whole_and_every_other_is_named(db: &TestDb) {
    company(db);
    opening(db, "O-1", "A", "");
    let whole = serde_json::json!({
        "basics": { "name": "李娜", "email": "li@example.com", "location": { "city": "S02" },
                    "profiles": [{ "network": "S03" }] },
        "work": [{ "name": "S04", "highlights": ["S05"] }], "volunteer": [{ "organization": "S06" }],
        "education": [{ "institution": "S07", "courses": ["S08"] }], "awards": [{ "title": "S09" }],
        "certificates": [{ "name": "S10" }], "publications": [{ "name": "S11" }],
        "skills": [{ "name": "S12", "keywords": ["S13"] }], "languages": [{ "language": "S14" }],
        "interests": [{ "name": "S15" }], "references": [{ "reference": "S16</script>" }],
        "projects": [{ "name": "S17" }], "meta": { "version": "S18" }, "extra": { "own": "S19" },
    });
    let bytes = serde_json::to_vec(&whole).unwrap();
    let profiles = resume::read("li.json", &bytes).unwrap();
    db.db
        .write(|conn| resumes::take(conn, &profiles, None, &actor()))
        .unwrap();
    let stored = db.line("select profile_json as line from candidate");
    let kept: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(kept["resume"], whole);
    let hr = hr(db);
    let page = hr.get("/candidates/C-00001").expect(200);
    for n in 2..=19 {
        assert!(page.has(&format!("S{n:02}")), "S{n:02}");
    }
    assert!(!page.has("S16</script>"));
    // By the page: for an opening, all or none, every fault with its path.
    let fields = [("opening", "O-1"), ("source", "job_board")];
    let path = "/candidates/resumes";
    let two = br#"[{"basics":{"name":"A","email":"a@x.example"}},{"basics":{"name":"B"}}]"#;
    upload(&hr, path, &fields, "two.json", two).expect(303);
    assert_eq!(db.count("application"), 2);
    let wrong = br#"[{"basics":{"name":"C"}},{"work":[{"startDate":"soon"}]}]"#;
    let refused = upload(&hr, path, &fields, "wrong.json", wrong).expect(422);
    assert!(refused.has("work[0].startDate"), "{}", refused.text());
    upload(&hr, path, &fields, "no.json", b"PK not a zip").expect(422);
    hr.post(path, &fields).expect(422);
    assert_eq!(db.count("candidate"), 3);
}

/// The test vectors that come with the schema of JSON Resume lie beside the sources, where there are any.
#[test]
fn the_vectors_of_the_schema_are_judged_as_it_says() {
    let beside =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/jsonresume/tests");
    let folder = std::env::var_os("ESPALIER_JSONRESUME").map_or(beside, std::path::PathBuf::from);
    let Ok(files) = std::fs::read_dir(&folder) else {
        return;
    };
    let mut judged = 0;
    for file in files {
        let path = file.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        let cases: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&text).unwrap();
        for (name, case) in cases {
            let wanted = !name.to_lowercase().contains("invalid");
            let found = match &case {
                serde_json::Value::String(text) => resume::is_date(text),
                body => {
                    let profile = serde_json::json!({ "resume": body });
                    let wrong = resume::problems(body);
                    assert!(wrong.iter().all(|w| !w.path.is_empty()), "{profile}");
                    wrong.is_empty()
                }
            };
            assert_eq!(found, wanted, "{} {name}: {case}", path.display());
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged} vectors");
}
