//! The one importer: from a file of any usual kind to typed cells. A feature describes its columns (`ColumnSpec`), reads
//! `RowView`s from a `Reader`, and turns them into records; how the file is encoded, what its columns are called and how
//! it writes dates is settled here, by detection and a mapping file.
//!
//! - `table`: a file as header and rows of text
//! - `mapping`: the mapping file
//! - `values`: text to value, pure
//! - `keys`: whether a key was there before
//! - `problems`: what can be wrong with a cell, a row, a file; the file of bad rows
//!
//! A bad cell never stops the reading: it becomes a `Problem` with line, column and value, so that people see the whole
//! list at once. What to do with good rows when others are bad is the caller's decision.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

mod keys;
pub mod mapping;
pub mod problems;
pub mod run;
pub mod table;
pub mod values;

pub use mapping::{EmployeeBy, Mapping, TeamBy};
pub use problems::{ImportError, Problem, Problems, Reason, nearest, write_bad_rows};
pub use table::{Hints, Table};

use keys::Keys;
use table::{Row, Rows};
use values::{Times, Words};

/// What a column holds, and within which limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of at most so many characters. Also for ids of other systems and for references by code or name.
    Text(usize),
    /// As `Text`, with line breaks and tabs: comments.
    Note(usize),
    /// A new code that will appear in addresses; see `values::code`.
    Code,
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// A decimal number in hundredths; the limits too.
    Decimal2 { min: i64, max: i64 },
    /// True or false, by word or number.
    Bool,
    /// A moment.
    Time,
    /// A day.
    Date,
    /// A duration in whole seconds, from 0.
    Seconds { max: i64 },
    /// One of these codes (lower case, underscores).
    Choice(&'static [&'static str]),
}

/// Whether a row can do without a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The file may lack it, a cell may be missing.
    Optional,
    /// The file must have it, every row must fill it.
    Required,
    /// Required, and no two rows may have the same, unless the mapping says `last_row_wins`. At most one column of a
    /// file is a key.
    Key,
}

/// One column of a kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Our name of it, as in the mapping and in our own exports.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row can do without it.
    pub need: Need,
}

impl ColumnSpec {
    /// A column that may be absent or empty.
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            need: Need::Optional,
        }
    }

    /// A column that every row fills.
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            need: Need::Required,
        }
    }

    /// The column by which rows are told apart.
    pub const fn key(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            need: Need::Key,
        }
    }
}

/// Where the cells of one of our columns come from.
#[derive(Debug)]
enum Origin {
    /// The file lacks it, and it is optional.
    Nowhere,
    Constant(String),
    Field(usize),
    /// Several fields; the joined text of the present row lies in the reader's `joined` at `slot`.
    Fields {
        fields: Vec<usize>,
        join: String,
        slot: usize,
    },
}

/// One of our columns, ready to read.
#[derive(Debug)]
struct Column {
    spec: ColumnSpec,
    origin: Origin,
    /// What problems call it.
    name: String,
    values: HashMap<String, String>,
    otherwise: Option<String>,
    duration: mapping::Duration,
    times: Times,
}

/// What is the same for all columns.
#[derive(Debug)]
struct Rules {
    missing: Vec<String>,
    longest_missing: usize,
    words: Words,
}

impl Rules {
    fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty()
            || cell.len() <= self.longest_missing
                && self.missing.iter().any(|m| m.eq_ignore_ascii_case(cell))
    }
}

/// Reads a file row by row, in constant memory but for 24 bytes a key, to see that none comes twice.
pub struct Reader {
    table: Table,
    rows: Rows,
    columns: Vec<Column>,
    rules: Rules,
    day: Option<usize>,
    key: Option<usize>,
    last_row_wins: bool,
    joined: Vec<String>,
    /// With `last_row_wins`: for each row of the file, counted as `rows` gives them, whether a later one has its key.
    superseded: Vec<bool>,
    /// Without it: keys seen, and where first.
    seen: Keys,
    problems: RefCell<Problems>,
    at: usize,
    rows_read: u64,
    rows_superseded: u64,
}

