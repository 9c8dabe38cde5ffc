//! Who asks, and what they may. `Can<may::X>` in a handler's signature is the permission; its `reach` is
//! the only way to a query about people.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::SizedStream;
use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentEncoding, HeaderValue};
use actix_web::web;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use crate::access::{Permission, Permit, Reach};
use crate::accounts::store::{self, SignedIn};
use crate::audit::Actor;
use crate::db::Conn;
use crate::error::Result;
use crate::files::{self, StoredFile};
use crate::i18n::Locale;
use crate::web::page::{Head, Visitor, render};
use crate::web::problems::{Answer, Page, Problem};
use crate::web::site::Site;

/// Somebody signed in.
#[derive(Clone)]
pub struct Who {
    pub site: web::Data<Site>,
    pub account: Rc<SignedIn>,
    pub locale: Locale,
    pub visitor: Rc<Visitor>,
}

/// Somebody signed in who may do `P`.
pub struct Can<P> {
    who: Who,
    pub reach: Reach,
    permission: PhantomData<P>,
}

impl<P> Deref for Can<P> {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = std::result::Result<T, Problem>>>>;

impl FromRequest for Who {
    type Error = Problem;
    type Future = Extracted<Who>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(&request).await })
    }
}

impl<P: Permit> FromRequest for Can<P> {
    type Error = Problem;
    type Future = Extracted<Can<P>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let who = identify(&request).await?;
            let reach = who.reach(P::PERMISSION).ok_or(Problem::Forbidden)?;
            Ok(Can {
                who,
                reach,
                permission: PhantomData,
            })
        })
    }
}

/// Finds the session of a request.
async fn identify(request: &HttpRequest) -> std::result::Result<Who, Problem> {
    let known = request.extensions().get::<Who>().cloned();
    if let Some(who) = known {
        return Ok(who);
    }
    let Some(site) = request.app_data::<web::Data<Site>>().cloned() else {
        return Err(Problem::Forbidden);
    };
    let visitor = Visitor::of(request);
    let now = site.now();
    let secret = visitor
        .session
        .as_deref()
        .and_then(|token| site.tokens.session(token, now));
    let today = site.today();
    let found = match secret {
        Some(secret) => {
            site.read(move |conn| store::signed_in(conn, &secret, now, today))
                .await?
        }
        None => None,
    };
    let Some((account, touch)) = found else {
        return Err(Problem::SignedOut);
    };
    if touch {
        let session = account.session_id;
        site.write(move |conn| store::touch(conn, session, now))
            .await?;
    }
    if account.must_change && !matches!(request.path(), "/me/password" | "/sign-out") {
        return Err(Problem::MustChange);
    }
    let locale = account
        .locale
        .as_deref()
        .and_then(|tag| tag.parse().ok())
        .unwrap_or(visitor.locale);
    let who = Who {
        site,
        account: Rc::new(account),
        locale,
        visitor: Rc::new(visitor),
    };
    request.extensions_mut().insert(who.clone());
    Ok(who)
}

impl Who {
    /// What a permission gives them; none where it is not theirs.
    #[must_use]
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        Reach::of(
            permission,
            self.account.staff_id,
            &self.account.holdings,
            self.site.today(),
        )
    }

    /// Whether they have a permission at all.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.reach(permission).is_some()
    }

    /// Their name for the audit trail, now.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            name: self.account.login.clone(),
            at: self.site.now(),
        }
    }

    /// As [`Site::read`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        self.site.read(work).await
    }

    /// Writes what a form asks for, once however often the form is sent, and sends the browser to the page
    /// whose address `work` returns.
    pub async fn once(
        &self,
        nonce: &str,
        work: impl FnOnce(&mut Conn, &Actor) -> Result<String> + Send + 'static,
    ) -> Answer {
        let (Done::Now(location) | Done::Before(location)) = self.attempt(nonce, work).await?;
        Ok(see_other(&location))
    }

    /// Where a form led that was sent before; none where it was not.
    pub async fn answered(&self, nonce: &str) -> std::result::Result<Option<String>, Problem> {
        let (account, nonce) = (self.account.account_id, nonce.to_string());
        self.read(move |conn| store::answered(conn, account, &nonce))
            .await
    }

    /// As [`Who::once`], for those who must know whether the form was sent before.
    pub async fn attempt(
        &self,
        nonce: &str,
        work: impl FnOnce(&mut Conn, &Actor) -> Result<String> + Send + 'static,
    ) -> std::result::Result<Done, Problem> {
        let (account, nonce, actor) = (self.account.account_id, nonce.to_string(), self.actor());
        self.site
            .write(move |conn| {
                // Of two that arrive at once, the second waits for the first.
                conn.lock(&format!("form {account}"))?;
                if let Some(location) = store::answered(conn, account, &nonce)? {
                    return Ok(Done::Before(location));
                }
                let location = work(conn, &actor)?;
                store::remember(conn, account, &nonce, &location, actor.at)?;
                Ok(Done::Now(location))
            })
            .await
    }

    /// A page.
    pub fn page(&self, template: &str, head: Head, view: &impl Serialize) -> Answer {
        self.page_with(actix_web::http::StatusCode::OK, template, head, view)
    }

    /// A page that says no: 422 with a form's errors, 409 with what somebody else stored.
    pub fn page_with(
        &self,
        status: actix_web::http::StatusCode,
        template: &str,
        head: Head,
        view: &impl Serialize,
    ) -> Answer {
        let html = render(self, template, head, view)?;
        Ok(html_page(status, html))
    }

    /// A page that is rendered already, in this frame.
    #[must_use]
    pub fn html(&self, html: Vec<u8>) -> HttpResponse {
        html_page(actix_web::http::StatusCode::OK, html)
    }

    /// A file to be kept: never shown in the browser's own page.
    #[must_use]
    pub fn download(&self, name: &str, kind: &str, bytes: Vec<u8>) -> HttpResponse {
        attachment(name, kind).body(bytes)
    }

    /// A stored file to be kept, sent piece by piece.
    #[must_use]
    pub fn download_stored(&self, file: &StoredFile) -> HttpResponse {
        let (site, id) = (self.site.clone(), file.id);
        let pieces = futures_util::stream::try_unfold(0_i32, move |position| {
            let site = site.clone();
            async move {
                let piece = site
                    .read(move |conn| files::chunk(conn, id, position))
                    .await
                    .map_err(|e| std::io::Error::other(e.to_string()))?;
                Ok::<_, std::io::Error>(piece.map(|bytes| (web::Bytes::from(bytes), position + 1)))
            }
        });
        let size = u64::try_from(file.size).unwrap_or_default();
        attachment(&file.name, &file.media_type)
            // Its length stays known, and most of it is compressed already.
            .insert_header(ContentEncoding::Identity)
            .body(SizedStream::new(size, Box::pin(pieces)))
    }
}

fn html_page(status: actix_web::http::StatusCode, html: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(html);
    response.extensions_mut().insert(Page);
    response
}

/// The head of an answer that is a file to be kept.
fn attachment(name: &str, kind: &str) -> HttpResponseBuilder {
    let mut head = HttpResponse::Ok();
    head.content_type(kind.to_string())
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!(
                "attachment; filename*=UTF-8''{}",
                crate::web::site::escape(name)
            ),
        ))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ));
    head
}

/// What became of a form.
pub enum Done {
    /// Done now; the browser is to go there.
    Now(String),
    /// Was done when it was sent before.
    Before(String),
}

/// 303 to an address of ours.
#[must_use]
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}
