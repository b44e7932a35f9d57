"""Tracebacks end at the caller's line, with few frames of this package."""

import asyncio
import copy
import json
import pickle
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer
from results import record

import bimpe
from bimpe import AsyncBimpeAI, BimpeAI, BimpeAIError

PACKAGE = Path(bimpe.__file__).parent
# Of this package, between the caller and the place where the error is raised.
MOST = 5

CALLS: dict[str, Callable[[BimpeAI], Any]] = {
    "a call": lambda client: client.agents.retrieve("a"),
    "a write": lambda client: client.agents.update("a", name="Ada"),
    "wrong input": lambda client: client.agents.retrieve(".."),
    "a page": lambda client: client.agents.list(),
    "a walk": lambda client: list(client.agents.list()),
    "a stream": lambda client: next(client.conversations.messages.stream("a", "b", max_retries=0)),
    "a raw response": lambda client: client.with_raw_response.agents.retrieve("a"),
    "a custom request": lambda client: client.request("GET", "/x"),
    "settings": lambda _: BimpeAI(api_key="sk test"),
}


async def call(client: AsyncBimpeAI) -> None:
    await client.agents.retrieve("a")


async def walk(client: AsyncBimpeAI) -> None:
    async for _ in client.agents.list():
        pass


async def stream(client: AsyncBimpeAI) -> None:
    await anext(client.conversations.messages.stream("a", "b", max_retries=0))


async def gathered(client: AsyncBimpeAI) -> None:
    await asyncio.gather(call(client), call(client))


ASYNC_CALLS: list[Callable[[AsyncBimpeAI], Coroutine[Any, Any, None]]] = [call, walk, stream, gathered]


def ignore(_: object) -> None:
    """A hook, with which requests pass through other modules."""


def judge(error: BimpeAIError) -> None:
    """Checks the frames and the copies of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [PACKAGE in Path(frame.filename).parents for frame in frames]
    assert True in ours
    first = ours.index(True)
    caller = frames[first - 1]
    assert caller.filename == __file__
    assert caller.line is not None
    assert "client." in caller.line or "BimpeAI(" in caller.line
    assert all(ours[first:]), "the last frames are those of the package"
    assert len(ours) - first <= MOST
    assert (error.__cause__, error.__context__) == (None, None)
    json.dumps(error.to_dict())
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert (str(again), again.args, again.to_dict()) == (str(error), error.args, error.to_dict())


@pytest.mark.parametrize("hooks", [{}, {"on_request": ignore}], ids=["plain", "with hooks"])
def test_traceback_ends_at_the_caller(faults: FaultServer, hooks: dict[str, Any]) -> None:
    url = faults.scenario(
        [{"status": 404, "body": {"message": "no", "code": "not_found"}}], "repeat"
    ).base_url
    for make in CALLS.values():
        with pytest.raises(BimpeAIError) as caught:
            make(BimpeAI(api_key="sk_test", base_url=url, **hooks))
        judge(caught.value)
    for coroutine in ASYNC_CALLS:
        with pytest.raises(BimpeAIError) as caught:
            asyncio.run(coroutine(AsyncBimpeAI(api_key="sk_test", base_url=url, **hooks)))
        judge(caught.value)
    runs = len(CALLS) + len(ASYNC_CALLS)
    what = "tracebacks and copies of errors" + (", with hooks" if hooks else "")
    record(12, what, runs, {"that do not point to the caller": 0}, {"that do not point to the caller": 0})