impl Reader {
    /// Opens `path` as the mapping says, or as detection finds, and settles where each column of `specs` comes from.
    /// `zone` is the organisation's, for times without offset if the mapping names no zone.
    ///
    /// With `last_row_wins` the whole file is read once here, to find the last row of every key.
    pub fn open(
        path: &Path,
        mapping: &Mapping,
        specs: &'static [ColumnSpec],
        zone: Tz,
    ) -> Result<Self, ImportError> {
        let table = Table::open(path, &mapping.hints()?)?;
        if let Some(target) = mapping
            .columns
            .keys()
            .find(|target| specs.iter().all(|s| s.name != target.as_str()))
        {
            return Err(ImportError::UnknownTarget {
                target: target.clone(),
                nearest: nearest(target, specs.iter().map(|s| s.name)).map(str::to_owned),
            });
        }
        let zone = mapping.zone()?.unwrap_or(zone);
        let mut slots = 0;
        let columns = specs
            .iter()
            .map(|spec| Column::new(*spec, mapping, table.header(), zone, &mut slots))
            .collect::<Result<Vec<_>, _>>()?;
        let day = mapping
            .day
            .as_ref()
            .map(|name| {
                let index = columns.iter().position(|c| {
                    c.spec.name == name
                        && matches!(c.spec.kind, Kind::Time | Kind::Date)
                        && !matches!(c.origin, Origin::Nowhere)
                });
                index.ok_or_else(|| ImportError::BadDay {
                    column: name.clone(),
                })
            })
            .transpose()?;
        let missing = mapping.missing_marks();
        let mut reader = Self {
            rows: table.rows()?,
            table,
            key: specs.iter().position(|s| s.need == Need::Key),
            columns,
            rules: Rules {
                longest_missing: missing.iter().map(String::len).max().unwrap_or(0),
                missing,
                words: Words::new(&mapping.true_words, &mapping.false_words),
            },
            day,
            last_row_wins: mapping.last_row_wins,
            joined: vec![String::new(); slots],
            superseded: Vec::new(),
            seen: Keys::default(),
            problems: RefCell::default(),
            at: 0,
            rows_read: 0,
            rows_superseded: 0,
        };
        if let (Some(key), true) = (reader.key, mapping.last_row_wins) {
            reader.superseded = reader.find_superseded(key)?;
            reader.rewind()?;
        }
        Ok(reader)
    }

    /// The next row that has as many fields as the header and is not superseded by a later one of its key. Blank rows
    /// are passed over; a row with too few or too many fields is noted as a problem and passed over.
    ///
    /// # Errors
    /// The file cannot be read on, or was changed since it was opened.
    pub fn next_row(&mut self) -> Result<Option<RowView<'_>>, ImportError> {
        let mut bad = false;
        loop {
            if !self.rows.advance()? {
                return Ok(None);
            }
            let at = self.at;
            self.at += 1;
            let row = self.rows.row();
            if row.is_empty() {
                continue;
            }
            self.rows_read += 1;
            if row.len() != self.table.header().len() {
                let reason = Reason::FieldCount {
                    expected: self.table.header().len(),
                    found: row.len(),
                };
                let first = row.get(0).unwrap_or_default();
                let problem = Problem::new(row.line(), "", first, reason);
                self.problems.get_mut().push(problem);
                continue;
            }
            if self.superseded.get(at).copied().unwrap_or(false) {
                self.rows_superseded += 1;
                continue;
            }
            join_fields(&row, &self.columns, &self.rules, &mut self.joined);
            if let (Some(key), false) = (self.key, self.last_row_wins)
                && let Some(cell) = self.columns[key].cell(&row, &self.rules, &self.joined)
                && let Some(first_line) = self.seen.place_or_insert(cell, row.line())
            {
                let reason = Reason::Duplicate {
                    first_line: *first_line,
                };
                let name = self.columns[key].name.as_str();
                let problem = Problem::new(row.line(), name, cell, reason);
                self.problems.get_mut().push(problem);
                bad = true;
            }
            break;
        }
        Ok(Some(RowView {
            row: self.rows.row(),
            columns: &self.columns,
            rules: &self.rules,
            joined: &self.joined,
            problems: &self.problems,
            bad: Cell::new(bad),
        }))
    }

    /// Starts again at the first row; problems and counts too.
    pub fn rewind(&mut self) -> Result<(), ImportError> {
        self.rows = self.table.rows()?;
        self.seen.clear();
        self.problems = RefCell::default();
        self.at = 0;
        self.rows_read = 0;
        self.rows_superseded = 0;
        Ok(())
    }

    /// Marks every row whose key comes again further down.
    fn find_superseded(&mut self, key: usize) -> Result<Vec<bool>, ImportError> {
        let mut last = Keys::default();
        let mut superseded = Vec::new();
        while self.rows.advance()? {
            let at = superseded.len();
            superseded.push(false);
            let row = self.rows.row();
            if row.len() != self.table.header().len() {
                continue;
            }
            join_fields(&row, &self.columns, &self.rules, &mut self.joined);
            let Some(cell) = self.columns[key].cell(&row, &self.rules, &self.joined) else {
                continue;
            };
            if let Some(earlier) = last.place_or_insert(cell, at as u64) {
                superseded[std::mem::replace(earlier, at as u64) as usize] = true;
            }
        }
        Ok(superseded)
    }

    /// True if file or mapping feed the column at all.
    pub fn has(&self, column: usize) -> bool {
        !matches!(self.columns[column].origin, Origin::Nowhere)
    }

    /// The column whose time decides the day: the mapping's `day`, else `usual`.
    pub fn day_column(&self, usual: usize) -> usize {
        self.day.unwrap_or(usual)
    }

    /// Columns of the file that nothing reads, in the order of the file.
    pub fn unused_columns(&self) -> Vec<&str> {
        let used = |index: usize| {
            self.columns.iter().any(|c| match &c.origin {
                Origin::Field(field) => *field == index,
                Origin::Fields { fields, .. } => fields.contains(&index),
                Origin::Nowhere | Origin::Constant(_) => false,
            })
        };
        let header = self.table.header().iter().enumerate();
        header
            .filter(|(index, _)| !used(*index))
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// The file.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Rows read so far, bad and superseded ones included, blank ones not.
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// Rows passed over so far because a later one has their key.
    pub fn rows_superseded(&self) -> u64 {
        self.rows_superseded
    }

    /// How far the reading has come, and of how much: bytes of a text file, rows of a workbook.
    pub fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }

    /// The problems so far.
    pub fn problems(&self) -> Ref<'_, Problems> {
        self.problems.borrow()
    }

    /// The problems, at the end.
    pub fn into_problems(self) -> Problems {
        self.problems.into_inner()
    }
}

