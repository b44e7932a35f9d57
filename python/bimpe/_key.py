"""A key that is asked for anew: what sends requests when `api_key` is a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import AuthenticationError, UserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ._native import NativeClient, NativePending, NativeStream
    from ._resource import Brought, Options, Streams

    Watch = Callable[[int, float, Any], object]


class KeySource:
    """The caller's function."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[], str | Awaitable[str]]) -> None:
        self._ask = ask

    def key(self) -> str:
        """The key, for a request that is about to be sent."""
        key: Any = self._ask()
        if hasattr(key, "__await__"):
            if hasattr(key, "close"):
                key.close()  # or Python warns that nobody awaited it
            raise UserError(
                "the function that was given as api_key is a coroutine function: use it with AsyncBimpeAI"
            )
        return _text(key)

    async def key_async(self) -> str:
        """The same for asyncio, where the function may be a coroutine function."""
        key: Any = self._ask()
        return _text(await key if hasattr(key, "__await__") else key)


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise UserError(
            f"the function that was given as api_key must return a string, not {type(key).__name__}"
        )
    return key


class KeyedSender:
    """Sends through the native client with the key of the moment.

    No variable holds the key, since tracebacks show variables.
    """

    __slots__ = ("_native", "_source")

    def __init__(self, native: NativeClient, source: KeySource) -> None:
        self._native = native
        self._source = source

    def route(self, operation: str) -> tuple[str, str]:
        return self._native.route(operation)

    def request(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
        on_retry: Watch | None = None,
    ) -> Any:
        return self._native.request(
            operation, path, query, body, (*options, self._source.key()), cursor, raw, on_retry
        )

    def begin(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
        on_retry: Watch | None = None,
    ) -> NativePending:
        return self._native.begin(
            operation, path, query, body, (*options, self._source.key()), cursor, raw, on_retry
        )

    async def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,
        on_retry: Watch | None = None,
    ) -> Any:
        return await self._native.request_async(
            operation, path, query, body, (*options, await self._source.key_async()), cursor, raw, on_retry
        )

    def stream(self, operation: str, paths: Streams, named: bool) -> KeyedStream:
        return KeyedStream(self._native.stream(operation, paths, named), self._source)


class KeyedStream:
    """A stream that is given a key before it opens, and another one when the engine asks for it."""

    __slots__ = ("_native", "_needs_key", "_source")

    def __init__(self, native: NativeStream, source: KeySource) -> None:
        self._native = native
        self._source = source
        self._needs_key = True

    @property
    def operation(self) -> str:
        return self._native.operation

    @property
    def last_event_id(self) -> str | None:
        return self._native.last_event_id

    @property
    def last_event_ids(self) -> dict[str, str]:
        return self._native.last_event_ids

    def next_batch(self) -> Brought:
        while True:
            if self._needs_key:
                self._native.use_key(self._source.key())
                self._needs_key = False
            try:
                return self._native.next_batch()
            except AuthenticationError as error:
                self._refused(error)

    async def next_batch_async(self) -> Brought:
        while True:
            if self._needs_key:
                self._native.use_key(await self._source.key_async())
                self._needs_key = False
            try:
                return await self._native.next_batch_async()
            except AuthenticationError as error:
                self._refused(error)

    def _refused(self, error: AuthenticationError) -> None:
        """The engine says whether it tries another key."""
        if not error.retryable:
            raise error
        self._needs_key = True

    def close(self) -> None:
        self._native.close()
