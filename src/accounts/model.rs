//! The rules of accounts: what a login and a password may be, how long a session lives, how many wrong
//! passwords are enough. Pure.

use chrono::{Duration, NaiveDateTime};

use crate::error::Message;

/// A session ends after this long without a request.
pub const IDLE: Duration = Duration::minutes(60);

/// A session ends after this long whatever happens.
pub const ABSOLUTE: Duration = Duration::hours(12);

/// A session's row is touched at most this often.
pub const TOUCH: Duration = Duration::minutes(5);

/// So many wrong passwords in a window, for one login or from one address, are enough.
pub const FAILURES: i32 = 10;

/// The window in which they count.
pub const WINDOW: Duration = Duration::minutes(10);

/// The shortest password, in characters.
pub const SHORTEST: usize = 10;

/// The longest password, in characters.
pub const LONGEST: usize = 256;

/// A login as stored: trimmed, small letters.
///
/// # Errors
/// When it is not 2 to 64 letters, digits or `. _ - @`.
pub fn login(text: &str) -> Result<String, Message> {
    let folded = text.trim().to_lowercase();
    let fits = (2..=64).contains(&folded.chars().count())
        && folded
            .chars()
            .all(|c| c.is_alphanumeric() || ".-_@".contains(c));
    if fits {
        Ok(folded)
    } else {
        Err(Message::new("account-login-bad"))
    }
}

/// Whether a password is good enough for somebody about whom `known` words are known (their login, name,
/// e-mail, the organisation).
///
/// # Errors
/// When it is too short, too long, or easily guessed (zxcvbn score below 2).
pub fn password(password: &str, known: &[&str]) -> Result<(), Message> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Message::new("password-short").with("n", SHORTEST));
    }
    if length > LONGEST {
        return Err(Message::new("password-long").with("n", LONGEST));
    }
    let mut words = vec!["espalier"];
    words.extend(known.iter().filter(|w| !w.is_empty()));
    if zxcvbn::zxcvbn(password, &words).score() < zxcvbn::Score::Two {
        return Err(Message::new("password-weak"));
    }
    Ok(())
}

/// Until when no password is tried any more, after `failures` since `window_start`.
#[must_use]
pub fn blocked_until(
    failures: i32,
    window_start: NaiveDateTime,
    now: NaiveDateTime,
) -> Option<NaiveDateTime> {
    let end = window_start + WINDOW;
    (failures >= FAILURES && now < end).then_some(end)
}

/// Whether a session may still be used.
#[must_use]
pub fn is_live(
    seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    now: NaiveDateTime,
) -> bool {
    revoked_at.is_none() && now < expires_at && now < seen_at + IDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> NaiveDateTime {
        chrono::DateTime::from_timestamp(minute * 60, 0)
            .unwrap()
            .naive_utc()
    }

    #[test]
    fn a_login_is_folded_and_has_no_spaces() {
        assert_eq!(login(" Wang.Li ").unwrap(), "wang.li");
        assert_eq!(login("王丽").unwrap(), "王丽");
        assert!(login("a").is_err() && login("two words").is_err());
    }

    #[test]
    fn a_password_that_is_short_or_easily_guessed_is_refused() {
        for bad in ["short", "password123", "wangliwangli", "1234567890"] {
            assert!(password(bad, &["wangli"]).is_err(), "{bad}");
        }
        assert!(password("correct horse battery", &["wangli"]).is_ok());
        assert!(password(&"é".repeat(257), &[]).is_err());
    }

    #[test]
    fn ten_failures_block_until_the_window_is_over() {
        assert_eq!(blocked_until(9, at(0), at(1)), None);
        assert_eq!(blocked_until(10, at(0), at(9)), Some(at(10)));
        assert_eq!(blocked_until(10, at(0), at(10)), None);
    }

    #[test]
    fn a_session_ends_by_idleness_age_or_revocation() {
        assert!(is_live(at(0), at(720), None, at(59)));
        assert!(!is_live(at(0), at(720), None, at(60)));
        assert!(!is_live(at(719), at(720), None, at(720)));
        assert!(!is_live(at(0), at(720), Some(at(1)), at(2)));
    }
}
