//! The mapping file: how another system's export becomes one of our files. TOML, every key optional, unknown keys
//! refused; a file that already has our column names and ISO dates needs none.
//!
//! ```toml
//! kind = "service-records"
//! source = "incident-log"
//! time_zone = "Asia/Shanghai"
//! formats = ["%d-%m-%Y %H:%M"]
//! missing = ["?", "N/A"]
//! last_row_wins = true
//! employee_by = "name"
//!
//! [columns]
//! id = "number"
//! employee = { columns = ["first", "last"], join = " " }
//! handle_seconds = { column = "Talk time", duration = "h:mm:ss" }
//! channel = { column = "contact_type", values = { "Phone" = "phone" }, otherwise = "web" }
//! bot = { constant = "false" }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chrono_tz::Tz;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::problems::ImportError;
use super::table::{Hints, encoding_by_name};
use super::values::check_format;

/// Cells that mean "nothing was recorded" unless the mapping says otherwise; letter case does not matter, and an empty
/// cell is always missing. `NA` is not among them: it is a region's code in many systems.
pub const MISSING: [&str; 7] = ["?", "N/A", "#N/A", "NULL", "NaN", "\\N", "-"];

/// A mapping as its file says it. `Mapping::default()` reads a file with our own column names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The kind of file it is for, such as `service-records`; it must then match the command.
    pub kind: Option<String>,
    /// Code of the system imported from (default `default`). Ids are unique within a source.
    pub source: Option<String>,
    /// IANA zone of the times that carry no offset; default: the organisation's.
    pub time_zone: Option<String>,
    /// strftime formats of dates and times, tried in order before the built-in ones (`values::Times`).
    pub formats: Vec<String>,
    /// Cells that mean "missing", besides empty ones; replaces [`MISSING`].
    pub missing: Option<Vec<String>>,
    /// Words for true besides the built-in ones (`values::Words`), any case.
    pub true_words: Vec<String>,
    /// Words for false besides the built-in ones, any case.
    pub false_words: Vec<String>,
    /// Several rows of an id are its history, and the last one in the file is its state; without it a repeated id is a
    /// problem.
    pub last_row_wins: bool,
    /// Whether the column `employee` holds numbers or names.
    pub employee_by: EmployeeBy,
    /// Whether the column `team` holds codes or names.
    pub team_by: TeamBy,
    /// Our name of the column whose time decides the day on which a row counts, if not the usual one.
    pub day: Option<String>,
    /// Encoding of the file, if detection is not to be trusted.
    pub encoding: Option<String>,
    /// Separator of the file: one character, or `tab`.
    pub separator: Option<String>,
    /// Sheet of the workbook, if not the first.
    pub sheet: Option<String>,
    /// Our column name = where it comes from. A column not named here is read from the column of the same name, if the
    /// file has one.
    pub columns: BTreeMap<String, ColumnSource>,
}

/// How staff are named in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmployeeBy {
    /// By employee number.
    #[default]
    Number,
    /// By name, which must then be unique.
    Name,
}

/// How teams are named in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamBy {
    /// By code.
    #[default]
    Code,
    /// By name in either language.
    Name,
}

/// Where a column comes from: a name alone, or a table of these keys. With none of `column`, `columns` and `constant`
/// it is the column of the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnSource {
    /// One column of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Several columns of the file, joined; missing parts are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What stands between joined parts; a space if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<String>,
    /// The same text for every row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// Formats of this column, tried before those of the whole mapping.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// Form of a duration without unit; seconds if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// Text of the file = our text. A missing mark may be given a meaning here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Our text for whatever `values` does not list. Missing stays missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// Forms of a duration. `1:02:03` is understood under all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duration {
    /// A number of seconds.
    #[default]
    #[serde(rename = "seconds")]
    Seconds,
    /// A number of minutes, `5.5` being 330 seconds.
    #[serde(rename = "minutes")]
    Minutes,
    /// A number of hours.
    #[serde(rename = "hours")]
    Hours,
    /// Hours, minutes and seconds.
    #[serde(rename = "h:mm:ss")]
    HoursMinutesSeconds,
    /// Hours and minutes.
    #[serde(rename = "h:mm")]
    HoursMinutes,
    /// Minutes and seconds.
    #[serde(rename = "mm:ss")]
    MinutesSeconds,
}

