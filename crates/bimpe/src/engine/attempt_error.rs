//! Errors of an attempt, and what decides about the next one.

use std::sync::Arc;
use std::time::Duration;

use super::redact::Redactor;
use super::retry;
use super::server::Server;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::schema::Operation;

/// Whether a request may be sent again after an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetrySafety {
    /// It would fail again.
    Never,
    /// Only if a second run does no harm.
    IfSafe,
    /// The server has not applied it.
    Always,
}

/// Why an attempt failed.
pub(crate) struct AttemptError {
    pub(crate) error: Error,
    pub(crate) retry_safety: RetrySafety,
    pub(crate) may_have_been_applied: bool,
}

impl AttemptError {
    pub(crate) fn timeout(message: String) -> Self {
        Self {
            error: Error::new(ErrorKind::Timeout, message),
            retry_safety: RetrySafety::IfSafe,
            may_have_been_applied: true,
        }
    }

    /// The rate limit admits no request within the time that is left.
    pub(crate) fn rate_limit_used_up(wait: Duration, left: Duration) -> Self {
        let text = format!(
            "not sent: the rate limit of this API key has no room for {} s, {} s of the timeout are left; raise timeout",
            retry::rounded_up(wait),
            retry::rounded_down(left)
        );
        let error = Error::new(ErrorKind::RateLimit, text).with(|inner| inner.retry_after = Some(wait));
        Self { error, retry_safety: RetrySafety::Always, may_have_been_applied: false }
    }

    /// The client was closed.
    pub(crate) fn closed(error: Error, may_have_been_applied: bool) -> Self {
        Self { error, retry_safety: RetrySafety::Never, may_have_been_applied }
    }
}

/// The parts of a request that an attempt needs.
pub(crate) struct RequestContext {
    pub(crate) operation: &'static Operation,
    /// Whether the response may have any form.
    pub(crate) custom: bool,
    pub(crate) secrets: Redactor,
    /// The source of the key; absent if none was sent.
    pub(crate) key_source: Option<&'static str>,
    pub(crate) server: Arc<Server>,
    pub(crate) clock: Arc<dyn Clock>,
}
