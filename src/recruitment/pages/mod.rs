//! The pages of recruitment.

mod analytics;

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(config: &mut ServiceConfig) {
    analytics::routes(config);
}
