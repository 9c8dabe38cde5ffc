//! Types and rules of recruitment, pure.

pub mod analytics;
pub mod application;
pub mod attachment;
pub mod candidate;
pub mod codes;
pub mod decision;
pub mod interview;
pub mod invitation;
pub mod lint;
pub mod opening;
pub mod resume;
pub mod selection;
