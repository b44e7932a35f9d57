//! A stream of events as JavaScript reads it: in batches, so that the boundary is crossed once for all that have arrived.
#![expect(clippy::needless_pass_by_value, reason = "strings from JavaScript are copies already")]

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bimpe::engine::{EventStream, KeySlot, StreamBatch, StreamEvent, StreamNotice, StreamStats};
use bimpe::panics::{caught, caught_async};
use bimpe::{ApiKey, Error};
use futures_util::future::{Either, select};
use napi::bindgen_prelude::Either as Letter;
use napi_derive::napi;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::post::LetterBox;
use crate::runtime::runtime;
use crate::text::Text;

/// An open stream. It opens when its first batch is asked for.
#[napi]
pub struct NativeStream {
    shared: Arc<Shared>,
    /// Where the stream finds its key, if the client has none.
    key: Option<KeySlot>,
}

/// What has arrived since the last batch, or why nothing comes any more.
#[napi(object, object_from_js = false)]
pub struct Batch {
    /// The number that it was asked for by.
    pub id: u32,
    /// The error as JSON text; then there are no events.
    pub error: Option<String>,
    /// A JSON array of the events.
    pub events: Option<Text>,
    /// A JSON array of the ids of the events to resume with, or null where there is none. Few programs ask for them.
    pub ids: Option<Text>,
    /// The last of these ids.
    pub last_id: Option<String>,
    /// A JSON array of what happened to the connection. Without events and this, the stream is at its end.
    pub notices: Option<String>,
    /// Connections that were opened after the first.
    pub reconnects: u32,
    /// Events that the server sent again and that were left out.
    pub duplicates_dropped: f64,
    /// Lines that were not UTF-8.
    pub decode_replacements: f64,
}

#[napi]
impl NativeStream {
    /// Waits for events. One batch is asked for at a time; it is left in the letter-box, with this number.
    #[napi(catch_unwind)]
    pub fn next_batch(&self, post: &LetterBox, id: u32) {
        let shared = self.shared.clone();
        let slot = post.slot();
        let failed = |error| (Err(error), StreamStats::default());
        let bring = move |(brought, stats)| {
            let broken = |error| Batch::new(id, Err(error), StreamStats::default());
            slot.put(Letter::B(caught(|| Batch::new(id, brought, stats), broken)));
        };
        match runtime() {
            Ok(runtime) => {
                drop(runtime.spawn(async move { bring(caught_async(shared.next_batch(), failed).await) }));
            }
            Err(error) => bring(failed(error)),
        }
    }

    /// The API key for what the stream sends from now on. Gives the error as JSON text, or nothing.
    #[napi(catch_unwind)]
    pub fn use_key(&self, key: String) -> Option<String> {
        match ApiKey::new(&key) {
            Ok(key) => {
                if let Some(slot) = &self.key {
                    slot.set(key);
                }
                None
            }
            Err(error) => Some(error.to_json().to_string()),
        }
    }

    /// Closes the connection. Whoever waits for a batch is told that the stream is at its end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.close();
    }
}

impl NativeStream {
    pub(crate) fn new(stream: EventStream, key: Option<KeySlot>, client_closing: Arc<Notify>) -> Self {
        let stream = Mutex::new(Some(stream));
        let closed = AtomicBool::new(false);
        let shared = Shared { stream, closed, closing: Notify::new(), client_closing };
        Self { shared: Arc::new(shared), key }
    }
}

/// The last resort: the garbage collector found the stream abandoned.
impl Drop for NativeStream {
    fn drop(&mut self) {
        self.shared.close();
    }
}

struct Shared {
    /// Away while it is read, and gone once it is closed.
    stream: Mutex<Option<EventStream>>,
    closed: AtomicBool,
    closing: Notify,
    client_closing: Arc<Notify>,
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Option<EventStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.closing.notify_waiters();
        drop(self.slot().take());
    }

    async fn next_batch(&self) -> (Result<StreamBatch, Error>, StreamStats) {
        // Made before the stream is looked for, so that no notice is missed.
        let mut closing = pin!(self.closing.notified());
        let Some(mut stream) = self.slot().take() else {
            return (Ok(StreamBatch::default()), StreamStats::default());
        };
        let batch = loop {
            let client_closing = pin!(self.client_closing.notified());
            let next = pin!(stream.next_batch());
            let next = select(next, client_closing);
            match select(next, closing.as_mut()).await {
                Either::Left((Either::Left((batch, _)), _)) => break batch,
                // The stream itself knows what error that is.
                Either::Left((Either::Right(_), _)) => {}
                Either::Right(_) => return (Ok(StreamBatch::default()), StreamStats::default()),
            }
        };
        let stats = stream.stats();
        let mut slot = self.slot();
        if !self.closed.load(Ordering::Acquire) {
            *slot = Some(stream);
        }
        (batch, stats)
    }
}

impl Batch {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn new(id: u32, brought: Result<StreamBatch, Error>, stats: StreamStats) -> Self {
        let (error, StreamBatch { events, notices, .. }) = match brought {
            Err(error) => (Some(error.to_json().to_string()), StreamBatch::default()),
            Ok(batch) => (None, batch),
        };
        let ids: Vec<_> = events.iter().map(|event| event.id.as_deref()).collect();
        let text = |text| (!events.is_empty()).then(|| Text::Owned(text));
        Self {
            id,
            error,
            events: text(array(&events)),
            ids: text(serde_json::to_string(&ids).unwrap_or_default()),
            last_id: events.iter().rev().find_map(|event| event.id.clone()),
            notices: (!notices.is_empty()).then(|| fields(&notices).to_string()),
            reconnects: stats.reconnects,
            duplicates_dropped: stats.duplicates_dropped as f64,
            decode_replacements: stats.decode_replacements as f64,
        }
    }
}

/// The events as one JSON text. Their data is JSON already, and is not read again.
fn array(events: &[StreamEvent]) -> String {
    let mut text = String::with_capacity(events.iter().map(|event| event.data.len() + 1).sum::<usize>() + 1);
    for event in events {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&event.data);
    }
    text.push(']');
    text
}

/// Notices as the fields of records in a log.
fn fields(notices: &[StreamNotice]) -> Value {
    let one = |notice: &StreamNotice| match notice {
        StreamNotice::Reconnecting { reason, status, wait } => json!({
            "event": "stream.reconnecting", "reason": reason, "status": status, "wait": wait.as_secs_f64() * 1000.0
        }),
        _ => json!({ "event": "stream.opened" }),
    };
    notices.iter().map(one).collect()
}
