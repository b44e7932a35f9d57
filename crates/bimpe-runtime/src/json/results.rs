//! Results of the engine as JSON text.

use std::time::Duration;

use bimpe::Error;
use bimpe::engine::{ConnectionEvent, Response, StreamBatch, header_pairs};
use bimpe::http::HeaderMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::error_fields;

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

/// Returns the metadata of a response.
pub fn response_metadata(response: &Response) -> String {
    let metadata = ResponseMetadata {
        status: response.status,
        headers: &response.headers,
        request_id: response.request_id.as_deref(),
        attempts: response.attempts,
        elapsed: milliseconds(response.elapsed),
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

/// Returns the notification of a retry: `attempt`, `wait` in milliseconds, and `error`.
pub fn retry_event(attempt: u32, wait: Duration, error: &Error) -> String {
    json!({ "attempt": attempt, "wait": milliseconds(wait), "error": error_fields(error) }).to_string()
}

/// The texts of a batch of a stream. Without `events`, `error` and `notices`, the stream has ended.
#[derive(Default)]
pub struct BatchText {
    /// The error. With an error, the batch has no events.
    pub error: Option<String>,
    /// An array of events.
    pub events: Option<String>,
    /// An array of the resume ids after each event, `null` for an event without id.
    pub ids: Option<String>,
    /// An array of connection events, as the fields of log records.
    pub notices: Option<String>,
}

impl From<Result<StreamBatch, Error>> for BatchText {
    fn from(batch: Result<StreamBatch, Error>) -> Self {
        let StreamBatch { events, notices, .. } = match batch {
            Err(error) => return Self { error: Some(error_fields(&error).to_string()), ..Self::default() },
            Ok(batch) => batch,
        };
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        let has_events = !ids.is_empty();
        let ids = has_events.then(|| serde_json::to_string(&ids).unwrap_or_default());
        let fields = |notice| log_fields(notice, 1000.0);
        let notices =
            (!notices.is_empty()).then(|| notices.into_iter().map(fields).collect::<Value>().to_string());
        Self { error: None, ids, events: has_events.then(|| events.into_json()), notices }
    }
}

/// Returns a connection event as the fields of a log record. Times are in this many units per second.
pub fn log_fields(event: ConnectionEvent, units: f64) -> Value {
    match event {
        ConnectionEvent::Reconnecting { reason, status, wait } => {
            let wait = wait.as_secs_f64() * units;
            json!({ "event": "stream.reconnecting", "reason": reason, "status": status, "wait": wait })
        }
        _ => json!({ "event": "stream.opened" }),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
