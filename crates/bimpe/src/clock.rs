//! Time, behind a trait: tokio's timer in production, virtual time in tests.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// The time since a fixed moment. It never decreases.
    fn now(&self) -> Duration;

    /// The time since the Unix epoch: by default that of the system.
    fn unix_time(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Returns a future that completes after this time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Time by tokio's timer, which a test may have paused.
#[cfg(feature = "network")]
pub(crate) struct TokioClock {
    origin: tokio::time::Instant,
}

#[cfg(feature = "network")]
impl TokioClock {
    pub(crate) fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

#[cfg(feature = "network")]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
