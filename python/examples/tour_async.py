"""The tour of tour.py with the asynchronous client."""

import asyncio
import json
import os

from bimpe import AsyncBimpeAI


async def main() -> None:
    agent_id = os.environ["BIMPE_AGENT_ID"]
    async with AsyncBimpeAI() as client:
        integrations = client.agents.integrations

        stripe = await integrations.bimpeai.configure(
            agent_id, type="stripe", public_key="pk_…", secret_key="sk_…", currency="NGN"
        )
        calendar = await integrations.bimpeai.configure(agent_id, type="google_calendar")

        api = await integrations.custom_api.configure(
            agent_id,
            name="Order system",
            base_url="https://api.example.com/v1",
            auth_type="bearer",
            auth_config={"token": "…"},
        )
        await integrations.custom_api.tools.add(
            agent_id,
            api.id,
            {"name": "Create order", "http_method": "POST", "url_template": "/orders"},
        )

        mcp = await integrations.mcp_server.configure(
            agent_id,
            name="Everything",
            server_url=os.environ["MCP_URL"],
            transport="streamable_http",
        )
        discovered = await integrations.mcp_server.discover(agent_id, mcp.id)
        tested = await integrations.mcp_server.test(agent_id, mcp.id)

        pipedream = await integrations.pipedream.configure(agent_id, app_slug="google-sheets")

        # Reads do not depend on each other, so they may run at once.
        services, api_tools, mcp_tools, test_code = await asyncio.gather(
            integrations.bimpeai.list(agent_id),
            integrations.custom_api.tools.list(agent_id, api.id),
            integrations.mcp_server.tools.list(agent_id, mcp.id),
            client.agents.get_test_code(agent_id),
        )
        whatsapp = test_code.channels.whatsapp

    print(
        json.dumps(
            {
                "stripe": stripe.channel_id,
                "connected": [service.type for service in services if service.is_connected],
                "calendar": calendar.onboarding_url,
                "custom_api": api.id,
                "custom_api_tools": [tool.name for tool in api_tools],
                "mcp_server": mcp.id,
                "discovered": discovered.discovered,
                "tested": tested.success,
                "tools": [tool.name for tool in mcp_tools],
                "pipedream": pipedream.onboarding_url,
                "code": test_code.code,
                "start_message": whatsapp.start_message,
                "phone_number": whatsapp.phone_number,
                "url": whatsapp.url,
                "telephony": test_code.channels.telephony.is_enabled,
            }
        )
    )


asyncio.run(main())
