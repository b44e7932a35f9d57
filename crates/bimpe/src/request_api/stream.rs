//! Streams of events, typed.

use std::fmt;
use std::future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{self, SelectAll, Stream, StreamExt};

use crate::clock::BoxFuture;
use crate::engine::{
    Client, Counters, EventStream as RawEventStream, StreamEvent, StreamOptions, StreamStats, json,
};
use crate::error::{Error, ErrorKind};
use crate::model::FromResponse;
use crate::schema::Operation;
use crate::setters::setters;

/// A stream that has not been opened yet. Set options, then `.open().await` it.
#[must_use = "nothing is sent before it is opened"]
pub struct StreamRequest<T> {
    client: Client,
    operation: &'static Operation,
    path: Vec<String>,
    options: StreamOptions,
    lenient: bool,
    event: PhantomData<fn() -> T>,
}

impl<T> StreamRequest<T> {
    /// A stream of this operation.
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        let options = StreamOptions::default();
        Self {
            client: client.clone(),
            operation,
            path: Vec::new(),
            options,
            lenient: false,
            event: PhantomData,
        }
    }

    /// Adds an id of the path.
    pub(crate) fn id(mut self, id: impl Into<String>) -> Self {
        self.path.push(id.into());
        self
    }

    setters! {
        /// Begin after this event id, or after this ISO-8601 time.
        after(after: impl Into<String>) => options.after = Some(after.into());

        /// Whether to connect again when the connection ends; on if not set.
        reconnect(reconnect: bool) => options.reconnect = reconnect;

        /// Maximum number of consecutive connections without data. Unlimited by default.
        max_reconnects(reconnects: u32) => options.max_reconnects = Some(reconnects);

        /// Reconnect after this time without data. Defaults to 60 seconds; zero disables it.
        stall_timeout(timeout: Duration) => options.stall_timeout = timeout;
    }

    /// Reads an event of any shape: a field that is missing is empty, and what does not fit is kept in `extra`. Without it,
    /// a required field that is missing is an error, after which the next events follow.
    pub fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Opens the stream. A refusal, such as that of an unknown conversation, is an error here.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// let mut events = client.conversations().messages().stream("cm1234567890", "cm0987654321").open().await?;
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{} {:?}", event.role, event.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open(self) -> Result<EventStream<T>, Error> {
        let mut stream = self.client.stream(self.operation, self.path, self.options)?;
        stream.open().await?;
        Ok(EventStream {
            counters: stream.counters(),
            state: State::Idle(Box::new(stream)),
            lenient: self.lenient,
            event: PhantomData,
        })
    }
}

/// The events of a stream, which is also a `Stream`. Dropping it closes the connection.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// use futures_util::StreamExt;
///
/// let mut events = client.conversations().messages().stream("cm1234567890", "cm0987654321").open().await?;
/// while let Some(event) = events.next().await {
///     match event {
///         Ok(event) => println!("{} {:?}", event.role, event.message),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// println!("resume after {:?}", events.last_id());
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping it closes the connection"]
pub struct EventStream<T> {
    state: State,
    counters: Counters,
    lenient: bool,
    event: PhantomData<fn() -> T>,
}

/// The owner of the engine's stream.
enum State {
    /// Here.
    Idle(Box<RawEventStream>),
    /// With a future that waits for the next events. The id is that of the last event that was taken.
    Waiting(Step, Option<String>),
    /// Nowhere: it was closed. The id is the same.
    Closed(Option<String>),
}

type Step = BoxFuture<'static, (Box<RawEventStream>, Result<(), Error>)>;

impl<T: FromResponse> EventStream<T> {
    /// The next event; `None` after `close`, or at the server's end if reconnecting is off.
    /// Dropping the future loses nothing.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        future::poll_fn(|context| self.poll_next_unpin(context)).await.transpose()
    }

    /// Merges several streams. Ends when all have ended. An error ends only the stream that failed.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// use bimpe::EventStream;
    /// use futures_util::TryStreamExt;
    ///
    /// let messages = client.conversations().messages();
    /// let first = messages.stream("cm1234567890", "cm0987654321").open().await?;
    /// let second = messages.stream("cm1234567890", "cm1111111111").open().await?;
    /// let mut both = EventStream::merge([first, second]);
    /// while let Some(event) = both.try_next().await? {
    ///     println!("{} {:?}", event.conversation_id, event.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn merge(streams: impl IntoIterator<Item = Self>) -> SelectAll<Self> {
        stream::select_all(streams)
    }
}

impl<T> EventStream<T> {
    /// The id to resume with, as `after`.
    pub fn last_id(&self) -> Option<&str> {
        match &self.state {
            State::Idle(stream) => stream.last_id(),
            State::Waiting(_, id) | State::Closed(id) => id.as_deref(),
        }
    }

    /// Returns the counts of the stream.
    pub fn stats(&self) -> StreamStats {
        self.counters.get()
    }

    /// Closes the connection. No events follow.
    pub fn close(&mut self) {
        self.state = State::Closed(self.last_id().map(str::to_owned));
    }
}

impl<T: FromResponse> Stream for EventStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                State::Idle(stream) => {
                    if let Some(event) = stream.take() {
                        let lenient = self.lenient;
                        return Poll::Ready(Some(event.and_then(|event| read(&event, lenient))));
                    }
                    if stream.is_ended() {
                        return Poll::Ready(None);
                    }
                    let id = stream.last_id().map(str::to_owned);
                    if let State::Idle(mut stream) = mem::replace(&mut self.state, State::Closed(None)) {
                        let step = async move {
                            let outcome = stream.step().await;
                            (stream, outcome)
                        };
                        self.state = State::Waiting(Box::pin(step), id);
                    }
                }
                State::Waiting(step, _) => {
                    let (stream, outcome) = ready!(step.as_mut().poll(context));
                    self.state = State::Idle(stream);
                    if let Err(error) = outcome {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                State::Closed(_) => return Poll::Ready(None),
            }
        }
    }
}

fn read<T: FromResponse>(event: &StreamEvent, lenient: bool) -> Result<T, Error> {
    let fail = |reason: String| {
        let id = event.id.as_deref().unwrap_or("none");
        Error::new(ErrorKind::StreamDecode, format!("an event of the stream {reason} (id {id})"))
    };
    let value = json::value(&event.data).map_err(|_| fail("is not JSON".to_owned()))?;
    T::read(&value, !lenient).map_err(|misfit| fail(format!("has another shape: {misfit}")))
}

impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("last_id", &self.last_id())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for StreamRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRequest").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}
