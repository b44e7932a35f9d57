//! The ids of the last events, so that a replay is not delivered twice.

use std::collections::{HashSet, VecDeque};

const CAPACITY: usize = 1024;

/// Remembers the last ids.
#[derive(Default)]
pub(super) struct Seen {
    order: VecDeque<String>,
    known: HashSet<String>,
}

impl Seen {
    /// Remembers an id, and tells whether it is new.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}
