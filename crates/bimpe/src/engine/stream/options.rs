//! How a stream behaves.

use std::time::Duration;

/// Options of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamOptions {
    /// Begin after this event id, or after this ISO-8601 time with its zone. A date stands for its beginning in UTC.
    pub after: Option<String>,
    /// Whether to connect again when the connection ends. On if not set otherwise.
    pub reconnect: bool,
    /// How many connections in a row may bring nothing before the stream gives up; without limit if not set.
    pub max_reconnects: Option<u32>,
    /// Reconnect after this time without data. Defaults to 60 seconds; zero disables it.
    pub stall_timeout: Duration,
    /// The most that the first reconnect waits.
    pub first_delay: Duration,
    /// The most that any reconnect waits.
    pub max_delay: Duration,
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
        }
    }
}
