//! Which process this is, without asking the system on every call.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// A number that a forked child does not share with its parent.
pub(crate) fn process() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// A value that threads of this process share, such as a lock or the handle of a task. A forked child forgets it: it lacks
/// these threads, and one of them may hold the lock for ever.
pub(crate) struct Local<T> {
    value: Option<T>,
    process: u32,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), process: process() }
    }

    /// The value, if this process has made it.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.process == process())
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if self.process != process() {
            mem::forget(self.value.take());
        }
    }
}

/// Called once, when the module is loaded.
#[cfg(unix)]
pub(crate) fn count_forks() {
    extern "C" fn forked() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler touches an atomic only, as the child of a process with threads may; and Python never
    // unloads a module, so it stays where it is. It fails only without memory.
    unsafe { libc::pthread_atfork(None, None, Some(forked)) };
}

/// Nothing forks here.
#[cfg(not(unix))]
pub(crate) fn count_forks() {}
