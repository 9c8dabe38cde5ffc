//! Report bundles: who finds what in them, that they hold together, and that the same figures give the
//! same bytes, on both databases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::both;
use crate::support::db::TestDb;
use crate::support::html;
use crate::support::make::{TEMPLATE, complaints, records, staff, teams};
use crate::support::program::{
    assert_same_files, build, create_cycle, files, force_to, read_json, run,
};

both! {
    leadership_reads_nobodys_name_or_number,
    leadership_reads_nobodys_name_before_the_freeze_either,
    a_team_reads_of_its_own_people_alone,
    a_person_reads_of_nobody_else,
    the_archive_holds_everybody,
    every_page_is_well_formed_and_every_link_ends_inside_the_bundle,
    names_are_shown_as_they_are_whatever_they_hold,
    both_languages_have_the_same_pages,
    one_language_alone_is_possible,
    the_manifest_names_every_file_with_its_hash,
    a_rebuild_without_changes_writes_nothing,
    a_correction_changes_only_the_pages_that_show_it,
    a_page_that_somebody_edited_is_mended,
    somebody_elses_files_are_not_overwritten,
    a_bundle_before_the_freeze_says_so,
}

/// A number that stands nowhere but for a person.
pub fn number(person: usize) -> String {
    format!("K7{person:03}")
}

const FAMILY: [&str; 7] = ["欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙"];
const GIVEN: [&str; 7] = ["鹂", "鹮", "鹳", "鹬", "鹱", "鹗", "鹭"];

/// Names in both languages that stand nowhere else.
pub fn names(person: usize) -> [String; 2] {
    let zh = format!("{}{}", FAMILY[person % 7], GIVEN[person / 7 % 7]);
    [zh, format!("Canary{person:02} Quill{person:02}")]
}

/// Teams of a size and the people in them: 0 leads the company, 1-7 in NORTH, 8-14 in SOUTH, 15-17 in
/// the small team TINY, 18-23 in NORTH-A below NORTH.
const PEOPLE: usize = 24;

fn team(person: usize) -> &'static str {
    match person {
        0 => "HQ",
        1..=7 => "NORTH",
        8..=14 => "SOUTH",
        15..=17 => "TINY",
        _ => "NORTH-A",
    }
}

/// The company and its third quarter of 2026, not yet frozen.
pub fn company(db: &TestDb) {
    teams(
        "code,name_zh,name_en,parent\n\
         HQ,总部,Head office,\n\
         NORTH,北区,North,HQ\n\
         NORTH-A,北区一组,North A,NORTH\n\
         SOUTH,南区,South,HQ\n\
         TINY,试点组,Pilot,HQ\n",
    )
    .load(db);
    let mut csv = String::from("employee_no,name,name_en,email,team,job_role,manager,hired_on\n");
    for person in 0..PEOPLE {
        let [zh, en] = names(person);
        let manager = match person {
            0 => String::new(),
            1 | 8 | 15 => number(0),
            2..=7 | 18.. => number(1),
            9..=14 => number(8),
            _ => number(15),
        };
        let no = number(person);
        writeln!(
            csv,
            "{no},{zh},{en},{no}@example.org,{},agent,{manager},2015-03-02",
            team(person)
        )
        .unwrap();
    }
    staff(&csv).load(db);
    let mut csv = String::from("id,opened_at,employee,channel,sla_met,csat\n");
    let mut upset = String::from("id,employee,received_at,substantiated,category\n");
    for person in 0..PEOPLE {
        for case in 0..5 + person % 4 {
            let (day, month) = (1 + (person * 5 + case * 3) % 28, 7 + case % 3);
            let channel = ["phone", "chat", "email"][(person + case) % 3];
            let met = if (person + case) % 5 > 0 { "yes" } else { "no" };
            let csat = if case % 2 == 0 {
                5 - (person + case) % 3
            } else {
                5
            };
            writeln!(
                csv,
                "r{person}-{case},2026-{month:02}-{day:02} 10:00,{},{channel},{met},{csat}",
                number(person)
            )
            .unwrap();
        }
        if person % 6 == 1 {
            writeln!(
                upset,
                "c{person},{},2026-08-05 12:00,yes,delay",
                number(person)
            )
            .unwrap();
        }
    }
    csv.push_str("nobody,2026-08-08 10:00,,phone,no,1\n");
    records(&csv).load(db);
    complaints(&upset).load(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "evaluation");
}

