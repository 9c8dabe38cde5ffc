//! Types and rules of recruitment, pure.

pub mod analytics;
pub mod codes;
pub mod selection;
