"""The shared table of cursors, run in Python, with the sync and the async client."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import bimpe
from fault_server import FaultServer
from results import record

TABLE = json.loads((Path(__file__).parent / "cases" / "cursors.json").read_text(encoding="utf-8"))
UNREADABLE = "!"
KINDS = [bimpe.BimpeAI, bimpe.AsyncBimpeAI]


def script(case: dict[str, Any]) -> list[Any]:
    """The behavior of the server in a case."""

    def dated(holder: dict[str, Any], name: str) -> dict[str, str]:
        return {"date": holder[name]} if name in holder else {}

    ticket = {"match": {"path_ends": "/stream-ticket"}, "times": 99, "body": {"data": {"ticket": "t"}}}
    replies: list[Any] = [{**ticket, "headers": dated(case, "ticket_date")}]
    for conversation, stream in case["streams"].items():
        for left, names in zip(range(len(stream["connections"]), 0, -1), stream["connections"], strict=True):
            text = ": hello\n\n" + "".join(TABLE["events"][name] for name in names)
            stays = [{"text": "", "wait": 60}] if left <= 2 else []
            replies.append(
                {
                    "match": {"path_ends": f"/{conversation}/stream"},
                    "headers": {"content-type": "text/event-stream", **dated(stream, "date")},
                    "chunks": [{"text": text}, *stays],
                }
            )
    return replies


class Reader:
    """A stream of the conversations of a case, or several that are merged."""

    def __init__(self, client: Any, conversations: list[str], after: Any) -> None:
        messages = client.conversations.messages
        self.conversations = conversations
        if len(conversations) == 1:
            self.stream = messages.stream("a1", conversations[0], after=after)
        else:
            self.stream = messages.stream_many("a1", conversations, after=after)

    def cursor(self, conversation: str) -> str | None:
        if len(self.conversations) == 1:
            return self.stream.last_event_id
        return self.stream.last_event_ids.get(conversation)

    async def next(self) -> tuple[str, str | None]:
        """The conversation of what comes next, and the id of the event or the mark of one that cannot be read."""
        try:
            if hasattr(self.stream, "__anext__"):
                event = await asyncio.wait_for(self.stream.__anext__(), 20)
            else:
                event = next(self.stream)
        except bimpe.StreamDecodeError as error:
            return error.source or self.conversations[0], UNREADABLE
        return event.conversation_id, event.to_dict().get("id")

    async def close(self) -> None:
        closed = self.stream.aclose() if hasattr(self.stream, "aclose") else self.stream.close()
        if inspect.isawaitable(closed):
            await closed


async def run(server: FaultServer, kind: Any, case: dict[str, Any]) -> None:
    scenario = server.scenario(script(case))
    client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url)
    streams = case["streams"]
    reader = Reader(client, list(streams), case["after"])
    assert {name: reader.cursor(name) for name in streams} == {
        name: stream["first_cursor"] for name, stream in streams.items()
    }
    seen: dict[str, list[Any]] = {name: [] for name in streams}
    for _ in range(sum(len(stream["expected_events"]) for stream in streams.values())):
        name, what = await reader.next()
        seen[name].append([what, reader.cursor(name)])
    assert seen == {name: stream["expected_events"] for name, stream in streams.items()}
    await reader.close()
    cursors = {name: reader.cursor(name) for name in streams}
    assert cursors == {
        name: stream["expected_events"][-1][1] if stream["expected_events"] else stream["first_cursor"]
        for name, stream in streams.items()
    }

    again = Reader(client, list(streams), cursors if len(streams) > 1 else cursors[next(iter(streams))])
    then = dict([await again.next() for _ in streams])
    assert then == {name: stream["next_event"] for name, stream in streams.items()}
    await again.close()
    afters: dict[str, list[Any]] = {name: [] for name in streams}
    for request in scenario.request_log()["requests"]:
        address = urlsplit(request["target"])
        if address.path.endswith("/stream"):
            afters[address.path.split("/")[-2]].append(parse_qs(address.query).get("after", [None])[0])
    assert afters == {name: stream["expected_after"] for name, stream in streams.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_cursors_are_what_the_table_says(kind: Any, fault_server: FaultServer) -> None:
    def judge(case: dict[str, Any]) -> Exception | None:
        try:
            asyncio.run(run(fault_server, kind, case))
        except (AssertionError, bimpe.BimpeAIError) as error:
            return error
        return None

    outcomes = {case["name"]: judge(case) for case in TABLE["cases"]}
    wrong = {name: error for name, error in outcomes.items() if error is not None}
    what = f"Cursors before and after good and bad events ({kind.__name__})"
    record(4, what, len(TABLE["cases"]), {"other outcomes": len(wrong)}, {"other outcomes": 0})
    assert not wrong
