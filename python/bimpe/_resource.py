"""The base of the generated resource classes: streams, and helpers of typed methods."""

from __future__ import annotations

from ._errors import UserError
from ._request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from functools import cached_property as part
    from typing import Any, TypeVar, overload

    from ._page import AsyncListing
    from ._request import Streams
    from ._stream import AsyncStream, Stream
    from ._transport import Transport

    T = TypeVar("T")

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


__all__ = ["OMIT", "AsyncResource", "Request", "SyncResource", "given", "overload", "own", "part"]


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


def _streams(path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]) -> Streams:
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
    __slots__ = ("__dict__", "_transport")

    def __init_subclass__(cls) -> None:
        for method in vars(cls).values():
            code = getattr(method, "__code__", None)
            if code is not None and code.co_flags & _TAKES_ANY_KEYWORD:
                show_without_unknown(method)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class SyncResource(_Resource):
    """A resource with sync methods."""

    __slots__ = ()

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> Stream[Any]:
        from ._stream import Stream

        return Stream(self._transport.stream(operation, [(path, options)], False))

    def _stream_many(
        self, operation: str, path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]
    ) -> Stream[Any]:
        from ._stream import Stream

        return Stream(self._transport.stream(operation, _streams(path, ids, options), True))


class AsyncResource(_Resource):
    """A resource with async methods."""

    __slots__ = ()

    def __init__(self, transport: Transport) -> None:
        # PyInstaller finds the module by this import, because the native module imports it by name.
        from . import _future  # noqa: F401  # pyright: ignore[reportUnusedImport]

        super().__init__(transport)

    def _list(self, request: Request) -> AsyncListing[Any]:
        from ._page import AsyncListing

        return AsyncListing(self._transport, request)

    def _stream(self, operation: str, path: tuple[str, ...], options: dict[str, object]) -> AsyncStream[Any]:
        from ._stream import AsyncStream

        return AsyncStream(self._transport.stream(operation, [(path, options)], False))

    def _stream_many(
        self, operation: str, path: tuple[str, ...], ids: Iterable[str], options: dict[str, object]
    ) -> AsyncStream[Any]:
        from ._stream import AsyncStream

        return AsyncStream(self._transport.stream(operation, _streams(path, ids, options), True))
