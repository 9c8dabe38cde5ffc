//! Findings: what was found about a person or a team, before anybody plans anything.
//!
//! Rules: the same thing is found once (`dedupe_key`); a finding is never deleted, a person says what
//! becomes of it; whoever reaches the person or the team reaches the finding.

pub mod model;
pub mod store;
