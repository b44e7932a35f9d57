//! The kinds of errors.

use http::StatusCode;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input was wrong; nothing was sent.
    User,
    /// No response: the server could not be reached, or the connection was lost.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The server refused with a status that has no specific kind.
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
    /// The response exceeded the size limit.
    ResponseTooLarge,
    /// The server's page numbers make no sense.
    Pagination,
    /// A stream ended and cannot resume.
    StreamEnded,
    /// An event of a stream is not what the API promises.
    StreamDecode,
    /// The client was closed.
    ClientClosed,
    /// A stream was carried over a fork.
    ForkedStream,
    /// The resource that `ensure` found differs from the request.
    EnsureConflict,
    /// A bug in this library.
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

    /// Returns the kind for a response with this status and code.
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
