//! The whole site as each reader: every link they are shown leads somewhere, no page is too heavy, and
//! nothing stands on any page, list or export that is none of their business. Every private column holds a
//! canary: a text that is found nowhere else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use espalier::access::Role;
use espalier::accounts::store;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{
    REVIEWED_BY_ALL, TEMPLATE, answers, complaints, now, records, reviews, staff, teams,
};
use crate::support::program::{create_cycle, force_to};
use crate::support::web::{Browser, Page, site_at, somebody};

both! {
    nobody_sees_what_they_should_not_and_every_link_leads_somewhere,
}

/// Number, team, manager and job role. A is led by MA, B by MB, both under H.
const PEOPLE: [(&str, &str, &str, &str); 10] = [
    ("H", "HQ", "", "manager"),
    ("MA", "A", "H", "manager"),
    ("MB", "B", "H", "manager"),
    ("A1", "A", "MA", "agent"),
    ("A2", "A", "MA", "agent"),
    ("A3", "A", "MA", "agent"),
    ("A4", "A", "MA", "agent"),
    ("A5", "A", "MA", "agent"),
    ("B1", "B", "MB", "agent"),
    ("B2", "B", "MB", "agent"),
];

const A: [&str; 6] = ["MA", "A1", "A2", "A3", "A4", "A5"];

/// What of a person is private. `Name` alone is seen by those who work with them.
const KINDS: [&str; 4] = ["NAME", "MAIL", "PHONE", "REMARK"];

/// What is said about somebody in confidence: a note that is not shared with them, a plan of theirs, their grounds of
/// appeal, and what two colleagues said, who are too few to be read by anybody.
const SAID: [&str; 4] = ["NOTE", "PLAN", "GROUNDS", "PEER"];

fn canary(number: &str, kind: &str) -> String {
    match kind {
        "MAIL" => format!("canary-{}-mail@example.com", number.to_lowercase()),
        "PHONE" => format!(
            "5550{}",
            number.bytes().map(|b| b.to_string()).collect::<String>()
        ),
        _ => format!("CANARY{number}{kind}X"),
    }
}

fn company(db: &TestDb) {
    teams("code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,One,HQ\nB,二组,Two,HQ\n")
        .load(db);
    let mut csv =
        String::from("employee_no,name,name_en,email,phone,team,job_role,manager,hired_on\n");
    let mut served = String::from("id,opened_at,employee,sla_met,reopened,csat\n");
    let mut answered = String::from("id,employee,answered_at,csat,remark\n");
    let mut complained = String::from("id,employee,received_at,substantiated\n");
    let mut reviewed = String::from("id,employee,day,points,applicable,auto_fail\n");
    for (number, team, manager, role) in PEOPLE {
        let name = canary(number, "NAME");
        let (mail, phone) = (canary(number, "MAIL"), canary(number, "PHONE"));
        writeln!(
            csv,
            "{number},{name},{name},{mail},{phone},{team},{role},{manager},2015-01-05"
        )
        .unwrap();
        if role == "manager" {
            continue;
        }
        for at in 1..=12 {
            writeln!(
                served,
                "{number}{at},2026-07-{at:02} 09:00,{number},yes,no,4"
            )
            .unwrap();
        }
        let remark = canary(number, "REMARK");
        writeln!(answered, "{number}s,{number},2026-07-03 12:00,5,{remark}").unwrap();
        writeln!(complained, "{number}c,{number},2026-07-04 12:00,yes").unwrap();
        writeln!(reviewed, "{number}q,{number},2026-07-05,90,100,no").unwrap();
    }
    staff(&csv).load(db);
    records(&served).load(db);
    answers(&answered).load(db);
    complaints(&complained).load(db);
    reviews(&reviewed).load(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "feedback");
    create_cycle(db, "2026Q2", REVIEWED_BY_ALL);
    force_to(db, "2026Q2", "evaluation");
    for (number, manager, colleagues) in [
        ("A1", "MA", ["A2", "A3", "A4"]),
        ("B1", "MB", ["B2", "A2", "A3"]),
    ] {
        confide(db, number, manager, colleagues);
    }
    force_to(db, "2026Q2", "feedback");
}

