//! The pages of recruitment.

pub mod openings;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    openings::routes(config);
}
