//! What a reader sees of teams. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::{Permission, Reach};
use crate::i18n::{self, plain};
use crate::people::model::HIGHEST_LEVEL;
use crate::people::store::lists;
use crate::people::store::reach::TeamReach;
use crate::people::store::teams::{Above, Coverage, Head, Row, Team};
use crate::people::view::{Fact, Link, Person, Tab, fact, iso, people, person_href, team_href};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};

/// The list of teams.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<TeamRow>,
    /// Whether the reader may see who leads them.
    names: bool,
    may_edit: bool,
}

/// A team in a list.
#[derive(Serialize)]
pub struct TeamRow {
    code: String,
    href: String,
    name: String,
    parent: Option<Link>,
    people: i64,
    lead: Option<Link>,
}

/// The list of teams; `heads` by team number.
#[must_use]
pub fn list(
    who: &Who,
    reach: &TeamReach,
    (q, parent): (&str, &str),
    slice: &Slice<Row>,
    counted: i64,
    heads: &HashMap<i64, Head>,
) -> List {
    let query = [("q", q), ("parent", parent)];
    let list = ListView::new(who, "/teams", &query, slice, counted, |row| {
        (row.sort_key.clone(), row.id)
    })
    .search(plain(who.locale, "teams-search"), q)
    .export(&query);
    List {
        list,
        rows: rows(who, reach, &slice.rows, heads),
        names: who.may(Permission::ViewPeople),
        may_edit: may_make(who),
    }
}

/// Whether somebody may make teams: whoever may change everybody's places.
fn may_make(who: &Who) -> bool {
    who.reach(Permission::EditPeople)
        .is_some_and(|reach| reach.is_everyone())
}

fn rows(who: &Who, reach: &TeamReach, rows: &[Row], heads: &HashMap<i64, Head>) -> Vec<TeamRow> {
    let locale = who.locale;
    let rows = rows.iter();
    rows.map(|row| {
        let head = heads.get(&row.id).cloned().unwrap_or_default();
        TeamRow {
            code: row.code.clone(),
            href: team_href(&row.code),
            name: locale.pick(&row.name_zh, &row.name_en).to_string(),
            parent: row.parent.as_ref().map(|(code, zh, en)| Link {
                text: locale.pick(zh, en).to_string(),
                href: (*reach == TeamReach::Every).then(|| team_href(code)),
            }),
            people: head.count,
            lead: lead(who, &head),
        }
    })
    .collect()
}

/// Who leads a team, for those who may see people.
fn lead(who: &Who, head: &Head) -> Option<Link> {
    let reach = who.reach(Permission::ViewPeople)?;
    let (id, no, zh, en) = head.lead.as_ref()?;
    Some(Link {
        text: who.locale.pick(zh, en).to_string(),
        href: (reach.is_everyone() || reach.me() == Some(*id)).then(|| person_href(no)),
    })
}

/// The rows of the export: the head in words, then every team of the list.
#[must_use]
pub fn export(who: &Who, rows: &[Row], heads: &HashMap<i64, Head>) -> Vec<Vec<String>> {
    let mut keys = vec![
        "team-code",
        "team-name-zh",
        "team-name-en",
        "team-parent",
        "team-people",
    ];
    let names = who.may(Permission::ViewPeople);
    if names {
        keys.push("team-lead");
    }
    let head = keys.iter().map(|key| plain(who.locale, key).to_string());
    let head: Vec<String> = head.collect();
    let cells = rows.iter().map(|row| {
        let head = heads.get(&row.id).cloned().unwrap_or_default();
        let mut cells = vec![
            row.code.clone(),
            row.name_zh.clone(),
            row.name_en.clone(),
            row.parent
                .as_ref()
                .map_or_else(String::new, |p| p.0.clone()),
            head.count.to_string(),
        ];
        if names {
            cells.push(head.lead.map_or_else(String::new, |lead| lead.1));
        }
        cells
    });
    std::iter::once(head).chain(cells).collect()
}

/// A team's page.
#[derive(Serialize)]
pub struct Page {
    tabs: Vec<Tab>,
    facts: Vec<Fact>,
    below: Vec<TeamRow>,
    /// Whether there are more teams below than are shown.
    below_more: Option<String>,
    members: Option<Members>,
    /// Whether the reader may see who leads the teams below.
    names: bool,
    edit: Option<String>,
}

#[derive(Serialize)]
struct Members {
    list: ListView,
    rows: Vec<Person>,
    levels: Vec<i32>,
    skills: Vec<SkillRow>,
}

#[derive(Serialize)]
struct SkillRow {
    name: String,
    critical: bool,
    /// People at each level, from 0 up.
    cells: Vec<i64>,
    /// People at no level yet.
    unknown: i64,
    /// What to know: nobody or one alone can do it.
    warning: Option<&'static str>,
}

/// What is known of a team.
pub struct Known {
    pub team: Team,
    pub chain: Vec<Above>,
    pub below: Slice<Row>,
    pub heads: HashMap<i64, Head>,
    pub teams: TeamReach,
}

/// The members a reader reaches.
pub struct KnownMembers {
    pub slice: Slice<lists::Row>,
    pub counted: i64,
    pub coverage: Vec<Coverage>,
}

