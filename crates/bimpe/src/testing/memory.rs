//! A transport that responds with a function and records requests.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::clock::{BoxFuture, Clock};
use crate::sync::lock;
use crate::testing::VirtualClock;
use crate::transport::{Body, HttpRequest, HttpResponse, Transport, TransportError};

type Handler = dyn Fn(&HttpRequest) -> Reply + Send + Sync;

/// Responds to every request with a function, without a network.
pub struct MemoryTransport {
    handler: Box<Handler>,
    requests: Mutex<Vec<HttpRequest>>,
}

impl MemoryTransport {
    /// Creates a transport that responds with `handler`.
    pub fn new(handler: impl Fn(&HttpRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self { handler: Box::new(handler), requests: Mutex::new(Vec::new()) }
    }

    /// Creates a transport that sends these replies in order, and fails after the last.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let left = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Self::new(move |_| {
            let next = lock(&left).pop_front();
            next.unwrap_or_else(|| Reply::failure(TransportError::not_sent("the script has no more replies")))
        })
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        lock(&self.requests).clone()
    }

    /// The requests so far, which are then forgotten, so that a long test does not grow.
    pub fn take_requests(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut *lock(&self.requests))
    }
}

impl Transport for MemoryTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let reply = (self.handler)(&request);
        lock(&self.requests).push(request);
        Box::pin(async move {
            if reply.never {
                std::future::pending::<()>().await;
            }
            if let Some((clock, delay)) = reply.delay {
                clock.sleep(delay).await;
            }
            let status = reply.outcome?;
            let body = Box::new(Chunks { left: reply.chunks.into(), stall: reply.stall });
            Ok(HttpResponse { status, headers: reply.headers, body })
        })
    }
}

/// One response of a [`MemoryTransport`].
pub struct Reply {
    outcome: Result<StatusCode, TransportError>,
    headers: HeaderMap,
    chunks: Vec<Result<Bytes, TransportError>>,
    delay: Option<(VirtualClock, Duration)>,
    stall: Option<(VirtualClock, Duration)>,
    never: bool,
}

/// Creates a response with this status and body.
///
/// # Panics
/// If `status` is not an HTTP status.
pub fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    let status = StatusCode::from_u16(status).expect("a test names a valid HTTP status");
    Reply::of(Ok(status), vec![Ok(body.into())])
}

impl Reply {
    fn of(outcome: Result<StatusCode, TransportError>, chunks: Vec<Result<Bytes, TransportError>>) -> Self {
        Self { outcome, headers: HeaderMap::new(), chunks, delay: None, stall: None, never: false }
    }

    /// Fails with this error instead of a response.
    pub fn failure(error: TransportError) -> Self {
        Self::of(Err(error), Vec::new())
    }

    /// Adds a header.
    ///
    /// # Panics
    /// If name or value are not valid in HTTP.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a test names a valid header");
        self.headers.append(name, HeaderValue::from_str(value).expect("a test gives a valid header value"));
        self
    }

    /// Breaks the connection after the body so far.
    #[must_use]
    pub fn followed_by_error(mut self, error: TransportError) -> Self {
        self.chunks.push(Err(error));
        self
    }

    /// Sends nothing for this virtual time after the body so far.
    #[must_use]
    pub fn followed_by_stall(mut self, clock: &VirtualClock, silence: Duration) -> Self {
        self.stall = Some((clock.clone(), silence));
        self
    }

    /// Never responds.
    #[must_use]
    pub fn never(mut self) -> Self {
        self.never = true;
        self
    }

    /// Responds after this virtual time.
    #[must_use]
    pub fn after(mut self, clock: &VirtualClock, delay: Duration) -> Self {
        self.delay = Some((clock.clone(), delay));
        self
    }
}

struct Chunks {
    left: VecDeque<Result<Bytes, TransportError>>,
    stall: Option<(VirtualClock, Duration)>,
}

impl Body for Chunks {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            if self.left.is_empty()
                && let Some((clock, silence)) = &self.stall
            {
                clock.sleep(*silence).await;
                self.stall = None;
            }
            self.left.pop_front().transpose()
        })
    }
}
