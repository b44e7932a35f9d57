//! What a stream brings: events, and what happened to its connection.

use std::time::Duration;

/// One event of a stream: the JSON text that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEvent {
    /// The id with which a stream can be resumed after this event.
    pub id: Option<String>,
    /// The JSON text.
    pub data: String,
}

/// What has arrived together. With nothing in it, the stream is at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamBatch {
    /// The events.
    pub events: Vec<StreamEvent>,
    /// What happened to the connection before them.
    pub notices: Vec<StreamNotice>,
}

impl StreamBatch {
    /// Whether the stream is at its end.
    pub fn is_end(&self) -> bool {
        self.events.is_empty() && self.notices.is_empty()
    }
}

/// Something that happened to the connection of a stream, for those who write it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamNotice {
    /// There is a connection.
    Opened,
    /// There is none, and the stream will try again.
    Reconnecting {
        /// `closed`, `broken`, `stalled` or `unreachable`.
        reason: &'static str,
        /// The HTTP status, if the server refused.
        status: Option<u16>,
        /// How long the stream waits before it tries.
        wait: Duration,
    },
}
