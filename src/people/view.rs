//! What a reader sees of people. Pure.

use chrono::NaiveDate;
use serde::Serialize;

use crate::i18n::{Locale, plain};
use crate::people::store::lists::{Filter, Row, Status};
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The list of people.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Person>,
    may_edit: bool,
}

#[derive(Serialize)]
struct Person {
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

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
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
        rows: slice
            .rows
            .iter()
            .map(|row| person(who.locale, row))
            .collect(),
        may_edit,
    }
}

fn person(locale: Locale, row: &Row) -> Person {
    let name = locale.pick(&row.name, &row.name_en);
    let other = if name == row.name {
        &row.name_en
    } else {
        &row.name
    };
    Person {
        employee_no: row.employee_no.clone(),
        href: format!("/people/{}", escape(&row.employee_no)),
        name: name.to_string(),
        other_name: (other != name && !other.is_empty()).then(|| other.clone()),
        team: row.team.as_ref().map(|(code, zh, en)| Link {
            text: locale.pick(zh, en).to_string(),
            href: format!("/teams/{}", escape(code)),
        }),
        job_role: row
            .job_role
            .as_ref()
            .map(|(zh, en)| locale.pick(zh, en).to_string()),
        manager: row.manager.as_ref().map(|(no, zh, en)| Link {
            text: locale.pick(zh, en).to_string(),
            href: format!("/people/{}", escape(no)),
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
