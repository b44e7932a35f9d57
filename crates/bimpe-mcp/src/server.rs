//! The address and the credentials of a server.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::{Host, Url};

use crate::{Error, Stage};

/// A transport of MCP over HTTP.
///
/// ```
/// assert_eq!(bimpe_mcp::Transport::HttpSse.to_string(), "http_sse");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Streamable HTTP, since protocol version 2025-03-26.
    #[default]
    StreamableHttp,
    /// The legacy transport of protocol version 2024-11-05: an event stream, and a second URL for messages.
    HttpSse,
}

impl Transport {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::StreamableHttp => Self::HttpSse,
            Self::HttpSse => Self::StreamableHttp,
        }
    }
}

impl std::fmt::Display for Transport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::StreamableHttp => "streamable_http",
            Self::HttpSse => "http_sse",
        })
    }
}

/// The URL, the transport and the credentials of an MCP server.
///
/// ```
/// use bimpe_mcp::{Server, Transport};
///
/// # fn main() -> Result<(), bimpe_mcp::Error> {
/// let server = Server::new("https://shop.example/sse")?.transport(Transport::HttpSse).header("X-API-Key", "secret")?;
/// assert_eq!(server.host(), "shop.example:443");
/// assert!(!format!("{server:?}").contains("secret"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) url: Url,
    pub(crate) transport: Transport,
    pub(crate) headers: HeaderMap,
}

impl Server {
    /// Returns a server with streamable HTTP and no credentials.
    pub fn new(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| {
            Error::new(
                Stage::Input,
                "The URL of the MCP server is invalid.",
                "Use a URL with http:// or https://.",
            )
        })?;
        Ok(Self { url, transport: Transport::default(), headers: HeaderMap::new() })
    }

    /// Sets the transport.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Sends a header with each request. Debug output hides the value.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let invalid = || {
            let cause = format!("The header {name:?} has invalid characters.");
            Error::new(Stage::Input, cause, "Correct its name or value.")
        };
        let name = HeaderName::try_from(name).map_err(|_| invalid())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| invalid())?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sends a token as `Authorization: Bearer`.
    pub fn bearer(self, token: &str) -> Result<Self, Error> {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Sends a user name and a password as `Authorization: Basic`.
    pub fn basic(self, user: &str, password: &str) -> Result<Self, Error> {
        let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.header(header::AUTHORIZATION.as_str(), &format!("Basic {credentials}"))
    }

    /// Returns the host and the port.
    pub fn host(&self) -> String {
        host_and_port(&self.url)
    }
}

/// Returns the parts of a URL that errors may show, because other parts can hold secrets.
pub(crate) fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Returns whether a URL names this machine.
///
/// ```
/// let url = |text| url::Url::parse(text).expect("a URL");
/// assert!(bimpe_mcp::is_loopback(&url("http://[::1]:8080/")));
/// assert!(!bimpe_mcp::is_loopback(&url("http://127.0.0.1.shop.example/")));
/// ```
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
