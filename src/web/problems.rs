//! What goes wrong, as a page or as JSON (RFC 9457): handlers return a [`Problem`], one middleware puts it
//! into words, in the reader's language. The same middleware refuses what comes from another site, turns a
//! panic into an answer and sets the headers every answer carries.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{BlockingError, InternalError};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use chrono::NaiveDateTime;
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use serde_json::json;

use crate::accounts::store::random_token;
use crate::error::{Error, Message, chain};
use crate::i18n::{self, plain};
use crate::web::Site;
use crate::web::actor::Who;
use crate::web::page::{Head, Visitor, render, sign_in_page};

/// What a handler answers.
pub type Answer = Result<HttpResponse, Problem>;

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Problem {
    /// A rule of a feature, or something broken.
    Failed(Error),
    /// Nobody is signed in. What they had sent is given back to them after signing in.
    SignedOut,
    /// The first password must be changed first.
    MustChange,
    /// A form that was sent before, and where it led.
    DoneBefore(String),
    /// Their roles do not permit this.
    Forbidden,
    /// A form of another session, or a request from another site.
    NotOurForm,
    /// A body that is not what the address takes.
    Unreadable,
    TooLarge,
    TooSlow,
    /// No answer came in time.
    TooBusy,
    TooMany {
        until: NaiveDateTime,
    },
}

impl From<Error> for Problem {
    fn from(e: Error) -> Self {
        Problem::Failed(e)
    }
}

impl From<BlockingError> for Problem {
    fn from(e: BlockingError) -> Self {
        Problem::Failed(Error::Internal(Box::new(e)))
    }
}

