//! What can go wrong in an import, in two sizes: a `Problem` is one bad cell or row (the file is otherwise read on, so
//! that a reader sees the whole list at once), an `ImportError` is the file or mapping as a whole. Neither holds prose:
//! both carry a message key and its arguments, and `locales/*/import.ftl` has the words.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::table::{Row, Table};

/// A cell is quoted in a problem up to this many characters.
const VALUE_CHARS: usize = 80;

/// Arguments of a message: slot name and text.
pub type Args = Vec<(&'static str, String)>;

/// One bad cell, or one bad row where `column` is empty.
///
/// Written to JSON as `{"line", "column", "value", "reason": "<message key>", "args": {...}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file on which the row starts; the header's own line is usually 1.
    pub line: u64,
    /// The column as the file calls it; several joined columns are named `first + last`.
    pub column: String,
    /// What the cell held, cut to 80 characters, control characters replaced.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Problem {
    /// Cuts and cleans `value`, so that a problem can be printed on any terminal.
    pub fn new(line: u64, column: impl Into<String>, value: &str, reason: Reason) -> Self {
        let mut kept: String = value
            .chars()
            .take(VALUE_CHARS)
            .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
            .collect();
        if value.chars().nth(VALUE_CHARS).is_some() {
            kept.pop();
            kept.push('…');
        }
        Self {
            line,
            column: column.into(),
            value: kept,
            reason,
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let args: BTreeMap<_, _> = self.reason.args().into_iter().collect();
        let mut out = serializer.serialize_struct("Problem", 5)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("column", &self.column)?;
        out.serialize_field("value", &self.value)?;
        out.serialize_field("reason", self.reason.key())?;
        out.serialize_field("args", &args)?;
        out.end()
    }
}

/// Why a cell or a row is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The cell is empty or a missing mark, and the column is required.
    Required,
    /// More than `max` characters.
    TooLong { max: usize },
    /// A NUL or another control character.
    ControlCharacter,
    /// A line break in a column of one line.
    LineBreak,
    /// Not letters, digits, `-`, `_`, `.` alone.
    NotACode,
    /// Not a number, or not a whole one where that is asked for.
    NotANumber,
    /// Outside the limits of the column, which are printed as written here.
    OutOfRange { min: String, max: String },
    /// None of the words for true and false.
    NotYesOrNo,
    /// No format reads it as a time.
    NotATime,
    /// The clocks of the zone skipped this local time.
    NoSuchTime { zone: String },
    /// No format reads it as a date.
    NotADate,
    /// Not a duration in the form the mapping names.
    NotADuration { form: &'static str },
    /// Not one of the listed codes.
    NotAChoice { choices: String },
    /// The row has too few or too many fields.
    FieldCount { expected: usize, found: usize },
    /// The key stands already on an earlier line.
    Duplicate { first_line: u64 },
    /// A code, number or name that nothing in the database bears.
    Unknown { nearest: Option<String> },
    /// A rule of the feature that reads the row; its message lies in the feature's own file.
    Rule { key: &'static str, args: Args },
}

impl Reason {
    /// The Fluent message.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Required => "import-reason-required",
            Self::TooLong { .. } => "import-reason-too-long",
            Self::ControlCharacter => "import-reason-control-character",
            Self::LineBreak => "import-reason-line-break",
            Self::NotACode => "import-reason-not-a-code",
            Self::NotANumber => "import-reason-not-a-number",
            Self::OutOfRange { .. } => "import-reason-out-of-range",
            Self::NotYesOrNo => "import-reason-not-yes-or-no",
            Self::NotATime => "import-reason-not-a-time",
            Self::NoSuchTime { .. } => "import-reason-no-such-time",
            Self::NotADate => "import-reason-not-a-date",
            Self::NotADuration { .. } => "import-reason-not-a-duration",
            Self::NotAChoice { .. } => "import-reason-not-a-choice",
            Self::FieldCount { .. } => "import-reason-field-count",
            Self::Duplicate { .. } => "import-reason-duplicate",
            Self::Unknown { nearest: None } => "import-reason-unknown",
            Self::Unknown { nearest: Some(_) } => "import-reason-unknown-nearest",
            Self::Rule { key, .. } => key,
        }
    }

    /// The slots of the message.
    pub fn args(&self) -> Args {
        match self {
            Self::TooLong { max } => vec![("max", max.to_string())],
            Self::OutOfRange { min, max } => vec![("min", min.clone()), ("max", max.clone())],
            Self::NoSuchTime { zone } => vec![("zone", zone.clone())],
            Self::NotADuration { form } => vec![("form", (*form).to_owned())],
            Self::NotAChoice { choices } => vec![("choices", choices.clone())],
            Self::FieldCount { expected, found } => vec![
                ("expected", expected.to_string()),
                ("found", found.to_string()),
            ],
            Self::Duplicate { first_line } => vec![("line", first_line.to_string())],
            Self::Unknown {
                nearest: Some(nearest),
            } => vec![("nearest", nearest.clone())],
            Self::Rule { args, .. } => args.clone(),
            _ => Vec::new(),
        }
    }
}

