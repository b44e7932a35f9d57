// Compiled and not run: usage that the types allow, and usage that they refuse.
import {
  type Agent,
  type APIPromise,
  BimpeAI,
  type BimpeaiConfigure,
  type BimpeaiConfigureResult,
  type BimpeaiConnectResult,
  type CreateKnowledgeBase,
  type OnboardingUrl,
  type Page,
  RateLimitError,
} from "bimpe";
import { same } from "./same.js";

const client = new BimpeAI();
const { bimpeai, customApi } = client.agents.integrations;

export async function resultFollowsType(
  type: BimpeaiConfigure["type"],
  body: BimpeaiConfigure,
): Promise<void> {
  const google = await bimpeai.configure("a", { type: "google_calendar" });
  same<typeof google, OnboardingUrl>(true);
  const stripe = await bimpeai.configure("a", {
    type: "stripe",
    public_key: "pk",
    secret_key: "sk",
    currency: "NGN",
  });
  same<typeof stripe, BimpeaiConnectResult>(true);
  const either = await bimpeai.configure("a", body);
  same<typeof either, BimpeaiConfigureResult>(true);

  // @ts-expect-error Stripe needs keys
  await bimpeai.configure("a", { type: "stripe" });
  // @ts-expect-error Google Calendar takes no keys
  await bimpeai.configure("a", { type: "google_calendar", secret_key: "sk" });
  // @ts-expect-error unknown service
  await bimpeai.configure("a", { type: "paypal" });
  // @ts-expect-error without keys, not every service can be connected
  await bimpeai.configure("a", { type });
}

export async function messagesHaveATarget(id: string): Promise<void> {
  const { conversations } = client;
  await conversations.send("a", { message: "m", conversation_id: id });
  const reply = await conversations.ask(
    "a",
    { message: "m", channel_type: "webchat", channel_user_id: "u" },
    { pollInterval: 500, timeout: 30_000 },
  );
  await conversations.ask("a", { message: "m", conversation_id: reply.conversation_id });
  // @ts-expect-error the recipient is missing
  await conversations.send("a", { message: "m" });
  // @ts-expect-error a channel without a recipient
  await conversations.ask("a", { message: "m", channel_type: "webchat" });
  await client.calls.wait("a", "c", { pollInterval: 500 });
  // @ts-expect-error options are in camelCase
  await client.calls.wait("a", "c", { poll_interval: 1 });
}

class Shop extends BimpeAI {
  readonly team = "sales";
}

export function derivedClientsKeepTheirClass(shop: Shop): string {
  return shop.withOptions({ timeout: 1000 }).team;
}

export async function bodiesAreClosed(): Promise<void> {
  // @ts-expect-error a name is needed
  await client.agents.create({ description: "d", workflow_id: "w" });
  // @ts-expect-error a typo
  await client.agents.create({ name: "n", description: "d", workflow_id: "w", persone: "friendly" });
  // @ts-expect-error unknown persona
  await client.agents.create({ name: "n", description: "d", workflow_id: "w", persona: "rude" });
  // @ts-expect-error a text has content, not a url
  const knowledge: CreateKnowledgeBase = { type: "text", name: "n", url: "https://example.com" };
  await client.agents.knowledgeBases.create("a", knowledge);
  // @ts-expect-error a token goes with `bearer`
  await customApi.configure("a", { name: "n", auth_type: "bearer", auth_config: { username: "u" } });
  await customApi.configure("a", { name: "n" });
  // @ts-expect-error credentials need an `auth_type`
  await customApi.configure("a", { name: "n", auth_config: { token: "t" } });
  // @ts-expect-error the id of the agent is missing
  await customApi.configure({ name: "n" });
}

export async function enumsOfResultsAreOpen(agent: Agent): Promise<void> {
  if (agent.status === "live") return;
  // Unknown values are strings.
  if (agent.status === "retired") return;
  // @ts-expect-error may be absent or null
  agent.status.length;
}

export async function listsArePages(): Promise<void> {
  const page = await client.agents.list({ limit: 5, search: "shop" }, { timeout: 1000 });
  same<typeof page, Page<Agent>>(true);
  for await (const agent of client.agents.list()) same<typeof agent, Agent>(true);
  for await (const each of client.agents.list().pages()) same<typeof each, Page<Agent>>(true);
  // @ts-expect-error a typo
  client.agents.list({ limits: 5 });
  // @ts-expect-error options come after parameters
  client.agents.list({ signal: AbortSignal.timeout(1) });
}

export async function everyMethodTakesOptions(): Promise<void> {
  const options = {
    idempotencyKey: "k",
    signal: AbortSignal.timeout(1),
    timeout: 1,
    maxRetries: 0,
    headers: { a: "b" },
  };
  await client.agents.list({}, options);
  await client.agents.retrieve("a", options);
  await client.agents.update("a", { name: "n" }, options);
  await bimpeai.configure("a", { type: "google_sheets" }, options);
  const deleted: APIPromise<void> = client.agents.delete("a", options);
  const { data, response } = await deleted.withResponse();
  same<typeof data, void>(true);
  same<typeof response.requestId, string | null>(true);
  // @ts-expect-error a typo
  await client.agents.delete("a", { timeOut: 1 });
}

export function rateLimitErrorsHaveAReset(error: unknown): number | undefined {
  if (error instanceof RateLimitError && error.code === "rate_limited") return error.resetAt?.getTime();
  return undefined;
}
