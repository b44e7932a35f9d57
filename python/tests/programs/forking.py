"""Uses clients, forks, and uses them in both processes.

Arguments: the address of an echo server, the number of forks, and of calls in each process.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

from bimpe import AsyncBimpeAI, BimpeAI, ForkedStreamError

# Python warns of a fork beside threads. These tests check that the threads of this library do no harm.
warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")

url, forks, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = BimpeAI(api_key="sk_test", base_url=url)
aclient = AsyncBimpeAI(api_key="sk_test", base_url=url)


def use(who: str, count: int) -> int:
    """Returns the number of responses to other processes."""
    wrong = 0
    for number in range(count):
        canary = f"canary-{who}-{number}"
        agent = client.agents.retrieve(canary, headers={"x-canary": canary}, timeout=20)
        wrong += (agent.id, agent.name) != (canary, canary)
    return wrong


async def use_async(who: str, count: int) -> int:
    async def one(canary: str) -> bool:
        agent = await aclient.agents.retrieve(canary, headers={"x-canary": canary}, timeout=20)
        return (agent.id, agent.name) != (canary, canary)

    return sum(await asyncio.gather(*(one(f"canary-{who}-{number}") for number in range(count))))


def both(who: str, count: int) -> int:
    return use(who, count) + asyncio.run(use_async(who, count))


def child_of(work: object) -> int:
    """Forks a child that does the work and exits with 1 after an error."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = min(work(), 1)  # type: ignore[operator]
    finally:
        os._exit(code)


def wrong_in(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def in_turn() -> int:
    """Uses the clients before each fork and in both processes after it."""
    wrong = both("before", 3)
    for fork in range(forks):
        child = child_of(lambda fork=fork: both(f"child-{fork}", calls))
        wrong += both(f"parent-{fork}", calls) + wrong_in(child)
    return wrong


def while_threads_are_at_work() -> int:
    """Forks during requests of other threads, and from another thread."""
    wrong: list[int] = []
    over = threading.Event()

    def work(name: str) -> None:
        while not over.is_set():
            wrong.append(use(name, 5))

    def fork() -> None:
        wrong.extend(wrong_in(child_of(lambda: both("child", 5))) for _ in range(3))

    workers = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in workers:
        thread.start()
    time.sleep(0.1)
    fork()
    forker = threading.Thread(target=fork)
    forker.start()
    forker.join()
    over.set()
    for thread in workers:
        thread.join()
    return sum(wrong)


def grandchildren() -> int:
    def child() -> int:
        return both("child", 3) + wrong_in(child_of(lambda: both("grandchild", 3)))

    return both("before", 3) + wrong_in(child_of(child)) + both("after", 3)


def never_used_before() -> int:
    return wrong_in(child_of(lambda: both("child", 3))) + both("parent", 3)


def closed_before() -> int:
    def refused(closed: BimpeAI) -> int:
        from bimpe import ClientClosedError

        try:
            closed.agents.retrieve("closed")
        except ClientClosedError:
            return 0
        return 1

    derived, another = client.with_options(timeout=20), client.with_options(timeout=20)
    derived.close()
    wrong = wrong_in(child_of(lambda: refused(derived) + use("child", 1))) + refused(derived)
    client.close()
    for closed in (client, another):
        wrong += wrong_in(child_of(lambda closed=closed: refused(closed))) + refused(closed)
    return wrong


def inside_a_loop() -> int:
    """A child that continues in the running loop of its parent does not change the parent's requests."""

    async def fork() -> int:
        wrong = await use_async("before", 3)
        under_way = [asyncio.ensure_future(use_async(f"parent-{number}", 20)) for number in range(4)]
        await asyncio.sleep(0)

        def child() -> int:
            return use("child", 5)

        forked = child_of(child)
        return wrong + sum(await asyncio.gather(*under_way)) + wrong_in(forked)

    return asyncio.run(fork())


def begun(name: str) -> Any:
    """Returns pages whose second page is in flight."""
    pages = client.agents.list(search=name).pages()
    next(pages)
    return pages


def with_a_result_to_fetch() -> int:
    """The child cannot fetch the results of its parent, and can drop them."""
    calls = [begun("a") for _ in range(3)]

    def child() -> int:
        signal.alarm(20)  # or it may wait for ever
        calls[0].close()
        with suppress(ForkedStreamError):
            next(calls[1])
            return 1
        calls.clear()
        return both("child", 3)

    return wrong_in(child_of(child)) + sum(next(call).data[0].id != "a-2" for call in calls)


def with_much_to_let_go_of() -> int:
    """A child drops requests and tasks while a thread of the parent may hold a lock."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            calls = [begun("a") for _ in range(50)]
            next(calls[0])

    async def fork() -> int:
        wrong = 0
        for _ in range(20):
            under_way = [asyncio.ensure_future(use_async("parent", 2)) for _ in range(20)]
            await asyncio.sleep(0)
            calls = [begun("a") for _ in range(20)]

            def child(under_way: list[Any] = under_way, calls: list[Any] = calls) -> int:
                signal.alarm(20)
                for task in under_way:
                    task.cancel()
                calls.clear()
                gc.collect()
                return 0

            wrong += wrong_in(child_of(child)) + sum(await asyncio.gather(*under_way))
        return wrong

    worker = threading.Thread(target=work)
    worker.start()
    wrong = asyncio.run(fork())
    over.set()
    worker.join()
    return wrong


if __name__ == "__main__":
    print(globals()[sys.argv[4]]())
