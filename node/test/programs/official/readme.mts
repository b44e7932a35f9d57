// biome-ignore-all lint/style/noNonNullAssertion: users write programs with this style.
// One block for each example of the official README: the same methods, with other values.
import { BimpeAI, RateLimitError, ValidationError } from "bimpe";

const apiKey = process.env.BIMPEAI_API_KEY ?? "";
const agentId = process.env.AGENT_ID ?? "";
const workflowId = process.env.BIMPEAI_WORKFLOW_ID ?? "";
const mcpUrl = process.env.MCP_URL ?? "";

// Quick start.
const bimpe = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY! });
const agents = await bimpe.agents.list();
for (const agent of agents.data) console.log(agent.id, agent.name);

// API key.
{
  const bimpe = new BimpeAI({ apiKey: "sk_not_used" });
  console.log(typeof bimpe.agents.list);
}

// Agents.
await bimpe.agents.list({ page: 1, limit: 50, search: "desk", sort: "-created_at" });
const agent = await bimpe.agents.create(
  {
    workflow_id: workflowId,
    name: "Night desk",
    description: "Takes orders at night",
    persona: "professional",
  },
  { idempotencyKey: "night-desk" },
);
const detail = await bimpe.agents.retrieve(agent.id);
console.log(detail.channels.length, detail.knowledge_bases.length, agent.workflow?.name);
await bimpe.agents.update(agent.id, { description: "Takes orders all night" });

// Live status.
await bimpe.agents.updateLiveStatus(agent.id, { status: "live", status_reason: "Tested" });

// Parts of an agent.
const integrations = await bimpe.agents.integrations.list(agentId);
const channels = await bimpe.agents.channels.list(agentId);
const actions = await bimpe.agents.actions.list(agentId);
console.log(integrations.length, channels.length, actions.length);

// Integrations of all families.
await bimpe.agents.integrations.bimpeai.configure(agentId, {
  type: "stripe",
  public_key: "pk_test_shop",
  secret_key: "sk_test_shop",
  currency: "NGN",
});
const shop = await bimpe.agents.integrations.customApi.configure(agentId, {
  name: "Shop",
  base_url: "https://shop.example.com/v1",
});
await bimpe.agents.integrations.customApi.tools.add(agentId, shop.id, {
  name: "Create order",
  http_method: "POST",
  url_template: "/orders",
});
const mcp = await bimpe.agents.integrations.mcpServer.configure(agentId, {
  name: "Stock",
  server_url: mcpUrl,
});
await bimpe.agents.integrations.mcpServer.discover(agentId, mcp.id);
await bimpe.agents.integrations.pipedream.configure(agentId, { app_slug: "google-sheets" });

// Test code.
const { code, channels: places } = await bimpe.agents.getTestCode(agentId);
console.log(code.length, places.whatsapp.start_message, places.telephony.is_enabled);

// Actions.
const ids = (await bimpe.agents.actions.list(agentId)).map((action) => action.id);
await bimpe.agents.actions.enable(agentId, { action_ids: ids });
await bimpe.agents.actions.disable(agentId, { action_ids: ids.slice(0, 1) });

// Knowledge bases.
await bimpe.agents.knowledgeBases.list(agentId);
const text = await bimpe.agents.knowledgeBases.create(agentId, {
  type: "text",
  name: "Hours",
  content: "Always",
});
await bimpe.agents.knowledgeBases.create(agentId, { type: "url", name: "Page", url: "https://example.com" });
await bimpe.agents.knowledgeBases.update(agentId, text.id, { description: "When we are there" });
await bimpe.agents.knowledgeBases.delete(agentId, text.id);

// Workflows.
await bimpe.workflows.list({ scope: "public", search: "desk", sort: "-created_at" });
const workflow = await bimpe.workflows.create(
  { name: "Sorting", system_prompt: "You sort requests." },
  { idempotencyKey: "sorting" },
);
const copy = await bimpe.workflows.clone({ source_workflow_id: workflow.id });
await bimpe.workflows.retrieve(workflow.id);
await bimpe.workflows.update(workflow.id, { tags: ["second"] });
await bimpe.workflows.delete(workflow.id);
console.log(
  copy.rules.map((rule) => rule.name.length),
  copy.tags?.length,
);

