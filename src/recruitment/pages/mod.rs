//! The pages of recruitment.

mod analytics;
pub mod careers;
mod decisions;
mod interviews;
pub mod openings;
pub mod privacy;
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
    careers::routes(config);
}
