"""Fixtures of the tests that all SDKs share: the sandbox, and a server that counts requests."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fault_server import FaultServer
from sandbox_process import run_sandbox

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def sandbox() -> Iterator[dict[str, Any]]:
    """The output of `bimpe sandbox --json`."""
    with run_sandbox() as output:
        yield output


class Counter(http.server.BaseHTTPRequestHandler):
    """Counts requests; a test that reaches it has failed."""

    count = 0

    def handle_one_request(self) -> None:
        type(self).count += 1
        super().handle_one_request()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def counter() -> Iterator[tuple[str, type[Counter]]]:
    """The address of a server that counts, and its count."""
    counted = type("Counted", (Counter,), {"count": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), counted)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", counted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def fault_server() -> Iterator[FaultServer]:
    """A server that does what its scripts say."""
    server = FaultServer()
    yield server
    server.stop()