impl From<tera::Error> for Problem {
    fn from(e: tera::Error) -> Self {
        Problem::Failed(Error::Internal(Box::new(e)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What the middleware is told of a problem, beside the status.
struct Told(Vec<Message>);

impl Problem {
    fn messages(&self) -> Vec<Message> {
        match self {
            Problem::Failed(Error::Internal(cause)) => {
                let id = random_token()[..8].to_string();
                tracing::error!(id, error = %chain(cause.as_ref()), "a request failed");
                let key = if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
                    "problem-busy"
                } else {
                    "problem-internal"
                };
                vec![Message::new(key).with("id", id)]
            }
            Problem::Failed(e) => e.messages(),
            Problem::SignedOut | Problem::MustChange | Problem::DoneBefore(_) => vec![],
            Problem::Forbidden => vec![Message::new("problem-forbidden")],
            Problem::NotOurForm => vec![Message::new("problem-not-our-form")],
            Problem::Unreadable => vec![Message::new("problem-unreadable")],
            Problem::TooLarge => vec![Message::new("problem-too-large")],
            Problem::TooSlow => vec![Message::new("problem-too-slow")],
            Problem::TooBusy => vec![Message::new("problem-too-busy")],
            Problem::TooMany { .. } => vec![Message::new("problem-too-many")],
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Problem::Failed(Error::NotFound(_)) => StatusCode::NOT_FOUND,
            Problem::Failed(Error::Conflict(_)) => StatusCode::CONFLICT,
            Problem::Failed(Error::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::Failed(Error::Internal(cause)) => {
                if cause.is::<diesel::r2d2::PoolError>() || cause.to_string().contains("locked") {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            }
            Problem::SignedOut => StatusCode::UNAUTHORIZED,
            Problem::MustChange | Problem::DoneBefore(_) => StatusCode::SEE_OTHER,
            Problem::Forbidden | Problem::NotOurForm => StatusCode::FORBIDDEN,
            Problem::Unreadable => StatusCode::BAD_REQUEST,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Problem::TooBusy => StatusCode::SERVICE_UNAVAILABLE,
            Problem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        let headers = response.headers_mut();
        match self {
            Problem::MustChange => {
                headers.insert(header::LOCATION, HeaderValue::from_static("/me/password"));
            }
            Problem::DoneBefore(location) => {
                if let Ok(location) = HeaderValue::from_str(location) {
                    headers.insert(header::LOCATION, location);
                }
            }
            Problem::TooMany { .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("600"));
            }
            Problem::Failed(_) | Problem::TooBusy
                if self.status_code() == StatusCode::SERVICE_UNAVAILABLE =>
            {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            _ => {}
        }
        response.extensions_mut().insert(Told(self.messages()));
        response
    }
}

/// Marks an answer that is a page already, whatever its status.
pub struct Page;

/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Around every request. See the head of this file.
///
/// # Errors
/// Only such as carry their finished answer.
pub async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(site) = request.app_data::<web::Data<Site>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let visitor = Visitor::of(request.request());
    let refused = if is_unsafe(request.method()) && !from_here(&site, request.headers()) {
        Err(Problem::NotOurForm)
    } else if request.uri().to_string().contains("%00") {
        // No text holds a NUL, and not every database takes one as an answer to "is there such a thing".
        Err(Problem::Unreadable)
    } else {
        take_form(&mut request).await
    };
    if let Err(problem) = refused {
        let (http, _) = request.into_parts();
        let answer = put_into_words(&site, &visitor, Some(&http), problem.error_response());
        return Ok(ServiceResponse::new(http, with_headers(&site, answer)));
    }
    // What somebody is still sending takes as long as their line.
    let time = match request.content_type().starts_with("multipart/") {
        true => SENDING_TIME,
        false => HANDLER_TIME,
    };
    let answered = AssertUnwindSafe(next.call(request)).catch_unwind();
    let answered = match actix_web::rt::time::timeout(time, answered).await {
        Ok(answered) => answered,
        Err(_) => {
            let answer = put_into_words(&site, &visitor, None, Problem::TooBusy.error_response());
            let answer = with_headers(&site, answer);
            return Err(InternalError::from_response("timeout", answer).into());
        }
    };
    match answered {
        Ok(answered) => {
            let (http, response) = answered?.map_into_boxed_body().into_parts();
            let response = put_into_words(&site, &visitor, Some(&http), response);
            Ok(ServiceResponse::new(http, with_headers(&site, response)))
        }
        Err(_) => {
            let broken = Problem::Failed(Error::Internal("a handler panicked".into()));
            let answer = put_into_words(&site, &visitor, None, broken.error_response());
            Err(InternalError::from_response("panic", with_headers(&site, answer)).into())
        }
    }
}

/// The body of a form, read before anybody asks for it: also when the session turns out to be over, so that
/// nothing typed is lost.
pub struct SentForm(pub Bytes);

/// Largest body of a form, in bytes.
pub const FORM_LIMIT: usize = 256 * 1024;

/// Longest time the body of a form may take.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Longest time a page may take; what a transaction had begun by then is undone or ends without a reader.
const HANDLER_TIME: Duration = Duration::from_secs(30);

/// Longest time a file may take to arrive.
const SENDING_TIME: Duration = Duration::from_secs(600);

async fn take_form(request: &mut ServiceRequest) -> Result<(), Problem> {
    if request.method() != Method::POST
        || request.content_type() != "application/x-www-form-urlencoded"
    {
        return Ok(());
    }
    let mut payload = request.take_payload();
    let read = async {
        let mut all = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::Unreadable)?;
            if all.len() + chunk.len() > FORM_LIMIT {
                return Err(Problem::TooLarge);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    };
    let body = actix_web::rt::time::timeout(BODY_TIME, read)
        .await
        .map_err(|_| Problem::TooSlow)??;
    request.extensions_mut().insert(SentForm(body));
    Ok(())
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that a request comes from a page of ours; without its word, it does not.
fn from_here(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(fetch) = text(HeaderName::from_static("sec-fetch-site")) {
        return fetch == "same-origin";
    }
    let host = site.outside.host.as_deref().or(text(header::HOST));
    match (text(header::ORIGIN).and_then(|o| o.split_once("://")), host) {
        (Some((_, origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

fn with_headers(site: &Site, mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if site.outside.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    response
}

#[derive(Serialize)]
struct View {
    messages: Vec<String>,
    status: u16,
}

/// Gives an answer that is only a status its words.
fn put_into_words(
    site: &Site,
    visitor: &Visitor,
    http: Option<&HttpRequest>,
    response: HttpResponse,
) -> HttpResponse {
    let status = response.status();
    if status.as_u16() < 400 || response.extensions().get::<Page>().is_some() {
        return response;
    }
    let who = http.and_then(|h| h.extensions().get::<Who>().cloned());
    let locale = who.as_ref().map_or(visitor.locale, |who| who.locale);
    let told = response
        .extensions()
        .get::<Told>()
        .map_or_else(|| default_words(status), |told| told.0.clone());
    let messages: Vec<String> = told.iter().map(|m| i18n::message(locale, m)).collect();
    if status == StatusCode::UNAUTHORIZED && !visitor.wants_json {
        let sent = http.and_then(|h| {
            let extensions = h.extensions();
            let form = extensions.get::<SentForm>()?;
            String::from_utf8(form.0.to_vec()).ok()
        });
        return sign_in_instead(site, visitor, sent);
    }
    let (head, _) = response.into_parts();
    if visitor.wants_json {
        let body = json!({
            "detail": messages.join(" "),
            "status": status.as_u16(),
            "title": status.canonical_reason().unwrap_or_default(),
            "type": "about:blank",
        });
        return head
            .set_body(body.to_string())
            .map_into_boxed_body()
            .with_type("application/problem+json");
    }
    let view = View {
        messages,
        status: status.as_u16(),
    };
    let title = plain(locale, title(status));
    // Whoever is signed in keeps the way to everything else.
    let page = match &who {
        Some(who) => render(who, "web/problem-inside.html", Head::new(title), &view),
        None => visitor.plain_page(site, locale, "web/problem.html", title, &view),
    };
    match page {
        Ok(html) => head
            .set_body(html)
            .map_into_boxed_body()
            .with_type("text/html; charset=utf-8"),
        Err(e) => {
            tracing::error!(error = %e, "the problem page is broken");
            head.set_body(format!("{status}\n"))
                .map_into_boxed_body()
                .with_type("text/plain; charset=utf-8")
        }
    }
}

trait WithType {
    fn with_type(self, kind: &'static str) -> Self;
}

impl WithType for HttpResponse {
    fn with_type(mut self, kind: &'static str) -> Self {
        self.headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        self
    }
}

/// The way to the sign-in page and back; with what had been sent, if it was a form.
fn sign_in_instead(site: &Site, visitor: &Visitor, sent: Option<String>) -> HttpResponse {
    match sent {
        Some(sent) => match sign_in_page(site, visitor, &visitor.path, Some(&sent), None) {
            Ok(html) => HttpResponse::Unauthorized()
                .content_type("text/html; charset=utf-8")
                .body(html),
            Err(e) => {
                tracing::error!(error = %e, "the sign-in page is broken");
                HttpResponse::InternalServerError().finish()
            }
        },
        None => HttpResponse::SeeOther()
            .insert_header((
                header::LOCATION,
                format!("/sign-in?next={}", crate::web::site::escape(&visitor.path)),
            ))
            .finish(),
    }
}

fn default_words(status: StatusCode) -> Vec<Message> {
    let key = match status {
        StatusCode::NOT_FOUND => "problem-not-found",
        StatusCode::METHOD_NOT_ALLOWED => "problem-method",
        StatusCode::PAYLOAD_TOO_LARGE => "problem-too-large",
        StatusCode::REQUEST_TIMEOUT => "problem-too-slow",
        status if status.is_client_error() => "problem-unreadable",
        _ => "problem-broken",
    };
    vec![Message::new(key)]
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "problem-title-not-found",
        StatusCode::FORBIDDEN => "problem-title-forbidden",
        StatusCode::CONFLICT => "problem-title-conflict",
        StatusCode::TOO_MANY_REQUESTS => "problem-title-too-many",
        status if status.is_client_error() => "problem-title-refused",
        _ => "problem-title-broken",
    }
}
