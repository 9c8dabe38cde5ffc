//! Whole bundles: who sees what, where links lead, that nothing breaks out of a page.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::appraisals::model::result::{PersonResult, TeamResult, TeamSummary};
use crate::people::groups::SMALLEST_GROUP;
use crate::reports::data;

struct World {
    cycle: CycleResult,
    people: Vec<PersonResult>,
    teams: Vec<TeamResult>,
}

impl World {
    fn new() -> World {
        let cycle = samples::cycle(samples::rules());
        World {
            people: samples::people(&cycle.rules),
            teams: samples::teams(&cycle.rules),
            cycle,
        }
    }

    fn pages(&self, audience: &Audience) -> Arc<PageSet> {
        let people = self
            .people
            .iter()
            .map(|p| (p.employee_no.as_str(), p.team.as_deref()));
        Arc::new(PageSet::of(audience, &self.cycle, people, &Locale::ALL))
    }

    fn report<'a>(&'a self, audience: &'a Audience, locale: Locale) -> Report<'a> {
        Report::new(Context {
            audience,
            cycle: &self.cycle,
            frozen_at: Some("2016-04-12 09:30"),
            locale,
            organisation: samples::HOSTILE[2],
            pages: self.pages(audience),
            plans: &samples::NO_PLANS,
            fair: None,
            program: "espalier 0.0.0",
            provisional: false,
            snapshot: "1 · 3f2a91c07b1e",
        })
        .unwrap()
    }

    /// Every text file of the bundle by its path.
    fn bundle(&self, audience: &Audience) -> BTreeMap<String, String> {
        let pages = self.pages(audience);
        let mut all = BTreeMap::new();
        let mut add = |path: String, write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            all.insert(path, String::from_utf8(out).unwrap());
        };
        let reports: Vec<Report> = Locale::ALL
            .iter()
            .map(|locale| self.report(audience, *locale))
            .collect();
        add(INDEX.into(), &|out| index(&reports, out).unwrap());
        for report in &reports {
            let path = |page: Page| page.path(report.locale());
            if pages.overview() {
                add(path(Page::Overview), &|out| report.overview(out).unwrap());
            }
            if pages.cycle() {
                add(path(Page::Cycle), &|out| {
                    report.cycle(&self.teams, out).unwrap();
                });
            }
            for team in &self.teams {
                if pages.teams().contains(&team.code) {
                    add(path(Page::Team(&team.code)), &|out| {
                        report.team(team, out).unwrap();
                    });
                }
            }
            for person in &self.people {
                if pages.people().contains(&person.employee_no) {
                    add(path(Page::Person(&person.employee_no)), &|out| {
                        report.person(person, 1, None, out).unwrap();
                    });
                }
            }
        }
        add(data::CYCLE_PATH.into(), &|out| {
            data::cycle(&self.cycle, &pages, false, out).unwrap();
        });
        for team in &self.teams {
            if pages.teams().contains(&team.code) {
                let names = audience.sees_people();
                add(data::team_path(&team.code), &|out| {
                    data::team(team, &self.cycle.rules, false, names, out).unwrap();
                });
            }
        }
        all
    }
}

fn audiences() -> [Audience; 4] {
    [
        Audience::All,
        Audience::Leadership,
        Audience::Team("FIELD-N".into()),
        Audience::Staff("E1042".into()),
    ]
}

/// What stands between `start` and the next quotation mark, everywhere in a page.
fn attributes<'p>(page: &'p str, start: &str) -> Vec<&'p str> {
    page.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// Where a relative address leads from a page.
fn follow(from: &str, address: &str) -> String {
    let mut way: Vec<&str> = from.split('/').collect();
    way.pop();
    for step in address.split('#').next().unwrap().split('/') {
        match step {
            ".." => {
                way.pop();
            }
            step => way.push(step),
        }
    }
    way.join("/")
}

#[test]
fn links_lead_only_to_pages_of_the_bundle() {
    let world = World::new();
    for audience in audiences() {
        let bundle = world.bundle(&audience);
        let mut links = 0;
        for (path, page) in bundle.iter().filter(|(path, _)| path.ends_with(".html")) {
            for address in attributes(page, "href=\"") {
                if let Some(id) = address.strip_prefix('#') {
                    assert!(
                        page.contains(&format!("id=\"{id}\"")),
                        "{audience}: {path} names #{id}"
                    );
                    continue;
                }
                let to = follow(path, address);
                assert!(
                    to == STYLE_SHEET || bundle.contains_key(&to),
                    "{audience}: {path} leads to {to}"
                );
                links += 1;
            }
        }
        assert!(links > 5, "{audience}");
    }
}

