//! What readers of the pages of recruitment see.

pub mod careers;
pub mod openings;
