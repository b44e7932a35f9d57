//! Closing a client: calls under way learn of it at once, not only those that start.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Whether a client is closed, and who waits to hear of it.
#[derive(Default)]
pub(crate) struct Closing(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    next_id: u64,
    waiting: HashMap<u64, Waker>,
}

impl Closing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes, once and for all.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// A future that is ready once it is closed.
    pub(crate) fn closed(&self) -> Closed<'_> {
        let mut state = self.state();
        state.next_id += 1;
        Closed { closing: self, id: state.next_id }
    }
}

pub(crate) struct Closed<'a> {
    closing: &'a Closing,
    id: u64,
}

impl Future for Closed<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.closing.state();
        if state.closed {
            return Poll::Ready(());
        }
        state.waiting.insert(self.id, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.closing.state().waiting.remove(&self.id);
    }
}
