//! Pages of cycles (`cycles`: list, board, steps, people), of the goals in them (`goals`, `team_goals`), of reviews
//! (`reviews`) and of their templates (`templates`).

mod cycles;
mod goals;
mod reviews;
mod team_goals;
mod templates;

use actix_web::web::ServiceConfig;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    cycles::routes(config);
    goals::routes(config);
    team_goals::routes(config);
    reviews::routes(config);
    templates::routes(config);
}
