//! Pages: the frame around a feature's view (rail, bar, crumbs, flash) and what is known of a visitor
//! before anybody looks at their session.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::Serialize;
use serde_json::json;

use crate::access::Permission;
use crate::error::Message;
use crate::i18n::{self, Locale, plain};
use crate::web::actor::Who;
use crate::web::site::{PROGRAM, Site};

/// Name of the cookie for the language somebody chose before signing in.
pub const LANGUAGE_COOKIE: &str = "espalier-language";

/// Name of the cookie for light or dark.
pub const THEME_COOKIE: &str = "espalier-theme";

/// What a request says of itself.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub locale: Locale,
    /// Path and query.
    pub path: String,
    /// The token of the session cookie.
    pub session: Option<String>,
    /// `light`, `dark`, or empty for the system's choice.
    pub theme: &'static str,
    pub wants_json: bool,
    /// The key of the sentence to be said after a redirect.
    said: Option<String>,
}

/// Name of the session cookie: over https no other site or path can set one of this name.
#[must_use]
pub fn session_cookie(https: bool) -> &'static str {
    if https { "__Host-espalier" } else { "espalier" }
}

impl Visitor {
    /// Reads the request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Visitor {
        let header_text = |name: header::HeaderName| {
            let value = request.headers().get(name);
            value.and_then(|v| v.to_str().ok()).unwrap_or_default()
        };
        let cookie = |name: &str| request.cookie(name).map(|c| c.value().to_string());
        let locale = cookie(LANGUAGE_COOKIE)
            .and_then(|tag| tag.parse().ok())
            .unwrap_or_else(|| accepted(header_text(header::ACCEPT_LANGUAGE)));
        let theme = match cookie(THEME_COOKIE).as_deref() {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "",
        };
        let said = request
            .query_string()
            .split('&')
            .find_map(|pair| pair.strip_prefix("said="))
            .map(str::to_string);
        Visitor {
            locale,
            path: request
                .uri()
                .path_and_query()
                .map_or_else(|| "/".to_string(), ToString::to_string),
            session: cookie(session_cookie(true)).or_else(|| cookie(session_cookie(false))),
            theme,
            wants_json: header_text(header::ACCEPT).contains("json"),
            said,
        }
    }

    /// The sentence to be said after a redirect, if it is one of ours.
    fn said(&self, locale: Locale) -> Option<&'static str> {
        self.said
            .as_deref()
            .filter(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            .and_then(|key| i18n::known(locale, &format!("said-{key}")))
    }

    /// A page outside the application: signing in, problems, openings as applicants see them.
    ///
    /// # Errors
    /// When the template does not fit: a fault of the program.
    pub fn plain_page(
        &self,
        site: &Site,
        locale: Locale,
        template: &str,
        title: &str,
        view: &impl Serialize,
    ) -> Result<Vec<u8>, tera::Error> {
        let frame = json!({
            "csrf": "",
            "lang": locale.tag(),
            "organisation": locale.pick(&site.settings.organisation_zh, &site.settings.organisation_en),
            "path": self.path,
            "program": PROGRAM,
            "said": self.said(locale),
            "theme": self.theme,
            "title": title,
        });
        let mut out = Vec::with_capacity(8 * 1024);
        let document = json!({ "frame": frame, "page": view });
        site.renderer(locale).page(template, &document, &mut out)?;
        Ok(out)
    }
}

/// The first of a browser's languages that is one of ours; Chinese of any kind counts.
fn accepted(languages: &str) -> Locale {
    languages
        .split(',')
        .find_map(|entry| match entry.trim().get(..2) {
            Some("zh") => Some(Locale::Zh),
            Some("en") => Some(Locale::En),
            _ => None,
        })
        .unwrap_or(Locale::Zh)
}

/// An address of this site and nothing else: what a `next` or `back` may say.
#[must_use]
pub fn own_address(text: &str) -> &str {
    let fits = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.len() <= 2_000
        && !text.chars().any(char::is_control);
    if fits { text } else { "/" }
}

/// The sign-in page; `sent` is a form to be given back afterwards.
///
/// # Errors
/// When the template does not fit: a fault of the program.
pub fn sign_in_page(
    site: &Site,
    visitor: &Visitor,
    next: &str,
    sent: Option<&str>,
    error: Option<(&str, &Message)>,
) -> Result<Vec<u8>, tera::Error> {
    let locale = visitor.locale;
    let view = json!({
        "error": error.map(|(_, message)| i18n::message(locale, message)),
        "login": error.map(|(login, _)| login),
        "next": own_address(next),
        "sent": sent,
    });
    visitor.plain_page(
        site,
        locale,
        "accounts/sign-in.html",
        plain(locale, "sign-in-title"),
        &view,
    )
}

/// Title and whereabouts of a page.
pub struct Head<'a> {
    title: Cow<'a, str>,
    crumbs: Vec<(Cow<'a, str>, String)>,
}

