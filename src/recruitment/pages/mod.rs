//! The pages of recruitment.

pub mod careers;
pub mod openings;
pub mod privacy;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    // Before the codes of openings, which take every name.
    privacy::routes(config);
    openings::routes(config);
    careers::routes(config);
}
