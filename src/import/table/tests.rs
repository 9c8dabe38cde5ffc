//! Tables: the cases of RFC 4180, encodings, separators, line numbers, and what is refused.

use std::io::Write;

use proptest::prelude::*;

use super::*;

/// Header and rows, each row with its line.
type Read = (Vec<String>, Vec<(u64, Vec<String>)>);

fn open(bytes: &[u8], hints: &Hints) -> Result<Table, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    let mut table = Table::open(&path, hints)?;
    // Leaks one small folder per test, so that the table can be read again by its caller.
    table.path = folder.keep().join("file");
    Ok(table)
}

fn read_table(table: &Table) -> Result<Read, ImportError> {
    let mut rows = table.rows()?;
    let mut read = Vec::new();
    while rows.advance()? {
        let row = rows.row();
        let fields = (0..row.len()).map(|i| row.get(i).unwrap().to_owned());
        assert_eq!(row.get(row.len()), None);
        read.push((row.line(), fields.collect()));
    }
    Ok((table.header().to_vec(), read))
}

fn read(bytes: &[u8]) -> Result<Read, ImportError> {
    read_table(&open(bytes, &Hints::default())?)
}

fn header(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().0
}

fn format(bytes: &[u8]) -> String {
    open(bytes, &Hints::default()).unwrap().format()
}

fn utf16(text: &str, bom: bool, big: bool) -> Vec<u8> {
    let units = bom.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    units
        .flat_map(|u| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        })
        .collect()
}

const CHINESE: &str = "工号,姓名\r\n1001,张三\r\n1002,\"李四, 经理\"\r\n";

#[test]
fn the_csv_spectrum_reads_as_its_json_says() {
    let Ok(samples) = std::env::var("ESPALIER_SAMPLES") else {
        println!("samples not present: not run");
        return;
    };
    let folder = Path::new(&samples).join("csv-spectrum");
    for name in [
        "comma_in_quotes",
        "empty",
        "empty_crlf",
        "escaped_quotes",
        "json",
        "newlines",
        "newlines_crlf",
        "quotes_and_newlines",
        "simple",
        "simple_crlf",
        "utf8",
    ] {
        let csv = std::fs::read(folder.join(format!("csvs/{name}.csv"))).unwrap();
        let json = std::fs::read(folder.join(format!("json/{name}.json"))).unwrap();
        let expected: Vec<std::collections::BTreeMap<String, String>> =
            serde_json::from_slice(&json).unwrap();
        let (header, rows) = read(&csv).unwrap();
        let found: Vec<_> = rows
            .into_iter()
            .map(|(_, fields)| header.iter().cloned().zip(fields).collect())
            .collect();
        assert_eq!(expected, found, "{name}");
    }
}

#[test]
fn quotes_may_hold_separators_quotes_and_line_breaks() {
    let (header, rows) = read(b"a,b,c\n\"1,5\",\"ha \"\"ha\"\"\",\"x\r\ny\"\n,\"\",z").unwrap();
    assert_eq!(header, ["a", "b", "c"]);
    assert_eq!(rows[0].1, ["1,5", "ha \"ha\"", "x\r\ny"]);
    assert_eq!(rows[1].1, ["", "", "z"]);
}

#[test]
fn a_row_is_known_by_the_line_it_starts_on_whatever_ends_lines() {
    for end in ["\n", "\r\n"] {
        for last in ["", end] {
            let text = format!(
                "{end}a,b{end}1,x{end}{end}{end}2,\"p{end}q{end}{end}r\"{end}3,\"\"\"{end}\"{end}\"4\",y{last}"
            );
            let (_, rows) = read(text.as_bytes()).unwrap();
            let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [3, 6, 10, 12], "{text:?}");
        }
    }
}

#[test]
fn line_numbers_hold_across_the_blocks_in_which_a_file_is_read() {
    let mut text = String::from("id,note\r\n");
    let mut expected = Vec::new();
    let mut line = 2;
    for id in 0..30_000 {
        expected.push(line);
        if id % 3 == 0 {
            text += &format!("{id},\"two\r\nlines\"\r\n");
            line += 2;
        } else {
            text += &format!("{id},{}\r\n", "x".repeat(id % 11));
            line += 1;
        }
    }
    let (_, rows) = read(text.as_bytes()).unwrap();
    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, expected);
    assert_eq!(rows[29_999].1[0], "29999");
}

