//! Building the person bundle (pages and data, one language), against creating files of the same
//! number and sizes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::data::{CYCLE, advance};
use crate::measure::{Bound, Table, espalier, run, settle};
use crate::store::{Server, Store};
use crate::{Args, Outcome};

/// Ours over the limit, at most.
const RATIO: f64 = 2.0;
/// The unchanged build over the first one, at most.
const UNCHANGED: f64 = 1.0 / 3.0;
/// MB, at most.
const MEMORY: f64 = 100.0;

/// Measures on a copy of a database in evaluation, which is frozen first.
///
/// Every round has fresh folders and nothing is deleted in between: a file system that has just
/// deleted many files creates new ones more slowly.
pub fn measure(
    args: &Args,
    server: &Server,
    evaluated: &Store,
    folder: &Path,
    table: &mut Table,
) -> Outcome<()> {
    let store = evaluated.copy("frozen")?;
    advance(&store, "calibration", folder)?;
    let url = store.url();
    let (mut ours, mut unchanged, mut limit) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..args.rounds {
        let place = folder.join(format!("bundle-{}-{round}", server.name()));
        let out = place.join("built");
        fs::create_dir(&place)?;
        let shown = out.display().to_string();
        let build = || {
            espalier(
                &[
                    "report",
                    "build",
                    "--cycle",
                    CYCLE,
                    "--out",
                    &shown,
                    "--locale",
                    "en",
                    "--database",
                    &url,
                ],
                folder,
            )
        };
        settle()?;
        ours.push(build()?);
        settle()?;
        unchanged.push(build()?);
        let files = place.join("files.txt");
        list(&out, &files)?;
        settle()?;
        let bare = place.join("bare").display().to_string();
        let files = files.display().to_string();
        limit.push(run(
            &std::env::current_exe()?,
            &["--create", &files, "--into", &bare],
            folder,
        )?);
    }
    store.drop()?;
    let what = |of: &str| format!("{} {of}, {} people", server.name(), args.people);
    let bound = |ratio| Bound {
        ratio: Some(ratio),
        memory: Some(MEMORY),
    };
    table.line(&what("bundle"), &ours, &limit, bound(RATIO));
    table.line(
        &what("bundle unchanged"),
        &unchanged,
        &ours,
        bound(UNCHANGED),
    );
    Ok(())
}

/// Writes the size and path of every file below a folder, a line each.
fn list(folder: &Path, to: &Path) -> Outcome<()> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(folder)?.display().to_string();
                found.push((path, entry.metadata()?.len()));
            }
        }
    }
    found.sort_unstable();
    let lines: String = found
        .iter()
        .map(|(path, size)| format!("{size} {path}\n"))
        .collect();
    Ok(fs::write(to, lines)?)
}

/// Creates the files of a list below a folder.
pub fn create(list: &Path, into: &Path) -> Outcome<()> {
    let list = fs::read_to_string(list)?;
    let mut content = Vec::new();
    let mut last = PathBuf::new();
    for line in list.lines() {
        let (size, path) = line.split_once(' ').ok_or("not a list of files")?;
        let size: usize = size.parse()?;
        content.resize(content.len().max(size), b'x');
        let path = into.join(path);
        if let Some(parent) = path.parent().filter(|p| *p != last) {
            fs::create_dir_all(parent)?;
            last = parent.to_path_buf();
        }
        fs::File::create_new(&path)?.write_all(&content[..size])?;
    }
    Ok(())
}
