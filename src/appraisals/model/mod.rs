//! Types and rules of appraisal cycles, pure.

pub mod result;
pub mod rules;
