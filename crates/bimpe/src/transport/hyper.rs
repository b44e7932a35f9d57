//! The network: hyper with its pool of connections. Every default that the engine relies on is set here.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::poll;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioTimer;

use super::connections::Wiring;
use super::connector::Connector;
use super::executor::Executor;
use super::gzip::Gzip;
use super::tls::CaFile;
use super::{Body, Failure, HttpRequest, HttpResponse, Transport, TransportError};
use crate::clock::BoxFuture;

/// Below the 60 to 75 seconds after which servers commonly close an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(25);
/// As many as a busy program has under way: with fewer, most of its calls would have to connect anew. They do not last
/// longer than the time above.
const IDLE_PER_HOST: usize = 256;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Smaller pieces of a body are put together, if there are more.
const PIECE: usize = 64 * 1024;

/// What the network needs to know. It is never shown: the address of a proxy may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) struct NetworkOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<String>,
    /// Never over a proxy.
    pub(crate) direct: bool,
    /// Without TLS, for `http://`.
    pub(crate) plain: bool,
    pub(crate) ca_file: Option<CaFile>,
}

/// Built on first need: the trust store takes milliseconds to read.
pub(crate) struct HyperTransport {
    wiring: Arc<Wiring>,
    client: OnceLock<Result<Client<Connector, Full<Bytes>>, String>>,
}

impl HyperTransport {
    pub(crate) fn new(wiring: Arc<Wiring>) -> Self {
        Self { wiring, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&Client<Connector, Full<Bytes>>, TransportError> {
        let built = self.client.get_or_init(|| self.build());
        built.as_ref().map_err(|reason| TransportError {
            failure: Failure::Tls,
            reason: format!("the network could not be set up: {reason}"),
        })
    }

    fn build(&self) -> Result<Client<Connector, Full<Bytes>>, String> {
        let client = Client::builder(Executor)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            // Finds out that a connection is dead, which a request on it could not.
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .build(Connector::new(&self.wiring)?);
        Ok(client)
    }
}

impl Transport for HyperTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let sent = self.client().map(|client| client.request(message(request)));
        Box::pin(async move {
            let response = sent?.await.map_err(|error| classify(&error))?;
            let (mut parts, body) = response.into_parts();
            let body: Box<dyn Body> = if takes_gzip(&mut parts.headers) {
                Box::new(Gzip::new(body))
            } else {
                Box::new(Plain::new(body))
            };
            Ok(HttpResponse { status: parts.status, headers: parts.headers, body })
        })
    }
}

fn message(request: HttpRequest) -> http::Request<Full<Bytes>> {
    let mut message = http::Request::new(Full::new(request.body.unwrap_or_default()));
    *message.method_mut() = request.method;
    *message.uri_mut() = request.uri;
    *message.headers_mut() = request.headers;
    message.headers_mut().entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
    message
}

/// Whether the body is packed; what the headers say of the packed body is removed.
fn takes_gzip(headers: &mut HeaderMap) -> bool {
    let packed = headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() == b"gzip");
    if packed {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    packed
}

/// A body as it comes. Whatever has come stays here until it is handed on, since a wait for it may be given up.
struct Plain {
    body: Incoming,
    arrived: Option<Bytes>,
    /// What came after that, if it was no other piece.
    end: Option<Result<(), hyper::Error>>,
}

impl Plain {
    fn new(body: Incoming) -> Self {
        Self { body, arrived: None, end: None }
    }

    /// The next piece, with those after it that are there already: a stream hands over small ones, and to wake whoever
    /// reads it costs as much as many of them.
    async fn pieces(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        if self.arrived.is_none() {
            if let Some(end) = self.end.take() {
                return end.map(|()| None);
            }
            // The connection need not be asked once as much has come as was promised.
            if !self.body.is_end_stream() {
                self.arrived = chunk(&mut self.body).await?;
            }
        }
        while let Some(arrived) = &self.arrived
            && arrived.len() < PIECE
            && !self.body.is_end_stream()
        {
            let_others_run().await;
            let next = poll!(pin!(chunk(&mut self.body)));
            match next {
                Poll::Ready(Ok(Some(next))) => self.join(&next),
                Poll::Ready(end) => {
                    self.end = Some(end.map(drop));
                    break;
                }
                Poll::Pending => break,
            }
        }
        Ok(self.arrived.take())
    }

    fn join(&mut self, next: &[u8]) {
        let mut all = self.arrived.take().unwrap_or_default().try_into_mut().unwrap_or_else(|shared| {
            let mut all = BytesMut::with_capacity(2 * PIECE);
            all.extend_from_slice(&shared);
            all
        });
        all.extend_from_slice(next);
        self.arrived = Some(all.freeze());
    }
}

impl Body for Plain {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { self.pieces().await.map_err(|error| TransportError::lost(reason(&error))) })
    }
}

/// The next piece of a body; trailers are passed over.
pub(super) async fn chunk(body: &mut Incoming) -> Result<Option<Bytes>, hyper::Error> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Lets the task of the connection hand over what it has.
async fn let_others_run() {
    let mut has_run = false;
    poll_fn(|context| {
        if mem::replace(&mut has_run, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn classify(error: &ClientError) -> TransportError {
    let text = reason(error);
    let failure = if text.contains("certificate") {
        Failure::Tls
    } else if error.is_connect() {
        Failure::NotSent
    } else {
        Failure::Lost
    };
    TransportError { failure, reason: text }
}

/// The innermost causes. Neither hyper nor rustls names an address, which may hold a ticket.
pub(super) fn reason(error: &(dyn StdError + 'static)) -> String {
    let mut causes = Vec::new();
    let mut cause = Some(error);
    while let Some(current) = cause {
        causes.push(current.to_string());
        cause = current.source();
    }
    // Outer layers often repeat the inner text.
    let mut parts: Vec<&str> = Vec::new();
    for (index, text) in causes.iter().enumerate() {
        if !causes[index + 1..].iter().any(|inner| text.contains(inner.as_str())) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
