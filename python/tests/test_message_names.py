"""Texts of the package use the names of Python, not those of another language."""

import ast
from pathlib import Path

import support  # noqa: F401 - first: sets the path of `names`

# isort: split
from names import foreign

import bimpe


def texts(source: str) -> list[str]:
    """Yields the texts of a module that have more than one word, docstrings included."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [node.value for node in nodes if isinstance(node.value, str) and " " in node.value]


def test_no_text_names_what_another_language_has() -> None:
    package = Path(bimpe.__file__).parent
    found = {
        f"{path.relative_to(package)}: {text}": names
        for path in package.rglob("*.py")
        for text in texts(path.read_text(encoding="utf-8"))
        if (names := foreign(text))
    }
    assert found == {}
