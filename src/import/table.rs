//! A file as a table: header, then rows of text, whatever the encoding, separator or format. Text files are read as a
//! stream in constant memory, any number of times; workbooks (XLSX) are bounded in size and held whole.
//!
//! Nothing is guessed in silence: what was detected can be printed ([`Table::format`]), and a file that fits nothing is
//! refused with the line and byte where it stopped fitting.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::problems::ImportError;

mod sheet;
#[cfg(test)]
mod tests;
mod text;

use sheet::{Sheet, SheetRows};
use text::{TextRows, Transcoder};

/// A table has at most this many columns. It bounds the work a hostile sheet can cause.
const MAX_COLUMNS: usize = 1_000;

/// How much of a text file is looked at to find the separator, in bytes of UTF-8.
const SAMPLE_BYTES: usize = 64 * 1024;

/// Separators that are recognised, the likeliest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// So many non-ASCII characters read well before the first bad byte mean damaged UTF-8 rather than another encoding:
/// Chinese in GBK does not keep up the look of UTF-8 for that long.
const SURELY_UTF8: u64 = 16;

/// What the reader of the file knows better than detection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// A label of the WHATWG Encoding Standard, such as `gbk`, `utf-16le`, `windows-1252`. A byte order mark in the
    /// file overrules it.
    pub encoding: Option<String>,
    /// The separator of a text file.
    pub separator: Option<u8>,
    /// The sheet of a workbook; the first one if unset.
    pub sheet: Option<String>,
}

/// A file that proved readable. Holds no open handle.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    header: Vec<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text {
        encoding: &'static Encoding,
        separator: u8,
    },
    Sheet(Arc<Sheet>),
}

impl Table {
    /// Opens `path`, finds out how to read it, and reads the header. A text file is read through once, so that a wrong
    /// encoding is an error here and not in the middle of an import.
    pub fn open(path: &Path, hints: &Hints) -> Result<Self, ImportError> {
        let io = |e: std::io::Error| ImportError::io(path, &e);
        let mut start = Vec::new();
        File::open(path)
            .and_then(|f| f.take(4096).read_to_end(&mut start))
            .map_err(io)?;
        let body = if start.starts_with(b"PK\x03\x04") {
            Body::Sheet(Arc::new(Sheet::read(path, hints.sheet.as_deref())?))
        } else if let Some(found) = foreign_format(&start) {
            return Err(found);
        } else {
            let encoding = find_encoding(path, &start, hints.encoding.as_deref())?;
            let separator = match hints.separator {
                Some(separator) => separator,
                None => find_separator(&sample(path, encoding)?),
            };
            Body::Text {
                encoding,
                separator,
            }
        };
        let header = match &body {
            Body::Sheet(sheet) => sheet.header().to_vec(),
            Body::Text {
                encoding,
                separator,
            } => {
                let mut rows = TextRows::open(path, encoding, *separator)?;
                if !rows.advance()? {
                    return Err(ImportError::Empty);
                }
                let row = rows.row();
                if row.len() > MAX_COLUMNS {
                    return Err(ImportError::TooManyColumns { limit: MAX_COLUMNS });
                }
                (0..row.len())
                    .map(|i| row.get(i).unwrap_or_default().trim().to_owned())
                    .collect()
            }
        };
        Ok(Self {
            path: path.to_owned(),
            header,
            body,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Column names as they stand in the file, without surrounding spaces. They may repeat or be empty.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What was detected, for people: `UTF-8, ";"` or `XLSX, Sheet1`.
    pub fn format(&self) -> String {
        match &self.body {
            Body::Text {
                encoding,
                separator,
            } => match separator {
                b'\t' => format!("{}, TAB", encoding.name()),
                other => format!("{}, \"{}\"", encoding.name(), char::from(*other)),
            },
            Body::Sheet(sheet) => format!("XLSX, {}", sheet.name()),
        }
    }

    /// Reads the rows from the first one after the header; each call starts anew.
    pub fn rows(&self) -> Result<Rows, ImportError> {
        Ok(Rows(match &self.body {
            Body::Text {
                encoding,
                separator,
            } => {
                let mut rows = TextRows::open(&self.path, encoding, *separator)?;
                // The header. A file emptied meanwhile has no rows either.
                rows.advance()?;
                Source::Text(Box::new(rows))
            }
            Body::Sheet(sheet) => Source::Sheet(SheetRows::new(Arc::clone(sheet))),
        }))
    }
}

/// The rows of a table, one at a time: `while rows.advance()? { let row = rows.row(); }`.
pub struct Rows(Source);

enum Source {
    Text(Box<TextRows>),
    Sheet(SheetRows),
}

impl Rows {
    /// Goes to the next row; false at the end. Empty lines are passed over.
    pub fn advance(&mut self) -> Result<bool, ImportError> {
        match &mut self.0 {
            Source::Text(rows) => rows.advance(),
            Source::Sheet(rows) => Ok(rows.advance()),
        }
    }

    /// The row gone to last.
    pub fn row(&self) -> Row<'_> {
        match &self.0 {
            Source::Text(rows) => rows.row(),
            Source::Sheet(rows) => rows.row(),
        }
    }

    /// How far the reading has come, and of how much: bytes of a text file, rows of a workbook.
    pub fn progress(&self) -> (u64, u64) {
        match &self.0 {
            Source::Text(rows) => rows.progress(),
            Source::Sheet(rows) => rows.progress(),
        }
    }
}

/// One row: its fields lie one after the other in `text`, field i ending at `ends[i]`.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    line: u64,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// The line (of a workbook: the row) of the file on which the row starts, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many fields it has; a row may have more or fewer than the header.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if no field holds anything but spaces.
    pub fn is_empty(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Field `index` as it stands in the file.
    pub fn get(&self, index: usize) -> Option<&'a str> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1],
        };
        self.text.get(start..end)
    }
}

