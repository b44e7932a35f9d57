"""Our MCP servers with MCP clients that we did not write: the PyPI package `mcp`, and the MCP Inspector."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from examples import blocks
from sandbox_process import command

INSPECTOR = Path(__file__).parent / "peers/node_modules/.bin/mcp-inspector"
PAGE = Path(__file__).parents[1] / "docs/mcp.md"
SERVE = ["mcp", "serve", "--toolsets", "agents,integrations,conversations,workflows"]


@pytest.fixture
def key(sandbox: dict[str, Any]) -> dict[str, str]:
    """The environment variables of the server."""
    return {"BIMPEAI_API_KEY": sandbox["api_key"], "BIMPEAI_BASE_URL": sandbox["url"]}


@contextmanager
def http_server(key: dict[str, str]) -> Iterator[dict[str, str]]:
    """Runs the server over HTTP, and gives its URL and token."""
    arguments = [command(), *SERVE, "--http", "0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=os.environ | key) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(10) == 0


async def use_tools(client: Client, agent_id: str) -> None:
    """Lists the tools and uses some. The client checks each result with the output schema of its tool."""
    async with client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools["agents_list"].annotations is not None
        assert tools["agents_list"].annotations.read_only_hint is True
        for name, arguments in {
            "agents_list": {"limit": 1},
            "agents_retrieve": {"agent_id": agent_id},
            "agents_get_test_code": {"agent_id": agent_id},
            "agents_integrations_list": {"agent_id": agent_id, "limit": 1},
            "agents_integrations_bimpeai_list": {"agent_id": agent_id},
            "conversations_list": {"agent_id": agent_id},
            "workflows_list": {},
        }.items():
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result.content
            assert result.structured_content is not None
            assert "data" in result.structured_content
        error = await client.call_tool("agents_retrieve", {"agent_id": "cm0unknown"})
        assert error.is_error
        assert "Next step" in str(error.content)


def test_python_client_over_stdio(sandbox: dict[str, Any], key: dict[str, str]) -> None:
    parameters = StdioServerParameters(command=command(), args=SERVE, env=key)
    asyncio.run(use_tools(Client(stdio_client(parameters)), sandbox["agent_id"]))


def test_python_client_over_http(sandbox: dict[str, Any], key: dict[str, str]) -> None:
    async def run(server: dict[str, str]) -> None:
        headers = {"Authorization": f"Bearer {server['token']}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            client = Client(streamable_http_client(server["url"], http_client=http))
            await use_tools(client, sandbox["agent_id"])

    with http_server(key) as server:
        asyncio.run(run(server))


def test_python_client_uses_the_demo_server_of_the_sandbox(sandbox: dict[str, Any]) -> None:
    async def run(client: Client) -> None:
        async with client:
            first = await client.list_tools()
            last = await client.list_tools(cursor=first.next_cursor)
            assert [tool.name for tool in first.tools + last.tools] == ["check_stock", "find_order", "quote_delivery"]
            found = await client.call_tool("find_order", {"order_number": "1002"})
            assert (found.is_error, json.loads(found.content[0].text)["state"]) == (False, "on its way")
            assert (await client.call_tool("find_order", {"order_number": "9"})).is_error

    asyncio.run(run(Client(f"{sandbox['url']}/mcp/demo")))
    asyncio.run(run(Client(sse_client(f"{sandbox['url']}/mcp/demo/sse"))))


def inspect(target: list[str], *options: str) -> Any:
    """Runs the Inspector, and returns what it printed."""
    done = subprocess.run(
        [str(INSPECTOR), "--cli", *target, *options], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check_with_inspector(target: list[str]) -> None:
    listed = inspect(target, "--method", "tools/list", "--strict")  # ends with 6 at a schema error
    assert "agents_list" in [tool["name"] for tool in listed["tools"]]
    result = inspect(target, "--method", "tools/call", "--tool-name", "agents_list", "--tool-arg", "limit=1")
    assert result["structuredContent"]["data"][0]["name"]


def test_inspector_over_stdio(key: dict[str, str]) -> None:
    variables = [argument for name, value in key.items() for argument in ("-e", f"{name}={value}")]
    check_with_inspector([*variables, command(), *SERVE])


def test_inspector_over_http(key: dict[str, str]) -> None:
    with http_server(key) as server:
        check_with_inspector(
            [server["url"], "--transport", "http", "--header", f"Authorization: Bearer {server['token']}"]
        )


def configured() -> Iterator[list[str]]:
    """The arguments of each configuration of an assistant in the documentation."""
    for block in blocks(PAGE, "json"):
        document = json.loads(block)
        for server in {**document.get("mcpServers", {}), **document.get("servers", {})}.values():
            assert server["command"] == "bimpe"
            yield server["args"]
    for line in blocks(PAGE, "sh")[0].splitlines():
        yield shlex.split(line.split(" -- ")[1])[1:]


def test_configurations_of_the_documentation(key: dict[str, str]) -> None:
    async def run(arguments: list[str]) -> None:
        parameters = StdioServerParameters(command=command(), args=arguments, env=key)
        async with Client(stdio_client(parameters)) as client:
            assert (await client.list_tools()).tools

    configurations = list(configured())
    assert len(configurations) == 5
    for arguments in configurations:
        asyncio.run(run(arguments))
