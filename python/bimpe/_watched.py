"""Calls that somebody watches: the hooks of the program, the log, or both."""

from __future__ import annotations

from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from ._native import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._errors import BimpeAIError
    from ._key import KeyedSender
    from ._native import NativeClient, NativePending
    from ._resource import Options


class Observer(Protocol):
    """Somebody who watches calls."""

    def announce(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """A call begins; its options may be changed."""
        ...

    def retry(self, operation: str) -> Callable[[int, float, BimpeAIError], object] | None:
        """What is to be called for each retry: with the attempt, the wait and the error."""
        ...

    def report(
        self, operation: str, about: Mapping[str, Any], elapsed: float, error: BaseException | None
    ) -> None:
        """A call has ended."""
        ...


class WatchedSender:
    """Sends through the native client, and tells those who watch."""

    __slots__ = ("_native", "_observers")

    def __init__(self, native: NativeClient | KeyedSender, observers: Sequence[Observer]) -> None:
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
    ) -> WatchedPending:
        call = Ending(self._observers, operation, raw)
        options = self._announce(operation, options)
        with call:
            pending = self._native.begin(
                operation, path, query, body, options, cursor, True, self._retry(operation)
            )
        return WatchedPending(pending, call)

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
        call = Ending(self._observers, operation, raw)
        options = self._announce(operation, options)
        retry = self._retry(operation)
        with call:
            answer = await self._native.request_async(
                operation, path, query, body, options, cursor, True, retry and _in_this_context(retry)
            )
        return call.done(answer)

    def _announce(self, operation: str, options: Options) -> Options:
        route = self._native.route(operation)
        for observer in self._observers:
            options = observer.announce(operation, route, options)
        return options

    def _retry(self, operation: str) -> Callable[[int, float, BimpeAIError], object] | None:
        told = [tell for observer in self._observers if (tell := observer.retry(operation)) is not None]
        if not told:
            return None

        def retry(attempt: int, wait: float, error: BimpeAIError) -> None:
            for tell in told:
                notify(tell, attempt, wait, error)

        return retry


def _in_this_context(
    retry: Callable[[int, float, BimpeAIError], object],
) -> Callable[[int, float, BimpeAIError], object]:
    """The same with the context variables of the call: the loop has others, or none."""
    context = copy_context()
    return lambda attempt, wait, error: context.run(retry, attempt, wait, error)


class Ending:
    """Tells those who watch how a call ends."""

    __slots__ = ("_observers", "_operation", "_raw", "_start", "is_told")

    def __init__(self, observers: Sequence[Observer], operation: str, raw: bool) -> None:
        self._observers, self._operation, self._raw = observers, operation, raw
        self._start = monotonic()
        self.is_told = False

    def done(self, answer: tuple[Any, Mapping[str, Any]]) -> Any:
        """Reports an answer, and gives what was asked for."""
        value, about = answer
        self.tell(about, None)
        return answer if self._raw else value

    def tell(self, about: Mapping[str, Any], error: BaseException | None) -> None:
        """Reports the end, once."""
        if not self.is_told:
            self.is_told = True
            elapsed = monotonic() - self._start
            for observer in self._observers:
                # What an observer makes of it can fail as well, as where the stack is nearly full.
                notify(observer.report, self._operation, about, elapsed, error)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            names = ("status", "request_id", "attempts", "headers")
            self.tell({name: getattr(error, name, None) for name in names}, error)


class WatchedPending:
    """A request that was sent, and whose result is fetched later."""

    __slots__ = ("_call", "_pending")

    def __init__(self, pending: NativePending, call: Ending) -> None:
        self._pending, self._call = pending, call

    def result(self) -> Any:
        with self._call:
            answer = self._pending.result()
        return self._call.done(answer)

    def cancel(self) -> None:
        self._pending.cancel()
