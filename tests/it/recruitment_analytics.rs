//! The figures of recruitment over a small company reckoned by hand, who sees them, and that nothing is told of
//! groups of fewer than five.

use std::fmt::Write as _;

use espalier::access::Role;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{TEMPLATE, company, records};
use crate::support::program::{build, create_cycle, files, force_to, read_json};
use crate::support::queries;
use crate::support::web::{Browser, Page, somebody};

both! {
    the_funnel_its_times_and_sources_are_those_reckoned_by_hand,
    a_period_and_an_opening_narrow_the_figures,
    whoever_leads_sees_their_own_openings_and_nobody_sees_their_own_application,
    selection_is_told_in_fives_to_those_who_may_see_it,
    what_was_counted_before_erasure_counts_on,
    raters_are_compared_when_all_sheets_are_in,
    the_same_figures_are_a_file_and_leave_a_trace,
    the_report_of_the_quarter_tells_the_same,
    the_figures_ask_few_queries,
}

/// Statements that fill the tables, with numbers of our own.
#[derive(Default)]
struct Made {
    sql: String,
    application: i64,
    panel: i64,
}

/// How far an application came: the stage it ended or stands at, and how.
struct Fate<'a> {
    opening: i64,
    n: i64,
    stage: i64,
    state: &'a str,
    source: &'a str,
    /// Of July 2026; days of later months are days after its first.
    applied: i64,
    gender: &'a str,
}

const USUAL: Fate<'static> = Fate {
    opening: 1,
    n: 1,
    stage: 1,
    state: "rejected",
    source: "careers",
    applied: 10,
    gender: "",
};

/// Eight o'clock so many days after the last of June 2026.
fn moment(day: i64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    let day = first + chrono::Days::new(u64::try_from(day).unwrap());
    format!("{day} 08:00:00.000000")
}

impl Made {
    /// An opening of a team with screening, interview and offer; its stages are ten times its number and 1 to 3.
    fn opening(
        &mut self,
        id: i64,
        team: &str,
        owner: &str,
        published: i64,
        head_count: i64,
        state: &str,
    ) {
        let at = moment(published);
        let owner = match owner {
            "" => "null".to_string(),
            no => format!("(select id from staff where employee_no = '{no}')"),
        };
        writeln!(
            self.sql,
            "insert into opening (id, code, team_id, job_role_id, owner_id, head_count, state, title_zh, title_en, \
             body_zh, body_en, reason, pass_rule_json, knock_outs_json, requested_by, requested_at, published_at) \
             values ({id}, 'OP-{id}', (select id from team where code = '{team}'), (select min(id) from job_role), \
             {owner}, {head_count}, '{state}', '客服{id}', 'Agent {id}', '', '', '', '{{}}', '[]', 'hr', '{at}', '{at}');"
        )
        .unwrap();
        for (position, kind) in [(1, "screening"), (2, "interview"), (3, "offer")] {
            writeln!(
                self.sql,
                "insert into opening_stage (id, opening_id, position, kind, name_zh, name_en, blind, raters, kit_json) \
                 values ({}, {id}, {position}, '{kind}', '{kind}', 'The {kind}', false, 2, '[]');",
                10 * id + position
            )
            .unwrap();
        }
    }

    /// Applications that fared alike. A stage takes two days to pass; a rejection takes one day more than that.
    fn apply(&mut self, fate: &Fate<'_>) {
        for _ in 0..fate.n {
            self.application += 1;
            let (id, opening) = (self.application, fate.opening);
            let (applied, stage) = (moment(fate.applied), 10 * opening + fate.stage);
            let end = fate.applied + 2 * (fate.stage - 1) + 3;
            let closed = match fate.state {
                "active" => "null".to_string(),
                _ => format!("'{}'", moment(end)),
            };
            let (state, source) = (fate.state, fate.source);
            writeln!(
                self.sql,
                "insert into candidate (id, code, name, name_en, sort_key, locale, profile_json, created_at) \
                 values ({id}, 'C-{id}', 'n', 'n', 'n', 'zh-CN', '{{}}', '{applied}');\n\
                 insert into application (id, code, opening_id, candidate_id, stage_id, state, source, applied_at, \
                 entered_at, closed_at) values ({id}, 'A-{id}', {opening}, {id}, {stage}, '{state}', '{source}', \
                 '{applied}', '{applied}', {closed});"
            )
            .unwrap();
            for position in 1..=fate.stage {
                let to = 10 * opening + position;
                let from = match position {
                    1 => "null".to_string(),
                    _ => (to - 1).to_string(),
                };
                let at = moment(fate.applied + 2 * (position - 1));
                self.step(id, &from, &to.to_string(), "active", &format!("'{at}'"));
            }
            if fate.state != "active" {
                self.step(id, &stage.to_string(), "null", state, &closed);
            }
            if !fate.gender.is_empty() {
                writeln!(
                    self.sql,
                    "insert into application_group values ({id}, 'gender', '{}');",
                    fate.gender
                )
                .unwrap();
            }
        }
    }

