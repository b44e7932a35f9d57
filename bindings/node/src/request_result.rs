//! The result of a request, as JavaScript receives it.

use bimpe::engine::{Response, header_pairs};
use bimpe::{Error, Naming};
use http::HeaderMap;
use napi_derive::napi;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseMetadata<'a> {
    status: u16,
    #[serde(serialize_with = "headers")]
    headers: &'a HeaderMap,
    request_id: Option<&'a str>,
    attempts: u32,
    /// Milliseconds.
    elapsed: f64,
    idempotency_key: Option<&'a str>,
    meta: Option<&'a RawValue>,
    next: Option<&'a str>,
}

/// Returns the fields of an error.
pub(crate) fn error_json(error: &Error) -> Value {
    error.to_json_in(Naming::Camel)
}

impl RequestResult {
    pub(crate) fn new(id: u32, result: Result<Response, Error>) -> Self {
        match result {
            Err(error) => {
                Self { id, error: Some(error_json(&error).to_string()), data: None, metadata: None }
            }
            Ok(response) => {
                let metadata = Some(JsString::Owned(metadata(&response)));
                Self { id, error: None, data: Some(JsString::Data(Box::new(response))), metadata }
            }
        }
    }
}

fn metadata(response: &Response) -> String {
    let metadata = ResponseMetadata {
        status: response.status,
        headers: &response.headers,
        request_id: response.request_id.as_deref(),
        attempts: response.attempts,
        elapsed: response.elapsed.as_secs_f64() * 1000.0,
        idempotency_key: response.idempotency_key.as_deref(),
        // The engine has checked that it is JSON.
        meta: response.meta().and_then(|meta| serde_json::from_str(meta).ok()),
        next: response.next(),
    };
    serde_json::to_string(&metadata).unwrap_or_default()
}

/// Serializes headers as pairs, because a name may repeat.
fn headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(header_pairs(headers))
}
