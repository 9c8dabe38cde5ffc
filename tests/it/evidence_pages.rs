//! What pages read of evidence: the rows behind a figure equal a count by hand, pages of a list follow each
//! other without gap, figures are those of everywhere else, nobody sees beyond their reach, and a warning
//! is found once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use espalier::access::{Permission, Reach, Role};
use espalier::calendar::{FiscalStart, Quarter, day_number};
use espalier::db::Conn;
use espalier::error::Error;
use espalier::evidence::figures::{self, Window};
use espalier::evidence::measures::{Figure, Flag, Measure};
use espalier::evidence::model::{Columns, Cut, RowFilter, RowKind, Verdict};
use espalier::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use espalier::evidence::store::lists::{self, Listed, Row};
use espalier::evidence::store::subject::{self, Subject};
use espalier::evidence::warnings;
use espalier::findings::model::{
    About, Details, Kind, NewFinding, Rule, Source, State, Warning, Words,
};
use espalier::findings::store::{self as findings, Filter, Start};
use espalier::people::store::reach;

use crate::both;
use crate::support::db::{TestDb, open};
use crate::support::queries;
use crate::support::web::{Page, somebody};

use crate::support::make::{self, actor, answers, company, complaints, day, now, records, reviews};

both! {
    the_rows_behind_a_measure_are_those_that_count_into_it,
    pages_of_rows_follow_each_other_without_gap_in_both_directions,
    the_figures_of_a_page_are_those_of_a_cycle,
    the_weeks_of_a_team_and_of_its_people_add_up,
    a_row_out_of_reach_is_not_found,
    a_row_tells_its_file_its_history_and_who_names_it,
    a_team_is_reached_one_by_one_as_all_together,
    a_warning_is_found_once_and_decided_once,
    a_department_asks_for_no_more_queries_than_a_few,
    a_figure_is_followed_down_to_file_and_line,
    a_page_asked_for_no_quarter_is_about_the_newest_with_records,
    the_export_holds_exactly_the_rows_of_the_list,
    a_small_team_is_withheld_from_those_who_may_not_read_its_rows,
    a_small_group_does_not_follow_from_a_whole_and_its_other_parts,
    a_finding_is_decided_from_the_page,
}

/// Half a year of contacts, a little different each day, with answers, complaints and reviews.
fn half_a_year(db: &TestDb) {
    company(db);
    let mut r = String::from(
        "id,opened_at,employee,channel,handle_seconds,first_reply_seconds,resolved_at,\
         first_contact_resolved,sla_met,reopened,csat,nps,bot\n",
    );
    let mut a = String::from("id,record_id,employee,answered_at,csat,nps,ces\n");
    let mut c = String::from("id,employee,received_at,substantiated,category\n");
    let mut q = String::from("id,employee,day,points,applicable,auto_fail\n");
    let first = day("2026-04-01");
    for at in 0..180_u64 {
        let date = first + chrono::Days::new(at);
        for (e, employee) in ["E1", "E2", "E3"].into_iter().enumerate() {
            let k = at + 3 * e as u64;
            let channel = ["phone", "chat", "email"][(k % 3) as usize];
            let yes = |odd: bool| if odd { "yes" } else { "no" };
            let csat = if k.is_multiple_of(4) {
                String::new()
            } else {
                (1 + k % 5).to_string()
            };
            let nps = if k.is_multiple_of(5) {
                String::new()
            } else {
                (k % 11).to_string()
            };
            let bot = if k.is_multiple_of(17) { "yes" } else { "no" };
            let fcr = if k.is_multiple_of(7) {
                ""
            } else {
                yes(k.is_multiple_of(2))
            };
            writeln!(
                r,
                "r{employee}{at},{date} 09:00,{employee},{channel},{},{},{date} 10:{:02},{fcr},{},{},{csat},{nps},{bot}",
                200 + k % 90,
                30 + k % 400,
                k % 60,
                yes(!k.is_multiple_of(9)),
                yes(k.is_multiple_of(8)),
            )
            .unwrap();
            if k.is_multiple_of(3) {
                writeln!(
                    a,
                    "a{employee}{at},r{employee}{at},,{date} 12:00,{},{},{}",
                    1 + k % 5,
                    k % 11,
                    1 + k % 7
                )
                .unwrap();
            }
            if k.is_multiple_of(20) {
                writeln!(
                    c,
                    "c{employee}{at},{employee},{date} 15:00,{},{}",
                    yes(k.is_multiple_of(40)),
                    ["late", "rude"][e % 2]
                )
                .unwrap();
            }
            if k.is_multiple_of(10) {
                writeln!(
                    q,
                    "q{employee}{at},{employee},{date},{},100,no",
                    60 + k % 40
                )
                .unwrap();
            }
        }
    }
    records(&r).load(db);
    answers(&a).load(db);
    complaints(&c).create_missing().load(db);
    reviews(&q).load(db);
}

