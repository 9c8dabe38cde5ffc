//! Types and rules of recruitment, pure.

pub mod application;
pub mod candidate;
pub mod codes;
pub mod lint;
pub mod opening;
pub mod resume;
