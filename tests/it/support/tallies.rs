//! The tallies as readable lines, and what changed between two pictures of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use espalier::calendar::{Quarter, date_of};
use espalier::evidence::model::{CHANNELS, COLUMNS};
use espalier::evidence::store::recount;
use espalier::evidence::tallies::{
    COMPANY_DAY, STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER, Tally, cells, durations,
};
use espalier::people::store::Directory;
use espalier::settings::Settings;

use super::db::TestDb;

/// Every cell by a readable key such as `staff 2026Q3 E1 A phone`, with its columns that are not 0,
/// and every histogram by one such as `durations 2026Q3 A`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    cells: BTreeMap<String, BTreeMap<&'static str, i64>>,
    histograms: BTreeMap<String, String>,
}

impl Picture {
    /// Reads all five tables.
    pub fn of(db: &TestDb) -> Self {
        db.db
            .read(|conn| {
                let names = Names::of(&Directory::load(conn)?);
                let mut picture = Picture {
                    cells: BTreeMap::new(),
                    histograms: BTreeMap::new(),
                };
                for tally in [STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER, COMPANY_DAY] {
                    for row in cells(conn, tally, "1 = 1")? {
                        let values = COLUMNS.into_iter().zip(row.cell.0);
                        let values = values.filter(|(_, v)| *v != 0).collect();
                        let known = picture.cells.insert(names.key(tally, row.key), values);
                        assert_eq!(known, None);
                    }
                }
                for ((quarter, team, channel), d) in durations(conn, "1 = 1")? {
                    let subject = match team {
                        0 => format!("company {}", CHANNELS[channel as usize]),
                        team => names.team(team),
                    };
                    let key = format!("durations {} {subject}", Quarter::from_index(quarter));
                    let text = format!("{}|{}|{}", d.handle, d.first_reply, d.resolve);
                    picture.histograms.insert(key, text);
                }
                Ok(picture)
            })
            .unwrap()
    }

    /// Whether nothing is counted anywhere.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.histograms.is_empty()
    }

    /// A cell's columns that are not 0, as `records 2, sla_n 2, sla_sum 1`; empty if there is none.
    pub fn cell(&self, key: &str) -> String {
        let values = self.cells.get(key).into_iter().flatten();
        let values: Vec<String> = COLUMNS
            .iter()
            .filter_map(|name| values.clone().find(|(n, _)| *n == name))
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        values.join(", ")
    }

    /// One number of a cell.
    pub fn value(&self, key: &str, column: &str) -> i64 {
        assert!(COLUMNS.contains(&column));
        let cell = self.cells.get(key);
        cell.and_then(|c| c.get(column)).copied().unwrap_or(0)
    }

    /// The keys of the cells that begin with some words.
    pub fn keys(&self, start: &str) -> Vec<&str> {
        let keys = self.cells.keys().chain(self.histograms.keys());
        keys.filter(|k| k.starts_with(start))
            .map(String::as_str)
            .collect()
    }

    /// What must be added to this picture to get the later one: `staff 2026Q3 E1 A phone: sla_sum -1`
    /// for each cell that differs, `durations ...` for each histogram.
    pub fn changes(&self, later: &Picture) -> Vec<String> {
        let mut changes = Vec::new();
        let keys: BTreeSet<&String> = self.cells.keys().chain(later.cells.keys()).collect();
        for key in keys {
            let deltas: Vec<String> = COLUMNS
                .iter()
                .map(|name| (name, later.value(key, name) - self.value(key, name)))
                .filter(|(_, delta)| *delta != 0)
                .map(|(name, delta)| format!("{name} {delta:+}"))
                .collect();
            if !deltas.is_empty() {
                changes.push(format!("{key}: {}", deltas.join(", ")));
            }
        }
        let keys: BTreeSet<&String> = self
            .histograms
            .keys()
            .chain(later.histograms.keys())
            .collect();
        let differing = |key: &&&String| self.histograms.get(**key) != later.histograms.get(**key);
        changes.extend(keys.iter().filter(differing).map(|key| (*key).clone()));
        changes
    }
}

/// Asserts that counting every row again gives the stored tallies; gives the number of rows.
pub fn assert_recount_is_clean(db: &TestDb) -> u64 {
    let found = db
        .db
        .read(|conn| {
            let settings = Settings::load(conn)?;
            recount(conn, settings.fiscal_start)
        })
        .unwrap();
    assert_eq!(
        found.differences,
        [],
        "the tallies are not what the rows say"
    );
    found.rows
}

/// Codes by number.
struct Names {
    staff: HashMap<i64, String>,
    teams: HashMap<i64, String>,
}

impl Names {
    fn of(directory: &Directory) -> Self {
        let staff = directory.staff.iter();
        let teams = directory.teams.iter();
        Names {
            staff: staff.map(|(id, s)| (*id, s.employee_no.clone())).collect(),
            teams: teams.map(|(id, t)| (*id, t.code.clone())).collect(),
        }
    }

    fn team(&self, id: i64) -> String {
        self.teams
            .get(&id)
            .cloned()
            .unwrap_or_else(|| "-".to_string())
    }

    fn key(&self, tally: Tally, key: [i64; 4]) -> String {
        let subject = match tally.table {
            "tally_staff_quarter" => "staff",
            "tally_team_day" => "team-day",
            "tally_team_quarter" => "team",
            _ => "company",
        };
        let mut words = vec![subject.to_string()];
        for (name, value) in tally.key.iter().zip(key) {
            let number = i32::try_from(value).unwrap();
            words.push(match *name {
                "quarter" => Quarter::from_index(number).code(),
                "day" => date_of(number).to_string(),
                "channel" => CHANNELS[number as usize].to_string(),
                "team_id" => self.team(value),
                "staff_id" => self.staff[&value].clone(),
                _ if value == 0 => continue,
                _ => "bot".to_string(),
            });
        }
        words.join(" ")
    }
}