fn id_of(db: &TestDb, table: &str, column: &str, code: &str) -> i64 {
    db.line(&format!(
        "select cast(id as text) as line from {table} where {column} = '{code}'"
    ))
    .parse()
    .unwrap()
}

fn staff(db: &TestDb, no: &str) -> i64 {
    id_of(db, "staff", "employee_no", no)
}

fn team(db: &TestDb, code: &str) -> i64 {
    id_of(db, "team", "code", code)
}

/// Everything stored, by kind and external id, with what each row counts.
fn everything(db: &TestDb) -> Vec<(RowKind, String, Row, espalier::evidence::model::Cell, bool)> {
    fn of<E: Evidence>(
        conn: &mut Conn,
        wrap: impl Fn(Box<E>) -> Row,
        kind: RowKind,
    ) -> Vec<(RowKind, String, Row, espalier::evidence::model::Cell, bool)> {
        let (first, last) = E::days(conn).unwrap().unwrap();
        (first..=last)
            .flat_map(|day| E::of_day(conn, day).unwrap())
            .map(|row| {
                let (id, cell) = (row.external_id().to_owned(), row.cell());
                let bot = row.place(FiscalStart::default()).bot;
                (kind, id, wrap(Box::new(row)), cell, bot)
            })
            .collect()
    }
    db.db
        .read(|conn| {
            let mut all = of::<ServiceRecord>(conn, Row::Service, RowKind::Service);
            all.extend(of::<SurveyAnswer>(conn, Row::Survey, RowKind::Survey));
            all.extend(of::<Complaint>(conn, Row::Complaint, RowKind::Complaint));
            all.extend(of::<QualityReview>(conn, Row::Review, RowKind::Review));
            Ok(all)
        })
        .unwrap()
}

fn ids(rows: &[Listed]) -> Vec<String> {
    let mut ids: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
    ids.sort();
    ids
}

fn the_rows_behind_a_measure_are_those_that_count_into_it(db: &TestDb) {
    half_a_year(db);
    let all = everything(db);
    let (e1, a) = (staff(db, "E1"), team(db, "A"));
    let tree = [team(db, "HQ"), a, team(db, "B")];
    let whole_a = [a];
    let span = (day_number(day("2026-07-01")), day_number(day("2026-09-20")));
    let mut compared = 0;
    for measure in Measure::ALL {
        for &kind in RowKind::of(measure) {
            for subject in [
                Subject::Person(e1),
                Subject::Team(&whole_a),
                Subject::Team(&tree),
            ] {
                for verdict in [None, Some(Verdict::Good), Some(Verdict::Bad)] {
                    if verdict.is_some() && (!Verdict::applies(measure)) {
                        continue;
                    }
                    for channel in [None, Some(1)] {
                        let filter = RowFilter {
                            kind,
                            measure: Some(measure),
                            channel,
                            from: Some(span.0),
                            to: Some(span.1),
                            verdict,
                        };
                        let found = db
                            .db
                            .read(|conn| lists::page(conn, subject, &filter, Cut::First, 10_000))
                            .unwrap();
                        let mut expected: Vec<String> = all
                            .iter()
                            .filter(|(k, _, row, cell, bot)| {
                                let (staff_id, team_id) = row.place();
                                let whose = match subject {
                                    Subject::Person(id) => staff_id == Some(id),
                                    Subject::Team(tree) => {
                                        team_id.is_some_and(|t| tree.contains(&t))
                                    }
                                };
                                *k == kind
                                    && whose
                                    && !bot
                                    && (span.0..=span.1).contains(&row.day())
                                    && channel.is_none_or(|c| channel_of(row) == c)
                                    && counts(measure, kind, cell)
                                    && verdict.is_none_or(|v| says(measure, cell) == Some(v))
                            })
                            .map(|(_, id, ..)| id.clone())
                            .collect();
                        expected.sort();
                        assert_eq!(ids(&found), expected, "{filter:?} {subject:?}");
                        compared += expected.len();
                        let counted = db
                            .db
                            .read(|conn| lists::count(conn, subject, &filter, 40))
                            .unwrap();
                        assert_eq!(counted, expected.len().min(41) as i64);
                    }
                }
            }
        }
    }
    assert!(compared > 5_000, "{compared} rows compared");
}

