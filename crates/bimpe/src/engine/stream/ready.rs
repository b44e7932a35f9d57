//! What was read and not taken yet.

use std::collections::VecDeque;
use std::mem;

use super::batch::{StreamEvent, StreamEventRef, StreamEvents};
use crate::error::Error;

/// Events, and the errors among them.
#[derive(Default)]
pub(super) struct Ready {
    /// Each error, with the events before it.
    failed: VecDeque<(StreamEvents, Error)>,
    /// The events after the last error.
    events: StreamEvents,
    /// How many of the first events were taken one by one.
    taken: usize,
}

impl Ready {
    /// Makes room for events of so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.events.reserve(bytes);
    }

    pub(super) fn add(&mut self, event: StreamEventRef<'_>) {
        self.events.push(event);
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.failed.push_back((mem::take(&mut self.events), error));
    }

    /// Takes what comes next.
    pub(super) fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        let events = self.failed.front().map_or(&self.events, |(events, _)| events);
        if let Some(event) = events.get(self.taken) {
            self.taken += 1;
            return Some(Ok(event.to_owned()));
        }
        self.taken = 0;
        let failed = self.failed.pop_front();
        if failed.is_none() {
            self.events.clear();
        }
        failed.map(|(_, error)| Err(error))
    }

    /// Takes the events that come next, up to an error.
    pub(super) fn events(&mut self) -> StreamEvents {
        let events = self.failed.front_mut().map_or(&mut self.events, |(events, _)| events);
        mem::take(events).after(mem::take(&mut self.taken))
    }

    /// Takes the error that comes next, after its events were taken.
    pub(super) fn error(&mut self) -> Option<Error> {
        self.failed.pop_front().map(|(_, error)| error)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
