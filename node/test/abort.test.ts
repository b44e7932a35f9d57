import assert from "node:assert/strict";
import { test } from "node:test";
import { AbortError, BimpeAIError } from "bimpe";
import { errorOf } from "./support/errors.js";
import { waitUntil } from "./support/faults.js";
import { ok, type Server, serve } from "./support/server.js";

/** Returns a signal that is aborted when the server has received `count` requests. */
function abortAt(server: Server, count: number): AbortSignal {
  const controller = new AbortController();
  waitUntil(() => server.requests.length >= count).then(() => controller.abort(new Error("enough")));
  return controller.signal;
}

/** The error of an aborted request, and the time until its rejection in milliseconds. */
async function abortedAfter(call: Promise<unknown>): Promise<{ error: AbortError; elapsed: number }> {
  const started = performance.now();
  const error = await errorOf(call, AbortError);
  assert.ok(error instanceof BimpeAIError);
  assert.equal(error.name, "AbortError");
  return { error, elapsed: performance.now() - started };
}

test("an aborted signal sends no request", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const reason = new Error("not needed");
  const { error } = await abortedAfter(
    server.client().agents.retrieve("a1", { signal: AbortSignal.abort(reason) }),
  );
  assert.equal(error.cause, reason);
  assert.equal(error.mayHaveBeenApplied, false);
  assert.equal(server.requests.length, 0);
});

for (const attempt of [1, 2]) {
  test(`abort ends a request that waits for the response of attempt ${attempt}`, async () => {
    const busy = { status: 503, headers: { "retry-after": "0" }, body: "{}" };
    const server = await serve((_, index) => (index + 1 < attempt ? busy : undefined));
    const { error, elapsed } = await abortedAfter(
      server.client().agents.retrieve("a1", { signal: abortAt(server, attempt) }),
    );
    assert.equal((error.cause as Error).message, "enough");
    assert.ok(elapsed < 5000, `${elapsed}`);
    assert.equal(server.requests.length, attempt);
    assert.match(error.stack ?? "", /abort\.test/);
    const aborted = performance.now();
    // The server alone does not keep the process alive.
    const patience = setTimeout(() => {}, 1000);
    await server.requests[attempt - 1]?.ended;
    clearTimeout(patience);
    assert.ok(performance.now() - aborted < 200, "the connection stays open");
  });
}

test("abort ends a request that waits for a retry", async () => {
  const server = await serve(() => ({ status: 503, headers: { "retry-after": "5" }, body: "{}" }));
  const controller = new AbortController();
  const client = server.client({ onRetry: () => controller.abort() });
  const { elapsed } = await abortedAfter(client.agents.retrieve("a1", { signal: controller.signal }));
  assert.ok(elapsed < 4000, `${elapsed}`);
  assert.equal(server.requests.length, 1);
});

test("AbortError of a write has the idempotency key and mayHaveBeenApplied", async () => {
  const server = await serve(() => undefined);
  const client = server.client();
  const write = client.agents.update("a1", { name: "n" }, { signal: abortAt(server, 1) });
  const { error } = await abortedAfter(write);
  assert.equal(error.mayHaveBeenApplied, true);
  assert.ok(error.idempotencyKey);
  assert.equal(error.idempotencyKey, server.requests[0]?.headers["idempotency-key"]);
  const read = await abortedAfter(client.agents.retrieve("a1", { signal: AbortSignal.timeout(50) }));
  assert.equal(read.error.mayHaveBeenApplied, false);
  assert.equal(read.error.idempotencyKey, null);
  const options = { signal: AbortSignal.abort(), idempotencyKey: "key-1" };
  const unsent = await abortedAfter(client.agents.delete("a1", options));
  assert.equal(unsent.error.mayHaveBeenApplied, false);
  assert.equal(unsent.error.idempotencyKey, "key-1");
});

test("abort after the end does nothing and leaves no listener", async () => {
  const server = await serve(() => ok({ id: "a1" }));
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  await server.client().agents.retrieve("a1", { signal });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(listeners, 0);
  controller.abort();
});

test("abort ends the iteration over a list", async () => {
  const server = await serve(() => undefined);
  const list = server.client().agents.list({}, { signal: AbortSignal.timeout(50) });
  await assert.rejects(async () => {
    for await (const _ of list) assert.fail("there is no item");
  }, AbortError);
});
