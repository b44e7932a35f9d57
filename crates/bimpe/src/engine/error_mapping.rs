//! Maps responses and transport errors to errors with a kind, a message and a hint.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::attempt_error::{AttemptError, RequestContext, RetrySafety};
use super::envelope::EnvelopeError;
use super::interoperable::interoperable;
use super::key::KEY_ARGUMENT;
use super::server::Server;
use super::{json, retry};
use crate::error::{Error, ErrorKind, FieldError, NO_TLS};
use crate::transport::{Failure, TransportError};

/// Longer error bodies are cut.
pub(crate) const MAX_ERROR_BODY: usize = 64 * 1024;
/// How much of an unreadable body an error repeats.
const SNIPPET: usize = 200;

/// Maps a response with a status other than 2xx.
pub(crate) fn from_response(
    status: StatusCode,
    headers: HeaderMap,
    body: &Bytes,
    context: &RequestContext,
) -> AttemptError {
    if status.is_informational() {
        // A final 1xx response means another protocol, which no request asked for.
        return unexpected_response(EnvelopeError::InvalidJson, status, headers, body, context);
    }
    let read: Option<Value> =
        std::str::from_utf8(body).ok().and_then(interoperable).and_then(|body| json::value(&body).ok());
    let body = match read {
        Some(value) if body.len() <= MAX_ERROR_BODY => Some(context.secrets.value(value)),
        _ if body.is_empty() => None,
        _ => Some(Value::String(context.secrets.preview(body, MAX_ERROR_BODY))),
    };
    let text =
        |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str).map(str::to_owned);
    let code = text("code");
    let kind = ErrorKind::of_status(status, code.as_deref());
    let message = message(body.as_ref()).unwrap_or_else(|| format!("HTTP {}", status.as_u16()));

    let (retry_safety, may_have_been_applied) = match status.as_u16() {
        408 | 429 | 503 => (RetrySafety::Always, false),
        501 => (RetrySafety::Never, false),
        // Also those of proxies: the server behind may have been at work.
        500..=599 => (RetrySafety::IfSafe, true),
        _ => (RetrySafety::Never, false),
    };
    let request_id = text("request_id");
    let error = Error::new(kind, message).naming(&[KEY_ARGUMENT]).with(|inner| {
        inner.hint = hint(kind, code.as_deref(), &headers, context);
        inner.field_errors =
            if kind == ErrorKind::Validation { field_errors(body.as_ref()) } else { Vec::new() };
        inner.location_origin = location_origin(&headers, context).filter(|_| kind == ErrorKind::Redirect);
        if matches!(status.as_u16(), 408 | 429 | 503) {
            inner.retry_after = retry::retry_after(&headers, context.clock.unix_time());
        }
        inner.request_id = request_id;
        inner.code = code;
        inner.body = body;
        inner.retryable = retry_safety != RetrySafety::Never;
        inner.status = Some(status);
        inner.headers = redacted_headers(headers, context);
    });
    AttemptError { error, retry_safety, may_have_been_applied }
}

/// Maps a successful response of another shape. The server has applied the request.
pub(crate) fn unexpected_response(
    reason: EnvelopeError,
    status: StatusCode,
    headers: HeaderMap,
    body: &Bytes,
    context: &RequestContext,
) -> AttemptError {
    let content_type =
        headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let content_type = context.secrets.text(content_type);
    let message = if body.is_empty() {
        format!("the response is empty (content type {content_type})")
    } else {
        format!(
            "the response {} (content type {content_type}); it starts with `{}`",
            reason,
            context.secrets.preview(body, SNIPPET).escape_debug()
        )
    };
    let error = Error::new(ErrorKind::UnexpectedResponse, message)
        .hinted("is the base URL that of the API, and is there a proxy in between?")
        .with(|inner| {
            inner.status = Some(status);
            inner.headers = redacted_headers(headers, context);
        });
    AttemptError { error, retry_safety: RetrySafety::Never, may_have_been_applied: true }
}

/// Maps a body over the limit.
pub(crate) fn too_large(
    status: StatusCode,
    headers: HeaderMap,
    limit: usize,
    context: &RequestContext,
) -> AttemptError {
    let message = format!("the response is larger than {} MiB", limit / 1024 / 1024);
    let error = Error::new(ErrorKind::ResponseTooLarge, message).with(|inner| {
        inner.status = Some(status);
        inner.headers = redacted_headers(headers, context);
    });
    AttemptError { error, retry_safety: RetrySafety::Never, may_have_been_applied: status.is_success() }
}

/// Maps an error of the transport.
pub(crate) fn from_transport(error: &TransportError, server: &Server) -> AttemptError {
    let (retry_safety, may_have_been_applied) = match error.failure {
        Failure::NotSent => (RetrySafety::Always, false),
        Failure::Tls => (RetrySafety::Never, false),
        Failure::Lost => (RetrySafety::IfSafe, true),
    };
    AttemptError { error: connection_error(error, server), retry_safety, may_have_been_applied }
}

