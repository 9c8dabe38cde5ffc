//! Teams and staff from files.

use espalier::people::model::{OPEN_END, UNKNOWN_START};
use espalier::people::store::Directory;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{company, day, did, records, staff, teams};
use crate::support::tallies::{Picture, assert_recount_is_clean};

both! {
    a_parent_may_stand_below_its_children,
    an_unknown_parent_is_refused_naming_the_nearest,
    teams_that_lead_back_to_themselves_are_refused,
    a_file_cannot_close_a_circle_with_what_is_stored,
    a_team_moves_on_a_day_and_keeps_its_past,
    teams_again_change_nothing_and_renamed_ones_are_counted,
    a_transfer_row_splits_the_time_line,
    somebody_who_leaves_has_no_seat_from_the_next_day,
    staff_again_changes_nothing,
    a_corrected_person_is_counted_and_stays_one_person,
    managers_may_stand_anywhere_in_the_file,
    an_unknown_team_role_or_manager_is_refused_with_line_and_column,
    what_is_wrong_with_a_person_is_said_all_at_once,
    missing_teams_and_roles_are_made_on_request,
    people_and_teams_are_found_by_name,
    a_name_that_several_have_is_refused,
    nobody_is_their_own_manager,
    a_code_made_on_request_is_still_a_code,
    employees_made_from_records_sit_where_most_of_their_records_are,
    codes_made_go_on_after_those_already_given,
}

fn directory(db: &TestDb) -> Directory {
    db.db.read(Directory::load).unwrap()
}

/// Somebody's time line as `from to team role manager`.
fn line(db: &TestDb, number: &str) -> Vec<String> {
    let people = directory(db);
    let id = people.by_number(number).unwrap();
    let date = |date: chrono::NaiveDate| match date {
        d if d == OPEN_END => "open".to_string(),
        d if d == UNKNOWN_START => "unknown".to_string(),
        d => d.to_string(),
    };
    people
        .postings(id)
        .iter()
        .map(|p| {
            let team = p
                .seat
                .team_id
                .map_or("-", |id| people.teams[&id].code.as_str());
            let manager = p
                .seat
                .manager_id
                .map_or("-", |id| people.staff[&id].employee_no.as_str());
            let role = people.job_roles[&p.seat.job_role_id].as_str();
            let (from, to) = (date(p.valid_from), date(p.valid_to));
            format!("{from} {to} {team} {role} {manager}")
        })
        .collect()
}

/// Each team and its parent on a day, as `team<parent`.
fn tree(db: &TestDb, on: &str) -> Vec<String> {
    let people = directory(db);
    let parents = people.parents_on(day(on));
    let mut tree: Vec<String> = people
        .teams
        .values()
        .map(|team| {
            let parent = parents
                .get(&team.id)
                .map_or("-", |id| people.teams[id].code.as_str());
            format!("{}<{parent}", team.code)
        })
        .collect();
    tree.sort();
    tree
}

fn a_parent_may_stand_below_its_children(db: &TestDb) {
    let outcome = teams(
        "code,name_zh,parent\n\
         A1,一组,A\n\
         A,一部,HQ\n\
         HQ,总部,\n",
    )
    .load(db);
    assert_eq!(did(&outcome), "3/0/0/0");
    assert_eq!(tree(db, "2026-07-01"), ["A1<A", "A<HQ", "HQ<-"]);
    let people = directory(db);
    let trees = people.subtrees_on(day("2026-07-01"));
    assert_eq!(trees[&people.team_by_code("HQ").unwrap()].len(), 3);
    assert_eq!(
        people.teams[&people.team_by_code("A1").unwrap()].name_en,
        "一组"
    );
}

fn an_unknown_parent_is_refused_naming_the_nearest(db: &TestDb) {
    let refused =
        teams("code,name_zh,parent\nSOUTH,南区,\nS1,一组,SOUT\nS2,二组,zzz\n").refused(db);
    assert_eq!(
        refused,
        [
            "3 parent [SOUT] unknown-nearest (SOUTH)",
            "4 parent [zzz] unknown"
        ]
    );
}

