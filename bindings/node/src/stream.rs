//! Streams of events. Events cross in batches, so that one function call delivers all received events.
#![expect(clippy::needless_pass_by_value, reason = "Node-API passes copies of JavaScript strings")]

use std::sync::{Arc, Mutex, Weak};

use bimpe::Error;
use bimpe::engine::{EventStream, SharedApiKey, StreamBatch};
use bimpe_runtime::json::{BatchText, error_fields, set_stream_key};
use bimpe_runtime::{BackgroundRuntime, ReadAheadStream, catch_panic, lock};
use napi::Env;
use napi_derive::napi;

use crate::completion_queue::{Completion, CompletionQueue, CompletionSlot};
use crate::event_batch::EventBatch;
use crate::executor;
use crate::js_string::JsString;

/// A stream of events. The first request for a batch opens the connection.
#[napi]
pub struct NativeStream {
    shared: Arc<Shared>,
    /// The API key of the stream, if the client has none.
    key: Option<SharedApiKey>,
}

#[napi]
impl NativeStream {
    /// Returns the received events, or `null` if there are none.
    #[napi(catch_unwind)]
    pub fn take_batch(&self) -> Option<EventBatch> {
        self.shared.take(0)
    }

    /// Requests the next batch. It goes to the queue, with this id. Only one request may be pending.
    #[napi(catch_unwind)]
    pub fn next_batch(&self, env: Env, queue: &CompletionQueue, id: u32) -> napi::Result<()> {
        let slot = queue.slot(env)?;
        match executor::background() {
            Ok(background) => self.shared.request_batch(background, slot, id),
            Err(error) => slot.complete(Completion::B(event_batch(id, Err(error), &self.shared.events))),
        }
        Ok(())
    }

    /// Sets the API key for the next requests of the stream. Returns the error as JSON text, or `null`.
    #[napi(catch_unwind)]
    pub fn use_key(&self, key: String) -> Option<String> {
        let set = set_stream_key(self.key.as_ref(), &key);
        set.err().map(|error| error_fields(&error).to_string())
    }

    /// Returns the resume id after the last batch.
    #[napi(getter, catch_unwind)]
    pub fn last_id(&self) -> Option<String> {
        self.shared.events.last_id()
    }

    /// Closes the connection. A pending batch completes as the end of the stream.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.events.close();
    }
}

impl NativeStream {
    pub(crate) fn new(stream: EventStream, key: Option<SharedApiKey>) -> Self {
        let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
            let shared = shared.clone();
            let deliver = move || shared.upgrade().iter().for_each(|shared| shared.deliver());
            Shared { events: ReadAheadStream::new(stream, deliver), pending: Mutex::default() }
        });
        Self { shared, key }
    }
}

/// Closes a stream that the garbage collector found, because no other code closes an abandoned stream.
impl Drop for NativeStream {
    fn drop(&mut self) {
        self.shared.events.close();
    }
}

struct Shared {
    events: ReadAheadStream,
    /// The slot and id of the pending request for a batch.
    pending: Mutex<Option<(CompletionSlot, u32)>>,
}

impl Shared {
    fn take(&self, id: u32) -> Option<EventBatch> {
        self.events.take().map(|batch| event_batch(id, batch, &self.events))
    }

    fn request_batch(&self, background: &BackgroundRuntime, slot: CompletionSlot, id: u32) {
        *lock(&self.pending) = Some((slot, id));
        self.events.request_more(|task| background.spawn(task));
        self.deliver();
    }

    /// Completes the pending request if a batch is ready.
    fn deliver(&self) {
        let mut pending = lock(&self.pending);
        if let Some((_, id)) = *pending
            && let Some(batch) = self.take(id)
            && let Some((slot, _)) = pending.take()
        {
            slot.complete(Completion::B(batch));
        }
    }
}

/// Converts a batch. A panic becomes an error in the batch, because JavaScript waits for one.
fn event_batch(id: u32, batch: Result<StreamBatch, Error>, events: &ReadAheadStream) -> EventBatch {
    catch_panic(|| EventBatch::new(id, batch, events), |error| EventBatch::new(id, Err(error), events))
}

impl EventBatch {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn new(id: u32, batch: Result<StreamBatch, Error>, stream: &ReadAheadStream) -> Self {
        let stats = stream.stats();
        let BatchText { error, events, ids, notices } = batch.into();
        Self {
            id,
            error,
            events: events.map(JsString::Owned),
            ids: ids.map(JsString::Owned),
            last_id: stream.last_id(),
            notices,
            reconnects: stats.reconnects,
            duplicates_dropped: stats.duplicates_dropped as f64,
            decode_replacements: stats.decode_replacements as f64,
        }
    }
}