/// Joins the fields of all columns that are made of several.
fn join_fields(row: &Row<'_>, columns: &[Column], rules: &Rules, joined: &mut [String]) {
    for column in columns {
        let Origin::Fields { fields, join, slot } = &column.origin else {
            continue;
        };
        let text = &mut joined[*slot];
        text.clear();
        let parts = fields.iter().filter_map(|f| row.get(*f)).map(str::trim);
        for part in parts.filter(|part| !rules.is_missing(part)) {
            if !text.is_empty() {
                text.push_str(join);
            }
            text.push_str(part);
        }
    }
}

impl Column {
    fn new(
        spec: ColumnSpec,
        mapping: &Mapping,
        header: &[String],
        zone: Tz,
        slots: &mut usize,
    ) -> Result<Self, ImportError> {
        let source = mapping.columns.get(spec.name).cloned().unwrap_or_default();
        let named = |name: &String| -> Result<usize, ImportError> {
            find_column(name, header)?.ok_or_else(|| ImportError::UnknownColumn {
                column: name.clone(),
                nearest: nearest(name, header.iter().map(String::as_str)).map(str::to_owned),
            })
        };
        let (origin, name) = if let Some(text) = source.constant {
            (Origin::Constant(text), spec.name.to_owned())
        } else if let Some(column) = &source.column {
            (Origin::Field(named(column)?), column.clone())
        } else if !source.columns.is_empty() {
            let fields = source.columns.iter().map(named).collect::<Result<_, _>>()?;
            let join = source.join.unwrap_or_else(|| " ".to_owned());
            let slot = *slots;
            *slots += 1;
            (
                Origin::Fields { fields, join, slot },
                source.columns.join(" + "),
            )
        } else if let Some(field) = find_column(spec.name, header)? {
            (Origin::Field(field), header[field].clone())
        } else if spec.need == Need::Optional && !mapping.columns.contains_key(spec.name) {
            (Origin::Nowhere, spec.name.to_owned())
        } else {
            return Err(ImportError::MissingColumn {
                target: spec.name.to_owned(),
                nearest: nearest(spec.name, header.iter().map(String::as_str)).map(str::to_owned),
            });
        };
        Ok(Self {
            spec,
            origin,
            name,
            values: source.values.into_iter().collect(),
            otherwise: source.otherwise,
            duration: source.duration.unwrap_or_default(),
            times: Times::new(source.formats.iter().chain(&mapping.formats), zone)?,
        })
    }

    /// The cell as text: trimmed, missing marks gone, `values` applied. `None` is missing.
    fn cell<'r>(&'r self, row: &Row<'r>, rules: &Rules, joined: &'r [String]) -> Option<&'r str> {
        let cell = match &self.origin {
            Origin::Nowhere => return None,
            Origin::Constant(text) => text,
            Origin::Field(index) => row.get(*index)?,
            Origin::Fields { slot, .. } => &joined[*slot],
        };
        let cell = cell.trim();
        if !self.values.is_empty()
            && let Some(ours) = self.values.get(cell)
        {
            return Some(ours);
        }
        if rules.is_missing(cell) {
            return None;
        }
        Some(self.otherwise.as_deref().unwrap_or(cell))
    }
}

