//! What a reader sees of appraisals: `rules` (sheets and grades of a cycle or template).

pub mod rules;
