//! Openings as their readers see them: the list, one with its criteria, the forms.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::error::Message;
use crate::i18n::{self, Locale, hundredths, plain};
use crate::judgement::model::card::{Card, Purpose};
use crate::judgement::view::number;
use crate::people::store::catalogue::Entry;
use crate::recruitment::model::codes::{ApplicationState, OpeningState, StageKind};
use crate::recruitment::model::opening::{
    self as rules, Choice, Criteria, KIT, KitQuestion, LARGEST_NUMBER, NewStage, PassRule,
    QUESTIONS, Question, RATERS, Rule, RuleKind, STAGES, Step, Weighing, is_judged,
};
use crate::recruitment::store::openings::{Filter, Named, Opening, Row, Stage};
use crate::web::Who;
use crate::web::form::{Check, Field, FormView};
use crate::web::list::{ListView, Slice};

/// The name of a state.
#[must_use]
pub fn state_name(locale: Locale, state: OpeningState) -> &'static str {
    plain(
        locale,
        match state {
            OpeningState::Draft => "opening-state-draft",
            OpeningState::Requested => "opening-state-requested",
            OpeningState::Approved => "opening-state-approved",
            OpeningState::Published => "opening-state-published",
            OpeningState::Closed => "opening-state-closed",
        },
    )
}

/// The name of a kind of stage.
#[must_use]
pub fn kind_name(locale: Locale, kind: StageKind) -> &'static str {
    plain(
        locale,
        match kind {
            StageKind::Screening => "stage-screening",
            StageKind::Interview => "stage-interview",
            StageKind::BackgroundCheck => "stage-background-check",
            StageKind::Offer => "stage-offer",
        },
    )
}

fn step_name(locale: Locale, step: Step) -> &'static str {
    plain(
        locale,
        match step {
            Step::Request => "opening-do-request",
            Step::GiveBack => "opening-do-give-back",
            Step::Approve => "opening-do-approve",
            Step::Publish => "opening-do-publish",
            Step::Close => "opening-do-close",
        },
    )
}

fn predictor_name(locale: Locale, predictor: rules::Predictor) -> &'static str {
    use rules::Predictor;
    plain(
        locale,
        match predictor {
            Predictor::StructuredInterview => "predictor-structured-interview",
            Predictor::JobKnowledge => "predictor-job-knowledge",
            Predictor::WorkSample => "predictor-work-sample",
            Predictor::UnstructuredInterview => "predictor-unstructured-interview",
            Predictor::Experience => "predictor-experience",
        },
    )
}

/// A page of the list.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Line>,
    may_make: bool,
    may_privacy: bool,
}

#[derive(Serialize)]
struct Line {
    code: String,
    href: String,
    title: String,
    team: String,
    owner: Option<String>,
    state: &'static str,
    heads: i32,
    closes: Option<String>,
    applied: i64,
    active: i64,
}

fn line(locale: Locale, row: &Row) -> Line {
    let called = |(_, zh, en): &Named| locale.pick(zh, en).to_owned();
    Line {
        code: row.code.clone(),
        href: format!("/openings/{}", row.code),
        title: locale.pick(&row.title_zh, &row.title_en).to_owned(),
        team: called(&row.team),
        owner: row.owner.as_ref().map(called),
        state: state_name(locale, row.state),
        heads: row.head_count,
        closes: row.closes_on.map(|day| day.to_string()),
        applied: row.applied,
        active: row.active,
    }
}

/// The query parameters of the list and its export.
fn parameters(filter: &Filter) -> [(&'static str, &str); 3] {
    [
        ("q", &filter.q),
        ("state", filter.state.map_or("", OpeningState::code)),
        ("team", &filter.team),
    ]
}

/// A page of the list.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: &Slice<Row>,
    counted: i64,
    may_make: bool,
    may_privacy: bool,
) -> List {
    let locale = who.locale;
    let t = |key| plain(locale, key);
    let query = parameters(filter);
    let every = (String::new(), t("opening-every-state").to_owned());
    let states = OpeningState::ALL
        .iter()
        .map(|s| (s.code().to_owned(), state_name(locale, *s).to_owned()));
    let filters = vec![
        Field::new("select", "state", t("opening-state"), query[1].1)
            .options([every].into_iter().chain(states)),
        Field::new("text", "team", t("opening-team-code"), query[2].1),
    ];
    let key = |row: &Row| ("new".to_owned(), row.id);
    let list = ListView::new(who, "/openings", &query, slice, counted, key)
        .search(t("opening-search"), &filter.q)
        .filters(filters)
        .export(&query);
    List {
        list,
        rows: slice.rows.iter().map(|row| line(locale, row)).collect(),
        may_make,
        may_privacy,
    }
}