/// The archive of the quarter, frozen and closed.
fn archive(db: &TestDb) -> PathBuf {
    company(db);
    force_to(db, "2026Q3", "closed");
    build(db, "2026Q3", "out", "all")
}

fn bundle_of(db: &TestDb, audience: &str) -> PathBuf {
    company(db);
    force_to(db, "2026Q3", "closed");
    build(db, "2026Q3", "out", audience)
}

/// Which of these people a bundle betrays, and by what: numbers and names in any file or file name.
fn betrayed(bundle: &Path, people: impl IntoIterator<Item = usize>) -> Vec<String> {
    let files = files(bundle);
    let texts: Vec<(String, String)> = files
        .into_iter()
        .map(|name| {
            let text = fs::read_to_string(bundle.join(&name)).unwrap();
            (name, text)
        })
        .collect();
    let mut found = Vec::new();
    for person in people {
        let [zh, en] = names(person);
        let (given, family) = en.split_once(' ').unwrap();
        for canary in [number(person).as_str(), &zh, given, family] {
            for (name, text) in &texts {
                if text.contains(canary) || name.contains(canary) {
                    found.push(format!("{canary} in {name}"));
                }
            }
        }
    }
    found
}

fn has_people(bundle: &Path) -> bool {
    files(bundle).iter().any(|name| name.contains("people"))
}

fn leadership_reads_nobodys_name_or_number(db: &TestDb) {
    let bundle = bundle_of(db, "leadership");
    assert_eq!(betrayed(&bundle, 0..PEOPLE), Vec::<String>::new());
    assert!(!has_people(&bundle));
    // The three people of TINY are not set apart; nor is SOUTH, since with it the four of TINY and HQ
    // would be what remains of the company.
    let cycle = read_json(&bundle.join("data/cycle.json"));
    assert_eq!(cycle["company"]["headcount"], 24);
    let teams = cycle["teams"].as_array().unwrap().iter();
    let teams: Vec<&str> = teams.map(|t| t["code"].as_str().unwrap()).collect();
    assert_eq!(teams, ["NORTH", "NORTH-A"]);
    for name in files(&bundle) {
        let text = fs::read_to_string(bundle.join(&name)).unwrap();
        assert!(!text.contains("TINY") && !text.contains("试点组"), "{name}");
    }
}

fn leadership_reads_nobodys_name_before_the_freeze_either(db: &TestDb) {
    company(db);
    let bundle = build(db, "2026Q3", "out", "leadership");
    assert_eq!(betrayed(&bundle, 0..PEOPLE), Vec::<String>::new());
    assert!(!has_people(&bundle));
}

fn a_team_reads_of_its_own_people_alone(db: &TestDb) {
    let bundle = bundle_of(db, "team:NORTH");
    let inside = |person: usize| team(person).starts_with("NORTH");
    // Whom the team's manager reports to is the manager's own line.
    let outside = (1..PEOPLE).filter(|p| !inside(*p));
    assert_eq!(betrayed(&bundle, outside), Vec::<String>::new());
    let mut pages: Vec<String> = files(&bundle.join("data/people"));
    pages.sort();
    let expected: Vec<String> = (1..PEOPLE)
        .filter(|p| inside(*p))
        .map(|p| format!("{}.json", number(p)))
        .collect();
    assert_eq!(pages, expected);
    assert_eq!(
        files(&bundle.join("data/teams")),
        ["NORTH-A.json", "NORTH.json"]
    );
    for name in files(&bundle) {
        let text = fs::read_to_string(bundle.join(&name)).unwrap();
        assert!(!text.contains("南区") && !text.contains("South"), "{name}");
    }
    // Nothing of the company's own figures.
    assert_eq!(
        read_json(&bundle.join("data/cycle.json"))["company"],
        Value::Null
    );
}

