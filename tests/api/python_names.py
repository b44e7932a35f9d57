"""Lists the public names of the Python package with their signatures, and compares them with python.txt."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import announce

PACKAGES = ("bimpe", "pytest_bimpe")


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not any(part.startswith("_") for part in found.name.split(".")):
                yield importlib.import_module(found.name)


def names(module: ModuleType) -> list[str]:
    """Returns the public names of a module: those that it lists, or the classes that it defines."""
    defined = (key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__)
    return getattr(module, "__all__", None) or [name for name in defined if not name.startswith("_")]


def signature(value: Any) -> str:
    try:
        return str(inspect.signature(value))
    except (TypeError, ValueError):
        return "(...)"


def is_ours(value: Any) -> bool:
    return getattr(value, "__module__", "").split(".")[0] in PACKAGES


def members(name: str, cls: type) -> Iterator[str]:
    """Lists the members that our classes add to those of other packages. Public bases list their own."""
    yield f"{name}: class({', '.join(base.__name__ for base in cls.__bases__)})"
    ours = [base for base in cls.__mro__ if base is cls or (is_ours(base) and base.__name__.startswith("_"))]
    found: dict[str, str] = {}
    for base in reversed(ours):
        annotations = vars(base).get("__annotations__", {})
        found.update({field: f": {getattr(text, '__forward_arg__', text)}" for field, text in annotations.items()})
        for method, value in vars(base).items():
            if method in annotations:
                continue
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            found[method] = signature(function) if callable(function) else f": {type(value).__name__}"
    for member, text in found.items():
        if member == "__init__" or not member.startswith("_"):
            yield f"{name}.{member}{text}"


def lines() -> Iterator[str]:
    paths: dict[int, str] = {}
    for module in modules():
        for name in sorted(names(module)):
            value, path = getattr(module, name), f"{module.__name__}.{name}"
            known = paths.setdefault(id(value), path)
            if known != path and (is_ours(value) or hasattr(value, "__origin__")):
                yield f"{path} = {known}"
            elif isinstance(value, type) and is_ours(value):
                yield from members(path, value)
            elif inspect.isroutine(value):
                yield f"{path}{signature(value)}"
            elif getattr(value, "__origin__", None) is not None:
                yield f"{path} = {value}"  # a `Literal` or a `Union`
            else:
                yield f"{path}: {type(value).__name__}"


announce.main("python.txt", sorted(set(lines())), write="--write" in sys.argv)
