//! Cycles, goal sheets, results and templates in the database; `board` and `people` are what pages read of them,
//! `agreement` how goal sheets are agreed, `due` what waits for whom; `amend` to `feedback` and `rewards` what becomes
//! of a frozen result.

pub mod agreement;
pub mod amend;
pub mod appeals;
pub mod board;
pub mod calibration;
pub mod cycles;
pub mod direct;
pub mod due;
pub mod fairness;
pub mod feedback;
pub mod findings;
pub mod people;
pub mod results;
pub mod reviews;
pub mod rewards;
pub mod sheets;
pub mod standing;
pub mod templates;
