"""The points of a call at which it can be given up, and how a test gets there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fault_server import FaultServer, Scene
from life import open_sockets, soon
from support import ROOT, Silent

_TABLE = json.loads((ROOT / "tests/cases/points.json").read_text())
REPLIES: dict[str, dict[str, Any]] = _TABLE["replies"]
NEVER, TICKET = REPLIES["never"], REPLIES["ticket"]


class Point(NamedTuple):
    """How far a call gets."""

    call: str
    replies: list[dict[str, Any]]
    requests: int
    """How many requests have come then; 0 if the server does not see one."""


POINTS = {
    point["name"]: Point(point["call"], [REPLIES[name] for name in point["replies"]], point["requests"])
    for point in _TABLE["points"]
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
        scene = faults.scene(point.replies)
        yield Reached(point, scene.base_url, scene)
