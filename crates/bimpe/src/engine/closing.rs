//! Closing a client: calls under way learn of it at once, not only those that start.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

/// Whether a client is closed, by itself or with the one that it was made from, and the wakers of its calls.
#[derive(Default)]
pub(crate) struct Closing {
    own: Mutex<State>,
    parent: Option<Arc<Closing>>,
}

#[derive(Default)]
struct State {
    closed: bool,
    waiting: Slab<Waker>,
}

impl Closing {
    /// The closing of a client that was made from this one.
    pub(crate) fn derived(self: &Arc<Self>) -> Self {
        Self { parent: Some(self.clone()), ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.state().closed || self.parent.as_ref().is_some_and(|parent| parent.is_closed())
    }

    /// A future that is ready once it is closed.
    pub(crate) fn closed(&self) -> Closed<'_> {
        let parent = self.parent.as_ref().map(|parent| Box::new(parent.closed()));
        Closed { closing: self, place: None, parent }
    }
}

pub(crate) struct Closed<'a> {
    closing: &'a Closing,
    /// Where the waker is kept, once it was asked.
    place: Option<usize>,
    /// The same for the client that this one was made from.
    parent: Option<Box<Closed<'a>>>,
}

impl Future for Closed<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this.closing.state();
        if state.closed {
            return Poll::Ready(());
        }
        match this.place {
            Some(place) => state.waiting[place].clone_from(context.waker()),
            None => this.place = Some(state.waiting.insert(context.waker().clone())),
        }
        drop(state);
        this.parent.as_mut().map_or(Poll::Pending, |parent| Pin::new(parent).poll(context))
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // Gone, if it was closed in the meantime.
        self.closing.state().waiting.try_remove(place);
    }
}
