"""A panic of the engine is an error, and the process lives on."""

import sys

import pytest
from figures import record
from life import PROGRAMS, run


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of threads works otherwise here")
@pytest.mark.parametrize("engine", [[], ["cold"]], ids=["running", "cold"])
def test_a_panic_is_an_error(engine: list[str], echo: str) -> None:
    done = run(str(PROGRAMS / "panicking.py"), echo, echo.replace("127.0.0.1", "localhost"), *engine)
    outcomes = done.out.splitlines()
    is_ours = [line.startswith("InternalError bimpe met a fault of its own") for line in outcomes]
    figures = {
        "panics that were no InternalError": is_ours.count(False),
        "processes that died": int(done.code != 0),
    }
    what = "panics of the engine in blocking calls, a task and a stream"
    record(19, what, len(outcomes), figures, dict.fromkeys(figures, 0))
    assert done.code == 0, done.err
    assert is_ours == [True] * 5, done.out
    # Where it happened is told, what it was about is not.
    told = done.err.splitlines()
    assert len(told) >= len(outcomes)
    assert all(line.startswith("bimpe: the engine panicked at ") for line in told), done.err
    assert "canary" not in done.out + done.err