fn teams_that_lead_back_to_themselves_are_refused(db: &TestDb) {
    let refused = teams(
        "code,name_zh,parent\n\
         A,一,B\n\
         B,二,C\n\
         C,三,A\n\
         D,四,A\n\
         E,五,E\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "2 parent [B] import-team-cycle",
            "3 parent [C] import-team-cycle",
            "4 parent [A] import-team-cycle",
            "6 parent [E] import-team-cycle",
        ]
    );
}

fn a_file_cannot_close_a_circle_with_what_is_stored(db: &TestDb) {
    company(db);
    let refused = teams("code,name_zh,parent\nHQ,总部,A\n").refused(db);
    assert_eq!(refused, ["2 parent [A] import-team-cycle"]);
    // Turning the two round in one file is no circle.
    teams("code,name_zh,parent\nHQ,总部,A\nA,一组,\n").load(db);
    assert_eq!(tree(db, "2026-07-01"), ["A<-", "B<HQ", "HQ<A"]);
}

fn a_team_moves_on_a_day_and_keeps_its_past(db: &TestDb) {
    company(db);
    let outcome =
        teams("code,name_zh,name_en,parent,valid_from\nB,二组,Team two,A,2026-08-01\n").load(db);
    assert_eq!(did(&outcome), "0/1/0/0");
    assert_eq!(tree(db, "2026-07-31"), ["A<HQ", "B<HQ", "HQ<-"]);
    assert_eq!(tree(db, "2026-08-01"), ["A<HQ", "B<A", "HQ<-"]);
}

fn teams_again_change_nothing_and_renamed_ones_are_counted(db: &TestDb) {
    let csv = "code,name_zh,name_en,parent\nHQ,总部,Head office,\nA,一组,Team one,HQ\n";
    teams(csv).load(db);
    let before = (db.rows("team"), db.rows("team_link"));
    assert_eq!(did(&teams(csv).load(db)), "0/0/2/0");
    assert_eq!((db.rows("team"), db.rows("team_link")), before);
    let renamed = teams("code,name_zh,name_en,parent\nA,甲组,Team one,HQ\n").load(db);
    assert_eq!(did(&renamed), "0/1/0/0");
    let people = directory(db);
    assert_eq!(
        people.teams[&people.team_by_code("A").unwrap()].name_zh,
        "甲组"
    );
}

fn a_transfer_row_splits_the_time_line(db: &TestDb) {
    company(db);
    let outcome = staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on,valid_from\n\
         E4,周敏,Zhou Min,A,agent,E9,2020-01-06,\n\
         E4,周敏,Zhou Min,B,senior_agent,E9,2020-01-06,2026-08-17\n",
    )
    .load(db);
    assert_eq!(did(&outcome), "1/0/0/0");
    assert_eq!(
        line(db, "E4"),
        [
            "2020-01-06 2026-08-17 A agent E9",
            "2026-08-17 open B senior_agent E9"
        ]
    );
}

fn somebody_who_leaves_has_no_seat_from_the_next_day(db: &TestDb) {
    company(db);
    let csv = "employee_no,name,name_en,team,job_role,manager,hired_on,left_on\n\
               E1,张伟,Zhang Wei,A,agent,E9,2015-03-02,2026-08-31\n";
    assert_eq!(did(&staff(csv).load(db)), "0/1/0/0");
    assert_eq!(line(db, "E1"), ["2015-03-02 2026-09-01 A agent E9"]);
    let people = directory(db);
    let id = people.by_number("E1").unwrap();
    assert!(people.seat_on(id, day("2026-08-31")).is_some());
    assert!(people.seat_on(id, day("2026-09-01")).is_none());
    assert_eq!(did(&staff(csv).load(db)), "0/0/1/0");
}

fn staff_again_changes_nothing(db: &TestDb) {
    company(db);
    let csv = "employee_no,name,team,manager,hired_on,left_on,valid_from\n\
               N1,甲,A,E9,2020-01-06,,\n\
               N1,甲,B,E9,2020-01-06,,2026-08-17\n\
               N2,乙,B,N1,2020-01-06,2026-09-30,\n";
    assert_eq!(did(&staff(csv).load(db)), "2/0/0/0");
    let before = (db.rows("staff"), db.rows("posting"));
    assert_eq!(did(&staff(csv).load(db)), "0/0/2/0");
    assert_eq!((db.rows("staff"), db.rows("posting")), before);
}

