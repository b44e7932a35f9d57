"""Requests with hooks, logging or both."""

from __future__ import annotations

from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from ._native import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._auth import AuthenticatingSender
    from ._errors import BimpeAIError
    from ._native import NativeClient, NativePending
    from ._resource import Options


class Observer(Protocol):
    """Receives the start, the retries and the end of requests."""

    def on_start(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """Handles the start of a request. Returns its options, possibly changed."""
        ...

    def on_retry_callback(self, operation: str) -> Callable[[int, float, BimpeAIError], object] | None:
        """Returns a callback for each retry, which takes the attempt, the wait and the error."""
        ...

    def on_end(
        self, operation: str, metadata: Mapping[str, Any], elapsed: float, error: BaseException | None
    ) -> None:
        """Handles the end of a request."""
        ...


class InstrumentedSender:
    """Sends through the native client and notifies the observers."""

    __slots__ = ("_native", "_observers")

    def __init__(self, native: NativeClient | AuthenticatingSender, observers: Sequence[Observer]) -> None:
        self._native = native
        self._observers = observers

    def begin(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
    ) -> InstrumentedFuture:
        call = CallResult(self._observers, operation, raw)
        options = self._start_request(operation, options)
        with call:
            pending = self._native.begin(
                operation, path, query, body, options, cursor, True, self._retry(operation)
            )
        return InstrumentedFuture(pending, call)

    async def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
    ) -> Any:
        call = CallResult(self._observers, operation, raw)
        options = self._start_request(operation, options)
        retry = self._retry(operation)
        with call:
            response = await self._native.request_async(
                operation, path, query, body, options, cursor, True, retry and _in_this_context(retry)
            )
        return call.done(response)

    def _start_request(self, operation: str, options: Options) -> Options:
        route = self._native.route(operation)
        for observer in self._observers:
            options = observer.on_start(operation, route, options)
        return options

    def _retry(self, operation: str) -> Callable[[int, float, BimpeAIError], object] | None:
        callbacks = [
            callback
            for observer in self._observers
            if (callback := observer.on_retry_callback(operation)) is not None
        ]
        if not callbacks:
            return None

        def retry(attempt: int, wait: float, error: BimpeAIError) -> None:
            for callback in callbacks:
                notify(callback, attempt, wait, error)

        return retry


def _in_this_context(
    retry: Callable[[int, float, BimpeAIError], object],
) -> Callable[[int, float, BimpeAIError], object]:
    """Returns the callback bound to the context variables of the request. The event loop has others."""
    context = copy_context()
    return lambda attempt, wait, error: context.run(retry, attempt, wait, error)


class CallResult:
    """Reports the end of one request to the observers."""

    __slots__ = ("_observers", "_operation", "_raw", "_start", "was_reported")

    def __init__(self, observers: Sequence[Observer], operation: str, raw: bool) -> None:
        self._observers, self._operation, self._raw = observers, operation, raw
        self._start = monotonic()
        self.was_reported = False

    def done(self, response: tuple[Any, Mapping[str, Any]]) -> Any:
        """Reports a response and returns the result."""
        value, metadata = response
        self.report(metadata, None)
        return response if self._raw else value

    def report(self, metadata: Mapping[str, Any], error: BaseException | None) -> None:
        """Reports the end once."""
        if not self.was_reported:
            self.was_reported = True
            elapsed = monotonic() - self._start
            for observer in self._observers:
                # `on_end` itself can fail, for example if the stack is nearly full.
                notify(observer.on_end, self._operation, metadata, elapsed, error)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            names = ("status", "request_id", "attempts", "headers")
            self.report({name: getattr(error, name, None) for name in names}, error)


class InstrumentedFuture:
    """A request in flight."""

    __slots__ = ("_call", "_pending")

    def __init__(self, pending: NativePending, call: CallResult) -> None:
        self._pending, self._call = pending, call

    def result(self) -> Any:
        with self._call:
            response = self._pending.result()
        return self._call.done(response)

    def cancel(self) -> None:
        self._pending.cancel()
