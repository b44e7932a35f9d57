"""The base of the generated resource classes: turns a typed method into a request."""

from __future__ import annotations

from ._errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping
    from functools import cached_property as part
    from typing import Any, Protocol, TypeAlias, TypeVar, overload

    from ._native import EventBatch
    from ._page import AsyncListing, Page
    from ._stream import AsyncStream, Stream

    Options: TypeAlias = tuple[str | None, float | None, int | None, Mapping[str, str] | None]

    T = TypeVar("T")

    Streams: TypeAlias = list[tuple[tuple[str, ...], dict[str, object]]]

    class Pending(Protocol):
        """A request in flight."""

        def result(self) -> Any: ...
        def cancel(self) -> None: ...

    # The events, if any, and the connection events.
    StreamBatch: TypeAlias = tuple[EventBatch | None, list[dict[str, Any]]]

    class EventSource(Protocol):
        """The source of the events of a stream."""

        @property
        def operation(self) -> str: ...
        @property
        def last_event_id(self) -> str | None: ...
        @property
        def last_event_ids(self) -> dict[str, str]: ...
        def next_batch(self) -> StreamBatch: ...
        def next_batch_async(self) -> Awaitable[StreamBatch]: ...
        def close(self) -> None: ...

    class Sender(Protocol):
        """Sends requests: the native client or a wrapper."""

        def request(
            self,
            operation: str,
            path: tuple[str, ...],
            query: Mapping[str, object] | None,
            body: Mapping[str, object] | None,
            options: Options,
            cursor: str | None,
            raw: bool,
            /,
        ) -> Any: ...
        def begin(
            self,
            operation: str,
            path: tuple[str, ...],
            query: Mapping[str, object] | None,
            body: Mapping[str, object] | None,
            options: Options,
            cursor: str | None,
            raw: bool,
            /,
        ) -> Pending: ...
        def request_async(
            self,
            operation: str,
            path: tuple[str, ...],
            query: Mapping[str, object] | None,
            body: Mapping[str, object] | None,
            options: Options,
            cursor: str | None,
            raw: bool,
            /,
        ) -> Awaitable[Any]: ...
        def stream(self, operation: str, paths: Streams, named: bool, /) -> EventSource: ...

else:

    def overload(function: object) -> object:
        """`typing.overload` without the import of `typing`."""
        return function

    class part:  # noqa: N801 - a decorator, named like a function
        """A resource, created on first access and cached."""

        def __init__(self, make: Any) -> None:
            self.__doc__ = make.__doc__
            self._make = make

        def __get__(self, owner: Any, kind: object = None) -> object:
            if owner is None:
                return self
            # Later reads find the instance attribute first.
            made = owner.__dict__[self._make.__name__] = self._make(owner)
            return made


__all__ = [
    "OMIT",
    "AsyncResource",
    "SyncResource",
    "forget",
    "given",
    "is_page",
    "many",
    "overload",
    "own",
    "part",
]


class Omit:
    """The type of `OMIT`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "OMIT"

    def __reduce__(self) -> str:
        return "OMIT"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        """Shows the default as null in JSON schemas of tools. Only pydantic calls this."""
        from importlib import import_module

        core: Any = import_module("pydantic_core.core_schema")
        as_null = core.plain_serializer_function_ser_schema(_null)
        return core.is_instance_schema(cls, serialization=as_null)


def _null(_omitted: object) -> None:
    pass


OMIT: Any = Omit()
"""A value for a field that the request leaves out."""


def given(fields: dict[str, object]) -> dict[str, object]:
    """Returns the fields without those that are `OMIT`."""
    return {name: value for name, value in fields.items() if value is not OMIT}


def is_page(response: Any) -> bool:
    """Returns whether a response is a page. Only pages are tuples."""
    return type(response) is tuple


def many(path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]) -> Streams:
    """Returns the path and the options of a stream for each id."""
    after: Any = options["after"]
    if isinstance(ids, str):
        raise UserError("ids must be a list of strings, not one string")
    streams: Streams = []
    for one in dict.fromkeys(ids):
        since = after.get(one) if hasattr(after, "get") else after
        streams.append(((*path, one), {**options, "after": since}))
    return streams


def own(body: T) -> T:
    """Copies the caller's dict, so that it can be cleared. The engine refuses other types."""
    given: Any = body
    return given.copy() if isinstance(body, dict) else given


