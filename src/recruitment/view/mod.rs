//! What readers of the pages of recruitment see.

pub mod analytics;
pub mod careers;
pub mod decisions;
pub mod interviews;
pub mod openings;
pub mod rounds;
