//! What a reader sees of goals: `aims` (how targets and weights are written).

pub mod aims;
