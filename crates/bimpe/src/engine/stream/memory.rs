//! The ids of the last events, so that a replay is not delivered twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

const CAPACITY: usize = 1024;

/// Remembers the last ids, by hashes of 64 bits: a new id looks like one of a thousand known ones once in 10^16 events.
#[derive(Default)]
pub(super) struct Seen {
    order: VecDeque<u64>,
    known: HashSet<u64, BuildHasherDefault<Same>>,
    hash: RandomState,
}

/// The hash of what is a hash already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Seen {
    /// Remembers an id, and tells whether it is new.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        let id = self.hash.hash_one(id);
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}
