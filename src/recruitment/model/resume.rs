//! Profiles in the form of JSON Resume (<https://jsonresume.org/schema>, version 1.0.0): what they may hold, how one is
//! told from what is none, and the people in a file, a list or an archive of them. Pure.

use std::io::{Cursor, Read};

use serde_json::{Map, Value};

use crate::error::Message;
use crate::recruitment::model::candidate::Person;

/// Most profiles of one file.
pub const MOST: usize = 1_000;

/// Largest profile, in bytes.
const LARGEST: u64 = 1 << 20;

/// Largest archive once unpacked, in bytes.
const LARGEST_WHOLE: u64 = 64 << 20;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    /// `2014-06-29`, `2014-06` or `2014`.
    Date,
    Texts,
    /// Fields below.
    Fields(&'static [Field]),
    /// Any number of entries with these fields.
    Entries(&'static [Field]),
}

/// A field that the schema knows; others may stand beside it and are kept.
pub type Field = (&'static str, Form);

use Form::{Date, Entries, Fields, Text, Texts};

/// Everything that the schema says.
pub const SCHEMA: &[Field] = &[
    ("$schema", Text),
    (
        "basics",
        Fields(&[
            ("name", Text),
            ("label", Text),
            ("image", Text),
            ("email", Text),
            ("phone", Text),
            ("url", Text),
            ("summary", Text),
            (
                "location",
                Fields(&[
                    ("address", Text),
                    ("postalCode", Text),
                    ("city", Text),
                    ("countryCode", Text),
                    ("region", Text),
                ]),
            ),
            (
                "profiles",
                Entries(&[("network", Text), ("username", Text), ("url", Text)]),
            ),
        ]),
    ),
    (
        "work",
        Entries(&[
            ("name", Text),
            ("position", Text),
            ("startDate", Date),
            ("endDate", Date),
            ("location", Text),
            ("description", Text),
            ("url", Text),
            ("summary", Text),
            ("highlights", Texts),
        ]),
    ),
    (
        "volunteer",
        Entries(&[
            ("organization", Text),
            ("position", Text),
            ("startDate", Date),
            ("endDate", Date),
            ("url", Text),
            ("summary", Text),
            ("highlights", Texts),
        ]),
    ),
    (
        "education",
        Entries(&[
            ("institution", Text),
            ("area", Text),
            ("studyType", Text),
            ("startDate", Date),
            ("endDate", Date),
            ("score", Text),
            ("url", Text),
            ("courses", Texts),
        ]),
    ),
    (
        "awards",
        Entries(&[
            ("title", Text),
            ("awarder", Text),
            ("date", Date),
            ("summary", Text),
        ]),
    ),
    (
        "certificates",
        Entries(&[
            ("name", Text),
            ("issuer", Text),
            ("date", Date),
            ("url", Text),
        ]),
    ),
    (
        "publications",
        Entries(&[
            ("name", Text),
            ("publisher", Text),
            ("releaseDate", Date),
            ("url", Text),
            ("summary", Text),
        ]),
    ),
    (
        "skills",
        Entries(&[("name", Text), ("level", Text), ("keywords", Texts)]),
    ),
    (
        "languages",
        Entries(&[("language", Text), ("fluency", Text)]),
    ),
    ("interests", Entries(&[("name", Text), ("keywords", Texts)])),
    (
        "references",
        Entries(&[("name", Text), ("reference", Text)]),
    ),
    (
        "projects",
        Entries(&[
            ("name", Text),
            ("entity", Text),
            ("type", Text),
            ("roles", Texts),
            ("startDate", Date),
            ("endDate", Date),
            ("description", Text),
            ("url", Text),
            ("highlights", Texts),
            ("keywords", Texts),
        ]),
    ),
    (
        "meta",
        Fields(&[
            ("canonical", Text),
            ("version", Text),
            ("lastModified", Text),
        ]),
    ),
];

/// What is wrong with a profile: where (`work[2].startDate`), and what should stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub path: String,
    /// Key of the message that says what should stand there.
    pub key: &'static str,
}

impl Wrong {
    /// The sentence for the reader.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(self.key).with("path", &self.path)
    }
}

/// Everything that is wrong with a profile; nothing where it is one.
#[must_use]
pub fn problems(profile: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    check(profile, Fields(SCHEMA), "", &mut wrong);
    wrong
}