fn channel_of(row: &Row) -> i32 {
    match row {
        Row::Service(r) => r.channel,
        Row::Survey(r) => r.channel,
        Row::Complaint(r) => r.channel,
        Row::Review(r) => r.channel,
    }
}

/// Whether what a row adds to the tallies is part of a measure.
fn counts(measure: Measure, kind: RowKind, cell: &espalier::evidence::model::Cell) -> bool {
    match measure {
        Measure::Median(duration) => cell.duration_n(duration) > 0,
        Measure::ComplaintRate if kind == RowKind::Complaint => cell.complaints() > 0,
        _ => cell.figure(measure).is_some(),
    }
}

/// What a single row says for a measure, by its own figure.
fn says(measure: Measure, cell: &espalier::evidence::model::Cell) -> Option<Verdict> {
    // Of a mean of answers the share of good ones decides.
    let measure = match measure {
        Measure::Mean(espalier::evidence::measures::Quantity::Csat) => {
            Measure::Share(Flag::CsatTop)
        }
        Measure::Mean(espalier::evidence::measures::Quantity::Ces) => Measure::Share(Flag::CesTop),
        other => other,
    };
    let lower = matches!(
        measure,
        Measure::Share(Flag::Reopened | Flag::Transferred | Flag::Escalated)
    );
    match cell.figure(measure)? {
        Figure::Share { hits, .. } if (hits == 1) != lower => Some(Verdict::Good),
        Figure::Share { .. } => Some(Verdict::Bad),
        Figure::Nps { promoters: 1, .. } => Some(Verdict::Good),
        Figure::Nps { detractors: 1, .. } => Some(Verdict::Bad),
        _ => None,
    }
}

fn pages_of_rows_follow_each_other_without_gap_in_both_directions(db: &TestDb) {
    half_a_year(db);
    let tree = [team(db, "HQ"), team(db, "A"), team(db, "B")];
    let e1 = staff(db, "E1");
    let mut filters = vec![
        RowFilter::all(RowKind::Service),
        RowFilter::all(RowKind::Survey),
    ];
    filters.push(RowFilter {
        measure: Some(Measure::Share(Flag::Sla)),
        ..RowFilter::all(RowKind::Service)
    });
    filters.push(RowFilter::all(RowKind::Review));
    filters.push(RowFilter {
        measure: Some(Measure::Share(Flag::Fcr)),
        channel: Some(2),
        verdict: Some(Verdict::Bad),
        ..RowFilter::all(RowKind::Service)
    });
    filters.push(RowFilter {
        from: Some(day_number(day("2026-05-05"))),
        to: Some(day_number(day("2026-08-08"))),
        ..RowFilter::all(RowKind::Service)
    });
    for filter in filters {
        for subject in [Subject::Person(e1), Subject::Team(&tree)] {
            let whole = db
                .db
                .read(|conn| lists::page(conn, subject, &filter, Cut::First, 10_000))
                .unwrap();
            assert!(whole.len() > 7, "{filter:?}");
            let keys: Vec<_> = whole.iter().map(Listed::key).collect();
            assert!(keys.is_sorted_by(|a, b| a > b));
            let mut forward = Vec::new();
            let mut cut = Cut::First;
            loop {
                let page = db
                    .db
                    .read(|conn| lists::page(conn, subject, &filter, cut, 7))
                    .unwrap();
                forward.extend(page.iter().map(Listed::key));
                match page.last() {
                    Some(last) if page.len() == 7 => cut = Cut::After(last.key()),
                    _ => break,
                }
            }
            assert_eq!(forward, keys, "{filter:?} {subject:?}");
            let mut backward = vec![*keys.last().unwrap()];
            loop {
                let cut = Cut::Before(*backward.last().unwrap());
                let page = db
                    .db
                    .read(|conn| lists::page(conn, subject, &filter, cut, 7))
                    .unwrap();
                if page.is_empty() {
                    break;
                }
                backward.extend(page.iter().map(Listed::key));
            }
            backward.reverse();
            assert_eq!(backward, keys, "{filter:?} {subject:?}");
        }
    }
}

