//! What becomes of a panic at the border to another language, which it may not cross: an error. For bindings only.

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use futures_util::FutureExt;

use crate::error::Error;

/// Keeps the text of panics off the standard error, since it may hold what the caller sent: only the place is
/// told. The hook is that of the library that is linked with this crate; other modules of the process bring their
/// own standard library.
pub fn quiet() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        // Nobody is left to be told if that fails.
        let _ = writeln!(std::io::stderr(), "bimpe: the engine panicked{}", place.unwrap_or_default());
    }));
}

/// The error that a panic becomes.
pub fn as_error() -> Error {
    Error::internal("bimpe met a fault of its own; please report it with the place that it printed")
}

/// What the function gives; a panic as what `failed` makes of the error.
pub fn caught<T>(run: impl FnOnce() -> T, failed: impl FnOnce(Error) -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_panic| failed(as_error()))
}

/// The same for a future.
pub async fn caught_async<T>(run: impl Future<Output = T>, failed: impl FnOnce(Error) -> T) -> T {
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_panic| failed(as_error()))
}
