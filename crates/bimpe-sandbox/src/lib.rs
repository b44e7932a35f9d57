//! A local BimpeAI Console API with state, for development and tests.
//!
//! A sandbox needs no account, listens on the loopback interface only, and accepts only keys that start with
//! `sk_sandbox_`. `FIDELITY.md` lists which behaviors are documented, inferred or invented.
//!
//! ```
//! use bimpe_sandbox::Sandbox;
//!
//! # fn main() -> Result<(), bimpe_sandbox::Error> {
//! let sandbox = Sandbox::start_blocking()?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! assert!(sandbox.api_key().starts_with("sk_sandbox_"));
//! # Ok(())
//! # }
//! ```

// Layers, lowest first. A module may import modules of lower layers only, and no axum below `http`.
// `cargo xtask test --only imports` checks this.
//
// 1. `clock`, `connection`, `journal`, `key_locks`, `rate_limit`, `spec` (the OpenAPI documents) and `store` (SQLite) import
//    no other module.
// 2. `model` holds the state and the rules of each resource, the scripted agent and the MCP client.
//    `faults` holds the rules of faults.
// 3. `response` holds responses and errors as plain values, `state` the values that all requests share.
// 4. `operations` holds the handlers of the API: one module for each resource.
// 5. `http` routes, authenticates, validates, limits and replays requests, and writes responses.
// 6. `admin` holds the paths under `/_sandbox`.
// 7. `page` holds the pages for a person, and `demo_mcp` the MCP server under `/mcp/demo`.
// 8. `server` starts and stops a sandbox.

#![forbid(unsafe_code)]

mod admin;
mod clock;
mod connection;
mod demo_mcp;
mod faults;
mod http;
mod journal;
mod key_locks;
mod model;
mod operations;
mod page;
mod rate_limit;
mod response;
mod server;
mod spec;
mod state;
mod store;

pub use server::{Builder, Error, Sandbox};
pub use spec::OPENAPI;
pub use state::HandledRequest;