#[test]
fn rows_of_another_width_are_given_as_they_are() {
    let (_, rows) = read(b"a,b\n1\n1,2,3\n,,\n").unwrap();
    let widths: Vec<usize> = rows.iter().map(|(_, fields)| fields.len()).collect();
    assert_eq!(widths, [1, 3, 3]);
}

#[test]
fn every_encoding_gives_the_same_table() {
    let gbk = encoding_rs::GBK.encode(CHINESE).0.into_owned();
    let with_bom = [b"\xEF\xBB\xBF", CHINESE.as_bytes()].concat();
    let expected = read(CHINESE.as_bytes()).unwrap();
    assert_eq!(expected.1[1], (3, vec!["1002".into(), "李四, 经理".into()]));
    for (bytes, name) in [
        (CHINESE.as_bytes().to_vec(), "UTF-8"),
        (with_bom, "UTF-8"),
        (gbk, "gb18030"),
        (utf16(CHINESE, true, false), "UTF-16LE"),
        (utf16(CHINESE, true, true), "UTF-16BE"),
        (utf16(CHINESE, false, false), "UTF-16LE"),
        (utf16(CHINESE, false, true), "UTF-16BE"),
    ] {
        assert_eq!(format(&bytes), format!("{name}, \",\""));
        assert_eq!(read(&bytes).unwrap(), expected, "{name}");
    }
}

#[test]
fn characters_may_lie_across_the_blocks_in_which_a_file_is_read() {
    let fields = ["张😀".repeat(20), "é李".repeat(20)];
    let body = format!("{},{}\n", fields[0], fields[1]).repeat(1_000);
    // Shifted by a byte at a time, every kind of character comes to lie on a border.
    for shift in 0..4 {
        let text = format!("编号,{}\n{body}", "x".repeat(shift));
        for bytes in [
            text.as_bytes().to_vec(),
            GB18030.encode(&text).0.into_owned(),
            utf16(&text, true, false),
        ] {
            let (_, rows) = read(&bytes).unwrap();
            assert_eq!(rows.len(), 1_000);
            assert!(rows.iter().all(|(_, found)| *found == fields));
        }
    }
}

#[test]
fn a_hint_overrules_detection_and_a_byte_order_mark_overrules_the_hint() {
    let hint = |name: &str| Hints {
        encoding: Some(name.into()),
        ..Hints::default()
    };
    let latin = b"name,town\nM\xFCller,K\xF6ln\n";
    let table = open(latin, &hint("windows-1252")).unwrap();
    assert_eq!(read_table(&table).unwrap().1[0].1, ["Müller", "Köln"]);
    let marked = open(&utf16(CHINESE, true, true), &hint("gbk")).unwrap();
    assert_eq!(marked.format(), "UTF-16BE, \",\"");
    assert_eq!(
        open(CHINESE.as_bytes(), &hint("utf-9")).unwrap_err(),
        ImportError::UnknownEncoding {
            name: "utf-9".into()
        }
    );
}

#[test]
fn text_in_no_known_encoding_is_refused_with_line_byte_and_value() {
    assert_eq!(
        read(b"a,b\n1,2\n3,x\xFF\n").unwrap_err(),
        ImportError::Encoding {
            tried: "UTF-8, GB18030".into(),
            line: 3,
            byte: 12,
            found: "0xFF".into()
        }
    );
    // Damaged UTF-8 is not taken for GBK, although these bytes would pass for it.
    let mut damaged = "编号,姓名\n1,张三李四王五赵六钱七孙八周九\n"
        .as_bytes()
        .to_vec();
    let whole = damaged.len();
    damaged.extend_from_slice(b"2,\xE5\xBC\n");
    match read(&damaged).unwrap_err() {
        ImportError::Encoding {
            tried, line, byte, ..
        } => {
            assert_eq!((tried.as_str(), line), ("UTF-8", 3));
            assert_eq!(byte, whole as u64 + 3);
        }
        other => panic!("{other:?}"),
    }
    let hint = Hints {
        encoding: Some("utf-8".into()),
        ..Hints::default()
    };
    let gbk = encoding_rs::GBK.encode(CHINESE).0;
    assert!(matches!(
        open(&gbk, &hint),
        Err(ImportError::Encoding {
            line: 1,
            byte: 1,
            ..
        })
    ));
    // A lone half of a pair of UTF-16 units.
    let mut broken = utf16("a,b\n1,", true, false);
    broken.extend_from_slice(&[0x00, 0xD8, b'x', 0]);
    assert!(matches!(
        read(&broken),
        Err(ImportError::Encoding { line: 2, .. })
    ));
}

