"""What tests are given, and what they ask of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bimpe import AsyncBimpeAI, BimpeAI

TARGET = Path(__file__).parents[2] / "target"


def command() -> str:
    """The `bimpe` command: BIMPE_BIN, or what was built last."""
    if given := os.environ.get("BIMPE_BIN"):
        return given
    built = [path for path in (TARGET / "release/bimpe", TARGET / "debug/bimpe") if path.exists()]
    if not built:
        pytest.exit("there is no sandbox: run `cargo build -p bimpe-cli`, or set BIMPE_BIN")
    return str(built[0])


class Sandbox(SimpleNamespace):
    """A running sandbox: `url`, `api_key`, and the ids of its first agent and workflow."""

    url: str
    api_key: str
    agent_id: str
    workflow_id: str

    def control(self, path: str, body: dict[str, object] | None = None) -> Any:
        """Calls a path of the sandbox itself."""
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{path}",
            json.dumps(body or {}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response).get("data")

    def client(self, **settings: Any) -> BimpeAI:
        return BimpeAI(**{"api_key": self.api_key, "base_url": self.url, **settings})

    def async_client(self, **settings: Any) -> AsyncBimpeAI:
        return AsyncBimpeAI(**{"api_key": self.api_key, "base_url": self.url, **settings})


class Silent(SimpleNamespace):
    """A server that takes connections and never answers."""

    url: str
    listener: socket.socket

    def accept(self) -> socket.socket:
        """The next connection, once a request has begun to come in."""
        connection, _ = self.listener.accept()
        connection.settimeout(5)
        assert connection.recv(1)
        return connection


def hung_up(connection: socket.socket) -> bool:
    """Whether the other side closes the connection within the time-out."""
    with connection:
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python where no source tree hides the installed package."""
    folder = Path(__file__).parent
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=30, cwd=folder
    )
