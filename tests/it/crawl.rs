//! The whole site as each reader: every link they are shown leads somewhere, no page is too heavy, and
//! nothing stands on any page, list or export that is none of their business. Every private column holds a
//! canary: a text that is found nowhere else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use espalier::access::Role;
use espalier::accounts::store;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{TEMPLATE, answers, complaints, now, records, reviews, staff, teams};
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
            joined(of(&["A1"], &KINDS), of(&["MA", "H"], &["NAME"])),
        ),
        reader(
            "manager of A",
            somebody(db, &[], Some("MA")),
            joined(of(&A, &KINDS), of(&["H"], &["NAME"])),
        ),
        reader("head", somebody(db, &[], Some("H")), of(&everybody, &KINDS)),
        reader(
            "hr",
            somebody(db, &[Role::Hr], None),
            of(&everybody, &KINDS),
        ),
        reader(
            "hr of A",
            limited,
            joined(of(&A, &KINDS), of(&["H"], &["NAME"])),
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
            of(&everybody, &KINDS),
        ),
        // Whose accounts there are is the administrator's business.
        reader(
            "administrator",
            somebody(db, &[Role::Administrator], None),
            of(&["A1", "MA", "H"], &["NAME"]),
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
        ] {
            all.push(format!("/people/{number}{rest}"));
        }
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
                for kind in KINDS {
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