fn check(value: &Value, form: Form, path: &str, wrong: &mut Vec<Wrong>) {
    let mut refuse = |key| {
        wrong.push(Wrong {
            path: if path.is_empty() { "/" } else { path }.to_string(),
            key,
        });
    };
    match (form, value) {
        (Text, Value::String(_)) => {}
        (Text, _) => refuse("resume-not-text"),
        (Date, Value::String(text)) if is_date(text) => {}
        (Date, _) => refuse("resume-not-date"),
        (Texts, Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                check(item, Text, &format!("{path}[{at}]"), wrong);
            }
        }
        (Entries(fields), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                check(item, Fields(fields), &format!("{path}[{at}]"), wrong);
            }
        }
        (Texts | Entries(_), _) => refuse("resume-not-list"),
        (Fields(fields), Value::Object(given)) => {
            for (name, form) in fields {
                if let Some(inner) = given.get(*name) {
                    let path = match path {
                        "" => (*name).to_string(),
                        path => format!("{path}.{name}"),
                    };
                    check(inner, *form, &path, wrong);
                }
            }
        }
        (Fields(_), _) => refuse("resume-not-object"),
    }
}

/// Whether a text is a date as the schema has it: a year from 1000 to 2999, perhaps a month, perhaps a day.
#[must_use]
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, first: std::ops::RangeInclusive<char>, length: usize| {
        part.len() == length
            && part.chars().all(|c| c.is_ascii_digit())
            && part.starts_with(|c| first.contains(&c))
    };
    match parts.as_slice() {
        [year] => digits(year, '1'..='2', 4),
        [year, month] => digits(year, '1'..='2', 4) && digits(month, '0'..='1', 2),
        [year, month, day] => {
            digits(year, '1'..='2', 4) && digits(month, '0'..='1', 2) && digits(day, '0'..='3', 2)
        }
        _ => false,
    }
}

/// A text of a profile as particulars hold it: one line, not too long.
fn line(value: Option<&Value>, longest: usize) -> Option<String> {
    let shown: String = value?
        .as_str()?
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(longest)
        .collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_string())
}

/// Who a profile is of. Without a name they are called as their address, or as the file.
#[must_use]
pub fn person(profile: &Value, file: &str) -> Person {
    let none = Map::new();
    let basics = profile
        .get("basics")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let email = line(basics.get("email"), 200);
    let name = line(basics.get("name"), 120)
        .or_else(|| email.clone())
        .unwrap_or_else(|| file.to_string());
    let chinese = name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    Person {
        name,
        name_en: String::new(),
        email,
        phone: line(basics.get("phone"), 40),
        locale: if chinese { "zh-CN" } else { "en" }.to_string(),
    }
}

/// A profile and the name of the file it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub file: String,
    pub body: Value,
}

/// Why a file cannot be read as profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file, within an archive too.
    pub file: String,
    /// Sentences, with the path of what is wrong.
    pub messages: Vec<Message>,
}

/// The profiles of a file: one, a list of them, or a ZIP archive of such files. All are checked; what is wrong is said
/// of every one.
///
/// # Errors
/// Each file that is no profile, with the paths of what is wrong.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Profile>, Vec<Refused>> {
    let (mut profiles, mut refused) = (Vec::new(), Vec::new());
    if bytes.starts_with(b"PK") {
        match unpacked(bytes) {
            Ok(files) => {
                for (name, bytes) in files {
                    one(&name, &bytes, &mut profiles, &mut refused);
                }
            }
            Err(message) => refused.push(Refused {
                file: file.to_string(),
                messages: vec![message],
            }),
        }
    } else {
        one(file, bytes, &mut profiles, &mut refused);
    }
    if refused.is_empty() && profiles.is_empty() {
        refused.push(Refused {
            file: file.to_string(),
            messages: vec![Message::new("resume-none")],
        });
    }
    if refused.is_empty() && profiles.len() > MOST {
        refused.push(Refused {
            file: file.to_string(),
            messages: vec![Message::new("resume-too-many").with("n", MOST)],
        });
    }
    if refused.is_empty() {
        Ok(profiles)
    } else {
        Err(refused)
    }
}

/// The profiles of one file of JSON.
fn one(file: &str, bytes: &[u8], profiles: &mut Vec<Profile>, refused: &mut Vec<Refused>) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut refuse = |messages| {
        refused.push(Refused {
            file: file.to_string(),
            messages,
        });
    };
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(e) => {
            let (line, column) = (e.line(), e.column());
            let message = Message::new("resume-no-json")
                .with("line", line)
                .with("column", column);
            return refuse(vec![message]);
        }
    };
    let all = match value {
        Value::Array(all) => all,
        only => vec![only],
    };
    let list = all.len() > 1;
    for (at, body) in all.into_iter().enumerate() {
        let wrong = problems(&body);
        if wrong.is_empty() {
            profiles.push(Profile {
                file: file.to_string(),
                body,
            });
            continue;
        }
        let within = |wrong: Wrong| Wrong {
            path: if list {
                format!("[{at}] {}", wrong.path)
            } else {
                wrong.path
            },
            ..wrong
        };
        refuse(wrong.into_iter().map(|w| within(w).message()).collect());
    }
}

