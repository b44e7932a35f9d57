"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
// The examples of the guide to integrations, step by step against the sandbox.
const strict_1 = __importDefault(require("node:assert/strict"));
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
const sandbox_js_1 = require("./support/sandbox.js");
let bimpe;
let agentId;
(0, node_test_1.before)(async () => {
    ({ client: bimpe, agentId } = await (0, sandbox_js_1.startSandbox)());
});
(0, node_test_1.test)("first-party services", async () => {
    const connected = await bimpe.agents.integrations.bimpeai.configure(agentId, {
        type: "stripe",
        public_key: "pk_…",
        secret_key: "sk_…",
        currency: "NGN",
    });
    strict_1.default.equal(connected.success, true);
    const { onboarding_url } = await bimpe.agents.integrations.bimpeai.configure(agentId, {
        type: "google_calendar",
    });
    strict_1.default.match(onboarding_url, /^http/);
    const services = await bimpe.agents.integrations.bimpeai.list(agentId);
    strict_1.default.equal(services.length, 5);
    strict_1.default.equal(services.find((service) => service.type === "stripe")?.is_connected, true);
});
(0, node_test_1.test)("custom APIs and their tools", async () => {
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
    strict_1.default.deepEqual(tools.map((tool) => tool.name), ["Create order"]);
});
(0, node_test_1.test)("MCP servers", async () => {
    const mcp = await bimpe.agents.integrations.mcpServer.configure(agentId, {
        name: "MR Guild",
        server_url: "http://127.0.0.1:9/api/mcp",
        transport: "streamable_http",
    });
    // Nothing listens there, which is all that may go wrong.
    await strict_1.default.rejects(bimpe.agents.integrations.mcpServer.discover(agentId, mcp.id), bimpe_1.BimpeAIError);
    await strict_1.default.rejects(bimpe.agents.integrations.mcpServer.test(agentId, mcp.id), {
        name: "BadRequestError",
        code: "integration_connection_failed",
    });
    strict_1.default.deepEqual(await bimpe.agents.integrations.mcpServer.tools.list(agentId, mcp.id), []);
});
(0, node_test_1.test)("Pipedream", async () => {
    const { onboarding_url } = await bimpe.agents.integrations.pipedream.configure(agentId, {
        app_slug: "google-sheets",
    });
    strict_1.default.match(onboarding_url, /^http/);
});
(0, node_test_1.test)("the test code", async () => {
    const { code, channels } = await bimpe.agents.getTestCode(agentId);
    strict_1.default.equal(channels.whatsapp.start_message, `start ${code}`);
    strict_1.default.equal(typeof channels.telephony.is_enabled, "boolean");
    strict_1.default.ok("phone_number" in channels.whatsapp && "url" in channels.whatsapp);
});
(0, node_test_1.test)("a wrong key is an AuthenticationError", async () => {
    const { BimpeAI, AuthenticationError } = await import("bimpe");
    const client = new BimpeAI({ apiKey: "sk_sandbox_wrong", baseUrl: bimpe.baseUrl });
    await strict_1.default.rejects(client.agents.list(), (error) => {
        strict_1.default.ok(error instanceof AuthenticationError);
        strict_1.default.ok(!String(error.stack).includes("sk_sandbox_wrong"));
        return true;
    });
});
