//! A private database for each test, on both backends.
//!
//! SQLite: the bytes of one migrated file, written anew. PostgreSQL: `create database ... template`
//! on the server that ESPALIER_TEST_PG names, dropped when the test ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use actix_web::web::Data;
use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use espalier::db::{Address, Db, backup, migrate};
use espalier::web::Site;
use tempfile::TempDir;

use super::queries;

/// Connections of a test's pool: one for the test, one for a neighbour it may want.
const CONNECTIONS: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A migrated, empty database and a folder for files; both are gone when it is dropped.
pub struct TestDb {
    pub db: Db,
    pub backend: Backend,
    folder: TempDir,
    server: Option<Server>,
    /// The application over it, by the time it shows: made once, since it compiles every template.
    pub sites: Mutex<BTreeMap<NaiveDateTime, Data<Site>>>,
}

/// The PostgreSQL server and the database made on it.
struct Server {
    url: String,
    database: String,
}

/// Names each test once and runs it on both backends, as `name::sqlite` and `name::postgres`.
///
/// A test function that is not named here is unused, which the compiler reports.
#[macro_export]
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&$crate::support::db::TestDb::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(db) = $crate::support::db::TestDb::postgres() {
                    super::$name(&db);
                }
            }
        }
    )+};
}

impl TestDb {
    /// A private SQLite database.
    pub fn sqlite() -> Self {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let db = open(Address::Sqlite(folder.path().join("made.db")));
            migrate::run(&db).unwrap();
            let copy = folder.path().join("template.db");
            backup::backup(&db, &copy).unwrap();
            std::fs::read(copy).unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("espalier.db");
        std::fs::write(&file, template).unwrap();
        TestDb {
            db: open(Address::Sqlite(file)),
            backend: Backend::Sqlite,
            folder,
            server: None,
            sites: Mutex::default(),
        }
    }

    /// A private PostgreSQL database; `None` where there is no server and the tests may do without.
    pub fn postgres() -> Option<Self> {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = server_url()?;
        let process = std::process::id();
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("espalier_template_{process}");
            run_on(&url, &format!("create database {name}"));
            migrate::run(&open(Address::Postgres(database_url(&url, &name)))).unwrap();
            name
        });
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = format!("t_{process}_{number}");
        run_on(
            &url,
            &format!("create database {database} template {template}"),
        );
        Some(TestDb {
            db: open(Address::Postgres(database_url(&url, &database))),
            backend: Backend::Postgres,
            folder: tempfile::tempdir().unwrap(),
            server: Some(Server { url, database }),
            sites: Mutex::default(),
        })
    }

    /// A folder of this test alone.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs statements that must succeed, in a transaction.
    pub fn run(&self, sql: &str) {
        self.try_run(sql).unwrap();
    }

    /// Runs statements in a transaction.
    pub fn try_run(&self, sql: &str) -> espalier::error::Result<()> {
        self.db.write(|conn| Ok(conn.batch_execute(sql)?))
    }

    /// The rows of a query with one text column called `line`.
    pub fn lines(&self, sql: &str) -> Vec<String> {
        lines(&self.db, sql)
    }

    /// The single value of such a query.
    pub fn line(&self, sql: &str) -> String {
        let mut lines = self.lines(sql);
        assert_eq!(lines.len(), 1, "{sql} gave {lines:?}");
        lines.remove(0)
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> usize {
        let sql = format!("select cast(count(*) as text) as line from {table}");
        self.line(&sql).parse().unwrap()
    }

    /// The tables of the program, in order of name.
    pub fn tables(&self) -> Vec<String> {
        tables(&self.db)
    }

    /// The rows of a table as text, in a fixed order.
    pub fn rows(&self, table: &str) -> Vec<String> {
        rows(&self.db, table)
    }

    /// Everything in the database, table by table, each row as text. Only for comparing states of
    /// one database.
    pub fn state(&self) -> State {
        state(&self.db)
    }

    /// The same, seen by somebody who opens the database now.
    pub fn state_for_a_newcomer(&self) -> State {
        state(&open(self.db.address().clone()))
    }
}

/// Each table's rows as text.
pub type State = BTreeMap<String, Vec<String>>;

fn state(db: &Db) -> State {
    let tables = tables(db).into_iter();
    tables
        .map(|table| {
            let rows = rows(db, &table);
            (table, rows)
        })
        .collect()
}

fn tables(db: &Db) -> Vec<String> {
    let mut tables = lines(
        db,
        match db.address() {
            Address::Sqlite(_) => "select name as line from sqlite_master where type = 'table'",
            Address::Postgres(_) => {
                "select cast(tablename as text) as line from pg_tables where schemaname = 'public'"
            }
        },
    );
    tables.retain(|name| !name.starts_with("sqlite_") && !name.starts_with("__diesel"));
    tables.sort();
    tables
}

fn rows(db: &Db, table: &str) -> Vec<String> {
    let row = match db.address() {
        Address::Postgres(_) => "cast(t as text)".to_string(),
        Address::Sqlite(_) => {
            let columns = format!("select name as line from pragma_table_info('{table}')");
            let columns: Vec<String> = lines(db, &columns)
                .into_iter()
                .map(|column| format!("quote({column})"))
                .collect();
            columns.join(" || ',' || ")
        }
    };
    lines(
        db,
        &format!("select {row} as line from {table} t order by 1"),
    )
}

fn lines(db: &Db, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    db.read(|conn| Ok(diesel::sql_query(sql).load::<Line>(conn)?))
        .unwrap()
        .into_iter()
        .map(|row| row.line)
        .collect()
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some(Server { url, database }) = &self.server {
            run_on(url, &format!("drop database {database} with (force)"));
        }
    }
}

/// Opens a database that must be there.
pub fn open(address: Address) -> Db {
    queries::install();
    Db::open(address, CONNECTIONS).unwrap()
}

/// Where the server is; `None` if there is none and that was said to be all right.
fn server_url() -> Option<String> {
    match std::env::var("ESPALIER_TEST_PG") {
        Ok(url) => Some(url),
        Err(_) if std::env::var("ESPALIER_TEST_SKIP_PG").as_deref() == Ok("1") => {
            eprintln!("not run: no PostgreSQL, ESPALIER_TEST_SKIP_PG=1");
            None
        }
        Err(_) => panic!(
            "this test needs PostgreSQL: run `scripts/postgres cargo test`, set ESPALIER_TEST_PG to \
             a throw-away server, or leave these tests out with ESPALIER_TEST_SKIP_PG=1"
        ),
    }
}

fn database_url(server: &str, database: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{database}")
}

fn run_on(url: &str, sql: &str) {
    PgConnection::establish(url)
        .unwrap()
        .batch_execute(sql)
        .unwrap();
}
