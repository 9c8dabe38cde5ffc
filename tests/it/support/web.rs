//! A browser in the process: the whole application over a test's database, asked as a server is asked, with
//! the cookies and tokens that a browser would send.

use actix_web::body::to_bytes;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use actix_web::{App, rt::System};
use chrono::NaiveDateTime;
use espalier::access::Role;
use espalier::accounts::store::{self, NewAccount};
use espalier::calendar::Clock;
use espalier::web::site::Outside;
use espalier::web::{Site, problems, serve};

use super::db::{TestDb, open};
use super::make::now;

/// Where an answer led and what it said.
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Page {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether the body holds a text.
    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The address of a redirect.
    pub fn location(&self) -> &str {
        let value = self.headers.get(header::LOCATION);
        value.and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails the test, with the page, unless the status is this.
    pub fn expect(self, status: u16) -> Page {
        assert_eq!(self.status, status, "{} {}", self.location(), self.text());
        self
    }

    /// The value of the last input of a name: the frame's own forms stand before the page's.
    pub fn value(&self, name: &str) -> String {
        let text = self.text();
        let at = text
            .rfind(&format!("name=\"{name}\""))
            .unwrap_or_else(|| panic!("no field {name} in {text}"));
        let rest = &text[at..];
        let rest = &rest[..rest.find('>').unwrap()];
        let value = rest.split("value=\"").nth(1).unwrap_or_default();
        value.split('"').next().unwrap_or_default().to_string()
    }
}

/// The hash of no password.
const NO_PASSWORD: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Somebody (or nobody) at a browser.
pub struct Browser {
    site: Data<Site>,
    cookie: Option<String>,
    session: i64,
    language: &'static str,
    /// Sent beside the usual ones.
    pub headers: Vec<(&'static str, String)>,
    /// Whether requests say that they come from a page of ours.
    pub same_origin: bool,
}

/// The application over a database, at a time.
pub fn site_at(db: &TestDb, at: NaiveDateTime) -> Data<Site> {
    let mut sites = db.sites.lock().unwrap();
    let site = sites.entry(at).or_insert_with(|| {
        let own = open(db.db.address().clone());
        Data::new(Site::new(own, Clock::Fixed(at), Outside::default()).unwrap())
    });
    site.clone()
}

/// Nobody signed in, at the tests' time.
pub fn visitor(db: &TestDb) -> Browser {
    Browser::new(site_at(db, now()))
}

/// Somebody with roles and perhaps a staff record, signed in at the tests' time.
pub fn somebody(db: &TestDb, roles: &[Role], employee_no: Option<&str>) -> Browser {
    Browser::new(site_at(db, now())).signed_in(db, roles, employee_no)
}

impl Browser {
    /// Nobody signed in.
    pub fn new(site: Data<Site>) -> Browser {
        Browser {
            site,
            cookie: None,
            session: 0,
            language: "en",
            headers: Vec::new(),
            same_origin: true,
        }
    }

    /// The same in Chinese.
    pub fn chinese(mut self) -> Browser {
        self.language = "zh-CN";
        self
    }

    /// With a session of a new account, without the pain of a password.
    pub fn signed_in(mut self, db: &TestDb, roles: &[Role], employee_no: Option<&str>) -> Browser {
        let at = self.site.now();
        let secret = store::random_token();
        let login = format!("u{}", &secret[..12]);
        let roles: Vec<(Role, Option<i64>)> = roles.iter().map(|r| (*r, None)).collect();
        let (account, session) = db
            .db
            .write(|conn| {
                let staff_id = employee_no
                    .map(|no| store::staff_of(conn, no))
                    .transpose()?;
                let new = NewAccount {
                    login: &login,
                    email: None,
                    password_hash: NO_PASSWORD,
                    staff_id,
                    roles: &roles,
                    must_change: false,
                };
                let account = store::insert(conn, &new, "test", at)?;
                let session = store::start_session(conn, account, &secret, "test", at)?;
                Ok((account, session))
            })
            .unwrap();
        let end = at + espalier::accounts::model::ABSOLUTE;
        let token = self.site.tokens.sign(account, &secret, at, end).unwrap();
        self.cookie = Some(format!("espalier={token}"));
        self.session = session;
        self
    }

    /// The same session in an application whose clock shows another time.
    pub fn at(&self, db: &TestDb, at: NaiveDateTime) -> Browser {
        Browser {
            site: site_at(db, at),
            cookie: self.cookie.clone(),
            session: self.session,
            language: self.language,
            headers: self.headers.clone(),
            same_origin: self.same_origin,
        }
    }

    /// The token that the forms of this session carry.
    pub fn csrf(&self) -> String {
        self.site.tokens.form_token(self.session)
    }

    /// The login of the account.
    pub fn login(&self, db: &TestDb) -> String {
        db.line(&format!(
            "select login as line from account join session on account.id = account_id \
             where session.id = {}",
            self.session
        ))
    }

    /// The session cookie, for a client of another kind.
    pub fn cookie(&self) -> String {
        self.cookie.clone().unwrap_or_default()
    }

    /// Takes over the session a sign-in answered with.
    pub fn keep_cookie(&mut self, page: &Page) {
        let set = page
            .headers
            .get(header::SET_COOKIE)
            .unwrap()
            .to_str()
            .unwrap();
        self.cookie = Some(set.split(';').next().unwrap().to_string());
    }

    pub fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None)
    }

    /// Sends a form with the session's token and a number used once, unless they are given.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let (csrf, once) = (self.csrf(), store::random_token());
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        for own in [("csrf", csrf.as_str()), ("once", once.as_str())] {
            if !all.iter().any(|(name, _)| *name == own.0) {
                all.push(own);
            }
        }
        self.form(path, &all)
    }

    /// Sends a form as it is.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, path, Some((kind, body.into_bytes())))
    }

    /// Sends anything.
    pub fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Page {
        let mut request = TestRequest::default()
            .method(method)
            .uri(path)
            .peer_addr("127.0.0.1:4000".parse().unwrap())
            .insert_header((header::HOST, "localhost"))
            .insert_header((header::ACCEPT_LANGUAGE, self.language));
        if self.same_origin {
            request = request.insert_header(("sec-fetch-site", "same-origin"));
        }
        if let Some(cookie) = &self.cookie {
            request = request.insert_header((header::COOKIE, cookie.as_str()));
        }
        for (name, value) in &self.headers {
            request = request.insert_header((*name, value.as_str()));
        }
        if let Some((kind, bytes)) = body {
            request = request
                .insert_header((header::CONTENT_TYPE, kind))
                .set_payload(bytes);
        }
        let site = self.site.clone();
        System::new().block_on(async move {
            let app = App::new()
                .app_data(site)
                .wrap(from_fn(problems::around))
                .configure(serve::routes);
            let app = init_service(app).await;
            let (status, headers, body) = match try_call_service(&app, request.to_request()).await {
                Ok(answer) => {
                    let (_, response) = answer.into_parts();
                    let (status, headers) = (response.status(), response.headers().clone());
                    (
                        status,
                        headers,
                        to_bytes(response.into_body()).await.unwrap(),
                    )
                }
                Err(e) => {
                    let response = e.error_response();
                    let (status, headers) = (response.status(), response.headers().clone());
                    (
                        status,
                        headers,
                        to_bytes(response.into_body()).await.unwrap(),
                    )
                }
            };
            Page {
                status: StatusCode::as_u16(&status),
                headers,
                bytes: body.to_vec(),
            }
        })
    }
}
