//! Files loaded in the browser: uploaded, their columns named, checked without keeping anything, loaded.
//! The reading and loading itself is that of the command line (`import::run`); here is what a person needs
//! around it.
//!
//! - `columns`: which column of a file is which of ours, guessed and chosen
//! - `jobs`: the check and the load, away from the request
//! - `store`, `view`, `pages`

pub mod columns;
pub mod jobs;
pub mod pages;
pub mod store;
pub mod view;

use crate::error::{Error, Message, Result};
use crate::evidence::import::{COMPLAINTS, QUALITY_REVIEWS, SERVICE_RECORDS, SURVEY_ANSWERS};
use crate::goals::import::KPI_VALUES;
use crate::import::run::Kind;
use crate::people::import::{STAFF, TEAMS};
use crate::recruitment::import::CANDIDATES;

/// What can be loaded, in the order in which a new organisation loads it.
pub const KINDS: [&Kind; 8] = [
    &TEAMS,
    &STAFF,
    &SERVICE_RECORDS,
    &SURVEY_ANSWERS,
    &COMPLAINTS,
    &QUALITY_REVIEWS,
    &KPI_VALUES,
    &CANDIDATES,
];

/// The kind of a name.
///
/// # Errors
/// `NotFound` when there is none.
pub fn kind(name: &str) -> Result<&'static Kind> {
    let found = KINDS.into_iter().find(|kind| kind.name == name);
    found.ok_or_else(|| Error::NotFound(Message::new("imports-no-kind").with("kind", name)))
}