impl Duration {
    /// As the mapping file spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::HoursMinutesSeconds => "h:mm:ss",
            Self::HoursMinutes => "h:mm",
            Self::MinutesSeconds => "mm:ss",
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let text = std::fs::read_to_string(path).map_err(|e| ImportError::io(path, &e))?;
        Self::parse(&text)
    }

    /// Reads a mapping and checks everything that can be checked without the file it is for.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mapping: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            ImportError::MappingSyntax {
                line: before.matches('\n').count() + 1,
                detail: error.message().to_owned(),
            }
        })?;
        mapping.check()?;
        Ok(mapping)
    }

    fn check(&self) -> Result<(), ImportError> {
        self.zone()?;
        self.hints()?;
        for (target, column) in &self.columns {
            let sources = [
                column.column.is_some(),
                !column.columns.is_empty(),
                column.constant.is_some(),
            ];
            if sources.into_iter().filter(|given| *given).count() > 1 {
                return Err(ImportError::MappingColumn {
                    target: target.clone(),
                });
            }
        }
        self.formats
            .iter()
            .chain(self.columns.values().flat_map(|c| &c.formats))
            .try_for_each(|format| check_format(format))
    }

    /// Refuses a mapping that is for another kind of file.
    pub fn expect_kind(&self, kind: &str) -> Result<(), ImportError> {
        match &self.kind {
            Some(found) if found != kind => Err(ImportError::WrongKind {
                expected: kind.to_owned(),
                found: found.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Code of the system imported from.
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or("default")
    }

    /// The zone it names, if any.
    pub fn zone(&self) -> Result<Option<Tz>, ImportError> {
        self.time_zone
            .as_deref()
            .map(|name| {
                name.parse().map_err(|_| ImportError::UnknownZone {
                    name: name.to_owned(),
                })
            })
            .transpose()
    }

    /// What it says about the form of the file.
    pub fn hints(&self) -> Result<Hints, ImportError> {
        if let Some(name) = &self.encoding {
            encoding_by_name(name)?;
        }
        let separator = match self.separator.as_deref() {
            None => None,
            Some("tab") => Some(b'\t'),
            Some(text) => match text.as_bytes() {
                [one] if *one == b'\t' || (one.is_ascii_punctuation() && *one != b'"') => {
                    Some(*one)
                }
                _ => {
                    return Err(ImportError::BadSeparator {
                        separator: text.to_owned(),
                    });
                }
            },
        };
        Ok(Hints {
            encoding: self.encoding.clone(),
            separator,
            sheet: self.sheet.clone(),
        })
    }

    /// The marks of a missing cell, besides an empty one.
    pub fn missing_marks(&self) -> Vec<String> {
        self.missing
            .clone()
            .unwrap_or_else(|| MISSING.map(str::to_owned).to_vec())
    }
}

/// A name alone, or a table. Written by hand because an untagged enum would answer every mistake with "did not match
/// any variant" instead of the name of the unknown key.
impl<'de> Deserialize<'de> for ColumnSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Keys {
            column: Option<String>,
            columns: Vec<String>,
            join: Option<String>,
            constant: Option<String>,
            formats: Vec<String>,
            duration: Option<Duration>,
            values: BTreeMap<String, String>,
            otherwise: Option<String>,
        }

        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = ColumnSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name or a table")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ColumnSource, E> {
                Ok(ColumnSource {
                    column: Some(name.to_owned()),
                    ..ColumnSource::default()
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ColumnSource, A::Error> {
                let keys = Keys::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ColumnSource {
                    column: keys.column,
                    columns: keys.columns,
                    join: keys.join,
                    constant: keys.constant,
                    formats: keys.formats,
                    duration: keys.duration,
                    values: keys.values,
                    otherwise: keys.otherwise,
                })
            }
        }
        deserializer.deserialize_any(NameOrTable)
    }
}

#[cfg(test)]
mod tests;
