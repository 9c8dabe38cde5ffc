//! What rows of evidence count, for whom, on which day, and what happens to the tallies when a row is
//! corrected, moved or removed.

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{answers, company, complaints, did, records, reviews, staff};
use crate::support::tallies::{Picture, assert_recount_is_clean};

both! {
    a_record_counts_in_each_of_its_cells_and_nowhere_else,
    the_same_file_again_changes_nothing,
    a_corrected_row_changes_exactly_its_cells,
    a_value_taken_back_is_counted_nowhere,
    a_record_moved_to_another_day_and_channel_leaves_no_empty_cell,
    a_correction_undone_gives_the_first_tallies,
    re_attribution_moves_one_record_with_its_answer_and_complaint,
    an_answer_that_names_its_employee_stays_with_them,
    a_deleted_row_is_counted_nowhere,
    an_answer_outlives_its_record,
    deleting_what_nobody_has_is_nothing,
    the_state_before_is_kept,
    a_bot_counts_for_nobody_but_its_team,
    a_record_of_nobody_counts_for_its_team,
    a_record_without_team_counts_for_the_company,
    a_transfer_in_mid_quarter_keeps_both_halves,
    the_team_of_a_row_overrules_that_of_its_employee,
    the_last_evening_of_march_in_utc_is_april_in_shanghai,
    the_fiscal_year_decides_the_quarter,
    the_mapping_may_name_the_time_that_counts,
    durations_are_counted_in_their_units,
    what_was_not_handled_is_neither_resolved_nor_unresolved,
    an_answer_belongs_to_whom_its_record_belongs,
    a_survey_counts_promoters_tops_and_squares,
    a_complaint_counts_once_it_is_substantiated_and_until_it_is_reversed,
    a_review_is_rounded_half_up_and_an_automatic_failure_is_zero,
    an_id_is_unique_within_its_source_only,
    every_row_knows_its_file_and_line,
    a_file_of_many_batches_is_counted_once,
}

const RECORDS: &str = "id,opened_at,employee,channel,sla_met,csat\n\
                       r1,2026-07-01 09:00,E1,phone,yes,5\n\
                       r2,2026-07-01 10:00,E1,phone,no,3\n\
                       r3,2026-07-02 09:00,E2,chat,yes,\n";

