"""docs/errors.md lists every error class, field and code of the SDKs."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import bimpe
from examples import ROOT, js

PAGE = (ROOT / "docs/errors.md").read_text("utf-8")
PYTHON, TYPESCRIPT, RUST = range(3)


def cells(title: str, column: int) -> set[str]:
    """Returns the words in backticks of a column of the table below a heading."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section
    rows = re.findall(r"^\|(.*)\|$", section[1], re.MULTILINE)[2:]
    return {word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[column])}


def node(expression: str) -> Any:
    """Evaluates an expression over the error classes of the npm package."""
    program = f"""import * as bimpe from "bimpe";
const classes = Object.values(bimpe).filter((value) => value.prototype instanceof Error);
console.log(JSON.stringify({expression}));
"""
    return json.loads(js(program)[0])


def python_classes() -> set[type[bimpe.BimpeAIError]]:
    values = vars(bimpe).values()
    return {value for value in values if isinstance(value, type) and issubclass(value, bimpe.BimpeAIError)}


def test_index_lists_every_class_of_python() -> None:
    assert cells("Error classes", PYTHON) == {kind.__name__ for kind in python_classes()}


def test_index_lists_every_class_of_typescript() -> None:
    assert cells("Error classes", TYPESCRIPT) == set(node("classes.map((kind) => kind.name)"))


def test_index_lists_every_kind_of_rust() -> None:
    text = (ROOT / "crates/bimpe/src/error/kind.rs").read_text("utf-8")
    kinds = re.search(r"^kinds! \{(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert kinds
    assert cells("Error classes", RUST) == set(re.findall(r'^    (\w+) = "', kinds[1], re.MULTILINE))


def test_index_lists_every_field_of_python() -> None:
    fields = {name for kind in python_classes() for name in kind.__annotations__}
    assert cells("Error fields", PYTHON) == fields


def test_index_lists_every_field_of_typescript() -> None:
    fields = set(node("classes.flatMap((kind) => Object.getOwnPropertyNames(new kind('text')))"))
    assert cells("Error fields", TYPESCRIPT) - {"RateLimitError", "RedirectError"} == fields - {"stack"}


def test_index_lists_every_code() -> None:
    literal, _ = get_args(bimpe.ErrorCode)
    assert cells("Error codes", PYTHON) == set(get_args(literal))
