//! Files as they come: every form a table may have, and what bad input gets (nothing loaded, and a
//! list of what is wrong where).

use encoding_rs::GBK;
use espalier::access::Role;
use espalier::goals::import::KPI_VALUES;
use espalier::import::run::{Options, import};
use espalier::import::{Mapping, write_bad_rows};
use espalier::people::store::Directory;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{
    actor, answers, company, complaints, did, file, problems, records, reviews, staff, teams,
};
use crate::support::program::{run, write};
use crate::support::tallies::{Picture, assert_recount_is_clean};
use crate::support::web::somebody;

both! {
    files_with_our_columns_need_no_mapping,
    every_encoding_separator_and_line_end_gives_the_same_people,
    a_workbook_gives_what_its_text_would,
    bad_rows_load_nothing_and_are_listed,
    good_rows_are_loaded_when_bad_ones_may_be_skipped,
    a_dry_run_leaves_nothing_and_tells_what_would_be,
    a_dry_run_of_bad_rows_tells_all_of_them,
    each_problem_is_said_once,
    the_file_of_bad_rows_can_be_mended_and_imported,
    a_repeated_id_is_refused,
    the_last_row_of_an_id_is_its_state_if_the_mapping_says_so,
    columns_can_be_joined_translated_and_made_up,
    a_quoted_line_break_stays_in_its_cell,
    a_file_that_is_no_table_is_refused_as_a_whole,
    a_mapping_for_another_kind_of_file_is_refused,
    a_column_that_is_not_there_is_named,
    an_import_remembers_file_mapping_and_counts,
    stated_figures_of_kpis_are_loaded_once_and_changed_by_what_differs,
}

fn files_with_our_columns_need_no_mapping(db: &TestDb) {
    company(db);
    let loaded = [
        teams("code,name_zh,name_en,parent,valid_from\nC,三组,Team three,HQ,2020-01-01\n"),
        staff(
            "employee_no,name,name_en,email,phone,team,job_role,manager,hired_on,left_on,valid_from\n\
             E5,黄磊,Huang Lei,lei@example.com,021-555,C,agent,E9,2020-01-06,,\n",
        ),
        records(
            "id,opened_at,handled,first_reply_at,first_reply_seconds,resolved_at,resolved,closed_at,\
             employee,team,channel,category,service_class,stage,handle_seconds,first_contact_resolved,\
             sla_met,reopened,transferred,escalated,bot,csat,nps,ces,deleted\n\
             r1,2026-07-01 09:00,true,,30,2026-07-01 10:00,true,2026-07-02 10:00,\
             E5,C,self_service,billing,value_added,during,200,true,\
             true,false,false,false,false,5,9,6,false\n",
        ),
        answers(
            "id,record_id,employee,team,answered_at,csat,nps,ces,quality,speed,expertise,attitude,\
             experience,outcome,innovation,channel,comment\n\
             a1,r1,,,2026-07-03 09:00,5,9,6,5,4,5,5,4,5,3,,好\n",
        ),
        complaints(
            "id,record_id,employee,received_at,classified_at,assigned_at,investigated_at,handled_at,\
             replied_at,followed_up_at,substantiated,channel,category\n\
             c1,r1,,2026-07-04 09:00,2026-07-04 10:00,2026-07-04 11:00,2026-07-05 09:00,\
             2026-07-05 10:00,2026-07-05 11:00,2026-07-12 09:00,true,,billing\n",
        ),
        reviews("id,employee,team,day,points,applicable,auto_fail,channel\nq1,E5,C,2026-07-06,45,50,false,phone\n"),
    ]
    .map(|file| file.load(db));
    for outcome in loaded {
        assert_eq!(did(&outcome), "1/0/0/0", "{}", outcome.kind);
        assert_eq!(
            outcome.unused_columns,
            Vec::<String>::new(),
            "{}",
            outcome.kind
        );
    }
    assert_eq!(assert_recount_is_clean(db), 4);
}

/// UTF-16 of a text, with or without its byte order mark.
fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    mark.into_iter()
        .chain(text.encode_utf16())
        .flat_map(to_bytes)
        .collect()
}

