//! Serving a report bundle on this machine: `index.html` and what lies below it, read-only, and nothing else.
//!
//! A bundle opens from disk or any static host; this server is for looking at one in a browser without setting up a
//! host. A bundle may hold people's sheets and nobody signs in here, so requests are answered only under a name that
//! cannot be pointed at this machine from outside (see [`is_local_name`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use actix_web::http::header::{self, ContentType, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

/// Like that of the application's pages, but a bundle has no forms.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
                                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the files below `dir` at an address such as `127.0.0.1:8080` until the process is told to stop.
///
/// # Errors
/// If `dir` is not a folder or the address cannot be listened on.
pub async fn serve_folder(dir: PathBuf, listen: &str) -> io::Result<()> {
    if !fs::metadata(&dir)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let configure = configure(dir);
    HttpServer::new(move || App::new().configure(&configure))
        .workers(1)
        .bind(listen)?
        .run()
        .await
}

/// The routes of [`serve_folder`]. `dir` is looked up at each request, so a rebuilt bundle is served at once.
pub fn configure(dir: PathBuf) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        let headers = DefaultHeaders::new()
            .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
            .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .add((header::REFERRER_POLICY, "no-referrer"));
        config.service(
            web::scope("")
                .app_data(Data::new(dir.clone()))
                .wrap(headers)
                .default_service(web::to(answer)),
        );
    }
}

async fn answer(request: HttpRequest, dir: Data<PathBuf>) -> HttpResponse {
    if !is_local_name(&request) {
        return plain(StatusCode::MISDIRECTED_REQUEST);
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED);
        let allowed = header::HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(header::ALLOW, allowed);
        return refused;
    }
    let Some(path) = decode(request.uri().path()).and_then(|path| relative(&path)) else {
        return plain(StatusCode::NOT_FOUND);
    };
    match web::block(move || find(&dir, &path)).await {
        Ok(Ok(Found::File { content, kind, tag })) => {
            let unchanged = match IfNoneMatch::parse(&request) {
                Ok(IfNoneMatch::Any) => true,
                Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
                Err(_) => false,
            };
            let status = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
            let mut response = HttpResponse::build(status);
            response
                .insert_header(ETag(tag))
                .insert_header((header::CACHE_CONTROL, "no-cache"));
            if unchanged {
                response.finish()
            } else {
                response.content_type(kind).body(content)
            }
        }
        // Relative links on its page only work below the folder's own name.
        Ok(Ok(Found::Folder)) => HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, format!("{}/", request.uri().path())))
            .finish(),
        Ok(Err(e)) if e.kind() == io::ErrorKind::PermissionDenied => plain(StatusCode::FORBIDDEN),
        Ok(Err(_)) => plain(StatusCode::NOT_FOUND),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE),
    }
}
