//! Workbooks: the cells of one sheet of an XLSX file as text, under limits that hold before anything is unpacked into
//! memory. Dates become ISO text, numbers their shortest text, so that the rest of the importer sees one kind of table.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};

use super::{MAX_COLUMNS, Row};
use crate::import::problems::ImportError;

/// A workbook unpacks to at most this many MB, and its cells hold at most so much text (shared strings are stored once
/// but may be used a million times).
const MAX_UNPACKED_MB: u64 = 50;

/// The cells of a sheet, in the order of its rows.
#[derive(Debug)]
pub struct Sheet {
    name: String,
    header: Vec<String>,
    text: String,
    cells: Vec<Cell>,
    rows: Vec<SheetRow>,
}

/// A cell that holds something; its text ends at `end` and begins where the one before it ends.
#[derive(Debug)]
struct Cell {
    column: u32,
    end: u32,
}

#[derive(Debug)]
struct SheetRow {
    line: u32,
    first_cell: u32,
}

impl Sheet {
    /// Reads `sheet`, or the first one of the workbook.
    pub fn read(path: &Path, sheet: Option<&str>) -> Result<Self, ImportError> {
        check_size(path, MAX_UNPACKED_MB)?;
        let file = File::open(path).map_err(|e| ImportError::io(path, &e))?;
        let mut book = Xlsx::new(BufReader::new(file)).map_err(|e| match e {
            XlsxError::Password => ImportError::OldExcel,
            XlsxError::FileNotFound(_) => ImportError::NotATable { found: "zip" },
            other => broken(&other),
        })?;
        let sheets = book.sheet_names();
        let name = match sheet {
            Some(name) => sheets.iter().find(|s| *s == name),
            None => sheets.first(),
        };
        let Some(name) = name.cloned() else {
            return Err(ImportError::NoSuchSheet {
                sheet: sheet.unwrap_or_default().to_owned(),
                sheets: sheets.join(", "),
            });
        };
        let mut read = Self {
            name: name.clone(),
            header: Vec::new(),
            text: String::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        };
        let mut source = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
        while let Some(cell) = source.next_cell().map_err(|e| broken(&e))? {
            let (row, column) = cell.get_position();
            read.push(row, column, cell.get_value())?;
        }
        read.take_header()?;
        Ok(read)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Adds a cell, `row` and `column` counted from 0. They come in the order of the sheet; anything else is damage.
    fn push(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<(), ImportError> {
        let before = self.text.len();
        append(&mut self.text, value);
        if self.text.len() == before {
            return Ok(());
        }
        if self.text.len() as u64 > MAX_UNPACKED_MB << 20 {
            return Err(ImportError::WorkbookTooLarge {
                limit_mb: MAX_UNPACKED_MB,
            });
        }
        let line = row + 1;
        let in_order = match self.rows.last() {
            Some(last) if last.line == line => {
                self.cells.last().is_none_or(|cell| cell.column < column)
            }
            Some(last) => last.line < line,
            None => true,
        };
        if !in_order {
            return Err(ImportError::BrokenWorkbook {
                detail: format!("R{line}C{}", column + 1),
            });
        }
        if self.rows.last().is_none_or(|last| last.line != line) {
            self.rows.push(SheetRow {
                line,
                first_cell: self.cells.len() as u32,
            });
        }
        self.cells.push(Cell {
            column,
            end: self.text.len() as u32,
        });
        Ok(())
    }

    /// The first row that holds anything names the columns.
    fn take_header(&mut self) -> Result<(), ImportError> {
        if self.rows.is_empty() {
            return Err(ImportError::Empty);
        }
        let width = self.cells_of(0).last().map_or(0, |c| c.column as usize + 1);
        if width > MAX_COLUMNS {
            return Err(ImportError::TooManyColumns { limit: MAX_COLUMNS });
        }
        let mut header = vec![String::new(); width];
        let mut start = 0;
        for cell in self.cells_of(0) {
            let end = cell.end as usize;
            header[cell.column as usize] = self.text[start..end].trim().to_owned();
            start = end;
        }
        self.header = header;
        Ok(())
    }

    fn cells_of(&self, row: usize) -> &[Cell] {
        let first = self.rows[row].first_cell as usize;
        let end = self
            .rows
            .get(row + 1)
            .map_or(self.cells.len(), |next| next.first_cell as usize);
        &self.cells[first..end]
    }
}

/// Unpacks every part of the archive into nothing, counting, up to `limit_mb`. The sizes its directory declares are not
/// believed.
pub(super) fn check_size(path: &Path, limit_mb: u64) -> Result<(), ImportError> {
    let limit = limit_mb << 20;
    let file = File::open(path).map_err(|e| ImportError::io(path, &e))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|e| broken(&e))?;
        unpacked += io::copy(&mut part.take(limit + 1 - unpacked), &mut io::sink())
            .map_err(|e| broken(&e))?;
        if unpacked > limit {
            return Err(ImportError::WorkbookTooLarge { limit_mb });
        }
    }
    Ok(())
}

