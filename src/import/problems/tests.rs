//! Messages complete in both languages, problems bounded and printable, the file of bad rows.

use super::*;
use crate::import::Hints;

/// One of each; the match makes the compiler ask for new ones.
fn every_reason() -> Vec<Reason> {
    let name = || "x".to_owned();
    vec![
        Reason::Required,
        Reason::TooLong { max: 80 },
        Reason::ControlCharacter,
        Reason::LineBreak,
        Reason::NotACode,
        Reason::NotANumber,
        Reason::OutOfRange {
            min: name(),
            max: name(),
        },
        Reason::NotYesOrNo,
        Reason::NotATime,
        Reason::NoSuchTime { zone: name() },
        Reason::NotADate,
        Reason::NotADuration { form: "minutes" },
        Reason::NotAChoice { choices: name() },
        Reason::FieldCount {
            expected: 3,
            found: 2,
        },
        Reason::Duplicate { first_line: 2 },
        Reason::Unknown { nearest: None },
        Reason::Unknown {
            nearest: Some(name()),
        },
    ]
}

fn every_error() -> Vec<ImportError> {
    let name = || "x".to_owned();
    let both = |make: fn(String, Option<String>) -> ImportError| {
        [make("x".into(), None), make("x".into(), Some("y".into()))]
    };
    let mut all = vec![
        ImportError::Io {
            path: name(),
            detail: name(),
        },
        ImportError::Empty,
        ImportError::Encoding {
            tried: name(),
            line: 1,
            byte: 1,
            found: name(),
        },
        ImportError::UnknownEncoding { name: name() },
        ImportError::NotATable { found: "pdf" },
        ImportError::OldExcel,
        ImportError::BrokenWorkbook { detail: name() },
        ImportError::WorkbookTooLarge { limit_mb: 50 },
        ImportError::NoSuchSheet {
            sheet: name(),
            sheets: name(),
        },
        ImportError::TooManyColumns { limit: 9 },
        ImportError::RecordTooLong {
            line: 1,
            limit_mb: 4,
        },
        ImportError::ChangedWhileReading,
        ImportError::MappingSyntax {
            line: 1,
            detail: name(),
        },
        ImportError::MappingColumn { target: name() },
        ImportError::BadFormat { format: name() },
        ImportError::UnknownZone { name: name() },
        ImportError::BadSeparator { separator: name() },
        ImportError::WrongKind {
            expected: name(),
            found: name(),
        },
        ImportError::BadDay { column: name() },
        ImportError::AmbiguousColumn { column: name() },
    ];
    all.extend(both(|target, nearest| ImportError::UnknownTarget {
        target,
        nearest,
    }));
    all.extend(both(|column, nearest| ImportError::UnknownColumn {
        column,
        nearest,
    }));
    all.extend(both(|target, nearest| ImportError::MissingColumn {
        target,
        nearest,
    }));
    all
}

