//! The rate limit of each key: fixed windows, the first of which begins with the first request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// The limit of keys without their own limit, too high for tests to reach it by accident.
pub(crate) const DEFAULT_LIMIT: u64 = 1_000_000;

#[derive(Default)]
pub(crate) struct RateLimiter {
    windows: Mutex<HashMap<String, (i64, u64)>>,
}

/// The state of a rate limit after a request.
pub(crate) struct Quota {
    pub limit: u64,
    pub remaining: u64,
    /// End of the window, in seconds since the Unix epoch.
    pub reset: i64,
    /// Seconds to wait if the request exceeded the limit.
    pub retry_after: Option<i64>,
}

impl RateLimiter {
    /// Counts a request of a key. A window lasts `window` seconds.
    pub(crate) fn count(&self, key: &str, limit: u64, window: i64, now: DateTime<Utc>) -> Quota {
        let seconds = now.timestamp();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, used) = windows.entry(key.to_owned()).or_insert((seconds, 0));
        if seconds >= *start + window {
            (*start, *used) = (seconds, 0);
        }
        *used += 1;
        let reset = *start + window;
        let retry_after = (*used > limit).then_some(reset - seconds);
        Quota { limit, remaining: limit.saturating_sub(*used), reset, retry_after }
    }

    /// Forgets all requests.
    pub(crate) fn clear(&self) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Quota {
    /// Returns the quota for responses to requests without a valid key.
    pub(crate) fn full(window: i64, now: DateTime<Utc>) -> Self {
        let reset = now.timestamp() + window;
        Self { limit: DEFAULT_LIMIT, remaining: DEFAULT_LIMIT, reset, retry_after: None }
    }
}
