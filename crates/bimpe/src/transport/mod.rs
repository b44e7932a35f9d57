//! How requests leave the process: a trait, and reqwest behind it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::clock::BoxFuture;
pub use crate::error::{Failure, TransportError};

#[cfg(feature = "network")]
mod network;

#[cfg(feature = "network")]
pub(crate) use self::network::{ConnectionConfig, ConnectionOptions, ExtraRoots, Proxy, SystemRoots};
#[cfg(feature = "network")]
pub use self::network::{Connections, Reqwest};

/// Sends one request and returns the response. The engine does retries and timeouts. Redirects are not followed.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and waits for the head of the response. Dropping the future cancels the request.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>>;
}

/// Wraps a transport into one of the caller.
pub(crate) type Wrap = Arc<dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

/// The transports of a client.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) requests: Arc<dyn Transport>,
    /// Streams have separate connections, so that they do not delay requests.
    pub(crate) streams: Arc<dyn Transport>,
}

impl Network {
    pub(crate) fn wrapped(self, wrap: Option<&Wrap>) -> Self {
        match wrap {
            Some(wrap) => Self { requests: wrap(self.requests), streams: wrap(self.streams) },
            None => self,
        }
    }
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

/// The head of a response, and its body to read.
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
    /// Creates a response with this body.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Box<dyn Body>) -> Self {
        Self { status, headers, body }
    }
}

/// A body that is read in chunks, so that the engine can limit its size.
pub trait Body: Send {
    /// The next chunk; `None` at the end.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}
