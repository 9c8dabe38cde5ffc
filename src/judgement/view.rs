//! What a reader sees of scorecards: the list, a card with its versions and anchors, the form of one; in `sheet`,
//! the sheets that are filled in by them.

pub mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::error::Message;
use crate::i18n::{self, Locale, hundredths, plain, text};
use crate::judgement::model::card::{CRITERIA, Card, Criterion, Level, Method, Purpose};
use crate::judgement::store::cards::Stored;
use crate::web::Who;
use crate::web::form::{Check, Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

fn purpose_name(locale: Locale, purpose: Purpose) -> &'static str {
    plain(
        locale,
        match purpose {
            Purpose::Competency => "purpose-competency",
            Purpose::Peer => "purpose-peer",
            Purpose::Screening => "purpose-screening",
            Purpose::Interview => "purpose-interview",
            Purpose::RolePlay => "purpose-role-play",
            Purpose::Quality => "purpose-quality",
            Purpose::Mystery => "purpose-mystery",
        },
    )
}

fn method_name(locale: Locale, method: Method) -> &'static str {
    plain(
        locale,
        match method {
            Method::Levels => "method-levels",
            Method::Deductions => "method-deductions",
        },
    )
}

/// What narrows the list.
pub struct Filter {
    /// Part of code or name.
    pub q: String,
    pub purpose: Option<Purpose>,
}

impl Filter {
    /// Whether a card is listed.
    #[must_use]
    pub fn fits(&self, card: &Card) -> bool {
        let q = self.q.to_lowercase();
        let found = [&card.code, &card.name_zh, &card.name_en]
            .iter()
            .any(|text| text.to_lowercase().contains(&q));
        found && self.purpose.is_none_or(|p| card.purpose == p)
    }
}

/// The list of scorecards.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Row>,
    may_edit: bool,
}

#[derive(Serialize)]
struct Row {
    href: String,
    code: String,
    name: String,
    purpose: &'static str,
    method: &'static str,
    criteria: usize,
    version: i32,
    draft: bool,
    retired: bool,
}

fn row(locale: Locale, stored: &Stored) -> Row {
    let card = &stored.card;
    Row {
        href: format!("/scorecards/{}", escape(&card.code)),
        code: card.code.clone(),
        name: locale.pick(&card.name_zh, &card.name_en).to_string(),
        purpose: purpose_name(locale, card.purpose),
        method: method_name(locale, card.method),
        criteria: card.criteria.len(),
        version: card.version_no,
        draft: !stored.is_published(),
        retired: stored.retired,
    }
}

fn purposes(locale: Locale) -> impl Iterator<Item = (String, String)> {
    Purpose::ALL
        .into_iter()
        .map(move |p| (p.code().to_string(), purpose_name(locale, p).to_string()))
}