    fn step(&mut self, application: i64, from: &str, to: &str, state: &str, at: &str) {
        writeln!(
            self.sql,
            "insert into application_move (application_id, from_stage_id, to_stage_id, state, moved_at, note) \
             values ({application}, {from}, {to}, '{state}', {at}, '');"
        )
        .unwrap();
    }

    /// Of a gender, so many passed the screening of an opening and so many were rejected there.
    fn screened(&mut self, opening: i64, gender: &str, passed: i64, rejected: i64) {
        self.apply(&Fate {
            opening,
            gender,
            n: passed,
            stage: 2,
            state: "active",
            ..USUAL
        });
        self.apply(&Fate {
            opening,
            gender,
            n: rejected,
            ..USUAL
        });
    }

    /// An interview in which the four employees gave these totals; the last sheet may be still to come.
    fn judged(&mut self, totals: [i64; 4], last: &str) {
        self.panel += 1;
        let panel = 1_000 + self.panel;
        writeln!(
            self.sql,
            "insert into panel (id, version_id, blind, anonymous, min_shown) values ({panel}, \
             (select min(version_id) from criterion), true, false, 0);\n\
             insert into interview (application_id, stage_id, round_no, panel_id, state, place, kit_json, ics_uid, \
             ics_sequence) values ({}, 12, 1, {panel}, 'held', '', '[]', 'uid{panel}', 0);",
            self.panel
        )
        .unwrap();
        for (at, (no, total)) in ["E1", "E2", "E3", "E9"].iter().zip(totals).enumerate() {
            let state = if at == 3 { last } else { "submitted" };
            writeln!(
                self.sql,
                "insert into sheet (panel_id, rater_id, role, state, revision_no, total_h, critical_failed, summary) \
                 values ({panel}, (select id from staff where employee_no = '{no}'), 'interviewer', '{state}', 1, \
                 {}, false, '');\n\
                 insert into rating (sheet_id, criterion_id, points_h, not_applicable, note, evidence) select \
                 max(id), (select min(id) from criterion), {}, false, '', '' from sheet;",
                100 * total,
                100 * total
            )
            .unwrap();
        }
    }

    fn load(self, db: &TestDb) {
        db.run(&self.sql);
    }
}

/// Two openings: the first, of E9, in July for three places; the second, of nobody, over since.
fn hiring() -> Made {
    let mut made = Made::default();
    made.opening(1, "A", "E9", 1, 3, "published");
    made.opening(2, "B", "", 32, 1, "closed");
    let referral = Fate {
        source: "referral",
        ..USUAL
    };
    for fate in [
        Fate { n: 10, ..USUAL },
        Fate {
            n: 2,
            state: "active",
            ..USUAL
        },
        Fate {
            state: "withdrawn",
            ..referral
        },
        Fate {
            n: 4,
            stage: 2,
            ..USUAL
        },
        Fate {
            stage: 2,
            state: "active",
            ..referral
        },
        Fate {
            stage: 3,
            state: "hired",
            ..referral
        },
        Fate {
            stage: 3,
            state: "hired",
            applied: 20,
            ..referral
        },
        // Of the fourth quarter.
        Fate {
            opening: 2,
            n: 6,
            stage: 2,
            source: "agency",
            applied: 100,
            ..USUAL
        },
    ] {
        made.apply(&fate);
    }
    made
}

fn hr(db: &TestDb) -> Browser {
    somebody(db, &[Role::Hr], None)
}

/// The cells of the row that begins with a name.
fn row(page: &Page, name: &str) -> Vec<String> {
    let text = page.text();
    let start = format!("<th scope=\"row\">{name}");
    let at = text
        .find(&start)
        .unwrap_or_else(|| panic!("no row {name} in {text}"));
    let row = &text[at..];
    row[..row.find("</tr>").unwrap()]
        .split("<td")
        .skip(1)
        .map(|cell| {
            let cell = &cell[cell.find('>').unwrap() + 1..cell.find("</td>").unwrap()];
            cell.replace("<span class=\"note\">", "")
                .replace("</span>", "")
        })
        .collect()
}

