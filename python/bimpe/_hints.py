"""Lazy imports of the names in annotations.

Annotations are strings until a caller such as pydantic evaluates them. The names are imported at that moment,
because the import of `typing` takes as long as that of this package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import (
        Awaitable as Awaitable,
        Callable as Callable,
        Iterable as Iterable,
        Iterator as Iterator,
        Mapping as Mapping,
        Sequence as Sequence,
    )
    from datetime import date as date
    from os import PathLike as PathLike
    from types import TracebackType as TracebackType
    from typing import Any as Any, ClassVar as ClassVar, Literal as Literal, TypeAlias as TypeAlias

    from typing_extensions import Required as Required, Self as Self, TypedDict as TypedDict, Unpack as Unpack

    from ._hooks import RequestInfo as RequestInfo, ResponseInfo as ResponseInfo, RetryInfo as RetryInfo
    from ._made import UnusedOptions as UnusedOptions
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
    "UnusedOptions": "_made",
}

# Below Python 3.12, pydantic takes the `TypedDict` of `typing_extensions` only, which it has brought along.
_ELSEWHERE = ("typing_extensions", "typing", "collections.abc", "datetime", "os", "types")


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _OWN:
        return getattr(import_module(f".{_OWN[name]}", __package__), name)
    if name == "NoFields":
        make: Any = import_module("typing").TypedDict
        return make("NoFields", {})
    if not name.startswith("_"):
        for module in _ELSEWHERE:
            try:
                found: object = getattr(import_module(module), name)
            except (AttributeError, ImportError):
                continue
            return found
        if name in _BELOW_3_11:
            return _BELOW_3_11[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Bare:
    """A substitute for `Required[...]` in Python 3.10."""

    def __class_getitem__(cls, item: object) -> object:
        return item


_BELOW_3_11: dict[str, object] = {"Required": _Bare, "Self": object, "Unpack": _Bare}
