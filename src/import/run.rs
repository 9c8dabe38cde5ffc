//! An import from beginning to end, the same for every kind: the file is read and checked, loaded in
//! one transaction, and kept only when nothing is wrong with it (or bad rows may be skipped).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{self, Actor};
use crate::calendar::FiscalStart;
use crate::db::schema::{import_run, source};
use crate::db::{Conn, Db, Keep};
use crate::error::{Error, Message, Result};
use crate::import::{ColumnSpec, ImportError, Mapping, Problem, Reader, Table};
use crate::settings::Settings;
use crate::snapshots::hex;

/// What the caller wants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Check everything, keep nothing.
    pub dry_run: bool,
    /// Make the employees, teams, job roles that rows name and nobody has.
    pub create_missing: bool,
    /// Load the good rows of a file that has bad ones.
    pub skip_bad: bool,
}

/// What a load knows of its surroundings.
#[derive(Clone, Debug)]
pub struct Run {
    pub import_id: i64,
    pub source_id: i64,
    pub settings: Settings,
    pub mapping: Mapping,
    pub options: Options,
    /// Who loads, and when.
    pub actor: Actor,
}

impl Run {
    /// Where the fiscal year starts.
    #[must_use]
    pub fn fiscal_start(&self) -> FiscalStart {
        self.settings.fiscal_start
    }
}

/// What a load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Loaded {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub deleted: u64,
    pub created_staff: u64,
    pub created_teams: u64,
    pub created_job_roles: u64,
    pub created_categories: u64,
}

/// The outcome, for people and (as JSON) for scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    pub kind: String,
    pub source: String,
    pub file: String,
    /// `UTF-8, ,` or `XLSX, Sheet1`.
    pub format: String,
    /// Rows of the file, the header not counted.
    pub rows_read: u64,
    /// Rows that a later row of the same id replaced.
    pub superseded: u64,
    pub bad_rows: u64,
    #[serde(flatten)]
    pub loaded: Loaded,
    /// Whether anything was kept.
    pub kept: bool,
    pub dry_run: bool,
    pub problems: Vec<Problem>,
    /// Columns of the file that nothing reads.
    pub unused_columns: Vec<String>,
    /// The number of the run, if anything was kept.
    #[serde(skip)]
    pub import_id: Option<i64>,
}

/// A kind of file: its name, its columns, and what is done with its rows.
pub struct Kind {
    pub name: &'static str,
    pub columns: &'static [ColumnSpec],
    pub load: fn(&mut Conn, &mut Reader, &Run) -> Result<Loaded>,
}

/// Imports a file. The outcome is complete also when nothing was kept because of bad rows.
///
/// # Errors
/// When the file or the mapping as a whole cannot be used, or the database fails.
pub fn import(
    db: &Db,
    kind: &Kind,
    path: &Path,
    mapping: Mapping,
    options: Options,
    actor: &Actor,
) -> Result<(Outcome, Table)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    import_named(db, kind, path, &name, mapping, options, actor)
}

