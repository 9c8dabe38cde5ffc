//! Recruitment in the database.

pub mod applications;
pub mod careers;
pub mod board;
pub mod candidates;
pub mod moves;
pub mod openings;
pub mod profiles;
pub mod reach;
pub mod retention;
pub mod reading;

/// Rows of one statement: any limit of bound values is far above.
const CHUNK: usize = 1_000;

/// Whoever takes applications in or moves them, one at a time: a step is checked against what is stored and nothing
/// comes between.
const LOCK: &str = "application";
