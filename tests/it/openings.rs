//! Openings: asked for, agreed to by somebody else, published, frozen with the first application, closed; and every
//! form wrong, stale, twice and by the wrong person.

use espalier::access::Role;

use crate::both;
use crate::imports_pages::shown;
use crate::support::db::TestDb;
use crate::support::html;
use crate::support::make;
use crate::support::queries;
use crate::support::recruit::{apply, draft, published, step, terms};
use crate::support::web::{Browser, Page, somebody, visitor};

both! {
    an_opening_goes_from_request_to_end_by_two_people,
    nobody_agrees_to_their_own_request_under_any_account,
    what_is_wrong_comes_back_with_everything_typed,
    what_is_asked_is_changed_until_somebody_applies,
    a_question_about_what_is_protected_is_refused_and_a_text_is_warned_of,
    a_change_that_is_out_of_date_or_sent_twice_changes_nothing,
    nothing_is_published_that_is_incomplete_or_over,
    criteria_are_copied_from_an_earlier_opening,
    everybody_sees_the_openings_of_their_line_and_nothing_else,
    the_list_is_searched_filtered_turned_and_exported,
    what_somebody_typed_is_never_a_part_of_the_page,
    whoever_waits_is_told,
    a_scorecard_that_is_used_stays_in_the_version_that_was_chosen,
}

