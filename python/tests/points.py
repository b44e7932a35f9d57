"""The points of a call at which it can be given up, and how a test gets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from life import open_sockets, soon
from scenes import FaultServer, Scene
from support import Silent

META = {
    "total_count": 2,
    "page_count": 2,
    "current_page": 1,
    "limit": 1,
    "has_next_page": True,
    "has_previous_page": False,
}
NEVER: dict[str, Any] = {"cut": "no_answer", "then": "stall"}
AGENT = {"message": "ok", "data": {"id": "cm1", "name": "Ada"}}
LATER: dict[str, Any] = {"status": 503, "headers": {"retry-after": "30"}, "body": {}, "then": "close"}
TICKET: dict[str, Any] = {
    "match": {"path_ends": "/stream-ticket"},
    "times": 100,
    "body": {"message": "ok", "data": {"ticket": "ticket", "expires_in": 60}},
    "then": "close",
}
EVENTS: dict[str, Any] = {"headers": {"content-type": "text/event-stream"}, "content_length": None}


class Point(NamedTuple):
    """How far a call gets."""

    call: str
    replies: list[dict[str, Any]]
    """None if the server does not get so far as to see a request."""
    requests: int = 1
    """How many requests have come then."""


POINTS = {
    "connecting": Point("retrieve", [], 0),
    "handshake": Point("retrieve", [], 0),
    "sending": Point("upload", [{"cut": "request", "then": "stall"}]),
    "waiting": Point("retrieve", [NEVER]),
    "head": Point("retrieve", [{"cut": {"head": 20}, "then": "stall"}]),
    "body": Point("retrieve", [{"body": AGENT, "cut": {"body": 10}, "then": "stall"}]),
    "dripping body": Point("retrieve", [{"body": AGENT, "drip": {"bytes": 1, "every": 0.2}}]),
    "back-off": Point("retrieve", [LATER]),
    "second attempt": Point("retrieve", [{**LATER, "headers": {"retry-after": "0"}}, NEVER], 2),
    "write": Point("update", [NEVER]),
    "second page": Point("pages", [{"body": {"message": "ok", "data": [AGENT["data"]], "meta": META}}, NEVER], 2),
    "ticket": Point("stream", [NEVER]),
    "opening a stream": Point("stream", [TICKET, NEVER], 2),
    "stream": Point("stream", [TICKET, {**EVENTS, "chunks": [{"text": ": hello\n\n"}, {"text": "", "wait": 60}]}], 2),
    "back-off of a stream": Point("stream", [TICKET, LATER], 2),
}

class Reached:
    """A server on which a call gets to a point and no further."""

    def __init__(self, point: Point, base_url: str, scene: Scene | None) -> None:
        self.point, self.base_url, self.scene = point, base_url, scene

    def requests(self) -> int:
        return len(self.scene.journal()["requests"]) if self.scene else 0

    def wait(self, before: int, process: int | None = None) -> None:
        """Waits until the call has come there; `before` is how many sockets the process had before the call."""
        if self.point.requests:
            soon(lambda: self.requests() >= self.point.requests)
        else:
            soon(lambda: open_sockets(process) > before)


@contextmanager
def reached(name: str, faults: FaultServer, silent: Silent) -> Iterator[Reached]:
    point = POINTS[name]
    if name == "connecting":
        yield Reached(point, faults.addresses["blackhole"], None)
    elif name == "handshake":
        yield Reached(point, silent.url.replace("http:", "https:"), None)
    else:
        scene = faults.scene(*point.replies)
        yield Reached(point, scene.base_url, scene)