/// The rows of `RECORDS` with one of them replaced.
fn with(row: &str) -> String {
    let id = row.split(',').next().unwrap();
    RECORDS
        .lines()
        .map(|line| {
            if line.starts_with(&format!("{id},")) {
                row
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn a_record_counts_in_each_of_its_cells_and_nowhere_else(db: &TestDb) {
    company(db);
    records(
        "id,opened_at,employee,channel,handle_seconds,first_reply_seconds,resolved_at,\
         first_contact_resolved,sla_met,reopened,transferred,escalated,csat,nps,ces\n\
         r1,2026-07-01 09:00,E1,phone,300,125,2026-07-01 10:30,yes,yes,no,1,0,4,10,6\n",
    )
    .load(db);
    let cell = "records 1, fcr_n 1, fcr_sum 1, sla_n 1, sla_sum 1, reopened_n 1, \
                transferred_n 1, transferred_sum 1, escalated_n 1, resolved_n 1, resolved_sum 1, \
                csat_n 1, csat_sum 4, csat_sumsq 16, csat_top 1, \
                nps_n 1, nps_sum 100, nps_sumsq 10000, \
                ces_n 1, ces_sum 6, ces_sumsq 36, ces_top 1, \
                handle_n 1, handle_sum 300, handle_sumsq 90000, \
                first_reply_n 1, first_reply_sum 2, first_reply_sumsq 4, \
                resolve_n 1, resolve_sum 90, resolve_sumsq 8100";
    let picture = Picture::of(db);
    let keys = picture.keys("");
    assert_eq!(
        keys,
        [
            "company 2026-07-01 phone",
            "staff 2026Q3 E1 A phone",
            "team 2026Q3 A phone",
            "team-day A 2026-07-01",
            "durations 2026Q3 A",
            "durations 2026Q3 company phone",
        ]
    );
    for key in &keys[..4] {
        assert_eq!(picture.cell(key), cell, "{key}");
    }
    assert_eq!(assert_recount_is_clean(db), 1);
}

fn the_same_file_again_changes_nothing(db: &TestDb) {
    company(db);
    assert_eq!(did(&records(RECORDS).load(db)), "3/0/0/0");
    let before = db.state();
    assert_eq!(did(&records(RECORDS).load(db)), "0/0/3/0");
    let mut after = db.state();
    // That the file was read again is remembered; nothing else is new.
    for table in ["import_run", "audit_event"] {
        let rows = after
            .insert(table.to_string(), before[table].clone())
            .unwrap();
        assert_eq!(rows.len(), before[table].len() + 1);
    }
    assert_eq!(after, before);
    assert_eq!(db.count("record_change"), 0);
}

fn a_corrected_row_changes_exactly_its_cells(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    let before = Picture::of(db);
    let outcome = records(&with("r2,2026-07-01 10:00,E1,phone,yes,4")).load(db);
    assert_eq!(did(&outcome), "0/1/2/0");
    let delta = "sla_sum +1, csat_sum +1, csat_sumsq +7, csat_top +1";
    assert_eq!(
        before.changes(&Picture::of(db)),
        [
            format!("company 2026-07-01 phone: {delta}"),
            format!("staff 2026Q3 E1 A phone: {delta}"),
            format!("team 2026Q3 A phone: {delta}"),
            format!("team-day A 2026-07-01: {delta}"),
        ]
    );
    assert_recount_is_clean(db);
}

fn a_value_taken_back_is_counted_nowhere(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    records(&with("r1,2026-07-01 09:00,E1,phone,,")).load(db);
    // r2 alone is left: a missing answer is neither "no" nor 0.
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E1 A phone"),
        "records 2, sla_n 1, csat_n 1, csat_sum 3, csat_sumsq 9"
    );
    assert_recount_is_clean(db);
}

fn a_record_moved_to_another_day_and_channel_leaves_no_empty_cell(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    records(&with("r3,2026-10-01 09:00,E2,email,yes,")).load(db);
    let picture = Picture::of(db);
    assert_eq!(
        picture.keys(""),
        [
            "company 2026-07-01 phone",
            "company 2026-10-01 email",
            "staff 2026Q3 E1 A phone",
            "staff 2026Q4 E2 B email",
            "team 2026Q3 A phone",
            "team 2026Q4 B email",
            "team-day A 2026-07-01",
            "team-day B 2026-10-01",
        ]
    );
    assert_recount_is_clean(db);
}

fn a_correction_undone_gives_the_first_tallies(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    let tallies = |db: &TestDb| -> Vec<_> {
        let all = db.state().into_iter();
        all.filter(|(table, _)| table.starts_with("tally_"))
            .collect()
    };
    let before = tallies(db);
    records(&with("r1,2026-09-30 09:00,E2,social,no,1")).load(db);
    assert_ne!(tallies(db), before);
    records(RECORDS).load(db);
    assert_eq!(tallies(db), before);
    assert_eq!(db.count("record_change"), 2);
}

fn re_attribution_moves_one_record_with_its_answer_and_complaint(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    answers("id,record_id,answered_at,nps\na1,r1,2026-07-03 12:00,10\na2,r2,2026-07-03 12:00,0\n")
        .load(db);
    complaints("id,record_id,received_at,substantiated\nc1,r1,2026-07-04 12:00,yes\n").load(db);
    let before = Picture::of(db);
    records(&with("r1,2026-07-01 09:00,E2,phone,yes,5")).load(db);
    let record =
        "records -1, sla_n -1, sla_sum -1, csat_n -1, csat_sum -5, csat_sumsq -25, csat_top -1";
    let answer = "nps_n -1, nps_sum -100, nps_sumsq -10000";
    let complaint = "complaints -1";
    // In the order of a cell's columns.
    let all = "records -1, sla_n -1, sla_sum -1, csat_n -1, csat_sum -5, csat_sumsq -25, csat_top -1, \
               nps_n -1, nps_sum -100, nps_sumsq -10000, complaints -1";
    let plus = |text: &str| text.replace('-', "+");
    assert_eq!(
        before.changes(&Picture::of(db)),
        [
            format!("staff 2026Q3 E1 A phone: {all}"),
            format!("staff 2026Q3 E2 B phone: {}", plus(all)),
            format!("team 2026Q3 A phone: {all}"),
            format!("team 2026Q3 B phone: {}", plus(all)),
            format!("team-day A 2026-07-01: {record}"),
            format!("team-day A 2026-07-03: {answer}"),
            format!("team-day A 2026-07-04: {complaint}"),
            format!("team-day B 2026-07-01: {}", plus(record)),
            format!("team-day B 2026-07-03: {}", plus(answer)),
            format!("team-day B 2026-07-04: {}", plus(complaint)),
        ]
    );
    assert_recount_is_clean(db);
    // The answers' own file, as it was, agrees with what they have become.
    let again = answers(
        "id,record_id,answered_at,nps\na1,r1,2026-07-03 12:00,10\na2,r2,2026-07-03 12:00,0\n",
    );
    assert_eq!(did(&again.load(db)), "0/0/2/0");
}

fn an_answer_that_names_its_employee_stays_with_them(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    answers("id,record_id,employee,answered_at,csat\na1,r1,E3,2026-07-03 12:00,5\n").load(db);
    let before = Picture::of(db);
    assert_eq!(before.value("staff 2026Q3 E3 A phone", "csat_n"), 1);
    records(&with("r1,2026-07-01 09:00,E2,phone,yes,5")).load(db);
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E3 A phone"),
        before.cell("staff 2026Q3 E3 A phone")
    );
    assert_recount_is_clean(db);
}

fn a_deleted_row_is_counted_nowhere(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    let outcome =
        records("id,opened_at,deleted\nr1,,yes\nr2,,true\nr3,2026-07-02 09:00,1\n").load(db);
    assert_eq!(did(&outcome), "0/0/0/3");
    assert!(Picture::of(db).is_empty());
    assert_eq!(db.count("service_record"), 0);
    assert_eq!(db.count("record_change"), 3);
    // It may come back.
    assert_eq!(did(&records(RECORDS).load(db)), "3/0/0/0");
    assert_eq!(assert_recount_is_clean(db), 3);
}

fn an_answer_outlives_its_record(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    answers("id,record_id,answered_at,nps\na1,r1,2026-07-03 12:00,10\n").load(db);
    records("id,opened_at,deleted\nr1,,yes\n").load(db);
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E1 A phone"),
        "records 1, sla_n 1, csat_n 1, csat_sum 3, csat_sumsq 9, nps_n 1, nps_sum 100, nps_sumsq 10000"
    );
    assert_eq!(assert_recount_is_clean(db), 3);
}

fn deleting_what_nobody_has_is_nothing(db: &TestDb) {
    company(db);
    let outcome = records("id,opened_at,deleted\nr1,,yes\nr2,2026-07-01 09:00,no\n").load(db);
    assert_eq!(did(&outcome), "1/0/1/0");
    assert_eq!(db.count("record_change"), 0);
}

fn the_state_before_is_kept(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    records(&with("r1,2026-07-01 09:00,E1,phone,no,1")).load(db);
    records("id,opened_at,deleted\nr1,,yes\n").load(db);
    let flag = |column: &str| format!("case when {column} then 'yes' else 'no' end");
    let changes = db.lines(&format!(
        "select kind || ' ' || external_id || ' ' || {} || ' ' || before_json as line \
         from record_change order by id",
        flag("deleted")
    ));
    let [corrected, deleted] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(
        corrected.starts_with("service-records r1 no {"),
        "{corrected}"
    );
    assert!(
        corrected.contains(r#""sla":true"#) && corrected.contains(r#""csat":5"#),
        "{corrected}"
    );
    assert!(deleted.starts_with("service-records r1 yes {"), "{deleted}");
    assert!(
        deleted.contains(r#""sla":false"#) && deleted.contains(r#""csat":1"#),
        "{deleted}"
    );
}

fn a_bot_counts_for_nobody_but_its_team(db: &TestDb) {
    company(db);
    records(
        "id,opened_at,employee,team,channel,bot,handle_seconds\n\
         r1,2026-07-01 09:00,E1,A,chat,yes,60\n\
         r2,2026-07-01 09:00,,A,chat,yes,60\n\
         r3,2026-07-01 09:00,E1,A,chat,no,60\n",
    )
    .load(db);
    let picture = Picture::of(db);
    for key in [
        "staff 2026Q3 E1 A chat",
        "team 2026Q3 A chat",
        "team-day A 2026-07-01",
        "company 2026-07-01 chat",
    ] {
        assert_eq!(picture.value(key, "records"), 1, "{key}");
    }
    for key in [
        "team 2026Q3 A chat bot",
        "team-day A 2026-07-01 bot",
        "company 2026-07-01 chat bot",
    ] {
        assert_eq!(picture.value(key, "records"), 2, "{key}");
    }
    assert_eq!(picture.keys("staff").len(), 1);
    assert_recount_is_clean(db);
}

fn a_record_of_nobody_counts_for_its_team(db: &TestDb) {
    company(db);
    records("id,opened_at,employee,team\nr1,2026-07-01 09:00,,A\nr2,2026-07-01 09:00,E1,A\n")
        .load(db);
    let picture = Picture::of(db);
    // Team minus its staff is the unattributed share.
    assert_eq!(picture.value("team 2026Q3 A unknown", "records"), 2);
    assert_eq!(picture.value("staff 2026Q3 E1 A unknown", "records"), 1);
    assert_eq!(picture.keys("staff").len(), 1);
    assert_recount_is_clean(db);
}

fn a_record_without_team_counts_for_the_company(db: &TestDb) {
    company(db);
    staff("employee_no,name,hired_on\nE7,孙丽,2026-01-05\n").load(db);
    records("id,opened_at,employee\nr1,2026-07-01 09:00,\nr2,2026-07-01 09:00,E7\n").load(db);
    assert_eq!(
        Picture::of(db).keys(""),
        ["company 2026-07-01 unknown", "staff 2026Q3 E7 - unknown"]
    );
    assert_recount_is_clean(db);
}

fn a_transfer_in_mid_quarter_keeps_both_halves(db: &TestDb) {
    company(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on,valid_from\n\
         E1,张伟,Zhang Wei,B,agent,E9,2015-03-02,2026-08-17\n",
    )
    .load(db);
    records(
        "id,opened_at,employee\n\
         r1,2026-08-16 23:59,E1\n\
         r2,2026-08-17 00:00,E1\n\
         r3,2026-08-18 09:00,E1\n",
    )
    .load(db);
    let picture = Picture::of(db);
    assert_eq!(picture.value("staff 2026Q3 E1 A unknown", "records"), 1);
    assert_eq!(picture.value("staff 2026Q3 E1 B unknown", "records"), 2);
    assert_eq!(picture.value("team 2026Q3 A unknown", "records"), 1);
    assert_eq!(picture.value("team 2026Q3 B unknown", "records"), 2);
    assert_recount_is_clean(db);
}

fn the_team_of_a_row_overrules_that_of_its_employee(db: &TestDb) {
    company(db);
    records("id,opened_at,employee,team\nr1,2026-07-01 09:00,E1,B\n").load(db);
    assert_eq!(Picture::of(db).keys("staff"), ["staff 2026Q3 E1 B unknown"]);
}

fn the_last_evening_of_march_in_utc_is_april_in_shanghai(db: &TestDb) {
    company(db);
    records("id,opened_at,employee\nr1,2016-03-31 23:30,E1\n")
        .mapped("time_zone = 'UTC'")
        .load(db);
    records("id,opened_at,employee\nr2,2016-03-31T23:30:00Z,E1\nr3,2016-03-31 23:30,E1\n").load(db);
    assert_eq!(
        Picture::of(db).keys(""),
        [
            "company 2016-03-31 unknown",
            "company 2016-04-01 unknown",
            "staff 2016Q1 E1 A unknown",
            "staff 2016Q2 E1 A unknown",
            "team 2016Q1 A unknown",
            "team 2016Q2 A unknown",
            "team-day A 2016-03-31",
            "team-day A 2016-04-01",
        ]
    );
    assert_eq!(
        Picture::of(db).value("staff 2016Q2 E1 A unknown", "records"),
        2
    );
    assert_recount_is_clean(db);
}

fn the_fiscal_year_decides_the_quarter(db: &TestDb) {
    db.run("update setting set value = '4' where name = 'fiscal_start_month'");
    company(db);
    records("id,opened_at,employee\nr1,2026-03-31 09:00,E1\nr2,2026-04-01 09:00,E1\n").load(db);
    assert_eq!(
        Picture::of(db).keys("staff"),
        ["staff 2025Q4 E1 A unknown", "staff 2026Q1 E1 A unknown"]
    );
    assert_eq!(assert_recount_is_clean(db), 2);
}

fn the_mapping_may_name_the_time_that_counts(db: &TestDb) {
    company(db);
    let csv = "id,opened_at,closed_at,employee\n\
               r1,2026-06-30 09:00,2026-07-02 09:00,E1\n";
    records(csv).mapped("day = 'closed_at'").load(db);
    assert_eq!(Picture::of(db).keys("staff"), ["staff 2026Q3 E1 A unknown"]);
    let refused = records("id,opened_at,closed_at,employee\nr2,2026-06-30 09:00,,E1\n")
        .mapped("day = 'closed_at'")
        .refused(db);
    assert_eq!(refused, ["2 closed_at [] required"]);
}

fn durations_are_counted_in_their_units(db: &TestDb) {
    company(db);
    records(
        "id,opened_at,employee,Talk,first_reply_at,resolved_at\n\
         r1,2026-07-01 09:00,E1,0:05:30,2026-07-01 09:01:59,2026-07-01 11:00:59\n\
         r2,2026-07-01 09:00,E1,1:00:00,2026-07-01 09:00,\n",
    )
    .mapped("[columns]\nhandle_seconds = { column = 'Talk', duration = 'h:mm:ss' }")
    .load(db);
    // Handling in seconds, first reply and resolution in whole minutes.
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E1 A unknown"),
        "records 2, resolved_n 2, resolved_sum 1, handle_n 2, handle_sum 3930, handle_sumsq 13068900, \
         first_reply_n 2, first_reply_sum 1, first_reply_sumsq 1, \
         resolve_n 1, resolve_sum 120, resolve_sumsq 14400"
    );
    // The rows keep the seconds, for medians.
    assert_eq!(
        db.lines(
            "select cast(first_reply_s as text) as line from service_record order by external_id"
        ),
        ["119", "0"]
    );
    let refused = records(
        "id,opened_at,employee,handle_seconds,resolved_at\n\
         r3,2026-07-01 09:00,E1,1000001,2026-07-01 08:59\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "2 resolved_at [2026-07-01 08:59] import-before-opening",
            "2 handle_seconds [1000001] out-of-range (0, 1000000)",
        ]
    );
    assert_recount_is_clean(db);
}

fn what_was_not_handled_is_neither_resolved_nor_unresolved(db: &TestDb) {
    company(db);
    records(
        "id,opened_at,employee,handled,resolved_at\n\
         r1,2026-07-01 09:00,E1,yes,2026-07-01 10:00\n\
         r2,2026-07-01 09:00,E1,yes,\n\
         r3,2026-07-01 09:00,E1,no,\n",
    )
    .load(db);
    let picture = Picture::of(db);
    let key = "staff 2026Q3 E1 A unknown";
    assert_eq!(
        (
            picture.value(key, "resolved_n"),
            picture.value(key, "resolved_sum")
        ),
        (2, 1)
    );
    // A file that says nothing of resolution says nothing.
    records("id,opened_at,employee\nr4,2026-07-01 09:00,E3\n").load(db);
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E3 A unknown"),
        "records 1"
    );
}

