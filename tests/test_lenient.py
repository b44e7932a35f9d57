"""The shared table of JSON as real servers write it, run in Python, with the sync and the async client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import bimpe
from fault_server import FaultServer
from results import record

TABLE = json.loads((Path(__file__).parent / "cases" / "lenient.json").read_text(encoding="utf-8"))
KINDS = [bimpe.BimpeAI, bimpe.AsyncBimpeAI]
FORMS = ["result", "page", "event", "error"]


def text(case: dict[str, Any], form: str) -> str:
    depth = case.get("depth")
    fields = case["fields"] if depth is None else f'"x": {"[" * depth}{"]" * depth}'
    mark = "\ufeff" if case.get("byte_order_mark") else ""
    return mark + TABLE["templates"][form].replace("$fields", fields)


def replies(case: dict[str, Any], form: str) -> list[dict[str, Any]]:
    body = text(case, form)
    if form != "event":
        return [{"status": 404 if form == "error" else 200, "body": {"text": body}}]
    data = "".join(f"data: {line}\n" for line in body.split("\n"))
    return [
        {"match": {"path_ends": "/stream-ticket"}, "body": {"data": {"ticket": "tk"}}},
        {"headers": {"content-type": "text/event-stream"}, "body": {"text": f"event: message\n{data}\n"}},
    ]


async def given(client: Any, form: str) -> Any:
    """The object that the client gives, or the body of its error."""
    is_async = isinstance(client, bimpe.AsyncBimpeAI)
    if form == "event":
        stream = client.conversations.messages.stream("cm1", "cm2")
        return await anext(stream) if is_async else next(stream)
    call = client.agents.list() if form == "page" else client.agents.retrieve("cm1")
    try:
        result = await call if is_async else call
    except bimpe.NotFoundError as error:
        if form == "error":
            return error
        raise
    return result.data[0] if form == "page" else result


def depth(value: Any) -> int:
    """How many arrays lie in each other."""
    found = 0
    while isinstance(value, list):
        found += 1
        value = value[0] if value else None
    return found


def judge(case: dict[str, Any], form: str, found: Any) -> str | None:
    if form == "error":
        if not isinstance(found, bimpe.NotFoundError):
            return f"it gives {found}"
        if case.get("rejected"):
            return None
        if found.message != "no such agent":
            return f"the message is {found.message}"
    elif case.get("rejected"):
        kind = bimpe.StreamDecodeError if form == "event" else bimpe.UnexpectedResponseError
        return None if isinstance(found, kind) else "it is not refused"
    elif isinstance(found, bimpe.BimpeAIError):
        return str(found)
    fields = found.body if form == "error" else vars(found) | {"created_at": getattr(found, "created_at", None)}
    if "depth" in case:
        return None if depth(fields["x"]) == case["depth"] else f"{depth(fields['x'])} levels"
    for name, wanted in case["value"].items():
        if fields[name] != wanted:
            return f"{name} is {fields[name]!r} and should be {wanted!r}"
    return None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_json_is_read_as_real_servers_write_it(form: str, kind: Any, fault_server: FaultServer) -> None:
    async def run(case: dict[str, Any]) -> str | None:
        client = kind(
            api_key="sk_test_key", base_url=fault_server.scenario(replies(case, form)).base_url, max_retries=0
        )
        try:
            found = await given(client, form)
        except bimpe.BimpeAIError as error:
            found = error
        wrong = judge(case, form, found)
        return None if wrong is None else f"{case['name']}: {wrong}"

    wrong = [text for text in (asyncio.run(run(case)) for case in TABLE["cases"]) if text is not None]
    what = f"JSON as real servers write it: {form} ({kind.__name__})"
    record(13, what, len(TABLE["cases"]), {"other outcomes": len(wrong)}, {"other outcomes": 0})
    assert not wrong, "\n".join(wrong)
