//! The rate limit of each key: one minute from its first request, then the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue, Response, header};
use chrono::{DateTime, Utc};

use super::response::ApiError;

/// High enough never to be met by accident; a key with its own limit can be made under `/_sandbox/keys`.
pub(super) const DEFAULT_LIMIT: u64 = 1_000_000;
const WINDOW_SECONDS: i64 = 60;

#[derive(Default)]
pub(crate) struct RateLimiter {
    windows: Mutex<HashMap<String, (i64, u64)>>,
}

/// Where a key stands after one more request.
pub(super) struct Quota {
    limit: u64,
    remaining: u64,
    reset: i64,
    wait: Option<i64>,
}

impl RateLimiter {
    pub(super) fn count(&self, key: &str, limit: u64, now: DateTime<Utc>) -> Quota {
        let seconds = now.timestamp();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, used) = windows.entry(key.to_owned()).or_insert((seconds, 0));
        if seconds >= *start + WINDOW_SECONDS {
            (*start, *used) = (seconds, 0);
        }
        *used += 1;
        let reset = *start + WINDOW_SECONDS;
        let wait = (*used > limit).then_some(reset - seconds);
        Quota { limit, remaining: limit.saturating_sub(*used), reset, wait }
    }
}

impl Quota {
    /// What a request without a known key is told.
    pub(super) fn full(now: DateTime<Utc>) -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            remaining: DEFAULT_LIMIT,
            reset: now.timestamp() + WINDOW_SECONDS,
            wait: None,
        }
    }

    pub(super) fn enforce(&self) -> Result<(), ApiError> {
        let Some(wait) = self.wait else { return Ok(()) };
        let mut problem = ApiError::new(429, "too_many_requests", "Too many requests for this key.");
        problem.headers.push((header::RETRY_AFTER, wait.to_string()));
        Err(problem)
    }

    pub(super) fn write_to<B>(&self, response: &mut Response<B>) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset));
    }
}
