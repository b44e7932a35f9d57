// The examples of the integration guide, against the sandbox.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type BimpeAI, BimpeAIError } from "bimpe";
import { startSandbox } from "./support/sandbox.js";

let bimpe: BimpeAI;
let agentId: string;

before(async () => {
  ({ client: bimpe, agentId } = await startSandbox());
});

test("configures first-party services", async () => {
  const connected = await bimpe.agents.integrations.bimpeai.configure(agentId, {
    type: "stripe",
    public_key: "pk_…",
    secret_key: "sk_…",
    currency: "NGN",
  });
  assert.equal(connected.success, true);
  const { onboarding_url } = await bimpe.agents.integrations.bimpeai.configure(agentId, {
    type: "google_calendar",
  });
  assert.match(onboarding_url, /^http/);
  const services = await bimpe.agents.integrations.bimpeai.list(agentId);
  assert.equal(services.find((service) => service.type === "stripe")?.is_connected, true);
});

test("configures custom APIs and their tools", async () => {
  const api = await bimpe.agents.integrations.customApi.configure(agentId, {
    name: "Order system",
    base_url: "https://api.example.com/v1",
    auth_type: "bearer",
    auth_config: { token: "…" },
  });
  await bimpe.agents.integrations.customApi.tools.add(agentId, api.id, {
    name: "Create order",
    http_method: "POST",
    url_template: "/orders",
  });
  const tools = await bimpe.agents.integrations.customApi.tools.list(agentId, api.id);
  assert.deepEqual(
    tools.map((tool) => tool.name),
    ["Create order"],
  );
});

test("configures MCP servers", async () => {
  const mcp = await bimpe.agents.integrations.mcpServer.configure(agentId, {
    name: "MR Guild",
    server_url: "http://127.0.0.1:9/api/mcp",
    transport: "streamable_http",
  });
  // No server listens there, which is the only expected error.
  await assert.rejects(bimpe.agents.integrations.mcpServer.discover(agentId, mcp.id), BimpeAIError);
  await assert.rejects(bimpe.agents.integrations.mcpServer.test(agentId, mcp.id), {
    name: "BadRequestError",
    code: "integration_connection_failed",
  });
  assert.deepEqual(await bimpe.agents.integrations.mcpServer.tools.list(agentId, mcp.id), []);
});

test("configures Pipedream", async () => {
  const { onboarding_url } = await bimpe.agents.integrations.pipedream.configure(agentId, {
    app_slug: "google-sheets",
  });
  assert.match(onboarding_url, /^http/);
});

test("returns the test code", async () => {
  const { code, channels } = await bimpe.agents.getTestCode(agentId);
  assert.equal(channels.whatsapp.start_message, `start ${code}`);
  assert.equal(typeof channels.telephony.is_enabled, "boolean");
  assert.ok("phone_number" in channels.whatsapp && "url" in channels.whatsapp);
});

test("a wrong key is an AuthenticationError", async () => {
  const { BimpeAI, AuthenticationError } = await import("bimpe");
  const client = new BimpeAI({ apiKey: "sk_sandbox_wrong", baseUrl: bimpe.baseUrl });
  await assert.rejects(client.agents.list(), (error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.ok(!String(error.stack).includes("sk_sandbox_wrong"));
    return true;
  });
});
