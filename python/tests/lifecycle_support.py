"""Helpers of the lifecycle tests: child programs, open sockets and waits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fault_server import Scenario

PROGRAMS = Path(__file__).parent / "programs"


class CompletedProgram(SimpleNamespace):
    """The result of a finished program."""

    code: int
    out: str
    err: str
    at: float
    """End time by `time.monotonic`, which all processes of a machine share."""


@contextmanager
def started(
    *arguments: str, interpreter: str = sys.executable, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """Starts a Python process with warnings as errors, and kills it at the end of the block."""
    process = subprocess.Popen(
        [interpreter, "-W", "error", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Outside the source tree, which would hide the installed package.
        cwd=PROGRAMS.parent,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_exit(process: subprocess.Popen[str], timeout: float = 50) -> CompletedProgram:
    """Waits until a process exits."""
    out, err = process.communicate(timeout=timeout)
    return CompletedProgram(at=time.monotonic(), code=process.returncode, out=out, err=err)


def run(*arguments: str, interpreter: str = sys.executable, **environment: str) -> CompletedProgram:
    """Runs Python and waits until it exits."""
    with started(*arguments, interpreter=interpreter, **environment) as process:
        return wait_for_exit(process)


def program(name: str, *arguments: str) -> CompletedProgram:
    """Runs one of the programs, which must exit with 0 and print no error."""
    done = run(str(PROGRAMS / f"{name}.py"), *arguments)
    assert (done.code, done.err) == (0, ""), done
    return done


def open_sockets(process: int | None = None) -> int:
    """Returns the number of open sockets of a process, by default of this one."""
    folder = f"/proc/{process or 'self'}/fd"
    count = 0
    for descriptor in os.listdir(folder):
        with suppress(FileNotFoundError):  # closed meanwhile, as the descriptor of the listing is
            count += os.readlink(f"{folder}/{descriptor}").startswith("socket:")
    return count


def wait_until(condition: Callable[[], bool], timeout: float = 10) -> float:
    """Waits until the condition holds. Returns the elapsed seconds."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < timeout, "the condition did not become true"
        time.sleep(0.005)
    return time.monotonic() - start


def wait_for_close(scenario: Scenario) -> None:
    """Waits until the scenario has no open connection."""
    wait_until(lambda: not scenario.request_log()["open"])


def wait_for_requests(scenario: Scenario, count: int) -> None:
    """Waits until the scenario has received `count` requests."""
    wait_until(lambda: len(scenario.request_log()["requests"]) >= count)
