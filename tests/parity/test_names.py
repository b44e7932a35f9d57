"""What a program names: classes at the root, methods, and parameters that are passed by name."""

from __future__ import annotations

import inspect
from typing import Any

import bimpeai
import pytest
from operations import OPERATIONS, method_of

import bimpe


def parameters(client: Any, name: str) -> dict[str, inspect.Parameter]:
    return {
        parameter.name: parameter
        for parameter in inspect.signature(method_of(client, name)).parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD
    }


@pytest.mark.parametrize("name", [operation.id for operation in OPERATIONS])
@pytest.mark.parametrize("client", ["BimpeAI", "AsyncBimpeAI"])
def test_parameter_names(client: str, name: str) -> None:
    official = getattr(bimpeai, client)(api_key="sk_x")
    ours = getattr(bimpe, client)(api_key="sk_x")
    theirs, mine = parameters(official, name), parameters(ours, name)
    assert theirs.keys() <= mine.keys()
    positional = [n for n, parameter in theirs.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    assert positional == list(mine)[: len(positional)]
    is_async = [inspect.iscoroutinefunction(method_of(one, name)) for one in (official, ours)]
    assert is_async[0] == is_async[1]


def test_settings() -> None:
    for name in ("BimpeAI", "AsyncBimpeAI"):
        theirs, mine = (inspect.signature(getattr(library, name)).parameters for library in (bimpeai, bimpe))
        assert theirs.keys() <= mine.keys()


# No method gives these.
GONE = {"ApiResponse", "ErrorCode", "StreamHeartbeatEvent"}


def test_names_at_the_root() -> None:
    assert {name for name in bimpeai.__all__ if not hasattr(bimpe, name)} == GONE


ERRORS = [name for name in bimpeai.__all__ if inspect.isclass(getattr(bimpeai, name)) and name.endswith("Error")]


@pytest.mark.parametrize("name", ERRORS)
def test_error_tree(name: str) -> None:
    official = [base.__name__ for base in getattr(bimpeai, name).__mro__]
    assert [base.__name__ for base in getattr(bimpe, name).__mro__] == official
