//! Scoring a cycle (its step from evaluation to calibration), against copying the rows it wrote.

use std::path::Path;

use crate::data::advance;
use crate::measure::{Bound, Table, settle};
use crate::store::{Server, Store};
use crate::{Args, Outcome};

/// Ours over the limit, at most.
const RATIO: f64 = 3.0;

/// Measures the step on copies of a database in evaluation.
pub fn measure(
    args: &Args,
    server: &Server,
    evaluated: &Store,
    folder: &Path,
    table: &mut Table,
) -> Outcome<()> {
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        let store = evaluated.copy("scored")?;
        settle()?;
        ours.push(advance(&store, "calibration", folder)?);
        store.sql(empty_copy(server))?;
        settle()?;
        limit.push(store.sql(
            "insert into written select id, kind, subject, version_no, previous_id, schema_no, \
             sha256, reason, made_by, made_at, body_json from snapshot order by id;",
        )?);
        store.drop()?;
    }
    let what = format!("{} scoring, {} people", server.name(), args.people);
    let bound = Bound {
        ratio: Some(RATIO),
        memory: None,
    };
    table.line(&what, &ours, &limit, bound);
    Ok(())
}

/// A table with the columns and keys of `snapshot`, which holds nothing but what the step wrote.
fn empty_copy(server: &Server) -> &'static str {
    match server {
        Server::Sqlite => {
            "create table written (id integer primary key autoincrement, kind text not null, \
             subject text not null, version_no integer not null, \
             previous_id integer unique references written (id), schema_no integer not null, \
             sha256 text not null, reason text not null, made_by text not null, \
             made_at text not null, body_json text not null, \
             unique (kind, subject, version_no)) strict;"
        }
        Server::Postgres(_) => "create table written (like snapshot including all);",
    }
}
