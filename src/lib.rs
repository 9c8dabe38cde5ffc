//! Espalier: the frame along which a customer-service team grows.
//!
//! In reading order: what everything stands on (`error`, `access`, `config`, `calendar`, `i18n`, `db`, `settings`,
//! `audit`, `snapshots`, `stats`, `charts`, `import`), then the features, each using only those above
//! it (`people`, `findings`, `evidence`, `goals`, `appraisals`, `plans`, `recruitment`, `reports`), then the edges (`web`, `demo`, `cli`).

pub mod coded;
pub mod config;
pub mod due;
pub mod error;

pub mod calendar;
pub mod charts;
pub mod i18n;
pub mod stats;

pub mod access;
pub mod audit;
pub mod db;
pub mod drafts;
pub mod files;
pub mod import;
pub mod jobs;
pub mod keys;
pub mod render;
pub mod seeds;
pub mod settings;
pub mod snapshots;

pub mod accounts;
pub mod appraisals;
pub mod evidence;
pub mod findings;
pub mod goals;
pub mod judgement;
pub mod people;
pub mod plans;
pub mod recruitment;
pub mod reports;

pub mod desk;
pub mod imports;

pub mod admin;

pub mod cli;
pub mod demo;
pub mod web;
