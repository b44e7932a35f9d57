"""The README's examples in Python and JavaScript run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(python|js)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def test_there_is_one_example_a_language() -> None:
    assert sorted(language for language, _ in BLOCKS) == ["js", "python"]


@pytest.mark.parametrize(("language", "source"), BLOCKS, ids=[language for language, _ in BLOCKS])
def test_example_runs(language: str, source: str, sandbox: dict[str, Any]) -> None:
    command = {"python": [sys.executable, "-"], "js": ["node", "--input-type=module", "-"]}[language]
    environment = os.environ | {"BIMPEAI_API_KEY": sandbox["api_key"], "BIMPEAI_BASE_URL": sandbox["url"]}
    # Node resolves the package by its own name only from inside its folder.
    result = subprocess.run(
        command, input=source, cwd=ROOT / "node", env=environment, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert re.search(r"start [A-Z0-9]{8}", result.stdout), result.stdout
