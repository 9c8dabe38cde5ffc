//! Cycles, goal sheets and results in the database.

pub mod cycles;
pub mod results;
pub mod sheets;
