//! The two languages: which there are, how a message is looked up, how numbers and dates are written.
//!
//! Messages live in `locales/` as Fluent files and are compiled in. Chinese and English write numbers
//! alike (1,234.5); what differs (units, brackets, dates) is a message.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid, static_loader};
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::error::Message;

static_loader! {
    static MESSAGES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolating marks would end up in attributes, file names and comparisons.
        customise: |bundle| {
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(format_count));
        },
    };
}

/// The files themselves: what a text is made of goes into the fingerprint of a page.
#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

/// The bytes of every file of messages, in order of names.
pub fn sources() -> impl Iterator<Item = Cow<'static, [u8]>> {
    Files::iter().filter_map(|name| Files::get(&name).map(|file| file.data))
}

/// Whole numbers inside messages are grouped like all others.
fn format_count<M>(value: &FluentValue, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(n) => Some(number(n.value, 0)),
        _ => None,
    }
}

/// A language of the interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Locale {
    Zh,
    En,
}

/// A text that names no language we have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLocale(pub String);

impl Locale {
    /// Every language, in the order in which a bundle offers them.
    pub const ALL: [Locale; 2] = [Locale::Zh, Locale::En];

    /// The tag of BCP 47, as in `lang` attributes, folder names and `--locale`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Locale::Zh => "zh-CN",
            Locale::En => "en",
        }
    }

    /// The one of the two texts that is in this language, else the other where it is empty.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        let (own, other) = match self {
            Locale::Zh => (zh, en),
            Locale::En => (en, zh),
        };
        if own.is_empty() { other } else { own }
    }

    fn id(self) -> &'static LanguageIdentifier {
        static IDS: [LanguageIdentifier; 2] = [langid!("zh-CN"), langid!("en")];
        &IDS[self as usize]
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(tag: &str) -> Result<Self, UnknownLocale> {
        match tag {
            "zh-CN" | "zh" => Ok(Locale::Zh),
            "en" => Ok(Locale::En),
            _ => Err(UnknownLocale(tag.to_owned())),
        }
    }
}

impl Serialize for Locale {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

/// What fills a slot of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Put in as it is.
    Text(Cow<'a, str>),
    /// Chooses the plural form and is grouped by thousands.
    Count(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(count: i64) -> Self {
        Value::Count(count)
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Value::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl<'a> From<Value<'a>> for FluentValue<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Text(text) => FluentValue::String(text),
            Value::Count(count) => FluentValue::from(count),
        }
    }
}

/// The message of `key` with its slots filled; none if there is no such message in this language or
/// one of its slots is not given.
#[must_use]
pub fn find(locale: Locale, key: &str, args: &[(&str, Value)]) -> Option<String> {
    let slots: HashMap<&str, FluentValue> = args
        .iter()
        .map(|(name, value)| (*name, value.clone().into()))
        .collect();
    MESSAGES
        .lookup_single_language(locale.id(), key, Some(&slots))
        .ok()
}

/// As [`find`]; a message that is not there shows as its key, and stops a test.
#[must_use]
pub fn text(locale: Locale, key: &str, args: &[(&str, Value)]) -> String {
    let found = find(locale, key, args);
    debug_assert!(found.is_some(), "{}: {key} {args:?}", locale.tag());
    found.unwrap_or_else(|| key.to_owned())
}

/// The sentence of a [`Message`]; its slots are texts.
#[must_use]
pub fn message(locale: Locale, message: &Message) -> String {
    let args: Vec<(&str, Value)> = message
        .args
        .iter()
        .map(|(name, value)| (*name, Value::from(value)))
        .collect();
    text(locale, message.key, &args)
}

/// The message of `key`, if there is one without slots.
#[must_use]
pub fn known(locale: Locale, key: &str) -> Option<&'static str> {
    // Pages ask for these a hundred times each, from several threads: all are put together once.
    static PLAIN: LazyLock<[HashMap<String, String>; 2]> = LazyLock::new(|| {
        let keys = keys();
        [Locale::Zh, Locale::En].map(|locale| {
            let texts = keys
                .iter()
                .filter_map(|key| Some((key.clone(), find(locale, key, &[])?)));
            texts.collect()
        })
    });
    PLAIN[locale as usize].get(key).map(String::as_str)
}

/// The keys of all messages: they begin a line.
fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for source in sources() {
        let source = String::from_utf8_lossy(&source);
        let heads = source.lines().filter_map(|line| line.split_once('='));
        let found = heads.map(|(key, _)| key.trim_end());
        keys.extend(
            found
                .filter(|key| key.starts_with(|c: char| c.is_ascii_alphabetic()))
                .map(str::to_owned),
        );
    }
    keys
}

/// As [`known`]; a message that is not there shows as a question mark, and stops a test.
#[must_use]
pub fn plain(locale: Locale, key: &str) -> &'static str {
    let found = known(locale, key);
    debug_assert!(found.is_some(), "{}: {key}", locale.tag());
    found.unwrap_or("?")
}

/// A number with groups of three and a fixed number of decimals (at most nine), halves rounded away
/// from zero: `1,234.5`, `−3`. What is no number is a dash.
#[must_use]
pub fn number(value: f64, decimals: usize) -> String {
    let decimals = decimals.min(9);
    let scaled = (value.abs() * 10_f64.powi(decimals as i32)).round();
    if !scaled.is_finite() {
        return "–".to_owned();
    }
    // From the last digit to the first, with the point and the commas where they belong. Beyond 2^64
    // the cast stops at the largest number; no figure comes near it.
    let mut left = scaled as u64;
    let mut signs = [0_u8; 40];
    let mut at = signs.len();
    let mut put = |sign: u8| {
        at -= 1;
        signs[at] = sign;
        at
    };
    let mut place = 0;
    let start = loop {
        if place > 0 && place == decimals {
            put(b'.');
        } else if place > decimals && (place - decimals).is_multiple_of(3) {
            put(b',');
        }
        // A digit is less than ten.
        let start = put(b'0' + (left % 10) as u8);
        left /= 10;
        place += 1;
        if left == 0 && place > decimals {
            break start;
        }
    };
    let mut out = String::with_capacity(16);
    if value < 0.0 && scaled > 0.0 {
        out.push('\u{2212}');
    }
    // They are ASCII.
    out.push_str(std::str::from_utf8(&signs[start..]).unwrap_or_default());
    out
}

/// Hundredths as a number with two decimals, exactly: `8750` is `87.50`.
#[must_use]
pub fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    let size = value.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// A day in running text: `22 November 2026`, `2026年11月22日`. Anything but a day stays as it is.
#[must_use]
pub fn date(locale: Locale, iso: &str) -> String {
    match iso.parse::<NaiveDate>() {
        Ok(day) => text(
            locale,
            "date-long",
            &[
                ("year", day.year().to_string().into()),
                ("month", i64::from(day.month()).into()),
                ("day", i64::from(day.day()).into()),
            ],
        ),
        Err(_) => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests;