/// The problems of one file. All are counted; the first [`Problems::KEPT`] are kept, so that a file of a million bad
/// rows does not fill the memory.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    total: u64,
    bad_rows: u64,
    last_line: u64,
}

impl Problems {
    /// How many problems are kept word for word.
    pub const KEPT: usize = 100_000;

    /// The problems kept, in the order of the file.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many there were, kept or not.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many rows had at least one.
    pub fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    /// True if every row was good.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(super) fn push(&mut self, problem: Problem) {
        let of_this_line = |p: &&Problem| p.line == problem.line;
        if self
            .list
            .iter()
            .rev()
            .take_while(of_this_line)
            .any(|p| *p == problem)
        {
            // A cell that is asked for twice is still one problem.
            return;
        }
        self.total += 1;
        if problem.line != self.last_line {
            self.bad_rows += 1;
            self.last_line = problem.line;
        }
        if self.list.len() < Self::KEPT {
            self.list.push(problem);
        }
    }
}

/// Writes the bad rows of `table` to a CSV that a spreadsheet opens as it is: UTF-8 with a byte order mark, first the
/// columns `line`, `column`, `reason`, then the row as it was (several problems of a row are joined by `; `). They come
/// first because a row with too few fields would put them under the wrong headings.
///
/// Cells that a spreadsheet would run as a formula get a leading apostrophe. `message` turns a problem into the reader's
/// language. A file that stands at `path` is replaced.
pub fn write_bad_rows(
    path: &Path,
    table: &Table,
    problems: &[Problem],
    message: impl Fn(&Problem) -> String,
) -> Result<(), ImportError> {
    let failed = |detail: String| ImportError::Io {
        path: path.display().to_string(),
        detail,
    };
    let mut by_line: BTreeMap<u64, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        by_line.entry(problem.line).or_default().push(problem);
    }

    let mut file = std::fs::File::create(path).map_err(|e| failed(e.to_string()))?;
    file.write_all("\u{FEFF}".as_bytes())
        .map_err(|e| failed(e.to_string()))?;
    let mut out = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(std::io::BufWriter::new(file));
    let added = ["line", "column", "reason"].map(str::to_owned);
    out.write_record(
        added
            .into_iter()
            .chain(table.header().iter().map(|h| guarded(h))),
    )
    .map_err(|e| failed(e.to_string()))?;

    let mut rows = table.rows()?;
    while !by_line.is_empty() && rows.advance()? {
        let row = rows.row();
        let Some(found) = by_line.remove(&row.line()) else {
            continue;
        };
        out.write_record(bad_row(&row, &found, &message))
            .map_err(|e| failed(e.to_string()))?;
    }
    out.flush().map_err(|e| failed(e.to_string()))
}

fn bad_row(
    row: &Row<'_>,
    found: &[&Problem],
    message: &impl Fn(&Problem) -> String,
) -> Vec<String> {
    let columns: BTreeSet<&str> = found.iter().map(|p| p.column.as_str()).collect();
    let columns = columns.into_iter().collect::<Vec<_>>().join("; ");
    let reasons = found.iter().map(|p| message(p)).collect::<Vec<_>>();
    let mut cells = vec![
        row.line().to_string(),
        guarded(&columns),
        guarded(&reasons.join("; ")),
    ];
    cells.extend((0..row.len()).map(|i| guarded(row.get(i).unwrap_or_default())));
    cells
}

