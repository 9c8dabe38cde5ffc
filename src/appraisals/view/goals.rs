//! A goal sheet as both sides see it: what is agreed with its figures so far, what is proposed beside it, the form
//! of a proposal, and what came before.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::appraisals::model::cycle::State;
use crate::appraisals::model::result::ItemResult;
use crate::appraisals::store::agreement::{Proposal, Sheet, Speaker, terms_of};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::sheets::SheetVersion;
use crate::appraisals::view::cycles::{Chip, moment};
use crate::appraisals::view::team_goals::marks;
use crate::calendar::Quarter;
use crate::evidence::view::gauge::Gauge;
use crate::goals::model::sheet::{
    ITEMS, Item, PlannedItem, Qualitative, Side, Standing, Subject, Terms, WHOLE_BP, unscaled,
};
use crate::goals::model::{Kpi, Measure};
use crate::goals::view::aims::weight;
use crate::i18n::{Locale, hundredths, plain, text};
use crate::people::store::Staff;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// Goals of teams by number: the goal's name and the team's.
pub type TeamGoals = BTreeMap<i64, (String, String, String)>;

/// Goals without a figure that a form has room for.
pub const OTHERS: usize = 3;

/// Everything the page is made of.
pub struct Known {
    pub staff: Staff,
    pub cycle: Cycle,
    pub sheet: Sheet,
    /// Who the reader is in this; none of those who only read.
    pub speaker: Option<Speaker>,
    /// Whether they stand in for a manager: then a reason is asked for.
    pub in_place: bool,
    /// What each item of each version came to so far.
    pub figures: Vec<Vec<ItemResult>>,
    pub team_goals: TeamGoals,
    /// Whether the notes may be opened.
    pub keeps_notes: bool,
}

impl Known {
    fn here(&self) -> String {
        sheet_href(&self.cycle.code, &self.staff.employee_no)
    }

    fn is_open(&self) -> bool {
        matches!(self.cycle.state, State::GoalSetting | State::Tracking)
    }

    /// Whether the reader may propose now.
    #[must_use]
    pub fn may_propose(&self) -> bool {
        self.speaker.is_some() && self.is_open()
    }
}

/// Address of somebody's goals in a cycle.
#[must_use]
pub fn sheet_href(cycle: &str, no: &str) -> String {
    format!("/cycles/{}/people/{}/goals", escape(cycle), escape(no))
}

/// The page of a goal sheet.
#[derive(Serialize)]
pub struct Show {
    waits: String,
    signal: &'static str,
    versions: Vec<Version>,
    open: Option<Open>,
    pub answer: Option<FormView>,
    propose: Option<String>,
    propose_word: &'static str,
    notes: Option<String>,
    check_in: Option<String>,
    past: Vec<Past>,
}

#[derive(Serialize)]
struct Version {
    heading: String,
    reason: Option<String>,
    employee: Chip,
    manager: Chip,
    lines: Vec<Line>,
    others: Vec<Other>,
}

/// A line of the sheet with what it came to so far.
#[derive(Serialize)]
struct Line {
    name: String,
    /// The course of the figure, down to its rows; of one's own figures alone.
    href: Option<String>,
    of_team: bool,
    weight: String,
    baseline: Option<String>,
    steps: String,
    unit: &'static str,
    now: Option<String>,
    points: Option<String>,
    none: Option<String>,
    serves: Option<String>,
}

#[derive(Serialize)]
struct Other {
    name: String,
    why: String,
    key_results: Vec<String>,
    serves: Option<String>,
    /// In a comparison: what is different, as a word.
    change: Option<&'static str>,
    signal: &'static str,
}

/// The proposal that waits, beside what it is to replace.
#[derive(Serialize)]
struct Open {
    title: String,
    reason: String,
    lines: Vec<Compared>,
    others: Vec<Other>,
}

