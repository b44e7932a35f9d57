// Pacing by the rate limit of the server.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { BimpeAI, RateLimitError, UserError } from "bimpe";
import { errorOf } from "./support/errors.js";
import { type Sandbox, startSandbox } from "./support/sandbox.js";

let sandbox: Sandbox;

before(async () => {
  sandbox = await startSandbox();
});

/** Returns a client with a key of this rate limit. */
async function limited(rate: { rate_limit: number; rate_window: number }, timeout: number): Promise<BimpeAI> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(rate) };
  const response = await fetch(`${sandbox.url}/_sandbox/keys`, init);
  const { data } = (await response.json()) as { data: { api_key: string } };
  return new BimpeAI({ apiKey: data.api_key, baseUrl: sandbox.url, pace: "adaptive", timeout });
}

test("tasks share the windows of their key", async () => {
  const client = await limited({ rate_limit: 60, rate_window: 2 }, 60_000);
  const queue = Array(150).keys();
  let pages = 0;
  async function work() {
    for (const _ of queue) {
      await client.agents.list();
      pages++;
    }
  }
  await Promise.all(Array.from({ length: 20 }, work));
  assert.equal(pages, 150);
});

test("a window that ends after the timeout is an error", async () => {
  const client = await limited({ rate_limit: 1, rate_window: 3600 }, 5_000);
  await client.agents.list();
  const error = await errorOf(client.agents.list(), RateLimitError);
  assert.match(error.message, /^not sent: the rate limit of this API key has no room for/);
  assert.deepEqual([error.status, error.attempts], [null, 0]);
  assert.ok((error.retryAfter ?? 0) > 5, `${error.retryAfter}`);
});

test("another pace is refused", () => {
  for (const pace of ["fast", 7] as never[]) {
    const create = () => new BimpeAI({ apiKey: "sk_test", baseUrl: sandbox.url, pace });
    assert.throws(create, (error) => error instanceof UserError && /pace/.test(error.message));
  }
});
