//! The Node binding of the engine, for the npm package `bimpe`.
//!
//! It has no code for single endpoints: one method sends any operation, and one opens any stream. Arguments and results
//! cross as JSON text. `node/src` has the typed methods, error classes and pages.

use napi_derive::{module_init, napi};

mod client;
mod completion_queue;
mod event_batch;
mod executor;
mod js_string;
mod operation_info;
mod request_result;
mod retry_events;
mod settings;
mod stream;

/// The version of this library. The package refuses a native module of another version.
#[napi]
pub const VERSION: &str = bimpe::VERSION;

/// Keeps the text of panics off standard error, because the text may hold what a caller sent.
#[module_init]
fn silence_panics() {
    bimpe_runtime::silence_hook();
}
