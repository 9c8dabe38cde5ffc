//! What the tests stand on: private databases, builders of files, readable pictures of the tallies,
//! a browser in the process, a counter of queries.

pub mod db;
pub mod hiring;
pub mod html;
pub mod http;
pub mod make;
pub mod program;
pub mod queries;
pub mod recruit;
pub mod sink;
pub mod source;
pub mod tallies;
pub mod web;
