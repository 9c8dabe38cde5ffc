//! A candidate's page: particulars, applications, files, notes, history, consents, and the profile they handed in. Pure.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::appraisals::view::cycles::moment;
use crate::i18n::{self, Locale, plain};
use crate::people::view::person_href;
use crate::recruitment::model::codes::ConsentKind;
use crate::recruitment::model::resume::{Field as Known, Form, SCHEMA};
use crate::recruitment::store::candidates::{
    Attached, Brief, Candidate, Consent, Move, Note, Pair, Scope,
};
use crate::recruitment::view::application::{Happened, happened};
use crate::recruitment::view::candidates::{
    Applied, PairView, applied, called, candidate_href, pair,
};
use crate::recruitment::view::names::{Fact, consent_name, fact};
use crate::web::Who;
use crate::web::form::{Field, FormView};

/// A candidate with everything that a reader may see.
pub struct Whole {
    pub scope: Scope,
    pub candidate: Candidate,
    pub merged: Vec<String>,
    pub applications: Vec<Brief>,
    pub attachments: Vec<Attached>,
    pub notes: Vec<Note>,
    pub consents: Vec<Consent>,
    pub moves: Vec<Move>,
    pub alike: Vec<Pair>,
}

impl Whole {
    /// Whether the reader has still to judge them without knowing who they are.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.scope.blind.contains(&self.candidate.id)
    }
}

/// The page.
#[derive(Serialize)]
pub struct Page {
    code: String,
    erased: Option<String>,
    blind: bool,
    facts: Vec<Fact>,
    applications: Vec<Applied>,
    attachments: Vec<File>,
    notes: Vec<Remark>,
    consents: Vec<Agreed>,
    history: Vec<Happened>,
    sections: Vec<Section>,
    alike: Vec<PairView>,
    edit: Option<String>,
    apply: Option<String>,
    erase: Option<String>,
    /// Whether the reader may change anything here.
    pub forms: Option<Forms>,
}

/// The forms of the page.
#[derive(Serialize)]
pub struct Forms {
    pub note: Option<FormView>,
    pub attach: Option<FormView>,
    pub pool: Option<FormView>,
}

/// A file handed in.
#[derive(Serialize)]
pub struct File {
    name: String,
    href: String,
    size: String,
    by: String,
    at: String,
    application: Option<String>,
}

#[derive(Serialize)]
struct Remark {
    body: String,
    by: String,
    at: String,
}

#[derive(Serialize)]
struct Agreed {
    what: &'static str,
    version: i32,
    given: String,
    withdrawn: Option<String>,
}

/// A part of a profile.
#[derive(Serialize)]
struct Section {
    title: String,
    entries: Vec<Entry>,
}

/// An entry of a part: a line that names it, its dates, and what else it says.
#[derive(Default, Serialize)]
struct Entry {
    head: String,
    dates: Option<String>,
    /// Names of fields and what stands in them.
    lines: Vec<(String, String)>,
    texts: Vec<String>,
    points: Vec<String>,
}

/// Who did something: a login, or the applicant.
#[must_use]
pub fn doer(locale: Locale, login: Option<&str>) -> String {
    login.map_or_else(
        || plain(locale, "application-by-applicant").to_string(),
        str::to_string,
    )
}

/// A size as people read it.
fn size(locale: Locale, bytes: i64) -> String {
    let kib = (bytes + 1_023) / 1_024;
    i18n::text(locale, "candidate-file-size", &[("n", kib.into())])
}

/// The files of a candidate, as links.
#[must_use]
pub fn files(who: &Who, candidate: &str, attachments: &[Attached]) -> Vec<File> {
    attachments
        .iter()
        .map(|file| File {
            name: file.name.clone(),
            href: format!("{}/attachments/{}", candidate_href(candidate), file.id),
            size: size(who.locale, file.size),
            by: doer(who.locale, file.by.as_deref()),
            at: moment(who, file.at),
            application: file.application.as_ref().map(|(_, code)| code.clone()),
        })
        .collect()
}

