//! A server that injects faults by script. `README.md` describes the scripts.
//!
//! ```
//! use bimpe_fault_server::Server;
//! use serde_json::json;
//!
//! # fn main() -> std::io::Result<()> {
//! let server = Server::start()?;
//! let scenario = server.scenario(json!({"replies": [{"status": 503, "headers": {"Retry-After": "1"}}]}))?;
//! assert!(scenario.base_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(scenario.request_log()["requests"], json!([]));
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod certificates;
mod connection;
mod control;
mod http2;
mod nginx;
mod proxy;
mod reply;
mod request;
pub mod results;
mod scenario;
mod server;
mod sha1;
mod transport;
mod write;

pub use scenario::Scenario;
pub use server::Server;
