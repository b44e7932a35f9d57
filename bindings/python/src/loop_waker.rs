//! Wakes an event loop from a thread of the runtime.
//!
//! A loop that can watch a descriptor is woken without a call of Python. The loop of Windows cannot, and other loops may be
//! unable, too. The thread then calls `call_soon_threadsafe`.

use std::sync::OnceLock;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

#[cfg(unix)]
use self::descriptors::Descriptors;

/// Wakes one event loop.
pub(crate) struct LoopWaker {
    #[cfg(unix)]
    descriptors: Descriptors,
    /// The loop, if it cannot watch descriptors.
    event_loop: OnceLock<Py<PyWeakrefReference>>,
}

impl LoopWaker {
    pub(crate) fn new() -> PyResult<Self> {
        Ok(Self {
            #[cfg(unix)]
            descriptors: Descriptors::new()?,
            event_loop: OnceLock::new(),
        })
    }

    /// Makes the loop call `on_wake` after each wake-up.
    pub(crate) fn install(&self, event_loop: &Bound<'_, PyAny>, on_wake: &Bound<'_, PyAny>) -> PyResult<()> {
        #[cfg(unix)]
        match self.descriptors.watch(event_loop, on_wake) {
            // The loop cannot watch descriptors.
            Err(error)
                if error.is_instance_of::<pyo3::exceptions::PyNotImplementedError>(event_loop.py()) => {}
            installed => return installed,
        }
        // The loop owns the callback, as it owns that of a descriptor. Otherwise the two would keep each other alive.
        event_loop.setattr(intern!(event_loop.py(), "_bimpe_on_wake"), on_wake)?;
        let _ = self.event_loop.set(PyWeakrefReference::new(event_loop)?.unbind());
        Ok(())
    }

    /// Wakes the loop.
    pub(crate) fn wake(&self) {
        if let Some(event_loop) = self.event_loop.get() {
            Python::try_attach(|py| {
                // Fails only if the loop is closed. Then no future is pending.
                let _ = call_soon(event_loop.bind(py));
            });
            return;
        }
        #[cfg(unix)]
        self.descriptors.write();
    }

    /// Consumes past wake-ups.
    pub(crate) fn drain(&self) {
        #[cfg(unix)]
        self.descriptors.drain();
    }
}

/// Calls the callback of a loop on the thread of the loop.
fn call_soon(event_loop: &Bound<'_, PyWeakrefReference>) -> PyResult<()> {
    let Some(event_loop) = event_loop.upgrade() else { return Ok(()) };
    let on_wake = event_loop.getattr(intern!(event_loop.py(), "_bimpe_on_wake"))?;
    event_loop.call_method1(intern!(event_loop.py(), "call_soon_threadsafe"), (on_wake,)).map(drop)
}

#[cfg(unix)]
mod descriptors {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;

    use pyo3::prelude::*;

    /// A pair of file descriptors: writing to `write_fd` makes the `read_fd` that the loop watches readable.
    pub(super) struct Descriptors {
        write_fd: File,
        read_fd: File,
    }

    /// An eventfd costs a quarter of a socket pair.
    #[cfg(target_os = "linux")]
    fn pair() -> std::io::Result<(File, File)> {
        use std::os::fd::{FromRawFd, OwnedFd};

        // SAFETY: a system call without pointers.
        let counter = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if counter < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and has no other owner.
        let counter = File::from(unsafe { OwnedFd::from_raw_fd(counter) });
        Ok((counter.try_clone()?, counter))
    }

    #[cfg(not(target_os = "linux"))]
    fn pair() -> std::io::Result<(File, File)> {
        use std::os::fd::OwnedFd;
        use std::os::unix::net::UnixStream;

        let (write_fd, read_fd) = UnixStream::pair()?;
        write_fd.set_nonblocking(true)?;
        read_fd.set_nonblocking(true)?;
        Ok((OwnedFd::from(write_fd).into(), OwnedFd::from(read_fd).into()))
    }

    impl Descriptors {
        pub(super) fn new() -> PyResult<Self> {
            let (write_fd, read_fd) = pair()?;
            Ok(Self { write_fd, read_fd })
        }

        /// Registers `on_wake` with the loop, in an empty context: otherwise the loop would keep the caller's context.
        pub(super) fn watch(
            &self,
            event_loop: &Bound<'_, PyAny>,
            on_wake: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            let add = event_loop.getattr("add_reader")?;
            let context = event_loop.py().import("contextvars")?.call_method0("Context")?;
            context.call_method1("run", (add, self.read_fd.as_raw_fd(), on_wake)).map(drop)
        }

        /// A full buffer means that a wake-up is pending.
        pub(super) fn write(&self) {
            let _ = (&self.write_fd).write(&1_u64.to_ne_bytes());
        }

        pub(super) fn drain(&self) {
            let mut buffer = [0; 64];
            while matches!((&self.read_fd).read(&mut buffer), Ok(count) if count == buffer.len()) {}
        }
    }
}
