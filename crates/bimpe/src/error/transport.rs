//! Reasons for a missing response.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The code of an error if the server does not speak TLS.
pub(crate) const NO_TLS: &str = "EPROTO";

/// The state of a request when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The server cannot have seen it.
    NotSent,
    /// The server's certificate was refused: the server cannot have seen the request, and trying again is of no use.
    Tls,
    /// The server may have received the request. The response is missing or broken.
    Lost,
}

/// Why a transport received no response. The text holds no address and no header. It is the
/// [`source`](std::error::Error::source) of the error of the request.
///
/// ```
/// use std::error::Error;
/// use std::io;
///
/// use bimpe::transport::TransportError;
///
/// let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
/// let error = TransportError::not_sent("connection refused").caused_by(refused);
/// assert!(error.source().is_some_and(|source| source.is::<io::Error>()));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TransportError {
    /// The state of the request.
    pub failure: Failure,
    /// The name that operating systems give it, as in `ECONNREFUSED`, if it has one.
    pub code: Option<&'static str>,
    /// The reason, innermost cause included.
    pub reason: String,
    /// The error of a library below.
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TransportError {
    fn new(failure: Failure, reason: impl Into<String>) -> Self {
        Self { failure, code: None, reason: reason.into(), source: None }
    }

    /// The server cannot have seen the request.
    pub fn not_sent(reason: impl Into<String>) -> Self {
        Self::new(Failure::NotSent, reason)
    }

    /// The server's certificate was refused.
    pub fn tls(reason: impl Into<String>) -> Self {
        Self::new(Failure::Tls, reason)
    }

    /// The server may have seen the request.
    pub fn lost(reason: impl Into<String>) -> Self {
        Self::new(Failure::Lost, reason)
    }

    /// Names the error of a library below. Its text must hold no secret.
    #[must_use]
    pub fn caused_by(mut self, error: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(error));
        self
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
