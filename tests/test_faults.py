"""The shared table of faults, run in Python, with the sync and the async client."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
import time
import traceback
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer, Scene

import bimpe

TABLE = json.loads((Path(__file__).parent / "cases" / "faults.json").read_text(encoding="utf-8"))
CASES = [(section, case) for section, cases in TABLE["cases"].items() for case in cases]
# This takes its body as one dict.
DICT_BODY = "calls.make"
# How much earlier than asked a request may seem to come, for the clocks' sake.
TOLERANCE = 0.05


class Given:
    """What a call gave: a value or an error, and how many items a walk saw."""

    value: Any = None
    error: bimpe.BimpeAIError | None = None
    items = 0


def plain(result: Any) -> Any:
    """A result as JSON values."""
    if isinstance(result, (bimpe.Page, bimpe.AsyncPage)):
        return [plain(item) for item in result.data]
    return result.to_dict() if hasattr(result, "to_dict") else result


async def call(client: Any, call: dict[str, Any]) -> Given:
    given = Given()
    method: Any = client
    for part in call["call"].split("."):
        method = getattr(method, part)
    body = call.get("body", {})
    arguments = [*call.get("path", []), body] if call["call"] == DICT_BODY else call.get("path", [])
    keywords = {} if call["call"] == DICT_BODY else body
    try:
        result = method(*arguments, **keywords)
        if inspect.isawaitable(result):
            result = await result
        if not call.get("walk"):
            given.value = plain(result)
        elif isinstance(result, bimpe.AsyncPage):
            async for _item in result:
                given.items += 1
        else:
            for _item in result:
                given.items += 1
    except bimpe.BimpeAIError as error:
        given.error = error
    return given


def holds(given: Any, wanted: Any) -> bool:
    """Whether a result holds what it should, and perhaps more fields."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(name in given and holds(given[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        return isinstance(given, list) and len(given) == len(wanted) and all(map(holds, given, wanted))
    return given == wanted


def check_error(case: dict[str, Any], error: bimpe.BimpeAIError, keys: set[str]) -> None:
    text = str(error)
    assert type(error).__name__ == TABLE["kinds"][case["fails"]][0], text
    for name, wanted in case.get("error", {}).items():
        assert getattr(error, name) == wanted, name
    for words in case.get("says", []):
        assert words in text
    if "origin" in case:
        assert error.location_origin is not None
        assert error.location_origin.startswith(case["origin"])
    if case.get("same_key"):
        assert error.idempotency_key in keys
    if not case.get("may_say_canary"):
        shown = "".join(traceback.format_exception(error))
        assert "canary" not in f"{text} {error!r} {json.dumps(error.to_dict())} {shown}"
    assert pickle.loads(pickle.dumps(error)).to_dict() == error.to_dict()


def check_journal(case: dict[str, Any], journal: dict[str, Any]) -> None:
    requests = journal["requests"]
    found = {"requests": len(requests), "keys": len(keys_of(journal)), "effects": journal["effects"]}
    for name, number in found.items():
        assert number == case.get(name, number), name
    assert len(requests) <= case.get("max_requests", 99)
    gaps = [after["at"] - before["at"] for before, after in pairwise(requests)]
    for gap, wanted in zip(gaps, case.get("spacing", []), strict=False):
        assert gap >= wanted - TOLERANCE


def keys_of(journal: dict[str, Any]) -> set[str]:
    return {request["key"] for request in journal["requests"] if request["key"]}


def base_url(case: dict[str, Any], scene: Scene) -> str:
    if "over" in case:
        return scene.over(case["over"])
    return scene.server.addresses[case["at"]] if "at" in case else scene.base_url


@pytest.mark.parametrize("kind", [bimpe.BimpeAI, bimpe.AsyncBimpeAI])
@pytest.mark.parametrize(("section", "case"), CASES, ids=[f"{section}: {case['name']}" for section, case in CASES])
def test_a_fault(section: str, case: dict[str, Any], kind: Any, fault_server: FaultServer) -> None:
    scene = fault_server.scene([TABLE["replies"].get(reply, reply) if isinstance(reply, str) else reply for reply in case["replies"]])
    settings = {**TABLE["client"], **case.get("client", {})}
    if "over" in case:
        settings["ca_file"] = fault_server.addresses["ca_file"]
    client = kind(api_key=TABLE["api_key"], base_url=base_url(case, scene), **settings)

    async def calls() -> Given:
        for _ in range(case.get("again", 0)):
            await call(client, TABLE["calls"][case["do"]])
        return await call(client, TABLE["calls"][case["do"]])

    started = time.monotonic()
    given = asyncio.run(calls())
    elapsed = time.monotonic() - started
    journal = scene.journal()
    check_journal(case, journal)
    assert given.items == case.get("items", given.items)
    assert elapsed <= case.get("within", 60)
    if "fails" in case:
        assert given.error is not None, f"it gives {given.value}"
        check_error(case, given.error, keys_of(journal))
    else:
        assert given.error is None, repr(given.error)
        assert holds(given.value, case["value"]), given.value