/// The rows of the list as a file.
#[must_use]
pub fn export(locale: Locale, rows: &[Row]) -> Vec<Vec<String>> {
    let head = [
        "code",
        "title_zh",
        "title_en",
        "team",
        "owner",
        "state",
        "head_count",
        "closes_on",
        "applied",
        "active",
    ];
    let mut all = vec![head.map(str::to_owned).to_vec()];
    all.extend(rows.iter().map(|row| {
        let line = line(locale, row);
        vec![
            line.code,
            row.title_zh.clone(),
            row.title_en.clone(),
            row.team.0.clone(),
            row.owner.as_ref().map_or_else(String::new, |o| o.0.clone()),
            row.state.code().to_owned(),
            line.heads.to_string(),
            line.closes.unwrap_or_default(),
            line.applied.to_string(),
            line.active.to_string(),
        ]
    }));
    all
}

/// What the form of an opening starts from.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Employee number of whoever asks.
    pub owner: String,
    /// Code of the opening whose criteria are copied.
    pub from: String,
    /// Openings to copy from.
    pub others: Vec<Named>,
}

/// The form of a new opening, or of one as it is stored. What somebody has agreed to is not in it any more.
#[must_use]
pub fn form(who: &Who, stored: Option<&Opening>, given: &Given, roles: &[Entry]) -> FormView {
    let locale = who.locale;
    let t = |key| plain(locale, key);
    let terms = stored.map(|o| &o.terms);
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(String::new, |d| d.to_string());
    let mut fields = Vec::new();
    if stored.is_none_or(|o| o.state == OpeningState::Draft) {
        let team = stored.map_or("", |o| o.team.0.as_str());
        let role = stored.map_or("agent", |o| o.job_role.0.as_str());
        let roles = roles.iter().map(|r| {
            (
                r.code.clone(),
                locale.pick(&r.name_zh, &r.name_en).to_owned(),
            )
        });
        let heads = terms.map_or(1, |t| t.head_count).to_string();
        fields.extend([
            Field::new("text", "team", t("opening-team"), team).hint(t("opening-team-hint")),
            Field::new("select", "job_role", t("opening-job-role"), role).options(roles),
            Field::new("number", "head_count", t("opening-heads"), &heads),
        ]);
    }
    let owner = match stored {
        Some(stored) => stored.owner.as_ref().map_or("", |o| o.0.as_str()),
        None => &given.owner,
    };
    let area = |name: &str, key, value: &str, rows| Field {
        rows,
        ..Field::new("textarea", name, t(key), value)
    };
    let body_hint = t("opening-body-hint");
    fields.extend([
        Field::new("text", "owner", t("opening-owner"), owner).hint(t("opening-owner-hint")),
        area(
            "reason",
            "opening-reason",
            terms.map_or("", |t| &t.reason),
            3,
        )
        .hint(t("opening-reason-hint")),
        Field::new(
            "text",
            "title_zh",
            t("opening-title-zh"),
            terms.map_or("", |t| &t.title_zh),
        ),
        Field::new(
            "text",
            "title_en",
            t("opening-title-en"),
            terms.map_or("", |t| &t.title_en),
        ),
        area(
            "body_zh",
            "opening-body-zh",
            terms.map_or("", |t| &t.body_zh),
            8,
        )
        .hint(body_hint),
        area(
            "body_en",
            "opening-body-en",
            terms.map_or("", |t| &t.body_en),
            8,
        )
        .hint(body_hint),
        Field::new(
            "date",
            "opens_on",
            t("opening-opens"),
            &day(terms.and_then(|t| t.opens_on)),
        )
        .optional()
        .hint(t("opening-opens-hint")),
        Field::new(
            "date",
            "closes_on",
            t("opening-closes"),
            &day(terms.and_then(|t| t.closes_on)),
        )
        .optional()
        .hint(t("opening-closes-hint")),
    ]);
    if stored.is_none() {
        let template = (String::new(), t("opening-from-template").to_owned());
        let others = given.others.iter().map(|(code, zh, en)| {
            let name = format!("{code} {}", locale.pick(zh, en));
            (code.clone(), name)
        });
        fields.push(
            Field::new("select", "from", t("opening-from"), &given.from)
                .hint(t("opening-from-hint"))
                .options([template].into_iter().chain(others)),
        );
    }
    match stored {
        Some(stored) => {
            let action = format!("/openings/{}/edit", stored.code);
            FormView::new(who, action, "save", fields).version(stored.row_version)
        }
        None => FormView::new(who, "/openings/new", "save", fields),
    }
}

