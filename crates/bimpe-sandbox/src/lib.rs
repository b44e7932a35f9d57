//! A local BimpeAI Console API: real paths and status codes, with state, on your own machine.
//!
//! It needs no account, listens on the loopback interface only, and accepts only keys that start with
//! `sk_sandbox_`. What it knows about the real API, what it guesses and what it makes up is listed in `FIDELITY.md`.
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

#![forbid(unsafe_code)]

mod admin;
mod clock;
mod http;
mod ids;
mod mcp_client;
mod operations;
mod seed;
mod server;
mod spec;
mod state;
mod store;

pub use server::{Builder, Error, Sandbox};