fn the_figures_of_a_page_are_those_of_a_cycle(db: &TestDb) {
    half_a_year(db);
    let start = FiscalStart::default();
    let quarter = Quarter::of(day("2026-09-15"), start);
    let days = (
        day_number(quarter.first_day(start)),
        day_number(quarter.last_day(start)),
    );
    let e1 = staff(db, "E1");
    let tree = [team(db, "HQ"), team(db, "A"), team(db, "B")];
    db.db
        .read(|conn| {
            let window = Window {
                staff_id: e1,
                from: days.0,
                to: days.1,
            };
            let cells = figures::staff_quarter(conn, quarter.index(), None, &Columns::ALL)?;
            let medians = figures::window_medians(conn, &[window])?;
            let page = subject::overview(conn, Subject::Person(e1), quarter, start)?;
            assert_eq!(page.len(), subject::QUARTERS);
            let now = page.last().unwrap();
            let teams = figures::team_quarter(conn, quarter.index())?;
            let mut sum = figures::TeamQuarter::default();
            for id in tree {
                if let Some(team) = teams.get(&id) {
                    sum.merge(team)?;
                }
            }
            let sum = sum.total()?;
            let group = figures::Group {
                teams: Some(&tree),
                cell: &sum,
            };
            let group = figures::group_medians(conn, &[group], quarter.index(), days)?;
            let team = subject::overview(conn, Subject::Team(&tree), quarter, start)?;
            let of_team = team.last().unwrap();
            let mut seen = 0;
            for measure in Measure::ALL {
                let (expected, of_group) = match measure {
                    Measure::Median(d) => (
                        medians.get(&(window, d)).copied(),
                        group[0].get(&d).copied(),
                    ),
                    _ => (cells.people[&e1].figure(measure), sum.figure(measure)),
                };
                assert_eq!(now.figures.get(&measure).copied(), expected, "{measure:?}");
                assert_eq!(
                    of_team.figures.get(&measure).copied(),
                    of_group,
                    "{measure:?}"
                );
                seen += usize::from(expected.is_some());
                for (subject, expected) in [
                    (Subject::Person(e1), expected),
                    (Subject::Team(&tree), of_group),
                ] {
                    let course = subject::course(conn, subject, measure, quarter, days.1, start)?;
                    assert_eq!(course.quarters.last().unwrap().1, expected, "{measure:?}");
                    assert_eq!(course.quarters.len(), subject::QUARTERS);
                    let n: i64 = course.channels.iter().map(|(_, figure)| figure.n()).sum();
                    assert_eq!(n, expected.map_or(0, |figure| figure.n()), "{measure:?}");
                }
            }
            assert!(seen >= 10, "{seen} measures have figures");
            // The quarter before is there as well, with everything of it.
            assert!(page[subject::QUARTERS - 2].records > 60);
            Ok(())
        })
        .unwrap();
}

fn the_weeks_of_a_team_and_of_its_people_add_up(db: &TestDb) {
    half_a_year(db);
    let start = FiscalStart::default();
    let last = day("2026-09-20");
    let quarter = Quarter::of(last, start);
    let people = [staff(db, "E1"), staff(db, "E3")];
    let team = [team(db, "A")];
    db.db
        .read(|conn| {
            for measure in Measure::ALL {
                let mut of_people: BTreeMap<i32, i64> = BTreeMap::new();
                for id in people {
                    let course = subject::course(
                        conn,
                        Subject::Person(id),
                        measure,
                        quarter,
                        day_number(last),
                        start,
                    )?;
                    assert_eq!(course.weeks.len(), subject::WEEKS as usize);
                    assert_eq!(
                        course.weeks.last().unwrap().0,
                        day_number(day("2026-09-14"))
                    );
                    for (monday, figure) in course.weeks {
                        *of_people.entry(monday).or_default() += figure.map_or(0, |f| f.n());
                    }
                }
                let course = subject::course(
                    conn,
                    Subject::Team(&team),
                    measure,
                    quarter,
                    day_number(last),
                    start,
                )?;
                let of_team: BTreeMap<i32, i64> = course
                    .weeks
                    .into_iter()
                    .map(|(monday, figure)| (monday, figure.map_or(0, |f| f.n())))
                    .collect();
                assert_eq!(of_people, of_team, "{measure:?}");
            }
            Ok(())
        })
        .unwrap();
}

/// The reach of an employee's figures.
fn line(db: &TestDb, no: &str) -> Reach {
    Reach::of(
        Permission::ViewFigures,
        Some(staff(db, no)),
        &[],
        day("2026-10-05"),
    )
    .unwrap()
}