fn a_person_reads_of_nobody_else(db: &TestDb) {
    let bundle = bundle_of(db, "staff:K7003");
    // K7001 is the manager.
    let others = (0..PEOPLE).filter(|p| ![1, 3].contains(p));
    assert_eq!(betrayed(&bundle, others), Vec::<String>::new());
    assert_eq!(
        files(&bundle),
        [
            "data/people/K7003.json",
            "en/people/K7003.html",
            "index.html",
            "manifest.json",
            "static/espalier.css",
            "zh-CN/people/K7003.html",
        ]
    );
}

fn the_archive_holds_everybody(db: &TestDb) {
    let bundle = archive(db);
    for person in 0..PEOPLE {
        let no = number(person);
        let [zh, en] = names(person);
        for (folder, name) in [("zh-CN", zh), ("en", en)] {
            let page =
                fs::read_to_string(bundle.join(format!("{folder}/people/{no}.html"))).unwrap();
            assert!(page.contains(&name) && page.contains(&no), "{folder} {no}");
        }
    }
    // Figures that readers would look for are on the pages: the same as in the data.
    let person = read_json(&bundle.join("data/people/K7003.json"));
    let total = person["total"].as_f64().unwrap();
    let page = fs::read_to_string(bundle.join("en/people/K7003.html")).unwrap();
    assert!(page.contains(&format!("{total:.2}")), "{total}");
}

fn every_page_is_well_formed_and_every_link_ends_inside_the_bundle(db: &TestDb) {
    company(db);
    force_to(db, "2026Q3", "closed");
    for audience in ["all", "leadership", "team:NORTH", "staff:K7003"] {
        let folder = audience.replace(':', "-");
        assert_holds_together(&build(db, "2026Q3", &folder, audience));
    }
}

/// Every page parses, has no script, and links only to files and places in the bundle.
pub fn assert_holds_together(bundle: &Path) {
    let names: BTreeSet<String> = files(bundle).into_iter().collect();
    let pages: BTreeMap<&str, html::Page> = names
        .iter()
        .filter(|name| name.ends_with(".html"))
        .map(|name| {
            let text = fs::read_to_string(bundle.join(name)).unwrap();
            let page = html::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name.as_str(), page)
        })
        .collect();
    assert!(!pages.is_empty());
    let mut reached = BTreeSet::from(["index.html".to_string(), "manifest.json".to_string()]);
    for (name, page) in &pages {
        assert!(!page.tags.contains("script"), "{name} has a script");
        assert!(page.lang.is_some(), "{name} names no language");
        assert!(!page.title.is_empty(), "{name} has no title");
        for link in &page.links {
            assert!(
                !link.contains(':') && !link.starts_with('/'),
                "{name} leads outside: {link}"
            );
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                (*name).to_string()
            } else {
                join(name, path)
            };
            assert!(
                names.contains(&target),
                "{name} leads to {link}, which is not there"
            );
            if !place.is_empty() {
                let ids = &pages[target.as_str()].ids;
                assert!(ids.contains(place), "{name} leads to {link}: no such place");
            }
            reached.insert(target);
        }
    }
    // Nothing lies about that no page leads to.
    let lost: Vec<&String> = names
        .iter()
        .filter(|name| !name.starts_with("data/") && !reached.contains(*name))
        .collect();
    assert_eq!(lost, Vec::<&String>::new(), "no page leads to these");
    // The only addresses are the names of XML vocabularies.
    for name in &names {
        let text = fs::read_to_string(bundle.join(name)).unwrap();
        let text = text.replace("http://www.w3.org/2000/svg", "");
        for word in ["http:", "https:", "//cdn", "javascript:", "@import"] {
            assert!(!text.contains(word), "{name} holds {word}");
        }
    }
    // What the style sheet loads stands in it.
    let css = fs::read_to_string(bundle.join("static/espalier.css")).unwrap();
    for (_, rest) in css
        .match_indices("url(")
        .map(|(at, _)| css.split_at(at + 4))
    {
        let address = rest.trim_start_matches(['"', '\'']);
        assert!(
            address.starts_with("data:"),
            "{}",
            &rest[..rest.len().min(40)]
        );
    }
}