fn the_funnel_its_times_and_sources_are_those_reckoned_by_hand(db: &TestDb) {
    company(db);
    hiring().load(db);
    let page = hr(db).get("/recruitment").expect(200);
    // 26 came: 13 to the interview, 2 to the offer. Of 23 decided at the screening 13 passed.
    assert_eq!(
        row(&page, "Screening"),
        ["26", "13", "2", "10", "1", "57 %", "2.0", "3.0", "24"]
    );
    assert_eq!(
        row(&page, "Interview"),
        ["13", "2", "1", "10", "0", "17 %", "3.0", "3.0", "12"]
    );
    assert_eq!(
        row(&page, "Offer"),
        ["2", "2", "0", "0", "0", "100 %", "3.0", "–", "2"]
    );
    // Wilson of 2 in 4: scipy 1.17 binomtest(2, 4).proportion_ci(method="wilson") is .150 to .850.
    assert_eq!(row(&page, "Referral"), ["4", "2", "50 %", "15 % – 85 %"]);
    assert_eq!(row(&page, "Careers page")[..2], ["16", "0"]);
    assert_eq!(row(&page, "Agency")[..2], ["6", "0"]);
    // Published on July 1; hired on July 17 and 27: 16 and 26 days.
    assert!(page.has("21.0 days") && page.has("median, 2 hires"));
    assert_eq!(
        row(&page, "<a href=\"/openings/OP-1\">Agent 1"),
        ["3", "2", "1", "2026-07-01"]
    );
    assert!(!page.has("Agent 2</a>"));
    let page = hr(db).chinese().get("/recruitment").expect(200);
    assert!(page.has("招聘漏斗") && page.has("26 份申请中，录用 2 人。"));
}

fn a_period_and_an_opening_narrow_the_figures(db: &TestDb) {
    company(db);
    hiring().load(db);
    let hr = hr(db);
    let page = hr.get("/recruitment?period=2026Q3").expect(200);
    assert_eq!(row(&page, "Screening")[0], "20");
    let page = hr.get("/recruitment?period=2026Q4").expect(200);
    assert_eq!(row(&page, "Screening")[0], "6");
    // The hires are of the third quarter, the open place is of now.
    assert!(!page.has("Time to fill</dt>") && page.has("OP-1"));
    let page = hr.get("/recruitment?opening=OP-2").expect(200);
    assert_eq!(row(&page, "The screening")[0], "6");
    assert!(page.has("Every place of the published openings is filled."));
    hr.get("/recruitment?opening=OP-9").expect(404);
    // What is no quarter is not asked for.
    let page = hr.get("/recruitment?period=soon").expect(200);
    assert_eq!(row(&page, "Screening")[0], "26");
    hr.get("/recruitment?state=hired").expect(400);
}

fn whoever_leads_sees_their_own_openings_and_nobody_sees_their_own_application(db: &TestDb) {
    company(db);
    let mut made = hiring();
    made.sql.push_str(
        "update candidate set staff_id = (select id from staff where employee_no = 'E3') where id = 1;",
    );
    made.load(db);
    let lead = somebody(db, &[], Some("E9"));
    let page = lead.get("/recruitment").expect(200);
    assert_eq!(row(&page, "Screening")[0], "20");
    assert!(!page.has("OP-2") && !page.has("/recruitment/selection"));
    lead.get("/recruitment?opening=OP-2").expect(404);
    lead.get("/recruitment/selection").expect(403);
    let page = somebody(db, &[], Some("E1"))
        .get("/recruitment")
        .expect(200);
    assert!(page.has("No opening yet."));
    // An applicant of the house is kept out of what is said of them.
    let page = somebody(db, &[Role::Hr], Some("E3"))
        .get("/recruitment")
        .expect(200);
    assert_eq!(row(&page, "Screening")[0], "25");
    assert_eq!(row(&page, "Screening")[3], "9");
    let page = somebody(db, &[Role::Leadership], None)
        .get("/recruitment")
        .expect(200);
    assert_eq!(row(&page, "Screening")[0], "26");
    assert!(!page.has("/openings/OP-1"));
    for role in [
        Role::Leadership,
        Role::Auditor,
        Role::Trainer,
        Role::Administrator,
    ] {
        let reader = somebody(db, &[role], None);
        reader.get("/recruitment/selection").expect(403);
        reader.get("/recruitment/selection.csv").expect(403);
    }
    for role in [Role::Trainer, Role::Administrator] {
        somebody(db, &[role], None).get("/recruitment").expect(403);
    }
}