/// Recognises what is often mistaken for a table, by its first bytes.
fn foreign_format(start: &[u8]) -> Option<ImportError> {
    const MAGIC: [(&[u8], &str); 6] = [
        (b"%PDF", "pdf"),
        (b"PK", "zip"),
        (b"\x1F\x8B", "gzip"),
        (b"SQLite format 3", "sqlite"),
        (b"\xFF\xFE\0\0", "utf-32"),
        (b"\0\0\xFE\xFF", "utf-32"),
    ];
    if start.starts_with(b"\xD0\xCF\x11\xE0") {
        return Some(ImportError::OldExcel);
    }
    let magic = MAGIC.iter().find(|(magic, _)| match *magic {
        // Two letters alone may begin a column name; a ZIP goes on with a control byte.
        b"PK" => start.starts_with(b"PK") && start.get(2).is_some_and(|b| *b < b' '),
        magic => start.starts_with(magic),
    });
    if let Some((_, found)) = magic {
        return Some(ImportError::NotATable { found });
    }
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let text: String = String::from_utf8_lossy(text.trim_ascii_start())
        .chars()
        .take(14)
        .collect();
    let text = text.to_ascii_lowercase();
    if text.starts_with("<?xml") {
        return Some(ImportError::NotATable { found: "xml" });
    }
    ["<!doctype html", "<html", "<table"]
        .iter()
        .any(|tag| text.starts_with(tag))
        .then_some(ImportError::NotATable { found: "html" })
}

/// Finds an encoding in which the whole file reads without error: byte order mark, then the hint, then UTF-16 by its
/// zero bytes, then UTF-8, then GB18030 (which holds GBK and GB2312).
fn find_encoding(
    path: &Path,
    start: &[u8],
    hint: Option<&str>,
) -> Result<&'static Encoding, ImportError> {
    let wanted = match hint {
        Some(name) => Some(encoding_by_name(name)?),
        None => None,
    };
    let certain = match Encoding::for_bom(start) {
        Some((encoding, _)) => Some(encoding),
        None => match wanted {
            Some(encoding) => Some(encoding),
            None => utf16_by_zeros(start)?,
        },
    };
    if let Some(encoding) = certain {
        return match text::check(path, encoding)? {
            None => Ok(encoding),
            Some(bad) => Err(bad.into_error(encoding.name())),
        };
    }
    let Some(bad) = text::check(path, UTF_8)? else {
        return Ok(UTF_8);
    };
    if bad.foreign_chars_before < SURELY_UTF8 {
        if text::check(path, GB18030)?.is_none() {
            return Ok(GB18030);
        }
        return Err(bad.into_error("UTF-8, GB18030"));
    }
    Err(bad.into_error("UTF-8"))
}

/// The encoding of a label, as the mapping may name it.
pub(super) fn encoding_by_name(name: &str) -> Result<&'static Encoding, ImportError> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| ImportError::UnknownEncoding {
        name: name.to_owned(),
    })
}

/// In UTF-16 every separator, digit and line break has a zero byte, always on the same side. A few zero bytes are a
/// matter for the cell they stand in; many on both sides are no text.
fn utf16_by_zeros(start: &[u8]) -> Result<Option<&'static Encoding>, ImportError> {
    let count = |side: usize| {
        start
            .iter()
            .skip(side)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (count(0), count(1));
    if even + odd < 2 || (even + odd) * 20 < start.len() {
        return Ok(None);
    }
    match (even, odd) {
        (0, _) => Ok(Some(UTF_16LE)),
        (_, 0) => Ok(Some(UTF_16BE)),
        _ => Err(ImportError::NotATable { found: "binary" }),
    }
}

/// The beginning of the file as UTF-8, ending with a whole line where it is not the whole file.
fn sample(path: &Path, encoding: &'static Encoding) -> Result<Vec<u8>, ImportError> {
    let mut source = Transcoder::open(path, encoding)?;
    let mut sample = vec![0; SAMPLE_BYTES];
    let mut filled = 0;
    // Leaves off when the room left might not hold another character.
    while filled + 4 <= SAMPLE_BYTES {
        let read = source
            .read(&mut sample[filled..])
            .map_err(|e| ImportError::io(path, &e))?;
        if read == 0 {
            sample.truncate(filled);
            return Ok(sample);
        }
        filled += read;
    }
    let last = sample[..filled].iter().rposition(|b| *b == b'\n');
    sample.truncate(last.map_or(filled, |last| last + 1));
    Ok(sample)
}

/// The separator under which the header has several fields and the most rows have as many as the header. Quoted fields
/// are seen as one, so separators inside them do not count. A file of one column gets the comma.
fn find_separator(sample: &[u8]) -> u8 {
    let fit = |separator: u8| -> (usize, usize) {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(sample);
        let mut widths = reader.byte_records().map_while(Result::ok).map(|r| r.len());
        match widths.next() {
            Some(width) if width > 1 => (widths.filter(|w| *w == width).count() + 1, width),
            _ => (0, 0),
        }
    };
    SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|separator| fit(*separator))
        .filter(|separator| fit(*separator).0 > 0)
        .unwrap_or(b',')
}