fn a_row_out_of_reach_is_not_found(db: &TestDb) {
    half_a_year(db);
    let row = id_of(db, "service_record", "external_id", "rE15");
    let find = |reach: &Reach, id| {
        db.db
            .read(|conn| lists::find(conn, reach, RowKind::Service, id))
    };
    assert_eq!(
        find(&line(db, "E1"), row).unwrap().listed.external_id,
        "rE15"
    );
    assert_eq!(
        find(&line(db, "E9"), row).unwrap().listed.external_id,
        "rE15"
    );
    for (reach, id) in [
        (line(db, "E2"), row),
        (line(db, "E3"), row),
        (line(db, "E9"), 999_999),
    ] {
        assert!(
            matches!(find(&reach, id), Err(Error::NotFound(_))),
            "{reach:?}"
        );
    }
    let nobody = id_of(db, "complaint", "external_id", "cE10");
    let complaint = |reach: &Reach| {
        db.db
            .read(|conn| lists::find(conn, reach, RowKind::Complaint, nobody))
    };
    assert!(complaint(&Reach::operator(day("2026-10-05"))).is_ok());
    assert!(matches!(
        complaint(&line(db, "E2")),
        Err(Error::NotFound(_))
    ));
}

fn a_row_tells_its_file_its_history_and_who_names_it(db: &TestDb) {
    company(db);
    let head = "id,opened_at,employee,channel,sla_met\n";
    records(&format!("{head}r1,2026-07-01 09:00,E1,phone,yes\n"))
        .named("first.csv")
        .load(db);
    records(&format!(
        "{head}r0,2026-07-01 08:00,E1,phone,yes\nr1,2026-07-01 09:00,E1,chat,no\n"
    ))
    .named("second.csv")
    .load(db);
    answers("id,record_id,answered_at,csat\na1,r1,2026-07-02 09:00,4\n").load(db);
    let row = id_of(db, "service_record", "external_id", "r1");
    let single = db
        .db
        .read(|conn| lists::find(conn, &line(db, "E1"), RowKind::Service, row))
        .unwrap();
    assert_eq!(single.import.unwrap().file_name, "second.csv");
    assert_eq!(single.listed.row.file_line(), 3);
    assert_eq!(single.changes.len(), 1);
    assert_eq!(single.changes[0].file_name.as_deref(), Some("second.csv"));
    assert!(single.changes[0].before_json.contains("\"sla\":true"));
    let named: Vec<&str> = single
        .named_by
        .iter()
        .map(|l| l.external_id.as_str())
        .collect();
    assert_eq!(named, ["a1"]);
}

fn a_team_is_reached_one_by_one_as_all_together(db: &TestDb) {
    company(db);
    let today = day("2026-10-05");
    let mut reaches = vec![Reach::operator(today)];
    reaches.extend(["E9", "E1", "E2"].map(|no| line(db, no)));
    for reach in &reaches {
        for code in ["HQ", "A", "B"] {
            let (together, alone) = db
                .db
                .read(|conn| {
                    let together = reach::teams(conn, reach)?.holds(team(db, code));
                    Ok((together, reach::find_team(conn, reach, code)))
                })
                .unwrap();
            assert_eq!(alone.is_ok(), together, "{code} {reach:?}");
        }
        let missing = db.db.read(|conn| reach::find_team(conn, reach, "Z"));
        assert!(matches!(missing, Err(Error::NotFound(_))));
    }
    let tree = db
        .db
        .read(|conn| reach::find_team(conn, &reaches[1], "HQ"))
        .unwrap();
    assert_eq!(tree.tree.len(), 3);
}