#[test]
fn every_id_stands_once_and_every_label_is_there() {
    let world = World::new();
    for (path, page) in world.bundle(&Audience::All) {
        let ids = attributes(&page, " id=\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{path}");
        for label in attributes(&page, "aria-labelledby=\"") {
            for id in label.split(' ') {
                assert!(unique.contains(id), "{path}: {id}");
            }
        }
    }
}

#[test]
fn nothing_breaks_out_of_a_page() {
    let world = World::new();
    let mut seen = 0;
    for audience in audiences() {
        for (path, page) in world.bundle(&audience) {
            if !path.ends_with(".html") {
                continue;
            }
            for raw in ["<script", "<b>", "style=\"", "http://", "https://"] {
                assert!(!page.contains(raw), "{path}: {raw}");
            }
            seen += usize::from(page.contains("&lt;/script&gt;") || page.contains("{{7*7}}"));
        }
    }
    assert!(seen > 4, "the hostile names are on some pages");
}

#[test]
fn leadership_reads_no_name_and_no_number_of_a_person() {
    let world = World::new();
    let bundle = world.bundle(&Audience::Leadership);
    assert!(!bundle.keys().any(|path| path.contains("people/")));
    for (path, file) in &bundle {
        for person in &world.people {
            // The hostile name also stands in a reason of the cycle.
            if samples::HOSTILE.contains(&person.name.as_str()) {
                continue;
            }
            assert!(!file.contains(&person.employee_no), "{path}");
            assert!(!file.contains(&person.name), "{path}");
            assert!(
                person.name_en.is_empty() || !file.contains(&person.name_en),
                "{path}"
            );
        }
    }
}

#[test]
fn small_teams_are_withheld_from_leadership_and_so_is_what_would_tell_them() {
    let world = World::new();
    let audience = Audience::Leadership;
    // The laboratory has two people. It alone would follow from the company less the others, so the
    // smallest of the others is merged with it.
    let shown: Vec<String> = world.pages(&audience).teams().iter().cloned().collect();
    assert_eq!(shown, ["FIELD", "FIELD-N", "FIELD-S", "NIGHT"]);
    for (path, file) in world.bundle(&audience) {
        for hidden in [
            "LAB",
            "Laboratory",
            "实验室",
            "VOID",
            "Set-up Group",
            "筹建组",
        ] {
            assert!(!file.contains(hidden), "{path}: {hidden}");
        }
    }
    let overview = &world.bundle(&audience)["en/index.html"];
    assert!(overview.contains("2 teams are not shown by themselves"));
}

#[test]
fn a_manager_sees_the_own_team_and_nothing_of_the_company() {
    let world = World::new();
    let bundle = world.bundle(&Audience::Team("FIELD-N".into()));
    assert!(!bundle.contains_key("en/index.html"));
    assert!(bundle.contains_key("en/people/E1042.html"));
    let cycle = &bundle["en/cycle.html"];
    assert!(cycle.contains("Ouyang Siyuan"));
    for foreign in ["Zhao Min", "Night Desk", "Laboratory"] {
        assert!(
            !bundle.values().any(|file| file.contains(foreign)),
            "{foreign}"
        );
    }
    let figures: serde_json::Value = serde_json::from_str(&bundle[data::CYCLE_PATH]).unwrap();
    assert!(figures["company"].is_null() && figures["missing"].is_null());
}

#[test]
fn staff_see_their_own_sheet_alone() {
    let world = World::new();
    let bundle = world.bundle(&Audience::Staff("E1042".into()));
    let pages: Vec<&str> = bundle
        .keys()
        .filter(|path| path.ends_with(".html"))
        .map(String::as_str)
        .collect();
    assert_eq!(
        pages,
        [
            "en/people/E1042.html",
            "index.html",
            "zh-CN/people/E1042.html"
        ]
    );
    let sheet = &bundle["en/people/E1042.html"];
    // Without the page of the cycle, definitions stand on the sheet itself.
    assert!(sheet.contains("Control charts") && sheet.contains("Wilson interval"));
}

#[test]
fn pages_of_equal_input_have_equal_bytes() {
    let world = World::new();
    assert_eq!(world.bundle(&Audience::All), world.bundle(&Audience::All));
}