fn every_encoding_separator_and_line_end_gives_the_same_people(db: &TestDb) {
    let text = "employee_no,name,email\nE1,张伟,wei@example.com\nE2,\"李, 娜\",na@example.com\n";
    let crlf = text.replace('\n', "\r\n");
    let semicolons = "employee_no;name;email\nE1;张伟;wei@example.com\nE2;李, 娜;na@example.com\n";
    let tabs = semicolons.replace(';', "\t");
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("UTF-8", text.into()),
        (
            "UTF-8 with a mark",
            ["\u{FEFF}".as_bytes(), text.as_bytes()].concat(),
        ),
        ("CRLF", crlf.clone().into()),
        ("no line end at the end", text.trim_end().into()),
        ("semicolons", semicolons.into()),
        ("tabs", tabs.clone().into()),
        ("GBK", GBK.encode(text).0.into_owned()),
        (
            "GBK with CRLF and tabs",
            GBK.encode(&tabs.replace('\n', "\r\n")).0.into_owned(),
        ),
        ("UTF-16LE with a mark", utf16(text, u16::to_le_bytes, true)),
        ("UTF-16LE", utf16(text, u16::to_le_bytes, false)),
        ("UTF-16BE with a mark", utf16(&crlf, u16::to_be_bytes, true)),
        ("UTF-16BE", utf16(&crlf, u16::to_be_bytes, false)),
    ];
    for (number, (form, bytes)) in forms.into_iter().enumerate() {
        let outcome = crate::support::make::file(&espalier::people::import::STAFF, bytes).load(db);
        // The first form makes them, every other finds them as they are.
        let expected = if number == 0 { "2/0/0/0" } else { "0/0/2/0" };
        assert_eq!(
            did(&outcome),
            expected,
            "{form} was read as {}",
            outcome.format
        );
    }
    let people = db.db.read(Directory::load).unwrap();
    let names: Vec<&str> = ["E1", "E2"]
        .map(|no| people.staff[&people.by_number(no).unwrap()].name.as_str())
        .to_vec();
    assert_eq!(names, ["张伟", "李, 娜"]);
}

fn a_workbook_gives_what_its_text_would(db: &TestDb) {
    company(db);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (column, name) in [
        "id",
        "opened_at",
        "employee",
        "handle_seconds",
        "sla_met",
        "csat",
    ]
    .iter()
    .enumerate()
    {
        sheet.write_string(0, column as u16, *name).unwrap();
    }
    let opened = ExcelDateTime::from_ymd(2026, 7, 1)
        .unwrap()
        .and_hms(9, 30, 0)
        .unwrap();
    sheet.write_number(1, 0, 1001).unwrap();
    sheet
        .write_datetime_with_format(1, 1, &opened, &time)
        .unwrap();
    sheet.write_string(1, 2, "E1").unwrap();
    sheet.write_number(1, 3, 245).unwrap();
    sheet.write_boolean(1, 4, true).unwrap();
    sheet.write_number(1, 5, 4).unwrap();
    // Times as text are as good; an empty cell is missing.
    sheet.write_string(2, 0, "1002").unwrap();
    sheet.write_string(2, 1, "2026-07-01 23:59").unwrap();
    sheet.write_string(2, 2, "E1").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let outcome = crate::support::make::file(&espalier::evidence::import::SERVICE_RECORDS, bytes)
        .named("july.xlsx")
        .load(db);
    assert_eq!(did(&outcome), "2/0/0/0");
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E1 A unknown"),
        "records 2, sla_n 1, sla_sum 1, csat_n 1, csat_sum 4, csat_sumsq 16, csat_top 1, \
         handle_n 1, handle_sum 245, handle_sumsq 60025"
    );
    let as_text = records(
        "id,opened_at,employee,handle_seconds,sla_met,csat\n\
         1001,2026-07-01 09:30,E1,245,true,4\n\
         1002,2026-07-01 23:59,E1,,,\n",
    );
    assert_eq!(did(&as_text.load(db)), "0/0/2/0");
}

