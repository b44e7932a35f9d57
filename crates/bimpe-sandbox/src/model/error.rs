//! Errors of rules: a code of the API and a message.

use rusqlite::ErrorCode;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Error {
    pub code: &'static str,
    /// A text, or a list of texts for invalid fields.
    pub message: Value,
}

impl Error {
    pub(crate) fn new(code: &'static str, message: impl Into<Value>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<Value>) -> Self {
        Self::new("bad_request", message)
    }

    /// Reports an invalid field in the format of validation errors.
    pub(crate) fn invalid_field(path: &str, text: &str) -> Self {
        Self::from(vec![format!("{path}: {text}")])
    }

    pub(crate) fn not_found(resource: &str) -> Self {
        Self::new("not_found", format!("{resource} not found"))
    }
}

impl From<Vec<String>> for Error {
    fn from(errors: Vec<String>) -> Self {
        Self::new("validation_error", errors)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let text = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => {
                "The sandbox cannot write to its database, and the request changed nothing. \
                 Check the disk, then send the request again"
            }
            _ => "The sandbox cannot use its database",
        };
        Self::new("internal_error", format!("{text}: {error}"))
    }
}
