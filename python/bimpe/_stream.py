"""Events as they come. Lost connections are made again; nothing is lost or repeated."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._errors import BimpeAIError, UserError
from ._sender import log

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ._resource import Brought, EventSource

T = TypeVar("T")


class _BaseStream(Generic[T]):
    __slots__ = ("_is_open", "_native", "_ready", "last_event_id", "last_event_ids")

    last_event_id: str | None
    """The id of the last event: give it as `after` to a new stream to go on from there."""
    last_event_ids: dict[str, str]
    """The same for each of several streams that were opened as one."""

    def __init__(self, native: EventSource) -> None:
        self._native = native
        self._is_open = False
        self._ready: deque[tuple[str | None, T, str | None]] = deque()
        self.last_event_id = None
        self.last_event_ids = {}

    def _take(self) -> T:
        event_id, event, source = self._ready.popleft()
        if event_id is not None:
            self.last_event_id = event_id
            if source is not None:
                self.last_event_ids[source] = event_id
        return event

    def _goes_on(self, brought: Brought) -> bool:
        """Takes what came; there is nothing at the end."""
        events, notices = brought
        self._ready.extend(events)
        for notice in notices:
            self._is_open = True
            if (reader := log()) is not None:
                reader.stream(self._native.operation, notice)
        return bool(events or notices)

    def _close(self, error: BimpeAIError | None = None) -> None:
        self._ready.clear()
        self._native.close()
        if (self._is_open or error is not None) and (reader := log()) is not None:
            reader.stream_ended(self._native.operation, error)
        self._is_open = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: last event {self.last_event_id}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise UserError("a stream holds a connection and cannot be pickled; keep its last_event_id")


class Stream(_BaseStream[T]):
    """A stream of events to iterate over. It opens with the first event that is asked for.

    Use it in a `with` statement, or call `close`, so that the connection ends with the loop.
    """

    __slots__ = ()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while not self._ready:
            try:
                goes_on = self._goes_on(self._native.next_batch())
            except BimpeAIError as error:
                self._close(error)
                raise
            if not goes_on:
                self._close()
                raise StopIteration
        return self._take()

    def close(self) -> None:
        """Closes the connection. A thread that waits for an event is told that there is none."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()


class AsyncStream(_BaseStream[T]):
    """A stream of events to iterate over. It opens with the first event that is asked for.

    Use it in an `async with` statement, or call `aclose`, so that the connection ends with the loop.
    """

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ready:
            try:
                goes_on = self._goes_on(await self._native.next_batch_async())
            except BimpeAIError as error:
                self._close(error)
                raise
            if not goes_on:
                self._close()
                raise StopAsyncIteration
        return self._take()

    async def aclose(self) -> None:
        """Closes the connection. A task that waits for an event is told that there is none."""
        self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()