fn an_answer_belongs_to_whom_its_record_belongs(db: &TestDb) {
    company(db);
    records(RECORDS).load(db);
    records("id,opened_at,employee,team,channel,bot\nr9,2026-07-01 09:00,,B,chat,yes\n").load(db);
    answers(
        "id,record_id,employee,answered_at,csat\n\
         a1,r3,,2026-08-01 09:00,4\n\
         a2,,E1,2026-08-01 09:00,2\n\
         a3,r9,,2026-08-01 09:00,1\n",
    )
    .load(db);
    let picture = Picture::of(db);
    assert_eq!(
        picture.cell("team-day B 2026-08-01"),
        "csat_n 1, csat_sum 4, csat_sumsq 16, csat_top 1"
    );
    assert_eq!(
        picture.cell("staff 2026Q3 E1 A unknown"),
        "csat_n 1, csat_sum 2, csat_sumsq 4"
    );
    assert_eq!(picture.value("staff 2026Q3 E2 B chat", "csat_sum"), 4);
    assert_eq!(
        picture.cell("team 2026Q3 B chat bot"),
        "records 1, csat_n 1, csat_sum 1, csat_sumsq 1"
    );
    assert_recount_is_clean(db);
    let refused = answers("id,record_id,answered_at\na4,r4,2026-08-01 09:00\n").refused(db);
    assert_eq!(refused, ["2 record_id [r4] import-no-such-record"]);
}

