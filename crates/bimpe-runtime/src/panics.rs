//! Converts panics to errors, because a panic must not cross into another language.

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use bimpe::Error;
use futures_util::FutureExt;

/// Prints only the location of a panic, because its text may hold data of the caller. Affects only the standard library that
/// is linked with this crate.
pub fn silence_hook() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        // A failed write has no other place to be reported.
        let _ = writeln!(std::io::stderr(), "bimpe: the engine panicked{}", place.unwrap_or_default());
    }));
}

/// Returns the error for a panic.
pub fn panic_to_error() -> Error {
    Error::internal(
        "the engine panicked, which is a bug in bimpe; report it with the location on standard error",
    )
}

/// Runs the function. Passes the error to `failed` if the function panics.
pub fn catch_panic<T>(run: impl FnOnce() -> T, failed: impl FnOnce(Error) -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_panic| failed(panic_to_error()))
}

/// Runs the future. Passes the error to `failed` if the future panics.
pub async fn catch_panic_async<T>(run: impl Future<Output = T>, failed: impl FnOnce(Error) -> T) -> T {
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_panic| failed(panic_to_error()))
}
