//! The pages of recruitment.

mod analytics;
pub mod applications;
pub mod board;
pub mod candidates;
pub mod careers;
mod decisions;
mod interviews;
pub mod openings;
pub mod privacy;
pub mod profiles;
mod rounds;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    analytics::routes(config);
    rounds::routes(config);
    interviews::routes(config);
    decisions::routes(config);
    // Before the codes of openings, which take every name.
    privacy::routes(config);
    openings::routes(config);
    candidates::routes(config);
    profiles::routes(config);
    applications::routes(config);
    board::routes(config);
    careers::routes(config);
}
