//! What the tests of recruitment stand on: openings asked for, agreed to and published as people do it, applications
//! as browsers send them.

use actix_web::http::Method;
use espalier::access::Role;
use espalier::accounts::store::random_token;

use super::db::TestDb;
use super::make;
use super::web::{Browser, Page, somebody, visitor};

/// The fields of an opening of team A, owned by the lead.
pub const TERMS: [(&str, &str); 9] = [
    ("team", "A"),
    ("job_role", "agent"),
    ("owner", make::LEAD),
    ("head_count", "2"),
    ("reason", "Two colleagues move on"),
    ("title_zh", "客服专员"),
    ("title_en", "Service agent"),
    ("body_zh", "接听客户来电。\n\n我们提供培训。"),
    ("body_en", "You answer our customers.\n\nWe train you."),
];

/// The terms, some of them typed otherwise.
pub fn terms<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<(&str, &str)> = TERMS.to_vec();
    for (name, value) in changed {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    all
}

/// Takes a step with an opening as it stands.
pub fn step(who: &Browser, code: &str, step: &str, words: &str) -> Page {
    let address = format!("/openings/{code}");
    let version = who.get(&address).expect(200).value("row_version");
    let fields = [
        ("step", step),
        ("words", words),
        ("row_version", version.as_str()),
    ];
    who.post(&format!("{address}/step"), &fields)
}

/// A draft that somebody made.
pub fn draft(who: &Browser, changed: &[(&str, &str)]) -> String {
    let page = who.post("/openings/new", &terms(changed)).expect(303);
    let address = page.location().split('?').next().unwrap().to_string();
    address.rsplit('/').next().unwrap().to_string()
}

/// An opening that the lead asked for, leadership agreed to and HR published.
pub fn published(db: &TestDb, changed: &[(&str, &str)]) -> String {
    let lead = somebody(db, &[], Some(make::LEAD));
    let code = draft(&lead, changed);
    step(&lead, &code, "request", "").expect(303);
    let above = somebody(db, &[Role::Leadership], None);
    step(&above, &code, "approve", "").expect(303);
    let hr = somebody(db, &[Role::Hr], None);
    step(&hr, &code, "publish", "").expect(303);
    code
}

/// Where a part of a form ends.
const BOUNDARY: &str = "----a-boundary-of-the-tests";

/// A file that is sent: its field, name and bytes.
pub type File<'a> = (&'a str, &'a str, &'a [u8]);

/// A form with files as a browser sends it.
pub fn multipart(fields: &[(&str, &str)], files: &[File]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    for (field, name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// The smallest file that passes for a PDF.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n";

/// What somebody types who may be taken.
pub const APPLICANT: [(&str, &str); 6] = [
    ("name", "欧阳娜·古丽"),
    ("email", "Gu.Li@example.com"),
    ("q1", "yes"),
    ("q2", "yes"),
    ("source", "careers"),
    ("consent", "on"),
];

/// What somebody types, some of it otherwise.
pub fn typed<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<(&str, &str)> = APPLICANT.to_vec();
    for (name, value) in changed {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    all
}

/// Sends an application, with a number of its own unless it is given.
pub fn send(who: &Browser, code: &str, fields: &[(&str, &str)], files: &[File]) -> Page {
    let once = random_token();
    let mut all = fields.to_vec();
    if !all.iter().any(|(name, _)| *name == "once") {
        all.push(("once", &once));
    }
    let (kind, body) = multipart(&all, files);
    who.send(
        Method::POST,
        &format!("/careers/{code}"),
        Some((&kind, body)),
    )
}

/// Applies and gives the address of the private link.
pub fn apply(db: &TestDb, code: &str, changed: &[(&str, &str)]) -> String {
    apply_with(&visitor(db), code, changed, &[])
}

/// Applies with files and gives the address of the private link.
pub fn apply_with(who: &Browser, code: &str, changed: &[(&str, &str)], files: &[File]) -> String {
    let page = send(who, code, &typed(changed), files).expect(303);
    page.location().split('?').next().unwrap().to_string()
}
