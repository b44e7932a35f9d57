//! The network: hyper with its pool of connections. Every default that the engine relies on is set here.

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connections::Wiring;
use super::connector::Connector;
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
        let client = Client::builder(TokioExecutor::new())
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
                Box::new(Plain(body))
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

/// A body as it comes.
struct Plain(Incoming);

impl Body for Plain {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { chunk(&mut self.0).await.map_err(|error| TransportError::lost(reason(&error))) })
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
