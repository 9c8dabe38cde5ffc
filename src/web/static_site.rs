//! Serving a report bundle on this machine: `index.html` and what lies below it, read-only, and nothing else.
//!
//! A bundle opens from disk or any static host; this server is for looking at one in a browser without setting up a
//! host. A bundle may hold people's sheets and nobody signs in here, so requests are answered only under a name that
//! cannot be pointed at this machine from outside (see `is_local_name`).

use std::fs;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use actix_web::http::header::{
    self, ContentType, ETag, EntityTag, Header as _, HeaderValue, IfNoneMatch,
};
use actix_web::http::uri::Authority;
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
        return Err(ErrorKind::NotADirectory.into());
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
        let allowed = HeaderValue::from_static("GET, HEAD");
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
            let status = if unchanged {
                StatusCode::NOT_MODIFIED
            } else {
                StatusCode::OK
            };
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
        Ok(Err(e)) => match e.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => plain(StatusCode::NOT_FOUND),
            _ => plain(StatusCode::INTERNAL_SERVER_ERROR),
        },
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// An answer that says no more than its status.
fn plain(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(ContentType::plaintext())
        .body(format!("{status}\n"))
}

/// Whether the request asks for `localhost` or a bare address. Any other name may be one whose owner has pointed it at
/// this machine so that a page of theirs can read what is served here (DNS rebinding).
fn is_local_name(request: &HttpRequest) -> bool {
    let Some(host) = request.headers().get(header::HOST) else {
        // Every browser sends one.
        return true;
    };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Undoes percent-encoding, once. None if that does not give UTF-8 text.
fn decode(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? << 4 | digit()?) as u8
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The file a decoded address means, relative to the bundle. None for an address that no file of a bundle can have:
/// one that climbs, names a hidden file or has an empty part.
fn relative(path: &str) -> Option<String> {
    let path = path.strip_prefix('/')?;
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains(|c: char| c.is_control() || c == '\\' || c == ':')
    };
    let folder = path.strip_suffix('/').unwrap_or(path);
    if !folder.is_empty() && !folder.split('/').all(fine) {
        return None;
    }
    if path.is_empty() || path.ends_with('/') {
        Some(format!("{path}index.html"))
    } else {
        Some(path.to_owned())
    }
}

enum Found {
    File {
        content: Vec<u8>,
        kind: &'static str,
        tag: EntityTag,
    },
    Folder,
}

/// Reads a file of the bundle. One that a link would fetch from elsewhere is not found.
fn find(dir: &Path, path: &str) -> io::Result<Found> {
    let root = fs::canonicalize(dir)?;
    let full = fs::canonicalize(root.join(path))?;
    let about = fs::metadata(&full)?;
    if !full.starts_with(&root) {
        return Err(ErrorKind::NotFound.into());
    }
    if about.is_dir() {
        return Ok(Found::Folder);
    }
    // A pipe would keep the reader waiting.
    if !about.is_file() {
        return Err(ErrorKind::NotFound.into());
    }
    let since_epoch = about
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Found::File {
        content: fs::read(&full)?,
        kind: content_type(&full),
        tag: EntityTag::new_strong(format!("{:x}-{:x}", about.len(), since_epoch.as_nanos())),
    })
}

/// The content type of what bundles hold; texts are UTF-8.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
