"""Threads share a client, and each receives its own responses."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from results import is_full_run, record

from bimpe import AsyncBimpeAI, BimpeAI

THREADS = 64


def test_threads_receive_their_own_responses(echo: str) -> None:
    client = BimpeAI(api_key="sk_test", base_url=echo)
    calls = 1000 if is_full_run() else 10
    together = threading.Barrier(THREADS)

    def work(thread: int) -> int:
        together.wait()
        wrong = 0
        for call in range(calls):
            canary = f"canary-{thread}-{call}"
            agent = client.agents.retrieve(canary, headers={"x-canary": canary})
            wrong += (agent.id, agent.name) != (canary, canary)
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = sum(pool.map(work, range(THREADS)))
    assert wrong == 0
    what = "64 threads on one client; every response belongs to its request"
    record(
        18,
        what,
        THREADS * calls,
        {"responses of another request": wrong},
        {"responses of another request": 0},
    )


def test_tasks_receive_their_own_responses(echo: str) -> None:
    client = AsyncBimpeAI(api_key="sk_test", base_url=echo)

    async def call(canary: str) -> bool:
        agent = await client.agents.retrieve(canary, headers={"x-canary": canary})
        return (agent.id, agent.name) == (canary, canary)

    async def work(thread: int) -> bool:
        return all(await asyncio.gather(*(call(f"canary-{thread}-{number}") for number in range(50))))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda thread: asyncio.run(work(thread)), range(8)))


def test_threads_derive_and_close_clients(echo: str) -> None:
    client = BimpeAI(api_key="sk_test", base_url=echo)

    def work(thread: int) -> None:
        for _ in range(20):
            derived = client.with_options(timeout=10 + thread)
            assert derived.agents.retrieve("a").id == "a"
            with BimpeAI(api_key="sk_test", base_url=echo) as own:
                assert own.agents.retrieve("b").id == "b"

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert client.agents.retrieve("c").id == "c"