/// Message keys of a Fluent file with the slots of each, sorted.
fn messages(ftl: &str) -> BTreeMap<String, BTreeSet<String>> {
    ftl.lines()
        .filter_map(|line| line.split_once(" = "))
        .filter(|(key, _)| key.starts_with("import-"))
        .map(|(key, text)| {
            let slots = text.split("{ $").skip(1);
            let slots = slots.filter_map(|s| s.split(' ').next());
            (key.to_owned(), slots.map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn every_reason_and_error_has_its_message_in_both_languages_with_the_same_slots() {
    let spoken: BTreeMap<String, BTreeSet<String>> = every_reason()
        .iter()
        .map(|r| (r.key(), r.args()))
        .chain(every_error().iter().map(|e| (e.key(), e.args())))
        .map(|(key, args)| {
            let slots = args.into_iter().map(|(slot, _)| slot.to_owned());
            (key.to_owned(), slots.collect())
        })
        .collect();
    assert_eq!(
        messages(include_str!("../../../locales/en/import.ftl")),
        spoken
    );
    assert_eq!(
        messages(include_str!("../../../locales/zh-CN/import.ftl")),
        spoken
    );
}

#[test]
fn a_problem_is_cut_and_cleaned_and_says_the_rest_in_json() {
    let long = format!("a\u{0}b{}", "c".repeat(200));
    let problem = Problem::new(7, "Talk time", &long, Reason::TooLong { max: 80 });
    assert_eq!(problem.value.chars().count(), 80);
    assert!(problem.value.starts_with("a\u{FFFD}bc") && problem.value.ends_with("c…"));

    let short = Problem::new(7, "n", "12", Reason::NotANumber);
    assert_eq!(
        serde_json::to_string(&short).unwrap(),
        r#"{"line":7,"column":"n","value":"12","reason":"import-reason-not-a-number","args":{}}"#
    );
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!(json["args"]["max"], "80");
}

#[test]
fn problems_count_rows_once_and_keep_a_bounded_list() {
    let mut problems = Problems::default();
    assert!(problems.is_empty());
    for i in 0..(Problems::KEPT as u64 + 10) {
        // Two problems on every line.
        let column = if i % 2 == 0 { "id" } else { "day" };
        problems.push(Problem::new(i / 2 + 2, column, "", Reason::Required));
    }
    assert_eq!(problems.list().len(), Problems::KEPT);
    assert_eq!(problems.total(), Problems::KEPT as u64 + 10);
    assert_eq!(problems.bad_rows(), Problems::KEPT as u64 / 2 + 5);
}

#[test]
fn a_problem_that_is_noted_twice_is_one() {
    let mut problems = Problems::default();
    for line in [2, 2, 3] {
        problems.push(Problem::new(line, "id", "", Reason::Required));
    }
    assert_eq!((problems.total(), problems.bad_rows()), (2, 2));
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_guarded_and_numbers_stay() {
    for formula in ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx", "-1+2"] {
        assert_eq!(guarded(formula), format!("'{formula}"));
    }
    for plain in ["", "-5", "+3.25", "a=b", "电话", "1-2"] {
        assert_eq!(guarded(plain), plain);
    }
}

#[test]
fn the_file_of_bad_rows_holds_the_rows_as_they_were_and_the_reasons_first() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in.csv");
    // GBK in, so that the way back shows the text was understood.
    let (bytes, _, _) = encoding_rs::GBK
        .encode("编号;姓名;=公式\n1;张三;ok\n2;李四;=HYPERLINK(1)\n3;王五\n4;\"多\n行\";-7\n");
    std::fs::write(&source, bytes).unwrap();
    let table = Table::open(&source, &Hints::default()).unwrap();
    let problems = [
        Problem::new(3, "姓名", "李四", Reason::Unknown { nearest: None }),
        Problem::new(3, "编号", "2", Reason::NotACode),
        Problem::new(
            4,
            "",
            "3",
            Reason::FieldCount {
                expected: 3,
                found: 2,
            },
        ),
        Problem::new(5, "姓名", "多", Reason::LineBreak),
    ];
    let target = folder.path().join("bad.csv");
    write_bad_rows(&target, &table, &problems, |p| p.reason.key().to_owned()).unwrap();
    let written = std::fs::read_to_string(&target).unwrap();
    assert_eq!(
        written,
        "\u{FEFF}line,column,reason,编号,姓名,'=公式\r\n\
         3,姓名; 编号,import-reason-unknown; import-reason-not-a-code,2,李四,'=HYPERLINK(1)\r\n\
         4,,import-reason-field-count,3,王五\r\n\
         5,姓名,import-reason-line-break,4,\"多\n行\",-7\r\n"
    );
}

#[test]
fn the_nearest_name_is_offered_only_when_it_is_near() {
    let known = ["opened_at", "closed_at", "employee", "电话"];
    assert_eq!(nearest("openedat", known), Some("opened_at"));
    assert_eq!(nearest("Employe", known), Some("employee"));
    assert_eq!(nearest("电活", known), Some("电话"));
    assert_eq!(nearest("priority", known), None);
    assert_eq!(nearest("", known), None);
}

#[test]
fn edit_distances_are_those_of_the_textbook() {
    // Wagner and Fischer 1974 count insertions, deletions and replacements alike; "kitten" to "sitting" is 3.
    let distance = |a: &str, b: &str| {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        edit_distance(&chars(a), &chars(b))
    };
    assert_eq!(distance("kitten", "sitting"), 3);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("flaw", "lawn"), 2);
    assert_eq!(distance("same", "same"), 0);
}
