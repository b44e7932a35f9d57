//! The descriptor by which a runtime waits, which tokio keeps to itself.
#![allow(unsafe_code, reason = "the descriptors of others are looked at by their numbers")]

use std::mem;
use std::os::fd::{AsRawFd, RawFd};

use tokio::net::UnixStream;
use tokio::runtime::Runtime;

/// Young programs have few descriptors, and the runtime has only just taken the lowest that were free.
const SEARCHED: RawFd = 4096;

/// The epoll descriptor of this runtime: the one that lets go of a socket of the runtime's. All others do not know it, and
/// are left as they are.
pub(crate) fn descriptor(runtime: &Runtime) -> Option<RawFd> {
    let _entered = runtime.enter();
    let (known, _peer) = UnixStream::pair().ok()?;
    (0..SEARCHED).find(|candidate| {
        // SAFETY: the event is not looked at. A number that is no epoll descriptor is refused.
        let refused = unsafe {
            let mut event = mem::zeroed();
            libc::epoll_ctl(*candidate, libc::EPOLL_CTL_DEL, known.as_raw_fd(), &raw mut event)
        };
        refused == 0
    })
}
