"""Ends the interpreter during a request, a stream or another work of a client, and prints the time.

Arguments: the situation, the address of a responsive server, an unresponsive one, and the path of a folder to import from.
"""

import asyncio
import atexit
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

how, stub_url, silent_url, folder = sys.argv[1:]
sys.path.insert(0, folder)
# Called after the exit functions of the package.
at_last: list[Callable[[], object]] = []
atexit.register(lambda: [function() for function in at_last])
from bimpe import APITimeoutError, AsyncBimpeAI, BimpeAI  # noqa: E402

client = BimpeAI(api_key="sk_test", base_url=stub_url)
aclient = AsyncBimpeAI(api_key="sk_test", base_url=stub_url)
silent_client = BimpeAI(api_key="sk_test", base_url=silent_url)
asilent = AsyncBimpeAI(api_key="sk_test", base_url=silent_url)
MOMENT = 0.05


def daemon(target: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def after_a_call() -> None:
    client.agents.retrieve("a")


def with_a_client_that_was_never_used() -> None:
    pass


def from_async_code() -> None:
    asyncio.run(aclient.agents.retrieve("a"))


def with_a_call_that_waits_in_a_thread() -> None:
    daemon(silent_client.agents.list)
    time.sleep(MOMENT)


def with_a_stream_that_waits_in_a_thread() -> None:
    daemon(next, silent_client.conversations.messages.stream("a", "c"))
    time.sleep(MOMENT)


def with_many_daemon_threads_at_work() -> None:
    def work() -> None:
        while True:
            client.agents.retrieve("a")

    for _ in range(8):
        daemon(work)
    time.sleep(4 * MOMENT)


def with_an_event_loop_at_work_in_a_thread() -> None:
    async def work() -> None:
        while True:
            await asyncio.gather(*(aclient.agents.retrieve("a") for _ in range(8)))

    daemon(asyncio.run, work())
    time.sleep(4 * MOMENT)


def with_an_event_loop_that_computes_in_a_thread() -> None:
    async def work() -> None:
        while True:
            await aclient.agents.retrieve("a")
            sum(number * number for number in range(1_000_000))

    daemon(asyncio.run, work())
    time.sleep(4 * MOMENT)


def with_a_task_that_waits() -> None:
    async def work() -> None:
        globals()["task"] = asyncio.create_task(asilent.agents.list())
        await asyncio.sleep(MOMENT)

    asyncio.run(work())


def with_a_stream_that_a_task_reads() -> None:
    async def work() -> None:
        stream = asilent.conversations.messages.stream("a", "c")
        globals()["task"] = asyncio.create_task(anext(stream))
        await asyncio.sleep(MOMENT)

    asyncio.run(work())


def with_an_open_stream() -> None:
    globals()["stream"] = silent_client.conversations.messages.stream("a", "c")
    daemon(next, globals()["stream"])
    time.sleep(MOMENT)


def with_a_page_on_its_way() -> None:
    globals()["pages"] = client.agents.list(search="silent").pages()
    next(globals()["pages"])
    time.sleep(MOMENT)


def with_a_call_at_exit() -> None:
    atexit.register(client.agents.retrieve, "a")


def with_a_handler_that_waits_for_a_call() -> None:
    def call() -> None:
        with suppress(APITimeoutError):
            silent_client.agents.retrieve("a", timeout=4 * MOMENT, max_retries=0)

    at_last.append(daemon(call).join)


def with_sys_exit_in_a_task() -> None:
    async def work() -> None:
        task = asyncio.create_task(asilent.agents.list())
        await asyncio.sleep(MOMENT)
        assert task
        sys.exit(0)

    asyncio.run(work())


if __name__ == "__main__":
    globals()[how]()
    print(time.monotonic())
