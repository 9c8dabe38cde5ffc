//! What a reader sees of one employee, and the forms about them. Pure.

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::{Permission, Reach};
use crate::i18n::{Locale, plain};
use crate::people::model::{HIGHEST_LEVEL, OPEN_END, UNKNOWN_START, is_in_force};
use crate::people::store::Staff;
use crate::people::store::catalogue::Entry;
use crate::people::store::lists::Row;
use crate::people::store::person::{Above, Mastered, Stop};
use crate::people::store::reach::TeamReach;
use crate::people::store::teams;
use crate::people::view::{
    Fact, Link, Person, Tab, fact, iso, other_name, people, person_href, team_href,
};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};

/// A person's page.
#[derive(Serialize)]
pub struct Profile {
    tabs: Vec<Tab>,
    other_name: Option<String>,
    left: Option<String>,
    facts: Vec<Fact>,
    chain: Vec<Link>,
    reports: ListView,
    report_rows: Vec<Person>,
    history: Vec<Posted>,
    skills: Vec<SkillRow>,
    /// Where its forms are, for those who may change it.
    edit: Option<String>,
}

#[derive(Serialize)]
struct Posted {
    from: Option<String>,
    /// The last day; none while it goes on.
    to: Option<String>,
    team: Option<Link>,
    job_role: String,
    manager: Option<Link>,
    current: bool,
}

/// A level of a skill.
#[derive(Serialize)]
pub struct SkillRow {
    skill: String,
    critical: bool,
    level: i32,
    meaning: &'static str,
    evidence: String,
    from: String,
    /// The last day; none while it counts.
    to: Option<String>,
}

/// What is known of an employee.
pub struct Known {
    pub person: Staff,
    pub history: Vec<Stop>,
    pub chain: Vec<Above>,
    pub skills: Vec<Mastered>,
    /// The teams whose pages the reader may open.
    pub teams: TeamReach,
}

/// The parts of a person's pages that the reader may open; `current` is the ending of the address.
/// `above`: the numbers of everybody above, the nearest first; `team_id`: where they are today.
#[must_use]
pub fn tabs(
    who: &Who,
    person: &Staff,
    above: &[i64],
    team_id: Option<i64>,
    current: &str,
) -> Vec<Tab> {
    let may = |permission| {
        who.reach(permission)
            .is_some_and(|reach: Reach| reach.holds(person.id, above, team_id))
    };
    let (figures, results) = (may(Permission::ViewFigures), may(Permission::ViewResults));
    let parts = [
        ("person-tab-profile", "", true),
        ("person-tab-measures", "/measures", figures),
        ("person-tab-records", "/records", figures),
        ("person-tab-cycles", "/cycles", results),
        ("person-tab-notes", "/notes", may(Permission::KeepNotes)),
    ];
    let shown = parts.into_iter().filter(|(.., may)| *may);
    shown
        .map(|(key, end, _)| Tab {
            text: plain(who.locale, key),
            href: format!("{}{end}", person_href(&person.employee_no)),
            current: end == current,
            count: None,
        })
        .collect()
}

