// Adds the tools of an HTTP service to an agent, and enables their actions. A second run replaces them.
import { type AgentAction, BimpeAI, ConflictError, type CustomApiCreateToolBody } from "bimpe";

const api = new BimpeAI({ apiKey: process.env.BIMPEAI_API_KEY ?? "", timeout: 20_000 });
const [agent = ""] = process.argv.slice(2);
const name = "Deliveries";
const { customApi } = api.agents.integrations;

const tools: CustomApiCreateToolBody[] = [
  {
    name: "Find delivery",
    description: "Returns the state of a delivery",
    http_method: "GET",
    url_template: "/deliveries/{{number}}",
    url_params: [{ name: "number", type: "string", description: "Number of the delivery", required: true }],
    response_mapping: { path: "state" },
    timeout: 5000,
  },
  {
    name: "Move delivery",
    description: "Moves a delivery to another day",
    http_method: "POST",
    url_template: "/deliveries/{{number}}/day",
    url_params: [{ name: "number", type: "string", description: "Number of the delivery", required: true }],
    body_params: [{ name: "day", type: "string", description: "The day, as in 2026-01-31", required: true }],
    headers_template: { "Content-Type": "application/json" },
    body_template: { day: "{{day}}" },
    require_human_approval: false,
  },
];

for (const old of await customApi.list(agent)) {
  if (old.config.name === name) await customApi.disconnect(agent, old.id);
}
try {
  const { id, config } = await customApi.configure(agent, {
    name,
    base_url: "https://deliveries.example.com/v1",
    auth_type: "bearer",
    auth_config: { token: "deliveries-token" },
  });
  for (const tool of tools) {
    const added = await customApi.tools.add(agent, id, tool, { idempotencyKey: crypto.randomUUID() });
    console.log(`${config.name}: ${added.action_name}`);
  }
  const names = (await customApi.tools.list(agent, id)).map((tool) => tool.action_name);
  const actions: readonly AgentAction[] = await api.agents.actions.list(agent);
  const off = actions.filter((action) => names.includes(action.action_name)).map((action) => action.id);
  const { updated_count } = await api.agents.actions.enable(agent, { action_ids: off });
  console.log(`${names.length} tools, ${off.length} actions, ${updated_count >= 0}`);
} catch (error) {
  if (!(error instanceof ConflictError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
