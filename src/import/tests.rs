//! The reader as a feature uses it: where columns come from, what becomes of bad rows, repeats and histories.

use chrono_tz::Asia::Shanghai;

use super::*;

const SPECS: &[ColumnSpec] = &[
    ColumnSpec::key("id", Kind::Text(20)),
    ColumnSpec::required("opened_at", Kind::Time),
    ColumnSpec::optional("employee", Kind::Text(80)),
    ColumnSpec::optional("channel", Kind::Choice(&["phone", "web", "self_service"])),
    ColumnSpec::optional("handle_seconds", Kind::Seconds { max: 1_000_000 }),
    ColumnSpec::optional("reopened", Kind::Bool),
    ColumnSpec::optional("csat", Kind::Integer { min: 1, max: 5 }),
    ColumnSpec::optional(
        "points",
        Kind::Decimal2 {
            min: 0,
            max: 10_000,
        },
    ),
    ColumnSpec::optional("day", Kind::Date),
    ColumnSpec::optional("comment", Kind::Note(100)),
];
const ID: usize = 0;
const OPENED_AT: usize = 1;
const EMPLOYEE: usize = 2;
const CHANNEL: usize = 3;
const HANDLE_SECONDS: usize = 4;
const REOPENED: usize = 5;
const CSAT: usize = 6;
const POINTS: usize = 7;
const DAY: usize = 8;
const COMMENT: usize = 9;

fn open(text: &str, mapping: &str) -> Result<Reader, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    // Kept, because a reader opens its file again for a second pass.
    let path = folder.keep().join("file.csv");
    std::fs::write(&path, text).unwrap();
    Reader::open(&path, &Mapping::parse(mapping)?, SPECS, Shanghai)
}

fn problems_of(reader: &Reader) -> Vec<(u64, String, String, &'static str)> {
    let problems = reader.problems();
    let list = problems.list().iter();
    list.map(|p| (p.line, p.column.clone(), p.value.clone(), p.reason.key()))
        .collect()
}

/// Ids of the rows without problems, time and channel having been read.
fn good_ids(reader: &mut Reader) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        let id = row.text(ID);
        row.time(OPENED_AT);
        row.choice(CHANNEL);
        if !row.is_bad() {
            ids.extend(id.map(str::to_owned));
        }
    }
    ids
}

#[test]
fn our_own_files_need_no_mapping() {
    let mut reader = open(
        "id,opened_at,employee,channel,handle_seconds,reopened,csat,points,day,comment,extra\n\
         R1,2026-07-01 09:12, E1001 ,Self service,312,0,5,87.5,2026-07-02,\"two\nlines\",?\n\
         R2,2026-07-01 09:13,?,,N/A,,,,,-,\n",
        "",
    )
    .unwrap();
    assert_eq!(reader.unused_columns(), ["extra"]);
    assert!(reader.has(COMMENT));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.line(), 2);
    assert_eq!(row.text(ID), Some("R1"));
    assert_eq!(
        row.time(OPENED_AT).unwrap().to_rfc3339(),
        "2026-07-01T01:12:00+00:00"
    );
    assert_eq!(row.text(EMPLOYEE), Some("E1001"));
    assert_eq!(row.choice(CHANNEL), Some("self_service"));
    assert_eq!(row.seconds(HANDLE_SECONDS), Some(312));
    assert_eq!(row.bool(REOPENED), Some(false));
    assert_eq!(row.integer(CSAT), Some(5));
    assert_eq!(row.decimal2(POINTS), Some(8750));
    assert_eq!(row.date(DAY).unwrap().to_string(), "2026-07-02");
    assert_eq!(row.text(COMMENT), Some("two\nlines"));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.line(), 4);
    assert_eq!(row.text(EMPLOYEE), None);
    assert_eq!(row.choice(CHANNEL), None);
    assert_eq!(row.seconds(HANDLE_SECONDS), None);
    assert_eq!(row.bool(REOPENED), None);
    assert_eq!(row.integer(CSAT), None);
    assert_eq!(row.text(COMMENT), None);
    assert!(!row.is_bad());
    assert!(reader.next_row().unwrap().is_none());
    assert_eq!(reader.rows_read(), 2);
    let (done, all) = reader.progress();
    assert_eq!(done, all);
    assert!(reader.into_problems().is_empty());
}

#[test]
fn an_absent_optional_column_is_simply_missing() {
    let mut reader = open("id,opened_at\nR1,2026-07-01\n", "").unwrap();
    assert!(!reader.has(CSAT));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.integer(CSAT), None);
    assert_eq!(row.raw(CSAT), None);
    assert!(!row.is_bad());
}

