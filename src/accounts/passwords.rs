//! Password hashes: Argon2id with OWASP's parameters, at most two at once, so that sign-ins do not stall
//! pages and cannot eat the memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Result};

/// Hashes computed at the same time.
const AT_ONCE: u32 = 2;

type Work = Box<dyn FnOnce() + Send>;

/// The threads that compute hashes. They are always the same, because the allocator does not give the memory
/// of a hash back: it keeps it for the thread that asked, and any of the many that answer requests might.
static HASHERS: LazyLock<Sender<Work>> = LazyLock::new(|| {
    let (give, queue) = mpsc::channel::<Work>();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..AT_ONCE {
        let queue = queue.clone();
        std::thread::spawn(move || {
            while let Some(work) = next(&queue) {
                work();
            }
        });
    }
    give
});

/// The next hash to be computed; the place in the queue is free again when this returns.
fn next(queue: &Mutex<Receiver<Work>>) -> Option<Work> {
    let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    queue.recv().ok()
}

/// How many hashes this process has computed: every failed sign-in must cost one (a test counts).
static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// The number of hashes computed so far.
#[must_use]
pub fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}

/// Has a hash computed, and waits for it.
fn compute<T: Send + 'static>(
    work: impl FnOnce(&Argon2<'static>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let broken = |_| Error::Internal("the thread of the password hashes has ended".into());
    let argon2 = argon2()?;
    let (tell, hear) = mpsc::channel();
    let work = move || {
        COMPUTED.fetch_add(1, Ordering::Relaxed);
        // Whoever asked may have gone away.
        let _ = tell.send(work(&argon2));
    };
    HASHERS
        .send(Box::new(work))
        .map_err(|_| broken(mpsc::RecvError))?;
    hear.recv().map_err(broken)?
}

/// 19 MiB, two passes, one lane: the first of the settings OWASP recommends.
fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(19_456, 2, 1, None).map_err(|e| Error::Internal(e.to_string().into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, with a random salt, as a PHC string. Blocks the thread for some milliseconds.
pub fn hash(password: &str) -> Result<String> {
    let password = password.to_string();
    compute(move |argon2| {
        Ok(argon2
            .hash_password(password.as_bytes())
            .map_err(|e| Error::Internal(e.to_string().into()))?
            .to_string())
    })
}

/// Whether a password belongs to a hash. Without a hash (nobody has this login) the same work is done for
/// nothing, so that the time tells nobody who exists.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY))
        .map_err(|e| Error::Internal(e.to_string().into()))?;
    let password = password.to_string();
    let fits =
        compute(move |argon2| Ok(argon2.verify_password(password.as_bytes(), &parsed).is_ok()))?;
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