fn lead(db: &TestDb) -> Browser {
    somebody(db, &[], Some(make::LEAD))
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

fn above(db: &TestDb) -> Browser {
    somebody(db, &[Role::Leadership], None)
}

fn state(db: &TestDb, code: &str) -> String {
    db.line(&format!(
        "select state as line from opening where code = '{code}'"
    ))
}

fn version(who: &Browser, code: &str) -> String {
    who.get(&format!("/openings/{code}/edit"))
        .expect(200)
        .value("row_version")
}

fn an_opening_goes_from_request_to_end_by_two_people(db: &TestDb) {
    make::company(db);
    let code = draft(&lead(db), &[]);
    assert_eq!(code, "O-0001");
    assert_eq!(state(db, &code), "draft");
    assert_eq!(db.count("opening_stage"), 4);
    step(&lead(db), &code, "request", "").expect(303);
    // While somebody thinks it over nothing is changed behind their back.
    hr(db).get(&format!("/openings/{code}/edit")).expect(409);
    step(&above(db), &code, "give_back", "").expect(422);
    step(&above(db), &code, "give_back", "One place is enough").expect(303);
    assert_eq!(state(db, &code), "draft");
    step(&lead(db), &code, "request", "").expect(303);
    step(&above(db), &code, "approve", "").expect(303);
    visitor(db).get(&format!("/careers/{code}")).expect(404);
    step(&lead(db), &code, "publish", "").expect(303);
    visitor(db).get(&format!("/careers/{code}")).expect(200);
    step(&hr(db), &code, "close", "").expect(422);
    step(&hr(db), &code, "close", "Both places are taken").expect(303);
    let page = hr(db).get(&format!("/openings/{code}")).expect(200);
    assert!(page.has("Both places are taken"));
    visitor(db).get(&format!("/careers/{code}")).expect(404);
    for what in ["request", "approve", "publish", "close"] {
        let fields = [("step", what), ("words", "x"), ("row_version", "8")];
        hr(db)
            .post(&format!("/openings/{code}/step"), &fields)
            .expect(409);
    }
    let told = db
        .lines("select action as line from audit_event where action like 'opening.%' order by id");
    assert_eq!(told.len(), 7, "{told:?}");
}

fn nobody_agrees_to_their_own_request_under_any_account(db: &TestDb) {
    make::company(db);
    let asker = somebody(db, &[Role::Hr, Role::Leadership], Some(make::LEAD));
    let code = draft(&asker, &[("owner", make::AGENT)]);
    step(&asker, &code, "request", "").expect(303);
    let page = asker.get(&format!("/openings/{code}")).expect(200);
    assert!(
        page.has("Somebody else than whoever asked"),
        "{}",
        page.text()
    );
    step(&asker, &code, "approve", "").expect(409);
    // The same person under another login, and whoever would own it.
    let again = somebody(db, &[Role::Leadership], Some(make::LEAD));
    step(&again, &code, "approve", "").expect(409);
    let owner = somebody(db, &[Role::Leadership], Some(make::AGENT));
    step(&owner, &code, "approve", "").expect(409);
    assert_eq!(state(db, &code), "requested");
    // Whoever only asks does not agree at all.
    let other = draft(&lead(db), &[]);
    step(&lead(db), &other, "request", "").expect(303);
    step(&lead(db), &other, "approve", "").expect(409);
    step(&above(db), &code, "approve", "").expect(303);
}

fn what_is_wrong_comes_back_with_everything_typed(db: &TestDb) {
    make::company(db);
    let lead = lead(db);
    let before = db.count("opening");
    lead.post("/openings/new", &[]).expect(422);
    let long = "长".repeat(101);
    for (field, value, said) in [
        ("team", "Z9", "Z9"),
        ("job_role", "king", "Choose one"),
        ("owner", "E404", "E404"),
        ("head_count", "0", "1"),
        ("head_count", "1000", "999"),
        ("head_count", "2.5", "whole"),
        ("title_zh", long.as_str(), "100"),
        ("title_en", "", "field"),
        ("opens_on", "2026-02-30", "date"),
        ("from", "O-9999", "O-9999"),
        ("reason", "a\u{1}b", "character"),
    ] {
        let page = lead
            .post("/openings/new", &terms(&[(field, value)]))
            .expect(422);
        assert!(page.has("You answer our customers."), "{field}");
        assert!(page.has(&format!("#f-{field}")), "{field} {said}");
    }
    let turned = [("opens_on", "2026-11-02"), ("closes_on", "2026-11-01")];
    let page = lead.post("/openings/new", &terms(&turned)).expect(422);
    assert!(page.has("#f-closes_on"));
    assert_eq!(db.count("opening"), before);
    lead.post("/openings/new", &[("salary", "9")]).expect(400);
    // An agent has nobody to ask for, whatever their rights say.
    let agent = somebody(db, &[], Some(make::AGENT));
    agent.get("/openings/new").expect(403);
    agent.post("/openings/new", &terms(&[])).expect(403);
    // An owner of another line is nobody.
    let other = terms(&[("owner", "E9")]);
    let scoped = somebody(db, &[], Some("E9"));
    scoped.post("/openings/new", &other).expect(303);
}

/// The fields of the page of criteria as they stand.
fn criteria(who: &Browser, code: &str, changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let address = format!("/openings/{code}/criteria");
    let page = who.get(&address).expect(200);
    shown(&page.text(), &address, changed)
}

fn send(who: &Browser, code: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    who.form(&format!("/openings/{code}/criteria"), &fields)
}

fn what_is_asked_is_changed_until_somebody_applies(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let lead = lead(db);
    let more = [
        ("q2_kind", "choice"),
        ("q2_zh", "普通话水平"),
        ("q2_en", "Level of Mandarin"),
        ("q2_options", "! 无 | none\n二级甲等 | 2A"),
        ("s2_raters", "2"),
        ("pass_total", "62.5"),
    ];
    send(&lead, &code, &criteria(&lead, &code, &more)).expect(303);
    let asked = visitor(db).get(&format!("/careers/{code}")).expect(200);
    assert!(asked.has("Level of Mandarin") && asked.has("62.5"));
    // Unchanged fields come back as they went.
    let stages = db.lines("select name_en || ' ' || raters || ' ' || kit_json as line from opening_stage order by position");
    assert_eq!(stages.len(), 4);
    assert!(stages[1].contains("problem_solving"), "{stages:?}");
    for (changed, field) in [
        (("q2_options", "only one | one"), "q2_options"),
        (("q2_options", "a | b\nc | d"), "q2_options"),
        (("q2_options", "no parts"), "q2_options"),
        (("q0_kind", "riddle"), "q0_kind"),
        (("s0_card", "999"), "s0_card"),
        (("s0_card", ""), "s0_card"),
        (("s1_kit", "charm | 魅力 | Charm"), "s1_kit"),
        (("s1_raters", "0"), "s1_raters"),
        (("pass_total", ""), "pass_total"),
        (("pass_total", "101"), "pass_total"),
        (("pass_interviewers", "0"), "pass_interviewers"),
    ] {
        let page = send(&lead, &code, &criteria(&lead, &code, &[changed])).expect(422);
        assert!(
            page.has(&format!("#f-{field}")),
            "{changed:?} {}",
            page.text()
        );
    }
    let mut strange = criteria(&lead, &code, &[]);
    strange.push(("q9_kind".into(), "yes_no".into()));
    send(&lead, &code, &strange).expect(400);
    let form = criteria(&lead, &code, &[]);
    apply(db, &code, &[("q3", "2")]);
    send(&lead, &code, &form).expect(409);
    let page = lead.get(&format!("/openings/{code}/criteria")).expect(409);
    assert!(page.has("judged alike"), "{}", page.text());
    let page = lead.get(&format!("/openings/{code}")).expect(200);
    assert!(page.has("Somebody has applied"));
    // Its text may still be mended.
    let mended = [
        ("row_version", version(&lead, &code)),
        ("title_en", "Agent".into()),
    ];
    let mended: Vec<(&str, &str)> = mended.iter().map(|(n, v)| (*n, v.as_str())).collect();
    lead.post(&format!("/openings/{code}/edit"), &terms(&mended))
        .expect(303);
    assert!(
        visitor(db)
            .get(&format!("/careers/{code}"))
            .expect(200)
            .has("Agent")
    );
}

fn a_question_about_what_is_protected_is_refused_and_a_text_is_warned_of(db: &TestDb) {
    make::company(db);
    let lead = lead(db);
    let code = draft(&lead, &[("body_en", "We look for a young team.")]);
    for (zh, en) in [
        ("您是否未满35岁？", "Are you ready?"),
        ("准备好了吗？", "Are you married?"),
        ("户籍在本市吗？", "Are you from here?"),
        ("身体健康吗？", "Are you well?"),
        ("限男性，可以吗？", "Is that fine?"),
    ] {
        let typed = [("q0_zh", zh), ("q0_en", en)];
        let page = send(&lead, &code, &criteria(&lead, &code, &typed)).expect(422);
        assert!(page.has("nobody may be refused for"), "{zh} {en}");
    }
    let page = lead.get(&format!("/openings/{code}")).expect(200);
    assert!(page.has("“young” may read as if"), "{}", page.text());
    // Two shipped answers of no consequence are still there.
    assert_eq!(db.line("select cast(count(*) as text) as line from opening where knock_outs_json like '%shifts%'"), "1");
}

fn a_change_that_is_out_of_date_or_sent_twice_changes_nothing(db: &TestDb) {
    make::company(db);
    let (lead, hr) = (lead(db), hr(db));
    let code = draft(&lead, &[]);
    let seen = version(&lead, &code);
    let form = criteria(&lead, &code, &[]);
    let mine = terms(&[("title_en", "Mine"), ("row_version", &seen)]);
    hr.post(&format!("/openings/{code}/edit"), &mine)
        .expect(303);
    let page = lead
        .post(
            &format!("/openings/{code}/edit"),
            &terms(&[("title_en", "Theirs"), ("row_version", &seen)]),
        )
        .expect(409);
    assert!(page.has("Mine") && page.has("Theirs"));
    let page = send(&lead, &code, &form).expect(409);
    assert!(page.has("row_version"));
    let stale = [("step", "request"), ("row_version", seen.as_str())];
    lead.post(&format!("/openings/{code}/step"), &stale)
        .expect(409);
    assert_eq!(state(db, &code), "draft");
    let now = version(&lead, &code);
    let once = "0123456789abcdef0123456789abcdef";
    let twice = [
        ("step", "request"),
        ("row_version", now.as_str()),
        ("once", once),
    ];
    for _ in 0..2 {
        lead.post(&format!("/openings/{code}/step"), &twice)
            .expect(303);
    }
    let new = terms(&[("once", "fedcba9876543210fedcba9876543210")]);
    let first = lead
        .post("/openings/new", &new)
        .expect(303)
        .location()
        .to_string();
    assert_eq!(
        lead.post("/openings/new", &new).expect(303).location(),
        first
    );
    assert_eq!(db.count("opening"), 2);
}

fn nothing_is_published_that_is_incomplete_or_over(db: &TestDb) {
    make::company(db);
    let lead = lead(db);
    for (changed, said) in [
        (
            vec![("body_zh", ""), ("body_en", "")],
            "no text for applicants",
        ),
        (vec![("closes_on", "2026-10-04")], "last day has passed"),
    ] {
        let code = draft(&lead, &changed);
        step(&lead, &code, "request", "").expect(303);
        step(&above(db), &code, "approve", "").expect(303);
        let page = step(&lead, &code, "publish", "").expect(422);
        assert!(page.has(said), "{said}: {}", page.text());
        assert_eq!(state(db, &code), "approved");
    }
    let code = draft(&lead, &[]);
    let few = [("s1_raters", "1"), ("s0_kind", "")];
    send(&lead, &code, &criteria(&lead, &code, &few)).expect(303);
    step(&lead, &code, "request", "").expect(303);
    step(&above(db), &code, "approve", "").expect(303);
    let page = step(&lead, &code, "publish", "").expect(422);
    assert!(page.has("2 independent raters"), "{}", page.text());
}

fn criteria_are_copied_from_an_earlier_opening(db: &TestDb) {
    make::company(db);
    let lead = lead(db);
    let code = draft(&lead, &[]);
    send(
        &lead,
        &code,
        &criteria(&lead, &code, &[("s0_en", "Reading"), ("pass_total", "70")]),
    )
    .expect(303);
    let page = lead.get(&format!("/openings/new?from={code}")).expect(200);
    assert!(page.has(&format!("value=\"{code}\" selected")));
    let copy = draft(&lead, &[("from", &code)]);
    let page = lead.get(&format!("/openings/{copy}")).expect(200);
    assert!(page.has("Reading") && page.has("at least 70 of 100"));
    // An opening out of reach is none.
    let agent_led = somebody(db, &[Role::Hr], None);
    agent_led
        .post("/openings/new", &terms(&[("from", &code)]))
        .expect(303);
}

fn everybody_sees_the_openings_of_their_line_and_nothing_else(db: &TestDb) {
    make::company(db);
    let code = draft(&lead(db), &[]);
    let agents = draft(&hr(db), &[("owner", make::AGENT)]);
    let agent = somebody(db, &[], Some(make::AGENT));
    agent.get(&format!("/openings/{code}")).expect(404);
    agent.get(&format!("/openings/{agents}")).expect(200);
    let list = agent.get("/openings").expect(200);
    assert!(list.has(&agents) && !list.has(&code));
    let csv = agent.get("/openings.csv").expect(200);
    assert!(csv.has(&agents) && !csv.has(&code));
    assert!(lead(db).get("/openings").expect(200).has(&agents));
    for (path, fields) in [
        ("edit", terms(&[])),
        ("criteria", vec![]),
        ("step", vec![("step", "request")]),
    ] {
        agent
            .post(&format!("/openings/{code}/{path}"), &fields)
            .expect(404);
        above(db)
            .post(&format!("/openings/{agents}/edit"), &fields)
            .expect(403);
    }
    // Leadership agrees and changes nothing; the trail is for auditors to read.
    let asked = [("step", "request"), ("row_version", "1")];
    above(db)
        .post(&format!("/openings/{agents}/step"), &asked)
        .expect(409);
    let auditor = somebody(db, &[Role::Auditor], None);
    auditor.get(&format!("/openings/{agents}")).expect(200);
    auditor
        .post(&format!("/openings/{agents}/step"), &[("step", "close")])
        .expect(403);
}

fn the_list_is_searched_filtered_turned_and_exported(db: &TestDb) {
    make::company(db);
    let hr = hr(db);
    let empty = hr.get("/openings").expect(200);
    assert!(empty.has("No opening yet"));
    for n in 0..51 {
        let title = format!("Agent {n:02}");
        let team = if n % 2 == 0 { "A" } else { "B" };
        draft(&hr, &[("title_en", &title), ("team", team)]);
    }
    let first = hr.get("/openings").expect(200);
    assert!(first.has("Agent 50") && !first.has("Agent 00"));
    let next = first.text();
    let next = next
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let second = hr.get(&next.replace("&amp;", "&")).expect(200);
    assert!(second.has("Agent 00") && !second.has("Agent 50"));
    assert!(hr.get("/openings?q=o-0007").expect(200).has("Agent 06"));
    assert!(hr.get("/openings?q=Agent+07").expect(200).has("O-0008"));
    let none = hr.get("/openings?q=%25").expect(200);
    assert!(!none.has("O-0001"));
    let b = hr.get("/openings?team=B").expect(200);
    assert!(b.has("Agent 49") && !b.has("Agent 48"));
    assert!(!hr.get("/openings?state=closed").expect(200).has("Agent 49"));
    hr.get("/openings?order=title").expect(400);
    let csv = hr.get("/openings.csv?team=B").expect(200);
    assert_eq!(csv.text().lines().count(), 26);
    for (path, most) in [("/openings", 6), ("/openings/O-0001", 12)] {
        let asked = queries::counted(db.db.address(), || {
            hr.get(path).expect(200);
        });
        assert!(asked <= most, "{path}: {asked} queries");
    }
}

fn what_somebody_typed_is_never_a_part_of_the_page(db: &TestDb) {
    make::company(db);
    let bad = "=cmd()</script><script>alert(1)</script>{{7*7}}";
    let hr = hr(db);
    let all = [
        ("reason", bad),
        ("title_zh", bad),
        ("title_en", bad),
        ("body_zh", bad),
        ("body_en", bad),
    ];
    let code = draft(&hr, &all);
    let more = [
        ("s0_zh", bad),
        ("s0_en", bad),
        ("q0_zh", bad),
        ("q0_en", bad),
    ];
    send(&hr, &code, &criteria(&hr, &code, &more)).expect(303);
    step(&hr, &code, "request", "").expect(303);
    step(&above(db), &code, "approve", "").expect(303);
    step(&hr, &code, "publish", "").expect(303);
    for path in [
        "/openings".to_string(),
        format!("/openings/{code}"),
        format!("/openings/{code}/edit"),
        format!("/openings/{code}/criteria"),
        "/openings/new".to_string(),
        "/careers".to_string(),
        format!("/careers/{code}"),
    ] {
        let page = hr.get(&path).expect(200);
        assert!(!page.has("<script>alert"), "{path}");
        assert!(page.has("{{7*7}}"), "{path}");
        html::parse(&page.text()).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    let csv = hr.get("/openings.csv").expect(200);
    assert!(!csv.text().contains(",=cmd"), "{}", csv.text());
}

fn whoever_waits_is_told(db: &TestDb) {
    make::company(db);
    let (lead, above) = (lead(db), above(db));
    let agent = somebody(db, &[], Some(make::AGENT));
    let code = draft(&lead, &[]);
    step(&lead, &code, "request", "").expect(303);
    assert!(
        above
            .get("/inbox")
            .expect(200)
            .has("waits for your agreement")
    );
    assert!(
        !agent
            .get("/inbox")
            .expect(200)
            .has("waits for your agreement")
    );
    step(&above, &code, "approve", "").expect(303);
    let inbox = lead.get("/inbox").expect(200);
    assert!(inbox.has("was agreed to") && inbox.has(&format!("/openings/{code}")));
}

fn a_scorecard_that_is_used_stays_in_the_version_that_was_chosen(db: &TestDb) {
    make::company(db);
    let (lead, hr) = (lead(db), hr(db));
    let code = draft(&lead, &[]);
    let card = hr.get("/scorecards/interview/edit").expect(200);
    let fields = shown(
        &card.text(),
        "/scorecards/interview/edit",
        &[("name_en", "Talk")],
    );
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    hr.form("/scorecards/interview/edit", &fields).expect(303);
    let seen = hr
        .get("/scorecards/interview")
        .expect(200)
        .value("row_version");
    hr.post("/scorecards/interview/publish", &[("row_version", &seen)])
        .expect(303);
    let before = db.rows("opening_stage");
    send(&lead, &code, &criteria(&lead, &code, &[])).expect(303);
    let kept = |rows: &[String]| {
        rows.iter()
            .filter(|r| r.contains("Structured interview"))
            .count()
    };
    assert_eq!(kept(&before), kept(&db.rows("opening_stage")));
    let versions = db.lines(
        "select cast(version_no as text) as line from opening_stage join scorecard_version v on v.id = version_id \
         join scorecard c on c.id = scorecard_id where c.code = 'interview'",
    );
    assert_eq!(versions, ["1"]);
    // A new opening takes the newest.
    let new = draft(&lead, &[]);
    let page = lead.get(&format!("/openings/{new}")).expect(200);
    assert!(page.has("version 2"), "{}", page.text());
}
