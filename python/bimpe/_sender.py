"""The way of every call to the native client: straight on, or past those who watch."""

from __future__ import annotations

from sys import modules

from ._native import notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from ._hooks import Hooks
    from ._key import KeyedSender
    from ._log import Log
    from ._native import NativeClient
    from ._resource import EventSource, Options, Pending, Streams
    from ._watched import WatchedSender

_INFO = 20


def _find_logger(level: int) -> bool:
    """Whether the log is read; stands in for the logger's own function as long as there is no logger."""
    global _is_read
    # A program that has not imported `logging` has set up nobody to read it.
    if "logging" not in modules:
        return False
    from ._log import LOG

    _is_read = LOG.is_enabled_for
    return _is_read(level)


_is_read: Callable[[int], bool] = _find_logger


def log() -> Log | None:
    """The log, if anybody reads it. A logger that cannot say so is not read."""
    try:
        if not _is_read(_INFO):
            return None
        from ._log import LOG
    except BaseException as error:
        notify(_raise, error)
        return None
    return LOG


def _raise(error: BaseException) -> None:
    raise error


class NativeSender:
    """Sends through the native client. Nobody watches most calls, so that costs next to nothing."""

    __slots__ = ("_hooks", "_native")

    def __init__(self, native: NativeClient | KeyedSender, hooks: Hooks | None) -> None:
        self._native = native
        self._hooks = hooks

    def _watched(self, reader: Log | None) -> WatchedSender:
        from ._watched import WatchedSender

        return WatchedSender(self._native, [one for one in (reader, self._hooks) if one is not None])

    def request(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
    ) -> Any:
        reader = log()
        if self._hooks is None and reader is None:
            return self._native.request(operation, path, query, body, options, cursor, raw)
        return self._watched(reader).begin(operation, path, query, body, options, cursor, raw).result()

    def begin(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
    ) -> Pending:
        reader = log()
        if self._hooks is None and reader is None:
            return self._native.begin(operation, path, query, body, options, cursor, raw)
        return self._watched(reader).begin(operation, path, query, body, options, cursor, raw)

    def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
    ) -> Awaitable[Any]:
        reader = log()
        if self._hooks is None and reader is None:
            return self._native.request_async(operation, path, query, body, options, cursor, raw)
        return self._watched(reader).request_async(operation, path, query, body, options, cursor, raw)

    def stream(self, operation: str, paths: Streams, named: bool) -> EventSource:
        return self._native.stream(operation, paths, named)
