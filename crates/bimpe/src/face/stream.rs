//! Streams of events, typed.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, SelectAll, StreamExt};
use serde::de::DeserializeOwned;

use crate::engine::{Client, EventStream, StreamOptions, StreamStats, json};
use crate::error::{Error, ErrorKind};
use crate::schema::Operation;

/// A stream that has not been opened yet. Set options, then `.open()` it.
#[must_use = "nothing is sent before it is opened and asked for an event"]
pub struct StreamRequest<T> {
    client: Client,
    operation: &'static Operation,
    path: Vec<String>,
    options: StreamOptions,
    event: PhantomData<fn() -> T>,
}

impl<T> StreamRequest<T> {
    /// A stream of this operation.
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        let options = StreamOptions::default();
        Self { client: client.clone(), operation, path: Vec::new(), options, event: PhantomData }
    }

    /// Adds an id of the path.
    pub(crate) fn id(mut self, id: impl Into<String>) -> Self {
        self.path.push(id.into());
        self
    }

    /// Begin after this event id, or after this ISO-8601 time.
    pub fn after(mut self, after: impl Into<String>) -> Self {
        self.options.after = Some(after.into());
        self
    }

    /// Whether to connect again when the connection ends; on if not set.
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.options.reconnect = reconnect;
        self
    }

    /// How many connections in a row may bring nothing before the stream gives up; without limit if not set.
    pub fn max_reconnects(mut self, reconnects: u32) -> Self {
        self.options.max_reconnects = Some(reconnects);
        self
    }

    /// How long the server may be silent before the connection counts as dead: 60 seconds if not set; zero turns it off.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.options.stall_timeout = timeout;
        self
    }

    /// Checks the ids and gives the events. The connection opens when the first is asked for.
    pub fn open(self) -> Result<Events<T>, Error> {
        let stream = self.client.stream(self.operation, self.path, self.options)?;
        Ok(Events { stream, event: PhantomData })
    }
}

/// The events of a stream. Dropping it closes the connection.
#[derive(Debug)]
pub struct Events<T> {
    stream: EventStream,
    event: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + 'static> Events<T> {
    /// The next event; `None` after `close`, or at the server's end if reconnecting is off.
    /// Dropping the future loses nothing.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        let Some(event) = self.stream.next().await.transpose()? else { return Ok(None) };
        // The text of the error would quote values.
        json::read(&event.data).map(Some).map_err(|error| {
            let id = event.id.as_deref().unwrap_or("none");
            let text =
                format!("an event of the stream has another shape (id {id}, column {})", error.column());
            Error::new(ErrorKind::StreamDecode, text)
        })
    }

    /// The events as a `Stream`.
    pub fn into_stream(self) -> BoxStream<'static, Result<T, Error>> {
        stream::unfold(self, |mut events| async move {
            let next = events.try_next().await.transpose()?;
            Some((next, events))
        })
        .boxed()
    }

    /// The events of several streams as they come. It ends when all have ended; an error ends only its own stream.
    pub fn merge(streams: impl IntoIterator<Item = Self>) -> SelectAll<BoxStream<'static, Result<T, Error>>> {
        stream::select_all(streams.into_iter().map(Self::into_stream))
    }

    /// The id to resume with, as `after`.
    pub fn last_id(&self) -> Option<&str> {
        self.stream.last_id()
    }

    /// What has happened so far.
    pub fn stats(&self) -> StreamStats {
        self.stream.stats()
    }

    /// Closes the connection; no event comes any more.
    pub fn close(&mut self) {
        self.stream.close();
    }
}

impl<T> fmt::Debug for StreamRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRequest").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}
