//! Pure statistics: numbers in, numbers out, no database, no clock, no text.
//!
//! Evidence is held as a [`tally::Tally`] of whole numbers, so sums are exact in any order. Floats
//! appear only in the estimates made from it: means, intervals, quantiles and shrunken values. A
//! function answers `None` where there is not enough evidence; it never answers with a zero.

pub mod agreement;
pub mod alpha;
pub mod contrast;
pub mod control;
pub mod fraction;
pub mod icc;
pub mod intervals;
pub mod kappa;
pub mod quantiles;
pub mod raters;
pub mod selection;
pub mod shrinkage;
pub mod strata;
pub mod studentized;
pub mod tally;

pub use intervals::Interval;
pub use tally::Tally;
