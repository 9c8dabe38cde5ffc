//! Candidates whose time is over: who is erased and who is not, what goes and what stays, once however often it runs,
//! on the command line and by the daily job.

use chrono::{Duration, NaiveDateTime};
use espalier::access::Role;
use espalier::audit::{self, Actor};
use espalier::calendar::Clock;
use espalier::jobs;
use espalier::recruitment::store::retention::{Erased, run};
use espalier::web::serve::JOBS;
use serde_json::Value;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{self, now};
use crate::support::program;
use crate::support::recruit::{PDF, apply, apply_with, published};
use crate::support::web::{somebody, visitor};

both! {
    everybody_whose_time_is_over_is_erased_and_nobody_else,
    everything_that_points_to_somebody_goes_and_the_numbers_stay,
    erasing_twice_is_erasing_once,
    a_dry_run_names_them_and_changes_nothing,
    whoever_was_merged_goes_with_the_other,
    the_day_brings_it_once,
    many_are_erased_in_batches,
}

/// Runs at a time, so many days after the tests' own.
fn after(db: &TestDb, days: i64, dry_run: bool) -> Erased {
    let at = now() + Duration::days(days);
    let actor = Actor {
        name: "cli".to_string(),
        at,
    };
    run(&db.db, &actor, at.date(), dry_run).unwrap()
}

/// Ends the application of a candidate at the tests' time.
fn end(db: &TestDb, name: &str, state: &str) {
    db.run(&format!(
        "update application set state = '{state}', closed_at = applied_at, reason_code = 'others' \
         where candidate_id = (select id from candidate where name = '{name}')"
    ));
}

fn people(db: &TestDb) -> Vec<String> {
    db.lines("select name as line from candidate where erased_at is null order by id")
}

fn somebody_named(db: &TestDb, code: &str, name: &str, more: &[(&str, &str)]) -> String {
    let email = format!("{name}@example.com");
    let mut all = vec![("name", name), ("email", email.as_str())];
    all.extend(more);
    apply(db, code, &all)
}

fn everybody_whose_time_is_over_is_erased_and_nobody_else(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let other = published(db, &[]);
    for name in [
        "rejected",
        "withdrawn",
        "active",
        "hired",
        "pooled",
        "left",
        "twice",
    ] {
        let pool: &[(&str, &str)] = match name {
            "pooled" | "left" => &[("pool", "on")],
            _ => &[],
        };
        let link = somebody_named(db, &code, name, pool);
        if name == "left" {
            visitor(db).form(&format!("{link}/pool"), &[]).expect(303);
        }
        let state = match name {
            "withdrawn" | "active" | "hired" => name,
            _ => "rejected",
        };
        if state != "active" {
            end(db, name, state);
        }
    }
    // A second application keeps the first.
    somebody_named(db, &other, "twice", &[]);
    db.run(
        "insert into candidate (code, name, name_en, sort_key, locale, profile_json, created_at) \
         values ('C-90000', 'imported', '', 'i', 'en', '{}', '2026-10-05 08:00:00')",
    );
    assert_eq!(after(db, 179, false), Erased::default());
    let done = after(db, 181, false);
    assert_eq!((done.candidates.len(), done.applications), (4, 3));
    assert_eq!(people(db), ["active", "hired", "pooled", "twice"]);
    // In time the pool ends too.
    after(db, 800, false);
    assert_eq!(people(db), ["active", "hired", "twice"]);
    let hr = somebody(db, &[Role::Hr], None);
    hr.post("/openings/retention", &[("days", "1000")])
        .expect(303);
    end(db, "twice", "rejected");
    assert_eq!(after(db, 900, false), Erased::default());
    assert_eq!(after(db, 1001, false).candidates.len(), 1);
}

/// Texts that only ever stand in what somebody typed or somebody wrote about them.
const CANARIES: [&str; 12] = [
    "名canary",
    "canary@",
    "13812345678",
    "canary.pdf",
    "note-canary",
    "move-canary",
    "rate-canary",
    "sheet-canary",
    "talk-canary",
    "check-canary",
    "offer-canary",
    "amend-canary",
];

