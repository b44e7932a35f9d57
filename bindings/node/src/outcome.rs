//! How a call ended, as JavaScript receives it.

use bimpe::engine::{Response, header_pairs};
use bimpe::{Error, Naming};
use http::HeaderMap;
use napi_derive::napi;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::text::Text;

/// How a call ended: an error, or an answer. Errors are made in JavaScript, as real classes with the stack of the
/// caller.
#[napi(object, object_from_js = false)]
pub struct Outcome {
    /// The number of the call.
    pub id: u32,
    /// The error as JSON text; if it is there, nothing else is.
    pub error: Option<String>,
    /// The JSON text of the answer's `data`: to parse it in JavaScript is cheaper than to build objects through
    /// Node-API.
    pub data: Option<Text>,
    /// What came with the data, as JSON text. Few programs ask for it, so it is one text until they do.
    pub facts: Option<Text>,
}

/// What came with the data.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
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

/// What JavaScript is told of an error.
pub(crate) fn described(error: &Error) -> Value {
    error.to_json_in(Naming::Camel)
}

impl Outcome {
    pub(crate) fn new(id: u32, result: Result<Response, Error>) -> Self {
        match result {
            Err(error) => Self { id, error: Some(described(&error).to_string()), data: None, facts: None },
            Ok(response) => {
                let facts = Some(Text::Owned(facts(&response)));
                Self { id, error: None, data: Some(Text::Data(Box::new(response))), facts }
            }
        }
    }
}

fn facts(response: &Response) -> String {
    let facts = Facts {
        status: response.status,
        headers: &response.headers,
        request_id: response.request_id.as_deref(),
        attempts: response.attempts,
        elapsed: response.elapsed.as_secs_f64() * 1000.0,
        idempotency_key: response.idempotency_key.as_deref(),
        // The engine has read it as JSON.
        meta: response.meta().and_then(|meta| serde_json::from_str(meta).ok()),
        next: response.next(),
    };
    serde_json::to_string(&facts).unwrap_or_default()
}

/// Pairs, so that headers of one name stay apart.
fn headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(header_pairs(headers))
}
