//! Errors: the stage that failed, the cause and the next step.

use std::fmt;

/// A step of the connection to a server, in the order of the steps.
///
/// ```
/// use bimpe_mcp::Stage;
///
/// assert!(Stage::Dns < Stage::Tools);
/// assert_eq!(Stage::Tls.name(), "tls");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The URL or a header is invalid.
    Input,
    /// The name of the host has no address.
    Dns,
    /// The TCP connection failed.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// The server sent an error status, or no complete response.
    Http,
    /// The server did not accept the credentials.
    Auth,
    /// The server does not speak this transport at this URL.
    Transport,
    /// A message violates the protocol, or the protocol version is unsupported.
    Protocol,
    /// The server refused to list or run its tools.
    Tools,
}

impl Stage {
    /// Returns the name of the stage in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Auth => "auth",
            Self::Transport => "transport",
            Self::Protocol => "protocol",
            Self::Tools => "tools",
        }
    }
}

/// An error of a connection to a server. The texts hold no credentials, and of the URL only host and port.
///
/// ```
/// use bimpe_mcp::{Server, Stage};
///
/// let error = Server::new("ftp://shop.example").expect_err("the scheme is not http");
/// assert_eq!(error.stage, Stage::Input);
/// assert_eq!(error.to_string(), "The URL of the MCP server is invalid. Use a URL with http:// or https://.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// The stage that failed.
    pub stage: Stage,
    /// The cause, as a sentence.
    pub cause: String,
    /// The next step for the user, as a sentence.
    pub fix: String,
}

impl Error {
    pub(crate) fn new(stage: Stage, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { stage, cause: cause.into(), fix: fix.into() }
    }

    pub(crate) fn protocol(cause: impl Into<String>) -> Self {
        Self::new(Stage::Protocol, cause, "Correct the server, or update it.")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.cause, self.fix)
    }
}

impl std::error::Error for Error {}

/// Returns the first line of a text from a server, without tags of an HTML page, at most 200 characters.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.trim().split(['\n', '<']).next().unwrap_or_default();
    line.trim_end_matches([' ', ':', '.']).chars().take(200).collect()
}
