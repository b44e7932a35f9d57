//! A transport and a clock for tests: no network, and time that passes only when it is waited for.
//!
//! ```
//! use std::sync::Arc;
//! use bimpe::testing::{MemoryTransport, VirtualClock, reply};
//!
//! let transport = Arc::new(MemoryTransport::new(|_request| reply(200, r#"{"message": "ok", "data": []}"#)));
//! let client = bimpe::Client::builder()
//!     .api_key("sk_test")
//!     .transport(transport.clone())
//!     .clock(Arc::new(VirtualClock::new()))
//!     .build()?;
//! # let run = async {
//! client.agents().channels().list("cm123").await?;
//! # Ok::<(), bimpe::Error>(())
//! # };
//! # tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(run)?;
//! assert_eq!(transport.requests()[0].uri.path(), "/api/v1/console/agents/cm123/channels");
//! # Ok::<(), bimpe::Error>(())
//! ```

mod clock;
mod memory;

pub use clock::VirtualClock;
pub use memory::{MemoryTransport, Reply, reply};