/// Finds a column by its exact name, else by the same name in other letter case or with spaces or hyphens for
/// underscores. Two that fit equally well are refused.
fn find_column(name: &str, header: &[String]) -> Result<Option<usize>, ImportError> {
    let loose = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = name.trim();
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = header.iter().enumerate().filter(|(_, h)| fits(h));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(ImportError::AmbiguousColumn {
                column: wanted.to_owned(),
            }),
            (first, _) => Ok(first.map(|(index, _)| index)),
        }
    };
    match only(&|h| h == wanted)? {
        Some(index) => Ok(Some(index)),
        None => only(&|h| loose(h) == loose(wanted)),
    }
}

/// One row, cells addressed by their index in the specs. A getter gives `None` for a missing cell (noting a problem if
/// the column is required) and for a bad one (always noting a problem). Each cell should be asked for once.
pub struct RowView<'r> {
    row: Row<'r>,
    columns: &'r [Column],
    rules: &'r Rules,
    joined: &'r [String],
    problems: &'r RefCell<Problems>,
    bad: Cell<bool>,
}

impl<'r> RowView<'r> {
    /// The line on which the row starts, counted from 1.
    pub fn line(&self) -> u64 {
        self.row.line()
    }

    /// True if a problem was noted on this row so far.
    pub fn is_bad(&self) -> bool {
        self.bad.get()
    }

    /// Notes a problem that the feature found, such as an employee that nobody knows.
    pub fn problem(&self, column: usize, reason: Reason) {
        let value = self.raw(column).unwrap_or_default();
        self.bad.set(true);
        self.problems.borrow_mut().push(Problem::new(
            self.line(),
            self.columns[column].name.as_str(),
            value,
            reason,
        ));
    }

    /// The cell as text, unchecked: trimmed, missing marks gone, `values` of the mapping applied.
    pub fn raw(&self, column: usize) -> Option<&'r str> {
        self.columns[column].cell(&self.row, self.rules, self.joined)
    }

    fn get<T>(
        &self,
        column: usize,
        read: impl FnOnce(&'r str, &'r Column) -> Result<T, Reason>,
    ) -> Option<T> {
        let spec = &self.columns[column];
        let reason = match self.raw(column) {
            Some(cell) => match read(cell, spec) {
                Ok(value) => return Some(value),
                Err(reason) => reason,
            },
            None if spec.spec.need == Need::Optional => return None,
            None => Reason::Required,
        };
        self.problem(column, reason);
        None
    }

    /// Text of a `Text`, `Note` or `Code` column.
    pub fn text(&self, column: usize) -> Option<&'r str> {
        self.get(column, |cell, column| match column.spec.kind {
            Kind::Code => values::code(cell),
            Kind::Note(max) => values::text(cell, max, true),
            Kind::Text(max) => values::text(cell, max, false),
            _ => values::text(cell, usize::MAX, false),
        })
    }

    /// A whole number.
    pub fn integer(&self, column: usize) -> Option<i64> {
        self.get(column, |cell, column| match column.spec.kind {
            Kind::Integer { min, max } => values::integer(cell, min, max),
            _ => values::integer(cell, i64::MIN, i64::MAX),
        })
    }

    /// A decimal number in hundredths.
    pub fn decimal2(&self, column: usize) -> Option<i64> {
        self.get(column, |cell, column| match column.spec.kind {
            Kind::Decimal2 { min, max } => values::decimal2(cell, min, max),
            _ => values::decimal2(cell, i64::MIN, i64::MAX),
        })
    }

    /// True or false.
    pub fn bool(&self, column: usize) -> Option<bool> {
        self.get(column, |cell, _| self.rules.words.bool(cell))
    }

    /// A moment, to the microsecond.
    pub fn time(&self, column: usize) -> Option<DateTime<Utc>> {
        self.get(column, |cell, column| column.times.time(cell))
    }

    /// A day, as written.
    pub fn date(&self, column: usize) -> Option<NaiveDate> {
        self.get(column, |cell, column| column.times.date(cell))
    }

    /// A duration in whole seconds.
    pub fn seconds(&self, column: usize) -> Option<i64> {
        self.get(column, |cell, column| match column.spec.kind {
            Kind::Seconds { max } => values::seconds(cell, column.duration, max),
            _ => values::seconds(cell, column.duration, i64::MAX),
        })
    }

    /// One of the codes of a `Choice` column.
    pub fn choice(&self, column: usize) -> Option<&'static str> {
        self.get(column, |cell, column| match column.spec.kind {
            Kind::Choice(choices) => values::choice(cell, choices),
            _ => values::choice(cell, &[]),
        })
    }
}

#[cfg(test)]
mod tests;
