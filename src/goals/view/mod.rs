//! What a reader sees of goals: `aims` (how targets and weights are written), `library` (the pages of KPIs).

pub mod aims;
pub mod library;
