//! Streams of events: a ticket, a connection, and a new one whenever it breaks, so that nothing is lost or repeated.

mod batch;
mod connection;
mod fields;
mod keys;
mod memory;
mod options;
mod reading;
mod ready;
pub(crate) mod sse;
mod stats;
mod time;

use std::fmt;
use std::mem;
use std::time::Duration;

pub use self::batch::{StreamBatch, StreamEvent, StreamEventRef, StreamEvents, StreamNotice};
use self::connection::{Connection, Refusal};
use self::memory::Seen;
pub use self::options::StreamOptions;
use self::ready::Ready;
pub(crate) use self::stats::Counters;
pub use self::stats::StreamStats;
use super::{ApiKey, Client, KeySlot, retry};
use crate::error::{Error, ErrorKind, Place};
use crate::schema::{Operation, ResponseShape};
use futures_util::future::{Either, select};
use tracing::{Instrument, Span};

/// Tickets, or keys, that are refused one after the other before that is an error.
const MAX_REFUSED: u32 = 3;

/// A stream of events. It opens when it is first asked for an event, or by [`Self::open`]; dropping it closes the
/// connection.
pub struct EventStream {
    client: Client,
    operation: &'static Operation,
    path: Vec<String>,
    options: StreamOptions,
    connection: Option<Connection>,
    ready: Ready,
    notices: Vec<StreamNotice>,
    seen: Seen,
    /// The last event that was read, or where the caller wants to begin. Reconnects go on from here.
    cursor: Option<String>,
    /// When the first connection was opened, by the server's clock. Reconnects begin here until there is a cursor.
    began: Option<Duration>,
    /// The idempotency key of the ticket that is being asked for.
    ticket_key: Option<String>,
    /// Where the API key comes from, if it is not the client's.
    key: Option<KeySlot>,
    /// The key that was refused, and why, until another one is in the slot.
    refused_key: Option<(ApiKey, Error)>,
    opened: bool,
    ended: bool,
    fruitless: u32,
    refused: u32,
    /// Keys that were refused since the server last gave a message or a sign of life.
    refused_keys: u32,
    /// When the next connection may be tried.
    resume_at: Option<Duration>,
    /// The server's wish, from a `retry` field.
    wish: Option<Duration>,
    counters: Counters,
    span: Span,
}

impl Client {
    /// A stream of this operation. Nothing is sent before the first event is asked for.
    pub fn stream(
        &self,
        operation: &'static Operation,
        path: Vec<String>,
        mut options: StreamOptions,
    ) -> Result<EventStream, Error> {
        self.ensure_open()?;
        if !matches!(operation.response, ResponseShape::Stream(_)) {
            return Err(Error::user(format!("`{}` is not a stream", operation.id)));
        }
        super::request_url::Address::of(&self.shared.settings.base, operation, &path)?;
        let after =
            options.after.take().map(|after| time::checked_after(operation.id, &after)).transpose()?;
        options.after.clone_from(&after);
        let cursor = after;
        Ok(EventStream {
            client: self.clone(),
            operation,
            path,
            options,
            connection: None,
            ready: Ready::after(cursor.clone()),
            notices: Vec::new(),
            seen: Seen::default(),
            cursor,
            began: None,
            ticket_key: None,
            key: None,
            refused_key: None,
            opened: false,
            ended: false,
            fruitless: 0,
            refused: 0,
            refused_keys: 0,
            resume_at: None,
            wish: None,
            counters: Counters::default(),
            span: tracing::debug_span!(target: "bimpe", "stream", operation = operation.id),
        })
    }
}

impl EventStream {
    /// The operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The id to resume with, as `after`: that of the last event that was taken, readable or not. Before the first it is
    /// where the caller began.
    pub fn last_id(&self) -> Option<&str> {
        self.ready.last_id()
    }

    /// Takes the API key from a slot from now on. An `Authentication` error that is `retryable` then does not end the
    /// stream: after another key was put there, the next call waits a little and goes on. With the same key, or when
    /// three were refused in a row, the error is final.
    pub fn use_key(&mut self, slot: KeySlot) {
        self.key = Some(slot);
    }

