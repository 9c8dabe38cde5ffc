//! Migrations, embedded for each backend, and the defaults every database starts with.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::{Conn, Db};
use crate::error::{Error, Message, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the database to the newest schema; a second run does nothing.
///
/// # Errors
/// When a migration fails (it is undone), or the database was made by a newer program.
pub fn run(db: &Db) -> Result<()> {
    db.bare(|conn| {
        let done = match conn {
            Conn::Sqlite(c) => migrate(c, SQLITE),
            Conn::Pg(c) => migrate(c, POSTGRES),
        };
        done.map_err(Error::Internal)?;
        refuse_newer(conn)
    })?;
    db.write(crate::seeds::plant)
}

/// Undoes every migration: for tests of the way back.
pub fn revert_all(db: &Db) -> Result<()> {
    db.bare(|conn| {
        let done = match conn {
            Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(|_| ()),
            Conn::Pg(c) => c.revert_all_migrations(POSTGRES).map(|_| ()),
        };
        done.map_err(Error::Internal)
    })
}

/// Whether the database has the schema this program was built for.
pub fn require_current(db: &Db) -> Result<()> {
    db.bare(|conn| {
        let pending = match conn {
            Conn::Sqlite(c) => c.has_pending_migration(SQLITE),
            Conn::Pg(c) => c.has_pending_migration(POSTGRES),
        }
        .map_err(Error::Internal)?;
        if pending {
            return Err(Error::Conflict(Message::new("database-not-migrated")));
        }
        refuse_newer(conn)
    })
}

fn migrate<DB, C>(
    conn: &mut C,
    all: EmbeddedMigrations,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    conn.run_pending_migrations(all).map(|_| ())
}

/// A database with migrations this program does not know was made by a newer one.
fn refuse_newer(conn: &mut Conn) -> Result<()> {
    use diesel::migration::MigrationSource;
    let (applied, known) = match conn {
        Conn::Sqlite(c) => (
            c.applied_migrations(),
            MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map(|m| m.len()),
        ),
        Conn::Pg(c) => (
            c.applied_migrations(),
            MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES).map(|m| m.len()),
        ),
    };
    let applied = applied.map_err(Error::Internal)?.len();
    if applied > known.map_err(Error::Internal)? {
        return Err(Error::Conflict(Message::new("database-newer")));
    }
    Ok(())
}
