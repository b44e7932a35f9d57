//! Counts of a stream.

use std::sync::{Arc, Mutex};

use crate::sync::lock;

/// Counts of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStats {
    /// Connections that were opened after the first.
    pub reconnects: u32,
    /// Events that the server sent again and that were left out.
    pub duplicates_dropped: u64,
    /// Lines that were not UTF-8.
    pub decode_replacements: u64,
}

/// The counts of one stream. They can be read while a task waits with the stream.
#[derive(Clone, Default)]
pub(crate) struct Counters(Arc<Mutex<StreamStats>>);

impl Counters {
    pub(crate) fn get(&self) -> StreamStats {
        *lock(&self.0)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut StreamStats)) {
        change(&mut lock(&self.0));
    }
}
