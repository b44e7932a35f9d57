"""The points at which a test cancels a request, and servers that hold requests there."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fault_server import FaultServer, Scenario
from lifecycle_support import wait_for_requests, wait_until
from support import ROOT

_TABLE = json.loads((ROOT / "tests/cases/cancellation_points.json").read_text())
REPLIES: dict[str, dict[str, Any]] = _TABLE["replies"]
NEVER, TICKET = REPLIES["never"], REPLIES["ticket"]


class Point(NamedTuple):
    """A point of a request."""

    call: str
    replies: list[dict[str, Any]]
    requests: int
    """Number of requests that the server has received by then."""


POINTS = {
    point["name"]: Point(point["call"], [REPLIES[name] for name in point["replies"]], point["requests"])
    for point in _TABLE["points"]
}


class ReachedState:
    """A server that holds a request at a point: a scenario of the fault server."""

    def __init__(self, point: Point, scenario: Scenario) -> None:
        self.point, self.base_url, self._scenario = point, scenario.base_url, scenario

    def wait(self) -> None:
        """Waits until the request reaches the point."""
        wait_for_requests(self._scenario, self.point.requests)

    def requests(self) -> int:
        return len(self._scenario.request_log()["requests"])

    def is_closed(self) -> bool:
        """Returns whether no connection is open."""
        return not self._scenario.request_log()["open"]


class Connecting(ReachedState):
    """An address whose connections neither open nor fail."""

    def __init__(self, point: Point, url: str) -> None:
        self.point, self.base_url = point, url

    def wait(self) -> None:
        wait_until(lambda: not self.is_closed())

    def requests(self) -> int:
        return 0

    def is_closed(self) -> bool:
        return not any(state == "02" for state, _ in connections(self.base_url))


class Sending(ReachedState):
    """A server that does not read the request, and therefore does not see its end."""

    def is_closed(self) -> bool:
        return not any(state == "01" and unsent for state, unsent in connections(self.base_url))


def connections(url: str) -> Iterator[tuple[str, bool]]:
    """Yields the connections to a server: the state, and whether data is unsent."""
    port = f":{urlsplit(url).port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state, queues, *_ = line.split()
        if remote.endswith(port):
            yield state, not queues.startswith("00000000")


class Handshake(ReachedState):
    """A server that accepts a connection and sends nothing."""

    def __init__(self, point: Point, listener: socket.socket) -> None:
        self.point, self._listener = point, listener
        self.base_url = f"https://127.0.0.1:{listener.getsockname()[1]}"

    def wait(self) -> None:
        self._listener.settimeout(10)
        self._connection, _ = self._listener.accept()
        assert self._connection.recv(1)
        self._connection.setblocking(False)

    def requests(self) -> int:
        return 0

    def is_closed(self) -> bool:
        try:
            while self._connection.recv(65536):
                pass
        except BlockingIOError:
            return False
        except ConnectionResetError:
            pass
        self._connection.close()
        return True


@contextmanager
def reached(name: str, faults: FaultServer) -> Iterator[ReachedState]:
    point = POINTS[name]
    if name == "connecting":
        yield Connecting(point, faults.addresses["blackhole"])
    elif name == "handshake":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield Handshake(point, listener)
    else:
        kind = Sending if name == "sending" else ReachedState
        yield kind(point, faults.scenario(point.replies))
