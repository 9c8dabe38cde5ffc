//! The mapping file: everything it may say, and what it answers to mistakes.

use super::*;

const FULL: &str = r#"
kind = "service-records"
source = "incident-log"
time_zone = "Europe/Berlin"
formats = ["%d-%m-%Y %H:%M"]
missing = ["?"]
true_words = ["JA"]
false_words = ["NEIN"]
last_row_wins = true
employee_by = "name"
team_by = "name"
day = "closed_at"
encoding = "gbk"
separator = ";"
sheet = "Tabelle1"

[columns]
id = "number"
employee = { columns = ["first", "last"], join = ", " }
handle_seconds = { column = "Talk time", duration = "h:mm:ss" }
channel = { column = "contact_type", values = { "Phone" = "phone" }, otherwise = "web" }
bot = { constant = "false" }
closed_at = { formats = ["%Y/%m/%d"] }
"#;

#[test]
fn every_key_is_understood() {
    let mapping = Mapping::parse(FULL).unwrap();
    assert_eq!(mapping.source(), "incident-log");
    assert_eq!(mapping.zone().unwrap(), Some(chrono_tz::Europe::Berlin));
    assert_eq!(mapping.employee_by, EmployeeBy::Name);
    assert_eq!(mapping.team_by, TeamBy::Name);
    assert!(mapping.last_row_wins);
    assert_eq!(mapping.missing_marks(), ["?"]);
    let hints = mapping.hints().unwrap();
    assert_eq!(hints.encoding.as_deref(), Some("gbk"));
    assert_eq!(hints.separator, Some(b';'));
    assert_eq!(hints.sheet.as_deref(), Some("Tabelle1"));
    let column = |name: &str| mapping.columns[name].clone();
    assert_eq!(column("id").column.as_deref(), Some("number"));
    assert_eq!(column("employee").columns, ["first", "last"]);
    assert_eq!(column("employee").join.as_deref(), Some(", "));
    assert_eq!(
        column("handle_seconds").duration,
        Some(Duration::HoursMinutesSeconds)
    );
    assert_eq!(column("channel").values["Phone"], "phone");
    assert_eq!(column("channel").otherwise.as_deref(), Some("web"));
    assert_eq!(column("bot").constant.as_deref(), Some("false"));
    assert_eq!(column("closed_at").column, None);
}

#[test]
fn an_empty_mapping_is_the_default_one() {
    let mapping = Mapping::parse("\u{FEFF}").unwrap();
    assert_eq!(mapping, Mapping::default());
    assert_eq!(mapping.source(), "default");
    assert_eq!(mapping.missing_marks(), MISSING);
}

#[test]
fn a_mapping_survives_being_stored_as_json() {
    let mapping = Mapping::parse(FULL).unwrap();
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
}

#[test]
fn mistakes_name_the_line_and_the_key() {
    let line_and_detail = |text: &str| match Mapping::parse(text) {
        Err(ImportError::MappingSyntax { line, detail }) => (line, detail),
        other => panic!("{other:?}"),
    };
    let (line, detail) = line_and_detail("kind = \"x\"\ntimezone = \"UTC\"\n");
    assert_eq!(line, 2);
    assert!(
        detail.contains("timezone") && detail.contains("time_zone"),
        "{detail}"
    );
    let (line, detail) = line_and_detail("[columns]\nid = \"a\"\nbot = { konstant = \"1\" }\n");
    assert_eq!(line, 3);
    assert!(
        detail.contains("konstant") && detail.contains("constant"),
        "{detail}"
    );
    let (line, _) = line_and_detail("\n\nkind = \n");
    assert_eq!(line, 3);
    let (_, detail) = line_and_detail("[columns]\nid = 5\n");
    assert!(detail.contains("column name"), "{detail}");
    line_and_detail("employee_by = \"mail\"");
}

#[test]
fn what_cannot_be_meant_is_refused_before_any_file_is_read() {
    let error = |text: &str| Mapping::parse(text).unwrap_err().key();
    assert_eq!(
        error("time_zone = \"Shanghai\""),
        "import-error-unknown-zone"
    );
    assert_eq!(
        error("encoding = \"utf-9\""),
        "import-error-unknown-encoding"
    );
    for separator in ["", ";;", "a", "\\\"", "；", "\\n"] {
        let text = format!("separator = \"{separator}\"");
        assert_eq!(error(&text), "import-error-bad-separator", "{separator}");
    }
    // %Q is no specifier; %H alone has no date; a literal has neither.
    for format in ["%Q", "%H:%M", "date"] {
        assert_eq!(
            error(&format!("formats = [\"{format}\"]")),
            "import-error-bad-format"
        );
    }
    assert_eq!(
        error("[columns]\nid = { formats = [\"%\"] }"),
        "import-error-bad-format"
    );
    assert_eq!(
        error("[columns]\nid = { column = \"a\", constant = \"b\" }"),
        "import-error-mapping-column"
    );
}

#[test]
fn tab_and_bar_are_separators_by_name_and_sign() {
    let separator = |text: &str| Mapping::parse(text).unwrap().hints().unwrap().separator;
    assert_eq!(separator("separator = \"tab\""), Some(b'\t'));
    assert_eq!(separator("separator = \"\\t\""), Some(b'\t'));
    assert_eq!(separator("separator = \"|\""), Some(b'|'));
}

#[test]
fn a_mapping_for_another_kind_is_refused() {
    let mapping = Mapping::parse("kind = \"complaints\"").unwrap();
    assert_eq!(mapping.expect_kind("complaints"), Ok(()));
    assert_eq!(
        mapping.expect_kind("staff"),
        Err(ImportError::WrongKind {
            expected: "staff".into(),
            found: "complaints".into()
        })
    );
    assert_eq!(Mapping::default().expect_kind("staff"), Ok(()));
}
