//! How a thread of the runtime wakes an event loop without touching Python.

#[cfg(unix)]
pub(crate) use self::descriptor::Bell;
#[cfg(not(unix))]
pub(crate) use self::threadsafe::Bell;

#[cfg(unix)]
mod descriptor {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;

    use pyo3::prelude::*;

    /// Two descriptors, or one twice: what is written to the rope is seen by the loop, which watches the clapper.
    pub(crate) struct Bell {
        rope: File,
        clapper: File,
    }

    /// A counter of the kernel, which costs a quarter of a pair of sockets.
    #[cfg(target_os = "linux")]
    fn pair() -> std::io::Result<(File, File)> {
        use std::os::fd::{FromRawFd, OwnedFd};

        // SAFETY: a plain call of the system, without pointers.
        let counter = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if counter < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made, and belongs to nobody else.
        let counter = File::from(unsafe { OwnedFd::from_raw_fd(counter) });
        Ok((counter.try_clone()?, counter))
    }

    #[cfg(not(target_os = "linux"))]
    fn pair() -> std::io::Result<(File, File)> {
        use std::os::fd::OwnedFd;
        use std::os::unix::net::UnixStream;

        let (rope, clapper) = UnixStream::pair()?;
        rope.set_nonblocking(true)?;
        clapper.set_nonblocking(true)?;
        Ok((OwnedFd::from(rope).into(), OwnedFd::from(clapper).into()))
    }

    impl Bell {
        pub(crate) fn new(_event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
            let (rope, clapper) = pair()?;
            Ok(Self { rope, clapper })
        }

        /// Makes the loop call `heard` when the bell rings, in an empty context: the loop would keep that of the caller.
        pub(crate) fn install(
            &self,
            event_loop: &Bound<'_, PyAny>,
            heard: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            let add = event_loop.getattr("add_reader")?;
            let context = event_loop.py().import("contextvars")?.call_method0("Context")?;
            context.call_method1("run", (add, self.clapper.as_raw_fd(), heard)).map(drop)
        }

        /// Wakes the loop. A full buffer means that it is about to wake anyway.
        pub(crate) fn ring(&self) {
            let _ = (&self.rope).write(&1_u64.to_ne_bytes());
        }

        /// Forgets past ringing.
        pub(crate) fn hush(&self) {
            let mut waste = [0; 64];
            while matches!((&self.clapper).read(&mut waste), Ok(count) if count == waste.len()) {}
        }
    }
}

/// Windows' own event loop watches no sockets, so there the thread has to ask the loop itself.
#[cfg(not(unix))]
mod threadsafe {
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;

    pub(crate) struct Bell {
        event_loop: Py<PyAny>,
        heard: PyOnceLock<Py<PyAny>>,
    }

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the same face as on Unix")]
    impl Bell {
        pub(crate) fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
            Ok(Self { event_loop: event_loop.clone().unbind(), heard: PyOnceLock::new() })
        }

        pub(crate) fn install(
            &self,
            event_loop: &Bound<'_, PyAny>,
            heard: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            drop(self.heard.set(event_loop.py(), heard.clone().unbind()));
            Ok(())
        }

        pub(crate) fn ring(&self) {
            Python::try_attach(|py| {
                if let Some(heard) = self.heard.get(py) {
                    // Fails only if the loop is closed: nobody waits any more.
                    let _ = self.event_loop.call_method1(py, "call_soon_threadsafe", (heard,));
                }
            });
        }

        pub(crate) fn hush(&self) {}
    }
}