fn broken(error: &dyn std::error::Error) -> ImportError {
    ImportError::BrokenWorkbook {
        detail: error.to_string(),
    }
}

/// Appends a value as text; an empty cell appends nothing.
fn append(text: &mut String, value: &DataRef<'_>) {
    match value {
        DataRef::Empty => {}
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => {
            text.push_str(value);
        }
        DataRef::Int(value) => text.push_str(&value.to_string()),
        // Display gives the shortest text that reads back as the same number, without exponent or trailing ".0".
        DataRef::Float(value) => text.push_str(&value.to_string()),
        DataRef::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataRef::DateTime(value) => text.push_str(&date_text(value)),
        DataRef::Error(error) => text.push_str(&Data::Error(error.clone()).to_string()),
    }
}

/// A date cell as `2026-07-01`, `2026-07-01T09:12:00`, a time of day as `09:12:00`, a duration as `h:mm:ss`, to the
/// nearest second: the workbook stores days as fractions, so that 09:12 is really 09:11:59.9997.
fn date_text(value: &ExcelDateTime) -> String {
    let days = value.as_f64();
    if value.is_duration() || (0.0..1.0).contains(&days) {
        let seconds = (days * 86_400.0).round() as i64;
        let hours = seconds / 3600;
        return format!("{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    }
    let Some(moment) = value
        .as_datetime()
        .and_then(|m| m.checked_add_signed(chrono::TimeDelta::milliseconds(500)))
    else {
        return days.to_string();
    };
    if moment.time() < chrono::NaiveTime::MIN + chrono::TimeDelta::seconds(1) {
        moment.format("%Y-%m-%d").to_string()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

/// The rows of a sheet after its header.
pub struct SheetRows {
    sheet: Arc<Sheet>,
    at: usize,
    text: String,
    ends: Vec<usize>,
}

impl SheetRows {
    pub fn new(sheet: Arc<Sheet>) -> Self {
        Self {
            sheet,
            at: 0,
            text: String::new(),
            ends: Vec::new(),
        }
    }

    pub fn progress(&self) -> (u64, u64) {
        (self.at as u64, self.sheet.rows.len() as u64 - 1)
    }

    pub fn row(&self) -> Row<'_> {
        Row {
            line: self.sheet.rows.get(self.at).map_or(0, |r| r.line.into()),
            text: &self.text,
            ends: &self.ends,
        }
    }

    /// Lays the next row out as wide as the header (a sheet does not store empty cells); cells beyond the header make it
    /// wider by one each, so that the row shows as too long.
    pub fn advance(&mut self) -> bool {
        let next = self.at + 1;
        if next >= self.sheet.rows.len() {
            return false;
        }
        self.at = next;
        self.text.clear();
        self.ends.clear();
        let width = self.sheet.header.len();
        let mut start = match self.sheet.rows[next].first_cell {
            0 => 0,
            first => self.sheet.cells[first as usize - 1].end as usize,
        };
        for cell in self.sheet.cells_of(next) {
            let column = (cell.column as usize).min(width.max(self.ends.len()));
            self.ends.resize(column, self.text.len());
            let end = cell.end as usize;
            self.text.push_str(&self.sheet.text[start..end]);
            self.ends.push(self.text.len());
            start = end;
        }
        if self.ends.len() < width {
            self.ends.resize(width, self.text.len());
        }
        true
    }
}
