//! What an operation is on the wire.

use bimpe::engine::Call;
use napi_derive::napi;

/// Method and path of an operation.
#[napi(object, object_from_js = false)]
pub struct Route {
    /// The HTTP method.
    pub method: String,
    /// The path, with the names of ids in braces.
    pub path: String,
}

impl Route {
    pub(crate) fn of(operation: &str) -> Option<Self> {
        let operation = Call::new(operation).ok()?.operation;
        Some(Self { method: operation.method.to_string(), path: operation.path.to_owned() })
    }
}
