//! Parts of errors.

use http::HeaderMap;

/// One field that the server, or the check before sending, found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The path of the field, as in `auth_config.token`; empty if the server did not send it.
    pub path: String,
    /// The reason.
    pub message: String,
}

/// The rate limit of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub limit: Option<u64>,
    /// Requests left in the window.
    pub remaining: Option<u64>,
    /// Start of the next window, in Unix seconds.
    pub reset_at: Option<u64>,
}

impl RateLimit {
    /// Reads the headers of a response.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Self {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset_at: number("x-ratelimit-reset"),
        }
    }
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEnd {
    /// `closed`, `broken`, `stalled`, `unreachable` or `no_content`.
    pub reason: &'static str,
    /// The last event that was delivered: pass it as `after` to resume.
    pub last_id: Option<String>,
    /// Connections that were opened after the first.
    pub reconnects: u32,
}