/// A line as it is and as it is proposed; what is different is marked.
#[derive(Serialize)]
struct Compared {
    name: String,
    of_team: bool,
    unit: &'static str,
    weight_now: Option<String>,
    weight_then: Option<String>,
    weight_differs: bool,
    steps_now: Option<String>,
    steps_then: Option<String>,
    steps_differ: bool,
    serves: Option<String>,
    change: Option<&'static str>,
    signal: &'static str,
}

#[derive(Serialize)]
struct Past {
    at: String,
    by: String,
    from: String,
    standing: &'static str,
    reason: String,
    answer: String,
    lines: Vec<String>,
}

fn side_chip(locale: Locale, agreed: bool, side: Side) -> Chip {
    let key = match (side, agreed) {
        (Side::Employee, true) => "goals-employee-agreed",
        (Side::Employee, false) => "goals-employee-open",
        (Side::Manager, true) => "goals-manager-agreed",
        (Side::Manager, false) => "goals-manager-open",
    };
    Chip {
        signal: if agreed { "is-good" } else { "is-watch" },
        word: plain(locale, key).to_string(),
    }
}

fn standing_word(locale: Locale, standing: Standing) -> &'static str {
    plain(
        locale,
        match standing {
            Standing::Open => "proposal-open",
            Standing::Accepted => "proposal-accepted",
            Standing::Countered => "proposal-countered",
            Standing::Declined => "proposal-declined",
            Standing::Withdrawn => "proposal-withdrawn",
        },
    )
}

fn serves(locale: Locale, goals: &TeamGoals, id: Option<i64>) -> Option<String> {
    let (name, zh, en) = goals.get(&id?)?;
    let slots = [("goal", name.into()), ("team", locale.pick(zh, en).into())];
    Some(text(locale, "goals-serves", &slots))
}

/// The name of the person, as the page's language has it.
fn name_of(locale: Locale, staff: &Staff) -> &str {
    locale.pick(&staff.name, &staff.name_en)
}

/// Who is awaited, in a sentence, and how pressing it is.
fn waits(who: &Who, known: &Known) -> (String, &'static str) {
    let locale = who.locale;
    let sheet = &known.sheet;
    let side = known.speaker.map(|speaker| speaker.side);
    let awaited = match sheet.open() {
        Some(open) if open.by == Side::Employee => Some(Side::Manager),
        Some(_) => Some(Side::Employee),
        None if sheet
            .versions
            .iter()
            .any(|v| v.employee_agreed_at.is_none()) =>
        {
            Some(Side::Employee)
        }
        None if !sheet.is_agreed() => Some(Side::Manager),
        None => None,
    };
    let name = [("name", name_of(locale, &known.staff).into())];
    match awaited {
        None => (plain(locale, "goals-agreed").to_string(), "is-good"),
        Some(_) if !known.is_open() => (plain(locale, "goals-never-agreed").to_string(), "is-bad"),
        Some(awaited) if Some(awaited) == side => {
            (plain(locale, "goals-wait-for-you").to_string(), "is-watch")
        }
        Some(Side::Employee) => (text(locale, "goals-wait-for", &name), "is-watch"),
        Some(Side::Manager) => (text(locale, "goals-wait-for-manager-of", &name), "is-watch"),
    }
}