/// As [`import`], of a file that is called otherwise than where it lies.
///
/// # Errors
/// As [`import`].
pub fn import_named(
    db: &Db,
    kind: &Kind,
    path: &Path,
    file: &str,
    mapping: Mapping,
    options: Options,
    actor: &Actor,
) -> Result<(Outcome, Table)> {
    mapping.expect_kind(kind.name)?;
    let settings = db.read(Settings::load)?;
    let mut reader = Reader::open(path, &mapping, kind.columns, settings.zone.tz())?;
    let file_sha256 = sha256_of(path)?;
    let source = mapping.source().to_string();
    let (loaded, kept, import_id) = db.write_or_undo(|conn| {
        conn.lock("import")?;
        let source_id = source_id(conn, &source)?;
        let import_id = start(
            conn,
            kind.name,
            source_id,
            file,
            &file_sha256,
            &mapping,
            actor,
        )?;
        let run = Run {
            import_id,
            source_id,
            settings,
            mapping: mapping.clone(),
            options,
            actor: actor.clone(),
        };
        let loaded = (kind.load)(conn, &mut reader, &run)?;
        let bad_rows = reader.problems().bad_rows();
        finish(conn, import_id, reader.rows_read(), bad_rows, &loaded)?;
        audit::append(
            conn,
            actor,
            "import",
            kind.name,
            &json!({
                "bad_rows": bad_rows,
                "changed": loaded.changed,
                "deleted": loaded.deleted,
                "file": file,
                "new": loaded.new,
                "rows_read": reader.rows_read(),
                "sha256": file_sha256,
                "source": source,
            }),
        )?;
        let keep = !options.dry_run && (bad_rows == 0 || options.skip_bad);
        Ok((
            (loaded, keep, import_id),
            if keep { Keep::Yes } else { Keep::No },
        ))
    })?;
    let outcome = Outcome {
        kind: kind.name.to_string(),
        source,
        file: file.to_string(),
        format: reader.table().format(),
        rows_read: reader.rows_read(),
        superseded: reader.rows_superseded(),
        bad_rows: reader.problems().bad_rows(),
        loaded,
        kept,
        dry_run: options.dry_run,
        problems: reader.problems().list().to_vec(),
        unused_columns: reader
            .unused_columns()
            .into_iter()
            .map(str::to_string)
            .collect(),
        import_id: kept.then_some(import_id),
    };
    Ok((outcome, Table::open(path, &mapping.hints()?)?))
}

/// The number of a source, made on first use.
fn source_id(conn: &mut Conn, code: &str) -> Result<i64> {
    let known: Option<i64> = source::table
        .filter(source::code.eq(code))
        .select(source::id)
        .first(conn)
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => Ok(diesel::insert_into(source::table)
            .values(source::code.eq(code))
            .returning(source::id)
            .get_result(conn)?),
    }
}

fn start(
    conn: &mut Conn,
    kind: &str,
    source_id: i64,
    file: &str,
    sha256: &str,
    mapping: &Mapping,
    actor: &Actor,
) -> Result<i64> {
    Ok(diesel::insert_into(import_run::table)
        .values((
            import_run::kind.eq(kind),
            import_run::source_id.eq(source_id),
            import_run::file_name.eq(file),
            import_run::file_sha256.eq(sha256),
            import_run::mapping.eq(serde_json::to_string(mapping)?),
            import_run::rows_read.eq(0),
            import_run::rows_new.eq(0),
            import_run::rows_changed.eq(0),
            import_run::rows_deleted.eq(0),
            import_run::rows_bad.eq(0),
            import_run::started_at.eq(actor.at),
        ))
        .returning(import_run::id)
        .get_result(conn)?)
}

fn finish(conn: &mut Conn, id: i64, rows_read: u64, bad_rows: u64, loaded: &Loaded) -> Result<()> {
    diesel::update(import_run::table.find(id))
        .set((
            import_run::rows_read.eq(rows_read as i64),
            import_run::rows_new.eq(loaded.new as i64),
            import_run::rows_changed.eq(loaded.changed as i64),
            import_run::rows_deleted.eq(loaded.deleted as i64),
            import_run::rows_bad.eq(bad_rows as i64),
        ))
        .execute(conn)?;
    Ok(())
}

fn sha256_of(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hex(&hasher.finalize()))
}

impl From<ImportError> for Error {
    fn from(e: ImportError) -> Self {
        Error::invalid(Message {
            key: e.key(),
            args: e.args(),
        })
    }
}

/// Codes `X0001`, `X0002`, ... for what an import creates, after those already given.
#[must_use]
pub fn next_codes<'a>(
    taken: impl Iterator<Item = &'a str>,
    names: impl IntoIterator<Item = String>,
) -> BTreeMap<String, String> {
    let last = taken
        .filter_map(|code| code.strip_prefix('X')?.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    names
        .into_iter()
        .zip(last + 1..)
        .map(|(name, n)| (name, format!("X{n:04}")))
        .collect()
}
