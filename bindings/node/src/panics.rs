//! Panics do not reach JavaScript as they are: they become errors of this library.

use bimpe::Error;
use bimpe::panics;
use napi_derive::module_init;

#[module_init]
fn quiet() {
    panics::quiet();
}

/// Runs a function whose panic must not reach JavaScript as it is.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    panics::caught(run, Err)
}
