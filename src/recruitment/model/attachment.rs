//! What applicants hand in: a file is taken for what its bytes say, and only where its name says the same. Pure.

use std::io::{Cursor, Read};

use crate::coded;
use crate::error::Message;

/// The largest file, in bytes.
pub const LARGEST: usize = 5 << 20;

/// The most files of an application.
pub const MOST: usize = 3;

/// The most parts of a DOCX, and the most bytes of all of them unpacked.
const PARTS: usize = 2_000;
const UNPACKED: u64 = 50 << 20;

coded! {
    /// What a file is; the code is the ending of its name.
    Kind {
        Pdf = "pdf",
        Docx = "docx",
        Txt = "txt",
    }
}

impl Kind {
    /// As it is told to whoever downloads it.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Txt => "text/plain; charset=utf-8",
        }
    }
}

/// What a file is.
///
/// # Errors
/// The sentence for whoever handed it in: another ending than the three, bytes that are something else, a DOCX that is
/// broken, holds macros or unpacks to more than it should.
pub fn kind(name: &str, bytes: &[u8]) -> Result<Kind, Message> {
    let refuse = |key| Err(Message::new(key).with("name", name));
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    let Some(kind) = ending.as_deref().and_then(Kind::parse) else {
        return refuse("attachment-ending");
    };
    if bytes.is_empty() {
        return refuse("attachment-empty");
    }
    if bytes.len() > LARGEST {
        return refuse("attachment-large");
    }
    match kind {
        Kind::Pdf if !is_pdf(bytes) => refuse("attachment-not-pdf"),
        Kind::Docx => match docx(bytes) {
            Docx::Fine => Ok(kind),
            Docx::Not => refuse("attachment-not-docx"),
            Docx::Swells => refuse("attachment-swells"),
            Docx::Macros => refuse("attachment-macros"),
        },
        Kind::Txt if !is_text(bytes) => refuse("attachment-not-text"),
        _ => Ok(kind),
    }
}

/// Whether bytes begin and end as a PDF does.
fn is_pdf(bytes: &[u8]) -> bool {
    let end = &bytes[bytes.len().saturating_sub(2_048)..];
    bytes.starts_with(b"%PDF-") && end.windows(5).any(|five| five == b"%%EOF")
}

/// Whether bytes are a text in UTF-8 or GBK, without signs that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let plain = |text: &str| {
        !text.chars().any(|c| {
            (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) || c == '\u{FFFD}'
        })
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => plain(text),
        Err(_) => encoding_rs::GBK
            .decode_without_bom_handling_and_without_replacement(bytes)
            .is_some_and(|text| plain(&text)),
    }
}

enum Docx {
    Fine,
    Not,
    Swells,
    Macros,
}