/// The page.
#[must_use]
pub fn show(who: &Who, known: &Known) -> Show {
    let locale = who.locale;
    let (waits, signal) = waits(who, known);
    let here = known.here();
    let propose_word = match known.sheet.open() {
        Some(open) if known.speaker.is_some_and(|s| s.side != open.by) => "goals-counter",
        Some(_) => "goals-propose-anew",
        None if known.sheet.is_agreed() => "goals-revise",
        None => "goals-propose",
    };
    let no = escape(&known.staff.employee_no);
    let others_speak = known.speaker.is_some_and(|s| s.side == Side::Manager);
    Show {
        waits,
        signal,
        versions: known
            .sheet
            .versions
            .iter()
            .enumerate()
            .map(|(at, version)| {
                let figures = known.figures.get(at).map_or(&[][..], Vec::as_slice);
                version_view(locale, known, version, figures)
            })
            .collect(),
        open: known.sheet.open().map(|open| open_view(who, known, open)),
        answer: answer_form(who, known),
        propose: known.may_propose().then(|| format!("{here}/propose")),
        propose_word: plain(locale, propose_word),
        notes: known.keeps_notes.then(|| format!("/people/{no}/notes")),
        check_in: (known.keeps_notes && known.cycle.state == State::Tracking)
            .then(|| format!("/people/{no}/notes/new?kind=check_in"))
            .filter(|_| others_speak || known.speaker.is_some()),
        past: known
            .sheet
            .proposals
            .iter()
            .filter(|proposal| proposal.standing != Standing::Open)
            .map(|proposal| past(who, known, proposal))
            .collect(),
    }
}

/// Where the course of a figure of the quarter is shown.
fn measure_href(known: &Known, measure: Measure) -> String {
    format!(
        "/people/{}/measures/{}?quarter={}",
        escape(&known.staff.employee_no),
        measure.code(),
        Quarter::from_index(known.cycle.quarter).code()
    )
}

fn version_view(
    locale: Locale,
    known: &Known,
    version: &SheetVersion,
    figures: &[ItemResult],
) -> Version {
    let slots = [
        ("no", i64::from(version.version_no).into()),
        ("from", version.from.to_string().into()),
        ("to", version.to.to_string().into()),
    ];
    Version {
        heading: text(locale, "goals-version", &slots),
        reason: Some(version.reason.clone()).filter(|reason| !reason.is_empty()),
        employee: side_chip(locale, version.employee_agreed_at.is_some(), Side::Employee),
        manager: side_chip(locale, version.manager_agreed_at.is_some(), Side::Manager),
        lines: version
            .items
            .iter()
            .filter_map(|item| {
                let kpi = known.cycle.rules.kpi(&item.kpi)?;
                let gauge = Gauge::of(kpi, locale);
                let result = figures
                    .iter()
                    .find(|r| r.kpi == item.kpi && r.subject == item.subject);
                let figure = result.and_then(|r| r.figure);
                let read = gauge.read(figure.as_ref());
                let written = |estimate: &crate::goals::model::Estimate| {
                    let value = estimate.value?;
                    Some(format!("{} {}", gauge.full(value), gauge.bracket(estimate)))
                };
                Some(Line {
                    name: gauge.name.to_string(),
                    href: kpi
                        .measure
                        .filter(|_| item.subject == Subject::Own)
                        .map(|measure| measure_href(known, measure)),
                    of_team: item.subject == Subject::Team,
                    weight: weight(locale, item.weight_bp),
                    baseline: written(&gauge.estimate(item.baseline.as_ref())),
                    steps: gauge.steps(&item.aim),
                    unit: gauge.unit().trim(),
                    now: written(&read.estimate),
                    points: result.and_then(|r| r.points_h).map(hundredths),
                    none: gauge.why_not(read.status, read.estimate.n),
                    serves: serves(locale, &known.team_goals, item.team_goal_id),
                })
            })
            .collect(),
        others: version
            .qualitative
            .iter()
            .map(|goal| other(locale, known, goal, None))
            .collect(),
    }
}

/// A goal without a figure; `change`: the key of a word and its signal.
fn other(
    locale: Locale,
    known: &Known,
    goal: &Qualitative,
    change: Option<(&'static str, &'static str)>,
) -> Other {
    Other {
        name: goal.name.clone(),
        why: goal.why.clone(),
        key_results: goal.key_results.clone(),
        serves: serves(locale, &known.team_goals, goal.team_goal_id),
        change: change.map(|(key, _)| plain(locale, key)),
        signal: change.map_or("", |(_, signal)| signal),
    }
}

