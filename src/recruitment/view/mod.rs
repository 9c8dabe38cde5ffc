//! What readers of the pages of recruitment see.

pub mod application;
pub mod board;
pub mod candidates;
pub mod names;
pub mod openings;
pub mod profile;
