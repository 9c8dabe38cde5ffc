//! Password hashes: Argon2id with OWASP's parameters, at most two at once, so that sign-ins do not stall
//! pages and cannot eat the memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::error::{Error, Result};

/// Hashes computed at the same time.
const AT_ONCE: u32 = 2;

/// What a thread does, in its memory.
type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The threads that compute hashes, each in memory that it keeps. Memory of this size given back and taken
/// anew makes the allocator keep as much for every thread that answers requests (glibc raises its bounds).
static HASHERS: LazyLock<Sender<Work>> = LazyLock::new(|| {
    let (give, queue) = mpsc::channel::<Work>();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..AT_ONCE {
        let queue = queue.clone();
        std::thread::spawn(move || {
            let mut memory = Vec::new();
            while let Some(work) = next(&queue) {
                work(&mut memory);
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

fn internal(e: impl std::fmt::Display) -> Error {
    Error::Internal(e.to_string().into())
}

/// Has a hash computed, and waits for it.
fn compute(password: &str, salt: Salt, params: Params) -> Result<Output> {
    let password = password.to_string();
    let (tell, hear) = mpsc::channel();
    let work = move |memory: &mut Vec<Block>| {
        COMPUTED.fetch_add(1, Ordering::Relaxed);
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.as_bytes(), &salt, &mut out, memory)
            .map_err(internal)
            .and_then(|()| Output::new(&out).map_err(internal));
        // Whoever asked may have gone away.
        let _ = tell.send(hash);
    };
    HASHERS.send(Box::new(work)).map_err(internal)?;
    hear.recv().map_err(internal)?
}

/// 19 MiB, two passes, one lane: the first of the settings OWASP recommends.
fn settings() -> Result<Params> {
    Params::new(19_456, 2, 1, None).map_err(internal)
}

/// The hash of a password, with a random salt, as a PHC string. Blocks the thread for some milliseconds.
pub fn hash(password: &str) -> Result<String> {
    let salt = Salt::new(&rand::random::<[u8; 16]>()).map_err(internal)?;
    let params = settings()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(internal)?,
        salt: Some(salt),
        hash: Some(compute(password, salt, params)?),
    };
    Ok(hash.to_string())
}

/// Whether a password belongs to a hash. Without a hash (nobody has this login) the same work is done for
/// nothing, so that the time tells nobody who exists.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(internal)?;
    let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
        return Err(internal("a stored password hash has no salt or no hash"));
    };
    let params = Params::try_from(&parsed).map_err(internal)?;
    // Outputs are compared in constant time.
    let fits = compute(password, salt, params)? == expected;
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
    fn hashes_are_those_of_the_library_both_ways() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let library = Argon2::from(settings().unwrap());
        let theirs = library.hash_password(b"correct horse").unwrap().to_string();
        assert!(verify("correct horse", Some(&theirs)).unwrap());
        let ours = hash("correct horse").unwrap();
        assert!(
            library
                .verify_password(b"correct horse", ours.as_str())
                .is_ok()
        );
        assert!(
            library
                .verify_password(b"correct house", ours.as_str())
                .is_err()
        );
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
