//! Findings: the registers and their matrix, one finding, the forms for telling and changing one.

use serde::Serialize;

use super::gauge::{Gauge, count};
use super::measures::{Link, Tab};
use crate::access::{Permission, Reach};
use crate::accounts::store::random_token;
use crate::calendar::{Zone, date_of};
use crate::evidence::measures::Measure;
use crate::findings::model::{About, Details, GRADES, Kind, Response, Rule, State};
use crate::findings::store::{Filter, Finding, Named};
use crate::i18n::{Locale, Value, number, plain, text};
use crate::stats::Interval;
use crate::web::Who;
use crate::web::form::{Field, FieldErrors, Form, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// A page of findings of one state.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    tabs: Vec<Tab>,
    /// Rows of importance, the highest first, with cells of urgency, the highest first.
    matrix: Vec<MatrixRow>,
    rows: Vec<Row>,
    csrf: String,
    /// Whether the reader may say what becomes of one, and tell new ones.
    may_edit: bool,
}

#[derive(Serialize)]
struct MatrixRow {
    name: &'static str,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    /// None where there are none.
    href: Option<String>,
    count: String,
    label: String,
    current: bool,
}

#[derive(Serialize)]
struct Row {
    code: String,
    href: String,
    register: &'static str,
    about: Whom,
    measure: Option<Link>,
    sentence: String,
    found: String,
    weight: String,
    /// `is-bad`, `is-watch`, and its word, where a figure says so.
    signal: Option<(&'static str, &'static str)>,
    plan: Option<String>,
    id: i64,
    row_version: i32,
    once: String,
    next: Vec<Choice>,
}

/// Who or which team; the company leads nowhere.
#[derive(Clone, Serialize)]
struct Whom {
    text: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    text: &'static str,
}

/// The name of a state.
#[must_use]
pub fn state_name(locale: Locale, state: State) -> &'static str {
    plain(
        locale,
        match state {
            State::Open => "finding-state-open",
            State::Noted => "finding-state-noted",
            State::Dismissed => "finding-state-dismissed",
            State::Planned => "finding-state-planned",
        },
    )
}

/// What the button says that brings a finding into a state.
fn verb(locale: Locale, state: State) -> &'static str {
    plain(
        locale,
        match state {
            State::Open => "finding-state-open",
            State::Noted => "finding-do-note",
            State::Dismissed => "finding-do-dismiss",
            State::Planned => "finding-do-plan",
        },
    )
}

/// The name of a register.
#[must_use]
pub fn kind_name(locale: Locale, kind: Kind) -> &'static str {
    plain(
        locale,
        match kind {
            Kind::EarlyWarning => "finding-kind-early-warning",
            Kind::KpiBelowThreshold => "finding-kind-kpi",
            Kind::LowCompetency => "finding-kind-competency",
            Kind::ComplaintTheme => "finding-kind-complaint",
            Kind::SurveyTheme => "finding-kind-survey",
            Kind::Audit => "finding-kind-audit",
            Kind::Risk => "finding-kind-risk",
            Kind::Idea => "finding-kind-idea",
            Kind::Need => "finding-kind-need",
            Kind::Channel => "finding-kind-channel",
            Kind::Standard => "finding-kind-standard",
        },
    )
}

fn response_name(locale: Locale, response: Response) -> &'static str {
    plain(
        locale,
        match response {
            Response::Transfer => "risk-transfer",
            Response::Avoid => "risk-avoid",
            Response::Reduce => "risk-reduce",
            Response::Retain => "risk-retain",
        },
    )
}

/// 1, 2 or 3 in words.
fn grade_name(locale: Locale, grade: i32) -> &'static str {
    plain(
        locale,
        match grade {
            3 => "grade-high",
            2 => "grade-middle",
            _ => "grade-low",
        },
    )
}

