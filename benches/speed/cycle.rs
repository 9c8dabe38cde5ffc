//! Making a cycle for everybody and releasing everybody's result, each against copying the rows it wrote.

use std::path::Path;

use crate::data::CYCLE;
use crate::measure::{Bound, Table, espalier, settle};
use crate::store::{Server, Store};
use crate::{Args, Outcome};

/// Ours over the limit, at most.
const RATIO: f64 = 3.0;

/// The quarter after the one in evaluation.
const NEXT: &str = "2026Q4";

/// Measures both on copies of a database in evaluation.
pub fn measure(
    args: &Args,
    server: &Server,
    evaluated: &Store,
    template: &Path,
    folder: &Path,
    table: &mut Table,
) -> Outcome<()> {
    let bound = Bound {
        ratio: Some(RATIO),
        memory: None,
    };
    let (mut made, mut made_limit) = (Vec::new(), Vec::new());
    let (mut released, mut released_limit) = (Vec::new(), Vec::new());
    let template = template.display().to_string();
    for _ in 0..args.rounds {
        let store = evaluated.copy("made")?;
        let url = store.url();
        let run = |args: &[&str]| espalier(&[args, &["--database", &url]].concat(), folder);
        run(&["cycle", "create", NEXT, "--template", &template])?;
        store.sql(&empty_copies(server, &CREATED))?;
        settle()?;
        made.push(run(&[
            "cycle",
            "advance",
            NEXT,
            "--to",
            "goal_setting",
            "--reason",
            "measured",
        ])?);
        settle()?;
        made_limit.push(store.sql(&copies_of_created())?);
        // As if calibration of the cycle in evaluation were just over, with reviews.
        store.sql(&format!(
            "update cycle set state = 'feedback', \
             rules_json = replace(rules_json, '\"reviews\":false', '\"reviews\":true') \
             where code = '{CYCLE}';"
        ))?;
        settle()?;
        released.push(run(&["cycle", "release", CYCLE])?);
        store.sql("drop table written_evaluation;")?;
        store.sql(&empty_copies(server, &["evaluation"]))?;
        settle()?;
        released_limit.push(store.sql(&format!(
            "insert into written_evaluation select * from evaluation \
             where cycle_id = (select id from cycle where code = '{CYCLE}') order by id;"
        ))?);
        store.drop()?;
    }
    let line = |what: &str| format!("{} {what}, {} people", server.name(), args.people);
    table.line(&line("making a cycle"), &made, &made_limit, bound);
    table.line(
        &line("releasing results"),
        &released,
        &released_limit,
        bound,
    );
    Ok(())
}

/// The tables that a new cycle fills.
const CREATED: [&str; 4] = [
    "evaluation",
    "goal_sheet",
    "goal_sheet_version",
    "goal_item",
];

/// Tables without rows and with the columns and indexes of others.
fn empty_copies(server: &Server, tables: &[&str]) -> String {
    let copy = |table: &&str| match server {
        // The primary key is all that SQLite can be told to take over; the limit is the faster for it.
        Server::Sqlite => {
            format!(
                "create table written_{table} as select * from {table} where 0; \
                 create unique index written_{table}_id on written_{table} (id);"
            )
        }
        Server::Postgres(_) => {
            format!("create table written_{table} (like {table} including all);")
        }
    };
    tables.iter().map(copy).collect()
}

fn copies_of_created() -> String {
    let cycle = format!("(select id from cycle where code = '{NEXT}')");
    let sheets = format!("(select id from goal_sheet where cycle_id = {cycle})");
    let versions = format!("(select id from goal_sheet_version where sheet_id in {sheets})");
    let wheres = [
        format!("cycle_id = {cycle}"),
        format!("cycle_id = {cycle}"),
        format!("sheet_id in {sheets}"),
        format!("version_id in {versions}"),
    ];
    let copy = |(table, wanted): (&str, String)| {
        format!("insert into written_{table} select * from {table} where {wanted} order by id;")
    };
    format!(
        "begin; {} commit;",
        CREATED
            .into_iter()
            .zip(wheres)
            .map(copy)
            .collect::<String>()
    )
}
