//! The background thread that runs the requests and streams of a process, so that busy JavaScript does not delay them.

use std::sync::{LazyLock, OnceLock};

use bimpe::Error;
use bimpe::transport::Connections;
use bimpe_runtime::BackgroundRuntime;

/// The connections that all clients of the process share.
pub(crate) static CONNECTIONS: LazyLock<Connections> = LazyLock::new(Connections::default);

/// Returns the background thread of the process, and starts it on first use.
pub(crate) fn background() -> Result<&'static BackgroundRuntime, Error> {
    static BACKGROUND: OnceLock<BackgroundRuntime> = OnceLock::new();
    if let Some(background) = BACKGROUND.get() {
        return Ok(background);
    }
    let started = BackgroundRuntime::start()?;
    // If two environments start at the same time, one of the two threads stays idle.
    Ok(BACKGROUND.get_or_init(|| started))
}
