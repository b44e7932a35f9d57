"""Runs the fault server as a process and sends control requests to it."""

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
class Scenario:
    """The script of one test, and the log of its requests."""

    name: str
    base_url: str
    server: FaultServer

    def request_log(self) -> dict[str, Any]:
        return self.server.control(f"/{self.name}")

    def over(self, listener: str) -> str:
        """Returns the scenario's URL at a TLS listener. `plain` is an https URL of a port without TLS."""
        plain = self.server.addresses["url"].replace("http:", "https:")
        return f"{self.server.addresses['tls'].get(listener, plain)}/{self.name}"


class FaultServer:
    """A running fault server. `addresses` has the addresses that it printed."""

    def __init__(self) -> None:
        command = os.environ.get("FAULT_SERVER", str(ROOT / "target/release/bimpe-fault-server"))
        self._process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.addresses: dict[str, Any] = json.loads(self._process.stdout.readline())

    def control(self, path: str, body: Any = None, of: str = "scenarios") -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.addresses['url']}/_fault/{of}{path}", data)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def scenario(self, replies: list[Any], last: str = "refuse") -> Scenario:
        """Creates a scenario. tests/fault-server/README.md describes the replies."""
        made = self.control("", {"replies": replies, "last": last})
        return Scenario(made["scenario"], made["base_url"], self)

    def http2(self, script: dict[str, Any]) -> dict[str, Any]:
        """Starts an HTTP/2 server. Returns its number and its `base_url`."""
        return self.control("", script, of="http2")

    def nginx(self, requests: int) -> str | None:
        """Starts an nginx that ends each connection after `requests` requests.

        Returns its base URL, or `None` if nginx is not installed.
        """
        return self.control(f"/{requests}", {}, of="nginx")["base_url"]

    def http2_counters(self, number: int) -> dict[str, Any]:
        return self.control(f"/{number}", of="http2")

    def stop(self) -> None:
        # Closes the input of the server, which stops the server.
        self._process.communicate()
