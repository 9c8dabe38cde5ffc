//! Improvement plans of a person, a team or a process: a problem with its figure, causes, a target, actions,
//! reviews, and a verdict that follows from an interval and a minimum effect named beforehand.
//!
//! Reading order: `model` (states, lint, effect, verdict), `store`, `view`, `reading` (all of a plan at once), `pages`. A person's plan is the
//! evidence file of Article 40 of the labour contract law as well (domain.md 2.4): what was asked, what was
//! offered, what was assessed, what the person says.

pub mod jobs;
pub mod model;
pub mod pages;
pub mod reading;
pub mod store;
pub mod view;
