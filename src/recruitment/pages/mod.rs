//! The pages of recruitment.

mod decisions;
mod interviews;
mod rounds;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    rounds::routes(config);
    interviews::routes(config);
    decisions::routes(config);
}
