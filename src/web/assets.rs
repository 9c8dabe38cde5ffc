//! Style sheets and script: embedded, served under addresses that change with their content, so that a
//! browser may keep them for ever.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use crate::snapshots::sha256_hex;

#[derive(RustEmbed)]
#[folder = "templates/static/"]
struct Assets;

/// The address of a file, with the beginning of its hash.
#[must_use]
pub fn address(name: &str) -> String {
    let version = Assets::get(name).map_or_else(String::new, |file| {
        sha256_hex(&[&file.data]).chars().take(12).collect()
    });
    format!("/static/{name}?v={version}")
}

/// `GET /static/{name}`
pub async fn serve(name: web::Path<String>) -> HttpResponse {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return HttpResponse::NotFound().finish(),
    };
    match Assets::get(&name) {
        Some(file) => HttpResponse::Ok()
            .content_type(kind)
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(file.data.into_owned()),
        None => HttpResponse::NotFound().finish(),
    }
}
