//! Cross-origin requests from pages, as the API responds to them.
//!
//! The API allows a list of origins. The sandbox allows those that its user names.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::origin_check::chosen_origin;
use crate::state::AppState;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, DELETE, OPTIONS");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, X-Api-Key, Content-Type, Idempotency-Key, X-Request-Id");
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
);

/// Responds to `OPTIONS` on every path, and allows the chosen origins outside of `/_sandbox`.
pub(super) async fn middleware(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let origin = chosen_origin(&state, request.headers()).filter(|_| !is_admin(&request)).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
    response
}

fn is_admin(request: &Request) -> bool {
    request.uri().path().starts_with("/_sandbox")
}
