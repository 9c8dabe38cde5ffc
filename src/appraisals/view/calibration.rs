//! What a reader sees of calibration.

use std::collections::HashMap;

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::fairness::{Flag, Rating, look};
use crate::appraisals::model::outcome::Bar;
use crate::appraisals::model::result::PersonResult;
use crate::appraisals::store::calibration::{Changed, Declared, Row, Seat, Session};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::view::cycles::{Chip, moment};
use crate::appraisals::view::fairness::flag_name;
use crate::charts::{self, Count, Frame};
use crate::error::Result;
use crate::i18n::{Locale, hundredths, number, plain, text};
use crate::snapshots::Snapshot;
use crate::stats::raters::shrink;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{From, ListView, ON_A_PAGE, Slice};
use crate::web::site::escape;

/// A page that is one form.
#[derive(Serialize)]
pub struct FormPage {
    pub lede: Option<&'static str>,
    pub form: FormView,
}

/// The sessions of a cycle.
#[derive(Serialize)]
pub struct List {
    rows: Vec<SessionRow>,
    make: Option<String>,
    lede: &'static str,
}

#[derive(Serialize)]
struct SessionRow {
    name: String,
    href: String,
    held: Option<String>,
    state: Chip,
}

fn chip(locale: Locale, session: &Session) -> Chip {
    let (signal, key) = match session.closed_at {
        Some(_) => ("is-good", "calibration-is-closed"),
        None => ("is-watch", "calibration-is-open"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

fn href(cycle: &Cycle, session: &Session) -> String {
    format!("/cycles/{}/calibration/{}", escape(&cycle.code), session.id)
}

/// The sessions of a cycle.
#[must_use]
pub fn list(who: &Who, cycle: &Cycle, sessions: &[Session]) -> List {
    let may_run = who.may(Permission::RunCycles);
    List {
        rows: sessions
            .iter()
            .map(|session| SessionRow {
                name: session.name.clone(),
                href: href(cycle, session),
                held: session.held_on.map(|day| day.to_string()),
                state: chip(who.locale, session),
            })
            .collect(),
        make: (may_run && cycle.state == State::Calibration)
            .then(|| format!("/cycles/{}/calibration/new", escape(&cycle.code))),
        lede: plain(who.locale, "calibration-lede"),
    }
}

/// A session with who is in it and what it is about.
pub struct Planned {
    pub cycle: Cycle,
    pub session: Session,
    /// Number and names.
    pub members: Vec<(String, String, String)>,
    /// Code and names.
    pub teams: Vec<(String, String, String)>,
}

/// The form of a session.
#[must_use]
pub fn plan_form(who: &Who, cycle: &Cycle, planned: Option<&Planned>) -> FormPage {
    let word = |key| plain(who.locale, key);
    let joined = |list: &[(String, String, String)]| -> String {
        let codes: Vec<&str> = list.iter().map(|entry| entry.0.as_str()).collect();
        codes.join(", ")
    };
    let (name, held, members, teams) = planned.map_or_else(Default::default, |p| {
        (
            p.session.name.clone(),
            p.session
                .held_on
                .map_or_else(String::new, |d| d.to_string()),
            joined(&p.members),
            joined(&p.teams),
        )
    });
    let fields = vec![
        Field::new("text", "name", word("calibration-name"), &name),
        Field::new("date", "held_on", word("calibration-held"), &held).optional(),
        Field::new("textarea", "teams", word("calibration-teams"), &teams)
            .hint(word("calibration-teams-hint")),
        Field::new("textarea", "members", word("calibration-members"), &members)
            .optional()
            .hint(word("calibration-members-hint")),
    ];
    let action = match planned {
        Some(p) => format!("{}/edit", href(cycle, &p.session)),
        None => format!("/cycles/{}/calibration/new", escape(&cycle.code)),
    };
    let mut form = FormView::new(who, action, "save", fields);
    if let Some(p) = planned {
        form = form.version(p.session.row_version);
    }
    FormPage { lede: None, form }
}

/// Everything a session shows.
pub struct Opened {
    pub planned: Planned,
    pub declared: Vec<Declared>,
    pub seats: Vec<Seat>,
    pub changes: Vec<Changed>,
}

/// A session.
#[derive(Serialize)]
pub struct SessionView {
    state: Chip,
    facts: Vec<Fact>,
    list: ListView,
    rows: Vec<SeatView>,
    chart: String,
    chart_title: String,
    changes: Vec<ChangeView>,
    conflicts: Vec<String>,
    edit: Option<String>,
    close: Option<String>,
    row_version: i32,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// Somebody in the table; of those the reader is kept from, the name alone.
#[derive(Serialize)]
struct SeatView {
    no: String,
    name: String,
    href: Option<String>,
    team: Option<String>,
    kpi: Option<String>,
    shrunken: Option<String>,
    competency: Option<String>,
    total: Option<String>,
    grade: Option<String>,
    flags: Vec<&'static str>,
    bar: Option<&'static str>,
}

#[derive(Serialize)]
struct ChangeView {
    name: String,
    before: String,
    after: String,
    reason: String,
    by: String,
    at: String,
}

fn bar_name(locale: Locale, bar: Bar) -> &'static str {
    plain(
        locale,
        match bar {
            Bar::Oneself => "calibration-bar-oneself",
            Bar::Above => "calibration-bar-above",
            Bar::Conflict => "calibration-bar-conflict",
        },
    )
}

/// What stands out about the raters of the people somebody may see, by rater.
fn flags(seats: &[&Seat]) -> HashMap<i64, Vec<Flag>> {
    let points = |h: i64| h as f64 / 100.0;
    let ratings: Vec<Rating> = seats
        .iter()
        .filter_map(|seat| {
            Some(Rating {
                rater_id: seat.row.manager_id?,
                staff_id: seat.row.staff_id,
                points: points(seat.row.competency_h?),
                kpi: seat.row.kpi_h.map(points),
                dimensions: Vec::new(),
            })
        })
        .collect();
    look(&ratings)
        .raters
        .into_iter()
        .map(|rater| (rater.rater_id, rater.flags))
        .collect()
}

/// KPI scores drawn towards their mean by as much as chance explains, by person.
fn shrunken(seats: &[&Seat]) -> HashMap<i64, f64> {
    let points = |h: i64| h as f64 / 100.0;
    let known: Vec<(i64, (f64, f64))> = seats
        .iter()
        .filter_map(|seat| {
            let row = &seat.row;
            Some((row.staff_id, (points(row.kpi_h?), points(row.kpi_se_h?))))
        })
        .collect();
    let values: Vec<(f64, f64)> = known.iter().map(|k| k.1).collect();
    known.iter().map(|k| k.0).zip(shrink(&values)).collect()
}

/// A page of a session from a place on.
#[must_use]
pub fn session(who: &Who, opened: &Opened, from: &From) -> SessionView {
    let locale = who.locale;
    let Planned {
        cycle,
        session,
        members,
        teams,
    } = &opened.planned;
    let here = href(cycle, session);
    let visible: Vec<&Seat> = opened.seats.iter().filter(|s| s.bar.is_none()).collect();
    let (flags, shrunken) = (flags(&visible), shrunken(&visible));
    let page = slice(&opened.seats, from);
    let list = ListView::new(who, &here, &[], &page, opened.seats.len() as i64, |seat| {
        (seat.row.sort_key.clone(), seat.row.staff_id)
    });
    let named = |all: &[(String, String, String)]| -> String {
        let names: Vec<&str> = all.iter().map(|(_, zh, en)| locale.pick(zh, en)).collect();
        names.join(plain(locale, "list-separator"))
    };
    let fact = |key, value: String| Fact {
        name: plain(locale, key),
        value,
        href: None,
    };
    let mut facts = vec![
        fact("calibration-teams", named(teams)),
        fact("calibration-members", named(members)),
    ];
    if let Some(day) = session.held_on {
        facts.push(fact("calibration-held", day.to_string()));
    }
    let may_run = who.may(Permission::RunCycles);
    let open = session.closed_at.is_none() && cycle.state == State::Calibration;
    let title = text(locale, "calibration-spread", &[("n", visible.len().into())]);
    SessionView {
        state: chip(locale, session),
        facts,
        rows: page
            .rows
            .iter()
            .map(|seat| seat_view(locale, seat, &here, &flags, &shrunken))
            .collect(),
        list,
        chart: chart(cycle, &visible, &title),
        chart_title: title,
        changes: opened.changes.iter().map(|c| change_view(who, c)).collect(),
        // Who is kept from whom is for whoever runs the session.
        conflicts: if may_run {
            opened
                .declared
                .iter()
                .map(|d| declared(locale, d))
                .collect()
        } else {
            Vec::new()
        },
        edit: (may_run && open).then(|| format!("{here}/edit")),
        close: (may_run && open).then(|| format!("{here}/close")),
        row_version: session.row_version,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

fn declared(locale: Locale, declared: &Declared) -> String {
    text(
        locale,
        "calibration-declared",
        &[
            ("who", declared.login.as_str().into()),
            (
                "whom",
                locale.pick(&declared.name, &declared.name_en).into(),
            ),
        ],
    )
}

/// The page of the table that begins at a place; the table is in order.
fn slice(seats: &[Seat], from: &From) -> Slice<Seat> {
    let key = |seat: &Seat| (seat.row.sort_key.clone(), seat.row.staff_id);
    let most = ON_A_PAGE as usize + 1;
    let found: Vec<Seat> = match from {
        From::First => seats.iter().take(most).cloned().collect(),
        From::After(after) => {
            let rest = seats.iter().filter(|s| key(s) > *after);
            rest.take(most).cloned().collect()
        }
        From::Before(before) => {
            let rest = seats.iter().rev().filter(|s| key(s) < *before);
            rest.take(most).cloned().collect()
        }
    };
    Slice::new(found, from)
}

fn seat_view(
    locale: Locale,
    seat: &Seat,
    here: &str,
    flags: &HashMap<i64, Vec<Flag>>,
    shrunken: &HashMap<i64, f64>,
) -> SeatView {
    let row = &seat.row;
    let team = row
        .team
        .as_ref()
        .map(|(_, zh, en)| locale.pick(zh, en).to_string());
    let name = locale.pick(&row.name, &row.name_en).to_string();
    if let Some(bar) = seat.bar {
        return SeatView {
            no: row.employee_no.clone(),
            name,
            href: None,
            team,
            kpi: None,
            shrunken: None,
            competency: None,
            total: None,
            grade: None,
            flags: Vec::new(),
            bar: Some(bar_name(locale, bar)),
        };
    }
    let rater = row.manager_id.and_then(|id| flags.get(&id));
    SeatView {
        no: row.employee_no.clone(),
        name,
        href: Some(format!("{here}/people/{}", escape(&row.employee_no))),
        team,
        kpi: row.kpi_h.map(hundredths),
        shrunken: shrunken.get(&row.staff_id).map(|v| number(*v, 2)),
        competency: row.competency_h.map(hundredths),
        total: row.total_h.map(hundredths),
        grade: row.grade.clone(),
        flags: rater
            .into_iter()
            .flatten()
            .map(|flag| flag_name(locale, *flag))
            .collect(),
        bar: None,
    }
}

fn chart(cycle: &Cycle, visible: &[&Seat], title: &str) -> String {
    let count = |code: &str| {
        let with = visible
            .iter()
            .filter(|s| s.row.grade.as_deref() == Some(code));
        with.count() as u64
    };
    let columns: Vec<Count<'_>> = cycle
        .rules
        .grades
        .iter()
        .map(|grade| Count {
            label: &grade.code,
            count: count(&grade.code),
        })
        .collect();
    let frame = Frame {
        id: "calibration-chart",
        title,
        desc: "",
    };
    charts::distribution(frame, &columns, &|n| number(n, 0))
}

fn change_view(who: &Who, change: &Changed) -> ChangeView {
    let with_grade = |total: i64, grade: &str| format!("{} {grade}", hundredths(total));
    ChangeView {
        name: who.locale.pick(&change.name, &change.name_en).to_string(),
        before: with_grade(change.before_h, &change.before_grade),
        after: with_grade(change.after_h, &change.after_grade),
        reason: change.reason.clone(),
        by: change.changed_by.clone(),
        at: moment(who, change.changed_at),
    }
}

/// Somebody in a session.
pub struct Person {
    pub cycle: Cycle,
    pub session: Session,
    pub row: Row,
    pub result: Snapshot,
}

/// The page of somebody in a session.
#[derive(Serialize)]
pub struct PersonView {
    facts: Vec<Fact>,
    items: Vec<ItemView>,
    adjustments: Vec<AdjustmentView>,
    pub change: Option<FormView>,
    pub conflict: Option<FormView>,
}

/// A line of the worked sum.
#[derive(Serialize)]
pub struct ItemView {
    pub name: String,
    pub n: String,
    pub weight: String,
    pub points: Option<String>,
}

/// A change of a total.
#[derive(Serialize)]
pub struct AdjustmentView {
    pub how: &'static str,
    pub before: String,
    pub after: String,
    pub reason: String,
    pub by: String,
    pub on: String,
}

/// The figures a result is made of, each with its points.
#[must_use]
pub fn items(locale: Locale, cycle: &Cycle, result: &PersonResult) -> Vec<ItemView> {
    result
        .versions
        .iter()
        .flat_map(|v| &v.items)
        .filter_map(|item| {
            let kpi = cycle.rules.kpi(&item.kpi)?;
            let n = kpi.estimate(item.figure.as_ref()).n;
            Some(ItemView {
                name: locale.pick(&kpi.name_zh, &kpi.name_en).to_string(),
                n: number(n as f64, 0),
                weight: crate::goals::view::aims::weight(locale, item.weight_bp),
                points: item.points_h.map(hundredths),
            })
        })
        .collect()
}

/// The changes of a total, in order.
#[must_use]
pub fn adjustments(locale: Locale, result: &PersonResult) -> Vec<AdjustmentView> {
    use crate::appraisals::model::result::Adjusted;
    let part = |total: Option<i64>, grade: &Option<String>| match (total, grade) {
        (Some(total), Some(grade)) => format!("{} {grade}", hundredths(total)),
        (Some(total), None) => hundredths(total),
        (None, _) => plain(locale, "not-rated").to_string(),
    };
    result
        .adjustments
        .iter()
        .map(|a| AdjustmentView {
            how: plain(
                locale,
                match a.how {
                    Adjusted::Calibration => "adjusted-calibration",
                    Adjusted::Appeal => "adjusted-appeal",
                },
            ),
            before: part(a.from_total_h, &a.from_grade),
            after: part(a.to_total_h, &a.to_grade),
            reason: a.reason.clone(),
            by: a.by.clone(),
            on: a.on.clone(),
        })
        .collect()
}

/// The page of somebody in a session.
pub fn person(who: &Who, person: &Person) -> Result<PersonView> {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let result: PersonResult = person.result.parse()?;
    let row = &person.row;
    let here = format!(
        "{}/people/{}",
        href(&person.cycle, &person.session),
        escape(&row.employee_no)
    );
    let fact = |key, value: Option<String>| Fact {
        name: plain(locale, key),
        value: value.unwrap_or_else(|| "–".to_string()),
        href: None,
    };
    let open = person.session.closed_at.is_none() && person.cycle.state == State::Calibration;
    let total = row.total_h.map(hundredths).unwrap_or_default();
    let change = (open && row.total_h.is_some()).then(|| {
        let fields = vec![
            Field::new("number", "total", word("calibration-total"), &total)
                .hint(word("calibration-total-hint")),
            Field::new("textarea", "reason", word("board-reason"), "")
                .hint(word("calibration-reason-hint")),
        ];
        FormView::new(who, here.clone(), "calibration-change", fields)
            .version(person.result.version_no)
    });
    let conflict = open.then(|| {
        let field = Field::new(
            "textarea",
            "conflict",
            word("calibration-conflict-reason"),
            "",
        );
        let fields = vec![field.hint(word("calibration-conflict-hint"))];
        FormView::new(
            who,
            format!("{here}/conflict"),
            "calibration-declare",
            fields,
        )
    });
    Ok(PersonView {
        facts: vec![
            fact("cycle-total", row.total_h.map(hundredths)),
            fact("cycle-grade", row.grade.clone()),
            fact("calibration-kpi", row.kpi_h.map(hundredths)),
            fact("calibration-competency", row.competency_h.map(hundredths)),
            fact("result-version", Some(person.result.version_no.to_string())),
        ],
        items: items(locale, &person.cycle, &result),
        adjustments: adjustments(locale, &result),
        change,
        conflict,
    })
}
