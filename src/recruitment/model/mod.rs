//! Types and rules of recruitment, pure.

pub mod codes;
