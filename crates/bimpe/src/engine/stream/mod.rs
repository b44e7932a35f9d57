//! Streams of events. A stream reconnects after a lost connection, without gaps or duplicates.

mod batch;
mod buffer;
mod connection;
mod dedup;
mod fields;
mod keys;
mod options;
mod reading;
pub(crate) mod sse;
mod stats;
mod time;

use std::fmt;
use std::mem;
use std::time::Duration;

pub use self::batch::{ConnectionEvent, StreamBatch, StreamEvent, StreamEventRef, StreamEvents};
use self::buffer::EventBuffer;
pub(crate) use self::connection::address as stream_address;
use self::connection::{Connection, OpenError};
use self::dedup::SeenIds;
pub use self::options::StreamOptions;
pub(crate) use self::stats::Counters;
pub use self::stats::StreamStats;
pub(crate) use self::time::checked_after;
use super::{ApiKey, Client, RequestOptions, SharedApiKey, retry, trace};
use crate::error::{Error, ErrorKind, FailedRequest};
use crate::schema::{Operation, ResponseShape};
use futures_util::future::{Either, select};
use http::{HeaderName, HeaderValue};
use tracing::{Instrument, Span};

/// Tickets, or keys, that are refused one after the other before that is an error.
const MAX_REFUSED: u32 = 3;

/// A stream of events. The first request for an event, or [`Self::open`], opens it. Dropping it closes the connection.
pub struct EventStream {
    client: Client,
    operation: &'static Operation,
    path: Vec<String>,
    options: StreamOptions,
    /// The checked headers of the options.
    headers: Vec<(HeaderName, HeaderValue)>,
    connection: Option<Connection>,
    buffer: EventBuffer,
    notices: Vec<ConnectionEvent>,
    seen: SeenIds,
    /// The last event that was read, or where the caller wants to begin. Reconnects resume after it.
    cursor: Option<String>,
    /// When the first connection was opened, by the server's clock. Reconnects begin here until there is a cursor.
    connected_at: Option<Duration>,
    /// The idempotency key of the ticket request under way.
    ticket_key: Option<String>,
    /// The source of the API key, if it is not the client's.
    key: Option<SharedApiKey>,
    /// The key that was refused, and why, until another one is in the slot.
    refused_key: Option<(ApiKey, Error)>,
    opened: bool,
    ended: bool,
    empty_connections: u32,
    rejected_tickets: u32,
    /// Keys that were refused since the last data of the server.
    refused_keys: u32,
    /// When the next connection may be tried.
    resume_at: Option<Duration>,
    /// The reconnect delay of the server, from a `retry` field.
    server_retry: Option<Duration>,
    counters: Counters,
    span: Span,
}

impl Client {
    /// Creates a stream of this operation. Sends nothing before the first event is requested.
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
        super::request_url::RequestUrl::of(&self.shared.settings.base, operation, &path)?;
        let headers = options.headers.iter().map(|(name, value)| super::header::custom(name, value));
        let headers = headers.collect::<Result<_, _>>()?;
        let after = options.after.take().map(|after| checked_after(operation.id, &after)).transpose()?;
        options.after.clone_from(&after);
        let cursor = after;
        Ok(EventStream {
            span: trace::stream_span(self, operation, &path),
            client: self.clone(),
            operation,
            path,
            options,
            headers,
            connection: None,
            buffer: EventBuffer::after(cursor.clone()),
            notices: Vec::new(),
            seen: SeenIds::default(),
            cursor,
            connected_at: None,
            ticket_key: None,
            key: None,
            refused_key: None,
            opened: false,
            ended: false,
            empty_connections: 0,
            rejected_tickets: 0,
            refused_keys: 0,
            resume_at: None,
            server_retry: None,
            counters: Counters::default(),
        })
    }
}

impl EventStream {
    /// The operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The id to resume with, as `after`: that of the last event that was taken, readable or not. Before the first it is
    /// the `after` of the caller.
    pub fn last_id(&self) -> Option<&str> {
        self.buffer.last_id()
    }

    /// Takes the API key from a slot from now on. An `Authentication` error that is `retryable` then does not end the
    /// stream: after the caller sets another key, the next call resumes after a short wait. With the same key, or when
    /// three were refused in a row, the error is final.
    pub fn use_key(&mut self, slot: SharedApiKey) {
        self.key = Some(slot);
    }

    /// Returns the counts of the stream.
    pub fn stats(&self) -> StreamStats {
        self.counters.get()
    }

    /// The same for a reader that does not hold the stream.
    pub(crate) fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Connects, unless the stream has connected before. Otherwise the first request for an event connects.
    pub async fn open(&mut self) -> Result<(), Error> {
        while !self.opened && !self.ended {
            self.step().await?;
        }
        Ok(())
    }

    /// Closes the connection. No events follow.
    pub fn close(&mut self) {
        self.connection = None;
        self.buffer.clear();
        self.finish();
    }

    /// Ends the stream without an error.
    fn finish(&mut self) {
        if !self.ended {
            self.ended = true;
            trace::stream_end(&self.span, None);
        }
    }

