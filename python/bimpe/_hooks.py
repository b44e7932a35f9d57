"""Hooks: functions of the program that are called for each request, response and retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import BimpeAIError, Headers, UserError
from ._native import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._request import OnRetry, Options, Request, Streams


class _Info:
    __slots__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in self.__slots__ if name != "headers")
        return f"{type(self).__name__}({', '.join(fields)})"


class RequestInfo(_Info):
    """A request that is metadata to be sent."""

    __slots__ = ("operation", "method", "path", "headers")

    operation: str
    """The operation, as in `agents.list`; for `client.request`, method and path."""
    method: str
    """The HTTP method."""
    path: str
    """The path template, as in `/agents/{agent_id}`."""
    headers: dict[str, str]
    """Additional headers of this request. The hook may add more. The API key is not included."""

    def __init__(self, operation: str, method: str, path: str, headers: dict[str, str]) -> None:
        self.operation, self.method, self.path, self.headers = operation, method, path, headers


class ResponseInfo(_Info):
    """The result of a request."""

    __slots__ = ("operation", "status", "headers", "request_id", "attempts", "elapsed", "error")

    operation: str
    """The operation, as in `agents.list`."""
    status: int | None
    """The HTTP status; None without a response."""
    headers: Mapping[str, str]
    """The headers of the response."""
    request_id: str | None
    """The request id to quote to the API's support."""
    attempts: int
    """Number of attempts."""
    elapsed: float
    """Duration in seconds, retries and waits included."""
    error: BimpeAIError | None
    """The error that the caller receives; None if the request succeeded."""

    def __init__(
        self, operation: str, metadata: Mapping[str, Any], elapsed: float, error: BimpeAIError | None
    ) -> None:
        self.operation, self.elapsed, self.error = operation, elapsed, error
        for name in ("status", "request_id", "attempts"):
            setattr(self, name, metadata[name])
        headers = metadata["headers"]
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)


class RetryInfo(_Info):
    """A failed attempt before a retry."""

    __slots__ = ("operation", "attempt", "wait", "error")

    operation: str
    """The operation, as in `agents.list`."""
    attempt: int
    """Number of the failed attempt, counted from 1."""
    wait: float
    """Seconds until the next attempt."""
    error: BimpeAIError
    """The error of the attempt."""

    def __init__(self, operation: str, attempt: int, wait: float, error: BimpeAIError) -> None:
        self.operation, self.attempt, self.wait, self.error = operation, attempt, wait, error


class Hooks:
    """The hooks of a client."""

    __slots__ = ("on_request", "on_response", "on_retry")

    def __init__(
        self,
        on_request: Callable[[RequestInfo], object] | None,
        on_response: Callable[[ResponseInfo], object] | None,
        on_retry: Callable[[RetryInfo], object] | None,
    ) -> None:
        self.on_request: Any = _plain("on_request", on_request)
        self.on_response: Any = _plain("on_response", on_response)
        self.on_retry: Any = _plain("on_retry", on_retry)

    def for_request(self, request: Request) -> Hooks:  # noqa: ARG002
        """Returns the observer of one request."""
        return self

    def for_stream(self, operation: str, streams: Streams) -> None:
        """Returns nothing, because streams have no hooks."""

    def on_start(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """Calls `on_request`. Its exceptions propagate to the caller."""
        if self.on_request is None:
            return options
        method, path = operation.split(" ", 1) if " " in operation else route
        info = RequestInfo(operation, method, path, dict(options[3] or {}))
        self.on_request(info)
        return (*options[:3], info.headers)

    def on_retry_callback(self, operation: str) -> OnRetry | None:
        """Returns the callback for each retry, if the program set one."""
        hook = self.on_retry
        if hook is None:
            return None
        return lambda attempt, wait, error: notify(hook, RetryInfo(operation, attempt, wait, error))

    def on_end(
        self, operation: str, metadata: Mapping[str, Any], elapsed: float, error: BaseException | None
    ) -> None:
        """Calls `on_response`. Its exceptions do not change the result of the request."""
        # A cancelled request has neither a response nor an error of this library.
        if self.on_response is not None and (error is None or isinstance(error, BimpeAIError)):
            notify(self.on_response, ResponseInfo(operation, metadata, elapsed, error))


def _plain(name: str, hook: Any) -> Any:
    if hook is None:
        return None
    code = getattr(hook, "__code__", None)
    if not callable(hook) or (code is not None and code.co_flags & 0x80):
        raise UserError(f"{name} must be a plain function, not {type(hook).__name__} or a coroutine function")
    return hook
