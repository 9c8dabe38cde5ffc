//! The texts: both languages say the same things with the same slots, everything the program asks for
//! is there, and nothing lies about that nobody asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use espalier::admin::model::{ACTIONS, name_key};
use espalier::appraisals::model::cycle::State;
use espalier::evidence::measures::Measure;
use espalier::evidence::model::{CHANNELS, SERVICE_CLASSES, STAGES};
use espalier::imports::KINDS;
use espalier::imports::view::column_key;

use crate::support::source::{all_literals, files_below, without_tests};

/// Each message of a language with the slots in it.
fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = root().join("locales").join(language);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files_below(&folder, "ftl") {
        let mut current = None;
        for line in fs::read_to_string(&path).unwrap().lines() {
            if let Some((key, _)) = line.split_once(" =")
                && line.starts_with(|c: char| c.is_ascii_lowercase())
            {
                let known = found.insert(key.to_string(), BTreeSet::new());
                assert_eq!(
                    known,
                    None,
                    "{key} stands twice, again in {}",
                    path.display()
                );
                current = Some(key.to_string());
            }
            let Some(key) = &current else {
                continue;
            };
            for (_, rest) in line.match_indices('$').map(|(at, _)| line.split_at(at + 1)) {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let slot = rest[..end.unwrap_or(rest.len())].to_string();
                found.get_mut(key).unwrap().insert(slot);
            }
        }
    }
    assert!(found.len() > 300, "{} messages in {language}", found.len());
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program's own sources.
fn sources() -> Vec<(String, String)> {
    let files = files_below(&root().join("src"), "rs").into_iter();
    files
        .filter_map(|path| {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_string();
            Some((name, without_tests(&path)?))
        })
        .collect()
}

