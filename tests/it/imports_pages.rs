//! Loading a file in the browser: what is refused before and after it is read, what a check keeps, that a
//! load happens once, and that nobody meets somebody else's file.

use actix_web::http::Method;
use espalier::access::Role;
use espalier::calendar::Clock;
use espalier::jobs;
use espalier::web::serve::JOBS;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{self, now};
use crate::support::web::{Browser, Page, somebody};

both! {
    a_file_of_another_system_is_mapped_checked_and_loaded_once,
    a_file_with_bad_rows_loads_nothing_and_gives_them_back,
    the_good_rows_can_be_loaded_alone,
    a_form_without_its_token_is_refused_before_the_file_is_read,
    a_form_that_is_too_large_is_refused,
    what_is_no_table_is_named_and_nothing_is_kept,
    nobody_meets_the_file_of_another_account,
    a_mapping_is_kept_under_a_name_and_taken_again,
    a_form_that_is_out_of_date_changes_nothing,
    what_a_job_does_twice_is_done_once,
    what_is_old_is_removed_and_what_was_loaded_stays,
}

const BOUNDARY: &str = "----a-boundary-of-the-tests";

/// A form with a file, as a browser sends it.
fn multipart(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

fn send(who: &Browser, csrf: &str, kind: &str, name: &str, bytes: &[u8]) -> Page {
    let fields = [
        ("csrf", csrf),
        ("once", "0123456789abcdef0123456789abcdef"),
        ("kind", kind),
        ("encoding", ""),
        ("sheet", ""),
    ];
    let (kind, body) = multipart(&fields, name, bytes);
    who.send(Method::POST, "/imports/new", Some((&kind, body)))
}

/// Uploads a file and gives the address of its import.
fn upload(who: &Browser, kind: &str, name: &str, bytes: &[u8]) -> String {
    let page = send(who, &who.csrf(), kind, name, bytes).expect(303);
    let address = page.location().strip_suffix("/columns").unwrap();
    address.to_string()
}

/// Sends the form of columns as it is shown, with some fields typed otherwise.
fn check(who: &Browser, address: &str, typed: &[(&str, &str)]) -> Page {
    let columns = format!("{address}/columns");
    let page = who.get(&columns).expect(200);
    let fields = shown(&page.text(), &columns, typed);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    who.form(&columns, &fields)
}

/// The fields of the form of an action with what a browser would send.
pub fn shown(html: &str, action: &str, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let start = html.find(&format!("action=\"{action}\"")).unwrap();
    let form = &html[start..start + html[start..].find("</form>").unwrap()];
    let mut fields: Vec<(String, String)> = Vec::new();
    for tag in form.split('<').skip(1) {
        let attribute = |name: &str| {
            let rest = tag.split(&format!("{name}=\"")).nth(1)?;
            Some(rest.split('"').next()?.to_string())
        };
        if tag.starts_with("option ")
            && tag.contains(" selected")
            && let (Some(last), Some(value)) = (fields.last_mut(), attribute("value"))
        {
            last.1 = value;
        }
        let Some(name) = attribute("name") else {
            continue;
        };
        let ticked = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
        if tag.starts_with("select") {
            fields.push((name, String::new()));
        } else if tag.starts_with("textarea") {
            let text = tag.split('>').nth(1).unwrap_or_default();
            fields.push((name, text.trim_start_matches('\n').to_string()));
        } else if tag.starts_with("input") && ticked {
            fields.push((name, attribute("value").unwrap_or_default()));
        }
    }
    for (name, value) in typed {
        fields.retain(|(n, _)| n != name);
        fields.push(((*name).to_string(), (*value).to_string()));
    }
    fields
}

/// Does what waits.
fn run(db: &TestDb) {
    jobs::run_due(&db.db, &Clock::Fixed(now()), JOBS).unwrap();
}

/// Sends a form of the page of an import.
fn press(who: &Browser, address: &str, what: &str, fields: &[(&str, &str)]) -> Page {
    let version = who.get(address).expect(200).value("row_version");
    let mut all = fields.to_vec();
    all.push(("row_version", &version));
    who.post(&format!("{address}/{what}"), &all)
}

/// In GBK, with semicolons: what a Chinese ticket system writes.
fn tickets() -> Vec<u8> {
    let text = "工单编号;创建时间;受理人;渠道;是否首次解决;备注栏\r\n\
                T1;2026-07-01 09:12;张伟;电话;是;甲\r\n\
                T2;2026-07-02 10:00;李娜;邮件;否;乙\r\n";
    let (bytes, _, _) = encoding_rs::GBK.encode(text);
    bytes.into_owned()
}

fn a_file_of_another_system_is_mapped_checked_and_loaded_once(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let address = upload(&hr, "service-records", "七月 工单.csv", &tickets());
    let page = hr.get(&format!("{address}/columns")).expect(200);
    for expected in ["七月 工单.csv", "gb18030", "工单编号", "T1", "电话 = phone"] {
        assert!(page.has(expected), "{expected}: {}", page.text());
    }
    assert_eq!(check(&hr, &address, &[]).expect(303).location(), address);
    assert!(
        hr.get(&address).expect(200).has("data-refresh"),
        "no progress is shown"
    );
    run(db);
    let page = hr.get(&address).expect(200);
    assert!(
        page.has("Every row is good") && page.has("备注栏"),
        "{}",
        page.text()
    );
    assert_eq!(db.count("service_record"), 0, "a check keeps nothing");
    assert_eq!(
        db.line(
            "select cast(count(*) as text) as line from import_run where kind = 'service-records'"
        ),
        "0"
    );
    press(&hr, &address, "load", &[]).expect(303);
    run(db);
    assert!(hr.get(&address).expect(200).has("What was loaded"));
    assert_eq!(db.count("service_record"), 2);
    // The same file once more finds everything there.
    let again = upload_twice(&hr);
    check(&hr, &again, &[]).expect(303);
    run(db);
    press(&hr, &again, "load", &[]).expect(303);
    run(db);
    assert_eq!(db.count("service_record"), 2);
    let list = hr.get("/imports?kind=service-records").expect(200);
    assert_eq!(list.text().matches("七月 工单.csv").count(), 2);
    assert!(hr.get("/inbox").expect(200).has("2 new, 0 changed"));
    assert!(hr.get("/imports.csv").expect(200).has("service-records"));
}

/// Uploads the tickets under another number, so that it is not the same form.
fn upload_twice(who: &Browser) -> String {
    let csrf = who.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("once", "fedcba9876543210fedcba9876543210"),
        ("kind", "service-records"),
    ];
    let (kind, body) = multipart(&fields, "七月 工单.csv", &tickets());
    let page = who
        .send(Method::POST, "/imports/new", Some((&kind, body)))
        .expect(303);
    page.location()
        .strip_suffix("/columns")
        .unwrap()
        .to_string()
}

