//! What all requests share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::http::RateLimiter;
use crate::store::Store;

/// How much of a thing a plan allows, and other settings of one sandbox.
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
    pub limits: Limits,
    /// The address clients use, without the path prefix.
    pub url: String,
    /// Ticks after every committed write, so that open streams look again.
    pub changes: watch::Sender<()>,
    /// One permit for each stream that may be open.
    pub streams: Arc<Semaphore>,
    /// Turns true when the sandbox stops, so that open streams end.
    pub stopping: watch::Receiver<bool>,
}