fn selection_is_told_in_fives_to_those_who_may_see_it(db: &TestDb) {
    company(db);
    let mut made = Made::default();
    made.opening(1, "A", "E9", 1, 3, "published");
    made.opening(2, "B", "", 32, 1, "published");
    made.screened(1, "male", 20, 10);
    made.screened(1, "female", 10, 20);
    made.load(db);
    let hr = hr(db);
    let page = hr.get("/recruitment/selection").expect(200);
    // 10 of 30 beside 20 of 30: scipy 1.17 and statsmodels 0.15 for z, Fisher, Katz and Mantel-Haenszel.
    let female = row(&page, "Female");
    assert_eq!(
        female,
        [
            "30",
            "10",
            "33 %",
            "0.50",
            "0.28 – 0.88",
            "−2.58 (0.010)",
            "0.019",
            "0.25 (0.09 – 0.73)",
            "0.010"
        ]
    );
    assert!(page.has("Below four fifths") && page.has("Gender: Screening"));
    // Nobody was rejected or went on at the interview: nothing is decided there.
    assert!(!page.has("Gender: Interview"));
    let page = hr
        .get("/recruitment/selection?opening=OP-1&period=2026Q3")
        .expect(200);
    assert_eq!(row(&page, "Female"), female);
    hr.get("/recruitment/selection?opening=OP-9").expect(404);

    // Two women of another opening could be told from the whole and the first opening.
    let mut more = Made {
        application: 60,
        ..Made::default()
    };
    more.screened(2, "male", 10, 10);
    more.screened(2, "female", 1, 1);
    more.load(db);
    let page = hr.get("/recruitment/selection").expect(200);
    assert_eq!(row(&page, "Female")[0], "32");
    for opening in ["OP-1", "OP-2"] {
        let page = hr
            .get(&format!("/recruitment/selection?opening={opening}"))
            .expect(200);
        assert!(page.has("There are not two groups") && !page.has("<th scope=\"row\">Female"));
    }

    // Three of a third group: they follow from all of them, so one more goes, and one alone is not compared.
    let mut few = Made {
        application: 100,
        ..Made::default()
    };
    few.screened(1, "other", 1, 2);
    few.load(db);
    let page = hr.get("/recruitment/selection").expect(200);
    assert!(page.has("There are not two groups") && !page.has("Male"));
    // Among many who say nothing they cannot be told.
    let mut silent = Made {
        application: 110,
        ..Made::default()
    };
    silent.screened(1, "", 10, 10);
    silent.load(db);
    let page = hr.get("/recruitment/selection").expect(200);
    assert_eq!(row(&page, "Female")[..2], ["32", "11"]);
    assert!(page.has("One group is left out") && !page.has("<th scope=\"row\">Other"));
}

fn what_was_counted_before_erasure_counts_on(db: &TestDb) {
    company(db);
    let mut made = Made::default();
    made.opening(1, "A", "E9", 1, 3, "published");
    made.screened(1, "male", 20, 10);
    made.screened(1, "female", 10, 10);
    made.sql.push_str(
        "insert into selection_count values (1, 1, 'gender', 'female', 10, 0), (1, 1, 'gender', 'male', 0, 0);",
    );
    made.load(db);
    let page = hr(db).get("/recruitment/selection").expect(200);
    assert_eq!(row(&page, "Female")[..2], ["30", "10"]);
}

/// Shrout & Fleiss (1979), table 2: six targets, four judges.
const JUDGED: [[i64; 4]; 6] = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
];

fn raters_are_compared_when_all_sheets_are_in(db: &TestDb) {
    company(db);
    let mut made = hiring();
    for totals in JUDGED {
        made.judged(totals, "submitted");
    }
    // Not all are in: it would turn the result, and tell the last what the others gave.
    made.judged([1, 10, 1, 10], "draft");
    made.load(db);
    let page = hr(db).get("/recruitment").expect(200);
    let total = row(&page, "Total");
    assert_eq!(
        total[..5],
        [
            "6",
            "24",
            "ICC(2)",
            "0.29 (0.02 – 0.76)",
            "0.62 (0.07 – 0.93)"
        ]
    );
    assert!(page.has("Agreement about totals is moderate"));
    // Those applications are of the third quarter.
    let page = hr(db).get("/recruitment?period=2026Q4").expect(200);
    assert!(page.has("There are not five occasions yet"));
}

