//! Types and rules of recruitment, pure.

pub mod codes;
pub mod lint;
pub mod opening;
