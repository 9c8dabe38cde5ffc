//! What a reader sees when they start, of their team, and of what a search finds. Pure.

use serde::Serialize;

use crate::access::{Permission, Reach};
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::due::Running;
use crate::appraisals::store::standing::Standing;
use crate::appraisals::view::standing::{Step, steps};
use crate::desk::calendar::line;
use crate::desk::store::Import;
use crate::due::Due;
use crate::i18n::{self, plain};
use crate::people::store::lists::Row;
use crate::people::store::teams;
use crate::people::view::{Person, people, person_href, team_href};
use crate::web::Who;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The home page.
#[derive(Serialize)]
pub struct Home {
    tasks: Vec<Task>,
    tiles: Vec<Tile>,
}

/// Something that waits for the reader.
#[derive(Serialize)]
struct Task {
    text: String,
    href: String,
    note: Option<String>,
    state: Option<&'static str>,
    signal: &'static str,
}

/// A place and the one figure that matters there.
#[derive(Serialize)]
struct Tile {
    title: &'static str,
    href: String,
    value: Option<String>,
    note: Option<String>,
}

/// What the home page is made of; none of what is not the reader's.
#[derive(Default)]
pub struct Known {
    /// Code and state, newest first.
    pub cycles: Vec<(String, String)>,
    /// What is due, the nearest deadline first.
    pub due: Vec<Due>,
    /// Direct reports and everybody below.
    pub below: Option<(i64, i64)>,
    pub findings: Option<i64>,
    pub last_import: Option<Import>,
    /// Accounts and failed jobs.
    pub accounts: Option<(i64, i64)>,
}

/// A state's name.
fn state(who: &Who, code: &str) -> &'static str {
    plain(who.locale, &format!("state-{}", code.replace('_', "-")))
}

/// The home page: first what waits, then the places.
#[must_use]
pub fn home(who: &Who, known: &Known) -> Home {
    Home {
        tasks: tasks(who, known),
        tiles: tiles(who, known),
    }
}

fn tasks(who: &Who, known: &Known) -> Vec<Task> {
    let count = |key, n: i64| i18n::text(who.locale, key, &[("n", n.into())]);
    let task = |text: String, href: String| Task {
        text,
        href,
        note: None,
        state: None,
        signal: "",
    };
    let mut tasks = Vec::new();
    if who.account.unread > 0 {
        tasks.push(task(
            count("home-unread", who.account.unread),
            "/inbox".into(),
        ));
    }
    let today = who.site.today();
    tasks.extend(known.due.iter().map(|due| {
        Task {
            note: due.by.map(|by| by.to_string()),
            state: due
                .by
                .filter(|by| *by < today)
                .map(|_| plain(who.locale, "due-late")),
            signal: "is-watch",
            ..task(line(who.locale, due), due.link.clone())
        }
    }));
    if let Some(open) = known.findings.filter(|open| *open > 0) {
        tasks.push(task(count("home-findings", open), "/findings".into()));
    }
    if let Some((_, failed)) = known.accounts
        && failed > 0
    {
        tasks.push(Task {
            state: Some(plain(who.locale, "home-failed")),
            signal: "is-bad",
            ..task(count("home-failed-jobs", failed), "/checks".into())
        });
    }
    tasks
}

fn tiles(who: &Who, known: &Known) -> Vec<Tile> {
    let word = |key| plain(who.locale, key);
    let tile = |key, href: String, value: Option<String>, note: Option<String>| Tile {
        title: word(key),
        href,
        value,
        note,
    };
    let mut tiles = Vec::new();
    if let Some(no) = &who.account.employee_no {
        let own = person_href(no);
        tiles.push(tile("home-profile", own.clone(), None, Some(no.clone())));
        tiles.push(tile("home-measures", format!("{own}/measures"), None, None));
        tiles.push(tile("home-own-cycles", format!("{own}/cycles"), None, None));
    }
    if let Some((direct, all)) = known.below {
        let note = i18n::text(who.locale, "home-in-all", &[("n", all.into())]);
        tiles.push(tile(
            "nav-team",
            "/my-team".into(),
            Some(direct.to_string()),
            Some(note),
        ));
    }
    let runs_or_sees = who
        .reach(Permission::ViewCycles)
        .is_some_and(|reach| reach.is_beyond_line());
    if let Some((code, at)) = known.cycles.first()
        && (runs_or_sees || known.below.is_some())
    {
        let (href, note) = (
            format!("/cycles/{}", escape(code)),
            state(who, at).to_string(),
        );
        tiles.push(tile("home-cycle", href, Some(code.clone()), Some(note)));
    }
    if let Some(open) = known.findings {
        let note = Some(word("home-open").to_string());
        tiles.push(tile(
            "nav-findings",
            "/findings".into(),
            Some(open.to_string()),
            note,
        ));
    }
    let reports = who.reach(Permission::ViewReports);
    if let Some(reach) = reports.filter(|reach| reach.is_beyond_line()) {
        let mut frozen = known
            .cycles
            .iter()
            .filter(|(_, at)| State::parse(at).is_some_and(State::is_frozen));
        let newest = frozen.next().map(|(code, _)| code.clone());
        // The overview of a cycle is about the whole company.
        let href = match newest.as_ref().filter(|_| reach.is_everyone()) {
            Some(code) => format!("/reports/{}", escape(code)),
            None => "/reports".to_string(),
        };
        tiles.push(tile("nav-reports-list", href, newest, None));
    }
    if who.may(Permission::Import) {
        let note = known.last_import.as_ref().map(|run| {
            let day = who
                .site
                .settings
                .zone
                .local(run.started_at)
                .date()
                .to_string();
            let slots = [("day", day.into()), ("file", (&run.file_name).into())];
            i18n::text(who.locale, "home-last-import", &slots)
        });
        tiles.push(tile("nav-imports", "/imports".into(), None, note));
    }
    if let Some((accounts, _)) = known.accounts {
        tiles.push(tile(
            "nav-accounts",
            "/accounts".into(),
            Some(accounts.to_string()),
            None,
        ));
    }
    tiles
}

