"""Lazy imports of the standard names in annotations.

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
    from typing import Any as Any, ClassVar as ClassVar, Literal as Literal, TypeAlias as TypeAlias

    from typing_extensions import Required as Required, Self as Self, TypedDict as TypedDict, Unpack as Unpack

    from ._unused_options import UnusedOptions as UnusedOptions

# Below Python 3.12, pydantic takes the `TypedDict` of `typing_extensions` only, which it has brought along.
_MODULES = ("typing_extensions", "typing", "collections.abc", "datetime", "os")


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "UnusedOptions":
        from ._unused_options import UnusedOptions

        return UnusedOptions
    if not name.startswith("_"):
        for module in _MODULES:
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
