//! The program as a process of its own: started with arguments, judged by its exit status and by what
//! it wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use espalier::db::Address;
use serde_json::Value;

use super::db::TestDb;

/// The clock of every process that the tests start: 2016-11-24 15:06:40 UTC.
pub const EPOCH: &str = "1480000000";

/// That moment as a cycle's steps show it, in the organisation's zone.
pub const EPOCH_TEXT: &str = "2016-11-24 23:06:40";

/// What a process left behind.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// The outcome of a process that ended by itself.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let done = Done {
            status: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        let said = format!("{}{}", done.out, done.err);
        assert!(!said.contains("panicked"), "{said}");
        assert!(!said.contains("RUST_BACKTRACE"), "{said}");
        done
    }

    /// It did what it was told; gives what it wrote.
    pub fn fine(self) -> String {
        assert_eq!(self.status, 0, "{self:#?}");
        assert_eq!(self.err, "", "a success said something on stderr");
        self.out
    }

    /// It did what it was told and wrote JSON.
    pub fn json(self) -> Value {
        serde_json::from_str(&self.fine()).unwrap()
    }

    /// It refused with exit status 1; gives what it wrote to stderr.
    pub fn refused(self) -> String {
        assert_eq!(self.status, 1, "{self:#?}");
        assert_ne!(self.err, "", "a refusal without a word");
        self.err
    }

    /// It was used wrongly, exit status 2; gives what it wrote to stderr.
    pub fn misused(self) -> String {
        assert_eq!(self.status, 2, "{self:#?}");
        assert_ne!(self.err, "");
        self.err
    }
}

/// The address of a test's database as the command line takes it.
pub fn url(db: &TestDb) -> String {
    match db.db.address() {
        Address::Sqlite(path) => format!("sqlite://{}", path.display()),
        Address::Postgres(url) => url.clone(),
    }
}

/// The program in a folder, with nothing of this process's environment that it heeds.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_espalier"));
    for name in [
        "DATABASE_URL",
        "ESPALIER_LANGUAGE",
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
    ] {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", EPOCH)
        .stdin(Stdio::null());
    command
}

/// Runs the program in a folder.
pub fn run_in(folder: &Path, args: &[&str]) -> Done {
    Done::of(program(folder).args(args).output().unwrap())
}

/// The program in the folder of a test, with its database.
pub fn espalier(db: &TestDb) -> Command {
    let mut command = program(db.folder());
    command.arg("--database").arg(url(db));
    command
}

/// Runs the program in the folder of a test, on its database.
pub fn run(db: &TestDb, args: &[&str]) -> Done {
    Done::of(espalier(db).args(args).output().unwrap())
}

/// Writes a file into the folder of a test.
pub fn write(db: &TestDb, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = db.folder().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// Makes a cycle from a template of the test's own.
pub fn create_cycle(db: &TestDb, code: &str, template: &str) {
    write(db, "template.toml", template);
    run(
        db,
        &["cycle", "create", code, "--template", "template.toml"],
    )
    .fine();
}

/// Walks a cycle to a state, past whatever is missing.
pub fn force_to(db: &TestDb, code: &str, state: &str) {
    let args = [
        "cycle", "advance", code, "--to", state, "--reason", "a test",
    ];
    Done::of(espalier(db).args(args).arg("--force").output().unwrap()).fine();
}

/// Builds a bundle into a folder of the test and gives that folder.
pub fn build(db: &TestDb, code: &str, out: &str, audience: &str) -> PathBuf {
    let args = ["report", "build", "--cycle", code, "--out", out];
    run(db, &[&args[..], &["--audience", audience]].concat()).fine();
    db.folder().join(out)
}

/// A JSON file.
pub fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The files below a folder, as paths from it, in order.
pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                found.push(name.to_str().unwrap().to_string());
            }
        }
    }
    found.sort();
    found
}

/// Two folders hold the same files with the same bytes.
pub fn assert_same_files(one: &Path, other: &Path) {
    assert_eq!(files(one), files(other));
    let differing: Vec<String> = files(one)
        .into_iter()
        .filter(|name| {
            std::fs::read(one.join(name)).unwrap() != std::fs::read(other.join(name)).unwrap()
        })
        .collect();
    assert_eq!(differing, Vec::<String>::new(), "these files differ");
}
