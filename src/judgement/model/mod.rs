//! Types and rules of judgement, pure: scorecards, sheets, what several sheets come to.

pub mod card;
pub mod panel;
pub mod sheet;
