//! Evidence: service records, survey answers, complaints, quality reviews, and the tallies made of them.
//!
//! Rules: a row carries the employee and the team as they were at the time of service; rows and
//! tallies are written in one transaction; the last state is in the row, earlier ones in
//! `record_change`; `check` recounts everything.

pub mod figures;
pub mod import;
pub mod measures;
pub mod model;
pub mod pages;
pub mod rows;
pub mod store;
pub mod tallies;
pub mod themes;
pub mod view;
pub mod warnings;
