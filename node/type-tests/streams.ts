// Compiled and not run: streams, hooks and custom requests.
import {
  type ApiResponse,
  BimpeAI,
  type EventStream,
  type MergedStream,
  type Page,
  type RetryEvent,
  StreamEndedError,
  type StreamMessageEvent,
} from "bimpe";
import { same } from "./same.js";

const client = new BimpeAI({
  onRequest: ({ headers }) => headers.set("traceparent", "00"),
  onResponse: async ({ elapsed, error }) => console.log(elapsed.toFixed(), error?.code),
  onRetry: (event) => same<typeof event, RetryEvent>(true),
});
const { messages } = client.conversations;

// @ts-expect-error a hook is a function
export const wrong = new BimpeAI({ onRetry: true });

export async function streamsAreIterable(signal: AbortSignal): Promise<string | null> {
  const options = { after: "m1", reconnect: true, maxRetries: 3, timeout: 30_000, signal };
  const stream = messages.stream("a", "c", options);
  same<typeof stream, EventStream<StreamMessageEvent>>(true);
  for await (const event of stream) {
    same<typeof event, StreamMessageEvent>(true);
    if (event.role === "assistant") break;
  }
  const next = await stream.next();
  if (!next.done) same<typeof next.value, StreamMessageEvent>(true);
  same<typeof stream.stats.reconnects, number>(true);
  // @ts-expect-error the counts are read-only
  stream.stats.reconnects = 0;
  // @ts-expect-error a typo
  messages.stream("a", "c", { maxRetry: 1 });
  // @ts-expect-error a stream takes no key
  messages.stream("a", "c", { idempotencyKey: "k" });
  return stream.lastId;
}

export async function streamsAreDisposable(): Promise<void> {
  await using stream = messages.stream("a", "c");
  await using merged = messages.streamMany("a", ["c", "d"]);
  using derived = client.withOptions({ timeout: 1, headers: { a: "b" } });
  console.log(stream.lastId, merged.lastIds, derived.baseUrl);
}

export async function mergedStreamsResume(ids: readonly string[]): Promise<void> {
  const merged = messages.streamMany("a", ids);
  same<typeof merged, MergedStream<StreamMessageEvent>>(true);
  for await (const { conversation_id } of merged) same<typeof conversation_id, string>(true);
  messages.streamMany("a", ids, { after: merged.lastIds });
  messages.streamMany("a", ids, { after: "2026-01-01T00:00:00Z" });
  // @ts-expect-error an array
  messages.streamMany("a", "c");
}

export async function customRequestsAreTyped(): Promise<void> {
  const response = await client.request<{ id: string }[]>({ method: "GET", path: "/x", query: { limit: 5 } });
  same<typeof response, ApiResponse<{ id: string }[]>>(true);
  const { data, meta, headers } = await client.request({ method: "POST", path: "/x", body: [], timeout: 1 });
  same<typeof data, unknown>(true);
  same<typeof headers, Headers>(true);
  console.log(meta?.total_count);
  // @ts-expect-error unknown method
  client.request({ method: "TRACE", path: "/x" });
  // @ts-expect-error a path is needed
  client.request({ method: "GET" });
  // @ts-expect-error a typo
  client.request({ method: "GET", path: "/x", data: {} });
}

export async function listsCanBeCollected(): Promise<void> {
  const first = await client.agents.list().first();
  if (first !== null) same<typeof first.id, string>(true);
  const names = (await client.agents.list().collect({ limit: 5 })).map(({ name }) => name);
  same<typeof names, string[]>(true);
  const page: Page<{ id: string }> = await client.agents.list();
  // @ts-expect-error a number
  await page.collect({ limit: "5" });
}

export function streamEndedErrorsHaveAnId(error: unknown): string | null {
  return error instanceof StreamEndedError ? error.lastId : null;
}
