"""Spans of OpenTelemetry for the requests and streams of a client. Needs the package `opentelemetry-api`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ._errors import BimpeAIError, UserError
from ._native import NativeClient, notify, version

try:
    from opentelemetry import propagate, trace
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError("bimpe.otel needs OpenTelemetry: pip install opentelemetry-api") from _missing

if TYPE_CHECKING:
    from ._client import AsyncBimpeAI, BimpeAI
    from ._request import OnRetry, Options, Request, Streams

    Client = TypeVar("Client", bound=BimpeAI | AsyncBimpeAI)

__all__ = ["instrument"]

# The characters of a header name.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def instrument(client: Client, *, tracer_provider: trace.TracerProvider | None = None) -> Client:
    """Gives each request and each stream of a client a span, and sends the trace context with each attempt.

    Clients from `with_options` are instrumented with it. The spans hold no key, header, body or query value.

    Example:
        ```python
        from bimpe import BimpeAI
        from bimpe.otel import instrument

        client = instrument(BimpeAI())
        print(client.agents.list().data[0].name)
        ```

    Args:
        client: The client. Keeps its hooks and its logging.
        tracer_provider: Source of the tracer. Defaults to the global one.

    Returns:
        The same client.
    """
    client._observe(  # pyright: ignore[reportPrivateUsage]
        lambda core: Tracing(core, tracer_provider)
    )
    return client


class Tracing:
    """Creates the spans of a client."""

    __slots__ = ("_address", "_core", "_tracer")

    def __init__(self, core: NativeClient, provider: trace.TracerProvider | None) -> None:
        self._core = core
        self._tracer = trace.get_tracer("bimpe", version, provider)
        base = urlsplit(core.base_url())
        port = base.port or (443 if base.scheme == "https" else 80)
        self._address: dict[str, Any] = {"server.address": base.hostname or "", "server.port": port}

    def for_request(self, request: Request) -> RequestSpan:
        """Returns the observer of one request."""
        return RequestSpan(self, request)

    def for_stream(self, operation: str, streams: Streams) -> StreamSpan:
        """Returns the observer of one stream."""
        return StreamSpan(self, operation, streams)

    def start(
        self, operation: str, route: tuple[str, str], path: tuple[str, ...] | None, query: list[str]
    ) -> trace.Span:
        """Starts a span below the current one. `path` has the ids of the URL, `query` the names."""
        method, template = route
        attributes = {"http.request.method": method, **self._address}
        if path is not None:
            # Without valid ids the request fails, and the span has no URL.
            with suppress(UserError):
                attributes["url.full"] = self._core.redacted_url(operation, path, query)
        if " " in operation:
            name, attributes["bimpe.operation"] = method, "request"
        else:
            name = f"{method} {template}"
            attributes |= {"url.template": template, "bimpe.operation": operation}
        return self._tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)


class RequestSpan:
    """The span of one request."""

    __slots__ = ("_request", "_span", "_tracing")

    def __init__(self, tracing: Tracing, request: Request) -> None:
        self._tracing = tracing
        self._request = request
        self._span: trace.Span = trace.INVALID_SPAN

    def on_start(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """Starts the span. Adds the trace context to the headers."""
        given: Any = options[3] or {}
        own: dict[str, str] = {}
        notify(self._start, operation, route, own)
        # The engine refuses headers of another type.
        if not isinstance(given, Mapping):
            return options
        headers: dict[str, str] = {**given, **own}
        return (*options[:3], headers)

    def on_retry_callback(self, operation: str) -> OnRetry:  # noqa: ARG002
        """Returns the function that adds an event for each retry."""
        return self._retried

    def on_end(
        self,
        operation: str,  # noqa: ARG002
        metadata: Mapping[str, Any],
        elapsed: float,  # noqa: ARG002
        error: BaseException | None,
    ) -> None:
        """Ends the span."""
        attempts = metadata["attempts"] or 0
        if attempts > 1:
            self._span.set_attribute("http.request.resend_count", attempts - 1)
        if metadata["request_id"]:
            self._span.set_attribute("bimpe.request_id", metadata["request_id"])
        _end(self._span, metadata["status"], error)

    def _start(self, operation: str, route: tuple[str, str], headers: dict[str, str]) -> None:
        query = self._request.query or {}
        names = [name for name, value in query.items() if value is not None]
        self._span = self._tracing.start(operation, route, self._request.path, names)
        headers.update(_trace_context(self._span))

    def _retried(self, attempt: int, wait: float, error: BimpeAIError) -> None:
        self._span.add_event(
            "request.retried",
            {"bimpe.attempt": attempt, "bimpe.wait": wait, "error.type": _error_type(error)},
        )


class StreamSpan:
    """The span of one stream, or of several streams that are read as one."""

    __slots__ = ("_span", "streams")

    def __init__(self, tracing: Tracing, operation: str, streams: Streams) -> None:
        self._span: trace.Span = trace.INVALID_SPAN
        self.streams: Streams = streams
        notify(self._start, tracing, operation)

    def on_notice(self, notice: Mapping[str, Any]) -> None:
        """Adds an event for a change of the connection."""
        names = {"reason": "bimpe.reason", "status": "http.response.status_code", "wait": "bimpe.wait"}
        known = {names[name]: value for name, value in notice.items() if name in names and value is not None}
        self._span.add_event(notice["event"], known)

    def on_end(self, error: BaseException | None) -> None:
        """Ends the span."""
        reason = getattr(error, "reason", None)
        self._span.add_event("stream.ended", {"bimpe.reason": reason} if reason else None)
        _end(self._span, getattr(error, "status", None), error)

    def _start(self, tracing: Tracing, operation: str) -> None:
        # Several streams have no common URL.
        path = self.streams[0][0] if len(self.streams) == 1 else None
        self._span = tracing.start(operation, NativeClient.route(operation), path, [])
        headers = _trace_context(self._span)
        self.streams = [(path, {**options, "headers": headers}) for path, options in self.streams]


def _trace_context(span: trace.Span) -> dict[str, str]:
    """Returns the headers of the program's propagator, but not those that HTTP does not allow."""
    headers: dict[str, str] = {}
    propagate.inject(headers, trace.set_span_in_context(span))
    return {name: value for name, value in headers.items() if _is_valid(name, value)}


def _is_valid(name: str, value: str) -> bool:
    """Returns whether the engine takes the header. It would refuse the request for another one."""
    return _NAME.fullmatch(name) is not None and value.isascii() and value.isprintable()


def _end(span: trace.Span, status: int | None, error: BaseException | None) -> None:
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if error is not None:
        name = type(error).__name__
        event = {"exception.type": name}
        # Other exceptions come from the program, such as from its key function, and may hold a secret.
        if isinstance(error, BimpeAIError):
            event["exception.message"] = str(error)
        span.add_event("exception", event)
        span.set_attribute("error.type", _error_type(error))
        span.set_status(trace.StatusCode.ERROR)
    span.end()


def _error_type(error: BaseException) -> str:
    status = getattr(error, "status", None)
    return type(error).__name__ if status is None else str(status)
