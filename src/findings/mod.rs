//! Findings: what was found about a person, a team or the company, before anybody plans anything.
//!
//! Rules: the same thing is found once (`dedupe_key`); a finding is never deleted, a person says what
//! becomes of it; whoever reaches the person or the team reaches the finding, but nobody learns of a result
//! of their own from a finding before it is released. Registers (risks, ideas, needs, ...) are kinds.

pub mod model;
pub mod store;