fn parameters(filter: &Filter) -> [(&'static str, String); 4] {
    [
        ("q", filter.q.clone()),
        (
            "state",
            match filter.state {
                State::Open => String::new(),
                other => other.code().to_owned(),
            },
        ),
        ("kind", filter.kind.map_or("", Kind::code).to_owned()),
        (
            "cell",
            filter
                .cell
                .map_or_else(String::new, |(i, u)| format!("{i}.{u}")),
        ),
    ]
}

fn address(parameters: &[(&str, String)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect();
    match pairs.join("&") {
        none if none.is_empty() => "/findings".to_owned(),
        pairs => format!("/findings?{pairs}"),
    }
}

/// The page. `matrix`: importance, urgency and how many, over all cells.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: Slice<Finding>,
    matrix: &[(i32, i32, i64)],
    may_edit: bool,
) -> List {
    let locale = who.locale;
    let owned = parameters(filter);
    let query: Vec<(&str, &str)> = owned.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let counted = matrix
        .iter()
        .filter(|(i, u, _)| filter.cell.is_none_or(|cell| cell == (*i, *u)))
        .map(|(.., n)| n)
        .sum();
    let every = (
        String::new(),
        plain(locale, "finding-every-kind").to_owned(),
    );
    let kinds = Kind::ALL
        .into_iter()
        .map(|kind| (kind.code().to_owned(), kind_name(locale, kind).to_owned()));
    let kind = Field::new(
        "select",
        "kind",
        plain(locale, "finding-register"),
        filter.kind.map_or("", Kind::code),
    )
    .options([every].into_iter().chain(kinds));
    let kept = |name: &'static str, value: &str| Field::new("hidden", name, "", value);
    let mut list = ListView::new(who, "/findings", &query, &slice, counted, |found| {
        let key = found.key();
        (format!("{}.{}", key.importance, key.urgency), found.id)
    });
    // The state is a tab, not a filter.
    list.filtered = !filter.q.is_empty() || filter.kind.is_some() || filter.cell.is_some();
    let list = list
        .search(plain(locale, "finding-search"), &filter.q)
        .filters(vec![kind, kept("state", query[1].1)])
        .export(&query);
    List {
        list,
        tabs: State::ALL
            .into_iter()
            .map(|tab| Tab {
                text: state_name(locale, tab).to_owned(),
                href: address(&parameters(&Filter {
                    state: tab,
                    cell: None,
                    ..filter.clone()
                })),
                current: tab == filter.state,
                count: None,
            })
            .collect(),
        matrix: cells(locale, filter, matrix),
        rows: slice
            .rows
            .iter()
            .map(|found| row(who, locale, found))
            .collect(),
        csrf: who.form_token(),
        may_edit,
    }
}

fn cells(locale: Locale, filter: &Filter, matrix: &[(i32, i32, i64)]) -> Vec<MatrixRow> {
    (1..=GRADES)
        .rev()
        .map(|importance| MatrixRow {
            name: grade_name(locale, importance),
            cells: (1..=GRADES)
                .rev()
                .map(|urgency| {
                    let here = (importance, urgency);
                    let found = matrix.iter().find(|(i, u, _)| (*i, *u) == here);
                    let n = found.map_or(0, |cell| cell.2);
                    let current = filter.cell == Some(here);
                    let to = Filter {
                        cell: (!current).then_some(here),
                        ..filter.clone()
                    };
                    Cell {
                        href: (n > 0).then(|| address(&parameters(&to))),
                        count: count(n),
                        label: text(
                            locale,
                            "finding-cell",
                            &[
                                ("n", n.into()),
                                ("importance", grade_name(locale, importance).into()),
                                ("urgency", grade_name(locale, urgency).into()),
                            ],
                        ),
                        current,
                    }
                })
                .collect(),
        })
        .collect()
}

fn about(locale: Locale, found: &Finding) -> Whom {
    match (&found.staff, &found.team) {
        (Some((no, zh, en)), _) => Whom {
            text: locale.pick(zh, en).to_owned(),
            href: Some(format!("/people/{}", escape(no))),
        },
        (None, Some((code, zh, en))) => Whom {
            text: locale.pick(zh, en).to_owned(),
            href: Some(format!("/teams/{}", escape(code))),
        },
        (None, None) => Whom {
            text: plain(locale, "finding-company").to_owned(),
            href: None,
        },
    }
}

/// What was found, in a sentence.
#[must_use]
pub fn sentence(locale: Locale, found: &Finding) -> String {
    let gauge = Measure::parse(&found.measure).map(|m| Gauge::of_measure(m, locale));
    match (&found.details, gauge) {
        (Details::Warning(warning), Some(gauge)) => text(
            locale,
            match warning.rule {
                Rule::BeyondLimit => "signal-limit",
                Rule::NineOnOneSide => "signal-side",
                Rule::SixInATrend => "signal-trend",
            },
            &[
                ("week", Value::from(date_of(found.day).to_string())),
                ("value", gauge.full(warning.value).into()),
                ("mean", gauge.full(warning.mean).into()),
            ],
        ),
        (Details::Shortfall(missed), Some(gauge)) => {
            let interval = Interval {
                low: missed.low,
                high: missed.high,
            };
            text(
                locale,
                "finding-says-shortfall",
                &[
                    ("kpi", gauge.name.into()),
                    ("cycle", (&missed.cycle).into()),
                    ("value", gauge.full(missed.value).into()),
                    ("range", gauge.range(interval).into()),
                    ("n", missed.n.into()),
                    ("threshold", gauge.full(missed.threshold).into()),
                ],
            )
        }
        (Details::Rating(rating), _) => text(
            locale,
            "finding-says-rating",
            &[
                ("name", locale.pick(&rating.name_zh, &rating.name_en).into()),
                ("cycle", (&rating.cycle).into()),
                ("mean", number(rating.mean_h as f64 / 100.0, 2).into()),
            ],
        ),
        (Details::Rise(rise), _) => text(
            locale,
            "finding-says-rise",
            &[
                ("name", locale.pick(&rise.name_zh, &rise.name_en).into()),
                ("now", rise.now.into()),
                ("before", rise.before.into()),
                ("day", date_of(rise.to).to_string().into()),
                ("low", number(rise.low, 1).into()),
                ("high", number(rise.high, 1).into()),
            ],
        ),
        _ => found.words.title.clone().unwrap_or_default(),
    }
}

/// How it is called on a page of its own, in crumbs and in a plan made of it.
#[must_use]
pub fn title(locale: Locale, found: &Finding) -> String {
    match &found.words.title {
        Some(title) => title.clone(),
        None => sentence(locale, found),
    }
}

fn found_on(zone: Zone, found: &Finding) -> String {
    zone.local(found.found_at).format("%Y-%m-%d").to_string()
}

fn weight(locale: Locale, found: &Finding) -> String {
    text(
        locale,
        "finding-weight",
        &[
            (
                "importance",
                grade_name(locale, found.words.importance).into(),
            ),
            ("urgency", grade_name(locale, found.words.urgency).into()),
        ],
    )
}

fn signal(locale: Locale, found: &Finding) -> Option<(&'static str, &'static str)> {
    match &found.details {
        Details::Warning(warning) if !warning.worse => {
            Some(("is-watch", plain(locale, "finding-different")))
        }
        Details::Told => None,
        _ => Some(("is-bad", plain(locale, "finding-worse"))),
    }
}

/// The figures a finding rests on, where its reader may look them up.
fn evidence(locale: Locale, found: &Finding) -> Option<Link> {
    let base = about(locale, found).href?;
    let measure = Measure::parse(&found.measure);
    match (&found.details, measure) {
        (Details::Warning(_), Some(measure)) => Some(Link {
            text: Gauge::of_measure(measure, locale).name.to_owned(),
            href: format!("{base}/measures/{}", measure.code()),
        }),
        (Details::Shortfall(_) | Details::Rating(_), _) => {
            let (no, ..) = found.staff.as_ref()?;
            let cycle = match &found.details {
                Details::Shortfall(missed) => &missed.cycle,
                Details::Rating(rating) => &rating.cycle,
                _ => return None,
            };
            Some(Link {
                text: cycle.clone(),
                href: format!("/cycles/{}/people/{}", escape(cycle), escape(no)),
            })
        }
        (Details::Rise(_), _) => Some(Link {
            text: plain(locale, "evidence-complaints").to_owned(),
            href: format!("{base}/complaints"),
        }),
        _ => None,
    }
}

fn choices(locale: Locale, found: &Finding) -> Vec<Choice> {
    found
        .state
        .next()
        .map(|state| Choice {
            value: state.code(),
            text: verb(locale, state),
        })
        .collect()
}

fn row(who: &Who, locale: Locale, found: &Finding) -> Row {
    Row {
        code: found.code(),
        href: format!("/findings/{}", found.id),
        register: kind_name(locale, found.kind),
        about: about(locale, found),
        measure: evidence(locale, found),
        sentence: title(locale, found),
        found: found_on(who.site.settings.zone, found),
        weight: weight(locale, found),
        signal: signal(locale, found),
        plan: found.plan.clone(),
        id: found.id,
        row_version: found.row_version,
        once: random_token(),
        next: choices(locale, found),
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, zone: Zone, rows: &[Finding]) -> Vec<Vec<String>> {
    let head = [
        "finding-code",
        "finding-register",
        "finding-about",
        "finding-what",
        "finding-body",
        "finding-importance",
        "finding-urgency",
        "finding-likelihood",
        "finding-response",
        "finding-state",
        "finding-found",
        "finding-plan",
    ];
    let head = head.map(|key| plain(locale, key).to_owned()).to_vec();
    let cells = rows.iter().map(|found| {
        let words = &found.words;
        vec![
            found.code(),
            kind_name(locale, found.kind).to_owned(),
            about(locale, found).text,
            title(locale, found),
            words.body.clone().unwrap_or_default(),
            words.importance.to_string(),
            words.urgency.to_string(),
            words.likelihood.map_or_else(String::new, |n| n.to_string()),
            words
                .response
                .map_or_else(String::new, |r| response_name(locale, r).to_owned()),
            state_name(locale, found.state).to_owned(),
            found_on(zone, found),
            found.plan.clone().unwrap_or_default(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// One finding.
#[derive(Serialize)]
pub struct Show {
    title: String,
    register: &'static str,
    state: &'static str,
    /// What was counted, where it was not only told.
    sentence: Option<String>,
    body: Option<String>,
    facts: Vec<Fact>,
    signal: Option<(&'static str, &'static str)>,
    /// Where a plan is made of it.
    make_plan: Option<String>,
    edit: Option<String>,
    action: String,
    csrf: String,
    once: String,
    row_version: i32,
    next: Vec<Choice>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

impl Show {
    /// The name of the page.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// One finding; `owner` looks after it.
#[must_use]
pub fn show(who: &Who, reach: &Reach, found: &Finding, owner: Option<&Named>) -> Show {
    let locale = who.locale;
    let words = &found.words;
    let own = reach
        .me()
        .is_some_and(|me| found.about == About::Person(me));
    let fact = |key: &'static str, value: Option<String>, href: Option<String>| {
        let name = plain(locale, key);
        value.map(|value| Fact { name, value, href })
    };
    let about = about(locale, found);
    let evidence = evidence(locale, found);
    let row = [
        ("complaint", found.evidence.complaint_id),
        ("review", found.evidence.quality_review_id),
    ]
    .into_iter()
    .find_map(|(kind, id)| Some(format!("/records/{kind}/{}", id?)));
    let facts = [
        fact("finding-code", Some(found.code()), None),
        fact("finding-about", Some(about.text), about.href),
        fact(
            "finding-importance",
            Some(grade_name(locale, words.importance).to_owned()),
            None,
        ),
        fact(
            "finding-urgency",
            Some(grade_name(locale, words.urgency).to_owned()),
            None,
        ),
        fact(
            "finding-likelihood",
            words.likelihood.map(|n| grade_name(locale, n).to_owned()),
            None,
        ),
        fact(
            "finding-response",
            words.response.map(|r| response_name(locale, r).to_owned()),
            None,
        ),
        fact(
            "finding-owner",
            owner.map(|(_, zh, en)| locale.pick(zh, en).to_owned()),
            None,
        ),
        fact(
            "finding-evidence",
            evidence.as_ref().map(|link| link.text.clone()),
            evidence.map(|link| link.href),
        ),
        fact(
            "finding-evidence",
            row.as_ref()
                .map(|_| plain(locale, "finding-evidence-row").to_owned()),
            row,
        ),
        fact(
            "finding-found",
            Some(found_on(who.site.settings.zone, found)),
            None,
        ),
        // The plan leads somewhere for whoever has it in reach: not always who reaches the finding.
        fact("finding-plan", found.plan.clone(), None),
    ];
    let may_edit = who.may(Permission::EditFindings);
    let may_plan = !own && found.plan.is_none() && who.may(Permission::EditPlans);
    Show {
        title: title(locale, found),
        register: kind_name(locale, found.kind),
        state: state_name(locale, found.state),
        sentence: (found.words.title.is_some() && found.details != Details::Told)
            .then(|| sentence(locale, found)),
        body: words.body.clone(),
        facts: facts.into_iter().flatten().collect(),
        signal: signal(locale, found),
        make_plan: may_plan.then(|| format!("/plans/new?finding={}", found.id)),
        edit: may_edit.then(|| format!("/findings/{}/edit", found.id)),
        action: format!("/findings/{}/state", found.id),
        csrf: who.form_token(),
        once: random_token(),
        row_version: found.row_version,
        next: if may_edit {
            choices(locale, found)
        } else {
            Vec::new()
        },
    }
}

/// A page that is a form.
#[derive(Serialize)]
pub struct FormPage {
    lede: Option<&'static str>,
    form: FormView,
}

impl FormPage {
    /// With what was typed and what is wrong with it.
    #[must_use]
    pub fn again<T>(mut self, locale: Locale, form: &Form<T>, errors: &FieldErrors) -> FormPage {
        self.form = self.form.again(locale, form, errors);
        self
    }

    /// With what was typed, beside what somebody else stored.
    #[must_use]
    pub fn conflict<T>(mut self, locale: Locale, form: &Form<T>) -> FormPage {
        self.form = self.form.conflict(locale, form);
        self
    }
}

/// What a new finding starts from.
#[derive(Default)]
pub struct Given {
    pub kind: Option<Kind>,
    pub staff: String,
    pub team: String,
    pub complaint: String,
    pub review: String,
}

/// The fields that can be changed later.
fn word_fields(locale: Locale, found: Option<&Finding>, owner: Option<&Named>) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let words = found.map(|found| &found.words);
    let text_of = |of: fn(&crate::findings::model::Words) -> &Option<String>| {
        words.and_then(|w| of(w).as_deref()).unwrap_or_default()
    };
    let grades = || {
        (1..=GRADES)
            .rev()
            .map(|n| (n.to_string(), grade_name(locale, n).to_owned()))
    };
    let grade = |name: &str, key, value: i32| {
        Field::new("select", name, word(key), &value.to_string()).options(grades())
    };
    let none = || [(String::new(), "–".to_owned())];
    let risk = |field: Field| field.optional().hint(word("finding-only-risk"));
    let likelihood = words.and_then(|w| w.likelihood);
    let response = words.and_then(|w| w.response).map_or("", Response::code);
    vec![
        Field::new(
            "text",
            "title",
            word("finding-title"),
            text_of(|w| &w.title),
        ),
        Field::new(
            "textarea",
            "body",
            word("finding-body"),
            text_of(|w| &w.body),
        )
        .optional()
        .hint(word("finding-body-hint")),
        grade(
            "importance",
            "finding-importance",
            words.map_or(2, |w| w.importance),
        ),
        grade("urgency", "finding-urgency", words.map_or(2, |w| w.urgency)),
        risk(Field::new(
            "select",
            "likelihood",
            word("finding-likelihood"),
            &likelihood.map_or_else(String::new, |n| n.to_string()),
        ))
        .options(none().into_iter().chain(grades())),
        risk(Field::new(
            "select",
            "response",
            word("finding-response"),
            response,
        ))
        .options(none().into_iter().chain(
            Response::ALL.map(|r| (r.code().to_owned(), response_name(locale, r).to_owned())),
        )),
        Field::new(
            "text",
            "owner",
            word("finding-owner"),
            owner.map_or("", |(no, ..)| no.as_str()),
        )
        .optional()
        .hint(word("finding-owner-hint")),
    ]
}

/// The form of a new finding.
#[must_use]
pub fn new_form(who: &Who, given: &Given) -> FormPage {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.by_hand());
    let kind = given.kind.unwrap_or(if given.complaint.is_empty() {
        Kind::Idea
    } else {
        Kind::ComplaintTheme
    });
    let mut fields = vec![
        Field::new("select", "kind", word("finding-register"), kind.code()).options(
            kinds.map(|kind| (kind.code().to_owned(), kind_name(locale, kind).to_owned())),
        ),
    ];
    fields.extend(word_fields(locale, None, None));
    let about = [
        Field::new("text", "staff", word("finding-about-staff"), &given.staff)
            .optional()
            .hint(word("finding-about-hint")),
        Field::new("text", "team", word("finding-about-team"), &given.team).optional(),
        Field::new("hidden", "complaint", "", &given.complaint),
        Field::new("hidden", "review", "", &given.review),
    ];
    // After the title and the text.
    for (at, field) in about.into_iter().enumerate() {
        fields.insert(3 + at, field);
    }
    FormPage {
        lede: Some(word("finding-new-say")),
        form: FormView::new(who, "/findings/new", "save", fields),
    }
}

/// The form of a finding as it is stored.
#[must_use]
pub fn edit_form(who: &Who, found: &Finding, owner: Option<&Named>) -> FormPage {
    let fields = word_fields(who.locale, Some(found), owner);
    let action = format!("/findings/{}/edit", found.id);
    FormPage {
        lede: None,
        form: FormView::new(who, action, "save", fields).version(found.row_version),
    }
}
