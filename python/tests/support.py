"""Helpers of the tests: the sandbox, stub servers and child programs."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bimpe import AsyncBimpeAI, BimpeAI

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "target"
# Modules that the tests of all languages share.
sys.path.append(str(ROOT / "tests"))


from sandbox_process import control  # noqa: E402


class Sandbox(SimpleNamespace):
    """A running sandbox: `url`, `api_key`, and the ids of its first agent and workflow."""

    url: str
    api_key: str
    agent_id: str
    workflow_id: str

    def control(self, path: str, body: dict[str, object] | None = None) -> Any:
        """Calls an admin path of the sandbox."""
        return control(self.url, path, body)

    def client(self, **settings: Any) -> BimpeAI:
        return BimpeAI(**{"api_key": self.api_key, "base_url": self.url, **settings})

    def async_client(self, **settings: Any) -> AsyncBimpeAI:
        return AsyncBimpeAI(**{"api_key": self.api_key, "base_url": self.url, **settings})


class StubServer:
    """Creates clients of servers that return these JSON texts in order, and then repeat the last."""

    def __init__(self) -> None:
        self.requests: list[SimpleNamespace] = []
        """The received requests, each with `method`, `target` and `headers`."""
        self._servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def __call__(self, *texts: str, status: int = 200) -> BimpeAI:
        left, requests = list(texts), self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                requests.append(SimpleNamespace(method=self.command, target=self.path, headers=self.headers))
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = (left.pop(0) if len(left) > 1 else left[0]).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self._servers.append((server, thread))
        return BimpeAI(api_key="sk_test", base_url=f"http://127.0.0.1:{server.server_port}", max_retries=0)

    def close(self) -> None:
        for server, thread in self._servers:
            server.shutdown()
            thread.join()
            server.server_close()


class SilentServer(SimpleNamespace):
    """A server that accepts connections and never responds."""

    url: str
    listener: socket.socket

    def accept(self) -> socket.socket:
        """Returns the next connection once its request begins."""
        connection, _ = self.listener.accept()
        connection.settimeout(5)
        assert connection.recv(1)
        return connection


def is_disconnected(connection: socket.socket) -> bool:
    """Returns whether the other side closes the connection within the timeout."""
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
