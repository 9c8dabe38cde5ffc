//! The speed and memory promises, measured: `cargo bench --bench speed -- import|bundle|scoring|cycle|list|growth|candidates`.
//!
//! Each promise is a ratio between what the program takes and what a limit takes that cannot be
//! avoided (the database's own loader, creating the files, copying the rows). Both are run in turns,
//! several times, on the same machine; the medians are compared. A broken promise ends the run with
//! status 1. `docs/performance.md` says how to read the table.

mod bare;
mod bundle;
mod cycle;
mod data;
mod import;
mod measure;
mod scoring;
mod store;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::measure::Table;
use crate::store::Server;

/// Whatever stops a measurement.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Loading service records
    Import,
    /// Building the person bundle
    Bundle,
    /// Scoring a cycle
    Scoring,
    /// Making a cycle and releasing its results
    Cycle,
    /// A list page, the start and the memory of the server
    List,
    /// Pages of a company of --people with --records against those of a small one
    Growth,
    /// Pages of 100,000 candidates against those of 1,000
    Candidates,
}

/// Measures speed and memory against the limits of the machine.
#[derive(Parser)]
struct Args {
    /// What to measure; everything if nothing is named
    what: Vec<What>,
    /// Measure on this PostgreSQL server too; databases are made on it and dropped
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Runs of each side; the medians are compared
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Service records in the files
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    records: u32,
    /// People in the bundle and in the cycle
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(60..=100_000))]
    people: u32,
    /// Where to work; a folder made for the run is removed at the end (default: the system's)
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// Create the files of this list below --into and do nothing else: the bundle's limit, which is
    /// a process of its own like the program it is compared with
    #[arg(long, hide = true, requires = "into")]
    create: Option<PathBuf>,
    #[arg(long, hide = true)]
    into: Option<PathBuf>,
    /// Serve a list from this database and nothing else: what the list is held against
    #[arg(long, hide = true, requires = "listen")]
    bare: Option<String>,
    #[arg(long, hide = true)]
    listen: Option<String>,
    /// What `cargo bench` hands to every bench; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("speed: {e}");
            ExitCode::from(2)
        }
    }
}

/// Measures what is asked for; whether every promise was kept.
fn run(args: &Args) -> Outcome<bool> {
    if let (Some(list), Some(into)) = (&args.create, &args.into) {
        return bundle::create(list, into).map(|()| true);
    }
    if let (Some(url), Some(listen)) = (&args.bare, &args.listen) {
        return bare::serve(url, listen).map(|()| true);
    }
    let parent = args.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new()
        .prefix("espalier-speed-")
        .tempdir_in(parent)?;
    let mut servers = vec![Server::Sqlite];
    servers.extend(args.postgres.clone().map(Server::Postgres));
    let wanted = |what| args.what.is_empty() || args.what.contains(&what);
    let mut table = Table::start();
    if wanted(What::Import) {
        import::measure(args, folder.path(), &servers, &mut table)?;
    }
    if wanted(What::Bundle) || wanted(What::Scoring) || wanted(What::Cycle) {
        let cycle = data::Cycle::make(args, folder.path())?;
        for server in &servers {
            let evaluated = cycle.load(server, folder.path())?;
            if wanted(What::Scoring) {
                scoring::measure(args, server, &evaluated, folder.path(), &mut table)?;
            }
            if wanted(What::Cycle) {
                let template = &cycle.template;
                cycle::measure(
                    args,
                    server,
                    &evaluated,
                    template,
                    folder.path(),
                    &mut table,
                )?;
            }
            if wanted(What::Bundle) {
                bundle::measure(args, server, &evaluated, folder.path(), &mut table)?;
            }
            evaluated.drop()?;
        }
    }
    for server in &servers {
        if wanted(What::List) {
            web::list(args, server, folder.path(), &mut table)?;
        }
        if wanted(What::Growth) {
            web::growth(args, server, folder.path(), &mut table)?;
        }
        if wanted(What::Candidates) {
            web::candidates(args, server, folder.path(), &mut table)?;
        }
    }
    table.end();
    Ok(table.kept())
}
