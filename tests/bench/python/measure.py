"""Measures one client once, in a new process.

Usage: measure.py CASE CLIENT URL COUNT. Prints one JSON object: `cpu` and `wall` seconds, threads included, and
`count`. Prints `value` instead for measurements other than requests.
"""

import asyncio
import json
import resource
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import clients

WARM_UP = 100
MANY = 64


def usage() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, time.perf_counter()


def resident() -> int:
    """Returns the bytes of memory in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def spent(start: tuple[float, float], count: int) -> dict[str, float]:
    cpu, wall = usage()
    return {"cpu": cpu - start[0], "wall": wall - start[1], "count": count}


def one_by_one(request: Callable[[], object], count: int) -> dict[str, float]:
    for _ in range(min(WARM_UP, max(1, count // 2))):
        request()
    start = usage()
    for _ in range(count):
        request()
    return spent(start, count)


def in_threads(request: Callable[[], object], count: int, threads: int) -> dict[str, float]:
    def work(requests: int) -> None:
        for _ in range(requests):
            request()

    def run(requests: int) -> None:
        running = [threading.Thread(target=work, args=(requests,)) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    run(2)
    start = usage()
    run(count // threads)
    return spent(start, count // threads * threads)


async def in_tasks(request: Callable[[], Awaitable[object]], count: int, tasks: int) -> dict[str, float]:
    async def work(requests: int) -> None:
        for _ in range(requests):
            await request()

    async def run(requests: int) -> None:
        await asyncio.gather(*(work(requests) for _ in range(tasks)))

    await run(max(1, min(WARM_UP, count // 2) // tasks))
    start = usage()
    await run(count // tasks)
    return spent(start, count // tasks * tasks)


async def in_streams(client: Any, count: int, streams: int) -> dict[str, float]:
    """Reads `count` events from `streams` concurrent streams."""
    each = count // streams
    opened = [client.held(each + 1) for _ in range(streams)]
    await asyncio.gather(*(anext(stream) for stream in opened))

    async def rest(stream: Any) -> None:
        for _ in range(each):
            await anext(stream)

    start = usage()
    reading = asyncio.gather(*(rest(stream) for stream in opened))
    await client.release()
    await reading
    sample = spent(start, each * streams)
    for stream in opened:
        await stream.aclose()
    return sample


def held(client: Any, count: int) -> dict[str, float]:
    """Measures the memory of `count` agents."""
    client.page(100)
    before = resident()
    pages = [client.page(100) for _ in range(count // 100)]
    return {"value": resident() - before, "count": sum(len(page) for page in pages)}


def attribute(client: Any, count: int) -> dict[str, float]:
    """Measures attribute reads of results."""
    agents = client.page(100)
    rounds = count // len(agents)
    for agent in agents:
        agent.name  # noqa: B018
    start = usage()
    for _ in range(rounds):
        for agent in agents:
            agent.name  # noqa: B018
    return spent(start, rounds * len(agents))


def main(case: str, name: str, url: str, count: int) -> dict[str, float]:
    kind, _, detail = case.partition(":")
    if kind == "import":
        before, start = resident(), time.perf_counter()
        clients.load(name)
        return {"value": time.perf_counter() - start, "memory": resident() - before}
    if kind == "first":
        clients.load(name)
        start = time.perf_counter()
        clients.sync(name, url).retrieve()
        return {"value": time.perf_counter() - start}
    if kind in {"retrieve", "page", "body", "events", "held", "attribute", "threads", "walk"}:
        client = clients.sync(name, url)
        match kind:
            case "retrieve":
                return one_by_one(client.retrieve, count)
            case "threads":
                return in_threads(client.retrieve, count, int(detail))
            case "page":
                return one_by_one(lambda: client.page(int(detail)), count)
            case "body":
                return one_by_one(lambda: client.body(int(detail) * 1024), count)
            case "walk":
                return one_by_one(lambda: client.walk(int(detail)), count)
            case "events":
                client.retrieve()
                start = usage()
                return spent(start, client.events(detail, count))
            case "held":
                return held(client, count)
            case _:
                return attribute(client, count)

    async def run() -> dict[str, float]:
        client = clients.asynchronous(name, url)
        match kind:
            case "tasks":
                return await in_tasks(client.retrieve, count, int(detail))
            case "apage":
                return await in_tasks(lambda: client.page(int(detail)), count, 1)
            case "aevents":
                await client.retrieve()
                start = usage()
                return spent(start, await client.events(detail, count))
            case "abody":
                return await in_tasks(lambda: client.body(int(detail) * 1024), count, 1)
            case "streams":
                return await in_streams(client, count, int(detail))
        raise SystemExit(f"unknown case {case}")

    return asyncio.run(run())


if __name__ == "__main__":
    _, case, name, url, count = sys.argv
    sys.stdout.write(json.dumps(main(case, name, url, int(count))))
