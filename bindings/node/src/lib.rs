//! The boundary between the engine and the npm package `bimpe`.
//!
//! It has a constant size: one method sends any operation, whose arguments and answer cross as JSON
//! text; another opens any stream. Typed methods, error classes and pages live in `node/src`.

use napi_derive::napi;

mod cancel;
mod client;
#[cfg(target_os = "linux")]
mod descriptor;
mod engine;
#[cfg(target_os = "linux")]
mod node_loop;
mod outcome;
mod panics;
mod post;
mod retries;
mod route;
mod settings;
mod stream;
mod text;
#[cfg(target_os = "linux")]
mod uv;

/// The version of this library, to be compared with the version of the package around it.
#[napi]
pub const VERSION: &str = bimpe::VERSION;
