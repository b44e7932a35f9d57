//! The end of the process: no thread may wait for the interpreter once it shuts down.
//!
//! A thread that comes back from a wait would ask for the GIL; if the interpreter is shutting down, that ends
//! the thread in the middle of Rust code, which is not allowed. So before the shutdown begins, such threads
//! are let in, and those that come later stay outside for good.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How long the shutdown waits for threads that are on their way in.
const PATIENCE: Duration = Duration::from_millis(200);

/// The thread that shuts the interpreter down, and may go on making calls until it is done.
static LEAVER: OnceLock<ThreadId> = OnceLock::new();
static RETURNING: AtomicUsize = AtomicUsize::new(0);

/// Does `wait` with the GIL released.
pub(crate) fn detached<T: Send>(py: Python<'_>, wait: impl FnOnce() -> T + Send) -> T {
    let done = py.detach(|| {
        let done = wait();
        RETURNING.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if LEAVER.get().is_some_and(|leaver| *leaver != thread::current().id()) {
            RETURNING.fetch_sub(1, Ordering::SeqCst);
            loop {
                thread::park();
            }
        }
        done
    });
    RETURNING.fetch_sub(1, Ordering::SeqCst);
    done
}

/// Called when the interpreter is about to shut down.
#[pyfunction]
pub(crate) fn leave(py: Python<'_>) {
    // Set once for all, since a process ends once.
    let _ = LEAVER.set(thread::current().id());
    fence(Ordering::SeqCst);
    py.detach(|| {
        let start = Instant::now();
        while RETURNING.load(Ordering::SeqCst) > 0 && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
