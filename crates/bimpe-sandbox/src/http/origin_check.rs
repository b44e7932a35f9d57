//! Checks of the host and the origin, because pages of other sites must not reach the sandbox.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use crate::response::ApiError;

/// Refuses requests for another host, because DNS rebinding can point a foreign name at this machine.
pub(super) fn check_host(headers: &HeaderMap, uri: &Uri) -> Result<(), ApiError> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
    if is_loopback(host) {
        return Ok(());
    }
    Err(ApiError::new(403, "forbidden", "The sandbox accepts only the hosts 127.0.0.1 and localhost."))
}

/// Refuses requests from pages of another origin.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map_or("", |(_, host)| host);
    if is_loopback(host) {
        return Ok(());
    }
    Err(ApiError::new(403, "forbidden", "The sandbox refuses requests from pages of other origins."))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}