/// A person's page. `slice`: those who report to them, `counted` in number.
#[must_use]
pub fn profile(
    who: &Who,
    reach: &Reach,
    known: &Known,
    slice: &Slice<Row>,
    counted: i64,
) -> Profile {
    let (locale, day, person) = (who.locale, reach.day(), &known.person);
    let now = known.history.iter().find(|s| in_force(s, day));
    let team_id = now.and_then(|s| s.team.as_ref()).map(|t| t.0);
    let above: Vec<i64> = known.chain.iter().map(|a| a.id).collect();
    // Whose page the reader may open: of those above, whoever is in reach themself.
    let reached: Vec<i64> = known
        .chain
        .iter()
        .enumerate()
        .filter(|(i, a)| reach.holds(a.id, &above[i + 1..], a.team_id))
        .map(|(_, a)| a.id)
        .collect();
    let of_person = |id: i64, no: &str, zh: &str, en: &str| Link {
        text: locale.pick(zh, en).to_string(),
        href: (reach.is_everyone() || reached.contains(&id)).then(|| person_href(no)),
    };
    let of_team = |(id, code, zh, en): &(i64, String, String, String)| Link {
        text: locale.pick(zh, en).to_string(),
        href: known.teams.holds(*id).then(|| team_href(code)),
    };
    let team = now.and_then(|s| s.team.as_ref()).map(of_team);
    let (team_text, team_href) = team.map_or((None, None), |l| (Some(l.text), l.href));
    let facts = vec![
        fact(
            locale,
            "people-number",
            Some(person.employee_no.clone()),
            None,
        ),
        fact(locale, "people-team", team_text, team_href),
        fact(
            locale,
            "people-job-role",
            now.map(|s| locale.pick(&s.job_role.1, &s.job_role.2).to_string()),
            None,
        ),
        fact(
            locale,
            "people-email",
            person.email.clone(),
            person.email.as_ref().map(|e| format!("mailto:{e}")),
        ),
        fact(locale, "people-phone", person.phone.clone(), None),
        fact(locale, "people-hired", person.hired_on.map(iso), None),
        fact(locale, "people-left-on", person.left_on.map(iso), None),
    ];
    let href = person_href(&person.employee_no);
    let may_edit = who
        .reach(Permission::EditPeople)
        .is_some_and(|reach| reach.holds(person.id, &above, team_id));
    Profile {
        tabs: tabs(who, person, &above, team_id, ""),
        other_name: other_name(locale, &person.name, &person.name_en).map(str::to_string),
        left: person.left_on.filter(|&left| left < day).map(iso),
        facts,
        chain: known
            .chain
            .iter()
            .map(|a| of_person(a.id, &a.employee_no, &a.name, &a.name_en))
            .collect(),
        reports: ListView::new(who, &href, &[], slice, counted, |row: &Row| {
            (row.sort_key.clone(), row.id)
        }),
        report_rows: people(who, reach, &slice.rows),
        history: known
            .history
            .iter()
            .map(|s| Posted {
                from: (s.valid_from != UNKNOWN_START).then(|| iso(s.valid_from)),
                to: last_day(s.valid_to),
                team: s.team.as_ref().map(of_team),
                job_role: locale.pick(&s.job_role.1, &s.job_role.2).to_string(),
                manager: s
                    .manager
                    .as_ref()
                    .map(|(id, no, zh, en)| of_person(*id, no, zh, en)),
                current: in_force(s, day),
            })
            .collect(),
        skills: skills(locale, &known.skills)
            .into_iter()
            .zip(&known.skills)
            .filter(|(_, s)| is_in_force(s.valid_from, s.valid_to, day))
            .map(|(row, _)| row)
            .collect(),
        edit: may_edit.then_some(href),
    }
}

fn in_force(stop: &Stop, day: NaiveDate) -> bool {
    is_in_force(stop.valid_from, stop.valid_to, day)
}

/// The last day before an end, which is exclusive.
fn last_day(valid_to: NaiveDate) -> Option<String> {
    let ended = valid_to != OPEN_END;
    ended.then(|| valid_to.pred_opt().map(iso)).flatten()
}

/// Levels as rows.
fn skills(locale: Locale, levels: &[Mastered]) -> Vec<SkillRow> {
    let levels = levels.iter();
    levels
        .map(|s| SkillRow {
            skill: locale.pick(&s.name_zh, &s.name_en).to_string(),
            critical: s.critical,
            level: s.level,
            meaning: plain(locale, level_key(s.level)),
            evidence: s.evidence.clone(),
            from: iso(s.valid_from),
            to: last_day(s.valid_to),
        })
        .collect()
}

/// The text that says what a level means.
#[must_use]
pub fn level_key(level: i32) -> &'static str {
    match level {
        0 => "skill-level-0",
        1 => "skill-level-1",
        2 => "skill-level-2",
        3 => "skill-level-3",
        _ => "skill-level-4",
    }
}

/// What can be chosen for a posting: teams (none where there are too many for a choice) and job roles.
pub struct Choices {
    pub teams: Option<Vec<teams::Row>>,
    pub job_roles: Vec<(String, String, String)>,
}

/// The form of somebody new.
#[must_use]
pub fn new_person(who: &Who, choices: &Choices) -> FormView {
    let word = |key| plain(who.locale, key);
    let mut fields = vec![
        Field::new("text", "employee_no", word("people-number"), "")
            .hint(word("person-number-hint"))
            .autocomplete("off"),
    ];
    fields.extend(particulars(who.locale, None));
    fields.extend(seat_fields(who.locale, choices, "", "", ""));
    FormView::new(who, "/people/new", "person-make", fields)
}

/// The form of somebody's particulars.
#[must_use]
pub fn edit_person(who: &Who, person: &Staff, version: i32) -> FormView {
    let action = format!("{}/edit", person_href(&person.employee_no));
    FormView::new(who, action, "save", particulars(who.locale, Some(person))).version(version)
}

