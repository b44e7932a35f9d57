"""A program that test_frozen.py freezes with PyInstaller and runs."""

import asyncio
import sys
import typing

from bimpe import AgentAction, AsyncBimpeAI, BimpeAI, types


async def main(url: str, key: str) -> int:
    async with AsyncBimpeAI(api_key=key, base_url=url) as client:
        return len([agent async for agent in client.agents.list()])


url, key = sys.argv[1:]
client = BimpeAI(api_key=key, base_url=url)
page = client.agents.list()
hints = typing.get_type_hints(client.agents.create)
print(asyncio.run(main(url, key)), len(page.data), AgentAction is types.Action, "name" in hints)
