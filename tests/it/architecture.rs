//! The shape of the code that ARCHITECTURE.md describes, held to by reading the sources: what may use
//! what, and that every file says what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::source::{files_below, without_tests};

/// Features in the order in which they may use one another: each those before it.
const FEATURES: [&str; 13] = [
    "people",
    "accounts",
    "judgement",
    "findings",
    "evidence",
    "goals",
    "appraisals",
    "plans",
    "recruitment",
    "reports",
    "imports",
    "admin",
    "desk",
];

/// What stands on top of all features.
const TOP: [&str; 4] = ["cli", "demo", "web", "seeds"];

/// Features that are pages through and through: what they do is done elsewhere.
const PAGES: [&str; 3] = ["imports/", "admin/", "desk/"];

/// Whether a file is an edge of its feature: the only ones that know of requests and signed-in people.
fn is_edge(file: &str) -> bool {
    PAGES.iter().any(|feature| file.starts_with(feature))
        || file.ends_with("pages.rs")
        || file.contains("/pages/")
        || file.ends_with("/view.rs")
        // What the web shows of reports and bundles; `reports/view` is what a bundle shows.
        || file == "reports/shelf.rs"
        || (file.contains("/view/") && !file.starts_with("reports/"))
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Each source file: its path below `src`, its first module, and what of it is no test.
fn sources() -> Vec<(String, String, String)> {
    files_below(&source(), "rs")
        .into_iter()
        .filter_map(|path| {
            let below = path
                .strip_prefix(source())
                .unwrap()
                .to_str()
                .unwrap()
                .to_string();
            let module = below.split(['/', '.']).next().unwrap().to_string();
            Some((below, module, without_tests(&path)?))
        })
        .collect()
}

/// The modules of the crate that a source names.
fn uses(text: &str) -> BTreeSet<&str> {
    let named = text.split("crate::").skip(1);
    named
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "benches"] {
        for path in files_below(&root.join(folder), "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            let said = first.strip_prefix("//! ").unwrap_or_default();
            assert!(said.len() > 8, "{}: {first}", path.display());
        }
    }
}

#[test]
fn features_use_only_those_below_them() {
    for (file, module, text) in sources() {
        let Some(place) = FEATURES.iter().position(|f| *f == module) else {
            continue;
        };
        let mut used = uses(&text);
        if is_edge(&file) {
            used.remove("web");
        }
        for above in FEATURES[place + 1..].iter().chain(&TOP) {
            assert!(
                !used.contains(above),
                "{file} uses {above}, which stands above it"
            );
        }
    }
}

#[test]
fn what_carries_the_features_uses_none_of_them() {
    let carries_nothing = ["lib", "main"];
    for (file, module, text) in sources() {
        let module = module.as_str();
        if FEATURES.contains(&module) || TOP.contains(&module) || carries_nothing.contains(&module)
        {
            continue;
        }
        let mut used = uses(&text);
        if file == "db/migrate.rs" {
            // A migration ends with planting what every database starts with.
            used.remove("seeds");
        }
        for feature in FEATURES.iter().chain(&TOP) {
            assert!(!used.contains(feature), "{file} uses {feature}");
        }
    }
}

#[test]
fn models_know_neither_the_database_nor_the_web() {
    let mut seen = 0;
    for (file, _, text) in sources() {
        if !file.ends_with("model.rs") && !file.contains("/model/") {
            continue;
        }
        seen += 1;
        for word in ["actix", "diesel", "crate::db", "crate::web", "Conn"] {
            assert!(!text.contains(word), "{file} names {word}");
        }
    }
    assert!(seen > 5, "{seen} models found");
}

#[test]
fn statistics_and_charts_stand_alone() {
    for (file, module, text) in sources() {
        let allowed: &[&str] = match module.as_str() {
            "stats" => &["stats"],
            "charts" => &["charts"],
            _ => continue,
        };
        for used in uses(&text) {
            assert!(allowed.contains(&used), "{file} uses {used}");
        }
        for word in ["diesel", "actix", "tera::", "fluent"] {
            assert!(!text.contains(word), "{file} names {word}");
        }
    }
}

#[test]
fn only_the_web_speaks_http() {
    for (file, module, text) in sources() {
        // The program and the demonstration start the server.
        let starts = ["demo/mod.rs", "cli.rs"].contains(&file.as_str());
        if module != "web" && !starts && !is_edge(&file) {
            assert!(!text.contains("actix"), "{file} names actix");
            assert!(!uses(&text).contains("web"), "{file} uses web");
        }
    }
}

#[test]
fn pages_are_made_without_database_and_clock() {
    for (file, _, text) in sources() {
        if file.starts_with("reports/view") || file == "reports/data.rs" || file == "render.rs" {
            for word in ["diesel", "crate::db", "Clock", "SystemTime", "std::fs"] {
                assert!(!text.contains(word), "{file} names {word}");
            }
        }
    }
}
