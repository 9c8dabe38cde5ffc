//! Espalier: the frame along which a customer-service team grows.
pub mod appraisals;
pub mod audit;
pub mod calendar;
pub mod db;
pub mod error;
pub mod evidence;
pub mod goals;
pub mod import;
pub mod people;
pub mod seeds;
pub mod settings;
pub mod snapshots;
pub mod stats;
