//! The WebAssembly binding of the engine, for the npm package `bimpe` where no native module runs.
//!
//! The boundary is that of the Node binding, so that `node/src` serves both. The functions of the host, such as `fetch` and
//! timers, come from `node/src/wasm`.

use std::panic;

use bimpe_runtime::json::error_fields;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

mod client;
mod clock;
mod completion_queue;
mod executor;
mod host;
mod objects;
mod stream;
mod transport;

/// Sets the functions of the host. The first call of this instance.
#[wasm_bindgen]
pub fn start(functions: host::Host) {
    host::set(functions);
    // A panic ends the instance. The text of the panic may hold what a caller sent, so JavaScript receives the location only.
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        host::get().panicked(&location.unwrap_or_default());
    }));
}

/// Returns the version of this library. The package refuses a module of another version.
#[wasm_bindgen]
pub fn version() -> String {
    bimpe::VERSION.to_owned()
}

/// Returns the value of a result, or its error as JSON text.
fn or_error_json<T: Into<JsValue>>(result: Result<T, bimpe::Error>) -> JsValue {
    result.map_or_else(|error| JsValue::from_str(&error_fields(&error).to_string()), Into::into)
}
