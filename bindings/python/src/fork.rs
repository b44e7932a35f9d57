//! Detects forks without a system call per request.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// Returns a number that differs between a parent and its forked children.
pub(crate) fn fork_generation() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// A value that threads of one process share, such as a lock or a task handle. A forked child forgets the value, because
/// a thread that the child lacks may hold the lock.
pub(crate) struct Local<T> {
    value: Option<T>,
    process: u32,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), process: fork_generation() }
    }

    /// Returns the value, unless it belongs to another process.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.process == fork_generation())
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if self.process != fork_generation() {
            mem::forget(self.value.take());
        }
    }
}

/// Registers the fork handler. Called once, when the module is loaded.
#[cfg(unix)]
pub(crate) fn register_at_fork() {
    extern "C" fn forked() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler only touches an atomic, which a forked child may do, and Python never unloads a module.
    // The call fails only without memory.
    unsafe { libc::pthread_atfork(None, None, Some(forked)) };
}

/// This platform has no fork.
#[cfg(not(unix))]
pub(crate) fn register_at_fork() {}
