"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
// Every example in the documentation of a method does what it says, against the sandbox.
const strict_1 = __importDefault(require("node:assert/strict"));
const node_fs_1 = require("node:fs");
const node_path_1 = require("node:path");
const node_test_1 = require("node:test");
const bimpe_1 = require("bimpe");
const examples_js_1 = require("./support/examples.js");
const mcp_js_1 = require("./support/mcp.js");
const sandbox_js_1 = require("./support/sandbox.js");
const found = (0, examples_js_1.findExamples)();
let sandbox;
let mcpUrl;
let examples;
(0, node_test_1.before)(async () => {
    examples = (0, examples_js_1.compileExamples)(found);
    sandbox = await (0, sandbox_js_1.startSandbox)();
    mcpUrl = await (0, mcp_js_1.serveMcp)();
});
(0, node_test_1.test)("every operation but the stream has an example", () => {
    const table = (0, node_fs_1.readFileSync)((0, node_path_1.join)(sandbox_js_1.PACKAGE, "../tests/operations.tsv"), "utf8").trim().split("\n").slice(1);
    const operations = table.map((line) => line.split("\t")[2] ?? "");
    const expected = operations.filter((operation) => operation !== "conversations.messages.stream");
    strict_1.default.deepEqual([...found.keys()].sort(), expected.sort());
});
for (const operation of found.keys()) {
    (0, node_test_1.test)(operation, async (context) => {
        await sandbox.reset();
        const names = await prepare(operation);
        try {
            await examples[operation]?.(names);
        }
        catch (error) {
            if (!(error instanceof bimpe_1.NotImplementedError))
                throw error;
            context.skip("the sandbox does not have it yet");
        }
    });
}
/** What the example of this operation works on. */
async function prepare(operation) {
    const { client, agentId, workflowId } = sandbox;
    const names = {
        client,
        console: { log: () => { } },
        agentId,
        workflowId,
        callId: "cmcall",
        conversationId: "cmconversation",
        integrationId: "cmintegration",
        knowledgeBaseId: "cmknowledge",
        messageId: "cmmessage",
        phoneNumberId: "cmnumber",
        toolId: "cmtool",
    };
    for (const [prefix, things] of Object.entries(FIXTURES)) {
        if (operation.startsWith(prefix))
            Object.assign(names, await unlessMissing(things(client, agentId)));
    }
    return names;
}
/** By the beginning of the operation. */
const FIXTURES = {
    "agents.knowledge_bases": async (client, agentId) => {
        const knowledge = { type: "text", name: "Hours", content: "Open from 8 to 20." };
        return { knowledgeBaseId: (await client.agents.knowledgeBases.create(agentId, knowledge)).id };
    },
    "agents.integrations.bimpeai": async (client, agentId) => {
        const shop = { type: "bumpa", token: "t" };
        return { integrationId: (await client.agents.integrations.bimpeai.configure(agentId, shop)).channel_id };
    },
    "agents.integrations.custom_api": async (client, agentId) => {
        const { customApi } = client.agents.integrations;
        const { id } = await customApi.configure(agentId, {
            name: "Orders",
            base_url: "https://orders.example.com",
        });
        const body = { name: "List", http_method: "GET", url_template: "/orders" };
        return { integrationId: id, toolId: (await customApi.tools.add(agentId, id, body)).id };
    },
    "agents.integrations.mcp_server": async (client, agentId) => {
        const server = { name: "Stock", server_url: mcpUrl };
        return { integrationId: (await client.agents.integrations.mcpServer.configure(agentId, server)).id };
    },
    "agents.integrations.pipedream": async (client, agentId) => {
        const { onboarding_url } = await client.agents.integrations.pipedream.configure(agentId, {
            app_slug: "slack",
        });
        await fetch(`${onboarding_url}/approve`, { method: "POST" });
        const [app] = await client.agents.integrations.pipedream.list(agentId);
        return app === undefined ? {} : { integrationId: app.id };
    },
    conversations: async (client, agentId) => {
        const message = {
            message: "Hello",
            channel_type: "webchat",
            channel_user_id: crypto.randomUUID(),
        };
        const { id } = await client.conversations.send(agentId, message);
        const conversation = (await client.conversations.list(agentId)).data[0];
        return { messageId: id, ...(conversation ? { conversationId: conversation.id } : {}) };
    },
    calls: async (client, agentId) => {
        const { call_id } = await client.calls.make(agentId, {
            destination: "+2348012345678",
            is_test_call: true,
        });
        return call_id == null ? {} : { callId: call_id };
    },
    phone_numbers: async (client) => {
        const number = (await client.phoneNumbers.list()).data[0];
        return number === undefined ? {} : { phoneNumberId: number.id };
    },
};
async function unlessMissing(names) {
    return names.catch((error) => {
        if (error instanceof bimpe_1.NotImplementedError)
            return {};
        throw error;
    });
}
