//! Streams of events: a ticket, a connection, and a new one whenever it breaks, so that nothing is lost or repeated.

mod batch;
mod connection;
mod memory;
mod options;
mod ready;
pub(crate) mod sse;
mod time;

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::Value;

pub use self::batch::{StreamBatch, StreamEvent, StreamEventRef, StreamEvents, StreamNotice};
use self::connection::{Connection, Refusal};
use self::memory::Seen;
pub use self::options::StreamOptions;
use self::ready::Ready;
use self::sse::Frame;
use super::legible::is_legible;
use super::{Client, KeySlot, retry};
use crate::error::{Error, ErrorKind};
use crate::schema::{Answer, Operation};

/// A connection that has lived so long is proof enough that the server is well, if it gave any sign of life.
const PROVEN: Duration = Duration::from_secs(5);
/// The server's own wishes for the wait before a reconnect count up to here.
const MAX_WISH: Duration = Duration::from_secs(60);
/// Tickets that are refused one after the other before that is an error.
const MAX_REFUSED: u32 = 3;

/// What has happened on a stream so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStats {
    /// Connections that were opened after the first.
    pub reconnects: u32,
    /// Events that the server sent again and that were left out.
    pub duplicates_dropped: u64,
    /// Lines that were not UTF-8.
    pub decode_replacements: u64,
}

/// A stream of events. It opens when it is first asked for an event; dropping it closes the connection.
pub struct EventStream {
    client: Client,
    operation: &'static Operation,
    path: Vec<String>,
    options: StreamOptions,
    connection: Option<Connection>,
    ready: Ready,
    notices: Vec<StreamNotice>,
    seen: Seen,
    /// The last event that was delivered, or where the caller wants to begin.
    cursor: Option<String>,
    /// The time of the first connection by the server's clock, until there is a cursor.
    began: Option<String>,
    /// The idempotency key of the ticket that is being asked for.
    ticket_key: Option<String>,
    /// Where the API key comes from, if it is not the client's.
    key: Option<KeySlot>,
    opened: bool,
    ended: bool,
    fruitless: u32,
    refused: u32,
    /// When the next connection may be tried.
    resume_at: Option<Duration>,
    /// The server's wish, from a `retry` field.
    wish: Option<Duration>,
    stats: StreamStats,
}

impl Client {
    /// A stream of this operation. Nothing is sent before the first event is asked for.
    pub fn stream(
        &self,
        operation: &'static Operation,
        path: Vec<String>,
        options: StreamOptions,
    ) -> Result<EventStream, Error> {
        self.ensure_open()?;
        if !matches!(operation.answer, Answer::Stream(_)) {
            return Err(Error::user(format!("`{}` is not a stream", operation.id)));
        }
        super::address::Address::of(&self.shared.settings.base, operation, &path)?;
        let cursor = options.after.clone();
        Ok(EventStream {
            client: self.clone(),
            operation,
            path,
            options,
            connection: None,
            ready: Ready::default(),
            notices: Vec::new(),
            seen: Seen::default(),
            cursor,
            began: None,
            ticket_key: None,
            key: None,
            opened: false,
            ended: false,
            fruitless: 0,
            refused: 0,
            resume_at: None,
            wish: None,
            stats: StreamStats::default(),
        })
    }
}

