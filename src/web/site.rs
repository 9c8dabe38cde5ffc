//! What a process serves with: the database, the clock, the organisation's settings, the templates of both
//! languages. Made once at the start, passed along, never global.

use std::net::IpAddr;

use actix_web::web;
use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use crate::accounts::store::signing_secret;
use crate::calendar::Clock;
use crate::db::{Conn, Db};
use crate::error::{Error, Message, Result};
use crate::i18n::Locale;
use crate::render::Renderer;
use crate::settings::Settings;
use crate::web::assets;
use crate::web::problems::Problem;
use crate::web::token::Tokens;

/// How the outside reaches this process.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Whether browsers come over https (through a proxy).
    pub https: bool,
    /// The host they ask for, if it is fixed: `hr.example.com` or `hr.example.com:8443`.
    pub host: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether letters leave from here: otherwise none is written to people without an account.
    pub mails: bool,
}

impl Outside {
    /// Reads `public_url`: https anywhere, http on this machine only (cookies and passwords would be
    /// readable on the way).
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(public_url: Option<&str>, trusted_proxies: Vec<IpAddr>) -> Result<Outside> {
        let bad =
            |key| Error::invalid(Message::new(key).with("url", public_url.unwrap_or_default()));
        let Some(url) = public_url else {
            return Ok(Outside {
                trusted_proxies,
                ..Outside::default()
            });
        };
        let uri: actix_web::http::Uri = url.parse().map_err(|_| bad("public-url-bad"))?;
        let host = uri.authority().map(ToString::to_string);
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => {}
            (Some("http"), Some("localhost" | "127.0.0.1" | "[::1]")) => {}
            (Some("http"), Some(_)) => return Err(bad("public-url-not-https")),
            _ => return Err(bad("public-url-bad")),
        }
        Ok(Outside {
            https: uri.scheme_str() == Some("https"),
            host,
            trusted_proxies,
            mails: false,
        })
    }
}

impl Outside {
    /// The address a request comes from: the peer's, or, of a trusted proxy, the last address it was told
    /// that is not a trusted proxy itself. IPv6 networks count as one (/56).
    #[must_use]
    pub fn client(&self, request: &actix_web::HttpRequest) -> String {
        let Some(peer) = request.peer_addr().map(|a| a.ip()) else {
            return String::new();
        };
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|v| v.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        network(self.sender(peer, &forwarded))
    }

    fn sender(&self, peer: IpAddr, forwarded: &str) -> IpAddr {
        if !self.trusted_proxies.contains(&peer) {
            return peer;
        }
        forwarded
            .rsplit(',')
            .map_while(|hop| hop.trim().parse::<IpAddr>().ok())
            .find(|hop| !self.trusted_proxies.contains(hop))
            .unwrap_or(peer)
    }
}

/// What counts as one sender.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => v6.octets()[..7]
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect(),
        },
    }
}

/// Everything a handler may need of the process.
pub struct Site {
    db: Db,
    pub clock: Clock,
    pub outside: Outside,
    pub settings: Settings,
    pub tokens: Tokens,
    renderers: [Renderer; 2],
}

/// What every template can name.
#[derive(Serialize)]
struct Shared {
    lang: &'static str,
    /// Links of the web start at the root.
    up: &'static str,
    style: String,
    app_style: String,
    script: String,
    program: &'static str,
}

/// Name and version of the program.
pub const PROGRAM: &str = concat!("espalier ", env!("CARGO_PKG_VERSION"));

/// The address of a page of a kind and a code, if the web has such pages.
#[must_use]
pub fn address(page: &str, code: &str) -> Option<String> {
    let code = escape(code);
    Some(match page {
        "person" => format!("/people/{code}"),
        "team" => format!("/teams/{code}"),
        "kpi" => format!("/kpis/{code}"),
        "cycle" => format!("/cycles/{code}"),
        "account" => format!("/accounts/{code}"),
        _ => return None,
    })
}

pub use crate::render::escape;

impl Site {
    /// Reads settings and signing key, compiles the templates.
    pub fn new(db: Db, clock: Clock, outside: Outside) -> Result<Site> {
        let now = clock.now();
        let (settings, secret) =
            db.write(|conn| Ok((Settings::load(conn)?, signing_secret(conn, now)?)))?;
        let renderer = |locale: Locale| {
            let shared = Shared {
                lang: locale.tag(),
                up: "",
                style: assets::address("espalier.css"),
                app_style: assets::address("app.css"),
                script: assets::address("app.js"),
                program: PROGRAM,
            };
            Renderer::within(locale, &shared, address).map_err(|e| Error::Internal(Box::new(e)))
        };
        Ok(Site {
            db,
            clock,
            outside,
            settings,
            tokens: Tokens::new(&secret),
            renderers: [renderer(Locale::Zh)?, renderer(Locale::En)?],
        })
    }

    /// Now, in UTC.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        self.clock.now()
    }

    /// Today, where the organisation is.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.settings.zone.local_date(self.now())
    }

    /// The templates of a language.
    #[must_use]
    pub fn renderer(&self, locale: Locale) -> &Renderer {
        &self.renderers[locale as usize]
    }

    /// The database itself, for what runs in threads of its own (jobs, builds).
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// As [`Db::read`], on a thread that may wait.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let db = self.db.clone();
        Ok(web::block(move || db.read(work)).await??)
    }

    /// As [`Db::write`], on a thread that may wait.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let db = self.db.clone();
        Ok(web::block(move || db.write(work)).await??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(
            Outside::parse(Some("https://hr.example.com"), vec![])
                .unwrap()
                .https
        );
        assert!(
            !Outside::parse(Some("http://127.0.0.1:8080"), vec![])
                .unwrap()
                .https
        );
        assert!(Outside::parse(Some("http://hr.example.com"), vec![]).is_err());
        assert!(Outside::parse(Some("ftp://localhost"), vec![]).is_err());
        assert!(Outside::parse(Some("hr.example.com"), vec![]).is_err());
    }

    #[test]
    fn what_a_proxy_was_told_counts_only_if_it_is_trusted() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let outside = Outside {
            trusted_proxies: vec![ip("10.0.0.1"), ip("10.0.0.2")],
            ..Outside::default()
        };
        let cases = [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            (
                "10.0.0.1",
                "203.0.113.5, 198.51.100.1, 10.0.0.2",
                "198.51.100.1",
            ),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ];
        for (peer, forwarded, expected) in cases {
            assert_eq!(
                outside.sender(ip(peer), forwarded),
                ip(expected),
                "{forwarded}"
            );
        }
        assert_eq!(
            network(ip("2001:db8:0:12::1")),
            network(ip("2001:db8:0:13::2"))
        );
    }

    #[test]
    fn a_code_in_a_path_cannot_leave_it() {
        assert_eq!(
            escape("A/../b?x=1#y 王"),
            "A%2F..%2Fb%3Fx%3D1%23y%20%E7%8E%8B"
        );
    }
}
