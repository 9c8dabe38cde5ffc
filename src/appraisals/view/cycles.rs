//! The list of cycles, the board of one, the people in it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::board::{Listed, Progress};
use crate::appraisals::store::cycles::{Cycle, Step, wanted_for};
use crate::appraisals::store::people::{Filter, Missing, Row};
use crate::appraisals::store::sheets::Lack;
use crate::i18n::{Locale, hundredths, plain, text};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, ON_A_PAGE, Slice};
use crate::web::site::escape;

/// A word that stands out, with the class of its signal.
#[derive(Serialize)]
pub struct Chip {
    pub signal: &'static str,
    pub word: String,
}

/// The name of a state.
#[must_use]
pub fn state_name(locale: Locale, state: State) -> &'static str {
    plain(locale, &format!("state-{}", state.code().replace('_', "-")))
}

/// The list of cycles.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<CycleRow>,
    may_run: bool,
}

#[derive(Serialize)]
struct CycleRow {
    code: String,
    href: String,
    from: String,
    to: String,
    state: Chip,
    people: String,
    left: Option<Chip>,
}

/// A page of the list, with the people of each cycle and the deadlines.
#[must_use]
pub fn list(
    who: &Who,
    slice: Slice<Listed>,
    counted: i64,
    people: &BTreeMap<i64, i64>,
    due: &BTreeMap<(i64, State), NaiveDate>,
) -> List {
    let list = ListView::new(who, "/cycles", &[], &slice, counted, |row| {
        (row.ends_on.to_string(), row.id)
    })
    .export(&[]);
    let today = who.site.today();
    List {
        list,
        rows: slice
            .rows
            .iter()
            .map(|row| {
                let state = State::parse(&row.state);
                let deadline = state.and_then(|s| due.get(&(row.id, s)));
                CycleRow {
                    code: row.code.clone(),
                    href: format!("/cycles/{}", escape(&row.code)),
                    from: row.starts_on.to_string(),
                    to: row.ends_on.to_string(),
                    state: state_chip(who.locale, state),
                    people: people.get(&row.id).copied().unwrap_or_default().to_string(),
                    left: deadline.map(|day| days_left(who.locale, today, *day)),
                }
            })
            .collect(),
        may_run: who.may(Permission::RunCycles),
    }
}

fn state_chip(locale: Locale, state: Option<State>) -> Chip {
    Chip {
        signal: match state {
            Some(State::Closed) => "is-good",
            Some(State::Draft) | None => "is-unknown",
            Some(_) => "is-watch",
        },
        word: state.map_or_else(String::new, |s| state_name(locale, s).to_string()),
    }
}