fn particulars(locale: Locale, person: Option<&Staff>) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let text = |of: fn(&Staff) -> Option<String>| person.and_then(of).unwrap_or_default();
    vec![
        Field::new(
            "text",
            "name",
            word("people-name"),
            &text(|p| Some(p.name.clone())),
        ),
        Field::new(
            "text",
            "name_en",
            word("people-name-en"),
            &text(|p| Some(p.name_en.clone())),
        )
        .optional(),
        Field::new(
            "email",
            "email",
            word("people-email"),
            &text(|p| p.email.clone()),
        )
        .optional(),
        Field::new(
            "tel",
            "phone",
            word("people-phone"),
            &text(|p| p.phone.clone()),
        )
        .optional(),
        Field::new(
            "date",
            "hired_on",
            word("people-hired"),
            &text(|p| p.hired_on.map(iso)),
        )
        .optional(),
        Field::new(
            "date",
            "left_on",
            word("people-left-on"),
            &text(|p| p.left_on.map(iso)),
        )
        .optional()
        .hint(word("person-left-hint")),
    ]
}

fn seat_fields(
    locale: Locale,
    choices: &Choices,
    team: &str,
    job_role: &str,
    manager: &str,
) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let team = match &choices.teams {
        None => Field::new("text", "team", word("people-team"), team)
            .optional()
            .hint(word("person-team-hint")),
        Some(rows) => {
            let none = (String::new(), word("person-no-team").to_string());
            let teams = rows.iter().map(|row| {
                let name = locale.pick(&row.name_zh, &row.name_en);
                (row.code.clone(), format!("{name} ({})", row.code))
            });
            Field::new("select", "team", word("people-team"), team)
                .options([none].into_iter().chain(teams))
        }
    };
    let roles = choices.job_roles.iter();
    let roles = roles.map(|(code, zh, en)| (code.clone(), locale.pick(zh, en).to_string()));
    vec![
        team,
        Field::new("select", "job_role", word("people-job-role"), job_role).options(roles),
        Field::new("text", "manager", word("people-manager"), manager)
            .optional()
            .hint(word("person-manager-hint"))
            .autocomplete("off"),
    ]
}

/// The form of a move: what holds on `day` is filled in.
#[must_use]
pub fn posting(
    who: &Who,
    person: &Staff,
    version: i32,
    history: &[Stop],
    choices: &Choices,
    day: NaiveDate,
) -> FormView {
    let word = |key| plain(who.locale, key);
    let now = history
        .iter()
        .find(|s| in_force(s, day))
        .or_else(|| history.first());
    let team = now.and_then(|s| s.team.as_ref()).map_or("", |t| &t.1);
    let job_role = now.map_or("", |s| &s.job_role.0);
    let manager = now.and_then(|s| s.manager.as_ref()).map_or("", |m| &m.1);
    let mut fields = vec![
        Field::new("date", "day", word("posting-day"), &iso(day)).hint(word("posting-day-hint")),
    ];
    fields.extend(seat_fields(who.locale, choices, team, job_role, manager));
    fields.push(
        Field::new("textarea", "reason", word("posting-reason"), "")
            .hint(word("posting-reason-hint")),
    );
    let action = format!("{}/posting", person_href(&person.employee_no));
    FormView::new(who, action, "posting-save", fields).version(version)
}

/// Somebody's skills: what was ever found, and the form for the next finding.
#[derive(Serialize)]
pub struct Skills {
    rows: Vec<SkillRow>,
    pub form: FormView,
    /// Whether there is any skill to choose.
    any: bool,
    /// Whether the reader may make one: the catalogue is the whole organisation's.
    may_make: bool,
}

/// Somebody's skills with the form for another level.
#[must_use]
pub fn skills_page(
    who: &Who,
    person: &Staff,
    version: i32,
    levels: &[Mastered],
    known: &[Entry],
    day: NaiveDate,
) -> Skills {
    let (locale, word) = (who.locale, |key| plain(who.locale, key));
    let entries = known.iter();
    let entries = entries.map(|e| {
        (
            e.code.clone(),
            locale.pick(&e.name_zh, &e.name_en).to_string(),
        )
    });
    let steps = (0..=HIGHEST_LEVEL).map(|level| {
        (
            level.to_string(),
            format!("{level} {}", word(level_key(level))),
        )
    });
    let fields = vec![
        Field::new("select", "skill", word("skill-one"), "").options(entries),
        Field::new("radio", "level", word("skill-level"), "").options(steps),
        Field::new("date", "day", word("skill-day"), &iso(day)),
        Field::new("textarea", "evidence", word("skill-evidence"), "")
            .hint(word("skill-evidence-hint")),
    ];
    let action = format!("{}/skills", person_href(&person.employee_no));
    Skills {
        rows: skills(locale, levels),
        form: FormView::new(who, action, "skill-save", fields).version(version),
        any: !known.is_empty(),
        may_make: who
            .reach(Permission::EditPeople)
            .is_some_and(|reach| reach.is_everyone()),
    }
}
