"""Compares results of the official library with ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import bimpeai
from pydantic import BaseModel

import bimpe

# Values that differ in each run: ids, times, tickets, test codes, telephone numbers, UUIDs.
GENERATED = re.compile(
    r"\bcm[a-z0-9]{23}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|[\w-]{43}|(?:(?<=%20)|\b)[A-Z0-9]{8}\b"
    r"|\+4477009005\d\d|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
MISSING = "missing"


class Comparison:
    """Compares the leaves of results. Generated values may differ, but equal ids must match equal ids."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.found: list[str] = []

    def compare(self, official: Any, ours: Any, where: str) -> None:
        for place, theirs, mine in pairs(official, ours, where):
            if theirs is not mine and not self._same(theirs, mine):
                self.found.append(f"{place}: {theirs!r} | {mine!r}")

    def _same(self, theirs: Any, mine: Any) -> bool:
        if not isinstance(theirs, str) or not isinstance(mine, str):
            return bool(theirs == mine) and type(theirs) is type(mine)
        if GENERATED.sub("*", theirs) != GENERATED.sub("*", mine):
            return False
        generated = zip(GENERATED.findall(theirs), GENERATED.findall(mine), strict=True)
        # Skip times, because two times that are equal in one run may differ in the other.
        ids = [(one, other) for one, other in generated if "T" not in one or not one.endswith("Z")]
        return all(self.names.setdefault(one, other) == other for one, other in ids)


def pairs(official: Any, ours: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Yields the leaves of the official result, each with the same leaf of ours."""
    if isinstance(official, bimpeai.Page):
        yield where + " is a page", True, isinstance(ours, bimpe.Page)
        for name in ("data", "meta", "has_next_page"):
            yield from pairs(getattr(official, name), getattr(ours, name), f"{where}.{name}")
    elif isinstance(official, BaseModel):
        for name in sorted({*type(official).model_fields, *(official.model_extra or {})}):
            mine = getattr(ours, name, MISSING)
            yield from pairs(getattr(official, name), mine, f"{where}.{name}")
    elif isinstance(official, list) and isinstance(ours, list):
        yield f"{where} length", len(official), len(ours)
        for number, (theirs, mine) in enumerate(zip(official, ours, strict=False)):
            yield from pairs(theirs, mine, f"{where}[{number}]")
    elif isinstance(official, dict) and isinstance(ours, dict):
        for name in sorted(official.keys() | ours.keys()):
            yield from pairs(official.get(name, MISSING), ours.get(name, MISSING), f"{where}[{name!r}]")
    else:
        yield where, official, ours


def dump(result: Any, **options: bool) -> Any:
    """Returns plain values, as `model_dump` does."""
    if isinstance(result, (bimpeai.Page, bimpe.Page)):
        return {"data": dump(result.data, **options), "meta": dump(result.meta, **options)}
    if isinstance(result, list):
        return [dump(item, **options) for item in result]
    return result.model_dump(**options) if isinstance(result, (BaseModel, bimpe.Model)) else result
