//! Loading service records, against the database's own loader and the queries that give the tallies.

use std::path::Path;

use crate::data::{self, COLUMNS};
use crate::measure::{Bound, Run, Table, espalier, settle};
use crate::store::Server;
use crate::{Args, Outcome};

/// Ours over the limit, at most.
const RATIO: f64 = 3.0;
/// MB, at most.
const MEMORY: f64 = 300.0;

/// People and quarters of a file: the tallies of many people over many days are many cells.
const SHAPES: [(&str, usize, usize); 2] = [
    ("dense: 1,000 people, 1 quarter", 1_000, 1),
    ("sparse: 10,000 people, 4 quarters", 10_000, 4),
];

/// The key of each tally, in terms of the table `counted`.
const TALLIES: [(&str, &str); 4] = [
    ("staff_quarter", "quarter, employee, team, channel"),
    ("team_day", "team, day"),
    ("team_quarter", "quarter, team, channel"),
    ("company_day", "day, channel"),
];

/// Measures both shapes on every server.
pub fn measure(args: &Args, folder: &Path, servers: &[Server], table: &mut Table) -> Outcome<()> {
    for (shape, people, quarters) in SHAPES {
        let files = data::company(
            &folder.join("import"),
            people,
            args.records as usize,
            quarters,
        )?;
        let records = folder.join("import/measured.csv");
        data::narrow(&files.service_records, &records)?;
        let records = records.display().to_string();
        for server in servers {
            let (mut ours, mut again) = (Vec::new(), Vec::new());
            let mut limit = Vec::new();
            for _ in 0..args.rounds {
                let store = server.make("import", folder)?;
                let url = store.url();
                let run = |args: &[&str]| espalier(&[args, &["--database", &url]].concat(), folder);
                run(&["migrate"])?;
                run(&["import", "teams", &files.teams.display().to_string()])?;
                run(&["import", "staff", &files.staff.display().to_string()])?;
                settle()?;
                ours.push(run(&["import", "service-records", &records])?);
                settle()?;
                again.push(run(&["import", "service-records", &records])?);
                store.drop()?;
                limit.push(bare(server, &records, folder)?);
            }
            let what = |of: &str| format!("{} {of}, {shape}", server.name());
            let bound = Bound {
                ratio: Some(RATIO),
                memory: Some(MEMORY),
            };
            table.line(&what("import"), &ours, &limit, bound);
            let reported = Bound::default();
            table.line(&what("  again"), &again, &[], reported);
        }
    }
    Ok(())
}

/// Loads the file by the system's shell into a table that ends up with the same unique id and the same
/// indexes, and makes the tallies. The indexes are made last: with them there from the start the shell
/// takes longer, which would be an easier limit to keep.
fn bare(server: &Server, records: &str, folder: &Path) -> Outcome<Run> {
    let store = server.make("bare", folder)?;
    let (table, load) = match server {
        Server::Sqlite => (sqlite_table(), sqlite_load(records)),
        Server::Postgres(_) => (postgres_table(), postgres_load(records)),
    };
    let indexes = "create unique index record_external on record (id);\n\
                   create index record_staff on record (employee, opened_at);\n\
                   create index record_team on record (team, opened_at);\n\
                   create index record_day on record (opened_at);\n";
    let counted = counted(server);
    let tallies: String = TALLIES.iter().map(|(name, key)| tally(name, key)).collect();
    settle()?;
    let run = store.sql(&format!("{table}{load}{indexes}{counted}{tallies}"))?;
    store.drop()?;
    Ok(run)
}

/// A column per column of the file, and the settings the program uses itself.
fn sqlite_table() -> String {
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|name| match *name {
            "handle_seconds" => format!("{name} integer"),
            name => format!("{name} text"),
        })
        .collect();
    format!(
        "pragma journal_mode = wal;\npragma synchronous = full;\npragma cache_size = -16384;\n\
         pragma temp_store = memory;\ncreate table record ({});\n",
        columns.join(", ")
    )
}

fn sqlite_load(records: &str) -> String {
    format!(".mode csv\n.import --skip 1 '{records}' record\n")
}

fn postgres_table() -> String {
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|name| match *name {
            "handle_seconds" => format!("{name} integer"),
            "opened_at" | "resolved_at" => format!("{name} timestamp"),
            "first_contact_resolved" | "sla_met" | "reopened" | "transferred" | "escalated" => {
                format!("{name} boolean")
            }
            name => format!("{name} text"),
        })
        .collect();
    format!("create table record ({});\n", columns.join(", "))
}

fn postgres_load(records: &str) -> String {
    format!("\\copy record from '{records}' with (format csv, header)\n")
}

/// What a record counts: keys, flags as 0, 1 or nothing, durations as numbers or nothing. A table and
/// not a view, so that dates are taken apart once and not for every sum of every tally.
fn counted(server: &Server) -> String {
    let (day, quarter, minutes, handle) = match server {
        Server::Sqlite => (
            "substr(opened_at, 1, 10)",
            "substr(opened_at, 1, 4) * 4 + (substr(opened_at, 6, 2) - 1) / 3",
            "(unixepoch(nullif(resolved_at, '')) - unixepoch(opened_at)) / 60",
            "nullif(handle_seconds, '')",
        ),
        Server::Postgres(_) => (
            "opened_at::date",
            "(extract(year from opened_at) * 4 + extract(quarter from opened_at))::int",
            "(extract(epoch from resolved_at - opened_at) / 60)::bigint",
            "handle_seconds::bigint",
        ),
    };
    let flag = |name: &str| match server {
        Server::Sqlite => format!("nullif({name}, '') = 'true' as {name}"),
        Server::Postgres(_) => format!("{name}::int as {name}"),
    };
    let flags: Vec<String> = FLAGS.iter().map(|name| flag(name)).collect();
    format!(
        "create temp table counted as select {day} as day, {quarter} as quarter, employee, team, channel, \
         {}, {handle} as handle, {minutes} as minutes from record;\n",
        flags.join(", ")
    )
}

const FLAGS: [&str; 5] = [
    "first_contact_resolved",
    "sla_met",
    "reopened",
    "transferred",
    "escalated",
];

/// A tally: numbers, sums and sums of squares by key.
fn tally(name: &str, key: &str) -> String {
    let mut sums = vec!["count(*)".to_string()];
    for flag in FLAGS {
        sums.push(format!("count({flag})"));
        sums.push(format!("sum({flag})"));
    }
    for duration in ["handle", "minutes"] {
        sums.push(format!("count({duration})"));
        sums.push(format!("sum({duration})"));
        sums.push(format!("sum({duration} * {duration})"));
    }
    let sums: Vec<String> = sums
        .iter()
        .enumerate()
        .map(|(at, sum)| format!("{sum} as c{at}"))
        .collect();
    format!(
        "create table {name} as select {key}, {} from counted group by {key};\n",
        sums.join(", ")
    )
}
