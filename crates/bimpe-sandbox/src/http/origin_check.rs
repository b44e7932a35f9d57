//! Checks of the host and the origin, because pages of other sites must not reach the sandbox.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri, header};

use crate::response::ApiError;
use crate::state::AppState;

/// Refuses requests for another host, because DNS rebinding can point a foreign name at this machine.
pub(super) fn check_host(headers: &HeaderMap, uri: &Uri) -> Result<(), ApiError> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
    if is_loopback(host) {
        return Ok(());
    }
    Err(ApiError::new(403, "forbidden", "The sandbox accepts only the hosts 127.0.0.1 and localhost."))
}

/// Refuses requests from pages of another origin, also of another port of this machine.
pub(crate) fn check_own_origin(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).map(HeaderValue::as_bytes);
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    // `check_host` accepted the host.
    let host = text(header::HOST).unwrap_or_default();
    if origin.strip_prefix(b"http://") == Some(host) {
        return Ok(());
    }
    Err(ApiError::new(403, "forbidden", "The sandbox refuses requests from pages of other origins."))
}

/// Refuses requests from pages of origins that are neither the sandbox nor chosen by its user.
pub(super) fn check_origin(state: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    if chosen_origin(state, headers).is_some() { Ok(()) } else { check_own_origin(headers) }
}

/// Returns the origin of a request if the user of the sandbox chose it.
pub(super) fn chosen_origin<'a>(state: &AppState, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    state.origins.iter().any(|chosen| origin == chosen.as_str()).then_some(origin)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}
