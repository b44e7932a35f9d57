"""The deliberate differences: docs/migrating.md shows the list, and the rows name tests that assert them."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = json.loads((HERE / "differences.json").read_text("utf-8"))
PAGE = (HERE.parents[1] / "docs/migrating.md").read_text("utf-8")
LABELS = {"both": "", "Python": "Python: ", "TypeScript": "TypeScript: "}


def test_page_shows_all_rows() -> None:
    lines = [
        f"| {LABELS[row['who']]}{row['topic']} | {row['official']} | {row['here']} | {row['why']} |" for row in ROWS
    ]
    table = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert table == lines, "the table of docs/migrating.md should be:\n" + "\n".join(lines)


@pytest.mark.parametrize("row", ROWS, ids=[row["topic"] for row in ROWS])
def test_row_names_existing_tests(row: dict[str, object]) -> None:
    tests = row["tests"]
    assert isinstance(tests, list)
    for test in tests:
        file, _, name = test.partition("::")
        tree = ast.parse((HERE / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test
