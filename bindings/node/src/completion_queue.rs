//! Passes results to JavaScript, through one completion queue per environment. One callback drains all completions that
//! are ready. A Node-API promise per request would cost a thread-safe function each.
#![expect(deprecated, reason = "napi has no other safe way to keep the process alive for a while")]

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex};

use bimpe_runtime::lock;
use futures_util::future::{AbortHandle, AbortRegistration};
use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::event_batch::EventBatch;
use crate::request_result::RequestResult;

/// The result of a request, or the next batch of a stream.
pub(crate) type Completion = Either<RequestResult, EventBatch>;

/// The completions of one environment. It keeps the process alive while a completion is pending.
#[napi]
pub struct CompletionQueue(Arc<Shared>);

type DrainCallback = ThreadsafeFunction<(), (), (), Status, false, true>;

struct Shared {
    state: Mutex<State>,
    /// Called when completions are ready. It has its own lock, because other threads need the state during the slow call.
    on_ready: Mutex<DrainCallback>,
}

#[derive(Default)]
struct State {
    ready: Vec<Completion>,
    /// Number of completions that JavaScript waits for, including those in `ready`.
    pending: usize,
    /// Abort handles of the running requests, by id.
    requests: HashMap<u32, AbortHandle>,
}

#[napi]
impl CompletionQueue {
    /// Creates a queue. `on_ready` is called when completions are ready to be drained.
    #[napi(constructor)]
    pub fn new(on_ready: Function<'_, (), ()>) -> Result<Self> {
        let on_ready = on_ready.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self(Arc::new(Shared { state: Mutex::default(), on_ready: Mutex::new(on_ready) })))
    }

    /// Removes and returns the completions that are ready.
    #[napi(catch_unwind)]
    pub fn drain(&self, env: Env) -> Result<Vec<Either<RequestResult, EventBatch>>> {
        let mut state = lock(&self.0.state);
        let ready = mem::take(&mut state.ready);
        state.pending -= ready.len();
        let is_idle = state.pending == 0;
        drop(state);
        if is_idle {
            lock(&self.0.on_ready).unref(&env)?;
        }
        Ok(ready)
    }

    /// Aborts a request in any state and closes its connection.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        let request = lock(&self.0.state).requests.remove(&id);
        request.iter().for_each(AbortHandle::abort);
    }
}

/// Node drops the queue when the environment ends, for example when a worker is terminated.
impl Drop for CompletionQueue {
    fn drop(&mut self) {
        let requests = mem::take(&mut lock(&self.0.state).requests);
        requests.values().for_each(AbortHandle::abort);
    }
}

impl CompletionQueue {
    /// Reserves a slot for the next batch of a stream.
    pub(crate) fn slot(&self, env: Env) -> Result<CompletionSlot> {
        self.reserve(env, |_| ())?;
        Ok(CompletionSlot(self.0.clone()))
    }

    /// Reserves a slot for the result of a request that [`Self::cancel`] can abort.
    pub(crate) fn request_slot(&self, env: Env, id: u32) -> Result<(CompletionSlot, AbortRegistration)> {
        let (handle, registration) = AbortHandle::new_pair();
        self.reserve(env, |state| drop(state.requests.insert(id, handle)))?;
        Ok((CompletionSlot(self.0.clone()), registration))
    }

    fn reserve(&self, env: Env, register: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = lock(&self.0.state);
        let was_idle = state.pending == 0;
        state.pending += 1;
        register(&mut state);
        drop(state);
        if was_idle { lock(&self.0.on_ready).refer(&env) } else { Ok(()) }
    }
}

/// A reserved place for one completion.
pub(crate) struct CompletionSlot(Arc<Shared>);

impl CompletionSlot {
    /// Adds the completion to the queue.
    pub(crate) fn complete(self, completion: Completion) {
        let mut state = lock(&self.0.state);
        if let Completion::A(result) = &completion {
            state.requests.remove(&result.id);
        }
        let was_empty = state.ready.is_empty();
        state.ready.push(completion);
        drop(state);
        if was_empty {
            // This fails only while the environment shuts down.
            lock(&self.0.on_ready).call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