/// Prefixes an apostrophe where a spreadsheet would take the cell for a formula. Numbers such as -5 or +3.2 stay.
pub fn guarded(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && cell.parse::<f64>().is_err() {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Why a file or a mapping cannot be used at all. `Display` gives the key alone, for logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.key())]
pub enum ImportError {
    /// The file cannot be opened, read or written; `detail` is the system's own sentence.
    Io { path: String, detail: String },
    /// Nothing in it, or nothing but empty lines.
    Empty,
    /// Bytes that fit no encoding tried. `byte` counts from 1; `found` is the byte as `0xE9`.
    Encoding {
        tried: String,
        line: u64,
        byte: u64,
        found: String,
    },
    /// The mapping or command names an encoding nobody knows.
    UnknownEncoding { name: String },
    /// Some other kind of file: `found` is `pdf`, `zip`, `gzip`, `html`, `xml`, `sqlite`, `utf-32` or `binary`.
    NotATable { found: &'static str },
    /// The old binary format of Excel, or a workbook with a password (both have the same container).
    OldExcel,
    /// An XLSX file that does not hold together.
    BrokenWorkbook { detail: String },
    /// A workbook that unpacks to more than the limit.
    WorkbookTooLarge { limit_mb: u64 },
    /// The sheet asked for is not in the workbook.
    NoSuchSheet { sheet: String, sheets: String },
    /// More columns than any table of ours could need.
    TooManyColumns { limit: usize },
    /// A record so long that a quotation mark must be unclosed.
    RecordTooLong { line: u64, limit_mb: usize },
    /// The file was changed between two readings.
    ChangedWhileReading,
    /// The mapping is no TOML, or has an unknown key or a value of the wrong type.
    MappingSyntax { line: usize, detail: String },
    /// A column of the mapping has none or several of `column`, `columns`, `constant`.
    MappingColumn { target: String },
    /// A date format that strftime does not know.
    BadFormat { format: String },
    /// A time zone that the IANA list does not know.
    UnknownZone { name: String },
    /// A separator that is not one ASCII character other than letters, digits and quotes.
    BadSeparator { separator: String },
    /// The mapping is for another kind of file than the command.
    WrongKind { expected: String, found: String },
    /// `day` names a column that holds no time or date.
    BadDay { column: String },
    /// The mapping speaks of a column that this kind of file does not have.
    UnknownTarget {
        target: String,
        nearest: Option<String>,
    },
    /// The mapping names a column that the file lacks.
    UnknownColumn {
        column: String,
        nearest: Option<String>,
    },
    /// The file lacks a required column, and the mapping does not say where to find it.
    MissingColumn {
        target: String,
        nearest: Option<String>,
    },
    /// Two columns of the file bear the name that is wanted.
    AmbiguousColumn { column: String },
}

impl ImportError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            detail: error.to_string(),
        }
    }

    /// The Fluent message.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Io { .. } => "import-error-io",
            Self::Empty => "import-error-empty",
            Self::Encoding { .. } => "import-error-encoding",
            Self::UnknownEncoding { .. } => "import-error-unknown-encoding",
            Self::NotATable { .. } => "import-error-not-a-table",
            Self::OldExcel => "import-error-old-excel",
            Self::BrokenWorkbook { .. } => "import-error-broken-workbook",
            Self::WorkbookTooLarge { .. } => "import-error-workbook-too-large",
            Self::NoSuchSheet { .. } => "import-error-no-such-sheet",
            Self::TooManyColumns { .. } => "import-error-too-many-columns",
            Self::RecordTooLong { .. } => "import-error-record-too-long",
            Self::ChangedWhileReading => "import-error-changed-while-reading",
            Self::MappingSyntax { .. } => "import-error-mapping-syntax",
            Self::MappingColumn { .. } => "import-error-mapping-column",
            Self::BadFormat { .. } => "import-error-bad-format",
            Self::UnknownZone { .. } => "import-error-unknown-zone",
            Self::BadSeparator { .. } => "import-error-bad-separator",
            Self::WrongKind { .. } => "import-error-wrong-kind",
            Self::BadDay { .. } => "import-error-bad-day",
            Self::UnknownTarget { nearest: None, .. } => "import-error-unknown-target",
            Self::UnknownTarget { .. } => "import-error-unknown-target-nearest",
            Self::UnknownColumn { nearest: None, .. } => "import-error-unknown-column",
            Self::UnknownColumn { .. } => "import-error-unknown-column-nearest",
            Self::MissingColumn { nearest: None, .. } => "import-error-missing-column",
            Self::MissingColumn { .. } => "import-error-missing-column-nearest",
            Self::AmbiguousColumn { .. } => "import-error-ambiguous-column",
        }
    }

    /// The slots of the message.
    pub fn args(&self) -> Args {
        match self {
            Self::Io { path, detail } => vec![("path", path.clone()), ("detail", detail.clone())],
            Self::Encoding {
                tried,
                line,
                byte,
                found,
            } => vec![
                ("tried", tried.clone()),
                ("line", line.to_string()),
                ("byte", byte.to_string()),
                ("found", found.clone()),
            ],
            Self::UnknownEncoding { name } | Self::UnknownZone { name } => {
                vec![("name", name.clone())]
            }
            Self::NotATable { found } => vec![("found", (*found).to_owned())],
            Self::BrokenWorkbook { detail } => vec![("detail", detail.clone())],
            Self::WorkbookTooLarge { limit_mb } => vec![("limit", limit_mb.to_string())],
            Self::NoSuchSheet { sheet, sheets } => {
                vec![("sheet", sheet.clone()), ("sheets", sheets.clone())]
            }
            Self::TooManyColumns { limit } => vec![("limit", limit.to_string())],
            Self::RecordTooLong { line, limit_mb } => {
                vec![("line", line.to_string()), ("limit", limit_mb.to_string())]
            }
            Self::MappingSyntax { line, detail } => {
                vec![("line", line.to_string()), ("detail", detail.clone())]
            }
            Self::MappingColumn { target } => vec![("target", target.clone())],
            Self::BadFormat { format } => vec![("format", format.clone())],
            Self::BadSeparator { separator } => vec![("separator", separator.clone())],
            Self::WrongKind { expected, found } => {
                vec![("expected", expected.clone()), ("found", found.clone())]
            }
            Self::BadDay { column } | Self::AmbiguousColumn { column } => {
                vec![("column", column.clone())]
            }
            Self::UnknownTarget { target, nearest } | Self::MissingColumn { target, nearest } => {
                with_nearest(("target", target.clone()), nearest)
            }
            Self::UnknownColumn { column, nearest } => {
                with_nearest(("column", column.clone()), nearest)
            }
            Self::Empty | Self::OldExcel | Self::ChangedWhileReading => Vec::new(),
        }
    }
}

fn with_nearest(first: (&'static str, String), nearest: &Option<String>) -> Args {
    std::iter::once(first)
        .chain(nearest.clone().map(|name| ("nearest", name)))
        .collect()
}

/// The known name most like `wanted`, for "did you mean": the smallest edit distance in characters, letter case left
/// aside, if it is at most a third of the longer name (at least 1); of several the first in order; `None` if nothing is that
/// near.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    known
        .into_iter()
        .filter_map(|name| {
            let other: Vec<char> = name.to_lowercase().chars().collect();
            let allowed = (wanted.len().max(other.len()) / 3).max(1);
            if wanted.len().abs_diff(other.len()) > allowed {
                return None;
            }
            let distance = edit_distance(&wanted, &other);
            (distance <= allowed).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance, one row of the table at a time.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = above[0];
        above[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = above[j + 1];
            above[j + 1] = replaced.min(above[j] + 1).min(diagonal + 1);
        }
    }
    above[b.len()]
}

#[cfg(test)]
mod tests;
