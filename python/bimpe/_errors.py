"""The exceptions: one base class, the classes of the official SDK, and additional ones."""

from __future__ import annotations

import errno

from . import _lazy_typing as hints

__all__ = [
    "APIConnectionError",
    "APIError",
    "APINotImplementedError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "BimpeAIError",
    "ClientClosedError",
    "ConflictError",
    "EnsureConflictError",
    "ForkedStreamError",
    "InternalError",
    "InternalServerError",
    "MissingFieldError",
    "NotFoundError",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RedirectError",
    "ResponseTooLargeError",
    "StreamDecodeError",
    "StreamEndedError",
    "UnexpectedResponseError",
    "UserError",
    "ValidationError",
]


class Headers(dict[str, str]):
    """The headers of a response. Names are case-insensitive.

    Joins the values of a repeated header with ", ". `get_list` returns them separately.
    """

    def __init__(self, pairs: hints.Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._pairs = [(name.lower(), value) for name, value in pairs]
        for name, value in self._pairs:
            self[name] = f"{self[name]}, {value}" if name in self else value

    def get_list(self, name: str) -> list[str]:
        """Returns all values of a header, in the order received."""
        return [value for known, value in self._pairs if known == name.lower()]

    def multi_items(self) -> list[tuple[str, str]]:
        """Returns all headers in the order received, repeated ones included."""
        return self._pairs.copy()

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: hints.Any = None) -> hints.Any:
        return super().get(name.lower(), default)


class BimpeAIError(Exception):
    """The base class of all errors of this library. Errors never hold the API key or other secrets."""

    message: str
    """The message of the server or of this library.

    `str(error)` adds the request, the status, the code and the request id.
    """
    status: int | None = None
    """The HTTP status; None without a response."""
    code: str | None = None
    """The server's error code, as in `insufficient_scope`."""
    request_id: str | None = None
    """The request id to quote to the API's support."""
    headers: hints.Mapping[str, str] = Headers()
    """The headers of the response; empty without a response."""
    body: hints.Any = None
    """The body of the response: JSON, text or None."""
    field_errors: list[dict[str, str]]
    """The invalid fields, each with `path` and `message`."""
    retry_after: float | None = None
    """Seconds to wait before a retry, as the server requested."""
    limit: int | None = None
    """Number of requests that the server allows per rate limit window."""
    remaining: int | None = None
    """Number of requests left in the rate limit window."""
    reset_at: int | None = None
    """Time when the rate limit window resets, in Unix seconds."""
    attempts: int = 0
    """Number of attempts."""
    retryable: bool = False
    """Whether the same request may succeed later."""
    retries_suppressed: bool = False
    """Whether retries were skipped because too many recent requests of this client failed."""
    may_have_been_applied: bool = False
    """Whether the server may have applied the write despite the error."""
    idempotency_key: str | None = None
    """The idempotency key of a write. Pass it again to repeat the write without applying it twice."""
    location_origin: str | None = None
    """The target of a redirect: scheme and host only."""
    method: str | None = None
    """The HTTP method."""
    path: str | None = None
    """The path template, as in `/agents/{agent_id}`."""
    params: dict[str, str]
    """The ids in the path, as in `{"agent_id": "cm1"}`. A key passed as an id is masked."""
    source: str | None = None
    """The id of the failed stream, if several streams were opened as one."""

    def __init__(self, message: str = "", *, cause: BaseException | None = None, **fields: hints.Any) -> None:
        """Creates an error, as in a test: `NotFoundError("no such agent", status=404, code="not_found")`."""
        super().__init__(message)
        self.message = message
        self.field_errors = []
        self.params = {}
        for name, value in fields.items():
            if name not in _FIELDS:
                raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {name!r}")
            setattr(self, name, Headers(dict(value).items()) if name == "headers" else value)
        if cause is not None:
            _set_cause(self, cause)

    def to_dict(self) -> dict[str, hints.Any]:
        """Returns the fields of the error as plain values, for logs."""
        fields: dict[str, hints.Any] = {"type": type(self).__name__, "message": self.message}
        for name in _FIELDS:
            value = getattr(self, name)
            fields[name] = dict(value) if name == "headers" else value
        return fields


class UserError(BimpeAIError):
    """An argument or a setting is invalid. No request was sent."""


class APIConnectionError(BimpeAIError):
    """The server could not be reached, or the connection was lost before the response.

    `__cause__` is the `OSError` that Python sockets would raise, such as `ConnectionRefusedError`,
    `socket.gaierror` for an unknown host name, or `ssl.SSLCertVerificationError`.
    """


