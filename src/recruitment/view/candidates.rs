//! The list of candidates, the forms of one, and two of them side by side. Pure.

use serde::Serialize;

use crate::i18n::{Locale, plain};
use crate::recruitment::model::candidate::Person;
use crate::recruitment::model::codes::{ApplicationState, Source, StageKind};
use crate::recruitment::store::candidates::{
    Brief, Candidate, Filter, Likeness, Named, Pair, Row, Scope, Sort,
};
use crate::recruitment::view::names::{
    Chip, Fact, Link, day, fact, source_name, sources, state_chip,
};
use crate::recruitment::view::openings::{application_state, kind_name};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The list of candidates.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Line>,
    /// The direction of the column that the list is sorted by, for that column alone.
    by_name: &'static str,
    by_newest: &'static str,
    sort_name: String,
    sort_newest: String,
    /// Whether the reader takes candidates in.
    manages: bool,
}

#[derive(Serialize)]
struct Line {
    code: String,
    href: String,
    name: String,
    other_name: Option<String>,
    hidden: bool,
    contact: Vec<String>,
    applications: Vec<Applied>,
    pool: Option<String>,
    added: String,
}

/// An application in a line of a list.
#[derive(Serialize)]
pub struct Applied {
    href: String,
    code: String,
    opening: String,
    stage: String,
    state: Chip,
    source: &'static str,
    applied: String,
}

/// Address of a candidate's page.
#[must_use]
pub fn candidate_href(code: &str) -> String {
    format!("/candidates/{}", escape(code))
}

/// Address of an application's page.
#[must_use]
pub fn application_href(code: &str) -> String {
    format!("/applications/{}", escape(code))
}

/// The name of a candidate as a reader may have it: whoever has still to judge them blind sees the code.
#[must_use]
pub fn called(locale: Locale, (code, name, name_en): &Named, hidden: bool) -> String {
    let shown = locale.pick(name, name_en);
    if hidden || shown.is_empty() {
        code.clone()
    } else {
        shown.to_string()
    }
}

/// An application in a few words.
#[must_use]
pub fn applied(who: &Who, brief: &Brief) -> Applied {
    let locale = who.locale;
    Applied {
        href: application_href(&brief.code),
        code: brief.code.clone(),
        opening: locale.pick(&brief.opening.1, &brief.opening.2).to_string(),
        stage: locale.pick(&brief.stage_zh, &brief.stage_en).to_string(),
        state: state_chip(locale, brief.state),
        source: source_name(locale, brief.source),
        applied: day(who, brief.applied_at),
    }
}

fn line(who: &Who, scope: &Scope, row: &Row) -> Line {
    let locale = who.locale;
    let hidden = scope.blind.contains(&row.id);
    let named = (row.code.clone(), row.name.clone(), row.name_en.clone());
    let name = called(locale, &named, hidden);
    let other = if name == row.name {
        &row.name_en
    } else {
        &row.name
    };
    let other = (!hidden && !other.is_empty() && *other != name).then(|| other.clone());
    let contact = [&row.email, &row.phone];
    Line {
        code: row.code.clone(),
        href: candidate_href(&row.code),
        name,
        other_name: other,
        hidden,
        contact: contact
            .into_iter()
            .flatten()
            .filter(|_| !hidden)
            .cloned()
            .collect(),
        applications: row.applications.iter().map(|a| applied(who, a)).collect(),
        pool: row.pool_until.map(|until| until.to_string()),
        added: day(who, row.created_at),
    }
}

/// The query parameters of the list and its export.
#[must_use]
pub fn parameters(filter: &Filter) -> [(&'static str, &str); 7] {
    [
        ("q", &filter.q),
        ("opening", &filter.opening),
        ("stage", filter.stage.map_or("", StageKind::code)),
        ("state", filter.state.map_or("", ApplicationState::code)),
        ("source", filter.source.map_or("", Source::code)),
        ("pool", if filter.pool { "yes" } else { "" }),
        ("sort", filter.sort.code()),
    ]
}

/// The openings to choose from; the one that is chosen is among them.
fn opening_options(locale: Locale, openings: &[Named], chosen: &str) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = openings
        .iter()
        .map(|(code, zh, en)| (code.clone(), format!("{code} {}", locale.pick(zh, en))))
        .collect();
    if !chosen.is_empty() && options.iter().all(|(code, _)| code != chosen) {
        options.push((chosen.to_string(), chosen.to_string()));
    }
    options
}

