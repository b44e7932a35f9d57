"""The fault server as a process, and what tests ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass
class Scene:
    """The script of one test, and the journal of what came."""

    name: str
    base_url: str
    server: FaultServer

    def journal(self) -> dict[str, Any]:
        return self.server.ask(f"/{self.name}")

    def over(self, listener: str) -> str:
        """The scene's address below an encrypted listener; `plain` is none, and only looks like one."""
        plain = self.server.addresses["url"].replace("http:", "https:")
        return f"{self.server.addresses['tls'].get(listener, plain)}/{self.name}"


class FaultServer:
    """A running fault server; `addresses` is what it printed."""

    def __init__(self) -> None:
        command = os.environ.get("FAULT_SERVER", str(ROOT / "target/release/bimpe-fault-server"))
        self._process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.addresses: dict[str, Any] = json.loads(self._process.stdout.readline())

    def ask(self, path: str, body: Any = None, of: str = "scenes") -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.addresses['url']}/_fault/{of}{path}", data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def scene(self, replies: list[Any], last: str = "refuse") -> Scene:
        """A new scene; tests/fault-server/README.md says what replies are."""
        made = self.ask("", {"replies": replies, "last": last})
        return Scene(made["scene"], made["base_url"], self)

    def http2(self, script: dict[str, Any]) -> dict[str, Any]:
        """A new server of HTTP/2: its number and its `base_url`."""
        return self.ask("", script, of="http2")

    def nginx(self, requests: int) -> str | None:
        """The base URL of a new nginx that ends a connection after so many requests, if one is installed."""
        return self.ask(f"/{requests}", {}, of="nginx")["base_url"]

    def http2_journal(self, number: int) -> dict[str, Any]:
        return self.ask(f"/{number}", of="http2")

    def stop(self) -> None:
        # Closes its input, which ends it.
        self._process.communicate()
