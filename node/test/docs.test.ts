// Runs the examples of the docstrings against the sandbox.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type BimpeAI, NotImplementedError } from "bimpe";
import { compileExamples, type Example, findExamples, type Names } from "./support/examples.js";
import { startMcpServer } from "./support/mcp.js";
import { PACKAGE, type Sandbox, startSandbox } from "./support/sandbox.js";

const found = findExamples();
let sandbox: Sandbox;
let mcpUrl: string;
let examples: Record<string, Example>;

before(async () => {
  examples = compileExamples(found);
  sandbox = await startSandbox();
  process.env.BIMPEAI_API_KEY = sandbox.apiKey;
  process.env.BIMPEAI_BASE_URL = sandbox.url;
  mcpUrl = await startMcpServer();
});

test("every operation has an example", () => {
  const table = readFileSync(join(PACKAGE, "../tests/operations.tsv"), "utf8").trim().split("\n").slice(1);
  for (const line of table) {
    const operation = line.split("\t")[2] ?? "";
    assert.ok(found.has(operation), operation);
  }
});

for (const operation of found.keys()) {
  test(`the example of ${operation} runs`, async (context) => {
    await sandbox.reset();
    const names = await prepare(operation);
    try {
      await examples[operation]?.(names);
    } catch (error) {
      if (!(error instanceof NotImplementedError)) throw error;
      context.skip("the sandbox does not support it yet");
    }
  });
}

/** Creates the objects that the example of this operation uses. */
async function prepare(operation: string): Promise<Names> {
  const { client, agentId, workflowId } = sandbox;
  const names: Names = {
    client,
    console: { log: () => {} },
    agentId,
    workflowId,
    callId: "cmcall",
    conversationId: "cmconversation",
    integrationId: "cmintegration",
    kbId: "cmknowledge",
    messageId: "cmmessage",
    phoneNumberId: "cmnumber",
    toolId: "cmtool",
  };
  for (const [prefix, objects] of Object.entries(FIXTURES)) {
    if (operation.startsWith(prefix)) Object.assign(names, await unlessMissing(objects(client, agentId)));
  }
  return names;
}

type Fixture = (client: BimpeAI, agentId: string) => Promise<Partial<Names>>;

const conversation: Fixture = async (client, agentId) => {
  const message = {
    message: "Hello",
    channel_type: "webchat",
    channel_user_id: crypto.randomUUID(),
  } as const;
  const { id } = await client.conversations.send(agentId, message);
  const conversation = (await client.conversations.list(agentId)).data[0];
  return { messageId: id, ...(conversation ? { conversationId: conversation.id } : {}) };
};

/** Objects by prefix of the operation. */
const FIXTURES: Record<string, Fixture> = {
  "agents.knowledge_bases": async (client, agentId) => {
    const knowledge = { type: "text", name: "Hours", content: "Open from 8 to 20." } as const;
    return { kbId: (await client.agents.knowledgeBases.create(agentId, knowledge)).id };
  },
  "agents.integrations.bimpeai": async (client, agentId) => {
    const shop = { type: "bumpa", token: "t" } as const;
    return { integrationId: (await client.agents.integrations.bimpeai.configure(agentId, shop)).channel_id };
  },
  "agents.integrations.custom_api": async (client, agentId) => {
    const { customApi } = client.agents.integrations;
    const { id } = await customApi.configure(agentId, {
      name: "Orders",
      base_url: "https://orders.example.com",
    });
    const body = { name: "List", http_method: "GET", url_template: "/orders" } as const;
    return { integrationId: id, toolId: (await customApi.tools.add(agentId, id, body)).id };
  },
  "agents.integrations.mcp_server": async (client, agentId) => {
    const server = { name: "Stock", server_url: mcpUrl };
    return { integrationId: (await client.agents.integrations.mcpServer.configure(agentId, server)).id };
  },
  "agents.integrations.wait_until_connected": async (client, agentId) => {
    const { bimpeai } = client.agents.integrations;
    const { onboarding_url } = await bimpeai.configure(agentId, { type: "google_calendar" });
    await fetch(`${onboarding_url}/approve`, { method: "POST" });
    return {};
  },
  "agents.integrations.pipedream": async (client, agentId) => {
    const { onboarding_url } = await client.agents.integrations.pipedream.configure(agentId, {
      app_slug: "google-sheets",
    });
    await fetch(`${onboarding_url}/approve`, { method: "POST" });
    const [app] = await client.agents.integrations.pipedream.list(agentId);
    return app === undefined ? {} : { integrationId: app.id };
  },
  conversations: conversation,
  "streaming/": conversation,
  "errors/": conversation,
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

async function unlessMissing(names: Promise<Partial<Names>>): Promise<Partial<Names>> {
  return names.catch((error: unknown) => {
    if (error instanceof NotImplementedError) return {};
    throw error;
  });
}
