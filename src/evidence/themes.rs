//! Themes of complaints: categories that have become more frequent become findings.
//!
//! The last four complete weeks of a team, and of the company, against the twelve before, as complaints for
//! each contact: a rise is told where the exact interval of the ratio of the two rates lies above 1, so that
//! neither a busy season nor one complaint more is news. A theme is not told again for eight weeks.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDateTime;

use crate::calendar::week_number;
use crate::db::Conn;
use crate::error::Result;
use crate::evidence::figures::{self, ComplaintCount};
use crate::evidence::model::{Columns, RowKind};
use crate::evidence::tallies::{self, COMPANY_DAY, TEAM_DAY};
use crate::findings::model::{About, Details, Kind, NewFinding, Rise, Source, Words};
use crate::findings::store;
use crate::stats::contrast::rate_ratio;

/// Weeks that are looked at, and those they are held against.
const NOW: i32 = 4;
const BEFORE: i32 = 12;

/// A theme is not told again for so many weeks.
const QUIET: i32 = 8;

/// Fewer complaints in the last weeks are no theme.
const FEWEST: i64 = 5;

/// Complaints by whom (none: the company) and category.
type Counts = BTreeMap<(Option<i64>, String), i64>;

/// Finds the categories that rose in the complete weeks before `day` and stores those that are new; says
/// how many. Eight queries, however many teams and categories there are.
///
/// # Errors
/// When the database fails.
pub fn find(conn: &mut Conn, day: i32, at: NaiveDateTime) -> Result<usize> {
    // The Monday of this week: the last complete week ends the day before.
    let monday = week_number(day) * 7 - 3;
    let (now, before) = (
        (monday - 7 * NOW, monday - 1),
        (monday - 7 * (NOW + BEFORE), monday - 7 * NOW - 1),
    );
    let told: HashSet<String> = store::keys_since(conn, Kind::ComplaintTheme, monday - 7 * QUIET)?
        .into_iter()
        .collect();
    let mut names = BTreeMap::new();
    let (late, early) = (
        counts(conn, now, &mut names)?,
        counts(conn, before, &mut names)?,
    );
    let (contacts, contacts_before) = (contacts(conn, now)?, contacts(conn, before)?);
    let mut found = Vec::new();
    for ((team, code), n) in &late {
        let before_n = early.get(&(*team, code.clone())).copied().unwrap_or(0);
        let exposure = contacts.get(team).copied().unwrap_or(0);
        let exposure_before = contacts_before.get(team).copied().unwrap_or(0);
        let ratio = rate_ratio((*n, exposure), (before_n, exposure_before));
        let Some(ratio) = ratio.filter(|ratio| *n >= FEWEST && ratio.low > 1.0) else {
            continue;
        };
        let about = team.map_or(About::Company, About::Team);
        let theme = format!("{}:{}:{code}", Kind::ComplaintTheme.code(), about.key());
        if told.iter().any(|key| key.starts_with(&format!("{theme}:"))) {
            continue;
        }
        let (name_zh, name_en) = names.get(code).cloned().unwrap_or_default();
        found.push(NewFinding {
            kind: Kind::ComplaintTheme,
            measure: String::new(),
            about,
            day: now.1,
            details: Details::Rise(Rise {
                category: code.clone(),
                name_zh,
                name_en,
                now: *n,
                contacts: exposure,
                before: before_n,
                contacts_before: exposure_before,
                low: ratio.low,
                high: ratio.high,
                from: now.0,
                to: now.1,
            }),
            words: Words::weighed(3, 2),
            evidence: Source::default(),
            dedupe_key: format!("{theme}:{}", now.1),
        });
    }
    store::add(conn, &found, at)
}

/// The substantiated and classified complaints of some days.
fn counts(
    conn: &mut Conn,
    days: (i32, i32),
    names: &mut BTreeMap<String, (String, String)>,
) -> Result<Counts> {
    let mut counts = Counts::new();
    for ComplaintCount {
        team_id,
        category,
        count,
    } in figures::complaints_by_category(conn, days, None)?
    {
        let Some((code, zh, en)) = category else {
            continue;
        };
        *counts.entry((None, code.clone())).or_default() += count;
        if team_id.is_some() {
            *counts.entry((team_id, code.clone())).or_default() += count;
        }
        names.insert(code, (zh, en));
    }
    Ok(counts)
}

/// Contacts of some days by team (none: the company), bots left out.
fn contacts(conn: &mut Conn, (from, to): (i32, i32)) -> Result<BTreeMap<Option<i64>, i64>> {
    let columns = Columns::at(Columns::counting(RowKind::Service, None));
    let condition = format!("bot = 0 and day between {from} and {to}");
    let mut contacts = BTreeMap::new();
    for row in tallies::sums(conn, TEAM_DAY, &columns, &condition, &["team_id"])? {
        contacts.insert(Some(row.key[0]), row.cell.records());
    }
    let company = tallies::sums(conn, COMPANY_DAY, &columns, &condition, &["bot"])?;
    contacts.insert(None, company.iter().map(|row| row.cell.records()).sum());
    Ok(contacts)
}
