//! Recruitment in the database.

pub mod analytics;
pub mod applications;
pub mod board;
pub mod candidates;
pub mod careers;
pub mod checks;
pub mod decisions;
pub mod due;
pub mod moves;
pub mod offers;
pub mod openings;
pub mod profiles;
pub mod reach;
pub mod reading;
pub mod retention;
pub mod rounds;

/// Rows of one statement: any limit of bound values is far above.
const CHUNK: usize = 1_000;

/// Whoever takes applications in or moves them, one at a time: a step is checked against what is stored and nothing
/// comes between.
const LOCK: &str = "application";