fn a_survey_counts_promoters_tops_and_squares(db: &TestDb) {
    company(db);
    answers(
        "id,employee,answered_at,csat,nps,ces\n\
         a1,E1,2026-07-01 09:00,5,10,7\n\
         a2,E1,2026-07-01 09:00,4,9,5\n\
         a3,E1,2026-07-01 09:00,3,8,4\n\
         a4,E1,2026-07-01 09:00,,7,\n\
         a5,E1,2026-07-01 09:00,1,6,1\n\
         a6,E1,2026-07-01 09:00,,0,\n\
         a7,E1,2026-07-01 09:00,,1,\n",
    )
    .load(db);
    // CSAT 4 and 5, CES 5 to 7 are the top; NPS is -100 (0 to 6), 0 or +100 (9 and 10).
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E1 A unknown"),
        "csat_n 4, csat_sum 13, csat_sumsq 51, csat_top 2, nps_n 7, nps_sum -100, nps_sumsq 50000, \
         ces_n 4, ces_sum 17, ces_sumsq 91, ces_top 2"
    );
    let refused = answers(
        "id,employee,answered_at,csat,nps,ces\n\
         a8,E1,2026-07-01 09:00,0,11,8\n\
         a9,E1,2026-07-01 09:00,4.5,,\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "2 csat [0] out-of-range (1, 5)",
            "2 nps [11] out-of-range (0, 10)",
            "2 ces [8] out-of-range (1, 7)",
            "3 csat [4.5] not-a-number",
        ]
    );
}