impl<'a> Head<'a> {
    /// A page of this title.
    #[must_use]
    pub fn new(title: impl Into<Cow<'a, str>>) -> Head<'a> {
        Head {
            title: title.into(),
            crumbs: Vec::new(),
        }
    }

    /// A page whose title is a text without slots.
    #[must_use]
    pub fn of(who: &Who, key: &str) -> Head<'static> {
        Head::new(plain(who.locale, key))
    }

    /// A page about a part of something: its title says of what.
    #[must_use]
    pub fn about(who: &Who, name: &str, part: &str) -> Head<'static> {
        let slots = [("name", name.into()), ("part", part.into())];
        Head::new(i18n::text(who.locale, "title-about", &slots))
    }

    /// A step on the way to it.
    #[must_use]
    pub fn under(mut self, text: impl Into<Cow<'a, str>>, address: impl Into<String>) -> Head<'a> {
        self.crumbs.push((text.into(), address.into()));
        self
    }
}

#[derive(Serialize)]
struct Frame<'a> {
    account: Account<'a>,
    bottom: Vec<Entry>,
    crumbs: Vec<Crumb<'a>>,
    csrf: String,
    lang: &'static str,
    nav: Vec<Group>,
    once: String,
    organisation: &'a str,
    path: &'a str,
    program: &'static str,
    said: Option<&'static str>,
    theme: &'static str,
    title: &'a str,
    unread: i64,
}

#[derive(Serialize)]
struct Account<'a> {
    login: &'a str,
    name: &'a str,
    employee_no: Option<&'a str>,
}

#[derive(Serialize)]
struct Crumb<'a> {
    text: &'a str,
    href: &'a str,
}

#[derive(Clone, Serialize)]
struct Entry {
    text: &'static str,
    href: &'static str,
    current: bool,
    icon: &'static str,
}

