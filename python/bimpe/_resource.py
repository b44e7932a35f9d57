"""The base of the generated resource classes: how a typed method becomes a request."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias, overload

    from ._native import NativeClient
    from ._page import AsyncPage, Page
    from ._stream import AsyncStream, Stream

    Options: TypeAlias = tuple[str | None, float | None, int | None, Mapping[str, str] | None]
else:

    def overload(function: object) -> object:
        """`typing.overload` without the import of `typing`."""
        return function


__all__ = ["AsyncResource", "SyncResource", "overload"]


class _Resource:
    __slots__ = ("_native",)

    def __init__(self, native: NativeClient) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class SyncResource(_Resource):
    """A part of the API whose methods wait for the answer."""

    __slots__ = ()

    def _request(
        self,
        operation: str,
        path: tuple[str, ...],
        options: Options,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        return self._native.request(operation, path, query, body, options, None, False)

    def _list_page(
        self, operation: str, path: tuple[str, ...], options: Options, *, query: Mapping[str, object]
    ) -> Page[Any]:
        from ._page import Page

        call = (operation, path, query, options)
        return Page(self._native, call, self._request(operation, path, options, query=query))

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> Stream[Any]:
        from ._stream import Stream

        return Stream(self._native.stream(operation, path, options))


class AsyncResource(_Resource):
    """A part of the API whose methods are coroutines."""

    __slots__ = ()

    async def _request(
        self,
        operation: str,
        path: tuple[str, ...],
        options: Options,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        return await self._native.request_async(operation, path, query, body, options, None, False)

    async def _list_page(
        self, operation: str, path: tuple[str, ...], options: Options, *, query: Mapping[str, object]
    ) -> AsyncPage[Any]:
        from ._page import AsyncPage

        call = (operation, path, query, options)
        return AsyncPage(self._native, call, await self._request(operation, path, options, query=query))

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> AsyncStream[Any]:
        from ._stream import AsyncStream

        return AsyncStream(self._native.stream(operation, path, options))
