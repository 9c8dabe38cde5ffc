//! What a reader sees of evidence. Pure: figures and rows in, structs for templates out.
//!
//! Reading order: `gauge` (how a figure is written), `series` (weeks and quarters with their charts),
//! `pareto` (complaints by category): reports are made of these as well. Then the pages of the browser:
//! `measures`, `rows`, `findings`.

pub mod findings;
pub mod gauge;
pub mod measures;
pub mod pareto;
pub mod rows;
pub mod series;