#[derive(Serialize)]
struct Group {
    name: &'static str,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Document<'a, V> {
    frame: Frame<'a>,
    page: &'a V,
}

/// For whom an entry of the rail is.
enum For {
    Everybody,
    /// Whoever has people below them.
    Managers,
    Holders(Permission),
    /// Whoever has the permission about everybody, or a part of the company.
    Beyond(Permission),
}

/// An entry of the rail: its text, address, icon and for whom it is.
type Way = (&'static str, &'static str, &'static str, For);

/// The rail: each group's text and its entries.
const RAIL: &[(&str, &[Way])] = &[
    (
        "nav-my-work",
        &[
            ("nav-home", "/", "home", For::Everybody),
            ("nav-inbox", "/inbox", "inbox", For::Everybody),
        ],
    ),
    (
        "nav-my-team",
        &[("nav-team", "/my-team", "team", For::Managers)],
    ),
    (
        "nav-people",
        &[
            (
                "nav-people-list",
                "/people",
                "people",
                For::Beyond(Permission::ViewPeople),
            ),
            (
                "nav-teams",
                "/teams",
                "team",
                For::Beyond(Permission::ViewTeams),
            ),
        ],
    ),
    (
        "nav-evidence",
        &[(
            "nav-imports",
            "/imports",
            "import",
            For::Holders(Permission::Import),
        )],
    ),
    (
        "nav-improvement",
        &[
            (
                "nav-findings",
                "/findings",
                "finding",
                For::Beyond(Permission::ViewFindings),
            ),
            (
                "nav-plans",
                "/plans",
                "goal",
                For::Beyond(Permission::ViewPlans),
            ),
        ],
    ),
    (
        "nav-recruitment",
        &[
            (
                "nav-openings",
                "/openings",
                "hire",
                For::Beyond(Permission::ViewRecruitment),
            ),
            (
                "candidates-title",
                "/candidates",
                "people",
                For::Beyond(Permission::ViewRecruitment),
            ),
            (
                "interviews-title",
                "/interviews",
                "me",
                For::Holders(Permission::JudgeCandidates),
            ),
            (
                "nav-recruitment-figures",
                "/recruitment",
                "figure",
                For::Beyond(Permission::ViewFunnel),
            ),
        ],
    ),
    (
        "nav-appraisals",
        &[
            (
                "nav-cycles",
                "/cycles",
                "cycle",
                For::Holders(Permission::ViewCycles),
            ),
            (
                "nav-scorecards",
                "/scorecards",
                "library",
                For::Beyond(Permission::ViewLibrary),
            ),
            (
                "nav-kpis",
                "/kpis",
                "figure",
                For::Holders(Permission::ViewLibrary),
            ),
            (
                "nav-templates",
                "/templates",
                "library",
                For::Beyond(Permission::ViewLibrary),
            ),
            (
                "nav-appeals",
                "/appeals",
                "finding",
                For::Beyond(Permission::ViewResults),
            ),
            (
                "nav-rewards",
                "/rewards",
                "figure",
                For::Holders(Permission::ViewResults),
            ),
        ],
    ),
    (
        "nav-reports",
        &[(
            "nav-reports-list",
            "/reports",
            "report",
            For::Beyond(Permission::ViewReports),
        )],
    ),
    (
        "nav-admin",
        &[
            (
                "nav-accounts",
                "/accounts",
                "me",
                For::Holders(Permission::ManageAccounts),
            ),
            (
                "nav-audit",
                "/audit",
                "audit",
                For::Holders(Permission::ViewAudit),
            ),
            (
                "nav-checks",
                "/checks",
                "admin",
                For::Holders(Permission::RunChecks),
            ),
        ],
    ),
];

impl Who {
    /// The token that this session's forms carry.
    #[must_use]
    pub fn form_token(&self) -> String {
        self.site.tokens.form_token(self.account.session_id)
    }

    /// How they are called: their name in the language of the page, else their login.
    #[must_use]
    pub fn called(&self) -> &str {
        match &self.account.name {
            Some((zh, en)) => self.locale.pick(zh, en),
            None => &self.account.login,
        }
    }

    fn sees(&self, whom: &For) -> bool {
        match whom {
            For::Everybody => true,
            For::Managers => self.account.leads,
            For::Holders(permission) => self.may(*permission),
            For::Beyond(permission) => match self.reach(*permission) {
                Some(reach) => self.account.leads || reach.is_beyond_line(),
                None => false,
            },
        }
    }

    fn nav(&self) -> Vec<Group> {
        let path = self.visitor.path.split('?').next().unwrap_or_default();
        let here = |href: &str| {
            path == href
                || (href != "/" && path.strip_prefix(href).is_some_and(|r| r.starts_with('/')))
        };
        RAIL.iter()
            .filter_map(|(name, entries)| {
                let entries: Vec<Entry> = entries
                    .iter()
                    .filter(|(.., whom)| self.sees(whom))
                    .map(|&(text, href, icon, _)| Entry {
                        text: plain(self.locale, text),
                        href,
                        current: here(href),
                        icon,
                    })
                    .collect();
                (!entries.is_empty()).then(|| Group {
                    name: plain(self.locale, name),
                    entries,
                })
            })
            .collect()
    }
}

/// The frame around a page.
fn frame<'a>(who: &'a Who, head: &'a Head) -> Frame<'a> {
    let settings = &who.site.settings;
    let nav = who.nav();
    Frame {
        account: Account {
            login: &who.account.login,
            name: who.called(),
            employee_no: who.account.employee_no.as_deref(),
        },
        bottom: nav.iter().flat_map(|g| g.entries.clone()).take(4).collect(),
        crumbs: head
            .crumbs
            .iter()
            .map(|(text, href)| Crumb { text, href })
            .collect(),
        csrf: who.form_token(),
        lang: who.locale.tag(),
        nav,
        once: crate::accounts::store::random_token(),
        organisation: who
            .locale
            .pick(&settings.organisation_zh, &settings.organisation_en),
        path: &who.visitor.path,
        program: PROGRAM,
        said: who.visitor.said(who.locale),
        theme: who.visitor.theme,
        title: &head.title,
        unread: who.account.unread,
    }
}

impl Who {
    /// The frame around a page that brings a document of its own: reports.
    ///
    /// # Errors
    /// When it cannot be written down: a fault of the program.
    pub fn frame(&self, head: &Head) -> crate::error::Result<serde_json::Value> {
        Ok(serde_json::to_value(frame(self, head))?)
    }
}

/// A page of the application.
///
/// # Errors
/// When the template does not fit the view: a fault of the program.
pub(super) fn render(
    who: &Who,
    template: &str,
    head: Head,
    view: &impl Serialize,
) -> Result<Vec<u8>, tera::Error> {
    let mut out = Vec::with_capacity(32 * 1024);
    let document = Document {
        frame: frame(who, &head),
        page: view,
    };
    who.site
        .renderer(who.locale)
        .page(template, &document, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_followed() {
        for good in ["/", "/people?q=x", "/people/E1#top"] {
            assert_eq!(own_address(good), good);
        }
        for bad in [
            "",
            "people",
            "//e.com",
            "/\\e.com",
            "\\\\e.com",
            "https://e.com",
            "https:e",
            "/\te",
            "javascript:1",
            "/\u{0}",
            "///e.com",
            "/a\\b",
        ] {
            assert_eq!(own_address(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn the_language_is_the_browsers_first_that_we_have() {
        assert_eq!(accepted("de,en-GB;q=0.8,zh;q=0.5"), Locale::En);
        assert_eq!(accepted("zh-TW"), Locale::Zh);
        assert_eq!(accepted(""), Locale::Zh);
        assert_eq!(accepted("é"), Locale::Zh);
    }
}
