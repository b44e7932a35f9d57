"""The process of a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ._admin import SandboxError

START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
_OPTIONS = ("sandbox", "--port", "0", "--json", "--quiet", "--exit-with-parent")

_MISSING = (
    'the `bimpe` command is missing: run `pip install "bimpe[sandbox]"`, or set BIMPE_BIN to the path of the '
    "command"
)


def find_command() -> str:
    """Returns the path of the `bimpe` command: BIMPE_BIN, the package `bimpe-cli`, or a command on PATH."""
    if given := os.environ.get("BIMPE_BIN"):
        return given
    with suppress(ImportError, FileNotFoundError):
        from importlib import import_module

        return str(import_module("bimpe_cli").find_bin())
    from shutil import which

    if found := which("bimpe"):
        return found
    raise SandboxError(_MISSING)


class Process:
    """A running sandbox.

    The sandbox ends at the end of its stdin, and so with this process even if this process is killed.
    """

    ready: dict[str, Any]
    """The line that the sandbox printed when it was ready."""

    def __init__(self, arguments: Sequence[str]) -> None:
        command = [find_command(), *_OPTIONS, *arguments]
        with tempfile.TemporaryFile() as log:
            try:
                self._child = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
                )
            except OSError as error:
                raise SandboxError(f"cannot run {command[0]}: {error}") from error
            try:
                self.ready = self._read_ready_line()
            except BaseException as error:
                self.stop()
                log.seek(0)
                output = log.read().decode(errors="replace").strip()
                if isinstance(error, ValueError):
                    reason = _message(output) or error
                    raise SandboxError(f"`{command[0]} sandbox` did not start: {reason}") from None
                raise

    def _read_ready_line(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        timer = threading.Timer(START_TIMEOUT, self._child.kill)
        timer.start()
        try:
            line = self._child.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise ValueError("it printed nothing")
        ready = json.loads(line)
        if not isinstance(ready, dict) or not {"url", "api_key", "agent_id", "workflow_id"} <= ready.keys():
            raise ValueError("unexpected output, so it is not the `bimpe` command of this version")
        return ready  # pyright: ignore[reportUnknownVariableType]

    def stop(self) -> None:
        """Stops the process, and waits for its end."""
        if self._child.poll() is None:
            self._child.terminate()
        assert self._child.stdin is not None
        with suppress(OSError):
            self._child.stdin.close()
        try:
            self._child.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()


def _message(output: str) -> str:
    """Returns the message and the hint of an error that the command printed as JSON, or the whole output."""
    try:
        error = json.loads(output)["error"]
        return "\n".join(filter(None, (error["message"], error["hint"])))
    except (ValueError, LookupError, TypeError):
        return output
