//! What readers of the pages of recruitment see.

pub mod analytics;
pub mod openings;
