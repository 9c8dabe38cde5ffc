//! What readers of the pages of recruitment see.

pub mod openings;
