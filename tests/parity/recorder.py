"""A server that records requests and responds with valid examples."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
import uuid
from typing import Any

from operations import OPERATIONS, STREAM, Operation

PREFIX = "/api/v1/console"
# The headers to compare.
COMPARED = ("authorization", "accept", "content-type", "idempotency-key", "x-request-id", "x-custom")


class Recorder(http.server.ThreadingHTTPServer):
    """Records requests. Responds with the example of `operation`."""

    daemon_threads = True
    operation: Operation
    requests: list[dict[str, Any]]
    ids: list[tuple[str | None, str | None]]
    """Idempotency key and request id of each request."""
    error_statuses: list[int]
    """Statuses of the next responses. Later responses have status 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.clear()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def clear(self, *error_statuses: int) -> None:
        """Deletes the recorded requests and sets the statuses of the next responses."""
        self.requests, self.ids, self.error_statuses = [], [], list(error_statuses)

    def response_to(self, path: str) -> tuple[str, bytes]:
        """Returns content type and body. A stream needs a ticket first."""
        operation = self.operation
        if operation.id != STREAM:
            return "application/json", json.dumps(operation.response).encode()
        if path.endswith("/stream-ticket"):
            return "application/json", json.dumps(TICKET).encode()
        event = f"id: {operation.response['id']}\nevent: message\ndata: {json.dumps(operation.response)}\n\n"
        return "text/event-stream", event.encode()


TICKET = next(op.response for op in OPERATIONS if op.id == "conversations.messages.stream_ticket")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffer the output, because a separate write of the body would wait for an acknowledgement.
    wbufsize = -1
    server: Recorder

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        raw = self.rfile.read(int(length)) if length else b""
        path, _, query = self.path.removeprefix(PREFIX).partition("?")
        self.server.requests.append(
            {
                "method": self.command,
                "path": path,
                "query": sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)),
                "body": json.loads(raw) if raw else None,
                "headers": {name: self._normalized(name) for name in COMPARED if name in self.headers},
                "agent": self.headers["User-Agent"].split("/")[0],
            }
        )
        self.server.ids.append((self.headers["Idempotency-Key"], self.headers["X-Request-Id"]))
        status = self.server.error_statuses.pop(0) if self.server.error_statuses else 200
        content_type, content = self.server.response_to(path)
        if status != 200:
            content = json.dumps({"message": "Not now", "statusCode": status}).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PATCH = do_DELETE = do_POST

    def _normalized(self, name: str) -> str:
        """Returns the value of a header. Replaces UUIDs, because they differ in each request."""
        value = self.headers[name]
        try:
            return f"a UUID, version {uuid.UUID(value).version}"
        except ValueError:
            return value

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""
