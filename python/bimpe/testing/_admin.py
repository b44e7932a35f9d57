"""Requests to the admin API of a sandbox."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 30.0


class SandboxError(Exception):
    """The sandbox did not start, or refused a request of a test helper. The message has the cause."""


class Admin:
    """A client of the admin API. Connects directly, because a proxy cannot reach this machine's loopback."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Sends a request to a path under `/_sandbox`, and returns the `data` of the response."""
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(method, f"/_sandbox{path}", json.dumps(body or {}), headers)
            response = connection.getresponse()
            is_sandbox = response.getheader("X-Bimpe-Sandbox") is not None
            text = response.read()
        except OSError as error:
            raise SandboxError(f"no sandbox responds at {self._address}: {error}") from error
        finally:
            connection.close()
        if not is_sandbox:
            raise SandboxError(f"the server at {self._address} is not a sandbox of bimpe")
        envelope: dict[str, Any] = json.loads(text)
        if response.status >= 400:
            message: str | list[str] = envelope["message"]
            reason = message if isinstance(message, str) else "; ".join(message)
            raise SandboxError(f"the sandbox refused {method} {path}: {reason}")
        return envelope.get("data")
