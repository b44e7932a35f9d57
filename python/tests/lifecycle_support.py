"""What the tests of life in a process share: programs to start, and what they leave open."""

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
    """A program that has ended."""

    code: int
    out: str
    err: str
    at: float
    """When, by `time.monotonic`, which all processes of a machine share."""


@contextmanager
def started(
    *arguments: str, interpreter: str = sys.executable, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A Python process in which every warning is an error; killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [interpreter, "-W", "error", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Not where a source tree hides the installed package.
        cwd=PROGRAMS.parent,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_exit(process: subprocess.Popen[str], timeout: float = 50) -> CompletedProgram:
    """Waits for the end of a process."""
    out, err = process.communicate(timeout=timeout)
    return CompletedProgram(at=time.monotonic(), code=process.returncode, out=out, err=err)


def run(*arguments: str, interpreter: str = sys.executable, **environment: str) -> CompletedProgram:
    """Runs Python from start to end."""
    with started(*arguments, interpreter=interpreter, **environment) as process:
        return wait_for_exit(process)


def program(name: str, *arguments: str) -> CompletedProgram:
    """Runs one of the programs beside the tests, which says nothing if all is well."""
    done = run(str(PROGRAMS / f"{name}.py"), *arguments)
    assert (done.code, done.err) == (0, ""), done
    return done


def open_sockets(process: int | None = None) -> int:
    """How many sockets a process has open; this one if none is named."""
    folder = f"/proc/{process or 'self'}/fd"
    count = 0
    for descriptor in os.listdir(folder):
        with suppress(FileNotFoundError):  # closed meanwhile, as the one that lists the folder is
            count += os.readlink(f"{folder}/{descriptor}").startswith("socket:")
    return count


def wait_until(condition: Callable[[], bool], patience: float = 10) -> float:
    """Waits until the condition holds; returns how long that took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < patience, "it has not come true"
        time.sleep(0.005)
    return time.monotonic() - start


def wait_for_close(scenario: Scenario) -> None:
    """Waits until no connection of the scenario is open."""
    wait_until(lambda: not scenario.request_log()["open"])


def wait_for_requests(scenario: Scenario, count: int) -> None:
    """Waits until so many requests have come to the scenario."""
    wait_until(lambda: len(scenario.request_log()["requests"]) >= count)
