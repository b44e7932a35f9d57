//! Reading ahead: while a binding's language uses the events of a stream, a task reads those that follow. Whoever asks then
//! finds them there, and need not wake the task and wait for it. For bindings only.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{Either, select};
use tokio::sync::Notify;

use crate::clock::BoxFuture;
use crate::engine::{EventStream, StreamBatch, StreamStats};
use crate::error::Error;
use crate::panics::caught_async;

/// With so many events, whoever takes them is busy for a while. The task rests until they are asked for more: all that
/// arrives in the meantime is then read in one go, while to wake for each piece of it would keep them from their work.
const EVENTS: usize = 32;
/// The same for bytes.
const BYTES: usize = 64 * 1024;

type Tell = Box<dyn Fn() + Send + Sync>;

/// A stream that is read ahead, from the first time that somebody asks for events.
#[derive(Clone)]
pub struct Ahead(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Tells the task that it may read on, or that it is over.
    turn: Notify,
    tell: Tell,
}

struct State {
    unopened: Option<EventStream>,
    arrived: VecDeque<Arrived>,
    /// How many events have arrived, and their bytes.
    events: usize,
    bytes: usize,
    stats: StreamStats,
    /// The id to resume with after what was taken.
    last_id: Option<String>,
    /// Whether the task rests until somebody finds nothing and wants more. It does so after an error, too: it may be given
    /// another key before.
    resting: bool,
    /// Whether nothing arrives any more.
    over: bool,
}

/// What the stream has brought.
struct Arrived {
    brought: Result<StreamBatch, Error>,
    /// The id to resume with after it.
    last_id: Option<String>,
}

impl State {
    fn add(&mut self, brought: Result<StreamBatch, Error>, last_id: Option<String>) {
        match (self.arrived.back_mut(), brought) {
            (Some(Arrived { brought: Ok(last), last_id: id }), Ok(batch)) if batch.notices.is_empty() => {
                last.events.append(batch.events);
                *id = last_id;
            }
            (_, brought) => self.arrived.push_back(Arrived { brought, last_id }),
        }
    }
}

fn size(batch: &StreamBatch) -> (usize, usize) {
    (batch.events.len(), batch.events.size())
}

impl Ahead {
    /// Reads this stream, once somebody wants its events. The function is called, by any thread, when there is something to
    /// take after there was nothing.
    pub fn new(stream: EventStream, tell: impl Fn() + Send + Sync + 'static) -> Self {
        let state = State {
            last_id: stream.last_id().map(str::to_owned),
            unopened: Some(stream),
            arrived: VecDeque::new(),
            events: 0,
            bytes: 0,
            stats: StreamStats::default(),
            resting: false,
            over: false,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), turn: Notify::new(), tell: Box::new(tell) }))
    }

    /// All that has arrived together, if anything has. At the end, and once it is closed, that is a batch of nothing.
    pub fn take(&self) -> Option<Result<StreamBatch, Error>> {
        let mut state = self.0.state();
        let Some(Arrived { brought, last_id }) = state.arrived.pop_front() else {
            return state.over.then(|| Ok(StreamBatch::default()));
        };
        state.last_id = last_id;
        if let Ok(batch) = &brought {
            let (events, bytes) = size(batch);
            state.events -= events;
            state.bytes -= bytes;
        }
        Some(brought)
    }

    /// The id to resume with after all that was taken. Before that, it is where the stream begins.
    pub fn last_id(&self) -> Option<String> {
        self.0.state().last_id.clone()
    }

    /// What has happened so far.
    pub fn stats(&self) -> StreamStats {
        self.0.state().stats
    }

    /// Whether there is something to take.
    pub fn has_arrived(&self) -> bool {
        let state = self.0.state();
        state.over || !state.arrived.is_empty()
    }

    /// Reads on, if all was taken and the task rests. The first time, the task is given to this function.
    pub fn want(&self, spawn: impl FnOnce(BoxFuture<'static, ()>)) {
        let mut state = self.0.state();
        if let Some(stream) = state.unopened.take() {
            drop(state);
            spawn(Box::pin(read(self.0.clone(), stream)));
        } else if state.arrived.is_empty() && mem::take(&mut state.resting) {
            self.0.turn.notify_one();
        }
    }

    /// Closes the connection. What has arrived and was not taken is gone.
    pub fn close(&self) {
        let mut state = self.0.state();
        if mem::replace(&mut state.over, true) {
            return;
        }
        let gone = (mem::take(&mut state.arrived), state.unopened.take());
        drop(state);
        drop(gone);
        self.0.turn.notify_one();
        (self.0.tell)();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves something to be taken, which the stream has just brought.
    fn put(&self, brought: Result<StreamBatch, Error>, stream: &EventStream) {
        let mut state = self.state();
        if state.over {
            return;
        }
        state.stats = stream.stats();
        let is_first = state.arrived.is_empty();
        match &brought {
            Ok(batch) if batch.is_end() => state.over = true,
            Ok(batch) => {
                let (events, bytes) = size(batch);
                state.events += events;
                state.bytes += bytes;
                state.resting = state.events >= EVENTS || state.bytes >= BYTES;
            }
            Err(_) => state.resting = true,
        }
        if !state.over {
            state.add(brought, stream.last_id().map(str::to_owned));
        }
        drop(state);
        if is_first {
            (self.tell)();
        }
    }

    /// Rests, if it is to. Says whether to go on.
    async fn may_read(&self) -> bool {
        loop {
            {
                let state = self.state();
                if state.over || !state.resting {
                    return !state.over;
                }
            }
            self.turn.notified().await;
        }
    }
}

/// Reads the stream to its end.
async fn read(shared: Arc<Shared>, mut stream: EventStream) {
    while shared.may_read().await {
        // A wait that is given up has taken nothing.
        let brought = {
            let next = pin!(caught_async(stream.next_batch(), Err));
            let turn = pin!(shared.turn.notified());
            match select(next, turn).await {
                Either::Left((brought, _)) => brought,
                Either::Right(_) => continue,
            }
        };
        shared.put(brought, &stream);
    }
}
