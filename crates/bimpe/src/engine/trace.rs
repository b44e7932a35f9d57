//! Spans and events of `tracing`. They hold no ids, headers or bodies, because these may be secret.

use std::time::Duration;

use tracing::{Span, debug, debug_span, field};

use super::{OperationRequest, Response};
use crate::error::Error;

/// Returns the span of a request. Its result is recorded at the end.
pub(super) fn span(call: &OperationRequest) -> Span {
    let operation = call.operation;
    debug_span!(
        target: "bimpe", "request", operation = operation.id, method = operation.method.as_str(),
        route = operation.path, status = field::Empty, attempts = field::Empty, request_id = field::Empty,
    )
}

/// Records the end of a request.
pub(super) fn end(span: &Span, elapsed: Duration, outcome: &Result<Response, Error>) {
    if span.is_disabled() {
        return;
    }
    let (status, attempts, request_id) = match outcome {
        Ok(response) => (Some(response.status), response.attempts, response.request_id.as_deref()),
        Err(error) => (error.status(), error.attempts(), error.request_id()),
    };
    span.record("status", status);
    span.record("attempts", attempts);
    span.record("request_id", request_id);
    let error = outcome.as_ref().err().map(|error| error.kind().as_str());
    debug!(target: "bimpe", ?elapsed, status, attempts, request_id, error, "the request ended");
}
