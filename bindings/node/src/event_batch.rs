//! The events of a stream, as JavaScript receives them.

use napi_derive::napi;

use crate::js_string::JsString;

/// The events received since the last batch, or the end of the stream.
#[napi(object, object_from_js = false)]
pub struct EventBatch {
    /// The id of the request for this batch.
    pub id: u32,
    /// The error as JSON text. With an error, the batch has no events.
    pub error: Option<String>,
    /// A JSON array of events.
    pub events: Option<JsString>,
    /// A JSON array of the resume ids after each event, `null` for an event without id. Few programs read it.
    pub ids: Option<JsString>,
    /// The resume id after this batch, also after an error.
    pub last_id: Option<String>,
    /// A JSON array of connection events. Without `events`, `error` and `notices`, the stream has ended.
    pub notices: Option<String>,
    /// Number of reconnects.
    pub reconnects: u32,
    /// Number of repeated events that were dropped.
    pub duplicates_dropped: f64,
    /// Number of lines with invalid UTF-8.
    pub decode_replacements: f64,
}
