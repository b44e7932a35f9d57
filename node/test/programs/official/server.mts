// A web server that creates a workflow and an agent, sends messages and lists them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ApiError,
  BimpeAI,
  type CreateAgentBody,
  type CreateWorkflowBody,
  type Message,
  type MessageRole,
  ValidationError,
} from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "", maxRetries: 2 });
const visitor = "7d9f4f0a-52e3-4b7a-9c54-0f6f3f3f8f11";

const plan: CreateWorkflowBody = {
  name: "Shoe shop",
  system_prompt: "You sell shoes. Be brief.",
  rules: [{ id: "size", name: "Size", trigger: "asks for a size", response: "All sizes.", enabled: true }],
  flows: [{ name: "Order", trigger_keywords: [{ keyword: "order", weight: "high" }] }],
  guide: { steps: ["Connect a channel"] },
  faq: [{ question: "Open?", answer: "Always." }],
  tags: ["shop"],
};

async function open(name: string): Promise<{ agent: string; prompt: string | null; rules: string[] }> {
  const workflow = await api.workflows.create(plan);
  const body: CreateAgentBody = {
    workflow_id: workflow.id,
    name,
    description: "Sells shoes",
    persona: "concise",
  };
  const agent = await api.agents.create(body);
  const { status } = await api.agents.updateLiveStatus(agent.id, { status: "live" });
  console.log(`${agent.name} is ${status}, language ${agent.language?.toUpperCase() ?? "unknown"}`);
  return { agent: agent.id, prompt: workflow.system_prompt, rules: workflow.rules.map((rule) => rule.name) };
}

async function say(agent: string, message: string): Promise<{ role: string; text: string | null }> {
  const to = { channel_type: "webchat", channel_user_id: visitor } as const;
  const reply: Message = await api.conversations.send(agent, { message, ...to, is_test_channel: true });
  return { role: reply.role, text: reply.message };
}

async function history(agent: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const conversation of api.conversations.list(agent, { is_test_channel: true })) {
    const { data } = await api.conversations.messages.list(agent, conversation.id, { sort: "created_at" });
    const role: MessageRole = "user";
    for (const entry of data) lines.push(`${entry.role === role ? "<" : ">"} ${entry.message ?? ""}`);
  }
  return lines;
}

async function handle(path: string): Promise<unknown> {
  const { pathname, searchParams } = new URL(path, "http://localhost");
  const value = searchParams.get("value") ?? "";
  if (pathname === "/open") return open(value);
  if (pathname === "/say") return say(value, searchParams.get("text") ?? "");
  return history(value);
}

const server = createServer((request, response) => {
  const reply = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  handle(request.url ?? "/").then(
    (body) => reply(200, body),
    (error: unknown) => {
      if (error instanceof ValidationError) return reply(400, error.fieldErrors);
      if (error instanceof ApiError)
        return reply(error.status ?? 502, { code: error.code, message: error.message });
      return reply(500, String(error));
    },
  );
});
server.listen(0, () => console.log(`port ${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => server.close());
