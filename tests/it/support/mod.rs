//! What the tests stand on: private databases, builders of files, readable pictures of the tallies.

pub mod db;
pub mod html;
pub mod make;
pub mod program;
pub mod source;
pub mod tallies;
