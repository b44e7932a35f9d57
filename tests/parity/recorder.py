"""A server that writes down what it is asked, and gives a plausible answer."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
import uuid
from typing import Any

from operations import OPERATIONS, STREAM, Operation

PREFIX = "/api/v1/console"
# What a header means, not how it is written.
COMPARED = ("authorization", "accept", "content-type", "idempotency-key", "x-request-id", "x-custom")


class Recorder(http.server.ThreadingHTTPServer):
    """Answers for the operation that is set, and keeps the requests."""

    daemon_threads = True
    operation: Operation
    requests: list[dict[str, Any]]
    ids: list[tuple[str | None, str | None]]
    """Idempotency key and request id of each request, as they came."""
    refusals: list[int]
    """Statuses of the next answers; after them, all is well."""

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

    def clear(self, *refusals: int) -> None:
        """Forgets what was asked."""
        self.requests, self.ids, self.refusals = [], [], list(refusals)

    def answer_to(self, path: str) -> tuple[str, bytes]:
        """Content type and body; a stream needs a ticket first."""
        operation = self.operation
        if operation.id != STREAM:
            return "application/json", json.dumps(operation.answer).encode()
        if path.endswith("/stream-ticket"):
            return "application/json", json.dumps(TICKET).encode()
        event = f"id: {operation.answer['id']}\nevent: message\ndata: {json.dumps(operation.answer)}\n\n"
        return "text/event-stream", event.encode()


TICKET = next(op.answer for op in OPERATIONS if op.id == "conversations.messages.stream_ticket")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together: sent one by one, the body waits for an acknowledgement.
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
                "headers": {name: self._meaning(name) for name in COMPARED if name in self.headers},
                "agent": self.headers["User-Agent"].split("/")[0],
            }
        )
        self.server.ids.append((self.headers["Idempotency-Key"], self.headers["X-Request-Id"]))
        status = self.server.refusals.pop(0) if self.server.refusals else 200
        kind, content = self.server.answer_to(path)
        if status != 200:
            content = json.dumps({"message": "Not now", "statusCode": status}).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PATCH = do_DELETE = do_POST

    def _meaning(self, name: str) -> str:
        """The value; for one that is made for each call, only that it is one."""
        value = self.headers[name]
        try:
            return f"a UUID, version {uuid.UUID(value).version}"
        except ValueError:
            return value

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
