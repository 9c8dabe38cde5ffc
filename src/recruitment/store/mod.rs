//! Recruitment in the database.

pub mod analytics;
pub mod reach;