const MIXED: &str = "id,opened_at,employee,team,channel,csat,sla_met,handle_seconds\n\
                     r1,2026-07-01 09:00,E1,A,phone,5,yes,60\n\
                     r2,2026-02-30 09:00,E1,A,phone,5,yes,60\n\
                     r3,2026-07-01 09:00,E11,A,phone,5,yes,60\n\
                     r4,2026-07-01 09:00,E1,Z,pigeon,6,maybe,-1\n\
                     r5,,E1,A,phone,5,yes,60\n\
                     ,2026-07-01 09:00,E1,A,phone,5,yes,60\n\
                     r7,2026-07-01 09:00,E1,A,phone,5,yes\n\
                     r1,2026-07-01 09:00,E1,A,phone,5,yes,60\n\
                     r9,2026-07-01 09:00,E2,B,phone,1,no,90\n";

const MIXED_PROBLEMS: [&str; 12] = [
    "3 opened_at [2026-02-30 09:00] not-a-time",
    "4 employee [E11] unknown-nearest (E1)",
    "5 team [Z] unknown-nearest (A)",
    "5 channel [pigeon] not-a-choice (unknown, phone, email, visit, web, chat, social, app, self_service, partner)",
    "5 sla_met [maybe] not-yes-or-no",
    "5 csat [6] out-of-range (1, 5)",
    "5 handle_seconds [-1] out-of-range (0, 1000000)",
    "6 opened_at [] required",
    "7 id [] required",
    "8  [r7] field-count (8, 7)",
    "9 id [r1] duplicate (2)",
    "",
];

/// Problems of a row in the order of the alphabet: the order in which its cells are looked at is
/// nobody's business.
fn in_order(mut problems: Vec<String>) -> Vec<String> {
    problems.sort();
    problems
}

fn mixed_problems() -> Vec<String> {
    let listed = MIXED_PROBLEMS.iter().filter(|p| !p.is_empty());
    in_order(listed.map(ToString::to_string).collect())
}

fn bad_rows_load_nothing_and_are_listed(db: &TestDb) {
    company(db);
    assert_eq!(in_order(records(MIXED).refused(db)), mixed_problems());
    assert!(Picture::of(db).is_empty());
}

fn good_rows_are_loaded_when_bad_ones_may_be_skipped(db: &TestDb) {
    company(db);
    let outcome = records(MIXED).skip_bad().import(db).unwrap();
    assert!(outcome.kept);
    assert_eq!(
        (outcome.rows_read, outcome.bad_rows, did(&outcome)),
        (9, 7, "2/0/0/0".to_string())
    );
    assert_eq!(in_order(problems(&outcome)), mixed_problems());
    assert_eq!(
        db.lines("select external_id as line from service_record order by 1"),
        ["r1", "r9"]
    );
    assert_eq!(
        db.line("select rows_read || ' ' || rows_new || ' ' || rows_bad as line from import_run where kind = 'service-records'"),
        "9 2 7"
    );
    assert_eq!(assert_recount_is_clean(db), 2);
}

fn a_dry_run_leaves_nothing_and_tells_what_would_be(db: &TestDb) {
    company(db);
    let before = db.state();
    let csv = "id,opened_at,employee,team,category\n\
               r1,2026-07-01 09:00,N1,NORTH,billing\n\
               r2,2026-07-01 09:00,E1,A,delivery\n";
    let outcome = records(csv)
        .mapped("source = 'shop'")
        .create_missing()
        .dry_run()
        .import(db)
        .unwrap();
    assert!(!outcome.kept && outcome.dry_run);
    assert_eq!(did(&outcome), "2/0/0/0");
    let made = outcome.loaded;
    assert_eq!(
        (
            made.created_staff,
            made.created_teams,
            made.created_categories
        ),
        (1, 1, 2)
    );
    assert_eq!(db.state(), before);
    // What it told comes true.
    let kept = records(csv)
        .mapped("source = 'shop'")
        .create_missing()
        .load(db);
    assert_eq!(kept.loaded, outcome.loaded);
}

fn a_dry_run_of_bad_rows_tells_all_of_them(db: &TestDb) {
    company(db);
    let before = db.state();
    let outcome = records(MIXED).skip_bad().dry_run().import(db).unwrap();
    assert!(!outcome.kept);
    assert_eq!(in_order(problems(&outcome)), mixed_problems());
    assert_eq!(db.state(), before);
}

