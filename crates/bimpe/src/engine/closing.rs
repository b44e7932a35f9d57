//! Closing a client: calls under way learn of it at once, not only those that start.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

/// Whether a client is closed, and who waits to hear of it.
#[derive(Default)]
pub(crate) struct Closing(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    waiting: Slab<Waker>,
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
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// A future that is ready once it is closed.
    pub(crate) fn closed(&self) -> Closed<'_> {
        Closed { closing: self, place: None }
    }
}

pub(crate) struct Closed<'a> {
    closing: &'a Closing,
    /// Where the waker is kept, once it was asked.
    place: Option<usize>,
}

impl Future for Closed<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.closing.state();
        if state.closed {
            return Poll::Ready(());
        }
        match self.place {
            Some(place) => state.waiting[place].clone_from(context.waker()),
            None => self.place = Some(state.waiting.insert(context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // Gone, if it was closed in the meantime.
        self.closing.state().waiting.try_remove(place);
    }
}
