"""Sends requests to a sandbox with the installed package: sync, async, an error, a stream. Prints the platform."""

from __future__ import annotations

import asyncio
import platform
import sys

import bimpe


def sync(client: bimpe.BimpeAI) -> str:
    agent = client.agents.list().data[0]
    try:
        client.agents.retrieve("missing")
    except bimpe.NotFoundError as error:
        assert error.status == 404, error
    else:
        raise AssertionError("no error")
    reply = client.conversations.ask(
        agent.id,
        message="Hello",
        channel_type="webchat",
        channel_user_id=bimpe.webchat_user_id("visitor 17"),
        is_test_channel=True,
    )
    assert reply.conversation_id, reply
    with client.conversations.messages.stream(agent.id, reply.conversation_id, after="2020-01-01") as stream:
        assert next(iter(stream)).message
    return agent.name


async def async_() -> int:
    async with bimpe.AsyncBimpeAI() as client:
        pages = await asyncio.gather(*(client.agents.list() for _ in range(20)))
    return len(pages)


with bimpe.BimpeAI() as client:
    name = sync(client)
assert asyncio.run(async_()) == 20
print("ok:", bimpe.__version__, platform.python_version(), platform.machine(), sys.platform, name)