const BAD: &str = "\u{FEFF}employee_no,name,team,hired_on\r\n\
                   E10,赵一,A,2020-01-01\r\n\
                   E11,=cmd(),NOWHERE,2020-01-01\r\n\
                   E12,钱二,A,yesterday\r\n";

fn a_file_with_bad_rows_loads_nothing_and_gives_them_back(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let people = db.count("staff");
    let address = upload(&hr, "staff", "staff.csv", BAD.as_bytes());
    check(&hr, &address, &[]).expect(303);
    run(db);
    let page = hr.get(&address).expect(200);
    for expected in [
        "2 rows are bad",
        "NOWHERE",
        "yesterday",
        "Load the good rows",
    ] {
        assert!(page.has(expected), "{expected}: {}", page.text());
    }
    assert_eq!(db.count("staff"), people);
    let file = hr.get(&format!("{address}/bad-rows.csv")).expect(200);
    let lines: Vec<String> = file.text().lines().map(str::to_string).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[1].starts_with("3,team,") && lines[1].contains("'=cmd()"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("4,hired_on,"), "{lines:?}");
    let shown = file
        .headers
        .get("content-disposition")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(shown.starts_with("attachment") && shown.ends_with("staff.bad-rows.csv"));
    assert!(hr.get("/inbox").expect(200).has("2 rows are bad"));
    // Nothing was asked for beyond the check.
    press(&hr, &address, "discard", &[]).expect(303);
    assert_eq!(db.count("stored_file"), 0);
    assert_eq!(db.count("stored_chunk"), 0);
    hr.get(&address).expect(404);
    hr.get(&format!("{address}/bad-rows.csv")).expect(404);
}

fn the_good_rows_can_be_loaded_alone(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let people = db.count("staff");
    let address = upload(&hr, "staff", "staff.csv", BAD.as_bytes());
    check(&hr, &address, &[]).expect(303);
    run(db);
    press(&hr, &address, "load", &[("skip_bad", "yes")]).expect(303);
    run(db);
    assert_eq!(db.count("staff"), people + 1);
    assert!(
        hr.get(&format!("{address}/bad-rows.csv"))
            .expect(200)
            .has("NOWHERE")
    );
}

