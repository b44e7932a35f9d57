//! Code for the Python and Node bindings. Only the bindings use this crate, so it is not published and promises no
//! compatibility.

#![forbid(unsafe_code)]

#[cfg(not(target_family = "wasm"))]
mod background;
pub mod json;
mod panics;
mod read_ahead;
mod sync;

#[cfg(not(target_family = "wasm"))]
pub use background::BackgroundRuntime;
pub use json::Settings;
pub use panics::{catch_panic, catch_panic_async, panic_to_error, silence_hook};
pub use read_ahead::ReadAheadStream;
pub use sync::lock;
