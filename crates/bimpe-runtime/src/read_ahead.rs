//! Reads streams ahead: a task reads the next events while the binding's language uses earlier ones. A reader then finds
//! them without waking the task and waiting for it.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use bimpe::engine::{EventStream, StreamBatch, StreamStats};
use bimpe::{BoxFuture, Error};
use futures_util::future::{Either, select};
use tokio::sync::Notify;

use crate::panics::catch_panic_async;
use crate::sync::lock;

/// The task pauses at this number of events until more are requested. Everything that arrives meanwhile is then read at
/// once, because waking the task for each chunk would take processor time from the reader.
const MAX_EVENTS: usize = 32;
/// The task pauses at this number of bytes, too.
const MAX_BYTES: usize = 64 * 1024;

/// A stream that is read ahead, from the first request for events.
#[derive(Clone)]
pub struct ReadAheadStream(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Wakes the task after a pause ends or the stream is closed.
    resumed: Notify,
    notify: Box<dyn Fn() + Send + Sync>,
}

struct State {
    unopened: Option<EventStream>,
    updates: VecDeque<Update>,
    /// Number of events in `updates`, and of their bytes.
    events: usize,
    bytes: usize,
    stats: StreamStats,
    /// The id to resume with after what was taken.
    last_id: Option<String>,
    /// Whether the task waits for a request for more. Also set after an error, because the reader may provide another key.
    paused: bool,
    /// Whether nothing arrives any more.
    finished: bool,
}

struct Update {
    batch: Result<StreamBatch, Error>,
    /// The id to resume with after the batch.
    last_id: Option<String>,
}

impl State {
    fn push(&mut self, batch: Result<StreamBatch, Error>, last_id: Option<String>) {
        match (self.updates.back_mut(), batch) {
            (Some(Update { batch: Ok(last), last_id: id }), Ok(batch)) if batch.notices.is_empty() => {
                last.events.append(batch.events);
                *id = last_id;
            }
            (_, batch) => self.updates.push_back(Update { batch, last_id }),
        }
    }
}

impl ReadAheadStream {
    /// Reads this stream after the first request for events. Any thread calls `notify` when an update is available after
    /// none was.
    pub fn new(stream: EventStream, notify: impl Fn() + Send + Sync + 'static) -> Self {
        let state = State {
            last_id: stream.last_id().map(str::to_owned),
            unopened: Some(stream),
            updates: VecDeque::new(),
            events: 0,
            bytes: 0,
            stats: StreamStats::default(),
            paused: false,
            finished: false,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), resumed: Notify::new(), notify: Box::new(notify) }))
    }

    /// Takes everything that has arrived together, if anything has. An empty batch is the end of the stream.
    pub fn take(&self) -> Option<Result<StreamBatch, Error>> {
        let mut state = lock(&self.0.state);
        let Some(Update { batch, last_id }) = state.updates.pop_front() else {
            return state.finished.then(|| Ok(StreamBatch::default()));
        };
        state.last_id = last_id;
        if let Ok(batch) = &batch {
            state.events -= batch.events.len();
            state.bytes -= batch.events.size();
        }
        Some(batch)
    }

    /// Returns the id to resume with after everything that was taken. Starts as the `after` of the stream.
    pub fn last_id(&self) -> Option<String> {
        lock(&self.0.state).last_id.clone()
    }

    /// Returns the counts of the stream.
    pub fn stats(&self) -> StreamStats {
        lock(&self.0.state).stats
    }

    /// Returns whether [`Self::take`] has a result.
    pub fn has_update(&self) -> bool {
        let state = lock(&self.0.state);
        state.finished || !state.updates.is_empty()
    }

    /// Resumes a paused task if everything was taken. Passes the task to `spawn` the first time.
    pub fn request_more(&self, spawn: impl FnOnce(BoxFuture<'static, ()>)) {
        let mut state = lock(&self.0.state);
        if let Some(stream) = state.unopened.take() {
            drop(state);
            spawn(Box::pin(read(self.0.clone(), stream)));
        } else if state.updates.is_empty() && mem::take(&mut state.paused) {
            self.0.resumed.notify_one();
        }
    }

    /// Closes the connection. Drops updates that were not taken.
    pub fn close(&self) {
        let mut state = lock(&self.0.state);
        if mem::replace(&mut state.finished, true) {
            return;
        }
        let dropped = (mem::take(&mut state.updates), state.unopened.take());
        drop(state);
        drop(dropped);
        self.0.resumed.notify_one();
        (self.0.notify)();
    }
}

impl Shared {
    /// Adds what the stream has just returned.
    fn push(&self, batch: Result<StreamBatch, Error>, stream: &EventStream) {
        let mut state = lock(&self.state);
        if state.finished {
            return;
        }
        state.stats = stream.stats();
        let is_first = state.updates.is_empty();
        match &batch {
            Ok(batch) if batch.is_end() => state.finished = true,
            Ok(batch) => {
                state.events += batch.events.len();
                state.bytes += batch.events.size();
                state.paused = state.events >= MAX_EVENTS || state.bytes >= MAX_BYTES;
            }
            Err(_) => state.paused = true,
        }
        if !state.finished {
            state.push(batch, stream.last_id().map(str::to_owned));
        }
        drop(state);
        if is_first {
            (self.notify)();
        }
    }

    /// Waits for the end of a pause. Returns whether to continue.
    async fn may_read(&self) -> bool {
        loop {
            {
                let state = lock(&self.state);
                if state.finished || !state.paused {
                    return !state.finished;
                }
            }
            self.resumed.notified().await;
        }
    }
}

/// Reads the stream to its end.
async fn read(shared: Arc<Shared>, mut stream: EventStream) {
    while shared.may_read().await {
        // Dropping `next_batch` loses no event.
        let batch = {
            let next = pin!(catch_panic_async(stream.next_batch(), Err));
            let resumed = pin!(shared.resumed.notified());
            match select(next, resumed).await {
                Either::Left((batch, _)) => batch,
                Either::Right(_) => continue,
            }
        };
        shared.push(batch, &stream);
    }
}
