"""Event streams. They reconnect automatically and resume after the last event, without gaps or duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _lazy_typing as hints
from ._errors import BimpeAIError, StreamDecodeError, UserError
from ._native import AsyncEvents, SyncEvents
from ._transport import get_log

if TYPE_CHECKING:
    from ._native import EventBatch
    from ._request import EventSource, StreamBatch

T = TypeVar("T")


class _StreamBase:
    """The base of sync and async streams."""

    if TYPE_CHECKING:
        __slots__ = ("_is_open", "_native")
        _native: EventSource
        _is_open: bool

        def _add(self, batch: EventBatch) -> None: ...
        def _clear(self) -> None: ...

    else:
        # The subclasses define the slots, because they have a second base with slots.
        __slots__ = ()

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event. Pass it as `after` to a new stream to resume there.

        Before the first event it is the `after` of this stream. Events that failed to decode count as well.
        """
        return self._native.last_event_id

    @property
    def last_event_ids(self) -> dict[str, str]:
        """The id of the last event per id, for `stream_many`."""
        return self._native.last_event_ids

    def _apply_batch(self, batch: StreamBatch) -> bool:
        """Adds the events of a batch. Returns whether the stream continues."""
        events, notices = batch
        if events is not None:
            self._add(events)
        for notice in notices:
            self._is_open = True
            if (log := get_log()) is not None:
                log.stream(self._native.operation, notice)
        return events is not None or bool(notices)

    def _close(self, error: BimpeAIError | None = None) -> None:
        self._clear()
        self._native.close()
        if (self._is_open or error is not None) and (log := get_log()) is not None:
            log.stream_ended(self._native.operation, error)
        self._is_open = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: last event {self.last_event_id}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise UserError(
            "a stream holds a connection and cannot be pickled; store its `last_event_id` instead"
        )


class Stream(_StreamBase, SyncEvents[T], Generic[T]):
    """A stream of events to iterate over. Connects when the first event is requested.

    Use it in a `with` statement, or call `close`, to close the connection after the loop.
    """

    __slots__ = ("_is_open", "_native")

    def __init__(self, native: EventSource) -> None:
        self._native = native
        self._is_open = False

    def _more(self) -> bool:
        """Waits for the next batch. Returns whether the stream continues."""
        try:
            has_more = self._apply_batch(self._native.next_batch())
        except StreamDecodeError:
            # The error concerns one event. Later events can still be read.
            raise
        except BimpeAIError as error:
            self._close(error)
            raise
        if not has_more:
            self._close()
        return has_more

    def close(self) -> None:
        """Closes the connection. Threads that wait for an event see the end of the stream."""
        self._close()

    def __enter__(self) -> hints.Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()


class AsyncStream(_StreamBase, AsyncEvents[T], Generic[T]):
    """A stream of events to iterate over. Connects when the first event is requested.

    Use it in an `async with` statement, or call `aclose`, to close the connection after the loop.
    """

    __slots__ = ("_is_open", "_native")

    def __init__(self, native: EventSource) -> None:
        self._native = native
        self._is_open = False

    async def _more(self) -> bool:
        """Waits for the next batch. Returns whether the stream continues."""
        try:
            has_more = self._apply_batch(await self._native.next_batch_async())
        except StreamDecodeError:
            # The error concerns one event. Later events can still be read.
            raise
        except BimpeAIError as error:
            self._close(error)
            raise
        if not has_more:
            self._close()
        return has_more

    async def aclose(self) -> None:
        """Closes the connection. Tasks that wait for an event see the end of the stream."""
        self._close()

    async def __aenter__(self) -> hints.Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._close()
