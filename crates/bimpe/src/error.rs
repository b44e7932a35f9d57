//! The error type: the kind, the request, and a hint.

mod details;
mod failed_request;
mod json;
mod kind;
mod naming;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

pub use self::details::{FieldError, RateLimit, StreamEnd};
pub(crate) use self::failed_request::FailedRequest;
pub use self::kind::ErrorKind;
pub use self::naming::Naming;
pub(crate) use self::transport::NO_TLS;
pub use self::transport::{Failure, TransportError};

/// Why a request failed. Holds no key, ticket or connector secret.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) {
/// use bimpe::ErrorKind;
///
/// if let Err(error) = client.agents().delete("cm1234567890").await {
///     match error.kind() {
///         ErrorKind::NotFound => println!("there is no such agent"),
///         ErrorKind::RateLimit => println!("wait {:?}", error.retry_after()),
///         _ if error.may_have_been_applied() => println!("check whether the agent exists: {error}"),
///         _ => println!("{error}"),
///     }
/// }
/// # }
/// ```
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
    pub(crate) failed_request: Option<FailedRequest>,
    pub(crate) transport: Option<Arc<TransportError>>,
    /// The names in message and hint that languages write in their own way.
    pub(crate) names: Vec<&'static str>,
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
            failed_request: None,
            transport: None,
            names: Vec::new(),
            cause: None,
        }))
    }

    /// Creates an error about invalid input. No request was sent.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::User, message)
    }

    /// An error about one field, as [`Self::user`].
    pub fn field(operation: &str, path: impl Into<String>, message: impl Into<String>) -> Self {
        let field = FieldError { path: path.into(), message: message.into() };
        let message = format!("{operation}: `{}` {}", field.path, field.message);
        Self::user(message).with(|inner| inner.field_errors = vec![field])
    }

    /// Creates an error about a bug of this library, such as a caught panic.
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

    pub(crate) fn hinted(self, hint: impl Into<String>) -> Self {
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

    /// Notes which names of arguments and options the text holds.
    pub(crate) fn naming<'a>(self, names: impl IntoIterator<Item = &'a &'static str>) -> Self {
        self.with(|inner| inner.names.extend(names))
    }

    /// Notes the request that it is about, unless one is noted already.
    pub(crate) fn about(self, request: impl FnOnce() -> FailedRequest) -> Self {
        self.with(|inner| {
            inner.failed_request.get_or_insert_with(request);
        })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The kind of an error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The text of the server or of this library. Several reasons are joined by `; `. The text of
    /// [`Display`](fmt::Display) adds the hint, the request, the status, the code and the request id.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The next step, if it is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The HTTP method of the request.
    pub fn method(&self) -> Option<&str> {
        self.0.failed_request.as_ref().map(|request| request.method().as_str())
    }

    /// The template of the request's path, as in `/agents/{agent_id}`.
    pub fn path(&self) -> Option<&str> {
        self.0.failed_request.as_ref().map(FailedRequest::path)
    }

    /// The ids of the request's path by their names. A key in the place of an id is masked.
    ///
    /// ```
    /// use bimpe::testing::{MemoryTransport, VirtualClock, reply};
    /// # use std::sync::Arc;
    ///
    /// let transport = MemoryTransport::new(|_| reply(404, r#"{"message": "Agent not found", "statusCode": 404}"#));
    /// let client = bimpe::Client::builder()
    ///     .api_key("sk_test")
    ///     .transport(Arc::new(transport))
    ///     .clock(Arc::new(VirtualClock::new()))
    ///     .build()?;
    /// # let run = async {
    /// let error = client.agents().retrieve("unknown").await.expect_err("no such agent");
    /// assert_eq!(error.message(), "Agent not found");
    /// assert_eq!(error.path(), Some("/agents/{agent_id}"));
    /// assert_eq!(error.params().collect::<Vec<_>>(), [("agent_id", "unknown")]);
    /// assert!(error.to_string().starts_with("Agent not found [GET /agents/unknown, status 404"));
    /// # Ok::<(), bimpe::Error>(())
    /// # };
    /// # tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(run)?;
    /// # Ok::<(), bimpe::Error>(())
    /// ```
    pub fn params(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.failed_request.iter().flat_map(FailedRequest::params)
    }

    /// Why there is no connection, in the name that operating systems give it, as in `ECONNREFUSED` or `ENOTFOUND`.
    pub fn os_code(&self) -> Option<&str> {
        self.0.transport.as_ref()?.code
    }

    /// The HTTP status, if a response was received.
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

    /// The headers of the response. Empty without a response.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of the response, with masked secrets of the request.
    pub fn body(&self) -> Option<&Value> {
        self.0.body.as_ref()
    }

    /// The invalid fields.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.field_errors
    }

    /// The wait that the server asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The rate limit of the server.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit::of(&self.0.headers)
    }

    /// The number of attempts.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether retries were omitted because too many requests of this client failed recently.
    pub fn retries_suppressed(&self) -> bool {
        self.0.retries_suppressed
    }

    /// Whether the server may have applied the write.
    pub fn may_have_been_applied(&self) -> bool {
        self.0.may_have_been_applied
    }

    /// The idempotency key of the request. Pass it again to repeat the request without applying it twice.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// Scheme and host of a redirect.
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
        if let Some(request) = &inner.failed_request {
            facts.push(format!("{} {}", request.method(), request.address()));
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
            facts.push("the server may have applied it".to_owned());
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
        let inner = &self.0;
        let cause = inner.cause.as_deref().map(|cause| cause as _);
        cause.or_else(|| inner.transport.as_deref().map(|error| error as _))
    }
}
