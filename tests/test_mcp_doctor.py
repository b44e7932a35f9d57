"""`bimpe mcp doctor` with servers that we did not write: `server-everything`, and the PyPI package `mcp`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox_process import command

EVERYTHING = Path(__file__).parent / "peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js"
PYTHON_SERVER = """
import sys
from mcp.server import MCPServer

server = MCPServer("Stock room")

@server.tool()
def check_stock(sku: str) -> int:
    \"\"\"Returns how many pieces are in stock.\"\"\"
    return len(sku)

server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(arguments: list[str], port: int) -> Iterator[None]:
    """Runs a server until it listens."""
    environment = os.environ | {"PORT": str(port)}
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None, "the server ended"
                    assert time.monotonic() < deadline, "the server does not listen"
                    time.sleep(0.1)
            yield
        finally:
            process.kill()


def doctor(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Runs the command, and returns its exit code and its report."""
    done = subprocess.run(
        [command(), "mcp", "doctor", "--json", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("mode", "path", "transport", "other"),
    [("streamableHttp", "mcp", "streamable_http", "http_sse"), ("sse", "sse", "http_sse", "streamable_http")],
)
def test_server_everything(mode: str, path: str, transport: str, other: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/{path}"
    with running(["node", str(EVERYTHING), mode], port):
        code, report = doctor(url, "--transport", transport)
        assert code == 0, report
        assert "echo" in report["tools"]
        code, report = doctor(url, "--transport", other)
        assert code == 15, report
        assert report["error"]["fix"] == f"Use the transport {transport}."


def test_python_server() -> None:
    port = free_port()
    with running([sys.executable, "-c", PYTHON_SERVER, str(port)], port):
        code, report = doctor(f"http://127.0.0.1:{port}/mcp")
        assert code == 0, report
        assert report["server"]["name"] == "Stock room"
        assert report["tools"] == ["check_stock"]
        assert [problem["problem"] for problem in report["problems"]] == ["the argument `sku` has no description"]
        code, report = doctor(f"http://127.0.0.1:{port}/wrong")
        assert code == 13, report