fn everything_that_points_to_somebody_goes_and_the_numbers_stay(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let fields = [
        ("name", "名canary"),
        ("email", "canary@example.com"),
        ("phone", "13812345678"),
        ("gender", "female"),
        ("age_band", "25_to_34"),
    ];
    apply_with(&visitor(db), &code, &fields, &[("cv", "canary.pdf", PDF)]);
    let link = somebody_named(db, &code, "other", &[("gender", "male")]);
    let first = "(select min(id) from application)";
    let second = "(select id from opening_stage where position = 2)";
    for sql in [
        format!(
            "insert into application_move (application_id, to_stage_id, state, moved_at, note) \
             values ({first}, {second}, 'active', '2026-10-05 08:00:00', 'move-canary')"
        ),
        format!("update application set stage_id = {second} where id = {first}"),
        "insert into candidate_note (candidate_id, body, by_login, written_at) \
         select min(id), 'note-canary', 'x', '2026-10-05 08:00:00' from candidate"
            .to_string(),
        "insert into panel (version_id, blind, anonymous, min_shown, discussion_note) \
         select version_id, true, false, 1, 'talk-canary' from opening_stage where position = 2"
            .to_string(),
        format!(
            "insert into interview (application_id, stage_id, round_no, panel_id, state, place, kit_json, ics_uid, ics_sequence) \
             select {first}, {second}, 1, max(id), 'held', '', '[]', 'u', 0 from panel"
        ),
        "insert into sheet (panel_id, rater_id, role, state, revision_no, critical_failed, summary, total_h) \
         select max(panel.id), (select id from staff where employee_no = 'E1'), 'rater', 'submitted', 1, false, \
         'sheet-canary', 7500 from panel"
            .to_string(),
        "insert into rating (sheet_id, criterion_id, points_h, not_applicable, note, evidence) \
         select s.id, c.id, 400, false, 'rate-canary', 'rate-canary' from sheet s, criterion c \
         where c.id = (select min(id) from criterion)"
            .to_string(),
        "insert into sheet_amendment (sheet_id, revision_no, reason, amended_by, amended_at, before_json, before_sha256) \
         select id, 1, 'amend-canary', 'x', '2026-10-05 08:00:00', 'amend-canary', 'abc' from sheet"
            .to_string(),
        format!(
            "insert into background_check (application_id, consent_id, item, result, note, reply) \
             select {first}, min(id), 'education', 'adverse', 'check-canary', 'check-canary' from consent"
        ),
        format!(
            "insert into offer (application_id, version_no, terms, state, made_by) \
             values ({first}, 1, 'offer-canary', 'declined', 'x')"
        ),
    ] {
        db.run(&sql);
    }
    end(db, "名canary", "rejected");
    end(db, "other", "withdrawn");
    let stands = |canary: &str| {
        db.state()
            .values()
            .any(|rows| rows.concat().contains(canary))
    };
    for canary in CANARIES {
        assert!(stands(canary), "{canary} was never there");
    }
    let done = after(db, 181, false);
    assert_eq!((done.candidates.len(), done.files), (2, 1));
    for canary in CANARIES {
        assert!(!stands(canary), "{canary} is still there");
    }
    visitor(db).get(&link).expect(404);
    // Points, moves, totals and that an answer failed are numbers.
    assert_eq!(db.count("application_move"), 3);
    assert_eq!(db.count("application_answer"), 4);
    assert_eq!(
        db.line("select cast(points_h as text) as line from rating"),
        "400"
    );
    assert_eq!(
        db.line("select before_sha256 as line from sheet_amendment"),
        "abc"
    );
    let erased = "select code || name || sort_key as line from candidate where erased_at is not null order by id";
    assert_eq!(db.lines(erased), ["C-00001", "C-00002"]);
    // Whoever was rejected at the second stage entered two and passed one; who withdrew at the first is not counted.
    let counts = db.lines(
        "select stage_position || ' ' || attribute || ' ' || value || ' ' || entered || ' ' || passed as line \
         from selection_count order by attribute, stage_position",
    );
    assert_eq!(
        counts,
        [
            "1 age_band 25_to_34 1 1",
            "2 age_band 25_to_34 1 0",
            "1 gender female 1 1",
            "2 gender female 1 0",
        ]
    );
    assert_eq!(db.count("application_group"), 0);
    let trail =
        db.line("select detail_json as line from audit_event where action = 'candidate.erase'");
    let told: Value = serde_json::from_str(&trail).unwrap();
    assert_eq!(
        told["candidates"],
        serde_json::json!(["C-00001", "C-00002"])
    );
    assert_eq!(told["why"], "retention");
    db.db.read(audit::verify).unwrap();
    // An amendment is changed by nothing else.
    for sql in [
        "update sheet_amendment set before_json = '{}'",
        "update sheet_amendment set before_sha256 = 'x', before_json = ''",
        "delete from sheet_amendment",
    ] {
        assert!(db.try_run(sql).is_err(), "{sql}");
    }
}