#[test]
fn another_systems_export_loads_by_its_mapping() {
    let mut reader = open(
        "Number;Date;Time;first;last;contact_type;Talk time;state\n\
         1;29/02/2016;01:16;Li;Lei;Phone;0:05:12;Closed\n\
         2;01/03/2016;10:00;?;Han;Fax;0:00:30;Open\n\
         3;01/03/2016;?;?;?;-;?;\n",
        r#"
        formats = ["%d/%m/%Y", "%d/%m/%Y %H:%M"]
        time_zone = "UTC"
        true_words = ["Closed"]
        [columns]
        id = "number"
        opened_at = { columns = ["Date", "Time"] }
        employee = { columns = ["last", "first"], join = "·" }
        channel = { column = "contact_type", values = { Phone = "phone", "-" = "self_service" }, otherwise = "web" }
        handle_seconds = { column = "Talk time", duration = "h:mm:ss" }
        reopened = { column = "state", values = { Open = "no" } }
        csat = { constant = "4" }
        "#,
    )
    .unwrap();
    assert!(reader.unused_columns().is_empty());
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.text(ID), Some("1"));
    assert_eq!(
        row.time(OPENED_AT).unwrap().to_rfc3339(),
        "2016-02-29T01:16:00+00:00"
    );
    assert_eq!(row.text(EMPLOYEE), Some("Lei·Li"));
    assert_eq!(row.choice(CHANNEL), Some("phone"));
    assert_eq!(row.seconds(HANDLE_SECONDS), Some(312));
    assert_eq!(row.bool(REOPENED), Some(true));
    assert_eq!(row.integer(CSAT), Some(4));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.text(EMPLOYEE), Some("Han"));
    assert_eq!(row.choice(CHANNEL), Some("web"));
    assert_eq!(row.bool(REOPENED), Some(false));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(
        row.time(OPENED_AT).unwrap().to_rfc3339(),
        "2016-03-01T00:00:00+00:00"
    );
    assert_eq!(row.text(EMPLOYEE), None);
    // A missing mark with a meaning of its own; missing otherwise stays missing.
    assert_eq!(row.choice(CHANNEL), Some("self_service"));
    assert_eq!(row.seconds(HANDLE_SECONDS), None);
    assert_eq!(row.bool(REOPENED), None);
    assert!(!row.is_bad());
}

#[test]
fn every_bad_cell_is_listed_with_line_column_and_value() {
    let mut reader = open(
        "id,opened_at,Talk,csat,employee\n\
         R1,2026-07-01,x,6,ok\n\
         R2,soon,5,5,a\0b\n\
         ,2026-07-01,5,0.5,ok\n",
        "[columns]\nhandle_seconds = \"Talk\"",
    )
    .unwrap();
    while let Some(row) = reader.next_row().unwrap() {
        row.text(ID);
        row.time(OPENED_AT);
        row.text(EMPLOYEE);
        row.seconds(HANDLE_SECONDS);
        row.integer(CSAT);
        assert!(row.is_bad());
    }
    let expected = [
        (2, "Talk", "x", "import-reason-not-a-duration"),
        (2, "csat", "6", "import-reason-out-of-range"),
        (3, "opened_at", "soon", "import-reason-not-a-time"),
        (
            3,
            "employee",
            "a\u{FFFD}b",
            "import-reason-control-character",
        ),
        (4, "id", "", "import-reason-required"),
        (4, "csat", "0.5", "import-reason-not-a-number"),
    ]
    .map(|(line, column, value, key)| (line, column.to_owned(), value.to_owned(), key));
    assert_eq!(problems_of(&reader), expected);
    assert_eq!(reader.problems().total(), 6);
    assert_eq!(reader.problems().bad_rows(), 3);
}

#[test]
fn a_feature_adds_its_own_findings_to_the_same_list() {
    let mut reader = open("id,opened_at,employee\nR1,2026-07-01,E9\n", "").unwrap();
    let row = reader.next_row().unwrap().unwrap();
    assert!(!row.is_bad());
    row.problem(EMPLOYEE, Reason::Unknown { nearest: None });
    assert!(row.is_bad());
    let expected = (
        2,
        "employee".to_owned(),
        "E9".to_owned(),
        "import-reason-unknown",
    );
    assert_eq!(problems_of(&reader), [expected]);
}

#[test]
fn rows_of_another_width_are_problems_and_blank_ones_are_nothing() {
    let mut reader = open(
        "id,opened_at,csat\nR1,2026-07-01\n , ,\n\nR2,2026-07-01,4\nR3,2026-07-01,4,5\n",
        "",
    )
    .unwrap();
    assert_eq!(good_ids(&mut reader), ["R2"]);
    let expected = [(2, "R1"), (6, "R3")].map(|(line, id)| {
        (
            line,
            String::new(),
            id.to_owned(),
            "import-reason-field-count",
        )
    });
    assert_eq!(problems_of(&reader), expected);
    assert_eq!(reader.rows_read(), 3);
}

#[test]
fn a_repeated_key_is_a_problem_that_names_the_first_line() {
    let text = "id,opened_at\nR1,2026-07-01\nR2,2026-07-01\n R1 ,2026-07-02\n";
    let mut reader = open(text, "").unwrap();
    for _ in 0..2 {
        assert_eq!(good_ids(&mut reader), ["R1", "R2"]);
        {
            let problems = reader.problems();
            assert_eq!(problems.list().len(), 1);
            assert_eq!(problems.list()[0].line, 4);
            assert_eq!(
                problems.list()[0].reason,
                Reason::Duplicate { first_line: 2 }
            );
        }
        reader.rewind().unwrap();
    }
}

