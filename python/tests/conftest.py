"""Shared fixtures: the sandbox, and servers that misbehave."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from lifecycle_support import PROGRAMS
from support import Sandbox, SilentServer, StubServer  # first: sets the path of the shared modules

# isort: split
from fault_server import FaultServer
from sandbox_process import run_sandbox

from bimpe import BimpeAI

# A shell that starts a suite in the background ignores SIGINT in it. Python then installs no handler, and the programs
# that the tests start inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    with run_sandbox() as output:
        yield Sandbox(**output)


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    """The sandbox in its initial state."""
    process.control("reset")
    return process


@pytest.fixture
def client(sandbox: Sandbox) -> BimpeAI:
    return sandbox.client()


@pytest.fixture
def stub_server() -> Iterator[StubServer]:
    made = StubServer()
    yield made
    made.close()


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield SilentServer(url=f"http://127.0.0.1:{listener.getsockname()[1]}", listener=listener)


@pytest.fixture(scope="session")
def echo() -> Iterator[str]:
    """The URL of a server whose responses repeat their requests."""
    program = [sys.executable, str(PROGRAMS / "echo.py")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate()


@pytest.fixture(scope="session")
def faults() -> Iterator[FaultServer]:
    """The fault server."""
    server = FaultServer()
    yield server
    server.stop()
