//! Passes results to JavaScript, as the queue of the Node binding does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::future::{AbortHandle, AbortRegistration};
use js_sys::{Function, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::executor;

/// The completions of this instance.
#[wasm_bindgen]
pub struct CompletionQueue(Rc<Shared>);

struct Shared {
    ready: RefCell<Vec<Object>>,
    /// Abort handles of the running requests, by id.
    requests: RefCell<HashMap<u32, AbortHandle>>,
    /// Called when completions are ready.
    on_ready: Function,
}

#[wasm_bindgen]
impl CompletionQueue {
    /// Creates a queue. `on_ready` is called when completions are ready to be drained.
    #[wasm_bindgen(constructor)]
    pub fn new(on_ready: Function) -> Self {
        Self(Rc::new(Shared { ready: RefCell::default(), requests: RefCell::default(), on_ready }))
    }

    /// Removes and returns the completions that are ready.
    pub fn drain(&self) -> Vec<Object> {
        self.0.ready.take()
    }

    /// Aborts a request in any state and closes its connection.
    pub fn cancel(&self, id: u32) {
        let request = self.0.requests.borrow_mut().remove(&id);
        request.iter().for_each(AbortHandle::abort);
    }
}

impl CompletionQueue {
    /// Reserves a slot for the next batch of a stream.
    pub(crate) fn slot(&self) -> CompletionSlot {
        CompletionSlot(self.0.clone())
    }

    /// Reserves a slot for the result of a request that [`Self::cancel`] can abort.
    pub(crate) fn request_slot(&self, id: u32) -> (CompletionSlot, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        self.0.requests.borrow_mut().insert(id, handle);
        (self.slot(), registration)
    }
}

/// A reserved place for one completion.
pub(crate) struct CompletionSlot(Rc<Shared>);

impl CompletionSlot {
    /// Adds the completion with this id to the queue.
    pub(crate) fn complete(self, id: u32, completion: Object) {
        let shared = self.0;
        shared.requests.borrow_mut().remove(&id);
        let was_empty = shared.ready.borrow().is_empty();
        shared.ready.borrow_mut().push(completion);
        if was_empty {
            // Later, because the receivers may send requests.
            executor::spawn(async move {
                // The function of the package does not throw.
                let _ = shared.on_ready.call0(&JsValue::UNDEFINED);
            });
        }
    }
}