fn a_corrected_person_is_counted_and_stays_one_person(db: &TestDb) {
    company(db);
    let people = db.count("staff");
    let outcome = staff(
        "employee_no,name,name_en,email,team,job_role,manager,hired_on\n\
         E1,张薇,Zhang Wei,wei@example.com,A,agent,E9,2015-03-02\n",
    )
    .load(db);
    assert_eq!(did(&outcome), "0/1/0/0");
    assert_eq!(db.count("staff"), people);
    let found = directory(db);
    let person = &found.staff[&found.by_number("E1").unwrap()];
    assert_eq!(
        (person.name.as_str(), person.email.as_deref()),
        ("张薇", Some("wei@example.com"))
    );
}

fn managers_may_stand_anywhere_in_the_file(db: &TestDb) {
    staff(
        "employee_no,name,manager,hired_on\n\
         M2,乙,M1,2020-01-06\n\
         M1,甲,,2020-01-06\n",
    )
    .load(db);
    assert_eq!(line(db, "M2"), ["2020-01-06 open - agent M1"]);
}

fn an_unknown_team_role_or_manager_is_refused_with_line_and_column(db: &TestDb) {
    company(db);
    let refused = staff(
        "employee_no,name,team,job_role,manager\n\
         E5,甲,HQ,agent,E9\n\
         E6,乙,HQQ,agent,E9\n\
         E7,丙,HQ,agen,E9\n\
         E8,丁,HQ,agent,X9\n\
         F1,戊,另一组,agent,somebody\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "3 team [HQQ] unknown-nearest (HQ)",
            "4 job_role [agen] unknown-nearest (agent)",
            "5 manager [X9] unknown-nearest (E9)",
            "6 team [另一组] unknown",
        ]
    );
}

fn what_is_wrong_with_a_person_is_said_all_at_once(db: &TestDb) {
    let refused = staff(
        "employee_no,name,email,hired_on,left_on\n\
         a/b,甲,nobody,2026-01-31,2026-01-30\n\
         ,乙,,32.1.2026,\n",
    )
    .refused(db);
    assert_eq!(
        refused,
        [
            "2 employee_no [a/b] not-a-code",
            "2 left_on [2026-01-30] import-left-before-hired",
            "2 email [nobody] import-not-an-email",
            "3 employee_no [] required",
            "3 hired_on [32.1.2026] not-a-date",
        ]
    );
}

fn missing_teams_and_roles_are_made_on_request(db: &TestDb) {
    let csv = "employee_no,name,team,job_role\nE1,张伟,NORTH,expert\nE2,李娜,NORTH,expert\n";
    let outcome = staff(csv).create_missing().load(db);
    assert_eq!(did(&outcome), "2/0/0/0");
    assert_eq!(
        (
            outcome.loaded.created_teams,
            outcome.loaded.created_job_roles
        ),
        (1, 1)
    );
    assert_eq!(line(db, "E2"), ["unknown open NORTH expert -"]);
}

fn people_and_teams_are_found_by_name(db: &TestDb) {
    company(db);
    staff("employee_no,name,team,manager,hired_on\nE4,周敏,Team two,李娜,2020-01-06\n")
        .mapped("employee_by = 'name'\nteam_by = 'name'")
        .load(db);
    assert_eq!(line(db, "E4"), ["2020-01-06 open B agent E2"]);
    records(
        "id,opened_at,employee,team\n\
         r1,2026-07-01 09:00,张伟,一组\n\
         r2,2026-07-01 09:00,Li Na,Team two\n\
         r3,2026-07-01 09:00,周敏,\n",
    )
    .mapped("employee_by = 'name'\nteam_by = 'name'")
    .load(db);
    let picture = Picture::of(db);
    assert_eq!(
        picture.keys("staff"),
        [
            "staff 2026Q3 E1 A unknown",
            "staff 2026Q3 E2 B unknown",
            "staff 2026Q3 E4 B unknown"
        ]
    );
}

