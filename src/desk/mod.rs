//! Where people start: what waits for them, their team, and the way to everything else.
//!
//! The feature above all others: it may read of each, and nothing reads of it.

pub mod calendar;
pub mod pages;
pub mod store;
pub mod view;