fn each_problem_is_said_once(db: &TestDb) {
    company(db);
    assert_eq!(
        records("id,opened_at,employee\nr1,soon,E1\n").refused(db),
        ["2 opened_at [soon] not-a-time"]
    );
    assert_eq!(
        records("id,opened_at,closed_at,employee\nr1,2026-07-01 09:00,soon,E1\n")
            .mapped("day = 'closed_at'")
            .refused(db),
        ["2 closed_at [soon] not-a-time"]
    );
    assert_eq!(
        answers("id,answered_at,employee\na1,,E1\n").refused(db),
        ["2 answered_at [] required"]
    );
}

fn the_file_of_bad_rows_can_be_mended_and_imported(db: &TestDb) {
    company(db);
    let csv = "id,opened_at,employee,channel\n\
               r1,2026-07-01 09:00,E1,phone\n\
               r2,2026-07-01 09:00,E1,phnoe\n\
               r3,2026-07-01 09:00,E1,e-mail\n";
    let path = db.folder().join("july.csv");
    std::fs::write(&path, csv).unwrap();
    let kind = &espalier::evidence::import::SERVICE_RECORDS;
    let skip = Options {
        skip_bad: true,
        ..Options::default()
    };
    let (outcome, table) = import(&db.db, kind, &path, Mapping::default(), skip, &actor()).unwrap();
    assert_eq!(outcome.bad_rows, 2);
    let bad = db.folder().join("bad.csv");
    write_bad_rows(&bad, &table, &outcome.problems, |p| {
        p.reason.key().to_string()
    })
    .unwrap();
    let mended = std::fs::read_to_string(&bad)
        .unwrap()
        .replace(",phnoe", ",phone")
        .replace(",e-mail", ",email");
    let outcome = records(&mended).load(db);
    assert_eq!(did(&outcome), "2/0/0/0");
    assert_eq!(outcome.unused_columns, ["line", "column", "reason"]);
    assert_eq!(assert_recount_is_clean(db), 3);
}

fn a_repeated_id_is_refused(db: &TestDb) {
    company(db);
    let refused = records(
        "id,opened_at,employee\n\
         r1,2026-07-01 09:00,E1\n\
         r2,2026-07-01 09:00,E1\n\
         r1,2026-07-01 09:00,E2\n",
    )
    .refused(db);
    assert_eq!(refused, ["4 id [r1] duplicate (2)"]);
}

fn the_last_row_of_an_id_is_its_state_if_the_mapping_says_so(db: &TestDb) {
    company(db);
    let history = "id,opened_at,employee,sla_met\n\
                   r1,2026-07-01 09:00,E1,yes\n\
                   r2,2026-07-01 09:00,nobody,\n\
                   r1,2026-07-01 09:00,E1,no\n\
                   r2,2026-07-01 09:00,E2,yes\n\
                   r1,2026-07-01 09:00,E3,no\n";
    let outcome = records(history).mapped("last_row_wins = true").load(db);
    assert_eq!(
        (outcome.rows_read, outcome.superseded, did(&outcome)),
        (5, 3, "2/0/0/0".to_string())
    );
    let picture = Picture::of(db);
    assert_eq!(
        picture.cell("staff 2026Q3 E3 A unknown"),
        "records 1, sla_n 1"
    );
    assert_eq!(
        picture.cell("staff 2026Q3 E2 B unknown"),
        "records 1, sla_n 1, sla_sum 1"
    );
    assert_eq!(picture.keys("staff").len(), 2);
    let again = records(history).mapped("last_row_wins = true").load(db);
    assert_eq!(did(&again), "0/0/2/0");
}

