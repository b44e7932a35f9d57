//! Events that were read and not taken yet.

use std::collections::VecDeque;
use std::mem;

use super::batch::{StreamEvent, StreamEventRef, StreamEvents};
use crate::error::Error;

/// Events, the errors among them, and how far they were taken.
#[derive(Default)]
pub(super) struct EventBuffer {
    failed: VecDeque<Unreadable>,
    /// The events after the last error.
    events: StreamEvents,
    /// How many of the first events were taken one by one.
    taken: usize,
    /// The id to resume with after what was taken.
    last_id: Option<String>,
}

/// An event that could not be read.
struct Unreadable {
    before: StreamEvents,
    error: Error,
    /// The id to resume with after it.
    id: Option<String>,
}

impl EventBuffer {
    /// Nothing yet; a stream begins after this id.
    pub(super) fn after(last_id: Option<String>) -> Self {
        Self { last_id, ..Self::default() }
    }

    /// The id to resume with after what was taken.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// Reserves memory for this number of bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.events.reserve(bytes);
    }

    pub(super) fn add(&mut self, event: StreamEventRef<'_>) {
        self.events.push(event);
    }

    /// Adds an error in place of an event; the id is that to resume with after it.
    pub(super) fn fail(&mut self, error: Error, id: Option<&str>) {
        let before = mem::take(&mut self.events);
        self.failed.push_back(Unreadable { before, error, id: id.map(str::to_owned) });
    }

    /// Takes the next event or error.
    pub(super) fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        let events = self.failed.front().map_or(&self.events, |failed| &failed.before);
        if let Some(event) = events.get(self.taken) {
            self.taken += 1;
            let event = event.to_owned();
            self.last_id.clone_from(&event.id);
            return Some(Ok(event));
        }
        self.taken = 0;
        if self.failed.is_empty() {
            self.events.clear();
        }
        self.error().map(Err)
    }

    /// Takes the next events, up to an error.
    pub(super) fn events(&mut self) -> StreamEvents {
        let events = self.failed.front_mut().map_or(&mut self.events, |failed| &mut failed.before);
        let events = mem::take(events).skip_first(mem::take(&mut self.taken));
        if let Some(event) = events.len().checked_sub(1).and_then(|last| events.get(last)) {
            self.last_id = event.id.map(str::to_owned);
        }
        events
    }

    /// Takes the next error, after its events were taken.
    pub(super) fn error(&mut self) -> Option<Error> {
        let failed = self.failed.pop_front()?;
        self.last_id = failed.id;
        Some(failed.error)
    }

    /// Drops everything that was not taken.
    pub(super) fn clear(&mut self) {
        *self = Self::after(self.last_id.take());
    }
}