/// Who made a proposal, by name where there is one.
fn proposer(locale: Locale, known: &Known, proposal: &Proposal) -> String {
    match (&proposal.proposer, proposal.by) {
        (Some((zh, en)), _) => locale.pick(zh, en).to_string(),
        (None, Side::Employee) => name_of(locale, &known.staff).to_string(),
        (None, Side::Manager) => proposal.proposed_by.clone(),
    }
}

const NEW: (&str, &str) = ("goals-new", "is-good");
const GONE: (&str, &str) = ("goals-gone", "is-bad");
const CHANGED: (&str, &str) = ("goals-changed", "is-watch");

fn open_view(who: &Who, known: &Known, open: &Proposal) -> Open {
    let locale = who.locale;
    let slots = [
        ("by", proposer(locale, known, open).into()),
        ("at", moment(who, open.created_at).into()),
        ("from", open.valid_from.to_string().into()),
    ];
    let now = known
        .sheet
        .change(&known.cycle, open.valid_from)
        .map(|change| terms_of(&known.sheet.versions[change.at()]))
        .unwrap_or_default();
    Open {
        title: text(locale, "goals-proposed-by", &slots),
        reason: open.reason.clone(),
        lines: compare_lines(locale, known, &now, &open.terms),
        others: compare_others(locale, known, &now, &open.terms),
    }
}

/// Each line of either side: those proposed in their order, then those that would go.
fn compare_lines(locale: Locale, known: &Known, now: &Terms, then: &Terms) -> Vec<Compared> {
    let same = |a: &Item, b: &Item| a.line.kpi == b.line.kpi && a.line.subject == b.line.subject;
    let before = |item: &Item| now.items.iter().find(|old| same(old, item));
    let proposed = then.items.iter().map(|item| (before(item), Some(item)));
    let going = now
        .items
        .iter()
        .filter(|old| !then.items.iter().any(|item| same(old, item)))
        .map(|old| (Some(old), None));
    proposed
        .chain(going)
        .filter_map(|(old, new)| {
            let shown = new.or(old)?;
            let kpi = known.cycle.rules.kpi(&shown.line.kpi)?;
            let gauge = Gauge::of(kpi, locale);
            let part = |item: Option<&Item>| {
                (
                    item.map(|i| weight(locale, i.line.weight_bp)),
                    item.map(|i| gauge.steps(&i.line.aim)),
                )
            };
            let ((weight_now, steps_now), (weight_then, steps_then)) = (part(old), part(new));
            let change = match (old, new) {
                (None, _) => Some(NEW),
                (_, None) => Some(GONE),
                (Some(old), Some(new)) => (old != new).then_some(CHANGED),
            };
            Some(Compared {
                name: gauge.name.to_string(),
                of_team: shown.line.subject == Subject::Team,
                unit: gauge.unit().trim(),
                weight_differs: weight_now != weight_then,
                steps_differ: steps_now != steps_then,
                weight_now,
                weight_then,
                steps_now,
                steps_then,
                serves: serves(locale, &known.team_goals, shown.team_goal_id),
                change: change.map(|(key, _)| plain(locale, key)),
                signal: change.map_or("", |(_, signal)| signal),
            })
        })
        .collect()
}

fn compare_others(locale: Locale, known: &Known, now: &Terms, then: &Terms) -> Vec<Other> {
    let proposed = then.qualitative.iter().map(|goal| {
        let before = now.qualitative.iter().find(|old| old.name == goal.name);
        let change = match before {
            None => Some(NEW),
            Some(old) => (old != goal).then_some(CHANGED),
        };
        other(locale, known, goal, change)
    });
    let going = now
        .qualitative
        .iter()
        .filter(|old| !then.qualitative.iter().any(|goal| goal.name == old.name))
        .map(|old| other(locale, known, old, Some(GONE)));
    proposed.chain(going).collect()
}

