//! Counts the threads that wait for responses. Few threads are fastest when each drives its own connections. Many threads
//! wake at the same time and compete for the interpreter, so one shared runtime drives the connections of all and wakes
//! the threads in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::Error;

use crate::runtime::PerProcess;

/// From this number of waiting threads on, requests use the shared runtime.
const SHARED_RUNTIME_THRESHOLD: usize = 3;

static WAITING_THREADS: PerProcess<AtomicUsize> = PerProcess::new();

/// A waiting thread, which counts until the guard is dropped.
pub(crate) struct WaitGuard {
    waiting: &'static AtomicUsize,
    others: usize,
}

impl WaitGuard {
    pub(crate) fn join() -> Result<Self, Error> {
        let waiting = WAITING_THREADS.get_or_make(|| Ok(AtomicUsize::new(0)))?;
        Ok(Self { waiting, others: waiting.fetch_add(1, Ordering::Relaxed) })
    }

    /// Whether enough other threads were waiting to use the shared runtime.
    pub(crate) fn is_contended(&self) -> bool {
        self.others >= SHARED_RUNTIME_THRESHOLD
    }
}

impl Drop for WaitGuard {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
