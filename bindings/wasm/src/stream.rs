//! `NativeStream`: a stream of events, read ahead.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use bimpe::engine::{EventStream, SharedApiKey};
use bimpe_runtime::ReadAheadStream;
use bimpe_runtime::json::{BatchText, error_fields, set_stream_key};
use js_sys::Object;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::completion_queue::{CompletionQueue, CompletionSlot};
use crate::executor;
use crate::objects::object;

/// A stream of events. The first request for a batch opens the connection.
#[wasm_bindgen]
pub struct NativeStream {
    shared: Rc<Shared>,
    /// The API key of the stream, if the client has none.
    key: Option<SharedApiKey>,
}

#[wasm_bindgen]
impl NativeStream {
    /// Returns the received events, or `null` if there are none.
    #[wasm_bindgen(js_name = takeBatch)]
    pub fn take_batch(&self) -> JsValue {
        self.shared.take(0).map_or(JsValue::NULL, Into::into)
    }

    /// Requests the next batch. It goes to the queue, with this id. Only one request may be pending.
    #[wasm_bindgen(js_name = nextBatch)]
    pub fn next_batch(&self, queue: &CompletionQueue, id: u32) {
        self.shared.pending.replace(Some((queue.slot(), id)));
        self.shared.events.request_more(executor::spawn);
        self.shared.deliver();
    }

    /// Sets the API key for the next requests of the stream. Returns the error as JSON text, or `null`.
    #[wasm_bindgen(js_name = useKey)]
    pub fn use_key(&self, key: &str) -> JsValue {
        let set = set_stream_key(self.key.as_ref(), key);
        set.err().map_or(JsValue::NULL, |error| error_fields(&error).to_string().into())
    }

    /// Returns the resume id after the last batch.
    #[wasm_bindgen(getter, js_name = lastId)]
    pub fn last_id(&self) -> JsValue {
        self.shared.events.last_id().map_or(JsValue::NULL, Into::into)
    }

    /// Closes the connection. A pending batch completes as the end of the stream.
    pub fn close(&self) {
        self.shared.events.close();
    }
}

impl NativeStream {
    pub(crate) fn new(stream: EventStream, key: Option<SharedApiKey>) -> Self {
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let shared = SendWrapper::new(shared.clone());
            let deliver = move || shared.upgrade().iter().for_each(|shared| shared.deliver());
            Shared { events: ReadAheadStream::new(stream, deliver), pending: RefCell::default() }
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
    pending: RefCell<Option<(CompletionSlot, u32)>>,
}

impl Shared {
    /// Returns the next batch as an object with this id.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn take(&self, id: u32) -> Option<Object> {
        let BatchText { error, events, ids, notices } = self.events.take()?.into();
        let stats = self.events.stats();
        Some(object([
            ("id", Some(id.into())),
            ("error", error.map(Into::into)),
            ("events", events.map(Into::into)),
            ("ids", ids.map(Into::into)),
            ("lastId", self.events.last_id().map(Into::into)),
            ("notices", notices.map(Into::into)),
            ("reconnects", Some(stats.reconnects.into())),
            ("duplicatesDropped", Some((stats.duplicates_dropped as f64).into())),
            ("decodeReplacements", Some((stats.decode_replacements as f64).into())),
        ]))
    }

    /// Completes the pending request if a batch is ready.
    fn deliver(&self) {
        let Some((slot, id)) = self.pending.take() else { return };
        match self.take(id) {
            Some(batch) => slot.complete(id, batch),
            None => drop(self.pending.replace(Some((slot, id)))),
        }
    }
}
