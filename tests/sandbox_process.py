"""A sandbox for tests: the built command, and requests to its admin paths."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TARGET = Path(__file__).parents[1] / "target"


def command() -> str:
    """Returns the path of the `bimpe` command: BIMPE_BIN, or a build."""
    if given := os.environ.get("BIMPE_BIN"):
        return given
    built = [path for path in (TARGET / "release/bimpe", TARGET / "debug/bimpe") if path.exists()]
    if not built:
        pytest.exit("no sandbox: run `cargo build -p bimpe-cli`, or set BIMPE_BIN")
    return str(built[0])


@contextmanager
def run_sandbox() -> Iterator[dict[str, Any]]:
    """Runs a sandbox and gives the output of `bimpe sandbox --json`."""
    with subprocess.Popen([command(), "sandbox", "--port", "0", "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(10) == 0


def control(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Sends a POST request to an admin path of the sandbox, and returns its data."""
    request = urllib.request.Request(
        f"{url}/_sandbox/{path}", json.dumps(body or {}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response).get("data")
