//! The server that requests go to, as errors name it.

use url::Url;

/// The server of the base URL.
pub(crate) struct Server {
    /// Scheme, host and port, as in `http://127.0.0.1:8080`.
    pub(crate) origin: String,
    pub(crate) loopback: bool,
}

impl Server {
    pub(crate) fn of(base: &Url, loopback: bool) -> Self {
        Self { origin: base.origin().ascii_serialization(), loopback }
    }

    /// The same without TLS.
    pub(crate) fn plain(&self) -> String {
        self.origin.replacen("https:", "http:", 1)
    }
}
