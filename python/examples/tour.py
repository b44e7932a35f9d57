"""Connect an agent's integrations, then fetch the code with which a person tries it on a phone.

Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL, as `bimpe sandbox` prints them, and BIMPE_AGENT_ID and MCP_URL.
Prints what it found as JSON.
"""

import json
import os

from bimpe import BimpeAI

client = BimpeAI()
agent_id = os.environ["BIMPE_AGENT_ID"]
integrations = client.agents.integrations

# First-party services: Stripe takes keys and connects at once.
stripe = integrations.bimpeai.configure(
    agent_id, type="stripe", public_key="pk_…", secret_key="sk_…", currency="NGN"
)
# Google Calendar returns an onboarding_url to complete OAuth in the dashboard.
calendar = integrations.bimpeai.configure(agent_id, type="google_calendar")
services = integrations.bimpeai.list(agent_id)

# A custom HTTP API, and a tool that the agent may call.
api = integrations.custom_api.configure(
    agent_id,
    name="Order system",
    base_url="https://api.example.com/v1",
    auth_type="bearer",
    auth_config={"token": "…"},
)
integrations.custom_api.tools.add(
    agent_id, api.id, {"name": "Create order", "http_method": "POST", "url_template": "/orders"}
)
api_tools = integrations.custom_api.tools.list(agent_id, api.id)

# An MCP server: connect, discover its tools, test the connection.
mcp = integrations.mcp_server.configure(
    agent_id, name="Everything", server_url=os.environ["MCP_URL"], transport="streamable_http"
)
discovered = integrations.mcp_server.discover(agent_id, mcp.id)
tested = integrations.mcp_server.test(agent_id, mcp.id)
mcp_tools = integrations.mcp_server.tools.list(agent_id, mcp.id)

# A Pipedream app.
pipedream = integrations.pipedream.configure(agent_id, app_slug="google-sheets")

# The test code: a tester sends the start message, or opens the link, and talks to the agent.
test_code = client.agents.get_test_code(agent_id)
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