/// The page of a candidate.
#[must_use]
pub fn page(who: &Who, whole: &Whole, manages: bool) -> Page {
    let (of, locale) = (&whole.candidate, who.locale);
    let blind = whole.is_blind();
    let erased = of.erased_at.map(|at| moment(who, at));
    let open = !blind && erased.is_none();
    let may = manages && open;
    Page {
        code: of.code.clone(),
        facts: facts(who, whole, blind),
        applications: whole.applications.iter().map(|a| applied(who, a)).collect(),
        attachments: if open {
            files(who, &of.code, &whole.attachments)
        } else {
            Vec::new()
        },
        notes: whole
            .notes
            .iter()
            .filter(|_| may)
            .map(|note| Remark {
                body: note.body.clone(),
                by: note.by.clone(),
                at: moment(who, note.at),
            })
            .collect(),
        consents: whole
            .consents
            .iter()
            .map(|consent| Agreed {
                what: consent_name(locale, consent.kind),
                version: consent.version,
                given: moment(who, consent.given_at),
                withdrawn: consent.withdrawn_at.map(|at| moment(who, at)),
            })
            .collect(),
        history: whole.moves.iter().map(|m| happened(who, m, true)).collect(),
        sections: if open {
            sections(locale, &of.profile)
        } else {
            Vec::new()
        },
        alike: whole
            .alike
            .iter()
            .filter(|_| open)
            .map(|other| pair(who, other, manages))
            .collect(),
        edit: may.then(|| format!("{}/edit", candidate_href(&of.code))),
        apply: may.then(|| format!("{}/apply", candidate_href(&of.code))),
        erase: may.then(|| format!("{}/erase", candidate_href(&of.code))),
        forms: may.then(|| forms(who, whole)),
        erased,
        blind,
    }
}

fn forms(who: &Who, whole: &Whole) -> Forms {
    let (of, locale) = (&whole.candidate, who.locale);
    let word = |key| plain(locale, key);
    let href = candidate_href(&of.code);
    let note = vec![Field::new("textarea", "body", word("candidate-note"), "")];
    let file = vec![
        Field::new("file", "file", word("candidate-file"), "").hint(word("candidate-file-hint")),
    ];
    let live = |c: &Consent| c.kind == ConsentKind::Pool && c.withdrawn_at.is_none();
    let until = of.pool_until.map(|d| d.to_string()).unwrap_or_default();
    let pool = vec![
        Field::new("date", "until", word("candidate-pool-until"), &until)
            .optional()
            .hint(word("candidate-pool-hint")),
    ];
    Forms {
        note: Some(FormView::new(
            who,
            format!("{href}/notes"),
            "candidate-note-submit",
            note,
        )),
        attach: Some(FormView::new(
            who,
            format!("{href}/attachments"),
            "candidate-file-submit",
            file,
        )),
        pool: whole.consents.iter().any(live).then(|| {
            FormView::new(who, format!("{href}/pool"), "save", pool).version(of.row_version)
        }),
    }
}

fn facts(who: &Who, whole: &Whole, blind: bool) -> Vec<Fact> {
    let (of, locale) = (&whole.candidate, who.locale);
    let person = &of.person;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let mut facts = vec![fact(locale, "candidate-code", Some(of.code.clone()))];
    if !blind && of.erased_at.is_none() {
        facts.extend([
            fact(locale, "candidate-name", some(&person.name)),
            fact(locale, "candidate-name-en", some(&person.name_en)),
            fact(locale, "candidate-email", person.email.clone()),
            fact(locale, "candidate-phone", person.phone.clone()),
        ]);
        if let Some((no, zh, en)) = &of.staff {
            let named = (no.clone(), zh.clone(), en.clone());
            let staff = format!("{no} {}", called(locale, &named, false));
            facts.push(fact(locale, "candidate-employee", Some(staff)).to(Some(person_href(no))));
        }
    }
    facts.push(fact(
        locale,
        "candidate-added",
        Some(moment(who, of.created_at)),
    ));
    if let Some(until) = of.pool_until {
        facts.push(fact(
            locale,
            "candidate-pool-until",
            Some(until.to_string()),
        ));
    }
    if !whole.merged.is_empty() {
        facts.push(fact(
            locale,
            "candidate-merged",
            Some(whole.merged.join(", ")),
        ));
    }
    facts
}

fn section_title(locale: Locale, name: &str) -> String {
    let key = match name {
        "basics" => "resume-basics",
        "work" => "resume-work",
        "volunteer" => "resume-volunteer",
        "education" => "resume-education",
        "awards" => "resume-awards",
        "certificates" => "resume-certificates",
        "publications" => "resume-publications",
        "skills" => "resume-skills",
        "languages" => "resume-languages",
        "interests" => "resume-interests",
        "references" => "resume-references",
        "projects" => "resume-projects",
        "meta" => "resume-meta",
        other => return other.to_string(),
    };
    plain(locale, key).to_string()
}

