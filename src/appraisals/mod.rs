//! Appraisals.

pub mod jobs;
pub mod model;
pub mod pages;
pub mod store;
pub mod view;