fn columns_can_be_joined_translated_and_made_up(db: &TestDb) {
    company(db);
    let outcome = records(
        "Ticket,Part,Opened,First,Last,Via,Met\n\
         77,1,01.07.2026 09:00,Zhang,Wei,Anruf,ja\n\
         77,2,01.07.2026 09:00,Li,Na,Brief,nein\n\
         78,,01.07.2026 09:00,Li,Na,,?\n",
    )
    .mapped(
        "employee_by = 'name'\n\
         formats = ['%d.%m.%Y %H:%M']\n\
         true_words = ['ja']\n\
         false_words = ['nein']\n\
         [columns]\n\
         id = { columns = ['Ticket', 'Part'], join = '/' }\n\
         opened_at = 'Opened'\n\
         employee = { columns = ['First', 'Last'] }\n\
         channel = { column = 'Via', values = { 'Anruf' = 'phone' }, otherwise = 'partner' }\n\
         sla_met = 'Met'\n\
         category = { constant = 'import' }\n",
    )
    .load(db);
    assert_eq!(did(&outcome), "3/0/0/0");
    assert_eq!(
        db.lines("select external_id as line from service_record order by 1"),
        ["77/1", "77/2", "78"]
    );
    let picture = Picture::of(db);
    assert_eq!(
        picture.cell("staff 2026Q3 E1 A phone"),
        "records 1, sla_n 1, sla_sum 1"
    );
    assert_eq!(
        picture.cell("staff 2026Q3 E2 B partner"),
        "records 1, sla_n 1"
    );
    assert_eq!(picture.cell("staff 2026Q3 E2 B unknown"), "records 1");
    assert_eq!(db.lines("select code as line from category"), ["import"]);
}

fn a_quoted_line_break_stays_in_its_cell(db: &TestDb) {
    company(db);
    let outcome = answers(
        "id,employee,answered_at,comment\r\n\
         a1,E1,2026-07-01 09:00,\"Slow at first,\r\nthen \"\"very\"\" good\"\r\n\
         a2,nobody,2026-07-01 09:00,\r\n",
    )
    .skip_bad()
    .import(db)
    .unwrap();
    // The line is that of the file, not the number of the row.
    assert_eq!(problems(&outcome), ["4 employee [nobody] unknown"]);
    assert_eq!(
        db.line("select remark as line from survey_answer"),
        "Slow at first,\r\nthen \"very\" good"
    );
}

fn a_file_that_is_no_table_is_refused_as_a_whole(db: &TestDb) {
    company(db);
    let before = db.state();
    let kind = &espalier::evidence::import::SERVICE_RECORDS;
    // GB18030 leaves no room for a lone 0xFF.
    let broken = [b"id,opened_at\nr1,\xFF\xFF\n".as_slice()].concat();
    for (bytes, reason) in [
        (b"%PDF-1.7\n1 0 obj".to_vec(), "import-error-not-a-table"),
        (Vec::new(), "import-error-empty"),
        (b"PK\x03\x04 but no workbook".to_vec(), "import-error-"),
        (broken, "import-error-encoding"),
    ] {
        let file = crate::support::make::file(kind, bytes);
        let refusal = file.import(db).unwrap_err().to_string();
        assert!(refusal.starts_with(reason), "{refusal} instead of {reason}");
    }
    let wrong = crate::support::make::file(
        kind,
        GBK.encode("id,opened_at,employee\nr1,2026-07-01,张伟\n")
            .0
            .into_owned(),
    );
    let refusal = wrong
        .mapped("encoding = 'utf-8'")
        .import(db)
        .unwrap_err()
        .to_string();
    assert!(
        refusal.starts_with("import-error-encoding") && refusal.contains("line=2"),
        "{refusal}"
    );
    assert_eq!(db.state(), before);
}

fn a_mapping_for_another_kind_of_file_is_refused(db: &TestDb) {
    let refusal = records("id,opened_at\n")
        .mapped("kind = 'complaints'")
        .import(db)
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "import-error-wrong-kind expected=service-records found=complaints"
    );
}

fn a_column_that_is_not_there_is_named(db: &TestDb) {
    let refusal = records("id,opend_at\nr1,2026-07-01\n")
        .import(db)
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "import-error-missing-column-nearest target=opened_at nearest=opend_at"
    );
    let refusal = records("id,opened_at\nr1,2026-07-01\n")
        .mapped("[columns]\nemployee = 'agent'")
        .import(db)
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "import-error-unknown-column column=agent"
    );
    let refusal = records("id,opened_at\nr1,2026-07-01\n")
        .mapped("[columns]\nemploye = 'id'")
        .import(db)
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "import-error-unknown-target-nearest target=employe nearest=employee"
    );
}

