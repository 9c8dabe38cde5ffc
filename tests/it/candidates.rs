//! Candidates and their applications: taken in, moved, ended, taken up again.

use espalier::audit::Actor;
use espalier::error::Error;
use espalier::recruitment::model::application::{APPLICANT, Step};
use espalier::recruitment::model::codes::Reason;
use espalier::recruitment::store::applications::{Answer, receive, receive_all};
use espalier::recruitment::store::moves;

use crate::both;
use crate::support::db::{Backend, TestDb};
use crate::support::hiring::{application, applied, opening, person, stage};
use crate::support::make::{actor, company, now, staff};
use crate::support::queries;

both! {
    one_person_is_found_again_and_applies_once_for_an_opening,
    particulars_that_read_otherwise_become_a_note,
    what_comes_with_an_application_is_kept_with_it,
    an_employee_who_applies_is_known_by_address_login_or_number,
    an_opening_that_is_not_open_takes_no_applications,
    a_thousand_are_taken_in_and_moved_by_as_many_statements_as_one,
    every_step_is_a_move_and_taking_it_back_is_another,
    a_step_is_refused_as_a_whole_naming_each,
    a_failed_answer_stops_an_application_until_somebody_has_confirmed_it,
    the_trail_holds_codes_and_no_names,
}

fn taken(db: &TestDb, new: &espalier::recruitment::store::applications::NewApplication) -> String {
    let done = db.db.write(|conn| receive(conn, new, &actor())).unwrap();
    format!("{} {} {}", done.code, done.candidate, done.is_new)
}

/// The moves of an application as `from>to state reason by`.
fn trail(db: &TestDb, code: &str) -> Vec<String> {
    db.lines(&format!(
        "select coalesce(cast(f.position as text), '-') || '>' || coalesce(cast(t.position as text), '-') || ' ' \
         || m.state || ' ' || coalesce(m.reason_code, '-') || ' ' || coalesce(m.moved_by, '-') as line \
         from application_move m join application a on a.id = m.application_id \
         left join opening_stage f on f.id = m.from_stage_id left join opening_stage t on t.id = m.to_stage_id \
         where a.code = '{code}' order by m.id"
    ))
}

fn step(db: &TestDb, ids: &[i64], step: &Step) -> espalier::error::Result<()> {
    db.db.write(|conn| moves::step(conn, ids, step, &actor()))
}

fn reject(reason: Reason) -> Step {
    Step::Reject {
        reason,
        note: String::new(),
    }
}

fn messages(refused: espalier::error::Result<()>) -> Vec<String> {
    let all = refused.unwrap_err().messages();
    all.iter()
        .map(|m| {
            let codes = m.args.iter().find(|(name, _)| *name == "codes");
            format!("{} {}", m.key, codes.map_or("", |(_, codes)| codes))
        })
        .collect()
}

fn one_person_is_found_again_and_applies_once_for_an_opening(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "E9");
    let second = opening(db, "O-2", "B", "E9");
    let mut li = person("李娜", "Li.Na@Example.com");
    assert_eq!(
        taken(db, &application(first, li.clone())),
        "A-00001 C-00001 true"
    );
    assert_eq!(
        taken(db, &application(first, li.clone())),
        "A-00001 C-00001 false"
    );
    li.email = Some(" li.na@example.com ".to_string());
    assert_eq!(
        taken(db, &application(second, li.clone())),
        "A-00002 C-00001 true"
    );
    // A telephone number tells a person together with the name alone.
    let mut wang = person("王伟", "");
    wang.phone = Some("138 1234 5678".to_string());
    assert_eq!(
        taken(db, &application(first, wang.clone())),
        "A-00003 C-00002 true"
    );
    wang.phone = Some("+86 138-1234-5678".to_string());
    assert_eq!(
        taken(db, &application(second, wang.clone())),
        "A-00004 C-00002 true"
    );
    wang.name = "王芳".to_string();
    assert_eq!(
        taken(db, &application(second, wang)),
        "A-00005 C-00003 true"
    );
    // The same name alone is two people.
    assert_eq!(
        taken(db, &application(first, person("王芳", ""))),
        "A-00006 C-00004 true"
    );
    assert_eq!(db.count("candidate"), 4);
    assert_eq!(db.count("application_move"), 6);
    // Whoever was merged into another applies as the other.
    db.run("update candidate set merged_into_id = 2 where code = 'C-00001'");
    let third = opening(db, "O-3", "A", "");
    assert_eq!(taken(db, &application(third, li)), "A-00007 C-00002 true");
}

fn particulars_that_read_otherwise_become_a_note(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "E9");
    let second = opening(db, "O-2", "B", "E9");
    applied(db, first, "李娜", "li@example.com");
    let mut again = person("李娜娜", "li@example.com");
    again.phone = Some("13912345678".to_string());
    taken(db, &application(second, again));
    let kept = db.line("select name || coalesce(phone, '-') as line from candidate");
    assert_eq!(kept, "李娜-");
    assert_eq!(
        db.lines("select body as line from candidate_note"),
        ["A-00002 · 李娜娜 · li@example.com · 13912345678"]
    );
}

