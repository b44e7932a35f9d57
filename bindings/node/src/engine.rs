//! Where calls and streams run: on one thread of the process, whatever JavaScript is busy with.

use std::sync::{LazyLock, OnceLock};

use bimpe::Error;
use bimpe::background::Background;
use bimpe::transport::Connections;

/// The connections that all clients of the process share.
pub(crate) static CONNECTIONS: LazyLock<Connections> = LazyLock::new(Connections::default);

/// The thread of the process, which is there from the first call on.
pub(crate) fn thread() -> Result<&'static Background, Error> {
    static THREAD: OnceLock<Background> = OnceLock::new();
    if let Some(thread) = THREAD.get() {
        return Ok(thread);
    }
    let started = Background::start()?;
    // When two environments begin at once, the thread of one of them sleeps for ever.
    Ok(THREAD.get_or_init(|| started))
}
