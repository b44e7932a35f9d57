#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
mod config;
mod encoding;
pub mod engine;
mod error;
#[cfg(test)]
mod examples;
// Stays here, because it uses private parts of the engine.
#[cfg(feature = "__fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod model;
pub mod operations;
mod request_api;
pub mod resources;
pub mod schema;
mod setters;
mod sync;
pub mod testing;
pub mod transport;
pub mod types;
mod webchat;

pub use clock::{BoxFuture, Clock};
pub use config::{ClientBuilder, ENVIRONMENT};
#[doc(inline)]
pub use engine::{ApiKey, Client, Pace, RequestInfo, RequestOptions, ResponseInfo, RetryInfo};
pub use error::{Error, ErrorKind, FieldError, Naming, RateLimit, StreamEnd};
pub use model::{FromResponse, Nullable, Object, Optional};
pub use request_api::*;
pub use webchat::webchat_user_id;

/// Crates in the API of this crate: `http` for headers, `bytes` for bodies, `serde_json` for values.
pub use {bytes, http, serde_json};

// The examples of the documentation name the crate as their readers do.
#[cfg(test)]
extern crate self as bimpe;

/// The version of this library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
