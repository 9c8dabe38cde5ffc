//! The register of plans: a list in the browser, rows of a report, a file.

use serde::Serialize;

use crate::i18n::{Locale, plain};
use crate::plans::model::{Scope, State, Verdict};
use crate::plans::store::{Filter, NO_END, Named, Row, Sort};
use crate::plans::view::{scope_name, state_name, verdict_chip};
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// A page of the register.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Line>,
    /// How many plans of people there are, for readers who learn no more of them.
    personal: Vec<Count>,
    sort_due: String,
    sort_newest: String,
    by_due: bool,
    may_edit: bool,
}

/// A plan of the register; without names where its readers are to learn none.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub code: String,
    pub title: String,
    pub scope: &'static str,
    /// Whom or which team; none of a process, or without names.
    pub about: Option<String>,
    pub owner: Option<String>,
    pub state: &'static str,
    pub paused: bool,
    pub ends: Option<String>,
    pub verdict: Option<(&'static str, &'static str)>,
    pub open_actions: i64,
    /// Where it is in the browser.
    pub href: String,
}

/// Some plans of one state.
#[derive(Clone, Debug, Serialize)]
pub struct Count {
    pub state: &'static str,
    pub verdict: Option<(&'static str, &'static str)>,
    pub n: i64,
}

/// A plan as a line of the register.
#[must_use]
pub fn line(locale: Locale, row: &Row, names: bool) -> Line {
    let called = |(_, zh, en): &Named| locale.pick(zh, en).to_owned();
    let team = row.team.as_ref().map(called);
    let about = row.staff.as_ref().filter(|_| names).map(called).or(team);
    Line {
        code: row.code.clone(),
        title: row.title.clone(),
        scope: scope_name(locale, row.scope),
        about,
        owner: names.then(|| called(&row.owner)),
        state: state_name(locale, row.state),
        paused: row.paused,
        ends: row.ends_on.map(|day| day.to_string()),
        verdict: row.verdict.map(|verdict| verdict_chip(locale, verdict)),
        open_actions: row.open_actions,
        href: format!("/plans/{}", row.code),
    }
}

/// How many plans of people there are.
#[must_use]
pub fn counts(locale: Locale, counted: &[(State, Option<Verdict>, i64)]) -> Vec<Count> {
    counted
        .iter()
        .map(|(state, verdict, n)| Count {
            state: state_name(locale, *state),
            verdict: verdict.map(|verdict| verdict_chip(locale, verdict)),
            n: *n,
        })
        .collect()
}

/// The query parameters of the list and its export.
#[must_use]
pub fn parameters(filter: &Filter) -> [(&'static str, &str); 5] {
    [
        ("q", &filter.q),
        ("state", filter.state.map_or("", State::code)),
        ("scope", filter.scope.map_or("", Scope::code)),
        ("verdict", filter.verdict.map_or("", Verdict::code)),
        ("sort", filter.sort.code()),
    ]
}

fn address(query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect();
    match pairs.join("&") {
        none if none.is_empty() => "/plans".to_owned(),
        pairs => format!("/plans?{pairs}"),
    }
}

/// The sort key of a row in the address of a page: its last day, where the list is sorted by it.
fn key(filter: &Filter, row: &Row) -> (String, i64) {
    let sort = match (filter.sort, row.ends_on) {
        (Sort::Newest, _) => "new".to_owned(),
        (Sort::Due, None) => "none".to_owned(),
        (Sort::Due, Some(day)) => day.to_string(),
    };
    (sort, row.id)
}

/// The day in such a key.
#[must_use]
pub fn day_of(sort: &str) -> chrono::NaiveDate {
    sort.parse().unwrap_or(NO_END)
}

/// A page of the register. `states`: how many there are of each; `personal`: how many plans of people, for
/// readers who see none of them.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: Slice<Row>,
    states: &[(State, i64)],
    personal: &[(State, Option<Verdict>, i64)],
    may_edit: bool,
) -> List {
    let locale = who.locale;
    let query = parameters(filter);
    let of_state = |n: &&(State, i64)| filter.state.is_none_or(|state| state == n.0);
    let counted = states.iter().filter(of_state).map(|(_, n)| n).sum();
    let word = |key| plain(locale, key);
    let choice =
        |name: &str, key, value: &str, every, options: Vec<(&'static str, &'static str)>| {
            let every = (String::new(), word(every).to_owned());
            let options = options
                .into_iter()
                .map(|(code, text)| (code.to_owned(), text.to_owned()));
            Field::new("select", name, word(key), value).options([every].into_iter().chain(options))
        };
    let filters = vec![
        choice(
            "state",
            "plan-state",
            query[1].1,
            "plan-every-state",
            State::ALL
                .iter()
                .map(|s| (s.code(), state_name(locale, *s)))
                .collect(),
        ),
        choice(
            "scope",
            "plan-scope",
            query[2].1,
            "plan-every-scope",
            Scope::ALL
                .iter()
                .map(|s| (s.code(), scope_name(locale, *s)))
                .collect(),
        ),
        choice(
            "verdict",
            "plan-verdict",
            query[3].1,
            "plan-every-verdict",
            Verdict::ALL
                .iter()
                .map(|v| (v.code(), verdict_chip(locale, *v).1))
                .collect(),
        ),
        Field::new("hidden", "sort", "", query[4].1),
    ];
    let mut list = ListView::new(who, "/plans", &query, &slice, counted, |row| {
        key(filter, row)
    });
    list.filtered = query[..4].iter().any(|(_, value)| !value.is_empty());
    let list = list
        .search(word("plan-search"), &filter.q)
        .filters(filters)
        .export(&query);
    let sorted = |sort: Sort| {
        let mut query = query;
        query[4].1 = sort.code();
        address(&query)
    };
    List {
        list,
        rows: slice
            .rows
            .iter()
            .map(|row| line(locale, row, true))
            .collect(),
        personal: counts(locale, personal),
        sort_due: sorted(Sort::Due),
        sort_newest: sorted(Sort::Newest),
        by_due: filter.sort == Sort::Due,
        may_edit,
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Row]) -> Vec<Vec<String>> {
    let head = [
        "plan-code",
        "plan-title",
        "plan-scope",
        "plan-about",
        "plan-owner",
        "plan-state",
        "plan-ends",
        "plan-verdict",
        "plan-open-actions",
    ];
    let head = head.map(|key| plain(locale, key).to_owned()).to_vec();
    let cells = rows.iter().map(|row| {
        let line = line(locale, row, true);
        vec![
            line.code,
            line.title,
            line.scope.to_owned(),
            line.about.unwrap_or_default(),
            line.owner.unwrap_or_default(),
            line.state.to_owned(),
            line.ends.unwrap_or_default(),
            line.verdict
                .map_or_else(String::new, |(_, word)| word.to_owned()),
            line.open_actions.to_string(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}
