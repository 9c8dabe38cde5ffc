//! The pages of recruitment.

pub mod applications;
pub mod board;
pub mod candidates;
pub mod openings;
pub mod profiles;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    openings::routes(config);
    candidates::routes(config);
    profiles::routes(config);
    applications::routes(config);
    board::routes(config);
}
