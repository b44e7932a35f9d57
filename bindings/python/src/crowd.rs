//! How many threads wait for calls. A few do best when each drives its own connections. When there are many, they wake
//! at the same time and queue for the interpreter; one thread that drives the connections of all wakes them in turn,
//! and answers what has come in at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::Error;

use crate::runtime::PerProcess;

/// From so many on, calls go to the common runtime.
const MANY: usize = 3;

static WAITING: PerProcess<AtomicUsize> = PerProcess::new();

/// A thread that waits for a call. It counts until it is dropped.
pub(crate) struct Waiter {
    waiting: &'static AtomicUsize,
    others: usize,
}

impl Waiter {
    pub(crate) fn join() -> Result<Self, Error> {
        let waiting = WAITING.get_or_make(|| Ok(AtomicUsize::new(0)))?;
        Ok(Self { waiting, others: waiting.fetch_add(1, Ordering::Relaxed) })
    }

    /// Whether many others waited already.
    pub(crate) fn is_in_crowd(&self) -> bool {
        self.others >= MANY
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