fn a_warning_is_found_once_and_decided_once(db: &TestDb) {
    company(db);
    // Fourteen steady weeks of team A and one bad one; team B is steady throughout.
    let mut csv = String::from("id,opened_at,employee,channel,sla_met\n");
    for week in 0..15_u64 {
        let monday = day("2026-06-15") + chrono::Days::new(7 * week);
        for (e, employee) in ["E1", "E2"].into_iter().enumerate() {
            let good = if e == 0 && week == 14 {
                12
            } else {
                26 + week % 3
            };
            for at in 0..30 {
                let sla = if at < good { "yes" } else { "no" };
                writeln!(
                    csv,
                    "{employee}-{week}-{at},{monday} 09:00,{employee},phone,{sla}"
                )
                .unwrap();
            }
        }
    }
    records(&csv).load(db);
    // Monday after the last week, and again a day later.
    let monday = day_number(day("2026-09-28"));
    let start = FiscalStart::default();
    let find = |day| {
        db.db
            .write(|conn| warnings::find(conn, day, start, now()))
            .unwrap()
    };
    assert_eq!(find(monday - 1), 0, "the week is not over");
    assert_eq!(find(monday), 2, "the team and its only person");
    assert_eq!(find(monday), 0);
    assert_eq!(find(monday + 1), 0);
    let list = |reach: &Reach, state| {
        db.db
            .read(|conn| {
                let teams = reach::teams(conn, reach)?;
                findings::page(conn, reach, &teams, &Filter::of(state), Start::First, 51)
            })
            .unwrap()
    };
    let today = day("2026-10-05");
    let all = list(&Reach::operator(today), State::Open);
    assert_eq!(all.len(), 2);
    assert!(
        all.iter()
            .all(|f| f.measure == "sla" && f.words.importance == 3)
    );
    assert_eq!(all[0].day, day_number(day("2026-09-21")));
    let view =
        |no: &str| Reach::of(Permission::ViewFindings, Some(staff(db, no)), &[], today).unwrap();
    assert_eq!(list(&view("E9"), State::Open).len(), 2);
    let own = list(&view("E1"), State::Open);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].staff.as_ref().unwrap().0, "E1");
    assert!(list(&view("E2"), State::Open).is_empty());
    let id = own[0].id;
    let decide = |reach: &Reach, version, state| {
        db.db
            .write(|conn| findings::decide(conn, reach, id, version, state, &actor()))
    };
    assert!(matches!(
        decide(&view("E2"), 1, State::Noted),
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        decide(&view("E9"), 1, State::Open),
        Err(Error::Invalid(_))
    ));
    decide(&view("E9"), 1, State::Noted).unwrap();
    assert!(matches!(
        decide(&view("E9"), 1, State::Dismissed),
        Err(Error::Conflict(_))
    ));
    assert_eq!(list(&view("E9"), State::Noted).len(), 1);
    assert_eq!(list(&view("E9"), State::Open).len(), 1);
    assert_eq!(db.count("audit_event where action = 'finding.decide'"), 1);
}

fn a_department_asks_for_no_more_queries_than_a_few(db: &TestDb) {
    half_a_year(db);
    let tree = [team(db, "HQ"), team(db, "A"), team(db, "B")];
    let start = FiscalStart::default();
    let last = day("2026-09-20");
    let quarter = Quarter::of(last, start);
    let e1 = staff(db, "E1");
    queries::install();
    // Under the counter, as somebody who opens the database now.
    let fresh = open(db.db.address().clone());
    let queries = |work: &mut dyn FnMut(&mut Conn)| {
        queries::counted(db.db.address(), || {
            fresh
                .read(|conn| {
                    work(conn);
                    Ok(())
                })
                .unwrap();
        })
    };
    for subject in [Subject::Person(e1), Subject::Team(&tree)] {
        let n = queries(&mut |conn| {
            subject::overview(conn, subject, quarter, start).unwrap();
        });
        assert!(n <= 3, "{n} for {subject:?}");
        for measure in Measure::ALL {
            let n = queries(&mut |conn| {
                subject::course(conn, subject, measure, quarter, day_number(last), start).unwrap();
            });
            assert!(n <= 4, "{n} for {measure:?} of {subject:?}");
        }
        let n = queries(&mut |conn| {
            let filter = RowFilter::all(RowKind::Service);
            lists::page(conn, subject, &filter, Cut::First, 51).unwrap();
            lists::count(conn, subject, &filter, 1_000).unwrap();
        });
        assert!(n <= 3, "{n} for {subject:?}");
    }
}

/// The first address in a page that begins like this, as a browser reads it.
fn link(page: &Page, start: &str) -> String {
    let text = page.text();
    let at = text
        .find(&format!("href=\"{start}"))
        .unwrap_or_else(|| panic!("no link to {start} in {text}"));
    let rest = &text[at + 6..];
    rest[..rest.find('"').unwrap()]
        .replace("&amp;", "&")
        .replace("&#x2F;", "/")
}