fn an_import_remembers_file_mapping_and_counts(db: &TestDb) {
    company(db);
    records("id,opened_at,Agent\nr1,2026-07-01 09:00,E1\n")
        .named("july.csv")
        .mapped("source = 'hotline'\n[columns]\nemployee = 'Agent'")
        .load(db);
    assert_eq!(
        db.line(
            "select r.kind || ' ' || s.code || ' ' || r.file_name || ' ' || r.rows_read || '/' || \
             r.rows_new || '/' || r.rows_changed || '/' || r.rows_deleted || '/' || r.rows_bad as line \
             from import_run r join source s on s.id = r.source_id where r.kind = 'service-records'"
        ),
        "service-records hotline july.csv 1/1/0/0/0"
    );
    let mapping = db.line("select mapping as line from import_run where kind = 'service-records'");
    assert_eq!(
        serde_json::from_str::<Mapping>(&mapping).unwrap(),
        Mapping::parse("source = 'hotline'\n[columns]\nemployee = 'Agent'").unwrap()
    );
}

fn stated_figures_of_kpis_are_loaded_once_and_changed_by_what_differs(db: &TestDb) {
    company(db);
    let values = |rows: &str| {
        let head = "kpi,employee_no,team,period,from,to,value,n,source\n";
        file(&KPI_VALUES, format!("{head}{rows}"))
    };
    let good = "training_completion,E1,,2026Q3,,,7,8,training office\n\
                training_completion,,A,2026Q3,,,70,80,training office\n\
                attrition,,HQ,,2026-04-01,2026-06-30,1,40,payroll\n";
    assert_eq!(did(&values(good).load(db)), "3/0/0/0");
    assert_eq!(did(&values(good).load(db)), "0/0/3/0");
    let stored = || {
        db.lines(
            "select kpi_code || ' ' || quarter || ' ' || figure_json || ' ' || note || ' ' || \
             row_version as line from manual_value order by kpi_code, quarter, staff_id",
        )
    };
    let before = stored();
    assert_eq!(before.len(), 3);
    let other = good.replace(",7,8,", ",8,8,");
    assert_eq!(did(&values(&other).load(db)), "0/1/2/0");
    let changed = stored();
    assert_eq!(
        changed.iter().filter(|line| before.contains(line)).count(),
        2
    );
    assert!(
        changed
            .iter()
            .any(|line| line.contains("\"hits\":8") && line.ends_with(" 2"))
    );
    let problems = values(
        "training_completion,E1,A,2026Q3,,,7,8,x\n\
         training_completion,,,2026Q3,,,7,8,x\n\
         training_completion,NOBODY,,2026Q3,,,7,8,x\n\
         sla,E1,,2026Q3,,,7,8,x\n\
         nothing,E1,,2026Q3,,,7,8,x\n\
         training_completion,E1,,2026Q9,,,7,8,x\n\
         training_completion,E1,,,2026-04-01,2026-06-29,7,8,x\n\
         training_completion,E1,,,,,7,8,x\n\
         training_completion,E1,,2026Q3,,,9,8,x\n\
         training_completion,E1,,2026Q3,,,7,0,x\n\
         training_completion,E1,,2026Q3,,,7,8,\n\
         training_completion,E1,,2026Q2,,,7,8,x\n\
         training_completion,E1,,2026Q2,,,7,8,x\n",
    )
    .refused(db);
    let reasons = [
        "2 employee_no [E1] import-value-one-subject",
        "3 employee_no [] import-value-one-subject",
        "4 employee_no [NOBODY] unknown",
        "5 kpi [sla] import-value-counted",
        "6 kpi [nothing] unknown",
        "7 period [2026Q9] import-value-no-quarter",
        "8 to [2026-06-29] import-value-no-quarter",
        "9 period [] import-value-one-period",
        "10 value [9] value-wrong",
        "11 value [7] value-wrong",
        "12 source [] required",
        "14 value [7] duplicate (13)",
    ];
    assert_eq!(problems, reasons);
    // By the command line as well, and in the browser it is a kind like the others.
    let csv = "kpi,team,period,value,n,source\nattrition,B,2026Q3,0,12,payroll\n";
    write(db, "values.csv", csv);
    run(db, &["import", "kpi-values", "values.csv"]).fine();
    assert_eq!(db.count("manual_value"), 4);
    let page = somebody(db, &[Role::Hr], None).get("/imports").expect(200);
    assert!(page.has("kpi-values") && page.has("Figures of KPIs"));
}
