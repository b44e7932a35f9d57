//! Wakes an event loop from a thread of the runtime, without calling Python.

#[cfg(unix)]
pub(crate) use self::descriptor::LoopWaker;
#[cfg(not(unix))]
pub(crate) use self::threadsafe::LoopWaker;

#[cfg(unix)]
mod descriptor {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;

    use pyo3::prelude::*;

    /// A pair of file descriptors: writing to `write_fd` makes the `read_fd` that the loop watches readable.
    pub(crate) struct LoopWaker {
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

    impl LoopWaker {
        pub(crate) fn new(_event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
            let (write_fd, read_fd) = pair()?;
            Ok(Self { write_fd, read_fd })
        }

        /// Registers `on_readable` with the loop, in an empty context: otherwise the loop would keep the caller's context.
        pub(crate) fn install(
            &self,
            event_loop: &Bound<'_, PyAny>,
            on_readable: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            let add = event_loop.getattr("add_reader")?;
            let context = event_loop.py().import("contextvars")?.call_method0("Context")?;
            context.call_method1("run", (add, self.read_fd.as_raw_fd(), on_readable)).map(drop)
        }

        /// Wakes the loop. A full buffer means that a wake-up is pending.
        pub(crate) fn wake(&self) {
            let _ = (&self.write_fd).write(&1_u64.to_ne_bytes());
        }

        /// Consumes past wake-ups.
        pub(crate) fn drain(&self) {
            let mut buffer = [0; 64];
            while matches!((&self.read_fd).read(&mut buffer), Ok(count) if count == buffer.len()) {}
        }
    }
}

/// The Windows event loop cannot watch descriptors, so the thread calls the loop.
#[cfg(not(unix))]
mod threadsafe {
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;

    pub(crate) struct LoopWaker {
        event_loop: Py<PyAny>,
        on_readable: PyOnceLock<Py<PyAny>>,
    }

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "same signatures as on Unix")]
    impl LoopWaker {
        pub(crate) fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
            Ok(Self { event_loop: event_loop.clone().unbind(), on_readable: PyOnceLock::new() })
        }

        pub(crate) fn install(
            &self,
            event_loop: &Bound<'_, PyAny>,
            on_readable: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            drop(self.on_readable.set(event_loop.py(), on_readable.clone().unbind()));
            Ok(())
        }

        pub(crate) fn wake(&self) {
            Python::try_attach(|py| {
                if let Some(on_readable) = self.on_readable.get(py) {
                    // Fails only if the loop is closed; then no future is pending.
                    let _ = self.event_loop.call_method1(py, "call_soon_threadsafe", (on_readable,));
                }
            });
        }

        pub(crate) fn drain(&self) {}
    }
}