/// The files of JSON in an archive, none of them larger than it may be whatever its entry says.
fn unpacked(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Message> {
    let broken = || Message::new("resume-zip-broken");
    let large = || Message::new("resume-zip-large").with("mb", LARGEST_WHOLE >> 20);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let (mut files, mut whole) = (Vec::new(), 0_u64);
    if archive.len() > MOST * 2 {
        return Err(large());
    }
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|_| broken())?;
        let name = entry.name().map_err(|_| broken())?.into_owned();
        let wanted = entry.is_file() && name.to_lowercase().ends_with(".json");
        if !wanted || name.starts_with("__MACOSX") {
            continue;
        }
        let mut body = Vec::new();
        let read = entry.by_ref().take(LARGEST + 1).read_to_end(&mut body);
        whole += read.map_err(|_| broken())? as u64;
        if body.len() as u64 > LARGEST || whole > LARGEST_WHOLE {
            return Err(large());
        }
        files.push((name, body));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_path() {
        let profile = json!({
            "basics": { "name": "Li", "location": { "city": 7 }, "profiles": [{ "url": null }] },
            "work": [{ "startDate": "2013-12-021" }, "none"],
            "skills": [{ "keywords": ["a", 1] }],
            "meta": [],
            "anything": 1,
        });
        let found: Vec<(String, &str)> = problems(&profile)
            .into_iter()
            .map(|w| (w.path, w.key))
            .collect();
        let expected = [
            ("basics.location.city", "resume-not-text"),
            ("basics.profiles[0].url", "resume-not-text"),
            ("work[0].startDate", "resume-not-date"),
            ("work[1]", "resume-not-object"),
            ("skills[0].keywords[1]", "resume-not-text"),
            ("meta", "resume-not-object"),
        ];
        assert_eq!(found, expected.map(|(p, k)| (p.to_string(), k)));
        assert_eq!(problems(&json!([]))[0].path, "/");
    }

    #[test]
    fn a_date_is_a_year_and_perhaps_more() {
        for good in ["2013", "2013-12", "2013-12-01", "1999-01-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "13",
            "3013",
            "2013-2",
            "2013-12-021",
            "2013-12-1",
            "2013-12-01T00",
            "２０１３",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn somebody_without_a_name_is_called_as_their_address_or_file() {
        let named = json!({ "basics": { "name": " 李\n娜 ", "email": "li@example.com" } });
        assert_eq!(person(&named, "a.json").name, "李 娜");
        assert_eq!(person(&named, "a.json").locale, "zh-CN");
        let addressed = json!({ "basics": { "email": "li@example.com", "phone": "138" } });
        assert_eq!(person(&addressed, "a.json").name, "li@example.com");
        assert_eq!(person(&json!({}), "a.json").name, "a.json");
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            out.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn one_many_and_an_archive_are_read_and_every_fault_is_named() {
        assert_eq!(read("a.json", b"{}").unwrap().len(), 1);
        assert_eq!(read("a.json", b"\xEF\xBB\xBF[{},{}]").unwrap().len(), 2);
        let zip = archive(&[("b/2.json", b"{}"), ("b/1.json", b"[{}]"), ("x.txt", b"no")]);
        let files: Vec<String> = read("a.zip", &zip)
            .unwrap()
            .into_iter()
            .map(|p| p.file)
            .collect();
        assert_eq!(files, ["b/1.json", "b/2.json"]);
        for (bytes, key) in [
            (&b"{"[..], "resume-no-json"),
            (b"[]", "resume-none"),
            (b"PK\x03\x04 and so on", "resume-zip-broken"),
            (b"[{},{\"work\":1}]", "resume-not-list"),
        ] {
            let refused = read("a", bytes).unwrap_err();
            assert_eq!(refused[0].messages[0].key, key);
        }
        let bad = archive(&[
            ("1.json", b"{}"),
            ("2.json", b"{\"work\":1}"),
            ("3.json", b"x"),
        ]);
        let refused = read("a.zip", &bad).unwrap_err();
        let files: Vec<&str> = refused.iter().map(|r| r.file.as_str()).collect();
        assert_eq!(files, ["2.json", "3.json"]);
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused() {
        let zeros = vec![b' '; (LARGEST + 1) as usize];
        let bomb = archive(&[("1.json", &zeros)]);
        assert!(bomb.len() < 10_000);
        assert_eq!(
            read("a.zip", &bomb).unwrap_err()[0].messages[0].key,
            "resume-zip-large"
        );
    }
}