fn a_complaint_counts_once_it_is_substantiated_and_until_it_is_reversed(db: &TestDb) {
    company(db);
    let key = "staff 2026Q3 E1 A unknown";
    let finding = |word: &str| {
        complaints(&format!(
            "id,employee,received_at,replied_at,substantiated\n\
             c1,E1,2026-07-01 09:00,2026-07-02 09:00,{word}\n"
        ))
        .load(db);
        let complaints = Picture::of(db).value(key, "complaints");
        assert_eq!(assert_recount_is_clean(db), 1);
        complaints
    };
    assert_eq!(finding(""), 0);
    assert_eq!(finding("yes"), 1);
    assert_eq!(finding("no"), 0);
    assert!(Picture::of(db).is_empty());
    assert_eq!(db.count("record_change"), 2);
    let refused =
        complaints("id,employee,received_at,handled_at\nc2,E1,2026-07-02 09:00,2026-07-01 09:00\n")
            .refused(db);
    assert_eq!(
        refused,
        ["2 handled_at [2026-07-01 09:00] import-before-opening"]
    );
}

fn a_review_is_rounded_half_up_and_an_automatic_failure_is_zero(db: &TestDb) {
    company(db);
    reviews(
        "id,employee,day,points,applicable,auto_fail\n\
         q1,E1,2026-07-01,2,3,no\n\
         q2,E1,2026-07-01,0.03,0.32,\n\
         q3,E1,2026-07-01,97.5,100,yes\n\
         q4,E1,2026-07-01,45,45,no\n",
    )
    .load(db);
    // 66.666 -> 66.67; 9.375 -> 9.38; failed; all points.
    assert_eq!(
        db.lines("select cast(score_h as text) as line from quality_review order by external_id"),
        ["6667", "938", "0", "10000"]
    );
    let picture = Picture::of(db);
    let key = "staff 2026Q3 E1 A unknown";
    assert_eq!(
        (
            picture.value(key, "quality_n"),
            picture.value(key, "quality_sum")
        ),
        (4, 17605)
    );
    assert_eq!(picture.value(key, "records"), 0);
    let refused = reviews(
        "id,employee,day,points,applicable\n\
         q5,E1,2026-07-01,10.01,10\n\
         q6,E1,2026-07-01,0,0\n\
         q7,,2026-07-01,1,1\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "2 points [10.01] import-points-above-applicable",
            "3 applicable [0] out-of-range (0.01, 10000)",
            "4 employee [] required",
        ]
    );
    assert_recount_is_clean(db);
}

