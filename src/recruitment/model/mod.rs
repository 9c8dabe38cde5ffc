//! Types and rules of recruitment, pure.

pub mod application;
pub mod candidate;
pub mod codes;
