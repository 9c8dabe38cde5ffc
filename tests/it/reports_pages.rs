//! Reports in the application: who may open which, that nobody is named to those who may not see people,
//! that a page reads what it shows and no more, and bundles built for an account alone.

use espalier::access::Role;
use espalier::audit::{self, Actor};
use espalier::calendar::Clock;
use espalier::jobs;
use espalier::web::serve::JOBS;

use crate::both;
use crate::reports::{company, names, number};
use crate::support::db::TestDb;
use crate::support::make::{day, now};
use crate::support::program::force_to;
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    each_reader_opens_what_is_theirs,
    ones_own_result_is_not_there_before_it_is_released,
    leadership_meets_nobody_by_name,
    every_link_of_a_page_leads_to_a_page_for_that_reader,
    a_result_of_somebody_else_leaves_a_trace_once_it_is_released,
    a_page_asks_the_database_ten_questions_at_most,
    a_bundle_is_built_and_is_for_its_account_alone,
    a_bundle_is_not_built_for_more_than_its_reader_may_see,
    the_trail_is_read_by_auditors_narrowed_and_exported,
    a_check_is_done_in_the_background_and_says_what_it_found,
}

/// Of the company of the reports: who leads NORTH and NORTH-A, and somebody in NORTH, in SOUTH.
const NORTHERN_LEAD: usize = 1;
const NORTHERNER: usize = 3;
const SOUTHERNER: usize = 10;

fn frozen(db: &TestDb) {
    company(db);
    force_to(db, "2026Q3", "closed");
    db.run("update evaluation set released_at = null");
}

fn release(db: &TestDb) {
    db.run("update evaluation set released_at = '2026-10-04 08:00:00'");
}

fn staff(db: &TestDb, person: usize) -> Browser {
    somebody(db, &[], Some(&number(person)))
}

fn of(page: &str) -> String {
    format!("/reports/2026Q3{page}")
}

fn person(who: usize) -> String {
    of(&format!("/people/{}", number(who)))
}

fn each_reader_opens_what_is_theirs(db: &TestDb) {
    frozen(db);
    release(db);
    let hr = somebody(db, &[Role::Hr], None);
    let leadership = somebody(db, &[Role::Leadership], None);
    let lead = staff(db, NORTHERN_LEAD);
    let agent = staff(db, NORTHERNER);
    for (page, expected) in [
        ("", [200, 200, 403, 403]),
        ("/cycle", [200, 200, 200, 404]),
        ("/teams/NORTH", [200, 200, 200, 404]),
        ("/teams/NORTH-A", [200, 200, 200, 404]),
        // Too small for those outside, and not the lead's.
        ("/teams/TINY", [200, 404, 404, 404]),
        ("/teams/SOUTH", [200, 404, 404, 404]),
        ("/teams/NOWHERE", [404, 404, 404, 404]),
        (
            &format!("/people/{}", number(NORTHERNER)),
            [200, 404, 200, 200],
        ),
        (
            &format!("/people/{}", number(SOUTHERNER)),
            [200, 404, 404, 404],
        ),
    ] {
        for (browser, status) in [&hr, &leadership, &lead, &agent].into_iter().zip(expected) {
            browser.get(&of(page)).expect(status);
        }
    }
    hr.get("/reports/2026Q2").expect(404);
    assert!(agent.get("/reports").expect(200).has(&person(NORTHERNER)));
    assert!(!agent.get("/reports").expect(200).has("/bundles"));
    assert!(hr.get("/reports").expect(200).has(&of("\"")));
}

fn ones_own_result_is_not_there_before_it_is_released(db: &TestDb) {
    frozen(db);
    let agent = staff(db, NORTHERNER);
    agent.get(&person(NORTHERNER)).expect(404);
    assert!(!agent.get("/reports").expect(200).has("/people/"));
    // Whoever judges them sees it before.
    staff(db, NORTHERN_LEAD)
        .get(&person(NORTHERNER))
        .expect(200);
    // Who leads others waits for their own all the same.
    staff(db, NORTHERN_LEAD)
        .get(&person(NORTHERN_LEAD))
        .expect(404);
    release(db);
    agent.get(&person(NORTHERNER)).expect(200);
}

