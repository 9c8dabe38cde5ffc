//! What a reader sees of appraisals: `rules` (sheets and grades of a cycle or template), then the pages:
//! `cycles` (list, board, people), `goals` and `team_goals`, `reviews`, `templates`.

pub mod cycles;
pub mod goals;
pub mod reviews;
pub mod rules;
pub mod team_goals;
pub mod templates;
