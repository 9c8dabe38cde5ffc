//! The database: one connection type for both backends, a pool that chooses by address, transactions
//! that cannot be left open, and the few statements that differ.

pub mod backup;
pub mod migrate;
pub mod schema;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2;
use diesel::{PgConnection, SqliteConnection};

use crate::error::{Error, Message, Result, known_trouble};

/// A connection to either database; every query is written once and runs on both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    Pg(PgConnection),
}

/// What a boxed query of either database names.
pub type Backend = <Conn as diesel::Connection>::Backend;

/// Runs the same expression on the concrete connection of either backend: for what the common one
/// does not offer (upserts, batches). Type-checked for each.
#[macro_export]
macro_rules! with_conn {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Pg($c) => $body,
        }
    };
}

/// Inserts many rows: one prepared statement on SQLite, COPY on PostgreSQL.
#[macro_export]
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        let done: $crate::error::Result<()> = match $conn {
            $crate::db::Conn::Sqlite(c) => (|| {
                for row in &rows {
                    diesel::insert_into($table).values(row).execute(c)?;
                }
                Ok(())
            })(),
            $crate::db::Conn::Pg(c) => {
                if rows.is_empty() {
                    Ok(())
                } else {
                    diesel::copy_from($table)
                        .from_insertable(&rows)
                        .execute(c)
                        .map(|_| ())
                        .map_err($crate::error::Error::from)
                }
            }
        };
        done
    }};
}

impl Conn {
    /// Keeps other writers of `name` out until the transaction ends. SQLite has one writer anyway.
    pub fn lock(&mut self, name: &str) -> Result<()> {
        if let Conn::Pg(c) = self {
            diesel::sql_query("select pg_advisory_xact_lock(hashtext($1))")
                .bind::<diesel::sql_types::Text, _>(name)
                .execute(c)?;
        }
        Ok(())
    }

    /// Takes the indexes off a table (its primary key stays) and returns the statements that put them
    /// back: a large load into an empty table is done sooner without them.
    pub fn drop_indexes(&mut self, table: &str) -> Result<Vec<String>> {
        #[derive(QueryableByName)]
        struct Index {
            #[diesel(sql_type = diesel::sql_types::Text)]
            name: String,
            #[diesel(sql_type = diesel::sql_types::Text)]
            definition: String,
        }
        let catalogue = match self {
            Conn::Sqlite(_) => {
                "select name, sql as definition from sqlite_master \
                 where type = 'index' and tbl_name = $1 and sql is not null order by name"
            }
            Conn::Pg(_) => {
                "select indexname::text as name, indexdef as definition from pg_indexes \
                 where schemaname = current_schema() and tablename = $1 \
                   and indexname not in (select conname from pg_constraint) order by indexname"
            }
        };
        let indexes: Vec<Index> = diesel::sql_query(catalogue)
            .bind::<diesel::sql_types::Text, _>(table)
            .load(self)?;
        for index in &indexes {
            self.batch_execute(&format!("drop index {}", index.name))?;
        }
        Ok(indexes.into_iter().map(|i| i.definition).collect())
    }

    /// Brings the planner's picture of the tables up to date, after a large load.
    pub fn analyze(&mut self) -> Result<()> {
        let text = match self {
            Conn::Sqlite(_) => "pragma optimize",
            Conn::Pg(_) => "analyze",
        };
        Ok(self.batch_execute(text)?)
    }
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Address {
    /// Reads `sqlite://PATH` or `postgres://...`; anything else is refused, since a mistyped address
    /// must not become a file of that name.
    pub fn parse(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err(Error::invalid(Message::new("database-no-path")));
            }
            return Ok(Address::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            if url.contains("sslmode=require") || url.contains("sslmode=verify") {
                return Err(Error::invalid(Message::new("database-no-tls")));
            }
            return Ok(Address::Postgres(url.to_string()));
        }
        Err(Error::invalid(
            Message::new("database-bad-url").with("url", hide_password(url)),
        ))
    }
}

/// An address fit for a message: the password, if any, left out.
fn hide_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let user = url[scheme + 3..at].split(':').next().unwrap_or_default();
            format!("{}{user}:***{}", &url[..scheme + 3], &url[at..])
        }
        _ => url.to_string(),
    }
}

/// Opens connections for the pool; chooses the backend by the address, never by trial.
#[derive(Debug)]
struct Manager {
    address: Address,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> std::result::Result<Conn, r2d2::Error> {
        match &self.address {
            Address::Sqlite(path) => {
                let mut c = SqliteConnection::establish(&path.to_string_lossy())
                    .map_err(r2d2::Error::ConnectionError)?;
                c.batch_execute(
                    "pragma busy_timeout = 15000; pragma journal_mode = wal; \
                     pragma synchronous = full; pragma foreign_keys = on; \
                     pragma trusted_schema = off; pragma cache_size = -16384; \
                     pragma temp_store = memory;",
                )
                .map_err(r2d2::Error::QueryError)?;
                Ok(Conn::Sqlite(c))
            }
            Address::Postgres(url) => {
                let mut c = PgConnection::establish(url).map_err(r2d2::Error::ConnectionError)?;
                c.batch_execute(
                    "set time zone 'UTC'; set lock_timeout = '15s'; \
                     set idle_in_transaction_session_timeout = '10min'; \
                     set client_min_messages = warning;",
                )
                .map_err(r2d2::Error::QueryError)?;
                Ok(Conn::Pg(c))
            }
        }
    }

