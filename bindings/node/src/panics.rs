//! Converts panics to errors of this library.

use bimpe::Error;
use bimpe::panics;
use napi_derive::module_init;

#[module_init]
fn silence_hook() {
    panics::quiet();
}

/// Runs a function and converts a panic to an error.
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    panics::caught(run, Err)
}
