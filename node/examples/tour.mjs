// Connect an agent's integrations, then fetch the code with which a person tries it on a phone.
//
// Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL, as `bimpe sandbox` prints them, and BIMPE_AGENT_ID and MCP_URL.
// Prints what it found as JSON.

import { BimpeAI } from "bimpe";

const bimpe = new BimpeAI();
const agentId = process.env.BIMPE_AGENT_ID;
const { integrations } = bimpe.agents;

// First-party services: Stripe takes keys and connects at once.
const stripe = await integrations.bimpeai.configure(agentId, {
  type: "stripe",
  public_key: "pk_…",
  secret_key: "sk_…",
  currency: "NGN",
});
// Google Calendar returns an onboarding_url to complete OAuth in the dashboard.
const calendar = await integrations.bimpeai.configure(agentId, { type: "google_calendar" });
const services = await integrations.bimpeai.list(agentId);

// A custom HTTP API, and a tool that the agent may call.
const api = await integrations.customApi.configure(agentId, {
  name: "Order system",
  base_url: "https://api.example.com/v1",
  auth_type: "bearer",
  auth_config: { token: "…" },
});
await integrations.customApi.tools.add(agentId, api.id, {
  name: "Create order",
  http_method: "POST",
  url_template: "/orders",
});
const apiTools = await integrations.customApi.tools.list(agentId, api.id);

// An MCP server: connect, discover its tools, test the connection.
const mcp = await integrations.mcpServer.configure(agentId, {
  name: "Everything",
  server_url: process.env.MCP_URL,
  transport: "streamable_http",
});
const discovered = await integrations.mcpServer.discover(agentId, mcp.id);
const tested = await integrations.mcpServer.test(agentId, mcp.id);
const mcpTools = await integrations.mcpServer.tools.list(agentId, mcp.id);

// A Pipedream app.
const pipedream = await integrations.pipedream.configure(agentId, { app_slug: "google-sheets" });

// The test code: a tester sends the start message, or opens the link, and talks to the agent.
const { code, channels } = await bimpe.agents.getTestCode(agentId);

console.log(
  JSON.stringify({
    stripe: stripe.channel_id,
    connected: services.filter((service) => service.is_connected).map((service) => service.type),
    calendar: calendar.onboarding_url,
    custom_api: api.id,
    custom_api_tools: apiTools.map((tool) => tool.name),
    mcp_server: mcp.id,
    discovered: discovered.discovered,
    tested: tested.success,
    tools: mcpTools.map((tool) => tool.name),
    pipedream: pipedream.onboarding_url,
    code,
    start_message: channels.whatsapp.start_message,
    phone_number: channels.whatsapp.phone_number,
    url: channels.whatsapp.url,
    telephony: channels.telephony.is_enabled,
  }),
);