fn past(who: &Who, known: &Known, proposal: &Proposal) -> Past {
    let locale = who.locale;
    let line = |item: &Item| {
        let kpi = known.cycle.rules.kpi(&item.line.kpi)?;
        let gauge = Gauge::of(kpi, locale);
        let (weight, steps) = (
            weight(locale, item.line.weight_bp),
            gauge.steps(&item.line.aim),
        );
        Some(format!("{} · {weight} · {steps}", gauge.name))
    };
    let others = proposal.terms.qualitative.iter().map(|g| g.name.clone());
    Past {
        at: moment(who, proposal.created_at),
        by: proposer(locale, known, proposal),
        from: proposal.valid_from.to_string(),
        standing: standing_word(locale, proposal.standing),
        reason: proposal.reason.clone(),
        answer: proposal.answer.clone(),
        lines: proposal
            .terms
            .items
            .iter()
            .filter_map(line)
            .chain(others)
            .collect(),
    }
}

/// What the reader may answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accept,
    Decline,
    Withdraw,
    /// To the sheet as it stands.
    Agree,
}

impl Answer {
    const ALL: [Answer; 4] = [
        Answer::Accept,
        Answer::Decline,
        Answer::Withdraw,
        Answer::Agree,
    ];

    fn code(self) -> &'static str {
        match self {
            Answer::Accept => "accept",
            Answer::Decline => "decline",
            Answer::Withdraw => "withdraw",
            Answer::Agree => "agree",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Answer::Accept => "goals-accept",
            Answer::Decline => "goals-decline",
            Answer::Withdraw => "goals-withdraw",
            Answer::Agree => "goals-agree",
        }
    }

    /// The answer of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Answer> {
        Answer::ALL.into_iter().find(|answer| answer.code() == code)
    }
}

/// The answers that are open to the reader.
#[must_use]
pub fn answers(known: &Known) -> &'static [Answer] {
    let Some(speaker) = known.speaker.filter(|_| known.is_open()) else {
        return &[];
    };
    let mine = |v: &SheetVersion| match speaker.side {
        Side::Employee => v.employee_agreed_at.is_some(),
        Side::Manager => v.manager_agreed_at.is_some(),
    };
    match known.sheet.open() {
        Some(open) if open.by == speaker.side => &[Answer::Withdraw],
        Some(_) => &[Answer::Accept, Answer::Decline],
        None if known.sheet.versions.iter().all(mine) => &[],
        None => &[Answer::Agree],
    }
}

fn answer_form(who: &Who, known: &Known) -> Option<FormView> {
    let word = |key| plain(who.locale, key);
    let answers = answers(known);
    let mut fields = Vec::new();
    let submit = match answers {
        [] => return None,
        [one] => {
            fields.push(Field::new("hidden", "answer", "", one.code()));
            one.key()
        }
        several => {
            let options = several
                .iter()
                .map(|a| (a.code().to_string(), word(a.key()).to_string()));
            fields.push(
                Field::new("radio", "answer", word("goals-answer"), several[0].code())
                    .options(options),
            );
            "goals-send-answer"
        }
    };
    let words = Field::new("textarea", "words", word("goals-words"), "");
    if known.in_place {
        fields.push(words.hint(word("goals-words-in-place")));
    } else if answers.len() > 1 {
        fields.push(words.optional().hint(word("goals-words-hint")));
    }
    let action = format!("{}/answer", known.here());
    Some(FormView::new(who, action, submit, fields).version(known.sheet.row_version))
}

/// The form of a proposal, whose fields the page lays out in rows.
#[derive(Serialize)]
pub struct Propose {
    form: FormView,
    head: Vec<Field>,
    lines: Vec<Vec<Field>>,
    others: Vec<Vec<Field>>,
    whole: String,
}

/// Fields of a line.
const LINE: usize = 7;

/// Fields of a goal without a figure.
const OTHER: usize = 4;

