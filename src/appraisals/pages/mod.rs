//! Pages of cycles (`cycles`: list, board, steps, people), of the goals in them (`goals`, `team_goals`), of reviews in
//! them (`reviews`), of their templates (`templates`), and of what becomes of results: `fairness`, `calibration`,
//! `feedback` (release, interview, acknowledgement), `appeals`, `rewards`.

mod appeals;
mod calibration;
mod cycles;
mod fairness;
mod feedback;
mod goals;
mod reviews;
mod rewards;
mod team_goals;
mod templates;

use actix_web::web::ServiceConfig;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    cycles::routes(config);
    fairness::routes(config);
    calibration::routes(config);
    feedback::routes(config);
    appeals::routes(config);
    rewards::routes(config);
    goals::routes(config);
    team_goals::routes(config);
    reviews::routes(config);
    templates::routes(config);
}
