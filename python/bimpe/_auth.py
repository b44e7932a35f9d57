"""Requests whose API key comes from a function, called for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import AuthenticationError, UserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._native import NativeClient, NativePending, NativeStream
    from ._request import Request, StreamBatch, Streams


class ApiKeyProvider:
    """The function that the program passed as `api_key`."""

    __slots__ = ("_fetch_key",)

    def __init__(self, fetch_key: Callable[[], str | Awaitable[str]]) -> None:
        self._fetch_key = fetch_key

    def key(self) -> str:
        """Returns the key for the next request."""
        key: Any = self._fetch_key()
        if hasattr(key, "__await__"):
            if hasattr(key, "close"):
                key.close()  # otherwise Python warns that it was never awaited
            raise UserError("api_key is a coroutine function, which only AsyncBimpeAI supports")
        return _text(key)

    async def key_async(self) -> str:
        """Returns the key for the next request. The function may be a coroutine function."""
        key: Any = self._fetch_key()
        return _text(await key if hasattr(key, "__await__") else key)


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise UserError(f"the api_key function must return a string, not {type(key).__name__}")
    return key


class AuthenticatingSender:
    """Sends through the native client with a new key per request.

    Keeps the key out of variables, because tracebacks show them.
    """

    __slots__ = ("_native", "_source")

    def __init__(self, native: NativeClient, source: ApiKeyProvider) -> None:
        self._native = native
        self._source = source

    def send(self, request: Request) -> Any:
        return self._native.send(request.replace(options=(*request.options, self._source.key())))

    def begin(self, request: Request) -> NativePending:
        return self._native.begin(request.replace(options=(*request.options, self._source.key())))

    async def send_async(self, request: Request) -> Any:
        return await self._native.send_async(
            request.replace(options=(*request.options, await self._source.key_async()))
        )

    def stream(self, operation: str, streams: Streams, is_named: bool) -> AuthenticatingStream:
        return AuthenticatingStream(self._native.stream(operation, streams, is_named), self._source)


class AuthenticatingStream:
    """A stream that gets a key before it opens, and a new one whenever the server rejects it."""

    __slots__ = ("_native", "_needs_key", "_source")

    def __init__(self, native: NativeStream, source: ApiKeyProvider) -> None:
        self._native = native
        self._source = source
        self._needs_key = True

    def next_batch(self) -> StreamBatch:
        while True:
            if self._needs_key:
                self._native.use_key(self._source.key())
                self._needs_key = False
            try:
                return self._native.next_batch()
            except AuthenticationError as error:
                self._handle_rejection(error)

    async def next_batch_async(self) -> StreamBatch:
        while True:
            if self._needs_key:
                self._native.use_key(await self._source.key_async())
                self._needs_key = False
            try:
                return await self._native.next_batch_async()
            except AuthenticationError as error:
                self._handle_rejection(error)

    def _handle_rejection(self, error: AuthenticationError) -> None:
        """Requests another key if the engine will retry, otherwise raises."""
        if not error.retryable:
            raise error
        self._needs_key = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)
