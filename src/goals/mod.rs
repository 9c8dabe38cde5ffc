//! Goals: the KPI library, what a figure is worth, and goal sheets with their versions.

pub mod import;
pub mod model;
pub mod pages;
pub mod store;
pub mod view;
