//! The envelopes of responses and errors.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::response::{ApiError, ApiResponse};

/// Returns the body of a success.
pub(super) fn envelope(response: ApiResponse) -> Value {
    let mut envelope = json!({ "message": response.message, "data": response.data });
    if let Some(meta) = response.meta {
        envelope["meta"] = meta;
    }
    envelope
}

pub(crate) fn success_response(status: u16, response: ApiResponse) -> Response {
    json_response(status, envelope(response).to_string())
}

pub(crate) fn error_response(error: &ApiError, request_id: &str) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({
        "message": error.message,
        "error": status.canonical_reason(),
        "code": error.code,
        "statusCode": error.status,
        "request_id": request_id,
    });
    let mut response = json_response(status.as_u16(), body.to_string());
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(crate) fn json_response(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
