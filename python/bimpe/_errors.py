"""The exceptions: one root, the classes of the official SDK, and ours beside them."""

from __future__ import annotations

import errno

from . import _hints as hints


class Headers(dict[str, str]):
    """The headers of an answer. Upper and lower case make no difference.

    A name that the server sent several times has its values joined by ", "; `get_list` gives each of them.
    """

    def __init__(self, pairs: hints.Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._pairs = [(name.lower(), value) for name, value in pairs]
        for name, value in self._pairs:
            self[name] = f"{self[name]}, {value}" if name in self else value

    def get_list(self, name: str) -> list[str]:
        """All values of this name, in the order in which they came."""
        return [value for known, value in self._pairs if known == name.lower()]

    def multi_items(self) -> list[tuple[str, str]]:
        """All headers in the order in which they came, each name as often as it was sent."""
        return self._pairs.copy()

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: hints.Any = None) -> hints.Any:
        return super().get(name.lower(), default)


class BimpeAIError(Exception):
    """The root of all errors of this library. No error holds the API key or a connector's secret."""

    message: str
    """What the server said, or what this library found.

    `str(error)` adds the request, the status, the code and the request id.
    """
    status: int | None = None
    """The HTTP status, if an answer came."""
    code: str | None = None
    """The server's error code, as in `insufficient_scope`."""
    request_id: str | None = None
    """The id to quote to the API's support."""
    headers: hints.Mapping[str, str] = Headers()
    """The headers of the answer; empty if none came."""
    body: hints.Any = None
    """The body of the answer: JSON, text or None."""
    field_errors: list[dict[str, str]]
    """The fields that were found wrong, each with `path` and `message`."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""
    limit: int | None = None
    """Requests that the server allows in a window of time."""
    remaining: int | None = None
    """Requests left in the window."""
    reset_at: int | None = None
    """When the window starts anew, in Unix seconds."""
    attempts: int = 0
    """How many requests were sent, or tried."""
    retryable: bool = False
    """Whether the same call may succeed later."""
    retries_suppressed: bool = False
    """Whether retries were left out because too many calls of this client failed of late."""
    may_have_been_applied: bool = False
    """Whether the server may have carried out the write all the same."""
    idempotency_key: str | None = None
    """Give it again to repeat the call without doing it twice."""
    location_origin: str | None = None
    """Where a redirect pointed: scheme and host only."""
    method: str | None = None
    """The HTTP method."""
    path: str | None = None
    """The template of the path, as in `/agents/{agent_id}`."""
    params: dict[str, str]
    """The ids in the path, as in `{"agent_id": "cm1"}`. A key in the place of an id is masked."""
    source: str | None = None
    """Which of several streams failed: the id that it was opened for."""

    def __init__(self, message: str = "", *, cause: BaseException | None = None, **facts: hints.Any) -> None:
        """Makes an error, as for a test: `NotFoundError("no such agent", status=404, code="not_found")`."""
        super().__init__(message)
        self.message = message
        self.field_errors = []
        self.params = {}
        for name, value in facts.items():
            if name not in _FACTS:
                raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {name!r}")
            setattr(self, name, Headers(dict(value).items()) if name == "headers" else value)
        if cause is not None:
            _blame(self, cause)

    def to_dict(self) -> dict[str, hints.Any]:
        """All facts of the error as plain values, for logs."""
        facts: dict[str, hints.Any] = {"type": type(self).__name__, "message": self.message}
        for name in _FACTS:
            value = getattr(self, name)
            facts[name] = dict(value) if name == "headers" else value
        return facts


class UserError(BimpeAIError):
    """The input was wrong. Nothing was sent."""


class APIConnectionError(BimpeAIError):
    """No answer came: the server could not be reached, or the connection was lost.

    `__cause__` is the `OSError` that Python's own sockets would raise, such as `ConnectionRefusedError`,
    `socket.gaierror` for a name that does not exist, or `ssl.SSLCertVerificationError`.
    """


class APITimeoutError(APIConnectionError):
    """The deadline passed."""


class APIError(BimpeAIError):
    """The server refused."""


class BadRequestError(APIError):
    """400: the server does not accept the request as it is."""


class ValidationError(BadRequestError):
    """400: fields are wrong; `field_errors` says which."""


class AuthenticationError(APIError):
    """401: the key is missing, wrong or expired."""


class PermissionDeniedError(APIError):
    """403: the key may not do this."""


class NotFoundError(APIError):
    """404: no such thing, or it belongs to another team."""


class ConflictError(APIError):
    """409: the state of things does not permit it, or a limit of the plan is reached."""


class RateLimitError(APIError):
    """429: too many requests; `retry_after` says how long to wait."""


class InternalServerError(APIError):
    """5xx: a fault of the server."""


class APINotImplementedError(APIError):
    """501: the server does not offer this yet."""


class RedirectError(APIError):
    """3xx: the server pointed elsewhere. Redirects are never followed, since the key would go along."""


class UnexpectedResponseError(BimpeAIError):
    """The server reported success, but the answer is not what the API promises."""


class MissingFieldError(UnexpectedResponseError, AttributeError):
    """A field was read that the server should have sent, and did not."""


class ResponseTooLargeError(BimpeAIError):
    """The answer was larger than this library takes."""


class PaginationError(BimpeAIError):
    """The server's page numbers make no sense, so the rest of the list cannot be read."""


