//! What nobody may be refused for: a lint over what an opening asks. Pure; the words are a file of `seeds/`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::coded;

coded! {
    /// What is protected.
    Attribute {
        Age = "age",
        Gender = "gender",
        Marriage = "marriage",
        /// Nationality, ethnic group, religion, place of registration.
        Origin = "origin",
        Health = "health",
    }
}

const WORDS: &str = include_str!("../../../seeds/recruitment/protected-words.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attribute: Vec<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    code: Attribute,
    zh: Vec<String>,
    en: Vec<String>,
}

static FILE: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let read = toml::from_str::<File>(WORDS);
    // A file of ours that is broken stops a test, not somebody at work.
    debug_assert!(read.is_ok(), "{:?}", read.as_ref().err());
    read.map(|file| file.attribute).unwrap_or_default()
});

/// The first word of each protected attribute that a text names, as the text writes it in small letters.
#[must_use]
pub fn protected(text: &str) -> Vec<(Attribute, String)> {
    let small = text.to_lowercase();
    let words: Vec<&str> = small
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let english = |entry: &str| -> Option<String> {
        let parts: Vec<&str> = entry.split(' ').collect();
        let fits = |(part, word): (&&str, &&str)| match part.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => part == word,
        };
        words
            .windows(parts.len())
            .find(|run| parts.iter().zip(run.iter()).all(fits))
            .map(|run| run.join(" "))
    };
    FILE.iter()
        .filter_map(|group| {
            let zh = group.zh.iter().find(|word| small.contains(word.as_str()));
            let found = zh.cloned();
            let found = found.or_else(|| group.en.iter().find_map(|entry| english(entry)));
            found.map(|word| (group.code, word))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(text: &str) -> Vec<Attribute> {
        protected(text).into_iter().map(|(a, _)| a).collect()
    }

    #[test]
    fn every_protected_attribute_is_found_in_both_languages() {
        for (text, attribute) in [
            ("您是否未满35岁？", Attribute::Age),
            ("How old are you?", Attribute::Age),
            ("Are you under 35 years old", Attribute::Age),
            ("限男性", Attribute::Gender),
            ("Are you a woman?", Attribute::Gender),
            ("您是否已婚？", Attribute::Marriage),
            ("Do you plan a PREGNANCY?", Attribute::Marriage),
            ("您的户籍在本市吗？", Attribute::Origin),
            ("Your nationality", Attribute::Origin),
            ("身体健康", Attribute::Health),
            ("Do you have a disability?", Attribute::Health),
        ] {
            assert_eq!(attributes(text), [attribute], "{text}");
        }
    }

    #[test]
    fn words_that_only_hold_such_a_word_are_left_alone() {
        for text in [
            "",
            "Do you manage a language team?",
            "Are you permitted to work here?",
            "您能否按排班工作，包括部分晚班和周末班？",
            "embrace sextant humane",
        ] {
            assert_eq!(attributes(text), [], "{text}");
        }
    }

    #[test]
    fn what_was_found_is_named() {
        let found = protected("Age and 性别");
        assert_eq!(
            found,
            [
                (Attribute::Age, "age".to_owned()),
                (Attribute::Gender, "性别".to_owned())
            ]
        );
    }
}
