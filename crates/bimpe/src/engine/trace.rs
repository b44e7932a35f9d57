//! Spans and events of `tracing`, with the names of OpenTelemetry for HTTP clients. They hold no headers, bodies and values
//! of queries, because these may be secret. A span is free without a subscriber, because its fields are then not computed.

use std::time::Duration;

use tracing::{Span, debug, debug_span, field};

use super::{Client, OperationRequest, Response};
use crate::error::Error;
use crate::schema::Operation;

/// Returns the span of a request. Its result is recorded at the end.
pub(super) fn span(client: &Client, call: &OperationRequest) -> Span {
    let operation = call.operation;
    let base = &client.shared.settings.base;
    debug_span!(
        target: "bimpe", "request", otel.kind = "client", otel.name = name(operation), operation = operation.id,
        http.request.method = operation.method.as_str(), url.template = template(operation),
        url.full = client.redacted_url(call), server.address = base.host_str(),
        server.port = base.port_or_known_default(), http.response.status_code = field::Empty,
        http.request.resend_count = field::Empty, request_id = field::Empty, error.type = field::Empty,
        otel.status_code = field::Empty,
    )
}

/// Returns the span of a stream, which ends with it.
pub(super) fn stream_span(client: &Client, operation: &'static Operation, path: &[String]) -> Span {
    let base = &client.shared.settings.base;
    let url =
        || client.redacted_url(&OperationRequest { path: path.to_vec(), ..OperationRequest::of(operation) });
    debug_span!(
        target: "bimpe", "stream", otel.kind = "client", otel.name = name(operation), operation = operation.id,
        http.request.method = operation.method.as_str(), url.template = operation.path, url.full = url(),
        server.address = base.host_str(), server.port = base.port_or_known_default(),
        http.response.status_code = field::Empty, error.type = field::Empty, otel.status_code = field::Empty,
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
    span.record("http.response.status_code", status);
    span.record("http.request.resend_count", attempts.checked_sub(1).filter(|count| *count > 0));
    span.record("request_id", request_id);
    let error = outcome.as_ref().err();
    failed(span, error);
    let kind = error.map(|error| error.kind().as_str());
    debug!(target: "bimpe", ?elapsed, status, attempts, request_id, error = kind, "the request ended");
}

/// Records the end of a stream.
pub(super) fn stream_end(span: &Span, error: Option<&Error>) {
    if span.is_disabled() {
        return;
    }
    span.record("http.response.status_code", error.and_then(Error::status));
    failed(span, error);
    let kind = error.map(|error| error.kind().as_str());
    debug!(target: "bimpe", parent: span, kind, "the stream ended");
}

/// Records an error: its status, or its kind without a response.
fn failed(span: &Span, error: Option<&Error>) {
    let Some(error) = error else { return };
    match error.status() {
        Some(status) => span.record("error.type", field::display(status)),
        None => span.record("error.type", error.kind().as_str()),
    };
    span.record("otel.status_code", "ERROR");
}

/// The name of a span: the method, and the path with the names of its ids.
fn name(operation: &Operation) -> String {
    match template(operation) {
        Some(path) => format!("{} {path}", operation.method),
        None => operation.method.to_string(),
    }
}

/// The path with the names of its ids. The path of a custom request is no template.
fn template(operation: &Operation) -> Option<&'static str> {
    (!operation.segments.is_empty()).then_some(operation.path)
}
