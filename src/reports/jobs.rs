//! Building a bundle for somebody at a browser: built as on the command line, kept as one ZIP file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::accounts::store::tell;
use crate::calendar::Clock;
use crate::db::Db;
use crate::error::{Error, Message, Result};
use crate::files::{self, NewFile};
use crate::i18n::Locale;
use crate::jobs::{self, Job};
use crate::render::escape;
use crate::reports::view::Audience;
use crate::reports::{Wanted, Watcher, build};

/// The name of the job, and the kind of the file it makes.
pub const BUNDLE: &str = "bundle";

/// How long a bundle is kept.
pub const KEPT: chrono::Duration = chrono::Duration::days(7);

/// How often the page learns how far the build is.
const TELL: Duration = Duration::from_secs(1);

/// What the job is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Args {
    pub cycle: String,
    /// As on the command line: `team:FIELD-N`.
    pub audience: String,
    pub locales: Vec<String>,
}

impl Args {
    /// The key of the job: asked for again, the same bundle is built anew.
    #[must_use]
    pub fn key(&self, account_id: i64) -> String {
        format!(
            "{account_id}:{}:{}:{}",
            self.cycle,
            self.audience,
            self.locales.join(",")
        )
    }

    /// What the file is called.
    fn file_name(&self) -> String {
        let audience = self.audience.replace(':', "-");
        format!("{}-{audience}.zip", self.cycle)
    }
}

/// Builds a bundle and keeps it.
pub fn bundle(db: &Db, clock: &Clock, job: &Job) -> Result<Value> {
    let args: Args = job.args()?;
    let broken = || Error::Internal(format!("a bundle for {}", args.audience).into());
    let audience: Audience = args.audience.parse().map_err(|_| broken())?;
    let locales = args.locales.iter().map(|tag| tag.parse::<Locale>());
    let folder = tempfile::tempdir()?;
    let wanted = Wanted {
        cycle: &args.cycle,
        out: &folder.path().join("bundle"),
        audience,
        locales: locales.collect::<Result<_, _>>().map_err(|_| broken())?,
        progress: watcher(db, clock, job.id),
    };
    build(db, &wanted)?;
    let packed = folder.path().join("bundle.zip");
    pack(wanted.out, &packed)?;
    let now = clock.now();
    let file_id = db.write(|conn| {
        let new = NewFile {
            kind: BUNDLE,
            name: &args.file_name(),
            media_type: "application/zip",
            account_id: job.account_id,
            created_at: now,
            expires_at: Some(now + KEPT),
        };
        let file_id = files::keep(conn, &new, File::open(&packed)?)?;
        if let Some(account) = job.account_id {
            let told = Message::new("told-bundle-built").with("cycle", &args.cycle);
            let link = format!("/reports/{}/bundles", escape(&args.cycle));
            tell(conn, account, &told, &link, now)?;
        }
        Ok(file_id)
    })?;
    Ok(json!({ "file": file_id }))
}

/// Writes down how far the build is, now and then.
fn watcher(db: &Db, clock: &Clock, job: i64) -> Watcher {
    let (db, clock) = (db.clone(), clock.clone());
    let last = Mutex::new(Instant::now());
    Watcher::Program(Arc::new(move |done, files| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < TELL {
            return;
        }
        *last = Instant::now();
        let (done, files) = (done.cast_signed(), files.cast_signed());
        let written = db.write(|conn| jobs::progress(conn, job, done, files, clock.now()));
        if let Err(e) = written {
            tracing::warn!(error = %e, "how far a bundle is was not written down");
        }
    }))
}

/// Packs a folder, files in order of name.
fn pack(folder: &Path, file: &Path) -> Result<()> {
    let failed = |e: zip::result::ZipError| Error::Internal(Box::new(e));
    let mut out = ZipWriter::new(io::BufWriter::new(File::create(file)?));
    let mut open = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    for path in found {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        out.start_file(name.join("/"), SimpleFileOptions::default())
            .map_err(failed)?;
        io::copy(&mut File::open(&path)?, &mut out)?;
    }
    out.finish().map_err(failed)?;
    Ok(())
}