/// The days from which a proposal may hold: the versions that are not agreed, each from its first day, or any later
/// day of an agreed one.
fn from_field(locale: Locale, known: &Known, day: &str) -> Field {
    let open: Vec<&SheetVersion> = known.sheet.versions.iter().filter(|v| !v.agreed).collect();
    let label = plain(locale, "goals-from");
    match open[..] {
        [] => Field::new("date", "from", label, day).hint(plain(locale, "goals-from-hint")),
        [one] => Field::new("hidden", "from", "", &one.from.to_string()),
        _ => Field::new("select", "from", label, day).options(open.iter().map(|version| {
            let slots = [
                ("no", i64::from(version.version_no).into()),
                ("from", version.from.to_string().into()),
                ("to", version.to.to_string().into()),
            ];
            (
                version.from.to_string(),
                text(locale, "goals-version", &slots),
            )
        })),
    }
}

/// The first day that the form offers: of what is not agreed yet its own, else today.
#[must_use]
pub fn first_day(who: &Who, known: &Known) -> String {
    let open = known.sheet.versions.iter().find(|v| !v.agreed);
    let day = open.map_or_else(
        || {
            who.site
                .today()
                .clamp(known.cycle.starts_on, known.cycle.ends_on)
        },
        |version| version.from,
    );
    day.to_string()
}

/// The form, filled with what is proposed, else with what holds.
#[must_use]
pub fn propose_form(who: &Who, known: &Known) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let first = first_day(who, known);
    let (day, terms) = match known.sheet.open() {
        Some(open) => (open.valid_from.to_string(), open.terms.clone()),
        None => {
            let at = first
                .parse()
                .ok()
                .and_then(|day| known.sheet.change(&known.cycle, day));
            let version = match at {
                Some(change) => known.sheet.versions.get(change.at()),
                None => known.sheet.versions.last(),
            };
            (first, version.map(terms_of).unwrap_or_default())
        }
    };
    let reason = Field::new("textarea", "reason", word("goals-reason"), "");
    let must_say = known.sheet.is_agreed() || known.in_place;
    let reason = if must_say {
        reason.hint(word("goals-reason-hint"))
    } else {
        reason.optional()
    };
    let mut fields = vec![from_field(locale, known, &day), reason];
    let kpis = kpi_options(locale, known);
    let team_goals = team_goal_options(locale, &known.team_goals);
    for at in 0..*ITEMS.end() {
        fields.extend(line_fields(
            locale,
            at,
            terms.items.get(at),
            &kpis,
            &team_goals,
        ));
    }
    for at in 0..OTHERS {
        let goal = terms.qualitative.get(at);
        fields.extend(other_fields(locale, at, goal, &team_goals));
    }
    let action = format!("{}/propose", known.here());
    FormView::new(who, action, "goals-send", fields).version(known.sheet.row_version)
}

/// A choice of what a line is about: `sla`, or `sla@team` of the team.
#[must_use]
pub fn kpi_code(item: &PlannedItem) -> String {
    match item.subject {
        Subject::Own => item.kpi.clone(),
        Subject::Team => format!("{}@team", item.kpi),
    }
}

fn kpi_options(locale: Locale, known: &Known) -> Vec<(String, String)> {
    let leads = known
        .sheet
        .versions
        .iter()
        .flat_map(|v| &v.items)
        .any(|item| item.subject == Subject::Team);
    let name = |kpi: &Kpi| {
        let gauge = Gauge::of(kpi, locale);
        match gauge.unit().trim() {
            "" => gauge.name.to_string(),
            unit => format!("{} ({unit})", gauge.name),
        }
    };
    let mut options = vec![(String::new(), plain(locale, "goals-no-line").to_string())];
    for kpi in &known.cycle.rules.kpis {
        options.push((kpi.code.clone(), name(kpi)));
        if leads && !matches!(kpi.measure, Some(Measure::Median(_))) {
            let of_team = format!("{} · {}", name(kpi), plain(locale, "of-team"));
            options.push((format!("{}@team", kpi.code), of_team));
        }
    }
    options
}

