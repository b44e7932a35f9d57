"""Requests that need a new thread raise if the system refuses it, and later requests succeed."""

import re
import sys

import pytest
from lifecycle_support import PROGRAMS, run

UNREACHABLE = r"APIConnectionError http://\S+ could not be reached"
NO_RUNTIME = "InternalError could not start the background thread"


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of threads differs on this system")
@pytest.mark.parametrize(
    ("runtime", "expected"),
    [([], [UNREACHABLE] * 4), (["cold"], [UNREACHABLE] * 2 + [NO_RUNTIME] * 3)],
    ids=["running", "cold"],
)
def test_thread_exhaustion_raises_and_recovers(runtime: list[str], expected: list[str], echo: str) -> None:
    done = run(str(PROGRAMS / "thread_exhaustion.py"), echo, echo.replace("127.0.0.1", "localhost"), *runtime)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert re.match(start, line)
        assert "canary" not in line
