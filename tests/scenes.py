"""The fault server from Python: scenes for tests, and their journals."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "target"


class Scene:
    """The script of one test."""

    def __init__(self, server: FaultServer, name: str, base_url: str) -> None:
        self._server, self._name = server, name
        self.base_url = base_url

    def journal(self) -> dict[str, Any]:
        """What came so far; see tests/fault-server/README.md."""
        return self._server.ask(f"/{self._name}")

    def until_closed(self) -> float:
        """Waits until no connection is open; returns how many seconds that took."""
        start = time.monotonic()
        while self.journal()["open"]:
            assert time.monotonic() - start < 10, self.journal()
            time.sleep(0.005)
        return time.monotonic() - start


class FaultServer:
    """A running fault server; `addresses` is what it printed."""

    def __init__(self, addresses: dict[str, Any]) -> None:
        self.addresses = addresses

    def scene(self, *replies: dict[str, Any], last: str = "refuse") -> Scene:
        made = self.ask("", {"replies": replies, "last": last})
        return Scene(self, made["scene"], made["base_url"])

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request to the server itself; a POST if there is a body."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.addresses['url']}/_fault/scenes{path}", data, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """Starts `bimpe-fault-server`: FAULT_SERVER, or what was built last."""
    built = [TARGET / profile / "bimpe-fault-server" for profile in ("release", "debug")]
    command = os.environ.get("FAULT_SERVER") or next(filter(Path.exists, built), None)
    if command is None:
        raise RuntimeError("no fault server: run `cargo build -p bimpe-fault-server`, or set FAULT_SERVER")
    with subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield FaultServer(json.loads(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(10) == 0