/// A page of the list.
#[must_use]
pub fn list(
    who: &Who,
    scope: &Scope,
    filter: &Filter,
    slice: &Slice<Row>,
    counted: i64,
    openings: &[Named],
    manages: bool,
) -> List {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let query = parameters(filter);
    let every = |key: &'static str| [(String::new(), word(key).to_string())].into_iter();
    let kinds = StageKind::ALL
        .iter()
        .map(|k| (k.code().to_string(), kind_name(locale, *k).to_string()));
    let states = ApplicationState::ALL.iter().map(|s| {
        (
            s.code().to_string(),
            application_state(locale, *s).to_string(),
        )
    });
    let pool = [("yes".to_string(), word("candidates-pool-only").to_string())];
    let filters = vec![
        Field::new("select", "opening", word("candidate-opening"), query[1].1).options(
            every("candidates-every-opening").chain(opening_options(
                locale,
                openings,
                &filter.opening,
            )),
        ),
        Field::new("select", "stage", word("candidate-stage"), query[2].1)
            .options(every("candidates-every-stage").chain(kinds)),
        Field::new("select", "state", word("candidate-state"), query[3].1)
            .options(every("candidates-every-state").chain(states)),
        Field::new("select", "source", word("candidate-source"), query[4].1)
            .options(every("candidates-every-source").chain(sources(locale))),
        Field::new("select", "pool", word("candidate-pool"), query[5].1)
            .options(every("candidates-everybody").chain(pool)),
    ];
    let newest = filter.sort == Sort::Newest;
    let key = |row: &Row| {
        let sort = if newest {
            String::new()
        } else {
            row.sort_key.clone()
        };
        (sort, row.id)
    };
    let address = |sort: Sort| {
        let kept = query[..6].iter().filter(|(_, value)| !value.is_empty());
        let mut pairs: Vec<String> = kept
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        if sort == Sort::Newest {
            pairs.push("sort=newest".to_string());
        }
        let sign = if pairs.is_empty() { "" } else { "?" };
        format!("/candidates{sign}{}", pairs.join("&"))
    };
    let mut list = ListView::new(who, "/candidates", &query, slice, counted, key)
        .search(word("candidates-search"), &filter.q)
        .filters(filters)
        .export(&query);
    // The order alone hides nobody.
    list.filtered = query[..6].iter().any(|(_, value)| !value.is_empty());
    List {
        list,
        rows: slice.rows.iter().map(|row| line(who, scope, row)).collect(),
        by_name: if newest { "" } else { "ascending" },
        by_newest: if newest { "descending" } else { "" },
        sort_name: address(Sort::Name),
        sort_newest: address(Sort::Newest),
        manages,
    }
}

