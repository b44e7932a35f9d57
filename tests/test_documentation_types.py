"""Types of the Python examples of all pages, checked by pyright and mypy in strict mode."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from examples import GIVEN, ROOT, blocks
from test_documentation import PAGES


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writes a module per page: the first example at the top level, each later one in a function."""
    folder = tmp_path_factory.mktemp("pages")
    for page in PAGES:
        found = blocks(ROOT / page, "python")
        if not found:
            continue
        first, *rest = found
        names = "".join(f"{name}: str = {name!r}\n" for name in GIVEN if f"\n{name} = " not in f"\n{first}")
        functions = "".join(
            f"\n\ndef example_{number}() -> None:\n{indent(block, '    ')}" for number, block in enumerate(rest, 2)
        )
        name = page.replace("/", "_").replace(".md", ".py").lower()
        (folder / name).write_text(f"{names}{first}{functions}", "utf-8")
    settings = {"typeCheckingMode": "strict", "reportUnusedVariable": False, "reportUnusedFunction": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "tool",
    [["pyright", "--pythonpath", sys.executable], ["mypy", "--strict", "--cache-dir", ".mypy", "."]],
    ids=lambda tool: tool[0],
)
def test_python_examples_pass_strict_type_checks(programs: Path, tool: list[str]) -> None:
    program = str(Path(sys.executable).parent / tool[0])
    done = subprocess.run([program, *tool[1:]], cwd=programs, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
