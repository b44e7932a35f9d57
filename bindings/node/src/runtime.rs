//! The runtime of the process.

use std::sync::OnceLock;

use bimpe::{Error, background};
use tokio::runtime::Handle;

/// The runtime, which is there from the first call on.
pub(crate) fn runtime() -> Result<&'static Handle, Error> {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let started = background::start()?;
    // When two environments begin at once, the runtime of one of them sleeps for ever.
    Ok(RUNTIME.get_or_init(|| started))
}