fn a_form_without_its_token_is_refused_before_the_file_is_read(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    // Were it read, the answer would be that it is no table.
    send(
        &hr,
        "00000000000000000000000000000000",
        "staff",
        "a.csv",
        b"PK\x03\x04 broken",
    )
    .expect(403);
    // A file before the token has none.
    let csrf = hr.csrf();
    let (kind, mut body) = multipart(&[], "a.csv", b"code\nA\n");
    let end = body.len() - format!("--{BOUNDARY}--\r\n").len();
    body.truncate(end);
    let (_, rest) = multipart(
        &[
            ("csrf", &csrf),
            ("once", "0123456789abcdef0123456789abcdef"),
        ],
        "",
        b"",
    );
    body.extend_from_slice(&rest);
    hr.send(Method::POST, "/imports/new", Some((&kind, body)))
        .expect(403);
    assert_eq!(db.count("stored_file"), 0);
    let employee = somebody(db, &[], Some(make::AGENT));
    send(&employee, &employee.csrf(), "staff", "a.csv", b"x").expect(403);
}

fn a_form_that_is_too_large_is_refused(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    send(
        &hr,
        &hr.csrf(),
        &"k".repeat(300 << 10),
        "a.csv",
        b"code\nA\n",
    )
    .expect(413);
    assert_eq!(db.count("stored_file"), 0);
}

fn what_is_no_table_is_named_and_nothing_is_kept(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let program = [b"MZ\x90\x00\x03\x00\x00\x00".as_slice(), &[0; 600]].concat();
    for (bytes, said) in [
        (
            program.as_slice(),
            "This is no table but another kind of file",
        ),
        (b"%PDF-1.7\n", "pdf"),
        (b"", "The file is empty"),
    ] {
        let page = send(&hr, &hr.csrf(), "staff", "staff.csv", bytes).expect(422);
        assert!(page.has(said), "{said}: {}", page.text());
    }
    let page = send(&hr, &hr.csrf(), "staff", "", b"").expect(422);
    assert!(page.has("Choose a file"));
    let page = send(&hr, &hr.csrf(), "secrets", "a.csv", b"code\nA\n").expect(422);
    assert!(page.has("Choose one of the list"));
    assert_eq!(db.count("stored_file"), 0);
    assert_eq!(db.count("pending_import"), 0);
    // What is in cells and names is shown, never run.
    let evil = "code,name_zh,\"<script>alert(1)</script>\"\nZ,<img src=x onerror=alert(1)>,1\n";
    let address = upload(&hr, "teams", "<b>x</b>.csv", evil.as_bytes());
    let page = hr.get(&format!("{address}/columns")).expect(200);
    assert!(!page.has("<script>alert") && !page.has("<img src=x") && !page.has("<b>x"));
    assert!(page.has("&lt;img src=x"));
}

fn nobody_meets_the_file_of_another_account(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let other = somebody(db, &[Role::Hr, Role::Administrator], None);
    let address = upload(&hr, "staff", "staff.csv", BAD.as_bytes());
    check(&hr, &address, &[]).expect(303);
    run(db);
    for part in ["", "/columns", "/bad-rows.csv"] {
        other.get(&format!("{address}{part}")).expect(404);
    }
    for part in ["columns", "mapping", "load", "discard"] {
        let fields = [("row_version", "3")];
        other
            .post(&format!("{address}/{part}"), &fields)
            .expect(404);
    }
    assert!(!other.get("/imports").expect(200).has(&address));
    hr.get(&address).expect(200);
}