/// How long it is to a deadline, or how long it is past.
fn days_left(locale: Locale, today: NaiveDate, day: NaiveDate) -> Chip {
    let days = (day - today).num_days();
    let (signal, key) = match days {
        ..0 => ("is-bad", "deadline-past"),
        0..=3 => ("is-watch", "deadline-left"),
        _ => ("is-unknown", "deadline-left"),
    };
    Chip {
        signal,
        word: text(locale, key, &[("n", days.abs().into())]),
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Listed], people: &BTreeMap<i64, i64>) -> Vec<Vec<String>> {
    let head = [
        "cycle",
        "cycle-from",
        "cycle-to",
        "cycle-state",
        "cycle-people",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        vec![
            row.code.clone(),
            row.starts_on.to_string(),
            row.ends_on.to_string(),
            State::parse(&row.state)
                .map_or("", |s| state_name(locale, s))
                .to_string(),
            people.get(&row.id).copied().unwrap_or_default().to_string(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// The form of a new cycle.
#[must_use]
pub fn new_cycle(who: &Who, templates: &[String]) -> FormView {
    let word = |key| plain(who.locale, key);
    let fields = vec![
        Field::new("text", "quarter", word("cycle-quarter"), "").hint(word("cycle-quarter-hint")),
        Field::new(
            "select",
            "template",
            word("template"),
            templates.first().map_or("", String::as_str),
        )
        .options(templates.iter().map(|code| (code.clone(), code.clone()))),
    ];
    FormView::new(who, "/cycles/new", "cycle-make", fields)
}

/// Who keeps a cycle from a step, from a number on.
pub struct Lacking {
    pub step: State,
    pub lack: Lack,
    pub count: i64,
    /// Number and names; one more than a page where there are more.
    pub people: Vec<(String, String, String)>,
}

/// Everything the board shows.
pub struct Board {
    pub cycle: Cycle,
    pub steps: Vec<Step>,
    pub due: Vec<(State, NaiveDate)>,
    pub progress: Progress,
    pub lacks: Vec<Lacking>,
}

/// The board of a cycle.
#[derive(Serialize)]
pub struct BoardView {
    code: String,
    from: String,
    to: String,
    template: String,
    state: Chip,
    steps: Vec<StepView>,
    taken: Vec<Taken>,
    facts: Vec<Fact>,
    lacks: Vec<LackView>,
    people_href: Option<String>,
    links: Vec<Link>,
    pub advance: Option<FormView>,
    pub deadlines: Option<FormView>,
    /// The address that takes in whoever has come since, where that is possible.
    plan: Option<String>,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct StepView {
    text: &'static str,
    state: &'static str,
    note: Option<String>,
}

/// A step as it was taken.
#[derive(Serialize)]
struct Taken {
    state: &'static str,
    at: String,
    by: String,
    reason: String,
    forced: bool,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// A page of the cycle's that is reached from its board.
#[derive(Serialize)]
struct Link {
    text: &'static str,
    href: String,
}

/// The pages of a cycle that the reader may open, beside its people.
fn links(who: &Who, cycle: &Cycle) -> Vec<Link> {
    let code = escape(&cycle.code);
    let mut links = Vec::new();
    let mut link = |key, href| {
        links.push(Link {
            text: plain(who.locale, key),
            href,
        });
    };
    if who.account.leads && cycle.state > State::Draft {
        link("team-goals-of-mine", format!("/my-team/goals?cycle={code}"));
    }
    if cycle.state.is_frozen() {
        if who.may(Permission::ViewFairness) {
            link("fairness-title", format!("/cycles/{code}/fairness"));
        }
        link("calibration-title", format!("/cycles/{code}/calibration"));
    }
    if cycle.state >= State::Feedback && (who.may(Permission::RunCycles) || who.account.leads) {
        link("release-title", format!("/cycles/{code}/release"));
    }
    let reads = who
        .reach(Permission::ViewResults)
        .is_some_and(|reach| who.account.leads || reach.is_beyond_line());
    if reads && cycle.rules.reviews && cycle.state >= State::Evaluation {
        link("reviews-title", format!("/cycles/{code}/reviews"));
    }
    links
}

#[derive(Serialize)]
struct LackView {
    title: String,
    people: Vec<Named>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Named {
    no: String,
    name: String,
    href: String,
}

/// The field of a state's deadline.
#[must_use]
pub fn due_field(state: State) -> String {
    format!("due_{}", state.code())
}

/// The board of a cycle.
#[must_use]
pub fn board(who: &Who, board: &Board) -> BoardView {
    let locale = who.locale;
    let cycle = &board.cycle;
    let here = format!("/cycles/{}", escape(&cycle.code));
    let today = who.site.today();
    let due = |state: State| board.due.iter().find(|(s, _)| *s == state).map(|d| d.1);
    let may_run = who.may(Permission::RunCycles);
    let people_href = who
        .may(Permission::ViewResults)
        .then(|| format!("{here}/people"));
    let open = may_run && cycle.state < State::Closed;
    BoardView {
        from: cycle.starts_on.to_string(),
        to: cycle.ends_on.to_string(),
        template: locale
            .pick(&cycle.rules.name_zh, &cycle.rules.name_en)
            .to_string(),
        state: state_chip(locale, Some(cycle.state)),
        steps: State::ALL
            .into_iter()
            .map(|state| StepView {
                text: state_name(locale, state),
                state: match state.cmp(&cycle.state) {
                    std::cmp::Ordering::Less => "done",
                    std::cmp::Ordering::Equal => "current",
                    std::cmp::Ordering::Greater => "todo",
                },
                note: note(who, board, state, due(state), today),
            })
            .collect(),
        taken: board
            .steps
            .iter()
            .map(|step| Taken {
                state: State::parse(&step.state).map_or("", |s| state_name(locale, s)),
                at: moment(who, step.entered_at),
                by: step.entered_by.clone(),
                reason: step.reason.clone(),
                forced: step.forced,
            })
            .collect(),
        facts: facts(locale, board, people_href.as_deref()),
        lacks: board
            .lacks
            .iter()
            .filter(|lacking| lacking.count > 0)
            .map(|lacking| lack_view(locale, &cycle.code, lacking))
            .collect(),
        advance: open.then(|| advance_form(who, board)),
        deadlines: open.then(|| {
            let fields = State::ALL
                .into_iter()
                .filter(|state| *state < State::Closed)
                .map(|state| {
                    let day = due(state).map_or_else(String::new, |day| day.to_string());
                    let label = text(
                        locale,
                        "deadline-of",
                        &[("state", state_name(locale, state).into())],
                    );
                    Field::new("date", &due_field(state), &label, &day).optional()
                })
                .collect();
            FormView::new(who, format!("{here}/deadlines"), "save", fields)
                .version(cycle.row_version)
        }),
        plan: (open && cycle.state > State::Draft && !cycle.state.is_frozen())
            .then(|| format!("{here}/plan")),
        code: cycle.code.clone(),
        people_href,
        links: links(who, cycle),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

/// When a state was entered and by whom, or by when it is to be left.
fn note(
    who: &Who,
    board: &Board,
    state: State,
    due: Option<NaiveDate>,
    today: NaiveDate,
) -> Option<String> {
    let entered = board
        .steps
        .iter()
        .find(|s| s.state == state.code())
        .map(|s| format!("{} · {}", local_day(who, s.entered_at), s.entered_by));
    let due = due.filter(|_| state >= board.cycle.state).map(|day| {
        let key = if state == board.cycle.state && day < today {
            "deadline-overdue"
        } else {
            "deadline-until"
        };
        text(who.locale, key, &[("day", day.to_string().into())])
    });
    match (entered, due) {
        (Some(entered), Some(due)) => Some(format!("{entered} · {due}")),
        (entered, due) => entered.or(due),
    }
}

fn local_day(who: &Who, at: chrono::NaiveDateTime) -> NaiveDate {
    who.site.settings.zone.local_date(at)
}

/// A moment where the organisation is: `2026-10-05 16:00`.
#[must_use]
pub fn moment(who: &Who, at: chrono::NaiveDateTime) -> String {
    let zone = &who.site.settings.zone;
    zone.local(at).format("%Y-%m-%d %H:%M").to_string()
}

fn facts(locale: Locale, board: &Board, people: Option<&str>) -> Vec<Fact> {
    let p = &board.progress;
    let fact = |key, value: String, query: &str| Fact {
        name: plain(locale, key),
        value,
        href: people
            .filter(|_| !query.is_empty())
            .map(|href| format!("{href}{query}")),
    };
    let of = |n: i64, all: i64| format!("{n} / {all}");
    let mut facts = vec![
        fact("cycle-people", p.people.to_string(), "?missing="),
        fact(
            "cycle-with-sheet",
            of(p.with_sheet, p.people),
            "?missing=sheet",
        ),
    ];
    if board.cycle.rules.wants_agreement {
        let agreed = of(p.agreed, p.with_sheet);
        facts.push(fact("cycle-agreed", agreed, "?missing=agreement"));
    }
    if p.excused > 0 {
        facts.push(fact("cycle-excused", p.excused.to_string(), ""));
    }
    if board.cycle.state.is_frozen() {
        facts.push(fact("cycle-rated", of(p.rated, p.people), "?missing=total"));
        facts.push(fact("cycle-released", of(p.released, p.people), ""));
    }
    facts
}

fn lack_view(locale: Locale, code: &str, lacking: &Lacking) -> LackView {
    let key = match lacking.lack {
        Lack::Agreement => "board-lacks-agreement",
        Lack::CheckIns => "board-lacks-check-ins",
        Lack::Review => "board-lacks-review",
    };
    let more = lacking.people.len() as i64 > ON_A_PAGE;
    let shown = &lacking.people[..lacking.people.len().min(ON_A_PAGE as usize)];
    LackView {
        title: text(
            locale,
            key,
            &[
                ("n", lacking.count.into()),
                ("state", state_name(locale, lacking.step).into()),
            ],
        ),
        next: shown
            .last()
            .filter(|_| more)
            .map(|(no, ..)| format!("/cycles/{}?after={}", escape(code), escape(no))),
        people: shown
            .iter()
            .map(|(no, zh, en)| Named {
                no: no.clone(),
                name: locale.pick(zh, en).to_string(),
                href: format!("/cycles/{}/people/{}", escape(code), escape(no)),
            })
            .collect(),
    }
}

fn advance_form(who: &Who, board: &Board) -> FormView {
    let locale = who.locale;
    let cycle = &board.cycle;
    let states = cycle.state.steps_to(State::Closed);
    let next = states.first().map_or("", |s| s.code());
    let lacking: i64 = board.lacks.iter().map(|lacking| lacking.count).sum();
    let choices = states
        .iter()
        .map(|s| (s.code().to_string(), state_name(locale, *s).to_string()));
    let mut fields = vec![
        Field::new("select", "to", plain(locale, "board-to"), next)
            .hint(plain(locale, "board-to-hint"))
            .options(choices),
        Field::new("textarea", "reason", plain(locale, "board-reason"), "")
            .hint(plain(locale, "board-reason-hint")),
    ];
    let anything =
        states.iter().any(|s| wanted_for(cycle, *s).is_some()) || cycle.state.is_frozen();
    if anything {
        let force = Field::new("checkbox", "force", plain(locale, "board-force"), "");
        fields.push(force.hint(text(locale, "board-force-hint", &[("n", lacking.into())])));
    }
    let action = format!("/cycles/{}/step", escape(&cycle.code));
    FormView::new(who, action, "board-advance", fields).version(cycle.row_version)
}

/// The people of a cycle.
#[derive(Serialize)]
pub struct People {
    list: ListView,
    rows: Vec<Person>,
    by_name: String,
    by_total: String,
    name_direction: &'static str,
    total_direction: &'static str,
}

#[derive(Serialize)]
struct Person {
    no: String,
    name: String,
    href: String,
    team: Option<String>,
    sheet: Chip,
    total: Option<String>,
    grade: Option<String>,
    note: Option<&'static str>,
    released: Option<String>,
}

/// Whether a row's result may be shown: the reader's own only once it is released.
fn shows_result(me: Option<i64>, row: &Row) -> bool {
    me != Some(row.staff_id) || row.released_at.is_some()
}

/// A page of the people of a cycle; `open` are the sheets that are not agreed by both sides.
#[must_use]
pub fn people(
    who: &Who,
    cycle: &Cycle,
    filter: &Filter,
    slice: Slice<Row>,
    counted: i64,
    open: &[i64],
) -> People {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let me = who.account.staff_id;
    let sort = if filter.by_total { "total" } else { "" };
    let query = [
        ("q", filter.q.as_str()),
        ("team", &filter.team),
        ("grade", &filter.grade),
        ("missing", filter.missing.code()),
        ("sort", sort),
    ];
    let action = format!("/cycles/{}/people", escape(&cycle.code));
    let all = (String::new(), word("cycle-every-grade").to_string());
    let grades = cycle
        .rules
        .grades
        .iter()
        .map(|g| (g.code.clone(), g.code.clone()));
    let missing = [
        (Missing::Anything, "cycle-missing-anything"),
        (Missing::Sheet, "cycle-missing-sheet"),
        (Missing::Agreement, "cycle-missing-agreement"),
        (Missing::Total, "cycle-missing-total"),
    ];
    let filters = vec![
        Field::new("text", "team", word("people-filter-team"), &filter.team).optional(),
        Field::new("select", "grade", word("cycle-grade"), &filter.grade)
            .options([all].into_iter().chain(grades)),
        Field::new(
            "select",
            "missing",
            word("cycle-missing"),
            filter.missing.code(),
        )
        .options(missing.map(|(m, key)| (m.code().to_string(), word(key).to_string()))),
        Field::new("hidden", "sort", "", sort),
    ];
    let list = ListView::new(who, &action, &query, &slice, counted, |row| {
        let key = if filter.by_total {
            row.total_h.unwrap_or_default().to_string()
        } else {
            row.sort_key.clone()
        };
        (key, row.staff_id)
    })
    .search(word("cycle-people-search"), &filter.q)
    .filters(filters)
    .export(&query);
    let sorted = |sort: &str| {
        let pairs: Vec<String> = query[..4]
            .iter()
            .chain(&[("sort", sort)])
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        format!("{action}?{}", pairs.join("&"))
    };
    People {
        by_name: sorted(""),
        by_total: sorted("total"),
        name_direction: if filter.by_total { "" } else { "ascending" },
        total_direction: if filter.by_total { "descending" } else { "" },
        rows: slice
            .rows
            .iter()
            .map(|row| {
                let shown = shows_result(me, row);
                Person {
                    no: row.employee_no.clone(),
                    name: locale.pick(&row.name, &row.name_en).to_string(),
                    href: format!("{action}/{}", escape(&row.employee_no)),
                    team: row
                        .team
                        .as_ref()
                        .map(|(_, zh, en)| locale.pick(zh, en).to_string()),
                    sheet: sheet_chip(locale, row.sheet_id, open),
                    total: row.total_h.filter(|_| shown).map(hundredths),
                    grade: row.grade.clone().filter(|_| shown),
                    note: standing_note(locale, row),
                    released: row.released_at.map(|at| local_day(who, at).to_string()),
                }
            })
            .collect(),
        list,
    }
}

fn standing_note(locale: Locale, row: &Row) -> Option<&'static str> {
    if row.excused_reason.is_some() {
        Some(plain(locale, "cycle-is-excused"))
    } else if row.included_reason.is_some() {
        Some(plain(locale, "cycle-is-included"))
    } else {
        None
    }
}

fn sheet_chip(locale: Locale, sheet: Option<i64>, open: &[i64]) -> Chip {
    let (signal, key) = match sheet {
        None => ("is-unknown", "sheet-none"),
        Some(id) if open.contains(&id) => ("is-watch", "sheet-open"),
        Some(_) => ("is-good", "sheet-agreed"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// The rows of the people's export; what `me` may not see yet of their own is left out.
#[must_use]
pub fn export_people(locale: Locale, me: Option<i64>, rows: &[Row]) -> Vec<Vec<String>> {
    let head = [
        "people-number",
        "people-name",
        "people-name-en",
        "people-team",
        "cycle-total",
        "cycle-grade",
        "cycle-released",
        "cycle-is-excused",
        "cycle-is-included",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        let shown = shows_result(me, row);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            row.employee_no.clone(),
            row.name.clone(),
            row.name_en.clone(),
            row.team.as_ref().map_or_else(String::new, |t| t.0.clone()),
            row.total_h
                .filter(|_| shown)
                .map_or_else(String::new, hundredths),
            text(&row.grade.clone().filter(|_| shown)),
            row.released_at
                .map_or_else(String::new, |at| at.to_string()),
            text(&row.excused_reason),
            text(&row.included_reason),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}