#[test]
fn the_separator_is_found_outside_of_quotes() {
    let separator = |text: &str| format(text.as_bytes()).replace("UTF-8, ", "");
    assert_eq!(separator("a,b\n1,2\n"), "\",\"");
    assert_eq!(separator("a;b\n1,5;2,5\n"), "\";\"");
    assert_eq!(separator("a\tb,c\n1\t2\n3\t4\n"), "TAB");
    assert_eq!(separator("a|b|c\n1|2;3|4\n"), "\"|\"");
    assert_eq!(separator("\"a;b;c\",\"d;e;f\"\n\"1;2;3\",x\n"), "\",\"");
    assert_eq!(separator("name, first;id;x\nMeier;1;2\n"), "\";\"");
    // One column: nothing to be found.
    assert_eq!(separator("id\n1\n2\n"), "\",\"");
    let hints = Hints {
        separator: Some(b';'),
        ..Hints::default()
    };
    assert_eq!(open(b"a,b\n1,2\n", &hints).unwrap().header(), ["a,b"]);
}

#[test]
fn names_are_trimmed_and_may_repeat() {
    assert_eq!(
        header(b" id , Name,Name,\n1,2,3,4\n"),
        ["id", "Name", "Name", ""]
    );
}

#[test]
fn a_header_alone_is_a_table_without_rows_and_nothing_is_none() {
    assert_eq!(
        read(b"a,b").unwrap(),
        (vec!["a".into(), "b".into()], vec![])
    );
    for empty in [&b""[..], b"\n\r\n\n", b"\xEF\xBB\xBF", b"\xFF\xFE"] {
        assert_eq!(read(empty).unwrap_err(), ImportError::Empty);
    }
}

#[test]
fn a_zero_byte_in_a_cell_is_left_to_the_cell() {
    let (_, rows) = read(b"id,name,note,team,channel\n1,a\0b,x,y,z\n").unwrap();
    assert_eq!(rows[0].1[1], "a\0b");
}

#[test]
fn files_of_other_kinds_are_called_by_their_names() {
    let found = |bytes: &[u8]| match read(bytes).unwrap_err() {
        ImportError::NotATable { found } => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(b"%PDF-1.7\n"), "pdf");
    assert_eq!(found(b"\x1F\x8B\x08\0"), "gzip");
    assert_eq!(found(b"PK\x05\x06\0\0"), "zip");
    assert_eq!(found(b"SQLite format 3\0"), "sqlite");
    assert_eq!(found(b"\xFF\xFE\0\0a\0\0\0"), "utf-32");
    assert_eq!(found(b"\n <HTML><body>"), "html");
    assert_eq!(found(b"\xEF\xBB\xBF<!DOCTYPE html>"), "html");
    assert_eq!(found(b"<?xml version='1.0'?>"), "xml");
    assert_eq!(found(&[0, 1, 0, 0, 3, 0, 0, 0]), "binary");
    assert_eq!(
        read(b"\xD0\xCF\x11\xE0\xA1\xB1").unwrap_err(),
        ImportError::OldExcel
    );
    assert_eq!(header(b"PKG,x\n1,2\n"), ["PKG", "x"]);
    let missing = Table::open(Path::new("/nowhere/at all.csv"), &Hints::default());
    assert!(matches!(missing, Err(ImportError::Io { path, .. }) if path == "/nowhere/at all.csv"));
}

#[test]
fn an_unclosed_quotation_mark_does_not_swallow_a_large_file() {
    let mut text = String::from("id,note\n1,ok\n2,\"never closed\n");
    text.push_str(&"3,some more text\n".repeat(600_000));
    let table = open(text.as_bytes(), &Hints::default()).unwrap();
    assert_eq!(
        read_table(&table).unwrap_err(),
        ImportError::RecordTooLong {
            line: 3,
            limit_mb: 4
        }
    );
}

