//! What is told of a panic: that it happened, and where. Its text may hold what the caller sent.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use bimpe::Error;
use napi_derive::module_init;

/// The hook is that of this library alone: other addons bring their own standard library.
#[module_init]
fn quiet() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        // Nobody is left to be told if that fails.
        let _ = writeln!(std::io::stderr(), "bimpe: the engine panicked{}", place.unwrap_or_default());
    }));
}

/// The error that a panic becomes.
pub(crate) fn as_error() -> Error {
    Error::internal("the engine stopped unexpectedly; please report this")
}

/// Runs a function whose panic must not reach JavaScript as it is.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(as_error()))
}
