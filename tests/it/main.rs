//! The integration tests: the program's public face against real databases and files.
//!
//! Every test of stored data runs on SQLite and on PostgreSQL, each time in a database of its own
//! (`support/db.rs`). `scripts/postgres cargo test` brings the server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod support;

mod access;
mod accounts;
mod architecture;
mod audit;
mod backends;
mod backup;
mod candidates;
mod candidates_pages;
mod careers;
mod cli;
mod crawl;
mod cycle_pages;
mod cycles;
mod demo;
mod evidence;
mod evidence_pages;
mod goals_pages;
mod import;
mod imports_pages;
mod judgement;
mod judging;
mod kill;
mod notices;
mod openings;
mod outcomes;
mod people;
mod people_pages;
mod plans_pages;
mod recompute;
mod recount;
mod recruitment_analytics;
mod reports;
mod reports_pages;
mod retention;
mod reviews_pages;
mod samples;
mod serve;
mod texts;
