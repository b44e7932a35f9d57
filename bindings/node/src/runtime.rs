//! The runtime of the process: one thread, which no call of this library keeps busy. More would only wake each other.

use std::io;
use std::sync::OnceLock;
use std::thread;

use bimpe::Error;
use tokio::runtime::{Builder, Handle};

/// The runtime, which is there from the first call on. It is left running when the process ends, and does not touch
/// JavaScript.
pub(crate) fn runtime() -> Result<&'static Handle, Error> {
    static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();
    let built = RUNTIME.get_or_init(|| start().map_err(|problem| problem.to_string()));
    built
        .as_ref()
        .map_err(|problem| Error::internal(format!("could not start the background thread: {problem}")))
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(std::future::pending::<()>());
    thread::Builder::new().name("bimpe".to_owned()).spawn(run)?;
    Ok(handle)
}
