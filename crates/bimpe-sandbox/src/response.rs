//! Responses and errors of operations as plain values.

use serde_json::Value;

use crate::model;

/// A success, before `http` wraps it in an envelope.
pub(crate) struct ApiResponse {
    /// The status. Defaults to the first success status in the OpenAPI document.
    pub status: Option<u16>,
    pub message: String,
    pub data: Value,
    pub meta: Option<Value>,
}

impl ApiResponse {
    pub(crate) fn new(message: impl Into<String>, data: impl Into<Value>) -> Self {
        Self { status: None, message: message.into(), data: data.into(), meta: None }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(crate) fn page(message: impl Into<String>, data: Vec<Value>, meta: Value) -> Self {
        Self { meta: Some(meta), ..Self::new(message, data) }
    }
}

/// An error with its status and the code of the API.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub status: u16,
    pub code: &'static str,
    /// A text, or a list of texts for invalid fields.
    pub message: Value,
    /// Seconds for the `Retry-After` header.
    pub retry_after: Option<i64>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<Value>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }
}

impl From<model::Error> for ApiError {
    fn from(error: model::Error) -> Self {
        let status = match error.code {
            "api_key_invalid" | "api_key_expired" | "unauthorized" => 401,
            "insufficient_scope" | "forbidden" => 403,
            "not_found" => 404,
            "conflict" | "integration_limit_reached" => 409,
            "internal_error" => 500,
            _ => 400,
        };
        Self::new(status, error.code, error.message)
    }
}

impl From<Vec<String>> for ApiError {
    fn from(errors: Vec<String>) -> Self {
        model::Error::from(errors).into()
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        model::Error::from(error).into()
    }
}