fn erasing_twice_is_erasing_once(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    for name in ["one", "two", "three"] {
        somebody_named(db, &code, name, &[("gender", "female")]);
        end(db, name, "rejected");
    }
    assert_eq!(after(db, 181, false).candidates.len(), 3);
    let state = db.state();
    assert_eq!(after(db, 182, false), Erased::default());
    assert_eq!(db.state(), state);
    // Those of later days are added to the numbers that stayed.
    somebody_named(db, &code, "four", &[("gender", "female")]);
    end(db, "four", "rejected");
    after(db, 181, false);
    assert_eq!(
        db.line("select entered || ' ' || passed as line from selection_count"),
        "4 0"
    );
}

fn a_dry_run_names_them_and_changes_nothing(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    apply_with(
        &visitor(db),
        &code,
        &[("name", "one")],
        &[("cv", "cv.pdf", PDF)],
    );
    db.run("update application set state = 'rejected', closed_at = '2010-01-01 08:00:00'");
    let state = db.state();
    let would = after(db, 0, true);
    assert_eq!(
        (would.candidates.as_slice(), would.files),
        (["C-00001".to_string()].as_slice(), 1)
    );
    assert_eq!(db.state(), state);
    let told = program::run(db, &["retention", "run", "--dry-run", "--json"]).json();
    assert_eq!(told["candidates"], serde_json::json!(["C-00001"]));
    assert_eq!(told["dry_run"], true);
    assert_eq!(db.state(), state);
    let said = program::run(db, &["retention", "run"]).fine();
    assert!(said.contains("C-00001"), "{said}");
    assert_eq!(people(db), Vec::<String>::new());
}

fn whoever_was_merged_goes_with_the_other(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let other = published(db, &[]);
    somebody_named(db, &code, "kept", &[]);
    somebody_named(db, &other, "merged", &[]);
    db.run(
        "update candidate set merged_into_id = (select min(id) from candidate) where name = 'merged'",
    );
    end(db, "kept", "rejected");
    // What the merged one still has under way keeps both.
    assert_eq!(after(db, 181, false), Erased::default());
    end(db, "merged", "withdrawn");
    assert_eq!(after(db, 181, false).candidates.len(), 2);
    assert_eq!(people(db), Vec::<String>::new());
}

fn work(db: &TestDb, at: NaiveDateTime) {
    db.db
        .write(|conn| espalier::admin::jobs::plan_day(conn, at.date(), at))
        .unwrap();
    jobs::run_due(&db.db, &Clock::Fixed(at), JOBS).unwrap();
}

fn the_day_brings_it_once(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    somebody_named(db, &code, "one", &[]);
    end(db, "one", "rejected");
    let day = now() + Duration::days(181);
    work(db, day);
    work(db, day + Duration::hours(1));
    assert_eq!(people(db), Vec::<String>::new());
    let ran = "select cast(count(*) as text) || state as line from job where kind = 'candidates-retain' group by state";
    assert_eq!(db.line(ran), "1done");
}

fn many_are_erased_in_batches(db: &TestDb) {
    make::company(db);
    let values: Vec<String> = (0..450)
        .map(|n| format!("('C-{n:05}', 'n{n}', '', 'n', 'en', '{{}}', '2020-01-01 08:00:00')"))
        .collect();
    db.run(&format!(
        "insert into candidate (code, name, name_en, sort_key, locale, profile_json, created_at) values {}",
        values.join(", ")
    ));
    assert_eq!(after(db, 0, false).candidates.len(), 450);
    let told =
        "select cast(count(*) as text) as line from audit_event where action = 'candidate.erase'";
    assert_eq!(db.line(told), "3");
}
