//! The texts hold together: both languages say the same, what is used exists, what exists is used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

/// Messages of a language: key to slots.
fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in Files::iter().filter(|name| name.starts_with(locale.tag())) {
        let file = Files::get(&name).unwrap();
        let source = String::from_utf8(file.data.into_owned()).unwrap();
        let mut key = String::new();
        for line in source.lines() {
            let starts = line.starts_with(|c: char| c.is_ascii_lowercase());
            if let Some((id, _)) = line.split_once(" =").filter(|_| starts) {
                key = id.to_owned();
                assert!(
                    all.insert(key.clone(), BTreeSet::new()).is_none(),
                    "{key} stands twice in {}",
                    locale.tag()
                );
            }
            for part in line.split('$').skip(1) {
                let end = part
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                    .unwrap_or(part.len());
                all.get_mut(&key).unwrap().insert(part[..end].to_owned());
            }
        }
    }
    all
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources_of(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    files_below(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        ending,
        &mut found,
    );
    found
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// The string literals that follow `call(` and its first argument, if that is a language.
fn keys_in<'s>(source: &'s str, call: &str) -> Vec<&'s str> {
    source
        .split(call)
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.trim_start();
            let rest = match rest.split_once(',') {
                Some((first, rest)) if first.ends_with("locale") || first.ends_with("locale()") => {
                    rest.trim_start()
                }
                _ => rest,
            };
            rest.strip_prefix('"')?.split('"').next()
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_slots() {
    let (zh, en) = (messages(Locale::Zh), messages(Locale::En));
    let keys =
        |all: &BTreeMap<String, BTreeSet<String>>| -> Vec<String> { all.keys().cloned().collect() };
    assert_eq!(keys(&zh), keys(&en));
    for (key, slots) in &zh {
        // A count in a plural form may be left out of the sentence itself, not of the message.
        assert_eq!(slots, &en[key], "slots of {key}");
    }
    assert!(zh.len() > 200);
}

#[test]
fn every_message_that_templates_name_exists() {
    let known = messages(Locale::En);
    let mut seen = 0;
    for source in sources_of("templates", ".html") {
        for key in keys_in(&source, "t(key=") {
            assert!(known.contains_key(key), "{key}");
            seen += 1;
        }
    }
    assert!(seen > 100);
}

#[test]
fn every_message_that_the_source_names_exists() {
    let known = messages(Locale::En);
    let mut seen = 0;
    for source in sources_of("src", ".rs") {
        // Tests name messages that are not there, and other things.
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        if source.contains("use super::*;") {
            continue;
        }
        for call in [" text(", "plain(", "word(", "Message::new("] {
            for key in keys_in(source, call) {
                assert!(known.contains_key(key), "{key}");
                seen += 1;
            }
        }
    }
    assert!(seen > 50);
}

#[test]
fn every_message_of_the_pages_is_used() {
    // Found by a code that stands in the data.
    let dynamic = ["channel-", "method-"];
    let all = sources_of("src", ".rs")
        .into_iter()
        .chain(sources_of("templates", ".html"))
        .collect::<String>();
    for file in ["en/common.ftl", "en/chart.ftl", "en/report.ftl"] {
        let source = Files::get(file).unwrap().data;
        for line in String::from_utf8_lossy(&source).lines() {
            let Some((key, _)) = line
                .split_once(" =")
                .filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            else {
                continue;
            };
            assert!(
                dynamic.iter().any(|d| key.starts_with(d)) || all.contains(&format!("\"{key}\"")),
                "{key} is used nowhere"
            );
        }
    }
}

#[test]
fn a_missing_message_or_slot_is_found_out() {
    assert_eq!(find(Locale::En, "no-such-message", &[]), None);
    assert_eq!(find(Locale::En, "figure-bracket", &[]), None);
    assert_eq!(known(Locale::Zh, "no-such-message"), None);
    assert_eq!(known(Locale::Zh, "skip"), Some("跳到正文"));
}

#[test]
fn counts_choose_the_plural_form_and_are_grouped() {
    let people = |n: i64| text(Locale::En, "people-count", &[("n", n.into())]);
    assert_eq!(people(1), "1 person");
    assert_eq!(people(0), "0 people");
    assert_eq!(people(12_345), "12,345 people");
    assert_eq!(
        text(Locale::Zh, "people-count", &[("n", 1_i64.into())]),
        "1 人"
    );
}

#[test]
fn texts_in_slots_are_put_in_as_they_are() {
    assert_eq!(
        text(
            Locale::En,
            "audience-team",
            &[("team", "{ $no } \u{2068}<b>".into())]
        ),
        "Manager of { $no } \u{2068}<b>"
    );
}

#[test]
fn numbers_are_grouped_and_rounded() {
    assert_eq!(number(0.0, 0), "0");
    assert_eq!(number(999.94, 1), "999.9");
    assert_eq!(number(999.95, 1), "1,000.0");
    assert_eq!(number(1_234_567.0, 0), "1,234,567");
    assert_eq!(number(1_000_007.05, 2), "1,000,007.05");
    assert_eq!(number(-12.34, 1), "−12.3");
    assert_eq!(number(-0.04, 1), "0.0");
    assert_eq!(number(92.05, 1), "92.1");
    assert_eq!(number(f64::NAN, 1), "–");
    assert_eq!(number(f64::NEG_INFINITY, 1), "–");
}

#[test]
fn hundredths_are_written_exactly() {
    assert_eq!(hundredths(8_750), "87.50");
    assert_eq!(hundredths(12_000), "120.00");
    assert_eq!(hundredths(-5), "−0.05");
    assert_eq!(hundredths(i64::MIN), "−92233720368547758.08");
}

#[test]
fn days_are_written_out_in_the_order_of_the_language() {
    assert_eq!(date(Locale::En, "2026-11-22"), "22 November 2026");
    assert_eq!(date(Locale::Zh, "2026-11-22"), "2026年11月22日");
    assert_eq!(date(Locale::En, "2015Q4"), "2015Q4");
}

#[test]
fn a_language_is_known_by_its_tag() {
    for locale in Locale::ALL {
        assert_eq!(locale.tag().parse(), Ok(locale));
    }
    assert_eq!("zh".parse(), Ok(Locale::Zh));
    assert_eq!("EN".parse::<Locale>(), Err(UnknownLocale("EN".into())));
}

#[test]
fn a_name_missing_in_one_language_is_taken_from_the_other() {
    assert_eq!(Locale::En.pick("王小明", ""), "王小明");
    assert_eq!(Locale::En.pick("王小明", "Wang Xiaoming"), "Wang Xiaoming");
    assert_eq!(Locale::Zh.pick("", "Wang Xiaoming"), "Wang Xiaoming");
}

proptest::proptest! {
    #[test]
    fn numbers_without_their_commas_are_what_the_standard_library_writes(cents in -1_000_000_000_i64..=1_000_000_000) {
        // Quarters have no binary fraction that rounds otherwise.
        let value = cents as f64 / 4.0;
        let plain = number(value, 2).replace(',', "").replace('−', "-");
        proptest::prop_assert_eq!(plain, format!("{value:.2}"));
    }
}
