//! What can go wrong, in six kinds, each with a message that is a text key: translated at the edge.

use std::fmt;

/// A sentence for a reader: a key of `locales/` and its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Message {
    /// A sentence without slots.
    #[must_use]
    pub fn new(key: &'static str) -> Self {
        Message {
            key,
            args: Vec::new(),
        }
    }

    /// The same sentence with one more slot filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// Everything a feature may fail with.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or none within the reader's reach.
    NotFound(Message),
    /// What was asked for does not fit the present state.
    Conflict(Message),
    /// What was given is wrong: every reason, in order.
    Invalid(Vec<Message>),
    /// Something broke that the user cannot mend by typing something else.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// The result of anything that may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A single reason.
    #[must_use]
    pub fn invalid(message: Message) -> Self {
        Error::Invalid(vec![message])
    }

    /// The sentences for the reader.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        match self {
            Error::NotFound(m) | Error::Conflict(m) => vec![m.clone()],
            Error::Invalid(all) => all.clone(),
            Error::Internal(cause) => {
                vec![Message::new("error-internal").with("cause", chain(cause.as_ref()))]
            }
        }
    }
}

/// An error and its causes, joined by colons: for the log and the command line.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, message) in self.messages().iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            f.write_str(message.key)?;
            for (name, value) in &message.args {
                write!(f, " {name}={value}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(e: diesel::result::Error) -> Self {
        match known_trouble(&e) {
            Some(key) => Error::invalid(Message::new(key)),
            None => Error::Internal(Box::new(e)),
        }
    }
}

/// The message for what befalls a database and somebody can mend. Of a SQLite file, words are all there
/// is to go by: the codes are not passed on.
#[must_use]
pub fn known_trouble(e: &diesel::result::Error) -> Option<&'static str> {
    let diesel::result::Error::DatabaseError(kind, what) = e else {
        return None;
    };
    if matches!(kind, diesel::result::DatabaseErrorKind::ClosedConnection) {
        return Some("database-lost");
    }
    match what.message() {
        "database disk image is malformed" | "file is not a database" => Some("database-corrupt"),
        "database or disk is full" => Some("database-full"),
        _ => None,
    }
}

macro_rules! internal_from {
    ($($from:ty),+ $(,)?) => {$(
        impl From<$from> for Error {
            fn from(e: $from) -> Self {
                Error::Internal(Box::new(e))
            }
        }
    )+};
}
internal_from!(diesel::r2d2::PoolError, std::io::Error, serde_json::Error,);
