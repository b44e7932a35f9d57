//! Development builds check that responses follow the OpenAPI documents.

use axum::body::{Body, to_bytes};
use axum::http::header;
use axum::response::Response;
use serde_json::Value;

use super::error_response;
use crate::response::ApiError;
use crate::spec::{Operation, Spec};

/// Reads the JSON of a response. Leaves streams and pages alone.
pub(crate) async fn read_json(response: Response) -> (Response, Option<Value>) {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return (response, None);
    }
    let (head, body) = response.into_parts();
    // The body is a text in memory, so reading cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let json = serde_json::from_slice(&body).ok();
    (Response::from_parts(head, Body::from(body)), json)
}

/// Returns an error instead of a response that violates the document.
pub(crate) fn conforming(
    spec: &Spec,
    operation: &Operation,
    response: Response,
    json: Option<&Value>,
    request_id: &str,
) -> Response {
    if !cfg!(debug_assertions) {
        return response;
    }
    match operation.check_response(spec, response.status().as_u16(), json) {
        Ok(()) => response,
        Err(errors) => {
            let text = format!("The response of {} violates the OpenAPI document: {errors:?}", operation.id);
            error_response(&ApiError::new(500, "internal_error", text), request_id)
        }
    }
}