    /// What has happened so far.
    pub fn stats(&self) -> StreamStats {
        self.counters.get()
    }

    /// The same for a reader that does not hold the stream.
    pub(crate) fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Connects, unless the stream has done so before. Without it, the first event that is asked for does.
    pub async fn open(&mut self) -> Result<(), Error> {
        while !self.opened && !self.ended {
            self.step().await?;
        }
        Ok(())
    }

    /// Closes the connection; no event comes any more.
    pub fn close(&mut self) {
        self.connection = None;
        self.ready.clear();
        self.ended = true;
    }

    /// The next event; `None` after `close`, or at the server's end if reconnecting is off.
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        loop {
            if let Some(event) = self.take() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.step().await {
                return Some(Err(error));
            }
        }
    }

    /// The next event, if it has arrived.
    pub(crate) fn take(&mut self) -> Option<Result<StreamEvent, Error>> {
        self.notices.clear();
        self.ready.next()
    }

    /// Whether nothing comes any more but what has arrived.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next events, all that have arrived together, so that a binding crosses its boundary once; or what has happened to
    /// the connection, as soon as it happens. At the end there is neither.
    pub async fn next_batch(&mut self) -> Result<StreamBatch, Error> {
        loop {
            let batch = StreamBatch { events: self.ready.events(), notices: mem::take(&mut self.notices) };
            if !batch.is_end() {
                return Ok(batch);
            }
            if let Some(error) = self.ready.error() {
                return Err(error);
            }
            if self.ended {
                return Ok(batch);
            }
            self.step().await?;
        }
    }

    /// One step. An error ends the stream, unless another key can help.
    pub(crate) async fn step(&mut self) -> Result<(), Error> {
        self.client.shared.settings.ensure_runtime()?;
        let span = self.span.clone();
        let stepped = self.advance().instrument(span).await.map_err(|error| error.about(|| self.place()));
        if let Err(error) = &stepped
            && self.refused_key.is_none()
        {
            let kind = error.kind().as_str();
            tracing::debug!(target: "bimpe", parent: &self.span, kind, "the stream ended");
            self.close();
        }
        stepped
    }

    /// Waits, connects, or reads.
    async fn advance(&mut self) -> Result<(), Error> {
        self.client.ensure_open()?;
        self.expect_another_key()?;
        let clock = self.client.shared.settings.clock.clone();
        if let Some(at) = self.resume_at {
            self.client.unless_closed(clock.sleep(at.saturating_sub(clock.now()))).await?;
            self.resume_at = None;
        }
        let Some(connection) = &mut self.connection else { return self.connect().await };

        let stall = self.options.stall_timeout;
        let chunk = if stall.is_zero() {
            Some(self.client.unless_closed(connection.body.chunk()).await?)
        } else {
            let timer = clock.sleep(stall);
            let either = self.client.unless_closed(select(connection.body.chunk(), timer)).await?;
            if let Either::Left((chunk, _)) = either { Some(chunk) } else { None }
        };
        let Some(chunk) = chunk else { return self.lost("stalled", None) };
        match chunk {
            Ok(Some(bytes)) => {
                self.read(&bytes);
                Ok(())
            }
            Ok(None) if !self.options.reconnect => {
                self.connection = None;
                self.ended = true;
                Ok(())
            }
            Ok(None) => self.lost("closed", None),
            Err(error) => {
                let error =
                    super::error_mapping::from_transport(&error, &self.client.shared.settings.server).error;
                self.lost("broken", Some(error))
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Error> {
        let since = if self.cursor.is_none() { self.began } else { None };
        let after = self.cursor.clone().or_else(|| since.map(time::iso_before_opening));
        let key = self.ticket_key.get_or_insert_with(|| uuid::Uuid::new_v4().to_string()).clone();
        let api_key = match &self.key {
            Some(slot) => slot.get(),
            None => self.provided_key().await?,
        };
        let ticket = connection::ticket(&self.client, self.operation, &self.path, key, api_key.clone()).await;
        let ticket = match ticket {
            Ok(ticket) => ticket,
            Err(error) if error.retryable() => return self.lost("unreachable", Some(error)),
            Err(error) => return self.refuse_key(api_key, error),
        };
        self.ticket_key = None;
        match connection::open(&self.client, self.operation, &self.path, &ticket.text, after.as_deref()).await
        {
            Ok(mut connection) => {
                // A server that sends no date at all leaves only the clock of this machine.
                let local = || Duration::from_secs(self.client.shared.settings.clock.unix_time().as_secs());
                let opened = connection.date.or(ticket.date).unwrap_or_else(local);
                self.began.get_or_insert(opened);
                connection.since = since;
                self.counters.count(|stats| stats.reconnects += u32::from(self.opened));
                self.opened = true;
                self.refused = 0;
                self.notices.push(StreamNotice::Opened);
                tracing::debug!(target: "bimpe", operation = self.operation.id, "the stream opened");
                self.connection = Some(connection);
                Ok(())
            }
            Err(Refusal::Ticket(error)) => {
                self.refused += 1;
                if self.refused < MAX_REFUSED { Ok(()) } else { Err(error) }
            }
            Err(Refusal::Later(error)) => self.lost("unreachable", Some(error)),
            Err(Refusal::Final(error)) => Err(error),
            Err(Refusal::NoContent) => Err(self.end("no_content", "the server has no stream for this", None)),
        }
    }

    /// The connection is gone: plans the next, or gives up.
    fn lost(&mut self, reason: &'static str, error: Option<Error>) -> Result<(), Error> {
        self.connection = None;
        self.fruitless += 1;
        let patience = if self.opened {
            self.options.max_reconnects.unwrap_or(u32::MAX)
        } else {
            let settings = &self.client.shared.settings;
            self.options.max_reconnects.or(settings.max_retries).unwrap_or(retry::DEFAULT_RETRIES)
        };
        let asked = error.as_ref().and_then(Error::retry_after);
        let too_long = asked.is_some_and(|asked| asked > retry::MAX_RETRY_AFTER);
        if !self.options.reconnect || self.fruitless > patience || too_long {
            if !self.opened
                && let Some(error) = error
            {
                return Err(error);
            }
            let text = match &error {
                Some(error) => format!("the stream ended: {}", error.message()),
                None => format!("the stream ended: the connection was {reason}"),
            };
            return Err(self.end(reason, text, error));
        }
        let mut delay = self.back_off(self.fruitless);
        delay = delay.max(self.wish.unwrap_or_default()).max(asked.map(retry::scattered).unwrap_or_default());
        self.resume_at = Some(self.client.shared.settings.clock.now().saturating_add(delay));
        let status = error.as_ref().and_then(Error::status);
        self.notices.push(StreamNotice::Reconnecting { reason, status, wait: delay });
        tracing::debug!(target: "bimpe", operation = self.operation.id, reason, ?delay, "the stream reconnects");
        Ok(())
    }

    /// How long to wait after so many failures in a row.
    fn back_off(&self, failures: u32) -> Duration {
        let StreamOptions { first_delay, max_delay, .. } = self.options;
        max_delay.min(first_delay.saturating_mul(1 << (failures - 1).min(16))).mul_f64(fastrand::f64())
    }

    /// What an error of this stream is about.
    fn place(&self) -> Place {
        let mut call = super::Call::of(self.operation);
        call.options.api_key = self.key.as_ref().and_then(KeySlot::get);
        self.client.place(self.operation, &self.path, &call)
    }

    fn end(&self, reason: &'static str, text: impl Into<String>, cause: Option<Error>) -> Error {
        let end = crate::error::StreamEnd {
            reason,
            last_id: self.cursor.clone(),
            reconnects: self.stats().reconnects,
        };
        Error::new(ErrorKind::StreamEnded, text).with(|inner| {
            if let Some(cause) = cause {
                inner.status = cause.inner().status;
                inner.code.clone_from(&cause.inner().code);
                inner.request_id.clone_from(&cause.inner().request_id);
                inner.retry_after = cause.inner().retry_after;
            }
            inner.retryable = true;
            inner.place = Some(self.place());
            inner.stream_end = Some(end);
        })
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("operation", &self.operation.id)
            .field("open", &self.connection.is_some())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
