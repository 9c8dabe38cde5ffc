//! What administrators and auditors see of the program itself: the trail of who did what, checks of what is
//! stored, jobs and how they ended.

pub mod jobs;
pub mod model;
pub mod pages;
pub mod store;
pub mod view;

use crate::appraisals::store::results::wrong_copies;
use crate::audit;
use crate::db::Db;
use crate::error::{Message, Result};
use crate::evidence::store::{Orphans, Recount, orphans, recount};
use crate::people::store::reach::misfits;
use crate::recruitment::store::decisions;
use crate::settings::Settings;
use crate::snapshots;

/// What a check of everything stored found.
pub struct Checked {
    pub recount: Recount,
    pub orphans: Vec<Orphans>,
    /// People whose copied total or grade is not that of their frozen result, as `CYCLE/NO`, and applications whose
    /// total is not that of their frozen decision.
    pub copies: Vec<String>,
    /// Days of reporting lines that do not follow from the postings.
    pub reporting_lines: usize,
    pub events: u64,
    pub versions: u64,
}

impl Checked {
    /// Counts the tallies again, looks for what points nowhere, verifies both chains: in one view of the data.
    ///
    /// # Errors
    /// `Conflict` when a chain is broken.
    pub fn of(db: &Db) -> Result<Checked> {
        db.read(|conn| {
            let fiscal_start = Settings::load(conn)?.fiscal_start;
            Ok(Checked {
                recount: recount(conn, fiscal_start)?,
                orphans: orphans(conn)?,
                copies: {
                    let mut copies = wrong_copies(conn)?;
                    copies.extend(decisions::wrong_copies(conn)?);
                    copies
                },
                reporting_lines: misfits(conn)?,
                events: audit::verify(conn)?,
                versions: snapshots::verify(conn)?,
            })
        })
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.recount.differences.is_empty()
            && self.orphans.is_empty()
            && self.copies.is_empty()
            && self.reporting_lines == 0
    }

    /// The same in sentences.
    #[must_use]
    pub fn lines(&self) -> Vec<Message> {
        let mut lines = vec![
            Message::new("check-counted")
                .with("rows", self.recount.rows)
                .with("cells", self.recount.cells)
                .with("events", self.events)
                .with("versions", self.versions),
        ];
        lines.extend(self.recount.differences.iter().map(|difference| {
            let key: Vec<String> = difference
                .key
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            Message::new("check-difference")
                .with("table", difference.table)
                .with("key", key.join(", "))
        }));
        lines.extend(self.orphans.iter().map(|orphan| {
            Message::new("check-orphan")
                .with("table", orphan.table)
                .with("column", orphan.column)
                .with("count", orphan.count)
        }));
        if !self.copies.is_empty() {
            lines.push(Message::new("check-copies").with("who", self.copies.join(", ")));
        }
        if self.reporting_lines > 0 {
            let line = Message::new("check-reporting-lines").with("count", self.reporting_lines);
            lines.push(line);
        }
        if self.is_sound() {
            lines.push(Message::new("check-sound"));
        }
        lines
    }
}
