//! People and teams in the browser: who is whose reach, on the days that a form says; lists that neither skip
//! nor repeat; forms that are wrong, stale or sent twice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use espalier::access::{Permission, Reach, Role};
use espalier::people::model::{Seat, on};
use espalier::people::store::lists::{self, Filter, Start, Status};
use espalier::people::store::{Directory, person, reach};
use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::RngExt;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{self, company, day, staff};
use crate::support::queries;
use crate::support::web::{Browser, Page, site_at, somebody};

both! {
    after_every_move_the_lines_are_those_of_a_full_count,
    a_list_holds_whom_the_postings_put_below_its_reader,
    a_move_by_form_counts_from_its_day,
    nobody_is_put_below_themselves,
    a_stale_form_shows_both_versions_and_changes_nothing,
    a_form_sent_twice_is_done_once,
    whoever_is_out_of_reach_does_not_exist,
    a_list_by_key_neither_skips_nor_repeats_and_its_file_is_the_same,
    leaving_ends_the_posting_and_coming_back_reopens_it,
    somebody_new_is_below_their_manager_at_once,
    a_level_is_kept_beside_the_ones_before,
    a_team_is_not_made_part_of_itself,
    leadership_sees_teams_and_no_names,
    a_search_goes_straight_to_what_is_meant,
    a_page_asks_few_questions_of_the_database,
}

const ROLE: i64 = 1;

/// Twelve people who, one move after the other, get managers by chance; everything that is refused stays
/// undone.
struct Chance {
    random: TestRng,
    people: Vec<i64>,
}

fn chance(db: &TestDb) -> Chance {
    let rows: String = (1..=12)
        .map(|n| format!("P{n:02},甲{n},A,agent,2026-01-01\n"))
        .collect();
    company(db);
    staff(&format!("employee_no,name,team,job_role,hired_on\n{rows}")).load(db);
    let directory = db.db.read(Directory::load).unwrap();
    let people = (1..=12).map(|n| directory.by_number(&format!("P{n:02}")).unwrap());
    Chance {
        random: TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
        people: people.collect(),
    }
}

impl Chance {
    fn somebody(&mut self) -> i64 {
        self.people[self.random.random_range(0..self.people.len())]
    }

    /// A day of 2026.
    fn day(&mut self) -> NaiveDate {
        day("2026-01-01") + Days::new(self.random.random_range(0..360))
    }

    /// Moves somebody; whether it was allowed.
    fn step(&mut self, db: &TestDb) -> bool {
        let (who, manager, from) = (self.somebody(), self.somebody(), self.day());
        let alone = self.random.random_range(0..8) == 0;
        let done = db.db.write(|conn| {
            let role = Directory::load(conn)?.job_role("agent").unwrap_or(ROLE);
            let directory = Directory::load(conn)?;
            let seat = Seat {
                team_id: directory.team_by_code("A"),
                job_role_id: role,
                manager_id: (!alone).then_some(manager),
            };
            person::move_to(conn, &directory.staff[&who], from, seat)
        });
        done.is_ok()
    }
}

fn after_every_move_the_lines_are_those_of_a_full_count(db: &TestDb) {
    let mut chance = chance(db);
    let (mut done, mut refused) = (0, 0);
    for step in 0..60 {
        if chance.step(db) {
            done += 1;
        } else {
            refused += 1;
        }
        assert_eq!(db.db.read(reach::misfits).unwrap(), 0, "after move {step}");
    }
    assert!(done > 20 && refused > 5, "{done} done, {refused} refused");
    let kept = db.rows("reporting_line");
    db.db.write(reach::rebuild).unwrap();
    assert_eq!(db.rows("reporting_line"), kept);
}

/// Who is below somebody on a day, or is the person: by following managers one by one.
fn below(directory: &Directory, me: i64, on_day: NaiveDate) -> BTreeSet<i64> {
    let manager = |id: i64| on(directory.postings(id), on_day).and_then(|p| p.seat.manager_id);
    let mut found = BTreeSet::new();
    for &id in directory.staff.keys() {
        let mut at = Some(id);
        for _ in 0..directory.staff.len() {
            if at == Some(me) {
                found.insert(id);
            }
            at = at.and_then(manager);
        }
    }
    found
}

