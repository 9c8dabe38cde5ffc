//! What a reader sees of appeals.

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::outcome::AppealState;
use crate::appraisals::model::result::PersonResult;
use crate::appraisals::store::appeals::{Appeal, Listed, last_day_to_file};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::feedback::Place;
use crate::appraisals::store::reviews::write::FROZEN_BY_REVIEW;
use crate::appraisals::view::calibration::{AdjustmentView, ItemView, adjustments, items};
use crate::appraisals::view::cycles::{Chip, moment};
use crate::calendar::Zone;
use crate::error::Result;
use crate::i18n::{Locale, hundredths, plain, text};
use crate::people::store::Staff;
use crate::snapshots::{Snapshot, VersionHead};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The list of appeals.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    no: String,
    cycle: String,
    href: String,
    filed: String,
    due: String,
    state: Chip,
}

fn state_chip(locale: Locale, state: AppealState) -> Chip {
    let (signal, key) = match state {
        AppealState::Filed => ("is-bad", "appeal-filed"),
        AppealState::UnderReview => ("is-watch", "appeal-review"),
        AppealState::Upheld => ("is-good", "appeal-upheld"),
        AppealState::Amended => ("is-good", "appeal-amended"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// A page of appeals.
#[must_use]
pub fn list(who: &Who, state: Option<AppealState>, slice: Slice<Listed>, counted: i64) -> List {
    let locale = who.locale;
    let code = state.map_or("", AppealState::code);
    let query = [("state", code)];
    let all = (String::new(), plain(locale, "appeal-every").to_string());
    let choices = AppealState::ALL
        .into_iter()
        .map(|s| (s.code().to_string(), state_chip(locale, s).word));
    let filter = Field::new("select", "state", plain(locale, "appeal-state"), code)
        .options([all].into_iter().chain(choices));
    let list = ListView::new(who, "/appeals", &query, &slice, counted, |row| {
        (String::new(), row.id)
    })
    .filters(vec![filter])
    .export(&query);
    List {
        rows: slice
            .rows
            .iter()
            .map(|row| Row {
                name: locale.pick(&row.name, &row.name_en).to_string(),
                no: row.employee_no.clone(),
                cycle: row.cycle.clone(),
                href: format!(
                    "/cycles/{}/people/{}/appeal",
                    escape(&row.cycle),
                    escape(&row.employee_no)
                ),
                filed: who.site.settings.zone.local_date(row.filed_at).to_string(),
                due: row.due_on.to_string(),
                state: state_chip(locale, listed_state(row)),
            })
            .collect(),
        list,
    }
}

fn listed_state(row: &Listed) -> AppealState {
    AppealState::of(row.decision.as_deref(), row.reviewer_id)
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, zone: Zone, rows: &[Listed]) -> Vec<Vec<String>> {
    let head = [
        "cycle",
        "people-number",
        "people-name",
        "people-name-en",
        "appeal-filed-on",
        "appeal-due",
        "appeal-state",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        vec![
            row.cycle.clone(),
            row.employee_no.clone(),
            row.name.clone(),
            row.name_en.clone(),
            zone.local_date(row.filed_at).to_string(),
            row.due_on.to_string(),
            state_chip(locale, listed_state(row)).word,
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// Everything the page of an appeal is made of.
pub struct Appealed {
    pub cycle: Cycle,
    pub staff: Staff,
    pub place: Place,
    pub appeal: Option<Appeal>,
    /// Whether it is the reader's own result.
    pub own: bool,
    /// Whether the reader reaches the person's other pages.
    pub reached: bool,
    /// The newest version of the result, once it is released.
    pub result: Option<Snapshot>,
    pub history: Vec<VersionHead>,
    /// Number and names of the reviewer.
    pub reviewer: Option<(String, String, String)>,
}

/// An appeal.
#[derive(Serialize)]
pub struct Show {
    state: Option<Chip>,
    facts: Vec<Fact>,
    /// Why there is none and none can be filed.
    none: Option<String>,
    said: Vec<Said>,
    items: Vec<ItemView>,
    adjustments: Vec<AdjustmentView>,
    history: Vec<Version>,
    pub file: Option<FormView>,
    pub reviewer: Option<FormView>,
    pub hear: Option<FormView>,
    pub decide: Option<FormView>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Said {
    heading: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Version {
    no: i32,
    at: String,
    by: String,
    reason: String,
}

/// An appeal, with the forms of whoever may do the next step.
pub fn show(who: &Who, found: &Appealed) -> Result<Show> {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let here = format!(
        "/cycles/{}/people/{}/appeal",
        escape(&found.cycle.code),
        escape(&found.staff.employee_no)
    );
    let result: Option<PersonResult> = match &found.result {
        Some(snapshot) => Some(snapshot.parse()?),
        None => None,
    };
    let appeal = found.appeal.as_ref();
    let undecided = appeal.filter(|a| a.decided_at.is_none());
    let reviews =
        undecided.filter(|a| a.reviewer_id.is_some() && a.reviewer_id == who.account.staff_id);
    let last = last_day_to_file(who.site.settings.zone, found.place.released_at);
    let in_time = last.is_some_and(|day| who.site.today() <= day);
    let file = (appeal.is_none() && found.own && in_time).then(|| {
        let field = Field::new("textarea", "grounds", word("appeal-grounds"), "");
        let fields = vec![field.hint(word("appeal-grounds-hint"))];
        FormView::new(who, here.clone(), "appeal-do", fields)
    });
    let none = match (appeal, last) {
        (Some(_), _) => None,
        (None, None) => Some(word("result-not-released").to_string()),
        (None, Some(day)) => {
            let key = if in_time {
                "appeal-until"
            } else {
                "appeal-over"
            };
            Some(text(locale, key, &[("day", day.to_string().into())]))
        }
    };
    let reviewer_form = undecided
        .filter(|_| who.may(Permission::RunCycles))
        .map(|a| {
            let now = found.reviewer.as_ref().map_or("", |r| r.0.as_str());
            let field = Field::new("text", "reviewer", word("appeal-reviewer-no"), now);
            let fields = vec![field.hint(word("appeal-reviewer-hint"))];
            FormView::new(who, format!("{here}/reviewer"), "appeal-name", fields)
                .version(a.row_version)
        });
    let hear = reviews.map(|a| {
        let fields = vec![
            Field::new(
                "textarea",
                "employee_heard",
                word("appeal-employee"),
                &a.employee_heard,
            )
            .optional(),
            Field::new(
                "textarea",
                "manager_heard",
                word("appeal-manager"),
                &a.manager_heard,
            )
            .optional(),
        ];
        FormView::new(who, format!("{here}/hearing"), "save", fields).version(a.row_version)
    });
    Ok(Show {
        state: appeal.map(|a| state_chip(locale, a.state())),
        facts: facts(who, found),
        none,
        said: appeal.map_or_else(Vec::new, |a| said(locale, a)),
        items: result
            .as_ref()
            .map_or_else(Vec::new, |r| items(locale, &found.cycle, r)),
        adjustments: result
            .as_ref()
            .map_or_else(Vec::new, |r| adjustments(locale, r)),
        history: found
            .history
            .iter()
            .map(|head| Version {
                no: head.version_no,
                at: moment(who, head.made_at),
                by: head.made_by.clone(),
                // A review that is sent freezes by itself; what people give as a reason stands in their words.
                reason: match head.reason.as_str() {
                    FROZEN_BY_REVIEW => word(FROZEN_BY_REVIEW).to_string(),
                    given => given.to_string(),
                },
            })
            .collect(),
        file,
        reviewer: reviewer_form,
        hear,
        decide: reviews.map(|a| decide_form(who, found, a, &here)),
    })
}

fn decide_form(who: &Who, found: &Appealed, appeal: &Appeal, here: &str) -> FormView {
    let word = |key| plain(who.locale, key);
    let total = found.place.total_h.map(hundredths).unwrap_or_default();
    let choices = [
        ("upheld", "appeal-decide-upheld"),
        ("amended", "appeal-decide-amended"),
    ];
    let fields = vec![
        Field::new("radio", "decision", word("appeal-decision"), "upheld")
            .options(choices.map(|(code, key)| (code.to_string(), word(key).to_string()))),
        Field::new("number", "total", word("calibration-total"), &total)
            .optional()
            .hint(word("appeal-total-hint")),
        Field::new("textarea", "reason", word("board-reason"), "").hint(word("appeal-reason-hint")),
    ];
    FormView::new(who, format!("{here}/decision"), "appeal-decide", fields)
        .version(appeal.row_version)
}

fn facts(who: &Who, found: &Appealed) -> Vec<Fact> {
    let locale = who.locale;
    let fact = |key, value: String| Fact {
        name: plain(locale, key),
        value,
        href: None,
    };
    let total =
        |h: Option<i64>| h.map_or_else(|| plain(locale, "not-rated").to_string(), hundredths);
    let mut facts = Vec::new();
    if let Some(at) = found.place.released_at {
        facts.push(fact("cycle-released", moment(who, at)));
    }
    let Some(appeal) = &found.appeal else {
        return facts;
    };
    facts.push(fact("appeal-filed-on", moment(who, appeal.filed_at)));
    facts.push(fact("appeal-due", appeal.due_on.to_string()));
    if let Some((_, zh, en)) = &found.reviewer {
        facts.push(fact("appeal-reviewer", locale.pick(zh, en).to_string()));
    }
    facts.push(fact("appeal-before", total(appeal.before_h)));
    if let Some(at) = appeal.decided_at {
        facts.push(fact("appeal-decided", moment(who, at)));
        facts.push(fact(
            "appeal-after",
            total(appeal.after_h.or(appeal.before_h)),
        ));
    }
    facts
}

fn said(locale: Locale, appeal: &Appeal) -> Vec<Said> {
    [
        ("appeal-grounds", &appeal.grounds),
        ("appeal-employee", &appeal.employee_heard),
        ("appeal-manager", &appeal.manager_heard),
        ("appeal-decision-reason", &appeal.decision_reason),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(key, text)| Said {
        heading: plain(locale, key),
        text: text.clone(),
    })
    .collect()
}
