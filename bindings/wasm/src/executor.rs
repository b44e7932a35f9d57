//! Runs futures on the event loop of the host.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::host;

/// A future that runs. The host calls each step, so that the host sees a panic as an exception.
struct Task(SendWrapper<State>);

struct State {
    /// `None` while the future runs, and after its end.
    future: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    is_scheduled: Cell<bool>,
}

/// Runs a future after the current function has returned.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let state = State { future: RefCell::new(Some(Box::pin(future))), is_scheduled: Cell::new(false) };
    Arc::new(Task(SendWrapper::new(state))).wake();
}

impl Task {
    fn step(self: &Arc<Self>) {
        self.0.is_scheduled.set(false);
        let Some(mut future) = self.0.future.take() else { return };
        let waker = Waker::from(self.clone());
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.0.future.replace(Some(future));
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.0.is_scheduled.replace(true) {
            let step = Closure::once_into_js(move || self.step());
            host::get().defer(step.unchecked_ref());
        }
    }
}
