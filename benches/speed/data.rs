//! What is measured on: the invented company, scaled up.

use std::path::{Path, PathBuf};

use espalier::demo::generate::{Files, Options, write_files};

use crate::store::{Server, Store};
use crate::{Args, Outcome, measure};

/// The columns of the measured file, of those the generator writes: 13 that a ticket system has.
pub const COLUMNS: [&str; 13] = [
    "id",
    "employee",
    "team",
    "opened_at",
    "resolved_at",
    "channel",
    "category",
    "handle_seconds",
    "first_contact_resolved",
    "sla_met",
    "reopened",
    "transferred",
    "escalated",
];

/// The files of a company.
pub fn company(folder: &Path, people: usize, records: usize, quarters: usize) -> Outcome<Files> {
    let options = Options {
        staff: people,
        records,
        quarters,
        ..Options::default()
    };
    Ok(write_files(folder, &options)?)
}

/// Writes the service records with [`COLUMNS`] alone.
pub fn narrow(from: &Path, to: &Path) -> Outcome<()> {
    let mut reader = csv::Reader::from_path(from)?;
    let header = reader.headers()?.clone();
    let at: Vec<usize> = COLUMNS
        .iter()
        .filter_map(|name| header.iter().position(|column| column == *name))
        .collect();
    let mut writer = csv::Writer::from_path(to)?;
    writer.write_record(COLUMNS)?;
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row)? {
        writer.write_record(at.iter().map(|&at| &row[at]))?;
    }
    Ok(writer.flush()?)
}

/// The cycle that is scored and reported.
pub const CYCLE: &str = "2026Q3";

/// Seven KPIs for everybody, the most a sheet may have. Agreements and reviews are not asked for: nobody is there to give them.
const TEMPLATE: &str = r#"
name_zh = "测速"
name_en = "Measurement"
reviews = false
agreement = false

[weights]
kpi = 10000
competency = 0

[[sheet]]
items = [
  { kpi = "qa", weight_bp = 2000, threshold = 80, target = 90, stretch = 95 },
  { kpi = "fcr", weight_bp = 1500, threshold = 65, target = 75, stretch = 82 },
  { kpi = "complaint_rate", weight_bp = 1000, threshold = 8, target = 3, stretch = 1 },
  { kpi = "sla", weight_bp = 1500, threshold = 80, target = 90, stretch = 95 },
  { kpi = "aht", weight_bp = 1000, outer_low = 120, low = 240, high = 480, outer_high = 900 },
  { kpi = "csat", weight_bp = 2000, threshold = 75, target = 85, stretch = 92 },
  { kpi = "nps", weight_bp = 1000, threshold = 10, target = 30, stretch = 50 },
]

[group]
items = [
  { kpi = "qa", weight_bp = 5000, threshold = 80, target = 90, stretch = 95 },
  { kpi = "csat", weight_bp = 5000, threshold = 75, target = 85, stretch = 92 },
]
"#;

/// Four quarters of evidence and the last one's cycle.
pub struct Cycle {
    files: Files,
    pub template: PathBuf,
}

impl Cycle {
    /// Writes the files.
    pub fn make(args: &Args, folder: &Path) -> Outcome<Self> {
        let files = company(
            &folder.join("cycle"),
            args.people as usize,
            args.records as usize,
            4,
        )?;
        let template = folder.join("cycle/template.toml");
        std::fs::write(&template, TEMPLATE)?;
        Ok(Cycle { files, template })
    }

    /// A database with the cycle in evaluation: the next step is the one that scores.
    pub fn load(&self, server: &Server, folder: &Path) -> Outcome<Store> {
        let store = server.make("cycle", folder)?;
        let url = store.url();
        let espalier =
            |args: &[&str]| measure::espalier(&[args, &["--database", &url]].concat(), folder);
        espalier(&["migrate"])?;
        let loads = [
            ("teams", &self.files.teams),
            ("staff", &self.files.staff),
            ("service-records", &self.files.service_records),
            ("survey-answers", &self.files.survey_answers),
            ("complaints", &self.files.complaints),
            ("quality-reviews", &self.files.quality_reviews),
        ];
        for (kind, file) in loads {
            espalier(&["import", kind, &file.display().to_string()])?;
        }
        let template = self.template.display().to_string();
        espalier(&["cycle", "create", CYCLE, "--template", &template])?;
        advance(&store, "evaluation", folder)?;
        Ok(store)
    }
}

/// Walks the cycle to a state.
pub fn advance(store: &Store, state: &str, folder: &Path) -> Outcome<measure::Run> {
    let url = store.url();
    let args = [
        "cycle",
        "advance",
        CYCLE,
        "--to",
        state,
        "--reason",
        "measured",
        "--database",
        &url,
    ];
    measure::espalier(&args, folder)
}
