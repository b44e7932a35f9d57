"""Sends a write without free file descriptors, and again with some. Prints the results as JSON."""

import asyncio
import json
import os
import resource
import sys
from typing import Any

import bimpe

base_url, kind = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


async def outcome(client: Any) -> dict[str, Any]:
    try:
        result = client.agents.create(name="Ada", description="Sells shoes", workflow_id="cmw1")
        if kind == "AsyncBimpeAI":
            result = await result
    except bimpe.BimpeAIError as error:
        return {"text": str(error), "may_have_been_applied": error.may_have_been_applied}
    return {"class": type(result).__name__, "id": result.id}


async def main() -> None:
    client: Any = getattr(bimpe, kind)(api_key="sk_test_key", base_url=base_url)
    # Opens the connection, and gives nothing that has a class.
    deleted = client.agents.delete("cm0")
    if kind == "AsyncBimpeAI":
        await deleted
    held: list[int] = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        used_up = await outcome(client)
    for descriptor in held:
        os.close(descriptor)
    print(json.dumps([used_up, await outcome(client)]))


asyncio.run(main())
