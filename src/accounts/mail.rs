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
use crate::db::schema::{account, letter, message};
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

/// A message in hand, or a letter to somebody without an account.
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
        let mut accepted = self.send_letters(db, clock)?;
        loop {
            let now = clock.now();
            if !db.read(|conn| is_due(conn, now))? {
                return Ok(accepted);
            }
            let (letters, settings) =
                db.write(|conn| Ok((take(conn, now)?, Settings::load(conn)?)))?;
            for letter in letters {
                let sent = self.send(&letter, &settings, "message", "mail-body");
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

    /// Sends the letters to people without an account; what has left is forgotten.
    fn send_letters(&self, db: &Db, clock: &Clock) -> Result<usize> {
        let mut accepted = 0;
        loop {
            let now = clock.now();
            if !db.read(|conn| letters_are_due(conn, now))? {
                return Ok(accepted);
            }
            let (letters, settings) =
                db.write(|conn| Ok((take_letters(conn, now)?, Settings::load(conn)?)))?;
            for letter in letters {
                let sent = self.send(&letter, &settings, "letter", "mail-body-applicant");
                if let Err(cause) = &sent {
                    tracing::warn!(letter = letter.id, tries = letter.tries, %cause, "a letter was not accepted");
                }
                if sent.is_ok() || letter.tries >= TRIES {
                    db.write(|conn| {
                        diesel::delete(letter::table.find(letter.id)).execute(conn)?;
                        Ok(())
                    })?;
                }
                accepted += usize::from(sent.is_ok());
            }
        }
    }

    /// `kind` names the message for mail programs, `body` is the key of what surrounds its sentence.
    fn send(
        &self,
        letter: &Outgoing,
        settings: &Settings,
        kind: &str,
        body: &str,
    ) -> std::result::Result<(), String> {
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
            .message_id(Some(format!("<{kind}-{}@{host}>", letter.id)))
            .subject(what.chars().take(SUBJECT).collect::<String>())
            .header(ContentType::TEXT_PLAIN)
            .body(i18n::text(locale, body, &slots))
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

/// Writes to somebody who has no account; `what` is the sentence, `link` an address of ours. Whoever calls makes sure
/// that letters leave from here at all.
pub fn write_to(
    conn: &mut Conn,
    email: &str,
    locale: Locale,
    what: &Message,
    link: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let args: std::collections::BTreeMap<&str, &String> = what
        .args
        .iter()
        .map(|(name, value)| (*name, value))
        .collect();
    diesel::insert_into(letter::table)
        .values((
            letter::email.eq(email),
            letter::locale.eq(locale.tag()),
            letter::kind.eq(what.key),
            letter::args_json.eq(serde_json::to_string(&args)?),
            letter::link.eq(link),
            letter::created_at.eq(now),
            letter::mail_due.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets letters that nobody sent in time: they hold an address, and perhaps a private link.
pub fn forget_old_letters(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    Ok(diesel::delete(letter::table.filter(letter::created_at.lt(now - AGE))).execute(conn)?)
}

fn letters_are_due(conn: &mut Conn, now: NaiveDateTime) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        letter::table.filter(letter::mail_due.le(now)),
    ))
    .get_result(conn)?)
}

/// Takes letters in hand, as [`take`] does messages.
fn take_letters(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<Outgoing>> {
    conn.lock("mail")?;
    forget_old_letters(conn, now)?;
    let ids: Vec<i64> = letter::table
        .filter(letter::mail_due.le(now))
        .order((letter::mail_due, letter::id))
        .limit(BATCH)
        .select(letter::id)
        .load(conn)?;
    diesel::update(letter::table.filter(letter::id.eq_any(&ids)))
        .set((
            letter::mail_due.eq(now + PAUSE),
            letter::mail_tries.eq(letter::mail_tries + 1),
        ))
        .execute(conn)?;
    Ok(letter::table
        .filter(letter::id.eq_any(&ids))
        .order(letter::id)
        .select((
            letter::id,
            letter::kind,
            letter::args_json,
            letter::link,
            letter::mail_tries,
            letter::email.nullable(),
            letter::locale.nullable(),
        ))
        .load(conn)?)
}
