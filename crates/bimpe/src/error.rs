//! The one error type: what went wrong, where, and what to do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::engine::header_pairs;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input was wrong; nothing was sent.
    User,
    /// No answer came: the server could not be reached, or the connection was lost.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The server refused with a status that has no kind of its own.
    Api,
    /// 400.
    BadRequest,
    /// 400 with the code `validation_error`.
    Validation,
    /// 401.
    Authentication,
    /// 403.
    PermissionDenied,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 429.
    RateLimit,
    /// 501.
    NotImplemented,
    /// Any other 5xx.
    InternalServer,
    /// A redirect, which is never followed.
    Redirect,
    /// A success that does not hold what the API promises.
    UnexpectedResponse,
    /// The answer was larger than the limit.
    ResponseTooLarge,
    /// The server's page numbers make no sense.
    Pagination,
    /// A stream ended and cannot go on.
    StreamEnded,
    /// An event of a stream is not what the API promises.
    StreamDecode,
    /// The client was closed.
    ClientClosed,
    /// A stream was carried over a fork.
    ForkedStream,
    /// What `ensure` found differs from the request.
    EnsureConflict,
    /// A fault in this library.
    Internal,
}

impl ErrorKind {
    /// The kind as a word, the same in every binding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Api => "api",
            Self::BadRequest => "bad_request",
            Self::Validation => "validation",
            Self::Authentication => "authentication",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimit => "rate_limit",
            Self::NotImplemented => "not_implemented",
            Self::InternalServer => "internal_server",
            Self::Redirect => "redirect",
            Self::UnexpectedResponse => "unexpected_response",
            Self::ResponseTooLarge => "response_too_large",
            Self::Pagination => "pagination",
            Self::StreamEnded => "stream_ended",
            Self::StreamDecode => "stream_decode",
            Self::ClientClosed => "client_closed",
            Self::ForkedStream => "forked_stream",
            Self::EnsureConflict => "ensure_conflict",
            Self::Internal => "internal",
        }
    }

    /// The kind that an answer with this status and code has.
    pub(crate) fn of_status(status: StatusCode, code: Option<&str>) -> Self {
        match status.as_u16() {
            400 if code == Some("validation_error") => Self::Validation,
            400 => Self::BadRequest,
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimit,
            501 => Self::NotImplemented,
            500..=599 => Self::InternalServer,
            300..=399 => Self::Redirect,
            _ => Self::Api,
        }
    }
}

/// One field that the server, or the check before sending, found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where the field is, as in `auth_config.token`; empty if the server did not say.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// What the server said about its rate limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub limit: Option<u64>,
    /// Requests left in the window.
    pub remaining: Option<u64>,
    /// When the window starts anew, in Unix seconds.
    pub reset_at: Option<u64>,
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEnd {
    /// `closed`, `broken`, `stalled`, `unreachable` or `no_content`.
    pub reason: &'static str,
    /// The last event that was delivered: give it as `after` to go on.
    pub last_id: Option<String>,
    /// Connections that were opened after the first.
    pub reconnects: u32,
}

/// Why a call failed. Cheap to move; holds no key, ticket or connector secret.
pub struct Error(Box<Inner>);

