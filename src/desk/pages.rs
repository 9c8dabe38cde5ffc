//! The home page.

use actix_web::web::{self, ServiceConfig};
use serde::Serialize;

use crate::web::{Answer, Head, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/", web::get().to(home));
}

#[derive(Serialize)]
struct Home {}

async fn home(who: Who) -> Answer {
    let title = who.called().to_string();
    who.page("desk/home.html", Head::new(title), &Home {})
}
