//! Builders: files written to a temporary folder and taken in through the public import.

use chrono::{NaiveDate, NaiveDateTime};
use espalier::accounts::store as accounts;
use espalier::appraisals::store::due;
use espalier::audit::Actor;
use espalier::due::Due;
use espalier::error::Result;
use espalier::evidence::import::{COMPLAINTS, QUALITY_REVIEWS, SERVICE_RECORDS, SURVEY_ANSWERS};
use espalier::import::Mapping;
use espalier::import::run::{Kind, Options, Outcome, import};
use espalier::people::import::{STAFF, TEAMS};
use espalier::settings::Settings;

use super::db::TestDb;

/// A moment of 2026-10-05, as the tests' clock shows it.
pub fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 10, 5)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .unwrap()
}

/// A cycle of three figures: SLA, complaint rate, CSAT. Agreement and reviews are not asked for.
pub const TEMPLATE: &str = r#"
name_zh = "三项指标"
name_en = "Three figures"
agreement = false
[weights]
kpi = 10000
competency = 0
[[sheet]]
items = [
  { kpi = "sla", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "complaint_rate", weight_bp = 2000, threshold = 200, target = 100, stretch = 0 },
  { kpi = "csat", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
]
"#;

/// A cycle of three figures: SLA, reopen rate, CSAT; `$asks` is what is asked of people beside them.
macro_rules! three_figures {
    ($asks:literal, $kpi_bp:literal, $competency_bp:literal) => {
        concat!(
            "name_zh = \"三项指标\"\n",
            "name_en = \"Three figures\"\n",
            $asks,
            "[weights]\n",
            "kpi = ",
            $kpi_bp,
            "\ncompetency = ",
            $competency_bp,
            "\n[[sheet]]\n",
            "items = [\n",
            "  { kpi = \"sla\", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },\n",
            "  { kpi = \"reopen_rate\", weight_bp = 2000, threshold = 20, target = 10, stretch = 0 },\n",
            "  { kpi = \"csat\", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },\n",
            "]\n",
        )
    };
}

/// Both sides agree to goals; figures alone count.
pub const AGREED: &str = three_figures!("agreement = true\n", 10000, 0);

/// Managers review, figures alone count.
pub const REVIEWED: &str = three_figures!("agreement = false\nreviews = true\n", 10000, 0);

/// The person, colleagues and the manager say something, and competencies count.
pub const REVIEWED_BY_ALL: &str = three_figures!(
    "agreement = false\nreviews = true\npeers = true\n",
    7000,
    3000
);

/// Whoever runs the tests.
pub fn actor() -> Actor {
    Actor {
        name: "cli".to_string(),
        at: now(),
    }
}

/// A date.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A file about to be imported.
pub struct File {
    kind: &'static Kind,
    name: String,
    bytes: Vec<u8>,
    mapping: Mapping,
    options: Options,
}

/// A file of a kind.
pub fn file(kind: &'static Kind, content: impl Into<Vec<u8>>) -> File {
    File {
        kind,
        name: format!("{}.csv", kind.name),
        bytes: content.into(),
        mapping: Mapping::default(),
        options: Options::default(),
    }
}

pub fn teams(csv: &str) -> File {
    file(&TEAMS, csv)
}

pub fn staff(csv: &str) -> File {
    file(&STAFF, csv)
}

pub fn records(csv: &str) -> File {
    file(&SERVICE_RECORDS, csv)
}

pub fn answers(csv: &str) -> File {
    file(&SURVEY_ANSWERS, csv)
}

pub fn complaints(csv: &str) -> File {
    file(&COMPLAINTS, csv)
}

pub fn reviews(csv: &str) -> File {
    file(&QUALITY_REVIEWS, csv)
}

impl File {
    /// Under another file name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self
    }

    /// Read through a mapping file.
    pub fn mapped(mut self, toml: &str) -> Self {
        self.mapping = Mapping::parse(toml).unwrap();
        self
    }

    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    pub fn create_missing(mut self) -> Self {
        self.options.create_missing = true;
        self
    }

    pub fn skip_bad(mut self) -> Self {
        self.options.skip_bad = true;
        self
    }

    /// Imports it.
    pub fn import(self, to: &TestDb) -> Result<Outcome> {
        let path = to.folder().join(&self.name);
        std::fs::write(&path, &self.bytes).unwrap();
        let done = import(
            &to.db,
            self.kind,
            &path,
            self.mapping,
            self.options,
            &actor(),
        );
        done.map(|(outcome, _)| outcome)
    }

    /// Imports it; every row must be good.
    pub fn load(self, to: &TestDb) -> Outcome {
        let outcome = self.import(to).unwrap();
        assert!(outcome.kept, "{:#?}", outcome.problems);
        assert_eq!(outcome.bad_rows, 0);
        outcome
    }

    /// Imports it; it must be refused for its rows, and nothing may have changed. Gives the problems
    /// as `line column value reason`.
    pub fn refused(self, to: &TestDb) -> Vec<String> {
        let before = to.state();
        let outcome = self.import(to).unwrap();
        assert!(!outcome.kept, "{outcome:#?}");
        assert!(outcome.bad_rows > 0);
        assert_eq!(to.state(), before, "a refused file left something behind");
        problems(&outcome)
    }
}

/// The problems of an import, each as `line column value reason (arguments)`.
pub fn problems(outcome: &Outcome) -> Vec<String> {
    outcome
        .problems
        .iter()
        .map(|p| {
            let reason = p.reason.key().trim_start_matches("import-reason-");
            let args: Vec<String> = p.reason.args().into_iter().map(|(_, v)| v).collect();
            let args = match args.as_slice() {
                [] => String::new(),
                args => format!(" ({})", args.join(", ")),
            };
            format!("{} {} [{}] {reason}{args}", p.line, p.column, p.value)
        })
        .collect()
}

/// What an import did, as `new/changed/unchanged/deleted`.
pub fn did(outcome: &Outcome) -> String {
    let l = &outcome.loaded;
    format!("{}/{}/{}/{}", l.new, l.changed, l.unchanged, l.deleted)
}

/// An agent of [`company`], in team A.
pub const AGENT: &str = "E1";

/// Who leads everybody in [`company`].
pub const LEAD: &str = "E9";

/// A head office with two teams; E1 and E3 in A, E2 in B, E9 leads both.
pub fn company(db: &TestDb) {
    teams(
        "code,name_zh,name_en,parent\n\
         HQ,总部,Head office,\n\
         A,一组,Team one,HQ\n\
         B,二组,Team two,HQ\n",
    )
    .load(db);
    staff(
        "employee_no,name,name_en,team,job_role,manager,hired_on\n\
         E9,王强,Wang Qiang,HQ,manager,,2015-01-05\n\
         E1,张伟,Zhang Wei,A,agent,E9,2015-03-02\n\
         E2,李娜,Li Na,B,agent,E9,2015-03-02\n\
         E3,陈杰,Chen Jie,A,agent,E9,2015-03-02\n",
    )
    .load(db);
}

/// What waits for somebody in the cycles at work on a day.
pub fn due_of(db: &TestDb, employee_no: &str, today: NaiveDate) -> Vec<Due> {
    db.db
        .read(|conn| {
            let me = accounts::staff_of(conn, employee_no)?;
            let zone = Settings::load(conn)?.zone;
            let cycles = due::cycles(conn)?.running;
            due::due(conn, &cycles, me, today, zone)
        })
        .unwrap()
}
