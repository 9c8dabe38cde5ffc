//! Databases for the measurements: made, copied and dropped by each system's own tools.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::measure::{self, Run};

/// Where databases are made.
#[derive(Clone)]
pub enum Server {
    Sqlite,
    /// Address of a server and of a database on it to give orders from.
    Postgres(String),
}

impl Server {
    /// For the lines of the table.
    pub fn name(&self) -> &'static str {
        match self {
            Server::Sqlite => "SQLite",
            Server::Postgres(_) => "PostgreSQL",
        }
    }

    /// A database of that name: on SQLite a file in the folder that is not there yet.
    pub fn make(&self, name: &str, folder: &Path) -> Outcome<Store> {
        let store = self.named(name, folder);
        if let Server::Postgres(url) = self {
            psql(
                url,
                &["-c", &format!("create database {}", store.name)],
                folder,
            )?;
        }
        Ok(store)
    }

    fn named(&self, name: &str, folder: &Path) -> Store {
        Store {
            server: self.clone(),
            name: format!("espalier_speed_{}_{name}", std::process::id()),
            folder: folder.to_path_buf(),
        }
    }
}

/// A database.
pub struct Store {
    server: Server,
    name: String,
    folder: PathBuf,
}

impl Store {
    /// The address the program understands.
    pub fn url(&self) -> String {
        match &self.server {
            Server::Sqlite => format!("sqlite://{}", self.file().display()),
            Server::Postgres(url) => on_server(url, &self.name),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.db", self.name))
    }

    /// Runs statements by the system's own shell.
    pub fn sql(&self, script: &str) -> Outcome<Run> {
        let path = self.folder.join("script.sql");
        std::fs::write(&path, script)?;
        let path = path.display().to_string();
        match &self.server {
            Server::Sqlite => measure::run(
                Path::new("sqlite3"),
                &[
                    "-bail",
                    &self.file().display().to_string(),
                    &format!(".read {path}"),
                ],
                &self.folder,
            ),
            Server::Postgres(_) => psql(&self.url(), &["-f", &path], &self.folder),
        }
    }

    /// A copy of everything in a database of another name.
    pub fn copy(&self, name: &str) -> Outcome<Store> {
        let copy = self.server.named(name, &self.folder);
        match &self.server {
            Server::Sqlite => {
                // What is still in the log belongs to the copy too.
                self.sql("pragma wal_checkpoint(truncate);")?;
                std::fs::copy(self.file(), copy.file())?;
            }
            Server::Postgres(url) => {
                let order = format!("create database {} template {}", copy.name, self.name);
                psql(url, &["-c", &order], &self.folder)?;
            }
        }
        Ok(copy)
    }

    /// Takes the database away.
    pub fn drop(self) -> Outcome<()> {
        match &self.server {
            Server::Sqlite => {
                for end in ["", "-wal", "-shm"] {
                    let file = PathBuf::from(format!("{}{end}", self.file().display()));
                    if file.exists() {
                        std::fs::remove_file(file)?;
                    }
                }
            }
            Server::Postgres(url) => {
                let order = format!("drop database {} with (force)", self.name);
                psql(url, &["-c", &order], &self.folder)?;
            }
        }
        Ok(())
    }
}

fn psql(url: &str, args: &[&str], scratch: &Path) -> Outcome<Run> {
    let mut all = vec!["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url];
    all.extend(args);
    measure::run(Path::new("psql"), &all, scratch)
}

/// The address of another database on the same server.
fn on_server(url: &str, name: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, ""), |(p, o)| (p, o));
    let after_scheme = place.find("://").map_or(0, |at| at + 3);
    let end = place[after_scheme..]
        .find('/')
        .map_or(place.len(), |at| after_scheme + at);
    let options = if options.is_empty() {
        String::new()
    } else {
        format!("?{options}")
    };
    format!("{}/{name}{options}", &place[..end])
}