fn a_figure_is_followed_down_to_file_and_line(db: &TestDb) {
    half_a_year(db);
    queries::install();
    let who = [
        somebody(db, &[Role::Hr], None),
        somebody(db, &[Role::Hr], None).chinese(),
        somebody(db, &[], Some("E9")),
    ];
    for browser in who {
        // So many queries and no more: on a list six, elsewhere ten.
        let get = |address: &str, most: usize| {
            let mut page = None;
            let n = queries::counted(db.db.address(), || page = Some(browser.get(address)));
            let page = page.unwrap().expect(200);
            assert!(n <= most, "{address} asks {n} times");
            assert!(page.bytes.len() < 40_000, "{address}: {}", page.bytes.len());
            page
        };
        for base in ["/people/E1", "/teams/A", "/teams/HQ"] {
            let all = get(&format!("{base}/measures?quarter=2026Q3"), 10);
            for measure in Measure::ALL {
                let way = format!("{base}/measures/{}?quarter=2026Q3", measure.code());
                if all.has(&way) {
                    get(&way, 10);
                }
            }
            let measure = get(&link(&all, &format!("{base}/measures/fcr")), 10);
            assert!(
                measure.has("chart-xmr") && measure.has("chart-line") && measure.has("chart-dots")
            );
            let rows = get(
                &link(
                    &measure,
                    &format!("{base}/records?kind=service&amp;measure=fcr"),
                ),
                6,
            );
            assert!(rows.has("service-records.csv:"));
            let row = get(&link(&rows, "/records/service/"), 10);
            assert!(row.has("service-records.csv") && row.has("<h2"));
            get(
                &link(
                    &measure,
                    &format!("{base}/records?kind=service&amp;measure=fcr&amp;from"),
                ),
                6,
            );
            for kind in RowKind::ALL {
                let list = get(&format!("{base}/records?kind={}", kind.code()), 6);
                get(&link(&list, &format!("/records/{}/", kind.code())), 10);
            }
        }
        get("/teams/HQ/complaints?quarter=2026Q3", 10);
        browser.get("/people/E1/measures/attrition").expect(404);
        browser.get("/people/E1/records?strange=1").expect(400);
        browser
            .get("/people/E1/records?after=x~y&from=never")
            .expect(200);
        browser.get("/records/service/999999").expect(404);
        browser.get("/records/strange/1").expect(404);
    }
}

/// The text between two others.
fn between(page: &Page, from: &str, to: &str) -> String {
    let text = page.text();
    let rest = text.split_once(from).unwrap().1;
    rest.split_once(to).unwrap().0.to_string()
}

fn a_page_asked_for_no_quarter_is_about_the_newest_with_records(db: &TestDb) {
    half_a_year(db);
    let hr = somebody(db, &[Role::Hr], None);
    // Today is in 2026Q4, the rows end in 2026Q3; E9 has none.
    for (base, quarter) in [
        ("/people/E1", "2026Q3"),
        ("/people/E9", "2026Q4"),
        ("/teams/A", "2026Q3"),
        ("/teams/HQ", "2026Q3"),
    ] {
        let name = between(&hr.get(base).expect(200), "<h1>", "</h1>");
        for page in ["measures", "measures/fcr"] {
            let page = hr.get(&format!("{base}/{page}")).expect(200);
            let shown = between(&page, "<b aria-current=\"page\">", "</b>");
            assert_eq!(shown, quarter, "{base}");
            let title = between(&page, "<h1>", "</h1>");
            assert!(title.starts_with(&format!("{name}: ")), "{title}");
        }
        let asked = hr
            .get(&format!("{base}/measures?quarter=2026Q2"))
            .expect(200);
        assert_eq!(
            between(&asked, "<b aria-current=\"page\">", "</b>"),
            "2026Q2"
        );
    }
    let complaints = hr.get("/teams/HQ/complaints").expect(200);
    assert_eq!(
        between(&complaints, "<b aria-current=\"page\">", "</b>"),
        "2026Q3"
    );
}

fn the_export_holds_exactly_the_rows_of_the_list(db: &TestDb) {
    half_a_year(db);
    let hr = somebody(db, &[Role::Hr], None);
    for base in ["/people/E1", "/teams/HQ"] {
        let query = "kind=service&measure=fcr&verdict=bad&from=2026-04-01";
        let mut address = format!("{base}/records?{query}");
        let mut listed = Vec::new();
        loop {
            let page = hr.get(&address).expect(200);
            let text = page.text();
            listed.extend(
                text.split("<th scope=\"row\"><a href=")
                    .skip(1)
                    .map(|rest| {
                        let rest = rest.split_once('>').unwrap().1;
                        rest.split_once('<').unwrap().0.to_owned()
                    }),
            );
            if !text.contains("rel=\"next\"") {
                break;
            }
            let at = text.find("rel=\"next\" href=\"").unwrap() + 17;
            let rest = &text[at..];
            address = rest[..rest.find('"').unwrap()]
                .replace("&amp;", "&")
                .replace("&#x2F;", "/");
        }
        assert!(listed.len() > 55, "{}", listed.len());
        let csv = hr
            .get(&format!("{base}/records.csv?{query}"))
            .expect(200)
            .text();
        let exported: Vec<&str> = csv
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(1).unwrap())
            .collect();
        assert_eq!(exported, listed);
    }
    assert_eq!(db.count("audit_event where action = 'export'"), 2);
}

