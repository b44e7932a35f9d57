"""Requests by name, with a sync or an async client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bimpe import AsyncBimpeAI

UPLOAD = "x" * (32 << 20)


def sync_call(client: Any, call: str) -> None:
    """Sends a request with a sync client."""
    if call == "stream":
        next(client.conversations.messages.stream("cm1", "cm2"))
    elif call == "pages":
        list(client.agents.list())
    else:
        single(client, call)


async def async_call(client: Any, call: str) -> None:
    """Sends a request with an async client."""
    if call == "stream":
        await anext(client.conversations.messages.stream("cm1", "cm2"))
    elif call == "pages":
        page = await client.agents.list()
        [agent async for agent in page]
    else:
        await single(client, call)


def close(client: Any) -> None:
    """Closes a sync or an async client."""
    if isinstance(client, AsyncBimpeAI):
        asyncio.run(client.aclose())
    else:
        client.close()


def single(client: Any, call: str) -> Any:
    calls: dict[str, Callable[[], Any]] = {
        "retrieve": lambda: client.agents.retrieve("cm1"),
        "update": lambda: client.agents.update("cm1", name="Ada"),
        "upload": lambda: client.request("POST", "/agents", body={"text": UPLOAD}),
    }
    return calls[call]()
