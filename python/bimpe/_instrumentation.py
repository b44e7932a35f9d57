"""Requests with hooks, logging or both."""

from __future__ import annotations

from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any

from ._native import NativeClient, notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from ._errors import BimpeAIError
    from ._hooks import Hooks
    from ._log import Log
    from ._request import OnRetry, Pending, Request, Sender

    Observer: TypeAlias = Hooks | Log


class InstrumentedSender:
    """Sends through another sender and notifies the observers."""

    __slots__ = ("_observers", "_sender")

    def __init__(self, sender: Sender, observers: Sequence[Observer]) -> None:
        self._sender = sender
        self._observers = observers

    def send(self, request: Request) -> Any:
        call = ObservedRequest(self._observers, request)
        with call:
            response = self._sender.send(call.request)
        return call.done(response)

    def begin(self, request: Request) -> InstrumentedFuture:
        call = ObservedRequest(self._observers, request)
        with call:
            pending = self._sender.begin(call.request)
        return InstrumentedFuture(pending, call)

    async def send_async(self, request: Request) -> Any:
        call = ObservedRequest(self._observers, request)
        if (retry := call.request.on_retry) is not None:
            call.request.on_retry = _in_this_context(retry)
        with call:
            response = await self._sender.send_async(call.request)
        return call.done(response)


def _in_this_context(retry: OnRetry) -> OnRetry:
    """Returns the callback bound to the context variables of the request. The event loop has others."""
    context = copy_context()
    return lambda attempt, wait, error: context.run(retry, attempt, wait, error)


class ObservedRequest:
    """Notifies the observers of the start, the retries and the end of one request."""

    __slots__ = ("_is_raw", "_observers", "_start", "request", "was_reported")

    def __init__(self, observers: Sequence[Observer], request: Request) -> None:
        self._observers, self._is_raw = observers, request.is_raw
        self._start = monotonic()
        self.was_reported = False
        operation, options = request.operation, request.options
        route = NativeClient.route(operation)
        for observer in observers:
            options = observer.on_start(operation, route, options)
        callbacks = [callback for one in observers if (callback := one.on_retry_callback(operation))]

        def retry(attempt: int, wait: float, error: BimpeAIError) -> None:
            for callback in callbacks:
                notify(callback, attempt, wait, error)

        self.request = request.replace(options=options, is_raw=True, on_retry=retry if callbacks else None)

    def done(self, response: tuple[Any, Mapping[str, Any]]) -> Any:
        """Reports a response and returns the result."""
        value, metadata = response
        self.report(metadata, None)
        return response if self._is_raw else value

    def report(self, metadata: Mapping[str, Any], error: BaseException | None) -> None:
        """Reports the end once."""
        if not self.was_reported:
            self.was_reported = True
            elapsed = monotonic() - self._start
            for observer in self._observers:
                # `on_end` itself can fail, for example if the stack is nearly full.
                notify(observer.on_end, self.request.operation, metadata, elapsed, error)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            names = ("status", "request_id", "attempts", "headers")
            self.report({name: getattr(error, name, None) for name in names}, error)


class InstrumentedFuture:
    """A request in flight."""

    __slots__ = ("_call", "_pending")

    def __init__(self, pending: Pending, call: ObservedRequest) -> None:
        self._pending, self._call = pending, call

    def result(self) -> Any:
        with self._call:
            response = self._pending.result()
        return self._call.done(response)

    def cancel(self) -> None:
        self._pending.cancel()
