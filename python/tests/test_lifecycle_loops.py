"""A client works in consecutive and concurrent event loops."""

import asyncio
import gc
import threading
import warnings
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from lifecycle_support import open_sockets
from support import Sandbox, SilentServer, is_disconnected

from bimpe import AsyncBimpeAI, BimpeAI

try:
    import uvloop
except ImportError:  # not made for this machine
    uvloop = None

USER = "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10"
Run = Callable[[Coroutine[Any, Any, Any]], Any]


class UnwatchingLoop(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, as that of Windows."""

    def add_reader(self, *_: object) -> None:
        raise NotImplementedError


def run_unwatching(work: Coroutine[Any, Any, Any]) -> Any:
    loop = UnwatchingLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


RUNNERS = [
    asyncio.run,
    run_unwatching,
    pytest.param(
        uvloop and uvloop.run, id="uvloop", marks=pytest.mark.skipif(uvloop is None, reason="no uvloop here")
    ),
]


async def many(client: AsyncBimpeAI, count: int = 50) -> None:
    ids = [f"a{number}" for number in range(count)]
    agents = await asyncio.gather(*map(client.agents.retrieve, ids))
    assert [agent.id for agent in agents] == ids


@pytest.mark.parametrize("run", RUNNERS)
def test_client_works_in_consecutive_loops(run: Run, echo: str) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
    for _ in range(5):
        run(many(client))


@pytest.mark.parametrize("run", RUNNERS)
def test_client_works_in_concurrent_loops(run: Run, echo: str) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
    done: list[int] = []

    def work(number: int) -> None:
        run(many(client))
        done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(6))


def test_loop_that_cannot_watch_descriptors_receives_events(sandbox: Sandbox, client: BimpeAI) -> None:
    sent = client.conversations.send(
        sandbox.agent_id, message="Hello", channel_type="webchat", channel_user_id=USER, is_test_channel=True
    )
    retries: list[int] = []

    async def read() -> None:
        sandbox.control("faults", {"operation": "agents.list", "status": 503, "times": 1, "retry_after": 0})
        own = sandbox.async_client(on_retry=lambda retry: retries.append(retry.attempt))
        messages = own.conversations.messages
        after = "2020-01-01T00:00:00Z"
        async with messages.stream(sandbox.agent_id, str(sent.conversation_id), after=after) as stream:
            assert (await anext(aiter(stream))).message == "Hello"
        assert (await own.agents.list()).data

    run_unwatching(read())
    assert retries == [1]


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, UnwatchingLoop])
def test_closed_loop_is_collected(make_loop: Callable[[], asyncio.AbstractEventLoop], echo: str) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
    loop = make_loop()
    loop.run_until_complete(many(client, 2))
    loop.close()
    gone = weakref.ref(loop)
    del loop
    gc.collect()
    assert gone() is None


def test_closed_loops_leave_no_socket_open(echo: str) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
    asyncio.run(many(client, 1))
    gc.collect()
    before = open_sockets()
    for _ in range(20):
        asyncio.run(many(client, 1))
    gc.collect()
    assert open_sockets() <= before


def test_loop_closed_during_a_request_disconnects(silent_server: SilentServer, echo: str) -> None:
    """A program that closes its loop leaves the task. The request ends when the task is collected."""
    client = AsyncBimpeAI(api_key="sk_test", base_url=silent_server.url)
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.agents.list())
    connection = loop.run_until_complete(asyncio.to_thread(silent_server.accept))
    loop.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # asyncio complains of the task, and rightly so
        del task, loop
        gc.collect()
    assert is_disconnected(connection)
    asyncio.run(many(AsyncBimpeAI(api_key="sk_test", base_url=echo)))


@pytest.mark.parametrize("keyed", [False, True])
def test_loop_dropped_during_a_stream_disconnects(silent_server: SilentServer, keyed: bool) -> None:
    """The stream and its connection end when the stream is collected."""
    client = AsyncBimpeAI(api_key=(lambda: "sk_test") if keyed else "sk_test", base_url=silent_server.url)

    async def wait() -> None:
        async for _ in client.conversations.messages.stream("a", "c"):
            pass

    loop = asyncio.new_event_loop()
    task = loop.create_task(wait())
    connection = loop.run_until_complete(asyncio.to_thread(silent_server.accept))
    loop.close()
    gone = weakref.ref(task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del task, loop
        gc.collect()
    assert gone() is None
    assert is_disconnected(connection)


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, UnwatchingLoop])
def test_response_after_loop_close_is_dropped(
    make_loop: Callable[[], asyncio.AbstractEventLoop], echo: str
) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
    for _ in range(20):
        loop = make_loop()
        tasks = [loop.create_task(client.agents.retrieve(f"a{number}")) for number in range(20)]
        loop.run_until_complete(asyncio.sleep(0))
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()
    asyncio.run(many(client))


def test_methods_are_coroutines(echo: str) -> None:
    async def run() -> None:
        client = AsyncBimpeAI(api_key="sk_test", base_url=echo)
        assert asyncio.iscoroutinefunction(client.agents.retrieve)
        task = asyncio.create_task(client.agents.retrieve("a"))
        assert (await task).id == "a"

    asyncio.run(run())
