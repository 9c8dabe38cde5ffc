//! What a reader sees of evidence. Pure: figures and rows in, structs for templates out.
//!
//! Reading order: `gauge` (how a figure is written), `series` (weeks and quarters with their charts),
//! `pareto` (complaints by category). Reports are made of the same parts.

pub mod gauge;
pub mod pareto;
pub mod series;
