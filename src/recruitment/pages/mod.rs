//! The pages of recruitment.

use actix_web::web::ServiceConfig;

/// The routes of recruitment.
pub fn routes(_config: &mut ServiceConfig) {}
