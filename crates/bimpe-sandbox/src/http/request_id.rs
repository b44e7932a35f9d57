//! The outermost middleware: request ids, headers of all responses, and the host check.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use super::envelope::error_response;
use super::origin_check::check_host;
use crate::state::{AppState, HandledRequest};

/// The id of a request: the id from the client, or a new one.
#[derive(Clone)]
pub(crate) struct RequestId(pub String);

/// Returns the id of a request that passed the middleware.
pub(super) fn request_id(head: &Parts) -> &str {
    head.extensions.get::<RequestId>().map_or("", |id| &id.0)
}

pub(super) async fn middleware(
    State(state): State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begin = Instant::now();
    let observed = state
        .observer
        .as_ref()
        .map(|observer| (observer, request.method().to_string(), request.uri().path().to_owned()));
    let given =
        request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let id = given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let mut response = match check_host(request.headers(), request.uri()) {
        Ok(()) => {
            request.extensions_mut().insert(RequestId(id.clone()));
            next.run(request).await
        }
        Err(error) => error_response(&error, &id),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-bimpe-sandbox"), HeaderValue::from_static("1"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Some((observer, method, path)) = observed {
        let (status, duration) = (response.status().as_u16(), begin.elapsed());
        (observer.0)(&HandledRequest { method, path, status, duration, request_id: id });
    }
    response
}