fn connection_error(error: &TransportError, server: &Server) -> Error {
    let (origin, reason) = (&server.origin, &error.reason);
    let failed = |message: String| Error::new(ErrorKind::Connection, message);
    match error.failure {
        Failure::NotSent => {
            failed(format!("{origin} could not be reached: {reason}")).hinted(hint_unsent(error, server))
        }
        Failure::Tls if error.code == Some(NO_TLS) => {
            failed(format!("{origin} does not speak TLS: {reason}")).hinted(format!("use {}", plain(server)))
        }
        Failure::Tls => {
            failed(format!("no trusted connection to {origin}: {reason}")).hinted(hint_untrusted(error))
        }
        Failure::Lost if origin.starts_with("http:") && reason.contains("invalid HTTP version") => {
            let secure = origin.replacen("http:", "https:", 1);
            failed(format!("{origin} does not speak plain HTTP: {reason}")).hinted(format!("try {secure}"))
        }
        Failure::Lost => failed(format!("the connection to {origin} was lost: {reason}")),
    }
    .naming(&["ca_file", "allow_insecure_http"])
    .with(|inner| {
        inner.retryable = error.failure != Failure::Tls;
        inner.transport = Some(Arc::new(error.clone()));
    })
}

fn hint_untrusted(error: &TransportError) -> &'static str {
    match error.code {
        Some("CERT_HAS_EXPIRED" | "CERT_NOT_YET_VALID") => {
            "check the clock of this machine; if it is right, the server needs another certificate"
        }
        Some("ERR_TLS_CERT_ALTNAME_INVALID") => "check the host of the base URL",
        _ => "behind a company proxy, name its certificate with `ca_file` or SSL_CERT_FILE",
    }
}

/// The server without TLS, and what that needs.
fn plain(server: &Server) -> String {
    let plain = server.plain();
    if server.loopback { plain } else { format!("{plain} with `allow_insecure_http`") }
}

fn hint_unsent(error: &TransportError, server: &Server) -> String {
    let hint = match error.code {
        Some("ECONNREFUSED") if server.loopback => "nothing listens there; is `bimpe sandbox` running?",
        Some("ENOTFOUND" | "EAI_AGAIN") => "check the name of the host and the network",
        // Some servers close the connection when they do not understand it.
        Some("ECONNRESET") if server.origin.starts_with("https:") => {
            return format!("if it does not speak TLS, use {}", plain(server));
        }
        _ => "check the base URL, the network and the proxy settings",
    };
    hint.to_owned()
}

fn message(body: Option<&Value>) -> Option<String> {
    let text = match body?.get("message")? {
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Both forms in use: an array of `path: text`, and a sibling array of objects.
fn field_errors(body: Option<&Value>) -> Vec<FieldError> {
    let Some(body) = body else { return Vec::new() };
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(errors) = body.get("errors").and_then(Value::as_array) {
        return errors
            .iter()
            .map(|error| FieldError { path: text(error, "path"), message: text(error, "message") })
            .collect();
    }
    let texts = body.get("message").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    texts
        .map(|text| match text.split_once(':') {
            Some((path, message)) => {
                FieldError { path: path.trim().to_owned(), message: message.trim().to_owned() }
            }
            None => FieldError { path: String::new(), message: text.to_owned() },
        })
        .collect()
}

fn hint(
    kind: ErrorKind,
    code: Option<&str>,
    headers: &HeaderMap,
    context: &RequestContext,
) -> Option<String> {
    match kind {
        ErrorKind::Authentication => context.key_source.map(|source| format!("the key came from {source}")),
        ErrorKind::PermissionDenied
            if code == Some("insufficient_scope") && !context.operation.scopes.is_empty() =>
        {
            Some(format!("the key needs the scope {}", context.operation.scopes.join(", ")))
        }
        ErrorKind::Redirect => Some(format!(
            "redirects are never followed{}; check the base URL",
            location_origin(headers, context)
                .map(|origin| format!("; this one points to {origin}"))
                .unwrap_or_default()
        )),
        _ => None,
    }
}

/// Scheme and host of a redirect: the rest may hold secrets.
fn location_origin(headers: &HeaderMap, context: &RequestContext) -> Option<String> {
    let location = headers.get(http::header::LOCATION)?.to_str().ok()?;
    let url = url::Url::parse(location).ok()?;
    Some(context.secrets.lowercase(&url.origin().ascii_serialization()).into_owned())
}

fn redacted_headers(mut headers: HeaderMap, context: &RequestContext) -> HeaderMap {
    headers.remove(http::header::SET_COOKIE);
    // May hold a ticket or a password.
    headers.remove(http::header::LOCATION);
    context.secrets.headers(headers)
}
