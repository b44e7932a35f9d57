//! The boundary between the engine and the npm package `bimpe`.
//!
//! It has a constant size: one method sends any operation, whose arguments and answer cross as JSON
//! text; another opens any stream. Typed methods, error classes and pages live in `node/src`.

use napi_derive::napi;

mod client;
mod engine;
mod outcome;
mod panics;
mod post;
mod retries;
mod route;
mod settings;
mod stream;
mod text;

/// The version of this library, to be compared with the version of the package around it.
#[napi]
pub const VERSION: &str = bimpe::VERSION;
