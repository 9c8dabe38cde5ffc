//! The pages of recruitment.

mod analytics;
pub mod openings;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    analytics::routes(config);
    openings::routes(config);
}
