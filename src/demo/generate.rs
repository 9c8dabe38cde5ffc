//! The invented company's data, as files: Clearspring (清源), which services household water
//! purifiers and heat pumps in Suzhou. 60 people in six teams, four quarters of all four kinds of
//! evidence, in both languages; the same options give the same bytes on every platform. It feeds
//! `demo`, the tests and, scaled up, the measurements.
//!
//! Effects are planted, so that one can see whether the figures find them. `Q` is the last quarter;
//! the sizes hold from about 6,000 records a quarter on.
//!
//! | who ([`planted`]) | what | size |
//! |---|---|---|
//! | `FE` | improves after a process change: half of it in the last quarter but one, all in Q | SLA attainment from 74 % over 83 % to 92 %, satisfied customers from 76 % over 83 % to 91 % |
//! | `HT` | works faster and less thoroughly, by the same steps | handling time from 100 % over 90 % to 79 %, first contact resolution from 80 % over 74 % to 68 % |
//! | `KA` | is small | about 190 contacts a quarter |
//! | `E1003` | is very good | more than 100 answers in Q, 95 % of them satisfied |
//! | `E1005` | has too few answers | three in Q, all of them 5 |
//! | `E1011` | joins on day 50 of Q | 43 days in scope of 92 |
//! | `E1019` | joins on day 20 of Q | 73 days in scope |
//! | `E1008` | moves from `SC` to `KA` on day 48 of Q | 47 days here, 45 there |
//! | `E1027` | leaves on day 31 of Q | no contact from that day on |
//! | `E1030` | has no complaint | 0 in all quarters |
//! | `E1040` | has a cluster of complaints | 6 substantiated ones in Q on 16 contacts in a row |
//! | `SC` | has a bot | about 7 % of all contacts |
//! | - | contacts without a person | about 0.8 % unattributed, 1.2 % given up by the caller |
//! | `FE`, `FW` | rest on Sundays | no contact is opened |
//! | - | two corrected records in Q | one of `SC` goes to a colleague, one of `FW` was within its SLA |
//!
//! Everywhere a customer whose case was solved in the first contact and in time is more often
//! satisfied (by 10 points each), about 22 % answer the survey, and about 3 of 1,000 contacts bring a
//! complaint, of which two thirds are substantiated.

use std::io;
use std::path::{Path, PathBuf};

mod company;
mod contacts;
pub mod draw;
pub mod names;
mod period;
mod reviews;
mod table;
#[cfg(test)]
mod tests;

/// People of the company with the planted effects; the least a company can have.
pub const CORE_STAFF: usize = 60;

/// Whom the planted effects are about: codes of teams and employee numbers. The table above says
/// what is planted.
pub mod planted {
    /// The team whose SLA attainment and customer satisfaction rise.
    pub const IMPROVING_TEAM: &str = "FE";
    /// The team that gets faster and solves less in the first contact.
    pub const HASTY_TEAM: &str = "HT";
    /// The team with few contacts.
    pub const SMALL_TEAM: &str = "KA";
    /// The team of the record that goes to a colleague by correction.
    pub const REATTRIBUTED_IN: &str = "SC";
    /// The team of the record that a correction finds within its SLA.
    pub const RESETTLED_IN: &str = "FW";
    /// Many answers, nearly all of them satisfied.
    pub const STAR: &str = "E1003";
    /// Exactly three answers in the last quarter.
    pub const THREE_ANSWERS: &str = "E1005";
    /// Changes teams in the middle of the last quarter.
    pub const TRANSFER: &str = "E1008";
    /// Joins too late in the last quarter to be rated.
    pub const LATE_JOINER: &str = "E1011";
    /// Joins early enough in the last quarter to be rated.
    pub const EARLY_JOINER: &str = "E1019";
    /// Leaves in the last quarter.
    pub const LEAVER: &str = "E1027";
    /// Has no complaint in any quarter.
    pub const NO_COMPLAINTS: &str = "E1030";
    /// Has six substantiated complaints in a row.
    pub const COMPLAINT_CLUSTER: &str = "E1040";
    /// Leads the team that gets faster, and rates everybody too well in every quarter.
    pub const LENIENT_RATER: &str = "E1054";
}

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Decides every draw.
    pub seed: u64,
    /// Number of people, at least [`CORE_STAFF`]; those beyond it are added in branches of teams of
    /// ten.
    pub staff: usize,
    /// Number of service records in all quarters together.
    pub records: usize,
    /// Number of calendar quarters, 1 to 400.
    pub quarters: usize,
    /// Year and quarter (1 to 4) of the last one.
    pub last_quarter: (i32, u32),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            staff: CORE_STAFF,
            records: 24_000,
            quarters: 4,
            last_quarter: (2026, 3),
        }
    }
}

/// Where the files are. All are UTF-8 CSV with a header and the columns of the importer; times are
/// those of the clock on the wall in Asia/Shanghai.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub teams: PathBuf,
    pub staff: PathBuf,
    pub service_records: PathBuf,
    pub survey_answers: PathBuf,
    pub complaints: PathBuf,
    pub quality_reviews: PathBuf,
    /// Service records again, as they should have been; to be imported after the others.
    pub corrections: PathBuf,
}

/// Writes the files into `dir`, which is made if need be; files of the same names are replaced. One
/// day of contacts is held in memory at a time.
///
/// # Errors
/// `InvalidInput` for numbers outside the ranges of [`Options`]; otherwise what the file system
/// says.
pub fn write_files(dir: &Path, options: &Options) -> io::Result<Files> {
    if options.staff < CORE_STAFF {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let period = period::Period::new(options.quarters, options.last_quarter)?;
    let company = company::Company::new(options.seed, options.staff, &period);
    std::fs::create_dir_all(dir)?;
    let files = Files {
        teams: dir.join("teams.csv"),
        staff: dir.join("staff.csv"),
        service_records: dir.join("service-records.csv"),
        survey_answers: dir.join("survey-answers.csv"),
        complaints: dir.join("complaints.csv"),
        quality_reviews: dir.join("quality-reviews.csv"),
        corrections: dir.join("corrections.csv"),
    };
    company.write_teams(&files.teams)?;
    company.write_staff(&files.staff, &period)?;
    contacts::write(&company, &period, options, &files)?;
    reviews::write(&company, &period, options.seed, &files.quality_reviews)?;
    Ok(files)
}
