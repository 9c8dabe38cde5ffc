//! Text files: any encoding in, records of UTF-8 out, in constant memory.
//!
//! `csv-core` is used instead of the reader of `csv` for two things that one cannot give: the line on which a record
//! starts (exact also after CRLF, empty lines and quoted line breaks), and a bound on the length of a record, so that an
//! unclosed quotation mark does not draw the rest of the file into memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv_core::ReadRecordResult;
use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::Row;
use crate::import::problems::ImportError;

const BUFFER_BYTES: usize = 128 * 1024;

/// A record longer than this is refused.
const MAX_RECORD_MB: usize = 4;

/// The first place in a file that is not text in the encoding tried.
#[derive(Debug, Clone)]
pub struct Malformed {
    line: u64,
    byte: u64,
    found: String,
    /// How many non-ASCII characters were read well before it.
    pub foreign_chars_before: u64,
}

impl Malformed {
    pub fn into_error(self, tried: &str) -> ImportError {
        ImportError::Encoding {
            tried: tried.to_owned(),
            line: self.line,
            byte: self.byte,
            found: self.found,
        }
    }
}

/// Reads the whole file and says where it first fails to be text in `encoding`, if anywhere.
pub fn check(path: &Path, encoding: &'static Encoding) -> Result<Option<Malformed>, ImportError> {
    let mut source = Transcoder::open(path, encoding)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let (mut lines, mut foreign) = (0, 0);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(n) => {
                lines += count(&buffer[..n], |b| b == b'\n');
                foreign += count(&buffer[..n], |b| b >= 0xC0);
            }
            Err(error) => {
                return match source.malformed {
                    Some((byte, first)) => Ok(Some(Malformed {
                        line: lines + 1,
                        byte: byte + 1,
                        found: format!("0x{first:02X}"),
                        foreign_chars_before: foreign,
                    })),
                    None => Err(ImportError::io(path, &error)),
                };
            }
        }
    }
}

/// Counts in pieces that a byte can count, which the compiler turns into vector code: this runs over every byte read.
fn count(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> u64 {
    bytes
        .chunks(255)
        .map(|piece| u64::from(piece.iter().map(|b| u8::from(wanted(*b))).sum::<u8>()))
        .sum()
}

/// Reads a file as UTF-8 without byte order mark. A malformed sequence is an error, never a replacement character.
pub struct Transcoder {
    file: File,
    decoder: Decoder,
    input: Vec<u8>,
    start: usize,
    end: usize,
    at_eof: bool,
    finished: bool,
    /// Bytes of the file decoded so far.
    consumed: u64,
    /// Offset and first byte of the sequence that could not be decoded.
    malformed: Option<(u64, u8)>,
}

impl Transcoder {
    pub fn open(path: &Path, encoding: &'static Encoding) -> Result<Self, ImportError> {
        Ok(Self {
            file: File::open(path).map_err(|e| ImportError::io(path, &e))?,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            at_eof: false,
            finished: false,
            consumed: 0,
            malformed: None,
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        self.start = 0;
        self.end = self.file.read(&mut self.input)?;
        self.at_eof = self.end == 0;
        Ok(())
    }

    /// Decodes the next piece into `out`, which must have room for at least one character (4 bytes); 0 is the end.
    /// Whatever comes before a malformed sequence is given out before the error.
    pub fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.finished {
            return Ok(0);
        }
        loop {
            if self.malformed.is_some() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.start == self.end && !self.at_eof {
                self.fill()?;
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.input[self.start..self.end],
                out,
                self.at_eof,
            );
            self.start += read;
            self.consumed += read as u64;
            match result {
                DecoderResult::Malformed(length, after) => {
                    // The sequence may have begun in the block before this one; its first byte is then not at hand.
                    let back = usize::from(length) + usize::from(after);
                    let first = self.start.checked_sub(back).and_then(|i| self.input.get(i));
                    self.malformed =
                        Some((self.consumed - back as u64, first.copied().unwrap_or(0)));
                }
                DecoderResult::InputEmpty if self.at_eof => self.finished = true,
                DecoderResult::OutputFull if written == 0 => {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
            if written > 0 || self.finished {
                return Ok(written);
            }
        }
    }
}

/// The records of a text file.
pub struct TextRows {
    path: PathBuf,
    size: u64,
    source: Transcoder,
    core: csv_core::Reader,
    input: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `csv-core` puts the fields of the record being read.
    output: Vec<u8>,
    ends: Vec<usize>,
    /// The record read last.
    line: u64,
    text: String,
    fields: usize,
}

impl TextRows {
    pub fn open(
        path: &Path,
        encoding: &'static Encoding,
        separator: u8,
    ) -> Result<Self, ImportError> {
        let source = Transcoder::open(path, encoding)?;
        let size = source.file.metadata().map_or(0, |m| m.len());
        Ok(Self {
            path: path.to_owned(),
            size,
            source,
            core: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            input: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            output: vec![0; 1024],
            ends: vec![0; 64],
            line: 0,
            text: String::new(),
            fields: 0,
        })
    }

    pub fn progress(&self) -> (u64, u64) {
        (self.source.consumed, self.size)
    }

    pub fn row(&self) -> Row<'_> {
        Row {
            line: self.line,
            text: &self.text,
            ends: &self.ends[..self.fields],
        }
    }

    /// Reads the next record; false at the end of the file.
    pub fn advance(&mut self) -> Result<bool, ImportError> {
        let (mut written, mut fields) = (0, 0);
        let mut at_eof = false;
        let mut last_byte = 0;
        loop {
            if self.start == self.end && !at_eof {
                self.start = 0;
                self.end = self.fill()?;
                at_eof = self.end == 0;
            }
            let (result, read, out, ended) = self.core.read_record(
                &self.input[self.start..self.end],
                &mut self.output[written..],
                &mut self.ends[fields..],
            );
            if read > 0 {
                last_byte = self.input[self.start + read - 1];
            }
            self.start += read;
            written += out;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    if written >= MAX_RECORD_MB << 20 {
                        return Err(ImportError::RecordTooLong {
                            line: self.start_line(written, last_byte == b'\n'),
                            limit_mb: MAX_RECORD_MB,
                        });
                    }
                    self.output.resize(self.output.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        self.line = self.start_line(written, last_byte == b'\n');
        self.fields = fields;
        self.text.clear();
        // The whole file was checked when the table was opened; a failure now means that it has changed since.
        self.text.push_str(
            std::str::from_utf8(&self.output[..written])
                .map_err(|_| ImportError::ChangedWhileReading)?,
        );
        Ok(true)
    }

    /// Counts back from the line reached: less the line breaks inside the record, less the one that ended it. (A CRLF
    /// ends the record at its CR; the LF is taken with the next one.)
    fn start_line(&self, written: usize, ended_by_line_feed: bool) -> u64 {
        let inside = count(&self.output[..written], |b| b == b'\n');
        self.core
            .line()
            .saturating_sub(inside + u64::from(ended_by_line_feed))
    }

    fn fill(&mut self) -> Result<usize, ImportError> {
        self.source.read(&mut self.input).map_err(|e| {
            if self.source.malformed.is_some() {
                ImportError::ChangedWhileReading
            } else {
                ImportError::io(&self.path, &e)
            }
        })
    }
}
