//! The runtime that a binding gives its calls to. For bindings only.

use std::future::pending;
use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};

use crate::error::Error;

/// Starts a runtime on one thread of its own: no call keeps a thread busy, and more of them would only wake each other. It
/// is left running when the process ends, and touches nothing of the other language.
///
/// # Errors
/// If the system gives no thread or no descriptor.
pub fn start() -> Result<Handle, Error> {
    build().map_err(|problem| Error::internal(format!("could not start the background thread: {problem}")))
}

fn build() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("bimpe".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