/// A version of a scorecard to choose from.
pub type Cards = BTreeMap<i64, Card>;

fn card_name(locale: Locale, card: &Card) -> String {
    let slots = [
        ("name", locale.pick(&card.name_zh, &card.name_en).into()),
        ("version", card.version_no.to_string().into()),
    ];
    i18n::text(locale, "opening-card", &slots)
}

/// Between the parts of a line that holds both languages.
const SIGN: char = '|';

/// Before an answer with which the requirement is not met.
const FAILS: char = '!';

fn field(group: char, at: usize, part: &str) -> String {
    format!("{group}{at}_{part}")
}

const QUESTION_PARTS: [&str; 6] = ["kind", "zh", "en", "needed", "options", "least"];

const STAGE_PARTS: [&str; 7] = ["kind", "zh", "en", "card", "blind", "raters", "kit"];

const PASS: [&str; 4] = [
    "pass_total",
    "pass_criterion",
    "pass_interviewers",
    "pass_spread",
];

/// The form of what is asked and judged.
#[must_use]
pub fn criteria_form(who: &Who, stored: &Opening, stages: &[Stage], cards: &Cards) -> FormView {
    let locale = who.locale;
    let t = |key| plain(locale, key);
    let mut fields = vec![
        Field::new("heading", "", t("opening-questions"), "").hint(t("opening-questions-hint")),
    ];
    let rows = (stored.questions.len() + 2).min(QUESTIONS);
    for at in 0..rows {
        fields.extend(question_fields(locale, at, stored.questions.get(at)));
    }
    fields.push(Field::new("heading", "", t("opening-stages"), "").hint(t("opening-stages-hint")));
    let rows = (stages.len() + 2).min(STAGES);
    for at in 0..rows {
        let stage = stages.get(at).map(|s| &s.stage);
        fields.extend(stage_fields(locale, at, stage, cards));
    }
    let rule = stored.pass_rule;
    let points = |name, key, value: i64| {
        let shown = hundredths(value);
        let shown = shown.trim_end_matches('0').trim_end_matches('.');
        Field::new("number", name, t(key), shown)
    };
    fields.extend([
        Field::new("heading", "", t("opening-pass"), "").hint(t("opening-pass-hint")),
        points(PASS[0], "opening-pass-total", rule.total_h),
        points(PASS[1], "opening-pass-criterion", rule.criterion_h),
        Field::new(
            "number",
            PASS[2],
            t("opening-pass-interviewers"),
            &rule.interviewers.to_string(),
        ),
        points(PASS[3], "opening-pass-spread", rule.spread_h),
    ]);
    let action = format!("/openings/{}/criteria", stored.code);
    FormView::new(who, action, "save", fields).version(stored.row_version)
}

fn numbered(locale: Locale, key: &str, at: usize) -> String {
    i18n::text(locale, key, &[("n", (at + 1).into())])
}

fn rule_name(locale: Locale, kind: RuleKind) -> &'static str {
    plain(
        locale,
        match kind {
            RuleKind::YesNo => "question-yes-no",
            RuleKind::Choice => "question-choice",
            RuleKind::AtLeast => "question-at-least",
        },
    )
}

