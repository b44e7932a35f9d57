//! A stream of events as JavaScript reads it: in batches, so that the boundary is crossed once for all that have arrived.
#![expect(clippy::needless_pass_by_value, reason = "strings from JavaScript are copies already")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bimpe::ahead::Ahead;
use bimpe::background::Background;
use bimpe::engine::{EventStream, KeySlot, StreamBatch, StreamNotice};
use bimpe::panics::caught;
use bimpe::{ApiKey, Error};
use napi::Env;
use napi::bindgen_prelude::Either as Letter;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::engine;
use crate::outcome::described;
use crate::post::{LetterBox, Slot};
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
    /// A JSON array of the ids to resume with after each event, or null where there is none. Few programs ask for them.
    pub ids: Option<Text>,
    /// The id to resume with after all of this, an error included.
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
    /// What has arrived, if anything has.
    #[napi(catch_unwind)]
    pub fn take_batch(&self) -> Option<Batch> {
        self.shared.take(0)
    }

    /// Waits for events. One batch is asked for at a time; it is left in the letter-box, with this number.
    #[napi(catch_unwind)]
    pub fn next_batch(&self, env: Env, post: &LetterBox, id: u32) -> napi::Result<()> {
        let slot = post.slot(env)?;
        match engine::thread() {
            Ok(thread) => self.shared.bring(thread, slot, id),
            Err(error) => slot.put(Letter::B(batch(id, Err(error), &self.shared.ahead))),
        }
        Ok(())
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
            Err(error) => Some(described(&error).to_string()),
        }
    }

    /// The id to resume with after what was taken so far.
    #[napi(getter, catch_unwind)]
    pub fn last_id(&self) -> Option<String> {
        self.shared.ahead.last_id()
    }

    /// Closes the connection. Whoever waits for a batch is told that the stream is at its end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.ahead.close();
    }
}

impl NativeStream {
    pub(crate) fn new(stream: EventStream, key: Option<KeySlot>) -> Self {
        let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
            let shared = shared.clone();
            let deliver = move || shared.upgrade().iter().for_each(|shared| shared.deliver());
            Shared { ahead: Ahead::new(stream, deliver), waiting: Mutex::default() }
        });
        Self { shared, key }
    }
}

/// The last resort: the garbage collector found the stream abandoned.
impl Drop for NativeStream {
    fn drop(&mut self) {
        self.shared.ahead.close();
    }
}

struct Shared {
    ahead: Ahead,
    /// Where the next batch is left, and the number that it was asked for by.
    waiting: Mutex<Option<(Slot, u32)>>,
}

impl Shared {
    fn take(&self, id: u32) -> Option<Batch> {
        self.ahead.take().map(|brought| batch(id, brought, &self.ahead))
    }

    /// Leaves the next batch in the letter-box, once there is one.
    fn bring(&self, thread: &Background, slot: Slot, id: u32) {
        *self.waiting() = Some((slot, id));
        self.ahead.want(|task| thread.begin(task));
        self.deliver();
    }

    fn deliver(&self) {
        let mut waiting = self.waiting();
        if let Some((_, id)) = *waiting
            && let Some(batch) = self.take(id)
            && let Some((slot, _)) = waiting.take()
        {
            slot.put(Letter::B(batch));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<(Slot, u32)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The batch, whatever happens: JavaScript waits for it.
fn batch(id: u32, brought: Result<StreamBatch, Error>, ahead: &Ahead) -> Batch {
    caught(|| Batch::new(id, brought, ahead), |error| Batch::new(id, Err(error), ahead))
}

impl Batch {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn new(id: u32, brought: Result<StreamBatch, Error>, ahead: &Ahead) -> Self {
        let stats = ahead.stats();
        let (error, StreamBatch { events, notices, .. }) = match brought {
            Err(error) => (Some(described(&error).to_string()), StreamBatch::default()),
            Ok(batch) => (None, batch),
        };
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        let text = |text| (!events.is_empty()).then_some(Text::Owned(text));
        Self {
            id,
            error,
            ids: text(serde_json::to_string(&ids).unwrap_or_default()),
            last_id: ahead.last_id(),
            events: (!events.is_empty()).then(|| Text::Owned(events.into_json())),
            notices: (!notices.is_empty()).then(|| fields(&notices).to_string()),
            reconnects: stats.reconnects,
            duplicates_dropped: stats.duplicates_dropped as f64,
            decode_replacements: stats.decode_replacements as f64,
        }
    }
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
