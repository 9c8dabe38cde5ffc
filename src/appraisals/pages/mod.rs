//! Pages of cycles (`cycles`: list, board, steps, people), of reviews in them (`reviews`) and of their templates
//! (`templates`).

mod cycles;
mod reviews;
mod templates;

use actix_web::web::ServiceConfig;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    cycles::routes(config);
    reviews::routes(config);
    templates::routes(config);
}