fn a_list_holds_whom_the_postings_put_below_its_reader(db: &TestDb) {
    let mut chance = chance(db);
    for _ in 0..40 {
        chance.step(db);
    }
    let directory = db.db.read(Directory::load).unwrap();
    let mut widest = 0;
    for on_day in ["2026-01-02", "2026-05-15", "2026-12-30"].map(day) {
        for &me in &chance.people {
            let reach = Reach::of(Permission::ViewPeople, Some(me), &[], on_day).unwrap();
            let filter = Filter {
                status: Status::All,
                ..Filter::default()
            };
            let listed = db
                .db
                .read(|conn| lists::page(conn, &reach, &filter, &Start::First, 99));
            let listed: BTreeSet<i64> = listed.unwrap().iter().map(|row| row.id).collect();
            assert_eq!(listed, below(&directory, me, on_day), "{me} on {on_day}");
            widest = widest.max(listed.len());
            for &other in &chance.people {
                let no = directory.staff[&other].employee_no.as_str();
                let found = db.db.read(|conn| reach::find(conn, &reach, no)).is_ok();
                assert_eq!(found, listed.contains(&other));
            }
        }
    }
    assert!(widest > 3, "nobody has a line worth the name: {widest}");
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

/// A move of E1 as HR's form sends it, with some fields otherwise.
fn moved(browser: &Browser, other: &[(&str, &str)]) -> Page {
    let form = browser.get("/people/E1/posting").expect(200);
    let version = form.value("row_version");
    let mut fields = BTreeMap::from([
        ("day", "2026-10-05"),
        ("team", "A"),
        ("job_role", "agent"),
        ("manager", "E2"),
        ("reason", "new desk"),
        ("row_version", version.as_str()),
    ]);
    fields.extend(other.iter().copied());
    let fields: Vec<(&str, &str)> = fields.into_iter().collect();
    browser.post("/people/E1/posting", &fields)
}

fn a_move_by_form_counts_from_its_day(db: &TestDb) {
    company(db);
    let (hr, new) = (hr(db), somebody(db, &[], Some("E2")));
    new.get("/people/E1").expect(404);
    let done = moved(&hr, &[("day", "2026-10-10"), ("team", "B")]).expect(303);
    assert_eq!(done.location(), "/people/E1?said=saved");
    new.get("/people/E1").expect(404);
    let later = make::now() + Days::new(5);
    let then = |no: &str| Browser::new(site_at(db, later)).signed_in(db, &[], Some(no));
    let seen = then("E2").get("/people/E1").expect(200);
    assert!(
        seen.has("2026-10-09") && seen.has("2026-10-10"),
        "{}",
        seen.text()
    );
    // The other manager sees the person on both sides of the day: the new one is below them too.
    let lead = somebody(db, &[], Some("E9"));
    lead.get("/people/E1").expect(200);
    let lead = then("E9");
    assert!(lead.get("/my-team?line=whole").expect(200).has(">E1<"));
    assert!(!lead.get("/my-team").expect(200).has(">E1<"));
    assert_eq!(db.db.read(reach::misfits).unwrap(), 0);
    let trail = "select detail_json as line from audit_event where action = 'staff-posted'";
    let told = db.line(trail);
    assert!(
        told.contains("new desk") && told.contains("2026-10-10"),
        "{told}"
    );
}

fn nobody_is_put_below_themselves(db: &TestDb) {
    company(db);
    let hr = hr(db);
    let before = db.rows("posting");
    let own = moved(&hr, &[("manager", "E1")]).expect(422);
    assert!(own.has("Nobody is their own manager") && own.has("new desk"));
    moved(&hr, &[("manager", "E2")]).expect(303);
    let after = db.rows("posting");
    assert_ne!(before, after);
    let version = hr
        .get("/people/E2/posting")
        .expect(200)
        .value("row_version");
    let round = [
        ("day", "2026-11-01"),
        ("team", "B"),
        ("job_role", "agent"),
        ("manager", "E1"),
        ("reason", "round"),
        ("row_version", version.as_str()),
    ];
    let refused = hr.post("/people/E2/posting", &round).expect(422);
    assert!(refused.has("below the person"), "{}", refused.text());
    for (field, value, said) in [
        ("manager", "E77", "no employee E77"),
        ("team", "ZZ", "no team ZZ"),
        ("job_role", "king", "no job role king"),
        ("day", "2010-01-01", "before the hiring date"),
        ("day", "soon", "2026-11-22"),
        ("reason", "", "This is needed"),
    ] {
        let page = moved(&hr, &[(field, value)]).expect(422);
        assert!(page.has(said), "{field} {value}: {}", page.text());
        assert!(
            field == "reason" || page.has("new desk"),
            "what was typed is gone"
        );
    }
    assert_eq!(db.rows("posting"), after);
}

fn a_stale_form_shows_both_versions_and_changes_nothing(db: &TestDb) {
    company(db);
    let (one, two) = (hr(db), hr(db));
    let version = one.get("/people/E1/edit").expect(200).value("row_version");
    let sent = |browser: &Browser, name: &str| {
        let fields = [("name", name), ("row_version", version.as_str())];
        browser.post("/people/E1/edit", &fields)
    };
    sent(&one, "张大伟").expect(303);
    let stale = sent(&two, "张小伟").expect(409);
    assert!(
        stale.has("张小伟") && stale.has("张大伟"),
        "{}",
        stale.text()
    );
    assert_eq!(
        db.line("select name as line from staff where employee_no = 'E1'"),
        "张大伟"
    );
    // The conflict page carries the version of now: sending it again is meant.
    let now = stale.value("row_version");
    let again = [("name", "张小伟"), ("row_version", now.as_str())];
    two.post("/people/E1/edit", &again).expect(303);
    assert_eq!(
        db.line("select name as line from staff where employee_no = 'E1'"),
        "张小伟"
    );
    moved(&one, &[("row_version", version.as_str())]).expect(409);
}

fn a_form_sent_twice_is_done_once(db: &TestDb) {
    company(db);
    let hr = hr(db);
    let once = [("once", "0123456789abcdef0123")];
    moved(&hr, &once).expect(303);
    let after = db.state();
    moved(&hr, &once).expect(303);
    assert_eq!(db.state(), after);
    let new = [
        ("employee_no", "N1"),
        ("name", "新人"),
        ("job_role", "agent"),
        ("once", "1123456789abcdef0123"),
    ];
    hr.post("/people/new", &new).expect(303);
    hr.post("/people/new", &new).expect(303);
    let taken = hr.post("/people/new", &new[..3]).expect(422);
    assert!(taken.has("has the number N1"), "{}", taken.text());
}

fn whoever_is_out_of_reach_does_not_exist(db: &TestDb) {
    company(db);
    let agent = somebody(db, &[], Some("E1"));
    let said = |no: &str| {
        let page = agent.get(&format!("/people/{no}")).expect(404);
        let text = page.text();
        let (_, rest) = text.split_once("<main").unwrap();
        rest.split("</main>").next().unwrap().replace(no, "NO")
    };
    assert_eq!(said("E2"), said("E0"));
    let own = agent.get("/people/E1").expect(200);
    // The manager is named, but there is no way to a page that would not open.
    assert!(own.has("Wang Qiang") && !own.has("href=\"/people/E9\""));
    assert!(!own.has("href=\"/teams/A\"") && own.has("Team one"));
    agent.get("/teams/A").expect(404);
    assert!(!agent.get("/search?q=E2").expect(200).has("Li Na"));
}

/// The employee numbers of a page's rows.
fn numbers(page: &Page) -> Vec<String> {
    let text = page.text();
    let rows = text.split("<tr><th scope=\"row\">").skip(1);
    rows.map(|row| {
        let cell = row.split("<td>").nth(1).unwrap();
        cell.split("</td>").next().unwrap().to_string()
    })
    .collect()
}

/// The address behind a link of the pager.
fn turn(page: &Page, way: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("rel=\"{way}\" href=\""))?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

fn a_list_by_key_neither_skips_nor_repeats_and_its_file_is_the_same(db: &TestDb) {
    company(db);
    // Half of them have the same name.
    let rows: String = (0..130)
        .map(|n| match n % 2 {
            0 => format!("L{n:03},同名,Same,B,agent,E2\n"),
            _ => format!("L{n:03},名{n},Name {n},B,agent,E2\n"),
        })
        .collect();
    let head = "employee_no,name,name_en,team,job_role,manager\n";
    staff(&format!("{head}{rows}")).load(db);
    let reader = somebody(db, &[], Some("E2"));
    for (list, file) in [
        ("/people", Some("/people.csv")),
        ("/people?q=L", Some("/people.csv?q=L")),
        ("/people/E2", None),
        ("/my-team", None),
    ] {
        let mut pages = vec![reader.get(list).expect(200)];
        while let Some(next) = turn(pages.last().unwrap(), "next") {
            pages.push(reader.get(&next).expect(200));
        }
        let listed = |page: &Page| -> Vec<String> {
            let all = numbers(page).into_iter();
            all.filter(|no| no.starts_with('L')).collect()
        };
        let all: Vec<String> = pages.iter().flat_map(listed).collect();
        let once: BTreeSet<&String> = all.iter().collect();
        assert_eq!(
            (pages.len(), all.len(), once.len()),
            (3, 130, 130),
            "{list}"
        );
        let back = turn(&pages[2], "prev").unwrap();
        assert_eq!(
            listed(&reader.get(&back).expect(200)),
            listed(&pages[1]),
            "{list}"
        );
        if let Some(file) = file {
            let csv = reader.get(file).expect(200).text();
            let lines = csv.lines().skip(1);
            let filed: Vec<&str> = lines.filter_map(|line| line.split(',').next()).collect();
            let filed: Vec<&str> = filed.into_iter().filter(|no| no.starts_with('L')).collect();
            assert_eq!(filed, all, "{file}");
        }
    }
    let members = somebody(db, &[Role::Hr], None).get("/teams/B").expect(200);
    assert_eq!(numbers(&members).len(), 50);
    assert!(members.has("131 entries"), "{}", members.text());
}

fn leaving_ends_the_posting_and_coming_back_reopens_it(db: &TestDb) {
    company(db);
    let hr = hr(db);
    let stays = (db.rows("reporting_line"), postings(db));
    let leave = |left: &str| {
        let version = hr.get("/people/E1/edit").expect(200).value("row_version");
        let fields = [
            ("name", "张伟"),
            ("name_en", "Zhang Wei"),
            ("hired_on", "2015-03-02"),
            ("left_on", left),
            ("row_version", version.as_str()),
        ];
        hr.post("/people/E1/edit", &fields)
    };
    leave("2026-09-30").expect(303);
    assert_eq!(db.db.read(reach::misfits).unwrap(), 0);
    somebody(db, &[], Some("E9")).get("/people/E1").expect(404);
    assert!(hr.get("/people/E1").expect(200).has("left 2026-09-30"));
    let late = moved(&hr, &[]).expect(422);
    assert!(late.has("after the last working day"));
    let refused = leave("2014-01-01").expect(422);
    assert!(refused.has("lies before the hiring date"));
    leave("").expect(303);
    assert_eq!((db.rows("reporting_line"), postings(db)), stays);
}

/// Every posting, without the numbers of the rows.
fn postings(db: &TestDb) -> Vec<String> {
    db.lines(
        "select cast(staff_id as text) || ' ' || cast(valid_from as text) || ' ' || \
         cast(valid_to as text) as line from posting order by staff_id, valid_from",
    )
}

fn somebody_new_is_below_their_manager_at_once(db: &TestDb) {
    company(db);
    let new = [
        ("employee_no", "N1"),
        ("name", "曾新"),
        ("email", "Zeng@Example.com"),
        ("hired_on", "2026-10-01"),
        ("team", "A"),
        ("job_role", "agent"),
        ("manager", "E9"),
    ];
    hr(db).post("/people/new", &new).expect(303);
    let lead = somebody(db, &[], Some("E9"));
    assert!(lead.get("/people/N1").expect(200).has("zeng@example.com"));
    assert!(lead.get("/people?q=zeng").expect(200).has("曾新"));
    assert_eq!(db.db.read(reach::misfits).unwrap(), 0);
}

fn a_level_is_kept_beside_the_ones_before(db: &TestDb) {
    company(db);
    let hr = hr(db);
    let skill = [
        ("code", "calm"),
        ("name_zh", "冷静"),
        ("name_en", "Staying calm"),
        ("critical", "on"),
    ];
    hr.post("/skills/new", &skill).expect(303);
    assert!(
        hr.post("/skills/new", &skill)
            .expect(422)
            .has("calm is taken")
    );
    let judge = |no: &str, level: &str, on: &str| {
        let page = format!("/people/{no}/skills");
        let version = hr.get(&page).expect(200).value("row_version");
        let fields = [
            ("skill", "calm"),
            ("level", level),
            ("day", on),
            ("evidence", "role play"),
            ("row_version", version.as_str()),
        ];
        hr.post(&page, &fields)
    };
    judge("E1", "1", "2026-03-01").expect(303);
    judge("E1", "3", "2026-09-01").expect(303);
    judge("E1", "5", "2026-09-01").expect(422);
    judge("E3", "2", "2026-09-01").expect(303);
    let known = hr.get("/people/E1/skills").expect(200);
    assert!(
        known.has("2026-08-31") && known.has("2026-09-01"),
        "{}",
        known.text()
    );
    let profile = somebody(db, &[], Some("E1")).get("/people/E1").expect(200);
    assert!(profile.has("3 alone") && !profile.has("1 knows about it"));
    // Of the two in team A one does it alone.
    let team = hr.get("/teams/A").expect(200);
    assert!(team.has("only one"), "{}", team.text());
    assert!(
        !somebody(db, &[Role::Leadership], None)
            .get("/teams/A")
            .expect(200)
            .has("only one")
    );
}

fn a_team_is_not_made_part_of_itself(db: &TestDb) {
    company(db);
    let hr = hr(db);
    let change = |code: &str, parent: &str, from: &str| {
        let page = format!("/teams/{code}/edit");
        let version = hr.get(&page).expect(200).value("row_version");
        let fields = [
            ("name_zh", "总部"),
            ("name_en", "Main office"),
            ("parent", parent),
            ("day", from),
            ("row_version", version.as_str()),
        ];
        hr.post(&page, &fields)
    };
    let before = (db.rows("team"), db.rows("team_link"));
    for parent in ["HQ", "A", "ZZ"] {
        change("HQ", parent, "2026-11-01").expect(422);
    }
    assert_eq!((db.rows("team"), db.rows("team_link")), before);
    change("A", "B", "2026-11-01").expect(303);
    change("B", "A", "2026-12-01").expect(422);
    assert!(hr.get("/teams/A").expect(200).has("Main office"));
    let new = [("code", "C"), ("name_zh", "三组"), ("parent", "A")];
    hr.post("/teams/new", &new).expect(303);
    assert!(hr.post("/teams/new", &new).expect(422).has("C is taken"));
    let list = hr.get("/teams").expect(200);
    assert!(list.has("/teams/C") && list.has("三组"));
    assert!(hr.get("/teams.csv").expect(200).has("C,三组,三组,A,0"));
    assert!(!hr.get("/teams?parent=HQ").expect(200).has("/teams/C\""));
}

fn leadership_sees_teams_and_no_names(db: &TestDb) {
    company(db);
    let leader = somebody(db, &[Role::Leadership], None);
    for page in [
        "/teams",
        "/teams/A",
        "/teams/HQ",
        "/teams.csv",
        "/search?q=E",
        "/search?q=Z",
        "/",
    ] {
        let text = leader.get(page).expect(200).text();
        for name in ["Wang Qiang", "Zhang Wei", "王强", "E9", ">E1<"] {
            assert!(!text.contains(name), "{page} names {name}");
        }
    }
    assert!(leader.get("/teams").expect(200).has("Team one"));
    assert!(hr(db).get("/teams/A").expect(200).has("Wang Qiang"));
}

fn a_search_goes_straight_to_what_is_meant(db: &TestDb) {
    company(db);
    let hr = hr(db);
    for (q, place) in [
        ("e1", "/people/E1"),
        ("Li%20Na", "/people/E2"),
        ("hq", "/teams/HQ"),
    ] {
        let page = hr.get(&format!("/search?q={q}")).expect(303);
        assert_eq!(page.location(), place);
    }
    let several = hr.get("/search?q=E").expect(200);
    assert!(several.has("/people/E1") && several.has("/people/E9"));
    assert!(hr.get("/search?q=zhang").expect(200).has("/people/E1"));
    assert!(hr.get("/search?q=xyz").expect(200).has("begins like this"));
    hr.get("/search").expect(200);
    hr.get("/search?q=%27%22%3Cscript").expect(200);
    for nul in [
        "/search?q=%00",
        "/people?q=a%00",
        "/people/%00",
        "/teams/A%00",
    ] {
        hr.get(nul).expect(400);
    }
}

fn a_page_asks_few_questions_of_the_database(db: &TestDb) {
    queries::install();
    company(db);
    let everything = [Role::Hr, Role::Administrator];
    let readers = [
        ("hr", &everything[..], None),
        ("manager", &[][..], Some("E9")),
        ("employee", &[][..], Some("E1")),
    ];
    for (name, roles, employee_no) in readers {
        let browser = Browser::new(site_at(db, make::now())).signed_in(db, roles, employee_no);
        browser.get("/").expect(200);
        for (page, most) in [
            ("/people", 6),
            ("/people?q=E&team=HQ", 8),
            ("/teams", 6),
            ("/my-team", 6),
            ("/people/E1", 10),
            ("/teams/HQ", 10),
            ("/job-roles", 6),
            ("/", 10),
            ("/search?q=zz", 10),
        ] {
            let asked = queries::counted(db.db.address(), || {
                browser.get(page);
            });
            assert!(
                (1..=most).contains(&asked),
                "{page} as {name}: {asked} queries"
            );
        }
    }
}
