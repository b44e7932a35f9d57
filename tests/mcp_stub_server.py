"""A minimal MCP server for discovery: one tool over streamable HTTP."""

from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

TOOL = {"name": "stock", "description": "Counts the items in stock", "inputSchema": {"type": "object"}}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in request:
            return self.respond(202, b"")
        result: dict[str, Any] = {}
        if request["method"] == "initialize":
            result = {
                "protocolVersion": request["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "stock room", "version": "1"},
            }
        elif request["method"] == "tools/list":
            result = {"tools": [TOOL]}
        response = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        return self.respond(200, json.dumps(response).encode())

    def do_GET(self) -> None:
        self.respond(405, b"")

    do_DELETE = do_GET

    def respond(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@contextmanager
def mcp_stub_server() -> Generator[str]:
    """Starts the server and yields its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    with mcp_stub_server() as server_url:
        sys.stdout.write(f"{server_url}\n")
        sys.stdout.flush()
        # The process that started this program closes standard input when it ends.
        sys.stdin.read()