fn a_name_that_several_have_is_refused(db: &TestDb) {
    company(db);
    teams("code,name_zh\nC,一组\n").load(db);
    staff("employee_no,name,team,hired_on\nE4,张伟,B,2020-01-06\n").load(db);
    let by_name = "employee_by = 'name'\nteam_by = 'name'";
    let refused = records("id,opened_at,employee,team\nr1,2026-07-01 09:00,张伟,一组\n")
        .mapped(by_name)
        .refused(db);
    assert_eq!(
        refused,
        [
            "2 employee [张伟] import-name-ambiguous",
            "2 team [一组] import-name-ambiguous"
        ]
    );
    let refused = staff("employee_no,name,manager\nE5,甲,张伟\n")
        .mapped(by_name)
        .refused(db);
    assert_eq!(refused, ["2 manager [张伟] import-name-ambiguous"]);
}

fn nobody_is_their_own_manager(db: &TestDb) {
    let refused = staff("employee_no,name,manager\nE1,张伟,E1\n").refused(db);
    assert_eq!(refused, ["2 manager [E1] import-own-manager"]);
    let refused = staff("employee_no,name,manager\nE1,张伟,张伟\n")
        .mapped("employee_by = 'name'")
        .refused(db);
    assert_eq!(refused, ["2 manager [张伟] import-own-manager"]);
}

/// Numbers and codes stand in addresses, so those an import makes obey the rule of all others.
fn a_code_made_on_request_is_still_a_code(db: &TestDb) {
    let refused = records("id,opened_at,employee,team\nr1,2026-07-01 09:00,../E1,a b\n")
        .create_missing()
        .refused(db);
    assert_eq!(
        refused,
        ["2 employee [../E1] not-a-code", "2 team [a b] not-a-code"]
    );
    let refused = staff("employee_no,name,team,job_role\nE1,张伟,a/b,c d\n")
        .create_missing()
        .refused(db);
    assert_eq!(
        refused,
        ["2 team [a/b] not-a-code", "2 job_role [c d] not-a-code"]
    );
}

fn employees_made_from_records_sit_where_most_of_their_records_are(db: &TestDb) {
    let outcome = records(
        "id,opened_at,employee,team\n\
         r1,2026-07-01 09:00,Ma Li,North\n\
         r2,2026-07-01 09:00,Ma Li,South\n\
         r3,2026-07-01 09:00,Ma Li,South\n\
         r4,2026-07-01 09:00,An Na,North\n\
         r5,2026-07-01 09:00,An Na,South\n",
    )
    .mapped("employee_by = 'name'\nteam_by = 'name'")
    .create_missing()
    .load(db);
    assert_eq!(
        (outcome.loaded.created_staff, outcome.loaded.created_teams),
        (2, 2)
    );
    let people = directory(db);
    let names: Vec<(&str, &str)> = ["X0001", "X0002"]
        .map(|no| {
            (
                no,
                people.staff[&people.by_number(no).unwrap()].name.as_str(),
            )
        })
        .to_vec();
    assert_eq!(names, [("X0001", "An Na"), ("X0002", "Ma Li")]);
    // Teams are numbered in order of name too: North X0001, South X0002; a tie goes to the first.
    assert_eq!(line(db, "X0001"), ["unknown open X0001 agent -"]);
    assert_eq!(line(db, "X0002"), ["unknown open X0002 agent -"]);
    // A record that names a team counts there, wherever its employee sits.
    assert_eq!(
        Picture::of(db).value("staff 2026Q3 X0002 X0001 unknown", "records"),
        1
    );
    assert_eq!(assert_recount_is_clean(db), 5);
}

fn codes_made_go_on_after_those_already_given(db: &TestDb) {
    let by_name = "employee_by = 'name'\nteam_by = 'name'";
    let first = "id,opened_at,employee,team\nr1,2026-07-01 09:00,Zoe,North\n";
    let second =
        "id,opened_at,employee,team\nr2,2026-07-01 09:00,Ann,East\nr3,2026-07-01 09:00,Zoe,North\n";
    records(first).mapped(by_name).create_missing().load(db);
    let outcome = records(second).mapped(by_name).create_missing().load(db);
    assert_eq!(
        (outcome.loaded.created_staff, outcome.loaded.created_teams),
        (1, 1)
    );
    let people = directory(db);
    assert_eq!(
        people.staff[&people.by_number("X0002").unwrap()].name,
        "Ann"
    );
    assert_eq!(
        people.teams[&people.team_by_code("X0002").unwrap()].name_zh,
        "East"
    );
}
