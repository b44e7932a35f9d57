"""A panic of the engine raises InternalError, and later requests succeed."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lifecycle_support import PROGRAMS, run
from results import record
from support import TARGET

from bimpe import _native

ENTRIES = [
    *("call", "write", "page", "next page", "request", "helper", "stream", "streams"),
    *("async call", "async write", "async page", "async request", "async helper"),
    *("async stream", "async streams"),
]


@pytest.fixture(scope="module")
def panicking() -> Iterator[str]:
    """A folder with the installed package, and a native module that panics on request."""
    module = os.environ.get("PANICKING_PYTHON", str(TARGET / "debug/libbimpe_python.so"))
    installed = Path(_native.__file__)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "bimpe"
        shutil.copytree(installed.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(module, package / installed.name)
        yield folder


@pytest.mark.parametrize("place", ["prepare", "response"])
def test_panic_raises_internal_error(place: str, panicking: str, echo: str) -> None:
    done = run(str(PROGRAMS / "panicking.py"), echo, place, PYTHONPATH=panicking)
    errors = [json.loads(line) for line in done.out.splitlines()]
    ours = [
        error["entry"]
        for error in errors
        if error["kind"] == "InternalError"
        and error["message"].startswith("the engine panicked, which is a bug in bimpe")
    ]
    figures = {
        "panics that were no InternalError": len(ENTRIES) - len(ours),
        "processes that died": int(done.code != 0),
    }
    what = f"panics of the engine in every kind of call (place: {place})"
    record(19, what, len(ENTRIES), figures, dict.fromkeys(figures, 0))
    assert done.code == 0, done.err
    assert ours == ENTRIES, done.out
    # Standard error names the place, but not the content.
    lines = done.err.splitlines()
    assert len(lines) >= len(ENTRIES)
    assert all(line.startswith("bimpe: the engine panicked at ") for line in lines), done.err
    assert "canary" not in done.out + done.err
