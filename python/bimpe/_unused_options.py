"""Options of pydantic that results accept and ignore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class UnusedOptions(TypedDict, total=False):
    """Options of pydantic without effect, because results hold wire names and plain JSON."""

    by_alias: bool | None
    by_name: bool | None
    context: Any
    ensure_ascii: bool
    exclude_computed_fields: bool
    extra: str | None
    fallback: Any
    from_attributes: bool | None
    polymorphic_serialization: bool | None
    round_trip: bool
    serialize_as_any: bool
    strict: bool | None
    warnings: bool | str


def check_unused(options: Mapping[str, object]) -> None:
    """Raises a TypeError for an option that pydantic does not have."""
    for name in options.keys() - UnusedOptions.__annotations__.keys():
        raise TypeError(f"unexpected keyword argument {name!r}")
