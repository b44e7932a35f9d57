//! Rate limits in responses: 429 errors and `X-RateLimit-*` headers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::authenticate;
use crate::rate_limit::{DEFAULT_LIMIT, Quota};
use crate::response::ApiError;
use crate::state::AppState;
use crate::store::Row;

/// Counts a request of a key.
pub(super) fn count(state: &AppState, key: &Row) -> Quota {
    let window = key.data["rate_window"].as_i64().unwrap_or(state.limits.rate_window);
    state.rate_limiter.count(&key.id, limit(key), window, state.clock.now())
}

fn limit(key: &Row) -> u64 {
    key.data["rate_limit"].as_u64().unwrap_or(DEFAULT_LIMIT)
}

/// Returns a 429 error if the request exceeded the limit.
pub(super) fn check(quota: &Quota) -> Result<(), ApiError> {
    if quota.retry_after.is_none() {
        return Ok(());
    }
    let error = ApiError::new(429, "too_many_requests", "Too many requests for this key.");
    Err(ApiError { retry_after: quota.retry_after, ..error })
}

pub(super) fn write_headers(quota: &Quota, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(quota.limit));
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(quota.remaining));
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(quota.reset));
}

/// Writes the headers of an exhausted limit, which ends after `wait` seconds. Defaults to one second.
pub(super) fn write_exhausted(
    state: &AppState,
    request: &HeaderMap,
    wait: Option<f64>,
    response: &mut Response,
) {
    let limit = authenticate(state, request).map_or(DEFAULT_LIMIT, |key| limit(&key));
    let wait = Duration::from_secs_f64(wait.unwrap_or(1.0).ceil()).as_secs();
    let wait = i64::try_from(wait).unwrap_or(i64::MAX);
    let reset = state.clock.now().timestamp().saturating_add(wait);
    write_headers(&Quota { limit, remaining: 0, reset, retry_after: Some(wait) }, response);
    response.headers_mut().insert(header::RETRY_AFTER, wait.into());
}

/// Adds the headers to responses that lack them, because every response has a rate limit.
pub(super) async fn middleware(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().contains_key("x-ratelimit-limit") {
        write_headers(&Quota::full(state.limits.rate_window, state.clock.now()), &mut response);
    }
    response
}
