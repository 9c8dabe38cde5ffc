//! A CSV file written row by row: UTF-8, comma, `\n`, a header. One reused line, so a million rows
//! cost no memory.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// An open CSV file and the row being made.
pub struct Table {
    file: BufWriter<File>,
    row: String,
}

impl Table {
    /// Creates the file, or empties it, and writes the header.
    pub fn create(path: &Path, header: &str) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        writeln!(file, "{header}")?;
        Ok(Self {
            file,
            row: String::new(),
        })
    }

    /// Adds a cell; quoted when it holds a separator, a quote or a line break.
    pub fn text(&mut self, cell: &str) -> &mut Self {
        if cell.contains([',', '"', '\n', '\r']) {
            self.row.push('"');
            self.row.push_str(&cell.replace('"', "\"\""));
            self.row.push('"');
        } else {
            self.row.push_str(cell);
        }
        self.row.push(',');
        self
    }

    /// Adds a number or a code that needs no quoting; nothing is an empty cell.
    pub fn value(&mut self, cell: Option<impl Display>) -> &mut Self {
        if let Some(cell) = cell {
            // Writing to a String cannot fail, so there is no error to hand on.
            let _ = write!(self.row, "{cell}");
        }
        self.row.push(',');
        self
    }

    /// Adds `true` or `false`; nothing is an empty cell.
    pub fn flag(&mut self, cell: Option<bool>) -> &mut Self {
        self.text(match cell {
            Some(true) => "true",
            Some(false) => "false",
            None => "",
        })
    }

    /// Ends the row and writes it.
    pub fn end(&mut self) -> io::Result<()> {
        self.row.pop();
        self.row.push('\n');
        self.file.write_all(self.row.as_bytes())?;
        self.row.clear();
        Ok(())
    }

    /// Writes what is still held back; without it the end of the file may be lost unnoticed.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()
    }
}
