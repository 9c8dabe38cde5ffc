//! The audit trail and the chain of snapshots: what they tell, and that tampering shows.

use espalier::audit;
use espalier::snapshots::{self, Body};
use serde_json::{Value, json};

use crate::both;
use crate::support::db::{Backend, TestDb};
use crate::support::make::{actor, company, records};

both! {
    an_import_is_told_in_the_trail,
    a_trail_that_nobody_touched_is_whole,
    a_changed_event_is_found,
    a_missing_event_is_found,
    each_version_stands_on_the_one_before,
    a_changed_snapshot_is_found,
    a_missing_version_is_found,
}

fn an_import_is_told_in_the_trail(db: &TestDb) {
    company(db);
    records("id,opened_at,employee\nr1,2026-07-01 09:00,E1\nr2,2026-07-01 09:00,E2\n")
        .named("july.csv")
        .load(db);
    let newest = "from audit_event order by id desc limit 1";
    assert_eq!(
        db.line(&format!(
            "select actor || ' ' || action || ' ' || subject as line {newest}"
        )),
        "cli import service-records"
    );
    let detail: Value =
        serde_json::from_str(&db.line(&format!("select detail_json as line {newest}"))).unwrap();
    let sha256 = db.line("select file_sha256 as line from import_run order by id desc limit 1");
    assert_eq!(sha256.len(), 64);
    assert_eq!(
        detail,
        json!({
            "bad_rows": 0, "changed": 0, "deleted": 0, "file": "july.csv", "new": 2,
            "rows_read": 2, "sha256": sha256, "source": "default"
        })
    );
}

fn a_trail_that_nobody_touched_is_whole(db: &TestDb) {
    assert_eq!(db.db.read(audit::verify).unwrap(), 0);
    for subject in ["a", "b", "c"] {
        db.db
            .write(|conn| audit::append(conn, &actor(), "test", subject, &json!({"n": 1})))
            .unwrap();
    }
    assert_eq!(db.db.read(audit::verify).unwrap(), 3);
    let head = db.db.read(audit::head).unwrap();
    assert_eq!(
        head,
        Some(db.line("select hash as line from audit_event where subject = 'c'"))
    );
}

/// What somebody with the database's own password could do.
fn without_triggers(db: &TestDb, table: &str, statement: &str) {
    match db.backend {
        Backend::Sqlite => db.run(&format!(
            "drop trigger {table}_no_update; drop trigger {table}_no_delete; {statement}"
        )),
        Backend::Postgres => db.run(&format!(
            "alter table {table} disable trigger all; {statement}; \
             alter table {table} enable trigger all"
        )),
    }
}

fn three_events(db: &TestDb) {
    for subject in ["a", "b", "c"] {
        db.db
            .write(|conn| audit::append(conn, &actor(), "test", subject, &json!({})))
            .unwrap();
    }
}

fn event_id(db: &TestDb, subject: &str) -> String {
    db.line(&format!(
        "select cast(id as text) as line from audit_event where subject = '{subject}'"
    ))
}

fn a_changed_event_is_found(db: &TestDb) {
    three_events(db);
    without_triggers(
        db,
        "audit_event",
        "update audit_event set actor = 'mallory' where subject = 'b'",
    );
    let found = db.db.read(audit::verify).unwrap_err().to_string();
    assert_eq!(found, format!("audit-broken id={}", event_id(db, "b")));
}

fn a_missing_event_is_found(db: &TestDb) {
    three_events(db);
    without_triggers(
        db,
        "audit_event",
        "delete from audit_event where subject = 'b'",
    );
    let found = db.db.read(audit::verify).unwrap_err().to_string();
    assert_eq!(found, format!("audit-broken id={}", event_id(db, "c")));
}

fn freeze(db: &TestDb, subjects: &[&str], json: &str) {
    let bodies: Vec<Body> = subjects
        .iter()
        .map(|subject| Body {
            subject: (*subject).to_string(),
            json: json.to_string(),
        })
        .collect();
    db.db
        .write(|conn| snapshots::freeze(conn, "result", 1, &bodies, "as planned", &actor()))
        .unwrap();
}

fn each_version_stands_on_the_one_before(db: &TestDb) {
    freeze(db, &["2026Q3/E1", "2026Q3/E2"], r#"{"total":1}"#);
    freeze(db, &["2026Q3/E1"], r#"{"total":2}"#);
    freeze(db, &["2026Q30/E1"], "{}");
    let newest = db
        .db
        .read(|conn| snapshots::newest(conn, "result", "2026Q3/E1"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (newest.version_no, newest.body_json.as_str()),
        (2, r#"{"total":2}"#)
    );
    // sha256sum over the first version's sum followed by the second body.
    let first = snapshots::sha256_hex(&[br#"{"total":1}"#]);
    assert_eq!(
        newest.sha256,
        snapshots::sha256_hex(&[first.as_bytes(), br#"{"total":2}"#])
    );
    let heads = db
        .db
        .read(|conn| snapshots::newest_under(conn, "result", "2026Q3"))
        .unwrap();
    let heads: Vec<(&str, i32)> = heads
        .iter()
        .map(|h| (h.subject.as_str(), h.version_no))
        .collect();
    assert_eq!(heads, [("2026Q3/E1", 2), ("2026Q3/E2", 1)]);
    assert_eq!(db.db.read(snapshots::verify).unwrap(), 4);
}

fn a_changed_snapshot_is_found(db: &TestDb) {
    freeze(db, &["2026Q3/E1", "2026Q3/E2"], r#"{"total":1}"#);
    without_triggers(
        db,
        "snapshot",
        r#"update snapshot set body_json = '{"total":9}' where subject = '2026Q3/E2'"#,
    );
    let found = db.db.read(snapshots::verify).unwrap_err().to_string();
    assert_eq!(
        found,
        "snapshot-broken kind=result subject=2026Q3/E2 version=1"
    );
}

fn a_missing_version_is_found(db: &TestDb) {
    freeze(db, &["2026Q3/E1"], r#"{"total":1}"#);
    freeze(db, &["2026Q3/E1"], r#"{"total":2}"#);
    freeze(db, &["2026Q3/E1"], r#"{"total":3}"#);
    // The third is made to stand on the first, as if the second had never been.
    without_triggers(
        db,
        "snapshot",
        "update snapshot set previous_id = null where version_no = 3; \
         delete from snapshot where version_no = 2; \
         update snapshot set previous_id = (select id from snapshot where version_no = 1), \
         version_no = 2 where version_no = 3",
    );
    let found = db.db.read(snapshots::verify).unwrap_err().to_string();
    assert_eq!(
        found,
        "snapshot-broken kind=result subject=2026Q3/E1 version=2"
    );
}
