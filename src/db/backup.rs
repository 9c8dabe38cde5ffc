//! Backup and restore: one file that holds everything. SQLite copies itself while in use; PostgreSQL
//! is served by its own tools, which must be installed where the command runs.

use std::path::Path;
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::{Address, Conn, Db, migrate};
use crate::error::{Error, Message, Result};

/// Writes a backup to a file that must not exist yet.
pub fn backup(db: &Db, file: &Path) -> Result<()> {
    if file.exists() {
        return Err(Error::Conflict(
            Message::new("backup-exists").with("file", file.display()),
        ));
    }
    let done = match db.address() {
        Address::Sqlite(_) => db.bare(|conn| {
            diesel::sql_query("vacuum into $1")
                .bind::<Text, _>(file.to_string_lossy().into_owned())
                .execute(conn)?;
            Ok(())
        }),
        Address::Postgres(url) => run(
            "pg_dump",
            &["--format=custom", "--no-owner", "--file"],
            file,
            url,
        ),
    };
    if done.is_err() {
        // Part of a backup is none. The first error is the one to report.
        let _ = std::fs::remove_file(file);
    }
    done
}

/// Puts a backup in the place of what is there. The backup is looked at first; on SQLite it replaces
/// the file in one step, on PostgreSQL in one transaction.
pub fn restore(address: &Address, file: &Path) -> Result<()> {
    if !file.is_file() {
        return Err(Error::NotFound(
            Message::new("backup-not-found").with("file", file.display()),
        ));
    }
    match address {
        Address::Sqlite(path) => restore_sqlite(path, file),
        Address::Postgres(url) => run(
            "pg_restore",
            &[
                "--clean",
                "--if-exists",
                "--no-owner",
                "--single-transaction",
                "--dbname",
                url,
            ],
            file,
            "",
        ),
    }
}

fn restore_sqlite(path: &Path, file: &Path) -> Result<()> {
    let mut copy = path.as_os_str().to_owned();
    copy.push(".restoring");
    let copy = Path::new(&copy);
    std::fs::copy(file, copy)?;
    let checked = check_copy(copy);
    remove_logs(copy)?;
    if checked.is_err() {
        std::fs::remove_file(copy)?;
        return Err(Error::invalid(
            Message::new("backup-bad").with("file", file.display()),
        ));
    }
    // The log of the old file must not be applied to the new one.
    remove_logs(path)?;
    Ok(std::fs::rename(copy, path)?)
}

fn remove_logs(database: &Path) -> Result<()> {
    for suffix in ["-wal", "-shm"] {
        let mut log = database.as_os_str().to_owned();
        log.push(suffix);
        match std::fs::remove_file(Path::new(&log)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a file is a whole database of this program.
fn check_copy(copy: &Path) -> Result<()> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    #[derive(QueryableByName)]
    struct Size {
        #[diesel(sql_type = BigInt)]
        bytes: i64,
    }
    let on_disk = std::fs::metadata(copy)?.len();
    let db = Db::open(Address::Sqlite(copy.to_path_buf()), 1)?;
    migrate::require_current(&db)?;
    db.bare(|conn: &mut Conn| {
        // SQLite takes the missing end of a last page for zeros.
        let size: Size = diesel::sql_query(
            "select page_count * page_size as bytes from pragma_page_count, pragma_page_size",
        )
        .get_result(conn)?;
        if u64::try_from(size.bytes) != Ok(on_disk) {
            return Err(Error::invalid(Message::new("database-corrupt")));
        }
        let answer: Answer = diesel::sql_query("pragma integrity_check").get_result(conn)?;
        if answer.integrity_check != "ok" {
            return Err(Error::invalid(Message::new("database-corrupt")));
        }
        // Everything into the file itself, so that it can be moved alone.
        diesel::sql_query("pragma wal_checkpoint(truncate)").execute(conn)?;
        Ok(())
    })
}

fn run(tool: &'static str, options: &[&str], file: &Path, last: &str) -> Result<()> {
    let mut command = Command::new(tool);
    command.args(options).arg(file);
    if !last.is_empty() {
        command.arg(last);
    }
    let output = command.output().map_err(|e| {
        Error::invalid(
            Message::new("backup-tool-missing")
                .with("tool", tool)
                .with("cause", e),
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::invalid(
        Message::new("backup-tool-failed")
            .with("tool", tool)
            .with("cause", String::from_utf8_lossy(&output.stderr).trim()),
    ))
}
