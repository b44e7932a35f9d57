//! How requests leave the process: a trait, and reqwest behind it.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::clock::BoxFuture;

#[cfg(feature = "network")]
mod network;

#[cfg(feature = "network")]
pub(crate) use self::network::ConnectionConfig;
#[cfg(feature = "network")]
pub use self::network::{Connections, Reqwest};

/// Sends one request and gives the answer. It neither retries, nor follows redirects, nor measures time:
/// all of that belongs to the engine.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and waits for the head of the answer. Dropping the future cancels the request.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>>;
}

/// A request, ready to be sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub uri: Uri,
    /// All headers but those that the transport must add (`host`, `content-length`).
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
}

impl HttpRequest {
    /// A request without headers or body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: HeaderMap::new(), body: None }
    }
}

/// Without what may hold a secret: the query (a ticket), the values of headers, and the body.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("host", &self.uri.host())
            .field("path", &self.uri.path())
            .field("headers", &self.headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The head of an answer, and its body to read.
#[non_exhaustive]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Box<dyn Body>,
}

impl HttpResponse {
    /// An answer with this body.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Box<dyn Body>) -> Self {
        Self { status, headers, body }
    }
}

/// A body that is read piece by piece, so that the engine can count and stop.
pub trait Body: Send {
    /// The next piece; `None` at the end.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}

/// How far a request came before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The server cannot have seen it.
    NotSent,
    /// The server's certificate was refused: the server cannot have seen the request, and trying again is of no use.
    Tls,
    /// The server may have seen it; the answer is missing or broken.
    Lost,
}

/// Why a transport gave no answer. The text holds no address and no header.
#[derive(Debug, Clone)]
pub struct TransportError {
    /// How far the request came.
    pub failure: Failure,
    /// The name that operating systems give it, as in `ECONNREFUSED`, if it has one.
    pub code: Option<&'static str>,
    /// The reason, innermost cause included.
    pub reason: String,
}

impl TransportError {
    /// The server cannot have seen the request.
    pub fn not_sent(reason: impl Into<String>) -> Self {
        Self { failure: Failure::NotSent, code: None, reason: reason.into() }
    }

    /// The server may have seen the request.
    pub fn lost(reason: impl Into<String>) -> Self {
        Self { failure: Failure::Lost, code: None, reason: reason.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for TransportError {}