    /// The next event; `None` after `close`, or at the server's end if reconnecting is off.
    /// Dropping the future loses no event.
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
        self.buffer.next()
    }

    /// Whether only buffered events follow.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next events, all that have arrived together, so that a binding crosses its boundary once; or what has happened to
    /// the connection, as soon as it happens. At the end there is neither.
    pub async fn next_batch(&mut self) -> Result<StreamBatch, Error> {
        loop {
            let batch = StreamBatch { events: self.buffer.events(), notices: mem::take(&mut self.notices) };
            if !batch.is_end() {
                return Ok(batch);
            }
            if let Some(error) = self.buffer.error() {
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
        let stepped =
            self.advance().instrument(span).await.map_err(|error| error.about(|| self.failed_request()));
        if let Err(error) = &stepped
            && self.refused_key.is_none()
        {
            trace::stream_end(&self.span, Some(error));
            self.ended = true;
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
        let Some(chunk) = chunk else { return self.handle_disconnect("stalled", None) };
        match chunk {
            Ok(Some(bytes)) => {
                self.read(&bytes);
                Ok(())
            }
            Ok(None) if !self.options.reconnect => {
                self.connection = None;
                self.finish();
                Ok(())
            }
            Ok(None) => self.handle_disconnect("closed", None),
            Err(error) => {
                let error =
                    super::error_mapping::from_transport(&error, &self.client.shared.settings.server).error;
                self.handle_disconnect("broken", Some(error))
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Error> {
        let since = if self.cursor.is_none() { self.connected_at } else { None };
        let after = self.cursor.clone().or_else(|| since.map(time::iso_before_opening));
        let key = self.ticket_key.get_or_insert_with(|| uuid::Uuid::new_v4().to_string()).clone();
        let api_key = match &self.key {
            Some(slot) => slot.get(),
            None => self.provided_key().await?,
        };
        let options = RequestOptions {
            max_retries: Some(0),
            idempotency_key: Some(key),
            headers: self.options.headers.clone(),
            api_key: api_key.clone(),
            ..RequestOptions::default()
        };
        let ticket = connection::ticket(&self.client, self.operation, &self.path, options).await;
        let ticket = match ticket {
            Ok(ticket) => ticket,
            Err(error) if error.retryable() => return self.handle_disconnect("unreachable", Some(error)),
            Err(error) => return self.refuse_key(api_key, error),
        };
        self.ticket_key = None;
        let Self { client, operation, path, headers, .. } = &*self;
        let opened = connection::open(client, operation, path, headers, &ticket.text, after.as_deref()).await;
        match opened {
            Ok(mut connection) => {
                // A server that sends no date at all leaves only the clock of this machine.
                let local = || Duration::from_secs(self.client.shared.settings.clock.unix_time().as_secs());
                let opened = connection.date.or(ticket.date).unwrap_or_else(local);
                self.connected_at.get_or_insert(opened);
                connection.since = since;
                self.counters.count(|stats| stats.reconnects += u32::from(self.opened));
                self.opened = true;
                self.rejected_tickets = 0;
                self.notices.push(ConnectionEvent::Opened);
                tracing::debug!(target: "bimpe", operation = self.operation.id, "the stream opened");
                self.connection = Some(connection);
                Ok(())
            }
            Err(OpenError::TicketRejected(error)) => {
                self.rejected_tickets += 1;
                if self.rejected_tickets < MAX_REFUSED { Ok(()) } else { Err(error) }
            }
            Err(OpenError::Retryable(error)) => self.handle_disconnect("unreachable", Some(error)),
            Err(OpenError::Fatal(error)) => Err(error),
            Err(OpenError::NoContent) => {
                Err(self.end("no_content", "the server has no stream for this", None))
            }
        }
    }

    /// Schedules the next connection, or ends the stream.
    fn handle_disconnect(&mut self, reason: &'static str, error: Option<Error>) -> Result<(), Error> {
        self.connection = None;
        self.empty_connections += 1;
        let max_reconnects = if self.opened {
            self.options.max_reconnects.unwrap_or(u32::MAX)
        } else {
            let settings = &self.client.shared.settings;
            self.options.max_reconnects.or(settings.max_retries).unwrap_or(retry::DEFAULT_RETRIES)
        };
        let retry_after = error.as_ref().and_then(Error::retry_after);
        let too_long = retry_after.is_some_and(|retry_after| retry_after > retry::MAX_RETRY_AFTER);
        if !self.options.reconnect || self.empty_connections > max_reconnects || too_long {
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
        let mut delay = self.back_off(self.empty_connections);
        delay = delay
            .max(self.server_retry.unwrap_or_default())
            .max(retry_after.map(retry::with_jitter).unwrap_or_default());
        self.resume_at = Some(self.client.shared.settings.clock.now().saturating_add(delay));
        let status = error.as_ref().and_then(Error::status);
        self.notices.push(ConnectionEvent::Reconnecting { reason, status, wait: delay });
        tracing::debug!(target: "bimpe", operation = self.operation.id, reason, ?delay, "the stream reconnects");
        Ok(())
    }

    /// Returns the wait after this number of consecutive failures.
    fn back_off(&self, failures: u32) -> Duration {
        let StreamOptions { first_delay, max_delay, .. } = self.options;
        max_delay.min(first_delay.saturating_mul(1 << (failures - 1).min(16))).mul_f64(fastrand::f64())
    }

    /// Returns the request that errors of this stream name.
    fn failed_request(&self) -> FailedRequest {
        let mut call = super::OperationRequest::of(self.operation);
        call.options.api_key = self.key.as_ref().and_then(SharedApiKey::get);
        self.client.failed_request(self.operation, &self.path, &call)
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
            inner.failed_request = Some(self.failed_request());
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