#[test]
fn too_many_columns_are_refused() {
    let wide = vec!["c"; 1001].join(",");
    assert_eq!(
        read(wide.as_bytes()).unwrap_err(),
        ImportError::TooManyColumns { limit: 1000 }
    );
}

#[test]
fn a_table_can_be_read_twice_and_notices_that_it_was_changed() {
    let table = open(CHINESE.as_bytes(), &Hints::default()).unwrap();
    assert_eq!(read_table(&table).unwrap(), read_table(&table).unwrap());
    let mut rows = table.rows().unwrap();
    assert_eq!(rows.progress().1, CHINESE.len() as u64);
    while rows.advance().unwrap() {}
    assert_eq!(
        rows.progress(),
        (CHINESE.len() as u64, CHINESE.len() as u64)
    );
    std::fs::write(table.path(), b"a,b\n1,\xFF\n").unwrap();
    assert_eq!(
        read_table(&table).unwrap_err(),
        ImportError::ChangedWhileReading
    );
}

/// A workbook of two sheets in the smallest form that spreadsheet programs accept; `data` is the inside of the first
/// sheet's `sheetData`. Style 1 is a date, 2 a date with time, 3 a duration.
fn workbook(data: &str, shared: &[&str]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let sheet = |data: &str| {
        format!("<worksheet xmlns=\"{main}\"><sheetData>{data}</sheetData></worksheet>")
    };
    let strings: String = shared
        .iter()
        .map(|s| format!("<si><t>{s}</t></si>"))
        .collect();
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Records\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"其他\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"46\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst xmlns=\"{main}\">{strings}</sst>"),
        ),
        ("xl/worksheets/sheet1.xml", sheet(data)),
        (
            "xl/worksheets/sheet2.xml",
            sheet("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>only</t></is></c></row>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_reads_as_text_with_iso_dates_and_plain_numbers() {
    let book = workbook(
        "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"D2\" t=\"inlineStr\"><is><t> d </t></is></c></row>\
         <row r=\"3\"><c r=\"A3\"><v>1001</v></c><c r=\"B3\" s=\"1\"><v>46204</v></c><c r=\"C3\"><v>4.3499999999999996</v></c><c r=\"D3\" t=\"b\"><v>1</v></c></row>\
         <row r=\"5\"><c r=\"B5\" s=\"2\"><v>46204.383333333331</v></c><c r=\"D5\" s=\"3\"><v>1.0429166666666667</v></c></row>\
         <row r=\"6\"><c r=\"A6\" s=\"2\"><v>0.38333333333333336</v></c><c r=\"C6\"><v>12345678901234</v></c><c r=\"D6\" t=\"e\"><v>#N/A</v></c><c r=\"F6\"><v>9</v></c></row>",
        &["id", "opened"],
    );
    let table = open(&book, &Hints::default()).unwrap();
    assert_eq!(table.format(), "XLSX, Records");
    let (header, rows) = read_table(&table).unwrap();
    assert_eq!(header, ["id", "opened", "", "d"]);
    assert_eq!(
        rows[0],
        (
            3,
            vec![
                "1001".into(),
                "2026-07-01".into(),
                "4.35".into(),
                "true".into()
            ]
        )
    );
    // 09:12 lies in the file as 0.38333..., a little off; 25:01:48 is longer than a day.
    assert_eq!(
        rows[1],
        (
            5,
            vec![
                "".into(),
                "2026-07-01T09:12:00".into(),
                "".into(),
                "25:01:48".into()
            ]
        )
    );
    // A cell beyond the header makes the row too long.
    assert_eq!(
        rows[2],
        (
            6,
            vec![
                "09:12:00".into(),
                "".into(),
                "12345678901234".into(),
                "#N/A".into(),
                "9".into()
            ]
        )
    );
    assert_eq!(rows.len(), 3);
    assert_eq!(read_table(&table).unwrap().1, rows);
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let book = workbook("", &[]);
    let sheet = |name: &str| {
        let hints = Hints {
            sheet: Some(name.into()),
            ..Hints::default()
        };
        open(&book, &hints)
    };
    assert_eq!(sheet("其他").unwrap().header(), ["only"]);
    assert_eq!(
        sheet("Sheet9").unwrap_err(),
        ImportError::NoSuchSheet {
            sheet: "Sheet9".into(),
            sheets: "Records, 其他".into()
        }
    );
    assert_eq!(sheet("Records").unwrap_err(), ImportError::Empty);
}

#[test]
fn a_workbook_that_unpacks_beyond_the_limit_is_refused() {
    // 2 MB of spaces in one cell pack into a few kB. (The limit is lowered here, because unpacking 50 MB is slow in a
    // program that is not optimised.)
    let bomb = workbook(
        &format!(
            "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>{}</v></c></row>",
            " ".repeat(2 << 20)
        ),
        &[],
    );
    assert!(bomb.len() < 100_000);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bomb).unwrap();
    assert_eq!(sheet::check_size(file.path(), 3), Ok(()));
    assert_eq!(
        sheet::check_size(file.path(), 1),
        Err(ImportError::WorkbookTooLarge { limit_mb: 1 })
    );
    // One long shared string, used so often that its copies would not fit.
    let cells: String = (2..2000)
        .map(|r| format!("<row r=\"{r}\"><c r=\"A{r}\" t=\"s\"><v>0</v></c></row>"))
        .collect();
    let many = workbook(&cells, &[&"x".repeat(32_000)]);
    assert_eq!(
        open(&many, &Hints::default()).unwrap_err(),
        ImportError::WorkbookTooLarge { limit_mb: 50 }
    );
}

