//! What a handler gives back, and the envelopes it travels in.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A success before it is put into its envelope.
pub(crate) struct ApiResponse {
    pub status: Option<u16>,
    pub message: String,
    pub data: Value,
    pub meta: Option<Value>,
}

impl ApiResponse {
    pub(crate) fn new(message: impl Into<String>, data: impl Into<Value>) -> Self {
        Self { status: None, message: message.into(), data: data.into(), meta: None }
    }

    /// For the operations that answer with more than one status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(crate) fn page(message: impl Into<String>, data: Vec<Value>, meta: Value) -> Self {
        Self { meta: Some(meta), ..Self::new(message, data) }
    }

    pub(crate) fn envelope(self) -> Value {
        let mut envelope = json!({ "message": self.message, "data": self.data });
        if let Some(meta) = self.meta {
            envelope["meta"] = meta;
        }
        envelope
    }
}

/// A failure, with the code the API gives it.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: u16,
    pub code: &'static str,
    pub message: Value,
    pub headers: Vec<(HeaderName, String)>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<Value>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    pub(crate) fn bad_request(message: impl Into<Value>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// One wrong field, in the form of the validation errors.
    pub(crate) fn field(path: &str, text: &str) -> Self {
        Self::from(vec![format!("{path}: {text}")])
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("{what} not found"))
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({
            "message": self.message,
            "error": status.canonical_reason(),
            "code": self.code,
            "statusCode": self.status,
            "request_id": request_id,
        });
        let mut response = json_response(status.as_u16(), body.to_string());
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<Vec<String>> for ApiError {
    fn from(problems: Vec<String>) -> Self {
        Self::new(400, "validation_error", problems)
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(500, "internal_error", format!("The sandbox could not use its database: {error}"))
    }
}

pub(crate) fn json_response(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
