//! A client for MCP servers over streamable HTTP and legacy HTTP+SSE, which names the cause of each error.
//!
//! ```
//! use std::time::Duration;
//!
//! use bimpe_mcp::{Server, Session, Stage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), bimpe_mcp::Error> {
//! let server = Server::new("http://127.0.0.1:9/mcp")?.bearer("token")?;
//! let error = Session::connect(&server, Duration::from_secs(5)).await.expect_err("no server has this port");
//! assert_eq!(error.stage, Stage::Connect);
//! assert_eq!(error.cause, "127.0.0.1:9 refused the connection.");
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod causes;
mod error;
mod http_client;
mod legacy;
mod server;
mod session;
mod streamable;
mod tools;

pub use causes::{client_builder, connection_error};
pub use error::{Error, Stage};
pub use rmcp::model::{CallToolResult, Tool};
pub use server::{Server, Transport, is_loopback};
pub use session::Session;
pub use tools::{InvalidTool, ToolList};