fn a_mapping_is_kept_under_a_name_and_taken_again(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let odd = "Nr,Wer,Wo\nE20,Kim,A\n";
    let address = upload(&hr, "staff", "odd.csv", odd.as_bytes());
    // Required columns are not guessed from such names.
    let page = check(&hr, &address, &[("col_employee_no", "Nr")]).expect(422);
    assert!(page.has("Every row needs this") && page.has("<option value=\"Nr\" selected>"));
    let page = check(
        &hr,
        &address,
        &[("col_employee_no", "Nr"), ("col_name", "Nobody")],
    );
    page.expect(422);
    let chosen = [
        ("col_employee_no", "Nr"),
        ("col_name", "Wer"),
        ("col_team", "Wo"),
    ];
    let wrong = [
        &chosen[..],
        &[("formats", "%Q"), ("time_zone", "Nowhere/Land")],
    ]
    .concat();
    assert!(check(&hr, &address, &wrong).expect(422).has("%Q"));
    let good = [&chosen[..], &[("save_as", "Odd system")]].concat();
    check(&hr, &address, &good).expect(303);
    run(db);
    assert!(hr.get(&address).expect(200).has("Every row is good"));
    press(&hr, &address, "discard", &[]).expect(303);
    // Another person's next file takes it.
    let other = somebody(db, &[Role::Administrator], None);
    let address = upload(&other, "staff", "odd.csv", odd.as_bytes());
    let columns = format!("{address}/columns");
    let page = other.get(&columns).expect(200);
    let (saved, version) = (option_value(&page, "Odd system"), page.value("row_version"));
    let fields = [("saved", saved.as_str()), ("row_version", &version)];
    other
        .post(&format!("{address}/mapping"), &fields)
        .expect(303);
    assert!(
        other
            .get(&columns)
            .expect(200)
            .has("<option value=\"Wer\" selected>")
    );
    let version = other.get(&columns).expect(200).value("row_version");
    for (text, said) in [
        ("kind = \"teams\"", "is for “teams”"),
        ("columns = 3", "Mapping, line 1"),
        ("", "This is needed"),
    ] {
        let fields = [("text", text), ("row_version", version.as_str())];
        let page = other
            .post(&format!("{address}/mapping"), &fields)
            .expect(422);
        assert!(page.has(said), "{said}: {}", page.text());
    }
    check(&other, &address, &[]).expect(303);
    run(db);
    assert!(other.get(&address).expect(200).has("Every row is good"));
}

/// The value of the option of a text.
fn option_value(page: &Page, text: &str) -> String {
    let html = page.text();
    let before = html.split(&format!(">{text}<")).next().unwrap();
    let value = before.rsplit("value=\"").next().unwrap();
    value.split('"').next().unwrap().to_string()
}

fn a_form_that_is_out_of_date_changes_nothing(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let address = upload(&hr, "staff", "staff.csv", BAD.as_bytes());
    check(&hr, &address, &[]).expect(303);
    // While it is checked, and with a version that is gone.
    let version = [("row_version", "2")];
    hr.post(&format!("{address}/load"), &version).expect(409);
    hr.post(&format!("{address}/discard"), &version).expect(409);
    run(db);
    hr.post(&format!("{address}/load"), &[("row_version", "1")])
        .expect(409);
    hr.post(
        &format!("{address}/mapping"),
        &[("row_version", "1"), ("text", "kind = \"staff\"")],
    )
    .expect(409);
    assert_eq!(
        db.line("select state as line from pending_import"),
        "checked"
    );
}

fn what_a_job_does_twice_is_done_once(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let address = upload(&hr, "service-records", "a.csv", &tickets());
    check(&hr, &address, &[]).expect(303);
    run(db);
    press(&hr, &address, "load", &[]).expect(303);
    run(db);
    let before = db.state();
    // As if the process had died before it said that it was done.
    db.run("update job set state = 'waiting'");
    run(db);
    let mut after = db.state();
    after.insert("job".into(), before["job"].clone());
    assert_eq!(before, after);
    // As if it had died between the load and writing down that it had loaded.
    db.run("update pending_import set state = 'loading'");
    db.run("update job set state = 'waiting' where kind = 'import'");
    run(db);
    assert_eq!(db.count("service_record"), 2);
    assert_eq!(
        db.line("select state as line from pending_import"),
        "loaded"
    );
}

fn what_is_old_is_removed_and_what_was_loaded_stays(db: &TestDb) {
    make::company(db);
    let hr = somebody(db, &[Role::Hr], None);
    let address = upload(&hr, "staff", "staff.csv", BAD.as_bytes());
    check(&hr, &address, &[]).expect(303);
    run(db);
    press(&hr, &address, "load", &[("skip_bad", "yes")]).expect(303);
    run(db);
    let people = db.count("staff");
    let tidy = |days: i64| {
        let clock = Clock::Fixed(now() + chrono::Duration::days(days));
        let day = clock.now().date();
        db.db
            .write(|conn| espalier::admin::jobs::plan_day(conn, day, clock.now()))
            .unwrap();
        jobs::run_due(&db.db, &clock, JOBS).unwrap()
    };
    // Tidying, a look for warnings, peer stages that are over, whose time is kept no longer, and reminders of what
    // is due in cycles, of plans and of sheets about applicants.
    assert_eq!(tidy(6), 7);
    assert_eq!(tidy(6), 0, "once a day");
    hr.get(&address).expect(200);
    tidy(8);
    hr.get(&address).expect(404);
    assert_eq!(db.count("stored_file"), 0);
    assert_eq!(db.count("stored_chunk"), 0);
    assert_eq!(db.count("staff"), people);
}
