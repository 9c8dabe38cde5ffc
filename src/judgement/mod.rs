//! Judgement as anchored criteria: versioned scorecards, occasions of judging (panels), and the sheets of those
//! who judge. It knows nothing of who uses it: a feature's row points at a panel, never the reverse.

pub mod model;
pub mod pages;
pub mod store;
pub mod view;