/// Everything that a stored profile says: the parts that the schema knows in its order, then the others.
fn sections(locale: Locale, stored: &str) -> Vec<Section> {
    let parsed: Value = serde_json::from_str(stored).unwrap_or_default();
    let Some(profile) = parsed.get("resume").and_then(Value::as_object) else {
        return Vec::new();
    };
    let known = SCHEMA
        .iter()
        .filter_map(|(name, form)| Some((*name, fields_of(*form), profile.get(*name)?)));
    let others = profile
        .iter()
        .filter(|(name, _)| SCHEMA.iter().all(|(known, _)| known != name))
        .map(|(name, value)| (name.as_str(), &[][..], value));
    known
        .chain(others)
        .map(|(name, fields, value)| Section {
            title: section_title(locale, name),
            entries: match value {
                Value::Array(items) => items.iter().map(|item| entry(fields, item)).collect(),
                only => vec![entry(fields, only)],
            },
        })
        .filter(|section| !section.entries.is_empty())
        .collect()
}

fn fields_of(form: Form) -> &'static [Known] {
    match form {
        Form::Fields(fields) | Form::Entries(fields) => fields,
        Form::Text | Form::Date | Form::Texts => &[],
    }
}

/// Fields that name an entry, in the order in which they are read.
const HEADS: [&str; 12] = [
    "name",
    "organization",
    "institution",
    "title",
    "position",
    "label",
    "studyType",
    "area",
    "language",
    "fluency",
    "level",
    "issuer",
];

/// Fields that are sentences.
const TEXTS: [&str; 3] = ["summary", "description", "reference"];

fn entry(fields: &[Known], value: &Value) -> Entry {
    let Some(given) = value.as_object() else {
        return Entry {
            head: flat(value),
            ..Entry::default()
        };
    };
    let text = |name: &str| {
        given
            .get(name)
            .and_then(Value::as_str)
            .filter(|t| !t.is_empty())
    };
    let heads: Vec<&str> = HEADS.iter().filter_map(|name| text(name)).collect();
    let dates: Vec<&str> = ["date", "releaseDate", "startDate", "endDate"]
        .iter()
        .filter_map(|name| text(name))
        .collect();
    let mut shown = Entry {
        head: heads.join(" · "),
        dates: (!dates.is_empty()).then(|| dates.join(" – ")),
        texts: TEXTS
            .iter()
            .filter_map(|name| text(name))
            .map(str::to_string)
            .collect(),
        ..Entry::default()
    };
    for (name, value) in in_order(fields, given) {
        let known = |list: &[&str]| list.contains(&name);
        if text(name).is_some()
            && (known(&HEADS) || known(&TEXTS) || name.ends_with("Date") || name == "date")
        {
            continue;
        }
        match value {
            Value::Array(items) if items.iter().all(Value::is_string) => {
                shown.points.extend(items.iter().map(flat));
            }
            other => {
                let text = flat(other);
                if !text.is_empty() {
                    shown.lines.push((name.to_string(), text));
                }
            }
        }
    }
    shown
}

/// The fields of an entry, those of the schema first and in its order.
fn in_order<'v>(fields: &[Known], given: &'v Map<String, Value>) -> Vec<(&'v str, &'v Value)> {
    let mut all: Vec<(&str, &Value)> = given.iter().map(|(n, v)| (n.as_str(), v)).collect();
    let place = |name: &str| {
        let at = fields.iter().position(|(known, _)| *known == name);
        at.unwrap_or(usize::MAX)
    };
    all.sort_by_key(|(name, _)| place(name));
    all
}

/// A value in one line.
fn flat(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(flat).filter(|t| !t.is_empty()).collect();
            parts.join(", ")
        }
        Value::Object(given) => {
            let parts: Vec<String> = given.values().map(flat).filter(|t| !t.is_empty()).collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_of_a_profile_is_shown_known_or_not() {
        let profile = json!({ "resume": {
            "basics": { "name": "V01", "label": "V02", "location": { "city": "V03" }, "x": "V04",
                        "profiles": [{ "network": "V05", "username": "V06" }] },
            "work": [{ "name": "V07", "startDate": "2013", "highlights": ["V08", "V09"], "summary": "V10",
                       "url": "V11", "team": { "size": 12 } }],
            "skills": [{ "name": "V13", "keywords": ["V14"] }],
            "hobbies": ["V15", { "deep": ["V16"] }],
        } });
        let shown = sections(Locale::En, &profile.to_string());
        let all = serde_json::to_string(&shown).unwrap();
        for n in (1..=11).chain(13..=16) {
            assert!(all.contains(&format!("V{n:02}")), "V{n:02} in {all}");
        }
        assert!(all.contains("2013") && all.contains("12"));
        assert_eq!(shown.len(), 4);
        assert!(sections(Locale::En, "{}").is_empty());
    }
}
