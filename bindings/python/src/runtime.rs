//! The shared tokio runtime, and values per process.
//!
//! A forked child has the parent's memory but none of its threads, so a runtime from before the fork would block for ever.
//! Each process therefore creates its own. The inherited one is leaked, because dropping it would join threads that do not
//! exist. No lock is used, because a thread that the child lacks may hold it.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use bimpe::Error;
use bimpe_runtime::BackgroundRuntime;

use crate::fork::fork_generation;

/// A value that each process creates for itself.
pub(crate) struct PerProcess<T> {
    current: AtomicPtr<Owned<T>>,
}

struct Owned<T> {
    process: u32,
    value: T,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Returns the value of this process, created by `make` on first use.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        let seen = self.current.load(Ordering::Acquire);
        // SAFETY: the pointer is null or comes from `Box::into_raw` below. Only `drop` frees a published box, and it
        // cannot run while `self` is borrowed.
        if let Some(owned) = unsafe { seen.as_ref() }
            && owned.process == fork_generation()
        {
            return Ok(&owned.value);
        }
        let fresh = Box::into_raw(Box::new(Owned { process: fork_generation(), value: make()? }));
        match self.current.compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: `fresh` is valid and now published; see above.
            Ok(_stale) => Ok(unsafe { &(*fresh).value }),
            Err(winner) => {
                // SAFETY: `fresh` was never published.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: another thread of this process published `winner`; see above.
                Ok(unsafe { &(*winner).value })
            }
        }
    }

    /// Returns the value, if this process has created it.
    pub(crate) fn get(&self) -> Option<&T> {
        let seen = self.current.load(Ordering::Acquire);
        // SAFETY: as in `get_or_make`.
        let owned = unsafe { seen.as_ref() }?;
        (owned.process == fork_generation()).then_some(&owned.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        if self.get().is_some() {
            // SAFETY: `&mut self` excludes other borrows, and this process created the value.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

/// Returns the background runtime of this process.
pub(crate) fn background() -> Result<&'static BackgroundRuntime, Error> {
    static BACKGROUND: PerProcess<BackgroundRuntime> = PerProcess::new();
    BACKGROUND.get_or_make(BackgroundRuntime::start)
}
