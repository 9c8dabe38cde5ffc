//! Appraisals.

pub mod model;
