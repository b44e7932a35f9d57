"""Sends requests while the system refuses new threads, and continues afterwards.

A DNS lookup takes a thread, and so does the start of the background runtime. Arguments: the address of an echo server, by
number and by name; `cold` if the runtime must not run yet. Prints the error of each request on a line.
"""

import asyncio
import os
import resource
import sys

from bimpe import AsyncBimpeAI, BimpeAI, BimpeAIError

by_number, by_name, *cold = sys.argv[1:]
client = BimpeAI(api_key="sk_canary", base_url=by_number)
other = BimpeAI(api_key="sk_canary", base_url=by_name, max_retries=0)
aclient = AsyncBimpeAI(api_key="sk_canary", base_url=by_name, max_retries=0)
stream = other.conversations.messages.stream("cm-1", "cm-2")

# Imports modules that another user may not be able to read.
client.agents.retrieve("a")
pages = client.agents.list().pages()


async def in_a_task(client: AsyncBimpeAI) -> object:
    return await client.agents.update("cm-3", name="cm-4")


asyncio.run(asyncio.sleep(0) if cold else in_a_task(AsyncBimpeAI(api_key="sk_test", base_url=by_number)))


if os.getuid() == 0:  # the limit does not apply to root
    os.setgid(65534)
    os.setuid(65534)
limits = resource.getrlimit(resource.RLIMIT_NPROC)
resource.setrlimit(resource.RLIMIT_NPROC, (0, limits[1]))
for call in (
    lambda: other.agents.retrieve("cm-5"),
    lambda: other.agents.update("cm-6", name="cm-7"),
    lambda: asyncio.run(in_a_task(aclient)),
    lambda: next(stream),
    # The background runtime requests the next page.
    *([lambda: next(pages)] if cold else []),
):
    try:
        raise AssertionError(f"no error, but {call()}")
    except BimpeAIError as error:  # noqa: PERF203
        print(type(error).__name__, error)
assert client.agents.retrieve("b").id == "b"
resource.setrlimit(resource.RLIMIT_NPROC, limits)
assert other.agents.retrieve("c").id == "c"
