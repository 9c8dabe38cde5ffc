//! What a reader sees of people. Pure. Here the list and what several pages share; `person`, `team` and
//! `catalogue` hold the rest.

pub mod catalogue;
pub mod person;
pub mod team;

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::{Narrow, Permission, Reach};
use crate::i18n::{Locale, plain};
use crate::people::store::lists::{Filter, Row, Status};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The list of people.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Person>,
    may_edit: bool,
}

/// A person in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    employee_no: String,
    href: String,
    name: String,
    other_name: Option<String>,
    team: Option<Link>,
    job_role: Option<String>,
    manager: Option<Link>,
    hired: Option<String>,
    left: Option<String>,
}

/// A name, and the way to its page where the reader may go there.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub text: String,
    pub href: Option<String>,
}

/// A name and its value, which may lead somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// A part of a thing's pages.
#[derive(Clone, Debug, Serialize)]
pub struct Tab {
    text: &'static str,
    href: String,
    current: bool,
    count: Option<i64>,
}

/// A page that is a form.
#[derive(Serialize)]
pub struct FormPage {
    pub lede: Option<String>,
    pub form: FormView,
}

/// Address of a person's page.
#[must_use]
pub fn person_href(employee_no: &str) -> String {
    format!("/people/{}", escape(employee_no))
}

/// Address of a team's page.
#[must_use]
pub fn team_href(code: &str) -> String {
    format!("/teams/{}", escape(code))
}

fn fact(locale: Locale, key: &str, value: Option<String>, href: Option<String>) -> Fact {
    Fact {
        name: plain(locale, key),
        value: value.unwrap_or_else(|| "–".to_string()),
        href,
    }
}

/// The query parameters of the list and its export.
#[must_use]
pub fn parameters(filter: &Filter) -> [(&'static str, &str); 4] {
    [
        ("q", &filter.q),
        ("team", &filter.team),
        ("job_role", &filter.job_role),
        ("status", filter.status.code()),
    ]
}

/// A page of the list. `job_roles`: code and names of each.
#[must_use]
pub fn list(
    who: &Who,
    reach: &Reach,
    filter: &Filter,
    slice: Slice<Row>,
    counted: i64,
    job_roles: &[(String, String, String)],
    may_edit: bool,
) -> List {
    let word = |key| plain(who.locale, key);
    let query = parameters(filter);
    let all_roles = (String::new(), word("people-every-role").to_string());
    let roles = job_roles
        .iter()
        .map(|(code, zh, en)| (code.clone(), who.locale.pick(zh, en).to_string()));
    let statuses = [
        (Status::Present, "people-present"),
        (Status::Left, "people-left"),
        (Status::All, "people-all"),
    ];
    let filters = vec![
        Field::new("text", "team", word("people-filter-team"), &filter.team).optional(),
        Field::new(
            "select",
            "job_role",
            word("people-job-role"),
            &filter.job_role,
        )
        .options([all_roles].into_iter().chain(roles)),
        Field::new(
            "select",
            "status",
            word("people-status"),
            filter.status.code(),
        )
        .options(statuses.map(|(status, key)| (status.code().to_string(), word(key).to_string()))),
    ];
    let list = ListView::new(who, "/people", &query, &slice, counted, |row| {
        (row.sort_key.clone(), row.id)
    })
    .search(word("people-search"), &filter.q)
    .filters(filters)
    .export(&query);
    List {
        list,
        rows: people(who, reach, &slice.rows),
        may_edit,
    }
}

/// People as rows. Managers and teams lead to their pages where these are sure to be within reach.
#[must_use]
pub fn people(who: &Who, reach: &Reach, rows: &[Row]) -> Vec<Person> {
    let every_team = who
        .reach(Permission::ViewTeams)
        .is_some_and(|reach| reach.is_everyone());
    let rows = rows.iter();
    rows.map(|row| {
        let manager = match reach.narrow() {
            Narrow::Everyone => true,
            // Whoever is below the reader reports to the reader or to somebody below.
            Narrow::Line(me) => row.id != me,
            _ => false,
        };
        person(who.locale, row, manager, every_team)
    })
    .collect()
}

/// The name of the other language, where there is one.
fn other_name<'a>(locale: Locale, name: &'a str, name_en: &'a str) -> Option<&'a str> {
    let shown = locale.pick(name, name_en);
    let other = if shown == name { name_en } else { name };
    (other != shown && !other.is_empty()).then_some(other)
}

fn person(locale: Locale, row: &Row, link_manager: bool, link_team: bool) -> Person {
    Person {
        employee_no: row.employee_no.clone(),
        href: person_href(&row.employee_no),
        name: locale.pick(&row.name, &row.name_en).to_string(),
        other_name: other_name(locale, &row.name, &row.name_en).map(str::to_string),
        team: row.team.as_ref().map(|(code, zh, en)| Link {
            text: locale.pick(zh, en).to_string(),
            href: link_team.then(|| team_href(code)),
        }),
        job_role: row
            .job_role
            .as_ref()
            .map(|(zh, en)| locale.pick(zh, en).to_string()),
        manager: row.manager.as_ref().map(|(no, zh, en)| Link {
            text: locale.pick(zh, en).to_string(),
            href: link_manager.then(|| person_href(no)),
        }),
        hired: row.hired_on.map(iso),
        left: row.left_on.map(iso),
    }
}

fn iso(day: NaiveDate) -> String {
    day.to_string()
}

/// The rows of the export: the head in words, then everybody of the list.
#[must_use]
pub fn export(locale: Locale, rows: &[Row]) -> Vec<Vec<String>> {
    let head = [
        "people-number",
        "people-name",
        "people-name-en",
        "people-team",
        "people-job-role",
        "people-manager",
        "people-hired",
        "people-left-on",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        vec![
            row.employee_no.clone(),
            row.name.clone(),
            row.name_en.clone(),
            row.team.as_ref().map_or_else(String::new, |t| t.0.clone()),
            row.job_role
                .as_ref()
                .map_or_else(String::new, |(zh, en)| locale.pick(zh, en).to_string()),
            row.manager
                .as_ref()
                .map_or_else(String::new, |m| m.0.clone()),
            row.hired_on.map_or_else(String::new, iso),
            row.left_on.map_or_else(String::new, iso),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}