#[test]
fn damaged_and_foreign_archives_are_refused() {
    let whole = workbook("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", &[]);
    let cut = &whole[..whole.len() / 2];
    assert!(matches!(
        open(cut, &Hints::default()),
        Err(ImportError::BrokenWorkbook { .. })
    ));
    let backwards = workbook(
        "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>",
        &[],
    );
    assert!(matches!(
        open(&backwards, &Hints::default()),
        Err(ImportError::BrokenWorkbook { .. })
    ));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    let archive = zip.finish().unwrap().into_inner();
    assert_eq!(
        open(&archive, &Hints::default()).unwrap_err(),
        ImportError::NotATable { found: "zip" }
    );
}

/// Reads whatever can be read; errors are fine, panics are not.
fn exhaust(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let _ = Table::open(file.path(), &Hints::default()).and_then(|table| read_table(&table));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_as_csv_is_read_back_in_every_encoding(
        rows in prop::collection::vec(prop::array::uniform3("[a-z0-9,;\t|\" \r\n张三李四é😀=-]{0,9}"), 0..20),
        separator in prop::sample::select(SEPARATORS.to_vec()),
        encoding in prop::sample::select(vec!["utf-8", "gb18030", "utf-16le", "utf-16be"]),
        crlf in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(separator)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let bytes = match encoding {
            "utf-16le" => utf16(&text, false, false),
            "utf-16be" => utf16(&text, true, true),
            name => encoding_by_name(name).unwrap().encode(&text).0.into_owned(),
        };
        let hints = Hints {
            encoding: Some(encoding.into()),
            separator: Some(separator),
            sheet: None,
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let (header, read) = read_table(&Table::open(file.path(), &hints).unwrap()).unwrap();
        prop_assert_eq!(header, ["a", "b", "c"]);
        let read: Vec<_> = read.into_iter().map(|(_, fields)| fields).collect();
        prop_assert_eq!(read, rows.iter().map(|r| r.to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        exhaust(&bytes);
    }

}

proptest! {
    // Each case packs and unpacks an archive.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut book = workbook(
            "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\" s=\"2\"><v>46204.4</v></c></row>",
            &["id"],
        );
        for (index, byte) in damage {
            let at = index.index(book.len());
            book[at] = byte;
        }
        if let Some(cut) = cut {
            book.truncate(cut.index(book.len()));
        }
        exhaust(&book);
    }

    #[test]
    fn no_cells_of_a_sheet_make_the_reader_panic(
        cells in prop::collection::vec(("[A-Z]{0,4}[0-9]{0,9}", "|s|str|b|e|d|inlineStr|n|x", 0..6_u8, "[0-9.eE+-]{0,9}|#N/A|true"), 0..12),
    ) {
        let cells: String = cells
            .into_iter()
            .map(|(place, kind, style, value)| {
                format!("<row><c r=\"{place}\" t=\"{kind}\" s=\"{style}\"><v>{value}</v></c></row>")
            })
            .collect();
        exhaust(&workbook(&cells, &["x"]));
    }
}