fn what_comes_with_an_application_is_kept_with_it(db: &TestDb) {
    company(db);
    let at = now().format("%Y-%m-%d %H:%M:%S");
    db.run(&format!(
        "insert into consent_text (id, kind, version_no, body_zh, body_en, sha256, published_at, published_by) \
         values (900, 'application', 9, '同意', 'I agree', '', '{at}', 'cli')"
    ));
    let mut new = application(
        opening(db, "O-1", "A", ""),
        person("李娜", "li@example.com"),
    );
    new.answers = vec![
        Answer {
            position: 1,
            answer: "yes".to_string(),
            failed: false,
        },
        Answer {
            position: 2,
            answer: "no".to_string(),
            failed: true,
        },
    ];
    new.groups = vec![("gender".to_string(), "f".to_string())];
    new.consents = vec![900];
    let own = Actor {
        name: APPLICANT.to_string(),
        at: now(),
    };
    let done = db.db.write(|conn| receive(conn, &new, &own)).unwrap();
    assert_eq!(trail(db, &done.code), ["->1 active - -"]);
    let answers = "select cast(position as text) || answer as line from application_answer \
                   where failed and confirmed_by is null and stands is null";
    assert_eq!(db.lines(answers), ["2no"]);
    let groups = "select attribute || value as line from application_group";
    assert_eq!(db.lines(groups), ["genderf"]);
    assert_eq!(db.count("consent"), 1);
    // Nothing of it is counted before it is erased.
    assert_eq!(db.count("selection_count"), 0);
    assert_eq!(db.line("select state as line from application"), "active");
}

fn an_employee_who_applies_is_known_by_address_login_or_number(db: &TestDb) {
    company(db);
    staff(
        "employee_no,name,email,phone,team,job_role\n\
         E1,张伟,Zhang@Firm.example,,A,agent\nE2,李娜,,+86 138 1234 5678,B,agent\n",
    )
    .load(db);
    let opening = opening(db, "O-1", "A", "");
    applied(db, opening, "张伟", "zhang@firm.example");
    let mut li = person("李娜", "li@home.example");
    li.phone = Some("13812345678".to_string());
    taken(db, &application(opening, li));
    applied(db, opening, "赵敏", "zhao@home.example");
    let linked = "select candidate.code || ' ' || coalesce(employee_no, '-') as line from candidate \
                  left join staff on staff.id = candidate.staff_id order by candidate.id";
    assert_eq!(db.lines(linked), ["C-00001 E1", "C-00002 E2", "C-00003 -"]);
}

fn an_opening_that_is_not_open_takes_no_applications(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    for state in ["draft", "requested", "closed"] {
        db.run(&format!("update opening set state = '{state}'"));
        let new = application(opening, person("李娜", "li@example.com"));
        let refused = db.db.write(|conn| receive(conn, &new, &actor()));
        assert!(matches!(refused, Err(Error::Conflict(_))), "{state}");
    }
    let new = application(opening + 1, person("李娜", "li@example.com"));
    let refused = db.db.write(|conn| receive(conn, &new, &actor()));
    assert!(matches!(refused, Err(Error::NotFound(_))));
    assert_eq!(db.count("candidate"), 0);
}

fn a_thousand_are_taken_in_and_moved_by_as_many_statements_as_one(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    let next = stage(db, opening, 2);
    let made = |from: usize, n: usize| -> Vec<_> {
        (from..from + n)
            .map(|i| {
                application(
                    opening,
                    person(&format!("候选{i}"), &format!("c{i}@example.com")),
                )
            })
            .collect()
    };
    let run = |new: &[_]| {
        let mut ids = Vec::new();
        let asked = queries::counted(db.db.address(), || {
            let done = db
                .db
                .write(|conn| {
                    let done = receive_all(conn, new, &actor())?;
                    let ids: Vec<i64> = done.iter().map(|one| one.id).collect();
                    moves::step(conn, &ids, &Step::ToStage(next), &actor())?;
                    Ok(ids)
                })
                .unwrap();
            ids = done;
        });
        (asked, ids)
    };
    let (one, _) = run(&made(0, 1));
    let (many, ids) = run(&made(1, 1_000));
    assert_eq!(ids.len(), 1_000);
    // SQLite is given each row by a statement of its own, prepared once.
    let rows = if db.backend == Backend::Sqlite {
        4 * 999
    } else {
        0
    };
    assert!(
        many <= one + rows + 2,
        "{one} for one, {many} for a thousand"
    );
    let there =
        format!("select cast(count(*) as text) as line from application where stage_id = {next}");
    assert_eq!(db.line(&there), "1001");
    assert_eq!(db.count("application_move"), 2_002);
    let told =
        "select cast(count(*) as text) as line from audit_event where action like 'application.%'";
    assert_eq!(db.line(told), "4");
    step(db, &ids, &reject(Reason::Others)).unwrap();
    let left = "select cast(count(*) as text) as line from application where state = 'active'";
    assert_eq!(db.line(left), "1");
}

