"""A WSGI application that uses its client before the workers are forked.

The path of a request is the id of the agent to retrieve. `BIMPE_TEST_URL` is the echo server.
"""

import asyncio
import os
from collections.abc import Callable, Iterable

from bimpe import AsyncBimpeAI, BimpeAI

client = BimpeAI(api_key="sk_test", base_url=os.environ["BIMPE_TEST_URL"])
aclient = AsyncBimpeAI(api_key="sk_test", base_url=os.environ["BIMPE_TEST_URL"])
client.agents.retrieve("before-the-fork")
asyncio.run(aclient.agents.retrieve("before-the-fork"))


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    canary = environ["PATH_INFO"].rsplit("/", 1)[1]
    first = client.agents.retrieve(canary, headers={"x-canary": canary})
    second = asyncio.run(aclient.agents.retrieve(canary, headers={"x-canary": canary}))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {first.id} {first.name} {second.id} {second.name}".encode()]
