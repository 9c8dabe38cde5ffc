//! The keys a file has held so far, each at the cost of 24 bytes however long it is: a fingerprint of 128 bits under two
//! random keys, with a place. Two different keys of a file of a million rows share a fingerprint with a chance of 10^-27,
//! so equal fingerprints are taken for equal keys.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// Keys and where each was seen.
#[derive(Debug, Default)]
pub struct Keys {
    hashers: [RandomState; 2],
    places: HashMap<[u64; 2], u64, BuildHasherDefault<AlreadyHashed>>,
}

impl Keys {
    /// The place under which `key` is known; an unknown one becomes known under `place`.
    pub fn place_or_insert(&mut self, key: &str, place: u64) -> Option<&mut u64> {
        use std::collections::hash_map::Entry;
        let [first, second] = &self.hashers;
        match self
            .places
            .entry([first.hash_one(key), second.hash_one(key)])
        {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(free) => {
                free.insert(place);
                None
            }
        }
    }

    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.places.clear();
    }
}

/// Fingerprints are as good as random already; hashing them again would only take time.
#[derive(Debug, Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_first_place_until_it_is_given_another() {
        let mut keys = Keys::default();
        for key in 0..10_000_u64 {
            assert_eq!(keys.place_or_insert(&format!("INC{key:07}"), key), None);
        }
        for key in 0..10_000_u64 {
            let place = keys.place_or_insert(&format!("INC{key:07}"), 0);
            assert_eq!(place.copied(), Some(key));
        }
        if let Some(place) = keys.place_or_insert("INC0000005", 0) {
            *place = 77;
        }
        assert_eq!(keys.place_or_insert("INC0000005", 0), Some(&mut 77));
        keys.clear();
        assert_eq!(keys.place_or_insert("INC0000005", 1), None);
    }
}
