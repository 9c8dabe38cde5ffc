//! Recruitment in the database.

pub mod reach;
