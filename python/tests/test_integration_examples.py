"""The examples of the API documentation, unchanged, sync and async."""

import asyncio
from typing import Any

from support import Sandbox

from bimpe import types

STRIPE: dict[str, Any] = {"type": "stripe", "public_key": "pk_…", "secret_key": "sk_…", "currency": "NGN"}
CUSTOM_API: dict[str, Any] = {
    "name": "Order system",
    "base_url": "https://api.example.com/v1",
    "auth_type": "bearer",
    "auth_config": {"token": "…"},
}
TOOL: types.CreateToolParams = {"name": "Create order", "http_method": "POST", "url_template": "/orders"}
MCP: dict[str, Any] = {
    "name": "MR Guild",
    "server_url": "https://mrguild.com/api/mcp",
    "transport": "streamable_http",
}


def test_api_documentation_examples_sync(sandbox: Sandbox) -> None:
    client, agent_id = sandbox.client(), sandbox.agent_id
    stripe = client.agents.integrations.bimpeai.configure(agent_id, **STRIPE)
    assert isinstance(stripe, types.BimpeaiConnectResult)
    assert stripe.success

    result = client.agents.integrations.bimpeai.configure(agent_id, type="google_calendar")
    assert result.onboarding_url.startswith("http")
    assert [entry.is_connected for entry in client.agents.integrations.bimpeai.list(agent_id)].count(
        True
    ) == 1

    api = client.agents.integrations.custom_api.configure(agent_id, **CUSTOM_API)
    tool = client.agents.integrations.custom_api.tools.add(agent_id, api.id, TOOL)
    assert tool in client.agents.integrations.custom_api.tools.list(agent_id, api.id)

    mcp = client.agents.integrations.mcp_server.configure(agent_id, **MCP)
    assert mcp.config.transport == "streamable_http"
    assert client.agents.integrations.mcp_server.tools.list(agent_id, mcp.id) == []

    result = client.agents.integrations.pipedream.configure(agent_id, app_slug="google-sheets")
    assert result.onboarding_url.startswith("http")

    test_code = client.agents.get_test_code(agent_id)
    assert test_code.channels.whatsapp.start_message == f"start {test_code.code}"
    assert test_code.channels.whatsapp.url is not None
    assert test_code.channels.telephony.is_enabled is True
    assert client.agents.channels.list(agent_id) == []


def test_api_documentation_examples_async(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            integrations, agent_id = client.agents.integrations, sandbox.agent_id
            await integrations.bimpeai.configure(agent_id, **STRIPE)
            result = await integrations.bimpeai.configure(agent_id, type="google_calendar")
            assert result.onboarding_url.startswith("http")
            assert len(await integrations.bimpeai.list(agent_id)) == 5
            api = await integrations.custom_api.configure(agent_id, **CUSTOM_API)
            tool = await integrations.custom_api.tools.add(agent_id, api.id, TOOL)
            assert tool in await integrations.custom_api.tools.list(agent_id, api.id)
            mcp = await integrations.mcp_server.configure(agent_id, **MCP)
            assert mcp in await integrations.mcp_server.list(agent_id)
            test_code = await client.agents.get_test_code(agent_id)
            assert test_code.channels.instagram.is_enabled

    asyncio.run(run())
    asyncio.run(run())
