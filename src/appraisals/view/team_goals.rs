//! Goals of a team, and the goal sheets of those who report to the reader.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::agreement::{Outcome, SheetState};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::direct::Row;
use crate::appraisals::view::cycles::{Chip, state_name};
use crate::appraisals::view::goals::sheet_href;
use crate::evidence::view::gauge::Gauge;
use crate::goals::model::note::CHECK_INS;
use crate::goals::model::sheet::{Side, unscaled};
use crate::goals::model::{Aim, Kpi};
use crate::goals::store::team_goals::TeamGoal;
use crate::i18n::{Locale, plain, text};
use crate::people::store::Team;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The sheets of those who report to the reader.
#[derive(Serialize)]
pub struct Bulk {
    list: ListView,
    rows: Vec<BulkRow>,
    cycle: String,
    state: &'static str,
    outcomes: Vec<Told>,
    /// Whether sheets may be agreed now.
    open: bool,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct BulkRow {
    /// What the box of the row says: number and the version of the sheet that is shown.
    value: String,
    label: String,
    name: String,
    no: String,
    href: String,
    sheet: Chip,
    employee: Option<Chip>,
    manager: Option<Chip>,
    check_ins: String,
    check_ins_signal: &'static str,
    notes: String,
}

/// What became of one who was ticked.
#[derive(Serialize)]
struct Told {
    name: String,
    href: String,
    chip: Chip,
}

fn sheet_chip(locale: Locale, row: &Row) -> Chip {
    let (signal, key) = match &row.sheet {
        _ if row.excused => ("is-unknown", "cycle-is-excused"),
        None => ("is-unknown", "sheet-none"),
        Some(SheetState {
            open: Some(Side::Employee),
            ..
        }) => ("is-watch", "team-sheet-answer"),
        Some(SheetState {
            open: Some(Side::Manager),
            ..
        }) => ("is-unknown", "team-sheet-asked"),
        Some(state) if state.employee && state.manager => ("is-good", "sheet-agreed"),
        Some(_) => ("is-watch", "sheet-open"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

fn yes_no(locale: Locale, yes: bool) -> Chip {
    let (signal, key) = if yes {
        ("is-good", "team-sheet-yes")
    } else {
        ("is-watch", "team-sheet-no")
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

fn outcome_chip(locale: Locale, outcome: Outcome) -> Chip {
    let (signal, key) = match outcome {
        Outcome::Agreed => ("is-good", "outcome-agreed"),
        Outcome::Waiting => ("is-good", "outcome-waiting"),
        Outcome::Already => ("is-unknown", "outcome-already"),
        Outcome::Open => ("is-watch", "outcome-open"),
        Outcome::Changed => ("is-watch", "outcome-changed"),
        Outcome::NoSheet => ("is-unknown", "sheet-none"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// A page of the sheets; `done`: what became of those who were ticked, by number.
#[must_use]
pub fn bulk(
    who: &Who,
    cycle: Option<&Cycle>,
    choices: &[String],
    slice: Slice<Row>,
    counted: i64,
    done: &[(String, Outcome)],
) -> Bulk {
    let locale = who.locale;
    let code = cycle.map_or("", |cycle| cycle.code.as_str());
    let query = [("cycle", code)];
    let options = choices.iter().map(|code| (code.clone(), code.clone()));
    let choice = Field::new("select", "cycle", plain(locale, "cycle"), code).options(options);
    let list = ListView::new(
        who,
        "/my-team/goals",
        &query,
        &slice,
        counted,
        |row: &Row| (row.sort_key.clone(), row.staff_id),
    )
    .filters(vec![choice]);
    let outcomes = slice
        .rows
        .iter()
        .filter_map(|row| {
            let (_, outcome) = done.iter().find(|(no, _)| *no == row.employee_no)?;
            Some(Told {
                name: locale.pick(&row.name, &row.name_en).to_string(),
                href: sheet_href(code, &row.employee_no),
                chip: outcome_chip(locale, *outcome),
            })
        })
        .collect();
    Bulk {
        rows: slice
            .rows
            .iter()
            .map(|row| bulk_row(locale, code, row))
            .collect(),
        cycle: code.to_string(),
        state: cycle.map_or("", |cycle| state_name(locale, cycle.state)),
        open: cycle.is_some_and(|c| matches!(c.state, State::GoalSetting | State::Tracking)),
        outcomes,
        list,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

fn bulk_row(locale: Locale, code: &str, row: &Row) -> BulkRow {
    let name = locale.pick(&row.name, &row.name_en);
    let version = row.sheet.map_or(0, |sheet| sheet.row_version);
    BulkRow {
        value: format!("{}:{version}", row.employee_no),
        label: text(locale, "team-sheet-tick", &[("name", name.into())]),
        name: name.to_string(),
        no: row.employee_no.clone(),
        href: sheet_href(code, &row.employee_no),
        sheet: sheet_chip(locale, row),
        employee: row.sheet.map(|sheet| yes_no(locale, sheet.employee)),
        manager: row.sheet.map(|sheet| yes_no(locale, sheet.manager)),
        check_ins: format!("{} / {CHECK_INS}", row.check_ins),
        check_ins_signal: if row.check_ins >= CHECK_INS {
            "is-good"
        } else {
            "is-watch"
        },
        notes: format!("/people/{}/notes", escape(&row.employee_no)),
    }
}

/// Goals of a team.
#[derive(Serialize)]
pub struct TeamPage {
    rows: Vec<Goal>,
    /// The form of a new goal, for those who may set goals for the team.
    pub add: Option<FormView>,
    /// The goal that is being changed, if one is.
    pub change: Option<FormView>,
}

#[derive(Serialize)]
struct Goal {
    name: String,
    kpi: Option<String>,
    steps: Option<String>,
    unit: &'static str,
    served: i64,
    edit: Option<String>,
}

/// Address of a team's goals in a cycle.
#[must_use]
pub fn team_goals_href(cycle: &str, team: &str) -> String {
    format!("/cycles/{}/teams/{}/goals", escape(cycle), escape(team))
}

/// The goals of a team; `editing`: the number of the one to be changed.
#[must_use]
pub fn team(
    who: &Who,
    cycle: &Cycle,
    team: &Team,
    goals: &[TeamGoal],
    served: &BTreeMap<i64, i64>,
    editing: Option<i64>,
    may_edit: bool,
) -> TeamPage {
    let locale = who.locale;
    let here = team_goals_href(&cycle.code, &team.code);
    let may_edit = may_edit && cycle.state < State::Calibration && who.may(Permission::AgreeGoals);
    TeamPage {
        rows: goals
            .iter()
            .map(|goal| {
                let gauge = goal
                    .aim
                    .as_ref()
                    .and_then(|(kpi, _)| cycle.rules.kpi(kpi))
                    .map(|kpi| Gauge::of(kpi, locale));
                Goal {
                    name: goal.name.clone(),
                    kpi: gauge.as_ref().map(|gauge| gauge.name.to_string()),
                    steps: gauge
                        .as_ref()
                        .zip(goal.aim.as_ref())
                        .map(|(gauge, (_, aim))| gauge.steps(aim)),
                    unit: gauge.as_ref().map_or("", |gauge| gauge.unit().trim()),
                    served: served.get(&goal.id).copied().unwrap_or_default(),
                    edit: may_edit.then(|| format!("{here}?edit={}", goal.id)),
                }
            })
            .collect(),
        add: may_edit.then(|| team_form(who, cycle, &here, None)),
        change: goals
            .iter()
            .find(|goal| Some(goal.id) == editing && may_edit)
            .map(|goal| team_form(who, cycle, &here, Some(goal))),
    }
}

fn team_form(who: &Who, cycle: &Cycle, here: &str, goal: Option<&TeamGoal>) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let (kpi, marks) = match goal.and_then(|goal| goal.aim.as_ref()) {
        None => (String::new(), Vec::new()),
        Some((kpi, aim)) => (kpi.clone(), marks(aim)),
    };
    let name = |kpi: &Kpi| locale.pick(&kpi.name_zh, &kpi.name_en).to_string();
    let none = (String::new(), word("team-goal-no-kpi").to_string());
    let kpis = cycle.rules.kpis.iter().map(|k| (k.code.clone(), name(k)));
    let mut fields = vec![
        Field::new(
            "text",
            "name",
            word("team-goal-name"),
            goal.map_or("", |goal| &goal.name),
        ),
        Field::new("select", "kpi", word("team-goal-kpi"), &kpi)
            .options([none].into_iter().chain(kpis)),
    ];
    for (at, (code, key)) in [
        ("a", "goals-mark-a"),
        ("b", "goals-mark-b"),
        ("c", "goals-mark-c"),
        ("d", "goals-mark-d"),
    ]
    .into_iter()
    .enumerate()
    {
        let value = marks.get(at).map_or_else(String::new, |u| unscaled(*u, 6));
        fields.push(Field::new("number", code, word(key), &value).optional());
    }
    match goal {
        Some(goal) => {
            fields.push(Field::new("hidden", "id", "", &goal.id.to_string()));
            FormView::new(who, here, "save", fields).version(goal.row_version)
        }
        None => FormView::new(who, here, "team-goal-add", fields),
    }
}

/// The four values of an aim as a form holds them; of steps there are three.
#[must_use]
pub fn marks(aim: &Aim) -> Vec<i64> {
    match *aim {
        Aim::Steps {
            stretch_u,
            target_u,
            threshold_u,
        } => vec![threshold_u, target_u, stretch_u],
        Aim::Band {
            high_u,
            low_u,
            outer_high_u,
            outer_low_u,
        } => vec![outer_low_u, low_u, high_u, outer_high_u],
    }
}
