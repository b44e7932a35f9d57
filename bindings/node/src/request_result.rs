//! The result of a request, as JavaScript receives it.

use bimpe::Error;
use bimpe::engine::Response;
use bimpe_runtime::json::{error_fields, response_metadata};
use napi_derive::napi;

use crate::js_string::JsString;

/// The result of a request: an error or a response. JavaScript creates the error objects, because only JavaScript knows
/// the stack of the caller.
#[napi(object, object_from_js = false)]
pub struct RequestResult {
    /// The id of the request.
    pub id: u32,
    /// The error as JSON text. With an error, the other fields are missing.
    pub error: Option<String>,
    /// The `data` of the response as JSON text, because `JSON.parse` is faster than building objects through Node-API.
    pub data: Option<JsString>,
    /// The metadata of the response as JSON text, parsed on first use because few programs read it.
    pub metadata: Option<JsString>,
}

impl RequestResult {
    pub(crate) fn new(id: u32, result: Result<Response, Error>) -> Self {
        match result {
            Err(error) => {
                Self { id, error: Some(error_fields(&error).to_string()), data: None, metadata: None }
            }
            Ok(response) => {
                let metadata = Some(JsString::Owned(response_metadata(&response)));
                Self { id, error: None, data: Some(JsString::Data(Box::new(response))), metadata }
            }
        }
    }
}