fn question_fields(locale: Locale, at: usize, stored: Option<&Question>) -> Vec<Field> {
    let t = |key| plain(locale, key);
    let name = |part| field('q', at, part);
    let rule = stored.map(|q| &q.rule);
    let kind = rule.map_or("", |r| r.kind().code());
    let none = (String::new(), t("question-none").to_owned());
    let kinds = RuleKind::ALL
        .iter()
        .map(|k| (k.code().to_owned(), rule_name(locale, *k).to_owned()));
    let needed = match rule {
        Some(Rule::YesNo { needed: false }) => "no",
        _ => "yes",
    };
    let answers = ["yes", "no"].map(|code| (code.to_owned(), answer_name(locale, code).to_owned()));
    let options = match rule {
        Some(Rule::Choice { options }) => options
            .iter()
            .map(|o| {
                let sign = if o.fails { "! " } else { "" };
                format!("{sign}{} {SIGN} {}", o.zh, o.en)
            })
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    };
    let least = match rule {
        Some(Rule::AtLeast { least }) => least.to_string(),
        _ => String::new(),
    };
    let asked = |text: fn(&Question) -> &String| stored.map_or("", |q| text(q).as_str());
    vec![
        Field::new(
            "select",
            &name("kind"),
            &numbered(locale, "question-nth", at),
            kind,
        )
        .options([none].into_iter().chain(kinds)),
        Field::new("text", &name("zh"), t("question-zh"), asked(|q| &q.text_zh)).optional(),
        Field::new("text", &name("en"), t("question-en"), asked(|q| &q.text_en)).optional(),
        Field::new("select", &name("needed"), t("question-needed"), needed)
            .options(answers)
            .hint(t("question-needed-hint")),
        Field::new(
            "textarea",
            &name("options"),
            t("question-options"),
            &options,
        )
        .optional()
        .hint(t("question-options-hint")),
        Field::new("number", &name("least"), t("question-least"), &least)
            .optional()
            .hint(t("question-least-hint")),
    ]
}

fn answer_name(locale: Locale, answer: &str) -> &'static str {
    plain(
        locale,
        if answer == "yes" {
            "answer-yes"
        } else {
            "answer-no"
        },
    )
}

fn stage_fields(locale: Locale, at: usize, stored: Option<&NewStage>, cards: &Cards) -> Vec<Field> {
    let t = |key| plain(locale, key);
    let name = |part| field('s', at, part);
    let none = (String::new(), t("stage-none").to_owned());
    let kinds = StageKind::ALL
        .iter()
        .map(|k| (k.code().to_owned(), kind_name(locale, *k).to_owned()));
    let nothing = (String::new(), t("stage-no-card").to_owned());
    let cards = cards
        .iter()
        .map(|(id, card)| (id.to_string(), card_name(locale, card)));
    let card = stored
        .and_then(|s| s.version_id)
        .map_or_else(String::new, |id| id.to_string());
    let kit = stored.map_or_else(String::new, |s| {
        let line = |q: &KitQuestion| format!("{} {SIGN} {} {SIGN} {}", q.criterion, q.zh, q.en);
        s.kit.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    let raters = stored.map_or(1, |s| s.raters).to_string();
    let called = |text: fn(&NewStage) -> &String| stored.map_or("", |s| text(s).as_str());
    let mut kit = Field::new("textarea", &name("kit"), t("stage-kit"), &kit)
        .optional()
        .hint(t("stage-kit-hint"));
    kit.rows = 5;
    vec![
        Field::new(
            "select",
            &name("kind"),
            &numbered(locale, "stage-nth", at),
            stored.map_or("", |s| s.kind.code()),
        )
        .options([none].into_iter().chain(kinds)),
        Field::new("text", &name("zh"), t("stage-zh"), called(|s| &s.name_zh)).optional(),
        Field::new("text", &name("en"), t("stage-en"), called(|s| &s.name_en)).optional(),
        Field::new("select", &name("card"), t("stage-card"), &card)
            .options([nothing].into_iter().chain(cards)),
        Field::new(
            "checkbox",
            &name("blind"),
            t("stage-blind"),
            if stored.is_some_and(|s| s.blind) {
                "on"
            } else {
                ""
            },
        ),
        Field::new("number", &name("raters"), t("stage-raters"), &raters),
        kit,
    ]
}

/// What was typed of the criteria, as far as it can be read. None when a field is not one of this form's.
pub fn typed(
    check: &mut Check,
    sent: &BTreeMap<String, String>,
    cards: &Cards,
) -> Option<Criteria> {
    let mut known: BTreeSet<String> = PASS.map(String::from).into();
    for at in 0..QUESTIONS {
        known.extend(QUESTION_PARTS.map(|part| field('q', at, part)));
    }
    for at in 0..STAGES {
        known.extend(STAGE_PARTS.map(|part| field('s', at, part)));
    }
    if sent.keys().any(|name| !known.contains(name)) {
        return None;
    }
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let mut questions = Vec::new();
    for at in 0..QUESTIONS {
        if !value(&field('q', at, "kind")).is_empty() {
            questions.extend(typed_question(check, at, &value));
        }
    }
    let mut stages = Vec::new();
    for at in 0..STAGES {
        if !value(&field('s', at, "kind")).is_empty() {
            stages.extend(typed_stage(check, at, &value, cards));
        }
    }
    let mut points = |name, most| {
        let typed = number(check, name, value(name), most);
        if typed.is_none() && value(name).trim().is_empty() {
            check.wrong(name, Message::new("field-missing"));
        }
        typed.unwrap_or_default()
    };
    let pass_rule = PassRule {
        total_h: points(PASS[0], 10_000),
        criterion_h: points(PASS[1], 10_000),
        spread_h: points(PASS[3], 10_000),
        interviewers: check.whole(PASS[2], value(PASS[2]), 1, RATERS),
    };
    Some(Criteria {
        questions,
        stages,
        pass_rule,
    })
}

/// The parts of a line with a sign between them; what is no such line is an error of the field.
fn parts<const N: usize>(check: &mut Check, name: &str, line: &str) -> Option<[String; N]> {
    let parts: Vec<String> = line
        .split([SIGN, '｜'])
        .map(|part| part.trim().to_owned())
        .collect();
    let found = <[String; N]>::try_from(parts).ok();
    let found = found.filter(|parts| parts.iter().all(|p| (1..=500).contains(&p.chars().count())));
    if found.is_none() {
        check.wrong(name, Message::new("opening-line").with("line", line));
    }
    found
}

fn typed_question<'v>(
    check: &mut Check,
    at: usize,
    value: &impl Fn(&str) -> &'v str,
) -> Option<Question> {
    let name = |part| field('q', at, part);
    let kind = check.choice(&name("kind"), value(&name("kind")), RuleKind::parse)?;
    let text_zh = check.required(&name("zh"), value(&name("zh")), 300);
    let text_en = check.required(&name("en"), value(&name("en")), 300);
    let rule = match kind {
        RuleKind::YesNo => {
            let code = value(&name("needed"));
            let needed = check.choice(&name("needed"), code, |code| match code {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            })?;
            Rule::YesNo { needed }
        }
        RuleKind::Choice => {
            let lines = check
                .optional(&name("options"), value(&name("options")), 5_000)
                .unwrap_or_default();
            let mut options = Vec::new();
            for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                let line = line.trim();
                let fails = line.starts_with([FAILS, '！']);
                let [zh, en] = parts(
                    check,
                    &name("options"),
                    line.trim_start_matches([FAILS, '！']),
                )?;
                options.push(Choice { zh, en, fails });
            }
            Rule::Choice { options }
        }
        RuleKind::AtLeast => Rule::AtLeast {
            least: check.whole(&name("least"), value(&name("least")), 1, LARGEST_NUMBER),
        },
    };
    let question = Question {
        text_zh,
        text_en,
        rule,
    };
    for problem in question.problems() {
        let part = match problem.key {
            "opening-question-answers" => "options",
            _ => "zh",
        };
        check.wrong(&name(part), problem);
    }
    Some(question)
}

