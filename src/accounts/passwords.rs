//! Password hashes: Argon2id with OWASP's parameters, at most two at once, so that sign-ins do not stall
//! pages and cannot eat the memory.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::error::{Error, Result};

/// Hashes computed at the same time.
const AT_ONCE: u32 = 2;

/// How many are under way, and who waits.
static BUSY: (Mutex<u32>, Condvar) = (Mutex::new(0), Condvar::new());

/// How many hashes this process has computed: every failed sign-in must cost one (a test counts).
static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// The number of hashes computed so far.
#[must_use]
pub fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}

/// A place among those computing, given back when dropped.
struct Place;

impl Place {
    fn take() -> Place {
        let mut busy = BUSY.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *busy >= AT_ONCE {
            busy = BUSY.1.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        *busy += 1;
        COMPUTED.fetch_add(1, Ordering::Relaxed);
        Place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *BUSY.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        BUSY.1.notify_one();
    }
}

/// 19 MiB, two passes, one lane: the first of the settings OWASP recommends.
fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(19_456, 2, 1, None).map_err(|e| Error::Internal(e.to_string().into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, with a random salt, as a PHC string. Blocks the thread for some milliseconds.
pub fn hash(password: &str) -> Result<String> {
    let argon2 = argon2()?;
    let _place = Place::take();
    Ok(argon2
        .hash_password(password.as_bytes())
        .map_err(|e| Error::Internal(e.to_string().into()))?
        .to_string())
}

/// Whether a password belongs to a hash. Without a hash (nobody has this login) the same work is done for
/// nothing, so that the time tells nobody who exists.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY))
        .map_err(|e| Error::Internal(e.to_string().into()))?;
    let argon2 = argon2()?;
    let _place = Place::take();
    let fits = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(fits && stored.is_some())
}

/// A password for somebody's first sign-in: 20 characters that are not mistaken for one another.
#[must_use]
pub fn random() -> String {
    const SIGNS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = rand::random();
    let mut text: String = bytes
        .iter()
        .map(|b| char::from(SIGNS[usize::from(*b) % SIGNS.len()]))
        .collect();
    for at in [15, 10, 5] {
        text.insert(at, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_and_no_other() {
        let stored = hash("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", Some(&stored)).unwrap());
        assert!(!verify("correct horse batterz", Some(&stored)).unwrap());
        assert!(!verify("", None).unwrap());
    }

    #[test]
    fn an_unknown_login_costs_a_hash_too() {
        let before = computed();
        verify("anything", None).unwrap();
        assert!(computed() > before);
    }

    #[test]
    fn first_passwords_are_long_and_differ() {
        let (one, other) = (random(), random());
        assert_eq!(one.len(), 23);
        assert_ne!(one, other);
    }
}