fn an_id_is_unique_within_its_source_only(db: &TestDb) {
    company(db);
    records(RECORDS).mapped("source = 'hotline'").load(db);
    let outcome = records("id,opened_at,employee\nr1,2026-07-01 09:00,E3\n")
        .mapped("source = 'shop'")
        .load(db);
    assert_eq!(did(&outcome), "1/0/0/0");
    answers("id,record_id,answered_at,csat\na1,r1,2026-07-01 09:00,4\n")
        .mapped("source = 'shop'")
        .load(db);
    assert_eq!(
        Picture::of(db).cell("staff 2026Q3 E3 A unknown"),
        "records 1, csat_n 1, csat_sum 4, csat_sumsq 16, csat_top 1"
    );
    assert_eq!(assert_recount_is_clean(db), 5);
}

fn every_row_knows_its_file_and_line(db: &TestDb) {
    company(db);
    answers(
        "id,employee,answered_at,csat,comment\n\
         a1,E1,2026-07-01 09:00,4,\"Quick,\nkind\"\n\
         a2,E1,2026-07-01 09:00,5,\n",
    )
    .named("july.csv")
    .load(db);
    assert_eq!(
        db.lines(
            "select a.external_id || ' ' || r.file_name || ' ' || a.file_line as line \
             from survey_answer a join import_run r on r.id = a.import_id order by a.external_id"
        ),
        ["a1 july.csv 2", "a2 july.csv 4"]
    );
    // A correction points to where it came from; an unchanged row to where it was first read.
    answers(
        "id,employee,answered_at,csat,comment\n\
         a2,E1,2026-07-01 09:00,1,\n\
         a1,E1,2026-07-01 09:00,4,\"Quick,\nkind\"\n",
    )
    .named("august.csv")
    .load(db);
    assert_eq!(
        db.lines(
            "select a.external_id || ' ' || r.file_name || ' ' || a.file_line as line \
             from survey_answer a join import_run r on r.id = a.import_id order by a.external_id"
        ),
        ["a1 july.csv 2", "a2 august.csv 2"]
    );
}

/// Rows are written in batches of 2,000; what one batch does must not be lost to the next.
fn a_file_of_many_batches_is_counted_once(db: &TestDb) {
    company(db);
    let file = |sla: &dyn Fn(u32) -> bool| {
        let mut csv = String::from("id,opened_at,employee,sla_met\n");
        for n in 0..4_500_u32 {
            let day = 1 + n % 28;
            csv.push_str(&format!(
                "r{n},2026-07-{day:02} 09:00,E{},{}\n",
                1 + n % 3,
                sla(n)
            ));
        }
        csv
    };
    assert_eq!(did(&records(&file(&|_| true)).load(db)), "4500/0/0/0");
    let key = "staff 2026Q3 E1 A unknown";
    let value = |column| Picture::of(db).value(key, column);
    assert_eq!((value("records"), value("sla_sum")), (1_500, 1_500));
    assert_eq!(
        did(&records(&file(&|n| n % 9 != 0)).load(db)),
        "0/500/4000/0"
    );
    assert_eq!(
        (value("records"), value("sla_n"), value("sla_sum")),
        (1_500, 1_500, 1_000)
    );
    assert_eq!(assert_recount_is_clean(db), 4_500);
}