fn typed_stage<'v>(
    check: &mut Check,
    at: usize,
    value: &impl Fn(&str) -> &'v str,
    cards: &Cards,
) -> Option<NewStage> {
    let name = |part| field('s', at, part);
    let kind = check.choice(&name("kind"), value(&name("kind")), StageKind::parse)?;
    let name_zh = check.required(&name("zh"), value(&name("zh")), 60);
    let name_en = check.required(&name("en"), value(&name("en")), 60);
    let card = value(&name("card"));
    let version_id = if card.is_empty() {
        None
    } else {
        let known = |id: &str| id.parse().ok().filter(|id| cards.contains_key(id));
        Some(check.choice(&name("card"), card, known)?)
    };
    // Nothing is judged at the other stages.
    let version_id = version_id.filter(|_| is_judged(kind));
    if version_id.is_none() && is_judged(kind) {
        check.wrong(&name("card"), Message::new("stage-card-missing"));
    }
    let raters = check.whole(&name("raters"), value(&name("raters")), 1, RATERS);
    let lines = check
        .optional(&name("kit"), value(&name("kit")), 10_000)
        .unwrap_or_default();
    let mut kit = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let [criterion, zh, en] = parts(check, &name("kit"), line)?;
        let card = version_id.and_then(|id| cards.get(&id));
        if card.is_none_or(|card| card.criterion(&criterion).is_none()) {
            check.wrong(
                &name("kit"),
                Message::new("stage-kit-criterion").with("criterion", &criterion),
            );
        }
        kit.push(KitQuestion { criterion, zh, en });
    }
    if kit.len() > KIT {
        check.wrong(&name("kit"), Message::new("stage-kit-long").with("n", KIT));
    }
    Some(NewStage {
        kind,
        name_zh,
        name_en,
        version_id,
        blind: !value(&name("blind")).is_empty(),
        raters: i32::try_from(raters).ok()?,
        kit,
    })
}