fn a_small_team_is_withheld_from_those_who_may_not_read_its_rows(db: &TestDb) {
    half_a_year(db);
    let address = "/teams/A/measures?quarter=2026Q3";
    let shown = somebody(db, &[Role::Hr], None).get(address).expect(200);
    assert!(shown.has("SLA attainment") && !shown.has("withheld"));
    for role in [Role::Leadership, Role::Trainer] {
        let browser = somebody(db, &[role], None);
        let page = browser.get(address).expect(200);
        assert!(page.has("withheld") && !page.has("SLA attainment"));
        let page = browser
            .get("/teams/A/measures/sla?quarter=2026Q3")
            .expect(200);
        assert!(page.has("withheld") && !page.has("chart-xmr"));
        let page = browser
            .get("/teams/A/complaints?quarter=2026Q3")
            .expect(200);
        assert!(page.has("withheld") && !page.has("chart-pareto"));
        browser.get("/teams/A/records").expect(403);
    }
}

fn a_small_group_does_not_follow_from_a_whole_and_its_other_parts(db: &TestDb) {
    make::teams(
        "code,name_zh,name_en,parent\n\
         HQ,总部,Head office,\n\
         A,一组,Team one,HQ\n\
         B,二组,Team two,HQ\n",
    )
    .load(db);
    let mut csv = String::from("employee_no,name,name_en,team,job_role,manager,hired_on\n");
    let hire = |csv: &mut String, no: u32, team: &str| {
        writeln!(csv, "E{no},甲{no},Person {no},{team},agent,,2015-03-02").unwrap();
    };
    for no in 1..=6 {
        hire(&mut csv, no, "A");
    }
    for no in 7..=8 {
        hire(&mut csv, no, "B");
    }
    make::staff(&csv).load(db);
    let today = day("2026-10-05");
    let open = |codes: &[&str]| {
        let found = db.db.read(|conn| reach::open_teams(conn, today)).unwrap();
        let wanted: std::collections::BTreeSet<i64> = codes.iter().map(|c| team(db, c)).collect();
        assert_eq!(found, wanted);
    };
    // Six of eight: the other two would follow from the whole, so the whole gives way, and with it, below
    // the company, the six.
    open(&[]);
    for no in 9..=11 {
        hire(&mut csv, no, "B");
    }
    make::staff(&csv).load(db);
    open(&["A", "B", "HQ"]);
}

fn a_finding_is_decided_from_the_page(db: &TestDb) {
    company(db);
    let new = NewFinding {
        kind: Kind::EarlyWarning,
        measure: "sla".to_owned(),
        about: About::Person(staff(db, "E1")),
        day: day_number(day("2026-09-21")),
        details: Details::Warning(Warning {
            rule: Rule::BeyondLimit,
            value: 40.0,
            mean: 90.0,
            lower: 80.0,
            upper: 100.0,
            n: 30,
            worse: true,
        }),
        words: Words::weighed(3, 3),
        evidence: Source::default(),
        dedupe_key: "k".to_owned(),
    };
    let added = db
        .db
        .write(|conn| findings::add(conn, &[new], now()))
        .unwrap();
    assert_eq!(added, 1);
    let manager = somebody(db, &[], Some("E9"));
    let list = manager.get("/findings").expect(200);
    assert!(list.has("2026-09-21") && list.has("/people/E1/measures/sla"));
    let (once, version) = (list.value("once"), list.value("row_version"));
    let sent = [
        ("state", "noted"),
        ("once", &once),
        ("row_version", &version),
    ];
    let id = id_of(db, "finding", "dedupe_key", "k");
    let address = format!("/findings/{id}/state");
    for _ in 0..2 {
        // The same form again is the same decision.
        let done = manager.post(&address, &sent).expect(303);
        assert!(done.location().starts_with("/findings?said="));
    }
    let stale = [("state", "dismissed"), ("row_version", "1")];
    manager.post(&address, &stale).expect(409);
    let strange = [("state", "open"), ("row_version", "2")];
    manager.post(&address, &strange).expect(422);
    somebody(db, &[], Some("E2"))
        .post(&address, &stale)
        .expect(404);
    assert!(
        manager
            .get("/findings?state=noted")
            .expect(200)
            .has("2026-09-21")
    );
    assert!(!manager.get("/findings").expect(200).has("2026-09-21"));
    assert_eq!(db.count("audit_event where action = 'finding.decide'"), 1);
}
