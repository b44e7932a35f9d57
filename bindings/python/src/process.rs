//! Which process this is, without asking the system on every call.

use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// A number that a forked child does not share with its parent.
pub(crate) fn process() -> u32 {
    FORKS.load(Ordering::Relaxed)
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
