//! Messages that leave the house: what `tell` wrote is mailed afterwards, by whichever process is there
//! first. A message is never lost by a mail server that is away: it stays in the inbox.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Letter};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{SmtpTransport, Transport};

use crate::accounts::store::sentence;
use crate::calendar::Clock;
use crate::config::{Mail, Security};
use crate::db::schema::{account, message};
use crate::db::{Conn, Db};
use crate::error::{Error, Message, Result};
use crate::i18n::{self, Locale};
use crate::settings::Settings;

/// Letters taken in hand at once.
const BATCH: i64 = 20;

/// How long a letter is in one process's hands before another may take it up; also the pause before a
/// letter that was not accepted is tried again.
const PAUSE: Duration = Duration::minutes(10);

/// How often a letter is tried.
const TRIES: i32 = 5;

/// Messages older than this are not mailed any more.
const AGE: Duration = Duration::days(1);

/// Longest subject, in characters.
const SUBJECT: usize = 120;

/// Sends letters by one mail server.
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
    /// Before every address: `https://hr.example.com`.
    base: String,
}

/// A message in hand.
#[derive(Queryable)]
struct Outgoing {
    id: i64,
    kind: String,
    args_json: String,
    link: String,
    tries: i32,
    email: Option<String>,
    locale: Option<String>,
}

impl Mailer {
    /// A mailer to the configured server; `public_url` is what links in letters begin with.
    ///
    /// # Errors
    /// When sender or server are none, the connection would be open to others, or no public address is known.
    pub fn new(mail: &Mail, password: Option<String>, public_url: Option<&str>) -> Result<Mailer> {
        let bad =
            |key: &'static str| Error::invalid(Message::new(key).with("server", &mail.server));
        let base = public_url.ok_or_else(|| bad("mail-needs-public-url"))?;
        let from = mail.from.parse().map_err(|_| {
            Error::invalid(Message::new("mail-bad-sender").with("from", &mail.from))
        })?;
        let here = ["localhost", "127.0.0.1", "::1"].contains(&mail.server.as_str());
        let mut builder = match mail.security {
            Security::Starttls => SmtpTransport::starttls_relay(&mail.server),
            Security::Tls => SmtpTransport::relay(&mail.server),
            Security::None if here => Ok(SmtpTransport::builder_dangerous(&mail.server)),
            Security::None => return Err(bad("mail-not-encrypted")),
        }
        .map_err(|_| bad("mail-bad-server"))?;
        if let Some(port) = mail.port {
            builder = builder.port(port);
        }
        if let Some(user) = &mail.user {
            let password = password.ok_or_else(|| bad("mail-needs-password"))?;
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Mailer {
            transport: builder.build(),
            from,
            base: base.trim_end_matches('/').to_string(),
        })
    }

    /// Sends what waits and returns how many letters were accepted.
    ///
    /// # Errors
    /// When the database cannot be read or written; a letter that is not accepted is logged and tried again.
    pub fn send_due(&self, db: &Db, clock: &Clock) -> Result<usize> {
        let mut accepted = 0;
        loop {
            let now = clock.now();
            if !db.read(|conn| is_due(conn, now))? {
                return Ok(accepted);
            }
            let (letters, settings) =
                db.write(|conn| Ok((take(conn, now)?, Settings::load(conn)?)))?;
            for letter in letters {
                let sent = self.send(&letter, &settings);
                if let Err(cause) = &sent {
                    tracing::warn!(message = letter.id, tries = letter.tries, %cause, "a letter was not accepted");
                }
                if sent.is_ok() || letter.tries >= TRIES {
                    db.write(|conn| done(conn, letter.id))?;
                }
                accepted += usize::from(sent.is_ok());
            }
        }
    }

    fn send(&self, letter: &Outgoing, settings: &Settings) -> std::result::Result<(), String> {
        let Some(email) = &letter.email else {
            return Ok(());
        };
        let locale: Locale = letter
            .locale
            .as_deref()
            .and_then(|tag| tag.parse().ok())
            .unwrap_or(Locale::Zh);
        let what = sentence(locale, &letter.kind, &letter.args_json);
        let slots = [
            ("address", format!("{}{}", self.base, letter.link).into()),
            (
                "organisation",
                locale
                    .pick(&settings.organisation_zh, &settings.organisation_en)
                    .into(),
            ),
            ("what", (&what).into()),
        ];
        let host = self.from.email.domain();
        let built = Letter::builder()
            .from(self.from.clone())
            .to(email.parse().map_err(|e| format!("{e}"))?)
            // The same however often it is sent: mail programs show it once.
            .message_id(Some(format!("<message-{}@{host}>", letter.id)))
            .subject(what.chars().take(SUBJECT).collect::<String>())
            .header(ContentType::TEXT_PLAIN)
            .body(i18n::text(locale, "mail-body", &slots))
            .map_err(|e| e.to_string())?;
        self.transport
            .send(&built)
            .map(|_| ())
            .map_err(|e| e.to_string())
    }
}

fn is_due(conn: &mut Conn, now: NaiveDateTime) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        message::table.filter(message::mail_due.le(now)),
    ))
    .get_result(conn)?)
}

/// Takes letters in hand: for a while no other process will. What is too old, or to nobody, is let go.
fn take(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<Outgoing>> {
    conn.lock("mail")?;
    let reachable = account::table
        .filter(account::email.is_not_null())
        .filter(account::disabled_at.is_null())
        .select(account::id);
    diesel::update(
        message::table.filter(message::mail_due.le(now)).filter(
            message::created_at
                .lt(now - AGE)
                .or(diesel::dsl::not(message::account_id.eq_any(reachable))),
        ),
    )
    .set(message::mail_due.eq(None::<NaiveDateTime>))
    .execute(conn)?;
    let ids: Vec<i64> = message::table
        .filter(message::mail_due.le(now))
        .order((message::mail_due, message::id))
        .limit(BATCH)
        .select(message::id)
        .load(conn)?;
    diesel::update(message::table.filter(message::id.eq_any(&ids)))
        .set((
            message::mail_due.eq(now + PAUSE),
            message::mail_tries.eq(message::mail_tries + 1),
        ))
        .execute(conn)?;
    Ok(message::table
        .inner_join(account::table)
        .filter(message::id.eq_any(&ids))
        .order(message::id)
        .select((
            message::id,
            message::kind,
            message::args_json,
            message::link,
            message::mail_tries,
            account::email,
            account::locale,
        ))
        .load(conn)?)
}

fn done(conn: &mut Conn, id: i64) -> Result<()> {
    diesel::update(message::table.find(id))
        .set(message::mail_due.eq(None::<NaiveDateTime>))
        .execute(conn)?;
    Ok(())
}
