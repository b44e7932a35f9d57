"""The sender of every request: the native client, instrumented if there are observers."""

from __future__ import annotations

from sys import modules

from ._native import notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from ._instrumentation import InstrumentedSender
    from ._log import Log
    from ._request import EventSource, Observer, Pending, Request, Sender, Streams

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


class Transport:
    """Sends requests through the native client. Instruments them only for hooks, logging or spans."""

    __slots__ = ("native", "observers")

    def __init__(self, native: Sender, observers: list[Observer]) -> None:
        self.native: Sender = native
        self.observers: list[Observer] = observers

    def send(self, request: Request) -> Any:
        """Sends a request and returns its result."""
        try:
            response = self._sender().send(request)
        finally:
            request.clear_body()
        if type(response) is not tuple:
            return response
        from ._page import Page

        return self._wrap(Page, request, response)

    async def send_async(self, request: Request) -> Any:
        """Sends a request and returns its result."""
        try:
            response = await self._sender().send_async(request)
        finally:
            request.clear_body()
        if type(response) is not tuple:
            return response
        from ._page import AsyncPage

        return self._wrap(AsyncPage, request, response)

    def begin(self, request: Request) -> Pending:
        """Sends a request for a page without waiting for the response."""
        return self._sender().begin(request)

    def begin_async(self, request: Request) -> Awaitable[Any]:
        """Sends a request for a page without waiting for the response."""
        return self._sender().send_async(request)

    def stream(self, operation: str, streams: Streams, is_named: bool) -> EventSource:
        """Returns the events of one or several streams."""
        if not self.observers:
            return self.native.stream(operation, streams, is_named)
        from ._instrumentation import open_stream

        return open_stream(self.native, self.observers, operation, streams, is_named)

    def _sender(self) -> Sender | InstrumentedSender:
        log = get_log()
        if not self.observers and log is None:
            return self.native
        from ._instrumentation import InstrumentedSender

        return InstrumentedSender(self.native, self.observers if log is None else [log, *self.observers])

    def _wrap(self, make_page: Callable[..., Any], request: Request, response: Any) -> Any:
        """Returns the page of a response that is a tuple."""
        return make_page(self, request, response)
