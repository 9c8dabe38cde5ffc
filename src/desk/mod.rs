//! Where people start: what waits for them, and the way to everything else.

pub mod pages;