/// The scorecards a stage may use: those in use for screening and interviews, and those it uses already.
#[must_use]
pub fn may_judge(card: &Card) -> bool {
    matches!(card.purpose, Purpose::Screening | Purpose::Interview)
}

/// A question as everybody reads it.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    pub text: String,
    /// What is needed, in words.
    pub needed: String,
}

/// The questions as everybody reads them.
#[must_use]
pub fn asked(locale: Locale, questions: &[Question]) -> Vec<Asked> {
    let say = |q: &Question| match &q.rule {
        Rule::YesNo { needed } => {
            answer_name(locale, if *needed { "yes" } else { "no" }).to_owned()
        }
        Rule::Choice { options } => {
            let fits: Vec<&str> = options
                .iter()
                .filter(|o| !o.fails)
                .map(|o| locale.pick(&o.zh, &o.en))
                .collect();
            fits.join(plain(locale, "answers-or"))
        }
        Rule::AtLeast { least } => {
            i18n::text(locale, "question-at-least-n", &[("n", (*least).into())])
        }
    };
    questions
        .iter()
        .map(|q| Asked {
            text: locale.pick(&q.text_zh, &q.text_en).to_owned(),
            needed: say(q),
        })
        .collect()
}

/// A stage with what is judged there.
#[derive(Clone, Debug, Serialize)]
pub struct StageView {
    pub name: String,
    kind: &'static str,
    blind: bool,
    raters: i32,
    judged: bool,
    card: Option<(String, String)>,
    pub criteria: Vec<CriterionView>,
    kit: Vec<(String, String)>,
    notes: Vec<Note>,
}

/// A criterion and its weight.
#[derive(Clone, Debug, Serialize)]
pub struct CriterionView {
    pub name: String,
    pub weight: String,
    /// The behaviour of the highest level.
    pub best: Option<String>,
}

/// How far something tells who will do well.
#[derive(Clone, Debug, Serialize)]
struct Note {
    text: String,
    heavy: bool,
}

