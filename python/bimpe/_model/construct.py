"""Constructors, copies and partial dumps of results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .._errors import UserError
from .._native import build
from . import Model, restore, wire_name

if TYPE_CHECKING:
    from collections.abc import Container

M = TypeVar("M", bound=Model)


def fill(model: Model, fields: Mapping[str, Any]) -> None:
    """Sets the fields of a new object. All fields that the server always sends are required."""
    cls = type(model)
    made = cls.from_dict({wire_name(name): value for name, value in fields.items()})
    missing = [name for name in cls.__match_args__ if not hasattr(made, name)]
    if missing:
        raise UserError(
            f"{cls.__name__} needs {', '.join(missing)}; to make one without them, use "
            f"{cls.__name__}.from_dict({{...}})"
        )
    for name in (*cls.__match_args__, "_absent"):
        object.__setattr__(model, name, getattr(made, name))
    model.__dict__.update(made.__dict__)


def construct(cls: type[M], values: Mapping[str, Any]) -> M:
    """Returns an object with these values only."""
    try:
        blank: Model = build(cls.__name__, "{}")
    except KeyError:  # the native module knows only the types of responses
        blank = restore(cls, True, {}, {}, frozenset(map(wire_name, cls.__match_args__)))
    return _with(cls, blank, values)


def replace(model: M, values: Mapping[str, Any]) -> M:
    """Returns a copy with other values."""
    cls = type(model)._complete or type(model)  # pyright: ignore[reportPrivateUsage]
    return _with(cls, model, values)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def _with(cls: type[M], model: Model, values: Mapping[str, Any]) -> M:
    slots = {name: getattr(model, name) for name in cls.__match_args__ if hasattr(model, name)}
    extra, absent = model.__dict__.copy(), set(model._absent or ())  # pyright: ignore[reportPrivateUsage]
    attributes = {wire_name(name): name for name in cls.__match_args__}
    for name, value in values.items():
        absent.discard(wire_name(name))
        if wire_name(name) in attributes:
            slots[attributes[wire_name(name)]] = value
        else:
            extra[name] = value
    lacks = len(slots) < len(cls.__match_args__)
    return restore(cls, lacks, slots, extra, frozenset(absent) or None)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def pick(value: Any, include: Any, exclude: Any) -> Any:
    """Returns the part that `include` and `exclude` select, as pydantic does."""
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {
            name: pick(item, *kept)
            for name, item in fields.items()
            if (kept := _kept(name, include, exclude))
        }
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [
            pick(item, *kept) for index, item in enumerate(items) if (kept := _kept(index, include, exclude))
        ]
    return value


def _kept(key: str | int, include: Any, exclude: Any) -> tuple[Any, Any] | None:
    """Returns the `include` and `exclude` of the value behind the key, or None if it is excluded."""
    included = True if include is None else _rule(include, key)
    excluded = False if exclude is None else _rule(exclude, key)
    if included is False or excluded is True:
        return None
    return (None if included is True else included), (None if excluded is False else excluded)


def _rule(selection: Mapping[Any, Any] | Container[Any], key: str | int) -> Any:
    if isinstance(selection, Mapping):
        rules: Mapping[Any, Any] = selection  # pyright: ignore[reportUnknownVariableType]
        rule = rules.get(key, rules.get("__all__", False))
        return True if rule is ... else rule
    return key in selection or "__all__" in selection
