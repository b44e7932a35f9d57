//! The state that all requests share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::journal::Journal;
use crate::rate_limit::RateLimiter;
use crate::store::Store;

/// Limits of the plan, and settings of streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub integrations_per_agent: usize,
    pub agents: usize,
    pub streams: usize,
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { integrations_per_agent: 50, agents: 10_000, streams: 20, heartbeat: Duration::from_secs(20) }
    }
}

pub(crate) struct AppState {
    pub store: Store,
    pub clock: Clock,
    pub rate_limiter: RateLimiter,
    pub journal: Journal,
    pub limits: Limits,
    /// The base URL of the sandbox, without the path prefix of the API.
    pub url: String,
    /// Notifies open streams after each committed write.
    pub changes: watch::Sender<()>,
    /// One permit for each stream that can be open.
    pub streams: Arc<Semaphore>,
    /// Becomes true when the sandbox stops, so that open streams end.
    pub stopping: watch::Receiver<bool>,
}
