"""Requests and streams with observers: hooks, logging and spans."""

from __future__ import annotations

from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any

from ._errors import BimpeAIError, StreamDecodeError
from ._native import NativeClient, notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from ._log import Log
    from ._request import (
        EventSource,
        Observer,
        OnRetry,
        Pending,
        Request,
        RequestObserver,
        Sender,
        StreamBatch,
        StreamObserver,
        Streams,
    )

    AnyObserver: TypeAlias = Observer | Log

_METADATA = ("status", "request_id", "attempts", "headers")


class InstrumentedSender:
    """Sends through another sender and notifies the observers."""

    __slots__ = ("_observers", "_sender")

    def __init__(self, sender: Sender, observers: Sequence[AnyObserver]) -> None:
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

    def __init__(self, observers: Sequence[AnyObserver], request: Request) -> None:
        self._observers: list[RequestObserver] = [one.for_request(request) for one in observers]
        self._is_raw = request.is_raw
        self._start = monotonic()
        self.was_reported = False
        operation, options = request.operation, request.options
        route = NativeClient.route(operation)
        for observer in self._observers:
            options = observer.on_start(operation, route, options)
        callbacks = [callback for one in self._observers if (callback := one.on_retry_callback(operation))]

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

    def cancelled(self) -> None:
        """Reports that the caller gave up the request."""
        from asyncio import CancelledError

        self.report(dict.fromkeys(_METADATA), CancelledError())

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            self.report({name: getattr(error, name, None) for name in _METADATA}, error)


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
        self._call.cancelled()


class InstrumentedStream:
    """A stream whose connection events go to observers.

    A stream that the program abandons ends for the observers when it is collected.
    """

    __slots__ = ("_native", "_observers", "_was_ended")

    def __init__(self, native: EventSource, observers: Sequence[StreamObserver]) -> None:
        self._native = native
        self._observers = observers
        self._was_ended = False

    def next_batch(self) -> StreamBatch:
        try:
            return self._observed(self._native.next_batch())
        except BimpeAIError as error:
            self._fail(error)
            raise

    async def next_batch_async(self) -> StreamBatch:
        try:
            return self._observed(await self._native.next_batch_async())
        except BimpeAIError as error:
            self._fail(error)
            raise

    def close(self) -> None:
        self._native.close()
        self._end(None)

    def _observed(self, batch: StreamBatch) -> StreamBatch:
        for notice in batch[1]:
            for observer in self._observers:
                notify(observer.on_notice, notice)
        return batch

    def _fail(self, error: BimpeAIError) -> None:
        # A decode error concerns one event, and later events follow.
        if not isinstance(error, StreamDecodeError):
            self._end(error)

    def _end(self, error: BimpeAIError | None) -> None:
        if not self._was_ended:
            self._was_ended = True
            for observer in self._observers:
                notify(observer.on_end, error)

    def __del__(self) -> None:
        self._end(None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


def open_stream(
    sender: Sender, observers: Sequence[Observer], operation: str, streams: Streams, is_named: bool
) -> EventSource:
    """Creates a stream with observers."""
    watching: list[StreamObserver] = []
    for one in observers:
        if (observer := one.for_stream(operation, streams)) is not None:
            streams = observer.streams
            watching.append(observer)
    try:
        source = sender.stream(operation, streams, is_named)
    except BaseException as error:
        for observer in watching:
            notify(observer.on_end, error)
        raise
    if not watching:
        return source
    instrumented: Any = InstrumentedStream(source, watching)
    return instrumented
