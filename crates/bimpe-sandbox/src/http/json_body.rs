//! JSON bodies of requests.

use serde_json::{Map, Value};

use crate::model;
use crate::response::ApiError;

/// Parses a body. Returns an empty object for an empty body.
pub(crate) fn parse_json(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| model::Error::bad_request(format!("The request body is not JSON: {error}")).into())
}