#[test]
fn the_last_row_of_a_key_is_its_state_if_the_mapping_says_so() {
    let mut reader = open(
        "id,opened_at,state\nR1,2026-07-01,new\nR2,2026-07-01,new\n\nR1,2026-07-01,closed\nR2,bad width\n?,2026-07-01,x\n",
        "last_row_wins = true",
    )
    .unwrap();
    let mut lines = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        row.text(ID);
        lines.push(row.line());
    }
    // A row that cannot be read does not replace one that can; one without key replaces none.
    assert_eq!(lines, [3, 5, 7]);
    assert_eq!(reader.rows_superseded(), 1);
    let reasons: Vec<_> = problems_of(&reader)
        .into_iter()
        .map(|p| (p.0, p.3))
        .collect();
    assert_eq!(
        reasons,
        [
            (6, "import-reason-field-count"),
            (7, "import-reason-required")
        ]
    );
}

#[test]
fn a_column_is_found_by_its_exact_name_first_and_then_loosely() {
    let mut reader = open("ID,Opened At,id\nA,2026-07-01,B\n", "").unwrap();
    assert_eq!(good_ids(&mut reader), ["B"]);
    let mut reader = open("ID,Opened-at\nA,2026-07-01\n", "").unwrap();
    assert_eq!(good_ids(&mut reader), ["A"]);
    for twice in ["ID,Id,opened_at\n", "id,id,opened_at\n"] {
        assert_eq!(
            open(twice, "").err(),
            Some(ImportError::AmbiguousColumn {
                column: "id".into()
            })
        );
    }
    // Two of a name that nobody wants do no harm.
    assert!(open("id,opened_at,x,x,,\n", "").is_ok());
}

#[test]
fn a_mapping_that_does_not_fit_is_refused_with_the_nearest_name() {
    let error = |mapping: &str| open("number,opend_at,id\n", mapping).err().unwrap();
    assert_eq!(
        error("[columns]\nid = \"numbr\"\nopened_at = \"opend_at\""),
        ImportError::UnknownColumn {
            column: "numbr".into(),
            nearest: Some("number".into())
        }
    );
    assert_eq!(
        error("[columns]\nemploye = \"number\""),
        ImportError::UnknownTarget {
            target: "employe".into(),
            nearest: Some("employee".into())
        }
    );
    assert_eq!(
        error(""),
        ImportError::MissingColumn {
            target: "opened_at".into(),
            nearest: Some("opend_at".into())
        }
    );
    // An optional column that the mapping speaks of must be there.
    assert_eq!(
        open(
            "id,opened_at\n",
            "[columns]\nhandle_seconds = { duration = \"minutes\" }"
        )
        .err(),
        Some(ImportError::MissingColumn {
            target: "handle_seconds".into(),
            nearest: None
        })
    );
}

#[test]
fn the_day_comes_from_the_column_the_mapping_names() {
    let text = "id,opened_at,day\nR1,2026-07-01,2026-07-02\n";
    assert_eq!(open(text, "").unwrap().day_column(OPENED_AT), OPENED_AT);
    assert_eq!(
        open(text, "day = \"day\"").unwrap().day_column(OPENED_AT),
        DAY
    );
    for bad in ["employee", "nothing"] {
        assert_eq!(
            open(text, &format!("day = \"{bad}\"")).err(),
            Some(ImportError::BadDay { column: bad.into() })
        );
    }
}

#[test]
fn the_public_incident_log_reads_whole() {
    let Ok(samples) = std::env::var("ESPALIER_SAMPLES") else {
        println!("samples not present: not run");
        return;
    };
    let path = Path::new(&samples).join("incidents/incident_event_log.csv");
    let mapping = Mapping::parse(
        r#"
        formats = ["%d-%m-%Y %H:%M"]
        last_row_wins = true
        employee_by = "name"
        [columns]
        id = "number"
        employee = "resolved_by"
        channel = { column = "contact_type", values = { Phone = "phone", "Self service" = "self_service" }, otherwise = "web" }
        reopened = "reopen_count"
        "#,
    )
    .unwrap();
    let mut reader = Reader::open(&path, &mapping, SPECS, Shanghai).unwrap();
    let mut reopened = 0;
    let mut rows = 0;
    while let Some(row) = reader.next_row().unwrap() {
        row.text(ID);
        row.time(OPENED_AT);
        row.text(EMPLOYEE);
        row.choice(CHANNEL);
        reopened += u32::from(row.bool(REOPENED).unwrap());
        rows += 1;
    }
    // SOURCES.md of the samples: 5,998 events of 890 incidents.
    assert_eq!((reader.rows_read(), rows), (5_998, 890));
    assert_eq!(reader.rows_superseded(), 5_998 - 890);
    assert!(reopened > 0 && reopened < 890);
    assert_eq!(problems_of(&reader), []);
}
