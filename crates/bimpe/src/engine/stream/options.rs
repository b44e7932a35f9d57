//! How a stream behaves.

use std::time::Duration;

/// Options of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamOptions {
    /// Begin after this event id, or after this ISO-8601 time with its zone. A date stands for its beginning in UTC.
    pub after: Option<String>,
    /// Whether to reconnect when the connection ends. Defaults to true.
    pub reconnect: bool,
    /// Maximum number of consecutive connections without data. Unlimited by default.
    pub max_reconnects: Option<u32>,
    /// Reconnect after this time without data. Defaults to 60 seconds; zero disables it.
    pub stall_timeout: Duration,
    /// The maximum wait before the first reconnect.
    pub first_delay: Duration,
    /// The maximum wait before any reconnect.
    pub max_delay: Duration,
    /// Additional headers of each request of the stream, those for tickets included.
    pub headers: Vec<(String, String)>,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            after: None,
            reconnect: true,
            max_reconnects: None,
            stall_timeout: Duration::from_secs(60),
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            headers: Vec::new(),
        }
    }
}
