"""Events as they come. Lost connections are made again; nothing is lost or repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _hints as hints
from ._errors import BimpeAIError, StreamDecodeError, UserError
from ._native import AsyncEvents, SyncEvents
from ._sender import log

if TYPE_CHECKING:
    from ._native import EventBatch
    from ._resource import Brought, EventSource

T = TypeVar("T")


class _Connected:
    """What both kinds of streams do with their connection."""

    if TYPE_CHECKING:
        __slots__ = ("_is_open", "_native")
        _native: EventSource
        _is_open: bool

        def _add(self, batch: EventBatch) -> None: ...
        def _clear(self) -> None: ...

    else:
        # The subclasses have them, beside the slots of their native base.
        __slots__ = ()

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event: give it as `after` to a new stream to go on from there.

        Before the first event it is the stream's own `after`. An event that could not be read counts as well.
        """
        return self._native.last_event_id

    @property
    def last_event_ids(self) -> dict[str, str]:
        """The same for each of several streams that were opened as one."""
        return self._native.last_event_ids

    def _goes_on(self, brought: Brought) -> bool:
        """Takes what came; there is nothing at the end."""
        events, notices = brought
        if events is not None:
            self._add(events)
        for notice in notices:
            self._is_open = True
            if (reader := log()) is not None:
                reader.stream(self._native.operation, notice)
        return events is not None or bool(notices)

    def _close(self, error: BimpeAIError | None = None) -> None:
        self._clear()
        self._native.close()
        if (self._is_open or error is not None) and (reader := log()) is not None:
            reader.stream_ended(self._native.operation, error)
        self._is_open = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: last event {self.last_event_id}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise UserError("a stream holds a connection and cannot be pickled; keep its last_event_id")


class Stream(_Connected, SyncEvents[T], Generic[T]):
    """A stream of events to iterate over. It opens with the first event that is asked for.

    Use it in a `with` statement, or call `close`, so that the connection ends with the loop.
    """

    __slots__ = ("_is_open", "_native")

    def __init__(self, native: EventSource) -> None:
        self._native = native
        self._is_open = False

    def _more(self) -> bool:
        """Waits for what comes next, and says whether anything does."""
        try:
            goes_on = self._goes_on(self._native.next_batch())
        except StreamDecodeError:
            # It concerns one event, and the next can be read.
            raise
        except BimpeAIError as error:
            self._close(error)
            raise
        if not goes_on:
            self._close()
        return goes_on

    def close(self) -> None:
        """Closes the connection. A thread that waits for an event is told that there is none."""
        self._close()

    def __enter__(self) -> hints.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: hints.TracebackType | None,
    ) -> None:
        self._close()


class AsyncStream(_Connected, AsyncEvents[T], Generic[T]):
    """A stream of events to iterate over. It opens with the first event that is asked for.

    Use it in an `async with` statement, or call `aclose`, so that the connection ends with the loop.
    """

    __slots__ = ("_is_open", "_native")

    def __init__(self, native: EventSource) -> None:
        self._native = native
        self._is_open = False

    async def _more(self) -> bool:
        """Waits for what comes next, and says whether anything does."""
        try:
            goes_on = self._goes_on(await self._native.next_batch_async())
        except StreamDecodeError:
            # It concerns one event, and the next can be read.
            raise
        except BimpeAIError as error:
            self._close(error)
            raise
        if not goes_on:
            self._close()
        return goes_on

    async def aclose(self) -> None:
        """Closes the connection. A task that waits for an event is told that there is none."""
        self._close()

    async def __aenter__(self) -> hints.Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: hints.TracebackType | None,
    ) -> None:
        self._close()
