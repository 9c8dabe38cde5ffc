//! Appraisals.

pub mod model;
pub mod store;