fn the_same_figures_are_a_file_and_leave_a_trace(db: &TestDb) {
    company(db);
    let mut made = hiring();
    made.screened(1, "male", 20, 10);
    made.screened(1, "female", 10, 20);
    made.load(db);
    let hr = hr(db);
    let csv = hr.get("/recruitment.csv?opening=OP-2").expect(200).text();
    for line in [
        "Funnel,The screening,Came to it,6",
        "Funnel,The interview,Rejected,6",
        "Sources,Agency,Applications,6",
    ] {
        assert!(csv.lines().any(|l| l == line), "{line} is not in {csv}");
    }
    let csv = hr.get("/recruitment/selection.csv").expect(200).text();
    for line in [
        "Gender: Screening,Female,Impact ratio,0.50",
        "Gender: Screening,Female,Below four fifths,yes",
    ] {
        assert!(csv.lines().any(|l| l == line), "{line} is not in {csv}");
    }
    let traces =
        db.lines("select subject as line from audit_event where action = 'export' order by id");
    assert_eq!(traces, ["recruitment", "recruitment-selection"]);
}

fn the_report_of_the_quarter_tells_the_same(db: &TestDb) {
    company(db);
    records("id,opened_at,employee,sla_met\n1,2026-08-03 09:00,E1,yes\n").load(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    // Nobody was ever looked for: there is nothing to tell.
    let before = build(db, "2026Q3", "before", "leadership");
    assert!(
        !files(&before)
            .iter()
            .any(|name| name.contains("recruitment"))
    );
    let mut made = hiring();
    made.screened(1, "male", 20, 10);
    made.screened(1, "female", 10, 20);
    made.load(db);
    let leadership = build(db, "2026Q3", "leadership", "leadership");
    let data = read_json(&leadership.join("data/recruitment.json"));
    assert_eq!(data["applications"], 80);
    assert_eq!(data["hired"], 2);
    assert_eq!(data["open_places"], 1);
    assert_eq!(data["stages"][0]["stage"], "screening");
    assert_eq!(data["stages"][0]["entered"], 80);
    assert_eq!(data["time_to_fill"]["median"], 21.0);
    // What applicants state of themselves is not for leadership, as in the application.
    assert!(data["selection"].is_null());
    for language in ["en", "zh-CN"] {
        let html =
            std::fs::read_to_string(leadership.join(language).join("recruitment.html")).unwrap();
        assert!(html.contains("OP-1") && !html.contains("href=\"/openings"));
        assert!(!html.contains("Female") && !html.contains("女"));
        let overview =
            std::fs::read_to_string(leadership.join(language).join("index.html")).unwrap();
        assert!(overview.contains("recruitment.html"));
    }
    let all = build(db, "2026Q3", "all", "all");
    let data = read_json(&all.join("data/recruitment.json"));
    assert_eq!(data["selection"][0]["value"], "female");
    assert_eq!(data["selection"][0]["ratio"], 0.5);
    assert!(
        !files(&build(db, "2026Q3", "team", "team:A"))
            .iter()
            .any(|name| name.contains("recruitment"))
    );

    force_to(db, "2026Q3", "feedback");
    let page = hr(db).get("/reports/2026Q3/recruitment").expect(200);
    assert_eq!(row(&page, "Screening")[0], "80");
    assert!(page.has("Below four fifths"));
    let reader = somebody(db, &[Role::Leadership], None);
    let page = reader.get("/reports/2026Q3/recruitment").expect(200);
    assert!(!page.has("Below four fifths"));
    assert!(
        reader
            .get("/reports/2026Q3")
            .expect(200)
            .has("/reports/2026Q3/recruitment")
    );
    somebody(db, &[], Some("E9"))
        .get("/reports/2026Q3/recruitment")
        .expect(403);
}

fn the_figures_ask_few_queries(db: &TestDb) {
    queries::install();
    company(db);
    let mut made = hiring();
    for totals in JUDGED {
        made.judged(totals, "submitted");
    }
    made.screened(1, "male", 20, 10);
    made.load(db);
    let hr = somebody(db, &[Role::Hr], Some("E9"));
    for (path, most) in [
        ("/recruitment", 10),
        ("/recruitment?opening=OP-1&period=2026Q3", 10),
        ("/recruitment/selection?opening=OP-1", 6),
    ] {
        hr.get(path).expect(200);
        let asked = queries::counted(db.db.address(), || {
            hr.get(path).expect(200);
        });
        assert!(asked <= most, "{path} asks {asked} queries");
    }
}