    fn is_valid(&self, _: &mut Conn) -> std::result::Result<(), r2d2::Error> {
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        let open = |depth: std::result::Result<Option<std::num::NonZeroU32>, _>| {
            depth.map_or(true, |d: Option<std::num::NonZeroU32>| d.is_some())
        };
        with_conn!(conn, c => {
            open(AnsiTransactionManager::transaction_manager_status_mut(&mut *c).transaction_depth())
        })
    }
}

/// Whether a transaction's work stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Yes,
    No,
}

/// The database as the features see it: `read` and `write`, nothing else.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<Manager>,
    address: Address,
}

impl Db {
    /// Opens a pool of at most `size` connections.
    ///
    /// # Errors
    /// When the file cannot be opened or the server does not answer.
    pub fn open(address: Address, size: u32) -> Result<Self> {
        if let Address::Sqlite(path) = &address
            && let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty())
            && !folder.is_dir()
        {
            return Err(Error::invalid(
                Message::new("database-no-folder").with("folder", folder.display()),
            ));
        }
        let manager = Manager {
            address: address.clone(),
        };
        // One connection first: its own words say what is wrong, the pool only says "timed out".
        let first = r2d2::ManageConnection::connect(&manager);
        if let Err(e) = first {
            let known = match &e {
                r2d2::Error::QueryError(e) => known_trouble(e),
                r2d2::Error::ConnectionError(_) => None,
            };
            return Err(Error::invalid(match known {
                Some(key) => Message::new(key),
                None => Message::new("database-unreachable").with("cause", e),
            }));
        }
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_secs(15))
            .test_on_check_out(false)
            .build(manager)?;
        Ok(Db { pool, address })
    }

    /// Where the data is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The file, on SQLite.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.address {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// Runs `work` on one unchanging view of the data; nothing it writes is kept.
    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.transaction(
            "begin",
            "begin transaction isolation level repeatable read, read only",
            |conn| Ok((work(conn)?, Keep::No)),
        )
    }

    /// Runs `work` in a transaction that is kept when it succeeds and undone when it fails or panics.
    /// On SQLite the writer's place is taken at the start, so that no read goes stale before the write.
    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.write_or_undo(|conn| Ok((work(conn)?, Keep::Yes)))
    }

    /// As `write`, but `work` itself says whether what it did is kept.
    pub fn write_or_undo<T>(&self, work: impl FnOnce(&mut Conn) -> Result<(T, Keep)>) -> Result<T> {
        self.transaction("begin immediate", "begin", work)
    }

    /// A connection without a transaction, for what refuses to run in one (VACUUM, migrations).
    pub(super) fn bare<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        work(&mut *self.pool.get()?)
    }

    fn transaction<T>(
        &self,
        sqlite: &str,
        pg: &str,
        work: impl FnOnce(&mut Conn) -> Result<(T, Keep)>,
    ) -> Result<T> {
        let mut pooled = self.pool.get()?;
        let conn = &mut *pooled;
        match conn {
            Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, sqlite)?,
            Conn::Pg(c) => AnsiTransactionManager::begin_transaction_sql(c, pg)?,
        }
        match catch_unwind(AssertUnwindSafe(|| work(conn))) {
            Ok(Ok((value, Keep::No))) => {
                with_conn!(conn, c => AnsiTransactionManager::rollback_transaction(c))?;
                Ok(value)
            }
            Ok(Ok((value, Keep::Yes))) => {
                with_conn!(conn, c => AnsiTransactionManager::commit_transaction(c))?;
                Ok(value)
            }
            Ok(Err(e)) => {
                // The reason for rolling back is worth more than a failure to do so; a connection
                // left in a transaction is thrown away by the pool.
                if with_conn!(conn, c => AnsiTransactionManager::rollback_transaction(c)).is_err() {
                    drop(pooled);
                }
                Err(e)
            }
            Err(panic) => {
                if with_conn!(conn, c => AnsiTransactionManager::rollback_transaction(c)).is_err() {
                    drop(pooled);
                }
                resume_unwind(panic)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_address_is_refused_without_its_password() {
        let e = Address::parse("postgre://ann:secret@host/db").unwrap_err();
        let text = e.to_string();
        assert!(
            text.contains("database-bad-url") && text.contains("ann:***@host/db"),
            "{text}"
        );
        assert!(!text.contains("secret"));
        assert!(Address::parse("espalier.db").is_err());
        assert!(Address::parse("sqlite://").is_err());
        assert!(Address::parse("postgres://h/db?sslmode=require").is_err());
    }
}