fn leadership_meets_nobody_by_name(db: &TestDb) {
    frozen(db);
    let leadership = somebody(db, &[Role::Leadership], None);
    for page in ["", "/cycle", "/teams/NORTH", "/teams/NORTH-A", "/bundles"] {
        let text = leadership.get(&of(page)).expect(200).text();
        for who in 0..24 {
            let [zh, en] = names(who);
            for canary in [number(who), zh, en] {
                assert!(!text.contains(&canary), "{canary} in {page}");
            }
        }
        assert!(!text.contains("TINY"), "{page}");
    }
}

/// The addresses of reports that a page leads to.
fn links(page: &Page) -> Vec<String> {
    let text = page.text();
    let found = text.split("href=\"").skip(1);
    let found = found.map(|rest| rest.split(['"', '#']).next().unwrap().to_string());
    found.filter(|l| l.starts_with("/reports")).collect()
}

fn every_link_of_a_page_leads_to_a_page_for_that_reader(db: &TestDb) {
    frozen(db);
    release(db);
    let readers = [
        somebody(db, &[Role::Hr], None),
        somebody(db, &[Role::Auditor], None),
        somebody(db, &[Role::Leadership], None),
        somebody(db, &[Role::Leadership], Some(&number(NORTHERN_LEAD))),
        staff(db, NORTHERN_LEAD),
        staff(db, NORTHERNER),
    ];
    for (at, reader) in readers.iter().enumerate() {
        let mut open = vec!["/reports".to_string()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(address) = open.pop() {
            if seen.insert(address.clone()) {
                let page = reader.get(&address);
                assert_eq!(page.status, 200, "reader {at}: {address}");
                open.extend(links(&page));
            }
        }
        let least = if at == 5 { 2 } else { 4 };
        assert!(seen.len() >= least, "reader {at} met only {seen:?}");
    }
}

fn a_result_of_somebody_else_leaves_a_trace_once_it_is_released(db: &TestDb) {
    frozen(db);
    let hr = somebody(db, &[Role::Hr], None);
    let traces = || {
        let sql = "select subject as line from audit_event where action = 'result-opened'";
        db.lines(sql)
    };
    hr.get(&person(NORTHERNER)).expect(200);
    assert!(traces().is_empty());
    release(db);
    hr.get(&person(NORTHERNER)).expect(200);
    staff(db, NORTHERNER).get(&person(NORTHERNER)).expect(200);
    assert_eq!(traces(), [format!("2026Q3/{}", number(NORTHERNER))]);
}

fn a_page_asks_the_database_ten_questions_at_most(db: &TestDb) {
    frozen(db);
    release(db);
    for reader in [somebody(db, &[Role::Hr], None), staff(db, NORTHERN_LEAD)] {
        for page in ["/cycle", "/teams/NORTH"] {
            let asked = queries::counted(db.db.address(), || {
                reader.get(&of(page)).expect(200);
            });
            assert!((3..=10).contains(&asked), "{page}: {asked} queries");
        }
        let asked = queries::counted(db.db.address(), || {
            reader.get("/reports").expect(200);
        });
        assert!((3..=6).contains(&asked), "/reports: {asked} queries");
    }
}

fn run(db: &TestDb) {
    jobs::run_due(&db.db, &Clock::Fixed(now()), JOBS).unwrap();
}

/// Asks for a bundle, waits for it, and gives its address.
fn built(db: &TestDb, who: &Browser, audience: &str) -> String {
    let address = of("/bundles");
    who.post(&address, &[("audience", audience), ("en", "on")])
        .expect(303);
    run(db);
    let page = who.get(&address).expect(200);
    assert!(page.has("ready"), "{}", page.text());
    let file = links(&page)
        .into_iter()
        .find(|l| l.starts_with(&format!("{address}/")));
    file.unwrap()
}

fn a_bundle_is_built_and_is_for_its_account_alone(db: &TestDb) {
    frozen(db);
    let hr = somebody(db, &[Role::Hr], None);
    let address = built(db, &hr, "all");
    let file = hr.get(&address).expect(200);
    assert_eq!(file.headers.get("content-type").unwrap(), "application/zip");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file.bytes)).unwrap();
    assert!(zip.by_name("manifest.json").is_ok() && zip.by_name("en/index.html").is_ok());
    assert!(
        zip.by_name("zh-CN/index.html").is_err(),
        "one language was asked for"
    );
    assert!(
        zip.by_name(&format!("en/people/{}.html", number(NORTHERNER)))
            .is_ok()
    );
    assert!(hr.get("/inbox").expect(200).has("2026Q3"));
    for other in [
        somebody(db, &[Role::Hr], None),
        somebody(db, &[Role::Leadership], None),
        staff(db, NORTHERN_LEAD),
    ] {
        other.get(&address).expect(404);
        assert!(!links(&other.get(&of("/bundles")).expect(200)).contains(&address));
    }
    let downloads =
        "select cast(count(*) as text) as line from audit_event where action = 'bundle-downloaded'";
    assert_eq!(db.line(downloads), "1");
}