def forget(body: Any) -> None:
    """Empties a body after sending, because tracebacks show variables and it may hold secrets."""
    if type(body) is dict:
        body.clear()


# The flag of functions with `**keywords`.
_TAKES_ANY_KEYWORD = 0x08


def show_without_unknown(function: Any) -> None:
    """Separates the signature that `inspect.signature` returns from the one that runs.

    The function accepts unknown keywords and missing fields, because the engine names all of them in one
    `UserError`. The shown signature keeps required fields but not `**unknown`, because tool makers refuse it.
    """
    code = function.__code__
    shown = type(function)(
        code.replace(co_flags=code.co_flags & ~_TAKES_ANY_KEYWORD), function.__globals__, function.__name__
    )
    shown.__kwdefaults__ = function.__kwdefaults__
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    function.__kwdefaults__ = {**dict.fromkeys(keywords, OMIT), **(function.__kwdefaults__ or {})}
    shown.__annotations__ = {
        name: hint for name, hint in function.__annotations__.items() if name != "unknown"
    }
    shown.__doc__ = function.__doc__
    shown.__module__, shown.__qualname__ = function.__module__, function.__qualname__
    function.__wrapped__ = shown


class _Resource:
    __slots__ = ("__dict__", "_native")

    def __init_subclass__(cls) -> None:
        for method in vars(cls).values():
            code = getattr(method, "__code__", None)
            if code is not None and code.co_flags & _TAKES_ANY_KEYWORD:
                show_without_unknown(method)

    def __init__(self, native: Sender) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class SyncResource(_Resource):
    """A resource with sync methods."""

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
        try:
            return self._native.request(operation, path, query, body, options, None, False)
        finally:
            forget(body)

    def _list_page(
        self, operation: str, path: tuple[str, ...], options: Options, *, query: Mapping[str, object]
    ) -> Page[Any]:
        from ._page import Page

        response = self._request(operation, path, options, query=query)
        if not is_page(response):  # a raw response
            return response
        return Page(self._native, (operation, path, query, options), response)

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> Stream[Any]:
        from ._stream import Stream

        return Stream(self._native.stream(operation, [(path, options)], False))

    def _stream_many(
        self, operation: str, path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]
    ) -> Stream[Any]:
        from ._stream import Stream

        return Stream(self._native.stream(operation, many(path, ids, options), True))


class AsyncResource(_Resource):
    """A resource with async methods."""

    __slots__ = ()

    def __init__(self, native: Sender) -> None:
        # PyInstaller finds the module by this import, because the native module imports it by name.
        from . import _future  # noqa: F401  # pyright: ignore[reportUnusedImport]

        super().__init__(native)

    async def _request(
        self,
        operation: str,
        path: tuple[str, ...],
        options: Options,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        try:
            return await self._native.request_async(operation, path, query, body, options, None, False)
        finally:
            forget(body)

    def _list_page(
        self, operation: str, path: tuple[str, ...], options: Options, *, query: Mapping[str, object]
    ) -> AsyncListing[Any]:
        from ._page import AsyncListing

        return AsyncListing(self._native, (operation, path, query, options))

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> AsyncStream[Any]:
        from ._stream import AsyncStream

        return AsyncStream(self._native.stream(operation, [(path, options)], False))

    def _stream_many(
        self, operation: str, path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]
    ) -> AsyncStream[Any]:
        from ._stream import AsyncStream

        return AsyncStream(self._native.stream(operation, many(path, ids, options), True))