fn templates() -> Vec<(String, String)> {
    let files = files_below(&root().join("templates"), "html").into_iter();
    files
        .map(|path| {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_string();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The literals that stand right after a piece of source.
fn literals_after<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(start).skip(1).filter_map(|rest| {
        let (literal, _) = rest.split_once('"')?;
        Some(literal)
    })
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_slots() {
    let (zh, en) = (messages("zh-CN"), messages("en"));
    for (key, slots) in &en {
        // A slot that only chooses a plural may be missing where there is none.
        assert_eq!(zh.get(key), Some(slots), "{key}");
    }
    assert_eq!(zh.len(), en.len());
}

#[test]
fn both_languages_have_the_same_files() {
    let names = |language: &str| -> Vec<PathBuf> {
        let folder = root().join("locales").join(language);
        let files = files_below(&folder, "ftl").into_iter();
        files
            .map(|f| f.strip_prefix(&folder).unwrap().to_path_buf())
            .collect()
    };
    assert_eq!(names("zh-CN"), names("en"));
}

#[test]
fn every_message_that_is_asked_for_is_there() {
    let known = messages("en");
    let mut asked = 0;
    for (file, text) in sources().into_iter().chain(templates()) {
        for start in [
            "Message::new(\"",
            "t(key=\"",
            "rule(\"",
            "plain(locale, \"",
            "text(locale, \"",
        ] {
            for key in literals_after(&text, start) {
                assert!(known.contains_key(key), "{file} asks for {key}");
                asked += 1;
            }
        }
    }
    assert!(
        asked > 250,
        "only {asked} found: does this test still look in the right places?"
    );
}

#[test]
fn every_action_in_the_trail_has_a_name() {
    let known = messages("en");
    for action in ACTIONS {
        assert!(known.contains_key(&name_key(action)), "{action}");
    }
    let mut recorded = 0;
    for (file, text) in sources() {
        for call in text.split("audit::append(").skip(1) {
            let call = &call[..call.find(";").unwrap_or(call.len())];
            // Where no action is written out, a variable holds one of several.
            let Some(action) = call.split('"').nth(1).filter(|_| call.contains('"')) else {
                continue;
            };
            let before = &call[..call.find('"').unwrap()];
            if before.matches(',').count() == 2 {
                assert!(ACTIONS.contains(&action), "{file} records {action}");
                recorded += 1;
            }
        }
    }
    assert!(recorded > 30, "only {recorded} found");
}

/// What fills the slots of a `Message::new("key")` that is written out in one piece, by key.
fn slots_given(text: &str) -> Vec<(&str, BTreeSet<&str>)> {
    let mut found = Vec::new();
    for rest in text.split("Message::new(\"").skip(1) {
        let (key, mut rest) = rest.split_once("\")").unwrap();
        let mut slots = BTreeSet::new();
        while let Some(call) = rest.trim_start().strip_prefix(".with(") {
            slots.insert(call.split('"').nth(1).unwrap());
            let mut depth = 1;
            let end = call.find(|c| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            rest = &call[end.unwrap() + 1..];
        }
        found.push((key, slots));
    }
    found
}

#[test]
fn every_refusal_fills_the_slots_of_its_message() {
    let known = messages("en");
    for (file, text) in sources() {
        for (key, given) in slots_given(&text) {
            let wanted: BTreeSet<&str> = known[key].iter().map(String::as_str).collect();
            // More may follow elsewhere, as `about(key).with(...)` does; what is written here must fit.
            let strange: Vec<_> = given.difference(&wanted).collect();
            assert!(strange.is_empty(), "{file}: {key} has no slot {strange:?}");
            if !given.is_empty() {
                assert_eq!(given, wanted, "{file}: {key}");
            }
        }
    }
}

#[test]
fn every_message_is_asked_for_somewhere() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for (_, text) in sources() {
        used.extend(all_literals(&text));
        used.extend(literals_after(&text, "said=").map(|key| format!("said-{key}")));
    }
    for (_, text) in templates() {
        used.extend(literals_after(&text, "t(key=\"").map(str::to_string));
    }
    // Keys that are put together.
    used.extend(ACTIONS.iter().map(|action| name_key(action)));
    used.extend(State::ALL.map(|state| format!("state-{}", state.code().replace('_', "-"))));
    used.extend(CHANNELS.map(|channel| format!("channel-{channel}")));
    let columns = KINDS.iter().flat_map(|kind| kind.columns);
    let columns: BTreeSet<String> = columns.map(|column| column_key(column.name)).collect();
    used.extend(columns.clone());
    used.extend(SERVICE_CLASSES.map(|class| format!("service-class-{class}")));
    used.extend(STAGES.map(|stage| format!("service-stage-{stage}")));
    used.extend(Measure::ALL.map(|measure| format!("measure-{}", measure.code())));
    let method = without_tests(Path::new(&root().join("src/reports/view/method.rs"))).unwrap();
    for name in all_literals(&method) {
        used.insert(format!("method-{name}"));
        used.insert(format!("method-{name}-text"));
    }
    let unused: Vec<String> = messages("en")
        .into_keys()
        .filter(|key| !used.contains(key))
        .collect();
    assert_eq!(unused, Vec::<String>::new(), "nobody asks for these");
    // And those that are put together are all there.
    let known = messages("en");
    for key in columns {
        assert!(known.contains_key(&key), "{key}");
    }
    for channel in CHANNELS {
        let key = format!("channel-{channel}");
        assert!(known.contains_key(&key), "{key}");
    }
    for measure in Measure::ALL {
        let key = format!("measure-{}", measure.code());
        assert!(known.contains_key(&key), "{key}");
    }
    for state in State::ALL {
        let key = format!("state-{}", state.code().replace('_', "-"));
        assert!(known.contains_key(&key), "{key}");
    }
}

#[test]
fn no_prose_stands_in_templates() {
    // Chinese characters in a template are a text that has no English.
    for (file, text) in templates() {
        let found = text.chars().find(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        assert_eq!(found, None, "{file}");
    }
}
