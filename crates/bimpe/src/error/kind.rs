//! The kinds of errors.

use http::StatusCode;

/// Defines the kinds, each with its word.
macro_rules! kinds {
    ($( $(#[$attribute:meta])* $name:ident = $word:literal, )*) => {
        /// The kind of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $( $(#[$attribute])* $name, )*
        }

        impl ErrorKind {
            /// The kind as a word, the same in every binding.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$name => $word, )*
                }
            }
        }
    };
}

kinds! {
    /// The input was wrong; nothing was sent.
    User = "user",
    /// No response: the server could not be reached, or the connection was lost.
    Connection = "connection",
    /// The deadline passed.
    Timeout = "timeout",
    /// The server refused with a status that has no specific kind.
    Api = "api",
    /// 400.
    BadRequest = "bad_request",
    /// 400 with the code `validation_error`.
    Validation = "validation",
    /// 401.
    Authentication = "authentication",
    /// 403.
    PermissionDenied = "permission_denied",
    /// 404.
    NotFound = "not_found",
    /// 409.
    Conflict = "conflict",
    /// 429.
    RateLimit = "rate_limit",
    /// 501.
    NotImplemented = "not_implemented",
    /// Any other 5xx.
    InternalServer = "internal_server",
    /// A redirect, which is never followed.
    Redirect = "redirect",
    /// A success that does not hold what the API promises.
    UnexpectedResponse = "unexpected_response",
    /// The response exceeded the size limit.
    ResponseTooLarge = "response_too_large",
    /// The server's page numbers make no sense.
    Pagination = "pagination",
    /// A stream ended and cannot resume.
    StreamEnded = "stream_ended",
    /// An event of a stream is not what the API promises.
    StreamDecode = "stream_decode",
    /// The client was closed.
    ClientClosed = "client_closed",
    /// A stream was carried over a fork.
    ForkedStream = "forked_stream",
    /// The resource that `ensure` found differs from the request.
    EnsureConflict = "ensure_conflict",
    /// A bug in this library.
    Internal = "internal",
}

impl ErrorKind {
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
