//! Openings and applications for tests, put where they belong without the pages that make them.

use espalier::recruitment::model::candidate::Person;
use espalier::recruitment::model::codes::Source;
use espalier::recruitment::store::applications::{ApplicationRef, NewApplication, receive};

use super::db::TestDb;
use super::make::{actor, now};

/// A published opening of a team and role that are there, with the four usual stages; gives its number. `owner` is an
/// employee number, or empty.
pub fn opening(db: &TestDb, code: &str, team: &str, owner: &str) -> i64 {
    let at = now().format("%Y-%m-%d %H:%M:%S");
    db.run(&format!(
        "insert into opening (code, team_id, job_role_id, owner_id, head_count, state, title_zh, title_en, body_zh, \
         body_en, reason, pass_rule_json, knock_outs_json, requested_by, requested_at) \
         select '{code}', team.id, (select min(id) from job_role), \
         (select id from staff where employee_no = '{owner}'), 2, 'published', '客服专员', 'Service agent', '', '', '', \
         '{{}}', '[]', 'cli', '{at}' from team where team.code = '{team}'"
    ));
    let no = match db.backend {
        super::db::Backend::Sqlite => "0",
        super::db::Backend::Postgres => "false",
    };
    for (position, (kind, zh, en)) in [
        ("screening", "初步筛选", "Screening"),
        ("interview", "面试", "Interview"),
        ("background_check", "背景调查", "Background check"),
        ("offer", "录用", "Offer"),
    ]
    .iter()
    .enumerate()
    {
        db.run(&format!(
            "insert into opening_stage (opening_id, position, kind, name_zh, name_en, blind, raters, kit_json) \
             select id, {}, '{kind}', '{zh}', '{en}', {no}, 2, '[]' from opening where code = '{code}'",
            position + 1
        ));
    }
    number(db, &format!("select id from opening where code = '{code}'"))
}

/// The number of the stage at a position of an opening.
pub fn stage(db: &TestDb, opening: i64, position: i32) -> i64 {
    number(
        db,
        &format!(
            "select id from opening_stage where opening_id = {opening} and position = {position}"
        ),
    )
}

/// A number that a query gives.
pub fn number(db: &TestDb, sql: &str) -> i64 {
    let sql = format!("select cast(({sql}) as text) as line");
    db.line(&sql).parse().unwrap()
}

/// Somebody with a name and an e-mail address.
pub fn person(name: &str, email: &str) -> Person {
    Person {
        name: name.to_string(),
        email: (!email.is_empty()).then(|| email.to_string()),
        locale: "zh-CN".to_string(),
        ..Person::default()
    }
}

/// An application without anything beside.
pub fn application(opening: i64, person: Person) -> NewApplication {
    NewApplication {
        opening_id: opening,
        person,
        staff_id: None,
        source: Source::Careers,
        applied_at: now(),
        answers: Vec::new(),
        groups: Vec::new(),
        consents: Vec::new(),
        files: Vec::new(),
    }
}

/// Somebody has applied.
pub fn applied(db: &TestDb, opening: i64, name: &str, email: &str) -> ApplicationRef {
    let new = application(opening, person(name, email));
    db.db.write(|conn| receive(conn, &new, &actor())).unwrap()
}
