"""A request, and the types of the objects that send it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from typing import Any, Protocol, TypeAlias

    # Idempotency key, timeout, maximum number of retries and headers. A key function adds the API key.
    Options: TypeAlias = tuple[Any, ...]
    OnRetry: TypeAlias = Callable[[int, float, Any], object]
    # The ids in the path and the options of each stream.
    Streams: TypeAlias = list[tuple[tuple[str, ...], dict[str, object]]]
    # An `EventBatch` of the native module, or None, and the connection events.
    StreamBatch: TypeAlias = tuple[Any, list[dict[str, Any]]]

    class Pending(Protocol):
        """A request in flight."""

        def result(self) -> Any: ...
        def cancel(self) -> None: ...

    class EventSource(Protocol):
        """The source of the events of a stream."""

        @property
        def operation(self) -> str: ...
        @property
        def last_event_id(self) -> str | None: ...
        @property
        def last_event_ids(self) -> dict[str, str]: ...
        def next_batch(self) -> StreamBatch: ...
        def next_batch_async(self) -> Awaitable[StreamBatch]: ...
        def close(self) -> None: ...

    class Sender(Protocol):
        """Sends requests: the native client or a wrapper."""

        def send(self, request: Request, /) -> Any: ...
        def begin(self, request: Request, /) -> Pending: ...
        def send_async(self, request: Request, /) -> Awaitable[Any]: ...
        def stream(self, operation: str, streams: Streams, is_named: bool, /) -> EventSource: ...

    class RequestObserver(Protocol):
        """Observes one request. Only `on_start` may raise: then the request is not sent."""

        def on_start(self, operation: str, route: tuple[str, str], options: Options, /) -> Options: ...
        def on_retry_callback(self, operation: str, /) -> OnRetry | None: ...
        def on_end(
            self,
            operation: str,
            metadata: Mapping[str, Any],
            elapsed: float,
            error: BaseException | None,
            /,
        ) -> None: ...

    class StreamObserver(Protocol):
        """Observes one stream."""

        streams: Streams
        """The ids and the options of each stream, with the headers that the observer adds."""

        def on_notice(self, notice: Mapping[str, Any], /) -> None: ...
        def on_end(self, error: BaseException | None, /) -> None: ...

    class Observer(Protocol):
        """Observes the requests and the streams of a client."""

        def for_request(self, request: Request, /) -> RequestObserver: ...
        def for_stream(self, operation: str, streams: Streams, /) -> StreamObserver | None: ...

    class PageSource(Protocol):
        """Sends the requests of pages."""

        def send(self, request: Request, /) -> Any: ...
        def begin(self, request: Request, /) -> Pending: ...
        def send_async(self, request: Request, /) -> Coroutine[Any, Any, Any]: ...
        def begin_async(self, request: Request, /) -> Awaitable[Any]: ...


class Request:
    """A request of one operation. Its `repr` shows no field, because tracebacks show variables."""

    __slots__ = ("body", "cursor", "is_raw", "on_retry", "operation", "options", "path", "query")

    def __init__(
        self,
        operation: str,
        path: tuple[str, ...],
        options: Options,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        cursor: str | None = None,
        is_raw: bool = False,
        on_retry: OnRetry | None = None,
    ) -> None:
        self.operation: str = operation
        self.path: tuple[str, ...] = path
        self.options: Options = options
        self.query: Mapping[str, object] | None = query
        self.body: Mapping[str, object] | None = body
        self.cursor: str | None = cursor
        self.is_raw: bool = is_raw
        self.on_retry: OnRetry | None = on_retry

    def replace(self, **fields: Any) -> Request:
        """Returns a copy with other values in these fields."""
        return Request(**{name: getattr(self, name) for name in self.__slots__} | fields)

    def clear_body(self) -> None:
        """Empties the body after sending, because tracebacks show the variables of callers that hold it."""
        body: Any = self.body
        if type(body) is dict:
            body.clear()
