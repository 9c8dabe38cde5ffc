//! The server: routes of every feature, headers and limits around them, a graceful end.

use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};

use crate::accounts;
use crate::error::Result;
use crate::people;
use crate::web::{Site, assets, problems};

/// The routes of the application, feature by feature.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/static/{name}", web::get().to(assets::serve));
    accounts::pages::routes(config);
    people::pages::routes(config);
}

/// Serves until the process is told to stop; requests under way are finished.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(site: web::Data<Site>, listen: &str) -> Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .wrap(Compress::default())
            .wrap(from_fn(problems::around))
            .configure(routes)
    })
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(15))
    .shutdown_timeout(8)
    .bind(listen)?;
    Ok(server.run().await?)
}