/// Says about somebody what is in confidence, and has the same person's result reviewed.
fn confide(db: &TestDb, number: &str, manager: &str, colleagues: [&str; 3]) {
    let at = |no: &str| somebody(db, &[], Some(no));
    let about = |page: &str| format!("/cycles/2026Q2/people/{number}/{page}");
    let said = |kind: &str| canary(number, kind);
    let lead = at(manager);
    let note = [
        ("kind", "coaching"),
        ("day", "2026-09-01"),
        ("body", &said("NOTE")),
    ];
    lead.post(&format!("/people/{number}/notes/new"), &note)
        .expect(303);
    let plan = [
        ("scope", "person"),
        ("staff", number),
        ("team", ""),
        ("title", "In time"),
        ("problem", &said("PLAN")),
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
        ("owner", manager),
        ("sponsor", "H"),
        ("standard", "First answer in four hours"),
        ("published", "Service manual"),
        ("read_on", "2026-01-08"),
        ("criteria", "85 % in the third quarter"),
    ];
    lead.post("/plans/new", &plan).expect(303);
    for by in [number, manager] {
        let browser = at(by);
        let version = browser
            .get(&about("peers"))
            .expect(200)
            .value("row_version");
        let named = [
            ("peer_1", colleagues[0]),
            ("peer_2", colleagues[1]),
            ("peer_3", colleagues[2]),
            ("row_version", &version),
        ];
        browser.post(&about("peers"), &named).expect(303);
    }
    for colleague in &colleagues[..2] {
        let words = said("PEER");
        let sent = [
            ("r_reliability", "300"),
            ("r_helpfulness", "300"),
            ("r_sharing", "300"),
            ("r_respect", "300"),
            ("summary", &words),
            ("row_version", "1"),
        ];
        at(colleague).post(&about("peer-review"), &sent).expect(303);
    }
    db.run(&format!(
        "insert into appeal (evaluation_id, filed_at, grounds, due_on, employee_heard, \
           manager_heard, decision_reason, row_version) \
         select e.id, '2026-10-05 08:00:00', '{}', '2026-10-29', '', '', '', 1 from evaluation e \
         join cycle c on c.id = e.cycle_id join staff s on s.id = e.staff_id \
         where c.code = '2026Q2' and s.employee_no = '{number}'",
        said("GROUNDS")
    ));
}

/// A reader, and whose private texts of which kind may be on their pages.
struct Reader {
    called: &'static str,
    browser: Browser,
    may: BTreeSet<String>,
}

fn of(people: &[&str], kinds: &[&str]) -> BTreeSet<String> {
    people
        .iter()
        .flat_map(|number| kinds.iter().map(|kind| canary(number, kind)))
        .collect()
}

fn readers(db: &TestDb) -> Vec<Reader> {
    let everybody: Vec<&str> = PEOPLE.iter().map(|p| p.0).collect();
    let reader = |called, browser, may| Reader {
        called,
        browser,
        may,
    };
    let joined =
        |one: BTreeSet<String>, other: BTreeSet<String>| one.into_iter().chain(other).collect();
    let limited = Browser::new(site_at(db, now())).signed_in(db, &[Role::Hr], None);
    db.db
        .write(|conn| {
            let account = store::by_login(conn, &limited.login(db))?;
            let team = store::team_of(conn, "A")?;
            store::set_roles(conn, account.id, &[(Role::Hr, Some(team))], "test", now())
        })
        .unwrap();
    vec![
        // Oneself, and the names of those above.
        reader(
            "agent",
            somebody(db, &[], Some("A1")),
            // A plan is a draft until it is approved, and those they work with were named.
            joined(
                joined(of(&["A1"], &KINDS), of(&["A1"], &["GROUNDS"])),
                of(&["MA", "H", "A2", "A3", "A4", "A5"], &["NAME"]),
            ),
        ),
        reader(
            "manager of A",
            somebody(db, &[], Some("MA")),
            joined(
                joined(of(&A, &KINDS), of(&["H"], &["NAME"])),
                of(&["A1"], &["NOTE", "PLAN", "GROUNDS"]),
            ),
        ),
        reader(
            "head",
            somebody(db, &[], Some("H")),
            joined(
                of(&everybody, &KINDS),
                of(&["A1", "B1"], &["NOTE", "PLAN", "GROUNDS"]),
            ),
        ),
        reader(
            "hr",
            somebody(db, &[Role::Hr], None),
            joined(
                of(&everybody, &KINDS),
                of(&["A1", "B1"], &["PLAN", "GROUNDS"]),
            ),
        ),
        reader(
            "hr of A",
            limited,
            joined(
                joined(of(&A, &KINDS), of(&["H"], &["NAME"])),
                of(&["A1"], &["PLAN", "GROUNDS"]),
            ),
        ),
        reader(
            "trainer",
            somebody(db, &[Role::Trainer], None),
            of(&everybody, &["NAME", "MAIL", "PHONE"]),
        ),
        reader(
            "leadership",
            somebody(db, &[Role::Leadership], None),
            BTreeSet::new(),
        ),
        reader(
            "auditor",
            somebody(db, &[Role::Auditor], None),
            joined(
                of(&everybody, &KINDS),
                of(&["A1", "B1"], &["PLAN", "GROUNDS"]),
            ),
        ),
        // Whose accounts there are is the administrator's business.
        reader(
            "administrator",
            somebody(db, &[Role::Administrator], None),
            of(&["A1", "A2", "A3", "B1", "B2", "MA", "MB", "H"], &["NAME"]),
        ),
    ]
}

/// Most pages of one reader.
const PAGES: usize = 220;