/// Looks into an archive without believing what it says of its sizes.
fn docx(bytes: &[u8]) -> Docx {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return Docx::Not;
    };
    let names: Option<Vec<String>> = archive
        .file_names()
        .map(|name| Some(name.ok()?.into_owned()))
        .collect();
    let Some(names) = names else {
        return Docx::Not;
    };
    let has = |name: &str| names.iter().any(|n| n == name);
    if !has("[Content_Types].xml") || !has("word/document.xml") {
        return Docx::Not;
    }
    let macros = |name: &String| name.to_lowercase().ends_with("vbaproject.bin");
    if names.iter().any(macros) {
        return Docx::Macros;
    }
    if archive.len() > PARTS {
        return Docx::Swells;
    }
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index(index) else {
            return Docx::Not;
        };
        if part.size() > left {
            return Docx::Swells;
        }
        match std::io::copy(&mut part.take(left + 1), &mut std::io::sink()) {
            Err(_) => return Docx::Not,
            Ok(real) if real > left => return Docx::Swells,
            Ok(real) => left -= real,
        }
    }
    Docx::Fine
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    const DOCUMENT: (&str, &[u8]) = ("word/document.xml", b"<w:document/>");
    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n";

    fn refused(name: &str, bytes: &[u8]) -> &'static str {
        kind(name, bytes).unwrap_err().key
    }

    #[test]
    fn a_file_is_what_its_bytes_and_its_name_say() {
        let docx = archive(&[TYPES, DOCUMENT]);
        let (gbk, _, _) = encoding_rs::GBK.encode("张伟，客服经验五年");
        for (name, bytes, expected) in [
            ("cv.pdf", PDF, Kind::Pdf),
            ("简历.PDF", PDF, Kind::Pdf),
            ("cv.docx", &docx, Kind::Docx),
            ("cv.txt", "简历\n第一行\t二".as_bytes(), Kind::Txt),
            ("cv.txt", &gbk, Kind::Txt),
            ("a.html.txt", b"<script>alert(1)</script>", Kind::Txt),
        ] {
            assert_eq!(kind(name, bytes), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let html = b"<!doctype html><script>alert(1)</script>%PDF-1.7 %%EOF".as_slice();
        let docx = archive(&[TYPES, DOCUMENT]);
        for (name, bytes, key) in [
            ("cv.pdf", html, "attachment-not-pdf"),
            ("cv.pdf", b"%PDF-1.7 cut off", "attachment-not-pdf"),
            ("cv.pdf", docx.as_slice(), "attachment-not-pdf"),
            ("cv.docx", PDF, "attachment-not-docx"),
            ("cv.docx", b"PK\x03\x04 broken", "attachment-not-docx"),
            ("cv.txt", b"a\0b", "attachment-not-text"),
            ("cv.txt", b"\xff\xfe\x00\x01", "attachment-not-text"),
            ("cv.txt", b"\x1b[2J", "attachment-not-text"),
            ("cv.txt", PDF_BINARY, "attachment-not-text"),
            ("cv.exe", b"MZ", "attachment-ending"),
            ("cv.svg", b"<svg/>", "attachment-ending"),
            ("cv.pdf.html", PDF, "attachment-ending"),
            ("cv\u{202e}fdp.exe", b"MZ", "attachment-ending"),
            ("cv", PDF, "attachment-ending"),
            ("", PDF, "attachment-ending"),
            ("cv.txt", b"", "attachment-empty"),
        ] {
            assert_eq!(refused(name, bytes), key, "{name} {bytes:?}");
        }
        assert_eq!(
            refused("cv.txt", &vec![b'a'; LARGEST + 1]),
            "attachment-large"
        );
        assert!(kind("cv.txt", &vec![b'a'; LARGEST]).is_ok());
    }

    const PDF_BINARY: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\xff\n%%EOF";

    #[test]
    fn an_archive_is_a_docx_only_with_its_parts_and_without_macros() {
        for (parts, key) in [
            (vec![TYPES], "attachment-not-docx"),
            (vec![DOCUMENT], "attachment-not-docx"),
            (
                vec![TYPES, ("xl/workbook.xml", b"<x/>")],
                "attachment-not-docx",
            ),
            (
                vec![TYPES, DOCUMENT, ("word/vbaProject.bin", b"x")],
                "attachment-macros",
            ),
        ] {
            assert_eq!(refused("cv.docx", &archive(&parts)), key);
        }
    }

    #[test]
    fn an_archive_that_swells_is_refused_whatever_it_declares() {
        let zeros = vec![0_u8; 30 << 20];
        let bomb = archive(&[
            TYPES,
            DOCUMENT,
            ("word/a.bin", &zeros),
            ("word/b.bin", &zeros),
        ]);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert_eq!(refused("cv.docx", &bomb), "attachment-swells");
        // The same with sizes that lie: in the directory and before each part.
        let mut lying = bomb;
        let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
        for at in 0..lying.len() - 4 {
            if lying[at..at + 4] == size {
                lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
            }
        }
        assert!(kind("cv.docx", &lying).is_err());
        let names: Vec<String> = (0..PARTS).map(|n| format!("word/{n}")).collect();
        let mut many: Vec<(&str, &[u8])> = vec![TYPES, DOCUMENT];
        many.extend(names.iter().map(|n| (n.as_str(), b"".as_slice())));
        assert_eq!(refused("cv.docx", &archive(&many)), "attachment-swells");
    }
}
