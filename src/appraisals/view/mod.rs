//! What a reader sees of appraisals: `rules` (sheets and grades of a cycle or template), then the pages:
//! `cycles` (list, board, people), `goals` and `team_goals`, `reviews`, `templates`, and what becomes of results.

pub mod appeals;
pub mod calibration;
pub mod cycles;
pub mod fairness;
pub mod feedback;
pub mod goals;
pub mod reviews;
pub mod rewards;
pub mod rules;
pub mod standing;
pub mod team_goals;
pub mod templates;
