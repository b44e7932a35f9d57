"""Public names: classes at the root, methods, and parameters."""

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


def is_awaitable(method: Any) -> bool:
    result = str(inspect.signature(method).return_annotation)
    return inspect.iscoroutinefunction(method) or "AsyncListing" in result


@pytest.mark.parametrize("name", [operation.id for operation in OPERATIONS])
@pytest.mark.parametrize("client", ["BimpeAI", "AsyncBimpeAI"])
def test_method_takes_the_official_parameters(client: str, name: str) -> None:
    official = getattr(bimpeai, client)(api_key="sk_x")
    ours = getattr(bimpe, client)(api_key="sk_x")
    theirs, mine = parameters(official, name), parameters(ours, name)
    assert theirs.keys() <= mine.keys()
    positional = [n for n, parameter in theirs.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    assert positional == list(mine)[: len(positional)]
    assert is_awaitable(method_of(official, name)) == is_awaitable(method_of(ours, name))


def test_client_takes_the_official_settings() -> None:
    for name in ("BimpeAI", "AsyncBimpeAI"):
        theirs, mine = (inspect.signature(getattr(library, name)).parameters for library in (bimpeai, bimpe))
        # `http_client` raises, because Rust sends the requests.
        assert theirs.keys() - mine.keys() <= {"http_client"}


def test_root_has_the_official_names() -> None:
    assert [name for name in bimpeai.__all__ if not hasattr(bimpe, name)] == []


ERRORS = [name for name in bimpeai.__all__ if inspect.isclass(getattr(bimpeai, name)) and name.endswith("Error")]


@pytest.mark.parametrize("name", ERRORS)
def test_error_has_the_official_bases(name: str) -> None:
    official = [base.__name__ for base in getattr(bimpeai, name).__mro__]
    assert [base.__name__ for base in getattr(bimpe, name).__mro__] == official
