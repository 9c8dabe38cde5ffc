//! Pages of cycles (`cycles`: list, board, steps, people) and of their templates (`templates`).

mod cycles;
mod templates;

use actix_web::web::ServiceConfig;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    cycles::routes(config);
    templates::routes(config);
}
