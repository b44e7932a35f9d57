//! Errors of an attempt, and what decides about the next one.

use std::sync::Arc;

use super::redact::Redactor;
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
