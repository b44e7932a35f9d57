//! The outermost middleware: request ids, headers of all responses, and the host check.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use super::envelope::error_response;
use super::origin_check::check_host;

/// The id of a request: the id from the client, or a new one.
#[derive(Clone)]
pub(crate) struct RequestId(pub String);

pub(super) async fn middleware(mut request: Request, next: Next) -> Response {
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
    response
}