/// A relative path from a page.
fn join(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => assert!(
                parts.pop().is_some(),
                "{page} leads out of the bundle: {path}"
            ),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn names_are_shown_as_they_are_whatever_they_hold(db: &TestDb) {
    const MARKUP: &str = "<script>alert(1)</script> & Sons";
    teams(&format!(
        "code,name_zh,name_en\na.B_c,{MARKUP},{MARKUP}\nNUL,空,Void\n"
    ))
    .load(db);
    let mut csv = String::from("employee_no,name,name_en,team,job_role,hired_on\n");
    // Numbers that differ in case alone, that a file system keeps for itself, that end in a dot.
    for (at, number) in ["e1", "E1", "con", "7.", "x_y-z.Q", "员工7"]
        .into_iter()
        .enumerate()
    {
        let team = ["a.B_c", "NUL"][at / 3];
        let name_en = format!("\"{MARKUP} \"\"{at}\"\"\"");
        writeln!(csv, "{number},{MARKUP},{name_en},{team},agent,2015-03-02").unwrap();
    }
    staff(&csv).load(db);
    complaints(
        "id,employee,received_at,substantiated,category\n\
         c1,e1,2026-08-05 12:00,yes,<b>late & rude</b>\n",
    )
    .load(db);
    let mut csv = String::from("id,opened_at,employee,sla_met,csat\n");
    for case in 0..30 {
        let (day, number) = (1 + case % 28, ["e1", "E1", "con"][case % 3]);
        writeln!(csv, "r{case},2026-08-{day:02} 10:00,{number},yes,5").unwrap();
    }
    records(&csv).load(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    let reason = "<img src=x onerror=alert(1)> & so on";
    let args = [
        "cycle", "advance", "2026Q3", "--to", "closed", "--reason", reason,
    ];
    run(db, &args).fine();
    let bundle = build(db, "2026Q3", "out", "all");
    assert_holds_together(&bundle);
    let read = |name: &str| fs::read_to_string(bundle.join(name)).unwrap();
    assert!(read("en/cycle.html").contains("&lt;img src=x onerror=alert(1)&gt; &amp; so on"));
    assert!(read("en/index.html").contains("&lt;b&gt;late &amp; rude&lt;"));
    let pages = files(&bundle.join("en/people"));
    let folded: BTreeSet<String> = pages.iter().map(|page| page.to_lowercase()).collect();
    assert_eq!((pages.len(), folded.len()), (6, 6), "{pages:?}");
    for page in &pages {
        let text = read(&format!("en/people/{page}"));
        assert!(text.contains("&lt;script&gt;alert(1)"), "{page}");
    }
    let data = bundle.join("data/people");
    for name in files(&data) {
        assert_eq!(read_json(&data.join(&name))["name"], MARKUP, "{name}");
    }
}

fn both_languages_have_the_same_pages(db: &TestDb) {
    let bundle = archive(db);
    let zh = files(&bundle.join("zh-CN"));
    assert_eq!(zh, files(&bundle.join("en")));
    // Two pages of the company, one for each of 5 teams and 24 people.
    assert_eq!(zh.len(), 2 + 5 + 24);
    for (folder, lang) in [("zh-CN", "zh-CN"), ("en", "en")] {
        for name in &zh {
            let path = bundle.join(folder).join(name);
            let page = html::parse(&fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(page.lang.as_deref(), Some(lang), "{folder}/{name}");
        }
    }
    // The English pages speak English: what is Chinese on them is names.
    let page = fs::read_to_string(bundle.join("en/index.html")).unwrap();
    assert!(page.contains("Head office") && !page.contains("总部"));
    let page = fs::read_to_string(bundle.join("zh-CN/index.html")).unwrap();
    assert!(page.contains("总部") && !page.contains("Head office"));
}

fn one_language_alone_is_possible(db: &TestDb) {
    archive(db);
    let args = [
        "report", "build", "--cycle", "2026Q3", "--out", "en-only", "--locale", "en",
    ];
    run(db, &args).fine();
    let bundle = db.folder().join("en-only");
    assert!(!bundle.join("zh-CN").exists());
    assert_holds_together(&bundle);
    assert_eq!(
        read_json(&bundle.join("manifest.json"))["locales"],
        serde_json::json!(["en"])
    );
}

fn sha256(path: &Path) -> String {
    let hash = Sha256::digest(fs::read(path).unwrap());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn the_manifest_names_every_file_with_its_hash(db: &TestDb) {
    let bundle = archive(db);
    let manifest = read_json(&bundle.join("manifest.json"));
    let named = manifest["files"].as_object().unwrap();
    let mut found = files(&bundle);
    found.retain(|name| name != "manifest.json");
    assert_eq!(named.keys().cloned().collect::<Vec<_>>(), found);
    for (name, entry) in named {
        assert_eq!(entry["sha256"], sha256(&bundle.join(name)), "{name}");
        assert_eq!(
            entry["bytes"],
            fs::metadata(bundle.join(name)).unwrap().len(),
            "{name}"
        );
    }
    assert_eq!(manifest["provisional"], false);
    assert_eq!(
        manifest["program"],
        concat!("espalier ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(
        (&manifest["cycle"], &manifest["audience"]),
        (&"2026Q3".into(), &"all".into())
    );
    // The audit head is an event of the trail, and the snapshots are those of the database.
    let head = manifest["audit_head"].as_str().unwrap();
    let known = db.lines("select hash as line from audit_event where action = 'cycle.advance'");
    assert!(known.iter().any(|hash| hash == head), "{head}");
    let stored: BTreeSet<String> = db
        .lines("select kind || '/' || subject || ' ' || sha256 as line from snapshot")
        .into_iter()
        .collect();
    let told = manifest["snapshots"].as_object().unwrap();
    assert_eq!(told.len(), 1 + 5 + 24);
    for (subject, entry) in told {
        let line = format!("{subject} {}", entry["sha256"].as_str().unwrap());
        assert!(stored.contains(&line), "{line}");
    }
}

/// When each file was written.
fn times(bundle: &Path) -> Vec<(String, std::time::SystemTime)> {
    let time = |name: &String| fs::metadata(bundle.join(name)).unwrap().modified().unwrap();
    files(bundle)
        .into_iter()
        .map(|name| (name.clone(), time(&name)))
        .collect()
}

const BUILD: [&str; 6] = ["report", "build", "--cycle", "2026Q3", "--out", "out"];

fn a_rebuild_without_changes_writes_nothing(db: &TestDb) {
    let bundle = archive(db);
    let before = times(&bundle);
    let said = run(db, &BUILD).fine();
    assert!(said.contains(": 0 files written"), "{said}");
    assert_eq!(times(&bundle), before);
    // From nothing: the same bytes.
    assert_same_files(&bundle, &build(db, "2026Q3", "again", "all"));
    // Nothing of the building is left beside it but the lock.
    let beside: Vec<String> = fs::read_dir(db.folder())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.') && !name.ends_with(".lock"))
        .collect();
    assert_eq!(beside, Vec::<String>::new());
}

fn a_correction_changes_only_the_pages_that_show_it(db: &TestDb) {
    company(db);
    let before = build(db, "2026Q3", "before", "all");
    // Met instead of missed: nothing of the day, the channel or the person changes but that.
    let missed =
        db.line("select external_id as line from service_record where external_id = 'r18-2'");
    assert_eq!(missed, "r18-2");
    records(
        "id,opened_at,employee,channel,sla_met,csat\nr18-2,2026-09-13 10:00,K7018,email,no,5\n",
    )
    .load(db);
    let after = build(db, "2026Q3", "after", "all");
    assert_eq!(files(&before), files(&after));
    let changed: Vec<String> = files(&before)
        .into_iter()
        .filter(|name| name != "manifest.json")
        .filter(|name| fs::read(before.join(name)).unwrap() != fs::read(after.join(name)).unwrap())
        .collect();
    // Of K7018, of the team, of those above it, and of the company.
    let shown = |name: &str| {
        let stem = Path::new(name).file_stem().unwrap().to_str().unwrap();
        let group = ["cycle", "NORTH-A", "NORTH", "HQ"].contains(&stem);
        group || stem == "K7018" || name == "en/index.html" || name == "zh-CN/index.html"
    };
    let strangers: Vec<&String> = changed.iter().filter(|name| !shown(name)).collect();
    assert_eq!(strangers, Vec::<&String>::new(), "changed without need");
    for name in [
        "data/cycle.json",
        "data/people/K7018.json",
        "data/teams/HQ.json",
        "data/teams/NORTH-A.json",
        "data/teams/NORTH.json",
        "en/index.html",
        "en/people/K7018.html",
        "zh-CN/people/K7018.html",
        "zh-CN/teams/NORTH-A.html",
    ] {
        assert!(
            changed.iter().any(|c| c == name),
            "{name} did not change: {changed:?}"
        );
    }
}

fn a_page_that_somebody_edited_is_mended(db: &TestDb) {
    let bundle = archive(db);
    let page = bundle.join("en/people/K7003.html");
    let good = fs::read(&page).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&page, "nothing to see here").unwrap();
    fs::remove_file(bundle.join("data/people/K7004.json")).unwrap();
    let said = run(db, &BUILD).fine();
    assert!(said.contains(": 2 files written"), "{said}");
    assert!(fs::read(&page).unwrap() == good);
    assert!(bundle.join("data/people/K7004.json").is_file());
}

fn somebody_elses_files_are_not_overwritten(db: &TestDb) {
    company(db);
    let folder = db.folder().join("mine");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "Dear all").unwrap();
    let args = ["report", "build", "--cycle", "2026Q3", "--out", "mine"];
    let said = run(db, &args).refused();
    assert!(said.contains("letter.txt"), "{said}");
    assert_eq!(files(&folder), ["letter.txt"]);
    // A bundle into which somebody put a file is theirs as well; without it, it is ours again.
    let bundle = build(db, "2026Q3", "out", "all");
    fs::write(bundle.join("en/notes.txt"), "mine").unwrap();
    let before = times(&bundle);
    let said = run(db, &BUILD).refused();
    assert!(said.contains("notes.txt"), "{said}");
    assert_eq!(times(&bundle), before);
    fs::remove_file(bundle.join("en/notes.txt")).unwrap();
    run(db, &BUILD).fine();
    // A file is no folder.
    let args = [
        "report",
        "build",
        "--cycle",
        "2026Q3",
        "--out",
        "mine/letter.txt",
    ];
    run(db, &args).refused();
    assert_eq!(
        fs::read_to_string(folder.join("letter.txt")).unwrap(),
        "Dear all"
    );
}

fn a_bundle_before_the_freeze_says_so(db: &TestDb) {
    company(db);
    let provisional = |bundle: &Path| {
        let says = |name: &str, word: &str| {
            fs::read_to_string(bundle.join(name))
                .unwrap()
                .contains(word)
        };
        let manifest = read_json(&bundle.join("manifest.json"));
        let person = read_json(&bundle.join("data/people/K7003.json"));
        let team = read_json(&bundle.join("data/teams/NORTH.json"));
        let cycle = read_json(&bundle.join("data/cycle.json"));
        [
            manifest["provisional"] == true,
            manifest["frozen_at"].is_null(),
            person["provisional"] == true,
            team["provisional"] == true,
            cycle["provisional"] == true,
            says("en/people/K7003.html", "not frozen"),
            says("en/index.html", "not frozen"),
            says("zh-CN/teams/NORTH.html", "尚未冻结"),
        ]
    };
    let bundle = build(db, "2026Q3", "out", "all");
    assert_eq!(provisional(&bundle), [true; 8]);
    assert_holds_together(&bundle);
    force_to(db, "2026Q3", "closed");
    assert_eq!(provisional(&build(db, "2026Q3", "out", "all")), [false; 8]);
}

#[test]
fn both_databases_give_the_same_bytes() {
    let Some(postgres) = TestDb::postgres() else {
        return;
    };
    let sqlite = TestDb::sqlite();
    for audience in ["all", "leadership", "team:NORTH"] {
        let folder = audience.replace(':', "-");
        let [one, other] = [&sqlite, &postgres].map(|db| {
            if audience == "all" {
                company(db);
                force_to(db, "2026Q3", "closed");
            }
            build(db, "2026Q3", &folder, audience)
        });
        assert_same_files(&one, &other);
    }
}
