"""The sender of every request: the native client, instrumented if there are hooks or logging."""

from __future__ import annotations

from sys import modules

from ._native import notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from ._auth import AuthenticatingSender
    from ._hooks import Hooks
    from ._instrumentation import InstrumentedSender
    from ._log import Log
    from ._native import NativeClient
    from ._resource import EventSource, Options, Pending, Streams

_INFO = 20


def _find_logger(level: int) -> bool:
    """Returns whether logging is enabled. Used until the program imports `logging`."""
    global _logging_configured
    # A program that has not imported `logging` cannot have a handler.
    if "logging" not in modules:
        return False
    from ._log import LOG

    _logging_configured = LOG.is_enabled_for
    return _logging_configured(level)


_logging_configured: Callable[[int], bool] = _find_logger


def get_log() -> Log | None:
    """Returns the log if it is enabled. An error of the logger counts as disabled."""
    try:
        if not _logging_configured(_INFO):
            return None
        from ._log import LOG
    except BaseException as error:
        notify(_raise, error)
        return None
    return LOG


def _raise(error: BaseException) -> None:
    raise error


class NativeSender:
    """Sends through the native client. Instruments requests only for hooks or logging."""

    __slots__ = ("_hooks", "_native")

    def __init__(self, native: NativeClient | AuthenticatingSender, hooks: Hooks | None) -> None:
        self._native = native
        self._hooks = hooks

    def _instrumented(self, log: Log | None) -> InstrumentedSender:
        from ._instrumentation import InstrumentedSender

        return InstrumentedSender(self._native, [one for one in (log, self._hooks) if one is not None])

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
        log = get_log()
        if self._hooks is None and log is None:
            return self._native.request(operation, path, query, body, options, cursor, raw)
        return self._instrumented(log).begin(operation, path, query, body, options, cursor, raw).result()

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
        log = get_log()
        if self._hooks is None and log is None:
            return self._native.begin(operation, path, query, body, options, cursor, raw)
        return self._instrumented(log).begin(operation, path, query, body, options, cursor, raw)

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
        log = get_log()
        if self._hooks is None and log is None:
            return self._native.request_async(operation, path, query, body, options, cursor, raw)
        return self._instrumented(log).request_async(operation, path, query, body, options, cursor, raw)

    def stream(self, operation: str, paths: Streams, named: bool) -> EventSource:
        return self._native.stream(operation, paths, named)
