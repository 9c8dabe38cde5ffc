//! Cycles, goal sheets, results and templates in the database; `board` and `people` are what pages read of them.

pub mod board;
pub mod cycles;
pub mod findings;
pub mod people;
pub mod results;
pub mod sheets;
pub mod templates;
