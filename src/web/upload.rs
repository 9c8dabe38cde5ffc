//! A form with a file, read as it arrives: the form's token comes first and is looked at before a byte of the
//! file is, the file goes to a temporary file, and neither takes longer or holds more than it may.
//!
//! The name of the file is a text to be shown. It never becomes part of a path.

use std::io::Write;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::web::{self, Bytes, Payload};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::files::LARGEST;
use crate::web::Who;
use crate::web::form::{self, Form, Typed};
use crate::web::problems::{FORM_LIMIT, Problem};

/// Longest time for everything.
const WHOLE: Duration = Duration::from_secs(15 * 60);

/// Longest time without a byte.
const SILENCE: Duration = Duration::from_secs(30);

/// The file is written in pieces of at least this many bytes.
const PIECE: usize = 1 << 20;

/// Most fields of such a form.
const FIELDS: usize = 100;

/// Longest name that is kept, in characters.
const NAME: usize = 120;

/// A form with a file.
pub struct Upload<T> {
    pub form: Form<T>,
    /// None where none was chosen.
    pub file: Option<Received>,
}

/// A file that has arrived whole; removed when it is dropped.
pub struct Received {
    /// As the sender calls it, without folders and control characters.
    pub name: String,
    pub file: NamedTempFile,
}

/// Reads a form with one file, which must come last.
///
/// # Errors
/// `NotOurForm` before the file is read, `TooLarge`, `TooSlow`, `Unreadable`.
pub async fn receive<T: DeserializeOwned>(
    who: &Who,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Upload<T>, Problem> {
    if request.content_type() == "application/x-www-form-urlencoded" {
        // The form without its file: as it comes back after signing in again.
        return Ok(Upload {
            form: Form::of(who, &form::pairs(request)?)?,
            file: None,
        });
    }
    let declared = request.headers().get("content-length");
    let declared = declared.and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > LARGEST + FORM_LIMIT) {
        return Err(Problem::TooLarge);
    }
    let parts = Multipart::new(request.headers(), payload);
    actix_web::rt::time::timeout(WHOLE, read(who, parts))
        .await
        .map_err(|_| Problem::TooSlow)?
}

async fn read<T: DeserializeOwned>(who: &Who, mut parts: Multipart) -> Result<Upload<T>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut left = FORM_LIMIT;
    while let Some(part) = in_time(parts.next()).await? {
        let mut part = part.map_err(unreadable)?;
        let disposition = part.content_disposition();
        let Some(name) = disposition.and_then(|d| d.get_filename()) else {
            let field = part.name().ok_or(Problem::Unreadable)?.to_string();
            let mut text = Vec::new();
            while let Some(chunk) = next(&mut part).await? {
                left = left.checked_sub(chunk.len()).ok_or(Problem::TooLarge)?;
                text.extend_from_slice(&chunk);
            }
            let text = String::from_utf8(text).map_err(|_| Problem::Unreadable)?;
            pairs.push((field, text));
            if pairs.len() > FIELDS {
                return Err(Problem::Unreadable);
            }
            continue;
        };
        let name = shown(name);
        let form = Form::of(who, &pairs)?;
        let file = keep(&mut part, LARGEST).await?;
        let file = file.ok_or(Problem::TooLarge)?;
        drop(part);
        // Nothing may follow the file but the end.
        return match in_time(parts.next()).await? {
            None => Ok(Upload {
                form,
                // A browser sends an empty part where nothing was chosen.
                file: (!name.is_empty()).then_some(Received { name, file }),
            }),
            Some(Ok(_)) => Err(Problem::Unreadable),
            Some(Err(e)) => Err(unreadable(e)),
        };
    }
    Ok(Upload {
        form: Form::of(who, &pairs)?,
        file: None,
    })
}

/// A form of anybody with files, as many as there are, each of at most so many bytes.
pub struct OpenUpload<T> {
    pub sent: T,
    /// Everything typed, to be shown again.
    pub typed: Typed,
    pub files: Vec<Handed>,
}

/// A file that somebody without a session handed in.
pub struct Handed {
    /// The field it came in.
    pub field: String,
    /// As the sender calls it, without folders and control characters.
    pub name: String,
    /// None where it is too large to be kept.
    pub file: Option<NamedTempFile>,
}

/// What may come with a form of anybody.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Files, none of them empty.
    pub files: usize,
    /// Bytes of one of them; of a larger one nothing is kept, and the rest of the form is read on.
    pub each: usize,
    /// Bytes of everything, kept or not: beyond, nothing is read any more.
    pub whole: usize,
}

