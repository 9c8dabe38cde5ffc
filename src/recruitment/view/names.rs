//! What codes of recruitment are called, and the small parts that its pages share.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::i18n::{Locale, plain};
use crate::recruitment::model::codes::{ApplicationState, ConsentKind, Reason, Source};
use crate::recruitment::view::openings::application_state;
use crate::web::Who;

/// A name and its value, which may lead somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    pub href: Option<String>,
}

/// A fact; a dash where there is nothing.
#[must_use]
pub fn fact(locale: Locale, key: &str, value: Option<String>) -> Fact {
    Fact {
        name: plain(locale, key),
        value: value.unwrap_or_else(|| "–".to_string()),
        href: None,
    }
}

impl Fact {
    /// The same with a way to somewhere.
    #[must_use]
    pub fn to(mut self, href: Option<String>) -> Fact {
        self.href = href;
        self
    }
}

/// A text and the way it leads.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub text: String,
    pub href: String,
}

/// A state in a word, with its signal.
#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    pub word: &'static str,
    pub signal: &'static str,
}

/// The state of an application.
#[must_use]
pub fn state_chip(locale: Locale, state: ApplicationState) -> Chip {
    Chip {
        word: application_state(locale, state),
        signal: match state {
            ApplicationState::Active => "",
            ApplicationState::Hired => "is-good",
            ApplicationState::Rejected | ApplicationState::Withdrawn => "is-unknown",
        },
    }
}

/// Why an application was rejected.
#[must_use]
pub fn reason_name(locale: Locale, reason: Reason) -> &'static str {
    plain(
        locale,
        match reason {
            Reason::KnockOut => "application-reason-knock-out",
            Reason::PassRule => "application-reason-pass-rule",
            Reason::Others => "application-reason-others",
            Reason::NoShow => "application-reason-no-show",
            Reason::Background => "application-reason-background",
            Reason::OfferDeclined => "application-reason-offer-declined",
            Reason::Filled => "application-reason-filled",
            Reason::Other => "application-reason-other",
        },
    )
}

/// How somebody came to apply.
#[must_use]
pub fn source_name(locale: Locale, source: Source) -> &'static str {
    plain(
        locale,
        match source {
            Source::Careers => "application-source-careers",
            Source::Referral => "application-source-referral",
            Source::JobBoard => "application-source-job-board",
            Source::Agency => "application-source-agency",
            Source::Campus => "application-source-campus",
            Source::Internal => "application-source-internal",
            Source::Pool => "application-source-pool",
            Source::Other => "application-source-other",
        },
    )
}

/// To what consent is given.
#[must_use]
pub fn consent_name(locale: Locale, kind: ConsentKind) -> &'static str {
    plain(
        locale,
        match kind {
            ConsentKind::Application => "candidate-consent-application",
            ConsentKind::Pool => "candidate-consent-pool",
            ConsentKind::BackgroundCheck => "candidate-consent-background",
        },
    )
}

/// The reasons to choose from.
#[must_use]
pub fn reasons(locale: Locale) -> Vec<(String, String)> {
    Reason::ALL
        .iter()
        .map(|r| (r.code().to_string(), reason_name(locale, *r).to_string()))
        .collect()
}

/// The sources to choose from.
#[must_use]
pub fn sources(locale: Locale) -> Vec<(String, String)> {
    Source::ALL
        .iter()
        .map(|s| (s.code().to_string(), source_name(locale, *s).to_string()))
        .collect()
}

/// A day where the organisation is.
#[must_use]
pub fn day(who: &Who, at: NaiveDateTime) -> String {
    who.site.settings.zone.local_date(at).to_string()
}
