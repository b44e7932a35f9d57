"""The asyncio bridge of bimpe against pyo3-async-runtimes: the same engine, the same server, one run.

Usage: measure.py BIMPE_COMMAND. Prints the CPU time of this process for each call, threads included: medians of
interleaved rounds. The side of pyo3-async-runtimes gives JSON text, ours gives objects.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import asyncio_bridge
import bimpe

ROUNDS = 7
CALLS = 2000


async def cost(call: Callable[[], Awaitable[object]], tasks: int) -> tuple[float, float]:
    """Returns the CPU and wall microseconds of each request, with a number of concurrent requests."""

    async def work(count: int) -> None:
        for _ in range(count):
            await call()

    await work(50)
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work(CALLS // tasks) for _ in range(tasks)))
    calls = CALLS // tasks * tasks
    return (time.process_time() - cpu) / calls * 1e6, (time.perf_counter() - wall) / calls * 1e6


async def main(command: str) -> None:
    server = subprocess.Popen([command, "sandbox", "--port", "0", "--json"], stdout=subprocess.PIPE)
    assert server.stdout is not None
    ready = json.loads(server.stdout.readline())
    agent = ready["agent_id"]
    ours = bimpe.AsyncBimpeAI(api_key=ready["api_key"], base_url=ready["url"])
    theirs = asyncio_bridge.Client(ready["api_key"], ready["url"])
    sides: dict[str, Callable[[], Awaitable[object]]] = {
        "pyo3-async-runtimes": lambda: theirs.request("agents.get_test_code", agent),
        "bimpe": lambda: ours.agents.get_test_code(agent),
    }
    print(f"{'':36}{'CPU us/call':>12}{'wall us/call':>14}")
    for tasks in (1, 64):
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, call in sides.items():
                rounds[name].append(await cost(call, tasks))
        medians = {name: [statistics.median(values) for values in zip(*seen)] for name, seen in rounds.items()}
        for name, (cpu, wall) in medians.items():
            print(f"{name + f', {tasks} at a time':36}{cpu:>12.1f}{wall:>14.1f}")
        theirs_cpu, ours_cpu = (medians[name][0] for name in sides)
        print(f"{'':36}{theirs_cpu / ours_cpu:>11.2f}x")
    server.terminate()
    server.wait()


asyncio.run(main(sys.argv[1]))
