"""Closing a client ends its requests at once with ClientClosedError."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cancellation_points import NEVER, POINTS, reached
from client_calls import async_call, close, sync_call
from fault_server import FaultServer
from lifecycle_support import wait_for_close, wait_for_requests, wait_until
from results import is_full_run, record

from bimpe import AsyncBimpeAI, BimpeAI, BimpeAIError, ClientClosedError

RUNS = 5 if is_full_run() else 1
ENDED = "slowest end of a request, ms"
CLOSED = "slowest close of a connection, ms"
GOAL = {ENDED: 200, CLOSED: 200, "requests after the end": 0}


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, float]]:
    seen: dict[str, float] = dict.fromkeys(GOAL, 0)
    yield seen
    record(15, f"close() at {len(POINTS)} points", 2 * len(POINTS) * RUNS, seen, GOAL)


@pytest.mark.parametrize("variant", ["sync", "async"])
@pytest.mark.parametrize("name", POINTS)
def test_close_ends_requests(name: str, variant: str, faults: FaultServer, figures: dict[str, float]) -> None:
    for _ in range(RUNS):
        with reached(name, faults) as server, ThreadPoolExecutor(1) as pool:
            client: Any
            if variant == "sync":
                client = BimpeAI(api_key="sk_test", base_url=server.base_url)
                call = pool.submit(sync_call, client, server.point.call)
            else:
                client = AsyncBimpeAI(api_key="sk_test", base_url=server.base_url)
                call = pool.submit(asyncio.run, async_call(client, server.point.call))
            server.wait()
            time.sleep(0.02)
            start = time.monotonic()
            close(client)
            with pytest.raises(BimpeAIError) as caught:
                call.result(10)
            figures[ENDED] = max(figures[ENDED], (time.monotonic() - start) * 1000)
            assert type(caught.value) is ClientClosedError
            if server.point.call != "stream":
                assert caught.value.may_have_been_applied == (server.point.call in ("update", "upload"))
            del caught, call
            figures[CLOSED] = max(figures[CLOSED], wait_until(server.is_closed) * 1000)
            seen = server.requests()
            time.sleep(0.1)
            figures["requests after the end"] += server.requests() - seen
            assert server.requests() == seen


def test_close_ends_derived_clients_and_streams(echo: str) -> None:
    client = BimpeAI(api_key="sk_test", base_url=echo)
    derived = client.with_options(timeout=5)
    stream = client.conversations.messages.stream("a", "b")
    with client:
        assert client.agents.retrieve("a").id == "a"
    client.close()
    for call in (
        lambda: client.agents.retrieve("a"),
        lambda: derived.agents.retrieve("a"),
        lambda: client.with_options(timeout=5).agents.retrieve("a"),
        lambda: client.conversations.messages.stream("a", "b"),
        lambda: next(stream),
    ):
        with pytest.raises(ClientClosedError):
            call()


@pytest.mark.parametrize("variant", ["sync", "async"])
def test_close_of_derived_client_keeps_the_parent_open(variant: str, faults: FaultServer) -> None:
    scenario = faults.scenario([NEVER], last="repeat")
    call: Any
    if variant == "sync":
        client: Any = BimpeAI(api_key="sk_test", base_url=scenario.base_url)
        call = sync_call
    else:
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        call = lambda client, name: asyncio.run(async_call(client, name))  # noqa: E731
    derived = client.with_options(timeout=50)
    twice = derived.with_options(timeout=40)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call, one, "retrieve") for one in (client, derived, twice)]
        calls.append(pool.submit(call, derived, "stream"))
        wait_for_requests(scenario, 4)
        close(derived)
        for closed in calls[1:]:
            with pytest.raises(ClientClosedError):
                closed.result(10)
        time.sleep(0.1)
        assert not calls[0].done()
        for one in (derived, twice, derived.with_options(timeout=5)):
            with pytest.raises(ClientClosedError):
                call(one, "retrieve")
        close(client)
        with pytest.raises(ClientClosedError):
            calls[0].result(10)


def test_close_ends_a_hundred_concurrent_requests(faults: FaultServer) -> None:
    scenario = faults.scenario([NEVER], last="repeat")

    async def run() -> None:
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        calls = [asyncio.ensure_future(client.agents.retrieve("a")) for _ in range(100)]
        await asyncio.to_thread(wait_for_requests, scenario, len(calls))
        await client.aclose()
        ended = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
        assert {type(error) for error in ended} == {ClientClosedError}

    asyncio.run(run())
    wait_for_close(scenario)
