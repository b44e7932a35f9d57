//! How a call ended, as JavaScript receives it.

use bimpe::Error;
use bimpe::engine::Response;
use http::HeaderMap;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde_json::{Map, Value};

/// How a call ended: an error, or an answer. Native promises always resolve, so that errors are made in
/// JavaScript, as real classes with the stack of the caller.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Outcome {
    /// The error as JSON text; if it is there, nothing else is.
    pub error: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The response headers as JSON text: an object with lower-case names.
    pub headers: Option<String>,
    /// The id of the call in the server's logs.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: Option<u32>,
    /// How long the call took, in milliseconds.
    pub elapsed: Option<f64>,
    /// The idempotency key that was sent.
    pub idempotency_key: Option<String>,
    /// The JSON text of the answer's `data`, as bytes: to parse these in JavaScript is cheaper than to
    /// build objects through Node-API.
    pub data: Option<Buffer>,
    /// The JSON text of a page's `meta`.
    pub meta: Option<String>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl From<Result<Response, Error>> for Outcome {
    fn from(result: Result<Response, Error>) -> Self {
        match result {
            Err(error) => Self { error: Some(error.to_json().to_string()), ..Self::default() },
            Ok(response) => Self {
                error: None,
                status: Some(response.status),
                headers: Some(headers(&response.headers)),
                request_id: response.request_id.clone(),
                attempts: Some(response.attempts),
                elapsed: Some(response.elapsed.as_secs_f64() * 1000.0),
                idempotency_key: response.idempotency_key.clone(),
                data: Some(response.data().as_bytes().into()),
                meta: response.meta().map(str::to_owned),
                next: response.next().map(str::to_owned),
            },
        }
    }
}

fn headers(headers: &HeaderMap) -> String {
    let mut object = Map::with_capacity(headers.len());
    for name in headers.keys() {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        object.insert(name.to_string(), values.join(", ").into());
    }
    Value::Object(object).to_string()
}