/// Reads a form of anybody with its files. A file that is too large costs nothing else of the form.
///
/// # Errors
/// `TooLarge` beyond everything that is read, `TooSlow`, `Unreadable`.
pub async fn receive_open<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    most: Most,
) -> Result<OpenUpload<T>, Problem> {
    let (pairs, files) = if request.content_type() == "application/x-www-form-urlencoded" {
        (form::pairs(request)?, Vec::new())
    } else {
        let declared = request.headers().get("content-length");
        let declared = declared.and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > most.whole) {
            return Err(Problem::TooLarge);
        }
        let parts = Multipart::new(request.headers(), payload);
        actix_web::rt::time::timeout(WHOLE, read_open(parts, most))
            .await
            .map_err(|_| Problem::TooSlow)??
    };
    Ok(OpenUpload {
        sent: form::typed(&pairs)?,
        typed: Typed::of(&pairs),
        files,
    })
}

type Parts = (Vec<(String, String)>, Vec<Handed>);

async fn read_open(mut parts: Multipart, most: Most) -> Result<Parts, Problem> {
    let (mut pairs, mut files) = (Vec::new(), Vec::new());
    let (mut text_left, mut left) = (FORM_LIMIT, most.whole);
    while let Some(part) = in_time(parts.next()).await? {
        let mut part = part.map_err(unreadable)?;
        let field = part.name().ok_or(Problem::Unreadable)?.to_string();
        let disposition = part.content_disposition();
        let Some(name) = disposition.and_then(|d| d.get_filename()).map(shown) else {
            let mut text = Vec::new();
            while let Some(chunk) = next(&mut part).await? {
                text_left = text_left
                    .checked_sub(chunk.len())
                    .ok_or(Problem::TooLarge)?;
                text.extend_from_slice(&chunk);
            }
            let text = String::from_utf8(text).map_err(|_| Problem::Unreadable)?;
            pairs.push((field, text));
            if pairs.len() > FIELDS {
                return Err(Problem::Unreadable);
            }
            continue;
        };
        // A browser sends an empty part where nothing was chosen.
        let file = if name.is_empty() || files.len() >= most.files {
            None
        } else {
            keep(&mut part, most.each).await?
        };
        if file.is_none() {
            while let Some(chunk) = next(&mut part).await? {
                left = left.checked_sub(chunk.len()).ok_or(Problem::TooLarge)?;
            }
        }
        if !name.is_empty() {
            files.push(Handed { field, name, file });
        }
        if files.len() > FIELDS {
            return Err(Problem::Unreadable);
        }
    }
    Ok((pairs, files))
}

/// Writes the bytes of a part to a temporary file; none where they are more than `most`.
async fn keep(part: &mut Field, most: usize) -> Result<Option<NamedTempFile>, Problem> {
    let broken = |e: std::io::Error| Problem::Failed(Error::from(e));
    let mut file = web::block(NamedTempFile::new).await?.map_err(broken)?;
    let (mut size, mut piece) = (0_usize, Vec::new());
    loop {
        let chunk = next(part).await?;
        if let Some(chunk) = &chunk {
            size += chunk.len();
            if size > most {
                return Ok(None);
            }
            piece.extend_from_slice(chunk);
        }
        if piece.len() >= PIECE || chunk.is_none() {
            let full = std::mem::take(&mut piece);
            file = web::block(move || file.write_all(&full).map(|()| file))
                .await?
                .map_err(broken)?;
        }
        if chunk.is_none() {
            return Ok(Some(file));
        }
    }
}

async fn next(part: &mut Field) -> Result<Option<Bytes>, Problem> {
    in_time(part.next()).await?.transpose().map_err(unreadable)
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    actix_web::rt::time::timeout(SILENCE, work)
        .await
        .map_err(|_| Problem::TooSlow)
}

fn unreadable(e: MultipartError) -> Problem {
    tracing::debug!(error = %e, "an upload could not be read");
    Problem::Unreadable
}

/// A file's name as a text: what follows the last separator of any system, printable, not too long.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let printable = last.chars().filter(|c| !c.is_control()).take(NAME);
    printable.collect::<String>().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_text_without_folders() {
        let cases = [
            ("七月.csv", "七月.csv"),
            ("C:\\Users\\li\\a b.xlsx", "a b.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("a\u{0}b\r\n.csv", "ab.csv"),
            ("..", ".."),
            ("x/", ""),
        ];
        for (sent, expected) in cases {
            assert_eq!(shown(sent), expected);
        }
        assert_eq!(shown(&"长".repeat(500)).chars().count(), NAME);
    }
}
