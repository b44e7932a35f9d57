"""Ensures a custom API and a tool once the start file exists, and prints their ids as JSON."""

import asyncio
import json
import sys
import time
from pathlib import Path

from bimpe import AsyncBimpeAI, BimpeAI

agent, name, start = sys.argv[1:]
print("ready", flush=True)
while not Path(start).exists():
    time.sleep(0.001)


def with_threads() -> tuple[str, str]:
    apis = BimpeAI().agents.integrations.custom_api
    api = apis.ensure(agent, name=name, base_url="https://a.example.com")
    tool = apis.tools.ensure(agent, api.id, {"name": "Find", "http_method": "GET", "url_template": "/"})
    return api.id, tool.id


async def with_asyncio() -> tuple[str, str]:
    async with AsyncBimpeAI() as client:
        apis = client.agents.integrations.custom_api
        api = await apis.ensure(agent, name=name, base_url="https://a.example.com")
        tool = await apis.tools.ensure(
            agent, api.id, {"name": "Find", "http_method": "GET", "url_template": "/"}
        )
        return api.id, tool.id


print(json.dumps([with_threads(), asyncio.run(with_asyncio())]))
