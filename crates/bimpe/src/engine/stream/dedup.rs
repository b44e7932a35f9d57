//! Ids of the last events, so that a replay is not delivered twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

const CAPACITY: usize = 1024;

/// The last ids, as hashes of 64 bits: a new id equals one of 1024 known ones once in 10^16 events.
#[derive(Default)]
pub(super) struct SeenIds {
    order: VecDeque<u64>,
    known: HashSet<u64>,
    hash: RandomState,
}

impl SeenIds {
    /// Adds an id. Returns whether it is new.
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