class StreamEndedError(BimpeAIError):
    """A stream ended and cannot go on."""

    reason: str | None = None
    """`closed`, `broken`, `stalled`, `unreachable` or `no_content`."""
    last_id: str | None = None
    """The last event that came: give it as `after` to a new stream to go on from there."""
    reconnects: int | None = None
    """Connections that were opened after the first."""


class StreamDecodeError(BimpeAIError):
    """An event of a stream is not what the API promises."""


class ClientClosedError(BimpeAIError):
    """The client was closed before the call."""


class ForkedStreamError(BimpeAIError):
    """A stream was opened before a fork, and belongs to the parent process."""


class EnsureConflictError(BimpeAIError):
    """What `ensure` found differs from the request: `field_errors` lists how. Nothing was changed."""


class InternalError(BimpeAIError):
    """A fault of this library. Please report it."""


_KINDS: dict[str, type[BimpeAIError]] = {
    "user": UserError,
    "connection": APIConnectionError,
    "timeout": APITimeoutError,
    "api": APIError,
    "bad_request": BadRequestError,
    "validation": ValidationError,
    "authentication": AuthenticationError,
    "permission_denied": PermissionDeniedError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "rate_limit": RateLimitError,
    "not_implemented": APINotImplementedError,
    "internal_server": InternalServerError,
    "redirect": RedirectError,
    "unexpected_response": UnexpectedResponseError,
    "response_too_large": ResponseTooLargeError,
    "pagination": PaginationError,
    "stream_ended": StreamEndedError,
    "stream_decode": StreamDecodeError,
    "client_closed": ClientClosedError,
    "forked_stream": ForkedStreamError,
    "ensure_conflict": EnsureConflictError,
    "internal": InternalError,
}

_FACTS = (
    "status",
    "code",
    "request_id",
    "headers",
    "body",
    "field_errors",
    "retry_after",
    "limit",
    "remaining",
    "reset_at",
    "attempts",
    "retryable",
    "retries_suppressed",
    "may_have_been_applied",
    "idempotency_key",
    "location_origin",
    "method",
    "path",
    "params",
    "source",
)


def from_facts(facts: dict[str, hints.Any]) -> BimpeAIError:
    """The exception for the facts of an error, as the native part collects them."""
    error = _KINDS.get(facts["kind"], BimpeAIError)(facts["display"])
    error.message = facts["message"]
    for name in _FACTS:
        setattr(error, name, facts.get(name))
    error.headers = Headers(facts["headers"])
    if isinstance(error, StreamEndedError):
        error.reason, error.last_id, error.reconnects = facts["reason"], facts["last_id"], facts["reconnects"]
    wait = error.retry_after
    if wait is not None and wait == int(wait):
        error.retry_after = int(wait)
    if facts.get("cause") is not None:
        error.__cause__ = from_facts(facts["cause"])
    elif facts.get("os_code") is not None:
        error.__cause__ = _system_error(facts["os_code"], facts["message"])
    return error


def _blame(error: BaseException, cause: BaseException) -> None:
    error.__cause__ = cause


def _system_error(code: str, text: str) -> OSError:
    """The cause of an error of a connection, as Python's own sockets would raise it."""
    number = getattr(errno, code, None)
    if number is not None:
        return OSError(number, text)
    try:
        if code in {"ENOTFOUND", "EAI_AGAIN"}:
            import socket

            return socket.gaierror(socket.EAI_AGAIN if code == "EAI_AGAIN" else socket.EAI_NONAME, text)
        import ssl

        return ssl.SSLCertVerificationError(1, text)
    except Exception:  # as where no more files can be opened, which may be why there is no connection
        return OSError(text)


for _kind in {BimpeAIError, APIError, MissingFieldError, *_KINDS.values()}:
    # Tracebacks name the classes as programs import them.
    _kind.__module__ = "bimpe"