/// One's own people, as they are read.
pub struct Led {
    pub slice: Slice<Row>,
    pub counted: i64,
    pub cycles: Vec<Running>,
    pub standings: Vec<Standing>,
}

/// One of one's own people, and how far they are in the cycles at work.
#[derive(Serialize)]
struct Member {
    #[serde(flatten)]
    person: Person,
    steps: Vec<(Option<String>, Vec<Step>)>,
}

/// One's own people.
#[derive(Serialize)]
pub struct MyTeam {
    list: ListView,
    rows: Vec<Member>,
    /// Whether there is anything to say of cycles.
    steps: bool,
    tabs: Vec<WayTab>,
    /// The column that would say the same in every row.
    without: &'static str,
}

#[derive(Serialize)]
struct WayTab {
    text: &'static str,
    href: &'static str,
    current: bool,
    count: Option<i64>,
}

/// One's own people: those who report to the reader, or with `whole` everybody below.
#[must_use]
pub fn my_team(who: &Who, reach: &Reach, whole: bool, led: &Led) -> MyTeam {
    let query = [("line", if whole { "whole" } else { "" })];
    let tab = |key, href, current| WayTab {
        text: plain(who.locale, key),
        href,
        current,
        count: None,
    };
    let rows: Vec<Member> = people(who, reach, &led.slice.rows)
        .into_iter()
        .zip(&led.slice.rows)
        .map(|(person, row)| Member {
            person,
            steps: steps(
                who.locale,
                &led.cycles,
                &led.standings,
                (row.id, &row.employee_no),
            ),
        })
        .collect();
    MyTeam {
        list: ListView::new(who, "/my-team", &query, &led.slice, led.counted, |row| {
            (row.sort_key.clone(), row.id)
        }),
        steps: rows.iter().any(|member| !member.steps.is_empty()),
        rows,
        without: if whole { "" } else { "manager" },
        tabs: vec![
            tab("person-reports", "/my-team", !whole),
            tab("my-team-whole", "/my-team?line=whole", whole),
        ],
    }
}

/// What a search finds, by kind.
#[derive(Serialize)]
pub struct Found {
    q: String,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    title: &'static str,
    hits: Vec<Hit>,
    /// The list that has the rest.
    more: Option<String>,
}

#[derive(Serialize)]
struct Hit {
    text: String,
    href: String,
    note: String,
    #[serde(skip)]
    is_exact: bool,
}

/// Hits of each kind.
#[derive(Default)]
pub struct Hits {
    pub people: Vec<Row>,
    pub teams: Vec<teams::Row>,
    pub cycles: Vec<(String, String)>,
}

/// Hits of a kind that are shown.
pub const SHOWN: usize = 10;

/// What a search finds; there may be one hit more of a kind than is shown.
#[must_use]
pub fn found(who: &Who, q: &str, hits: &Hits) -> Found {
    let same = |text: &str| text.to_lowercase() == q.to_lowercase();
    let more = |n: usize, list: &str| (n > SHOWN).then(|| format!("{list}?q={}", escape(q)));
    let people = hits.people.iter().take(SHOWN).map(|row| Hit {
        text: who.locale.pick(&row.name, &row.name_en).to_string(),
        href: person_href(&row.employee_no),
        note: row.employee_no.clone(),
        is_exact: [&row.employee_no, &row.name, &row.name_en]
            .into_iter()
            .any(|t| same(t)),
    });
    let teams = hits.teams.iter().take(SHOWN).map(|row| Hit {
        text: who.locale.pick(&row.name_zh, &row.name_en).to_string(),
        href: team_href(&row.code),
        note: row.code.clone(),
        is_exact: [&row.code, &row.name_zh, &row.name_en]
            .into_iter()
            .any(|t| same(t)),
    });
    let cycles = hits.cycles.iter().take(SHOWN).map(|(code, at)| Hit {
        text: code.clone(),
        href: format!("/cycles/{}", escape(code)),
        note: state(who, at).to_string(),
        is_exact: same(code),
    });
    let groups = [
        (
            "people-title",
            people.collect(),
            more(hits.people.len(), "/people"),
        ),
        (
            "teams-title",
            teams.collect(),
            more(hits.teams.len(), "/teams"),
        ),
        ("nav-cycles", cycles.collect(), None),
    ];
    Found {
        q: q.to_string(),
        groups: groups
            .into_iter()
            .map(|(key, hits, more): (_, Vec<Hit>, _)| Group {
                title: plain(who.locale, key),
                hits,
                more,
            })
            .filter(|group| !group.hits.is_empty())
            .collect(),
    }
}

impl Found {
    /// Where to go at once: the only hit that is exactly what was asked for.
    #[must_use]
    pub fn only_exact(&self) -> Option<&str> {
        let hits = self.groups.iter().flat_map(|group| &group.hits);
        let mut exact = hits.filter(|hit| hit.is_exact);
        match (exact.next(), exact.next()) {
            (Some(hit), None) => Some(&hit.href),
            _ => None,
        }
    }
}
