//! Cycles, goal sheets, results and templates in the database; `board` and `people` are what pages read of them,
//! `agreement` how goal sheets are agreed, `due` what waits for whom.

pub mod agreement;
pub mod board;
pub mod cycles;
pub mod direct;
pub mod due;
pub mod people;
pub mod results;
pub mod reviews;
pub mod sheets;
pub mod templates;
