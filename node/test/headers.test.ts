// Response headers: values in Latin-1 as in `fetch`, repeated names, and values that `Headers` refuses.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import {
  AuthenticationError,
  BimpeAI,
  type ClientOptions,
  InternalServerError,
  RateLimitError,
  type ResponseEvent,
  type RetryEvent,
} from "bimpe";
import { listen } from "./support/listen.js";

/** All bytes that HTTP allows in a header value, as one character each. */
const EVERY = Array.from({ length: 256 }, (_, byte) => byte)
  .filter((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))
  .map((byte) => String.fromCharCode(byte))
  .join("");
const CITY = Buffer.from("東京").toString("latin1");
const HEADERS = [
  ["via", "1.1 Zürich"],
  ["x-city", CITY],
  ["x-every", `|${EVERY}|`],
  ["x-twice", "1"],
  ["x-twice", "2"],
  ["set-cookie", "a=1"],
  ["set-cookie", "b=2"],
];

/** Starts a server that responds with these statuses, one after the other, and these headers. */
async function serve(statuses: number[], options: ClientOptions = {}) {
  const server = createServer((request, response) => {
    request.resume();
    const status = statuses[seen.requests++] as number;
    const body = { message: "ok", data: status < 400 ? { id: "a1" } : null };
    response.writeHead(status, ["content-type", "application/json", ...HEADERS.flat()]);
    response.end(JSON.stringify(body));
  });
  const seen = { requests: 0 };
  const client = new BimpeAI({ apiKey: "sk_test", baseUrl: await listen(server), ...options });
  return { client, seen };
}

function check(headers: Headers | null): void {
  assert.ok(headers instanceof Headers);
  assert.equal(headers.get("via"), "1.1 Zürich");
  assert.equal(headers.get("x-city"), CITY);
  assert.equal(headers.get("x-every"), `|${EVERY}|`);
  assert.equal(headers.get("x-twice"), "1, 2");
}

test("responses and hooks have the received headers", async () => {
  const events: ResponseEvent[] = [];
  const { client, seen } = await serve([201, 200], { onResponse: (event) => void events.push(event) });
  const { data, response } = await client.agents.update("a1", { name: "Ada" }).withResponse();
  assert.equal(data.id, "a1");
  const custom = await client.request({ method: "GET", path: "/agents/a1" });
  assert.equal(seen.requests, 2);
  for (const headers of [response.headers, custom.headers, ...events.map((event) => event.headers)]) {
    check(headers);
    assert.deepEqual(headers?.getSetCookie(), ["a=1", "b=2"]);
  }
});

for (const [status, Class] of [
  [401, AuthenticationError],
  [429, RateLimitError],
  [500, InternalServerError],
] as const) {
  test(`the error of a ${status} has the received headers`, async () => {
    const { client } = await serve([status], { maxRetries: 0 });
    await assert.rejects(client.agents.update("a1", { name: "Ada" }, { idempotencyKey: "k" }), (error) => {
      assert.ok(error instanceof Class, `${error}`);
      check(error.headers);
      assert.equal(error.idempotencyKey, "k");
      return true;
    });
  });
}

test("onRetry has the received headers", async () => {
  const events: RetryEvent[] = [];
  const messages: string[] = [];
  const logger = { info: (message: string) => void messages.push(message) };
  const { client } = await serve([503, 200], { logger, onRetry: (event) => void events.push(event) });
  assert.equal((await client.agents.retrieve("a1")).id, "a1");
  assert.equal(messages.length, 2);
  check((events[0] as RetryEvent).error.headers);
});
