"""Threads, event loops, cancellation, Ctrl-C, forks, and the end of the process."""

import asyncio
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import Sandbox, Silent, hung_up, python

from bimpe import APITimeoutError


def test_threads_share_a_client(sandbox: Sandbox) -> None:
    client = sandbox.client()
    with ThreadPoolExecutor(16) as pool:
        agents = list(pool.map(lambda _: client.agents.retrieve(sandbox.agent_id), range(200)))
    assert {agent.id for agent in agents} == {sandbox.agent_id}


def test_tasks_and_loops_share_a_client(sandbox: Sandbox) -> None:
    client = sandbox.async_client()

    async def run() -> None:
        calls = [client.agents.retrieve(sandbox.agent_id) for _ in range(200)]
        assert {agent.id for agent in await asyncio.gather(*calls)} == {sandbox.agent_id}

    asyncio.run(run())
    threads = [threading.Thread(target=asyncio.run, args=(run(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_methods_are_coroutines(sandbox: Sandbox) -> None:
    async def run() -> None:
        client = sandbox.async_client()
        assert asyncio.iscoroutinefunction(client.agents.list)
        task = asyncio.create_task(client.agents.list())
        assert (await task).data

    asyncio.run(run())


def test_a_deadline(silent: Silent, sandbox: Sandbox) -> None:
    start = time.monotonic()
    with pytest.raises(APITimeoutError):
        sandbox.client(base_url=silent.url, max_retries=0).agents.list(timeout=0.3)
    assert time.monotonic() - start < 1


def test_a_cancelled_call_hangs_up(silent: Silent, sandbox: Sandbox) -> None:
    async def run() -> None:
        client = sandbox.async_client(base_url=silent.url)
        task = asyncio.create_task(client.agents.list())
        connection = await asyncio.to_thread(silent.accept)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(hung_up, connection)
        with pytest.raises(TimeoutError if sys.version_info >= (3, 11) else asyncio.TimeoutError):
            await asyncio.wait_for(client.agents.list(), 0.1)

    asyncio.run(run())


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c(silent: Silent, sandbox: Sandbox) -> None:
    connections = []
    times = []

    def interrupt() -> None:
        connections.append(silent.accept())
        times.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    # A shell starts what it runs in the background with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            sandbox.client(base_url=silent.url).agents.list()
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - times[0] < 10
    thread.join()
    assert hung_up(connections[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_uses_the_same_client(sandbox: Sandbox) -> None:
    client = sandbox.client()
    async_client = sandbox.async_client()
    agent = client.agents.retrieve(sandbox.agent_id)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            assert client.agents.retrieve(sandbox.agent_id) == agent
            assert asyncio.run(async_client.agents.retrieve(sandbox.agent_id)).id == agent.id
            code = 0
        finally:
            os._exit(code)
    for _ in range(20):
        assert client.agents.retrieve(sandbox.agent_id).id == agent.id
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


EXITS = {
    "after a call": "client.agents.list()",
    "from async code": "asyncio.run(aclient.agents.list())",
    "with a call that waits in a thread": (
        "threading.Thread(target=silent.agents.list, daemon=True).start(); time.sleep(0.1)"
    ),
    "with a stream that waits in a thread": (
        "stream = silent.conversations.messages.stream('a', 'c')\n"
        "threading.Thread(target=next, args=(stream,), daemon=True).start()\n"
        "time.sleep(0.1)"
    ),
    "with many daemon threads at work": (
        "def work():\n"
        "    while True: client.agents.list()\n"
        "for _ in range(8): threading.Thread(target=work, daemon=True).start()\n"
        "time.sleep(0.2)"
    ),
    "with a task that waits": (
        "async def run():\n"
        "    task = asyncio.create_task(asilent.agents.list())\n"
        "    await asyncio.sleep(0.1)\n"
        "asyncio.run(run())"
    ),
    "with a call at exit": "atexit.register(client.agents.list)",
}


@pytest.mark.parametrize("body", EXITS.values(), ids=EXITS)
def test_exit(body: str, sandbox: Sandbox, silent: Silent) -> None:
    program = f"""
import asyncio, atexit, threading, time
from bimpe import AsyncBimpeAI, BimpeAI
settings = dict(api_key={sandbox.api_key!r}, base_url={sandbox.url!r})
client, aclient = BimpeAI(**settings), AsyncBimpeAI(**settings)
settings = dict(api_key={sandbox.api_key!r}, base_url={silent.url!r})
silent, asilent = BimpeAI(**settings), AsyncBimpeAI(**settings)
{body}
start = time.monotonic()
"""
    for _ in range(int(os.environ.get("BIMPE_EXITS", "3"))):
        done = python("-W", "error", "-c", program)
        assert (done.returncode, done.stderr) == (0, "")