impl EventStream {
    /// The operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The id to resume with, as `after`.
    pub fn last_id(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Takes the API key from a slot from now on. An `Authentication` error then does not end the stream: after
    /// another key was put there, the next call goes on.
    pub fn use_key(&mut self, slot: KeySlot) {
        self.key = Some(slot);
    }

    /// What has happened so far.
    pub fn stats(&self) -> StreamStats {
        let current = self.connection.as_ref().map_or(0, |connection| connection.decoder.replacements);
        StreamStats { decode_replacements: self.stats.decode_replacements + current, ..self.stats }
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
            self.notices.clear();
            if let Some(event) = self.ready.next() {
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
    async fn step(&mut self) -> Result<(), Error> {
        let stepped = self.advance().await;
        if let Err(error) = &stepped
            && (self.key.is_none() || error.kind() != ErrorKind::Authentication)
        {
            self.close();
        }
        stepped
    }

    /// Waits, connects, or reads.
    async fn advance(&mut self) -> Result<(), Error> {
        self.client.ensure_open()?;
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
            Ok(Some(bytes)) => self.read(&bytes),
            Ok(None) if !self.options.reconnect => {
                self.close_connection();
                self.ended = true;
                Ok(())
            }
            Ok(None) => self.lost("closed", None),
            Err(error) => self.lost("broken", Some(super::failure::of_transport(&error, false))),
        }
    }

    async fn connect(&mut self) -> Result<(), Error> {
        let after = self.cursor.clone().or_else(|| self.began.clone());
        let key = self.ticket_key.get_or_insert_with(|| uuid::Uuid::new_v4().to_string()).clone();
        let api_key = self.key.as_ref().and_then(KeySlot::get);
        let ticket = match connection::ticket(&self.client, self.operation, &self.path, key, api_key).await {
            Ok(ticket) => ticket,
            Err(error) if error.retryable() => return self.lost("unreachable", Some(error)),
            Err(error) => return Err(error),
        };
        self.ticket_key = None;
        match connection::open(&self.client, self.operation, &self.path, &ticket, after.as_deref()).await {
            Ok(connection) => {
                if self.began.is_none() {
                    self.began.clone_from(&connection.began);
                }
                self.stats.reconnects += u32::from(self.opened);
                self.opened = true;
                self.refused = 0;
                self.notices.push(StreamNotice::Opened);
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

    fn read(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        let lived = self.client.shared.settings.clock.now().saturating_sub(connection.since);
        self.ready.reserve(bytes.len());
        let fed = connection.decoder.feed(bytes, |frame| {
            if lived >= PROVEN {
                self.fruitless = 0;
            }
            match frame {
                Frame::Event { kind: "message", data, id } => self.message(data, id),
                Frame::Retry(millis) => self.wish = Some(Duration::from_millis(millis).min(MAX_WISH)),
                Frame::Event { .. } | Frame::Id(_) | Frame::Life => {}
            }
        });
        self.connection = Some(connection);
        fed.map_err(|too_large| Error::new(ErrorKind::StreamDecode, too_large.0))
    }

    fn message(&mut self, data: &str, id: Option<&str>) {
        let is_readable = is_legible(data);
        let id = id.filter(|id| !id.is_empty()).map(Cow::Borrowed).or_else(|| id_of(data).map(Cow::Owned));
        let id = id.as_deref();
        if let Some(id) = id {
            if !self.seen.insert(id) {
                self.stats.duplicates_dropped += 1;
                return;
            }
            let cursor = self.cursor.get_or_insert_default();
            cursor.clear();
            cursor.push_str(id);
        }
        self.fruitless = 0;
        if is_readable {
            self.ready.add(StreamEventRef { id, data });
        } else {
            let of = id.unwrap_or("none");
            let text =
                format!("an event of the stream is not JSON (id {of}); the next one can still be read");
            self.ready.fail(Error::new(ErrorKind::StreamDecode, text));
        }
    }

    /// The connection is gone: plans the next, or gives up.
    fn lost(&mut self, reason: &'static str, error: Option<Error>) -> Result<(), Error> {
        self.close_connection();
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
        let bound = self
            .options
            .max_delay
            .min(self.options.first_delay.saturating_mul(1 << (self.fruitless - 1).min(16)));
        let mut delay = bound.mul_f64(fastrand::f64());
        delay = delay.max(self.wish.unwrap_or_default()).max(asked.map(retry::scattered).unwrap_or_default());
        self.resume_at = Some(self.client.shared.settings.clock.now().saturating_add(delay));
        let status = error.as_ref().and_then(Error::status);
        self.notices.push(StreamNotice::Reconnecting { reason, status, wait: delay });
        tracing::debug!(target: "bimpe", operation = self.operation.id, reason, ?delay, "the stream reconnects");
        Ok(())
    }

    fn close_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.stats.decode_replacements += connection.decoder.replacements;
        }
    }

    fn end(&self, reason: &'static str, text: impl Into<String>, cause: Option<Error>) -> Error {
        let route = (self.operation.method.clone(), self.operation.path);
        let end = crate::error::StreamEnd {
            reason,
            last_id: self.cursor.clone(),
            reconnects: self.stats.reconnects,
        };
        Error::new(ErrorKind::StreamEnded, text).with(|inner| {
            if let Some(cause) = cause {
                inner.status = cause.inner().status;
                inner.code.clone_from(&cause.inner().code);
                inner.request_id.clone_from(&cause.inner().request_id);
                inner.retry_after = cause.inner().retry_after;
            }
            inner.retryable = true;
            inner.route = Some(route);
            inner.stream_end = Some(end);
        })
    }
}

/// The `id` of the object that this JSON text is, if it has one.
fn id_of(data: &str) -> Option<String> {
    let value: Value = serde_json::from_str(data).ok()?;
    let id = value.get("id")?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
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
