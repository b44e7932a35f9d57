//! The one tokio runtime of the process, and what a fork does to it.
//!
//! A forked child has the parent's memory but none of its threads, so a runtime from before the fork would
//! wait for ever. Whoever asks is given a runtime made by this very process; the old one is leaked, since
//! dropping it would join threads that do not exist. No lock is taken: one may be held, for ever, by a
//! thread that the child does not have.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use bimpe::Error;
use bimpe::background::Background;

use crate::process::process;

/// A value that belongs to the process that made it, and is made anew in a forked child.
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

    /// The value of this process, made by `make` on first use.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        let seen = self.current.load(Ordering::Acquire);
        // SAFETY: the pointer is null or comes from `Box::into_raw` below; a box that was published is freed
        // only by `drop`, which nobody can call while `self` is borrowed.
        if let Some(owned) = unsafe { seen.as_ref() }
            && owned.process == process()
        {
            return Ok(&owned.value);
        }
        let fresh = Box::into_raw(Box::new(Owned { process: process(), value: make()? }));
        match self.current.compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: `fresh` was just made, and is now published; see above.
            Ok(_stale) => Ok(unsafe { &(*fresh).value }),
            Err(winner) => {
                // SAFETY: nobody else has seen `fresh`.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: another thread of this process published `winner`; see above.
                Ok(unsafe { &(*winner).value })
            }
        }
    }

    /// The value, if this process has made it.
    pub(crate) fn get(&self) -> Option<&T> {
        let seen = self.current.load(Ordering::Acquire);
        // SAFETY: as in `get_or_make`.
        let owned = unsafe { seen.as_ref() }?;
        (owned.process == process()).then_some(&owned.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        if self.get().is_some() {
            // SAFETY: `&mut self` proves that nobody borrows the value; it was made by this process.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

/// The thread of this process that runs its calls.
pub(crate) fn background() -> Result<&'static Background, Error> {
    static BACKGROUND: PerProcess<Background> = PerProcess::new();
    BACKGROUND.get_or_make(Background::start)
}