/// A page of the list.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: Slice<Stored>,
    counted: i64,
    may_edit: bool,
) -> List {
    let locale = who.locale;
    let purpose = filter.purpose.map_or("", Purpose::code);
    let query = [("q", filter.q.as_str()), ("purpose", purpose)];
    let every = (String::new(), plain(locale, "scorecards-every").to_string());
    let choice = Field::new(
        "select",
        "purpose",
        plain(locale, "scorecard-purpose"),
        purpose,
    )
    .options([every].into_iter().chain(purposes(locale)));
    let list = ListView::new(who, "/scorecards", &query, &slice, counted, |row| {
        (row.card.code.clone(), row.id)
    })
    .search(plain(locale, "scorecard-search"), &filter.q)
    .filters(vec![choice])
    .export(&query);
    List {
        list,
        rows: slice
            .rows
            .iter()
            .map(|stored| row(locale, stored))
            .collect(),
        may_edit,
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Stored]) -> Vec<Vec<String>> {
    let head = [
        "scorecard-code",
        "scorecard-name",
        "scorecard-purpose",
        "scorecard-method",
        "scorecard-criteria",
        "scorecard-version",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|stored| {
        let row = row(locale, stored);
        vec![
            row.code,
            row.name,
            row.purpose.to_string(),
            row.method.to_string(),
            row.criteria.to_string(),
            row.version.to_string(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// A card with its versions.
#[derive(Serialize)]
pub struct Show {
    now: Row,
    /// The newest first.
    versions: Vec<Version>,
    problems: Vec<String>,
    may_edit: bool,
    may_publish: bool,
    csrf: String,
    once: String,
    row_version: i32,
}

#[derive(Serialize)]
struct Version {
    heading: String,
    draft: bool,
    pass: Option<String>,
    criteria: Vec<CriterionView>,
}

#[derive(Serialize)]
struct CriterionView {
    name: String,
    code: String,
    weight: String,
    critical: bool,
    na_allowed: bool,
    deduction: Option<String>,
    /// Points and the behaviour that earns them.
    levels: Vec<(String, String)>,
    note: Option<String>,
}

impl Show {
    /// The name of the card.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.now.name
    }
}

/// A card; `versions` are all of its versions, the newest first; `problems` is what kept it from being published.
#[must_use]
pub fn show(who: &Who, versions: &[Stored], may_edit: bool, problems: &[Message]) -> Show {
    let locale = who.locale;
    let newest = &versions[0];
    Show {
        now: row(locale, newest),
        versions: versions.iter().map(|v| version(who, v)).collect(),
        problems: problems.iter().map(|m| i18n::message(locale, m)).collect(),
        may_edit,
        may_publish: may_edit && !newest.is_published(),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
        row_version: newest.row_version,
    }
}

fn version(who: &Who, stored: &Stored) -> Version {
    let locale = who.locale;
    let no = i64::from(stored.card.version_no);
    // What the program brings was published before there were days.
    let day = stored
        .published_at
        .map(|at| who.site.settings.zone.local_date(at))
        .filter(|day| chrono::Datelike::year(day) > 1970);
    let heading = match (stored.is_published(), day) {
        (false, _) => text(locale, "scorecard-version-draft", &[("no", no.into())]),
        (true, None) => text(locale, "scorecard-version-shipped", &[("no", no.into())]),
        (true, Some(day)) => {
            let by = stored.published_by.as_deref().unwrap_or_default();
            let slots = [
                ("no", no.into()),
                ("day", day.to_string().into()),
                ("by", by.into()),
            ];
            text(locale, "scorecard-version-published", &slots)
        }
    };
    Version {
        heading,
        draft: !stored.is_published(),
        pass: stored.card.pass_h.map(hundredths),
        criteria: stored
            .card
            .criteria
            .iter()
            .map(|c| criterion(locale, c))
            .collect(),
    }
}

fn percent(bp: i64) -> String {
    if bp % 100 == 0 {
        (bp / 100).to_string()
    } else {
        hundredths(bp)
    }
}

fn criterion(locale: Locale, criterion: &Criterion) -> CriterionView {
    let limits = [
        ("scorecard-note-below", criterion.note_below_h),
        ("scorecard-note-above", criterion.note_above_h),
    ];
    let notes: Vec<String> = limits
        .into_iter()
        .filter_map(|(key, limit)| Some(text(locale, key, &[("points", percent(limit?).into())])))
        .collect();
    CriterionView {
        name: locale
            .pick(&criterion.name_zh, &criterion.name_en)
            .to_string(),
        code: criterion.code.clone(),
        weight: percent(criterion.weight_bp),
        critical: criterion.critical,
        na_allowed: criterion.na_allowed,
        deduction: criterion.max_deduction_h.map(percent),
        levels: criterion
            .levels
            .iter()
            .map(|level| {
                let anchor = locale.pick(&level.anchor_zh, &level.anchor_en);
                (percent(level.points_h), anchor.to_string())
            })
            .collect(),
        note: (!notes.is_empty()).then(|| notes.join(" · ")),
    }
}

/// Rows that a form offers beside those there are.
const SPARE: usize = 2;

/// A level on a line: points, and the behaviour in both languages.
const SIGN: char = '|';

fn field(at: usize, part: &str) -> String {
    format!("c{at}_{part}")
}

/// The parts of a criterion in the form.
const PARTS: [&str; 10] = [
    "code",
    "name_zh",
    "name_en",
    "weight",
    "levels",
    "deduction",
    "below",
    "above",
    "na",
    "critical",
];

/// The form of a card as it is stored, or of a new one.
#[must_use]
pub fn form(who: &Who, stored: Option<&Stored>) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let card = stored.map(|s| &s.card);
    let mut fields = Vec::new();
    if card.is_none() {
        fields.push(
            Field::new("text", "code", word("scorecard-code"), "").hint(word("kpi-code-hint")),
        );
        fields.push(
            Field::new("select", "purpose", word("scorecard-purpose"), "competency")
                .options(purposes(locale)),
        );
    }
    let name = |of: fn(&Card) -> &String| card.map_or("", |c| of(c).as_str());
    fields.push(Field::new(
        "text",
        "name_zh",
        word("kpi-name-zh"),
        name(|c| &c.name_zh),
    ));
    fields.push(Field::new(
        "text",
        "name_en",
        word("kpi-name-en"),
        name(|c| &c.name_en),
    ));
    let method = card.map_or(Method::Levels, |c| c.method);
    let methods = [Method::Levels, Method::Deductions];
    fields.push(
        Field::new("select", "method", word("scorecard-method"), method.code())
            .options(methods.map(|m| (m.code().to_string(), method_name(locale, m).to_string()))),
    );
    let pass = card
        .and_then(|c| c.pass_h)
        .map_or_else(String::new, percent);
    fields.push(
        Field::new("number", "pass", word("scorecard-pass"), &pass)
            .hint(word("scorecard-pass-hint"))
            .optional(),
    );
    let criteria = card.map_or(&[][..], |c| c.criteria.as_slice());
    let rows = (criteria.len() + SPARE).clamp(4, *CRITERIA.end());
    for at in 0..rows {
        fields.extend(criterion_fields(locale, at, criteria.get(at)));
    }
    match stored {
        Some(stored) => {
            let action = format!("/scorecards/{}/edit", escape(&stored.card.code));
            FormView::new(who, action, "scorecard-save", fields).version(stored.row_version)
        }
        None => FormView::new(who, "/scorecards/new", "scorecard-save", fields),
    }
}

fn criterion_fields(locale: Locale, at: usize, stored: Option<&Criterion>) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let heading = text(locale, "scorecard-nth", &[("n", (at as i64 + 1).into())]);
    let number =
        |of: fn(&Criterion) -> Option<i64>| stored.and_then(of).map_or_else(String::new, percent);
    let levels: Vec<String> = stored.map_or_else(Vec::new, |c| {
        let line = |l: &Level| {
            let points = percent(l.points_h);
            format!("{points} {SIGN} {} {SIGN} {}", l.anchor_zh, l.anchor_en)
        };
        c.levels.iter().map(line).collect()
    });
    let ticked = |yes: bool| if yes { "on" } else { "" };
    let text_of =
        |part: &str, key, value: &str| Field::new("text", &field(at, part), word(key), value);
    let number_of =
        |part: &str, key, value: &str| Field::new("number", &field(at, part), word(key), value);
    let mut anchors = Field::new(
        "textarea",
        &field(at, "levels"),
        word("scorecard-levels"),
        &levels.join("\n"),
    );
    anchors.rows = 6;
    vec![
        Field::new("heading", "", &heading, ""),
        text_of(
            "code",
            "scorecard-code",
            stored.map_or("", |c| c.code.as_str()),
        )
        .hint(word("scorecard-code-hint"))
        .optional(),
        text_of(
            "name_zh",
            "kpi-name-zh",
            stored.map_or("", |c| c.name_zh.as_str()),
        )
        .optional(),
        text_of(
            "name_en",
            "kpi-name-en",
            stored.map_or("", |c| c.name_en.as_str()),
        )
        .optional(),
        number_of("weight", "scorecard-weight", &number(|c| Some(c.weight_bp)))
            .suffix("%")
            .optional(),
        anchors.hint(word("scorecard-levels-hint")).optional(),
        number_of(
            "deduction",
            "scorecard-deduction",
            &number(|c| c.max_deduction_h),
        )
        .hint(word("scorecard-deduction-hint"))
        .optional(),
        number_of("below", "scorecard-below", &number(|c| c.note_below_h)).optional(),
        number_of("above", "scorecard-above", &number(|c| c.note_above_h)).optional(),
        Field::new(
            "checkbox",
            &field(at, "na"),
            word("scorecard-na"),
            ticked(stored.is_some_and(|c| c.na_allowed)),
        ),
        Field::new(
            "checkbox",
            &field(at, "critical"),
            word("scorecard-critical"),
            ticked(stored.is_some_and(|c| c.critical)),
        ),
    ]
}

/// A number with at most two decimals, in hundredths; none where nothing is typed.
pub fn number(check: &mut Check, name: &str, typed: &str, most: i64) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let (whole, rest) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(whole) && digits(rest) && rest.len() <= 2 && !whole.is_empty();
    let value = format!("{whole}{rest:0<2}").parse::<i64>().ok();
    match value.filter(|value| fits && *value <= most) {
        Some(value) => Some(value),
        None => {
            check.wrong(
                name,
                Message::new("scorecard-number").with("most", most / 100),
            );
            None
        }
    }
}

/// The card that was typed, as far as it can be read. None when a field is not one of this form's.
pub fn typed(
    check: &mut Check,
    sent: &BTreeMap<String, String>,
    code: String,
    purpose: Option<Purpose>,
) -> Option<Card> {
    let mut known: BTreeSet<String> = ["code", "purpose", "name_zh", "name_en", "method", "pass"]
        .map(String::from)
        .into();
    for at in 0..*CRITERIA.end() {
        known.extend(PARTS.map(|part| field(at, part)));
    }
    if sent.keys().any(|name| !known.contains(name)) {
        return None;
    }
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let method = check.choice("method", value("method"), Method::parse);
    let method = method.unwrap_or(Method::Levels);
    let mut criteria = Vec::new();
    for at in 0..*CRITERIA.end() {
        let of = |part: &str| value(&field(at, part));
        if PARTS[..6].iter().all(|part| of(part).trim().is_empty()) {
            continue;
        }
        let code = check.required(&field(at, "code"), of("code"), 40);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !code.chars().all(fits) {
            check.wrong(&field(at, "code"), Message::new("kpi-code-signs"));
        }
        let weight = number(check, &field(at, "weight"), of("weight"), 10_000);
        let deduction = number(check, &field(at, "deduction"), of("deduction"), 10_000);
        criteria.push(Criterion {
            critical: !of("critical").is_empty(),
            levels: levels(check, &field(at, "levels"), of("levels")),
            max_deduction_h: deduction.filter(|_| method == Method::Deductions),
            na_allowed: !of("na").is_empty(),
            name_en: check.required(&field(at, "name_en"), of("name_en"), 100),
            name_zh: check.required(&field(at, "name_zh"), of("name_zh"), 100),
            note_above_h: number(check, &field(at, "above"), of("above"), 10_000),
            note_below_h: number(check, &field(at, "below"), of("below"), 10_000),
            weight_bp: weight.unwrap_or_default(),
            code,
        });
    }
    Some(Card {
        code,
        criteria,
        method,
        name_en: check.required("name_en", value("name_en"), 100),
        name_zh: check.required("name_zh", value("name_zh"), 100),
        pass_h: number(check, "pass", value("pass"), 10_000),
        purpose: purpose.unwrap_or(Purpose::Competency),
        version_no: 1,
    })
}

/// The levels of as many lines.
fn levels(check: &mut Check, name: &str, typed: &str) -> Vec<Level> {
    let typed = check.optional(name, typed, 5_000).unwrap_or_default();
    let mut levels = Vec::new();
    for line in typed.lines().filter(|line| !line.trim().is_empty()) {
        let parts: Vec<&str> = line.split([SIGN, '｜']).map(str::trim).collect();
        let [points, zh, en] = parts[..] else {
            check.wrong(name, Message::new("scorecard-line").with("line", line));
            continue;
        };
        if let Some(points_h) = number(check, name, points, 10_000) {
            levels.push(Level {
                anchor_en: en.to_string(),
                anchor_zh: zh.to_string(),
                points_h,
            });
        }
    }
    // Two lines of the same points would be one level with two meanings.
    levels.sort_by_key(|level| level.points_h);
    if levels.windows(2).any(|l| l[0].points_h == l[1].points_h) {
        check.wrong(name, Message::new("scorecard-twice"));
    }
    levels
}