/// Basis points as a percentage without needless decimals.
fn percent(bp: i64) -> String {
    let shown = hundredths(bp);
    shown.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Stages as their readers see them, with the notes on validity.
#[must_use]
pub fn stages(locale: Locale, stages: &[NewStage], cards: &Cards) -> Vec<StageView> {
    let weighings = rules::predictors(stages, |id| cards.get(&id));
    stages
        .iter()
        .enumerate()
        .map(|(place, stage)| {
            let card = stage.version_id.and_then(|id| cards.get(&id));
            let criteria = card.map_or_else(Vec::new, |card| {
                let view = |c: &crate::judgement::model::card::Criterion| CriterionView {
                    name: locale.pick(&c.name_zh, &c.name_en).to_owned(),
                    weight: percent(c.weight_bp),
                    best: c
                        .levels
                        .last()
                        .map(|l| locale.pick(&l.anchor_zh, &l.anchor_en).to_owned()),
                };
                card.criteria.iter().map(view).collect()
            });
            let named = |code: &str| {
                card.and_then(|card| card.criterion(code))
                    .map_or(code, |c| locale.pick(&c.name_zh, &c.name_en))
                    .to_owned()
            };
            let kit = stage
                .kit
                .iter()
                .map(|q| (named(&q.criterion), locale.pick(&q.zh, &q.en).to_owned()));
            let here = weighings.iter().filter(|w| w.stage == place);
            StageView {
                name: locale.pick(&stage.name_zh, &stage.name_en).to_owned(),
                kind: kind_name(locale, stage.kind),
                blind: stage.blind,
                raters: stage.raters,
                judged: is_judged(stage.kind),
                card: card.map(|c| (card_name(locale, c), format!("/scorecards/{}", c.code))),
                criteria,
                kit: kit.collect(),
                notes: here.map(|w| note(locale, w, &named)).collect(),
            }
        })
        .collect()
}

fn note(locale: Locale, weighing: &Weighing, named: &impl Fn(&str) -> String) -> Note {
    let about = match &weighing.criterion {
        Some(code) => named(code),
        None => predictor_name(locale, weighing.predictor).to_owned(),
    };
    let slots = [
        ("about", about.into()),
        (
            "predictor",
            predictor_name(locale, weighing.predictor).into(),
        ),
        (
            "validity",
            hundredths(weighing.predictor.validity_h()).into(),
        ),
    ];
    Note {
        text: i18n::text(locale, "opening-validity", &slots),
        heavy: weighing.is_heavy(),
    }
}

/// A step of the way of an opening.
#[derive(Serialize)]
struct Stop {
    text: &'static str,
    state: &'static str,
    note: String,
}

/// The page of an opening.
#[derive(Serialize)]
pub struct Page {
    code: String,
    href: String,
    steps: Vec<Stop>,
    facts: Vec<Fact>,
    body: Vec<String>,
    questions: Vec<Asked>,
    stages: Vec<StageView>,
    pass: Vec<String>,
    warnings: Vec<String>,
    problems: Vec<String>,
    /// What was wrong with the step that was just tried.
    pub refused: Vec<String>,
    applied: Vec<Applied>,
    frozen: bool,
    edit: Option<String>,
    criteria: Option<String>,
    copy: Option<String>,
    public: Option<String>,
    board: Option<String>,
    /// Those still in it, when it was closed.
    left: i64,
    pub step: Option<FormView>,
    waiting: Vec<Waiting>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Applied {
    state: &'static str,
    n: i64,
}

#[derive(Serialize)]
struct Waiting {
    step: &'static str,
    why: String,
}

/// What a reader may do with an opening.
#[derive(Clone, Debug, Default)]
pub struct May {
    pub edit: bool,
    pub criteria: bool,
    pub copy: bool,
    /// Whether applications are theirs to see.
    pub applications: bool,
    pub steps: Vec<Step>,
    /// Steps that wait for something, and for what.
    pub waiting: Vec<(Step, String)>,
}

/// Everything there is to know of an opening.
#[derive(Clone, Debug)]
pub struct Whole {
    pub opening: Opening,
    pub stages: Vec<Stage>,
    pub cards: Cards,
    pub applied: Vec<(ApplicationState, i64)>,
}

impl Whole {
    /// What is asked and judged.
    #[must_use]
    pub fn criteria(&self) -> Criteria {
        Criteria {
            questions: self.opening.questions.clone(),
            stages: self.stages.iter().map(|s| s.stage.clone()).collect(),
            pass_rule: self.opening.pass_rule,
        }
    }

    /// Whether somebody has applied.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.applied.iter().any(|(_, n)| *n > 0)
    }
}

/// The name of what has become of applications.
#[must_use]
pub fn application_state(locale: Locale, state: ApplicationState) -> &'static str {
    plain(
        locale,
        match state {
            ApplicationState::Active => "opening-applied-active",
            ApplicationState::Rejected => "opening-applied-rejected",
            ApplicationState::Withdrawn => "opening-applied-withdrawn",
            ApplicationState::Hired => "opening-applied-hired",
        },
    )
}

/// The rule of passing in sentences.
#[must_use]
pub fn pass_rule(locale: Locale, rule: &PassRule) -> Vec<String> {
    let say = |key, value: String| i18n::text(locale, key, &[("n", value.into())]);
    vec![
        say("opening-rule-total", percent(rule.total_h)),
        say("opening-rule-criterion", percent(rule.criterion_h)),
        say("opening-rule-interviewers", rule.interviewers.to_string()),
        say("opening-rule-spread", percent(rule.spread_h)),
    ]
}