/// The rows of the export: the head in words, then everybody of the list with their newest application.
#[must_use]
pub fn export(who: &Who, scope: &Scope, rows: &[Row]) -> Vec<Vec<String>> {
    let locale = who.locale;
    let head = [
        "candidate-code",
        "candidate-name",
        "candidate-name-en",
        "candidate-email",
        "candidate-phone",
        "candidate-application",
        "candidate-opening",
        "candidate-stage",
        "candidate-state",
        "candidate-source",
        "candidate-applied",
        "candidate-applications",
        "candidate-pool",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        let hidden = scope.blind.contains(&row.id);
        let open = |text: &str| {
            if hidden {
                String::new()
            } else {
                text.to_string()
            }
        };
        let newest = row.applications.first();
        let of = |get: fn(&Brief, &Who) -> String| newest.map_or_else(String::new, |b| get(b, who));
        vec![
            row.code.clone(),
            open(&row.name),
            open(&row.name_en),
            open(row.email.as_deref().unwrap_or_default()),
            open(row.phone.as_deref().unwrap_or_default()),
            of(|b, _| b.code.clone()),
            of(|b, _| b.opening.0.clone()),
            of(|b, who| who.locale.pick(&b.stage_zh, &b.stage_en).to_string()),
            of(|b, who| application_state(who.locale, b.state).to_string()),
            of(|b, who| source_name(who.locale, b.source).to_string()),
            of(|b, who| day(who, b.applied_at)),
            row.applications.len().to_string(),
            row.pool_until.map_or_else(String::new, |d| d.to_string()),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

fn locales(locale: Locale) -> [(String, String); 2] {
    [
        (
            "zh-CN".to_string(),
            plain(locale, "candidate-locale-zh").to_string(),
        ),
        (
            "en".to_string(),
            plain(locale, "candidate-locale-en").to_string(),
        ),
    ]
}

/// The fields of the particulars.
fn person_fields(locale: Locale, person: &Person) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let typed = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        Field::new("text", "name", word("candidate-name"), &person.name),
        Field::new(
            "text",
            "name_en",
            word("candidate-name-en"),
            &person.name_en,
        )
        .optional(),
        Field::new(
            "email",
            "email",
            word("candidate-email"),
            &typed(&person.email),
        )
        .optional(),
        Field::new(
            "text",
            "phone",
            word("candidate-phone"),
            &typed(&person.phone),
        )
        .optional(),
        Field::new("select", "locale", word("candidate-locale"), &person.locale)
            .options(locales(locale)),
    ]
}

/// The form of somebody who is taken in by hand.
#[must_use]
pub fn new_form(who: &Who, openings: &[Named], chosen: &str) -> FormView {
    let word = |key| plain(who.locale, key);
    let person = Person {
        locale: who.locale.tag().to_string(),
        ..Person::default()
    };
    let mut fields = person_fields(who.locale, &person);
    fields.push(opening_field(who.locale, openings, chosen).optional());
    fields.push(source_field(who.locale));
    fields.push(Field::new("textarea", "note", word("candidate-note"), "").optional());
    FormView::new(who, "/candidates/new", "candidate-new-submit", fields)
}

fn opening_field(locale: Locale, openings: &[Named], chosen: &str) -> Field {
    let none = (
        String::new(),
        plain(locale, "candidate-no-opening").to_string(),
    );
    let options = opening_options(locale, openings, chosen);
    Field::new(
        "select",
        "opening",
        plain(locale, "candidate-opening"),
        chosen,
    )
    .options([none].into_iter().chain(options))
}

fn source_field(locale: Locale) -> Field {
    Field::new(
        "select",
        "source",
        plain(locale, "candidate-source"),
        Source::Other.code(),
    )
    .options(sources(locale))
}

/// The form of somebody's particulars.
#[must_use]
pub fn edit_form(who: &Who, of: &Candidate) -> FormView {
    let fields = person_fields(who.locale, &of.person);
    let action = format!("{}/edit", candidate_href(&of.code));
    FormView::new(who, action, "save", fields).version(of.row_version)
}

/// The form that asks whether somebody is to be erased.
#[must_use]
pub fn erase_form(who: &Who, of: &Candidate) -> FormView {
    let sure = plain(who.locale, "candidate-erase-sure");
    let fields = vec![Field::new("checkbox", "sure", sure, "")];
    let action = format!("{}/erase", candidate_href(&of.code));
    FormView::new(who, action, "candidate-erase", fields)
}

/// The form of an application of somebody who is known.
#[must_use]
pub fn apply_form(who: &Who, of: &Candidate, openings: &[Named]) -> FormView {
    let fields = vec![
        opening_field(who.locale, openings, ""),
        source_field(who.locale),
    ];
    let action = format!("{}/apply", candidate_href(&of.code));
    FormView::new(who, action, "candidate-apply-submit", fields)
}

/// The form of a file with profiles.
#[must_use]
pub fn resumes_form(who: &Who, openings: &[Named]) -> FormView {
    let word = |key| plain(who.locale, key);
    let fields = vec![
        opening_field(who.locale, openings, "").optional(),
        source_field(who.locale),
        Field::new("file", "file", word("resume-file"), "").hint(word("resume-file-hint")),
    ];
    FormView::new(who, "/candidates/resumes", "resume-submit", fields)
}

/// Two candidates who may be one.
#[derive(Serialize)]
pub struct PairView {
    left: Side,
    right: Side,
    /// What says so.
    signs: Vec<&'static str>,
    likely: bool,
    /// Where they are made one; none for whoever may not.
    merge: Option<String>,
}

#[derive(Serialize)]
struct Side {
    link: Link,
    facts: Vec<Fact>,
}

fn side(who: &Who, like: &Likeness) -> Side {
    let locale = who.locale;
    let person = &like.person;
    Side {
        link: Link {
            text: like.code.clone(),
            href: candidate_href(&like.code),
        },
        facts: vec![
            fact(locale, "candidate-name", Some(person.name.clone())),
            fact(
                locale,
                "candidate-name-en",
                Some(person.name_en.clone()).filter(|n| !n.is_empty()),
            ),
            fact(locale, "candidate-email", person.email.clone()),
            fact(locale, "candidate-phone", person.phone.clone()),
            fact(locale, "candidate-added", Some(day(who, like.created_at))),
        ],
    }
}

/// Two candidates side by side.
#[must_use]
pub fn pair(who: &Who, pair: &Pair, manages: bool) -> PairView {
    let signs = [
        (pair.same_email, "candidate-same-email"),
        (pair.same_phone, "candidate-same-phone"),
        (pair.same_name, "candidate-same-name"),
    ];
    PairView {
        left: side(who, &pair.left),
        right: side(who, &pair.right),
        signs: signs
            .into_iter()
            .filter(|(same, _)| *same)
            .map(|(_, key)| plain(who.locale, key))
            .collect(),
        likely: pair.is_likely(),
        merge: manages.then(|| {
            format!(
                "{}/merge?with={}",
                candidate_href(&pair.left.code),
                escape(&pair.right.code)
            )
        }),
    }
}

/// Those who may be one, to be looked through.
#[derive(Serialize)]
pub struct Duplicates {
    pub pairs: Vec<PairView>,
}

/// Two candidates about to be made one.
#[derive(Serialize)]
pub struct Merge {
    pair: PairView,
    /// Where the other one is kept instead.
    swap: String,
    pub form: FormView,
}

/// The page that asks whether two are one.
#[must_use]
pub fn merge(who: &Who, keep: &Candidate, other: &Candidate) -> Merge {
    let like = |of: &Candidate| Likeness {
        id: of.id,
        code: of.code.clone(),
        person: of.person.clone(),
        created_at: of.created_at,
        row_version: of.row_version,
    };
    let (left, right) = (like(keep), like(other));
    let same = |a: Option<String>, b: Option<String>| a.is_some() && a == b;
    let both = Pair {
        same_email: same(left.person.email_key(), right.person.email_key()),
        same_phone: same(left.person.phone_key(), right.person.phone_key()),
        same_name: left.person.name == right.person.name,
        left,
        right,
    };
    let version = other.row_version.to_string();
    let fields = vec![
        Field::new("hidden", "with", "", &other.code),
        Field::new("hidden", "other_version", "", &version),
        Field::new(
            "checkbox",
            "sure",
            plain(who.locale, "candidate-merge-sure"),
            "",
        ),
    ];
    let action = format!("{}/merge", candidate_href(&keep.code));
    Merge {
        pair: pair(who, &both, false),
        swap: format!(
            "{}/merge?with={}",
            candidate_href(&other.code),
            escape(&keep.code)
        ),
        form: FormView::new(who, action, "candidate-merge-submit", fields)
            .version(keep.row_version),
    }
}