fn a_bundle_is_not_built_for_more_than_its_reader_may_see(db: &TestDb) {
    frozen(db);
    let leadership = somebody(db, &[Role::Leadership], None);
    let lead = staff(db, NORTHERN_LEAD);
    for (who, audience) in [
        (&leadership, "all"),
        (&leadership, "team:NORTH"),
        (&lead, "all"),
        (&lead, "leadership"),
        (&lead, "team:SOUTH"),
        (&lead, "staff:K7010"),
        (&lead, ""),
    ] {
        who.post(&of("/bundles"), &[("audience", audience), ("en", "on")])
            .expect(422);
    }
    lead.post(&of("/bundles"), &[("audience", "team:NORTH")])
        .expect(422);
    assert_eq!(db.count("job"), 0);
    let bytes = lead.get(&built(db, &lead, "team:NORTH")).expect(200).bytes;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let people: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .filter(|name| name.starts_with("en/people/"))
        .collect();
    assert!(people.iter().any(|n| n.contains(&number(NORTHERNER))));
    assert!(!people.iter().any(|n| n.contains(&number(SOUTHERNER))));
}

fn the_trail_is_read_by_auditors_narrowed_and_exported(db: &TestDb) {
    frozen(db);
    let auditor = somebody(db, &[Role::Auditor], None);
    let kim = Actor {
        name: "kim".to_string(),
        at: day("2026-10-01").and_hms_opt(17, 0, 0).unwrap(),
    };
    let detail = serde_json::json!({ "note": "<img src=x>" });
    db.db
        .write(|conn| audit::append(conn, &kim, "test", "<b>x", &detail))
        .unwrap();
    let page = auditor.get("/audit").expect(200);
    assert!(page.has("&lt;img src=x&gt;") && !page.has("<img src=x") && !page.has("<b>x"));
    for (query, found) in [
        ("actor=kim", true),
        ("actor=nobody", false),
        ("action=test", true),
        ("subject=%3Cb", true),
        ("subject=b", false),
        // 17:00 in UTC is the next day in Shanghai.
        ("day=2026-10-02", true),
        ("day=2026-10-01", false),
        ("day=nonsense", true),
    ] {
        let page = auditor.get(&format!("/audit?{query}")).expect(200);
        assert_eq!(page.has(">kim<"), found, "{query}");
        let file = auditor.get(&format!("/audit.csv?{query}")).expect(200);
        assert_eq!(file.has(",kim,"), found, "{query}");
    }
}

fn a_check_is_done_in_the_background_and_says_what_it_found(db: &TestDb) {
    frozen(db);
    let auditor = somebody(db, &[Role::Auditor], None);
    for what in ["check", "audit-verify"] {
        auditor.post(&format!("/checks/{what}"), &[]).expect(303);
    }
    auditor.post("/checks/tidy", &[]).expect(404);
    run(db);
    let page = auditor.get("/checks").expect(200);
    assert!(page.has("Everything is in order") && page.has("The audit trail is whole"));
    db.run("insert into audit_event (happened_at, actor, action, subject, detail_json, prev_hash, hash) values ('2026-10-01 17:00:00', 'kim', 'test', 'x', '{}', 'y', 'z')");
    auditor.post("/checks/audit-verify", &[]).expect(303);
    run(db);
    let page = auditor.get("/checks").expect(200);
    assert!(
        page.has("tampered") && page.has("failed"),
        "{}",
        page.text()
    );
}