/// The page of an opening.
#[must_use]
pub fn page(who: &Who, whole: &Whole, problems: &[Message], may: &May) -> Page {
    let locale = who.locale;
    let opening = &whole.opening;
    let terms = &opening.terms;
    let criteria = whole.criteria();
    let href = format!("/openings/{}", opening.code);
    let say = |m: &Message| i18n::message(locale, m);
    let texts = [
        terms.title_zh.as_str(),
        &terms.title_en,
        &terms.body_zh,
        &terms.body_en,
    ];
    let is_open = opening.state != OpeningState::Closed;
    let active = |state| {
        whole
            .applied
            .iter()
            .find(|(s, _)| *s == state)
            .map_or(0, |(_, n)| *n)
    };
    Page {
        steps: stops(who, opening),
        facts: facts(who, opening),
        body: paragraphs(locale.pick(&terms.body_zh, &terms.body_en)),
        questions: asked(locale, &opening.questions),
        stages: stages(locale, &criteria.stages, &whole.cards),
        pass: pass_rule(locale, &opening.pass_rule),
        warnings: if is_open {
            criteria.warnings(&texts).iter().map(say).collect()
        } else {
            Vec::new()
        },
        problems: match opening.state {
            OpeningState::Draft | OpeningState::Requested | OpeningState::Approved => {
                problems.iter().map(say).collect()
            }
            OpeningState::Published | OpeningState::Closed => Vec::new(),
        },
        refused: Vec::new(),
        applied: whole
            .applied
            .iter()
            .map(|(state, n)| Applied {
                state: application_state(locale, *state),
                n: *n,
            })
            .collect(),
        frozen: whole.is_frozen(),
        edit: may.edit.then(|| format!("{href}/edit")),
        criteria: may.criteria.then(|| format!("{href}/criteria")),
        copy: may
            .copy
            .then(|| format!("/openings/new?from={}", opening.code)),
        public: (opening.state == OpeningState::Published)
            .then(|| format!("/careers/{}", opening.code)),
        board: may.applications.then(|| format!("{href}/board")),
        left: if is_open {
            0
        } else {
            active(ApplicationState::Active)
        },
        step: step_form(who, opening, &href, &may.steps),
        waiting: may
            .waiting
            .iter()
            .map(|(step, why)| Waiting {
                step: step_name(locale, *step),
                why: why.clone(),
            })
            .collect(),
        code: opening.code.clone(),
        href,
    }
}

fn step_form(who: &Who, opening: &Opening, href: &str, steps: &[Step]) -> Option<FormView> {
    let first = steps.first()?;
    let locale = who.locale;
    let t = |key| plain(locale, key);
    let options = steps
        .iter()
        .map(|s| (s.code().to_owned(), step_name(locale, *s).to_owned()));
    let mut fields =
        vec![Field::new("radio", "step", t("opening-step"), first.code()).options(options)];
    if steps.iter().any(|step| step.wants_words()) {
        fields.push(
            Field {
                rows: 2,
                ..Field::new("textarea", "words", t("opening-words"), "")
            }
            .optional()
            .hint(t("opening-words-hint")),
        );
    }
    Some(
        FormView::new(who, format!("{href}/step"), "opening-go", fields)
            .version(opening.row_version),
    )
}

/// A text as paragraphs: an empty line ends one.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(str::to_owned)
        .collect()
}

fn stops(who: &Who, opening: &Opening) -> Vec<Stop> {
    let locale = who.locale;
    let zone = who.site.settings.zone;
    let noted = |by: Option<&str>, at: Option<chrono::NaiveDateTime>| {
        let day = at.map(|at| zone.local_date(at).to_string());
        [by.map(str::to_owned), day]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let place = |state| OpeningState::ALL.iter().position(|s| *s == state);
    let now = place(opening.state);
    OpeningState::ALL
        .iter()
        .map(|state| Stop {
            text: state_name(locale, *state),
            state: match place(*state).cmp(&now) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "current",
                std::cmp::Ordering::Greater => "todo",
            },
            note: match state {
                OpeningState::Draft => String::new(),
                OpeningState::Requested if opening.state != OpeningState::Draft => {
                    noted(Some(&opening.requested_by), Some(opening.requested_at))
                }
                OpeningState::Requested => String::new(),
                OpeningState::Approved => {
                    noted(opening.approved_by.as_deref(), opening.approved_at)
                }
                OpeningState::Published => noted(None, opening.published_at),
                OpeningState::Closed => noted(None, opening.closed_at),
            },
        })
        .collect()
}

fn facts(who: &Who, opening: &Opening) -> Vec<Fact> {
    let locale = who.locale;
    let called = |(_, zh, en): &Named| locale.pick(zh, en).to_owned();
    let terms = &opening.terms;
    let fact = |key, value: String| Fact {
        name: plain(locale, key),
        value,
        href: None,
    };
    let mut facts = vec![
        fact("opening-team", called(&opening.team)),
        fact("opening-job-role", called(&opening.job_role)),
        fact("opening-heads", terms.head_count.to_string()),
    ];
    facts.extend(
        opening
            .owner
            .as_ref()
            .map(|o| fact("opening-owner", called(o))),
    );
    facts.push(fact("opening-reason", terms.reason.clone()));
    let day = |key, day: Option<chrono::NaiveDate>| Some(fact(key, day?.to_string()));
    facts.extend(day("opening-opens", terms.opens_on));
    facts.extend(day("opening-closes", terms.closes_on));
    facts.extend(
        opening
            .closed_because
            .clone()
            .map(|why| fact("opening-closed-because", why)),
    );
    facts
}