/// The parts of a team's pages that the reader may open; `current` is the ending of the address.
#[must_use]
pub fn tabs(who: &Who, code: &str, current: &str) -> Vec<Tab> {
    // Rows are about people: whoever sees teams beyond their figures sees no rows of these.
    let rows = match (
        who.reach(Permission::ViewFigures),
        who.reach(Permission::ViewTeams),
    ) {
        (Some(figures), Some(teams)) => figures.is_everyone() || !teams.is_everyone(),
        _ => false,
    };
    let parts = [
        ("team-tab-overview", "", true),
        ("person-tab-measures", "/measures", true),
        ("person-tab-records", "/records", rows),
        ("team-tab-complaints", "/complaints", true),
    ];
    let shown = parts.into_iter().filter(|(.., may)| *may);
    shown
        .map(|(key, end, _)| Tab {
            text: plain(who.locale, key),
            href: format!("{}{end}", team_href(code)),
            current: end == current,
            count: None,
        })
        .collect()
}

/// The level from which somebody does the work alone.
const ABLE: i32 = 3;

/// A team's page; `reach` and `members` only for readers who may see people.
#[must_use]
pub fn page(who: &Who, known: &Known, members: Option<(&Reach, &KnownMembers)>) -> Page {
    let (locale, team) = (who.locale, &known.team);
    let head = known.heads.get(&team.id).cloned().unwrap_or_default();
    let href = team_href(&team.code);
    let above = known.chain.last();
    let lead = lead(who, &head);
    let mut facts = vec![
        fact(locale, "team-code", Some(team.code.clone()), None),
        fact(
            locale,
            "team-parent",
            above.map(|a| locale.pick(&a.name_zh, &a.name_en).to_string()),
            above
                .filter(|a| known.teams.holds(a.id))
                .map(|a| team_href(&a.code)),
        ),
        fact(locale, "team-people", Some(head.count.to_string()), None),
    ];
    if let Some(lead) = lead {
        facts.push(fact(locale, "team-lead", Some(lead.text), lead.href));
    }
    let more = ListView::new(who, &href, &[], &known.below, 0, |row| {
        (row.sort_key.clone(), row.id)
    });
    Page {
        tabs: tabs(who, &team.code, ""),
        facts,
        below: rows(who, &known.teams, &known.below.rows, &known.heads),
        below_more: more
            .next
            .map(|_| format!("/teams?parent={}", crate::web::site::escape(&team.code))),
        names: members.is_some(),
        members: members.map(|(reach, m)| Members {
            list: ListView::new(who, &href, &[], &m.slice, m.counted, |row: &lists::Row| {
                (row.sort_key.clone(), row.id)
            }),
            rows: people(who, reach, &m.slice.rows),
            levels: (0..=HIGHEST_LEVEL).collect(),
            skills: skills(who, &m.coverage, m.counted),
        }),
        edit: may_make(who).then(|| format!("{href}/edit")),
    }
}

/// One row for each skill that anybody has a level of.
fn skills(who: &Who, coverage: &[Coverage], members: i64) -> Vec<SkillRow> {
    coverage
        .chunk_by(|a, b| a.code == b.code)
        .filter_map(|levels| {
            let first = levels.first()?;
            let at = |level: i32| -> i64 {
                let same = levels.iter().filter(|c| c.level == level);
                same.map(|c| c.people).sum()
            };
            let cells: Vec<i64> = (0..=HIGHEST_LEVEL).map(at).collect();
            let able: i64 = (ABLE..=HIGHEST_LEVEL).map(at).sum();
            let warning = match able {
                0 => Some("skill-nobody"),
                1 if first.critical => Some("skill-one-person"),
                _ => None,
            };
            Some(SkillRow {
                name: who.locale.pick(&first.name_zh, &first.name_en).to_string(),
                critical: first.critical,
                unknown: (members - cells.iter().sum::<i64>()).max(0),
                cells,
                warning: warning.map(|key| plain(who.locale, key)),
            })
        })
        .collect()
}

/// The form of a team; `stored` is what it is now, none for a new one.
#[must_use]
pub fn form(
    who: &Who,
    stored: Option<(&Team, Option<&str>)>,
    teams: Option<&[Row]>,
    day: NaiveDate,
) -> FormView {
    let word = |key| plain(who.locale, key);
    let (zh, en) = stored.map_or(("", ""), |(t, _)| (&t.name_zh, &t.name_en));
    let parent = stored.and_then(|(_, parent)| parent).unwrap_or_default();
    let own = stored.map(|(t, _)| t.id);
    let mut fields = Vec::new();
    if stored.is_none() {
        fields.push(
            Field::new("text", "code", word("team-code"), "")
                .hint(word("code-hint"))
                .autocomplete("off"),
        );
    }
    fields.push(Field::new("text", "name_zh", word("team-name-zh"), zh));
    fields.push(Field::new("text", "name_en", word("team-name-en"), en).optional());
    fields.push(match teams {
        None => Field::new("text", "parent", word("team-parent"), parent)
            .optional()
            .hint(word("person-team-hint")),
        Some(rows) => {
            let none = (String::new(), word("team-no-parent").to_string());
            let others = rows.iter().filter(|row| Some(row.id) != own).map(|row| {
                let name = who.locale.pick(&row.name_zh, &row.name_en);
                (row.code.clone(), format!("{name} ({})", row.code))
            });
            Field::new("select", "parent", word("team-parent"), parent)
                .options([none].into_iter().chain(others))
        }
    });
    match stored {
        None => FormView::new(who, "/teams/new", "team-make", fields),
        Some((team, _)) => {
            fields.push(
                Field::new("date", "day", word("team-parent-day"), &iso(day))
                    .hint(word("team-parent-day-hint")),
            );
            let action = format!("{}/edit", team_href(&team.code));
            FormView::new(who, action, "save", fields).version(team.row_version)
        }
    }
}

/// What the list is narrowed to besides its search, in words.
#[must_use]
pub fn below_title(who: &Who, team: &Team) -> String {
    let name = who.locale.pick(&team.name_zh, &team.name_en);
    i18n::text(who.locale, "teams-below", &[("team", name.into())])
}
