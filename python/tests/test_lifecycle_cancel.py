"""Cancelling a task ends its request at any point and frees its resources."""

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from cancellation_points import NEVER, POINTS, REPLIES, TICKET, reached
from client_calls import async_call
from fault_server import FaultServer
from lifecycle_support import wait_for_close, wait_for_requests, wait_until
from results import is_full_run, record

from bimpe import APITimeoutError, AsyncBimpeAI

RUNS = 5 if is_full_run() else 1
CLOSED = "slowest close of a connection, ms"
LEFT = "tasks and complaints left"
GOAL = {CLOSED: 200, "requests after the end": 0, LEFT: 0}


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, float]]:
    seen: dict[str, float] = dict.fromkeys(GOAL, 0)
    yield seen
    record(15, f"asyncio: cancelled at {len(POINTS)} points", len(POINTS) * RUNS, seen, GOAL)


@pytest.mark.parametrize("name", POINTS)
def test_cancel_closes_the_connection(name: str, faults: FaultServer, figures: dict[str, float]) -> None:
    async def run() -> None:
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        with reached(name, faults) as server:
            client = AsyncBimpeAI(api_key="sk_test", base_url=server.base_url)
            task = asyncio.create_task(async_call(client, server.point.call))
            await asyncio.to_thread(server.wait)
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            closed = await asyncio.to_thread(wait_until, server.is_closed)
            figures[CLOSED] = max(figures[CLOSED], closed * 1000)
            seen = server.requests()
            await asyncio.sleep(0.1)
            figures["requests after the end"] += server.requests() - seen
        gc.collect()
        figures[LEFT] += len(complaints) + len(asyncio.all_tasks()) - 1
        assert complaints == []

    for _ in range(RUNS):
        asyncio.run(run())
    assert (figures["requests after the end"], figures[LEFT]) == (0, 0)


async def wait_for(call: Awaitable[Any]) -> None:
    await asyncio.wait_for(call, 0.1)


async def timeout(call: Awaitable[Any]) -> None:
    async with asyncio.timeout(0.1):
        await call


async def task_group(call: Awaitable[Any]) -> None:
    async def fail() -> None:
        await asyncio.sleep(0.1)
        raise TimeoutError

    async def wait() -> None:
        await call

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait())
            group.create_task(fail())
    except BaseExceptionGroup as errors:  # noqa: F821
        raise errors.exceptions[0] from None


@pytest.mark.parametrize(
    "limit",
    [
        wait_for,
        pytest.param(timeout, marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="since 3.11")),
        pytest.param(task_group, marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="since 3.11")),
    ],
)
@pytest.mark.parametrize("name", ["waiting", "body", "back-off", "stream"])
def test_asyncio_timeouts_close_the_connection(
    limit: Callable[[Awaitable[Any]], Awaitable[None]], name: str, faults: FaultServer
) -> None:
    async def run() -> None:
        point = POINTS[name]
        scenario = faults.scenario(point.replies)
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        with pytest.raises((TimeoutError, asyncio.TimeoutError)) as caught:
            await limit(async_call(client, point.call))
        assert not isinstance(caught.value, APITimeoutError)
        # Its traceback holds the stream, which was not closed.
        del caught
        gc.collect()
        await asyncio.to_thread(wait_for_close, scenario)
        assert len(scenario.request_log()["requests"]) == point.requests

    asyncio.run(run())


def test_timeout_closes_the_connection(faults: FaultServer) -> None:
    async def run() -> None:
        scenario = faults.scenario([NEVER])
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url, max_retries=0)
        with pytest.raises(APITimeoutError):
            await client.agents.retrieve("cm1", timeout=0.2)
        await asyncio.to_thread(wait_for_close, scenario)

    asyncio.run(run())


def test_end_of_loop_cancels_requests(faults: FaultServer, capfd: pytest.CaptureFixture[str]) -> None:
    scenario = faults.scenario([NEVER], last="repeat")

    async def run() -> None:
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        tasks = [asyncio.create_task(client.agents.retrieve("cm1")) for _ in range(5)]
        await asyncio.to_thread(wait_for_requests, scenario, len(tasks))

    asyncio.run(run())
    wait_for_close(scenario)
    gc.collect()
    assert capfd.readouterr() == ("", "")


def event(number: int) -> dict[str, Any]:
    text = (
        f'id: e{number}\nevent: message\ndata: {{"id": "e{number}", "conversation_id": "cm2", "role": "user", '
        f'"message": "{number}", "created_at": "2026-01-01T00:00:00Z"}}\n\n'
    )
    return {"text": text, "wait": 0.001}


def test_break_closes_the_stream_connection(faults: FaultServer) -> None:
    async def run() -> None:
        scenario = faults.scenario([TICKET, REPLIES["one event"]])
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        async with client.conversations.messages.stream("cm1", "cm2") as stream:
            async for _ in stream:
                break
        await asyncio.to_thread(wait_for_close, scenario)
        # Without a block that closes it, the connection ends with the stream itself.
        scenario = faults.scenario([TICKET, REPLIES["one event"]])
        async for _ in AsyncBimpeAI(
            api_key="sk_test", base_url=scenario.base_url
        ).conversations.messages.stream("a", "b"):
            break
        gc.collect()
        await asyncio.to_thread(wait_for_close, scenario)

    asyncio.run(run())


def test_cancelled_waits_lose_no_event(faults: FaultServer) -> None:
    count = 2000 if is_full_run() else 300

    async def run() -> list[str]:
        events = [event(number) for number in range(count)]
        scenario = faults.scenario(
            [TICKET, {"headers": {"content-type": "text/event-stream"}, "chunks": events}]
        )
        seen: list[str] = []
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        async with client.conversations.messages.stream("cm1", "cm2", reconnect=False) as stream:
            waited = 0
            while True:
                task = asyncio.create_task(anext(stream, None))
                # A few steps of the loop, so that the cancellation meets every moment of the way.
                for _ in range(waited % 7):
                    await asyncio.sleep(0)
                if waited % 3:
                    await asyncio.sleep(0.0005)
                waited += 1
                task.cancel()
                try:
                    arrived = await task
                except asyncio.CancelledError:
                    continue
                if arrived is None:
                    return seen
                seen.append(arrived.id)

    seen = asyncio.run(run())
    assert seen == [f"e{number}" for number in range(count)]
    what = "events of a stream whose reader is cancelled again and again"
    lost = {"events lost": count - len(set(seen)), "events repeated": len(seen) - len(set(seen))}
    record(15, what, count, lost, dict.fromkeys(lost, 0))


def test_cancel_before_the_loop_sees_the_event_loses_nothing(faults: FaultServer) -> None:
    events = [event(1), {**event(2), "wait": 0.3}, {"text": "", "wait": 60}]

    async def run() -> None:
        scenario = faults.scenario(
            [TICKET, {"headers": {"content-type": "text/event-stream"}, "chunks": events}]
        )
        client = AsyncBimpeAI(api_key="sk_test", base_url=scenario.base_url)
        async with client.conversations.messages.stream("cm1", "cm2") as stream:
            assert (await anext(stream)).id == "e1"
            task = asyncio.create_task(anext(stream))
            await asyncio.sleep(0.05)
            time.sleep(0.5)  # noqa: ASYNC251
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await anext(stream)).id == "e2"

    asyncio.run(run())
