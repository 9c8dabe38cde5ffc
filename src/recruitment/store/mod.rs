//! Recruitment in the database.

pub mod checks;
pub mod decisions;
pub mod due;
pub mod offers;
pub mod reach;
pub mod rounds;