/// Pages whose addresses differ in what follows `?` alone are looked at so often.
const ALIKE: usize = 4;

/// A page is to be lighter than this, in bytes; reports, which hold every chart of a quarter, are not.
const HEAVIEST: usize = 40 * 1024;

/// Every page a reader is led to, from the home page on.
fn crawl(browser: &Browser) -> BTreeMap<String, (String, Page)> {
    let mut seen: BTreeMap<String, (String, Page)> = BTreeMap::new();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let mut waiting = VecDeque::from([("/".to_string(), "nowhere".to_string())]);
    while let Some((address, from)) = waiting.pop_front() {
        let bare = address.split('#').next().unwrap().replace("&amp;", "&");
        let path = bare.split('?').next().unwrap().to_string();
        if seen.contains_key(&bare) || path.starts_with("/static/") || seen.len() >= PAGES {
            continue;
        }
        let so_far = alike.entry(path).or_default();
        *so_far += 1;
        if *so_far > ALIKE {
            continue;
        }
        let page = browser.get(&bare);
        for link in page.text().split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap();
            let whole = match link.strip_prefix('?') {
                Some(query) => format!("{}?{query}", bare.split('?').next().unwrap()),
                None => link.to_string(),
            };
            if whole.starts_with('/') {
                waiting.push_back((whole, bare.clone()));
            }
        }
        seen.insert(bare, (from, page));
    }
    seen
}

/// Addresses nobody has to be shown to try.
fn guessed() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (number, ..) in PEOPLE {
        for rest in [
            "",
            "/measures",
            "/measures/csat",
            "/records",
            "/records.csv",
            "/cycles",
            "/notes",
            "/notes.csv",
        ] {
            all.push(format!("/people/{number}{rest}"));
        }
        for rest in [
            "",
            "/self",
            "/peers",
            "/peer-review",
            "/review",
            "/note",
            "/feedback",
            "/appeal",
        ] {
            all.push(format!("/cycles/2026Q2/people/{number}{rest}"));
        }
        all.push(format!("/reports/2026Q2/people/{number}"));
        all.push(format!("/cycles/2026Q3/people/{number}"));
        all.push(format!("/reports/2026Q3/people/{number}"));
        all.push(format!("/search?q={number}"));
    }
    for team in ["HQ", "A", "B"] {
        for rest in ["", "/measures", "/records", "/records.csv", "/complaints"] {
            all.push(format!("/teams/{team}{rest}"));
        }
        all.push(format!("/reports/2026Q3/teams/{team}"));
    }
    for id in 1..30 {
        for kind in ["service", "survey", "complaint", "review"] {
            all.push(format!("/records/{kind}/{id}"));
        }
    }
    all.extend(
        [
            "/people.csv",
            "/cycles/2026Q3/people.csv",
            "/accounts",
            "/audit",
            "/audit.csv",
            "/imports",
            "/findings",
            "/plans",
            "/plans.csv",
            "/plans/P-0001",
            "/plans/P-0001/file",
            "/plans/P-0002",
            "/plans/P-0002/file",
            "/appeals",
            "/appeals.csv",
            "/cycles/2026Q2/reviews",
            "/cycles/2026Q2/reviews.csv",
            "/cycles/2026Q2/fairness",
            "/inbox",
        ]
        .map(str::to_string),
    );
    all
}

fn nobody_sees_what_they_should_not_and_every_link_leads_somewhere(db: &TestDb) {
    company(db);
    let mut wrong = Vec::new();
    for Reader {
        called,
        browser,
        may,
    } in readers(db)
    {
        let mut look = |address: &str, page: &Page| {
            let text = page.text();
            for (number, ..) in PEOPLE {
                for kind in KINDS.into_iter().chain(SAID) {
                    let canary = canary(number, kind);
                    if text.contains(&canary) && !may.contains(&canary) {
                        wrong.push(format!("{called}: {address} holds {canary}"));
                    }
                }
            }
            if page.status >= 500 {
                wrong.push(format!("{called}: {address} answers {}", page.status));
            }
        };
        let found = crawl(&browser);
        for (address, (_, page)) in &found {
            look(address, page);
        }
        for address in guessed() {
            if !found.contains_key(&address) {
                look(&address, &browser.get(&address));
            }
        }
        assert!(found.len() > 5, "{called} was led to {} pages", found.len());
        for (address, (from, page)) in &found {
            if page.status != 200 && page.status != 303 {
                wrong.push(format!(
                    "{called}: {from} leads to {address}: {}",
                    page.status
                ));
            }
            let is_html = page.headers.get("content-type").is_some_and(|kind| {
                kind.to_str()
                    .is_ok_and(|kind| kind.starts_with("text/html"))
            });
            let is_report = address.starts_with("/reports/");
            if is_html && !is_report && page.bytes.len() > HEAVIEST {
                wrong.push(format!("{called}: {address} weighs {}", page.bytes.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
