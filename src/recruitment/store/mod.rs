//! Recruitment in the database.

pub mod openings;
pub mod reach;

/// Whoever takes applications in or moves them, one at a time: a step is checked against what is stored and nothing
/// comes between.
const LOCK: &str = "application";
