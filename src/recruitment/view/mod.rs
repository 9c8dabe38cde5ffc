//! What readers of the pages of recruitment see.

pub mod analytics;
pub mod application;
pub mod board;
pub mod candidates;
pub mod careers;
pub mod decisions;
pub mod interviews;
pub mod names;
pub mod openings;
pub mod profile;
pub mod rounds;
