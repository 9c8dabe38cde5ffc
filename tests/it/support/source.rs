//! The project's own sources, read as text by the tests of texts and of architecture.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of an ending below a folder, in order.
pub fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {}", folder.display());
    found
}

/// A source without comments and tests; `None` for a file that is only tests or their samples.
pub fn without_tests(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    if name == "tests" || name == "samples" {
        return None;
    }
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]").next()?;
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// Every string literal of a source that could be a key or a name: letters, digits and hyphens.
pub fn all_literals(text: &str) -> Vec<String> {
    text.split('"')
        .filter(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
        .map(str::to_string)
        .collect()
}
