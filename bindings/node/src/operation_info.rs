//! The HTTP method and path of an operation.

use bimpe::engine::OperationRequest;
use napi_derive::napi;

/// The HTTP method and path of an operation.
#[napi(object, object_from_js = false)]
pub struct OperationInfo {
    /// The HTTP method.
    pub method: String,
    /// The path template, with the names of ids in braces.
    pub path: String,
}

impl OperationInfo {
    /// Returns the info of an operation, or `None` if the name is unknown.
    pub(crate) fn of(operation: &str) -> Option<Self> {
        let operation = OperationRequest::new(operation).ok()?.operation;
        Some(Self { method: operation.method.to_string(), path: operation.path.to_owned() })
    }
}