// Conversations and messages.
await bimpe.conversations.list(agentId, { channel: "whatsapp", search: "delivery" });
const started = await bimpe.conversations.send(agentId, {
  message: "Good morning",
  channel_type: "whatsapp",
  channel_user_id: "+2348012345678",
});
const conversationId = (await bimpe.conversations.list(agentId)).data[0]!.id;
const talk = await bimpe.conversations.retrieve(agentId, conversationId);
console.log(started.role.length, talk.full_name?.length, talk.last_message_at?.slice(0, 10));
await bimpe.conversations.setAiStatus(agentId, conversationId, { is_ai_chat_paused: true });
await bimpe.conversations.messages.list(agentId, conversationId);
const sent = await bimpe.conversations.messages.send(agentId, conversationId, { message: "And now?" });
const message = await bimpe.conversations.messages.retrieve(agentId, conversationId, sent.id);
console.log(message.attachments?.length, message.message?.length);

// Stream.
const controller = new AbortController();
setTimeout(() => controller.abort(), 500);
for await (const message of bimpe.conversations.messages.stream(agentId, conversationId, {
  signal: controller.signal,
  after: "2020-01-01T00:00:00.000Z",
})) {
  console.log(message.role, message.message);
}

// Stream ticket.
const { ticket, expires_in } = await bimpe.conversations.messages.streamTicket(agentId, conversationId);
console.log(ticket.length > 0, expires_in > 0);

// Calls.
const numbers = await bimpe.phoneNumbers.list();
await bimpe.phoneNumbers.update(numbers.data[0]!.id, { agent_id: agentId });
await bimpe.calls.list(agentId, { status: "ended", is_test_call: false, sort: "-created_on" });
const result = await bimpe.calls.make(agentId, { destination: "+2348012345678", is_test_call: false });
const call = await bimpe.calls.retrieve(agentId, result.call_id!);
console.log(call.conversation_logs.length, call.answered_at?.length, call.duration_seconds);

// Phone numbers.
await bimpe.phoneNumbers.requests.create({
  business_name: "Corner Shop",
  intended_use: "Orders by telephone",
  region: "ng",
  agent_count: 1,
  outbound_minutes: 500,
});
for await (const request of bimpe.phoneNumbers.requests.list()) console.log(request.e164);
const number = await bimpe.phoneNumbers.retrieve(numbers.data[0]!.id);
await bimpe.phoneNumbers.update(number.id, { agent_id: agentId, label: "Orders" });

// Pages.
const page = await bimpe.agents.list({ limit: 50 });
console.log(page.data.length, page.meta?.page_count, page.requestId?.length, page.hasNextPage);
const next = await page.getNextPage();
console.log(next?.data.length);
for await (const agent of bimpe.agents.list({ limit: 50 })) console.log(agent.id);
for await (const page of bimpe.agents.list().pages()) console.log(page.meta?.current_page);

// Errors.
try {
  await bimpe.agents.create({ workflow_id: workflowId, name: "", description: "" });
} catch (error) {
  if (error instanceof ValidationError) {
    for (const field of error.fieldErrors) console.warn(`${field.path}: ${field.message}`);
  } else if (error instanceof RateLimitError) {
    console.warn(`retry in ${error.retryAfter}s`);
  } else {
    throw error;
  }
}

// Retries.
{
  const bimpe = new BimpeAI({ apiKey, maxRetries: 3 });
  const body = { workflow_id: workflowId, name: "Twice", description: "Never" };
  await bimpe.agents.create(body, { maxRetries: 0 });
}

// Idempotency key.
await bimpe.agents.create(
  { workflow_id: workflowId, name: "Once", description: "The first" },
  { idempotencyKey: "create-once-2026-06-14" },
);

// All client options except `fetch`, which is refused.
new BimpeAI({
  apiKey,
  baseUrl: process.env.BIMPEAI_BASE_URL!,
  timeout: 30_000,
  maxRetries: 2,
  defaultHeaders: { "x-team": "sales" },
  logger: {
    debug: (message: string, context?: Record<string, unknown>) => console.log(message, context),
    warn: (message: string, context?: Record<string, unknown>) => console.log(message, context),
  },
});

// Custom request.
const custom = await bimpe.request<{ id: string }[]>({ method: "GET", path: "/agents", query: { limit: 1 } });
console.log(
  custom.data[0]?.id.length,
  custom.meta?.limit,
  custom.status,
  custom.headers.get("x-request-id")?.length,
);
