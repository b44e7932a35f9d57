"""Lazy imports of all names in annotations: the standard ones and those of this package."""

from __future__ import annotations

from . import _lazy_typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._hooks import RequestInfo as RequestInfo, ResponseInfo as ResponseInfo, RetryInfo as RetryInfo
    from ._lazy_typing import (
        Any as Any,
        Awaitable as Awaitable,
        Callable as Callable,
        ClassVar as ClassVar,
        Iterable as Iterable,
        Iterator as Iterator,
        Literal as Literal,
        Mapping as Mapping,
        PathLike as PathLike,
        Required as Required,
        Self as Self,
        Sequence as Sequence,
        TypeAlias as TypeAlias,
        TypedDict as TypedDict,
        Unpack as Unpack,
        UnusedOptions as UnusedOptions,
        date as date,
    )
    from ._page import AsyncListing as AsyncListing, AsyncPage as AsyncPage, Page as Page
    from ._raw import RawResponse as RawResponse
    from ._stream import AsyncStream as AsyncStream, Stream as Stream

    class NoFields(TypedDict):
        """The type of `**unknown`, by which type checkers refuse every keyword."""


_OWN = {
    "AsyncListing": "_page",
    "AsyncPage": "_page",
    "AsyncStream": "_stream",
    "Page": "_page",
    "RawResponse": "_raw",
    "RequestInfo": "_hooks",
    "ResponseInfo": "_hooks",
    "RetryInfo": "_hooks",
    "Stream": "_stream",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _OWN:
        return getattr(import_module(f".{_OWN[name]}", __package__), name)
    if name == "NoFields":
        make: Any = import_module("typing").TypedDict
        return make("NoFields", {})
    found: object = getattr(_lazy_typing, name)
    return found