/// The parts of an [`Error`], filled in where they become known.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
    pub(crate) field_errors: Vec<FieldError>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) attempts: u32,
    pub(crate) retryable: bool,
    pub(crate) retries_suppressed: bool,
    pub(crate) may_have_been_applied: bool,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) location_origin: Option<String>,
    pub(crate) stream_end: Option<StreamEnd>,
    pub(crate) route: Option<(Method, &'static str)>,
    pub(crate) cause: Option<Arc<Error>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            status: None,
            code: None,
            request_id: None,
            headers: HeaderMap::new(),
            body: None,
            field_errors: Vec::new(),
            retry_after: None,
            attempts: 0,
            retryable: false,
            retries_suppressed: false,
            may_have_been_applied: false,
            idempotency_key: None,
            location_origin: None,
            stream_end: None,
            route: None,
            cause: None,
        }))
    }

    /// An error about input that was refused before anything was sent.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::User, message)
    }

    /// An error about a fault in this library, as when a binding caught a panic.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(&mut self.0);
        self
    }

    /// The same error once more.
    pub(crate) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.with(|inner| inner.hint = Some(hint))
    }

    /// Adds to the hint, if there is one already.
    pub(crate) fn explained(self, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        self.with(|inner| {
            inner.hint = Some(match inner.hint.take() {
                Some(hint) => format!("{hint}; {reason}"),
                None => reason,
            });
        })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the server said, or what this library found; several reasons are joined by `; `.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status, if an answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The server's error code, as in `insufficient_scope`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The id to quote to the API's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The headers of the answer; empty if none came.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of the answer, with secrets of the request blotted out.
    pub fn body(&self) -> Option<&Value> {
        self.0.body.as_ref()
    }

    /// The fields that were found wrong.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.field_errors
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the server said about its rate limit.
    pub fn rate_limit(&self) -> RateLimit {
        let number = |name: &str| self.0.headers.get(name)?.to_str().ok()?.trim().parse().ok();
        RateLimit {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset_at: number("x-ratelimit-reset"),
        }
    }

    /// How many requests were sent, or tried, for this call.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether retries were left out because too many calls of this client have failed of late.
    pub fn retries_suppressed(&self) -> bool {
        self.0.retries_suppressed
    }

    /// Whether the server may have carried out the write all the same.
    pub fn may_have_been_applied(&self) -> bool {
        self.0.may_have_been_applied
    }

    /// The idempotency key of the call: give it again to repeat the call without doing it twice.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// Where a redirect pointed: scheme and host only.
    pub fn location_origin(&self) -> Option<&str> {
        self.0.location_origin.as_deref()
    }

    /// How a stream ended, if it was one.
    pub fn stream_end(&self) -> Option<&StreamEnd> {
        self.0.stream_end.as_ref()
    }

    /// The error of the last request, if a helper gave up because of it. It is also the [`source`](std::error::Error::source).
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_deref()
    }

    /// Everything above as JSON, which bindings turn into the error classes of their language.
    /// `display` is the full text, `message` only what the server or the check said; `headers` are pairs.
    pub fn to_json(&self) -> Value {
        let inner = &self.0;
        let rate = self.rate_limit();
        let headers: Vec<Value> = header_pairs(&inner.headers).map(|pair| json!(pair)).collect();
        let fields: Vec<Value> = inner
            .field_errors
            .iter()
            .map(|field| json!({"path": field.path, "message": field.message}))
            .collect();
        json!({
            "kind": inner.kind.as_str(),
            "message": inner.message,
            "display": self.to_string(),
            "status": self.status(),
            "code": inner.code,
            "request_id": inner.request_id,
            "headers": headers,
            "body": inner.body,
            "field_errors": fields,
            "retry_after": inner.retry_after.map(|wait| wait.as_secs_f64()),
            "limit": rate.limit,
            "remaining": rate.remaining,
            "reset_at": rate.reset_at,
            "attempts": inner.attempts,
            "retryable": inner.retryable,
            "retries_suppressed": inner.retries_suppressed,
            "may_have_been_applied": inner.may_have_been_applied,
            "idempotency_key": inner.idempotency_key,
            "location_origin": inner.location_origin,
            "reason": inner.stream_end.as_ref().map(|end| end.reason),
            "last_id": inner.stream_end.as_ref().and_then(|end| end.last_id.as_deref()),
            "reconnects": inner.stream_end.as_ref().map(|end| end.reconnects),
            "method": inner.route.as_ref().map(|(method, _)| method.as_str()),
            "path": inner.route.as_ref().map(|(_, path)| *path),
            "cause": inner.cause.as_ref().map(|cause| cause.to_json()),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.write_str(&inner.message)?;
        if let Some(hint) = &inner.hint {
            write!(f, " ({hint})")?;
        }
        if inner.kind == ErrorKind::User {
            return Ok(());
        }
        let mut facts = Vec::new();
        if let Some((method, path)) = &inner.route {
            facts.push(format!("{method} {path}"));
        }
        if let Some(status) = inner.status {
            facts.push(format!("status {}", status.as_u16()));
        }
        if let Some(code) = &inner.code {
            facts.push(format!("code {code}"));
        }
        if inner.attempts > 1 {
            facts.push(format!("{} attempts", inner.attempts));
        }
        if let Some(id) = &inner.request_id {
            facts.push(format!("request id {id}"));
        }
        if inner.may_have_been_applied {
            facts.push("the server may have carried it out".to_owned());
        }
        if facts.is_empty() { Ok(()) } else { write!(f, " [{}]", facts.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &self.to_string())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}
