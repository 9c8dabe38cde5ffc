//! Where settings of this process come from: flags, then environment, then a file. Unknown keys are
//! refused; the result is passed along, never global.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Message, Result};

/// The file read from the working folder when no other is named.
pub const DEFAULT_FILE: &str = "espalier.toml";

/// The database used when none is named.
pub const DEFAULT_DATABASE: &str = "sqlite://espalier.db";

/// What the configuration file may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite://PATH` or `postgres://...`
    pub database: Option<String>,
    /// Language of messages: `zh-CN` or `en`.
    pub language: Option<String>,
    /// How browsers reach the server: `https://hr.example.com`; nothing on this machine alone.
    pub public_url: Option<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// How mail leaves; without it messages stay in the inbox alone.
    pub mail: Option<Mail>,
    /// First values of the organisation's settings, used when a database is made.
    #[serde(default)]
    pub organisation: Organisation,
}

/// The server that takes our mail. Its password is read from the environment (`ESPALIER_SMTP_PASSWORD`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Name of the server: `smtp.example.com`.
    pub server: String,
    /// 587, 465 or 25 by `security` where none is given.
    pub port: Option<u16>,
    #[serde(default)]
    pub security: Security,
    pub user: Option<String>,
    /// Sender: `Espalier <hr@example.com>`.
    pub from: String,
}

/// How the connection to the mail server is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Plain at first, then encrypted or not at all.
    #[default]
    Starttls,
    /// Encrypted from the first byte.
    Tls,
    /// Not: for a server on this machine only.
    None,
}

/// What a new database is told of the organisation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    /// `Asia/Shanghai`
    pub time_zone: Option<String>,
    /// 1 to 12
    pub fiscal_start_month: Option<u32>,
}

impl Config {
    /// Reads `named`, or the default file if it is there.
    ///
    /// # Errors
    /// When a named file is not there, or a file is not what it should be.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let path = match named {
            Some(path) => path.to_path_buf(),
            None if Path::new(DEFAULT_FILE).is_file() => PathBuf::from(DEFAULT_FILE),
            None => return Ok(Config::default()),
        };
        let bad = |cause: String| {
            Error::invalid(
                Message::new("config-bad")
                    .with("file", path.display())
                    .with("cause", cause),
            )
        };
        let text = std::fs::read_to_string(&path).map_err(|e| bad(e.to_string()))?;
        toml::from_str(&text).map_err(|e| bad(e.to_string()))
    }
}

impl Organisation {
    /// The settings the file names, under the names of the database.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let month = self.fiscal_start_month.map(|m| m.to_string());
        [
            ("organisation_zh", self.name_zh.clone()),
            ("organisation_en", self.name_en.clone()),
            ("time_zone", self.time_zone.clone()),
            ("fiscal_start_month", month),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}
