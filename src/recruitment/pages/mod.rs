//! The pages of recruitment.

mod decisions;
mod interviews;
pub mod openings;
mod rounds;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    rounds::routes(config);
    interviews::routes(config);
    decisions::routes(config);
    openings::routes(config);
}
