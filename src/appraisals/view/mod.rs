//! What a reader sees of appraisals: `rules` (sheets and grades of a cycle or template), then the pages:
//! `cycles` (list, board, people), `reviews`, `templates`.

pub mod cycles;
pub mod reviews;
pub mod rules;
pub mod templates;