fn every_step_is_a_move_and_taking_it_back_is_another(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    let done = applied(db, opening, "李娜", "li@example.com");
    let id = [done.id];
    step(db, &id, &Step::ToStage(stage(db, opening, 2))).unwrap();
    step(db, &id, &reject(Reason::PassRule)).unwrap();
    let ended = "select state || ' ' || reason_code || ' ' || decided_by || ' ' || cast(closed_at is not null as text) \
                 as line from application";
    assert!(db.line(ended).starts_with("rejected pass_rule cli "));
    let reason = "taken for somebody else".to_string();
    step(db, &id, &Step::Reopen { reason }).unwrap();
    let open = "select state || coalesce(reason_code, '') || coalesce(decided_by, '') \
                || coalesce(cast(closed_at as text), '') as line from application";
    assert_eq!(db.line(open), "active");
    step(db, &id, &Step::Withdraw).unwrap();
    assert_eq!(
        trail(db, &done.code),
        [
            "->1 active - cli",
            "1>2 active - cli",
            "2>- rejected pass_rule cli",
            "->2 active - cli",
            "2>- withdrawn - cli",
        ]
    );
    assert_eq!(
        db.line("select note as line from application_move where note <> ''"),
        "taken for somebody else"
    );
    let other = applied(db, opening, "王伟", "wang@example.com");
    let hire = Step::Hire { staff_id: 1 };
    step(db, &[other.id], &hire).unwrap();
    let hired = "select cast(staff_id as text) as line from candidate where staff_id is not null";
    assert_eq!(db.line(hired), "1");
    let reason = "no".to_string();
    assert_eq!(
        messages(step(db, &[other.id], &Step::Reopen { reason })),
        ["step-refused-hired A-00002"]
    );
    assert!(db.try_run("delete from application_move").is_err());
}

fn a_step_is_refused_as_a_whole_naming_each(db: &TestDb) {
    company(db);
    let first = opening(db, "O-1", "A", "");
    let second = opening(db, "O-2", "A", "");
    let ids: Vec<i64> = [(first, "a"), (first, "b"), (first, "c"), (second, "d")]
        .into_iter()
        .map(|(opening, name)| applied(db, opening, name, &format!("{name}@example.com")).id)
        .collect();
    step(db, &ids[..1], &reject(Reason::Others)).unwrap();
    step(db, &ids[1..2], &Step::ToStage(stage(db, first, 2))).unwrap();
    let before = db.state();
    let refused = step(db, &ids, &Step::ToStage(stage(db, first, 2)));
    assert_eq!(
        messages(refused),
        [
            "step-refused-closed A-00001",
            "step-refused-same A-00002",
            "step-refused-other-opening A-00004",
        ]
    );
    assert!(step(db, &[ids[2], 9_999], &Step::Withdraw).is_err());
    assert_eq!(db.state(), before);
    let seen: Vec<(i64, i32)> = ids[..3].iter().map(|id| (*id, 1)).collect();
    let stale = db.db.write(|conn| moves::unchanged(conn, &seen));
    assert_eq!(messages(stale), ["applications-changed A-00001, A-00002"]);
    db.db
        .write(|conn| moves::unchanged(conn, &seen[2..]))
        .unwrap();
}

fn a_failed_answer_stops_an_application_until_somebody_has_confirmed_it(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    let mut new = application(opening, person("李娜", "li@example.com"));
    new.answers = vec![Answer {
        position: 1,
        answer: "no".to_string(),
        failed: true,
    }];
    let id = [db
        .db
        .write(|conn| receive(conn, &new, &actor()))
        .unwrap()
        .id];
    let on = Step::ToStage(stage(db, opening, 2));
    assert_eq!(
        messages(step(db, &id, &on)),
        ["step-refused-unconfirmed A-00001"]
    );
    assert_eq!(
        messages(step(db, &id, &reject(Reason::KnockOut))),
        ["step-refused-not-knocked-out A-00001"]
    );
    db.run("update application_answer set stands = (1 = 1), confirmed_by = 'hr'");
    assert_eq!(
        messages(step(db, &id, &on)),
        ["step-refused-knocked-out A-00001"]
    );
    db.run("update application_answer set stands = (1 = 0)");
    step(db, &id, &on).unwrap();
}

fn the_trail_holds_codes_and_no_names(db: &TestDb) {
    company(db);
    let opening = opening(db, "O-1", "A", "");
    let mut new = application(opening, person("CANARYNAME", "canary@mail.example"));
    new.person.phone = Some("13899998888".to_string());
    let done = db.db.write(|conn| receive(conn, &new, &actor())).unwrap();
    let note = "CANARYNOTE".to_string();
    let reason = Reason::Other;
    step(db, &[done.id], &Step::Reject { reason, note }).unwrap();
    let told = db.lines("select subject || detail_json as line from audit_event where action like 'application.%' order by id");
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("A-00001") && told[0].contains("C-00001") && told[0].contains("O-1"));
    for canary in ["CANARY", "canary", "99998888"] {
        assert!(told.iter().all(|line| !line.contains(canary)), "{told:?}");
    }
}
