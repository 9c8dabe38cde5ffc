//! What a reader sees of goals: `aims` (how targets and weights are written), `library` (the pages of KPIs),
//! `notes` and `values` (theirs).

pub mod aims;
pub mod library;
pub mod notes;
pub mod values;