class APITimeoutError(APIConnectionError):
    """The request timed out."""


class APIError(BimpeAIError):
    """The server returned an error."""


class BadRequestError(APIError):
    """400 Bad Request: the server cannot process the request."""


class ValidationError(BadRequestError):
    """400 Bad Request: fields are invalid. `field_errors` names them."""


class AuthenticationError(APIError):
    """401 Unauthorized: the API key is missing, invalid or expired."""


class PermissionDeniedError(APIError):
    """403 Forbidden: the API key lacks the permission for this request."""


class NotFoundError(APIError):
    """404 Not Found: the resource does not exist or belongs to another team."""


class ConflictError(APIError):
    """409 Conflict: the resource is in a conflicting state, or a plan limit was reached."""


class RateLimitError(APIError):
    """429 Too Many Requests: rate limited. `retry_after` is the wait in seconds."""


class InternalServerError(APIError):
    """5xx: the server failed. `InternalError` is a bug of this library instead."""


class APINotImplementedError(APIError):
    """501 Not Implemented: the server does not support this request yet."""


class RedirectError(APIError):
    """3xx: the server redirected. Redirects are not followed, because the new host would receive the key."""


class UnexpectedResponseError(BimpeAIError):
    """The server returned 2xx with an unexpected body."""


class MissingFieldError(UnexpectedResponseError, AttributeError):
    """The program read a required field that the server did not send."""


class ResponseTooLargeError(BimpeAIError):
    """The response exceeds the size limit of this library."""


class PaginationError(BimpeAIError):
    """The server sent inconsistent pagination metadata, so the next page is unknown."""


class StreamEndedError(BimpeAIError):
    """A stream ended and cannot resume."""

    reason: str | None = None
    """`closed`, `broken`, `stalled`, `unreachable` or `no_content`."""
    last_id: str | None = None
    """The id of the last event. Pass it as `after` to a new stream to resume there."""
    reconnects: int | None = None
    """Number of reconnects."""


class StreamDecodeError(BimpeAIError):
    """A stream received an event with unexpected data."""


class ClientClosedError(BimpeAIError):
    """The client is closed."""


class ForkedStreamError(BimpeAIError):
    """A stream from before a fork was used in the child process."""


class EnsureConflictError(BimpeAIError):
    """`ensure` found a resource that differs from the request. `field_errors` lists the fields.

    Nothing was changed.
    """


class InternalError(BimpeAIError):
    """A bug of this library; please report it. `InternalServerError` is a 5xx of the server instead."""


def _kind(name: str) -> str:
    """Returns the engine's word for a class: `not_found` for `NotFoundError`."""
    words = name.removeprefix("API").removesuffix("Error") or "Api"
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words)[1:]


_KINDS: dict[str, type[BimpeAIError]] = {_kind(name): globals()[name] for name in __all__}

# All but `message`.
_FIELDS = tuple(BimpeAIError.__annotations__)[1:]


def from_native(fields: dict[str, hints.Any]) -> BimpeAIError:
    """Returns the exception for the fields of an error, as the native module collects them."""
    error = _KINDS.get(fields["kind"], BimpeAIError)(fields["display"])
    error.message = fields["message"]
    for name in _FIELDS:
        setattr(error, name, fields.get(name))
    error.headers = Headers(fields["headers"])
    if isinstance(error, StreamEndedError):
        for name in ("reason", "last_id", "reconnects"):
            setattr(error, name, fields[name])
    wait = error.retry_after
    if wait is not None and wait == int(wait):
        error.retry_after = int(wait)
    if fields.get("cause") is not None:
        error.__cause__ = from_native(fields["cause"])
    elif fields.get("os_code") is not None:
        error.__cause__ = _system_error(fields["os_code"], fields["message"])
    return error


def _set_cause(error: BaseException, cause: BaseException) -> None:
    error.__cause__ = cause


def _system_error(code: str, text: str) -> OSError:
    """Returns the cause of a connection error as Python sockets would raise it."""
    number = getattr(errno, code, None)
    if number is not None:
        return OSError(number, text)
    try:
        if code in {"ENOTFOUND", "EAI_AGAIN"}:
            import socket

            return socket.gaierror(socket.EAI_AGAIN if code == "EAI_AGAIN" else socket.EAI_NONAME, text)
        import ssl

        return ssl.SSLCertVerificationError(1, text)
    except Exception:  # the imports fail if the process has no file descriptors left
        return OSError(text)


for _error in _KINDS.values():
    # Tracebacks then show the names that programs import.
    _error.__module__ = "bimpe"