#[test]
fn every_page_prints_period_snapshot_audience_and_method() {
    let world = World::new();
    for (path, page) in world.bundle(&Audience::All) {
        if path.ends_with(".html") && path != INDEX {
            for part in [
                "2016-01-01 – 2016-03-31",
                "2016-04-12 09:30",
                "3f2a91c07b1e",
                "id=\"method\"",
            ] {
                assert!(page.contains(part), "{path}: {part}");
            }
        }
    }
}

#[test]
fn what_is_not_frozen_says_so() {
    let world = World::new();
    let audience = Audience::All;
    let mut report = world.report(&audience, Locale::En);
    report.context.frozen_at = None;
    report.context.provisional = true;
    let report = Report::new(report.context).unwrap();
    let mut out = Vec::new();
    report.person(&world.people[0], 1, None, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert!(page.contains("These figures are not frozen"));
    assert!(!page.contains("2016-04-12"));
}

#[test]
fn an_audience_is_written_as_it_is_read() {
    for audience in audiences() {
        assert_eq!(audience.to_string().parse(), Ok(audience));
    }
    for bad in ["", "team:", "staff", "everybody", "Team:A"] {
        assert_eq!(bad.parse::<Audience>(), Err(UnknownAudience(bad.into())));
    }
}

#[test]
fn a_code_of_plain_letters_is_its_own_file_name() {
    assert_eq!(file_name("FIELD-N"), "FIELD-N");
    assert_eq!(file_name("E1042"), "E1042");
    assert_eq!(file_name("e1"), "e1~8");
    assert_eq!(file_name("../x"), "=2E=2E=2Fx~1");
    assert_eq!(file_name("NUL"), "=4EUL");
    assert_eq!(file_name("com1"), "=63om1~E");
    assert_eq!(file_name("华"), "=E5=8D=8E");
    assert_eq!(file_name("a~8"), "a=7E8~8");
    assert_eq!(file_name(""), "");
}

fn summary(code: String, parent: Option<String>, headcount: i64) -> TeamSummary {
    TeamSummary {
        code,
        distribution: Vec::new(),
        figures: Vec::new(),
        headcount,
        kpi_score_h: None,
        name_en: String::new(),
        name_zh: String::new(),
        not_rated: 0,
        parent,
        records: 0,
    }
}

proptest! {
    #[test]
    fn different_codes_have_different_file_names_in_any_case(a in "[a-cA-C0-9=~%./ 华é-]{1,6}", b in "[a-cA-C0-9=~%./ 华é-]{1,6}") {
        prop_assume!(a != b);
        prop_assert_ne!(file_name(&a).to_ascii_lowercase(), file_name(&b).to_ascii_lowercase());
    }

    /// Teams in random trees: what leadership sees never leaves a group of one to four.
    #[test]
    fn no_group_under_five_follows_from_what_leadership_sees(
        own in prop::collection::vec((0_i64..9, 0_usize..8), 1..10),
        unassigned in 0_i64..7,
    ) {
        let parent_of = |i: usize, p: usize| (i > 0).then(|| p % i).filter(|_| p != 7);
        let mut heads: Vec<i64> = own.iter().map(|(n, _)| *n).collect();
        for i in (0..own.len()).rev() {
            if let Some(parent) = parent_of(i, own[i].1) {
                heads[parent] += heads[i];
            }
        }
        let code = |i: usize| format!("T{i}");
        let mut cycle = samples::cycle(samples::rules());
        cycle.teams = own
            .iter()
            .enumerate()
            .map(|(i, (_, p))| summary(code(i), parent_of(i, *p).map(code), heads[i]))
            .collect();
        let company: i64 = unassigned + own.iter().map(|(n, _)| n).sum::<i64>();
        cycle.group.headcount = company;
        let pages = PageSet::of(&Audience::Leadership, &cycle, [], &Locale::ALL);
        let shown = |i: usize| pages.teams().contains(&code(i));
        let above = |i: usize| {
            let mut i = i;
            loop {
                match parent_of(i, own[i].1) {
                    Some(parent) if shown(parent) => return Some(parent),
                    Some(parent) => i = parent,
                    None => return None,
                }
            }
        };
        for whole in (0..own.len()).filter(|i| shown(*i)).map(Some).chain([None]) {
            let size = whole.map_or(company, |i| heads[i]);
            prop_assert!(whole.is_none() || size >= SMALLEST_GROUP);
            let parts: i64 = (0..own.len()).filter(|i| shown(*i) && above(*i) == whole).map(|i| heads[i]).sum();
            let any = (0..own.len()).any(|i| shown(i) && above(i) == whole);
            let rest = size - parts;
            prop_assert!(!any || rest == 0 || rest >= SMALLEST_GROUP);
        }
    }
}
