"""What the tests share: the sandbox, a process with the real HTTP, and small servers that misbehave."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import Sandbox, Silent, command

from bimpe import BimpeAI


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    running = subprocess.Popen([command(), "sandbox", "--port", "0", "--json"], stdout=subprocess.PIPE)
    assert running.stdout is not None
    with running.stdout:
        yield Sandbox(**json.loads(running.stdout.readline()))
        running.terminate()
        running.wait(10)


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    """The sandbox as it was when it started."""
    process.control("reset")
    return process


@pytest.fixture
def client(sandbox: Sandbox) -> BimpeAI:
    return sandbox.client()


@pytest.fixture
def answering() -> Iterator[Callable[..., BimpeAI]]:
    """Makes a client whose server gives these JSON texts, one after the other; the last again and again."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def make(*texts: str, status: int = 200) -> BimpeAI:
        left = list(texts)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = (left.pop(0) if len(left) > 1 else left[0]).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return BimpeAI(api_key="sk_test", base_url=f"http://127.0.0.1:{server.server_port}", max_retries=0)

    yield make
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield Silent(url=f"http://127.0.0.1:{listener.getsockname()[1]}", listener=listener)
