//! People: teams, job roles, staff, and who was where, as what, under whom, on which day.
//!
//! Rules: an employee has at most one posting on a day; intervals are half-open, `9999-12-31` is
//! "still"; a team's place in the tree is dated likewise; nobody is deleted.

pub mod groups;
pub mod import;
pub mod model;
pub mod pages;
pub mod store;
pub mod view;
