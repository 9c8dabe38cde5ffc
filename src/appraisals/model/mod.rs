//! Types and rules of appraisal cycles, pure.

pub mod cycle;
pub mod fairness;
pub mod findings;
pub mod outcome;
pub mod result;
pub mod review;
pub mod rules;
pub mod score;
pub mod template;