fn team_goal_options(locale: Locale, goals: &TeamGoals) -> Vec<(String, String)> {
    let none = (
        String::new(),
        plain(locale, "goals-serves-none").to_string(),
    );
    let all = goals
        .iter()
        .map(|(id, (name, zh, en))| (id.to_string(), format!("{} · {name}", locale.pick(zh, en))));
    [none].into_iter().chain(all).collect()
}

/// Field labels of a line's four values: of steps the first three, of a band all.
const MARKS: [(&str, &str); 4] = [
    ("a", "goals-mark-a"),
    ("b", "goals-mark-b"),
    ("c", "goals-mark-c"),
    ("d", "goals-mark-d"),
];

fn line_fields(
    locale: Locale,
    at: usize,
    item: Option<&Item>,
    kpis: &[(String, String)],
    team_goals: &[(String, String)],
) -> Vec<Field> {
    let label = |key| {
        let slots = [
            ("n", (at as i64 + 1).into()),
            ("what", plain(locale, key).into()),
        ];
        text(locale, "goals-line-field", &slots)
    };
    let kpi = item.map_or_else(String::new, |i| kpi_code(&i.line));
    let bp = item.map_or_else(String::new, |i| unscaled(i.line.weight_bp, 2));
    let marks = item.map_or_else(Vec::new, |i| marks(&i.line.aim));
    let mut fields = vec![
        Field::new("select", &format!("kpi_{at}"), &label("goals-kpi"), &kpi)
            .options(kpis.iter().cloned()),
        Field::new(
            "number",
            &format!("weight_{at}"),
            &label("goals-weight"),
            &bp,
        ),
    ];
    for (mark, (code, key)) in MARKS.into_iter().enumerate() {
        let value = marks
            .get(mark)
            .map_or_else(String::new, |u| unscaled(*u, 6));
        fields.push(Field::new(
            "number",
            &format!("{code}_{at}"),
            &label(key),
            &value,
        ));
    }
    let serves = item.and_then(|i| i.team_goal_id);
    let serves = serves.map_or_else(String::new, |id| id.to_string());
    fields.push(
        Field::new(
            "select",
            &format!("serves_{at}"),
            &label("goals-team-goal"),
            &serves,
        )
        .options(team_goals.iter().cloned()),
    );
    fields
}

fn other_fields(
    locale: Locale,
    at: usize,
    goal: Option<&Qualitative>,
    team_goals: &[(String, String)],
) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let of = |read: fn(&Qualitative) -> String| goal.map_or_else(String::new, read);
    let serves = of(|g| g.team_goal_id.map_or_else(String::new, |id| id.to_string()));
    let mut results = Field::new(
        "textarea",
        &format!("other_results_{at}"),
        word("goals-key-results"),
        &of(|g| g.key_results.join("\n")),
    )
    .hint(word("goals-key-results-hint"))
    .optional();
    results.rows = 3;
    vec![
        Field::new(
            "text",
            &format!("other_name_{at}"),
            word("goals-other-name"),
            &of(|g| g.name.clone()),
        )
        .optional(),
        Field::new(
            "text",
            &format!("other_why_{at}"),
            word("goals-why"),
            &of(|g| g.why.clone()),
        )
        .optional(),
        results,
        Field::new(
            "select",
            &format!("other_serves_{at}"),
            word("goals-team-goal"),
            &serves,
        )
        .options(team_goals.iter().cloned()),
    ]
}

impl Propose {
    /// Lays the fields of a form out in rows.
    #[must_use]
    pub fn of(locale: Locale, mut form: FormView) -> Propose {
        let mut fields = std::mem::take(&mut form.fields).into_iter();
        let head: Vec<Field> = fields.by_ref().take(2).collect();
        let mut rows = |count: usize, length: usize| -> Vec<Vec<Field>> {
            (0..count)
                .map(|_| fields.by_ref().take(length).collect())
                .collect()
        };
        Propose {
            lines: rows(*ITEMS.end(), LINE),
            others: rows(OTHERS, OTHER),
            head,
            whole: weight(locale, WHOLE_BP),
            form,
        }
    }
}
